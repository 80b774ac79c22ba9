"""One look at a case: who could get there, what its run card asks for, what is out already, who is held, and what follows from all of it."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from incidents import candidates, mustering, recommending, reserving, runcards
from incidents.candidates import Candidate, PassedOver
from incidents.models import Assignment, Incident, Reservation
from incidents.recommending import Recommendation
from incidents.runcards import Card
from layers import travel
from layers.access import Scope


@dataclass(frozen=True)
class Look:
    """What was known at one moment."""

    at: datetime
    found: tuple[Candidate, ...]
    passed: tuple[PassedOver, ...]
    holds: dict[int, Reservation]
    refused: frozenset[int]
    recommended: Recommendation

    @property
    def card(self) -> Card:
        return self.recommended.card

    @cached_property
    def arrivals(self) -> dict[int, Candidate]:
        return {one.unit.id: one for one in self.found}


def look(*, incident_id: int, category: str, severity: int, scene: tuple[float, float], scope: Scope, at: datetime, stale_too: bool = False) -> Look:
    """Look now. The scene is in city metres; whoever calls has seen the case."""
    found, passed = candidates.candidates(scene=scene, of=candidates.units(scope), network=travel.network(at), at=at, stale_too=stale_too)
    able = mustering.units_of(incident_id)
    if able is not None:
        passed = [*passed, *(PassedOver(one.unit, "not_in_exercise", {}) for one in found if one.unit.id not in able)]
        found = [one for one in found if one.unit.id in able]
    holds = reserving.open_holds(at)
    refused = frozenset(Assignment.objects.filter(incident_id=incident_id, status="declined").values_list("responder_id", flat=True))
    recommended = recommending.recommend(
        card=runcards.card_for(category, severity),
        filled=filled(incident_id),
        found=found,
        passed=passed,
        holds=holds,
        incident_id=incident_id,
        at=at,
        refused=refused,
    )
    return Look(at, tuple(found), tuple(passed), holds, refused, recommended)


def look_at(incident: Incident, *, scope: Scope, at: datetime) -> Look:
    """The same from a row with a place."""
    scene = (incident.geom.x, incident.geom.y)
    return look(incident_id=incident.pk, category=incident.category, severity=incident.severity, scene=scene, scope=scope, at=at)


def filled(incident_id: int) -> Counter[str]:
    """How many of each role are out on a case: a request that nobody answered in time fills nothing."""
    open_ = Assignment.objects.filter(incident_id=incident_id, ended_at=None).exclude(status="requested", overdue_at__isnull=False)
    return Counter(open_.exclude(role="").values_list("role", flat=True))
