"""Where units are: from the field page and from trackers, late, twice and wrong."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from geo.models import Event
from incidents.models import Position, Responder
from tests.conftest import JUNCTION
from tests.incidents.conftest import post

pytestmark = pytest.mark.django_db


def fix(age_s: float = 0, **more: object) -> dict:
    return {"at": (timezone.now() - timedelta(seconds=age_s)).isoformat(), "lon": JUNCTION[0], "lat": JUNCTION[1], **more}


def test_a_unit_moves_to_its_newest_position_and_late_ones_are_kept(field: Client, units: dict[str, Responder]) -> None:
    newest = fix(0, accuracy_m=5, speed_kmh=20)
    first = post(field, "/api/positions", {"positions": [newest]}).json()
    late = post(field, "/api/positions", {"positions": [fix(300, lon=JUNCTION[0] + 0.01), newest]}).json()
    unit = Responder.objects.get(code="DQ-01")

    assert (first, late) == ({"accepted": 1, "ignored": 0}, {"accepted": 1, "ignored": 1})
    assert Position.objects.count() == 2
    assert unit.position_at.isoformat() == newest["at"]
    assert list(Event.objects.values_list("kind", flat=True)) == ["responder.moved"]


@pytest.mark.parametrize(
    "wrong",
    [{"lon": 2.35, "lat": 48.85}, {"lat": "NaN"}, {"at": "2020-01-01T00:00:00Z"}, {"at": "2999-01-01T00:00:00Z"}, {"lon": JUNCTION[1], "lat": JUNCTION[0]}],
)
def test_one_wrong_position_refuses_the_batch(field: Client, units: dict[str, Responder], wrong: dict) -> None:
    answer = post(field, "/api/positions", {"positions": [fix(5), fix(3, **wrong)]})

    assert (answer.status_code, answer.json()["code"], answer.json()["index"]) == (422, "bad_position", 1)
    assert not Position.objects.exists()


def test_nobody_sends_another_units_position(field: Client, operator: Client, units: dict[str, Responder]) -> None:
    assert post(field, "/api/positions", {"positions": [fix()], "responder": "CA-01"}).json()["code"] == "forbidden"
    assert post(operator, "/api/positions", {"positions": [fix()]}).json()["code"] == "forbidden"
    assert post(field, "/api/positions", {"positions": []}).json()["code"] == "bad_position"


@pytest.mark.parametrize("stamp", ["seconds", "milliseconds", "text", "none"])
def test_traccar_client_and_osmand_are_understood(client: Client, units: dict[str, Responder], stamp: str) -> None:
    Responder.objects.filter(code="CA-01").update(device_id="abc123", position_at=None)
    now = timezone.now() - timedelta(seconds=30)
    shown = {
        "seconds": f"&timestamp={now.timestamp():.0f}",
        "milliseconds": f"&timestamp={now.timestamp() * 1000:.0f}",
        "text": f"&timestamp={now:%Y-%m-%dT%H:%M:%SZ}",
        "none": "",
    }
    answer = client.post(f"/osmand?id=abc123&lat={JUNCTION[1]}&lon={JUNCTION[0]}&speed=10&bearing=90&accuracy=4{shown[stamp]}")
    unit = Responder.objects.get(code="CA-01")

    assert (answer.status_code, answer.content) == (200, b"OK")
    assert (round(unit.speed_kmh, 2), unit.heading_deg) == (18.52, 90)
    assert abs((unit.position_at - (now if stamp != "none" else timezone.now())).total_seconds()) < 2


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("id=nobody&lat=9.8&lon=105.8", 404, "not_found"),
        ("id=abc123&lat=nine&lon=105.8", 422, "bad_position"),
        ("lat=9.8&lon=105.8", 422, "bad_position"),
        ("id=abc123&lat=9.8&lon=105.8&timestamp=yesterday", 422, "bad_position"),
        ("id=abc123&lat=9.8&lon=105.8&timestamp=1e300", 422, "bad_position"),
    ],
)
def test_a_wrong_tracker_gets_a_problem(client: Client, units: dict[str, Responder], query: str, status: int, code: str) -> None:
    Responder.objects.filter(code="CA-01").update(device_id="abc123")
    answer = client.get(f"/osmand?{query}")

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_telephone_is_paired_by_its_qr_code(field: Client, units: dict[str, Responder]) -> None:
    first, again = field.get("/api/my/pairing").json(), field.get("/api/my/pairing").json()

    assert first["url"].endswith(f"/osmand?id={first['device_id']}") and first["device_id"] == again["device_id"]
    assert first["qr_svg"].startswith("<?xml") and "<svg" in first["qr_svg"]


def test_an_officer_has_no_unit(people: dict, units: dict[str, Responder]) -> None:
    client = Client()
    client.force_login(people["officer"])

    assert client.get("/api/my/work").json()["code"] == "forbidden"
