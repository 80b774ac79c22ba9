"""What goes with the pictures: the legend of the density, the number that all its cells add up to, the height at a place."""

from dataclasses import asdict
from typing import Any

from django.db import connection
from django.http import HttpRequest
from django.utils import timezone
from ninja import Router
from shapely.geometry import Point

from geo import density, shapes
from geo.errors import NOT_FOUND
from layers.access import opened_for_counting
from layers.layer import registry
from tiles import heat, raster

router = Router(tags=["heat"])


@router.get("/heat/legend")
def legend(request: HttpRequest) -> dict[str, Any]:
    """The unit and the classes of density, the same at every zoom and on every day."""
    return density.legend()


@router.get("/heat/summary")
def summary(request: HttpRequest, layer: str = "incidents") -> dict[str, Any]:
    """How many cases the picture of a period and category stands on; `n` is null where so few may not be told to this caller."""
    found = registry.sought(layer)
    if found is None or not found.countable():
        raise NOT_FOUND()
    at = timezone.now()
    counted = opened_for_counting(found, request.caller)
    wanted = heat.asked(request.GET, layer=found, at=at)
    with connection.cursor() as cursor:
        statement = heat.total_statement(counted, narrowed=wanted.category is not None)
        cursor.execute(statement.as_string(cursor.connection), heat.period_parameters(counted.rows.params, wanted))
        n = int(cursor.fetchone()[0])
    return {
        "n": n if n >= counted.hide_below else None,
        "days": wanted.days,
        "from": wanted.from_.isoformat(),
        "to": wanted.until.isoformat(),
        "as_of": at.isoformat(),
        "sparse": n < heat.SPARSE_BELOW,
    }


@router.get("/elevation", tags=["rasters"])
def elevation(request: HttpRequest, lon: float, lat: float) -> dict[str, Any]:
    """The height of the ground at a place, in metres; null where the raster has nothing."""
    shapes.admit(Point(lon, lat), types=("Point",))
    return asdict(raster.height(request.caller, lon=lon, lat=lat))
