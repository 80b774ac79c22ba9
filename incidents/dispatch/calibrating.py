"""What was foreseen of a way against what it took: errors by mode, class of road and time of day, and speeds fitted from them.

Fitted factors are robust (weighted medians), drawn towards 1 where few trips know of them, and bounded; they count once approved
(layers.ways.pacing). Nothing is fitted from a trip whose times cannot be true.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db import connection

from geo.network import Floats
from geo.sql import statement
from incidents.dispatch.candidates import Candidate
from layers.ways import pacing, travel
from layers.ways.pacing import BANDS, FASTEST, SLOWEST, Factor

# A unit this near the scene is there.
NEAR_M = 60.0
SHORTEST_S, LONGEST_S = 20.0, 7_200.0
WALK = "walk"
# So many trips' worth of driving weigh as much as the assumption that the speed is as said; fewer than the least say nothing.
PRIOR_TRIPS, LEAST_TRIPS = 6.0, 4.0
ROUNDS, STEP = 40, 0.7


@dataclass(frozen=True)
class Trip:
    """One way: what it should have taken on each class of road at the assumed speed, and what it took."""

    mode: str
    hours: tuple[int, int]
    class_s: Mapping[str, float]
    predicted_s: float
    actual_s: float
    turnout_predicted_s: float | None = None
    turnout_s: float | None = None

    @property
    def main_class(self) -> str:
        return max(self.class_s, key=lambda code: self.class_s[code])

    @property
    def error_s(self) -> float:
        return self.actual_s - self.predicted_s


def by_class(one: Candidate) -> dict[str, float]:
    """The seconds of a candidate's way on each class of road at the assumed speed, and what of it is walked. Empty where no way is known."""
    classes = travel.classes()
    if one.tree is None or one.unit.place is None or len(classes) != len(one.tree.graph.network.stretches):
        return {}
    pace = one.tree.graph.network.pace.get(one.unit.mode)
    found: dict[str, float] = defaultdict(float)
    driven_s = 0.0
    for stretch, seconds in one.tree.spent(one.unit.place):
        found[str(classes[stretch])] += seconds * (float(pace[stretch]) if pace is not None else 1.0)
        driven_s += seconds
    found[WALK] = max(one.travel_s - driven_s, 0.0)
    return {code: round(seconds, 2) for code, seconds in found.items() if seconds > 0}


def trips(*, since: datetime, until: datetime) -> tuple[list[Trip], int]:
    """The trips of a period, and how many were left out because their times cannot be true."""
    with connection.cursor() as cursor:
        cursor.execute(statement("incidents", "trips"), {"from": since, "until": until, "near_m": NEAR_M, "longest_s": LONGEST_S})
        rows = cursor.fetchall()
    read = [_trip(row) for row in rows]
    found = [trip for trip in read if SHORTEST_S <= trip.actual_s <= LONGEST_S]
    return found, len(read) - len(found)


def _trip(row: tuple[Any, ...]) -> Trip:
    _, mode, requested_at, accepted_at, enroute_at, arrived_at, eta_s, turnout_s, class_s = row
    ready_s = (enroute_at - requested_at).total_seconds()
    return Trip(mode, pacing.band(enroute_at), json.loads(class_s), eta_s, (arrived_at - enroute_at).total_seconds(), turnout_s, ready_s)


def predicted_s(trip: Trip, factors: Sequence[Factor]) -> float:
    """What a trip would have been said to take under these factors."""
    known = {one.road_class: one.factor for one in factors if one.mode == trip.mode and (one.from_hour, one.until_hour) == trip.hours}
    return sum(seconds / known.get(code, 1.0) for code, seconds in trip.class_s.items())


def fit(found: Sequence[Trip]) -> list[Factor]:
    """A factor for each mode, class of road and part of the day that trips know of."""
    factors: list[Factor] = []
    for mode in sorted({trip.mode for trip in found}):
        factors += _fit_mode(mode, [trip for trip in found if trip.mode == mode])
    return factors


def _fit_mode(mode: str, mine: Sequence[Trip]) -> list[Factor]:
    classes = sorted({code for trip in mine for code in trip.class_s} - {WALK})
    seconds = np.array([[trip.class_s.get(code, 0.0) for code in classes] for trip in mine])
    walk, actual = (np.array([value(trip) for trip in mine]) for value in (lambda trip: trip.class_s.get(WALK, 0.0), lambda trip: trip.actual_s))
    level, known = _level(seconds, walk, actual, np.zeros(len(classes)))
    drawn = _drawn_to_nothing(level, known)
    factors = []
    for hours in BANDS:
        rows = np.array([trip.hours == hours for trip in mine])
        # Of these hours only what differs from all hours is asked, and drawn towards no difference.
        own, here = _level(seconds[rows], walk[rows], actual[rows], level)
        logs = drawn + _drawn_to_nothing(own - level, here)
        for code, log, n, least in zip(classes, logs, here, known, strict=True):
            if least >= LEAST_TRIPS:
                factors.append(Factor(mode, code, *hours, round(float(np.clip(np.exp(log), SLOWEST, FASTEST)), 3), round(float(n), 1)))
    return factors


def _drawn_to_nothing(log: Floats, n: Floats) -> Floats:
    return np.where(n >= LEAST_TRIPS, log * n / (n + PRIOR_TRIPS), 0.0)


def _level(seconds: Floats, walk: Floats, actual: Floats, start: Floats) -> tuple[Floats, Floats]:
    """The logarithm of each class's factor, and how many trips' worth of driving knows of it: each class in turn by the weighted median of what
    the trips were slower than foreseen, weighted by its share of the way, until they agree."""
    log = start.copy()
    if not len(seconds):
        return log, np.zeros(len(log))
    for _ in range(ROUNDS):
        for column in range(len(log)):
            parts = seconds / np.exp(log)
            foreseen = parts.sum(axis=1) + walk
            share = parts[:, column] / foreseen
            if share.sum() >= LEAST_TRIPS:
                log[column] -= STEP * _weighted_median(np.log(actual / foreseen), share**2)
        np.clip(log, np.log(SLOWEST), np.log(FASTEST), out=log)
    return log, (seconds / (seconds.sum(axis=1) + walk)[:, None]).sum(axis=0)


def _weighted_median(values: Floats, weights: Floats) -> float:
    order = np.argsort(values, kind="stable")
    total = np.cumsum(weights[order])
    return float(values[order][int(np.searchsorted(total, total[-1] / 2))])


def figures(errors_s: npt.ArrayLike) -> dict[str, Any]:
    """How many, the median error and the 90th percentile of its size; a positive error came later than was said."""
    errors = np.asarray(errors_s, dtype=float)
    if not len(errors):
        return {"n": 0, "median_s": None, "p90_s": None}
    return {"n": len(errors), "median_s": round(float(np.median(errors)), 1), "p90_s": round(float(np.percentile(np.abs(errors), 90)), 1)}


GROUPS: dict[str, Callable[[Trip], str]] = {
    "mode": lambda trip: trip.mode,
    "road_class": lambda trip: trip.main_class,
    "hours": lambda trip: f"{trip.hours[0]:02d}–{trip.hours[1]:02d}",
}


def of_trips(found: Sequence[Trip]) -> dict[str, Any]:
    """The figures of the errors, with the medians of what was foreseen and of what happened."""
    medians = {"foreseen_s": [trip.predicted_s for trip in found], "actual_s": [trip.actual_s for trip in found]}
    return {
        **figures([trip.error_s for trip in found]),
        **{name: round(float(np.median(seconds)), 1) if seconds else None for name, seconds in medians.items()},
    }


def report(found: Sequence[Trip], *, left_out: int = 0) -> dict[str, Any]:
    """Errors of the ways, all together and by mode, by the class of road that most of the way was on, by hours, and by both;
    and those of getting ready."""
    groups = {}
    for name, key in GROUPS.items():
        alike: dict[str, list[Trip]] = defaultdict(list)
        for trip in found:
            alike[key(trip)].append(trip)
        groups[name] = {value: of_trips(rows) for value, rows in sorted(alike.items())}
    hours: dict[str, dict[str, list[Trip]]] = defaultdict(lambda: defaultdict(list))
    for trip in found:
        hours[GROUPS["road_class"](trip)][GROUPS["hours"](trip)].append(trip)
    class_hours = {code: {band: of_trips(rows) for band, rows in sorted(bands.items())} for code, bands in sorted(hours.items())}
    ready = [trip.turnout_s - trip.turnout_predicted_s for trip in found if trip.turnout_s is not None and trip.turnout_predicted_s is not None]
    return {"travel": of_trips(found), "turnout": figures(ready), "by": groups, "class_hours": class_hours, "left_out": left_out}


def judged(found: Sequence[Trip]) -> dict[str, Any]:
    """What a fit is worth on trips that it has not seen: every second one is kept back, fitted without and foreseen with what the others taught."""
    seen, kept = list(found[::2]), list(found[1::2])
    factors = fit(seen)
    before, after = ([trip.actual_s - predicted_s(trip, known) for trip in kept] for known in ([], factors))
    return {"assumed": figures(before), "fitted": figures(after)}
