"""Who goes where: by arrival over the network, once a unit, and every step until it is free again."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from geo.acting import acting
from geo.models import User
from incidents.models import Assignment, Incident, Responder
from tests.conftest import build_town, city_wkt
from tests.incidents.conftest import build_units, post, report, verified

pytestmark = pytest.mark.django_db


def candidates(client: Client, case: dict, query: str = "") -> dict:
    return client.get(f"/api/incidents/{case['id']}/candidates{query}").json()


def dispatched(client: Client, case: dict, *units: Responder) -> dict:
    return post(client, f"/api/incidents/{case['id']}/dispatch", {"responders": [unit.pk for unit in units]}).json()


def step(client: Client, assignment: dict, name: str, **body: object) -> dict:
    return post(client, f"/api/assignments/{assignment['id']}/{name}", body).json()


def test_candidates_come_in_the_order_of_their_arrival(operator: Client, units: dict[str, Responder]) -> None:
    found = candidates(operator, verified(operator))
    seconds = [one["travel_s"] for one in found["candidates"]]

    assert seconds == sorted(seconds)
    assert len(seconds) == 5
    first = found["candidates"][0]
    assert first["route"]["type"] == "LineString"
    assert first["reason"]["vi"] and first["responder"]["position_age_s"] < 60
    assert [one["rank"] for one in found["candidates"]] == [1, 2, 3, 4, 5]


def test_the_passed_over_are_told_with_their_reason(operator: Client, units: dict[str, Responder]) -> None:
    now = timezone.now()
    Responder.objects.filter(pk=units["near"].pk).update(duty="off_duty")
    Responder.objects.filter(pk=units["far"].pk).update(position_at=now - timedelta(hours=2))
    Responder.objects.filter(pk=units["boat"].pk).update(geom=None)
    Responder.objects.filter(pk=units["asked"].pk).update(geom=city_wkt("POINT", (5_000, 5_000)))
    case = verified(operator)
    other = dispatched(operator, verified(operator), units["field"])

    why = {one["responder"]["code"]: one["why"] for one in candidates(operator, case)["passed_over"]}

    assert {code: row["code"] for code, row in why.items()} == {
        "CA-01": "off_duty",
        "CA-02": "lost",
        "XU-01": "no_position",
        "CC-01": "off_network",
        "DQ-01": "busy",
    }
    assert other["code"] in why["DQ-01"]["vi"] and why["CA-02"]["en"].endswith("120 minutes old")
    assert [one["responder"]["code"] for one in candidates(operator, case, "?stale=true")["candidates"]] == ["CA-02"]


def test_a_directed_unit_is_sent_and_another_is_asked_for(operator: Client, units: dict[str, Responder]) -> None:
    case = dispatched(operator, verified(operator), units["near"], units["asked"])

    assert {row["responder"]["code"]: row["status"] for row in case["assignments"]} == {"CA-01": "assigned", "CC-01": "requested"}
    assert case["status"] == "assigned"
    assert all(row["eta_s"] > 0 for row in case["assignments"])


def test_a_unit_that_is_sent_cannot_be_sent_again_and_all_or_none_go(operator: Client, second: Client, units: dict[str, Responder]) -> None:
    first = dispatched(operator, verified(operator), units["near"])
    other = verified(second)
    refused = dispatched(second, other, units["far"], units["near"])

    assert (refused["code"], refused["status"]) == ("unit_taken", 409)
    assert (refused["unit"], refused["incident_code"], refused["by"]) == ("CA-01", first["code"], "operator")
    assert Assignment.objects.count() == 1
    assert Incident.objects.get(pk=other["id"]).status == "verified"


@pytest.mark.django_db(transaction=True)
def test_two_people_sending_the_same_unit_at_once_one_succeeds(people: dict[str, User]) -> None:
    with acting(by=None, because="a small town"):
        build_town()
        units = build_units(people)
    windows = [Client(), Client()]
    for window in windows:
        window.force_login(people["operator"])
    cases = [verified(window) for window in windows]
    begin, answers = threading.Barrier(2), [None, None]

    def send(index: int) -> None:
        begin.wait(10)
        answers[index] = post(windows[index], f"/api/incidents/{cases[index]['id']}/dispatch", {"responders": [units["near"].pk]})
        connection.close()

    threads = [threading.Thread(target=send, args=(index,)) for index in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    won, lost = sorted(answers, key=lambda answer: answer.status_code)
    assert (won.status_code, lost.status_code) == (200, 409)
    assert lost.json()["incident_code"] == won.json()["code"]
    assert Assignment.objects.filter(responder=units["near"], ended_at=None).count() == 1


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [({}, 422, "no_units"), ({"responders": [2**40]}, 404, "not_found"), ({"responders": "all"}, 400, "bad_request")],
)
def test_a_wrong_dispatch_sends_nobody(operator: Client, units: dict[str, Responder], body: dict, status: int, code: str) -> None:
    case = verified(operator)
    answer = post(operator, f"/api/incidents/{case['id']}/dispatch", body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not Assignment.objects.exists()


def test_nobody_is_sent_to_what_is_not_verified_and_no_one_off_duty_is_sent(operator: Client, units: dict[str, Responder]) -> None:
    assert dispatched(operator, report(operator), units["near"])["code"] == "not_now"

    Responder.objects.filter(pk=units["near"].pk).update(duty="out_of_service")
    assert dispatched(operator, verified(operator), units["near"])["code"] == "unit_off"


def test_only_who_may_dispatch_dispatches(people: dict[str, User], operator: Client, units: dict[str, Responder]) -> None:
    case = verified(operator)
    for role in ("officer", "leader", "field", "agency", "kiosk", "admin"):
        client = Client()
        client.force_login(people[role])
        assert dispatched(client, case, units["near"])["code"] == "forbidden"
        assert client.get(f"/api/incidents/{case['id']}/candidates").json()["code"] == "forbidden"


def test_the_unit_goes_its_way_and_the_case_follows(operator: Client, field: Client, units: dict[str, Responder]) -> None:
    case = dispatched(operator, verified(operator), units["field"])
    job = field.get("/api/my/work").json()["assignments"][0]
    assert (job["status"], job["next"], job["incident"]["code"]) == ("assigned", "accept", case["code"])
    assert job["route"]["type"] == "LineString" and job["travel_s"] > 0

    for name, status, of_case in (("accept", "accepted", "assigned"), ("enroute", "enroute", "enroute"), ("on_scene", "on_scene", "on_scene")):
        done = step(field, job, name)
        assert done["assignments"][0]["status"] == status
        assert operator.get(f"/api/incidents/{case['id']}").json()["status"] == of_case

    assert step(field, job, "clear")["assignments"] == []
    assert operator.get("/api/responders").json()["items"][0]["availability"] == "available"


def test_a_wet_screen_can_be_taken_back_within_ten_seconds_and_once(operator: Client, field: Client, units: dict[str, Responder]) -> None:
    dispatched(operator, verified(operator), units["field"])
    job = field.get("/api/my/work").json()["assignments"][0]
    step(field, job, "enroute")

    assert step(operator, job, "undo")["code"] == "undo_too_late", "whoever made the step takes it back"
    back = step(field, job, "undo")["assignments"][0]
    assert (back["status"], back["undo_until"]) == ("assigned", None)
    assert Incident.objects.get().status == "assigned"
    assert step(field, job, "undo")["code"] == "undo_too_late"


def test_a_step_out_of_order_says_what_is_possible(operator: Client, field: Client, units: dict[str, Responder]) -> None:
    dispatched(operator, verified(operator), units["field"])
    job = field.get("/api/my/work").json()["assignments"][0]
    answer = step(field, job, "clear")

    assert answer["code"] == "step_not_now"
    assert "enroute" in answer["allowed"]
    assert step(field, job, "decline")["code"] == "reason_needed"
    assert step(field, job, "fly")["code"] == "not_found"


def test_a_declined_request_frees_the_unit_and_the_case_waits_again(operator: Client, units: dict[str, Responder]) -> None:
    case = dispatched(operator, verified(operator), units["asked"])
    after = step(operator, case["assignments"][0], "decline", reason="đang chữa cháy nơi khác")

    assert (after["assignments"][0]["status"], after["status"]) == ("declined", "verified")
    assert dispatched(operator, case, units["asked"])["status"] == "assigned"


def test_a_closed_case_frees_every_unit(operator: Client, units: dict[str, Responder]) -> None:
    case = dispatched(operator, verified(operator), units["near"], units["far"])
    closed = post(operator, f"/api/incidents/{case['id']}/close", {"outcome": "17"}).json()

    assert closed["status"] == "closed"
    assert not Assignment.objects.filter(ended_at=None).exists()


def test_a_foreign_field_unit_does_not_know_of_the_job(operator: Client, people: dict[str, User], units: dict[str, Responder]) -> None:
    case = dispatched(operator, verified(operator), units["near"])
    stranger = Client()
    stranger.force_login(people["field"])

    assert stranger.get(f"/api/incidents/{case['id']}").status_code == 404
    assert step(stranger, case["assignments"][0], "enroute")["code"] == "not_found"


def test_candidates_ask_few_questions(operator: Client, units: dict[str, Responder], django_assert_max_num_queries: object) -> None:
    case = verified(operator)
    candidates(operator, case)
    with django_assert_max_num_queries(12):
        candidates(operator, case)
