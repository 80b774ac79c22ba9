"""The one geometry column: always in the city's CRS, and the same migration for every city."""

from typing import Any

from django.contrib.gis.db.models import GeometryField
from django.contrib.gis.geos import GEOSGeometry
from shapely.geometry.base import BaseGeometry

from geo.crs import CITY_SRID


class CityGeometryField(GeometryField):
    """A geometry in city metres. The SRID stays out of the migration: it comes from the city profile."""

    def __init__(self, *args: Any, geometry_type: str = "GEOMETRY", **options: Any) -> None:
        options["srid"] = CITY_SRID
        self.geom_type = geometry_type
        super().__init__(*args, **options)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, path, args, options = super().deconstruct()
        options.pop("srid", None)
        options["geometry_type"] = self.geom_type
        return name, path, args, options


def as_field(shape: BaseGeometry) -> GEOSGeometry:
    """A shapely geometry in city metres, as Django stores it."""
    return GEOSGeometry(memoryview(shape.wkb), srid=CITY_SRID)
