"""What time brings: every few seconds each rule looks for what is due, whoever else is doing so, and however late it comes.

A rule is a function of the moment that asks the tables what is due by then, so a late tick finds all that it missed and a second one
finds nothing. It adds itself to RULES and opens its own transactions.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Q

from geo.city import CITY
from incidents import alarms, asking, levels, opinions, reserving, stepping
from incidents.lifecycle import UNHEARD
from incidents.models import Alarm, Entry, Incident

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
    """Since when a case waits: as it was reported, or as it was opened again."""
    if case.status != "reopened":
        return case.reported_at
    again = Entry.objects.filter(incident=case, status_to="reopened").order_by("-pk").values_list("at", flat=True).first()
    return again or case.reported_at


# Escalation comes last: what was raised late this very tick may be due to go up already.
RULES: tuple[Callable[[datetime], object], ...] = (
    unheard_cases,
    asking.unanswered,
    reserving.over,
    stepping.tick,
    stepping.late,
    opinions.tick,
    levels.tick,
    alarms.escalate,
)
