"""Calls: out of order, repeated, forged, in a flood; a number is one person, seen only by who may see who reports."""

import base64
import itertools
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from geo import webhooks
from geo.models import Event, Role, User
from incidents.intake import calls
from incidents.models import Call, Entry, Webhook
from tests.incidents.conftest import FIRE, post, report

pytestmark = pytest.mark.django_db
SECRET = webhooks.PREFIX + base64.b64encode(b"k" * 32).decode()
KEYS = itertools.count(1)


@pytest.fixture(autouse=True)
def bridge(settings: Any) -> None:
    settings.TELEPHONE_SECRETS = [SECRET]


def tell(kind: str, call: str = "c1", *, key: str = "", secret: str = SECRET, at: datetime | None = None, body: bytes | None = None, **data: Any) -> Any:
    said = (
        body
        if body is not None
        else json.dumps({"type": f"call.{kind}", "timestamp": (at or timezone.now()).isoformat(), "data": {"call_id": call, **data}}).encode()
    )
    key, stamp = key or f"msg_{next(KEYS)}", str(int(timezone.now().timestamp()))
    headers = {
        "webhook-id": key, "webhook-timestamp": stamp,
        "webhook-signature": webhooks.signature(secret=secret, id=key, timestamp=stamp, body=said),
    }  # fmt: skip
    return Client().post("/api/calls", said, content_type="application/json", headers=headers)


def ringing(client: Client) -> list[dict[str, Any]]:
    return client.get("/api/calls").json()["items"]


def test_a_call_rings_is_answered_and_ends(operator: Client, town: dict) -> None:
    assert tell("ringing", **{"from": "+84 909 123 456", "to": "02923 861 114"}).json() == {"new": True}
    shown = ringing(operator)[0]
    assert (shown["state"], shown["number"], shown["line"], shown["taken_by"]) == ("ringing", "+84 909 123 456", "02923 861 114", None)
    tell("answered", extension="2")
    assert [(one["state"], one["desk"]) for one in ringing(operator)] == [("answered", "2")]
    tell("ended")
    assert ringing(operator) == []
    assert list(Event.objects.filter(kind__startswith="call.").values_list("kind", flat=True)) == ["call.ringing", "call.answered", "call.ended"]
    # An event says that there is a call and nothing of whose.
    assert "909" not in str(list(Event.objects.values_list("data", flat=True)))


@pytest.mark.parametrize("order", list(itertools.permutations(["ringing", "answered", "ended"])))
def test_in_whatever_order_the_news_comes_the_call_ends_the_same(operator: Client, town: dict, order: tuple[str, ...]) -> None:
    began = timezone.now()
    for kind in order:
        moment = began + timedelta(seconds=["ringing", "answered", "ended"].index(kind) * 10)
        assert tell(kind, at=moment, **{"from": "0909123456"}).status_code == 200
    # It says so again, later: the first word stands.
    tell(order[0], at=began + timedelta(seconds=50))

    call = Call.objects.get()
    assert [round((moment - began).total_seconds()) for moment in (call.rang_at, call.answered_at, call.ended_at)] == [0, 10, 20]
    assert ringing(operator) == []


def test_the_same_message_twice_is_one_and_other_words_under_its_id_are_refused(operator: Client, town: dict) -> None:
    body = json.dumps({"type": "call.ringing", "data": {"call_id": "c1", "from": "0909"}}).encode()

    assert [tell("ringing", key="m1", body=body).json() for _ in range(3)] == [{"new": True}, {"new": False}, {"new": False}]
    other = tell("ringing", key="m1", body=body.replace(b"0909", b"0908"))
    assert (other.status_code, other.json()["code"]) == (409, "webhook_reused")
    assert Call.objects.get().number == "0909"
    assert Event.objects.filter(kind="call.ringing").count() == 1


def test_whoever_cannot_sign_touches_nothing(town: dict, settings: Any, django_assert_num_queries: Any) -> None:
    forged = webhooks.PREFIX + base64.b64encode(b"x" * 32).decode()
    assert tell("ringing", secret=forged).json()["code"] == "webhook_unsigned"
    with django_assert_num_queries(0):
        assert Client().post("/api/calls", b"{}", content_type="application/json").status_code == 401
    old = json.dumps({"type": "call.ringing", "data": {"call_id": "c1"}}).encode()
    stamp = str(int((timezone.now() - timedelta(minutes=6)).timestamp()))
    headers = {"webhook-id": "m", "webhook-timestamp": stamp, "webhook-signature": webhooks.signature(secret=SECRET, id="m", timestamp=stamp, body=old)}
    assert Client().post("/api/calls", old, content_type="application/json", headers=headers).json()["code"] == "webhook_out_of_time"
    settings.TELEPHONE_SECRETS = []
    assert tell("ringing").status_code == 503
    assert not Call.objects.exists()
    assert not Webhook.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        b"", b"null", b"[]", b"{", b'{"type": "call.ringing"}', b'{"type": "call.ringing", "data": {"call_id": ""}}',
        b'{"type": "call.ringing", "data": {"call_id": 7}}', b'{"type": "call.exploded", "data": {"call_id": "c"}}',
        b'{"type": "call.ringing", "timestamp": "soon", "data": {"call_id": "c"}}',
        json.dumps({"type": "call.ringing", "data": {"call_id": "c" * 121}}).encode(),
        json.dumps({"type": "call.ringing", "data": {"call_id": "c", "from": "0" * 41}}).encode(),
        b'{"type": "call.ringing", "data": {"call_id": "\\u0000\\u200b"}}',
        b"[" * 9_000,
    ],
)  # fmt: skip
def test_nonsense_that_is_signed_is_told_so(town: dict, body: bytes) -> None:
    answer = tell("ringing", body=body)

    assert (answer.status_code, answer.json()["code"]) == (422, "bad_call")
    assert not Call.objects.exists()


def test_a_body_that_is_too_large_is_not_read(town: dict) -> None:
    assert tell("ringing", body=b" " * (calls.LARGEST_BODY_BYTES + 1)).status_code == 413


def test_a_flood_is_held_back_and_what_was_taken_stays(operator: Client, town: dict) -> None:
    Webhook.objects.bulk_create([Webhook(key=f"flood {number}", digest="", at=timezone.now()) for number in range(calls.MOST_A_MINUTE)])

    late = tell("ringing")

    assert (late.status_code, late.headers.get("Retry-After")) == (429, "60")
    assert not Call.objects.exists()
    Webhook.objects.update(at=timezone.now() - timedelta(minutes=2))
    assert tell("ringing").status_code == 200


def test_a_bridge_that_died_leaves_no_ghost_and_a_missed_call_is_still_offered(operator: Client, town: dict) -> None:
    for name in ("dead", "missed", "talked"):
        tell("ringing", name, **{"from": "0909"})
    tell("ended", "missed")
    tell("answered", "talked")
    Call.objects.filter(call_id="dead").update(heard_at=timezone.now() - timedelta(minutes=6))

    assert {one["state"] for one in ringing(operator)} == {"missed", "answered"}
    post(operator, f"/api/calls/{Call.objects.get(call_id='missed').pk}/take")
    assert {one["state"] for one in ringing(operator)} == {"answered"}


@pytest.mark.parametrize("written", ["+84909123456", "0909 123 456", "84 909 123 456", "0909.123.456 ext 2"])
def test_earlier_cases_of_a_number_are_found_however_it_was_written(operator: Client, town: dict, written: str) -> None:
    mine = report(operator, reporter_phone=written, description="lần trước")
    report(operator, reporter_phone="0909123457")
    report(operator, reporter_phone="")
    tell("ringing", **{"from": "+84 909 123 456"})

    assert [one["id"] for one in ringing(operator)[0]["earlier"]] == [mine["id"]]


def test_who_may_not_see_who_reports_sees_no_number_and_no_earlier_case(operator: Client, people: dict[str, User], town: dict) -> None:
    role = Role.objects.create(slug="blind", name="x", permissions=["handle_cases", "see_cases"])
    blind = User.objects.create_user(username="blind", password="a long enough word")
    blind.roles.add(role)
    case = report(operator, reporter_phone="0909123456")
    tell("ringing", **{"from": "0909123456"})
    post(operator, f"/api/calls/{Call.objects.get().pk}/link", {"incident": case["id"]})
    client = Client()
    client.force_login(blind)

    shown = ringing(client)[0]
    assert (shown["number"], shown["earlier"]) == (None, [])
    assert "0909123456" not in client.get(f"/api/incidents/{case['id']}").content.decode()
    assert operator.get(f"/api/incidents/{case['id']}").json()["calls"][0]["number"] == "0909123456"


@pytest.mark.parametrize("role", ["leader", "agency", "officer", "field", "admin", "kiosk"])
def test_who_does_not_handle_cases_sees_and_takes_no_calls(people: dict[str, User], town: dict, role: str) -> None:
    tell("ringing", **{"from": "0909123456"})
    client, pk = Client(), Call.objects.get().pk
    client.force_login(people[role])

    assert client.get("/api/calls").status_code == 403
    assert post(client, f"/api/calls/{pk}/take").status_code == 403
    assert post(client, f"/api/calls/{pk}/link", {"incident": 1}).status_code == 403
    assert Client().get("/api/calls").status_code == 401


def test_a_call_becomes_a_case_with_its_number_once(operator: Client, second: Client, town: dict) -> None:
    tell("ringing", **{"from": "0909123456"})
    pk = Call.objects.get().pk
    assert post(operator, f"/api/calls/{pk}/take").json()["taken_by"] == "operator"

    case = report(operator, call=pk, reporter_phone="0909123456")
    other = report(second, call=pk)

    assert ([one["id"] for one in case["calls"]], other["calls"]) == ([pk], [])
    assert Entry.objects.get(kind="call").data == {"call": pk}
    refused = post(second, f"/api/calls/{pk}/link", {"incident": other["id"]})
    assert (refused.status_code, refused.json()["code"], refused.json()["incident_id"]) == (409, "call_linked", case["id"])
    assert post(operator, f"/api/calls/{pk}/link", {"incident": case["id"]}).status_code == 200
    assert Entry.objects.filter(kind="call").count() == 1


def test_a_call_that_never_was_loses_no_report(operator: Client, town: dict) -> None:
    assert report(operator, call=999_999)["calls"] == []
    assert post(operator, "/api/incidents", {**FIRE, "call": 0}).status_code == 400
    assert post(operator, "/api/calls/999999/take").status_code == 404


def test_a_new_secret_is_a_secret(capsys: Any) -> None:
    call_command("telephone_secret")

    assert len(webhooks.secret_bytes(capsys.readouterr().out.strip())) == 32


def test_a_number_is_looked_up_by_its_index(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")
        cursor.execute(f"explain select 1 from incidents_incident t where {calls.ENDING} = '909123456' and t.reporter_phone <> ''")
        assert "numbers_by_their_ending" in str(cursor.fetchall())
