"""Ground between polygons that nothing covers any more: what was given up, holes and slivers; and which neighbour could take it."""

from collections.abc import Iterator
from dataclasses import dataclass

import shapely
from psycopg2 import sql
from shapely.geometry.base import BaseGeometry

from layers.rules import asking, mending
from layers.rules.asking import Asked
from layers.rules.declared import NoGaps, decimal
from layers.rules.issues import Fix, Issue, key_of, told_geometry, told_place
from layers.rules.pairs import ANOTHER

# Ground that was covered is a gap, and no retreat from the edge, where so much of its outline lies along features, and so much along
# features that have not changed.
SHUT_IN = 0.5
BY_OTHERS = 0.4
MOST_NEIGHBOURS_TOLD = 10
MOST_FIXES = 3
# Where two edges do not share their vertices, a filling grown by this closes the hair between them.
HAIR_M = 0.001
NOWHERE = sql.SQL("select null::public.geometry as geom where false")


def gaps(asked: Asked, rule: NoGaps) -> Iterator[Issue]:
    outer = asking.layer_of(rule.within) if rule.within else None
    bounds = NOWHERE if outer is None else sql.SQL("select c.geom from {} c").format(asking.features(outer, asked.scope, rows=rule.outer_rows, valid=True))
    found = asking.ask(
        "gaps",
        {**asked.params(), **vars(rule), "bounded": outer is not None, "shut_in": SHUT_IN, "by_others": BY_OTHERS},
        features=asking.features(asked.layer, asked.scope, rows=rule.rows, valid=True),
        before=asking.before(asked.layer, rule.rows),
        bounds=bounds,
    )
    for fids, seen, versions, names, shapes, gap, place, area_m2 in found:
        beside = [Beside(*one[:4], shapely.from_wkb(bytes(one[4]))) for one in zip(fids, seen, versions, names, shapes, strict=True)]
        yield _told(asked, rule, beside, shapely.from_wkb(bytes(gap)), asking.shape_of(place), area_m2)


@dataclass(frozen=True)
class Beside:
    """A feature along a gap."""

    fid: int
    seen: bool
    version: int
    name: str
    shape: BaseGeometry


def _told(asked: Asked, rule: NoGaps, beside: list[Beside], ground: BaseGeometry, place: BaseGeometry | None, area_m2: float) -> Issue:
    """The issue; beside a feature that the caller may not know of, without the gap's shape, which is that one's outline."""
    slug, seen = asked.layer.slug, [one for one in beside if one.seen]
    told = tuple(sorted(one.fid for one in seen[:MOST_NEIGHBOURS_TOLD]))
    if len(seen) < len(beside):
        shown = seen[0].shape.representative_point() if seen else None
        key = key_of(rule.code, slug, shown, "hidden")
        return Issue(rule.code, rule.severity, f"Để hở cạnh {ANOTHER[0]}", f"Leaves a gap beside {ANOTHER[1]}", slug, told, key, told_place(shown))
    says = tuple(decimal(round(area_m2, 2), vi=vi) for vi in (True, False))
    return Issue(
        rule.code, rule.severity, f"Để hở {says[0]} m² cạnh {beside[0].name}", f"Leaves a gap of {says[1]} m² beside {beside[0].name}", slug, told,
        key_of(rule.code, slug, place), told_place(place), told_geometry(ground), round(area_m2, 3), "m²", tuple(_fillings(asked, ground, beside[:MOST_FIXES])),
    )  # fmt: skip


def _fillings(asked: Asked, ground: BaseGeometry, beside: list[Beside]) -> Iterator[Fix]:
    """The gap given to each neighbour in turn, the one with the longest common edge first."""
    for one in beside:
        whole = filled(one.shape, ground, multi=asked.layer.geometry_type == "MultiPolygon")
        edit = None if whole is None else mending.changed(asked, one.fid, one.version, geometry=whole)
        if edit is not None:
            yield Fix(f"Nhập khoảng hở vào {one.name}", f"Fill the gap into {one.name}", (edit,))


def filled(shape: BaseGeometry, ground: BaseGeometry, *, multi: bool) -> BaseGeometry | None:
    """A polygon and the gap beside it as one, or None where they do not become one."""
    if not shape.is_valid:
        return None
    for one in (shape.union(ground), shape.union(ground.buffer(HAIR_M, join_style="mitre"))):
        parts = [part for part in shapely.get_parts(one) if part.geom_type == "Polygon"]
        if one.is_valid and len(parts) == len(shapely.get_parts(shape)):
            return shapely.multipolygons(parts) if multi else parts[0]
    return None
