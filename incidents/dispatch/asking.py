"""Units that are asked for: how long their agency may think, what happens when it does not answer or declines, and what an agency sees of it.

A request that nobody answered in time fills nothing: the next candidate is proposed, with an alarm. The agency may still accept. It is
told the unit, the kind of case and the place, never who reported.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from geo import events
from geo.acting import acting
from geo.crs import to_lonlat
from geo.errors import NOT_FOUND
from geo.models import User
from incidents import alarms, lifecycle
from incidents.dispatch import requesting
from incidents.dispatch.looking import look_at
from incidents.dispatch.recommending import Pick
from incidents.models import Assignment, Incident
from layers.access import SYSTEM

UNANSWERED, DECLINED = "request_unanswered", "request_declined"
MOST_AT_ONCE = 200
ANSWERS = ("accept", "decline")


def unanswered(at: datetime) -> int:
    """A rule of the clock: every request whose time is over is overdue once. Returns how many were."""
    late = Assignment.objects.filter(status="requested", ended_at=None, overdue_at=None, due_at__lte=at).order_by("due_at", "pk")
    return sum(_overdue(pk, incident, at) for pk, incident in late.values_list("pk", "incident_id")[:MOST_AT_ONCE])


def _overdue(assignment_id: int, incident_id: int, at: datetime) -> bool:
    with acting(by=None, because=f"no answer to request {assignment_id}"):
        # The case first, then its assignment: the order in which everybody locks; in between the agency may have answered.
        incident = Incident.objects.select_for_update().get(pk=incident_id)
        free = Assignment.objects.select_for_update(of=("self",)).select_related("responder__agency")
        assignment = free.filter(pk=assignment_id, status="requested", ended_at=None, overdue_at=None, due_at__lte=at).first()
        if assignment is None:
            return False
        assignment.overdue_at = at
        assignment.save(update_fields=["overdue_at"])
        proposed = proposal(incident, assignment, at)
        lifecycle.append(
            incident=incident,
            kind="unit_overdue",
            to=incident.status,
            event="incident.unit_overdue",
            by=None,
            at=at,
            note=_note(assignment, proposed),
            data={"assignment": assignment.pk, "unit": assignment.responder.code, **proposed},
        )
        events.publish(kind="unit.overdue", at=at, layer="responders", fids=[assignment.responder_id])
        requesting.tell(assignment, "request.overdue", at)
        _alarm(UNANSWERED, assignment, incident, proposed, at)
    return True


def _note(assignment: Assignment, proposed: dict[str, Any]) -> str:
    onward = f"; đề xuất tiếp: {proposed['next']['unit']}" if proposed.get("next") else ""
    return f"{assignment.responder.code}: {assignment.responder.agency.name} chưa trả lời{onward}"


def declined(*, assignment: Assignment, incident: Incident, at: datetime) -> None:
    """An agency or a unit said no: whoever dispatches hears it, with the next candidate. Within `acting`, the case locked."""
    _alarm(DECLINED, assignment, incident, proposal(incident, assignment, at), at)


def settled(*, assignment: Assignment, incident: Incident, at: datetime) -> None:
    """A request was answered or taken back: nothing is left to wait for. Within `acting`."""
    requesting.tell(assignment, "request.settled", at)
    alarms.clear(kind=UNANSWERED, incident=incident, responder=assignment.responder_id, at=at, because="the request was answered")


def sent_instead(*, incident: Incident, at: datetime) -> None:
    """Somebody else was sent: what was proposed has been decided. Within `acting`."""
    alarms.clear_case(incident=incident, kinds=(UNANSWERED, DECLINED), at=at, because="units were sent")


def _alarm(kind: str, assignment: Assignment, incident: Incident, proposed: dict[str, Any], at: datetime) -> None:
    data = {"unit": assignment.responder.code, "role": assignment.role, **proposed}
    alarms.raise_alarm(kind=kind, incident=incident, responder=assignment.responder_id, at=at, due_at=assignment.due_at, data=data)


def proposal(incident: Incident, assignment: Assignment, at: datetime) -> dict[str, Any]:
    """Who is next for the role of a request that came to nothing: `next` with unit, role and arrival; nothing where nobody is."""
    if incident.geom is None:
        return {}
    picks = look_at(incident, scope=SYSTEM, at=at).recommended.picks
    pick = next((one for one in picks if one.role.code == assignment.role), picks[0] if picks and not assignment.role else None)
    return {"next": _next(pick)} if pick else {}


def _next(pick: Pick) -> dict[str, Any]:
    one = pick.candidate
    return {"responder": one.unit.id, "unit": one.unit.code, "role": pick.role.code, "arrival_s": round(one.arrival_s)}


def requests_of(by: User, at: datetime) -> list[dict[str, Any]]:
    """The requests that wait for the answer of this person's agency, the most urgent first."""
    return [_request(row, at) for row in _waiting(by)]


def _waiting(by: User) -> Iterator[Assignment]:
    if by.agency_id is None:
        return iter(())
    found = Assignment.objects.select_related("incident", "responder").filter(responder__agency_id=by.agency_id, status="requested", ended_at=None)
    return iter(found.order_by("due_at", "pk")[:MOST_AT_ONCE])


def _request(row: Assignment, at: datetime) -> dict[str, Any]:
    case, place = row.incident, row.incident.geom
    where = to_lonlat(place.x, place.y) if place is not None else (None, None)
    return {
        "id": row.pk,
        "unit": {"id": row.responder_id, "code": row.responder.code, "name": row.responder.name},
        "role": row.role,
        "incident": {
            "code": case.code,
            "category": case.category,
            "severity": case.severity,
            "place_name": case.place_name,
            "road_name": case.road_name,
            "ward_name": case.ward_name,
            "lon": where[0],
            "lat": where[1],
            "exercise": case.exercise,
            # What a compartmented case is about is said by telephone.
            "description": "" if case.restricted else case.description,
        },
        "requested_at": row.requested_at,
        "due_at": row.due_at,
        "overdue": row.overdue_at is not None or (row.due_at is not None and row.due_at <= at),
    }


def check_own(*, assignment_id: int, by: User) -> None:
    """Whether this person's agency is asked. Raises NOT_FOUND: another agency's request is as missing as one that never was."""
    if by.agency_id is None or not Assignment.objects.filter(pk=assignment_id, responder__agency_id=by.agency_id, status="requested", ended_at=None).exists():
        raise NOT_FOUND()
