"""Steps that are done by what happens: a unit of the role was sent, a time has passed, the scene was reached; and steps that are late.

`follow` looks at one case at once, where something just happened; `tick` looks at every open one, for what only the clock brings.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from geo.acting import acting
from geo.models import User
from incidents import alarms
from incidents.guidance import playbooks, steps
from incidents.guidance.steps import Standing
from incidents.models import Alarm, Assignment, Incident, Run, RunStep

LATE = "step_due"
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
    """Each run with steps past their time has one alarm, not one a step: a person alone takes it once, and it rings again when another becomes late."""
    runs = {f"run:{run.pk}": run for run in _runs(_open_cases())}
    wanted = {subject: found for subject, run in runs.items() if (found := _late_of(run, at))}
    standing = {row.subject: row for row in Alarm.objects.filter(kind=LATE, cleared_at=None)}
    for subject, row in standing.items():
        newer = subject in wanted and row.acknowledged_at and any(due_at > row.acknowledged_at for _, due_at in wanted[subject])
        if subject not in wanted or newer:
            alarms.clear(kind=LATE, subject=subject, at=at, because="the steps were taken, or more are late")
    for subject, found in wanted.items():
        step, due_at = min(found, key=lambda one: one[1])
        data = {"playbook": runs[subject].playbook.slug, "step": step["code"], "vi": step["vi"], "en": step["en"], "late": len(found)}
        alarms.raise_alarm(kind=LATE, incident=runs[subject].incident_id, subject=subject, at=due_at, due_at=due_at, data=data)
    return len(wanted)


def _open_cases() -> Iterable[int]:
    return Run.objects.filter(moved_to=None, incident__closed_at=None).values_list("incident_id", flat=True).distinct()


def _late_of(run: Run, at: datetime) -> list[tuple[dict[str, Any], datetime]]:
    """The steps of a run that are past their time, each with it."""
    standings = steps.standings(run.playbook.steps, run.armed_at, playbooks.taken_of(run))
    found = [(step, standings[step["code"]]) for step in run.playbook.steps]
    return [(step, one.due_at) for step, one in found if one.state in ("todo", "begun") and one.due_at and one.due_at < at]
