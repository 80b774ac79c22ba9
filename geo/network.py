"""Streets and canals as a network: how many seconds from many places to one, by which way, for one kind of vehicle.

Takes arrays and shapely geometries in city metres, never rows. A place off the network is joined to it on foot, by the nearest
stretch that the vehicle may use and that no water lies before: what is near in a straight line may be far across a canal.
"""

from collections.abc import Hashable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
import shapely.ops
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra
from shapely.geometry import LineString
from shapely.geometry.base import BaseGeometry

from geo.stretches import MODES as MODES
from geo.stretches import Closure as Closure
from geo.stretches import Floats as Floats
from geo.stretches import Ints as Ints
from geo.stretches import Joins as Joins
from geo.stretches import Mode as Mode
from geo.stretches import Stretches as Stretches
from geo.stretches import Way as Way

WALKING_MPS = 1.2
# Farther from the network than this a vehicle cannot be said to get there.
JOIN_REACH_M = 400.0
# Ends of stretches this close are one junction: surveys and re-projections wobble by less.
JUNCTION_M = 0.1
SHORTEST_S = 1e-3
# An arc of nothing would be no arc.
LEAST_S = 1e-9
# A closure's line takes in what runs along or across it, not the side streets that only touch its ends.
CLOSURE_WIDTH_M = {"Point": 10.0, "LineString": 4.0, "Polygon": 0.0}
CLOSURE_OVERLAP_M = 6.0


class Network:
    """All stretches and today's closures; `graph` gives the part that one vehicle may use.

    `slowed` says of a mode what share of its speed something other than a closure, as water, leaves to each stretch; `pace` how fast it is
    really driven against what is assumed, as trips have shown.
    """

    def __init__(
        self, stretches: Stretches, closures: Sequence[Closure] = (), slowed: Mapping[str, Floats] | None = None, pace: Mapping[str, Floats] | None = None
    ) -> None:
        self.stretches = stretches
        self.length_m = shapely.length(stretches.lines)
        self.ends = self._junctions()
        self.closures = tuple(closures)
        self.slowed, self.pace = dict(slowed or {}), dict(pace or {})
        # The same streets with everything open, which other conditions are compared with.
        self.open: Network = self if not closures and not slowed and not pace else self.with_closures((), pace={})
        self._graphs: dict[tuple[str, int], Graph] = {}
        self._held: dict[bytes, Ints] = {}

    def _junctions(self) -> Ints:
        """(n, 2) junction numbers of each stretch's first and last point; equal places of one medium are one junction."""
        if not len(self.stretches):
            return np.empty((0, 2), dtype=np.int64)
        first = shapely.get_coordinates(shapely.get_point(self.stretches.lines, 0))
        last = shapely.get_coordinates(shapely.get_point(self.stretches.lines, -1))
        places = np.round(np.concatenate([first, last]) / JUNCTION_M).astype(np.int64)
        medium = np.concatenate([self.stretches.medium, self.stretches.medium]) == "canal"
        _, numbers = np.unique(np.column_stack([places, medium]), axis=0, return_inverse=True)
        return numbers.reshape(2, -1).T

    def with_closures(self, closures: Sequence[Closure], slowed: Mapping[str, Floats] | None = None, pace: Mapping[str, Floats] | None = None) -> "Network":
        """The same streets under other closures, at the same pace where none is given; what those shapes hold that stood before is not looked for again."""
        other = object.__new__(Network)
        other.stretches, other.length_m, other.ends = self.stretches, self.length_m, self.ends
        other.closures, other.slowed, other._graphs = tuple(closures), dict(slowed or {}), {}
        other.pace = self.pace if pace is None else dict(pace)
        other.open = getattr(self, "open", other)
        other._held = dict(getattr(self, "_held", {}))
        return other

    @cached_property
    def water(self) -> shapely.STRtree:
        """The lines that nobody walks across; made once for all conditions, as the tree of all lines is."""
        return (
            self.open.water
            if self.open is not self
            else shapely.STRtree(self.stretches.lines[(self.stretches.medium == "canal") & (self.stretches.width_m >= 4)])
        )

    def graph(self, mode: str, weight_t: float = 0.0) -> "Graph":
        """What a vehicle of this mode and weight may use. Raises KeyError for an unknown mode."""
        # Vehicles that the same bridges carry share a graph.
        key = (mode, int(np.searchsorted(self._limits_t, weight_t)))
        if key not in self._graphs:
            self._graphs[key] = Graph(self, mode, self.factors(mode), weight_t)
        return self._graphs[key]

    @cached_property
    def _limits_t(self) -> Floats:
        return np.unique(self.stretches.load_limit_t)

    def factors(self, mode: str) -> Floats:
        """The share of its speed that closures and water leave to each stretch for a mode."""
        factors = np.minimum(1.0, self.slowed[mode]) if mode in self.slowed else np.ones(len(self.stretches))
        for closure, held in zip(self.closures, self.held(), strict=True):
            if not closure.modes or mode in closure.modes:
                factors[held] = np.minimum(factors[held], max(closure.factor, 0.0))
        return factors

    def held(self) -> list[Ints]:
        """The stretches that each closure holds: those that run along or across it, not the side streets that only touch its ends."""
        keys = [closure.shape.wkb for closure in self.closures]
        fresh = {key: closure.shape for key, closure in zip(keys, self.closures, strict=True) if key not in self._held}
        wanted = set(keys)
        self._held = {key: held for key, held in self._held.items() if key in wanted}
        if fresh:
            zones = np.array([_zone(shape) for shape in fresh.values()], dtype=object)
            shapely.prepare(zones)
            zone, stretch = self._all.query(zones, predicate="intersects")
            inside_m = self.length_m[stretch]
            cut = np.flatnonzero(~shapely.covers(zones[zone], self.stretches.lines[stretch]))
            inside_m[cut] = shapely.length(shapely.intersection(self.stretches.lines[stretch[cut]], zones[zone[cut]]))
            enough = inside_m > np.minimum(CLOSURE_OVERLAP_M, self.length_m[stretch] / 2)
            self._held |= {key: stretch[(zone == number) & enough] for number, key in enumerate(fresh)}
        return [self._held[key] for key in keys]

    @cached_property
    def _all(self) -> shapely.STRtree:
        return self.open._all if self.open is not self else shapely.STRtree(self.stretches.lines)


def _zone(shape: BaseGeometry) -> BaseGeometry:
    width_m = CLOSURE_WIDTH_M.get(shape.geom_type.removeprefix("Multi"), 0.0)
    return shape.buffer(width_m) if width_m else shape


class Graph:
    """The arcs that one vehicle may use, both as drawn and reversed, as SciPy CSR matrices of seconds."""

    def __init__(self, network: Network, code: str, factors: Floats, weight_t: float) -> None:
        self.network, self.code, self.mode, self.weight_t = network, code, MODES[code], weight_t
        mode = self.mode
        self._joined: dict[Hashable, Joins] = {}
        # What readers remember of it (geo.remembering): gone with it.
        self.kept: dict[str, object] = {}
        stretches = network.stretches
        kmh = np.full(len(stretches), mode.top_kmh) if mode.steady else np.minimum(stretches.speed_kmh, mode.top_kmh)
        kmh = kmh * network.pace[code] if code in network.pace else kmh
        allowed = (
            (stretches.medium == mode.medium)
            & stretches.usable
            & (stretches.width_m >= mode.width_m)
            & (stretches.load_limit_t >= weight_t)
            & (factors > 0)
            & (kmh > 0)
        )
        self.used: Ints = np.flatnonzero(allowed)
        seconds = np.full(len(stretches), np.inf)
        seconds[self.used] = np.maximum(network.length_m[self.used] / (kmh[self.used] * factors[self.used] / 3.6), SHORTEST_S)
        self.forward_s = seconds
        self.backward_s = np.where(stretches.oneway & mode.keeps_oneway, np.inf, seconds)
        self.tree = shapely.STRtree(stretches.lines[self.used])
        self._arcs()

    def _arcs(self) -> None:
        """Sorted, one arc a pair of junctions (the quickest): a CSR matrix would add parallel ones up."""
        back = self.used[np.isfinite(self.backward_s[self.used])]
        ends = self.network.ends
        begin = np.concatenate([ends[self.used, 0], ends[back, 1]])
        end = np.concatenate([ends[self.used, 1], ends[back, 0]])
        seconds = np.concatenate([self.forward_s[self.used], self.backward_s[back]])
        stretch = np.concatenate([self.used, back])
        order = np.lexsort((seconds, end, begin))
        begin, end, seconds, stretch = begin[order], end[order], seconds[order], stretch[order]
        quickest = np.ones(len(begin), dtype=bool)
        quickest[1:] = (begin[1:] != begin[:-1]) | (end[1:] != end[:-1])
        self.begin, self.end, self.seconds, self.stretch = begin[quickest], end[quickest], seconds[quickest], stretch[quickest]
        count = int(ends.max()) + 1 if len(ends) else 0
        self.arc_keys = self.begin * count + self.end
        starts = np.searchsorted(self.begin, np.arange(count + 1))
        self.drawn = csr_matrix((self.seconds, self.end, starts), shape=(count, count))
        self.reversed = self.drawn.T.tocsr()

    def join(self, places: Floats) -> Joins:
        """Join places, (n, 2) in city metres, to the nearest usable stretch that no water lies before."""
        count = len(places)
        stretch, along, walk = np.full(count, -1, dtype=np.int64), np.zeros(count), np.full(count, np.inf)
        if not count or not len(self.used):
            return Joins(stretch, along, walk)
        points = shapely.points(places)
        (which, found), metres = self.tree.query_nearest(points, max_distance=JOIN_REACH_M, return_distance=True, all_matches=False)
        stretch[which], walk[which] = self.used[found], metres
        if self.mode.medium == "street":
            wet = self._across_water(points, stretch)
            stretch[wet], walk[wet] = self._nearest_on_this_bank(points[wet])
        joined = stretch >= 0
        along[joined] = self._along(stretch[joined], points[joined])
        return Joins(stretch, along, walk)

    def joined(self, key: Hashable, places: Floats) -> Joins:
        """As join, remembered under a key that stands for these places.

        Conditions and weight only take stretches away: a place keeps its join in the open city unless that very stretch is taken.
        """
        if key not in self._joined:
            opened = self.network.open.graph(self.code)
            self._joined[key] = self.join(places) if opened is self else self._again(opened.joined(key, places), places)
        return self._joined[key]

    def _again(self, before: Joins, places: Floats) -> Joins:
        usable = np.zeros(len(self.network.stretches) + 1, dtype=bool)
        usable[self.used] = True
        lost = np.flatnonzero((before.stretch >= 0) & ~usable[before.stretch])
        if not len(lost):
            return before
        found, now = self.join(places[lost]), Joins(before.stretch.copy(), before.along_m.copy(), before.walk_m.copy())
        now.stretch[lost], now.along_m[lost], now.walk_m[lost] = found.stretch, found.along_m, found.walk_m
        return now

    def _along(self, stretch: Ints, points: npt.NDArray[Any]) -> Floats:
        """Metres along; what meets a stretch at its end meets the junction, whichever of the junction's stretches it was."""
        along_m, length_m = shapely.line_locate_point(self.network.stretches.lines[stretch], points), self.network.length_m[stretch]
        return np.where(along_m < JUNCTION_M, 0.0, np.where(along_m > length_m - JUNCTION_M, length_m, along_m))

    def _connectors(self, points: npt.NDArray[Any], stretch: Ints) -> npt.NDArray[Any]:
        return shapely.shortest_line(points, self.network.stretches.lines[stretch])

    def _across_water(self, points: npt.NDArray[Any], stretch: Ints) -> Ints:
        """Which places would have to cross water on their way to the stretch."""
        joined = np.flatnonzero(stretch >= 0)
        if not len(joined):
            return joined
        crossing, _ = self.network.water.query(self._connectors(points[joined], stretch[joined]), predicate="crosses")
        return joined[np.unique(crossing)]

    def _nearest_on_this_bank(self, points: npt.NDArray[Any]) -> tuple[Ints, Floats]:
        """The nearest stretch of each place that no water lies before (-1: none within reach): all places at once, the next nearest in each round."""
        found, metres = np.full(len(points), -1, dtype=np.int64), np.full(len(points), np.inf)
        which, near = self.tree.query(points, predicate="dwithin", distance=JOIN_REACH_M)
        away_m = shapely.distance(points[which], self.network.stretches.lines[self.used[near]])
        order = np.lexsort((near, away_m, which))
        which, near, away_m = which[order], near[order], away_m[order]
        next_, last = np.searchsorted(which, np.arange(len(points))), np.searchsorted(which, np.arange(len(points)), side="right")
        seeking = np.flatnonzero(next_ < last)
        while len(seeking):
            tried = next_[seeking]
            stretch = self.used[near[tried]]
            crossing, _ = self.network.water.query(self._connectors(points[seeking], stretch), predicate="crosses")
            dry = np.ones(len(seeking), dtype=bool)
            dry[crossing] = False
            found[seeking[dry]], metres[seeking[dry]] = stretch[dry], away_m[tried[dry]]
            next_[seeking] += 1
            seeking = seeking[~dry & (next_[seeking] < last[seeking])]
        return found, metres

    def tree_to(self, x: float, y: float) -> "Tree":
        """Every way to one place."""
        return Tree(self, (x, y), inward=True)

    def tree_from(self, x: float, y: float) -> "Tree":
        """Every way from one place."""
        return Tree(self, (x, y), inward=False)


class Tree:
    """The quickest ways between one place, the root, and everywhere: inward to it, or outward from it."""

    def __init__(self, graph: Graph, root: tuple[float, float], *, inward: bool) -> None:
        self.graph, self.inward, self.root = graph, inward, root
        # The ways that readers remember (geo.remembering): gone with it.
        self.ways: dict[tuple[float, float], Way | None] = {}
        joins = graph.join(np.array([root]))
        self.stretch, self.along_m, self.walk_s = int(joins.stretch[0]), float(joins.along_m[0]), float(joins.walk_m[0]) / WALKING_MPS
        self.reachable = self.stretch >= 0
        if self.reachable:
            matrix = graph.reversed if inward else graph.drawn
            self.ends = graph.network.ends[self.stretch]
            self.offsets_s = self._part_s(np.array([self.stretch]), np.array([self.along_m]), toward_root=True)[:, 0]
            self.junction_s, self.before = self._grown(matrix)

    def _grown(self, matrix: csr_matrix) -> tuple[Floats, Ints]:
        """Seconds between the root and each junction, and the next junction towards it (negative: the root): the root is one node more, with an arc to each end of its stretch."""
        count = matrix.shape[0]
        way_in = np.flatnonzero(np.isfinite(self.offsets_s))
        if self.ends[0] == self.ends[1]:
            way_in = way_in[self.offsets_s[way_in].argmin()][None]
        data = np.concatenate([matrix.data, np.maximum(self.offsets_s[way_in], LEAST_S)])
        starts = np.concatenate([matrix.indptr, [matrix.nnz + len(way_in)]])
        rooted = csr_matrix((data, np.concatenate([matrix.indices, self.ends[way_in]]), starts), shape=(count + 1, count + 1))
        seconds, before = dijkstra(rooted, indices=count, return_predecessors=True)
        return seconds[:count], np.where(before[:count] == count, -1, before[:count])

    def _root_end(self, last: Ints) -> Ints:
        """Which end of the root's stretch a way goes by, from the last junction of it."""
        if self.ends[0] == self.ends[1]:
            return np.full(len(last), self.offsets_s.argmin())
        return np.where(last == self.ends[0], 0, 1)

    def _part_s(self, stretch: Ints, along_m: Floats, *, toward_root: bool) -> Floats:
        """(2, n) seconds between a place on a stretch and its first and last junction, in the direction of travel."""
        graph = self.graph
        share = np.clip(along_m / np.maximum(graph.network.length_m[stretch], 1e-9), 0, 1)
        forward, backward = graph.forward_s[stretch], graph.backward_s[stretch]
        # Inward the root is entered from its junctions and a place is left towards them; outward the other way round.
        entering = self.inward == toward_root
        first = times(share, forward if entering else backward)
        last = times(1 - share, backward if entering else forward)
        return np.stack([first, last])

    def travel_s(self, places: Floats) -> Floats:
        """Seconds between each place, (n, 2) in city metres, and the root; infinite where there is no way."""
        return self._seconds(self.graph.join(np.asarray(places, dtype=np.float64).reshape(-1, 2)))

    def arrivals(self, places: Floats) -> tuple[Floats, Floats, Joins]:
        """Seconds and metres (walking included) between each place and the root, and how each is joined, at one price for all."""
        joins = self.graph.join(np.asarray(places, dtype=np.float64).reshape(-1, 2))
        return *self.arrivals_of(joins), joins

    def arrivals_of(self, joins: Joins) -> tuple[Floats, Floats]:
        """The same of places that have been joined to this graph."""
        seconds, metres = np.full(len(joins.stretch), np.inf), np.full(len(joins.stretch), np.inf)
        on = np.flatnonzero(joins.stretch >= 0)
        if not self.reachable or not len(on):
            return seconds, metres
        stretch, along_m, walk_m = joins.stretch[on], joins.along_m[on], joins.walk_m[on]
        by_end, straight = self._by_end(joins, on), self._straight_s(joins, on)
        end, ride_s = by_end.argmin(axis=0), by_end.min(axis=0)
        seconds[on] = np.minimum(ride_s, straight) + walk_m / WALKING_MPS + self.walk_s
        to_end_m = np.where(end == 0, along_m, self.graph.network.length_m[stretch] - along_m)
        ride_m = to_end_m + self.junction_m[self.graph.network.ends[stretch, end]]
        ride_m = np.where(straight <= ride_s, np.abs(self.along_m - along_m), ride_m)
        metres[on] = np.where(np.isfinite(seconds[on]), ride_m + walk_m + self.walk_s * WALKING_MPS, np.inf)
        return seconds, metres

    @cached_property
    def farthest_s(self) -> float:
        """Seconds between the root and the farthest junction that has a way at all."""
        return float(np.max(self.junction_s, where=np.isfinite(self.junction_s), initial=0.0)) + self.walk_s if self.reachable else 0.0

    @cached_property
    def junction_m(self) -> Floats:
        """Metres along the quickest way from each junction to the root, without the root's own walk."""
        root_m = np.array([self.along_m, float(self.graph.network.length_m[self.stretch]) - self.along_m])
        metres, last = self._tree_m()
        return metres + root_m[self._root_end(last)]

    def _tree_m(self) -> tuple[Floats, Ints]:
        """Metres down the tree from each junction, and the last junction there, all at once: each round doubles the steps that are summed up."""
        graph, before, count = self.graph, self.before, len(self.before)
        node, onward = np.arange(count), np.where(before < 0, np.arange(count), before)
        begin, end = (node, onward) if self.inward else (onward, node)
        arc = np.searchsorted(graph.arc_keys, begin * count + end)
        arc = np.where(arc < len(graph.arc_keys), arc, 0)
        metres = np.where(before < 0, 0.0, graph.network.length_m[graph.stretch[arc]])
        for _ in range(max(count, 2).bit_length()):
            further = onward[onward]
            if np.array_equal(further, onward):
                break
            metres, onward = metres + metres[onward], further
        return metres, onward

    def _seconds(self, joins: Joins) -> Floats:
        result = np.full(len(joins.stretch), np.inf)
        on = np.flatnonzero(joins.stretch >= 0)
        if not self.reachable or not len(on):
            return result
        by_end = self._by_end(joins, on)
        result[on] = np.minimum(by_end.min(axis=0), self._straight_s(joins, on)) + joins.walk_m[on] / WALKING_MPS + self.walk_s
        return result

    def _by_end(self, joins: Joins, on: Ints) -> Floats:
        """(2, n) seconds by leaving over the first or the last junction of the place's own stretch."""
        ends = self.graph.network.ends[joins.stretch[on]]
        return self._part_s(joins.stretch[on], joins.along_m[on], toward_root=False) + self.junction_s[ends].T

    def _straight_s(self, joins: Joins, on: Ints) -> Floats:
        """Seconds along the very stretch that the root stands on, infinite elsewhere and against a one-way."""
        graph, length_m = self.graph, max(float(self.graph.network.length_m[self.stretch]), 1e-9)
        ahead_m = (self.along_m - joins.along_m[on]) * (1 if self.inward else -1)
        seconds = np.where(ahead_m >= 0, graph.forward_s[self.stretch], graph.backward_s[self.stretch])
        return np.where(joins.stretch[on] == self.stretch, times(np.abs(ahead_m) / length_m, seconds), np.inf)

    def way(self, place: tuple[float, float], joins: Joins | None = None) -> Way | None:
        """The quickest way between a place and the root, drawn from where one starts; None where there is none. `joins`: how that one place is joined, where it is known."""
        joins = self.graph.join(np.array([place], dtype=np.float64)) if joins is None else joins
        seconds = float(self._seconds(joins)[0])
        if not np.isfinite(seconds):
            return None
        on = np.array([0])
        straight, by_end = float(self._straight_s(joins, on)[0]), self._by_end(joins, on)[:, 0]
        pieces = self._pieces(joins, straight <= by_end.min(), int(by_end.argmin()))
        line = _chain([np.array([place]), *pieces, np.array([self.root])])
        shape = LineString(line if self.inward else line[::-1])
        return Way(seconds, float(shape.length), shape)

    def _pieces(self, joins: Joins, straight: bool, end: int) -> list[Floats]:
        """Coordinates from the place to the root, piece by piece."""
        lines = self.graph.network.stretches.lines
        stretch, along = int(joins.stretch[0]), float(joins.along_m[0])
        if straight:
            return [_between(lines[stretch], along, self.along_m)]
        junction = int(self.graph.network.ends[stretch, end])
        pieces = [_between(lines[stretch], along, float(lines[stretch].length) * end)]
        while (onward := int(self.before[junction])) >= 0:
            pieces.append(self._arc_line(junction, onward))
            junction = onward
        root_end = int(self._root_end(np.array([junction]))[0])
        pieces.append(_between(lines[self.stretch], float(lines[self.stretch].length) * root_end, self.along_m))
        return pieces

    def spent(self, place: tuple[float, float]) -> list[tuple[int, float]]:
        """The stretches of the quickest way between a place and the root with the seconds on each, without what is walked; none where there is no way."""
        joins = self.graph.join(np.array([place], dtype=np.float64))
        if not np.isfinite(self._seconds(joins)[0]):
            return []
        on, stretch = np.array([0]), int(joins.stretch[0])
        straight, by_end = float(self._straight_s(joins, on)[0]), self._by_end(joins, on)[:, 0]
        if straight <= by_end.min():
            return [(stretch, straight)]
        end = int(by_end.argmin())
        junction = int(self.graph.network.ends[stretch, end])
        found = [(stretch, float(by_end[end] - self.junction_s[junction]))]
        while (onward := int(self.before[junction])) >= 0:
            arc = self._arc(junction, onward)
            found.append((int(self.graph.stretch[arc]), float(self.graph.seconds[arc])))
            junction = onward
        root_end = int(self._root_end(np.array([junction]))[0])
        return [*found, (self.stretch, float(self.offsets_s[root_end]))]

    def _arc(self, here: int, there: int) -> int:
        """The arc between two neighbouring junctions."""
        graph = self.graph
        begin, end = (here, there) if self.inward else (there, here)
        low, high = graph.drawn.indptr[begin], graph.drawn.indptr[begin + 1]
        return int(low + np.searchsorted(graph.end[low:high], end))

    def _arc_line(self, here: int, there: int) -> Floats:
        """The coordinates of the stretch between two neighbouring junctions, from here to there."""
        graph = self.graph
        stretch = int(graph.stretch[self._arc(here, there)])
        line = shapely.get_coordinates(graph.network.stretches.lines[stretch])
        return line if graph.network.ends[stretch, 0] == here else line[::-1]

    def reached(self, limit_s: float) -> list[LineString]:
        """The stretches, or parts of them, that lie within so many seconds of the root."""
        graph = self.graph
        if not self.reachable:
            return []
        parts = []
        for stretch in graph.used:
            parts.extend(self._reached_parts(int(stretch), limit_s))
        return parts

    def _reached_parts(self, stretch: int, limit_s: float) -> list[LineString]:
        graph = self.graph
        line, length_m = graph.network.stretches.lines[stretch], float(graph.network.length_m[stretch])
        first, last = graph.network.ends[stretch]
        # Outward: from the first junction one goes along the line; inward: to reach it one comes against the line.
        along, against = (graph.backward_s, graph.forward_s) if self.inward else (graph.forward_s, graph.backward_s)
        parts = []
        for junction, seconds, from_start in ((first, along[stretch], True), (last, against[stretch], False)):
            left_s = limit_s - self.walk_s - float(self.junction_s[junction])
            if left_s > 0 and np.isfinite(seconds):
                reach_m = min(left_s / seconds, 1.0) * length_m
                parts.append(shapely.ops.substring(line, 0, reach_m) if from_start else shapely.ops.substring(line, length_m - reach_m, length_m))
        if stretch == self.stretch:
            for seconds, sign in ((along[stretch], 1), (against[stretch], -1)):
                reach_m = max(limit_s - self.walk_s, 0) / seconds * length_m if np.isfinite(seconds) else 0.0
                parts.append(shapely.ops.substring(line, self.along_m, min(max(self.along_m + sign * reach_m, 0), length_m)))
        return [part for part in parts if part.length > 0]


def times(share: Floats, seconds: Floats | float) -> Floats:
    """share × seconds, where nothing of a closed direction is still nothing."""
    with np.errstate(invalid="ignore"):
        product = share * seconds
    return np.where(share <= 0, 0.0, product)


def _between(line: LineString, from_m: float, to_m: float) -> Floats:
    return shapely.get_coordinates(shapely.ops.substring(line, from_m, to_m))


def _chain(pieces: list[Floats]) -> Floats:
    """One run of coordinates without repeats; two at least, so that it is a line."""
    joined = np.concatenate(pieces)
    keep = np.ones(len(joined), dtype=bool)
    keep[1:] = np.abs(np.diff(joined, axis=0)).max(axis=1) > 1e-6
    return joined[keep] if keep.sum() > 1 else joined[:2]
