"""The gateway's checks a column at a time: for files and whole layers, where a shape at a time would take minutes. No Django here.

The same rules and codes as geo.shapes.admit; both read them here.
"""

from typing import Any

import numpy
import shapely

from geo.errors import define

MAX_VERTICES = 100_000
MAX_PARTS = 10_000
# The curve's own bends and the wobble of a re-projection: a neighbour's edge may stand this far out.
EXTENT_SLACK_M = 50.0
KINDS = ("Point", "LineString", "LinearRing", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon", "GeometryCollection")
TAKEN = frozenset({"Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon"})

NON_FINITE = define("non_finite", 422, "Toạ độ không phải là số hữu hạn", "A coordinate is not a finite number")
OUT_OF_EXTENT = define("out_of_extent", 422, "Nằm ngoài phạm vi thành phố", "Outside the extent that the city accepts")
TYPE_NOT_ALLOWED = define("type_not_allowed", 422, "Sai kiểu hình học", "This layer does not take that geometry type")
EMPTY = define("empty", 422, "Hình học rỗng", "The geometry is empty")
TOO_MANY = define("too_many_vertices", 422, "Quá nhiều đỉnh hoặc phần", "Too many vertices or parts")
INVALID = define("invalid_geometry", 422, "Hình học không hợp lệ", "The geometry is not valid")
MALFORMED = define("malformed_geometry", 422, "Không đọc được hình học", "The geometry cannot be read")


def faults(shapes: Any, *, geometry_type: str, box: tuple[float, float, float, float]) -> Any:
    """For an array of shapes in city metres the code of what is wrong with each, "" where nothing is.

    geometry_type: what the layer takes ("Geometry" for any). Cheap checks first: validity is asked only of what passed them.
    """
    found = numpy.full(len(shapes), "", dtype=object)

    def mark(where: Any, code: str) -> None:
        found[numpy.asarray(where, dtype=bool) & (found == "")] = code

    bounds = shapely.bounds(shapes)
    mark(shapely.is_missing(shapes) | shapely.is_empty(shapes), EMPTY.code)
    mark((shapely.get_num_coordinates(shapes) > MAX_VERTICES) | (shapely.get_num_geometries(shapes) > MAX_PARTS), TOO_MANY.code)
    mark(~numpy.isfinite(bounds).all(axis=1) | _has_bad_vertex(shapes), NON_FINITE.code)
    mark(_outside(bounds, box), OUT_OF_EXTENT.code)
    mark(~fits(shapes, geometry_type), TYPE_NOT_ALLOWED.code)
    left = found == ""
    bad = numpy.zeros(len(shapes), dtype=bool)
    bad[left] = ~shapely.is_valid(shapes[left]) | _has_no_size(shapes[left])
    mark(bad, INVALID.code)
    return found


def fits(shapes: Any, geometry_type: str) -> Any:
    """Whether each is of the type: a single part is taken where many are wanted, and many of one part where a single is."""
    kinds = kinds_of(shapes)
    if geometry_type == "Geometry":
        return numpy.isin(kinds, list(TAKEN))
    single = geometry_type.removeprefix("Multi")
    if geometry_type.startswith("Multi"):
        return numpy.isin(kinds, [single, geometry_type])
    return (kinds == single) | ((kinds == f"Multi{single}") & (shapely.get_num_geometries(shapes) == 1))


def fitted(shapes: Any, geometry_type: str) -> Any:
    """Shapes that fit, with the number of parts that the layer's type has."""
    result = numpy.array(shapes, dtype=object)
    if geometry_type == "Geometry":
        return result
    kinds = kinds_of(result)
    if geometry_type.startswith("Multi"):
        single = kinds == geometry_type.removeprefix("Multi")
        many = getattr(shapely, f"multi{geometry_type.removeprefix('Multi').lower()}s")
        result[single] = many(result[single].reshape(-1, 1)) if single.any() else result[single]
    else:
        multi = kinds == f"Multi{geometry_type}"
        result[multi] = shapely.get_geometry(result[multi], 0)
    return result


def kinds_of(shapes: Any) -> Any:
    """The name of each shape's type; "" where there is none."""
    return numpy.array([*KINDS, ""], dtype=object)[shapely.get_type_id(shapes)]


def _has_bad_vertex(shapes: Any) -> Any:
    coordinates, of = shapely.get_coordinates(shapes, return_index=True)
    bad = numpy.zeros(len(shapes), dtype=bool)
    bad[of[~numpy.isfinite(coordinates).all(axis=1)]] = True
    return bad


def _outside(bounds: Any, box: tuple[float, float, float, float]) -> Any:
    with numpy.errstate(invalid="ignore"):
        lower = (bounds[:, 0] < box[0] - EXTENT_SLACK_M) | (bounds[:, 1] < box[1] - EXTENT_SLACK_M)
        return lower | (bounds[:, 2] > box[2] + EXTENT_SLACK_M) | (bounds[:, 3] > box[3] + EXTENT_SLACK_M)


def _has_no_size(shapes: Any) -> Any:
    dimensions = shapely.get_dimensions(shapes)
    return ((dimensions == 2) & (shapely.area(shapes) == 0)) | ((dimensions == 1) & (shapely.length(shapes) == 0))
