"""How dear the past is: a tile as it was against the same tile of today, at 250,000 parcels with a year of history; and what keeping history costs a bulk write.

CPU of the database's own process for the door's own statements, read from the kernel, so that other loads on the machine do not count.
"""

import os
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geo.config.settings")
django.setup()

from django.db import connection, transaction  # noqa: E402

from layers.layer import registry  # noqa: E402
from tests.bench import city  # noqa: E402
from tests.bench.tiles import OFFICER, cpu_s, machine, tiles_of  # noqa: E402
from tiles.database import Database  # noqa: E402
from tiles.drawing import Drawing, Plans, vector_drawing  # noqa: E402
from tiles.vector import FULL_DETAIL_FROM  # noqa: E402

PARCELS, EDITS_A_WEEK, WEEKS = 250_000, 400, 40
BEGAN = datetime(2025, 11, 1, tzinfo=UTC)
# After how many days: all parcels have a later version, half of the year's edits are still to come, a fortnight's are, none is.
MOMENTS = {"before the import": 30, "half a year ago": 200, "a month ago": 310, "yesterday": 350}
SECONDS = 4
GOAL = 2.0
HISTORY = Path(__file__).with_name("past.sql")


def make(cursor: Any, *, parcels: int = PARCELS, edits: int = EDITS_A_WEEK, weeks: int = WEEKS) -> dict[str, float]:
    """The city and its year, in the transaction of the caller; how long the bulk writes took, in seconds of the clock."""
    took = {}
    cursor.execute("select set_config('nbioc.at', %s, true)", [BEGAN.isoformat()])
    cursor.execute("update public.layers_kept set since = %s where layer = 'parcels'", [BEGAN.isoformat()])
    began = time.monotonic()
    city.make(cursor, incidents=1_000, parcels=parcels, roads=1_000, lights=1_000)
    took["made"], began = time.monotonic() - began, time.monotonic()
    cursor.execute(HISTORY.read_text(encoding="utf-8"), {"began": BEGAN.isoformat(), "edits": edits, "weeks": weeks})
    took["year"] = time.monotonic() - began
    cursor.execute("analyze public.layers_history, public.layers_parcel")
    return took


def bulk_ms(cursor: Any, *, kept: bool) -> float:
    """CPU milliseconds of a bulk insert of as many parcels, with or without the trigger of history; undone afterwards."""
    cursor.execute("select pg_backend_pid()")
    pid = cursor.fetchone()[0]
    with transaction.atomic():
        cursor.execute("select set_config('nbioc.by', 'system', true), set_config('nbioc.because', 'bulk', true), set_config('nbioc.at', '', true)")
        cursor.execute(f"alter table layers_parcel {'enable' if kept else 'disable'} trigger keep_history_insert")
        used = cpu_s([pid])
        cursor.execute(
            "insert into layers_parcel (ward_code, ward_valid_from, sheet_no, parcel_no, land_use, status, certificate_no, land_user_name, version, geom)"
            " select 'bulk', '2025-07-01', n / 450, mod(n, 450), 'ODT', 'in_use', '', '', 1, st_translate((select geom from layers_parcel limit 1), n, n)"
            " from generate_series(1, %s) n",
            [PARCELS],
        )
        used = cpu_s([pid]) - used
        transaction.set_rollback(True)
    return used * 1000


def drawings(database: Database, z: int, days: int | None) -> list[Drawing]:
    layer, plans, general = registry.known("parcels"), Plans(database), z < FULL_DETAIL_FROM
    as_of = None if days is None else BEGAN + timedelta(days=days)
    plan = plans.vector((layer, OFFICER, general, False)) if as_of is None else plans.past((layer, OFFICER, general, False, "past"), as_of)
    found = [vector_drawing(plan, layer, z=z, x=x, y=y, as_of=as_of) for x, y in tiles_of(z)]
    return [drawing for drawing in found if drawing is not None]


def tile_ms(database: Database, z: int, days: int | None) -> float:
    """CPU of the database a tile, one after the other on one connection."""
    wanted = drawings(database, z, days)
    pid = database.connection().info.backend_pid
    for drawing in wanted[:3]:
        drawing.draw(database, drawing)
    began, runs, until = cpu_s([pid]), 0, time.monotonic() + SECONDS
    while time.monotonic() < until:
        for drawing in wanted:
            drawing.draw(database, drawing)
            runs += 1
    return (cpu_s([pid]) - began) / runs * 1000


def main() -> int:
    """Print the table; 1 where a tile of the past costs more than the goal."""
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from layers_parcel")
        if cursor.fetchone()[0] == 0:
            with transaction.atomic():
                took = make(cursor)
            print(f"made {PARCELS:,} parcels in {took['made']:.0f} s, their year in {took['year']:.0f} s")
            cursor.execute("vacuum analyze layers_parcel, layers_history")
        cursor.execute("select count(*), pg_size_pretty(pg_total_relation_size('layers_history')) from layers_history where layer = 'parcels'")
        rows, size = cursor.fetchone()
        print(machine())
        without, kept = bulk_ms(cursor, kept=False), bulk_ms(cursor, kept=True)
    print(f"history {rows:,} rows, {size}; {PARCELS:,} inserted: {without / 1000:.1f} s CPU without it, {kept / 1000:.1f} s with it")
    database, worst = Database(), 0.0
    for z in (14, 16, 18):
        today = tile_ms(database, z, None)
        print(f"parcels z{z}  today {today:>8.2f} ms CPU a tile")
        for name, days in MOMENTS.items():
            then = tile_ms(database, z, days)
            worst = max(worst, then / today)
            print(f"parcels z{z}  {name:<18}{then:>8.2f}{then / today:>7.2f} x")
    print(f"worst {worst:.2f} x, goal {GOAL:.1f} x")
    return 0 if worst <= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
