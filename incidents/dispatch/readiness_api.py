"""Readiness over HTTP: the surface as one array, its legend, the share reached in time, and the worst places by name."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema
from shapely.geometry import Point

from geo.errors import BAD_REQUEST
from geo.signing import SIGNED_IN
from incidents.dispatch import readiness
from layers import context
from layers.access import Scope
from layers.ways import travel
from layers.ways.travel_api import place_of

router = Router(tags=["readiness"])


class Asked(Schema):
    """Which kind of unit (none: all), who would leave (ids, comma-separated), who would stand where (`id:lon,lat`), and when."""

    kind: str = ""
    without: str = ""
    moved: str = ""


@router.get("/readiness", auth=SIGNED_IN)
def surface(request: HttpRequest, asked: Query[Asked]) -> dict[str, Any]:
    """Seconds until the best free unit is at each 100 m cell, now and after what was asked. Units that the caller may not see do not count; who sees none gets NOT_FOUND."""
    at: datetime = request.at
    without, moved = _ids(asked.without), _moved(asked.moved)
    found = readiness.surface(scope=request.caller, network=travel.network(at), at=at, kind=asked.kind[:40], without=without, moved=moved)
    place, then_s = found.ground, found.then_s
    ages = [unit.age_s(at) or 0.0 for unit in found.units]
    return {
        "at": at.isoformat(),
        "cell_m": place.cells.cell_m,
        "columns": readiness.box(place.cells)[2],
        "rows": readiness.box(place.cells)[3],
        "corners": readiness.corners(place.cells),
        "now": readiness.laid_out(place, found.now_s),
        "then": None if then_s is None else readiness.laid_out(place, then_s),
        "shares": readiness.shares(place, found.now_s),
        "then_shares": None if then_s is None else readiness.shares(place, then_s),
        "worst": _named(readiness.worst(place, found.now_s), request.caller, at),
        "lost": None if then_s is None else _named(readiness.worst(place, then_s, found.now_s), request.caller, at),
        "ramp": [{"seconds": seconds, "color": color} for seconds, color in readiness.RAMP],
        "kinds": readiness.kinds(request.caller, at),
        "units": [{"id": unit.id, "code": unit.code, "mode": unit.mode, "age_s": round(unit.age_s(at) or 0)} for unit in found.units],
        "oldest_position_s": round(max(ages, default=0.0)),
    }


def _named(cells: list[dict[str, Any]], scope: Scope, at: datetime) -> list[dict[str, Any]]:
    """With the ward and the street that it lies by."""
    day = timezone.localdate(at)
    return [{**{name: value for name, value in cell.items() if name not in ("x", "y")}, **_around(scope, Point(cell["x"], cell["y"]), day)} for cell in cells]


def _around(scope: Scope, place: Point, day: Any) -> dict[str, Any]:
    ward, road = context.ward_at(scope, place, day), context.road_near(scope, place)
    return {"ward": ward["name"] if ward else None, "road": road["name"] if road else None}


def _ids(text: str) -> list[int]:
    parts = [part for part in text.split(",") if part]
    if len(parts) > 50 or not all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts):
        raise BAD_REQUEST("without: các số hiệu, cách nhau bằng dấu phẩy.", "without: ids, comma-separated.")
    return [int(part) for part in parts]


def _moved(text: str) -> tuple[int, tuple[float, float]] | None:
    if not text:
        return None
    number, _, place = text.partition(":")
    if len(_ids(number)) != 1:
        raise BAD_REQUEST("moved: số hiệu:lon,lat.", "moved: id:lon,lat.")
    return int(number), place_of(place)
