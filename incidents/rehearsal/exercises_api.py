"""Exercises over HTTP: started, fed and ended by who handles cases; told to every screen that shows units or cases."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Field, Router, Schema

from geo.models import User
from geo.signing import SIGNED_IN
from incidents import queries
from incidents.afterwards import printing
from incidents.api import need_any, scope_now
from incidents.guidance import playbooks
from incidents.rehearsal import exercise_report, exercises
from layers.access import need

router = Router(tags=["exercises"])


class ExerciseIn(Schema):
    """Its name, how long it may last, who and which units take part, and the timeline in TOML."""

    name: str = Field(max_length=120)
    minutes: int = 60
    people: list[int] = Field(default_factory=list, max_length=exercises.MOST_PEOPLE)
    units: list[int] = Field(default_factory=list, max_length=exercises.MOST_PEOPLE)
    script: str = Field(default="", max_length=exercises.LARGEST_SCRIPT)


class PlayIn(Schema):
    """A report that comes in now."""

    category: str = Field(max_length=40)
    lon: float | None = None
    lat: float | None = None
    severity: int | None = None
    description: str = Field(default="", max_length=4_000)
    place_name: str = Field(default="", max_length=120)


class EndIn(Schema):
    """What was learned."""

    lessons: str = Field(default="", max_length=exercises.LONGEST_LESSONS)


@router.get("/exercises")
def listed(request: HttpRequest) -> dict[str, Any]:
    """Exercises, and the scripts that come with the city."""
    need(request, "handle_cases")
    able = User.objects.filter(is_active=True, roles__isnull=False).distinct().order_by("username")
    people = [{"id": one.pk, "name": playbooks.name_of(one)} for one in able]
    return {"items": exercises.listed(), "scripts": exercises.built_in(), "people": people}


@router.get("/exercises/now")
def now(request: HttpRequest) -> dict[str, Any]:
    """The exercise that runs, for the mark on every screen; null while none does."""
    need_any(request, "see_units", "see_cases", "use_field", "see_aggregates")
    reader = request.user if request.user.is_authenticated else None
    running = exercises.now(reader=reader)
    if running is not None:
        # A screen that sees no cases is told of none.
        running["cases"] = sorted(queries.codes(request.caller, running["cases"]))
    return {"exercise": running, "as_of": request.at}


@router.post("/exercises", auth=SIGNED_IN)
def start(request: HttpRequest, given: ExerciseIn) -> dict[str, Any]:
    """Begin an exercise."""
    by = need(request, "handle_cases")
    made = exercises.start(
        name=given.name, minutes=given.minutes, people=given.people, units=given.units, text=given.script, by=by, at=request.at, scope=request.caller
    )
    exercises.tick(request.at)
    return {"exercise": exercises.now(reader=by), "id": made.pk}


@router.post("/exercises/{exercise_id}/play", auth=SIGNED_IN)
def play(request: HttpRequest, exercise_id: int, given: PlayIn) -> dict[str, Any]:
    """Let a report come in now."""
    by = need(request, "handle_cases")
    told = {name: value for name, value in given.dict().items() if value not in (None, "")}
    made = exercises.play(exercise_id=exercise_id, given=told, by=by, at=request.at)
    # Whoever lets a restricted case come in has just been named to it.
    return queries.detail(incident_id=made.pk, scope=scope_now(request))


@router.post("/exercises/{exercise_id}/end", auth=SIGNED_IN)
def end(request: HttpRequest, exercise_id: int, given: EndIn) -> dict[str, Any]:
    """End it."""
    by = need(request, "handle_cases")
    ended = exercises.end(exercise_id=exercise_id, lessons=given.lessons, by=by, at=request.at)
    return exercise_report.report(exercise=ended, scope=request.caller)


@router.get("/exercises/{exercise_id}/report")
def report(request: HttpRequest, exercise_id: int) -> dict[str, Any]:
    """The report after it."""
    need(request, "handle_cases")
    return exercise_report.report(exercise=exercises.one(exercise_id), scope=request.caller)


@router.get("/exercises/{exercise_id}/report.html", include_in_schema=False)
def on_paper(request: HttpRequest, exercise_id: int) -> HttpResponse:
    """The same, to print."""
    need(request, "handle_cases")
    return printing.exercise(exercise_report.report(exercise=exercises.one(exercise_id), scope=request.caller))
