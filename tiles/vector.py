"""Vector tiles out of PostGIS: the statement of a layer for a caller, honest and small at low zooms."""

from typing import Any

from psycopg2 import sql

from geo.crs import CITY_SRID
from geo.sql import statement
from layers.access import Opened, column_of

FEATURES_PER_TILE = 10_000
# From here on a pixel is under half a metre and shapes go out as they are.
FULL_DETAIL_FROM = 16
MERCATOR_PIXEL_M_Z0 = 2 * 20_037_508.342789244 / 512
LABEL_SUFFIX = "_label"


def pixel_m(z: int) -> float:
    """The side of a pixel of a 512 px tile at the equator, in metres."""
    return MERCATOR_PIXEL_M_Z0 / 2**z


def tile_statement(opened: Opened, *, z: int, label: bool = False) -> sql.Composed:
    """The SQL of one tile; run it with `tile_parameters`. Labels are points on the surface, one a feature."""
    columns = [sql.SQL(", ") + column_of(field) + sql.SQL(" as ") + sql.Identifier(field.name) for field in opened.fields if field.tile]
    return sql.SQL(statement("tiles", "vector_tile")).format(
        srid=sql.Literal(CITY_SRID),
        fid=opened.fid,
        columns=sql.SQL("").join(columns),
        shape=_label_point(opened) if label else _generalised(opened, z),
        relation=opened.relation,
        indexed=opened.indexed,
        where=opened.where,
        big_enough=_big_enough(opened, z),
        slug=sql.Literal(opened.layer.slug + (LABEL_SUFFIX if label else "")),
    )


def tile_parameters(opened: Opened, *, z: int, x: int, y: int) -> dict[str, Any]:
    return {**opened.params, "z": z, "x": x, "y": y, "cap": FEATURES_PER_TILE}


def _label_point(opened: Opened) -> sql.Composable:
    return sql.SQL("public.st_pointonsurface({})").format(opened.geometry)


def _generalised(opened: Opened, z: int) -> sql.Composable:
    """Half a pixel of tolerance; never the topology-preserving simplifier, which a hostile polygon can hang."""
    if z >= FULL_DETAIL_FROM or "Point" in opened.layer.geometry_type:
        return opened.geometry
    return sql.SQL("public.st_simplify({}, {}, true)").format(opened.geometry, sql.Literal(pixel_m(z) / 2))


def _big_enough(opened: Opened, z: int) -> sql.Composable:
    """Below full detail a polygon smaller than a pixel is not drawn."""
    if z >= FULL_DETAIL_FROM or "Polygon" not in opened.layer.geometry_type:
        return sql.SQL("true")
    return sql.SQL("public.st_area({}) >= {}").format(opened.indexed, sql.Literal(pixel_m(z) ** 2))
