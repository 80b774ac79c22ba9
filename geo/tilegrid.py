"""The Web Mercator tile grid (OGC WebMercatorQuad): tiles from places and places from tiles."""

import math
from functools import lru_cache

from geo.city import CITY
from geo.crs import CITY_SRID, WEB_MERCATOR, WGS84, transformer

HALF_WORLD_M = 20_037_508.342789244
MAX_ZOOM = 22
LATITUDE_LIMIT = 85.0511287798066


def exists(z: int, x: int, y: int) -> bool:
    """Whether the grid has such a tile."""
    return 0 <= z <= MAX_ZOOM and 0 <= x < 2**z and 0 <= y < 2**z


def tile_of(lon: float, lat: float, z: int) -> tuple[int, int]:
    """The x, y of the tile that holds a place at zoom z."""
    lat = max(-LATITUDE_LIMIT, min(LATITUDE_LIMIT, lat))
    count = 2**z
    x = int((lon + 180) / 360 * count)
    y = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * count)
    return min(max(x, 0), count - 1), min(max(y, 0), count - 1)


def bounds_mercator(z: int, x: int, y: int) -> tuple[float, float, float, float]:
    """xmin, ymin, xmax, ymax of a tile in Web Mercator metres."""
    side = 2 * HALF_WORLD_M / 2**z
    west, north = -HALF_WORLD_M + x * side, HALF_WORLD_M - y * side
    return west, north - side, west + side, north


@lru_cache(maxsize=1)
def accepted_mercator() -> tuple[float, float, float, float]:
    """The extent that data is accepted from, in Web Mercator metres."""
    return transformer(WGS84, WEB_MERCATOR).transform_bounds(*CITY.bounds)


@lru_cache(maxsize=4096)
def city_box(z: int, x: int, y: int, margin_m: float = 0.0) -> tuple[float, float, float, float] | None:
    """What a tile may hold, in city metres: xmin, ymin, xmax, ymax; None when nothing is accepted from there.

    Cut to the accepted extent first: a transverse Mercator has no sensible answer for the far side of the world.
    """
    west, south, east, north = bounds_mercator(z, x, y)
    data_west, data_south, data_east, data_north = accepted_mercator()
    cut = max(west, data_west), max(south, data_south), min(east, data_east), min(north, data_north)
    if cut[0] >= cut[2] or cut[1] >= cut[3]:
        return None
    xmin, ymin, xmax, ymax = transformer(WEB_MERCATOR, CITY_SRID).transform_bounds(*cut, densify_pts=21)
    return xmin - margin_m, ymin - margin_m, xmax + margin_m, ymax + margin_m


def tile_range(bounds: tuple[float, float, float, float], z: int) -> tuple[int, int, int, int]:
    """First x, first y, last x, last y of the tiles that cover a lon/lat box."""
    west, south, east, north = bounds
    first_x, first_y = tile_of(west, north, z)
    last_x, last_y = tile_of(east, south, z)
    return first_x, first_y, last_x, last_y
