"""One feature that is wrong by itself or where it lies: too small, with a value that may not be, outside of what it should lie in."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import shapely
from psycopg2 import sql
from shapely.geometry.base import BaseGeometry

from layers import access
from layers.layer import Layer
from layers.rules import asking, mending
from layers.rules.asking import Asked
from layers.rules.declared import CRUMB_M2, AllowedValues, AreaTolerance, Inside, MinimumSize, decimal
from layers.rules.issues import Fix, Issue, key_of, told_geometry, told_place

# Less of a line outside is the wobble of its last vertex.
CRUMB_M = 0.05
# How much of a feature is told as a size, and which part of it counts, by the kind of its shape.
SIZES = {"Polygon": ("public.st_area({})", CRUMB_M2, "m²"), "LineString": ("public.st_length({})", CRUMB_M, "m"), "Point": ("1::float8", 0.5, "")}


@dataclass(frozen=True)
class Found:
    """A feature that a statement has found."""

    fid: int
    seen: bool
    version: int
    name: str
    shape: BaseGeometry
    place: BaseGeometry | None
    measure: Any
    fault: BaseGeometry | None = None


def too_small(asked: Asked, rule: MinimumSize) -> Iterator[Issue]:
    size = "public.st_area({})" if rule.area_m2 else "public.st_length({})"
    found = asking.ask(
        "size",
        {**asked.params(), "least": rule.least},
        features=asking.features(asked.layer, asked.scope, rows=rule.rows),
        before=asking.before(asked.layer, rule.rows),
        size=sql.SQL(size.format("a.geom")),
        old_size=sql.SQL(size.format("old.geom")),
    )
    for one in _found(found):
        wanted = tuple(decimal(rule.least, vi=vi) for vi in (True, False))
        says = (f"Chỉ {decimal(round(one.measure, 2), vi=True)} {rule.unit}, cần ít nhất {wanted[0]} {rule.unit}",
                f"Only {decimal(round(one.measure, 2), vi=False)} {rule.unit}, at least {wanted[1]} {rule.unit} are needed")  # fmt: skip
        # Deleting a polygon would open a gap; a line may go.
        fixes = () if rule.area_m2 else tuple(_deletes(asked, one))
        yield from _told(asked, rule, one, says, rule.unit, fixes)


def not_allowed(asked: Asked, rule: AllowedValues) -> Iterator[Issue]:
    field = asked.layer.field(rule.field)
    among = rule.among or [choice.value for choice in (field.choices if field and rule.listed else ())]
    # Compared as text: a closed list may hold numbers or words.
    within = "(%(from)s::float8 is null or a.given >= %(from)s) and (%(to)s::float8 is null or a.given <= %(to)s)"
    found = asking.ask(
        "values",
        {**asked.params(), "among": [str(value) for value in among], "from": rule.least, "to": rule.most},
        features=asking.features(asked.layer, asked.scope, rows=rule.rows, given=asking.column(asked.layer, rule.field)),
        allowed=sql.SQL("a.given::text = any(%(among)s::text[])" if rule.listed else within),
        source=sql.Literal(asking.source(asked.layer, rule.field)),
    )
    may_see = asking.may_see_field(asked.layer, asked.scope, rule.field)
    for one in _found(found):
        demand = rule.words()
        says = (f"{demand[0]}; đang là {one.measure}", f"{demand[1]}; it is {one.measure}") if may_see else demand
        fixes = tuple(_bounds(asked, rule, one)) if may_see else ()
        yield from _told(asked, rule, replace(one, measure=None), says, "", fixes, about=rule.field)


def off_its_legal_area(asked: Asked, rule: AreaTolerance) -> Iterator[Issue]:
    """No way out is offered: which of the two is right, the paper or the survey, no program knows."""
    found = asking.ask(
        "area",
        {**asked.params(), "percent": rule.percent, "least_m2": rule.least_m2},
        features=asking.features(asked.layer, asked.scope, rows=rule.rows, legal=asking.column(asked.layer, rule.field)),
        source=sql.Literal(asking.source(asked.layer, rule.field)),
    )
    may_see = asking.may_see_field(asked.layer, asked.scope, rule.field)
    for one in _found(found):
        measured_m2, legal_m2 = one.measure
        off_m2 = abs(measured_m2 - legal_m2)
        figures = [tuple(decimal(round(figure, 1), vi=vi) for figure in (measured_m2, legal_m2, off_m2 / legal_m2 * 100)) for vi in (True, False)]
        says = (
            "Đo {} m², pháp lý {} m², lệch {} %".format(*figures[0]),
            "Measured {} m², legal {} m², {} % apart".format(*figures[1]),
        )
        yield from _told(asked, rule, replace(one, measure=off_m2 if may_see else None), says if may_see else rule.words(), "m²", ())


def outside(asked: Asked, rule: Inside) -> Iterator[Issue]:
    outer = asking.layer_of(rule.layer)
    if outer is None or not asked.fids:
        return
    size, crumb, unit = SIZES[_kind(asked.layer)]
    found = asking.ask(
        "inside",
        {**asked.params(), "slack_m": rule.slack_m, "crumb": crumb},
        features=asking.features(asked.layer, asked.scope, rows=rule.rows),
        before=asking.before(asked.layer, rule.rows),
        outer=asking.features(outer, asked.scope, rows=rule.outer_rows, valid=True),
        size=sql.SQL(size.format("beyond.fault")),
        fresh_size=sql.SQL(size.format("fresh.fault") if unit else "case when public.st_isempty(fresh.fault) then 0 else 1 end::float8"),
    )
    for one in _found(found):
        how = (f": {decimal(round(one.measure, 2), vi=True)} {unit}", f": {decimal(round(one.measure, 2), vi=False)} {unit}") if unit else ("", "")
        says = (f"Nằm ngoài {rule.vi}{how[0]}", f"Outside {rule.en}{how[1]}")
        told = one if unit else replace(one, measure=None)
        yield from _told(asked, rule, told, says, unit, tuple(_cut_off(asked, one)))


def uncovered(asked: Asked, layer: type[Layer], rule: Inside) -> Iterator[Issue]:
    """What of another layer lay in the units of this one and does not any more."""
    if not asked.left or not asked.fresh:
        return
    named = replace(asked, layer=layer, fids=(), left=(), fresh=False)
    found = asking.ask(
        "uncovered",
        {**named.params(), "gone": asking.as_hex(asked.left), "crumb": CRUMB_M2, "slack_m": rule.slack_m},
        features=asking.features(layer, asked.scope, rows=rule.rows),
        outer=asking.features(asked.layer, asked.scope, rows=rule.outer_rows, valid=True),
    )
    yield from outside(replace(named, fids=tuple(fid for (fid,) in found)), rule)


def _found(rows: list[tuple[Any, ...]]) -> Iterator[Found]:
    for fid, seen, version, name, shape, place, measure, *fault in rows:
        yield Found(fid, seen, version, name, shapely.from_wkb(bytes(shape)), asking.shape_of(place), measure, asking.shape_of(fault[0]) if fault else None)


def _told(asked: Asked, rule: Any, one: Found, says: tuple[str, str], unit: str, fixes: tuple[Fix, ...], about: str = "") -> Iterator[Issue]:
    if not one.seen:
        return
    slug = asked.layer.slug
    fault = one.fault if one.fault is not None else one.shape
    yield Issue(
        rule.code, rule.severity, f"{one.name}: {says[0]}", f"{one.name}: {says[1]}", slug, (one.fid,), key_of(rule.code, slug, one.place, about),
        told_place(one.place), told_geometry(fault), None if one.measure is None else round(one.measure, 3), unit, fixes,
    )  # fmt: skip


def _deletes(asked: Asked, one: Found) -> Iterator[Fix]:
    edit = mending.deleted(asked, one.fid, one.version)
    if edit is not None:
        yield Fix(f"Xoá {one.name}", f"Delete {one.name}", (edit,))


def _bounds(asked: Asked, rule: AllowedValues, one: Found) -> Iterator[Fix]:
    """The nearest value that is allowed, where the rule is a range."""
    field = asked.layer.field(rule.field)
    if field is None or not access.may_write(field, asked.scope) or rule.listed:
        return
    given = float(one.measure)
    bound = rule.least if rule.least is not None and given < rule.least else rule.most
    if bound is None:
        return
    edit = mending.changed(asked, one.fid, one.version, properties={rule.field: int(bound) if field.type == "int" else bound})
    if edit is not None:
        yield Fix(f"Đặt {decimal(bound, vi=True)}", f"Set {decimal(bound, vi=False)}", (edit,))


def _cut_off(asked: Asked, one: Found) -> Iterator[Fix]:
    """What lies outside, taken away; where most would go or the rest is in pieces, a person must draw."""
    if one.fault is None or _kind(asked.layer) == "Point" or not one.shape.is_valid:
        return
    rest = one.shape.difference(one.fault)
    kind, whole = _kind(asked.layer), asked.layer.geometry_type.startswith("Multi")
    parts = [part for part in shapely.get_parts(rest) if part.geom_type == kind]
    if not parts or rest.length < one.shape.length / 2 or (len(parts) > 1 and not whole):
        return
    shape = parts[0] if not whole else {"Polygon": shapely.multipolygons, "LineString": shapely.multilinestrings}[kind](parts)
    edit = mending.changed(asked, one.fid, one.version, geometry=shape) if shape.is_valid else None
    if edit is not None:
        yield Fix(f"Cắt phần nằm ngoài của {one.name}", f"Cut off what of {one.name} lies outside", (edit,))


def _kind(layer: type[Layer]) -> str:
    return layer.geometry_type.removeprefix("Multi")
