"""Two features that are in each other's way: polygons that overlap, points that stand for the same thing, keys used twice."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import shapely
from psycopg2 import sql
from shapely.geometry.base import BaseGeometry

from layers.rules import asking, mending
from layers.rules.asking import Asked
from layers.rules.declared import Apart, NoOverlap, UniqueKey, decimal
from layers.rules.issues import Fix, Issue, key_of, told_geometry, told_place

# So many of the largest overlaps get their ways out computed; behind more stands one mistake, and one undo.
MOST_FIXED = 20
ANOTHER = ("một đối tượng khác", "another feature")


@dataclass(frozen=True)
class Side:
    """One of the two, and whether the caller may know of it."""

    fid: int
    seen: bool
    version: int
    name: str
    shape: BaseGeometry


@dataclass(frozen=True)
class Pair:
    """Two features and what is wrong between them."""

    a: Side
    b: Side
    fault: BaseGeometry | None
    place: BaseGeometry | None
    measure: float


def overlaps(asked: Asked, rule: NoOverlap) -> Iterator[Issue]:
    level = sql.SQL(rule.level or "null::text")
    found = asking.ask(
        "overlap",
        {**asked.params(), "tolerance_m": rule.tolerance_m, "least_m2": rule.least_m2},
        features=asking.features(asked.layer, asked.scope, rows=rule.rows, level=level),
        before=asking.before(asked.layer, rule.rows),
    )
    for nth, pair in enumerate(sorted(_pairs(found), key=lambda pair: -pair.measure)):
        measured = (f" {decimal(round(pair.measure, 2), vi=True)} m²", f" {decimal(round(pair.measure, 2), vi=False)} m²")
        yield from _told(asked, rule, pair, ("Chồng lên", "Overlaps"), measured, "m²", tuple(_cuts(asked, rule, pair)) if nth < MOST_FIXED else ())


def too_near(asked: Asked, rule: Apart) -> Iterator[Issue]:
    found = asking.ask(
        "apart",
        {**asked.params(), "distance_m": rule.distance_m},
        features=asking.features(asked.layer, asked.scope, rows=rule.rows),
        before=asking.before(asked.layer, rule.rows),
    )
    for pair in _pairs(found):
        measured = (f" {decimal(round(pair.measure, 2), vi=True)} m", f" {decimal(round(pair.measure, 2), vi=False)} m")
        gone = [(side, mending.deleted(asked, side.fid, side.version)) for side in (pair.a, pair.b)]
        fixes = tuple(Fix(f"Xoá {side.name}", f"Delete {side.name}", (edit,)) for side, edit in gone if edit)
        yield from _told(asked, rule, pair, ("Trùng chỗ với", "In the same place as"), measured, "m", fixes)


def used_twice(asked: Asked, rule: UniqueKey) -> Iterator[Issue]:
    """A null in a key, as in the database, is equal to nothing."""
    keys = {f"k{index}": asking.column(asked.layer, name) for index, name in enumerate(rule.fields)}
    sources = [asking.source(asked.layer, name) for name in rule.fields]
    found = asking.ask(
        "unique",
        asked.params(),
        features=asking.features(asked.layer, asked.scope, rows=rule.rows, **keys),
        same=sql.SQL(" and ").join([sql.SQL("a.{0} = b.{0}").format(sql.Identifier(key)) for key in keys]),
        kept=sql.SQL(" and ").join(
            [sql.SQL("h.row_before ->> {} = a.{}::text").format(sql.Literal(source), sql.Identifier(key)) for key, source in zip(keys, sources, strict=True)]
        ),
    )
    hidden = not all(asking.may_see_field(asked.layer, asked.scope, name) for name in rule.fields)
    for pair in _pairs(found):
        about = ("Giá trị", "The value") if hidden else (rule.vi.capitalize(), rule.en.capitalize())
        yield from _told(asked, rule, pair, (f"{about[0]} trùng với", f"{about[1]} is also that of"), ("", ""), "", ())


def _pairs(found: list[tuple[Any, ...]]) -> Iterator[Pair]:
    for fid, seen, version, name, other, other_seen, other_version, other_name, shape, other_shape, fault, place, measure in found:
        a = Side(fid, seen, version, name, shapely.from_wkb(bytes(shape)))
        b = Side(other, other_seen, other_version, other_name, shapely.from_wkb(bytes(other_shape)))
        yield Pair(a, b, asking.shape_of(fault), asking.shape_of(place), measure)


def _told(asked: Asked, rule: Any, pair: Pair, says: tuple[str, str], measured: tuple[str, str], unit: str, fixes: tuple[Fix, ...]) -> Iterator[Issue]:
    """The issue, as far as the caller may know of the two: of a hidden one neither number nor shape, nor where the two meet."""
    slug = asked.layer.slug
    if pair.a.seen and pair.b.seen:
        fids = tuple(sorted((pair.a.fid, pair.b.fid)))
        yield Issue(
            rule.code, rule.severity, f"{says[0]} {pair.b.name}:{measured[0]}".rstrip(":"), f"{says[1]} {pair.b.name}:{measured[1]}".rstrip(":"), slug, fids,
            key_of(rule.code, slug, pair.place), told_place(pair.place), told_geometry(pair.fault), round(pair.measure, 3) if unit else None, unit, fixes,
        )  # fmt: skip
    elif pair.a.seen or pair.b.seen:
        own = pair.a if pair.a.seen else pair.b
        place = own.shape.representative_point()
        yield Issue(
            rule.code, rule.severity, f"{says[0]} {ANOTHER[0]}", f"{says[1]} {ANOTHER[1]}", slug, (own.fid,),
            key_of(rule.code, slug, place, "hidden"), told_place(place), unit=unit if unit else "",
        )  # fmt: skip


def _cuts(asked: Asked, rule: NoOverlap, pair: Pair) -> Iterator[Fix]:
    """The overlap taken from the one that was touched, or from the other."""
    for side, other in ((pair.a, pair.b), (pair.b, pair.a)):
        left = cut(side.shape, other.shape, rule, whole=asked.layer.geometry_type == "MultiPolygon")
        edit = None if left is None else mending.changed(asked, side.fid, side.version, geometry=left)
        if edit is not None:
            yield Fix(f"Cắt phần chồng khỏi {side.name}", f"Cut the overlap from {side.name}", (edit,))


def cut(shape: BaseGeometry, other: BaseGeometry, rule: NoOverlap, *, whole: bool) -> BaseGeometry | None:
    """What is left of a polygon outside another, or None where that is no polygon of the layer or would not mend the overlap."""
    if not (shape.is_valid and other.is_valid):
        return None
    parts = [part for part in shapely.get_parts(shape.difference(other)) if part.geom_type == "Polygon" and is_wide(part, rule)]
    if not parts or (len(parts) > 1 and not whole):
        return None
    left = shapely.multipolygons(parts) if whole else parts[0]
    still = [part for part in shapely.get_parts(left.intersection(other)) if part.geom_type == "Polygon" and is_wide(part, rule)]
    return left if left.is_valid and not still else None


def is_wide(part: BaseGeometry, rule: NoOverlap) -> bool:
    """The same measure as the statement's: an area that survives losing half the tolerance on every side."""
    return part.area > rule.least_m2 and not part.buffer(-rule.tolerance_m / 2, join_style="mitre", quad_segs=1).is_empty
