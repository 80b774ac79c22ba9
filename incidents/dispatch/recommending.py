"""Whom to send: the set of units that fills a run card soonest, why each unit fits or does not, and what is short, with what would help.

The rule: every role is filled that can be; then the sum of the arrivals is least, where a unit that must be asked for counts as if it came
`directed_first_s` later; no unit twice; nobody who is tired, about to go home, held for another case or lost from sight. It recommends, the operator decides.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from geo.city import CITY
from incidents.dispatch.candidates import Candidate, PassedOver, Unit
from incidents.dispatch.runcards import Card, Role, Words, either
from incidents.models import Reservation

# In seconds of the sum that is made least: a late unit is worse than any that is on time, nobody worse than a late one, and of two
# roles that cannot both be filled the one that stands first on the card is.
LATE_S = 1e5
FIRST_S = 1e6
NOBODY_S = 1e9
NEVER_S = 1e12
HELPS = 3

# What is good to know of a unit and keeps nobody from sending it.
NOTES: dict[str, Words] = {
    "in_exercise": ("đang diễn tập vụ {case}, sẽ rời diễn tập để đi ngay", "in the exercise on case {case}, would leave it at once"),
}
# What makes sending a unit a matter of a written reason.
DOUBTS: dict[str, Words] = {
    "off_duty": ("{unit} ngoài ca", "{unit} is off duty"),
    "lost": ("không rõ {unit} đang ở đâu: vị trí đã {minutes} phút", "where {unit} is nobody knows: its position is {minutes} minutes old"),
    "tired": ("{unit} đã làm việc liên tục {hours} giờ", "{unit} has been at work for {hours} hours"),
    "shift_ends": ("ca của {unit} còn {minutes} phút", "the shift of {unit} ends in {minutes} minutes"),
    "held": ("{unit} đang được giữ cho {held_for}", "{unit} is held for {held_for}"),
    "refused": ("{unit} đã từ chối vụ này", "{unit} has declined this case"),
    "unfit": ("{unit} thiếu cho vai trò {role}: {lacks}", "{unit} lacks for the role {role}: {lacks}"),
    "not_recommended": ("{unit} không nằm trong đề xuất {instead}", "{unit} is not what was recommended {instead}"),
}


@dataclass(frozen=True)
class Doubt:
    """One reason to think twice about a unit, in words."""

    code: str
    vi: str
    en: str

    @classmethod
    def of(cls, code: str, *, en: dict[str, Any] | None = None, **details: Any) -> "Doubt":
        vi_words, en_words = {**DOUBTS, **NOTES}[code]
        return cls(code, vi_words.format(**details), en_words.format(**{**details, **(en or {})}))


@dataclass(frozen=True)
class Pick:
    """One unit for one role: whether it is there in time, and whether even at the worst that its position leaves open."""

    candidate: Candidate
    role: Role

    @property
    def on_time(self) -> bool:
        return self.candidate.arrival_s <= self.role.within_min * 60

    @property
    def certain(self) -> bool:
        return self.candidate.latest_s <= self.role.within_min * 60


@dataclass(frozen=True)
class Shortfall:
    """What a role is short of, and what would help, nearest help first."""

    role: Role
    missing: int
    vi: str
    en: str
    helps: tuple[Doubt, ...]


@dataclass(frozen=True)
class Recommendation:
    """The card, how many of each role are out already, the set to send now, what is short."""

    card: Card
    filled: Mapping[str, int]
    picks: tuple[Pick, ...]
    shortfalls: tuple[Shortfall, ...]
    # What speaks against each unit that would get there, by its id.
    doubts: Mapping[int, list[Doubt]] = field(default_factory=dict)

    def role_of(self, unit_id: int) -> str:
        return self._roles.get(unit_id, "")

    @cached_property
    def _roles(self) -> dict[int, str]:
        return {pick.candidate.unit.id: pick.role.code for pick in self.picks}

    def as_data(self) -> list[dict[str, Any]]:
        """What is kept beside a dispatch."""
        return [
            {"unit": pick.candidate.unit.code, "role": pick.role.code, "arrival_s": round(pick.candidate.arrival_s), "worst_s": round(pick.candidate.latest_s)}
            for pick in self.picks
        ]


def rest_doubts(unit: Unit, at: datetime) -> list[Doubt]:
    """Whether it is tired or about to go home. Without a roster nobody knows, and nothing is said."""
    settings, found = CITY.dispatching, []
    if unit.on_since is not None and at - unit.on_since >= timedelta(hours=settings.longest_duty_h):
        found.append(Doubt.of("tired", unit=unit.code, hours=int((at - unit.on_since).total_seconds() // 3600)))
    if unit.shift_ends_at is not None and unit.shift_ends_at - at < timedelta(minutes=settings.least_shift_min):
        found.append(Doubt.of("shift_ends", unit=unit.code, minutes=max(int((unit.shift_ends_at - at).total_seconds() // 60), 0)))
    return found


def hold_doubts(unit: Unit, hold: Reservation | None, incident_id: int) -> list[Doubt]:
    """Whether it is held for something else than this case."""
    if hold is None or hold.incident_id == incident_id:
        return []
    return [Doubt.of("held", unit=unit.code, held_for=held_for(hold))]


def place_doubts(unit: Unit, at: datetime) -> list[Doubt]:
    """Whether its place is too old to count on: who asks for such units is shown them, and they are never the set."""
    age_s = unit.age_s(at)
    return [Doubt.of("lost", unit=unit.code, minutes=int(age_s // 60))] if age_s is not None and age_s > CITY.lost_after_s else []


def doubts_of(unit: Unit, hold: Reservation | None, incident_id: int, refused: Collection[int], at: datetime) -> list[Doubt]:
    """All that keeps a unit that would get there from being recommended."""
    said_no = [Doubt.of("refused", unit=unit.code)] if unit.id in refused else []
    return [*said_no, *hold_doubts(unit, hold, incident_id), *rest_doubts(unit, at), *place_doubts(unit, at)]


def notes_of(unit: Unit) -> list[Doubt]:
    """What whoever sends it should know."""
    return [Doubt.of("in_exercise", case=unit.incident_code or "?")] if unit.leaves_exercise else []


def held_for(hold: Reservation) -> str:
    return hold.incident.code if hold.incident else hold.area


def recommend(
    *,
    card: Card,
    filled: Mapping[str, int],
    found: Sequence[Candidate],
    passed: Sequence[PassedOver],
    holds: Mapping[int, Reservation],
    incident_id: int,
    at: datetime,
    refused: Collection[int] = (),
) -> Recommendation:
    """The set that fills what the card still asks for. `refused` are the units that have said no to this very case."""
    doubts: dict[int, list[Doubt]] = {one.unit.id: doubts_of(one.unit, holds.get(one.unit.id), incident_id, refused, at) for one in found}
    free = [one for one in found if not doubts[one.unit.id]]
    slots = [role for role in card.roles for _ in range(max(role.count - filled.get(role.code, 0), 0))]
    picks = _assigned(card, slots, free)
    short = [_shortfall(role, filled, picks, found, passed, doubts) for role in card.roles]
    return Recommendation(card, filled, tuple(picks), tuple(one for one in short if one), doubts)


def _assigned(card: Card, slots: Sequence[Role], free: Sequence[Candidate]) -> list[Pick]:
    """Each slot its unit or nobody, no unit twice, by the least sum (scipy's Hungarian method)."""
    if not slots or not free:
        return []
    lacks = [card.lacking(one.unit) for one in free]
    fits = {code: np.array([not row[code] for row in lacks]) for code in {role.code for role in slots}}
    arrival = np.array([one.arrival_s for one in free])
    asked = np.array([one.unit.authority != "directed" for one in free]) * CITY.dispatching.directed_first_s
    costs = np.full((len(slots), len(free) + len(slots)), NEVER_S)
    for row, role in enumerate(slots):
        late = arrival > role.within_min * 60
        within = arrival + asked + late * LATE_S
        # What is optional is not worth a late unit.
        costs[row, : len(free)] = np.where(fits[role.code] & ~(late & role.optional), within, NEVER_S)
        costs[row, len(free) + row] = nobody_s(role, len(slots) - row)
    rows, columns = linear_sum_assignment(costs)
    picks = [Pick(free[column], slots[row]) for row, column in zip(rows, columns, strict=True) if column < len(free)]
    order = {role.code: index for index, role in enumerate(slots)}
    return sorted(picks, key=lambda pick: (order[pick.role.code], pick.candidate.arrival_s, pick.candidate.unit.id))


def nobody_s(role: Role, places_before_last: int) -> float:
    """What it costs to leave a slot empty."""
    return LATE_S / 2 if role.optional else NOBODY_S + FIRST_S * places_before_last


def _shortfall(
    role: Role,
    filled: Mapping[str, int],
    picks: Sequence[Pick],
    found: Sequence[Candidate],
    passed: Sequence[PassedOver],
    doubts: Mapping[int, list[Doubt]],
) -> Shortfall | None:
    mine = [pick for pick in picks if pick.role == role]
    missing = role.count - filled.get(role.code, 0) - sum(pick.on_time for pick in mine)
    if missing <= 0 or role.optional:
        return None
    minutes = f"{role.within_min:g}"
    in_time = [one for one in found if one.arrival_s <= role.within_min * 60 and not doubts[one.unit.id] and not role.lacks(one.unit, but_equipment=True)]
    # Where units would be there that lack nothing but a thing, the thing is what is missing.
    things = _without(role, role.count - filled.get(role.code, 0), in_time) if in_time else [("không có lực lượng rảnh đến", "none free")]
    vi = f"{role.vi}: thiếu {missing}, {', '.join(words[0] for words in things)} trong {minutes} phút"
    en = f"{role.en}: {missing} short, {', '.join(words[1] for words in things)} within {minutes} min"
    helps = [*_late(mine), *_ill_equipped(role, in_time), *_not_free(role, found, doubts), *_elsewhere(role, passed)][:HELPS]
    if role.ask_vi:
        helps.append(Doubt("ask", f"Đề nghị {role.ask_vi}", f"Ask {role.ask_en or role.ask_vi}"))
    return Shortfall(role, missing, vi, en, tuple(helps))


def _without(role: Role, wanted: int, in_time: Sequence[Candidate]) -> list[Words]:
    """What the card asks for that too few of those who would be there in time carry; where all carry enough, units are what is short."""
    asked = [(code,) for code in role.equipment_all] + ([role.equipment_any] if role.equipment_any else [])
    said: list[Words] = []
    for codes in asked:
        n = sum(bool(set(codes) & set(one.unit.equipment)) for one in in_time)
        # Where too few would come at all, units are short and not things.
        if n < min(wanted, len(in_time)):
            vi, en = either("equipment", codes)
            said.append((f"chỉ có {n}/{wanted} {vi}", f"only {n} of {wanted} with {en}") if n else (f"không có {vi}", f"no {en}"))
    return said or [("không có lực lượng rảnh đến", "none free")]


def _ill_equipped(role: Role, in_time: Sequence[Candidate]) -> list[Doubt]:
    """Who would be there in time with every skill and lacks a thing: it may be fetched on the way."""
    said = []
    for one in in_time:
        if role.lacks(one.unit):
            vi, en = (", ".join(words[index] for words in role.lacks(one.unit)) for index in (0, 1))
            said.append(Doubt("ill_equipped", f"{one.unit.code} đến kịp nhưng thiếu {vi}", f"{one.unit.code} is there in time without {en}"))
    return said


def _late(mine: Iterable[Pick]) -> list[Doubt]:
    late = [pick.candidate for pick in mine if not pick.on_time]
    return [
        Doubt("late", f"{one.unit.code} đến sau {_minutes(one.arrival_s)} phút", f"{one.unit.code} arrives in {_minutes(one.arrival_s)} min") for one in late
    ]


def _minutes(seconds: float) -> int:
    return max(round(seconds / 60), 1)


def _not_free(role: Role, found: Sequence[Candidate], doubts: Mapping[int, list[Doubt]]) -> list[Doubt]:
    """Those who would come but are held for something else, tired or unwilling: the reserve, nearest first, each with the first thing against it."""
    return [doubts[one.unit.id][0] for one in found if doubts[one.unit.id] and not role.lacks(one.unit)]


# Of those passed over, who might help and how it is said: who will be free next, who can be called in, whose place must be asked for.
ELSEWHERE: dict[str, Words] = {
    "busy": ("{unit} rảnh sau vụ {case}", "{unit} is free after case {case}"),
    "off_duty": ("gọi {unit} ngoài ca", "call {unit} in, off duty"),
    "lost": ("hỏi vị trí {unit}", "ask where {unit} is"),
    "no_position": ("hỏi vị trí {unit}", "ask where {unit} is"),
}


def _elsewhere(role: Role, passed: Sequence[PassedOver]) -> list[Doubt]:
    fit = [over for over in passed if over.why in ELSEWHERE and not role.lacks(over.unit)]
    fit.sort(key=lambda over: (list(ELSEWHERE).index(over.why), over.unit.code))
    said = []
    for over in fit:
        vi, en = (words.format(unit=over.unit.code, **over.details) for words in ELSEWHERE[over.why])
        said.append(Doubt(over.why, vi, en))
    return said


def fit_doubt(unit: Unit, role: Role) -> list[Doubt]:
    """What a unit lacks for the role that it is sent for."""
    lacks = role.lacks(unit)
    if not lacks:
        return []
    vi, en = (", ".join(words[index] for words in lacks) for index in (0, 1))
    return [Doubt.of("unfit", unit=unit.code, role=role.vi, lacks=vi, en={"role": role.en, "lacks": en})]
