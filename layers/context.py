"""What lies at a place: its wards, its road and canal, its parcel, and what is near; each only as far as the caller may see it.

The card has parts; other rooms add theirs (`part`). A part that the caller may see nothing of is null, which is not an empty one.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from psycopg2 import sql
from shapely.geometry import Point

from geo import shapes
from geo.errors import NOT_FOUND
from layers import query
from layers.access import Opened, Scope, opened
from layers.library.assets import AGENCIES
from layers.library.wards import Wards
from layers.water import flood_levels

# A ward or commune; quarters and hamlets lie inside.
WARD_KINDS = ("phuong", "xa")
ROAD_REACH_M = 500.0
ROADS_LOOKED_AT = 8
CANAL_REACH_M = 500.0
# What is asked for at a scene: how many of each, and how far it is still worth saying.
NEAR = {"hydrants": 2, "stations": 2, "public_places": 3}
NEAR_REACH_M = 5_000.0


Part = Callable[[Scope, Point, datetime], Any]
PARTS: dict[str, Part] = {}


def part(name: str) -> Callable[[Part], Part]:
    """Adds a part to the card, under this name: what a scope may be told of a place (city metres) at a moment."""

    def add(given: Part) -> Part:
        PARTS[name] = given
        return given

    return add


def at_place(scope: Scope, *, lon: float, lat: float, at: datetime) -> dict[str, Any]:
    """The card of a place. Raises the gateway's refusals (OUT_OF_EXTENT, NON_FINITE) for a place outside the city's extent."""
    place = shapes.admit({"type": "Point", "coordinates": [lon, lat]}, types=("Point",))
    return {name: _told(of, scope, place, at) for name, of in PARTS.items()}


def _told(of: Part, scope: Scope, place: Point, at: datetime) -> Any:
    try:
        return of(scope, place, at)
    except NOT_FOUND:
        return None


@part("ward")
def _ward(scope: Scope, place: Point, at: datetime) -> Any:
    return ward_at(scope, place, timezone.localdate(at))


@part("ward_before")
def ward_before(scope: Scope, place: Point, at: datetime) -> dict[str, Any] | None:
    """The ward or commune that the place lay in before the one of today, and until when."""
    seen = opened(Wards.slug, scope)
    ended = sql.SQL("{kind} = any({kinds}) and {until} <= {day}").format(
        kind=seen.column("kind"), kinds=sql.Literal(list(WARD_KINDS)), until=seen.column("valid_until"), day=sql.Literal(timezone.localdate(at))
    )
    found = [one["properties"] for one in query.covering(seen, at=place, among=ended)]
    last = max(found, key=lambda unit: unit["valid_until"], default=None)
    return {name: last[name] for name in ("code", "name", "valid_until")} if last else None


@part("road")
def _road(scope: Scope, place: Point, at: datetime) -> Any:
    return road_near(scope, place)


@part("canal")
def canal_near(scope: Scope, place: Point, at: datetime) -> dict[str, Any] | None:
    """The nearest canal, with its owner."""
    seen = opened("canals", scope)
    near = query.nearest(seen, at=place, k=1, reach_m=CANAL_REACH_M)
    return {**_line(*near[0]), "canal_class": near[0][0]["properties"]["canal_class"]} if near else None


@part("parcel")
def _parcel(scope: Scope, place: Point, at: datetime) -> dict[str, Any] | None:
    found = query.covering(opened("parcels", scope), at=place, limit=1)
    return {"fid": found[0]["id"], **found[0]["properties"]} if found else None


@part("flood")
def flood(scope: Scope, place: Point, at: datetime) -> dict[str, Any]:
    """From which level on water stands here, in cm (null: at none that was worked out), and the level that counts now."""
    found = query.covering(opened("flood_zones", scope), at=place, limit=query.MAX_LIMIT)
    level, _ = flood_levels.level_at(at)
    floods_from_cm = min((one["properties"]["level_cm"] for one in found), default=None)
    now_cm = round(level.level_cm) if level else None
    under = floods_from_cm is not None and level is not None and level.step_cm >= floods_from_cm
    return {"floods_from_cm": floods_from_cm, "level_cm": now_cm, "under_water": under, "measured_at": level.measured_at if level else None}


@part("nearest")
def _nearest(scope: Scope, place: Point, at: datetime) -> list[dict[str, Any]]:
    return [one for slug, k in NEAR.items() for one in _near(scope, slug, place, k)]


def title(seen: Opened, feature: dict[str, Any]) -> str:
    """What a feature is called: its label, or else the first thing that it is searched by."""
    names = [seen.layer.label, *seen.layer.search]
    return str(next((feature["properties"][name] for name in names if name and feature["properties"].get(name)), feature["id"]))


def _open(scope: Scope, slug: str) -> Opened | None:
    try:
        return opened(slug, scope)
    except NOT_FOUND:
        return None


def ward_at(scope: Scope, place: Point, day: date) -> dict[str, Any] | None:
    """Code and name of the ward or commune that a place (city metres) lay in on a day, or None."""
    seen = _open(scope, Wards.slug)
    if seen is None:
        return None
    # Codes were used again with another shape: only the day tells which unit is meant.
    valid = sql.SQL("{kind} = any({kinds}) and {since} <= {day} and ({until} is null or {until} > {day})").format(
        kind=seen.column("kind"), kinds=sql.Literal(list(WARD_KINDS)), since=seen.column("valid_from"), until=seen.column("valid_until"), day=sql.Literal(day)
    )
    found = query.covering(seen, at=place, among=valid, limit=1)
    return {"code": found[0]["properties"]["code"], "name": found[0]["properties"]["name"]} if found else None


def road_near(scope: Scope, place: Point, *, reach_m: float = ROAD_REACH_M) -> dict[str, Any] | None:
    """The nearest road within reach of a place (city metres), one with a name before one without, or None."""
    seen = _open(scope, "roads")
    near = query.nearest(seen, at=place, k=ROADS_LOOKED_AT, reach_m=reach_m) if seen else []
    named = [one for one in near if one[0]["properties"]["name"]]
    if not near:
        return None
    road, distance_m = (named or near)[0]
    return {**_line(road, distance_m), "road_class": road["properties"]["road_class"]}


def _line(feature: dict[str, Any], distance_m: float) -> dict[str, Any]:
    """A street or canal: what it is called, how far it is, whose it is and who looks after it."""
    given = feature["properties"]
    named = {choice.value: {"vi": choice.vi, "en": choice.en} for choice in AGENCIES}
    return {
        "fid": feature["id"],
        "name": given["name"],
        "distance_m": round(distance_m, 1),
        **{role: named.get(given.get(role)) for role in ("owner", "responsible")},
    }


def _near(scope: Scope, slug: str, place: Point, k: int) -> list[dict[str, Any]]:
    seen = _open(scope, slug)
    found = query.nearest(seen, at=place, k=k, reach_m=NEAR_REACH_M) if seen else []
    return [
        {"layer": slug, "fid": one["id"], "title": title(seen, one), "distance_m": round(distance_m, 1), **_lonlat(one)}
        for one, distance_m in found
        if seen is not None
    ]


def _lonlat(feature: dict[str, Any]) -> dict[str, float]:
    lon, lat = feature["geometry"]["coordinates"][:2]
    return {"lon": lon, "lat": lat}
