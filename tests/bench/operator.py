"""What an operator waits for, on the demo city behind two workers: candidates, an event in another window, a worker's memory.

The peer of the candidates is networkx on the same streets in the same run: one Dijkstra from the scene for each kind of vehicle.
"""

import http.client
import json
import os
import secrets
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import django

django.setup()

import networkx  # noqa: E402
import numpy as np  # noqa: E402
from django.contrib.gis.geos import Point as GeosPoint  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from geo.acting import acting  # noqa: E402
from geo.network import MODES  # noqa: E402
from incidents.models import Responder  # noqa: E402
from layers.ways import travel  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
PORT = 8399
PASSWORD = secrets.token_urlsafe(16)
ROUNDS = 200
EVENTS = 60
INCIDENTS, UNITS = 1_000_000, 500


class Caller:
    """One signed-in window: keeps its cookies and its CSRF token."""

    def __init__(self) -> None:
        self.wire = http.client.HTTPConnection("127.0.0.1", PORT)
        self.cookie, self.csrf = "", ""
        self.send("POST", "/api/session", {"username": "operator", "password": PASSWORD})
        self.csrf = self.send("GET", "/api/session")["csrf_token"]

    def send(self, method: str, path: str, body: object = None) -> dict:
        headers = {"Cookie": self.cookie, "X-CSRFToken": self.csrf, "Content-Type": "application/json"}
        self.wire.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = self.wire.getresponse()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                kept = dict(pair.split("=", 1) for pair in self.cookie.split("; ") if pair)
                self.cookie = "; ".join(f"{one}={two}" for one, two in {**kept, key: rest.split(";")[0]}.items())
        said = json.loads(answer.read())
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status} {said}")
        return said


def percentiles(values: list[float]) -> str:
    ordered = sorted(values)
    return f"p50 {statistics.median(ordered) * 1000:7.1f} ms   p95 {ordered[int(len(ordered) * 0.95)] * 1000:7.1f} ms   n {len(ordered)}"


def reinforce() -> None:
    """More units until there are 500: each like one that the demo has, somewhere near another of its mode, on duty, seen a moment ago."""
    random = np.random.default_rng(4)
    with acting(by=None, because="a bench"):
        known = list(Responder.objects.order_by("pk"))
        for number in range(UNITS - len(known)):
            like = known[number % len(known)]
            near = known[int(random.choice([k for k, one in enumerate(known) if one.mode == like.mode]))]
            # A boat that strays far is on land.
            stray_m = random.uniform(-15, 15, 2) if like.mode == "boat" else random.uniform(-150, 150, 2)
            place = GeosPoint(near.geom.x + float(stray_m[0]), near.geom.y + float(stray_m[1]), srid=near.geom.srid)
            names = ("kind", "agency_id", "authority", "mode", "weight_t", "skills", "crew", "position_accuracy_m")
            plain = {name: getattr(like, name) for name in names}
            Responder.objects.create(code=f"B-{number:03d}", name=f"B {number}", duty="on_duty", geom=place, **plain)
        Responder.objects.update(position_at=timezone.now(), duty="on_duty")


def candidates(caller: Caller, *, fresh: bool) -> list[float]:
    """Seconds of the whole answer, over HTTP, for the open immediate cases in turn; `fresh`: each scene for the first time in its worker."""
    items = caller.send("GET", "/api/incidents?state=open&limit=500")["items"]
    cases = [item["id"] for item in items if item["process"] == "immediate" and item["lon"] is not None]
    taken = []
    for index in range(len(cases) if fresh else ROUNDS):
        began = time.perf_counter()
        # A few cases are in hand at a time; their scenes are remembered.
        caller.send("GET", f"/api/incidents/{cases[index] if fresh else cases[index % 4]}/candidates?stale=true")
        taken.append(time.perf_counter() - began)
    return taken[4:] if fresh else taken[16:]


def peer() -> list[float]:
    """networkx: the same streets, one single-source Dijkstra for each mode."""
    network = travel.network(timezone.now())
    graphs = {}
    for mode in MODES:
        graph = network.graph(mode)
        built = networkx.DiGraph()
        built.add_weighted_edges_from(zip(graph.end.tolist(), graph.begin.tolist(), graph.seconds.tolist(), strict=True))
        graphs[mode] = (built, np.unique(graph.begin))
    random, taken = np.random.default_rng(1), []
    for _ in range(20):
        began = time.perf_counter()
        for built, junctions in graphs.values():
            networkx.single_source_dijkstra_path_length(built, int(random.choice(junctions)), weight="weight")
        taken.append(time.perf_counter() - began)
    return taken


def events(caller: Caller) -> list[float]:
    """Seconds from the moment that a write has been answered, less its own time, to the other window hearing of it: never less than true."""
    heard: dict[int, float] = {}
    ready = threading.Event()

    def listen() -> None:
        wire = http.client.HTTPConnection("127.0.0.1", PORT)
        wire.request("GET", "/events", headers={"Cookie": caller.cookie})
        stream = wire.getresponse()
        while line := stream.readline():
            if line.startswith(b"event: hello"):
                ready.set()
            if line.startswith(b"data:") and b'"incident.reported"' in line:
                now = time.perf_counter()
                for feature in json.loads(line[5:])["features"]:
                    heard.setdefault(int(feature["id"]), now)

    threading.Thread(target=listen, daemon=True).start()
    if not ready.wait(15):
        raise RuntimeError("The stream did not greet.")
    taken = []
    for index in range(EVENTS):
        began = time.perf_counter()
        body = {"category": "noise", "lon": 105.815 + index / 10_000, "lat": 9.8165, "channel": "phone"}
        case = caller.send("POST", "/api/incidents", body)["id"]
        deadline = time.perf_counter() + 5
        while case not in heard and time.perf_counter() < deadline:
            time.sleep(0.001)
        # From before the request was sent: the write itself is within the figure.
        taken.append(heard.get(case, deadline) - began)
    return taken


def resident_mb(parent: int) -> list[float]:
    """Resident megabytes of each worker of the server."""
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            fields = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
        except OSError:
            continue
        if fields.get("PPid", "").strip() == str(parent):
            found.append(int(fields["VmRSS"].split()[0]) / 1024)
    return [size for size in found if size > 50]


def main() -> None:
    """Make the city, ask, print."""
    environment = {**os.environ, "NBIOC_DEMO_PASSWORD": PASSWORD}
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from geo_user")
        if cursor.fetchone()[0]:
            raise SystemExit("This bench wants a database that is empty.")
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-W", "ignore", "manage.py", "demo", "--incidents", str(INCIDENTS)], cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL
    )
    print(f"demo city                {time.perf_counter() - began:7.1f} s")
    reinforce()
    web = [sys.executable, "-W", "ignore", "-m", "uvicorn", "geo.config.asgi:application", "--port", str(PORT), "--workers", "2", "--log-level", "error"]
    server = subprocess.Popen(web, cwd=ROOT, env=environment)
    try:
        wait()
        caller = Caller()
        first, ours, theirs = candidates(caller, fresh=True), candidates(caller, fresh=False), peer()
        print(f"candidates, {UNITS} units    {percentiles(ours)}   over HTTP, ways drawn, a case looked at again")
        print(f"  a new scene            {percentiles(first)}   its trees grown")
        print(f"networkx, trees alone    {percentiles(theirs)}   {statistics.median(theirs) / statistics.median(ours):.1f}× ours")
        print(f"report → other window    {percentiles(events(caller))}   the write included")
        print(f"a worker, resident       {', '.join(f'{size:.0f} MB' for size in resident_mb(server.pid))}")
    finally:
        server.terminate()
        server.wait(15)


def wait() -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            wire = http.client.HTTPConnection("127.0.0.1", PORT, timeout=2)
            wire.request("GET", urlsplit("/readyz").path)
            if wire.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("The server did not start.")


if __name__ == "__main__":
    main()
