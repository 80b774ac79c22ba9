"""What an operator waits for, on the demo city behind two workers: candidates, an event in another window, a worker's memory.

The peer of the candidates is networkx on the same streets in the same run: one Dijkstra from the scene for each kind of vehicle.
"""

import http.client
import json
import statistics
import threading
import time

import django

django.setup()

import networkx  # noqa: E402
import numpy as np  # noqa: E402
from django.utils import timezone  # noqa: E402

from geo.network import MODES  # noqa: E402
from layers.ways import travel  # noqa: E402
from tests.bench import million  # noqa: E402
from tests.bench.million import PORT, UNITS, Caller  # noqa: E402

ROUNDS = 200
EVENTS = 60


def percentiles(values: list[float]) -> str:
    ordered = sorted(values)
    return f"p50 {statistics.median(ordered) * 1000:7.1f} ms   p95 {ordered[int(len(ordered) * 0.95)] * 1000:7.1f} ms   n {len(ordered)}"


def candidates(caller: Caller, *, fresh: bool) -> list[float]:
    """Seconds of the whole answer, over HTTP, for the open immediate cases in turn; `fresh`: each scene for the first time in its worker."""
    cases, taken = million.open_cases(caller), []
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
        # The city is kept: the next run finds it as this one did.
        caller.send("POST", f"/api/incidents/{case}/cancel", {"reason": "đo"})
    return taken


def main() -> None:
    """Ask, print."""
    million.stand()
    with million.served() as server:
        caller = Caller()
        first, ours, theirs = candidates(caller, fresh=True), candidates(caller, fresh=False), peer()
        print(f"candidates, {UNITS} units    {percentiles(ours)}   over HTTP, ways drawn, a case looked at again")
        print(f"  a new scene            {percentiles(first)}   its trees grown")
        print(f"networkx, trees alone    {percentiles(theirs)}   {statistics.median(theirs) / statistics.median(ours):.1f}× ours")
        print(f"report → other window    {percentiles(events(caller))}   the write included")
        print(f"a worker, resident       {', '.join(f'{size:.0f} MB' for size in million.resident_mb(server.pid))}")


if __name__ == "__main__":
    main()
