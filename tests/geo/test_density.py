"""The grid of density: one cell, one name, one area, at every zoom."""

import math

import numpy as np
import pytest

from geo import density, tilegrid
from geo.crs import to_city
from tests.conftest import JUNCTION


def test_cells_are_squares_of_powers_of_two_anchored_at_the_origin() -> None:
    x_m, y_m = to_city(*JUNCTION)
    i, j = density.cell_of(x_m, y_m, 6)

    assert density.side_m(6) == 64
    assert i * 64 <= x_m < (i + 1) * 64
    assert j * 64 <= y_m < (j + 1) * 64
    assert density.cell_of(-0.5, 64.0, 6) == (-1, 1)


def test_finer_zooms_never_draw_coarser_cells() -> None:
    levels = [density.level_of(z) for z in range(tilegrid.MAX_ZOOM + 1)]

    assert levels == sorted(levels, reverse=True)
    assert (levels[11], levels[15]) == (9, 6)


@pytest.mark.parametrize("cell", [(6, 9123, 16987), (15, 0, 0), (6, -1, -8_388_608), (9, 8_388_607, -77)])
def test_a_cell_packs_into_a_number_that_javascript_counts_exactly(cell: tuple[int, int, int]) -> None:
    assert density.unpack(density.pack(*cell)) == cell
    assert density.pack(*cell) < 2**53


def test_four_cells_have_one_parent() -> None:
    children = [density.pack(6, 2 * -5 + i, 2 * 7 + j) for i in (0, 1) for j in (0, 1)]

    assert {density.parent(child) for child in children} == {density.pack(7, -5, 7)}


def test_density_times_area_times_days_is_the_number_of_cases() -> None:
    for level, days in ((6, 7.0), (9, 30.0), (12, 365.25)):
        area_km2 = (density.side_m(level) / 1000) ** 2
        assert math.isclose(17 * density.per_case(level, days) * area_km2 * days / 30, 17)


def test_the_legend_has_a_colour_for_every_density_and_none_for_nothing() -> None:
    ramp = density.legend()["ramp"]
    found = density.classes(np.array([0.0, 0.001, 5.0, 499.9, 500.0, 1e9]))

    assert found.tolist() == [0, 1, 2, 7, 8, 8]
    assert [row["to"] for row in ramp[:-1]] == [row["from"] for row in ramp[1:]]
    assert ramp[-1]["to"] is None


def test_a_tile_far_from_the_city_has_no_box_and_the_whole_world_has_the_citys() -> None:
    assert tilegrid.city_box(5, 0, 0) is None
    xmin, ymin, xmax, ymax = tilegrid.city_box(0, 0, 0)
    x_m, y_m = to_city(*JUNCTION)
    assert xmin < x_m < xmax < 2e6
    assert ymin < y_m < ymax < 3e6
