"""Ground floods when water finds a way to it, not because it is low; zones fit together and streets are as deep as their lowest place."""

import numpy as np
import pytest
import shapely
from shapely.geometry import LineString, box

from geo import flooding
from geo.flooding import NEVER, WATER, Ground
from geo.water import step_of
from geo.water import steps as water_steps

LEVELS = water_steps(50, 250)


def polder() -> tuple[Ground, np.ndarray]:
    """A canal in the west (5 columns), a bank of 1.0 m, low land of 0.4 m behind a dike of 1.5 m, high land of 2.0 m in the east, and a pit of 0.2 m in it."""
    heights = np.full((60, 100), 1.0, dtype=np.float32)
    heights[:, 20:22] = 1.5
    heights[:, 22:60] = 0.4
    heights[:, 60:] = 2.0
    heights[10:15, 80:85] = 0.2
    heights[50:55, 90:95] = np.nan
    ground = Ground(heights, west=1_000.0, north=2_000.0, cell_m=5.0)
    water = flooding.covered(ground, [box(1_000, 1_700, 1_025, 2_000)])
    return ground, water


def test_what_lies_behind_a_dike_stays_dry_until_the_dike_is_topped() -> None:
    ground, water = polder()
    reached = flooding.reached_from_cm(ground, water, LEVELS)

    assert water[:, :5].all() and not water[:, 7:].any()
    assert (reached[water] == WATER).all()
    assert (reached[:, 8:20] == 100).all()
    assert (reached[:, 22:60] == 150).all(), "0.4 m lies low for long, and is reached over 1.5 m"
    assert (reached[12, 80:85] == 200).all(), "a pit within high ground"
    assert (reached[50:55, 90:95] == NEVER).all(), "of what nobody measured nothing is said"


def test_a_dike_that_runs_diagonally_still_holds() -> None:
    heights = np.full((30, 30), 0.3, dtype=np.float32)
    heights[np.arange(30), np.arange(30)] = 2.0
    ground = Ground(heights, 0.0, 150.0, 5.0)
    water = np.zeros_like(heights, dtype=bool)
    water[29, 0] = True

    reached = flooding.reached_from_cm(ground, water, LEVELS)

    assert (reached[np.tril_indices(30, -1)][:-1] <= 50).mean() > 0.99 and (reached[np.triu_indices(30, 1)] == 200).all()


def test_zones_neither_overlap_nor_leave_gaps_and_grow_with_the_level() -> None:
    ground, water = polder()
    reached = flooding.reached_from_cm(ground, water, LEVELS)
    found = flooding.bands(ground, reached)

    shapes = np.array([shape for _, shape in found], dtype=object)
    assert shapely.is_valid(shapes).all() and {level for level, _ in found} == {100, 150, 200}
    assert shapely.area(shapes).sum() == pytest.approx(shapely.union_all(shapes).area, rel=1e-6)
    for level in (100, 150, 200):
        drawn = sum(shape.area for one, shape in found if one <= level)
        assert drawn == pytest.approx(int(((reached <= level) & ~water).sum()) * 25, rel=0.02)


def test_a_street_is_as_deep_as_its_lowest_place_where_water_comes() -> None:
    ground, water = polder()
    reached = flooding.reached_from_cm(ground, water, LEVELS)
    lines = np.array([LineString([(1_150, 1_900), (1_250, 1_900)]), LineString([(1_320, 1_800), (1_480, 1_800)]), LineString([(5_000, 0), (5_100, 0)])])

    depth = {level: flooding.depths_cm(ground, reached, lines, LEVELS)[:, LEVELS.index(level)].tolist() for level in (100, 140, 150, 200, 220)}

    assert depth[100] == [0, 0, 0] and depth[140] == [0, 0, 0]
    assert depth[150][0] == pytest.approx(110, abs=1)
    assert depth[200][1] == 1 or depth[200][1] == 0
    assert depth[220] == [pytest.approx(180, abs=1), pytest.approx(20, abs=1), 0]


def test_a_level_stands_for_itself_or_the_next_one_above() -> None:
    assert [step_of(level) for level in (150, 150.0001, 151, 160, -12, 0)] == [150, 150, 160, 160, -10, 0]


def test_without_water_or_heights_nothing_floods() -> None:
    ground, water = polder()
    assert (flooding.reached_from_cm(ground, np.zeros_like(water), LEVELS) == NEVER).all()
    empty = Ground(np.full((20, 20), np.nan, dtype=np.float32), 0, 100, 5)
    reached = flooding.reached_from_cm(empty, np.zeros((20, 20), dtype=bool), LEVELS)
    assert (reached == NEVER).all() and flooding.bands(empty, reached) == []
    assert flooding.depths_cm(empty, reached, np.array([], dtype=object), LEVELS).shape == (0, len(LEVELS))


def test_zones_meet_across_the_edges_that_they_are_cut_along() -> None:
    heights = np.fromfunction(lambda row, column: np.where(column < 130 + 30 * np.sin(row / 17), 1.0, 1.4), (260, 260)).astype(np.float32)
    ground = Ground(heights, west=0.0, north=1_300.0, cell_m=5.0)
    river = LineString([(x, 650 + 200 * np.sin(x / 150)) for x in range(-50, 1_400, 10)]).buffer(30)
    water = flooding.covered(ground, [river])
    reached = flooding.reached_from_cm(ground, water, LEVELS)
    found = np.array([shape for _, shape in flooding.bands(ground, reached)], dtype=object)

    assert (reached[~water] <= 250).all() and len(found) >= 6
    # Every bit of land floods in the end: the outer edge of all zones is the land's own, to the centimetre, seams and banks included.
    assert shapely.area(found).sum() == pytest.approx(int((~water).sum()) * 25, rel=1e-9)
    assert shapely.union_all(found).area == pytest.approx(shapely.area(found).sum(), rel=1e-9)
