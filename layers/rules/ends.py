"""Ends of lines that come near to another line and do not meet it, and how they could."""

from collections.abc import Iterator

import shapely
from shapely.geometry import LineString, Point
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

from layers.changing.edits import Edit
from layers.rules import asking, mending
from layers.rules.asking import Asked
from layers.rules.declared import Connected, decimal
from layers.rules.issues import Fix, Issue, key_of, told_geometry, told_place
from layers.rules.pairs import ANOTHER, Side


def dangling(asked: Asked, rule: Connected) -> Iterator[Issue]:
    found = asking.ask(
        "ends",
        {**asked.params(), "reach_m": rule.reach_m, "meeting_m": rule.meeting_m, "at_ends": rule.at_ends},
        features=asking.features(asked.layer, asked.scope, rows=rule.rows),
        before=asking.before(asked.layer, rule.rows),
    )
    told: set[tuple[int, ...]] = set()
    # Two ends that miss one another are one fault; the one that was touched tells it, for its fix moves that one.
    for fid, seen, version, name, other, other_seen, other_version, other_name, shape, other_shape, way, place, away_m, at_start in sorted(
        found, key=lambda row: row[0] not in asked.fids
    ):
        own = Side(fid, seen, version, name, shapely.from_wkb(bytes(shape)))
        met = Side(other, other_seen, other_version, other_name, shapely.from_wkb(bytes(other_shape)))
        between = (*sorted((fid, other)), *(round(edge * 10) for edge in shapely.from_wkb(bytes(way)).bounds))
        if between in told:
            continue
        told.add(between)
        yield from _told(asked, rule, own, met, asking.shape_of(way), asking.shape_of(place), away_m, at_start)


def _told(
    asked: Asked, rule: Connected, own: Side, met: Side, way: BaseGeometry | None, place: BaseGeometry | None, away_m: float, at_start: bool
) -> Iterator[Issue]:
    slug = asked.layer.slug
    key = key_of(rule.code, slug, place)
    if own.seen and met.seen:
        says = tuple(decimal(round(away_m, 2), vi=vi) for vi in (True, False))
        yield Issue(
            rule.code, rule.severity, f"{own.name}: đầu tuyến cách {met.name} {says[0]} m mà không nối vào",
            f"{own.name}: its end lies {says[1]} m from {met.name} and does not meet it", slug, tuple(sorted((own.fid, met.fid))), key,
            told_place(place), told_geometry(way), round(away_m, 3), "m", tuple(_snaps(asked, rule, own, met, at_start)),
        )  # fmt: skip
    elif own.seen:
        yield Issue(
            rule.code, rule.severity, f"{own.name}: đầu tuyến sát {ANOTHER[0]} mà không nối vào",
            f"{own.name}: its end is close to {ANOTHER[1]} and does not meet it", slug, (own.fid,), key, told_place(place),
        )  # fmt: skip


def _snaps(asked: Asked, rule: Connected, own: Side, met: Side, at_start: bool) -> Iterator[Fix]:
    """The end moved to the other's nearest end where one is in reach, else onto the other, which is then cut there if the network needs it."""
    tip = Point(own.shape.coords[0 if at_start else -1])
    nearest = min((Point(met.shape.coords[index]) for index in (0, -1)), key=tip.distance)
    at_end = nearest.distance(tip) <= rule.reach_m
    along_m = met.shape.project(tip)
    moved = _moved(own.shape, nearest if at_end else met.shape.interpolate(along_m), at_start)
    joined = None if moved is None else mending.changed(asked, own.fid, own.version, geometry=moved)
    if joined is None:
        return
    if at_end:
        yield Fix(f"Nối vào đầu tuyến {met.name}", f"Join it to the end of {met.name}", (joined,))
    elif not rule.at_ends:
        yield Fix(f"Nối vào {met.name}", f"Join it to {met.name}", (joined,))
    elif not (asked.is_new(own.fid, own.version) or asked.is_new(met.fid, met.version)):
        # A making among other edits could not be told from a second making: who draws a new line cuts the old one first.
        cut = _cut(asked, met, along_m)
        if cut:
            yield Fix(f"Nối vào {met.name}, cắt tại chỗ nối", f"Join it to {met.name} and cut that at the junction", (joined, *cut))


def _moved(line: BaseGeometry, to: Point, at_start: bool) -> LineString | None:
    """The line with one end elsewhere."""
    vertices = list(line.coords)
    vertices[0 if at_start else -1] = (to.x, to.y)
    made = LineString(vertices)
    return made if made.is_valid and made.length > 0 and made.is_simple == line.is_simple else None


def _cut(asked: Asked, met: Side, along_m: float) -> tuple[Edit, ...]:
    """The other line as two that meet: the first keeps its number, the second has the same values."""
    first = mending.changed(asked, met.fid, met.version, geometry=substring(met.shape, 0, along_m))
    second = mending.like(asked, met.fid, substring(met.shape, along_m, met.shape.length))
    return () if first is None or second is None else (first, second)
