"""Ground between polygons that nothing covers any more: what was given up, holes and slivers; and which neighbour could take it."""

from collections.abc import Iterator
from typing import Any

import shapely
from psycopg2 import sql
from shapely.geometry.base import BaseGeometry

from layers.edits import Edit
from layers.rules import asking
from layers.rules.asking import Asked
from layers.rules.declared import NoGaps, decimal
from layers.rules.issues import Fix, Issue, key_of, lonlat, told_geometry, told_place

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
    for row in found:
        yield _told(asked, rule, *row)


def _told(
    asked: Asked, rule: NoGaps, fids: list[int], seen: bool, versions: list[int], names: list[str], shapes: list[Any], gap: Any, place: Any, area_m2: float
) -> Issue:
    slug, ground, middle = asked.layer.slug, shapely.from_wkb(bytes(gap)), asking.shape_of(place)
    key = key_of(rule.code, slug, middle)
    if not seen:
        return Issue(rule.code, rule.severity, "Để hở cạnh một đối tượng khác", "Leaves a gap beside another feature", slug, (), key, told_place(middle))
    told = tuple(fids[:MOST_NEIGHBOURS_TOLD])
    fixes = tuple(_fillings(asked, ground, list(zip(fids, versions, names, shapes, strict=True))[:MOST_FIXES]))
    return Issue(
        rule.code, rule.severity, f"Để hở {decimal(round(area_m2, 2), vi=True)} m² cạnh {names[0]}",
        f"Leaves a gap of {decimal(round(area_m2, 2), vi=False)} m² beside {names[0]}", slug, tuple(sorted(told)), key,
        told_place(middle), told_geometry(ground), round(area_m2, 3), "m²", fixes,
    )  # fmt: skip


def _fillings(asked: Asked, ground: BaseGeometry, beside: list[tuple[int, int, str, Any]]) -> Iterator[Fix]:
    """The gap given to each neighbour in turn, the one with the longest common edge first."""
    for fid, version, name, wkb in beside:
        whole = filled(shapely.from_wkb(bytes(wkb)), ground, multi=asked.layer.geometry_type == "MultiPolygon")
        if whole is not None:
            edit = Edit(asked.layer.slug, "update", fid, asked.known(fid, version), geometry=lonlat(whole))
            yield Fix(f"Nhập khoảng hở vào {name}", f"Fill the gap into {name}", (edit,))


def filled(shape: BaseGeometry, ground: BaseGeometry, *, multi: bool) -> BaseGeometry | None:
    """A polygon and the gap beside it as one, or None where they do not become one."""
    if not shape.is_valid:
        return None
    for one in (shape.union(ground), shape.union(ground.buffer(HAIR_M, join_style="mitre"))):
        parts = [part for part in shapely.get_parts(one) if part.geom_type == "Polygon"]
        if one.is_valid and len(parts) == len(shapely.get_parts(shape)):
            return shapely.multipolygons(parts) if multi else parts[0]
    return None
