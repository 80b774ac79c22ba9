"""A row of parcels in a ward, and what an edit of them is told."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import shapely
from shapely.geometry import shape as shape_of
from shapely.geometry.base import BaseGeometry

from geo.acting import acting
from geo.crs import CITY_SRID, WGS84, reproject, to_city
from geo.shapes import as_field
from layers import rules
from layers.access import SYSTEM, Scope
from layers.changing import editing
from layers.changing.edits import Edit, from_json
from layers.library.parcels import Parcel
from layers.library.wards import AdminUnit
from tests.conftest import JUNCTION

AT = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)
X, Y = to_city(*JUNCTION)


def moved(shape: BaseGeometry) -> BaseGeometry:
    """A shape in metres from the junction, in city metres."""
    return shapely.transform(shape, lambda vertices: vertices + (X, Y))


def box(*edges_m: float) -> BaseGeometry:
    """A rectangle from west, south to east, north, in metres from the junction."""
    return moved(shapely.box(*edges_m))


def line(*offsets_m: tuple[float, float]) -> BaseGeometry:
    return moved(shapely.LineString(offsets_m))


def point(east_m: float, north_m: float) -> BaseGeometry:
    return moved(shapely.Point(east_m, north_m))


def parcel(number: int, shape: BaseGeometry, **more: Any) -> Parcel:
    with acting(by=None, because="the register"):
        return Parcel.objects.create(
            ward_code="31340", ward_valid_from=date(2025, 7, 1), sheet_no=1, parcel_no=number, land_use="ODT", geom=as_field(shape), **more
        )


def ward(shape: BaseGeometry, code: str = "31340", **more: Any) -> AdminUnit:
    values = {"name": f"Phường {code}", "kind": "phuong", "valid_from": date(2025, 7, 1), **more}
    with acting(by=None, because="the census"):
        return AdminUnit.objects.create(code=code, geom=as_field(shapely.multipolygons([shape])), **values)


def update(layer: str, row: Any, geometry: BaseGeometry | None = None, **properties: Any) -> Edit:
    row.refresh_from_db()
    return Edit(layer, "update", row.pk, frozenset({row.version}), properties or None, geometry)


def delete(layer: str, row: Any) -> Edit:
    row.refresh_from_db()
    return Edit(layer, "delete", row.pk, frozenset({row.version}))


def create_parcel(number: int, geometry: BaseGeometry, **more: Any) -> Edit:
    properties = {"ward_code": "31340", "ward_valid_from": "2025-07-01", "sheet_no": 1, "parcel_no": number, "land_use": "ODT", "status": "in_use", **more}
    return Edit("parcels", "create", properties=properties, geometry=geometry)


def issues(*edits: Edit, scope: Scope = SYSTEM) -> list[rules.Issue]:
    """What a preview of the edits is told."""
    return editing.apply(edits=edits, by=None, scope=scope, at=AT, because="a test", looking=True).issues


def store(*edits: Edit, scope: Scope = SYSTEM) -> None:
    """Write the edits as a road that the rules do not guard would have: an old import, psql."""
    with acting(by=None, because="an old import"):
        for edit in edits:
            assert edit.op == "update" and edit.layer == "parcels" and isinstance(edit.geometry, BaseGeometry)
            row = Parcel.objects.get(pk=edit.fid)
            row.geom, row.version = as_field(edit.geometry), row.version + 1
            row.save()


def of(found: Sequence[rules.Issue], rule: str) -> list[rules.Issue]:
    return [issue for issue in found if issue.rule == rule]


def fixed(edits: Sequence[Edit], fix: rules.Fix) -> list[Edit]:
    """The edits with a fix folded in, as the page does it: one edit a feature, the fix having the last word; a making instead of the making."""
    over_the_wire = [from_json(_over_the_wire(edit)) for edit in fix.edits]
    if len(over_the_wire) == 1 and over_the_wire[0].op == "create":
        return [*(edit for edit in edits if edit.op != "create"), over_the_wire[0]]
    folded = {(edit.layer, edit.fid): edit for edit in edits}
    for edit in over_the_wire:
        base = folded.get((edit.layer, edit.fid))
        folded[edit.layer, edit.fid] = edit if base is None or edit.op == "delete" else Edit(
            edit.layer, base.op, edit.fid, base.known, {**(base.properties or {}), **(edit.properties or {})} or None, edit.geometry or base.geometry
        )  # fmt: skip
    return list(folded.values())


def in_metres(geometry: Any) -> BaseGeometry:
    return reproject(shape_of(geometry), WGS84, CITY_SRID)


def _over_the_wire(edit: Edit) -> Any:
    return rules.as_json(rules.Issue("", "error", "", "", "", (), "", fixes=(rules.Fix("", "", (edit,)),)))["fixes"][0]["edits"][0]
