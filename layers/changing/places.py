"""Where a row lies decides who may change it: the wards that an editor is bounded to, and the ward that a new row belongs to."""

from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone
from shapely.geometry.base import BaseGeometry

from geo import shapes
from geo.errors import define
from geo.sql import statement
from layers.access import Scope
from layers.context import WARD_KINDS
from layers.layer import Layer
from layers.library.wards import AdminUnit

BOUNDARY_SLACK_M = 1.0
OUTSIDE_WARDS = define("outside_wards", 403, "Nằm ngoài phường, xã được giao", "Outside the wards that you may edit")


def check(scope: Scope, shape: BaseGeometry | None, at: datetime) -> None:
    """Who is bounded to wards changes only what lies in them today. Raises OUTSIDE_WARDS."""
    # The place decides, not the code that the row carries: parcels keep the code of the unit that they were surveyed under.
    if scope.wards and (shape is None or not _inside(scope, shape, at)):
        raise _outside(scope)


def _inside(scope: Scope, shape: BaseGeometry, at: datetime) -> bool:
    given = {"shape": shapes.as_field(shape).hexewkb.decode(), "wards": list(scope.wards), "day": timezone.localdate(at), "slack_m": BOUNDARY_SLACK_M}
    with connection.cursor() as cursor:
        cursor.execute(statement("layers", "in_wards"), given)
        return bool(cursor.fetchone()[0])


def check_claim(layer: type[Layer], scope: Scope, columns: dict[str, Any], shape: BaseGeometry) -> None:
    """A bounded editor gives a new row only the code of a unit, of today or before, that holds its place. Raises OUTSIDE_WARDS."""
    if not scope.wards or not layer.ward_column:
        return
    middle = shapes.as_field(shape.representative_point())
    if not AdminUnit.objects.filter(code=columns.get(layer.ward_column, ""), geom__covers=middle).exists():
        raise _outside(scope)


def ward_of(layer: type[Layer], shape: BaseGeometry, at: datetime) -> dict[str, Any]:
    """The ward of a new row, where the layer's rows say theirs: the one valid today that holds the middle of the shape."""
    if not layer.ward_column:
        return {}
    day, middle = timezone.localdate(at), shapes.as_field(shape.representative_point())
    units = AdminUnit.objects.filter(kind__in=WARD_KINDS, geom__covers=middle, valid_from__lte=day).exclude(valid_until__lte=day).order_by("pk")[:1]
    names = {field.source: field.name for field in layer.fields}
    found = {layer.ward_column: units[0].code, "ward_valid_from": units[0].valid_from.isoformat()} if units else {}
    return {names[column]: value for column, value in found.items() if column in names}


def _outside(scope: Scope) -> Exception:
    return OUTSIDE_WARDS(f"Được sửa trong: {', '.join(scope.wards)}.", f"You may edit within {', '.join(scope.wards)}.", wards=list(scope.wards))
