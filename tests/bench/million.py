"""The demo city with a million cases and 500 units behind two workers: made once and kept, what every bench over HTTP stands on."""

import http.client
import json
import os
import secrets
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import django

django.setup()

import numpy as np  # noqa: E402
from django.contrib.gis.geos import Point as GeosPoint  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from geo.acting import acting  # noqa: E402
from geo.models import User  # noqa: E402
from incidents.models import Responder  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
PORT = 8399
PASSWORD = secrets.token_urlsafe(16)
INCIDENTS = int(os.environ.get("BENCH_INCIDENTS", "1000000"))
UNITS = 500


def stand() -> None:
    """Make the city where there is none; then 500 units, all on duty and seen a moment ago, and an operator whose password this process knows."""
    if not User.objects.exists():
        began = time.perf_counter()
        demo = [sys.executable, "-W", "ignore", "manage.py", "demo", "--incidents", str(INCIDENTS)]
        subprocess.run(demo, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        with connection.cursor() as cursor:
            cursor.execute("vacuum analyze")
        print(f"demo city                {time.perf_counter() - began:7.1f} s")
    _reinforce()
    with acting(by=None, because="a bench"):
        operator = User.objects.get(username="operator")
        operator.set_password(PASSWORD)
        operator.save(update_fields=["password"])


def _reinforce() -> None:
    """More units until there are 500: each like one that the demo has, somewhere near another of its mode."""
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


@contextmanager
def served() -> Iterator[subprocess.Popen[bytes]]:
    """Two workers, as the city runs them; they answer when this begins and have ended when it is left."""
    web = [sys.executable, "-W", "ignore", "-m", "uvicorn", "geo.config.asgi:application", "--port", str(PORT), "--workers", "2"]
    more = ["--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "error", "--timeout-graceful-shutdown", "3"]
    server = subprocess.Popen([*web, *more], cwd=ROOT, start_new_session=True)
    try:
        _wait()
        yield server
    finally:
        server.terminate()
        server.wait(20)


def _wait() -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            wire = http.client.HTTPConnection("127.0.0.1", PORT, timeout=2)
            wire.request("GET", "/readyz")
            if wire.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("The server did not start.")


class Caller:
    """One signed-in window: keeps its connection, its cookies and its CSRF token."""

    def __init__(self, cookie: str = "") -> None:
        self.wire = http.client.HTTPConnection("127.0.0.1", PORT)
        self.cookie, self.csrf = cookie, ""
        if not cookie:
            self.send("POST", "/api/session", {"username": "operator", "password": PASSWORD})
        self.csrf = self.send("GET", "/api/session")["csrf_token"]

    def send(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """The answer, read and parsed."""
        return json.loads(self.text(method, path, body))

    def text(self, method: str, path: str, body: object = None) -> bytes:
        """The answer as it came. Raises RuntimeError for a refusal."""
        headers = {"Cookie": self.cookie, "X-CSRFToken": self.csrf, "Content-Type": "application/json"}
        self.wire.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = self.wire.getresponse()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                kept = dict(pair.split("=", 1) for pair in self.cookie.split("; ") if pair)
                self.cookie = "; ".join(f"{one}={two}" for one, two in {**kept, key: rest.split(";")[0]}.items())
        said = answer.read()
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status} {said.decode()[:500]}")
        return said


@dataclass(frozen=True)
class Taken:
    """What a number of requests took by the clock, and how long processors worked for one of them: in the workers and in the database."""

    walls_s: Sequence[float]
    web_ms: float = 0.0
    database_ms: float = 0.0
    n_bytes: int = 0

    def share_ms(self, share: float) -> float:
        """The share (0.95: all but the slowest twentieth) of them took no longer."""
        ordered = sorted(self.walls_s)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1_000

    @property
    def median_ms(self) -> float:
        return statistics.median(self.walls_s) * 1_000


def timed(server: subprocess.Popen[bytes], caller: Caller, paths: Sequence[str], *, warm: int = 0) -> Taken:
    """GET each in turn; the first `warm` do not count."""
    for path in paths[:warm]:
        caller.text("GET", path)
    before, walls_s, n_bytes = worked_s(server), [], 0
    for path in paths[warm:]:
        began = time.perf_counter()
        n_bytes += len(caller.text("GET", path))
        walls_s.append(time.perf_counter() - began)
    web_s, database_s = (now - was for now, was in zip(worked_s(server), before, strict=True))
    n = max(len(walls_s), 1)
    return Taken(walls_s, web_s / n * 1_000, database_s / n * 1_000, n_bytes // n)


def worked_s(server: subprocess.Popen[bytes]) -> tuple[float, float]:
    """Processor seconds so far of the server's processes, and of the database's: what a machine at rest would need."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        postmaster = _fields(Path(f"/proc/{cursor.fetchone()[0]}/stat"))[1]
    web_s = database_s = 0.0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = _fields(stat)
        except OSError:
            continue
        # After the name: state, parent, group, session … user and system ticks, and those of children that ended.
        spent_s = sum(int(ticks) for ticks in fields[11:15]) / os.sysconf("SC_CLK_TCK")
        web_s += spent_s if fields[3] == str(server.pid) else 0.0
        database_s += spent_s if fields[1] == postmaster else 0.0
    return web_s, database_s


def _fields(stat: Path) -> list[str]:
    return stat.read_text().rsplit(")", 1)[1].split()


def resident_mb(parent: int) -> list[float]:
    """Resident megabytes of each worker of the server."""
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            fields = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
        except OSError:
            continue
        if fields.get("PPid", "").strip() == str(parent) and "VmRSS" in fields:
            found.append(int(fields["VmRSS"].split()[0]) / 1024)
    return [size for size in found if size > 50]


def open_cases(caller: Caller) -> list[int]:
    """The open immediate cases that have a place."""
    items = caller.send("GET", "/api/incidents?state=open&limit=500")["items"]
    return [item["id"] for item in items if item["process"] == "immediate" and item["lon"] is not None]
