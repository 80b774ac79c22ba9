"""What a camera sees, as geometry: at the junction of Ngã Bảy, where true north is not grid north."""

import math

import pytest
from pyproj import Geod
from shapely.geometry import Point, Polygon, box

from cameras.sight import Eye, Obstacle, bearing_deg, in_sector, sector, sees, shadow, true_north_deg, view
from geo.crs import to_city
from tests.conftest import JUNCTION

X, Y = to_city(*JUNCTION)


def eye(heading_deg: float = 0.0, hfov_deg: float = 60.0, range_m: float = 100.0, height_m: float = 6.0) -> Eye:
    return Eye(X, Y, height_m, heading_deg, hfov_deg, range_m)


def house(west_m: float, south_m: float, east_m: float, north_m: float, height_m: float | None = None) -> Obstacle:
    return Obstacle(box(X + west_m, Y + south_m, X + east_m, Y + north_m), height_m)


def test_true_north_leans_east_of_grid_north_by_the_meridian_convergence() -> None:
    expected = -math.degrees(math.radians(JUNCTION[0] - 105) * math.sin(math.radians(JUNCTION[1])))

    assert true_north_deg(X, Y) == pytest.approx(expected, abs=0.001)
    assert abs(expected) > 0.13


def test_a_camera_that_looks_due_north_looks_along_the_meridian_and_not_along_the_grid() -> None:
    north = eye(heading_deg=0, hfov_deg=0.1, range_m=1_000)
    on_meridian = to_city(JUNCTION[0], JUNCTION[1] + 0.008)

    assert in_sector(north, *on_meridian)
    assert sector(north).buffer(0.01).covers(Point(on_meridian))
    assert not in_sector(north, X, Y + 900)


@pytest.mark.parametrize("azimuth", [0, 45, 137, 270, 359.5])
def test_bearings_are_those_of_the_ellipsoid(azimuth: float) -> None:
    lon, lat, _ = Geod(ellps="WGS84").fwd(*JUNCTION, azimuth, 300)

    difference = (bearing_deg((X, Y), to_city(lon, lat)) - azimuth + 180) % 360 - 180
    assert abs(difference) < 0.01


def test_a_sector_across_north_holds_both_sides_of_it() -> None:
    across = eye(heading_deg=350, hfov_deg=60)

    assert in_sector(across, X + 10, Y + 50)
    assert in_sector(across, X - 30, Y + 50)
    assert not in_sector(across, X + 40, Y + 40)
    assert not in_sector(across, X, Y - 10)


def test_a_dome_sees_all_around() -> None:
    dome = eye(hfov_deg=360, range_m=50)
    seen = view(dome)

    assert seen.area == pytest.approx(math.pi * 50**2, rel=0.002)
    assert all(sees(dome, X + 40 * math.sin(turn), Y + 40 * math.cos(turn)) for turn in range(7))
    assert not sees(dome, X, Y + 51)


def test_a_place_behind_a_house_is_not_seen_and_one_beside_it_is() -> None:
    houses = [house(-10, 30, 10, 40)]

    assert sees(eye(), X, Y + 25, houses)
    assert not sees(eye(), X, Y + 60, houses)
    assert sees(eye(), X + 25, Y + 60, houses)
    assert not sees(eye(), X, Y - 20, houses)


def test_a_low_house_hides_only_what_lies_in_its_shadow() -> None:
    # From 12 m the roof's far edge, 3 m high and 40 m away, hides the ground up to 40 · 12 / (12 - 3) = 53.3 m.
    high, houses = eye(height_m=12), [house(-10, 30, 10, 40, height_m=3)]

    assert not sees(high, X, Y + 52, houses)
    assert sees(high, X, Y + 55, houses)


def test_the_house_that_the_camera_hangs_on_and_the_one_that_the_place_is_in_hide_nothing() -> None:
    assert sees(eye(), X, Y + 35, [house(-10, -8, 10, 0.5), house(-10, 30, 10, 40)])


def test_the_drawn_view_and_the_question_agree_everywhere_outside_houses() -> None:
    houses = [house(-10, 30, 10, 40), house(20, 20, 28, 30, 4), house(-40, 50, -30, 80, 2)]
    looking, drawn = eye(hfov_deg=120), view(eye(hfov_deg=120), houses)

    for east in range(-100, 101, 7):
        for north in range(-100, 101, 7):
            place = Point(X + east, Y + north)
            near_an_edge = drawn.boundary.distance(place) < 0.1
            if not near_an_edge and not any(obstacle.footprint.covers(place) for obstacle in houses):
                assert drawn.covers(place) == sees(looking, place.x, place.y, houses), (east, north)


def test_a_camera_behind_a_wall_on_every_side_sees_only_its_yard() -> None:
    ring = Polygon(box(X - 30, Y - 30, X + 30, Y + 30).exterior.coords, [box(X - 20, Y - 20, X + 20, Y + 20).exterior.coords])
    seen = view(eye(hfov_deg=360), [Obstacle(ring, None)])

    assert seen.area == pytest.approx(40 * 40, rel=1e-6)


def test_the_shadow_of_a_house_higher_than_the_camera_has_no_end_within_the_range() -> None:
    far = shadow(eye(range_m=2_000), house(-2, 5, 2, 6, height_m=9))

    assert far.covers(Point(X, Y + 1_999))
