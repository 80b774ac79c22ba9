"""What a camera sees: its sector on the ground, cut by the houses that stand in the way. Pure geometry in city metres.

A house is a prism over its footprint, the ground is flat, and what is seen is the ground. Range and opening are what the
installer measured; the tilt is not drawn again from them.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import shapely
from shapely.geometry import LineString, MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry

from geo.crs import to_city, to_lonlat

# The chord of 3° stays within 0.04 % of the arc.
ARC_STEP_DEG = 3.0
# A camera nearer than this to a house hangs on it: its own wall does not hide what it looks at.
OWN_WALL_M = 1.0
NORTH_STEP_DEG = 0.001


@dataclass(frozen=True)
class Eye:
    """A camera as geometry: x, y in city metres, the heading from true north, clockwise."""

    x: float
    y: float
    height_m: float
    heading_deg: float
    hfov_deg: float
    range_m: float


@dataclass(frozen=True)
class Obstacle:
    """A footprint and how high it stands; None: nobody knows, so nothing is seen over it."""

    footprint: BaseGeometry
    height_m: float | None


def true_north_deg(x: float, y: float) -> float:
    """The grid bearing of true north at a place: the meridian convergence, found by taking one step north."""
    lon, lat = to_lonlat(x, y)
    north_x, north_y = to_city(lon, lat + NORTH_STEP_DEG)
    return math.degrees(math.atan2(north_x - x, north_y - y))


def bearing_deg(from_xy: tuple[float, float], to_xy: tuple[float, float]) -> float:
    """The bearing from one place to another, 0 ≤ … < 360 from true north."""
    grid = math.degrees(math.atan2(to_xy[0] - from_xy[0], to_xy[1] - from_xy[1]))
    return (grid - true_north_deg(*from_xy)) % 360.0


def sector(eye: Eye) -> Polygon:
    """The sector that the eye would see on open ground; a full circle when it sees all around."""
    if eye.hfov_deg >= 360:
        return Polygon(_arc(eye, 0.0, 360.0)[:-1])
    middle = eye.heading_deg + true_north_deg(eye.x, eye.y)
    return Polygon([(eye.x, eye.y), *_arc(eye, middle - eye.hfov_deg / 2, middle + eye.hfov_deg / 2)])


def _arc(eye: Eye, first_deg: float, last_deg: float) -> list[tuple[float, float]]:
    steps = max(2, math.ceil((last_deg - first_deg) / ARC_STEP_DEG))
    turns = (math.radians(first_deg + (last_deg - first_deg) * step / steps) for step in range(steps + 1))
    return [(eye.x + eye.range_m * math.sin(turn), eye.y + eye.range_m * math.cos(turn)) for turn in turns]


def view(eye: Eye, obstacles: Iterable[Obstacle] = ()) -> MultiPolygon:
    """The ground that the eye sees: the sector less every footprint and its shadow. May come in several pieces, or none."""
    open_ground = sector(eye)
    shadows = [shadow(eye, obstacle) for obstacle in obstacles if not _own_wall(eye, obstacle)]
    seen = open_ground.difference(shapely.union_all(shadows)) if shadows else open_ground
    pieces = [piece for piece in getattr(seen, "geoms", [seen]) if isinstance(piece, Polygon) and not piece.is_empty]
    return MultiPolygon(pieces)


def shadow(eye: Eye, obstacle: Obstacle) -> BaseGeometry:
    """What a house hides, itself included: its roof cast from the eye onto the ground, and the walls between."""
    reach = _stretch(eye, obstacle)
    cast = shapely.affinity.scale(obstacle.footprint, xfact=reach, yfact=reach, origin=(eye.x, eye.y))
    walls = [
        Polygon([near, following, far_following, far])
        for ring, far_ring in zip(_rings(obstacle.footprint), _rings(cast), strict=True)
        for near, following, far, far_following in zip(ring, ring[1:], far_ring, far_ring[1:], strict=False)
    ]
    # buffer(0): a wall that points at the eye is a polygon without area
    return shapely.union_all([obstacle.footprint, cast, *shapely.buffer(walls, 0)])


def _stretch(eye: Eye, obstacle: Obstacle) -> float:
    """How many times farther than a roof's edge its shadow falls; past the range when the roof is above the eye."""
    beyond = 2 * eye.range_m / max(obstacle.footprint.distance(Point(eye.x, eye.y)), OWN_WALL_M) + 1
    if obstacle.height_m is None or obstacle.height_m >= eye.height_m:
        return beyond
    return min(beyond, eye.height_m / (eye.height_m - max(obstacle.height_m, 0.0)))


def _rings(shape: BaseGeometry) -> list[list[tuple[float, float]]]:
    polygons = getattr(shape, "geoms", [shape])
    return [list(ring.coords) for polygon in polygons for ring in (polygon.exterior, *polygon.interiors)]


def _own_wall(eye: Eye, obstacle: Obstacle) -> bool:
    return obstacle.footprint.distance(Point(eye.x, eye.y)) < OWN_WALL_M


def in_sector(eye: Eye, x: float, y: float) -> bool:
    """Whether a place lies within the range and the opening, houses apart."""
    if math.hypot(x - eye.x, y - eye.y) > eye.range_m:
        return False
    if eye.hfov_deg >= 360 or (x, y) == (eye.x, eye.y):
        return True
    off_axis = (bearing_deg((eye.x, eye.y), (x, y)) - eye.heading_deg + 180) % 360 - 180
    return abs(off_axis) <= eye.hfov_deg / 2


def sees(eye: Eye, x: float, y: float, obstacles: Iterable[Obstacle] = ()) -> bool:
    """Whether the eye sees a place. The house that the place is in does not hide it: its front is what is looked at."""
    return in_sector(eye, x, y) and not any(_hides(eye, x, y, obstacle) for obstacle in obstacles)


def _hides(eye: Eye, x: float, y: float, obstacle: Obstacle) -> bool:
    ray = LineString([(eye.x, eye.y), (x, y)])
    crossed = ray.intersection(obstacle.footprint)
    if crossed.is_empty or _own_wall(eye, obstacle) or obstacle.footprint.intersects(Point(x, y)):
        return False
    if obstacle.height_m is None:
        return True
    # The line of sight falls evenly to the ground; over a house it is lowest where it leaves it.
    leaves_m = max(math.hypot(px - eye.x, py - eye.y) for px, py in shapely.get_coordinates(crossed))
    return eye.height_m * (1 - leaves_m / ray.length) < obstacle.height_m
