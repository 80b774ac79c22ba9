"""Prove that land is neither made nor lost: what is divided, merged or given a new boundary measures what it measured, to the square centimetre."""

import math
from itertools import pairwise

import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shapely import LineString, Point, Polygon, box
from shapely.affinity import rotate, translate

from geo import parcelling
from geo.crs import to_city, to_lonlat
from geo.errors import Problem

X0, Y0 = to_city(105.8150, 9.8165)
SAME_M2 = 0.01


def ground(*offsets_m: tuple[float, float], holes: tuple[tuple[tuple[float, float], ...], ...] = ()) -> Polygon:
    """A polygon whose corners lie so many metres east and north of the junction."""
    return Polygon([(X0 + x, Y0 + y) for x, y in offsets_m], [[(X0 + x, Y0 + y) for x, y in hole] for hole in holes])


def drawn(*offsets_m: tuple[float, float]) -> LineString:
    return LineString([(X0 + x, Y0 + y) for x, y in offsets_m])


PLOT = ground((10, 10), (30, 10), (30, 40), (10, 40))
RIGHT = ground((30, 10), (50, 10), (50, 40), (30, 40))
COURTYARD = ground((0, 0), (40, 0), (40, 40), (0, 40), holes=(((15, 15), (25, 15), (25, 25), (15, 25)),))
HORSESHOE = ground((0, 0), (60, 0), (60, 50), (40, 50), (40, 20), (20, 20), (20, 50), (0, 50))


@st.composite
def plots(draw: st.DrawFn) -> Polygon:
    """Star-shaped plots of 5 to 9 corners, some with a yard inside."""
    corners = draw(st.integers(5, 9))
    reach_m = [draw(st.floats(12, 60)) for _ in range(corners)]
    turn = draw(st.floats(0, math.tau))
    outline = [(r * math.cos(turn + math.tau * k / corners), r * math.sin(turn + math.tau * k / corners)) for k, r in enumerate(reach_m)]
    yard = (((-2.0, -2.0), (2.0, -2.0), (2.0, 2.0), (-2.0, 2.0)),) if draw(st.booleans()) else ()
    shape = ground(*outline, holes=yard)
    assume(shape.is_valid)
    return shape


@st.composite
def lines(draw: st.DrawFn) -> LineString:
    """Lines from beyond the plot to beyond it, straight or bent."""
    turn = draw(st.floats(0, math.pi))
    bends = [(draw(st.floats(-40, 40)), draw(st.floats(-20, 20))) for _ in range(draw(st.integers(0, 3)))]
    places = [(-150.0, draw(st.floats(-8, 8))), *sorted(bends), (150.0, draw(st.floats(-8, 8)))]
    # One that runs back over itself has a spur, which ends inside.
    assume(all(after[0] - before[0] > 1 for before, after in pairwise(places)))
    return rotate(drawn(*places), turn, origin=(X0, Y0), use_radians=True)


def refused(code: str, **asked: object) -> Problem:
    verb = getattr(parcelling, str(asked.pop("verb")))
    with pytest.raises(Problem) as caught:
        verb(**asked)
    assert caught.value.code == code
    return caught.value


def is_partition(whole: Polygon, parts: tuple[Polygon, ...]) -> None:
    assert all(part.is_valid and part.geom_type == "Polygon" for part in parts)
    assert abs(sum(part.area for part in parts) - whole.area) < SAME_M2
    assert shapely.unary_union(parts).symmetric_difference(whole).area < SAME_M2
    assert all(one.intersection(other).area < 1e-6 for k, one in enumerate(parts) for other in parts[:k])


@settings(max_examples=150, deadline=None)
@given(plots(), lines())
def test_a_split_makes_parts_that_are_the_parcel_and_do_not_overlap(plot: Polygon, line: LineString) -> None:
    try:
        made = parcelling.split(parcel=plot, line=line)
    except Problem as problem:
        # The oracle: what shapely would cut off is too little, or nothing.
        left = shapely.get_parts(plot.difference(line.buffer(1e-7)))
        assert problem.code in ("cut_misses", "cut_too_close") and min(part.area for part in left) < parcelling.SMALLEST_M2 or len(left) < 2
        return
    is_partition(plot, made.parts)
    assert len(made.parts) == len(shapely.get_parts(plot.difference(line.buffer(1e-7))))
    assert all(plot.boundary.distance(shapely.Point(place)) < 1e-6 for place in made.vertices)


@settings(max_examples=60, deadline=None)
@given(plots(), lines())
def test_what_was_split_merges_back_into_what_it_was(plot: Polygon, line: LineString) -> None:
    try:
        parts = parcelling.split(parcel=plot, line=line).parts
        back = parcelling.merge(parcels=parts)
    except Problem:
        assume(False)
    assert abs(back.shape.area - plot.area) < SAME_M2 and abs(back.closed_m2) < SAME_M2
    assert back.shape.symmetric_difference(plot).area < SAME_M2


@settings(max_examples=80, deadline=None)
@given(plots(), st.floats(0, 360), st.integers(2, 7))
def test_equal_parts_are_equal_to_the_square_centimetre(plot: Polygon, bearing_deg: float, parts: int) -> None:
    try:
        made = parcelling.subdivide(parcel=plot, bearing_deg=bearing_deg, parts=parts)
    except Problem as problem:
        assert problem.code == "not_one_piece"
        return
    is_partition(plot, made.parts)
    assert all(abs(part.area - plot.area / parts) < SAME_M2 for part in made.parts)


def test_a_line_across_makes_two_and_names_its_two_corners() -> None:
    made = parcelling.split(parcel=PLOT, line=drawn((0, 20), (40, 20)))

    assert [round(part.area, 2) for part in made.parts] == [400.0, 200.0]
    assert sorted((round(x - X0, 6), round(y - Y0, 6)) for x, y in made.vertices) == [(10, 20), (30, 20)]


def test_a_line_across_a_horseshoe_makes_three() -> None:
    made = parcelling.split(parcel=HORSESHOE, line=drawn((-5, 35), (65, 35)))

    assert [round(part.area, 2) for part in made.parts] == [1800.0, 300.0, 300.0]


def test_a_line_through_the_yard_divides_and_one_that_ends_in_the_yard_does_not() -> None:
    assert len(parcelling.split(parcel=COURTYARD, line=drawn((-5, 20), (45, 20))).parts) == 2

    refused("cut_misses", verb="split", parcel=COURTYARD, line=drawn((-5, 20), (20, 20)))


def test_a_closed_line_inside_cuts_an_island_out() -> None:
    made = parcelling.split(parcel=PLOT, line=drawn((15, 15), (25, 15), (25, 25), (15, 25), (15, 15)))

    assert [round(part.area, 2) for part in made.parts] == [500.0, 100.0] and len(made.parts[0].interiors) == 1


def test_a_line_that_ends_inside_is_refused_with_its_place() -> None:
    problem = refused("cut_ends_inside", verb="split", parcel=PLOT, line=drawn((0, 20), (22, 20)))

    assert problem.extra["place"] == pytest.approx(to_lonlat(X0 + 22, Y0 + 20)) and "8.00 m" in problem.en


@pytest.mark.parametrize("end", [29.96, 29.9999999, 30.0, 30.04])
def test_a_line_that_stops_within_reach_of_the_outline_was_meant_to_end_on_it(end: float) -> None:
    made = parcelling.split(parcel=PLOT, line=drawn((10.001, 20), (end, 20)))

    assert [round(part.area, 3) for part in made.parts] == [400.0, 200.0]


def test_a_line_from_corner_to_corner_makes_no_new_vertex_even_when_it_comes_half_a_millimetre_off() -> None:
    made = parcelling.split(parcel=PLOT, line=drawn((10.0005, 10.0004), (29.9996, 39.9995)))

    assert made.vertices == () and [round(part.area, 6) for part in made.parts] == [300.0, 300.0]


def test_a_line_with_a_spur_is_refused_for_the_spur() -> None:
    problem = refused("cut_ends_inside", verb="split", parcel=PLOT, line=drawn((0, 20), (20, 20), (20, 25), (20, 20), (40, 20)))
    assert problem.extra["place"] == pytest.approx(to_lonlat(X0 + 20, Y0 + 25))


@pytest.mark.parametrize("line", [drawn((0, 0), (5, 50)), drawn((10, 10), (10, 40)), drawn((0, 10), (40, 10))])
def test_a_line_beside_or_along_the_outline_divides_nothing(line: LineString) -> None:
    refused("cut_misses", verb="split", parcel=PLOT, line=line)


def test_a_cut_a_millimetre_off_the_outline_is_a_slip() -> None:
    refused("cut_too_close", verb="split", parcel=PLOT, line=drawn((10.003, 0), (10.003, 50)))


def test_neighbours_merge_and_the_sliver_between_them_is_closed() -> None:
    apart = translate(RIGHT, 0.03, 0)

    merged = parcelling.merge(parcels=[PLOT, apart])

    assert merged.shape.geom_type == "Polygon" and not merged.shape.interiors
    assert merged.closed_m2 == pytest.approx(0.9, abs=0.01)
    assert merged.shape.area == pytest.approx(1200.9, abs=0.01)


def test_neighbours_of_which_one_has_more_corners_on_the_common_edge_merge_without_a_seam() -> None:
    finer = ground((30, 10), (50, 10), (50, 40), (30, 40), (30.01, 33.3), (29.99, 21.7))

    merged = parcelling.merge(parcels=[PLOT, finer])

    assert not merged.shape.interiors and abs(merged.shape.area - 1200) < 0.5


@pytest.mark.parametrize(
    "other",
    [ground((30, 40), (50, 40), (50, 60), (30, 60)), translate(RIGHT, 0.2, 0), translate(RIGHT, 100, 0), ground((30, 39.8), (50, 39.8), (50, 60), (30, 60))],
)
def test_what_meets_at_a_corner_or_not_at_all_is_not_merged(other: Polygon) -> None:
    refused("not_neighbours", verb="merge", parcels=[PLOT, other])


def test_three_in_a_row_merge_in_any_order_and_one_apart_is_named() -> None:
    third = translate(RIGHT, 20, 0)
    assert parcelling.merge(parcels=[PLOT, third, RIGHT]).shape.area == pytest.approx(1800)

    assert refused("not_neighbours", verb="merge", parcels=[PLOT, RIGHT, translate(third, 50, 0)]).extra["apart"] == [2]


def test_a_new_boundary_moves_land_and_makes_none() -> None:
    first, second = parcelling.adjust(first=PLOT, second=RIGHT, line=drawn((27, 5), (33, 45)))

    assert first.area + second.area == pytest.approx(1200, abs=SAME_M2)
    assert first.intersection(PLOT).area > 500 and second.intersection(RIGHT).area > 500
    assert first.intersection(second).area < 1e-6


def test_a_bulge_replaces_only_a_stretch_of_the_boundary() -> None:
    """Both ends stand on the old boundary, drawn from either end."""
    bulge = drawn((30, 20), (33, 20), (33, 30), (30, 30))

    for line in (bulge, LineString(bulge.coords[::-1])):
        first, second = parcelling.adjust(first=PLOT, second=RIGHT, line=line)
        assert (first.area, second.area) == (pytest.approx(630), pytest.approx(570))


def test_a_line_from_the_outline_to_the_old_boundary_keeps_the_other_half_of_it() -> None:
    for line in (drawn((36, 10), (30, 25)), drawn((30, 25), (36, 10))):
        first, second = parcelling.adjust(first=PLOT, second=RIGHT, line=line)
        assert (first.area, second.area) == (pytest.approx(645), pytest.approx(555))


def test_a_boundary_that_begins_in_the_middle_of_the_others_edge_is_found_from_either_side() -> None:
    """As between a part of a split and the neighbour: its corner stands on the neighbour's edge, beside it by less than a hair."""
    upper = ground((10, 25), (30 - 1e-7, 25), (30, 40), (10, 40))
    bulge = drawn((30, 28), (33, 28), (33, 35), (30, 35))

    for first, second, grows in ((upper, RIGHT, 0), (RIGHT, upper, 1)):
        made = parcelling.adjust(first=first, second=second, line=bulge)
        assert made[grows].area == pytest.approx(300 + 21, abs=0.001)
        # A line right across needs no old boundary.
        assert sum(part.area for part in parcelling.adjust(first=first, second=second, line=drawn((35, 5), (35, 45)))) == pytest.approx(900, abs=0.001)


def test_a_new_boundary_that_ends_in_a_parcel_or_cuts_it_in_three_is_refused() -> None:
    refused("cut_ends_inside", verb="adjust", first=PLOT, second=RIGHT, line=drawn((27, 5), (33, 25)))
    refused("not_one_piece", verb="adjust", first=PLOT, second=RIGHT, line=drawn((20, 5), (20, 45), (40, 45), (40, 5)))
    refused("not_neighbours", verb="adjust", first=PLOT, second=translate(RIGHT, 5, 0), line=drawn((27, 5), (33, 45)))


def test_an_area_is_cut_off_from_the_left_and_the_rest_is_the_last() -> None:
    north = parcelling.subdivide(parcel=PLOT, bearing_deg=0, area_m2=150)
    east = parcelling.subdivide(parcel=PLOT, bearing_deg=90, area_m2=250, parts=2)

    assert [round(part.area, 3) for part in north.parts] == [150.0, 150.0, 150.0, 150.0] or [round(part.area, 3) for part in north.parts] == [150.0] * 3 + [
        150.0
    ]
    assert north.parts[0].bounds[0] == PLOT.bounds[0], "looking north, the left is the west"
    assert [round(part.area, 3) for part in east.parts] == [250.0, 350.0]
    assert east.parts[0].bounds[3] == PLOT.bounds[3], "looking east, the left is the north"


@pytest.mark.parametrize("asked", [{"parts": 1}, {"parts": 201}, {"area_m2": 600}, {"area_m2": -1}, {"area_m2": math.nan}, {"area_m2": 400, "parts": 3}, {}])
def test_what_does_not_fit_the_parcel_is_refused(asked: dict[str, float]) -> None:
    refused("bad_division", verb="subdivide", parcel=PLOT, bearing_deg=0, **asked)


def test_a_part_of_two_pieces_is_refused() -> None:
    refused("not_one_piece", verb="subdivide", parcel=HORSESHOE, bearing_deg=90, parts=4)


def test_a_neighbour_given_the_vertices_has_them_and_loses_nothing() -> None:
    made = parcelling.split(parcel=PLOT, line=drawn((0, 20.123), (40, 27.5)))

    neighbour = parcelling.with_vertices(RIGHT, made.vertices)

    assert set(neighbour.exterior.coords) - set(RIGHT.exterior.coords) == {place for place in made.vertices if place[0] > X0 + 20}
    assert abs(neighbour.area - RIGHT.area) < 1e-6
    assert parcelling.with_vertices(box(0, 0, 1, 1), made.vertices) == box(0, 0, 1, 1)


def test_what_would_hold_a_worker_for_minutes_is_refused_at_once() -> None:
    comb = ground(*((k / 10, 50 if k % 2 else 0) for k in range(3_000)), (300, -10), (0, -10))
    zigzag = drawn(*((-5 if k % 2 else 305, k / 20) for k in range(900)))

    refused("bad_division", verb="split", parcel=comb, line=zigzag)
    refused("bad_division", verb="subdivide", parcel=comb, bearing_deg=0, parts=100)
    round_ = [Point(X0 + 60 * k, Y0).buffer(31, quad_segs=3_000) for k in range(2)]
    refused("bad_division", verb="merge", parcels=round_)


def test_a_round_parcel_of_many_corners_is_divided_all_the_same() -> None:
    pond = Point(X0, Y0).buffer(200, quad_segs=1_000)

    made = parcelling.subdivide(parcel=pond, bearing_deg=12, parts=10)

    is_partition(pond, made.parts)
    assert all(abs(part.area - pond.area / 10) < SAME_M2 for part in made.parts)
