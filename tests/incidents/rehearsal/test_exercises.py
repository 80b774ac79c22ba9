"""The exercise mode: marked everywhere, told to nobody outside, counted nowhere, and nobody is left out when it ends."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone

from geo.acting import acting
from geo.config.api import api
from geo.models import Agency, Role, User
from incidents import clock
from incidents.guidance import opinions
from incidents.models import Alarm, Assignment, Exercise, ExerciseCase, Incident, Inject, Notice, Playbook, Responder
from incidents.rehearsal import exercises
from tests.conftest import JUNCTION
from tests.house.test_editing import as_
from tests.incidents.conftest import post, report

pytestmark = pytest.mark.django_db
HERE = {"lon": JUNCTION[0] + 0.001, "lat": JUNCTION[1]}
SCRIPT = f"""
[[injects]]
code = "fire"
after_s = 0
kind = "report"
category = "house_fire"
severity = 5
lon = {HERE["lon"]}
lat = {HERE["lat"]}
place_name = "Chợ diễn tập"

[[injects]]
after_s = 120
kind = "note"
about = "fire"
text = "Lửa lan sang ghe"
"""


@pytest.fixture
def desk(people: dict[str, User], town: dict) -> Client:
    return as_(people["operator"])


def begin(client: Client, units: dict[str, Responder], **given: Any) -> Any:
    taking = [units[name].pk for name in ("near", "boat")]
    return post(client, "/api/exercises", {"name": "Diễn tập chợ", "minutes": 30, "units": taking, "script": SCRIPT, **given})


def test_what_is_scripted_comes_in_at_its_time_each_once(desk: Client, units: dict[str, Responder]) -> None:
    assert begin(desk, units).status_code == 200
    start = Exercise.objects.get().starts_at
    case = Incident.objects.get()
    assert (case.exercise, case.place_name, ExerciseCase.objects.get().inject.number) == (True, "Chợ diễn tập", 1)
    exercises.tick(start + timedelta(seconds=119))
    assert not case.entries.filter(kind="note").exists()
    for seconds in (120, 121, 500):
        exercises.tick(start + timedelta(seconds=seconds))
    assert [one.note for one in case.entries.filter(kind="note")] == ["Lửa lan sang ghe"]
    assert Incident.objects.count() == 1


def test_every_screen_is_told_of_it_and_only_of_the_cases_that_it_sees(desk: Client, units: dict[str, Responder], people: dict[str, User]) -> None:
    assert desk.get("/api/exercises/now").json()["exercise"] is None
    begin(desk, units, people=[people["leader"].pk])
    case = Incident.objects.get().pk

    def now(person: str) -> dict[str, Any]:
        return as_(people[person]).get("/api/exercises/now").json()["exercise"]

    told = now("operator")
    assert (told["cases"], sorted(told["units"]), told["takes_part"], told["leads"]) == ([case], sorted([units["near"].pk, units["boat"].pk]), True, True)
    assert (now("leader")["cases"], now("leader")["takes_part"]) == ([], True)
    assert [(now(person)["cases"], now(person)["takes_part"]) for person in ("kiosk", "admin", "field")] == [([], False)] * 3
    assert Client().get("/api/exercises/now").status_code == 401


def test_a_restricted_case_of_the_script_is_seen_by_who_takes_part(desk: Client, units: dict[str, Responder], people: dict[str, User]) -> None:
    protest = f'[[injects]]\nafter_s = 0\nkind = "report"\ncategory = "protest"\nlon = {HERE["lon"]}\nlat = {HERE["lat"]}'
    other = User.objects.create_user(username="other", password="a long enough word")
    other.roles.add(Role.objects.get(slug="operator"))
    begin(desk, units, script=protest)
    case = Incident.objects.get(restricted=True, exercise=True).pk
    assert desk.get(f"/api/incidents/{case}").status_code == 200
    assert as_(other).get(f"/api/incidents/{case}").status_code == 404


def test_only_units_that_take_part_are_offered_and_sent(desk: Client, units: dict[str, Responder]) -> None:
    begin(desk, units)
    case = Incident.objects.get().pk
    post(desk, f"/api/incidents/{case}/verify")
    told = desk.get(f"/api/incidents/{case}/candidates").json()
    assert {one["responder"]["code"] for one in told["candidates"]} <= {"CA-01", "XU-01"}
    assert "not_in_exercise" in {one["why"]["code"] for one in told["passed_over"]}
    refused = post(desk, f"/api/incidents/{case}/dispatch", {"responders": [units["far"].pk], "because": "thử"})
    assert (refused.status_code, refused.json()["code"]) == (409, "not_in_exercise")
    assert post(desk, f"/api/incidents/{case}/dispatch", {"responders": [units["near"].pk], "because": "thử"}).status_code == 200


def test_nobody_who_takes_no_part_is_told_or_asked(desk: Client, units: dict[str, Responder], people: dict[str, User]) -> None:
    fire = Agency.objects.create(code="fire", name="PCCC")
    fireman = User.objects.create_user(username="fireman", password="a long enough word", agency=fire)
    steps = [{"code": "tell", "kind": "notify", "vi": "Báo 114", "en": "Tell 114", "who": "fire"}]
    Playbook.objects.create(slug="trial", version=1, title_vi="Thử", title_en="Trial", trigger={"categories": ["house_fire"]}, steps=steps)
    begin(desk, units)
    case = Incident.objects.get().pk

    post(desk, f"/api/incidents/{case}/playbooks/trial/tell")
    assert as_(fireman).get("/api/notices").json()["items"] == []
    (mine,) = desk.get("/api/notices").json()["items"]
    assert mine["about"]["exercise"] is True
    assert post(desk, f"/api/incidents/{case}/opinions", {"question": "Sơ tán?"}).json()["code"] == "nobody_to_ask"
    assert not Alarm.objects.filter(kind="opinion_asked").exists()

    Exercise.objects.update(people=[people["operator"].pk, people["leader"].pk])
    assert post(desk, f"/api/incidents/{case}/opinions", {"question": "Sơ tán?"}).status_code == 200
    assert as_(people["leader"]).get("/api/opinions").json()["items"][0]["about"]["exercise"] is True


def test_at_the_end_nobody_is_out_nothing_waits_and_the_report_stands(desk: Client, units: dict[str, Responder], people: dict[str, User]) -> None:
    begin(desk, units, people=[people["leader"].pk])
    number, case = Exercise.objects.get().pk, Incident.objects.get().pk
    post(desk, f"/api/incidents/{case}/verify")
    post(desk, f"/api/incidents/{case}/dispatch", {"responders": [units["near"].pk, units["boat"].pk], "because": "thử"})
    post(desk, f"/api/incidents/{case}/opinions", {"question": "Sơ tán?"})
    post(desk, f"/api/exercises/{number}/play", {"category": "crash_injury", **HERE})

    ended = post(desk, f"/api/exercises/{number}/end", {"lessons": "Gọi ghe sớm hơn"}).json()
    opinions.tick(timezone.now())
    assert not Assignment.objects.filter(ended_at=None).exists()
    assert not Incident.objects.filter(closed_at=None).exists()
    assert not Alarm.objects.filter(incident__exercise=True, cleared_at=None).exists()
    assert not Notice.objects.filter(done_at=None, withdrawn_at=None).exists()
    assert desk.get("/api/exercises/now").json()["exercise"] is None
    assert (ended["lessons"], len(ended["cases"]), ended["cases"][0]["reactions"].keys() >= {"verified", "dispatched"}) == ("Gọi ghe sớm hơn", 2, True)
    page = desk.get(f"/api/exercises/{number}/report.html").content.decode()
    assert "DIỄN TẬP" in page
    assert "Gọi ghe sớm hơn" in page
    assert "DIỄN TẬP" in desk.get(f"/api/incidents/{case}/report.html").content.decode()
    assert post(desk, f"/api/exercises/{number}/end").json()["code"] == "exercise_ended"
    assert post(desk, f"/api/exercises/{number}/play", {"category": "crash_injury", **HERE}).json()["code"] == "exercise_ended"


def test_it_ends_by_itself_when_its_time_is_over(desk: Client, units: dict[str, Responder]) -> None:
    begin(desk, units)
    exercises.tick(Exercise.objects.get().until + timedelta(seconds=1))
    assert Exercise.objects.get().running is None
    assert Incident.objects.get().status == "closed"


def test_one_runs_at_a_time_and_the_database_says_so(desk: Client, units: dict[str, Responder], people: dict[str, User]) -> None:
    begin(desk, units)
    assert begin(desk, units).json()["code"] == "exercise_running"
    with pytest.raises(DatabaseError), transaction.atomic(), acting(by=None, because="test"):
        now = timezone.now()
        Exercise.objects.create(name="x", starts_at=now, until=now, by=people["operator"])


def test_who_handles_no_cases_begins_feeds_and_ends_none(desk: Client, units: dict[str, Responder], people: dict[str, User]) -> None:
    begin(desk, units)
    number = Exercise.objects.get().pk
    for person in ("officer", "leader", "agency", "field", "admin", "kiosk"):
        client = as_(people[person])
        assert begin(client, units).status_code == 403
        assert post(client, f"/api/exercises/{number}/end").status_code == 403
        assert post(client, f"/api/exercises/{number}/play", {"category": "house_fire"}).status_code == 403
        assert client.get(f"/api/exercises/{number}/report").status_code == 403
    assert begin(Client(), units).status_code == 401
    assert desk.get("/api/exercises/999999/report").status_code == 404


@pytest.mark.parametrize(
    "text",
    [
        "injects = [",
        "injects = 3",
        "injects = [1]",
        '[[injects]]\nkind = "report"\ncategory = "house_fire"',
        '[[injects]]\nafter_s = -1\nkind = "report"\ncategory = "house_fire"',
        '[[injects]]\nafter_s = true\nkind = "report"\ncategory = "house_fire"',
        '[[injects]]\nafter_s = 1\nkind = "shoot"',
        '[[injects]]\nafter_s = 1\nkind = "report"\ncategory = "war"',
        '[[injects]]\nafter_s = 1\nkind = "report"\ncategory = "house_fire"\nlon = 0\nlat = 0',
        '[[injects]]\nafter_s = 1\nkind = "report"\ncategory = "house_fire"\nlon = 105.8',
        '[[injects]]\nafter_s = 1\nkind = "report"\ncategory = "house_fire"\nlon = nan\nlat = 9.8',
        '[[injects]]\nafter_s = 1\nkind = "report"\ncategory = "house_fire"\nrestricted = true',
        '[[injects]]\nafter_s = 1\nkind = "report"\ncategory = "house_fire"\nseverity = 9',
        '[[injects]]\nafter_s = 1\nkind = "report"\ncategory = "house_fire"\ndescription = 4',
        '[[injects]]\nafter_s = 1\nkind = "report"\ncategory = "house_fire"\nplace_source = "magic"',
        '[[injects]]\nafter_s = 1\nkind = "note"\nabout = "nothing"\ntext = "x"',
        '[[injects]]\nafter_s = 9\ncode = "a"\nkind = "report"\ncategory = "house_fire"\n[[injects]]\nafter_s = 1\nkind = "note"\nabout = "a"\ntext = "x"',
        '[[injects]]\nafter_s = 1\ncode = "a"\nkind = "report"\ncategory = "house_fire"\n' * 2,
        "a = " + "[" * 20_000,
        "# " + "x" * 99_999,
    ],
)
def test_a_script_that_cannot_be_played_begins_nothing(text: str, desk: Client, units: dict[str, Responder]) -> None:
    refused = begin(desk, units, script=text)
    assert refused.status_code in (400, 422), refused.content
    assert not Exercise.objects.exists()
    assert not Incident.objects.exists()


def test_a_line_that_can_no_longer_be_played_says_why_and_holds_up_no_other(desk: Client, units: dict[str, Responder]) -> None:
    begin(desk, units)
    exercise = Exercise.objects.get()
    Inject.objects.create(exercise=exercise, number=3, after_s=60, given={"kind": "note", "about": "gone", "text": "x"})
    exercises.tick(exercise.starts_at + timedelta(seconds=130))
    assert Inject.objects.get(number=3).fault
    assert Inject.objects.get(number=2).fault == ""


def test_the_scripts_that_come_with_the_city_can_be_played(desk: Client, units: dict[str, Responder]) -> None:
    (built,) = exercises.built_in()
    assert built["name"]
    assert len(exercises.script(built["text"])) == 5


# ---- nothing of it gets out


def everything(client: Client) -> dict[str, Any]:
    """Every address of the API that needs no number to be read, as this caller is answered; moments are left out."""
    found = {}
    for path, methods in api.get_openapi_schema()["paths"].items():
        if "get" in methods and "{" not in path and path not in MARKS:
            answer = client.get(path, _needs(methods["get"]))
            found[path] = (answer.status_code, _timeless(answer))
    return found


# What says that an exercise runs, to everybody, on purpose; the event counters of this very process.
MARKS = {"/api/exercises/now"}
GIVEN = {
    "lon": str(HERE["lon"]),
    "lat": str(HERE["lat"]),
    "q": "chợ",
    "mode": "car",
    "minutes": "5",
    "at": "2026-11-26T00:00:00Z",
    "bbox": "105.7,9.7,105.9,9.9",
}
MOMENTS = {"as_of", "period", "computed_at", "csrf_token", "now", "at", "from", "until", "made_at", "instance", "request_id", "timeStamp"}


def _needs(operation: dict[str, Any]) -> dict[str, str]:
    return {one["name"]: GIVEN.get(one["name"], "1") for one in operation.get("parameters", []) if one.get("required")}


def _timeless(answer: Any) -> Any:
    try:
        given = json.loads(answer.content)
    except ValueError:
        return answer.content
    return _without(given)


def _without(given: Any) -> Any:
    if isinstance(given, dict):
        return {name: _without(value) for name, value in given.items() if name not in MOMENTS}
    return [_without(one) for one in given] if isinstance(given, list) else given


OUTSIDE: dict[str, Callable[[], str]] = {
    "ogc items": lambda: "/ogc/collections/incidents/items",
    "ogc areas": lambda: "/ogc/collections/restricted_areas/items",
    "wall": lambda: "/api/wall",
    "heat": lambda: "/api/heat/summary",
}


@pytest.mark.parametrize("person", [None, "kiosk", "admin"])
def test_who_sees_no_cases_is_answered_the_same_before_during_and_after_an_exercise(
    person: str | None, desk: Client, units: dict[str, Responder], people: dict[str, User]
) -> None:
    """Walks every address that is read without a number, and the outside feeds: figures, heat, lists, search, notices, alarms."""
    report(desk)
    client = as_(people[person]) if person else Client()
    # Units on their way are seen by who sees units, with their mark; figures of them are not.
    seen = {"/api/responders", "/api/context", "/api/readiness"} if person == "admin" else set()

    def told() -> dict[str, Any]:
        outside = {name: _timeless(client.get(path())) for name, path in OUTSIDE.items()}
        return {**{path: answer for path, answer in everything(client).items() if path not in seen}, **outside}

    before = told()
    assert len(before) > 30
    begin(desk, units)
    case = Incident.objects.get(exercise=True).pk
    post(desk, f"/api/incidents/{case}/verify")
    assert post(desk, f"/api/incidents/{case}/dispatch", {"responders": [units["near"].pk], "because": "thử"}).status_code == 200
    post(desk, f"/api/exercises/{Exercise.objects.get().pk}/play", {"category": "protest", **HERE})
    clock.tick(timezone.now() + timedelta(seconds=100))
    during = told()
    post(desk, f"/api/exercises/{Exercise.objects.get().pk}/end")
    after = told()

    assert {name: (before[name], during[name]) for name in before if before[name] != during[name]} == {}
    assert {name: (before[name], after[name]) for name in before if before[name] != after[name]} == {}


def test_a_leader_who_takes_no_part_hears_nothing_of_it(desk: Client, units: dict[str, Responder], people: dict[str, User]) -> None:
    leader = as_(people["leader"])
    deputy = User.objects.create_user(username="deputy", password="a long enough word")
    deputy.roles.add(Role.objects.get(slug="leader"))
    begin(desk, units, people=[deputy.pk])
    case = Incident.objects.get().pk
    assert post(desk, f"/api/incidents/{case}/opinions", {"question": "Sơ tán?"}).status_code == 200
    assert len(as_(deputy).get("/api/opinions").json()["items"]) == 1
    post(desk, f"/api/incidents/{case}/verify")
    protest = post(desk, f"/api/exercises/{Exercise.objects.get().pk}/play", {"category": "protest", **HERE})
    assert (protest.status_code, Incident.objects.filter(restricted=True, exercise=True).count()) == (200, 1)
    clock.tick(timezone.now() + timedelta(seconds=400))
    assert [leader.get(f"/api/{what}").json()["items"] for what in ("alarms", "opinions", "notices")] == [[], [], []]
    # Who takes part hears what they would in earnest, and another operator's desk stays quiet.
    assert {one["kind"] for one in as_(deputy).get("/api/alarms").json()["items"]} == {"case_unheard"}
    other = User.objects.create_user(username="other", password="a long enough word")
    other.roles.add(Role.objects.get(slug="operator"))
    assert as_(other).get("/api/alarms").json()["items"] == []
    assert "case_unheard" in {one["kind"] for one in desk.get("/api/alarms").json()["items"]}
