"""Between degrees and the city's metres.

Truth is stored in the city's metric CRS; WGS84 at the edges; Web Mercator in tiles. Everything here uses PROJ's default
operation, as PostGIS, GDAL and rasterio do: the other VN-2000 operation lies 0.81 m away.
"""

import re
import warnings
from functools import lru_cache
from typing import Any

import shapely
from pyproj import CRS, Transformer
from shapely.geometry.base import BaseGeometry

from geo.city import CITY

CITY_SRID = CITY.srid
WGS84 = 4326
WEB_MERCATOR = 3857


@lru_cache(maxsize=64)
def transformer(from_srid: int, to_srid: int) -> Transformer:
    """x, y in, x, y out, whatever axis order the authority prefers."""
    return Transformer.from_crs(crs_of(from_srid), crs_of(to_srid), always_xy=True)


def crs_of(srid: int) -> CRS:
    """The CRS of a code; the city's own may be given by the profile as WKT."""
    return CRS.from_wkt(CITY.crs_wkt) if CITY.crs_wkt and srid == CITY_SRID else CRS.from_epsg(srid)


def to_city(lon: float, lat: float) -> tuple[float, float]:
    """WGS84 degrees to city metres (x east, y north)."""
    return _into_city(lon, lat)


def to_lonlat(x: float, y: float) -> tuple[float, float]:
    """City metres to WGS84 degrees (lon, lat)."""
    return transformer(CITY_SRID, WGS84).transform(x, y)


def reproject(shape: BaseGeometry, from_srid: int, to_srid: int) -> BaseGeometry:
    """The same shape in another CRS; z is dropped."""
    if from_srid == to_srid:
        return shapely.force_2d(shape)
    change = _into_city if (from_srid, to_srid) == (WGS84, CITY_SRID) else transformer(from_srid, to_srid).transform
    return shapely.transform(shapely.force_2d(shape), change, interleaved=False)


def _into_city(lon: Any, lat: Any) -> tuple[Any, Any]:
    """Degrees to city metres so that what left as degrees comes back where it was: to the nanometre, once the degrees carry it.

    PROJ turns the datum back with the linear formula, 0.15 mm beside its own way out: a parcel that is edited a hundred times would
    have walked off its neighbours.
    """
    x, y = transformer(WGS84, CITY_SRID).transform(lon, lat)
    again_x, again_y = transformer(WGS84, CITY_SRID).transform(*transformer(CITY_SRID, WGS84).transform(x, y))
    return 2 * x - again_x, 2 * y - again_y


@lru_cache(maxsize=1)
def proj4() -> str:
    """The city's CRS as proj4js reads it, with the datum shift of PROJ's default operation, so that a page's metres are ours to the millimetre."""
    with warnings.catch_warnings():
        # PROJ warns that the string says less than WKT: the datum, which is what is added here.
        warnings.simplefilter("ignore", UserWarning)
        bare = crs_of(CITY_SRID).to_proj4()
    change = Transformer.from_crs(crs_of(WGS84), crs_of(CITY_SRID), always_xy=True)
    west, south, east, north = CITY.bounds
    change.transform((west + east) / 2, (south + north) / 2)
    step = re.search(r"step inv proj=helmert (.*?) convention=(\w+)", change.get_last_used_operation().definition or "")
    if step is None:
        return bare
    given = {name: float(value) for name, value in (part.split("=") for part in step[1].split() if "=" in part)}
    # +towgs84 turns as position vectors do.
    turn = -1 if step[2] == "coordinate_frame" else 1
    shift = [given.get(name, 0.0) * (turn if name in ("rx", "ry", "rz") else 1) for name in ("x", "y", "z", "rx", "ry", "rz", "s")]
    return f"{bare} +towgs84={','.join(f'{one:.10g}' for one in shift)}"


@lru_cache(maxsize=1)
def accepted_box() -> tuple[float, float, float, float]:
    """The extent that data is accepted from, in city metres: xmin, ymin, xmax, ymax."""
    west, south, east, north = CITY.bounds
    return transformer(WGS84, CITY_SRID).transform_bounds(west, south, east, north)
