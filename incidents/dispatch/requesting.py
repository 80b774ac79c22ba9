"""Who hears of a request: the agency that is asked, each time something of it changes, and nobody else. What it may read of it is asking's to say."""

from datetime import datetime

from geo import events
from geo.events import Happened
from incidents.models import Assignment, Incident
from layers import changes
from layers.access import Scope

# What an agency reads of the case that its unit is asked for.
READ = frozenset({"category", "severity", "place_name", "road_name", "ward_name", "description", "geom", "restricted"})


def tell(assignment: Assignment, kind: str, at: datetime) -> None:
    """Let the agency hear that one of its requests moved. Within `acting`."""
    events.publish(kind=kind, at=at, data={"agency": assignment.responder.agency_id})


def amended(*, incident: Incident, changed: frozenset[str], at: datetime) -> None:
    """What a case is about, or where, has changed: the agencies that have not answered yet read it anew. Within `acting`."""
    if not changed & READ:
        return
    waiting = Assignment.objects.filter(incident=incident, status="requested", ended_at=None).select_related("responder").order_by("pk")
    for one in {one.responder.agency_id: one for one in waiting}.values():
        tell(one, "request.amended", at)


def _is_asked(event: Happened, scope: Scope) -> bool:
    return scope.may("answer_cases") and scope.agency_id is not None and event.data.get("agency") == scope.agency_id


changes.OF_NO_LAYER["request."] = _is_asked
