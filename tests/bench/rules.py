"""How long the rules take among 250,000 parcels of the demo city: after a split, a merge and a moved corner, for a parcel among 200 neighbours, and over the
whole layer.

What is timed is `check` alone, inside the writing transaction, which is rolled back. The limit is the issue's: 300 ms at the 95th percentile.
"""

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median
from typing import Any

import django

django.setup()

import shapely  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from shapely.geometry.base import BaseGeometry  # noqa: E402

from geo import parcelling  # noqa: E402
from geo.errors import Problem  # noqa: E402
from layers import rules  # noqa: E402
from layers.access import SYSTEM  # noqa: E402
from layers.changing import editing  # noqa: E402
from layers.changing.edits import Edit  # noqa: E402
from layers.library.parcels import Parcel, Parcels  # noqa: E402
from layers.rules import checking  # noqa: E402
from layers.rules.asking import Asked  # noqa: E402
from tests.bench import clock  # noqa: E402
from tests.bench.clock import Took  # noqa: E402

PARCELS = 250_000
ROUNDS = 150
WARM_ROUNDS = 5
SEED = 11
LIMIT_MS = 300.0
AT = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)
NEIGHBOURS = 200
# A long thin parcel along streets of small ones, drawn over the city until it has so many neighbours.
STRIP_M = 1.0


@dataclass
class Watch:
    """Times `check`, all of it and rule by rule, wherever it is called from."""

    taken: dict[str, list[Took]] = field(default_factory=dict)
    name: str = ""

    def around(self, check: Callable[..., list[rules.Issue]]) -> Callable[..., list[rules.Issue]]:
        def timed(**asked: Any) -> list[rules.Issue]:
            with clock.timed(self.taken.setdefault(self.name, [])):
                return check(**asked)

        return timed

    def around_rule(self, code: str, look: Callable[..., Iterator[rules.Issue]]) -> Callable[..., Iterator[rules.Issue]]:
        def timed(asked: Asked, rule: Any) -> Iterator[rules.Issue]:
            with clock.timed(self.taken.setdefault(f"  {self.name}: {code}", [])):
                found = list(look(asked, rule))
            return iter(found)

        return timed


def main() -> int:
    if Parcel.objects.count() < PARCELS * 0.8:
        call_command("demo", parcels=PARCELS, incidents=20, days=7, keep_logins_quiet=True)
    watch = Watch()
    editing.rules.check = watch.around(rules.check)
    checking.LOOKS.update({kind: watch.around_rule(kind.code, look) for kind, look in checking.LOOKS.items()})
    done = 0
    for fid in _some_parcels():
        if done == WARM_ROUNDS:
            watch.taken.clear()
        done += _round(watch, fid)
        if done == ROUNDS + WARM_ROUNDS:
            break
    _among_many(watch)
    _whole(watch)
    return _tell(watch.taken, Parcel.objects.count())


def _some_parcels() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("select setseed(%s); select id from layers_parcel where status = 'in_use' order by random() limit %s", [SEED / 100, ROUNDS * 3])
        return [fid for (fid,) in cursor.fetchall()]


def _round(watch: Watch, fid: int) -> bool:
    row = Parcel.objects.get(pk=fid)
    whole = shapely.from_wkb(bytes(row.geom.wkb))
    x0, y0, x1, y1 = whole.bounds
    try:
        parts = parcelling.split(parcel=whole, line=shapely.LineString([(x0 - 1, (y0 + y1) / 2), (x1 + 1, (y0 + y1) / 2 + 0.3)])).parts
    except Problem:
        return False
    _look(watch, "split", _gone(row), *(_made(row, part, index) for index, part in enumerate(parts)))
    beside = Parcel.objects.filter(geom__touches=row.geom).first()
    merged = whole.union(shapely.from_wkb(bytes(beside.geom.wkb))) if beside else None
    if beside is not None and merged is not None and merged.geom_type == "Polygon":
        _look(watch, "merge", _gone(row), _gone(beside), _made(row, merged, 0))
    corner = list(whole.exterior.coords)
    corner[1] = (corner[1][0] + 0.4, corner[1][1] - 0.4)
    moved = shapely.Polygon(corner, [ring.coords for ring in whole.interiors])
    if moved.is_valid:
        _look(watch, "corner", Edit("parcels", "update", row.pk, frozenset({row.version}), geometry=moved))
    return True


def _among_many(watch: Watch) -> None:
    """A strip across so many parcels: each of them overlaps, is told, and has its cuts computed."""
    row = Parcel.objects.get(pk=_some_parcels()[0])
    x, y = row.geom.centroid.coords
    length_m = 100.0
    while Parcel.objects.filter(geom__intersects=_strip_field(row, x, y, length_m)).count() < NEIGHBOURS and length_m < 20_000:
        length_m *= 1.2
    strip = shapely.box(x - length_m / 2, y, x + length_m / 2, y + STRIP_M)
    for _ in range(5):
        _look(watch, f"among {NEIGHBOURS} neighbours", _made(row, strip, 0))


def _strip_field(row: Parcel, x: float, y: float, length_m: float) -> Any:
    return editing.shapes.as_field(shapely.box(x - length_m / 2, y, x + length_m / 2, y + STRIP_M))


def _whole(watch: Watch) -> None:
    """The whole layer, set by set, as after an import."""
    watch.name = "whole layer"
    taken: list[Took] = []
    with clock.timed(taken):
        count = sum(1 for _ in rules.everywhere(slug="parcels", scope=SYSTEM, at=AT))
    print(f"whole layer: {taken[0].wall_ms / 1_000:.1f} s by the clock, {taken[0].work_ms / 1_000:.1f} s of work, {count} issues")
    for code in sorted({rule.code for rule in Parcels.rules}):
        times = watch.taken.pop(f"  whole layer: {code}", [])
        print(f"  {code:16} {sum(one.wall_ms for one in times) / 1_000:8.1f} s, {sum(one.work_ms for one in times) / 1_000:8.1f} s of work")


def _look(watch: Watch, name: str, *edits: Edit) -> None:
    watch.name = name
    editing.apply(edits=edits, by=None, scope=SYSTEM, at=AT, because="bench", looking=True)


def _gone(row: Parcel) -> Edit:
    return Edit("parcels", "delete", row.pk, frozenset({row.version}))


def _made(row: Parcel, shape: BaseGeometry, index: int) -> Edit:
    properties = {
        "ward_code": row.ward_code, "ward_valid_from": row.ward_valid_from.isoformat(), "sheet_no": row.sheet_no, "parcel_no": 900_000 + index,
        "land_use": row.land_use, "status": "in_use",
    }  # fmt: skip
    return Edit("parcels", "create", properties=properties, geometry=shape)


def _tell(taken: dict[str, list[Took]], parcels: int) -> int:
    """By the clock the figures are those of a machine with other work; the work itself is the same on one at rest."""
    print(f"rules, {parcels:,} parcels; load {os.getloadavg()[0]:.1f}")
    print(f"{'':44} {'n':>4} {'p50 ms':>8} {'p95 ms':>8} {'max ms':>8} {'work p50':>9} {'work p95':>9}")
    for name, times in sorted(taken.items(), key=lambda entry: entry[0].strip()):
        wall, work = [one.wall_ms for one in times], [one.work_ms for one in times]
        print(f"{name:44} {len(times):4} {median(wall):8.1f} {clock.p95(wall):8.1f} {max(wall):8.1f} {median(work):9.1f} {clock.p95(work):9.1f}")
    late = [name for name, times in taken.items() if clock.p95([one.wall_ms for one in times]) > LIMIT_MS]
    print(f"limit {LIMIT_MS:.0f} ms at p95 by the clock: {'held' if not late else 'broken by ' + ', '.join(late)}")
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main())
