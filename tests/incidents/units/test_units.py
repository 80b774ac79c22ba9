"""Units: whether they can be sent follows from duty, crew, equipment and open assignment; shifts and rest; everybody reads the same."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from geo.city import CITY
from geo.models import Agency, User
from incidents import clock
from incidents.dispatch import dispatching
from incidents.layer import PRIMARY_STATUSES, SECONDARY_STATUSES
from incidents.models import Alarm, Incident, Member, Responder, Shift
from incidents.units import shifts
from layers.access import scope_of
from tests.incidents.conftest import post, verified

pytestmark = pytest.mark.django_db


def member(name: str, *qualifications: str) -> Member:
    return Member.objects.create(agency=Agency.objects.get(code="police"), name=name, phone="0900", qualifications=list(qualifications))


def standing(client: Client, code: str) -> dict:
    return next(row for row in client.get("/api/responders").json()["items"] if row["code"] == code)


def statuses(client: Client, code: str) -> tuple[str, list[str]]:
    row = standing(client, code)
    return row["primary_status"], row["secondary_statuses"]


def on_shift(client: Client, unit: Responder, **more: object) -> object:
    return post(client, f"/api/responders/{unit.pk}/shift", {"on": True, **more})


def test_status_follows_the_assignment_step_by_step_and_nothing_else_stores_it(operator: Client, units: dict[str, Responder]) -> None:
    case = verified(operator)
    seen = [statuses(operator, "CA-01")]
    sent = post(operator, f"/api/incidents/{case['id']}/dispatch", {"responders": [units["near"].pk]}).json()["assignments"][0]["id"]
    seen.append(statuses(operator, "CA-01"))
    for step in ("accept", "enroute", "on_scene", "clear"):
        assert post(operator, f"/api/assignments/{sent}/{step}").status_code == 200
        seen.append(statuses(operator, "CA-01"))

    assert seen == [
        ("available", ["on_duty"]),
        ("not_available", ["assigned"]),
        ("not_available", ["acknowledged"]),
        ("not_available", ["enroute"]),
        ("not_available", ["on_scene"]),
        ("available", ["on_duty"]),
    ]


def test_a_unit_on_slight_work_or_that_has_not_answered_can_be_had(operator: Client, units: dict[str, Responder]) -> None:
    grave, slight = verified(operator), verified(operator, category="tree_down", severity=2)
    post(operator, f"/api/incidents/{grave['id']}/dispatch", {"responders": [units["asked"].pk]})
    post(operator, f"/api/incidents/{slight['id']}/dispatch", {"responders": [units["near"].pk]})

    assert statuses(operator, "CC-01") == ("conditionally_available", ["dispatched"])
    assert statuses(operator, "CA-01") == ("conditionally_available", ["assigned"])
    Incident.objects.filter(pk=slight["id"]).update(severity=5)
    assert statuses(operator, "CA-01") == ("not_available", ["assigned"])


def test_what_is_broken_takes_its_skill_away_unless_somebody_else_gives_it(operator: Client, units: dict[str, Responder]) -> None:
    unit = units["near"]
    Responder.objects.filter(pk=unit.pk).update(skills=["fire", "patrol"])
    path = f"/api/responders/{unit.pk}/equipment"
    post(operator, path, {"name": "Bơm", "skills": ["fire", "water"], "essential": True})
    working = standing(operator, "CA-01")
    broken = post(operator, path, {"name": "Bơm", "state": "faulty", "note": "gãy trục"}).json()
    post(operator, f"/api/responders/{unit.pk}/crew", {"members": [member("An", "fire", "first_aid").pk]})
    crewed = standing(operator, "CA-01")

    assert working["skills"] == ["fire", "patrol", "water"] and working["primary_status"] == "available"
    assert broken["skills"] == ["patrol"] and broken["equipment"][0]["note"] == "gãy trục"
    assert (broken["primary_status"], broken["secondary_statuses"]) == ("conditionally_available", ["equipment_issues", "on_duty"])
    assert crewed["skills"] == ["fire", "first_aid", "patrol"]


def test_candidates_map_and_board_read_the_same_skills_and_status(operator: Client, people: dict[str, User], units: dict[str, Responder]) -> None:
    post(operator, f"/api/responders/{units['near'].pk}/crew", {"members": [member("An", "medical").pk]})
    Responder.objects.filter(pk=units["far"].pk).update(crew_least=2)
    of = {unit.code: unit for unit in dispatching.units(scope_of(people["operator"]))}
    items = operator.get("/ogc/collections/responders/items").json()["features"]
    drawn = {one["properties"]["code"]: one["properties"] for one in items}

    assert of["CA-01"].skills == tuple(standing(operator, "CA-01")["skills"]) == tuple(drawn["CA-01"]["skills"]) == ("medical",)
    assert of["CA-02"].availability == standing(operator, "CA-02")["availability"] == drawn["CA-02"]["availability"] == "unmanned"
    assert standing(operator, "CA-02")["primary_status"] == drawn["CA-02"]["primary_status"] == "not_available"
    case = verified(operator)
    passed = {row["responder"]["code"]: row["why"]["en"] for row in operator.get(f"/api/incidents/{case['id']}/candidates").json()["passed_over"]}
    assert passed["CA-02"] == "has nobody on board"


def test_too_few_people_is_told_and_can_still_be_sent(operator: Client, units: dict[str, Responder]) -> None:
    Responder.objects.filter(pk=units["near"].pk).update(crew_least=2)
    post(operator, f"/api/responders/{units['near'].pk}/crew", {"members": [member("An").pk]})

    assert statuses(operator, "CA-01") == ("conditionally_available", ["unmanned", "on_duty"])


def test_nobody_is_on_two_units(operator: Client, units: dict[str, Responder]) -> None:
    one = member("An")
    post(operator, f"/api/responders/{units['near'].pk}/crew", {"members": [one.pk]})
    answer = post(operator, f"/api/responders/{units['far'].pk}/crew", {"members": [one.pk]})

    assert (answer.status_code, answer.json()["code"]) == (409, "member_elsewhere") and "CA-01" in answer.json()["detail"]
    # Off one, on the other.
    post(operator, f"/api/responders/{units['near'].pk}/crew", {"members": []})
    assert post(operator, f"/api/responders/{units['far'].pk}/crew", {"members": [one.pk]}).json()["crew"][0]["name"] == "An"


def test_a_shift_is_begun_and_ended_once(operator: Client, second: Client, units: dict[str, Responder]) -> None:
    one, unit = member("An"), units["near"]
    begun = on_shift(operator, unit, members=[one.pk], ends_at=(timezone.now() + timedelta(hours=8)).isoformat()).json()
    again = on_shift(second, unit)
    ended = post(operator, f"/api/responders/{unit.pk}/shift", {"on": False}).json()
    twice = post(second, f"/api/responders/{unit.pk}/shift", {"on": False})

    assert begun["duty"] == "on_duty" and begun["shift_ends_at"] and [row["name"] for row in begun["crew"]] == ["An"]
    assert again.json()["code"] == "on_shift" and twice.json()["code"] == "not_on_shift"
    assert (ended["availability"], ended["crew"], ended["secondary_statuses"]) == ("off_duty", [], ["off_duty"])


def test_nobody_goes_home_from_an_assignment(operator: Client, units: dict[str, Responder]) -> None:
    on_shift(operator, units["near"])
    case = verified(operator)
    post(operator, f"/api/incidents/{case['id']}/dispatch", {"responders": [units["near"].pk]})

    for path, body in (("shift", {"on": False}), ("duty", {"duty": "out_of_service", "because": "hỏng"})):
        assert post(operator, f"/api/responders/{units['near'].pk}/{path}", body).json()["code"] == "unit_has_work"


def test_too_short_a_rest_needs_a_reason_and_its_hours_go_on_counting(operator: Client, people: dict[str, User], units: dict[str, Responder]) -> None:
    unit, at = units["near"], timezone.now()
    began = at - timedelta(hours=13)
    Shift.objects.create(responder=unit, on_at=began, off_at=at - timedelta(hours=2), rested_since=began)
    refused = on_shift(operator, unit)
    taken = on_shift(operator, unit, because="bão, thiếu người").json()

    assert (refused.status_code, refused.json()["code"]) == (409, "rest_short")
    assert taken["tired"] is True and taken["worked_h"] == pytest.approx(11, abs=0.1)
    assert Shift.objects.get(off_at=None).because == "bão, thiếu người"


def test_after_a_rest_the_hours_begin_again(operator: Client, units: dict[str, Responder]) -> None:
    unit, at = units["near"], timezone.now()
    Shift.objects.create(
        responder=unit, on_at=at - timedelta(hours=22), off_at=at - timedelta(hours=CITY.units.rest_least_h), rested_since=at - timedelta(hours=22)
    )

    assert on_shift(operator, unit).json()["tired"] is False
    assert not shifts.tired(rested_since=None, at=at)


def test_a_unit_that_stays_on_after_its_shift_is_told_until_it_goes(operator: Client, units: dict[str, Responder]) -> None:
    at = timezone.now()
    on_shift(operator, units["near"], ends_at=(at + timedelta(hours=8)).isoformat())
    clock.tick(at + timedelta(hours=7))
    before = Alarm.objects.count()
    clock.tick(at + timedelta(hours=9))
    [alarm] = operator.get("/api/alarms").json()["items"]
    post(operator, f"/api/responders/{units['near'].pk}/shift", {"on": False})
    clock.tick(at + timedelta(hours=9, minutes=1))

    assert before == 0 and (alarm["kind"], alarm["responder"]["code"], alarm["sounds"]) == ("shift_over", "CA-01", False)
    assert operator.get("/api/alarms").json()["items"] == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("shift", {"on": True, "ends_at": "2020-01-01T00:00:00Z"}),
        ("duty", {"duty": "asleep"}),
        ("duty", {"duty": "on_duty", "activity": "dancing"}),
        ("duty", {"duty": "out_of_service"}),
        ("equipment", {"name": "Bơm", "state": "so-so"}),
        ("equipment", {"name": " "}),
    ],
)
def test_what_cannot_be_is_refused(operator: Client, units: dict[str, Responder], path: str, body: dict) -> None:
    answer = post(operator, f"/api/responders/{units['near'].pk}/{path}", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_unit")


def test_a_unit_speaks_for_itself_and_for_no_other(field: Client, units: dict[str, Responder]) -> None:
    assert on_shift(field, units["field"]).status_code == 200
    assert (
        post(field, f"/api/responders/{units['field'].pk}/duty", {"duty": "on_duty", "activity": "meal"}).json()["primary_status"] == "conditionally_available"
    )
    for path, body in (("shift", {"on": True}), ("duty", {"duty": "on_duty"}), ("equipment", {"name": "Bơm"})):
        assert post(field, f"/api/responders/{units['near'].pk}/{path}", body).status_code == 404
    assert field.get(f"/api/responders/{units['near'].pk}").status_code == 404


@pytest.mark.parametrize("role", ["officer", "leader", "agency", "kiosk"])
def test_who_does_not_dispatch_changes_no_unit(people: dict[str, User], units: dict[str, Responder], role: str) -> None:
    client = Client()
    client.force_login(people[role])
    for path, body in (("shift", {"on": True}), ("duty", {"duty": "on_duty"}), ("crew", {"members": []}), ("equipment", {"name": "Bơm"})):
        assert post(client, f"/api/responders/{units['near'].pk}/{path}", body).status_code in (403, 404)
    assert client.get("/api/members").status_code == 403


def test_every_status_that_the_view_can_say_has_its_words(operator: Client, units: dict[str, Responder]) -> None:
    """Walks duty, activity and assignment as the view knows them."""
    words = {choice.value for choice in SECONDARY_STATUSES}
    primary = {choice.value for choice in PRIMARY_STATUSES}
    seen = set()
    for duty in shifts.DUTIES:
        for activity in shifts.ACTIVITIES:
            Responder.objects.filter(pk=units["near"].pk).update(duty=duty, activity=activity)
            first, rest = statuses(operator, "CA-01")
            assert first in primary and set(rest) <= words and rest, (duty, activity)
            seen |= set(rest)
    assert seen >= {"on_duty", "off_duty", "out_of_service", "meal", "post"}
    assert {"primary_statuses", "secondary_statuses"} <= operator.get("/api/city").json().keys()
