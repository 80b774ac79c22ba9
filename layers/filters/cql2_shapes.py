"""The spatial part of a filter: the feature's shape against a shape that the filter names, in the CRS that the filter is in.

A named shape is bounded in vertices, valid, and within its CRS. All data lies within the city, so what is named beyond it is cut off.
"""

import math
from collections.abc import Callable
from typing import Any

import shapely
from psycopg2 import sql
from shapely.geometry import shape as shape_of
from shapely.geometry.base import BaseGeometry

from geo.city import CITY
from geo.crs import CITY_SRID, WGS84, transformer
from geo.errors import Problem
from layers.access import Opened
from layers.filters.cql2_tree import MOST_VERTICES, TOO_COMPLEX, Tree, bad, need_args, unknown_function, unknown_property
from layers.ogc.crs import STORED, Axes

# Wider than any data lies; the city's projection knows no other side of the earth.
MARGIN_DEG = 1.0
# A place told in degrees to 8 decimals is the stored one to a millimetre.
SAME_M = 0.005
GEOMETRY = ("geometry", "geom")
RELATIONS: dict[str, Callable[[BaseGeometry, BaseGeometry], Any]] = {
    "s_intersects": shapely.intersects,
    "s_disjoint": shapely.disjoint,
    "s_within": shapely.within,
    "s_contains": shapely.contains,
    "s_touches": shapely.touches,
    "s_crosses": shapely.crosses,
    "s_overlaps": shapely.overlaps,
    "s_equals": shapely.equals,
}
# What holds of (shape, feature) where the relation holds of (feature, shape).
MIRRORED = {"s_within": "s_contains", "s_contains": "s_within"}
# A shape of which a part is cut off can neither lie in a feature nor equal one.
WHOLE = frozenset({"s_contains", "s_equals"})
OF_COLLECTIONS = frozenset({"s_intersects", "s_disjoint"})


def relation(seen: Opened, op: str, args: list[Tree], axes: Axes, parameter: Callable[[Any], sql.Composable]) -> sql.Composable:
    """One spatial condition. Raises BAD_FILTER or TOO_COMPLEX."""
    need_args(len(args) == 2)
    first, second = (None if isinstance(one, dict) and one.get("property") in GEOMETRY else _shape(seen, one, axes) for one in args)
    for shape in (first, second):
        if shape is not None and shape.geom_type == "GeometryCollection" and op not in OF_COLLECTIONS:
            raise bad("asks of a GeometryCollection what only S_INTERSECTS and S_DISJOINT can tell")
    if first is not None and second is not None:
        return sql.SQL("true" if RELATIONS[op](first, second) else "false")
    if first is None and second is None:
        return _called(op, seen.geometry, seen.geometry)
    return _against(seen, op, second, axes, parameter) if second is not None else _against(seen, MIRRORED.get(op, op), first, axes, parameter)


def _against(seen: Opened, op: str, literal: BaseGeometry | None, axes: Axes, parameter: Callable[[Any], sql.Composable]) -> sql.Composable:
    window = _window(axes)
    if not window.covers(literal):
        if op in WHOLE:
            return sql.SQL("false")
        literal = shapely.intersection(literal, window)
    if literal is None or literal.is_empty:
        return sql.SQL("true" if op == "s_disjoint" else "false")
    # Degrees on degrees need no bending.
    cut = literal if axes.srid == CITY_SRID or (axes.degrees and STORED.degrees) else shapely.segmentize(literal, axes.edge)
    shape = sql.SQL("public.st_setsrid({}::public.geometry, {})").format(parameter(cut.wkb_hex), sql.Literal(axes.srid))
    here = shape if axes.srid == CITY_SRID else sql.SQL("public.st_transform({}, {})").format(shape, sql.Literal(CITY_SRID))
    if op == "s_equals" and not STORED.degrees:
        return sql.SQL(
            "({0} && public.st_expand({1}, {2}) and public.st_dimension({0}) = public.st_dimension({1}) and public.st_hausdorffdistance({0}, {1}) <= {2})"
        ).format(seen.geometry, here, sql.Literal(SAME_M))
    return _called(op, seen.geometry, here)


def _called(op: str, first: sql.Composable, second: sql.Composable) -> sql.Composable:
    # PostGIS knows no ST_Disjoint of a collection.
    if op == "s_disjoint":
        return sql.SQL("(not public.st_intersects({}, {}))").format(first, second)
    return sql.SQL("public.{}({}, {})").format(sql.Identifier(f"st_{op[2:]}"), first, second)


def _window(axes: Axes) -> BaseGeometry:
    west, south, east, north = CITY.bounds
    wider = (max(west - MARGIN_DEG, -180.0), max(south - MARGIN_DEG, -90.0), min(east + MARGIN_DEG, 180.0), min(north + MARGIN_DEG, 90.0))
    return shapely.box(*(wider if axes.degrees else transformer(WGS84, axes.srid).transform_bounds(*wider)))


def _shape(seen: Opened, tree: Tree, axes: Axes) -> BaseGeometry:
    """A valid shape in that CRS, x before y, of bounded size. Raises BAD_FILTER, TOO_COMPLEX, UNKNOWN_PROPERTY or UNKNOWN_FUNCTION."""
    if isinstance(tree, dict) and "property" in tree:
        raise _no_geometry(seen, tree["property"])
    if isinstance(tree, dict) and isinstance(tree.get("op"), str):
        raise unknown_function(tree["op"])
    try:
        found = _box(tree["bbox"], axes) if isinstance(tree, dict) and "bbox" in tree else _geojson(tree, axes)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError, shapely.errors.ShapelyError) as error:
        raise bad("has a shape that cannot be read") from error
    if shapely.get_num_coordinates(found) > MOST_VERTICES:
        raise TOO_COMPLEX(f"Tối đa {MOST_VERTICES:,} đỉnh.", f"At most {MOST_VERTICES:,} vertices.", parameter="filter")
    bounds = shapely.bounds(found)
    west, south, east, north = (-180, -90, 180, 90) if axes.degrees else (-1e9, -1e9, 1e9, 1e9)
    within = all(math.isfinite(edge) for edge in bounds) and bounds[0] >= west and bounds[1] >= south and bounds[2] <= east and bounds[3] <= north
    if found.is_empty or not within or not found.is_valid:
        raise bad("has a shape that is empty, not valid, or outside its CRS")
    return found


def _no_geometry(seen: Opened, name: Any) -> Problem:
    if any(field.name == name for field in seen.fields):
        return bad(f"asks where {name} is: only geometry is somewhere")
    return unknown_property(name)


def _geojson(tree: Tree, axes: Axes) -> BaseGeometry:
    if not isinstance(tree, dict) or not isinstance(tree.get("type"), str):
        raise ValueError
    # What a height is good for, no relation in the plane asks.
    found = shapely.force_2d(shape_of(tree))
    return shapely.transform(found, lambda y, x: (x, y), interleaved=False) if axes.north_first else found


def _box(edges: Tree, axes: Axes) -> BaseGeometry:
    """A box, or the two that lie on both sides of the antimeridian; heights are left aside."""
    numbers = [float(edge) for edge in edges]
    west, south, east, north = numbers if len(numbers) == 4 else (numbers[0], numbers[1], numbers[3], numbers[4])
    if axes.north_first:
        west, south, east, north = south, west, north, east
    if len(numbers) not in (4, 6) or south > north or (west > east and not axes.degrees) or not all(math.isfinite(number) for number in numbers):
        raise ValueError
    if west <= east:
        return shapely.box(west, south, east, north)
    return shapely.MultiPolygon([shapely.box(west, south, 180.0, north), shapely.box(-180.0, south, east, north)])
