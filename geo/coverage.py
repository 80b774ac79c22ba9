"""Coverage: how soon the best of some units is at each cell of the city. Arrays in, arrays out; one run over the network for each kind of vehicle.

A cell that no street or canal reaches is infinitely far. It says the same seconds as `Tree.travel_s` from each unit would, of which it is the least.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import shapely
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra
from shapely.geometry.base import BaseGeometry

from geo.network import LEAST_S, WALKING_MPS, Floats, Graph, Ints, Joins, Network, times

CELL_M = 100.0


@dataclass(frozen=True, eq=False)
class Cells:
    """Square cells on a grid anchored at the origin of the city's metres, by column and row."""

    cell_m: float
    column: Ints
    row: Ints

    @cached_property
    def centres(self) -> Floats:
        """(n, 2) city metres."""
        return np.asarray((np.column_stack([self.column, self.row]) + 0.5) * self.cell_m, dtype=np.float64)

    def __len__(self) -> int:
        return len(self.column)


@dataclass(frozen=True)
class Stand:
    """How a unit moves, what it weighs, where it stands in city metres, and how long it takes to set out."""

    mode: str
    weight_t: float
    place: tuple[float, float]
    delay_s: float = 0.0


def cells_within(outline: BaseGeometry, cell_m: float = CELL_M) -> Cells:
    """The cells whose centre lies within a shape of city metres, from the south-west, row by row."""
    if outline.is_empty:
        return Cells(cell_m, np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))
    west, south, east, north = np.floor(np.array(outline.bounds) / cell_m).astype(np.int64)
    columns, rows = np.meshgrid(np.arange(west, east + 1), np.arange(south, north + 1))
    column, row = columns.ravel(), rows.ravel()
    shapely.prepare(outline)
    within = shapely.contains_xy(outline, (column + 0.5) * cell_m, (row + 0.5) * cell_m)
    return Cells(cell_m, column[within], row[within])


def soonest_s(*, network: Network, stands: Sequence[Stand], groups: Sequence[Sequence[int]], cells: Cells) -> Floats:
    """(groups, cells) seconds until the best stand of each group is there; a group is a list of places in `stands`.

    "What if this one leaves" is one group more, without it. Raises KeyError for an unknown mode.
    """
    found = np.full((len(groups), len(cells)), np.inf)
    by_graph: dict[Graph, list[int]] = defaultdict(list)
    for index, stand in enumerate(stands):
        by_graph[network.graph(stand.mode, stand.weight_t)].append(index)
    for graph, members in by_graph.items():
        joins = graph.join(np.array([stands[index].place for index in members], dtype=np.float64))
        # Setting out takes as long as a walk of so many metres would.
        joins = replace(joins, walk_m=joins.walk_m + np.array([stands[index].delay_s for index in members]) * WALKING_MPS)
        number = {index: position for position, index in enumerate(members)}
        parties = [np.array([number[index] for index in group if index in number], dtype=np.int64) for group in groups]
        np.minimum(found, _graph_s(graph, joins, parties, graph.joined(cells, cells.centres)), out=found)
    return found


def within_share(seconds: Floats, limit_s: float, weight: Floats | None = None) -> float:
    """Which share of the cells, or of what they weigh (people, houses), is reached in time."""
    weights = np.ones(seconds.shape[-1]) if weight is None else weight
    total = float(weights.sum())
    return float(weights[seconds <= limit_s].sum() / total) if total else 0.0


def lost(now_s: Floats, after_s: Floats, limit_s: float) -> Ints:
    """The cells that were reached in time and are no longer, the longest wait first."""
    cells = np.flatnonzero((now_s <= limit_s) & (after_s > limit_s))
    return cells[np.argsort(-after_s[cells], kind="stable")]


def _graph_s(graph: Graph, joins: Joins, parties: Sequence[Ints], cells: Joins) -> Floats:
    """(parties, cells) seconds over one graph."""
    found = np.full((len(parties), len(cells.stretch)), np.inf)
    on = np.flatnonzero(cells.stretch >= 0)
    if not len(on) or not (joins.stretch >= 0).any():
        return found
    junction_s = _fan(graph, joins, parties)
    stretch = cells.stretch[on]
    share = _share(graph, stretch, cells.along_m[on])
    ends = graph.network.ends[stretch]
    by_first = junction_s[:, ends[:, 0]] + times(share, graph.forward_s[stretch])
    by_last = junction_s[:, ends[:, 1]] + times(1 - share, graph.backward_s[stretch])
    reached = np.minimum(by_first, by_last)
    _straight(graph, joins, parties, stretch, share, reached)
    found[:, on] = reached + cells.walk_m[on] / WALKING_MPS
    return found


def _share(graph: Graph, stretch: Ints, along_m: Floats) -> Floats:
    return np.clip(along_m / np.maximum(graph.network.length_m[stretch], 1e-9), 0, 1)


def _fan(graph: Graph, joins: Joins, parties: Sequence[Ints]) -> Floats:
    """(parties, junctions) seconds: each party is a node of its own, with an arc to both ends of every member's stretch."""
    count = graph.drawn.shape[0]
    stretch, share = joins.stretch, _share(graph, joins.stretch, joins.along_m)
    begin, end, seconds = [graph.begin], [graph.end], [graph.seconds]
    for number, members in enumerate(parties):
        on = members[stretch[members] >= 0]
        walk_s = joins.walk_m[on] / WALKING_MPS
        arcs_s = np.concatenate([times(share[on], graph.backward_s[stretch[on]]) + walk_s, times(1 - share[on], graph.forward_s[stretch[on]]) + walk_s])
        to = np.concatenate([graph.network.ends[stretch[on], 0], graph.network.ends[stretch[on], 1]])
        order = np.lexsort((arcs_s, to))
        to, arcs_s = to[order], arcs_s[order]
        # The quickest of several to one junction: a CSR matrix would add them up.
        kept = np.isfinite(arcs_s) & np.append(True, to[1:] != to[:-1])[: len(to)]
        begin.append(np.full(int(kept.sum()), count + number))
        end.append(to[kept])
        seconds.append(np.maximum(arcs_s[kept], LEAST_S))
    size = count + len(parties)
    all_begin = np.concatenate(begin)
    starts = np.searchsorted(all_begin, np.arange(size + 1))
    matrix = csr_matrix((np.concatenate(seconds), np.concatenate(end), starts), shape=(size, size))
    return dijkstra(matrix, indices=np.arange(count, size))[:, :count]


def _straight(graph: Graph, joins: Joins, parties: Sequence[Ints], stretch: Ints, share: Floats, reached: Floats) -> None:
    """A member on the very stretch of a cell goes along it, not round by its ends."""
    order = np.argsort(stretch, kind="stable")
    low, high = np.searchsorted(stretch[order], joins.stretch, side="left"), np.searchsorted(stretch[order], joins.stretch, side="right")
    own_share = _share(graph, joins.stretch, joins.along_m)
    for number, members in enumerate(parties):
        for member in members[(joins.stretch[members] >= 0) & (high[members] > low[members])]:
            cells = order[low[member] : high[member]]
            way, ahead = joins.stretch[member], share[cells] - own_share[member]
            seconds = times(np.abs(ahead), np.where(ahead >= 0, graph.forward_s[way], graph.backward_s[way])) + joins.walk_m[member] / WALKING_MPS
            reached[number, cells] = np.minimum(reached[number, cells], seconds)
