"""Which cameras see a place, and what stands between. Reads only."""

from dataclasses import dataclass
from typing import Any

import shapely
from django.db import connection
from psycopg2 import sql
from shapely.geometry import LineString, MultiLineString
from shapely.geometry.base import BaseGeometry

from cameras import sight
from cameras.models import LONGEST_RANGE_M
from cameras.sight import Eye, Obstacle
from geo.crs import CITY_SRID, to_lonlat
from geo.sql import statement
from layers.access import SYSTEM, Opened, opened

NEAR_CAP = 200
# The nearest houses hide the most; a view cut by 3,000 of them takes well under a second.
OBSTACLE_CAP = 3_000
# A storey of a tube house, where only storeys are known.
STOREY_M = 3.3


@dataclass(frozen=True)
class Seeing:
    """A camera that sees the place: how far it is and, from the camera, in which direction from true north."""

    id: int
    code: str
    name: str
    state: str
    distance_m: float
    bearing_deg: float
    lon: float
    lat: float


def seeing(cameras: Opened, *, x: float, y: float) -> list[Seeing]:
    """The cameras that see a place in city metres, nearest first: in the sector, and no house in between."""
    near = _near(cameras, x, y)
    rays = MultiLineString([LineString([(eye.x, eye.y), (x, y)]) for _, eye in near if (eye.x, eye.y) != (x, y)])
    obstacles = in_the_way(rays, x=x, y=y) if near else []
    return [_found(row, eye, x, y) for row, eye in near if sight.sees(eye, x, y, obstacles)]


def _near(cameras: Opened, x: float, y: float) -> list[tuple[tuple[Any, ...], Eye]]:
    rows = _rows("near", cameras, {"x": x, "y": y, "reach": LONGEST_RANGE_M, "cap": NEAR_CAP})
    return [(row[:4], Eye(*row[4:])) for row in rows]


def in_the_way(area: BaseGeometry, *, x: float, y: float) -> list[Obstacle]:
    """The houses that touch an area in city metres, those nearest to x, y first."""
    if area.is_empty:
        return []
    # The houses themselves are not told to anyone, so what hides a place does not depend on who asks.
    rows = _rows("in_the_way", opened("buildings", SYSTEM), {"wkb": area.wkb, "x": x, "y": y, "storey_m": STOREY_M, "cap": OBSTACLE_CAP})
    return [Obstacle(shapely.from_wkb(bytes(footprint)), height_m) for footprint, height_m in rows]


def _rows(name: str, seen: Opened, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    connection.ensure_connection()
    asked = sql.SQL(statement("cameras", name)).format(
        fid=seen.fid, geometry=seen.geometry, indexed=seen.indexed, relation=seen.relation, where=seen.where, srid=sql.Literal(CITY_SRID)
    )
    with connection.cursor() as cursor:
        cursor.execute(asked.as_string(connection.connection), {**seen.params, **params})
        return cursor.fetchall()


def _found(row: tuple[Any, ...], eye: Eye, x: float, y: float) -> Seeing:
    id_, code, name, state = row
    lon, lat = to_lonlat(eye.x, eye.y)
    distance_m = ((x - eye.x) ** 2 + (y - eye.y) ** 2) ** 0.5
    bearing_deg = round(sight.bearing_deg((eye.x, eye.y), (x, y)), 1) % 360
    return Seeing(id_, code, name, state, distance_m=round(distance_m, 1), bearing_deg=bearing_deg, lon=lon, lat=lat)
