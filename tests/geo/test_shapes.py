"""The geometry gateway refuses what would poison a tile, and says what would be right."""

import math

import numpy as np
import pytest
import shapely

from geo import shapes
from geo.crs import CITY_SRID, WGS84, reproject, to_city, to_lonlat
from geo.errors import Problem
from tests.conftest import JUNCTION

LON, LAT = JUNCTION


def square(size: float) -> dict[str, object]:
    ring = [[LON, LAT], [LON + size, LAT], [LON + size, LAT + size], [LON, LAT + size], [LON, LAT]]
    return {"type": "Polygon", "coordinates": [ring]}


def test_a_point_in_the_city_becomes_metres() -> None:
    admitted = shapes.admit({"type": "Point", "coordinates": [LON, LAT]}, types=("Point",))

    assert (admitted.x, admitted.y) == pytest.approx(to_city(LON, LAT), abs=1e-6)


@pytest.mark.parametrize(
    ("given", "types", "code"),
    [
        ({"type": "Point", "coordinates": [math.nan, LAT]}, ("Point",), "non_finite"),
        ({"type": "Point", "coordinates": [math.inf, LAT]}, ("Point",), "non_finite"),
        ({"type": "MultiPoint", "coordinates": [[LON, LAT], [math.nan, math.nan]]}, ("MultiPoint",), "non_finite"),
        ({"type": "Point", "coordinates": [1e308, LAT]}, ("Point",), "out_of_extent"),
        ({"type": "Point", "coordinates": [0, 0]}, ("Point",), "out_of_extent"),
        ({"type": "LineString", "coordinates": [[LON, LAT], [LON + 0.01, LAT]]}, ("Point",), "type_not_allowed"),
        ({"type": "Polygon", "coordinates": []}, ("Polygon",), "empty"),
        (
            {"type": "Polygon", "coordinates": [[[LON, LAT], [LON + 0.01, LAT + 0.01], [LON + 0.01, LAT], [LON, LAT + 0.01], [LON, LAT]]]},
            ("Polygon",),
            "invalid_geometry",
        ),
        ({"type": "Nonsense"}, ("Polygon",), "malformed_geometry"),
        (None, ("Point",), "empty"),
    ],
)
def test_what_would_poison_a_tile_is_refused(given: object, types: tuple[str, ...], code: str) -> None:
    with pytest.raises(Problem) as refusal:
        shapes.admit(given, types=types)

    assert refusal.value.code == code


def test_swapped_longitude_and_latitude_are_noticed() -> None:
    with pytest.raises(shapes.OUT_OF_EXTENT) as refusal:
        shapes.admit({"type": "Point", "coordinates": [LAT, LON]}, types=("Point",))

    assert refusal.value.extra["swapped"] is True


def test_too_many_vertices_are_refused_before_validity_is_asked() -> None:
    turn = np.linspace(0, 2 * np.pi, shapes.MAX_VERTICES + 1)
    circle = shapely.Polygon(np.column_stack([LON + 0.01 * np.cos(turn), LAT + 0.01 * np.sin(turn)]))

    with pytest.raises(shapes.TOO_MANY):
        shapes.admit(circle, types=("Polygon",))


def test_a_bow_tie_comes_with_its_place_and_a_repair() -> None:
    bow_tie = {"type": "Polygon", "coordinates": [[[LON, LAT], [LON + 0.01, LAT + 0.01], [LON + 0.01, LAT], [LON, LAT + 0.01], [LON, LAT]]]}

    with pytest.raises(shapes.INVALID) as refusal:
        shapes.admit(bow_tie, types=("Polygon",))

    assert "Self-intersection" in refusal.value.extra["reason"]
    assert shapely.geometry.shape(refusal.value.extra["repair"]["geometry"]).is_valid


def test_a_polygon_is_taken_where_a_multipolygon_is_wanted() -> None:
    assert shapes.admit(square(0.001), types=("MultiPolygon",)).geom_type == "MultiPolygon"


def test_corners_that_were_not_moved_stay_though_they_come_back_rounded() -> None:
    """Eight decimals of a degree are a millimetre: moving one corner must not shake the others off the neighbours'."""
    x, y = to_city(LON, LAT)
    standing = shapely.Polygon([(x, y), (x + 20.123456, y), (x + 20.123456, y + 30.7654321), (x, y + 30.7654321)])
    out = shapely.transform(reproject(standing, CITY_SRID, WGS84), lambda places: places.round(8))
    corners = shapely.get_coordinates(out)
    corners[2] = to_lonlat(x + 22, y + 31)

    moved = shapes.settled(shapes.admit(shapely.Polygon(corners), types=("Polygon",)), onto=standing)

    assert shapely.get_coordinates(moved)[[0, 1, 3]].tolist() == shapely.get_coordinates(standing)[[0, 1, 3]].tolist()
    assert shapely.get_coordinates(moved)[2] == pytest.approx([x + 22, y + 31], abs=1e-5)


@pytest.mark.parametrize(
    "shape", [shapely.Point(1, 2), shapely.LineString([(0, 0), (5, 5)]), shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(3, 3, 4, 4)])]
)
def test_what_lies_elsewhere_is_left_alone(shape: shapely.Geometry) -> None:
    assert shapes.settled(shape, onto=shapely.box(100, 100, 101, 101)) == shape
    assert shapes.settled(shape, onto=shape) == shape


def test_a_shape_that_would_fold_stays_as_it_came() -> None:
    thin = shapely.Polygon([(0, 0), (10, 0), (10, 0.0006), (0, 0.0006)])
    assert shapes.settled(thin, onto=shapely.LineString([(0, 0), (10, 0)])) == thin
