"""The report after an exercise: what was played when, how long each case waited for each step, what was late, and the lessons written by hand."""

from typing import Any

from geo.models import User
from incidents import queries
from incidents.afterwards import after_action
from incidents.guidance import playbooks
from incidents.models import Exercise, ExerciseCase, Incident
from incidents.rehearsal import exercises
from layers.access import Scope

REACTIONS = ("acknowledged_at", "verified_at", "dispatched_at", "on_scene_at")


def report(*, exercise: Exercise, scope: Scope) -> dict[str, Any]:
    """The report as this reader may see it: cases that are hidden from them are missing."""
    seen = queries.codes(scope, exercise.cases.values_list("incident_id", flat=True))
    cases = list(ExerciseCase.objects.filter(exercise=exercise, incident_id__in=list(seen)).select_related("incident", "inject").order_by("incident_id"))
    return {
        **exercises.summary(exercise),
        "ended_by": playbooks.name_of(exercise.ended_by),
        "lessons": exercise.lessons,
        "taking_part": [playbooks.name_of(person) for person in User.objects.filter(pk__in=exercise.people).order_by("pk")],
        "units": exercises.units_named(exercise),
        "injects": [
            {"number": one.number, "after_s": one.after_s, "kind": one.given["kind"], "played_at": one.played_at, "fault": one.fault}
            for one in exercise.injects.order_by("number")
        ],
        "cases": [_case(case.incident, case.inject.number if case.inject else None) for case in cases],
    }


def _case(incident: Incident, inject: int | None) -> dict[str, Any]:
    runs = playbooks.runs_of(incident.pk)
    reactions = {name.removesuffix("_at"): (moment - incident.reported_at).total_seconds() for name in REACTIONS if (moment := getattr(incident, name))}
    return {
        "id": incident.pk,
        "code": incident.code,
        "category": incident.category,
        "inject": inject,
        "reported_at": incident.reported_at,
        "reactions": reactions,
        "figures": after_action.figures([step for run in runs for step in run["steps"]], incident.pk),
    }
