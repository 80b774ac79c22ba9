"""The speed that the control room promises, on the demo city with a million cases and 500 units behind two workers: each goal beside what was measured.

By the clock, so the machine has to be at rest; beside it the work of processors for one request, in the workers and in the database, which holds on
a busy one too. Ends with an error where a goal is missed.
"""

import asyncio
import os
import random
import sys
import time
from urllib.parse import quote, urlencode

import django

django.setup()

from django.db import connection  # noqa: E402

from incidents.models import Incident, Responder  # noqa: E402
from tests.bench import million, screens, search  # noqa: E402
from tests.bench.million import Caller, Taken  # noqa: E402

# Milliseconds that the 95th percentile may take; of the readiness surface, the slowest.
GOAL_MS = {"candidates": 20.0, "readiness": 300.0, "context": 150.0, "search": 50.0}
ROUNDS, WARM = 200, 16
PLACES = 200
SURFACES = 20
# As long as somebody takes who signs in and opens the page.
SIGNING_IN_S = 5.0
# Connections are dealt out to the workers by chance.
CONNECTIONS = 8
MIDDLE, SPREAD_DEG = (105.82, 9.815), 0.02
DUPLICATES = 40


def line(name: str, taken: Taken, goal_ms: float | None = None, *, reached_ms: float | None = None) -> bool:
    """Print one measurement; whether its goal holds."""
    reached_ms = taken.share_ms(0.95) if reached_ms is None else reached_ms
    holds = goal_ms is None or reached_ms <= goal_ms
    verdict = "" if goal_ms is None else f"   goal {goal_ms:5.0f} ms  {'holds' if holds else 'MISSED'}"
    print(
        f"{name:<34} p50 {taken.median_ms:6.1f}  p95 {taken.share_ms(0.95):6.1f}  worst {taken.share_ms(1):6.1f} ms   "
        f"work {taken.web_ms:5.1f} + {taken.database_ms:5.1f} ms   {taken.n_bytes / 1000:6.1f} kB   n {len(taken.walls_s):3d}{verdict}",
        flush=True,
    )
    return holds


def readiness(path: str = "/api/readiness?kind=fire") -> bool:
    """Of a server that has just started: as soon as it answers, then once somebody could have signed in, on as many connections as reach both workers."""
    with million.served() as server:
        caller = Caller()
        at_once = million.timed(server, caller, [path])
        line("readiness, asked with the start", at_once)
    with million.served() as server:
        cookie = Caller().cookie
        time.sleep(SIGNING_IN_S)
        callers = [Caller(cookie) for _ in range(CONNECTIONS)]
        walls_s = [million.timed(server, caller, [path]).walls_s[0] for caller in callers]
        first = Taken(walls_s)
        holds = line("readiness, the first of a worker", first, GOAL_MS["readiness"], reached_ms=first.share_ms(1))
        later = million.timed(server, callers[0], [path] * SURFACES)
        return line("readiness, later", later, GOAL_MS["readiness"], reached_ms=later.share_ms(1)) and holds


def reads() -> bool:
    """Candidates, the card of a place, the command bar, duplicates."""
    with million.served() as server:
        time.sleep(SIGNING_IN_S)
        caller = Caller()
        cases, chance = million.open_cases(caller), random.Random(2)
        # A few cases are in hand at a time; each is looked at again whenever one of its units moves.
        again = [f"/api/incidents/{cases[index % 4]}/candidates?stale=true" for index in range(ROUNDS + WARM)]
        holds = [line(f"candidates, {Responder.objects.count()} units", million.timed(server, caller, again, warm=WARM), GOAL_MS["candidates"])]
        scenes = [f"/api/incidents/{case}/candidates?stale=true" for case in cases[4:]]
        line("  of a scene seen for the first time", million.timed(server, caller, scenes))
        spots = [(MIDDLE[0] + chance.uniform(-1, 1) * SPREAD_DEG, MIDDLE[1] + chance.uniform(-1, 1) * SPREAD_DEG) for _ in range(PLACES + WARM)]
        cards = [f"/api/context?{urlencode({'lon': lon, 'lat': lat})}" for lon, lat in spots]
        holds.append(line("card of a place", million.timed(server, caller, cards, warm=WARM), GOAL_MS["context"]))
        texts = [text for kind in search.said().values() for text in kind]
        bar = [f"/api/search?q={quote(text)}&limit={search.LIMIT}&current=true" for text in texts]
        holds.append(line("command bar", million.timed(server, caller, [*bar, *bar * 4], warm=len(bar)), GOAL_MS["search"]))
        alike = Incident.objects.filter(closed_at=None, restricted=False).order_by("-reported_at").values_list("pk", flat=True)[:DUPLICATES]
        line("duplicates of a case", million.timed(server, caller, [f"/api/incidents/{case}/duplicates" for case in alike]))
        print(f"a worker, resident                 {', '.join(f'{size:.0f} MB' for size in million.resident_mb(server.pid))}")
        return all(holds)


def commands() -> bool:
    """A command to every screen."""
    with million.served() as server:
        callers = [Caller() for _ in range(screens.OPERATORS)]
        before = million.worked_s(server)
        holds = screens.report(asyncio.run(screens.run(callers)))
        web_s, database_s = (now - was for now, was in zip(million.worked_s(server), before, strict=True))
        print(f"  work of the whole minute         {web_s:.1f} + {database_s:.1f} s of two processors")
        return holds


PARTS = {"readiness": readiness, "reads": reads, "screens": commands}


def main() -> int:
    """All parts, or those that BENCH_PARTS names."""
    million.stand()
    with connection.cursor() as cursor:
        cursor.execute("select reltuples from pg_class where relname = 'incidents_incident'")
        print(
            f"about {int(cursor.fetchone()[0]):,} cases, {Responder.objects.count()} units; load {os.getloadavg()[0]:.1f}; work: workers + database", flush=True
        )
    wanted = os.environ.get("BENCH_PARTS", ",".join(PARTS)).split(",")
    holds = {name: PARTS[name]() for name in wanted}
    missed = [name for name, held in holds.items() if not held]
    print("missed: " + ", ".join(missed) if missed else "all goals hold")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
