"""Who goes where: candidates for a case by arrival, the moment one is sent, and each unit's own steps until it is free again.

A unit that the centre directs is sent; one that it may only ask for waits for its agency to accept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from geo import events
from geo.acting import acting
from geo.city import CITY
from geo.errors import NOT_FOUND, define
from geo.models import User
from incidents import lifecycle
from incidents.dispatch import asking, calibrating, leaving, requesting, reserving
from incidents.dispatch.candidates import units
from incidents.dispatch.looking import Look
from incidents.dispatch.recommending import Doubt, Recommendation, fit_doubt, hold_doubts, rest_doubts
from incidents.guidance import stepping
from incidents.lifecycle import REASON_NEEDED
from incidents.models import Assignment, Entry, Incident, Reservation, Responder
from incidents.rehearsal import mustering
from layers.access import Scope

UNIT_TAKEN = define("unit_taken", 409, "Lực lượng này đã được điều", "This unit has already been sent")
UNIT_OFF = define("unit_off", 409, "Lực lượng này không trực", "This unit is not on duty")
STEP_NOT_NOW = define("step_not_now", 409, "Lượt điều động không cho phép bước này", "The assignment does not allow this step")
UNDO_TOO_LATE = define("undo_too_late", 409, "Đã quá lúc hoàn tác", "It is too late to undo")
NO_ROLE = define("no_role", 422, "Phương án không có vai trò này", "The run card has no such role")
NO_UNITS = define("no_units", 422, "Chưa chọn lực lượng", "No unit was chosen")

UNDO_S = 10


@dataclass(frozen=True)
class Send:
    """One unit to send, for one role of the run card; no role: the one that it fits best."""

    responder_id: int
    role: str = ""


def dispatch(*, incident_id: int, sends: Sequence[Send], look: Look, scope: Scope, by: User, at: datetime, because: str = "") -> Incident:
    """Send units to a case, all or none; what was recommended is kept beside it.

    Raises NOT_NOW, NO_PLACE, NO_UNITS, NO_ROLE, NOT_FOUND, UNIT_OFF, UNIT_TAKEN, which says who has it, or REASON_NEEDED, which says for what.
    """
    if not sends:
        raise NO_UNITS()
    with acting(by=by, because=because or f"dispatch to case {incident_id}"):
        incident = lifecycle.locked(incident_id, scope)
        lifecycle.check(incident, "dispatch")
        if incident.geom is None:
            raise lifecycle.NO_PLACE()
        mustering.check_units(incident.pk, [send.responder_id for send in sends])
        roles = _roles(sends, look.recommended)
        # Cases before units: the order in which everybody locks.
        rehearsals = {} if incident.exercise else leaving.lock(list(roles))
        chosen = _locked_units(list(roles), scope)
        holds = reserving.holds_that_count(at, exercise=incident.exercise)
        reasons = _reasons(incident, chosen, roles, look.recommended, holds, scope, at)
        spoken = [reason for unit in chosen for reason in reasons[unit.pk]]
        _insist(chosen, spoken, because)
        left = leaving.leave(units=chosen, rehearsals=rehearsals, called_to=incident, by=by, at=at)
        sent = [_assign(incident, unit, roles[unit.pk], look, by, at, because if reasons[unit.pk] else "") for unit in chosen]
        # Those of an exercise end too: nobody who has been sent is held.
        for hold in (hold for unit, hold in reserving.open_holds(at).items() if unit in roles):
            reserving.end(hold, how="dispatched" if hold.incident_id == incident.pk else "taken", at=at)
        _write(incident, sent, spoken, because, look, left, by, at)
        asking.sent_instead(incident=incident, at=at)
    return incident


def _write(
    incident: Incident, sent: Sequence[Assignment], reasons: Sequence[Doubt], because: str, look: Look, left: Mapping[str, str], by: User, at: datetime
) -> None:
    codes = [assignment.responder.code for assignment in sent]
    data = {
        "units": codes,
        "assignments": [assignment.pk for assignment in sent],
        "roles": {assignment.responder.code: assignment.role for assignment in sent},
        "recommended": look.recommended.as_data(),
        "card": {"slug": look.recommended.card.slug, "version": look.recommended.card.version},
        **({"because": because, "reasons": [reason.vi for reason in reasons]} if reasons else {}),
        **({"left_exercise": dict(left)} if left else {}),
    }
    to = "assigned" if incident.status == "verified" else incident.status
    moment = {} if incident.dispatched_at else {"dispatched_at": at}
    note = ", ".join(codes) + (f": {because}" if because else "") + (f" (rời diễn tập: {', '.join(left)})" if left else "")
    lifecycle.append(incident=incident, kind="dispatch", to=to, event="incident.dispatched", by=by, at=at, note=note, data=data, **moment)
    stepping.follow(incident=incident, by=by, at=at)
    for assignment in sent:
        events.publish(kind=f"unit.{assignment.status}", at=at, layer="responders", fids=[assignment.responder_id])
        if assignment.status == "requested":
            requesting.tell(assignment, "request.made", at)


def _roles(sends: Sequence[Send], look: Recommendation) -> dict[int, str]:
    """Each unit and its role. Raises NO_ROLE."""
    known = [role.code for role in look.card.roles]
    for send in sends:
        if send.role and send.role not in known:
            raise NO_ROLE(f"Không có vai trò {send.role!r}; có: {', '.join(known)}.", f"There is no role {send.role!r}; there are: {', '.join(known)}.")
    return {send.responder_id: send.role or look.role_of(send.responder_id) for send in sends}


def _locked_units(responder_ids: Sequence[int], scope: Scope) -> list[Responder]:
    """The units in the order of their ids, so that two people who send the same two never wait for each other."""
    wanted = sorted(set(responder_ids))
    found = list(Responder.objects.select_for_update().filter(pk__in=wanted).order_by("pk"))
    if not {unit.id for unit in units(scope)}.issuperset(wanted) or len(found) < len(wanted):
        raise NOT_FOUND("Không có lực lượng này.", "There is no such unit.")
    return found


def _reasons(
    incident: Incident, chosen: Sequence[Responder], roles: dict[int, str], look: Recommendation, holds: Mapping[int, Reservation], scope: Scope, at: datetime
) -> dict[int, list[Doubt]]:
    """Of each unit what makes this order a matter of a written reason: read under the lock, whatever the page showed."""
    known = {unit.id: unit for unit in units(scope)}
    by_code = {role.code: role for role in look.card.roles}
    reasons: dict[int, list[Doubt]] = {}
    for unit in chosen:
        seen = known[unit.pk]
        found = [Doubt.of("off_duty", unit=unit.code)] if unit.duty == "off_duty" else []
        found += [*rest_doubts(seen, at), *hold_doubts(seen, holds.get(unit.pk), incident.pk)]
        role = by_code.get(roles[unit.pk])
        found += fit_doubt(seen, role) if role and look.card.in_force else []
        if look.card.in_force and not look.role_of(unit.pk):
            found.append(Doubt.of("not_recommended", unit=unit.code, instead=f"({', '.join(pick.candidate.unit.code for pick in look.picks) or '–'})"))
        reasons[unit.pk] = found
    return reasons


def _insist(chosen: Sequence[Responder], reasons: Sequence[Doubt], because: str) -> None:
    """Out of service goes nowhere; whatever else speaks against it wants a reason in writing. Raises UNIT_OFF or REASON_NEEDED."""
    off = [unit for unit in chosen if unit.duty == "out_of_service" or (unit.duty == "off_duty" and not because.strip())]
    if off:
        raise UNIT_OFF(f"{off[0].code} không trực.", f"{off[0].code} is not on duty.", unit=off[0].code)
    if reasons and not because.strip():
        vi, en = "; ".join(reason.vi for reason in reasons), "; ".join(reason.en for reason in reasons)
        raise REASON_NEEDED(f"Ghi lý do: {vi}.", f"Say why: {en}.", reasons=[{"code": one.code, "vi": one.vi, "en": one.en} for one in reasons])


def _assign(incident: Incident, unit: Responder, role: str, look: Look, by: User, at: datetime, because: str) -> Assignment:
    arrival, directed = look.arrivals.get(unit.pk), unit.authority == "directed"
    try:
        with transaction.atomic():
            return Assignment.objects.create(
                incident=incident,
                responder=unit,
                status="assigned" if directed else "requested",
                by=by,
                requested_at=at,
                role=role,
                because=because[:300],
                due_at=None if directed else at + timedelta(seconds=CITY.dispatching.accept_s[incident.severity]),
                eta_s=arrival.travel_s if arrival else None,
                distance_m=arrival.distance_m if arrival else None,
                turnout_s=arrival.turnout_s if arrival else None,
                worst_s=arrival.worst_s if arrival else None,
                class_s=calibrating.by_class(arrival) if arrival else {},
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


def step(*, assignment_id: int, name: str, by: User | None, at: datetime, reason: str = "") -> Assignment:
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
        if was["status"] == "requested":
            asking.settled(assignment=assignment, incident=incident, at=at)
        if row.after == "declined":
            asking.declined(assignment=assignment, incident=incident, at=at)
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
        was, stood = last.data["was"], assignment.status
        try:
            with transaction.atomic():
                _change(assignment, {"status": was["status"], **dict.fromkeys([*last.data["moments"], "ended_at"])})
        except IntegrityError as error:
            raise _taken(assignment.responder) from error
        back = was["case"] if incident.status == last.status_to else incident.status
        data = {"assignment": assignment_id, "undoes": last.pk}
        lifecycle.append(incident=incident, kind="undo", to=back, event="incident.unit_undone", by=by, at=at, note=assignment.responder.code, data=data)
        events.publish(kind="unit.undone", at=at, layer="responders", fids=[assignment.responder_id])
        if "requested" in (was["status"], stood):
            requesting.tell(assignment, "request.made", at)
    return assignment


def release(*, incident: Incident, at: datetime) -> None:
    """Free every unit that is still out on a case that ends. Within `acting`."""
    for assignment in Assignment.objects.select_for_update(of=("self",)).select_related("responder").filter(incident=incident, ended_at=None):
        arrived, asked = assignment.on_scene_at is not None, assignment.status == "requested"
        _change(assignment, {"status": "cleared", "cleared_at": at, "ended_at": at} if arrived else {"status": "cancelled", "ended_at": at})
        events.publish(kind="unit.cleared" if arrived else "unit.cancelled", at=at, layer="responders", fids=[assignment.responder_id])
        if asked:
            requesting.tell(assignment, "request.settled", at)
    for hold in Reservation.objects.select_for_update().filter(incident=incident, ended_at=None):
        reserving.end(hold, how="closed", at=at)
