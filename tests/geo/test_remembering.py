"""What is remembered of a graph says what the graph says, is looked for once, is bounded, and goes with it."""

import gc
import weakref

import numpy as np
import pytest
from shapely.geometry import box

from geo import remembering
from geo.network import Closure, Network
from tests.geo.test_network import BLOCK_M, SIDE, grid_city


def places(n: int, seed: int = 5) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in np.random.default_rng(seed).uniform(-600, SIDE * BLOCK_M, (n, 2))]


@pytest.mark.parametrize("mode", ["car", "foot", "boat"])
def test_what_is_remembered_is_what_the_graph_says(mode: str) -> None:
    graph = Network(grid_city()).graph(mode)
    units, scene = places(60), places(1, 6)[0]
    remembering.join(graph, units[:40])

    for _ in range(2):
        joins, tree = remembering.join(graph, units), remembering.tree_to(graph, *scene)
        seconds, metres, plain = graph.tree_to(*scene).arrivals(np.array(units))
        assert joins.stretch.tolist() == plain.stretch.tolist()
        assert np.array_equal(joins.walk_m, plain.walk_m) and np.array_equal(joins.along_m, plain.along_m)
        assert [np.array_equal(one, other) for one, other in zip(tree.arrivals_of(joins), (seconds, metres), strict=True)] == [True, True]
    assert len(remembering.join(graph, []).stretch) == 0


def test_a_place_is_looked_for_once_and_a_tree_is_grown_once(monkeypatch: pytest.MonkeyPatch) -> None:
    graph, units = Network(grid_city()).graph("car"), places(30)
    asked: list[int] = []
    plain = graph.join
    monkeypatch.setattr(graph, "join", lambda given: (asked.append(len(given)), plain(given))[1])

    remembering.join(graph, units)
    remembering.join(graph, [*units[1:], (3.0, 4.0)])
    assert asked == [30, 1], "only the unit that moved"
    assert remembering.tree_to(graph, 100, 100) is remembering.tree_to(graph, 100, 100)


def test_the_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembering, "MOST_TREES", 3)
    monkeypatch.setattr(remembering, "MOST_JOINS", 50)
    graph = Network(grid_city()).graph("car")
    first = remembering.tree_to(graph, 0, 0)
    for number in range(4):
        remembering.tree_to(graph, number * 50.0, 10)
        remembering.join(graph, places(20, number))

    memory = graph.kept["memory"]
    assert len(memory.trees) == 3 and len(memory.joins) <= 50
    assert remembering.tree_to(graph, 0, 0) is not first


def test_a_closure_makes_another_graph_and_the_old_one_goes_with_all_that_was_remembered() -> None:
    network = Network(grid_city())
    scene, units = (100.0, 100.0), places(20)
    before = remembering.tree_to(network.graph("car"), *scene).arrivals_of(remembering.join(network.graph("car"), units))[0]
    closed = network.with_closures([Closure(box(0, 0, 1_000, 1_000), 0.5)])
    after = remembering.tree_to(closed.graph("car"), *scene).arrivals_of(remembering.join(closed.graph("car"), units))[0]
    assert not np.allclose(before, after)

    watched = weakref.ref(closed.graph("car"))
    del closed
    gc.collect()
    assert watched() is None
