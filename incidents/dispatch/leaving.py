"""A real case takes a unit that is out in an exercise: its rehearsal ends where it stands, in the same transaction, and both logs say so.

Never the other way round: what is rehearsed takes nothing that is at work.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from geo import events
from geo.models import User
from incidents import lifecycle
from incidents.dispatch import asking
from incidents.models import Assignment, Incident, Responder

WHY = "Rời diễn tập để đi vụ thật"


def lock(responder_ids: Sequence[int]) -> dict[int, Incident]:
    """The cases of an exercise on which these units are out, locked in the order of their ids. Within `acting`, before the units are locked."""
    out = Assignment.objects.filter(responder_id__in=responder_ids, ended_at=None, incident__exercise=True).values_list("incident_id", flat=True)
    return {case.pk: case for case in Incident.objects.select_for_update().filter(pk__in=list(out)).order_by("pk")}


def leave(*, units: Sequence[Responder], rehearsals: Mapping[int, Incident], called_to: Incident, by: User, at: datetime) -> dict[str, str]:
    """End what these units rehearse, of the cases that are locked. Returns the units that left, each with the exercise's case, by their codes.

    A unit that was sent to another rehearsal in between is told as taken, like any other; whoever sends it again gets it.
    """
    found = (
        Assignment.objects.select_for_update(of=("self",)).select_related("responder").filter(responder__in=units, ended_at=None, incident_id__in=rehearsals)
    )
    return {one.responder.code: _leave(one, rehearsals[one.incident_id], called_to, by, at) for one in found.order_by("pk")}


def _leave(assignment: Assignment, rehearsal: Incident, called_to: Incident, by: User, at: datetime) -> str:
    was = {"status": assignment.status, "case": rehearsal.status, "ended_at": None}
    assignment.status, assignment.ended_at, assignment.reason = "cancelled", at, WHY
    assignment.save(update_fields=["status", "ended_at", "reason"])
    still_out = rehearsal.assignments.filter(ended_at=None).exists()
    to = "verified" if rehearsal.status in ("assigned", "enroute", "on_scene") and not still_out else rehearsal.status
    # Whoever plays need not know of a restricted case.
    whither = "" if called_to.restricted else f" {called_to.code}"
    lifecycle.append(
        incident=rehearsal,
        kind="unit_cancel",
        to=to,
        event="incident.unit_cancel",
        by=by,
        at=at,
        note=f"{assignment.responder.code}: {WHY}{whither}",
        data={"assignment": assignment.pk, "unit": assignment.responder.code, "was": was, "moments": [], "left_exercise": True},
    )
    events.publish(kind="unit.cancelled", at=at, layer="responders", fids=[assignment.responder_id])
    if was["status"] == "requested":
        asking.settled(assignment=assignment, incident=rehearsal, at=at)
    return rehearsal.code
