"""The city's streets, canals and closures as a network that stays in memory until one of them changes."""

import json
import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import shapely
from django.db import connection
from ninja import Field, Query, Router, Schema
from psycopg2 import sql
from shapely.geometry import mapping

from geo.crs import CITY_SRID, WGS84, accepted_box, reproject, to_city
from geo.errors import BAD_REQUEST, define
from geo.network import MODES, Closure, Graph, Network, Stretches
from geo.sql import statement
from layers.access import SYSTEM, Opened, opened
from layers.library.canals import Canals
from layers.library.roads import Roads

OFF_NETWORK = define("off_network", 422, "Nơi này xa mạng lưới đường, kênh", "This place is too far from any street or canal")
NO_WAY = define("no_way", 422, "Không có đường đi", "There is no way")
LONGEST_ISOCHRONE_MIN = 120
HALF_STREET_M = 25.0
ROADS = "select public.st_asbinary(t.geom), t.speed_kmh, t.width_m, t.oneway, true, coalesce(t.load_limit_t, 'infinity') from {} t where {} order by t.id"
CANALS = "select public.st_asbinary(t.geom), t.speed_kmh, t.width_m, false, t.navigable, 'infinity'::float8 from {} t where {} order by t.id"
CLOSURES = "select public.st_asbinary(t.geom), t.factor, t.modes from {} t where {} and t.starts_at <= %(at)s and (t.ends_at is null or t.ends_at > %(at)s) order by t.id"

router = Router(tags=["network"])


def install(**_: Any) -> None:
    """Give streets and canals their pulse; run after each migration."""
    with connection.cursor() as cursor:
        cursor.execute(statement("layers", "pulse"))
        for layer in (Roads, Canals):
            table = sql.Identifier(layer.table())
            cursor.execute(sql.SQL("drop trigger if exists beat on {}").format(table))
            cursor.execute(
                sql.SQL("create trigger beat after insert or update or delete on {} for each statement execute function public.layers_beat({})").format(
                    table, sql.Literal(layer.slug)
                )
            )


@dataclass
class _Kept:
    """What this process holds: the network, the ticks it is true at, and today's closures on it."""

    ticks: tuple[Any, ...] = ()
    network: Network | None = None
    closures: tuple[Any, ...] = ()
    closed: Network | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


_kept = _Kept()


def network(at: datetime) -> Network:
    """The network as it is open at a moment; built again only when a street, a canal or a closure has changed."""
    # Ticks first, rows after: an edit in between makes new rows with old ticks, which are read again the next time.
    with _kept.lock:
        with connection.cursor() as cursor:
            cursor.execute("select current_database(), layer, tick from public.layers_pulse where layer = any(%s) order by layer", [["roads", "canals"]])
            ticks = tuple(cursor.fetchall())
            if _kept.network is None or ticks != _kept.ticks:
                _kept.network, _kept.ticks, _kept.closed = Network(_stretches(cursor)), ticks, None
            closures = tuple(_rows(cursor, CLOSURES, opened("closures", SYSTEM), at=at))
        if _kept.closed is None or closures != _kept.closures:
            _kept.closures = closures
            _kept.closed = _kept.network.with_closures([Closure(shapely.from_wkb(bytes(shape)), factor, tuple(modes)) for shape, factor, modes in closures])
        return _kept.closed


def _rows(cursor: Any, text: str, seen: Opened, **params: Any) -> list[tuple[Any, ...]]:
    cursor.execute(sql.SQL(text).format(seen.relation, seen.where).as_string(cursor.cursor.connection), {**seen.params, **params})
    return [tuple(bytes(value) if isinstance(value, memoryview) else tuple(value) if isinstance(value, list) else value for value in row) for row in cursor]


def _stretches(cursor: Any) -> Stretches:
    streets, canals = _rows(cursor, ROADS, opened("roads", SYSTEM)), _rows(cursor, CANALS, opened("canals", SYSTEM))
    rows = streets + canals
    columns = list(zip(*rows, strict=True)) if rows else [()] * 6
    return Stretches(
        lines=shapely.from_wkb(np.array(columns[0], dtype=object)),
        medium=np.array(["street"] * len(streets) + ["canal"] * len(canals)),
        speed_kmh=np.array(columns[1], dtype=float),
        width_m=np.array(columns[2], dtype=float),
        oneway=np.array(columns[3], dtype=bool),
        usable=np.array(columns[4], dtype=bool),
        load_limit_t=np.array(columns[5], dtype=float),
    )


def _graph(mode: str, at: datetime) -> Graph:
    if mode not in MODES:
        raise BAD_REQUEST(f"mode là một trong {', '.join(MODES)}.", f"mode is one of {', '.join(MODES)}.")
    return network(at).graph(mode)


def _place(text: str) -> tuple[float, float]:
    """City metres of `lon,lat`. Raises BAD_REQUEST."""
    try:
        lon, lat = (float(part) for part in text.split(","))
        x, y = to_city(lon, lat)
    except ValueError as error:
        raise BAD_REQUEST(f"{text!r}: cần lon,lat.", f"{text!r}: lon,lat is needed.") from error
    west, south, east, north = accepted_box()
    if not (west <= x <= east and south <= y <= north):
        raise OFF_NETWORK()
    return x, y


def lonlat_shape(shape: Any) -> dict[str, Any]:
    """A shape in city metres as GeoJSON in WGS84, to the centimetre."""
    return json.loads(json.dumps(mapping(shapely.set_precision(reproject(shape, CITY_SRID, WGS84), 1e-7, mode="pointwise"))))


class Journey(Schema):
    """From where to where, each `lon,lat`, and by what."""

    start: str = Field(alias="from")
    to: str
    mode: str = "car"


class Reach(Schema):
    """From where, by what, in how many minutes (comma-separated)."""

    start: str = Field(alias="from")
    mode: str = "car"
    minutes: str = "5,10"


@router.get("/network/route")
def route(request: Any, asked: Query[Journey]) -> dict[str, Any]:
    """The quickest way between two places for one mode, closures obeyed."""
    start, end = _place(asked.start), _place(asked.to)
    graph = _graph(asked.mode, request.at)
    joins = graph.join(np.array([start, end]))
    if (joins.stretch < 0).any():
        raise OFF_NETWORK()
    way = graph.tree_to(*end).way(start)
    if way is None:
        raise NO_WAY()
    return {
        "travel_s": round(way.travel_s, 1),
        "distance_m": round(way.distance_m, 1),
        "geometry": lonlat_shape(way.line),
        "mode": asked.mode,
        "snapped_from_m": round(float(joins.walk_m[0]), 1),
        "snapped_to_m": round(float(joins.walk_m[1]), 1),
    }


@router.get("/network/isochrone")
def isochrone(request: Any, asked: Query[Reach]) -> dict[str, Any]:
    """What can be reached from a place within so many minutes: areas around the streets reached, largest first."""
    try:
        limits = sorted({float(part) for part in asked.minutes.split(",")}, reverse=True)
    except ValueError:
        limits = []
    if not limits or len(limits) > 6 or not all(0 < limit <= LONGEST_ISOCHRONE_MIN for limit in limits):
        raise BAD_REQUEST(f"minutes: 1 đến 6 số, mỗi số đến {LONGEST_ISOCHRONE_MIN}.", f"minutes: one to six numbers up to {LONGEST_ISOCHRONE_MIN}.")
    tree = _graph(asked.mode, request.at).tree_from(*_place(asked.start))
    if not tree.reachable:
        raise OFF_NETWORK()
    areas = ((limit, shapely.union_all([part.buffer(HALF_STREET_M, quad_segs=2) for part in tree.reached(limit * 60)])) for limit in limits)
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": {"minutes": limit, "mode": asked.mode, "area_m2": round(area.area)}, "geometry": lonlat_shape(area.simplify(2))}
            for limit, area in areas
            if not area.is_empty
        ],
    }
