"""One look at a case: who could get there, what its run card asks for, what is out already, who is held, and what follows from all of it."""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db import connection
from psycopg2 import sql

from geo import prepared
from geo.errors import NOT_FOUND
from geo.sql import statement
from incidents import lifecycle
from incidents.dispatch import candidates, recommending, reserving, runcards
from incidents.dispatch.candidates import Candidate, PassedOver
from incidents.dispatch.recommending import Recommendation
from incidents.dispatch.runcards import Card
from incidents.models import Incident, Reservation
from incidents.rehearsal import mustering
from layers.access import Scope, opened
from layers.ways import travel

SEEN = sql.SQL("select {}, {}, public.st_x({}), public.st_y({}) from {} t where {} and t.id = %(id)s::bigint")


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
    out = _out(incident_id, category, severity, at)
    able = mustering.units_of(incident_id) if out.exercise else None
    if able is not None:
        passed = [*passed, *(PassedOver(one.unit, "not_in_exercise", {}) for one in found if one.unit.id not in able)]
        # One rehearsal takes no unit from another case, not even of its own: only what is real does.
        passed += [PassedOver(one.unit, "busy", {"case": one.unit.incident_code or "?"}) for one in found if one.unit.id in able and one.unit.leaves_exercise]
        found = [one for one in found if one.unit.id in able and not one.unit.leaves_exercise]
    holds = reserving.holds_that_count(at, exercise=able is not None) if out.holds else {}
    recommended = recommending.recommend(
        card=out.card,
        filled=out.filled,
        found=found,
        # Who is on this very case is no help to it.
        passed=[over for over in passed if over.unit.id not in out.units],
        holds=holds,
        incident_id=incident_id,
        at=at,
        refused=out.refused,
    )
    return Look(at, tuple(found), tuple(passed), holds, out.refused, recommended)


def look_by_id(*, incident_id: int, scope: Scope, at: datetime, stale_too: bool = False) -> Look:
    """The same of a case by its id. Raises NOT_FOUND, also for a case that the caller may not see, and NO_PLACE."""
    category, severity, x, y = _seen(incident_id, scope)
    if x is None or y is None:
        raise lifecycle.NO_PLACE("Đặt vị trí cho vụ này trước.", "Say where the case is first.")
    return look(incident_id=incident_id, category=category, severity=severity, scene=(x, y), scope=scope, at=at, stale_too=stale_too)


def _seen(incident_id: int, scope: Scope) -> tuple[str, int, float | None, float | None]:
    """Of a case what a look asks for, as the caller may see it. Raises NOT_FOUND."""
    if not 0 < incident_id < 2**63:
        raise NOT_FOUND()
    seen = opened("incidents", scope)
    with connection.cursor() as cursor:
        text = SEEN.format(seen.column("category"), seen.column("severity"), seen.geometry, seen.geometry, seen.relation, seen.where)
        prepared.run(cursor, prepared.prepared(text.as_string(cursor.cursor)), {**seen.params, "id": incident_id})
        found = cursor.fetchone()
    if found is None:
        raise NOT_FOUND()
    return found


def look_at(incident: Incident, *, scope: Scope, at: datetime) -> Look:
    """The same from a row with a place."""
    scene = (incident.geom.x, incident.geom.y)
    return look(incident_id=incident.pk, category=incident.category, severity=incident.severity, scene=scene, scope=scope, at=at)


@dataclass(frozen=True)
class Out:
    """Who is out on a case, for which roles, and who has said no to it; its card; whether it is an exercise's, and whether any unit is held at all."""

    units: frozenset[int]
    filled: Counter[str]
    refused: frozenset[int]
    card: Card
    exercise: bool
    holds: bool


def _out(incident_id: int, category: str, severity: int, at: datetime) -> Out:
    """A request that nobody answered in time fills nothing."""
    asked = {"id": incident_id, "at": at, "category": category, "severity": severity}
    with connection.cursor() as cursor:
        prepared.run(cursor, prepared.prepared(statement("incidents", "look")), asked)
        text, exercise, holds, card, mark = cursor.fetchone()
    rows = json.loads(text)
    filled = Counter(role for _, role, status, overdue, open_ in rows if open_ and role and not (status == "requested" and overdue))
    out, refused = frozenset(row[0] for row in rows if row[4]), frozenset(row[0] for row in rows if row[2] == "declined")
    return Out(out, filled, refused, runcards.kept(card, mark, category), exercise, holds)
