"""Ways over the network by HTTP: from here to there, how far one gets in so many minutes, and the stretch between two points of a street."""

from datetime import datetime
from typing import Any

import numpy as np
import shapely
from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from geo.crs import accepted_box, to_city
from geo.errors import BAD_REQUEST, define
from geo.network import JOIN_REACH_M, MODES, Floats, Graph
from layers.water.flood_levels import check_level
from layers.ways.travel import lonlat_shape, network

OFF_NETWORK = define("off_network", 422, "Nơi này xa mạng lưới đường, kênh", "This place is too far from any street or canal")
NO_WAY = define("no_way", 422, "Không có đường đi", "There is no way")
LONGEST_ISOCHRONE_MIN = 120
HALF_STREET_M = 25.0
MOST_PLACES = 30
# Who walks the middle line of a medium, one-way or not and closed or not: what lies between two points of it.
ALONG = {"street": "foot", "canal": "boat"}
router = Router(tags=["network"])


def _graph(mode: str, at: datetime, level_cm: float | None = None) -> Graph:
    if mode not in MODES:
        raise BAD_REQUEST(f"mode là một trong {', '.join(MODES)}.", f"mode is one of {', '.join(MODES)}.")
    if level_cm is not None:
        check_level(level_cm)
    return network(at, level_cm=level_cm).graph(mode)


def place_of(text: str) -> tuple[float, float]:
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


class Journey(Schema):
    """From where to where, each `lon,lat`, and by what."""

    start: str = Field(alias="from")
    to: str
    mode: str = "car"
    # What if the water stood so high.
    level_cm: float | None = None


class Reach(Schema):
    """From where (places apart by `;`, the nearest of them counts), by what, in how many minutes (comma-separated)."""

    start: str = Field(alias="from")
    mode: str = "car"
    minutes: str = "5,10"
    level_cm: float | None = None


@router.get("/network/route")
def route(request: HttpRequest, asked: Query[Journey]) -> dict[str, Any]:
    """The quickest way between two places for one mode, closures obeyed."""
    start, end = place_of(asked.start), place_of(asked.to)
    graph = _graph(asked.mode, request.at, asked.level_cm)
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
def isochrone(request: HttpRequest, asked: Query[Reach]) -> dict[str, Any]:
    """What can be reached from one or several places within so many minutes, closures and water obeyed: areas around the streets reached, largest first."""
    try:
        limits = sorted({float(part) for part in asked.minutes.split(",")}, reverse=True)
    except ValueError:
        limits = []
    if not limits or len(limits) > 6 or not all(0 < limit <= LONGEST_ISOCHRONE_MIN for limit in limits):
        raise BAD_REQUEST(f"minutes: 1 đến 6 số, mỗi số đến {LONGEST_ISOCHRONE_MIN}.", f"minutes: one to six numbers up to {LONGEST_ISOCHRONE_MIN}.")
    places = asked.start.split(";")
    if len(places) > MOST_PLACES:
        raise BAD_REQUEST(f"Tối đa {MOST_PLACES} nơi.", f"At most {MOST_PLACES} places.")
    graph = _graph(asked.mode, request.at, asked.level_cm)
    trees = [tree for place in places if (tree := graph.tree_from(*place_of(place))).reachable]
    if not trees:
        raise OFF_NETWORK()
    areas = ((limit, shapely.union_all([part.buffer(HALF_STREET_M, quad_segs=2) for tree in trees for part in tree.reached(limit * 60)])) for limit in limits)
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"minutes": limit, "mode": asked.mode, "places": len(trees), "area_m2": round(area.area)},
                "geometry": lonlat_shape(area.simplify(2)),
            }
            for limit, area in areas
            if not area.is_empty
        ],
    }


class Between(Schema):
    """Two places, each `lon,lat`, on one street or canal or on neighbouring ones."""

    start: str = Field(alias="from")
    to: str
    medium: str = "street"


@router.get("/network/stretch")
def stretch(request: HttpRequest, asked: Query[Between]) -> dict[str, Any]:
    """The stretch between two places, snapped to the network: what a closure between them would close."""
    if asked.medium not in ALONG:
        raise BAD_REQUEST(f"medium là một trong {', '.join(ALONG)}.", f"medium is one of {', '.join(ALONG)}.")
    graph = network(request.at).open.graph(ALONG[asked.medium])
    given = np.array([place_of(asked.start), place_of(asked.to)])
    snapped = _snapped(graph, given)
    way = graph.tree_to(*snapped[1]).way((float(snapped[0][0]), float(snapped[0][1])))
    if way is None or way.distance_m <= 0:
        raise NO_WAY("Hai điểm không nối với nhau.", "Nothing joins the two points.")
    return {
        "medium": asked.medium,
        "distance_m": round(way.distance_m, 1),
        "geometry": lonlat_shape(way.line),
        "snapped_m": [round(float(metres), 1) for metres in np.hypot(*(snapped - given).T)],
    }


def _snapped(graph: Graph, places: Floats) -> Floats:
    """The nearest points of the network. Raises OFF_NETWORK."""
    which, found = graph.tree.query_nearest(shapely.points(places), max_distance=JOIN_REACH_M, all_matches=False)
    if len(which) < len(places):
        raise OFF_NETWORK()
    lines = graph.network.stretches.lines[graph.used[found]]
    return shapely.get_coordinates(shapely.line_interpolate_point(lines, shapely.line_locate_point(lines, shapely.points(places))))
