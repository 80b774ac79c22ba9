"""The CRSs that coordinates may come and go in, each with the axis order of its authority."""

from dataclasses import dataclass

from psycopg2 import sql

from geo.city import CITY
from geo.crs import CITY_SRID, WEB_MERCATOR, WGS84, crs_of, transformer
from layers.access import Opened

MARGIN_DEG = 0.01
# Longer edges are cut, because a parallel bends in the city's projection: 0.05° bend less than a decimetre.
EDGE_DEG = 0.05
EDGE_M = 5_000.0
DECIMALS_DEG, DECIMALS_M = 8, 4

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Axes:
    """A CRS that coordinates may come and go in; northing first where its authority says so."""

    uri: str
    srid: int
    north_first: bool
    degrees: bool

    @property
    def edge(self) -> float:
        """The longest edge that is not cut before it is moved into the city's CRS."""
        return EDGE_DEG if self.degrees else EDGE_M

    def shape(self, seen: Opened) -> sql.Composable:
        """The feature's shape in this CRS as GeoJSON text."""
        moved = sql.SQL("public.st_transform({}, {})").format(seen.geometry, sql.Literal(self.srid))
        turned = sql.SQL("public.st_flipcoordinates({})").format(moved) if self.north_first else moved
        return sql.SQL("public.st_asgeojson({}, {}, 0)").format(turned, sql.Literal(DECIMALS_DEG if self.degrees else DECIMALS_M))

    def extent(self) -> Box:
        """The extent that data is accepted from, a little wider, x before y."""
        west, south, east, north = CITY.bounds
        wider = (west - MARGIN_DEG, south - MARGIN_DEG, east + MARGIN_DEG, north + MARGIN_DEG)
        return wider if self.degrees else transformer(WGS84, self.srid).transform_bounds(*wider)


def _axes(srid: int) -> Axes:
    crs = crs_of(srid)
    return Axes(f"http://www.opengis.net/def/crs/EPSG/0/{srid}", srid, crs.axis_info[0].direction == "north", crs.is_geographic)


CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
LONLAT = Axes(CRS84, WGS84, False, True)
STORED = _axes(CITY_SRID)
# In the order in which a collection offers them; the first is the one that stands where none is named.
CRSS = {axes.uri: axes for axes in (LONLAT, _axes(WGS84), STORED, _axes(WEB_MERCATOR))}
