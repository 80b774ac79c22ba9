"""The sequence of each case, step by step, and the units that went, from the moments that the cases were drawn with."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geo.config.demo import lines
from geo.config.demo.cases import REASONS, History, moment_column
from geo.config.demo.kinds import KINDS
from geo.config.demo.rows import Column
from incidents.models import Responder

SPEED_KMH = {"motorbike": 34.0, "car": 32.0, "truck": 27.0, "boat": 16.0, "foot": 4.0}
DETOUR = 1.45  # streets and bridges against the straight line
MORE_UNITS = (0.64, 0.27, 0.09)  # one, two, three


@dataclass(frozen=True)
class Sent:
    """Units sent in history, column by column; `case` is the place of the case in its history."""

    case: np.ndarray
    unit: np.ndarray
    straight_m: np.ndarray
    requested: np.ndarray
    accepted: np.ndarray
    enroute: np.ndarray
    on_scene: np.ndarray
    cleared: np.ndarray

    def columns(self, *, incident_ids: np.ndarray, units: Sequence[Responder], by: int) -> dict[str, Column]:
        """The assignments as rows, all of them ended."""
        modes = np.array([unit.mode for unit in units])[self.unit]
        distance_m = self.straight_m * DETOUR
        speed_mps = np.array([SPEED_KMH[mode] for mode in modes]) / 3.6
        return {
            "incident": incident_ids[self.case],
            "responder": np.array([unit.pk for unit in units])[self.unit],
            "status": np.full(len(self.case), "cleared"),
            "by": np.full(len(self.case), by),
            "eta_s": np.round(distance_m / speed_mps, 0),
            "distance_m": np.round(distance_m, 0),
            "requested_at": moment_column(self.requested),
            "accepted_at": moment_column(self.accepted),
            "enroute_at": moment_column(self.enroute),
            "on_scene_at": moment_column(self.on_scene),
            "cleared_at": moment_column(self.cleared),
            "ended_at": moment_column(self.cleared),
        }


def sent(history: History, units: Sequence[Responder], seed: int) -> Sent:
    """Which units went to each handled case: the first of the kind that the category calls for, then others; the first sets the case's moments."""
    chance = lines.generator(seed, "sent")
    handled = np.flatnonzero(~np.isnan(history.moments["clear"]))
    many = 1 + chance.choice(len(MORE_UNITS), len(handled), p=MORE_UNITS)
    case = np.repeat(handled, many)
    turn = np.arange(len(case)) - np.repeat(np.cumsum(many) - many, many)
    unit = _units(history, case, turn, units, chance)
    keep = unit >= 0
    case, turn, unit = case[keep], turn[keep], unit[keep]
    places = np.array([(unit.geom.x, unit.geom.y) for unit in units])
    straight_m = np.hypot(*(places[unit] - history.points[case]).T)
    moments = history.moments
    later = np.where(turn == 0, 0.0, chance.uniform(15, 260, len(case)))
    requested = moments["dispatch"][case]
    span = (moments["enroute"] - moments["dispatch"])[case]
    enroute = moments["enroute"][case] + later
    on_scene = np.minimum(moments["on_scene"][case] + later * 1.3, moments["clear"][case] - 1)
    return Sent(case, unit, straight_m, requested, requested + span * 0.5, enroute, on_scene, moments["clear"][case])


def _units(history: History, case: np.ndarray, turn: np.ndarray, units: Sequence[Responder], chance: np.random.Generator) -> np.ndarray:
    """A unit for each, never the same twice to one case; -1 where none of the kind is left."""
    of_kind: dict[str, np.ndarray] = {}
    for kind in {unit.kind for unit in units}:
        of_kind[kind] = np.array([number for number, unit in enumerate(units) if unit.kind == kind])
    found = np.full(len(case), -1)
    draws = chance.random(len(case))
    for code in np.unique(history.category[case]):
        wanted = [kind for kind in KINDS[code].units if kind in of_kind]
        for place in range(len(MORE_UNITS)):
            mine = np.flatnonzero((history.category[case] == code) & (turn == place))
            if not wanted or place >= len(wanted):  # one unit of each kind: nobody is sent twice
                continue
            pool = of_kind[wanted[place]]
            found[mine] = pool[(draws[mine] * len(pool)).astype(int)]
    return found


def entries(history: History, went: Sent, *, incident_ids: np.ndarray, assignment_ids: np.ndarray, units: Sequence[Responder], by: int) -> dict[str, Column]:
    """Every step of every case as rows: the steps of a case follow one another in time."""
    unit_codes = np.array([unit.code for unit in units], dtype=object)
    blocks = [_block(history, step, after) for step, after in STEPS]
    blocks += [_unit_block(went, assignment_ids, unit_codes, kind, after) for kind, after in UNIT_STEPS]
    case, at, order = (np.concatenate([block[name] for block in blocks]) for name in ("case", "at", "order"))
    sequence = np.lexsort((order, at, case))
    merged = {name: np.concatenate([block[name] for block in blocks])[sequence] for name in ("case", "at", "kind", "to", "note", "data", "person")}
    return {
        "incident": incident_ids[merged["case"]],
        "at": moment_column(merged["at"]),
        "by": np.where(merged["person"] == 1, np.array(by, dtype=object), np.array(None, dtype=object)),
        "kind": merged["kind"],
        "status_from": _before(merged),
        "status_to": _after(merged),
        "note": merged["note"],
        "data": merged["data"],
    }


# step of the history (the entry's kind, endings apart), and how far it takes the case
STEPS = (
    ("report", "new"),
    ("acknowledge", "verifying"),
    ("verify", "verified"),
    ("dispatch", "assigned"),
    ("forward", "assigned"),
    ("under_control", "under_control"),
    ("answer", "resolved"),
    ("close", "closed"),
)
# a unit's step carries the case forward or leaves it where it is
UNIT_STEPS = (("unit_accept", ""), ("unit_enroute", "enroute"), ("unit_on_scene", "on_scene"), ("unit_clear", ""))
ENDINGS = {"unfounded": ("reject", "unfounded"), "duplicate": ("merge", "duplicate"), "cancelled": ("cancel", "cancelled")}


def _block(history: History, step: str, after: str) -> dict[str, np.ndarray]:
    case = np.flatnonzero(~np.isnan(history.moments[step]))
    n = len(case)
    kinds, to, note = np.full(n, step, dtype=object), np.full(n, after, dtype=object), np.full(n, "", dtype=object)
    data: np.ndarray = np.full(n, "{}", dtype=object)
    if step == "close":
        for fate, (verb, status) in ENDINGS.items():
            mine = history.fate[case] == fate
            kinds[mine], to[mine], note[mine] = verb, status, REASONS[fate]
    if step == "answer":
        note = np.asarray(history.columns["answer"], dtype=object)[case]
    channel = np.asarray(history.columns["channel"], dtype=object)[case]
    if step == "report":
        data = np.array([f'{{"channel": "{name}"}}' for name in channel], dtype=object)
    person = np.full(n, 0 if step == "answer" else 1)
    if step == "report":
        person = np.isin(channel, ("phone", "walk_in", "camera", "patrol")).astype(int)
    order = np.full(n, [name for name, *_ in STEPS].index(step) + (20 if step == "close" else 0))
    return {
        "case": case,
        "at": history.moments[step][case],
        "order": order,
        "kind": kinds,
        "to": to,
        "note": note,
        "data": data,
        "person": person,
    }


def _unit_block(went: Sent, assignment_ids: np.ndarray, unit_codes: np.ndarray, kind: str, after: str) -> dict[str, np.ndarray]:
    moment = {"unit_accept": went.accepted, "unit_enroute": went.enroute, "unit_on_scene": went.on_scene, "unit_clear": went.cleared}[kind]
    n = len(moment)
    names = unit_codes[went.unit]
    data = np.array([f'{{"assignment": {number}, "unit": "{name}"}}' for number, name in zip(assignment_ids, names, strict=True)], dtype=object)
    order = np.full(n, 10 + [name for name, *_ in UNIT_STEPS].index(kind))
    return {
        "case": went.case,
        "at": moment,
        "order": order,
        "kind": np.full(n, kind, dtype=object),
        "to": np.full(n, after, dtype=object),
        "note": names,
        "data": data,
        "person": np.zeros(n, dtype=int),
    }


NAMES = ("new", "verifying", "verified", "assigned", "enroute", "on_scene", "under_control", "resolved", "closed")
END = NAMES.index("closed")
RANK = {"": -1, **{name: rank for rank, name in enumerate(NAMES)}, "unfounded": END, "duplicate": END, "cancelled": END}


def _after(merged: dict[str, np.ndarray]) -> np.ndarray:
    """The status after each step: the furthest so far within its case; endings keep their own name."""
    reached = np.array([RANK[name] for name in merged["to"]])
    # each case starts over: add a step so high that the running maximum cannot leak from one case to the next
    _, group = np.unique(merged["case"], return_inverse=True)
    furthest = np.maximum.accumulate(reached + group * 100) - group * 100
    names = np.array(NAMES, dtype=object)[np.clip(furthest, 0, END)]
    return np.where(reached == END, merged["to"], names)


def _before(merged: dict[str, np.ndarray]) -> np.ndarray:
    """The status before each step: what the step before it left, nothing before the first."""
    after = _after(merged)
    before = np.concatenate([np.array([""], dtype=object), after[:-1]])
    first = np.concatenate([[True], merged["case"][1:] != merged["case"][:-1]]) if len(after) else np.empty(0, dtype=bool)
    return np.where(first, "", before)
