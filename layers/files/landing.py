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
MOST_TOLD = 40
WIDEST_DEG = 30.0
OUTDATED = ("WGS 72",)
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
    """EPSG codes and names: degrees, Web Mercator, the city's own, all of its datum, and whatever else is meant for where the city lies."""
    found = {WGS84: "WGS 84", CITY_SRID: crs_of(CITY_SRID).name, WEB_MERCATOR: "WGS 84 / Pseudo-Mercator"} | zones()
    west, south, east, north = CITY.bounds
    here = AreaOfInterest(west, south, east, north)
    for kind in (PJType.PROJECTED_CRS, PJType.GEOGRAPHIC_2D_CRS):
        for known in query_crs_info(auth_name="EPSG", pj_types=[kind], area_of_interest=here):
            area = known.area_of_use
            # World-wide grids and other people's continents are no local custom.
            if not known.deprecated and area is not None and 0 < area.east - area.west < WIDEST_DEG and not known.name.startswith(OUTDATED):
                found.setdefault(int(known.code), known.name)
    return found


@lru_cache(maxsize=1)
def zones() -> dict[int, str]:
    """Every projected CRS of the city's own datum in the country around: each province has its meridian."""
    west, south, east, north = CITY.bounds
    around = AreaOfInterest(west - NEIGHBOURS_DEG, south - NEIGHBOURS_DEG, east + NEIGHBOURS_DEG, north + NEIGHBOURS_DEG)
    city = crs_of(CITY_SRID)
    datum = (city.geodetic_crs or city).name
    known = query_crs_info(auth_name="EPSG", pj_types=[PJType.PROJECTED_CRS], area_of_interest=around)
    return {int(one.code): one.name for one in known if one.name.startswith(f"{datum} / ") and not one.deprecated}


def known_as(said: CRS) -> int | None:
    """The code of what a home-made .prj describes, or the zone with the same projection on a datum of the city's name. None where the code stands in it.

    Without its code PROJ takes such a datum for one that nobody surveyed, and the data lies some 200 m away.
    """
    said = said.source_crs if said.is_bound and said.source_crs is not None else said
    if code := said.to_epsg():
        return code if said != crs_of(code) else None
    if not said.is_projected or said.geodetic_crs is None:
        return None
    city = crs_of(CITY_SRID)
    if _letters(said.geodetic_crs.name) != _letters((city.geodetic_crs or city).name):
        return None
    wanted = _projection(said)
    return next((epsg for epsg in zones() if _projection(crs_of(epsg)) == wanted), None)


def _letters(name: str) -> str:
    return "".join(letter for letter in name.upper().removeprefix("GCS") if letter.isalnum())


def _projection(crs: CRS) -> dict[str, float]:
    """What the numbers depend on: meridian, latitude of origin, scale, false easting and northing."""
    operation = crs.coordinate_operation
    if operation is None:
        return {}
    return {parameter.name.lower().split(" (")[0].replace("_", " "): round(float(parameter.value), 9) for parameter in operation.params}


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


def _nearest_first(landing: Landing) -> tuple[bool, bool, int, float, int]:
    """What lands inside comes first, the city's own before others; then what lands near."""
    west, south, east, north = CITY.bounds
    away_deg = abs(landing.lon - (west + east) / 2) + abs(landing.lat - (south + north) / 2)
    rank = (CITY_SRID, WGS84).index(landing.epsg) if landing.epsg in (CITY_SRID, WGS84) else 2 if landing.epsg in zones() else 3
    return (not landing.inside, landing.swapped, rank if landing.inside else 0, 0.0 if landing.inside else away_deg, landing.epsg)


def place_of(box: Box, crs: CRS) -> list[float] | None:
    """Lon and lat of the middle of a box in that CRS; None where PROJ has no answer."""
    try:
        lon, lat = Transformer.from_crs(crs, crs_of(WGS84), always_xy=True).transform((box[0] + box[2]) / 2, (box[1] + box[3]) / 2, errcheck=True)
    except ProjError:
        return None
    return [round(lon, 6), round(lat, 6)]


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
    if crs_of(epsg).is_geographic and not (-180 <= x <= 180 and -90 <= y <= 90):
        return None
    try:
        lon, lat = transformer(epsg, WGS84).transform(x, y, errcheck=True)
        # By way of degrees: a transformer a CRS is half a second less to wait.
        city = transformer(WGS84, CITY_SRID).transform(lon, lat, errcheck=True)
    except ProjError:
        return None
    return Landing(epsg, name, round(lon, 6), round(lat, 6), inside_city((*city, *city)), swapped)


def lonlat(x: float, y: float) -> list[float]:
    """City metres as lon, lat in degrees, rounded to a centimetre."""
    lon, lat = transformer(CITY_SRID, WGS84).transform(x, y)
    return [round(lon, 7), round(lat, 7)]
