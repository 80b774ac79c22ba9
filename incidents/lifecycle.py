"""How a case moves: one table of verbs, and the one function that appends a step to a case's sequence.

It refuses a verb that the case's status does not allow, and says which it allows.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from psycopg2 import sql

from geo import events
from geo.errors import NOT_FOUND, define
from geo.models import User
from incidents import alarms, areas
from incidents.dispatch import requesting
from incidents.models import Entry, Incident
from incidents.units import roster, shifts
from layers.access import Scope, opened

NOT_NOW = define("not_now", 409, "Trạng thái hiện tại không cho phép", "The case's state does not allow this")
REASON_NEEDED = define("reason_needed", 422, "Cần lý do", "A reason is needed")

# What a verb was given, and what it adds to its step: the note, and the columns that change (`data` goes into the step, `to` names its status).
Given = dict[str, Any]
Added = tuple[str, dict[str, Any]]
NO_PLACE = define("no_place", 409, "Vụ này chưa có vị trí", "The case has no place yet")

UNHEARD = frozenset({"new", "reopened"})
HEARD = frozenset({"new", "verifying", "reopened"})
RUNNING = frozenset({"assigned", "enroute", "on_scene", "under_control", "resolved"})
OPEN = HEARD | {"verified"} | RUNNING
ENDED = frozenset({"closed", "cancelled", "unfounded", "duplicate", "transferred"})
EVERY = OPEN | ENDED

# The tab of open cases that nobody knows the place of yet; each of them is in the tab of its status too.
UNPLACED = "unplaced"
# What the queue's tabs hold.
STATES: dict[str, frozenset[str]] = {
    "new": HEARD,
    "verified": frozenset({"verified"}),
    "running": RUNNING,
    "done": ENDED,
    "open": OPEN,
    UNPLACED: OPEN,
}


@dataclass(frozen=True)
class Verb:
    """From which statuses, to which (empty: it stays), who may, what the event is called, which moment it marks."""

    before: frozenset[str]
    after: str
    permission: str
    event: str
    moment: str = ""


VERBS: dict[str, Verb] = {
    "acknowledge": Verb(frozenset({"new", "reopened"}), "verifying", "handle_cases", "incident.acknowledged", "acknowledged_at"),
    "verify": Verb(HEARD, "verified", "handle_cases", "incident.verified", "verified_at"),
    "reject": Verb(HEARD, "unfounded", "handle_cases", "incident.rejected", "closed_at"),
    "merge": Verb(HEARD | {"verified"}, "duplicate", "handle_cases", "incident.merged", "closed_at"),
    "forward": Verb(frozenset({"verified", "assigned", "resolved"}), "assigned", "handle_cases", "incident.forwarded"),
    "answer": Verb(frozenset({"assigned", "enroute", "on_scene", "under_control"}), "resolved", "answer_cases", "incident.answered", "answered_at"),
    "transfer": Verb(frozenset({"verified", "assigned"}), "transferred", "handle_cases", "incident.transferred", "closed_at"),
    "place": Verb(OPEN, "", "handle_cases", "incident.placed"),
    "note": Verb(EVERY, "", "handle_cases", "incident.noted"),
    "dispatch": Verb(frozenset({"verified"}) | RUNNING, "", "dispatch_units", "incident.dispatched", "dispatched_at"),
    "promote": Verb(OPEN - {"resolved"}, "", "handle_cases", "incident.promoted"),
    "demote": Verb(HEARD | {"verified", "assigned"}, "", "handle_cases", "incident.demoted"),
    "undo_speed": Verb(OPEN, "", "handle_cases", "incident.speed_undone"),
    "link": Verb(OPEN, "", "handle_cases", "incident.linked"),
    "unlink": Verb(EVERY, "", "handle_cases", "incident.unlinked"),
    "split": Verb(frozenset({"duplicate"}), "", "handle_cases", "incident.split"),
    "divide": Verb(OPEN, "", "handle_cases", "incident.split"),
    "restrict": Verb(EVERY, "", "handle_cases", "incident.restricted"),
    "unrestrict": Verb(EVERY, "", "see_restricted", "incident.unrestricted"),
    "admit": Verb(EVERY, "", "see_restricted", "incident.person_added"),
    "dismiss": Verb(EVERY, "", "see_restricted", "incident.person_removed"),
    "under_control": Verb(frozenset({"on_scene"}), "under_control", "handle_cases", "incident.under_control", "under_control_at"),
    "resolve": Verb(RUNNING - {"resolved"}, "resolved", "handle_cases", "incident.resolved"),
    "close": Verb(frozenset({"verified"}) | RUNNING, "closed", "handle_cases", "incident.closed", "closed_at"),
    "cancel": Verb(OPEN, "cancelled", "handle_cases", "incident.cancelled", "closed_at"),
    # What was merged is not opened again but split off: its reporter and its clock go with it.
    "reopen": Verb(ENDED - {"duplicate"}, "reopened", "handle_cases", "incident.reopened"),
}
# Which verbs make sense for a case as it is, beside its status; a verb that is not named always does.
FITS: dict[str, Callable[[Mapping[str, Any]], bool]] = {
    "promote": lambda item: item["process"] == "timed" and item["parent"] is None,
    "demote": lambda item: item["process"] == "immediate" and item["parent"] is None,
    "undo_speed": lambda item: item.get("speed_undo_until") is not None,
    "link": lambda item: item["parent"] is None and not item["parts"],
    "unlink": lambda item: item["parent"] is not None,
    "restrict": lambda item: not item["restricted"],
    "unrestrict": lambda item: item["restricted"],
    "admit": lambda item: item["restricted"],
    "dismiss": lambda item: item["restricted"],
}
# What two operators may change at the same time, each in a field of its own: a step remembers what was there.
AMENDABLE = ("category", "severity", "description", "place_name")
# Steps that units make; the case follows them (incidents.dispatch.dispatching).
UNIT_EVENTS = (
    "unit.requested",
    "unit.assigned",
    "unit.accepted",
    "unit.declined",
    "unit.enroute",
    "unit.on_scene",
    "unit.cleared",
    "unit.cancelled",
    "unit.undone",
    "unit.overdue",
    "unit.reserved",
    "unit.unreserved",
    *shifts.EVENTS,
)
UNIT_STEPS = (
    "incident.unit_accept",
    "incident.unit_decline",
    "incident.unit_enroute",
    "incident.unit_on_scene",
    "incident.unit_clear",
    "incident.unit_cancel",
    "incident.unit_check",
)
EVENTS = (
    "incident.reported",
    *sorted({verb.event for verb in VERBS.values()}),
    *UNIT_STEPS,
    "incident.unit_undone",
    "incident.attached",
    "incident.amended",
    "incident.reserved",
    "incident.asked",
    "incident.called",
    "call.ringing",
    "call.answered",
    "call.ended",
    "call.taken",
    "incident.evidence",
    "incident.unit_overdue",
    "incident.playbook",
    "incident.opinion",
    "incident.exercise",
    *UNIT_EVENTS,
    areas.EVENT,
    "responder.moved",
    *alarms.EVENTS,
    *roster.EVENTS,
)


def allowed(item: Mapping[str, Any], scope: Scope) -> list[str]:
    """The verbs that this caller may use on a case as it is now (as queries shows it)."""
    return [name for name, verb in VERBS.items() if item["status"] in verb.before and scope.may(verb.permission) and FITS.get(name, _always)(item)]


def _always(item: Mapping[str, Any]) -> bool:
    return True


def reason_of(given: Given) -> str:
    """The reason that a verb was given. Raises REASON_NEEDED."""
    reason = str(given["reason"] or given["note"]).strip()
    if not reason:
        raise REASON_NEEDED()
    return reason


def hold(fids: Iterable[int]) -> None:
    """Lock cases until the transaction ends, in the order of their ids: two verbs on the same cases never wait for each other in a circle."""
    list(Incident.objects.select_for_update().filter(pk__in=set(fids)).order_by("pk").values_list("pk"))


def locked(incident_id: int, scope: Scope) -> Incident:
    """The case, locked until the transaction ends. Raises NOT_FOUND for one that this caller may not see."""
    seen = opened("incidents", scope)
    with connection.cursor() as cursor:
        statement = sql.SQL("select 1 from {} t where {} = %(fid)s and {}").format(seen.relation, seen.fid, seen.where)
        cursor.execute(statement.as_string(connection.connection), {**seen.params, "fid": incident_id})
        if cursor.fetchone() is None:
            raise NOT_FOUND()
    return Incident.objects.select_for_update().get(pk=incident_id)


def check(incident: Incident, verb_name: str) -> Verb:
    """The verb, when the case's status allows it. Raises NOT_NOW, which names what is allowed."""
    verb = VERBS[verb_name]
    if incident.status not in verb.before:
        possible = [name for name, other in VERBS.items() if incident.status in other.before]
        raise NOT_NOW(
            f"Vụ {incident.code} đang ở trạng thái {incident.status}; có thể: {', '.join(possible)}.",
            f"Case {incident.code} is {incident.status}; it can be: {', '.join(possible)}.",
            was=incident.status,
            allowed=possible,
        )
    return verb


def move(*, incident: Incident, verb: str, by: User | None, at: datetime, note: str = "", data: dict[str, Any] | None = None, **changes: Any) -> Entry:
    """Append one step to a locked case within `acting`: check, write, remember who and why, publish. Raises NOT_NOW."""
    row = check(incident, verb)
    to = changes.pop("to", row.after or incident.status)
    if row.moment and getattr(incident, row.moment) is None:
        changes.setdefault(row.moment, at)
    return append(incident=incident, kind=verb, to=to, event=row.event, by=by, at=at, note=note, data=data, **changes)


def append(
    *,
    incident: Incident,
    kind: str,
    to: str,
    event: str,
    by: User | None,
    at: datetime,
    note: str = "",
    data: dict[str, Any] | None = None,
    **changes: Any,
) -> Entry:
    """Write a step: the entry, the pointer to it, and its event."""
    said = {**(data or {}), **_amended(incident, changes)}
    entry = Entry.objects.create(incident=incident, at=at, by=by, kind=kind, status_from=incident.status, status_to=to, note=note, data=said)
    moved = incident.restricted and "geom" in changes
    if moved:
        areas.told(incident, at)
    for name, value in {**changes, "status": to, "version": incident.version + 1}.items():
        setattr(incident, name, value)
    incident.save(update_fields=[*changes, "status", "version"])
    if moved or "restricted" in changes or (incident.restricted and (to in ENDED) != (entry.status_from in ENDED)):
        areas.told(incident, at)
    if entry.status_from in UNHEARD and to not in UNHEARD:
        alarms.clear(kind="case_unheard", incident=incident, at=at, because="the case was taken")
    if to in ENDED:
        alarms.clear_case(incident=incident, at=at, because="the case has ended")
    requesting.amended(incident=incident, changed=frozenset(changes), at=at)
    events.publish(kind=event, at=at, layer="incidents", fids=[incident.pk])
    return entry


def _amended(incident: Incident, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Which of the fields that people write together this step changes, from what to what, and the version that comes of it."""
    fields = {name: [getattr(incident, name), changes[name]] for name in AMENDABLE if name in changes and changes[name] != getattr(incident, name)}
    return {"fields": fields, "version": incident.version + 1} if fields else {}
