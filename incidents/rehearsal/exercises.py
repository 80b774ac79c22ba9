"""Exercises: a rehearsal that uses everything, is marked everywhere, is counted nowhere, and leaves nobody out when it ends.

What is played is a small timeline: reports that come in, words on them. A case of an exercise is one from its report on and never becomes real.
"""

import tomllib
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from geo import events
from geo.acting import acting
from geo.city import BUILT_IN, CITY
from geo.errors import NOT_FOUND, Problem, define
from geo.models import User
from incidents import alarms, compartments, lifecycle
from incidents.dispatch import dispatching, reserving
from incidents.intake import reporting
from incidents.models import Exercise, ExerciseCase, Incident, Inject, Notice, Reservation, Responder
from incidents.rehearsal import mustering
from layers import query
from layers.access import SYSTEM, Scope, opened

EVENT = "incident.exercise"
CLOSED = "incident.closed"
MOST_INJECTS = 200
LARGEST_SCRIPT = 100_000
LONGEST_MIN, SHORTEST_MIN = 24 * 60, 5
MOST_PEOPLE = 500
LONGEST_LESSONS = 10_000
MOST_LISTED = 50
KINDS = ("report", "note")
REPORT_KEYS = frozenset(
    {"category", "lon", "lat", "channel", "severity", "description", "place_name", "place_source", "accuracy_m", "reporter_name", "reporter_phone"}
)

BAD_SCRIPT = define("bad_script", 422, "Kịch bản diễn tập không dùng được", "The exercise's script cannot be used")
BAD_EXERCISE = define("bad_exercise", 422, "Diễn tập thiếu hoặc sai thông tin", "The exercise lacks something or is wrong")
RUNS_ALREADY = define("exercise_running", 409, "Đang có một cuộc diễn tập", "An exercise is running")
ENDED = define("exercise_ended", 409, "Cuộc diễn tập đã kết thúc", "The exercise has ended")


@dataclass(frozen=True)
class Played:
    """One line of a script: after how many seconds, what."""

    after_s: int
    given: dict[str, Any]


def script(text: str) -> list[Played]:
    """The timeline of a script in TOML, in its order of time. Raises BAD_SCRIPT, which names the line that is wrong."""
    if len(text.encode()) > LARGEST_SCRIPT:
        raise BAD_SCRIPT(f"Tối đa {LARGEST_SCRIPT:,} byte.", f"At most {LARGEST_SCRIPT:,} bytes.")
    try:
        given = tomllib.loads(text).get("injects", [])
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BAD_SCRIPT("Không đọc được.", f"It cannot be read: {str(error)[:200]}.") from error
    if not isinstance(given, list) or not len(given) <= MOST_INJECTS or not all(isinstance(one, dict) for one in given):
        raise BAD_SCRIPT(f"Danh sách injects, tối đa {MOST_INJECTS}.", f"A list `injects` of at most {MOST_INJECTS}.")
    codes: set[str] = set()
    for number, one in enumerate(sorted(given, key=lambda one: one["after_s"] if isinstance(one.get("after_s"), int) else -1), start=1):
        fault = _fault(one, codes)
        if fault:
            raise BAD_SCRIPT(f"Dòng {number}: {fault}.", f"Line {number}: {fault}.")
        if one.get("code"):
            codes.add(one["code"])
    return [Played(one["after_s"], {key: value for key, value in one.items() if key != "after_s"}) for one in sorted(given, key=lambda one: one["after_s"])]


def _fault(one: dict[str, Any], before: set[str]) -> str:
    """What is wrong with a line; empty where nothing is."""
    after_s, kind, code = one.get("after_s"), one.get("kind"), one.get("code", "")
    if not isinstance(after_s, int) or isinstance(after_s, bool) or not 0 <= after_s <= LONGEST_MIN * 60:
        return f"after_s 0–{LONGEST_MIN * 60}"
    if kind not in KINDS:
        return f"kind: {', '.join(KINDS)}"
    if not isinstance(code, str) or len(code) > 40 or (code and code in before):
        return "code"
    if kind == "note":
        plain = (
            isinstance(one.get("text"), str) and 0 < len(one["text"]) <= reporting.LONGEST_DESCRIPTION and one.keys() <= {"after_s", "kind", "about", "text"}
        )
        return "" if plain and isinstance(one.get("about"), str) and one["about"] in before else "note: text, about (code)"
    return _report_fault({key: value for key, value in one.items() if key not in ("after_s", "kind", "code")})


def _report_fault(given: dict[str, Any]) -> str:
    unknown = given.keys() - REPORT_KEYS
    if unknown:
        return f"{sorted(unknown)[0][:40]}"
    if given.get("category") not in CITY.categories or given.get("channel", "phone") not in CITY.channels:
        return "category, channel"
    texts = all(isinstance(given.get(name, ""), str) for name in ("description", "place_name", "place_source", "reporter_name", "reporter_phone"))
    numbers = all(isinstance(given.get(name, 1.0), int | float) for name in ("lon", "lat", "accuracy_m"))
    try:
        if not texts or not numbers or given.get("severity", 3) not in CITY.severities:
            return "type"
        reporting.check(_report(given))
        reporting.place_of(given.get("lon"), given.get("lat"))
    except Problem as problem:
        return problem.en or problem.title_en
    return ""


def _report(given: dict[str, Any], key: uuid.UUID | None = None) -> reporting.Report:
    return reporting.Report(**{"channel": "phone", **given}, exercise=True, key=key)


def built_in() -> list[dict[str, str]]:
    """The scripts that come with the city: name and text."""
    found = sorted(BUILT_IN.parent.glob(f"{CITY.slug}_exercise_*.toml"))
    texts = [path.read_text(encoding="utf-8") for path in found]
    return [{"name": str(tomllib.loads(text).get("name", "")), "text": text} for text in texts]


def start(*, name: str, minutes: int, people: list[int], units: list[int], text: str, by: User, at: datetime, scope: Scope) -> Exercise:
    """Begin an exercise now. Raises BAD_EXERCISE, BAD_SCRIPT, NOT_FOUND for a person or a unit that is none, RUNS_ALREADY."""
    timeline = script(text)
    if not 0 < len(name.strip()) <= 120 or not SHORTEST_MIN <= minutes <= LONGEST_MIN or len(people) > MOST_PEOPLE or len(units) > MOST_PEOPLE:
        raise BAD_EXERCISE(f"Cần tên và {SHORTEST_MIN}–{LONGEST_MIN} phút.", f"It needs a name and {SHORTEST_MIN}–{LONGEST_MIN} minutes.")
    wanted, sent = sorted({*people, by.pk}), sorted(set(units))
    known = set(User.objects.filter(pk__in=wanted, is_active=True).values_list("pk", flat=True))
    if known != set(wanted) or set(query.some(opened("responders", scope), sent)) != set(sent):
        raise NOT_FOUND("Có người hoặc lực lượng không có.", "A person or a unit is none.")
    with acting(by=by, because=f"exercise {name}"):
        try:
            with transaction.atomic():
                made = Exercise.objects.create(
                    name=name.strip(), starts_at=at, until=at + timedelta(minutes=minutes), by=by, people=wanted, units=sent, running=True
                )
        except IntegrityError as error:
            raise RUNS_ALREADY() from error
        Inject.objects.bulk_create(Inject(exercise=made, number=i, after_s=one.after_s, given=one.given) for i, one in enumerate(timeline, start=1))
        _tell(made, at)
    return made


def _tell(exercise: Exercise, at: datetime) -> None:
    """Every screen asks again what is an exercise, and units are drawn with their mark."""
    events.publish(kind=EVENT, at=at, layer="incidents", fids=list(exercise.cases.values_list("incident_id", flat=True)))
    events.publish(kind=EVENT, at=at, layer="responders", fids=exercise.units)


def play(*, exercise_id: int, given: dict[str, Any], by: User, at: datetime) -> Incident:
    """A report that whoever leads the exercise lets come in now, beside the script. Raises NOT_FOUND, ENDED, BAD_SCRIPT."""
    fault = _report_fault(given)
    if fault:
        raise BAD_SCRIPT(f"{fault}.", f"{fault}.")
    with acting(by=by, because=f"exercise {exercise_id}"):
        exercise = _locked(exercise_id)
        if not exercise.running:
            raise ENDED()
        return _come_in(exercise, _report(given), None, by, at)


def _locked(exercise_id: int) -> Exercise:
    found = Exercise.objects.select_for_update().filter(pk=exercise_id).first() if 0 < exercise_id < 2**63 else None
    if found is None:
        raise NOT_FOUND()
    return found


def _come_in(exercise: Exercise, report: reporting.Report, inject: Inject | None, by: User | None, at: datetime) -> Incident:
    incident, _ = reporting.report(given=report, by=by, at=at)
    ExerciseCase.objects.create(exercise=exercise, incident=incident, inject=inject)
    if incident.restricted:
        people = User.objects.filter(pk__in=exercise.people, is_active=True)
        compartments.name_all(incident=incident, people=people, by=exercise.by, because="diễn tập", at=at)
    return incident


def tick(at: datetime) -> int:
    """Play what is due, each once, and end what is over. Returns how many were played."""
    exercise, played = mustering.running(), 0
    if exercise is None:
        return 0
    for inject in exercise.injects.filter(played_at=None).order_by("number"):
        if exercise.starts_at + timedelta(seconds=inject.after_s) <= min(at, exercise.until):
            _play_one(inject.pk, at)
            played += 1
    if at >= exercise.until:
        end(exercise_id=exercise.pk, lessons="", by=None, at=at)
    return played


def _play_one(number: int, at: datetime) -> None:
    """One line of the script. One that can no longer be played says why and holds up no other."""
    with acting(by=None, because=f"exercise inject {number}"):
        inject = Inject.objects.select_for_update().select_related("exercise").get(pk=number)
        if inject.played_at is not None:
            return
        inject.played_at = at
        try:
            with transaction.atomic():
                PLAYS[inject.given["kind"]](inject, at)
        except Problem as problem:
            inject.fault = (problem.en or problem.title_en)[:200]
        inject.save(update_fields=["played_at", "fault"])


def _play_report(inject: Inject, at: datetime) -> None:
    given = {key: value for key, value in inject.given.items() if key not in ("kind", "code")}
    _come_in(inject.exercise, _report(given), inject, None, at)


def _play_note(inject: Inject, at: datetime) -> None:
    about = ExerciseCase.objects.filter(exercise=inject.exercise, inject__given__code=inject.given["about"]).first()
    if about is None:
        raise NOT_FOUND()
    incident = Incident.objects.select_for_update().get(pk=about.incident_id)
    lifecycle.append(incident=incident, kind="note", to=incident.status, event="incident.noted", by=None, at=at, note=inject.given["text"])


PLAYS = {"report": _play_report, "note": _play_note}


def end(*, exercise_id: int, lessons: str, by: User | None, at: datetime) -> Exercise:
    """End it: every case of it is closed, every unit is free, nothing of it waits for anybody. Raises NOT_FOUND or ENDED."""
    with acting(by=by, because=f"end of exercise {exercise_id}"):
        exercise = _locked(exercise_id)
        if not exercise.running:
            raise ENDED()
        for case in exercise.cases.order_by("incident_id"):
            _close(Incident.objects.select_for_update().get(pk=case.incident_id), by, at)
        exercise.running, exercise.ended_at, exercise.ended_by, exercise.lessons = None, at, by, lessons.strip()[:LONGEST_LESSONS]
        exercise.save(update_fields=["running", "ended_at", "ended_by", "lessons"])
        _tell(exercise, at)
    return exercise


def _close(incident: Incident, by: User | None, at: datetime) -> None:
    dispatching.release(incident=incident, at=at)
    for hold in Reservation.objects.select_for_update().filter(incident=incident, ended_at=None):
        reserving.end(hold, how="released", at=at)
    Notice.objects.filter(incident=incident, done_at=None, withdrawn_at=None).update(withdrawn_at=at)
    alarms.clear_case(incident=incident, at=at, because="the exercise has ended")
    if incident.status not in lifecycle.ENDED:
        moment = {} if incident.closed_at else {"closed_at": at}
        lifecycle.append(incident=incident, kind="close", to="closed", event=CLOSED, by=by, at=at, note="Kết thúc diễn tập", data={"exercise": True}, **moment)


# ---- reads


def now(*, reader: User | None) -> dict[str, Any] | None:
    """What every screen is told while an exercise runs: its name, until when, which units and cases are of it, whether the reader takes part."""
    exercise = mustering.running()
    if exercise is None:
        return None
    played = exercise.injects.exclude(played_at=None).count()
    return {
        **summary(exercise),
        "units": exercise.units,
        "cases": sorted(exercise.cases.values_list("incident_id", flat=True)),
        "takes_part": reader is not None and reader.pk in exercise.people,
        "leads": reader is not None and reader.pk == exercise.by_id,
        "injects": {"played": played, "left": exercise.injects.count() - played},
    }


def summary(exercise: Exercise) -> dict[str, Any]:
    """An exercise as a list shows it."""
    return {
        "id": exercise.pk,
        "name": exercise.name,
        "starts_at": exercise.starts_at,
        "until": exercise.until,
        "ended_at": exercise.ended_at,
        "by": exercise.by.display_name or exercise.by.username,
        "people": len(exercise.people),
        "unit_count": len(exercise.units),
    }


def listed() -> list[dict[str, Any]]:
    """Exercises, the newest first."""
    return [summary(one) for one in Exercise.objects.select_related("by").order_by("-starts_at", "-pk")[:MOST_LISTED]]


def one(exercise_id: int) -> Exercise:
    """An exercise. Raises NOT_FOUND."""
    found = Exercise.objects.select_related("by", "ended_by").filter(pk=exercise_id).first() if 0 < exercise_id < 2**63 else None
    if found is None:
        raise NOT_FOUND()
    return found


def units_named(exercise: Exercise) -> list[str]:
    """The units that took part, by code; one that is gone since is missing."""
    return list(Responder.objects.filter(pk__in=list(query.some(opened("responders", SYSTEM), exercise.units))).order_by("code").values_list("code", flat=True))
