"""Requests: the agency's clock, the next candidate when it runs out or the answer is no, and that nobody answers for another agency."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from geo.city import BUILT_IN, CITY
from geo.models import Agency, User
from incidents import clock
from incidents.dispatch import runcards
from incidents.models import Alarm, Assignment, Entry, Incident, Responder, RunCard
from tests.incidents.conftest import equip, post, unit, verified

pytestmark = pytest.mark.django_db
FIRE_S = CITY.dispatching.accept_s[5]


@pytest.fixture
def cards(db: None) -> list[RunCard]:
    return runcards.load(BUILT_IN.parent / "nga_bay_runcards.toml")


@pytest.fixture
def brigade(people: dict[str, User], town: dict, cards: list[RunCard]) -> dict[str, Responder]:
    """Two engines of the fire agency and one of the ward, far away; and a person at the fire agency's desk."""
    now = timezone.now()
    fire = Agency.objects.create(code="fire", name="Cảnh sát PCCC")
    people["agency"].agency = fire
    people["agency"].save()
    skills: dict[str, Any] = {"skills": ["fire"], "position_accuracy_m": 5}
    made = {
        "first": unit("CC-01", "truck", now, east_m=150, authority="requested", **skills),
        "second": unit("CC-02", "truck", now, east_m=60, authority="requested", **skills),
        "third": unit("CC-03", "truck", now, east_m=390, authority="requested", **skills),
    }
    Responder.objects.filter(code__in=["CC-01", "CC-02"]).update(agency=fire)
    for one in made.values():
        equip(one, "pump", "hose")
    return made


@pytest.fixture
def desk(people: dict[str, User], brigade: dict[str, Responder]) -> Client:
    client = Client()
    client.force_login(people["agency"])
    return client


def asked(client: Client, *units: Responder, **more: Any) -> dict[str, Any]:
    body = {"units": [{"responder": one.pk, "role": "engine"} for one in units], "because": "gọi cả hai", **more}
    return post(client, f"/api/incidents/{verified(client)['id']}/dispatch", body).json()


def due() -> datetime:
    found = Assignment.objects.get().due_at
    assert found is not None
    return found


def test_a_request_has_its_clock_by_severity_and_who_is_sent_has_none(operator: Client, brigade: dict[str, Responder]) -> None:
    asked(operator, brigade["first"])
    row = Assignment.objects.get()

    assert due() - row.requested_at == timedelta(seconds=FIRE_S)
    Responder.objects.filter(code="CC-03").update(authority="directed")
    case = asked(operator, brigade["third"])
    assert [one["due_at"] for one in case["assignments"]] == [None]


def test_when_the_clock_runs_out_the_next_is_proposed_once_with_an_alarm(operator: Client, brigade: dict[str, Responder]) -> None:
    case = asked(operator, brigade["first"])
    clock.tick(due() - timedelta(microseconds=1))
    assert not Alarm.objects.filter(kind="request_unanswered").exists()
    for _ in range(2):
        clock.tick(due())

    alarm = Alarm.objects.get(kind="request_unanswered")
    assert (alarm.data["unit"], alarm.data["next"]["unit"], alarm.data["next"]["role"]) == ("CC-01", "CC-02", "engine")
    (entry,) = Entry.objects.filter(kind="unit_overdue")
    assert "chưa trả lời" in entry.note and entry.note.endswith("CC-02")
    found = operator.get(f"/api/incidents/{case['id']}/candidates").json()
    assert [pick["code"] for pick in found["recommended"] if pick["role"] == "engine"] == ["CC-02", "CC-03"]
    assert {role["code"]: role["out"] for role in found["card"]["roles"]}["engine"] == 0
    (row,) = operator.get(f"/api/incidents/{case['id']}").json()["assignments"]
    assert row["status"] == "requested" and row["overdue_at"]


def test_sending_the_next_ends_the_alarm_and_the_late_may_still_accept(operator: Client, desk: Client, brigade: dict[str, Responder]) -> None:
    case = asked(operator, brigade["first"])
    clock.tick(due())
    post(operator, f"/api/incidents/{case['id']}/dispatch", {"units": [{"responder": brigade["second"].pk, "role": "engine"}]})

    assert not Alarm.objects.filter(kind="request_unanswered", cleared_at=None).exists()
    first = Assignment.objects.get(responder=brigade["first"])
    assert post(desk, f"/api/my/requests/{first.pk}/accept").status_code == 200
    first.refresh_from_db()
    assert first.status == "accepted" and first.accepted_at
    out = {role["code"]: role["out"] for role in operator.get(f"/api/incidents/{case['id']}/candidates").json()["card"]["roles"]}
    assert out["engine"] == 2, "the late one that accepted fills its role again"


def test_an_answer_in_time_is_no_alarm(operator: Client, desk: Client, brigade: dict[str, Responder]) -> None:
    asked(operator, brigade["first"])
    post(desk, f"/api/my/requests/{Assignment.objects.get().pk}/accept")
    clock.tick(due() + timedelta(hours=1))

    assert not Alarm.objects.filter(kind__startswith="request").exists()


def test_an_agency_declines_with_a_reason_and_the_next_is_proposed(operator: Client, desk: Client, brigade: dict[str, Responder]) -> None:
    case = asked(operator, brigade["first"])
    pk = Assignment.objects.get().pk
    assert post(desk, f"/api/my/requests/{pk}/decline").json()["code"] == "reason_needed"
    assert post(desk, f"/api/my/requests/{pk}/decline", {"reason": "đang bảo dưỡng bơm"}).json()["items"] == []

    alarm = Alarm.objects.get(kind="request_declined")
    assert (alarm.data["unit"], alarm.data["next"]["unit"]) == ("CC-01", "CC-02"), "whoever said no is not asked again"
    assert Incident.objects.get(pk=case["id"]).status == "verified"
    first = operator.get(f"/api/incidents/{case['id']}/candidates").json()["candidates"][0]
    assert (first["responder"]["code"], first["recommended"], first["doubts"][0]["code"]) == ("CC-01", None, "refused")


def test_the_agency_sees_its_own_requests_and_never_who_reported(operator: Client, desk: Client, brigade: dict[str, Responder]) -> None:
    case = verified(operator, reporter_phone="0900 123 456", reporter_name="Trần Thị Mai", description="khói tầng hai")
    post(
        operator,
        f"/api/incidents/{case['id']}/dispatch",
        {"units": [{"responder": brigade[name].pk, "role": "engine"} for name in ("first", "third")], "because": "x"},
    )
    answer = desk.get("/api/my/requests")
    (row,) = answer.json()["items"]

    assert (row["unit"]["code"], row["incident"]["severity"], row["incident"]["description"]) == ("CC-01", 5, "khói tầng hai")
    assert row["incident"]["lon"] == pytest.approx(case["lon"], abs=1e-6) and row["due_at"]
    assert "0900 123 456" not in answer.content.decode() and "Mai" not in answer.content.decode()
    Incident.objects.update(restricted=True)
    assert desk.get("/api/my/requests").json()["items"][0]["incident"]["description"] == ""


def test_nobody_answers_for_another_agency_nor_twice_nor_anything_else(
    people: dict[str, User], operator: Client, desk: Client, brigade: dict[str, Responder]
) -> None:
    case = asked(operator, brigade["first"], brigade["third"])
    theirs, ours = (Assignment.objects.get(responder=brigade[name]).pk for name in ("third", "first"))

    assert post(desk, f"/api/my/requests/{theirs}/accept").status_code == 404
    assert post(desk, f"/api/my/requests/{ours}/enroute").status_code == 404
    assert post(desk, f"/api/assignments/{ours}/accept").status_code == 403
    assert desk.get(f"/api/incidents/{case['id']}").status_code == 404
    for role in ("operator", "field", "leader", "kiosk"):
        client = Client()
        client.force_login(people[role])
        assert post(client, f"/api/my/requests/{ours}/accept").status_code == 403
    assert post(desk, f"/api/my/requests/{ours}/accept").status_code == 200
    assert post(desk, f"/api/my/requests/{ours}/accept").status_code == 404
    assert Assignment.objects.get(pk=theirs).status == "requested"
    people["agency"].agency = None
    people["agency"].save()
    assert desk.get("/api/my/requests").json()["items"] == []


def test_the_operator_records_an_answer_that_came_by_telephone(operator: Client, brigade: dict[str, Responder]) -> None:
    asked(operator, brigade["first"])
    clock.tick(due())
    row = Assignment.objects.get()
    done = post(operator, f"/api/assignments/{row.pk}/accept", {"reason": "điện thoại 114, đ/c Hùng"}).json()

    assert done["assignments"][0]["status"] == "accepted"
    assert Entry.objects.get(kind="unit_accept").note == "điện thoại 114, đ/c Hùng"
    assert not Alarm.objects.filter(kind="request_unanswered", cleared_at=None).exists()


def test_a_case_that_lost_its_place_or_ended_leaves_the_clock_alone(operator: Client, brigade: dict[str, Responder]) -> None:
    case = asked(operator, brigade["first"])
    at = due()
    post(operator, f"/api/incidents/{case['id']}/close", {"outcome": "17"})
    clock.tick(at)

    assert not Entry.objects.filter(kind="unit_overdue").exists()
