"""Move-up: after units have left, which free one should stand elsewhere so that fewer houses wait too long, and what that gains.

A hint is told only where units sent left houses without anybody of their kind within the kind's minutes, and only where the move gains
more than it costs: what the moving unit leaves behind is counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from shapely.geometry import Point

from geo import coverage
from geo.city import CITY
from geo.coverage import Stand
from geo.crs import to_city
from geo.network import Floats, Network
from incidents.dispatch import candidates, readiness
from incidents.dispatch.candidates import Unit
from incidents.dispatch.readiness import Ground
from incidents.models import Assignment
from layers.access import Scope, opened
from layers.query import nearest

# So many nearest units are tried for each place, and so many places for each kind.
MOVERS, POSTS = 3, 4
# A gap of fewer houses than this share is not worth a crew's way.
LEAST_SHARE = 0.01
AREA_M = 2_000.0
Place = tuple[float, float]


@dataclass(frozen=True)
class Post:
    """Where a unit could stand: in city metres, by its name."""

    place: Place
    name: str


@dataclass(frozen=True)
class Hint:
    """Who should stand where, how soon it is there, and the share of houses reached in time before the order, now, and then."""

    kind: str
    unit: Unit
    post: Post
    arrival_s: float
    limit_s: float
    before: float
    now: float
    then: float
    # The place that waits longest of those that were reached before.
    worst: Place
    worst_s: float

    def words(self) -> tuple[str, str]:
        minutes, arrival, waits = round(self.limit_s / 60), max(round(self.arrival_s / 60), 1), _minutes(self.worst_s)
        vi = (
            f"{self.unit.code} nên về {self.post.name}, đến sau {arrival} phút: nhà có lực lượng này trong {minutes} phút"
            f" từ {self.now:.0%} lên {self.then:.0%} (trước khi điều {self.before:.0%}); nơi chờ lâu nhất: {waits[0]}"
        )
        en = (
            f"{self.unit.code} should stand at {self.post.name}, there in {arrival} min: houses with this kind within {minutes} min"
            f" from {self.now:.0%} to {self.then:.0%} (before the order {self.before:.0%}); the longest wait: {waits[1]}"
        )
        return vi, en


def _minutes(seconds: float) -> tuple[str, str]:
    return (f"{round(seconds / 60)} phút", f"{round(seconds / 60)} min") if np.isfinite(seconds) else ("không có đường đến", "no way there")


def hints(*, incident_id: int, scope: Scope, network: Network, at: datetime) -> list[Hint]:
    """What the units out on this case left uncovered, and who would cover it best; one hint a kind, the greatest gain first."""
    seen = candidates.units(scope)
    gone_ids = set(Assignment.objects.filter(incident_id=incident_id, ended_at=None).values_list("responder_id", flat=True))
    gone = [unit for unit in seen if unit.id in gone_ids and unit.place is not None]
    free, _ = candidates.sorted_out(seen, at, False)
    place = readiness.ground()
    found = []
    for kind, limit_min in CITY.dispatching.cover_min.items():
        left = [unit for unit in gone if unit.kind == kind]
        if left and place.houses.sum():
            found.append(_hint(kind, limit_min * 60, left, [unit for unit in free if unit.kind == kind], place, network, scope))
    return sorted((one for one in found if one), key=lambda one: one.now - one.then)


def _hint(kind: str, limit_s: float, left: Sequence[Unit], free: Sequence[Unit], place: Ground, network: Network, scope: Scope) -> Hint | None:
    stands = [readiness.stand_of(unit) for unit in [*free, *left]]
    now = list(range(len(free)))
    before_s, now_s = coverage.soonest_s(network=network, stands=stands, groups=[list(range(len(stands))), now], cells=place.cells)
    before, standing = _share(before_s, limit_s, place), _share(now_s, limit_s, place)
    if before - standing < LEAST_SHARE or not free:
        return None
    moves = _moves(free, _posts(kind, left, scope), network)
    if not moves:
        return None
    moved = [Stand(unit.mode, unit.weight_t, post.place, CITY.dispatching.turnout_s[unit.authority]) for unit, post, _ in moves]
    groups = [[index for index in now if free[index] is not unit] + [len(free) + number] for number, (unit, _, _) in enumerate(moves)]
    after_s = coverage.soonest_s(network=network, stands=[*stands[: len(free)], *moved], groups=groups, cells=place.cells)
    shares = [_share(row, limit_s, place) for row in after_s]
    best = max(range(len(moves)), key=lambda number: (round(shares[number], 4), -moves[number][2]))
    if shares[best] - standing < LEAST_SHARE:
        return None
    unit, post, arrival_s = moves[best]
    lost = np.flatnonzero((before_s <= limit_s) & (now_s > limit_s) & (place.houses > 0))
    worst = int(lost[np.argmax(now_s[lost])])
    x, y = place.cells.centres[worst]
    return Hint(kind, unit, post, arrival_s, limit_s, before, standing, shares[best], (float(x), float(y)), float(now_s[worst]))


def _share(seconds: Floats, limit_s: float, place: Ground) -> float:
    return coverage.within_share(seconds, limit_s, place.houses)


def _posts(kind: str, left: Sequence[Unit], scope: Scope) -> list[Post]:
    """Where those who left stood, and the stations of their kind near there."""
    seen = opened("stations", scope)
    found: dict[Place, Post] = {}
    for unit in left:
        assert unit.place is not None  # noqa: S101 (whoever has no place was sorted out)
        found.setdefault(unit.place, Post(unit.place, f"chỗ {unit.code} vừa rời"))
        for feature, _ in nearest(seen, at=Point(unit.place), k=POSTS, reach_m=AREA_M):
            if feature["properties"].get("kind") == kind:
                spot = to_city(*feature["geometry"]["coordinates"])
                found.setdefault(spot, Post(spot, str(feature["properties"]["name"])))
    return list(found.values())[:POSTS]


def _moves(free: Sequence[Unit], posts: Sequence[Post], network: Network) -> list[tuple[Unit, Post, float]]:
    """The nearest units for each post, with their arrival."""
    found: list[tuple[Unit, Post, float]] = []
    for post in posts:
        reached: list[tuple[float, Unit]] = []
        for graph, group in candidates.by_graph(free, network).items():
            seconds = graph.tree_to(*post.place).travel_s(np.array([unit.place for unit in group]))
            reached += [(float(second), unit) for second, unit in zip(seconds, group, strict=True) if np.isfinite(second)]
        reached.sort(key=lambda pair: (pair[0], pair[1].id))
        found += [(unit, post, seconds) for seconds, unit in reached[:MOVERS]]
    return found
