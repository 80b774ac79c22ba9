"""Who could go: every unit that the caller may see, by its arrival at a scene and at the worst, and those passed over with the reason.

The worst is a bound: where a unit was, how surely that was known, and how far it may have gone since.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from math import inf
from typing import Any, NamedTuple

from django.db import connection
from shapely.geometry import LineString

from geo import prepared, remembering
from geo.city import CITY
from geo.network import JOIN_REACH_M, WALKING_MPS, Graph, Network, Tree
from geo.sql import statement
from layers.access import Scope, opened

MOST_UNITS = 2_000
ROUTES_DRAWN = 3
# Between the words of a list in one text.
APART = chr(31)
# What is assumed of a position that does not say how sure it is.
UNKNOWN_ACCURACY_M = 50.0
# Beyond this a position from the future is a wrong clock, and nobody knows when it was true.
AHEAD_S = 90
# Why a unit was passed over: Vietnamese, English.
WHY: dict[str, tuple[str, str]] = {
    "busy": ("đang xử lý vụ {case}", "is on case {case}"),
    "off_duty": ("ngoài ca", "is off duty"),
    "out_of_service": ("ngừng phục vụ", "is out of service"),
    "unmanned": ("không có người trên xe", "has nobody on board"),
    "no_position": ("chưa có vị trí", "has no position"),
    "future": ("vị trí ghi giờ trước {minutes} phút so với hiện tại", "its position is dated {minutes} minutes ahead"),
    "lost": ("vị trí đã cũ {minutes} phút", "its position is {minutes} minutes old"),
    "off_network": ("cách mạng lưới hơn {reach_m} m", "is more than {reach_m} m from its network"),
    "not_in_exercise": ("không tham gia diễn tập", "takes no part in the exercise"),
    "no_way": ("không có đường đến cho phương tiện này", "has no way there by its mode"),
}


class Unit(NamedTuple):
    """A unit as candidates see it: place in city metres, None when it never sent one."""

    # A tuple, as hundreds are made for each look: a frozen dataclass takes four times as long.

    id: int
    code: str
    name: str
    kind: str
    agency: str
    authority: str
    mode: str
    weight_t: float
    skills: tuple[str, ...]
    availability: str
    incident_code: str | None
    position_at: datetime | None
    place: tuple[float, float] | None
    accuracy_m: float | None = None
    equipment: tuple[str, ...] = ()
    # Since when its people have been at work without rest, and until when their shift runs: None where no roster says it.
    on_since: datetime | None = None
    shift_ends_at: datetime | None = None
    # Out on a case of an exercise: a real one takes it at once.
    in_exercise: bool = False

    def age_s(self, at: datetime) -> float | None:
        """How old the position is. One that a fast clock dated ahead is in doubt by as much as it lies ahead."""
        return abs((at - self.position_at).total_seconds()) if self.position_at else None

    @property
    def leaves_exercise(self) -> bool:
        """Whether nothing but a rehearsal keeps it: what is out of service or unmanned stays so."""
        return self.in_exercise and self.availability == "busy"

    def ahead_s(self, at: datetime) -> float:
        return (self.position_at - at).total_seconds() if self.position_at else 0.0


class Candidate(NamedTuple):
    """A unit that can get there: in how many seconds, over how many metres; the way is drawn for the first few."""

    unit: Unit
    travel_s: float
    distance_m: float
    age_s: float
    worst_s: float
    turnout_s: float = 0.0
    line: LineString | None = None
    # What its way was read from.
    tree: Tree | None = None

    @property
    def arrival_s(self) -> float:
        """Until it is there: getting ready or being asked, and the way."""
        return self.turnout_s + self.travel_s

    @property
    def latest_s(self) -> float:
        """Until it is there at the worst that is known of its position."""
        return self.turnout_s + self.worst_s


def worst_s(travel_s: float, *, age_s: float, accuracy_m: float | None, farthest_s: float) -> float:
    """A bound on the way: it may have driven away ever since, and must come back; nowhere that has a way is farther than the farthest junction.

    What the position leaves open is walked, for it may lie on the wrong side of a house.
    """
    unsure_s = (UNKNOWN_ACCURACY_M if accuracy_m is None else accuracy_m) / WALKING_MPS
    return min(travel_s + age_s, max(farthest_s, travel_s)) + unsure_s


@dataclass(frozen=True)
class PassedOver:
    """A unit that was not offered, and why."""

    unit: Unit
    why: str
    details: dict[str, Any]

    def words(self) -> tuple[str, str]:
        vi, en = WHY[self.why]
        return vi.format(**self.details), en.format(**self.details)


def units(scope: Scope) -> list[Unit]:
    """Every unit that the caller may see, by its code."""
    seen = opened("responders", scope)
    # The composed statement is the layer's; what candidates need beyond the layer's fields is joined by id.
    with connection.cursor() as cursor:
        text = statement("incidents", "units").format(relation=seen.relation.as_string(cursor.cursor), where=seen.where.as_string(cursor.cursor))
        prepared.run_said(cursor, text, {**seen.params, "limit": MOST_UNITS})
        return [_unit(row) for row in cursor.fetchall()]


def _unit(row: tuple[Any, ...]) -> Unit:
    *plain, skills, availability, incident_code, position_at, x, y, accuracy_m, equipment, rested_since, shift_ends_at, in_exercise = row
    place = None if x is None else (x, y)
    # The statement counts the columns.
    return Unit(
        *plain, _words(skills), availability, incident_code, position_at, place, accuracy_m, _words(equipment), rested_since, shift_ends_at, in_exercise
    )  # type: ignore[call-arg]


@lru_cache(maxsize=2_000)
def _words(text: str) -> tuple[str, ...]:
    """A few dozen kinds of unit stand behind hundreds."""
    return tuple(text.split(APART)) if text else ()


def candidates(
    *, scene: tuple[float, float], of: Sequence[Unit], network: Network, at: datetime, stale_too: bool = False
) -> tuple[list[Candidate], list[PassedOver]]:
    """Units by arrival at a scene (city metres), and those passed over with the reason."""
    able, passed = sorted_out(of, at, stale_too)
    found: list[Candidate] = []
    for graph, group in by_graph(able, network).items():
        tree = remembering.tree_to(graph, *scene)
        joins = remembering.join(graph, [unit.place for unit in group if unit.place])
        seconds, metres = tree.arrivals_of(joins)
        for unit, travel_s, distance_m, stretch in zip(group, seconds.tolist(), metres.tolist(), joins.stretch.tolist(), strict=True):
            if travel_s < inf:
                found.append(_candidate(unit, travel_s, distance_m, tree, at))
            else:
                near = stretch >= 0 and tree.reachable
                passed.append(PassedOver(unit, "no_way" if near else "off_network", {"reach_m": int(JOIN_REACH_M)}))
    found.sort(key=lambda one: (one.travel_s, one.age_s, one.unit.id))
    return [*map(_drawn, found[:ROUTES_DRAWN]), *found[ROUTES_DRAWN:]], sorted(passed, key=lambda over: over.unit.code)


def _candidate(unit: Unit, travel_s: float, distance_m: float, tree: Tree, at: datetime) -> Candidate:
    age_s = unit.age_s(at) or 0.0
    worst = worst_s(travel_s, age_s=age_s, accuracy_m=unit.accuracy_m, farthest_s=tree.farthest_s)
    return Candidate(unit, travel_s, distance_m, age_s, worst, CITY.dispatching.turnout_s[unit.authority], tree=tree)


def sorted_out(of: Sequence[Unit], at: datetime, stale_too: bool) -> tuple[list[Unit], list[PassedOver]]:
    """Who could be sent at all, wherever to, and who is passed over for what it is or where it was."""
    able, passed = [], []
    latest, earliest = at + timedelta(seconds=AHEAD_S), at - timedelta(seconds=CITY.lost_after_s)
    for unit in of:
        if unit.availability != "available" and not unit.leaves_exercise:
            passed.append(PassedOver(unit, unit.availability, {"case": unit.incident_code or "?"}))
        elif unit.position_at is None or unit.place is None:
            passed.append(PassedOver(unit, "no_position", {}))
        elif unit.position_at > latest:
            passed.append(PassedOver(unit, "future", {"minutes": round(unit.ahead_s(at) / 60)}))
        elif unit.position_at < earliest and not stale_too:
            passed.append(PassedOver(unit, "lost", {"minutes": int((at - unit.position_at).total_seconds() // 60)}))
        else:
            able.append(unit)
    return able, passed


def by_graph(of: Iterable[Unit], network: Network) -> dict[Graph, list[Unit]]:
    """Units that may use the same streets: one tree serves them all."""
    kinds: dict[tuple[str, float], list[Unit]] = defaultdict(list)
    for unit in of:
        kinds[unit.mode, unit.weight_t].append(unit)
    groups: dict[Graph, list[Unit]] = defaultdict(list)
    for (mode, weight_t), alike in kinds.items():
        groups[network.graph(mode, weight_t)] += alike
    return groups


def _drawn(candidate: Candidate) -> Candidate:
    """With its way as a line: only for the first few, or the answer would be mostly lines."""
    unit, tree = candidate.unit, candidate.tree
    way = remembering.way(tree, unit.place) if tree and unit.place else None
    return candidate._replace(line=way.line if way else None)
