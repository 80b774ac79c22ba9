"""Watching over units: whether they are well on their scene, whether they have arrived, whether they left their area.

A check-in is one act of the unit or of the operator who heard it. What a position alone says is told as such: a step that is recorded by itself
has no name on it and says that it follows from the position.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from geo import events
from geo.acting import acting
from geo.city import CITY
from geo.errors import Problem
from geo.models import User
from geo.sql import statement
from incidents import alarms, lifecycle
from incidents.dispatch import dispatching
from incidents.models import Alarm, Assignment, CheckIn, Incident, Responder

LONGEST_NOTE = 300
CHECKED = {code: category.check_min for code, category in CITY.categories.items() if category.check_min > 0}
# Positions of a unit on its way that are looked at for an arrival: the newest of so long.
LOOKED_BACK = timedelta(minutes=10)
# Back in its area is so much nearer than out of it, or a unit on the line would be told every minute.
BACK_SHARE = 0.5


def check_in(*, responder: Responder, well: bool, note: str = "", by: User, at: datetime) -> CheckIn:
    """The unit is well, or calls for help. The caller has been admitted to the unit."""
    words = "kêu cứu" if not well else "an toàn"
    with acting(by=by, because=f"check of unit {responder.code}"):
        # The case first, then its assignment: the order in which everybody locks.
        open_ = Assignment.objects.filter(responder=responder, ended_at=None).first()
        incident = Incident.objects.select_for_update().get(pk=open_.incident_id) if open_ else None
        made = CheckIn.objects.create(responder=responder, incident=incident, at=at, well=well, note=note.strip()[:LONGEST_NOTE], by=by)
        Responder.objects.filter(pk=responder.pk).update(last_check_at=at)
        if incident is not None and open_ is not None:
            minutes = CHECKED.get(incident.category)
            Assignment.objects.filter(pk=open_.pk, status="on_scene", ended_at=None).update(check_due_at=at + timedelta(minutes=minutes) if minutes else None)
            said = ": ".join(part for part in (f"{responder.code} {words}", made.note) if part)
            lifecycle.append(
                incident=incident, kind="unit_check", to=incident.status, event="incident.unit_check", by=by, at=at, note=said, data={"well": well}
            )
        if well:
            # Who called for help and is well again says so; help that somebody has taken stays told until then.
            for row in Alarm.objects.filter(kind__in=("check_overdue", "unit_help"), responder=responder, cleared_at=None):
                alarms.clear(kind=row.kind, subject=row.subject, at=at, because="the unit said that it is well")
        else:
            alarms.raise_alarm(kind="unit_help", incident=incident, responder=responder, at=at, data={"note": made.note})
        events.publish(kind="unit.checked", at=at, layer="responders", fids=[responder.pk])
    return made


def checks(at: datetime) -> None:
    """Units on the scene of a fire or on water have a time by which they speak again; who does not is an alarm."""
    there = Assignment.objects.filter(ended_at=None, status="on_scene", incident__category__in=CHECKED)
    for row in there.filter(check_due_at=None, on_scene_at__isnull=False).select_related("incident"):
        due = row.on_scene_at + timedelta(minutes=CHECKED[row.incident.category])  # type: ignore[operator]  # the filter saw it
        Assignment.objects.filter(pk=row.pk, check_due_at=None).update(check_due_at=due)
    late = {(row.incident_id, row.responder_id): row.check_due_at for row in there.filter(check_due_at__lt=at)}
    for (case_id, unit_id), due_at in late.items():
        alarms.raise_alarm(kind="check_overdue", incident=case_id, responder=unit_id, at=at, due_at=due_at)
    for row in Alarm.objects.filter(kind="check_overdue", cleared_at=None):
        if (row.incident_id, row.responder_id) not in late:
            alarms.clear(kind="check_overdue", subject=row.subject, at=at, because="nobody waits for it any more")


def arrivals(at: datetime) -> None:
    """Units on their way that have been near the scene for long enough have arrived: recorded as that, or suggested."""
    here = {row[0]: row for row in _near_their_scene(at)}
    for assignment_id, arrived_at in ((row[0], row[3]) for row in here.values()):
        if CITY.units.arrive_records:
            told = f"ghi theo vị trí: đến lúc {timezone.localtime(arrived_at):%H:%M:%S}"
            try:
                dispatching.step(assignment_id=assignment_id, name="on_scene", by=None, at=at, reason=told)
            except Problem:
                # Somebody has said so, or called it off, since it was looked at.
                continue
        else:
            alarms.raise_alarm(
                kind="arrived", incident=here[assignment_id][1], responder=here[assignment_id][2], at=at, data={"arrived_at": arrived_at.isoformat()}
            )
    going = set(Assignment.objects.filter(ended_at=None, status="enroute").values_list("incident_id", "responder_id"))
    for row in Alarm.objects.filter(kind="arrived", cleared_at=None):
        if (row.incident_id, row.responder_id) not in going:
            alarms.clear(kind="arrived", subject=row.subject, at=at, because="the step was recorded")


def _near_their_scene(at: datetime) -> list[tuple[int, int, int, datetime]]:
    rules = CITY.units
    given = {"at": at, "since": at - LOOKED_BACK, "fresh": at - timedelta(seconds=CITY.stale_after_s), "reach_m": rules.arrive_m, "for_s": rules.arrive_s}
    with connection.cursor() as cursor:
        cursor.execute(statement("incidents", "arrivals"), given)
        return list(cursor.fetchall())


def strays(at: datetime) -> None:
    """Units of a ward that are far out of it without having been sent are told until they are back or are sent."""
    if CITY.units.leave_m <= 0:
        return
    known = set(Alarm.objects.filter(kind="left_area", cleared_at=None).values_list("responder_id", flat=True))
    given: dict[str, Any] = {"at": at, "fresh": at - timedelta(seconds=CITY.lost_after_s), "known": list(known)}
    given |= {"out_m": CITY.units.leave_m, "back_m": CITY.units.leave_m * BACK_SHARE}
    with connection.cursor() as cursor:
        cursor.execute(statement("incidents", "strays"), given)
        out = {row[0]: round(row[1]) for row in cursor.fetchall()}
    for unit_id in out.keys() - known:
        alarms.raise_alarm(kind="left_area", responder=unit_id, at=at, data={"metres": out[unit_id]})
    for unit_id in known - out.keys():
        alarms.clear(kind="left_area", responder=unit_id, at=at, because="it is back, was sent or has gone off duty")
