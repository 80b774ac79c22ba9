"""A case from report to closing: every verb by its table, every refusal with its code, and nothing half written."""

import uuid

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from geo.models import Agency, Event, User
from incidents import lifecycle
from incidents.models import Entry, Incident
from tests.incidents.conftest import FIRE, post, report, verified

pytestmark = pytest.mark.django_db


def test_a_report_knows_its_street_and_waits_for_somebody(operator: Client, town: dict) -> None:
    case = report(operator, description="khói ở tầng hai", reporter_name="Bà Tư", reporter_phone="0909")

    assert (case["status"], case["severity"], case["process"], case["road_name"]) == ("new", 5, "immediate", "Hùng Vương")
    assert (case["lon"], case["lat"]) == pytest.approx((FIRE["lon"], FIRE["lat"]), abs=1e-7)
    assert (case["reporter_name"], case["acknowledged_at"]) == ("Bà Tư", None)
    assert case["allowed"] == ["acknowledge", "verify", "reject", "merge", "place", "note", "demote", "link", "divide", "restrict", "cancel"]
    assert case["timers"]["acknowledge_by"] > case["reported_at"]


def test_the_same_key_twice_is_the_same_case(operator: Client, town: dict) -> None:
    key = str(uuid.uuid4())
    first = report(operator, key=key)
    again = post(operator, "/api/incidents", {**FIRE, "key": key})

    assert again.status_code == 200
    assert again.json()["id"] == first["id"]
    assert Incident.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"category": "dragons"}, 422, "unknown_category"),
        ({"channel": "pigeon"}, 422, "unknown_channel"),
        ({"severity": 9}, 422, "bad_severity"),
        ({"lon": 9.8165, "lat": 105.8150}, 422, "out_of_extent"),
        ({"lat": "NaN"}, 422, "non_finite"),
        ({"lat": 1e400}, 422, "non_finite"),
        ({"description": "x" * 5_000}, 422, "too_long"),
        ({"key": "not a key"}, 400, "bad_request"),
        ({"accuracy_m": -5}, 400, "bad_request"),
    ],
)
def test_a_wrong_report_gets_its_code_and_leaves_nothing(operator: Client, town: dict, wrong: dict, status: int, code: str) -> None:
    answer = post(operator, "/api/incidents", {**FIRE, **wrong})

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not Incident.objects.exists()


@pytest.mark.parametrize("role", ["officer", "field", "leader", "kiosk", "agency", "admin"])
def test_only_who_may_take_reports_takes_them(people: dict[str, User], town: dict, role: str) -> None:
    client = Client()
    client.force_login(people[role])

    assert post(client, "/api/incidents", FIRE).json()["code"] == "forbidden"
    assert Client().post("/api/incidents", FIRE, content_type="application/json").status_code in (401, 403)


def test_a_write_without_its_csrf_token_is_refused(people: dict[str, User], town: dict) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(people["operator"])

    assert post(client, "/api/incidents", FIRE).status_code == 403
    assert not Incident.objects.exists()


def test_every_verb_refuses_every_status_that_its_table_does_not_name(operator: Client, people: dict[str, User], town: dict) -> None:
    case = report(operator)
    for status in sorted(lifecycle.EVERY):
        for name, verb in lifecycle.VERBS.items():
            # What takes another permission is refused for that.
            if name == "dispatch" or status in verb.before or verb.permission != "handle_cases":
                continue
            with transaction.atomic():
                _set_status(case["id"], status)
                answer = post(
                    operator,
                    f"/api/incidents/{case['id']}/{name}",
                    {"reason": "x", "text": "x", "outcome": "01", "agency": "police", "into": 1, "lon": FIRE["lon"], "lat": FIRE["lat"]},
                )
                assert (answer.status_code, answer.json()["code"]) == (409, "not_now"), (name, status)
                assert answer.json()["was"] == status


def _set_status(pk: int, status: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select set_config('nbioc.by', 'system', true), set_config('nbioc.because', 'test', true)")
        cursor.execute("update incidents_incident set status = %s where id = %s", [status, pk])


def test_a_case_runs_from_report_to_closing_and_can_be_opened_again(operator: Client, town: dict) -> None:
    case = report(operator)
    path = f"/api/incidents/{case['id']}"
    steps = [
        ("acknowledge", {}, "verifying"),
        ("verify", {"severity": 4}, "verified"),
        ("note", {"text": "đã gọi lại"}, "verified"),
        ("close", {"outcome": "01"}, "closed"),
        ("reopen", {"reason": "cháy lại"}, "reopened"),
        ("reject", {"reason": "báo nhầm"}, "unfounded"),
    ]
    for verb, body, status in steps:
        answer = post(operator, f"{path}/{verb}", body)
        assert (answer.status_code, answer.json()["status"]) == (200, status), answer.content

    kinds = [entry["kind"] for entry in operator.get(path).json()["entries"]]
    assert kinds == ["report", *(verb for verb, _, _ in steps)]
    assert answer.json()["severity"] == 4


@pytest.mark.parametrize(
    ("verb", "body", "code"),
    [
        ("reject", {}, "reason_needed"),
        ("cancel", {"reason": "  "}, "reason_needed"),
        ("merge", {}, "bad_merge"),
        ("merge", {"into": 2**40}, "not_found"),
        ("verify", {"category": "dragons"}, "unknown_category"),
        ("verify", {"severity": 0}, "bad_severity"),
        ("note", {}, "reason_needed"),
        ("explode", {}, "not_found"),
    ],
)
def test_a_verb_without_what_it_needs_changes_nothing(operator: Client, town: dict, verb: str, body: dict, code: str) -> None:
    case = report(operator)
    answer = post(operator, f"/api/incidents/{case['id']}/{verb}", body)

    assert answer.json()["code"] == code
    assert Entry.objects.count() == 1
    assert Incident.objects.get().version == 1


def test_a_merged_report_is_counted_with_the_one_it_belongs_to(operator: Client, town: dict) -> None:
    main, other = report(operator), report(operator, lon=FIRE["lon"] + 0.0005)
    assert [near["id"] for near in main["nearby"]] == []
    assert [near["id"] for near in other["nearby"]] == [main["id"]]

    merged = post(operator, f"/api/incidents/{other['id']}/merge", {"into": main["id"]}).json()

    assert (merged["status"], merged["outcome"]) == ("duplicate", "22")
    assert operator.get(f"/api/incidents/{main['id']}").json()["duplicates"] == 1


def test_a_timed_case_goes_to_its_agency_which_answers_and_never_sees_who_reported(operator: Client, people: dict[str, User], town: dict) -> None:
    case = verified(operator, category="pothole", reporter_name="Ông Sáu")
    agency = Client()
    agency.force_login(people["agency"])
    path = f"/api/incidents/{case['id']}"
    assert agency.get(path).status_code == 404

    forwarded = post(operator, f"{path}/forward", {"agency": "police", "days": 3}).json()
    seen = agency.get(path).json()
    answered = post(agency, f"{path}/answer", {"text": "Đã vá mặt đường"}).json()

    assert (forwarded["status"], forwarded["agency"]["code"]) == ("assigned", "police")
    assert forwarded["due_at"] > forwarded["reported_at"]
    assert "reporter_name" not in seen
    assert (answered["status"], answered["answer"]) == ("resolved", "Đã vá mặt đường")


def test_another_agency_does_not_know_of_the_case(operator: Client, people: dict[str, User], town: dict) -> None:
    case = verified(operator, category="pothole")
    post(operator, f"/api/incidents/{case['id']}/forward", {"agency": "police"})
    people["agency"].agency = Agency.objects.create(code="water", name="Cấp nước")
    people["agency"].save()
    foreign = Client()
    foreign.force_login(people["agency"])

    assert foreign.get(f"/api/incidents/{case['id']}").status_code == 404
    assert foreign.get("/api/incidents?state=open").json()["items"] == []
    assert post(foreign, f"/api/incidents/{case['id']}/answer", {"text": "x"}).status_code == 404


def test_a_restricted_case_is_missing_for_who_may_not_know(operator: Client, people: dict[str, User], town: dict) -> None:
    case = report(operator)
    with connection.cursor() as cursor:
        cursor.execute("select set_config('nbioc.by', 'system', true), set_config('nbioc.because', 'test', true)")
        cursor.execute("update incidents_incident set restricted = true where id = %s", [case["id"]])

    assert operator.get(f"/api/incidents/{case['id']}").status_code == 404
    assert post(operator, f"/api/incidents/{case['id']}/verify").status_code == 404
    assert operator.get("/api/incidents").json()["counts"]["open"] == 0


def test_the_sequence_of_a_case_cannot_be_rewritten(operator: Client, town: dict) -> None:
    report(operator)

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Entry.objects.update(note="rewritten")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Entry.objects.all().delete()


def test_the_queue_puts_the_gravest_and_oldest_first(operator: Client, town: dict) -> None:
    light, grave, second = report(operator, severity=2), report(operator, severity=5), report(operator, severity=5)
    answer = operator.get("/api/incidents?state=new").json()

    assert [item["id"] for item in answer["items"]] == [grave["id"], second["id"], light["id"]]
    assert answer["counts"] == {"new": 3, "verified": 0, "running": 0, "open": 3, "unplaced": 0}
    assert answer["by_severity"]["5"] == 2
    assert operator.get("/api/incidents?state=nowhere").json()["code"] == "bad_request"
    assert operator.get("/api/incidents?limit=100000").json()["code"] == "bad_request"


def test_every_step_is_an_event_in_the_same_order(operator: Client, town: dict) -> None:
    verified(operator)
    published = list(Event.objects.values_list("kind", flat=True).order_by("seq"))

    assert published == ["alarm.raised", "incident.reported", "alarm.cleared", "incident.verified"]
    assert set(published) <= set(lifecycle.EVENTS)
