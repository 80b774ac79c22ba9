"""Readiness: how soon the best free unit is at each 100 m of the city, now, after one leaves, and if one stood elsewhere.

The seconds are those that candidates would say of a case in the middle of the cell. Only units that the caller may see count.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import shapely
from django.db import connection
from psycopg2 import sql

from geo import coverage
from geo.city import CITY
from geo.coverage import CELL_M, Cells, Stand
from geo.crs import to_lonlat
from geo.errors import NOT_FOUND
from geo.network import Floats, Network
from geo.sql import statement
from incidents.dispatch import candidates
from incidents.dispatch.candidates import Unit
from incidents.models import Responder
from layers.access import ANONYMOUS, Opened, Scope, opened

LIMITS_MIN = (5, 10, 15, 30)
WORST_TOLD = 5
# Cells this near each other are one bad place, not several.
APART_M = 800.0
# Viridis turned round: soonest is lightest, read alike with and without colour vision; None: no way at all.
RAMP = ((0, "#fde725"), (180, "#90d743"), (300, "#35b779"), (600, "#21918c"), (900, "#31688e"), (1800, "#443983"), (3600, "#440154"))
OUTLINE = "select public.st_asbinary(public.st_union({shape})) from {relation} t where {where} and t.valid_until is null"
STATE = "select count(*), coalesce(max({fid}), 0), coalesce(sum(t.version), 0) from {relation} t where {where}"


@dataclass(frozen=True)
class Ground:
    """The cells of the city, and how many houses stand in each."""

    cells: Cells
    houses: Floats


@dataclass
class _Kept:
    """What this process holds of the ground, and the state of wards and houses that it is true at."""

    state: tuple[Any, ...] = ()
    ground: Ground | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass(frozen=True)
class Surface:
    """Seconds to each cell: as it is, and as it would be where something was asked; and who counts."""

    ground: Ground
    units: tuple[Unit, ...]
    now_s: Floats
    then_s: Floats | None = None


_kept = _Kept()


def ground() -> Ground:
    """The cells within today's wards, made again when a ward or a house has changed."""
    wards, houses = opened("wards", ANONYMOUS), opened("buildings", ANONYMOUS)
    with _kept.lock, connection.cursor() as cursor:
        cursor.execute("select current_database()")
        state = (cursor.fetchone()[0], *_rows(cursor, STATE, wards), *_rows(cursor, STATE, houses))
        if _kept.ground is None or state != _kept.state:
            shape = _rows(cursor, OUTLINE, wards)[0][0]
            cells = coverage.cells_within(shapely.from_wkb(bytes(shape)) if shape else shapely.Polygon())
            _kept.ground, _kept.state = Ground(cells, _houses(cells, _rows(cursor, statement("incidents", "houses_by_cell"), houses, cell_m=CELL_M))), state
        return _kept.ground


def prepare(network: Network) -> None:
    """Build what the first surface over a network would: the ground, the graphs of the vehicles that there are, and how its cells are joined to each."""
    place = ground()
    for mode, weight_t in Responder.objects.order_by().values_list("mode", "weight_t").distinct():
        network.graph(mode, weight_t).joined(place.cells, place.cells.centres)


def _rows(cursor: Any, text: str, seen: Opened, **params: Any) -> list[tuple[Any, ...]]:
    composed = sql.SQL(text).format(relation=seen.relation, where=seen.where, shape=seen.geometry, fid=seen.fid)
    cursor.execute(composed.as_string(cursor.cursor.connection), {**seen.params, **params})
    return cursor.fetchall()


def _houses(cells: Cells, rows: Sequence[tuple[int, int, int]]) -> Floats:
    known = {(column, row): n for column, row, n in rows}
    return np.array([known.get(key, 0) for key in zip(cells.column.tolist(), cells.row.tolist(), strict=True)], dtype=float)


def surface(
    *,
    scope: Scope,
    network: Network,
    at: datetime,
    kind: str = "",
    without: Sequence[int] = (),
    moved: tuple[int, tuple[float, float]] | None = None,
) -> Surface:
    """The surface of one kind of unit (none named: of all). `without`: these leave; `moved`: this one stands there. Raises NOT_FOUND for units not seen."""
    seen = candidates.units(scope)
    asked = {*without, *([moved[0]] if moved else [])}
    if asked - {unit.id for unit in seen}:
        raise NOT_FOUND("Không có lực lượng này.", "There is no such unit.")
    free, _ = candidates.sorted_out([unit for unit in seen if not kind or unit.kind == kind], at, False)
    stands = [stand_of(unit) for unit in free]
    now = list(range(len(free)))
    groups = [now]
    if asked:
        staying = [index for index in now if free[index].id not in asked]
        if moved:
            unit = next(unit for unit in seen if unit.id == moved[0])
            stands.append(Stand(unit.mode, unit.weight_t, moved[1], CITY.dispatching.turnout_s[unit.authority]))
            staying += [len(stands) - 1] if not kind or unit.kind == kind else []
        groups.append(staying)
    place = ground()
    found = coverage.soonest_s(network=network, stands=stands, groups=groups, cells=place.cells)
    return Surface(place, tuple(free), found[0], found[1] if asked else None)


def stand_of(unit: Unit) -> Stand:
    """A free unit where it is: until it arrives it sets out and travels, as candidates count it."""
    assert unit.place is not None  # noqa: S101 (whoever has no place was sorted out)
    return Stand(unit.mode, unit.weight_t, unit.place, CITY.dispatching.turnout_s[unit.authority])


def kinds(scope: Scope, at: datetime) -> list[dict[str, Any]]:
    """Every kind of unit that the caller sees, and how many of it are free."""
    seen = candidates.units(scope)
    free = {unit.id for unit in candidates.sorted_out(seen, at, False)[0]}
    names: dict[str, list[Unit]] = {}
    for unit in seen:
        names.setdefault(unit.kind, []).append(unit)
    return [{"kind": kind, "units": len(units), "free": sum(unit.id in free for unit in units)} for kind, units in sorted(names.items())]


def shares(place: Ground, seconds: Floats) -> list[dict[str, Any]]:
    """Which part of the area and of the houses is reached within each limit."""
    return [
        {
            "minutes": limit,
            "area": round(coverage.within_share(seconds, limit * 60), 4),
            "houses": round(coverage.within_share(seconds, limit * 60, place.houses), 4),
        }
        for limit in LIMITS_MIN
    ]


def worst(place: Ground, seconds: Floats, before: Floats | None = None) -> list[dict[str, Any]]:
    """The places with houses that wait longest, or that lose most against `before`; each far from the others."""
    lived = np.flatnonzero(place.houses > 0)
    bad = seconds[lived] if before is None else np.where(np.isinf(seconds[lived]) & np.isinf(before[lived]), 0, seconds[lived] - before[lived])
    order = lived[np.lexsort((-place.houses[lived], -bad))]
    chosen: list[int] = []
    for cell in order.tolist():
        if len(chosen) == WORST_TOLD or (before is not None and not seconds[cell] > before[cell]):
            break
        if all(np.hypot(*(place.cells.centres[cell] - place.cells.centres[other])) >= APART_M for other in chosen):
            chosen.append(cell)
    return [_cell(place, seconds, before, cell) for cell in chosen]


def _cell(place: Ground, seconds: Floats, before: Floats | None, cell: int) -> dict[str, Any]:
    x, y = (float(edge) for edge in place.cells.centres[cell])
    lon, lat = to_lonlat(x, y)
    told = {"x": x, "y": y, "lon": round(lon, 6), "lat": round(lat, 6), "houses": int(place.houses[cell]), "seconds": whole(seconds[cell])}
    return told if before is None else {**told, "before_s": whole(before[cell])}


def whole(seconds: float) -> int | None:
    """Whole seconds; None where there is no way."""
    return round(float(seconds)) if np.isfinite(seconds) else None


def laid_out(place: Ground, seconds: Floats) -> list[int]:
    """Row by row from the north-west corner of the cells' box: seconds, -1 where there is no way, -2 outside the city."""
    columns, rows = box(place.cells)[2:]
    grid = np.full((rows, columns), -2, dtype=np.int64)
    west, north = box(place.cells)[:2]
    grid[north - place.cells.row, place.cells.column - west] = np.where(np.isfinite(seconds), np.round(np.where(np.isfinite(seconds), seconds, 0)), -1)
    return grid.ravel().tolist()


def box(cells: Cells) -> tuple[int, int, int, int]:
    """The first column, the first row from the north, and how many of each."""
    if not len(cells):
        return 0, 0, 0, 0
    west, north = int(cells.column.min()), int(cells.row.max())
    return west, north, int(cells.column.max()) - west + 1, north - int(cells.row.min()) + 1


def corners(cells: Cells) -> list[tuple[float, float]]:
    """lon, lat of the box's corners: north-west, north-east, south-east, south-west."""
    west, north, columns, rows = box(cells)
    left, top = west * cells.cell_m, (north + 1) * cells.cell_m
    right, bottom = left + columns * cells.cell_m, top - rows * cells.cell_m
    return [to_lonlat(x, y) for x, y in ((left, top), (right, top), (right, bottom), (left, bottom))]
