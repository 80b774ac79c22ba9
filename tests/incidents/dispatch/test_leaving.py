"""A real case takes a unit out of an exercise at once, both logs say so, and no exercise ever takes one from anything."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from geo.models import Event, User
from incidents.models import Assignment, Entry, Incident, Reservation, Responder
from tests.conftest import JUNCTION
from tests.incidents.conftest import post, verified

pytestmark = pytest.mark.django_db
HERE = {"category": "house_fire", "severity": 3, "lon": JUNCTION[0], "lat": JUNCTION[1]}


@pytest.fixture
def rehearsal(operator: Client, units: dict[str, Responder], people: dict[str, User]) -> dict[str, Any]:
    """An exercise with one case, and the nearest unit out on it."""
    body = {"name": "Cháy chợ", "minutes": 60, "units": [unit.pk for unit in units.values()], "people": [people["operator"].pk]}
    running = post(operator, "/api/exercises", body).json()
    case = post(operator, f"/api/exercises/{running['id']}/play", HERE).json()
    post(operator, f"/api/incidents/{case['id']}/verify")
    sent = post(operator, f"/api/incidents/{case['id']}/dispatch", {"responders": [units["near"].pk]})
    assert sent.status_code == 200, sent.content
    return {"id": running["id"], "case": sent.json()}


def looked(client: Client, case: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["responder"]["code"]: one for one in client.get(f"/api/incidents/{case['id']}/candidates").json()["candidates"]}


def send(client: Client, case: dict[str, Any], *sent: Responder) -> Any:
    return post(client, f"/api/incidents/{case['id']}/dispatch", {"responders": [one.pk for one in sent]})


def test_a_unit_that_rehearses_is_offered_to_a_real_case_and_says_that_it_would_leave(
    operator: Client, units: dict[str, Responder], rehearsal: dict[str, Any]
) -> None:
    found = looked(operator, verified(operator))

    (note,) = found["CA-01"]["notes"]
    assert note["code"] == "in_exercise" and rehearsal["case"]["code"] in note["vi"] and "rời diễn tập" in note["vi"] and "would leave it" in note["en"]
    assert not found["CA-01"]["doubts"] and not found["CA-02"]["notes"]
    board = {one["code"]: one for one in operator.get("/api/responders").json()["items"]}
    assert (board["CA-01"]["availability"], board["CA-01"]["primary_status"]) == ("busy", "conditionally_available")


def test_a_real_case_takes_it_in_one_order_and_both_logs_say_so(operator: Client, units: dict[str, Responder], rehearsal: dict[str, Any]) -> None:
    real = verified(operator)
    answer = send(operator, real, units["near"], units["far"])

    assert answer.status_code == 200 and [one["responder"]["code"] for one in answer.json()["assignments"]] == ["CA-01", "CA-02"]
    left = Assignment.objects.get(incident_id=rehearsal["case"]["id"])
    assert (left.status, left.reason) == ("cancelled", "Rời diễn tập để đi vụ thật") and left.ended_at is not None
    ours = Entry.objects.get(incident_id=real["id"], kind="dispatch")
    assert ours.data["left_exercise"] == {"CA-01": rehearsal["case"]["code"]} and "rời diễn tập: CA-01" in ours.note
    theirs = Entry.objects.filter(incident_id=rehearsal["case"]["id"]).latest("id")
    assert theirs.kind == "unit_cancel" and real["code"] in theirs.note and Incident.objects.get(pk=rehearsal["case"]["id"]).status == "verified"
    assert Event.objects.filter(kind="incident.unit_cancel", fids=[rehearsal["case"]["id"]]).exists()


def test_whoever_plays_is_not_told_of_a_restricted_case(operator: Client, units: dict[str, Responder], rehearsal: dict[str, Any]) -> None:
    real = verified(operator)
    post(operator, f"/api/incidents/{real['id']}/restrict", {"reason": "nhạy cảm"})
    assert Incident.objects.get(pk=real["id"]).restricted
    send(operator, real, units["near"])
    note = Entry.objects.filter(incident_id=rehearsal["case"]["id"]).latest("id").note
    assert "Rời diễn tập" in note and real["code"] not in note


def test_an_exercise_takes_nothing_from_a_real_case_nor_from_itself(operator: Client, units: dict[str, Responder], rehearsal: dict[str, Any]) -> None:
    real = verified(operator)
    assert send(operator, real, units["far"]).status_code == 200
    second = post(operator, f"/api/exercises/{rehearsal['id']}/play", HERE).json()
    post(operator, f"/api/incidents/{second['id']}/verify")

    assert {"CA-01", "CA-02"}.isdisjoint(looked(operator, second))
    for one in (units["near"], units["far"]):
        assert send(operator, second, one).json()["code"] == "unit_taken"
    assert set(Assignment.objects.filter(ended_at=None).values_list("responder__code", "incident_id")) == {
        ("CA-01", rehearsal["case"]["id"]),
        ("CA-02", real["id"]),
    }


def test_a_unit_held_for_the_exercise_goes_without_a_reason_and_the_hold_ends(operator: Client, units: dict[str, Responder], rehearsal: dict[str, Any]) -> None:
    until = (timezone.now() + timedelta(minutes=20)).isoformat()
    body = {"responder": units["far"].pk, "incident": rehearsal["case"]["id"], "until": until, "because": "chờ"}
    assert post(operator, "/api/reservations", body).status_code == 201
    real = verified(operator)

    assert not looked(operator, real)["CA-02"]["doubts"]
    assert send(operator, real, units["far"]).status_code == 200
    assert Reservation.objects.get().ended_how == "taken"


def test_the_end_of_the_exercise_leaves_who_left_it_at_work(operator: Client, units: dict[str, Responder], rehearsal: dict[str, Any]) -> None:
    real = verified(operator)
    send(operator, real, units["near"])
    post(operator, f"/api/exercises/{rehearsal['id']}/end")
    assert Assignment.objects.get(responder=units["near"], ended_at=None).incident_id == real["id"]


def test_a_real_order_that_is_refused_leaves_the_rehearsal_as_it_was(operator: Client, units: dict[str, Responder], rehearsal: dict[str, Any]) -> None:
    real, other = verified(operator), verified(operator)
    assert send(operator, other, units["far"]).status_code == 200
    assert send(operator, real, units["near"], units["far"]).json()["code"] == "unit_taken"
    assert Assignment.objects.get(responder=units["near"]).status == "assigned"
