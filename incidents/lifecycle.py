"""How a case moves: one table of verbs, and the one function that appends a step to a case's sequence.

It refuses a verb that the case's status does not allow, and says which it allows.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from psycopg2 import sql

from geo import events
from geo.errors import NOT_FOUND, define
from geo.models import User
from incidents import alarms, roster, shifts
from incidents.models import Entry, Incident
from layers.access import Scope, opened

NOT_NOW = define("not_now", 409, "Trạng thái hiện tại không cho phép", "The case's state does not allow this")
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
    "under_control": Verb(frozenset({"on_scene"}), "under_control", "handle_cases", "incident.under_control", "under_control_at"),
    "resolve": Verb(RUNNING - {"resolved"}, "resolved", "handle_cases", "incident.resolved"),
    "close": Verb(frozenset({"verified"}) | RUNNING, "closed", "handle_cases", "incident.closed", "closed_at"),
    "cancel": Verb(OPEN, "cancelled", "handle_cases", "incident.cancelled", "closed_at"),
    "reopen": Verb(ENDED, "reopened", "handle_cases", "incident.reopened"),
}
# Steps that units make; the case follows them (incidents.dispatching).
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
UNIT_STEPS = ("incident.unit_accept", "incident.unit_decline", "incident.unit_enroute", "incident.unit_on_scene", "incident.unit_clear", "incident.unit_cancel")
EVENTS = (
    "incident.reported",
    *sorted({verb.event for verb in VERBS.values()}),
    *UNIT_STEPS,
    "incident.unit_undone",
    "incident.attached",
    "incident.reserved",
    "incident.asked",
    "incident.evidence",
    "incident.unit_overdue",
    "incident.playbook",
    "incident.opinion",
    *UNIT_EVENTS,
    "responder.moved",
    *alarms.EVENTS,
    *roster.EVENTS,
)


def allowed(status: str, scope: Scope) -> list[str]:
    """The verbs that this caller may use on a case in this status."""
    return [name for name, verb in VERBS.items() if status in verb.before and scope.may(verb.permission)]


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
    if row.moment and getattr(incident, row.moment) is None:
        changes.setdefault(row.moment, at)
    return append(incident=incident, kind=verb, to=row.after or incident.status, event=row.event, by=by, at=at, note=note, data=data, **changes)


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
    entry = Entry.objects.create(incident=incident, at=at, by=by, kind=kind, status_from=incident.status, status_to=to, note=note, data=data or {})
    for name, value in {**changes, "status": to, "version": incident.version + 1}.items():
        setattr(incident, name, value)
    incident.save(update_fields=[*changes, "status", "version"])
    if entry.status_from in UNHEARD and to not in UNHEARD:
        alarms.clear(kind="case_unheard", incident=incident, at=at, because="the case was taken")
    if to in ENDED:
        alarms.clear_case(incident=incident, at=at, because="the case has ended")
    events.publish(kind=event, at=at, layer="incidents", fids=[incident.pk])
    return entry
