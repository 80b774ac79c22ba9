"""Steps that are done by what happens: a unit of the role was sent, a time has passed, the scene was reached; and steps that are late.

`follow` looks at one case at once, where something just happened; `tick` looks at every open one, for what only the clock brings.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from geo.acting import acting
from geo.models import User
from incidents import alarms, lifecycle
from incidents.guidance import playbooks, steps
from incidents.guidance.steps import Standing
from incidents.models import Alarm, Assignment, Incident, Run, RunStep

LATE = "step_due"
# Whoever has just taken a case hears of its late steps only after so long, and whoever has taken the alarm of them no more for so long.
JUST_TAKEN = timedelta(minutes=1)
LEFT_TO_WORK = timedelta(minutes=10)
NOT_SENT = ("declined", "cancelled")


def follow(*, incident: Incident, by: User | None, at: datetime) -> int:
    """Do what is done by itself by now, within `acting`, the case locked; one step may open the next. Returns how many were done."""
    done = 0
    for run in _runs([incident.pk]):
        while found := _next(run, incident, at):
            step, when, note = found
            RunStep.objects.create(run=run, code=step["code"], status="done", at=when, by=by if step["kind"] == "dispatch" else None, note=note)
            playbooks.record(incident=incident, run=run, step=step, status="done", note=note, choice="", by=by if step["kind"] == "dispatch" else None, at=at)
            run = _runs([incident.pk], run.pk)[0]
            done += 1
    return done


def _runs(incidents: Iterable[int], run: int | None = None) -> list[Run]:
    found = Run.objects.filter(incident_id__in=list(incidents), moved_to=None).select_related("playbook").prefetch_related("taken").order_by("pk")
    return list(found.filter(pk=run) if run else found)


def _next(run: Run, incident: Incident, at: datetime) -> tuple[dict[str, Any], datetime, str] | None:
    """The first step of a run that has been done by itself, since when and by what."""
    standings = steps.standings(run.playbook.steps, run.armed_at, playbooks.taken_of(run))
    for step in run.playbook.steps:
        if steps.KINDS[step["kind"]].by_itself and standings[step["code"]].state == "todo":
            seen = SEEN[step["kind"]](step, standings[step["code"]], incident, at)
            if seen is not None:
                return step, *seen
    return None


Seen = tuple[datetime, str] | None


def _sent(step: dict[str, Any], standing: Standing, incident: Incident, at: datetime) -> Seen:
    """A unit that fits the step was sent to the case, whether before or after the step opened."""
    for one in Assignment.objects.filter(incident=incident).exclude(status__in=NOT_SENT).select_related("responder").order_by("pk"):
        unit = one.responder
        fits = (
            step.get("role", "") in ("", getattr(one, "role", ""))
            and (not step.get("modes") or unit.mode in step["modes"])
            and (not step.get("skills") or not set(step["skills"]).isdisjoint(unit.skills))
        )
        if fits:
            return max(one.requested_at, standing.opened_at or one.requested_at), unit.code
    return None


def _waited(step: dict[str, Any], standing: Standing, incident: Incident, at: datetime) -> Seen:
    if "until" in step:
        when = UNTIL[step["until"]](incident)
        return (max(when, standing.opened_at or when), "") if when else None
    over = (standing.opened_at or at) + timedelta(seconds=step["for_s"])
    return (over, "") if over <= at else None


def _all_cleared(incident: Incident) -> datetime | None:
    """When the last unit left, once any was sent and none is out any more."""
    ended = list(Assignment.objects.filter(incident=incident).values_list("ended_at", flat=True))
    return max(one for one in ended if one) if ended and all(ended) else None


SEEN = {"dispatch": _sent, "wait": _waited}
UNTIL = {
    "on_scene": lambda incident: incident.on_scene_at,
    "under_control": lambda incident: incident.under_control_at,
    "all_cleared": _all_cleared,
}


def tick(at: datetime) -> int:
    """What the clock brings to every open case. Returns how many steps were done by it."""
    done = 0
    for run in _runs(_open_cases()):
        if _next(run, run.incident, at) is None:
            continue
        with acting(by=None, because="what a playbook waited for has come"):
            incident = Incident.objects.select_for_update().get(pk=run.incident_id)
            done += follow(incident=incident, by=None, at=at)
    return done


def late(at: datetime) -> int:
    """Each case with steps past their time has one alarm, not one a step: a person alone takes it once.

    It rings again when another becomes late, but whoever took it is left to work for a while. A case that nobody has taken has the alarm of
    that, and its steps wait for whoever does.
    """
    wanted: dict[int, list[Late]] = {}
    unheard = Q(incident__process="immediate", incident__status__in=lifecycle.UNHEARD)
    for run in _runs(_open_cases().exclude(unheard).exclude(incident__acknowledged_at__gt=at - JUST_TAKEN)):
        for one in _late_of(run, at):
            wanted.setdefault(run.incident_id, []).append(one)
    again = set()
    for row in Alarm.objects.filter(kind=LATE, cleared_at=None, incident__isnull=False):
        found = wanted.get(row.incident_id, ())
        left_alone = row.acknowledged_at is None or at < row.acknowledged_at + LEFT_TO_WORK
        newer = not left_alone and any(one.due_at > row.acknowledged_at for one in found)
        if not found or newer or row.subject != alarms.subject_of(incident=row.incident_id, responder=None):
            alarms.clear(kind=LATE, subject=row.subject, at=at, because="the steps were taken, or more are late")
        if newer:
            again.add(row.incident_id)
    for case, found in wanted.items():
        first = (max if case in again else min)(found, key=lambda one: one.due_at)
        data = {"playbook": first.run.playbook.slug, "step": first.step["code"], "vi": first.step["vi"], "en": first.step["en"], "late": len(found)}
        # It goes up from when it could first be heard.
        taken_at = first.run.incident.acknowledged_at
        heard_at = max(first.due_at, taken_at + JUST_TAKEN) if taken_at else first.due_at
        alarms.raise_alarm(kind=LATE, incident=case, at=heard_at, due_at=first.due_at, data=data)
    return len(wanted)


@dataclass(frozen=True)
class Late:
    """A step that is past its time."""

    run: Run
    step: dict[str, Any]
    due_at: datetime


def _open_cases() -> QuerySet[Run, int]:
    return Run.objects.filter(moved_to=None, incident__closed_at=None).values_list("incident_id", flat=True).distinct()


def _late_of(run: Run, at: datetime) -> list[Late]:
    """The steps of a run that are past their time."""
    standings = steps.standings(run.playbook.steps, run.armed_at, playbooks.taken_of(run))
    found = [(step, standings[step["code"]]) for step in run.playbook.steps]
    return [Late(run, step, one.due_at) for step, one in found if one.state in ("todo", "begun") and one.due_at and one.due_at < at]
