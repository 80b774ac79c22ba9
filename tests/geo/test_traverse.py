"""Prove that a survey walked by bearings and distances ends where its coordinates say: a wrong sign or swapped X and Y moves a parcel across the canal."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo import traverse
from geo.errors import Problem
from geo.traverse import Course

# A parcel at the junction of Ngã Bảy in VN-2000 / TM-3 105°: X (Bắc), Y (Đông) of its corners, as a coordinate table writes them.
TABLE = [(1085679.94, 589213.00), (1085709.94, 589213.00), (1085709.94, 589233.00), (1085679.94, 589233.00)]


def legs(table: list[tuple[float, float]]) -> list[Course]:
    """The bearings and distances between the corners of a table, back to the first."""
    made = []
    for (north, east), (next_north, next_east) in zip(table, [*table[1:], table[0]], strict=True):
        turned = math.degrees(math.atan2(next_east - east, next_north - north)) % 360
        made.append(Course(turned, math.hypot(next_east - east, next_north - north)))
    return made


def test_a_walk_north_grows_x_and_a_walk_east_grows_y() -> None:
    walked = traverse.walk(start=(589213.00, 1085679.94), courses=[Course(0, 30), Course(90, 20)])

    assert walked.stations[1] == pytest.approx((589213.00, 1085709.94)), "due north: the northing grows"
    assert walked.stations[2] == pytest.approx((589233.00, 1085709.94)), "due east: the easting grows"
    assert not walked.closes


def test_the_table_of_a_parcel_closes_on_itself() -> None:
    walked = traverse.walk(start=(TABLE[0][1], TABLE[0][0]), courses=legs(TABLE))

    assert walked.closes and walked.misclosure_m == pytest.approx(0, abs=1e-6)
    assert [(round(y, 3), round(x, 3)) for x, y in walked.stations[:-1]] == TABLE
    assert walked.stations[-1] == walked.stations[0]


def test_a_misclosure_is_told_and_spread_over_the_legs_by_their_length() -> None:
    off = [*legs(TABLE)[:3], Course(270, 20.10)]

    walked = traverse.walk(start=(TABLE[0][1], TABLE[0][0]), courses=off)

    assert walked.misclosure_m == pytest.approx(0.10) and walked.misclosure_bearing_deg == pytest.approx(270)
    assert walked.one_in == pytest.approx(100.1 / 0.10)
    moved_m = [math.dist((x, y), (east, north)) for (x, y), (north, east) in zip(walked.stations, TABLE, strict=False)]
    assert moved_m == pytest.approx([0, 0.10 * 30 / 100.1, 0.10 * 50 / 100.1, 0.10 * 80 / 100.1])


@given(st.lists(st.tuples(st.floats(0, 359.99), st.floats(1, 500)), min_size=1, max_size=30))
def test_the_way_back_ends_at_the_start(walked: list[tuple[float, float]]) -> None:
    there = traverse.walk(start=(589202.9, 1085669.9), courses=[Course(turned, far) for turned, far in walked])
    back = [Course((turned + 180) % 360, far) for turned, far in reversed(walked)]

    around = traverse.walk(start=(589202.9, 1085669.9), courses=[*[Course(turned, far) for turned, far in walked], *back])

    assert around.length_m == pytest.approx(2 * there.length_m)
    assert math.dist(around.stations[-1], (589202.9, 1085669.9)) < 1e-6


@pytest.mark.parametrize(
    ("written", "degrees"),
    [("45°30'15\"", 45.504166667), ("45-30-15", 45.504166667), ("45 30 15", 45.504166667), ("45°30′15″", 45.504166667), ("45d30m15s", 45.504166667),
     ("45°30'15,5\"", 45.504305556), ("45°30.25'", 45.504166667), ("45.5", 45.5), ("45,5°", 45.5), ("0", 0), ("360", 0), (271.25, 271.25)],
)  # fmt: skip
def test_a_bearing_is_read_as_surveyors_write_it(written: float | str, degrees: float) -> None:
    assert traverse.bearing(written) == pytest.approx(degrees)


@pytest.mark.parametrize("written", ["", "north", "45°60'00\"", "45°30'60\"", "361", "-5", "N45E", "4e1", math.inf, math.nan, True])
def test_a_bearing_that_is_none_is_refused(written: float | str) -> None:
    with pytest.raises(Problem) as caught:
        traverse.bearing(written)
    assert caught.value.code == "bad_course"


@pytest.mark.parametrize("far", [0, -3, math.nan, math.inf, 1e9])
def test_a_distance_that_leads_nowhere_is_refused_with_the_number_of_its_course(far: float) -> None:
    with pytest.raises(Problem) as caught:
        traverse.walk(start=(0, 0), courses=[Course(0, 10), Course(90, far)])
    assert caught.value.extra == {"course": 2}
