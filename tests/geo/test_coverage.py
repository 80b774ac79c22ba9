"""How soon the best unit is at each cell is what every unit's own way says, and what networkx says."""

import numpy as np
import pytest
import shapely
from shapely.geometry import LineString, box

from geo import coverage
from geo.coverage import Stand, cells_within, soonest_s
from geo.network import WALKING_MPS, Closure, Network
from tests.geo.test_network import BLOCK_M, CANAL_X, SIDE, grid_city, oracle

CITY = box(-60, -60, SIDE * BLOCK_M, SIDE * BLOCK_M)
KINDS = [("car", 1.5), ("motorbike", 0.3), ("truck", 12.0), ("boat", 2.0), ("foot", 0.1)]


def stands(n: int, seed: int = 4) -> list[Stand]:
    random = np.random.default_rng(seed)
    found = []
    for index in range(n):
        mode, weight_t = KINDS[index % len(KINDS)]
        x = CANAL_X + random.uniform(-50, 50) if mode == "boat" else random.uniform(0, SIDE * BLOCK_M - 200)
        found.append(Stand(mode, weight_t, (float(x), float(random.uniform(0, SIDE * BLOCK_M - 200)))))
    return found


def one_by_one(network: Network, of: list[Stand], places: np.ndarray) -> np.ndarray:
    return np.min([network.graph(one.mode, one.weight_t).tree_from(*one.place).travel_s(places) for one in of], axis=0)


@pytest.mark.parametrize("closed", [False, True])
def test_one_run_is_the_least_of_a_run_for_each_unit_and_way(closed: bool) -> None:
    across = LineString([(CANAL_X, BLOCK_M - 30), (CANAL_X, BLOCK_M + 30)])
    network = Network(grid_city()).with_closures([Closure(across, 0.0), Closure(box(0, 0, 300, 130), 0.0, ("car", "foot"))] if closed else [])
    units, cells = stands(25), cells_within(CITY, 70.0)
    groups = [list(range(25)), [0, 5, 10], [3, 8], []]

    found = soonest_s(network=network, stands=units, groups=groups, cells=cells)

    for group, seconds in zip(groups, found, strict=True):
        expected = one_by_one(network, [units[index] for index in group], cells.centres) if group else np.full(len(cells), np.inf)
        np.testing.assert_allclose(seconds, expected, atol=1e-3)
    assert np.isfinite(found[0]).all()


def test_the_seconds_are_those_of_an_independent_shortest_path() -> None:
    stretches, units = grid_city(), stands(6)
    cells = cells_within(CITY, 180.0)

    found = soonest_s(network=Network(stretches), stands=units, groups=[range(6)], cells=cells)[0]

    for cell in range(0, len(cells), 5):
        expected = min(oracle(stretches, unit.mode, unit.weight_t, unit.place, tuple(cells.centres[cell])) for unit in units)
        assert found[cell] == pytest.approx(expected, abs=1e-2)


def test_a_unit_on_the_cells_own_street_does_not_go_round_by_its_ends() -> None:
    network, where = Network(grid_city()), (0.0, 0.4 * BLOCK_M)
    cells = cells_within(box(-30, 0.4 * BLOCK_M, 30, 0.6 * BLOCK_M), 20.0)
    found = soonest_s(network=network, stands=[Stand("foot", 0.1, where)], groups=[[0]], cells=cells)[0]

    assert found.max() < (BLOCK_M * 0.4) / WALKING_MPS


def test_whoever_leaves_makes_no_cell_sooner_and_some_later() -> None:
    units, cells = stands(8), cells_within(CITY, 90.0)
    now, after = soonest_s(network=Network(grid_city()), stands=units, groups=[range(8), range(1, 8)], cells=cells)

    assert (after >= now).all() and (after > now).any()
    lost = coverage.lost(now, after, float(np.median(now)))
    assert (now[lost] <= np.median(now)).all() and (np.diff(after[lost]) <= 0).all()
    assert coverage.within_share(now, np.inf) == 1.0 and coverage.within_share(now, -1.0) == 0.0


def test_a_cell_whose_street_is_closed_is_joined_as_if_the_street_were_not_there() -> None:
    opened, cells = Network(grid_city()), cells_within(CITY, 60.0)
    opened.graph("car", 1.5).joined(cells, cells.centres)
    shut = opened.with_closures([Closure(box(100, 100, 400, 500), 0.0)]).graph("car", 1.5)

    again, plainly = shut.joined(cells, cells.centres), shut.join(cells.centres)

    # At a junction any of its stretches is the nearest: what counts is where the place meets the network.
    met = [shapely.line_interpolate_point(opened.stretches.lines[joins.stretch], joins.along_m) for joins in (again, plainly)]
    np.testing.assert_allclose(shapely.distance(*met), 0, atol=1e-6)
    np.testing.assert_array_equal(again.walk_m, plainly.walk_m)
    assert not np.isin(again.stretch, np.setdiff1d(np.arange(len(opened.stretches)), shut.used)).any()
    assert (again.stretch != opened.graph("car", 1.5).joined(cells, cells.centres).stretch).any()


def test_cells_lie_on_one_grid_whatever_the_outline() -> None:
    wide, narrow = cells_within(box(0, 0, 1_000, 1_000)), cells_within(box(310, 310, 690, 690))

    assert {tuple(centre) for centre in narrow.centres} <= {tuple(centre) for centre in wide.centres}
    assert len(wide) == 100 and len(narrow) == 16
    assert len(cells_within(shapely.Polygon())) == 0
