"""Vector tiles out of PostGIS: the statement of a layer for a caller, honest and small at low zooms."""

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
# A tile over its budget is drawn again with what is smaller than so many pixels left out.
COARSENESSES_PX = (1, 2, 4, 8, 16, 32)


def pixel_m(z: int) -> float:
    """The side of a pixel of a 512 px tile at the equator, in metres."""
    return MERCATOR_PIXEL_M_Z0 / 2**z


def over_budget(z: int, tile: bytes, features: int) -> bool:
    """Whether a tile is more than a renderer should be sent at this zoom."""
    return features >= FEATURES_PER_TILE or (z < FULL_DETAIL_FROM and len(tile) > BYTES_PER_TILE)


def tile_statement(opened: Opened, *, z: int, label: bool = False, coarse_px: int = 1) -> sql.Composed:
    """The SQL of one tile; run it with `tile_parameters`. Labels are points on the surface, one a feature."""
    columns = [sql.SQL(", ") + column_of(field) + sql.SQL(" as ") + sql.Identifier(field.name) for field in opened.fields if field.tile]
    thinned = _one_a_square(opened, z, coarse_px)
    drawn = opened.layer.drawn
    return sql.SQL(statement("tiles", "vector_tile")).format(
        srid=sql.Literal(CITY_SRID),
        fid=opened.fid,
        distinct=sql.SQL("distinct on ({})").format(thinned) if thinned else sql.SQL(""),
        columns=sql.SQL("").join(columns),
        shape=_label_point(opened) if label else _generalised(opened, z),
        relation=opened.relation,
        # A masked shape is found where its mask lies: found by its true place it would betray it.
        indexed=opened.geometry,
        where=opened.where,
        drawn=sql.SQL(f"({drawn})" if drawn else "true"),
        big_enough=_big_enough(opened, z, coarse_px),
        order=sql.SQL("{},").format(thinned) if thinned else sql.SQL(""),
        slug=sql.Literal(opened.layer.slug + (LABEL_SUFFIX if label else "")),
    )


def tile_parameters(opened: Opened, *, z: int, x: int, y: int) -> dict[str, Any] | None:
    """The parameters of a tile; None where no data is accepted from, so that the database need not be asked."""
    box = tilegrid.city_box(z, x, y, 2 * tilegrid.HALF_WORLD_M / 2**z * BUFFER)
    if box is None:
        return None
    return {**opened.params, **dict(zip(("xmin", "ymin", "xmax", "ymax"), box, strict=True)), "z": z, "x": x, "y": y, "cap": FEATURES_PER_TILE}


def _label_point(opened: Opened) -> sql.Composable:
    return sql.SQL("public.st_pointonsurface({})").format(opened.geometry)


def _generalised(opened: Opened, z: int) -> sql.Composable:
    """Half a pixel of tolerance; never the topology-preserving simplifier, which a hostile polygon can hang."""
    if z >= FULL_DETAIL_FROM or "Point" in opened.layer.geometry_type:
        return opened.geometry
    return sql.SQL("public.st_simplify({}, {}, true)").format(opened.geometry, sql.Literal(pixel_m(z) / 2))


def _big_enough(opened: Opened, z: int, coarse_px: int) -> sql.Composable:
    """Below full detail a polygon smaller than a pixel is not drawn, nor a line where the tile is over its budget."""
    side_m = pixel_m(z) * coarse_px
    if z < FULL_DETAIL_FROM and "Polygon" in opened.layer.geometry_type:
        return sql.SQL("public.st_area({}) >= {}").format(opened.geometry, sql.Literal(side_m**2))
    if coarse_px > 1 and "LineString" in opened.layer.geometry_type:
        return sql.SQL("public.st_length({}) >= {}").format(opened.geometry, sql.Literal(side_m))
    return sql.SQL("true")


def _one_a_square(opened: Opened, z: int, coarse_px: int) -> sql.Composable | None:
    """Of a crowd of points over its budget the first of each square stays; what is urgent is never lost in a tile within it."""
    if coarse_px == 1 or opened.layer.geometry_type != "Point":
        return None
    side = sql.Literal(pixel_m(z) * coarse_px)
    return sql.SQL("floor(public.st_x({0}) / {1}), floor(public.st_y({0}) / {1})").format(opened.geometry, side)
