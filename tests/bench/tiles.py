"""How dear a tile is: the door against the bare statement, and how many kept tiles a worker sends.

Every figure is CPU of processes, read from the kernel, beside what a clock says: the load generator sits on the same cores, so trust
the ratios. A server whose tiles differ from the bare statement's in features gets no figure.
"""

import os
import platform
import random
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geo.config.settings")
django.setup()

import mapbox_vector_tile  # noqa: E402
from django.db import connection, transaction  # noqa: E402

from geo import tilegrid  # noqa: E402
from geo.crs import CITY_SRID  # noqa: E402
from geo.permissions import STARTING_ROLES  # noqa: E402
from layers.access import Scope  # noqa: E402
from layers.layer import registry  # noqa: E402
from tests.bench import city  # noqa: E402
from tests.conftest import JUNCTION  # noqa: E402
from tiles.database import Database, own_connection  # noqa: E402
from tiles.drawing import Plans, vector_drawing  # noqa: E402
from tiles.vector import FULL_DETAIL_FROM, pixel_m  # noqa: E402

PORT = 8102
OFFICER = Scope(user_id=1, permissions=frozenset(STARTING_ROLES["officer"][2]), fingerprint="officer")
SECONDS, TILES = 6, 200
FEW, MANY = 8, 64
# decoding in Python is slow
COMPARED = 5
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
HALF_SIDE_DEG = 0.03
COLUMNS = ", ".join(field.source for field in registry.get("parcels").fields if field.tile)
# What a person would write by hand: as it is from full detail on, below that simplified by half a pixel as the door does.
BARE = f"""
prepare bare(int, int, int, float8) as
with frame as (select st_tileenvelope($1, $2, $3) as mercator, st_transform(st_tileenvelope($1, $2, $3, margin => 0.015625), {CITY_SRID}) as city)
select st_asmvt(q, 'parcels', 4096, 'geom', 'fid')
  from (select id as fid, {COLUMNS},
               st_asmvtgeom(st_transform(case when $4 > 0 then st_simplify(geom, $4, true) else geom end, 3857), (select mercator from frame), 4096, 64, true) as geom
          from layers_parcel where geom && (select city from frame)) q
"""


@dataclass(frozen=True)
class Run:
    """What one load cost."""

    a_second: float
    server_ms: float
    database_ms: float
    p99_ms: float


def tiles_of(z: int) -> list[tuple[int, int]]:
    """Tiles within the part of the city that is full of parcels, in a fixed random order."""
    lon, lat = JUNCTION
    first_x, first_y, last_x, last_y = tilegrid.tile_range((lon - HALF_SIDE_DEG, lat - HALF_SIDE_DEG, lon + HALF_SIDE_DEG, lat + HALF_SIDE_DEG), z)
    found = [(x, y) for x in range(first_x, last_x + 1) for y in range(first_y, last_y + 1)]
    random.Random(1).shuffle(found)
    return found[:TILES]


def cpu_s(pids: list[int]) -> float:
    """User and system time that processes have used; one that has gone counts nothing."""
    total = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except FileNotFoundError:
            continue
        total += int(fields[11]) + int(fields[12])
    return total / TICKS_A_SECOND


def backends() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("select pid from pg_stat_activity where application_name = 'nbioc tiles' and datname = current_database()")
        return [row[0] for row in cursor.fetchall()]


def bare_ms(z: int) -> tuple[float, dict[tuple[int, int], set[int]]]:
    """CPU of the database for the bare statement, and the features that it gives."""
    own = own_connection()
    with own.cursor() as cursor:
        cursor.execute(BARE)
        cursor.execute("select pg_backend_pid()")
        pid = cursor.fetchone()[0]
        found, runs = {}, 0
        tolerance_m = pixel_m(z) / 2 if z < FULL_DETAIL_FROM else 0.0
        for x, y in tiles_of(z)[:COMPARED]:
            cursor.execute("execute bare(%s, %s, %s, %s)", (z, x, y, tolerance_m))
            found[x, y] = _features(bytes(cursor.fetchone()[0]))
        began, until = cpu_s([pid]), time.monotonic() + SECONDS
        while time.monotonic() < until:
            for x, y in tiles_of(z):
                cursor.execute("execute bare(%s, %s, %s, %s)", (z, x, y, tolerance_m))
                cursor.fetchone()
                runs += 1
        used = cpu_s([pid]) - began
    own.close()
    return used / runs * 1000, found


def alone_ms(z: int) -> float:
    """CPU of the database for the door's own statement, run one after the other on one connection."""
    database = Database()
    plan = Plans(database).vector((registry.get("parcels"), OFFICER, z < FULL_DETAIL_FROM, False))
    drawings = [vector_drawing(plan, registry.get("parcels"), z=z, x=x, y=y) for x, y in tiles_of(z)]
    pid = database.connection().info.backend_pid
    began, runs, until = cpu_s([pid]), 0, time.monotonic() + SECONDS
    while time.monotonic() < until:
        for drawing in drawings:
            drawing.draw(database, drawing)
            runs += 1
    used = cpu_s([pid]) - began
    database.close()
    return used / runs * 1000


def _features(body: bytes) -> set[int]:
    return {feature["id"] for feature in mapbox_vector_tile.decode(body)["parcels"]["features"]} if body else set()


class Server:
    """One worker of the door, with a cache of so many bytes."""

    def __init__(self, cache_bytes: int) -> None:
        command = [sys.executable, "-W", "ignore", "-m", "uvicorn", "tests.bench.server:application", "--port", str(PORT)]
        options = ["--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "error"]
        self.process = subprocess.Popen([*command, *options], env={**os.environ, "BENCH_CACHE_BYTES": str(cache_bytes)})
        for _ in range(100):
            try:
                self.get("/tiles/nope/0/0/0.mvt")
            except urllib.error.HTTPError:
                return
            except urllib.error.URLError:
                time.sleep(0.2)
        raise RuntimeError("The server did not start.")

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{PORT}{path}") as answer:  # noqa: S310 (our own address)
            return answer.read()

    def load(self, z: int, headers: tuple[str, ...] = (), clients: int = FEW, seconds: int = SECONDS) -> Run:
        """Ask for all tiles of a zoom in turn, from several clients, for a while."""
        with tempfile.NamedTemporaryFile("w", suffix=".paths") as paths:
            paths.write("\n".join(f"/tiles/parcels/{z}/{x}/{y}.mvt" for x, y in tiles_of(z)))
            paths.flush()
            pids = backends()
            server, database = cpu_s([self.process.pid]), cpu_s(pids)
            given = [piece for header in headers for piece in ("-H", header)]
            command = [
                "wrk",
                "-t2",
                f"-c{clients}",
                f"-d{seconds}s",
                "--latency",
                *given,
                "-s",
                str(Path(__file__).with_name("paths.lua")),
                f"http://127.0.0.1:{PORT}",
            ]
            said = subprocess.run(command, env={**os.environ, "PATHS": paths.name}, capture_output=True, text=True, check=True).stdout
            server, database = cpu_s([self.process.pid]) - server, cpu_s(pids) - database
        if "Non-2xx" in said:
            raise RuntimeError(f"Some answers were errors: {said}")
        count, rate = int(re.search(r"(\d+) requests in", said)[1]), float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])
        slowest = re.search(r"99%\s+([\d.]+)(us|ms|s)", said)
        p99_ms = float(slowest[1]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[slowest[2]]
        return Run(rate, server / count * 1000, database / count * 1000, p99_ms)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)


def fill() -> None:
    """The city, unless it is there."""
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from layers_parcel")
        if cursor.fetchone()[0] == 0:
            with transaction.atomic():
                city.make(cursor, incidents=1_000_000, parcels=202_500)
            cursor.execute("vacuum analyze incidents_incident")


def machine() -> str:
    """What the figures were taken on."""
    info = Path("/proc/cpuinfo").read_text()
    model = re.search(r"model name\s*:\s*(.+)", info)
    with connection.cursor() as cursor:
        cursor.execute("select current_setting('server_version'), public.postgis_lib_version()")
        postgres, postgis = cursor.fetchone()
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} × {model[1] if model else platform.machine()}, Python {platform.python_version()}, PostgreSQL {postgres}, PostGIS {postgis}, load {load:.1f}"


def main() -> None:
    """Print the table."""
    fill()
    print(machine())
    print(f"{'tile':<12}{'by hand':>9}{'alone':>9}{'database':>10}{'door':>8}{'/hand':>7}{'/alone':>7}{'tiles/s':>9}{'p99 ms':>9}   (CPU ms a tile)")
    server = Server(0)
    try:
        for z in (14, 16):
            bare, features = bare_ms(z)
            for (x, y), expected in features.items():
                drawn = _features(server.get(f"/tiles/parcels/{z}/{x}/{y}.mvt"))
                # below full detail a sliver that only the buffer cuts off may be simplified away
                if len(drawn ^ expected) > (0 if z >= FULL_DETAIL_FROM else 0.01 * len(expected)):
                    raise RuntimeError(f"Tile {z}/{x}/{y} differs from the bare statement's: no figure.")
            server.load(z, seconds=2)
            run = server.load(z)
            alone, whole = alone_ms(z), run.server_ms + run.database_ms
            cost = f"{bare:>9.2f}{alone:>9.2f}{run.database_ms:>10.2f}{run.server_ms:>8.2f}{whole / bare:>7.2f}{whole / alone:>7.2f}"
            print(f"parcels z{z:<3}{cost}{run.a_second:>9.0f}{run.p99_ms:>9.1f}   uncached")
    finally:
        server.stop()
    server = Server(2**30)
    try:
        for z in (14, 16):
            for header in ((), ("Accept-Encoding: gzip",)):
                server.load(z, header, seconds=4)
                run = server.load(z, header, MANY)
                kind = "kept, gzip" if header else "kept"
                print(f"parcels z{z:<3}{'':>18}{run.database_ms:>10.3f}{run.server_ms:>8.3f}{'':>14}{run.a_second:>9.0f}{run.p99_ms:>9.1f}   {kind}")
    finally:
        server.stop()


if __name__ == "__main__":
    main()
