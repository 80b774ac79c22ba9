"""Vector tiles out of PostGIS: the statement of a layer for a caller, honest and small at low zooms."""

from collections.abc import Mapping
from typing import Any

from psycopg2 import sql

from geo import tilegrid
from geo.crs import CITY_SRID
from geo.sql import statement
from layers.access import Opened, column_of

FEATURES_PER_TILE = 10_000
BYTES_PER_TILE = 500_000
# From here on a pixel is under half a metre and shapes go out as they are; renderers draw deeper zooms from these tiles.
FULL_DETAIL_FROM = 16
MERCATOR_PIXEL_M_Z0 = 2 * tilegrid.HALF_WORLD_M / 512
# What a tile holds beyond its border, as a part of its side: 64 of 4,096.
BUFFER = 1 / 64
LABEL_SUFFIX = "_label"
# A crowd of points over its budget is thinned to one a square of so many pixels.
SQUARE_PX = 2
# How often a tile over its budget is drawn again, each time with fewer features.
TRIES = 4


def pixel_m(z: int) -> float:
    """The side of a pixel of a 512 px tile at the equator, in metres."""
    return MERCATOR_PIXEL_M_Z0 / 2**z


def affordable(z: int, tile: bytes, features: int) -> int | None:
    """How many features to try instead, where a tile is more than a renderer should be sent at this zoom."""
    if z < FULL_DETAIL_FROM and len(tile) > BYTES_PER_TILE:
        return max(1, int(features * 0.9 * BYTES_PER_TILE / len(tile)))
    return FEATURES_PER_TILE if features > FEATURES_PER_TILE else None


def tile_statement(opened: Opened, *, general: bool, label: bool = False, thinned: bool = False) -> sql.Composed:
    """The SQL of one tile; run it with `tile_parameters`. Labels are points on the surface, one a feature.

    general: below full detail, where shapes are simplified. thinned: the largest come first, and of points one a square.
    """
    carried = [field for field in opened.fields if field.tile]
    columns = [sql.SQL(", ") + column_of(field) + sql.SQL(" as ") + sql.Identifier(field.name) for field in carried]
    points = thinned and opened.layer.geometry_type == "Point"
    drawn = opened.layer.drawn
    return sql.SQL(statement("tiles", "points_thinned" if points else "vector_tile")).format(
        srid=sql.Literal(CITY_SRID),
        fid=opened.fid,
        columns=sql.SQL("").join(columns),
        names=sql.SQL("").join(sql.SQL(", ") + sql.Identifier(field.name) for field in carried),
        shape=_label_point(opened) if label else _generalised(opened, general),
        relation=opened.relation,
        # A masked shape is found where its mask lies: found by its true place it would betray it.
        indexed=opened.geometry,
        where=opened.where,
        drawn=sql.SQL(f"({drawn})" if drawn else "true"),
        big_enough=_big_enough(opened, general),
        largest_first=_largest_first(opened, thinned),
        slug=sql.Literal(opened.layer.slug + (LABEL_SUFFIX if label else "")),
    )


def tile_parameters(scope: Mapping[str, Any], *, z: int, x: int, y: int) -> dict[str, Any] | None:
    """The parameters of a tile; None where no data is accepted from, so that the database need not be asked."""
    box = tilegrid.city_box(z, x, y, 2 * tilegrid.HALF_WORLD_M / 2**z * BUFFER)
    if box is None:
        return None
    xmin, ymin, xmax, ymax = box
    pixel = pixel_m(z)
    tile = {"z": z, "x": x, "y": y, "xmin": xmin, "ymin": ymin, "xmax": xmax, "ymax": ymax, "cap": FEATURES_PER_TILE + 1}
    return {**scope, **tile, "tolerance_m": pixel / 2, "smallest_m": pixel, "square_m": pixel * SQUARE_PX}


def _label_point(opened: Opened) -> sql.Composable:
    return sql.SQL("public.st_pointonsurface({})").format(opened.geometry)


def _generalised(opened: Opened, general: bool) -> sql.Composable:
    """Half a pixel of tolerance; never the topology-preserving simplifier, which a hostile polygon can hang."""
    if not general or "Point" in opened.layer.geometry_type:
        return opened.geometry
    return sql.SQL("public.st_simplify({}, %(tolerance_m)s::float8, true)").format(opened.geometry)


def _big_enough(opened: Opened, general: bool) -> sql.Composable:
    """Below full detail a polygon smaller than a pixel is not drawn."""
    if not general or "Polygon" not in opened.layer.geometry_type:
        return sql.SQL("true")
    return sql.SQL("public.st_area({}) >= %(smallest_m)s::float8 * %(smallest_m)s::float8").format(opened.geometry)


def _largest_first(opened: Opened, thinned: bool) -> sql.Composable:
    """What stays of a tile over its budget, where shapes have a size."""
    if thinned and "Polygon" in opened.layer.geometry_type:
        return sql.SQL("order by public.st_area({}) desc").format(opened.geometry)
    if thinned and "LineString" in opened.layer.geometry_type:
        return sql.SQL("order by public.st_length({}) desc").format(opened.geometry)
    return sql.SQL("")
