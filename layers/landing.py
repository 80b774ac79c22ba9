"""Where coordinates would land on the earth, in every CRS that a file of this city could plausibly be in. No Django here."""

from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

from pyproj import CRS, Transformer
from pyproj.aoi import AreaOfInterest
from pyproj.database import query_crs_info
from pyproj.enums import PJType
from pyproj.exceptions import ProjError

from geo.city import CITY
from geo.crs import CITY_SRID, WEB_MERCATOR, WGS84, accepted_box, crs_of, transformer

# The whole country's zones: a file from elsewhere comes in the meridian of its province.
NEIGHBOURS_DEG = 15.0
MOST_TOLD = 24
SLACK_M = 50.0
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Landing:
    """One CRS, and the middle of the file as that CRS would place it; `swapped` where x and y were taken for each other."""

    epsg: int
    name: str
    lon: float
    lat: float
    inside: bool
    swapped: bool


@lru_cache(maxsize=1)
def plausible() -> dict[int, str]:
    """EPSG codes and names: degrees, Web Mercator, the city's own, all of its datum, and UTM where the city lies."""
    west, south, east, north = CITY.bounds
    around = AreaOfInterest(west - NEIGHBOURS_DEG, south - NEIGHBOURS_DEG, east + NEIGHBOURS_DEG, north + NEIGHBOURS_DEG)
    here = AreaOfInterest(west, south, east, north)
    city = crs_of(CITY_SRID)
    datum = (city.geodetic_crs or city).name
    found = {WGS84: "WGS 84", CITY_SRID: city.name, WEB_MERCATOR: "WGS 84 / Pseudo-Mercator"}
    for area, prefix in ((around, f"{datum} / "), (here, "WGS 84 / UTM zone ")):
        for known in query_crs_info(auth_name="EPSG", pj_types=[PJType.PROJECTED_CRS], area_of_interest=area):
            if known.name.startswith(prefix):
                found.setdefault(int(known.code), known.name)
    return found


def inside_city(box: Box) -> bool:
    """Whether a box in city metres touches the extent that data is accepted from."""
    xmin, ymin, xmax, ymax = accepted_box()
    return box[0] <= xmax + SLACK_M and box[2] >= xmin - SLACK_M and box[1] <= ymax + SLACK_M and box[3] >= ymin - SLACK_M


def landings(box: Box) -> list[dict[str, Any]]:
    """Plausible CRSs for a box of coordinates with the place that each gives: those inside the city first, then the nearest."""
    found = [landing for swapped in (False, True) for epsg, name in plausible().items() if (landing := _land(box, epsg, name, swapped))]
    # A swapped reading is only worth telling where it lands inside.
    told = sorted((landing for landing in found if landing.inside or not landing.swapped), key=_nearest_first)
    return [asdict(landing) for landing in told[:MOST_TOLD]]


def _nearest_first(landing: Landing) -> tuple[bool, bool, float, int]:
    west, south, east, north = CITY.bounds
    away_deg = abs(landing.lon - (west + east) / 2) + abs(landing.lat - (south + north) / 2)
    return (not landing.inside, landing.swapped, 0.0 if landing.inside else away_deg, landing.epsg)


def lands_inside(box: Box, crs: CRS, *, swapped: bool) -> tuple[float, float] | None:
    """Lon and lat of the middle when the box lies in the city under that CRS, else None."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    if swapped:
        x, y = y, x
    try:
        at = Transformer.from_crs(crs, crs_of(CITY_SRID), always_xy=True).transform(x, y, errcheck=True)
        lon, lat = transformer(CITY_SRID, WGS84).transform(*at, errcheck=True)
    except ProjError:
        return None
    return (lon, lat) if inside_city((*at, *at)) else None


def _land(box: Box, epsg: int, name: str, swapped: bool) -> Landing | None:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    if swapped:
        x, y = y, x
    if epsg == WGS84 and not (-180 <= x <= 180 and -90 <= y <= 90):
        return None
    try:
        lon, lat = transformer(epsg, WGS84).transform(x, y, errcheck=True)
        city = transformer(epsg, CITY_SRID).transform(x, y, errcheck=True)
    except ProjError:
        return None
    return Landing(epsg, name, round(lon, 6), round(lat, 6), inside_city((*city, *city)), swapped)


def lonlat(x: float, y: float) -> list[float]:
    """City metres as lon, lat in degrees, rounded to a centimetre."""
    lon, lat = transformer(CITY_SRID, WGS84).transform(x, y)
    return [round(lon, 7), round(lat, 7)]
