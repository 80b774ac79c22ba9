"""Seconds by street and canal equal an independent shortest path, and water is crossed on bridges only."""

import networkx
import numpy as np
import pytest
import shapely
from shapely.geometry import LineString, Point, box

from geo.network import JOIN_REACH_M, MODES, WALKING_MPS, Closure, Network, Stretches

BLOCK_M = 120.0
SIDE = 9
CANAL_X = 4.5 * BLOCK_M
BRIDGES = (1, 7)


def grid_city(seed: int = 1) -> Stretches:
    """Nine by nine streets, one-ways and narrow alleys among them, cut by a canal that has two bridges, one of them weak."""
    random = np.random.default_rng(seed)
    rows = []
    for i in range(SIDE):
        for j in range(SIDE):
            here = (i * BLOCK_M, j * BLOCK_M)
            if j + 1 < SIDE:
                rows.append(street(here, (i * BLOCK_M, (j + 1) * BLOCK_M), random))
            if i + 1 < SIDE and (i != 4 or j in BRIDGES):
                rows.append(street(here, ((i + 1) * BLOCK_M, j * BLOCK_M), random, load_limit_t=2.0 if (i, j) == (4, 1) else np.inf))
    for j in range(-1, SIDE):
        rows.append((LineString([(CANAL_X, (j - 0.3) * BLOCK_M), (CANAL_X, (j + 0.7) * BLOCK_M)]), "canal", 15.0, 20.0, False, np.inf))
    lines, medium, speed, width, oneway, load = zip(*rows, strict=True)
    return Stretches(
        lines=np.array(lines, dtype=object),
        medium=np.array(medium),
        speed_kmh=np.array(speed),
        width_m=np.array(width),
        oneway=np.array(oneway),
        usable=np.ones(len(rows), dtype=bool),
        load_limit_t=np.array(load),
    )


def street(a: tuple[float, float], b: tuple[float, float], random: np.random.Generator, load_limit_t: float = np.inf) -> tuple:
    bridge = a[0] < CANAL_X < b[0]
    narrow, oneway = (False, False) if bridge else (random.random() < 0.15, random.random() < 0.2)
    middle = ((a[0] + b[0]) / 2 + random.normal(0, 5), (a[1] + b[1]) / 2 + random.normal(0, 5))
    return LineString([a, middle, b]), "street", float(random.choice([20, 30, 40])), 2.0 if narrow else 6.0, bool(oneway), load_limit_t


def oracle(stretches: Stretches, mode_code: str, weight_t: float, start: tuple[float, float], end: tuple[float, float]) -> float:
    """The same question by brute force and networkx, sharing nothing with the network but the rules' constants."""
    mode = MODES[mode_code]
    water = [line for line, medium, width in zip(stretches.lines, stretches.medium, stretches.width_m, strict=True) if medium == "canal" and width >= 4]
    usable = [
        k
        for k in range(len(stretches))
        if stretches.medium[k] == mode.medium and stretches.width_m[k] >= mode.width_m and stretches.load_limit_t[k] >= weight_t
    ]
    graph = networkx.MultiDiGraph()

    def node(point: tuple[float, float]) -> tuple[float, float]:
        return (round(point[0], 3), round(point[1], 3))

    def joined(place: tuple[float, float]) -> tuple[int, float, float] | None:
        best = None
        for k in usable:
            line = stretches.lines[k]
            along = line.project(Point(place))
            connector = LineString([place, line.interpolate(along)]) if line.distance(Point(place)) > 0 else None
            if mode.medium == "street" and connector is not None and any(connector.crosses(canal) for canal in water):
                continue
            distance = line.distance(Point(place))
            along = 0.0 if along < 0.1 else line.length if along > line.length - 0.1 else along
            if distance <= JOIN_REACH_M and (best is None or distance < best[2] - 1e-9):
                best = (k, along, distance)
        return best

    ends = [joined(start), joined(end)]
    if None in ends:
        return np.inf
    cuts: dict[int, list[tuple[float, str]]] = {}
    for name, (k, along, _) in zip(("start", "end"), ends, strict=True):
        cuts.setdefault(k, []).append((along, name))
    for k in usable:
        line = stretches.lines[k]
        kmh = mode.top_kmh if mode.steady else min(mode.top_kmh, stretches.speed_kmh[k])
        for along, name in cuts.get(k, []):
            if along in (0.0, line.length):
                junction = node(line.coords[0 if along == 0 else -1])
                graph.add_edge(name, junction, weight=0.0)
                graph.add_edge(junction, name, weight=0.0)
        between = sorted(cut for cut in cuts.get(k, []) if 0 < cut[0] < line.length)
        stops = [(0.0, node(line.coords[0])), *between, (line.length, node(line.coords[-1]))]
        for (from_m, a), (to_m, b) in zip(stops, stops[1:], strict=False):
            seconds = (to_m - from_m) / (kmh / 3.6)
            graph.add_edge(a, b, weight=seconds)
            if not (stretches.oneway[k] and mode.keeps_oneway):
                graph.add_edge(b, a, weight=seconds)
    try:
        ride = networkx.shortest_path_length(graph, "start", "end", weight="weight")
    except networkx.NetworkXNoPath:
        return np.inf
    return ride + (ends[0][2] + ends[1][2]) / WALKING_MPS


@pytest.mark.parametrize("weight_t", [0.2, 10.0])
@pytest.mark.parametrize("mode", sorted(MODES))
def test_seconds_equal_an_independent_shortest_path_on_100_random_pairs(mode: str, weight_t: float) -> None:
    stretches, random = grid_city(), np.random.default_rng(7)
    network = Network(stretches)
    for _ in range(100):
        places = random.uniform(-60, SIDE * BLOCK_M, (2, 2))
        if mode == "boat":
            places[:, 0] = CANAL_X + random.uniform(-300, 300, 2)
        start, end = (tuple(place) for place in places)

        expected = oracle(stretches, mode, weight_t, start, end)
        inward = network.graph(mode, weight_t).tree_to(*end)
        outward = network.graph(mode, weight_t).tree_from(*start)

        assert inward.travel_s(np.array([start]))[0] == pytest.approx(expected, abs=1e-3)
        assert outward.travel_s(np.array([end]))[0] == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("mode", ["car", "boat", "foot"])
def test_a_way_is_drawn_over_its_stretches_and_begins_and_ends_where_asked(mode: str) -> None:
    stretches, random = grid_city(), np.random.default_rng(3)
    graph = Network(stretches).graph(mode, 0.2)
    streets = shapely.union_all(stretches.lines[graph.used]).buffer(0.5)
    drawn = 0
    for _ in range(40):
        start, end = (tuple(place) for place in random.uniform([CANAL_X - 350, 0], [CANAL_X + 350, 800], (2, 2)))
        ways = [graph.tree_to(*end).way(start), graph.tree_from(*start).way(end)]
        if ways[0] is None:
            continue
        drawn += 1
        for way in ways:
            assert way.line.coords[0] == pytest.approx(start) and way.line.coords[-1] == pytest.approx(end)
            off_street_m = way.line.difference(streets).length
            walked_m = graph.join(np.array([start, end])).walk_m.sum()
            assert off_street_m <= walked_m + 1.0
        assert ways[0].distance_m == pytest.approx(ways[1].distance_m, rel=1e-6)
        for tree, place in ((graph.tree_to(*end), start), (graph.tree_from(*start), end)):
            seconds, metres, _ = tree.arrivals(np.array([place]))
            assert (seconds[0], metres[0]) == pytest.approx((ways[0].travel_s, ways[0].distance_m), rel=1e-6)
    assert drawn > 20


def test_what_is_near_across_a_canal_without_a_bridge_is_far() -> None:
    network = Network(grid_city())
    west, east = (CANAL_X - 60, 4 * BLOCK_M), (CANAL_X + 60, 4 * BLOCK_M)

    way = network.graph("car", 1.5).tree_to(*east).way(west)

    assert Point(west).distance(Point(east)) == 120
    assert way.distance_m > 600
    assert way.line.crosses(LineString([(CANAL_X, -500), (CANAL_X, 2000)]))


def test_a_heavy_engine_takes_the_strong_bridge() -> None:
    network = Network(grid_city(seed=5))
    west, east = (3 * BLOCK_M, 0.0), (6 * BLOCK_M, 0.0)
    weak = box(CANAL_X - 40, BLOCK_M - 40, CANAL_X + 40, BLOCK_M + 40)

    light, heavy = (network.graph("truck", weight).tree_to(*east).way(west) for weight in (1.5, 12.0))

    assert light.line.intersects(weak)
    assert not heavy.line.intersects(weak)


@pytest.mark.parametrize("modes", [(), ("car",)])
def test_a_closure_turns_away_the_modes_that_it_names(modes: tuple[str, ...]) -> None:
    open_city = Network(grid_city())
    across = LineString([(CANAL_X, BLOCK_M - 30), (CANAL_X, BLOCK_M + 30)])
    closed = open_city.with_closures([Closure(across, 0.0, modes)])
    west, east = (4 * BLOCK_M, BLOCK_M), (5 * BLOCK_M, BLOCK_M)

    def seconds(network: Network, mode: str) -> float:
        return float(network.graph(mode, 0.2).tree_to(*east).travel_s(np.array([west]))[0])

    assert seconds(closed, "car") > seconds(open_city, "car") + 60
    assert (seconds(closed, "motorbike") == seconds(open_city, "motorbike")) is bool(modes)


def test_a_closure_along_a_street_leaves_its_side_streets_open() -> None:
    stretches = grid_city()
    street_ = stretches.lines[0]
    factors = Network(stretches, [Closure(street_, 0.5)]).factors("car")

    assert factors[0] == 0.5
    assert (factors != 1).sum() == 1


def test_a_place_out_of_reach_has_no_way() -> None:
    graph = Network(grid_city()).graph("car")

    assert graph.tree_to(10_000, 10_000).way((0, 0)) is None
    assert np.isinf(graph.tree_to(0, 0).travel_s(np.array([[10_000.0, 10_000.0]]))[0])


def test_a_city_without_streets_reaches_nothing() -> None:
    stretches = Stretches(
        np.array([], dtype=object), np.array([]), *(np.array([], dtype=float),) * 2, *(np.array([], dtype=bool),) * 2, np.array([], dtype=float)
    )

    assert Network(stretches).graph("car").tree_to(0, 0).way((0, 0)) is None


def test_what_is_reached_in_time_is_what_the_seconds_say() -> None:
    graph = Network(grid_city()).graph("car", 0.2)
    tree = graph.tree_from(4 * BLOCK_M, 4 * BLOCK_M)

    ends = np.array([part.interpolate(share, normalized=True).coords[0] for part in tree.reached(60) for share in (0.01, 0.5, 0.99)])

    assert len(ends) > 30
    # a point on the centre line joins the network without walking
    assert tree.travel_s(ends).max() <= 60.01
