"""The geometry gateway: every shape that enters the city passes `admit`, whatever door it came through.

Cheap checks come first (bytes, vertices, parts, finite, extent, type), GEOS after: a hostile polygon of a million vertices
must never reach an expensive function.
"""

import json
import math
import re
from collections.abc import Iterable
from typing import Any

import shapely
from shapely.geometry import mapping
from shapely.geometry import shape as shape_of
from shapely.geometry.base import BaseGeometry
from shapely.validation import explain_validity

from geo.city import CITY
from geo.crs import CITY_SRID, WGS84, accepted_box, reproject, to_lonlat
from geo.faults import EMPTY, EXTENT_SLACK_M, INVALID, MALFORMED, MAX_PARTS, MAX_VERTICES, NON_FINITE, OUT_OF_EXTENT, TOO_MANY, TYPE_NOT_ALLOWED
from geo.fields import as_field as as_field

SAME_PLACE_M = 0.001
RING_POSITIONS = 4
# Below these a shape is a slip of the hand, whatever the last digits of its coordinates say.
SMALLEST_M2 = 1e-3
SHORTEST_M = 1e-3
# What can be drawn, exported and edited; a collection of kinds is none of them.
TAKEN = frozenset({"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"})
# Where GEOS says that the first fault lies, in the CRS of the shape.
PLACE = re.compile(r"\[(-?[\d.eE+]+) (-?[\d.eE+]+)\]")


def admit(
    given: BaseGeometry | dict[str, Any] | None,
    *,
    types: Iterable[str],
    srid: int = WGS84,
    north_first: bool = False,
) -> BaseGeometry:
    """A geometry (GeoJSON or shapely, in `srid`, x before y unless north_first) as a valid shapely geometry in city metres.

    `types` names what is taken ("Point", "Polygon", …, "Geometry" for any). A polygon is taken where a multipolygon is
    wanted, and likewise for lines and points. Raises NON_FINITE, OUT_OF_EXTENT, TYPE_NOT_ALLOWED, EMPTY, TOO_MANY,
    INVALID (with the place of the first fault and a repair) or MALFORMED.
    """
    raw = _read(given)
    if raw is None or raw.is_empty:
        raise EMPTY()
    # Counts first: taking a million members apart is work already.
    if shapely.get_num_coordinates(raw) > MAX_VERTICES or shapely.get_num_geometries(raw) > MAX_PARTS or _parts(raw) > MAX_PARTS:
        raise TOO_MANY(f"Tối đa {MAX_VERTICES:,} đỉnh và {MAX_PARTS:,} phần.", f"At most {MAX_VERTICES:,} vertices and {MAX_PARTS:,} parts.")
    if bool(shapely.is_empty(shapely.get_parts(raw)).any()):
        raise EMPTY()
    _check_finite(raw)
    fitted = _fit(shapely.transform(shapely.force_2d(raw), lambda y, x: (x, y), interleaved=False) if north_first else raw, tuple(types))
    _check_degrees(fitted, srid)
    inside = reproject(fitted, srid, CITY_SRID)
    _check_finite(inside)
    _check_extent(inside)
    _check_valid(inside)
    return inside


def settled(shape: BaseGeometry, *, onto: BaseGeometry) -> BaseGeometry:
    """The shape with each vertex that lies within SAME_PLACE_M of one of `onto` on that one: what was not moved has not moved.

    A feature is read with eight decimals of a degree, and whoever moves one corner sends all the others back rounded.
    """
    places = shapely.get_coordinates(shape)
    known = shapely.points(shapely.get_coordinates(onto))
    moved, kept = shapely.STRtree(known).query_nearest(shapely.points(places), max_distance=SAME_PLACE_M, all_matches=False)
    places[moved] = shapely.get_coordinates(known)[kept]
    made = shapely.set_coordinates(shapely.force_2d(shape), places)
    return made if made.is_valid else shape


def _parts(shape: BaseGeometry) -> int:
    """Members and holes together: either is a ring that an overlay has to look at."""
    members = shapely.get_parts(shape)
    return len(members) + int(shapely.get_num_interior_rings(members).clip(min=0).sum())


def _read(given: BaseGeometry | dict[str, Any] | None) -> BaseGeometry | None:
    if given is None or isinstance(given, BaseGeometry):
        return given
    try:
        _check_rings(given)
        return shape_of(given)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError, shapely.errors.ShapelyError) as error:
        raise MALFORMED("Cần một hình học GeoJSON.", f"A GeoJSON geometry is needed: {type(error).__name__}.") from error


def _check_rings(given: dict[str, Any]) -> None:
    """A ring ends where it begins (RFC 7946, 3.1.6); shapely would close it, and nobody would learn that a corner was lost. Raises MALFORMED, EMPTY and NON_FINITE."""
    kind, coordinates = given["type"], given.get("coordinates", ())
    if kind.startswith("Multi") and any(not len(member) for member in coordinates):
        raise EMPTY()
    polygons = {"Polygon": [coordinates], "MultiPolygon": coordinates}.get(kind, ())
    for ring in (ring for polygon in polygons for ring in polygon):
        # A number that is none is not equal to itself: a ring that ends there would only seem open.
        if len(ring) and any(edge != edge for edge in (*ring[0], *ring[-1])):
            raise NON_FINITE()
        if len(ring) and (len(ring) < RING_POSITIONS or list(ring[0]) != list(ring[-1])):
            raise MALFORMED("Vòng phải khép kín và có ít nhất 4 đỉnh.", "A ring has at least four positions and ends where it begins.")


def _check_finite(shape: BaseGeometry) -> None:
    if not bool(shapely.get_coordinates(shape).ravel().size) or not all(math.isfinite(edge) for edge in shapely.bounds(shape)) or bool((~_finite(shape)).any()):
        raise NON_FINITE()


def _finite(shape: BaseGeometry) -> Any:
    coordinates = shapely.get_coordinates(shape)
    return (coordinates - coordinates == 0).all(axis=1)


def _fit(shape: BaseGeometry, types: tuple[str, ...]) -> BaseGeometry:
    if (("Geometry" in types) or shape.geom_type in types) and shape.geom_type in TAKEN:
        return shape
    if f"Multi{shape.geom_type}" in types:
        return getattr(shapely, f"multi{shape.geom_type.lower()}s")([shape])
    if shape.geom_type.startswith("Multi") and shape.geom_type[5:] in types and len(shape.geoms) == 1:
        return shape.geoms[0]
    raise TYPE_NOT_ALLOWED(f"Nhận được {shape.geom_type}, cần {', '.join(types)}.", f"Got {shape.geom_type}, need {', '.join(types)}.")


def _check_degrees(shape: BaseGeometry, srid: int) -> None:
    """Say so when a place in degrees is outside but would be inside with lon and lat swapped."""
    if srid != WGS84:
        return
    if _within(shape.bounds, CITY.bounds):
        return
    x0, y0, x1, y1 = shape.bounds
    swapped = _within((y0, x0, y1, x1), CITY.bounds)
    raise OUT_OF_EXTENT(
        "Kinh độ và vĩ độ có vẻ bị đảo." if swapped else f"Phạm vi nhận dữ liệu: {CITY.bounds}.",
        "Longitude and latitude seem to be swapped." if swapped else f"Data is accepted from {CITY.bounds}.",
        bounds=[x0, y0, x1, y1] if all(abs(edge) < 1e9 for edge in shape.bounds) else None,
        swapped=swapped,
    )


def _within(box: tuple[float, ...], outer: tuple[float, ...], slack: float = 0.0) -> bool:
    return box[0] >= outer[0] - slack and box[1] >= outer[1] - slack and box[2] <= outer[2] + slack and box[3] <= outer[3] + slack


def _check_extent(shape: BaseGeometry) -> None:
    if not _within(shape.bounds, accepted_box(), EXTENT_SLACK_M):
        raise OUT_OF_EXTENT(f"Phạm vi nhận dữ liệu: {CITY.bounds}.", f"Data is accepted from {CITY.bounds}.", swapped=False)


def _check_valid(shape: BaseGeometry) -> None:
    if shape.is_valid:
        if shape.area < SMALLEST_M2 and shape.geom_type in ("Polygon", "MultiPolygon"):
            raise INVALID("Vùng không có diện tích.", "The polygon has no area.")
        if shape.length < SHORTEST_M and shape.geom_type in ("LineString", "MultiLineString"):
            raise INVALID("Đường không có chiều dài.", "The line has no length.")
        return
    reason = explain_validity(shape)
    repaired = shapely.make_valid(shape)
    change = abs(repaired.area - shape.area) / shape.area * 100 if shape.area else 0.0
    raise INVALID(
        f"Lỗi đầu tiên: {reason}.",
        f"First fault: {reason}.",
        reason=reason,
        place=_place(reason),
        repair={"geometry": json.loads(json.dumps(mapping(reproject(repaired, CITY_SRID, WGS84)))), "area_change_percent": change},
    )


def _place(reason: str) -> list[float] | None:
    """lon, lat of the first fault."""
    found = PLACE.search(reason)
    return list(to_lonlat(float(found[1]), float(found[2]))) if found else None
