"""Arrivals equal an independent shortest path to the second, on a thousand random pairs for each mode, with streets and canals closed and slowed.

networkx on a graph that is cut at every place asked for; one Dijkstra a scene. It shares the rules' constants with the network and nothing else.
"""

from collections.abc import Sequence
from itertools import pairwise

import networkx
import numpy as np
import pytest
import shapely
from shapely.geometry import LineString, Point, box

from geo.network import JOIN_REACH_M, MODES, WALKING_MPS, Closure, Network, Stretches
from tests.geo.test_network import BLOCK_M, CANAL_X, SIDE, grid_city

SCENES, UNITS = 40, 25
Place = tuple[float, float]

# Closed to all, slowed for all, closed to some, slowed for some; a line, an area, a point; overlapping ones too.
CLOSURES = (
    Closure(LineString([(2 * BLOCK_M, 3 * BLOCK_M - 8), (2 * BLOCK_M, 4 * BLOCK_M + 8)]), 0.0),
    Closure(box(5.4 * BLOCK_M, 1.5 * BLOCK_M, 7.5 * BLOCK_M, 3.5 * BLOCK_M), 0.35),
    Closure(box(0.5 * BLOCK_M, 5.5 * BLOCK_M, 2.5 * BLOCK_M, 7.5 * BLOCK_M), 0.0, ("car", "truck")),
    Closure(Point(CANAL_X, 2.5 * BLOCK_M), 0.5, ("boat",)),
    Closure(LineString([(CANAL_X, 4.9 * BLOCK_M), (CANAL_X, 5.5 * BLOCK_M)]), 0.2, ("boat",)),
    Closure(box(6 * BLOCK_M, 2 * BLOCK_M, 8.5 * BLOCK_M, 5.2 * BLOCK_M), 0.6, ("motorbike", "foot")),
    Closure(LineString([(4 * BLOCK_M - 10, 7 * BLOCK_M), (5 * BLOCK_M + 10, 7 * BLOCK_M)]), 0.0, ("truck",)),
)
WIDTH_M = {"Point": 10.0, "LineString": 4.0, "Polygon": 0.0}


def share_left(stretches: Stretches, mode: str) -> list[float]:
    """What closures leave of each stretch's speed, one stretch and one closure after the other."""
    left = []
    for line in stretches.lines:
        factor = 1.0
        for closure in CLOSURES:
            zone = closure.shape.buffer(WIDTH_M[closure.shape.geom_type]) if WIDTH_M[closure.shape.geom_type] else closure.shape
            if (not closure.modes or mode in closure.modes) and line.intersection(zone).length > min(6.0, line.length / 2):
                factor = min(factor, closure.factor)
        left.append(factor)
    return left


class Oracle:
    """The same city for one vehicle, as lists and loops."""

    def __init__(self, stretches: Stretches, mode: str, weight_t: float) -> None:
        self.stretches, self.mode = stretches, MODES[mode]
        self.left = share_left(stretches, mode)
        self.usable = [
            k
            for k in range(len(stretches))
            if stretches.medium[k] == self.mode.medium
            and stretches.width_m[k] >= self.mode.width_m
            and stretches.load_limit_t[k] >= weight_t
            and self.left[k] > 0
        ]
        canals = [line for line, medium, width in zip(stretches.lines, stretches.medium, stretches.width_m, strict=True) if medium == "canal" and width >= 4]
        self.water = shapely.union_all(canals)
        shapely.prepare(self.water)

    def joined(self, place: Place) -> tuple[int, float, float] | None:
        """Stretch, metres along it, metres walked: the nearest that no water lies before."""
        point, lines = Point(place), self.stretches.lines[self.usable]
        distances = shapely.distance(lines, point)
        for index in np.argsort(distances, kind="stable"):
            k, line = self.usable[index], lines[index]
            if distances[index] > JOIN_REACH_M:
                return None
            along = line.project(point)
            connector = LineString([place, line.interpolate(along)])
            if self.mode.medium == "street" and connector.length > 0 and connector.crosses(self.water):
                continue
            along = 0.0 if along < 0.1 else line.length if along > line.length - 0.1 else along
            return k, along, float(distances[index])
        return None

    def graph(self, joins: Sequence[tuple[int, float, float] | None]) -> networkx.MultiDiGraph:
        """Junctions, and a node wherever a place meets a stretch."""
        cuts: dict[int, list[tuple[float, object]]] = {}
        for number, join in enumerate(joins):
            if join is not None:
                cuts.setdefault(join[0], []).append((join[1], number))
        graph = networkx.MultiDiGraph()
        for k in self.usable:
            line = self.stretches.lines[k]
            first, last = ((round(x, 3), round(y, 3)) for x, y in (line.coords[0], line.coords[-1]))
            kmh = (self.mode.top_kmh if self.mode.steady else min(self.mode.top_kmh, self.stretches.speed_kmh[k])) * self.left[k]
            oneway = bool(self.stretches.oneway[k]) and self.mode.keeps_oneway
            stops = [(0.0, first), *sorted(cuts.get(k, []), key=lambda cut: cut[0]), (line.length, last)]
            for (from_m, a), (to_m, b) in pairwise(stops):
                seconds = (to_m - from_m) / (kmh / 3.6)
                graph.add_edge(a, b, weight=seconds)
                # A place at the very end of a stretch is its junction, whichever way one may drive.
                if not oneway or to_m == from_m:
                    graph.add_edge(b, a, weight=seconds)
        return graph

    def seconds(self, scene: Place, units: Sequence[Place]) -> list[float]:
        joins = [self.joined(place) for place in (scene, *units)]
        if joins[0] is None:
            return [np.inf] * len(units)
        reached = networkx.single_source_dijkstra_path_length(self.graph(joins).reverse(copy=False), 0, weight="weight")
        walked = [np.inf if join is None else (join[2] + joins[0][2]) / WALKING_MPS for join in joins]
        return [reached.get(number, np.inf) + walked[number] for number in range(1, len(joins))]


@pytest.mark.parametrize(("mode", "weight_t"), [("motorbike", 0.3), ("car", 1.8), ("truck", 10.0), ("foot", 0.1), ("boat", 1.2)])
def test_arrivals_equal_an_independent_shortest_path_on_a_thousand_pairs_with_closures(mode: str, weight_t: float) -> None:
    stretches, random = grid_city(3), np.random.default_rng(19)
    graph, oracle = Network(stretches, CLOSURES).graph(mode, weight_t), Oracle(stretches, mode, weight_t)
    unclosed = Network(stretches).graph(mode, weight_t)
    reached = changed = 0
    for _ in range(SCENES):
        places = random.uniform(-60, SIDE * BLOCK_M, (1 + UNITS, 2))
        if mode == "boat":
            places[:, 0] = CANAL_X + random.uniform(-300, 300, 1 + UNITS)
        scene, units = tuple(places[0]), places[1:]

        expected = oracle.seconds(scene, [tuple(place) for place in units])
        found, metres, _ = graph.tree_to(*scene).arrivals(units)

        assert found == pytest.approx(expected, abs=1e-3)
        assert np.isfinite(metres).tolist() == np.isfinite(expected).tolist()
        reached += int(np.isfinite(found).sum())
        changed += int((~np.isclose(found, unclosed.tree_to(*scene).travel_s(units), atol=1)).sum())
    assert reached > SCENES * UNITS / 4, "a truck finds both bridges closed; the others have a way nearly always"
    assert changed > SCENES * UNITS / 20, "closures are on many of the ways"
