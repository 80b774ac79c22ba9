"""What is asked of a graph again and again: trees to the last places asked for, and how places that have not moved are joined to it.

All of it is kept with the graph and goes with it, so that nothing outlives a change of street, closure, water or pace.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass, field

import numpy as np

from geo.network import Graph, Joins, Tree, Way

# A tree of a town is some hundred kilobytes; a case is looked at again whenever one of its units moves.
MOST_TREES = 24
MOST_JOINS = 8_000
# The first few of a case are drawn.
MOST_WAYS = 12
Place = tuple[float, float]


@dataclass
class Memory:
    """Of one graph, the newest last."""

    trees: OrderedDict[Place, Tree] = field(default_factory=OrderedDict)
    joins: dict[Place, tuple[int, float, float]] = field(default_factory=dict)
    # The places asked for last, and the answer: mostly nobody has moved.
    last: tuple[list[Place], Joins] | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


def _of(graph: Graph) -> Memory:
    memory = graph.kept.setdefault("memory", Memory())
    assert isinstance(memory, Memory)  # noqa: S101 (nothing else is kept under this name)
    return memory


def tree_to(graph: Graph, x: float, y: float) -> Tree:
    """As `Graph.tree_to`."""
    memory, place = _of(graph), (x, y)
    with memory.lock:
        found = memory.trees.get(place)
        if found is not None:
            memory.trees.move_to_end(place)
            return found
    # Grown outside the lock: two who ask for the same at once both grow it, and nobody waits for another place's.
    grown = graph.tree_to(x, y)
    with memory.lock:
        memory.trees[place] = grown
        while len(memory.trees) > MOST_TREES:
            memory.trees.popitem(last=False)
    return grown


def join(graph: Graph, places: list[Place]) -> Joins:
    """As `Graph.join`; only places that are new are looked for."""
    memory = _of(graph)
    last = memory.last
    if last is None or last[0] != places:
        memory.last = last = places, _joined(graph, memory, places)
    return last[1]


def _joined(graph: Graph, memory: Memory, places: list[Place]) -> Joins:
    with memory.lock:
        known = {place: memory.joins[place] for place in places if place in memory.joins}
    fresh = [place for place in dict.fromkeys(places) if place not in known]
    if fresh:
        made = graph.join(np.array(fresh, dtype=np.float64))
        found = dict(zip(fresh, zip(made.stretch.tolist(), made.along_m.tolist(), made.walk_m.tolist(), strict=True), strict=True))
        known |= found
        with memory.lock:
            if len(memory.joins) + len(found) > MOST_JOINS:
                memory.joins.clear()
            memory.joins |= found
    rows = np.array([known[place] for place in places], dtype=np.float64).reshape(-1, 3)
    return Joins(rows[:, 0].astype(np.int64), rows[:, 1], rows[:, 2])


def way(tree: Tree, place: Place) -> Way | None:
    """As `Tree.way`."""
    found = tree.ways.get(place)
    if found is None:
        found = tree.way(place, _joined(tree.graph, _of(tree.graph), [place]))
        if len(tree.ways) >= MOST_WAYS:
            tree.ways.clear()
        if found is not None:
            tree.ways[place] = found
    return found
