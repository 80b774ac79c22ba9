"""Who goes where: candidates for a case by arrival, the moment one is sent, and each unit's own steps until it is free again.

A unit that the centre directs is sent; one that it may only ask for waits for its agency to accept.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import IntegrityError, connection, transaction
from shapely.geometry import LineString

from geo import events
from geo.acting import acting
from geo.city import CITY
from geo.errors import NOT_FOUND, define
from geo.models import User
from geo.network import JOIN_REACH_M, Graph, Network, Tree
from geo.sql import statement
from incidents import lifecycle, stepping
from incidents.models import Assignment, Entry, Incident, Responder
from layers.access import Scope, opened

UNIT_TAKEN = define("unit_taken", 409, "Lực lượng này đã được điều", "This unit has already been sent")
UNIT_OFF = define("unit_off", 409, "Lực lượng này không trực", "This unit is not on duty")
STEP_NOT_NOW = define("step_not_now", 409, "Lượt điều động không cho phép bước này", "The assignment does not allow this step")
UNDO_TOO_LATE = define("undo_too_late", 409, "Đã quá lúc hoàn tác", "It is too late to undo")
REASON_NEEDED = define("reason_needed", 422, "Cần lý do", "A reason is needed")
NO_UNITS = define("no_units", 422, "Chưa chọn lực lượng", "No unit was chosen")

MOST_UNITS = 2_000
ROUTES_DRAWN = 3
UNDO_S = 10

# Why a unit was passed over: Vietnamese, English.
WHY: dict[str, tuple[str, str]] = {
    "busy": ("đang xử lý vụ {case}", "is on case {case}"),
    "off_duty": ("ngoài ca", "is off duty"),
    "out_of_service": ("ngừng phục vụ", "is out of service"),
    "no_position": ("chưa có vị trí", "has no position"),
    "lost": ("vị trí đã cũ {minutes} phút", "its position is {minutes} minutes old"),
    "off_network": ("cách mạng lưới hơn {reach_m} m", "is more than {reach_m} m from its network"),
    "no_way": ("không có đường đến cho phương tiện này", "has no way there by its mode"),
}


@dataclass(frozen=True)
class Unit:
    """A unit as candidates see it: place in city metres, None when it never sent one."""

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

    def age_s(self, at: datetime) -> float | None:
        return max((at - self.position_at).total_seconds(), 0.0) if self.position_at else None


@dataclass(frozen=True)
class Candidate:
    """A unit that can get there: in how many seconds, over how many metres; the way is drawn for the first few."""

    unit: Unit
    travel_s: float
    distance_m: float
    age_s: float
    line: LineString | None = None


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
        cursor.execute(
            statement("incidents", "units").format(relation=seen.relation.as_string(cursor.cursor), where=seen.where.as_string(cursor.cursor)),
            {**seen.params, "limit": MOST_UNITS},
        )
        return [_unit(row) for row in cursor]


def _unit(row: tuple[Any, ...]) -> Unit:
    *plain, skills, availability, incident_code, position_at, x, y = row
    place = None if x is None else (x, y)
    return Unit(*plain, tuple(skills), availability, incident_code, position_at, place)  # type: ignore[call-arg]  # the statement counts the columns


def candidates(
    *, scene: tuple[float, float], of: Sequence[Unit], network: Network, at: datetime, stale_too: bool = False
) -> tuple[list[Candidate], list[PassedOver]]:
    """Units by arrival at a scene (city metres), and those passed over with the reason."""
    able, passed = _sorted_out(of, at, stale_too)
    found: list[tuple[Candidate, Tree]] = []
    for graph, group in _by_graph(able, network).items():
        tree = graph.tree_to(*scene)
        seconds, metres, joins = tree.arrivals(np.array([unit.place for unit in group]))
        for unit, travel_s, distance_m, stretch in zip(group, seconds, metres, joins.stretch, strict=True):
            if np.isfinite(travel_s):
                found.append((Candidate(unit, float(travel_s), float(distance_m), unit.age_s(at) or 0.0), tree))
            else:
                near = stretch >= 0 and tree.reachable
                passed.append(PassedOver(unit, "no_way" if near else "off_network", {"reach_m": int(JOIN_REACH_M)}))
    found.sort(key=lambda pair: (pair[0].travel_s, pair[0].age_s, pair[0].unit.id))
    offered = [_drawn(candidate, tree) for candidate, tree in found[:ROUTES_DRAWN]] + [candidate for candidate, _ in found[ROUTES_DRAWN:]]
    return offered, sorted(passed, key=lambda over: over.unit.code)


def _sorted_out(of: Sequence[Unit], at: datetime, stale_too: bool) -> tuple[list[Unit], list[PassedOver]]:
    able, passed = [], []
    for unit in of:
        age_s = unit.age_s(at)
        if unit.availability != "available":
            passed.append(PassedOver(unit, unit.availability, {"case": unit.incident_code or "?"}))
        elif age_s is None or unit.place is None:
            passed.append(PassedOver(unit, "no_position", {}))
        elif age_s > CITY.lost_after_s and not stale_too:
            passed.append(PassedOver(unit, "lost", {"minutes": int(age_s // 60)}))
        else:
            able.append(unit)
    return able, passed


def _by_graph(of: Iterable[Unit], network: Network) -> dict[Graph, list[Unit]]:
    """Units that may use the same streets: one tree serves them all."""
    groups: dict[Graph, list[Unit]] = defaultdict(list)
    for unit in of:
        groups[network.graph(unit.mode, unit.weight_t)].append(unit)
    return groups


def _drawn(candidate: Candidate, tree: Tree) -> Candidate:
    """With its way as a line: only for the first few, or the answer would be mostly lines."""
    way = tree.way(candidate.unit.place) if candidate.unit.place else None
    return replace(candidate, line=way.line if way else None)


def dispatch(*, incident_id: int, responder_ids: Sequence[int], scope: Scope, by: User, at: datetime, etas: dict[int, Candidate] | None = None) -> Incident:
    """Send units to a case, all or none. Raises NOT_NOW, NO_PLACE, NO_UNITS, NOT_FOUND, UNIT_OFF or UNIT_TAKEN, which says who has it."""
    if not responder_ids:
        raise NO_UNITS()
    with acting(by=by, because=f"dispatch to case {incident_id}"):
        incident = lifecycle.locked(incident_id, scope)
        lifecycle.check(incident, "dispatch")
        if incident.geom is None:
            raise lifecycle.NO_PLACE()
        chosen = _locked_units(responder_ids, scope)
        sent = [_assign(incident, unit, by, at, (etas or {}).get(unit.pk)) for unit in chosen]
        to = "assigned" if incident.status == "verified" else incident.status
        moment = {} if incident.dispatched_at else {"dispatched_at": at}
        data = {"units": [unit.code for unit in chosen], "assignments": [assignment.pk for assignment in sent]}
        note = ", ".join(unit.code for unit in chosen)
        lifecycle.append(incident=incident, kind="dispatch", to=to, event="incident.dispatched", by=by, at=at, note=note, data=data, **moment)
        stepping.follow(incident=incident, by=by, at=at)
        for assignment in sent:
            events.publish(kind=f"unit.{assignment.status}", at=at, layer="responders", fids=[assignment.responder_id])
    return incident


def _locked_units(responder_ids: Sequence[int], scope: Scope) -> list[Responder]:
    """The units in the order of their ids, so that two people who send the same two never wait for each other."""
    seen = {unit.id for unit in units(scope)}
    wanted = sorted(set(responder_ids))
    if not seen.issuperset(wanted):
        raise NOT_FOUND("Không có lực lượng này.", "There is no such unit.")
    return list(Responder.objects.select_for_update().filter(pk__in=wanted).order_by("pk"))


def _assign(incident: Incident, unit: Responder, by: User, at: datetime, arrival: Candidate | None) -> Assignment:
    if unit.duty != "on_duty":
        raise UNIT_OFF(f"{unit.code} không trực.", f"{unit.code} is not on duty.", unit=unit.code)
    directed = unit.authority == "directed"
    try:
        with transaction.atomic():
            return Assignment.objects.create(
                incident=incident,
                responder=unit,
                status="assigned" if directed else "requested",
                by=by,
                requested_at=at,
                eta_s=arrival.travel_s if arrival else None,
                distance_m=arrival.distance_m if arrival else None,
            )
    except IntegrityError as error:
        raise _taken(unit) from error


def _taken(unit: Responder) -> Exception:
    """Who has it, since when and by whose word."""
    held = Assignment.objects.select_related("incident", "by").filter(responder=unit, ended_at=None).first()
    if held is None or held.incident.restricted:
        # Where a unit was sent is not told of a restricted case: this refusal does not know who asks.
        return UNIT_TAKEN(unit=unit.code)
    who = (held.by.display_name or held.by.username) if held.by else "?"
    return UNIT_TAKEN(
        f"{unit.code} đã được {who} điều đến vụ {held.incident.code}.",
        f"{unit.code} was sent to case {held.incident.code} by {who}.",
        unit=unit.code,
        incident_id=held.incident_id,
        incident_code=held.incident.code,
        by=who,
        since=held.requested_at.isoformat(),
    )


@dataclass(frozen=True)
class Step:
    """One step of an assignment: from where, to where, the moment it marks, where it takes the case, whether it ends."""

    before: frozenset[str]
    after: str
    moment: str
    event: str
    case: str = ""
    ends: bool = False
    reason: bool = False


OPEN_STEPS = frozenset({"requested", "assigned", "accepted", "enroute", "on_scene"})
STEPS: dict[str, Step] = {
    "accept": Step(frozenset({"requested", "assigned"}), "accepted", "accepted_at", "unit.accepted"),
    "decline": Step(frozenset({"requested", "assigned"}), "declined", "ended_at", "unit.declined", ends=True, reason=True),
    "enroute": Step(frozenset({"requested", "assigned", "accepted"}), "enroute", "enroute_at", "unit.enroute", case="enroute"),
    "on_scene": Step(frozenset({"assigned", "accepted", "enroute"}), "on_scene", "on_scene_at", "unit.on_scene", case="on_scene"),
    "clear": Step(frozenset({"enroute", "on_scene"}), "cleared", "cleared_at", "unit.cleared", ends=True),
    "cancel": Step(OPEN_STEPS, "cancelled", "ended_at", "unit.cancelled", ends=True),
}
# A unit's step carries the case forward, never back.
CASE_ORDER = ("verified", "assigned", "enroute", "on_scene")
NEXT = {"requested": "accept", "assigned": "accept", "accepted": "enroute", "enroute": "on_scene", "on_scene": "clear"}


def step(*, assignment_id: int, name: str, by: User, at: datetime, reason: str = "") -> Assignment:
    """One step of a unit on its way. The caller has been admitted to the assignment. Raises STEP_NOT_NOW or REASON_NEEDED."""
    row = STEPS[name]
    if row.reason and not reason.strip():
        raise REASON_NEEDED()
    with acting(by=by, because=f"{name} of assignment {assignment_id}"):
        assignment, incident = _locked_pair(assignment_id)
        if assignment.status not in row.before:
            possible = [other for other, candidate in STEPS.items() if assignment.status in candidate.before]
            raise STEP_NOT_NOW(
                f"Đang là {assignment.status}; có thể: {', '.join(possible)}.", f"It is {assignment.status}; it can: {', '.join(possible)}.", allowed=possible
            )
        was = {"status": assignment.status, "case": incident.status, "ended_at": None}
        changes: dict[str, Any] = {"status": row.after, row.moment: at, **({"ended_at": at} if row.ends else {}), **({"reason": reason} if reason else {})}
        _change(assignment, changes)
        to, case_changes = _case_after(incident, row, at)
        data = {"assignment": assignment.pk, "unit": assignment.responder.code, "was": was, "moments": [key for key in changes if key.endswith("_at")]}
        lifecycle.append(
            incident=incident,
            kind=f"unit_{name}",
            to=to,
            event=f"incident.unit_{name}",
            by=by,
            at=at,
            note=reason or assignment.responder.code,
            data=data,
            **case_changes,
        )
        events.publish(kind=row.event, at=at, layer="responders", fids=[assignment.responder_id])
    return assignment


def _locked_pair(assignment_id: int) -> tuple[Assignment, Incident]:
    """The case first, then its assignment: the order in which everybody locks."""
    incident_id = Assignment.objects.values_list("incident_id", flat=True).filter(pk=assignment_id).first()
    if incident_id is None:
        raise NOT_FOUND()
    incident = Incident.objects.select_for_update().get(pk=incident_id)
    return Assignment.objects.select_for_update(of=("self",)).select_related("responder").get(pk=assignment_id), incident


def _change(assignment: Assignment, changes: dict[str, Any]) -> None:
    for name, value in changes.items():
        setattr(assignment, name, value)
    assignment.save(update_fields=list(changes))


def _case_after(incident: Incident, row: Step, at: datetime) -> tuple[str, dict[str, Any]]:
    forward = row.case in CASE_ORDER and incident.status in CASE_ORDER and CASE_ORDER.index(row.case) > CASE_ORDER.index(incident.status)
    to = row.case if forward else incident.status
    if row.case == "on_scene" and incident.on_scene_at is None:
        return to, {"on_scene_at": at}
    if row.after in ("declined", "cancelled") and incident.status in ("assigned", "enroute", "on_scene") and incident.agency_id is None:
        still_out = incident.assignments.filter(ended_at=None).exists()
        return (to if still_out else "verified"), {}
    return to, {}


def undo(*, assignment_id: int, by: User, at: datetime) -> Assignment:
    """Take back the assignment's last step, within ten seconds and by whoever made it: wet screens are tapped by mistake."""
    with acting(by=by, because=f"undo of assignment {assignment_id}"):
        assignment, incident = _locked_pair(assignment_id)
        last = Entry.objects.filter(incident=incident, data__assignment=assignment_id).order_by("-id").first()
        if last is None or last.kind == "undo" or last.by_id != by.pk or at - last.at > timedelta(seconds=UNDO_S):
            raise UNDO_TOO_LATE(f"Chỉ hoàn tác được trong {UNDO_S} giây.", f"A step can be taken back within {UNDO_S} seconds, by whoever made it.")
        was = last.data["was"]
        try:
            with transaction.atomic():
                _change(assignment, {"status": was["status"], **dict.fromkeys([*last.data["moments"], "ended_at"])})
        except IntegrityError as error:
            raise _taken(assignment.responder) from error
        back = was["case"] if incident.status == last.status_to else incident.status
        data = {"assignment": assignment_id, "undoes": last.pk}
        lifecycle.append(incident=incident, kind="undo", to=back, event="incident.unit_undone", by=by, at=at, note=assignment.responder.code, data=data)
        events.publish(kind="unit.undone", at=at, layer="responders", fids=[assignment.responder_id])
    return assignment


def release(*, incident: Incident, at: datetime) -> None:
    """Free every unit that is still out on a case that ends. Within `acting`."""
    for assignment in Assignment.objects.select_for_update().filter(incident=incident, ended_at=None):
        arrived = assignment.on_scene_at is not None
        _change(assignment, {"status": "cleared", "cleared_at": at, "ended_at": at} if arrived else {"status": "cancelled", "ended_at": at})
        events.publish(kind="unit.cleared" if arrived else "unit.cancelled", at=at, layer="responders", fids=[assignment.responder_id])
