"""Positions in and out again: 2,000 a second from 500 units over several connections, on a timetable, and when another browser's stream shows each.

Open loop: a lot is sent when it is due, whatever became of the one before, and its delay counts from when it was due. The senders are a process of their own
and yield to the server. The answer to a lot says that it is kept: all that was answered is counted in the table afterwards, also after a kill -9 of the workers.
"""

import http.client
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import django

django.setup()

from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402
from shapely import Point  # noqa: E402

from geo.crs import to_city, to_lonlat  # noqa: E402
from geo.fields import as_field  # noqa: E402
from geo.models import Agency, Role, Token, User  # noqa: E402
from incidents.models import Position, Responder  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
PORT = 8398
UNITS = 500
CONNECTIONS = 8
PER_SECOND = 2_000
LOT = 50
SECONDS = float(os.environ.get("BENCH_SECONDS", "20"))
HOME = (105.8195, 9.8165)


def make_city() -> tuple[str, str, list[tuple[str, int]]]:
    """Units that drive, a machine that relays and an operator that looks on; answers both tokens and the units."""
    agency, _ = Agency.objects.get_or_create(code="police", defaults={"name": "Công an"})
    tokens = []
    for slug, permissions in (("bench_relay", ["relay_positions"]), ("bench_eye", ["see_units"])):
        role, _ = Role.objects.update_or_create(slug=slug, defaults={"name": slug, "permissions": permissions})
        user, _ = User.objects.get_or_create(username=slug)
        user.roles.set([role])
        tokens.append(Token.issue(name=slug, user=user)[1])
    Position.objects.all().delete()
    if Responder.objects.count() < UNITS:
        x, y = to_city(*HOME)
        Responder.objects.bulk_create(
            [
                Responder(code=f"B-{n:03d}", name=f"B {n}", kind="police", agency=agency, authority="directed", mode="car", geom=as_field(Point(x, y)))
                for n in range(UNITS)
            ],
            ignore_conflicts=True,
        )
    # Days ago: wherever they begin, they may have come there.
    Responder.objects.update(position_at=timezone.now() - timedelta(days=2))
    return tokens[0], tokens[1], list(Responder.objects.filter(code__startswith="B-").order_by("pk").values_list("code", "pk")[:UNITS])


def send(token: str, codes: list[str], seconds: float, number: int) -> dict[str, object]:
    """One connection: its units in turn, LOT at a time, each lot at its moment. Runs in the senders' process."""
    every_s = LOT * CONNECTIONS / PER_SECOND
    chance = random.Random(number)
    x0, y0 = to_city(*HOME)
    places = {code: [x0 + chance.uniform(-1500, 1500), y0 + chance.uniform(-1500, 1500)] for code in codes}
    wire = http.client.HTTPConnection("127.0.0.1", PORT)
    wire.connect()
    answered, failed, taken, due, turn = [], 0, [], time.time() + number * every_s / CONNECTIONS, 0
    end = due + seconds
    while due < end:
        if (wait_s := due - time.time()) > 0:
            time.sleep(wait_s)
        lot = [codes[(turn + step) % len(codes)] for step in range(LOT)]
        turn += LOT
        fixes = []
        for step, code in enumerate(lot):
            place = places[code]
            place[0] += chance.uniform(-3, 3)
            place[1] += chance.uniform(-3, 3)
            lon, lat = to_lonlat(*place)
            fixes.append(
                {"responder": code, "at": datetime.fromtimestamp(due + step * 1e-6, UTC).isoformat(), "lon": lon, "lat": lat, "accuracy_m": 5, "speed_kmh": 20}
            )
        body = json.dumps({"positions": fixes})
        try:
            wire.request("POST", "/api/positions", body, {"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
            answer = wire.getresponse()
            said = json.loads(answer.read())
            if answer.status == 200 and said["accepted"] == LOT:
                answered += [(fix["responder"], fix["at"], due) for fix in fixes]
            else:
                failed += 1
        except OSError:
            failed += 1
            wire.close()
            wire = http.client.HTTPConnection("127.0.0.1", PORT)
        taken.append(time.time() - due)
        due += every_s
    return {"answered": answered, "failed": failed, "taken": taken}


def senders(token: str, codes: list[str], seconds: float) -> dict[str, list]:
    """All connections at once."""
    os.nice(10)
    found: list[dict] = []
    share = len(codes) // CONNECTIONS
    threads = [threading.Thread(target=lambda n=n: found.append(send(token, codes[n * share : (n + 1) * share], seconds, n))) for n in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {
        "answered": [row for one in found for row in one["answered"]],
        "failed": sum(one["failed"] for one in found),
        "taken": [one for each in found for one in each["taken"]],
    }


class Watcher:
    """Another browser: reads the stream and remembers when each unit was first shown at a moment or a later one."""

    def __init__(self, token: str) -> None:
        self.shown: dict[str, list[tuple[datetime, float]]] = {}
        self.ready = threading.Event()
        self.token = token
        threading.Thread(target=self._listen, daemon=True).start()
        if not self.ready.wait(20):
            raise RuntimeError("The stream did not greet.")

    def _listen(self) -> None:
        wire = http.client.HTTPConnection("127.0.0.1", PORT)
        wire.request("GET", "/events", headers={"Authorization": f"Bearer {self.token}"})
        stream = wire.getresponse()
        while line := stream.readline():
            now = time.time()
            if line.startswith(b"event: hello"):
                self.ready.set()
            if line.startswith(b"data:") and b'"responder.moved"' in line:
                for feature in json.loads(line[5:])["features"]:
                    said = feature["properties"]
                    self.shown.setdefault(said["code"], []).append((datetime.fromisoformat(said["position_at"]), now))

    def delays(self, answered: list[tuple[str, str, float]]) -> list[float]:
        """From when each fix was due until the stream showed its unit there or further."""
        found, missing = [], 0
        for code, at, due in answered:
            moment = datetime.fromisoformat(at)
            first = min((when for shown, when in self.shown.get(code, ()) if shown >= moment), default=None)
            missing += first is None
            found += [first - due] if first is not None else []
        if missing:
            print(f"never shown              {missing}")
        return found


def told(name: str, values: list[float]) -> None:
    """Percentiles in one line."""
    ordered = sorted(values)
    cut = statistics.quantiles(ordered, n=1000)
    print(
        f"{name:<24} p50 {cut[499] * 1000:6.0f} ms   p95 {cut[949] * 1000:6.0f} ms   p99 {cut[989] * 1000:6.0f} ms   max {ordered[-1] * 1000:6.0f} ms   n {len(ordered)}"
    )


def serve() -> subprocess.Popen:
    """Two workers, as the city runs them."""
    web = [sys.executable, "-W", "ignore", "-m", "uvicorn", "geo.config.asgi:application", "--port", str(PORT), "--workers", "2", "--log-level", "error"]
    server = subprocess.Popen([*web, "--loop", "uvloop", "--http", "httptools", "--no-access-log"], cwd=ROOT, start_new_session=True)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            wire = http.client.HTTPConnection("127.0.0.1", PORT, timeout=2)
            wire.request("GET", "/readyz")
            if wire.getresponse().status == 200:
                return server
        except OSError:
            time.sleep(0.2)
    os.killpg(server.pid, signal.SIGKILL)
    raise RuntimeError("The server did not start.")


def stored() -> int:
    """How many positions stand."""
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from incidents_position")
        return int(cursor.fetchone()[0])


def worked_s(server: subprocess.Popen) -> tuple[float, float]:
    """Processor seconds so far of the server's processes, and of the database's backends: what a machine at rest would need."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_postmaster_start_time(), pg_backend_pid()")
        postmaster = Path(f"/proc/{cursor.fetchone()[1]}/stat").read_text().rsplit(")", 1)[1].split()[1]
    found = {"web": 0.0, "database": 0.0}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        # After the name: state, parent, group, session … user and system ticks, and those of children that ended.
        whose = "web" if fields[3] == str(server.pid) else "database" if fields[1] == postmaster else ""
        if whose:
            found[whose] += sum(int(ticks) for ticks in fields[11:15]) / os.sysconf("SC_CLK_TCK")
    return found["web"], found["database"]


def run_senders(relay: str, units: list[tuple[str, int]], seconds: float) -> dict[str, list]:
    """The senders in a process of their own; answers what they saw."""
    words = json.dumps([relay, [code for code, _ in units], seconds])
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.bench.positions", "send"], input=words, capture_output=True, text=True, cwd=ROOT, check=True
    )
    return json.loads(done.stdout)


def main() -> None:
    """Send, watch, count; then kill the workers under load and count again."""
    relay, eye, units = make_city()
    server = serve()
    try:
        watcher = Watcher(eye)
        run_senders(relay, units, 3)
        before, (web_s, database_s) = stored(), worked_s(server)
        began = time.time()
        seen = run_senders(relay, units, SECONDS)
        spent_s = time.time() - began
        time.sleep(2)
        kept = stored() - before
        print(
            f"positions                {len(seen['answered'])} answered in {spent_s:.1f} s with start-up, asked {PER_SECOND}/s for {SECONDS:.0f} s, {seen['failed']} lots failed"
        )
        print(f"kept                     {kept} of {len(seen['answered'])} answered")
        web, database = (after - was for after, was in zip(worked_s(server), (web_s, database_s), strict=True))
        each = 1_000 / max(len(seen["answered"]), 1)
        print(
            f"processor                {web * each * 1000:.0f} ms web and {database * each * 1000:.0f} ms database for 1,000 positions, stream included; load {os.getloadavg()[0]:.1f}"
        )
        told("due → answered", seen["taken"])
        told("due → other's stream", watcher.delays([tuple(row) for row in seen["answered"]]))
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(15)
    killed(relay, units)


def killed(relay: str, units: list[tuple[str, int]]) -> None:
    """kill -9 of every worker under load: whatever was answered is there."""
    Responder.objects.update(position_at=timezone.now() - timedelta(days=2))
    before, server = stored(), serve()
    threading.Timer(5.0, lambda: os.killpg(server.pid, signal.SIGKILL)).start()
    seen = run_senders(relay, units, 6)
    server.wait(15)
    answered = {(code, datetime.fromisoformat(at)) for code, at, _ in seen["answered"]}
    there = set(Position.objects.filter(responder__code__startswith="B-", at__in=[at for _, at in answered]).values_list("responder__code", "at"))
    print(f"kill -9 under load       {len(answered)} answered, {len(answered - there)} of them lost; {stored() - before - len(answered)} kept and not answered")


if __name__ == "__main__":
    if sys.argv[1:] == ["send"]:
        given = json.loads(sys.stdin.read())
        print(json.dumps(senders(given[0], given[1], given[2])))
    else:
        main()
