"""One look at a case: who could get there, what its run card asks for, what is out already, who is held, and what follows from all of it."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from incidents.dispatch import candidates, recommending, reserving, runcards
from incidents.dispatch.candidates import Candidate, PassedOver
from incidents.dispatch.recommending import Recommendation
from incidents.dispatch.runcards import Card
from incidents.models import Assignment, Incident, Reservation
from incidents.rehearsal import mustering
from layers.access import Scope
from layers.ways import travel


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
    out = _out(incident_id)
    refused = out.refused
    recommended = recommending.recommend(
        card=runcards.card_for(category, severity),
        filled=out.filled,
        found=found,
        # Who is on this very case is no help to it.
        passed=[over for over in passed if over.unit.id not in out.units],
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


@dataclass(frozen=True)
class Out:
    """Who is out on a case, for which roles, and who has said no to it."""

    units: frozenset[int]
    filled: Counter[str]
    refused: frozenset[int]


def _out(incident_id: int) -> Out:
    """A request that nobody answered in time fills nothing."""
    rows = list(Assignment.objects.filter(incident_id=incident_id).values_list("responder_id", "role", "status", "overdue_at", "ended_at"))
    open_ = [row for row in rows if row[4] is None]
    filled = Counter(role for _, role, status, overdue_at, _ in open_ if role and not (status == "requested" and overdue_at))
    return Out(frozenset(row[0] for row in open_), filled, frozenset(row[0] for row in rows if row[2] == "declined"))
