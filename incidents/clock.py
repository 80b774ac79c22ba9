"""What time brings: every few seconds each rule looks for what is due, whoever else is doing so, and however late it comes.

A rule is a function of the moment that asks the tables what is due by then, so a late tick finds all that it missed and a second one
finds nothing. It adds itself to RULES and opens its own transactions.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q

from geo.city import CITY
from incidents import alarms
from incidents.dispatch import asking, reserving
from incidents.guidance import levels, opinions, stepping
from incidents.lifecycle import UNHEARD
from incidents.models import Alarm, Entry, Incident, Shift
from incidents.rehearsal import exercises
from incidents.units import roster, watching
from layers.water import flood_refreshing

# One number of this installation's own: whoever holds this lock is the one that ticks.
LOCK = 4_417_001
MOST_AT_ONCE = 1_000
log = logging.getLogger(__name__)


def tick(at: datetime) -> bool:
    """Let every rule look once. False when another process is at it; a rule that fails stops no other."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return False
    try:
        for rule in RULES:
            try:
                rule(at)
            except Exception:
                log.exception("clock: %s failed", rule.__name__)
    finally:
        # A connection that was lost has given its lock back by itself.
        if connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("select pg_advisory_unlock(%s)", [LOCK])
    return True


def unheard_cases(at: datetime) -> None:
    """Immediate cases that nobody has acknowledged have their alarm, and those that somebody has are without."""
    open_ = Incident.objects.filter(closed_at=None, process="immediate", status__in=UNHEARD)
    without = open_.exclude(pk__in=Alarm.objects.filter(kind="case_unheard", cleared_at=None, incident__isnull=False).values("incident_id"))
    for case in without.order_by("reported_at", "pk")[:MOST_AT_ONCE]:
        since = _waits_since(case)
        alarms.raise_alarm(kind="case_unheard", incident=case, at=since, due_at=since + timedelta(seconds=CITY.acknowledge_s))
    heard = Alarm.objects.filter(kind="case_unheard", cleared_at=None).exclude(Q(incident__status__in=UNHEARD, incident__closed_at=None))
    for case_id in heard.values_list("incident_id", flat=True):
        alarms.clear(kind="case_unheard", incident=case_id, at=at, because="the case was taken")


def _waits_since(case: Incident) -> datetime:
    """Since when a case waits: by its clock (its report, its promotion, the earliest report merged into it), or as it was opened again."""
    if case.status != "reopened":
        return case.clock_at or case.reported_at
    again = Entry.objects.filter(incident=case, status_to="reopened").order_by("-pk").values_list("at", flat=True).first()
    return again or case.reported_at


def empty_posts(at: datetime) -> None:
    """A post of the roster on which nobody is now, though somebody was, is told until somebody is."""
    now = {f"roster:{fault.agency}:{fault.post}"[:80]: fault for fault in roster.faults(from_=at, until=at + timedelta(seconds=1)) if fault.kind == "gap"}
    for subject, fault in now.items():
        alarms.raise_alarm(kind="roster_gap", subject=subject, at=at, data={"agency": fault.agency, "post": fault.post})
    for subject in _standing("roster_gap", "subject") - now.keys():
        alarms.clear(kind="roster_gap", subject=subject, at=at, because="somebody is on call")


def long_shifts(at: datetime) -> None:
    """Units that are still at work after their shift should have ended."""
    over = dict(Shift.objects.filter(off_at=None, ends_at__lt=at).values_list("responder_id", "ends_at"))
    known = _standing("shift_over", "responder_id")
    for unit_id in over.keys() - known:
        alarms.raise_alarm(kind="shift_over", responder=unit_id, at=at, due_at=over[unit_id])
    for unit_id in known - over.keys():
        alarms.clear(kind="shift_over", responder=unit_id, at=at, because="the shift has ended")


def _standing(kind: str, column: str) -> set[Any]:
    return set(Alarm.objects.filter(kind=kind, cleared_at=None).values_list(column, flat=True))


# Escalation comes last: what was raised late this very tick may be due to go up already.
RULES: tuple[Callable[[datetime], object], ...] = (
    unheard_cases,
    asking.unanswered,
    reserving.over,
    stepping.tick,
    stepping.late,
    opinions.tick,
    levels.tick,
    empty_posts,
    long_shifts,
    watching.checks,
    watching.arrivals,
    watching.strays,
    exercises.tick,
    flood_refreshing.look,
    alarms.escalate,
)
