"""Where units are: from the field page and from trackers, late, twice and wrong."""

import math
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from geo.acting import acting
from geo.crs import to_city, to_lonlat
from geo.models import Event, Role
from incidents.dispatch import candidates
from incidents.models import DoubtedPosition, Position, Responder
from incidents.units import tracking
from layers.access import scope_of
from tests.conftest import JUNCTION
from tests.incidents.conftest import build_units, post

pytestmark = pytest.mark.django_db


@pytest.fixture
def units(units: dict[str, Responder]) -> dict[str, Responder]:
    """The units were last heard of a quarter of an hour ago, so that what comes now is news."""
    Responder.objects.update(position_at=timezone.now() - timedelta(minutes=15))
    return units


def fix(age_s: float = 0, **more: object) -> dict:
    return {"at": (timezone.now() - timedelta(seconds=age_s)).isoformat(), "lon": JUNCTION[0], "lat": JUNCTION[1], **more}


def test_a_unit_moves_to_its_newest_position_and_late_ones_are_kept(field: Client, units: dict[str, Responder]) -> None:
    newest = fix(0, accuracy_m=5, speed_kmh=20)
    first = post(field, "/api/positions", {"positions": [newest]}).json()
    late = post(field, "/api/positions", {"positions": [fix(300, lon=JUNCTION[0] + 0.01), newest]}).json()
    unit = Responder.objects.get(code="DQ-01")

    assert (first, late) == ({"accepted": 1, "ignored": 0, "doubted": {}}, {"accepted": 1, "ignored": 1, "doubted": {}})
    assert Position.objects.count() == 2
    assert unit.position_at.isoformat() == newest["at"]
    assert list(Event.objects.filter(layer="responders").values_list("kind", flat=True)) == ["responder.moved"]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"lon": 2.35, "lat": 48.85}, "outside"),
        ({"lon": 0.0, "lat": 0.0}, "zero"),
        ({"at": "2020-01-01T00:00:00Z"}, "clock"),
        ({"at": "1970-01-01T00:00:00Z"}, "clock"),
        ({"at": "2038-01-19T03:14:07Z"}, "ahead"),
        ({"lon": JUNCTION[1], "lat": JUNCTION[0]}, "bad_position"),
        ({"accuracy_m": 6_000}, "accuracy"),
        ({"speed_kmh": 900}, "speed"),
        ({"lon": JUNCTION[0] + 0.2}, "jump"),
    ],
)
def test_what_cannot_be_true_is_kept_apart_with_its_reason_and_moves_nobody(field: Client, units: dict[str, Responder], wrong: dict, reason: str) -> None:
    answer = post(field, "/api/positions", {"positions": [fix(5), fix(3, **wrong)]})
    if reason == "bad_position":
        # A latitude of 105 is no place on earth.
        assert (answer.status_code, answer.json()["code"], answer.json()["index"]) == (422, "bad_position", 1)
        assert not Position.objects.exists() and not DoubtedPosition.objects.exists()
        return
    unit = Responder.objects.get(code="DQ-01")

    assert answer.json() == {"accepted": 1, "ignored": 0, "doubted": {"1": reason}}
    assert (Position.objects.count(), DoubtedPosition.objects.get().reason) == (1, reason)
    assert unit.position_at == Position.objects.get().at


@pytest.mark.parametrize("wrong", [{"lat": "NaN"}, {"at": "2026-11-26T10:00:00"}, {"lat": 91}, {"at": "yesterday"}])
def test_what_is_no_position_refuses_the_lot_before_anything_is_kept(field: Client, units: dict[str, Responder], wrong: dict) -> None:
    assert post(field, "/api/positions", {"positions": [fix(5), fix(3, **wrong)]}).status_code in (400, 422)
    assert not Position.objects.exists()


def test_a_clock_that_stands_while_the_unit_moves_is_doubted(field: Client, units: dict[str, Responder]) -> None:
    stood = fix(5)
    post(field, "/api/positions", {"positions": [stood]})
    answer = post(field, "/api/positions", {"positions": [{**stood, "lon": JUNCTION[0] + 0.002}]}).json()

    assert answer["doubted"] == {"0": "frozen"} and Position.objects.count() == 1


def test_a_spoofed_jump_is_not_used_for_dispatch_and_the_true_ones_after_it_are(
    operator: Client, field: Client, people: dict, units: dict[str, Responder]
) -> None:
    post(field, "/api/positions", {"positions": [fix(4)]})
    post(field, "/api/positions", {"positions": [fix(2, lon=JUNCTION[0] + 0.15)]})
    spoofed = next(unit for unit in candidates.units(scope_of(people["operator"])) if unit.code == "DQ-01")
    after = post(field, "/api/positions", {"positions": [fix(0, lon=JUNCTION[0] + 0.0001)]}).json()

    assert spoofed.place is not None and math.dist(spoofed.place, to_city(*JUNCTION)) < 1
    assert after["accepted"] == 1 and list(DoubtedPosition.objects.values_list("reason", flat=True)) == ["jump"]


def test_after_long_enough_a_unit_may_be_far_away(field: Client, units: dict[str, Responder]) -> None:
    Responder.objects.filter(code="DQ-01").update(position_at=timezone.now() - timedelta(hours=1))
    assert post(field, "/api/positions", {"positions": [fix(0, lon=JUNCTION[0] + 0.2)]}).json()["accepted"] == 1


def test_a_late_fix_is_held_against_both_its_neighbours(field: Client, units: dict[str, Responder]) -> None:
    """An hour ago it was here, and a minute after that too: in between it was not twenty kilometres away."""
    post(field, "/api/positions", {"positions": [fix(3_600), fix(3_540), fix(0)]})
    answer = post(field, "/api/positions", {"positions": [fix(3_570, lon=JUNCTION[0] + 0.2), fix(3_570, lon=JUNCTION[0] + 0.0001)]}).json()

    assert (answer["accepted"], list(answer["doubted"].values())) == (1, ["jump"])


def test_two_devices_of_one_unit_side_by_side_are_one_track_and_a_far_one_is_doubted(client: Client, field: Client, units: dict[str, Responder]) -> None:
    Responder.objects.filter(code="DQ-01").update(device_id="abc123")
    now = timezone.now()
    post(field, "/api/positions", {"positions": [fix(6)]})
    client.get(f"/osmand?id=abc123&lat={JUNCTION[1]}&lon={JUNCTION[0] + 0.0002}&timestamp={(now - timedelta(seconds=4)).timestamp():.3f}")
    client.get(f"/osmand?id=abc123&lat={JUNCTION[1] + 0.1}&lon={JUNCTION[0]}&timestamp={(now - timedelta(seconds=3)).timestamp():.3f}")
    post(field, "/api/positions", {"positions": [fix(1)]})

    assert list(Position.objects.order_by("at").values_list("source", flat=True)) == ["field", "tracker", "field"]
    assert DoubtedPosition.objects.get().source == "tracker"


def test_recorded_frames_sent_again_change_nothing(client: Client, units: dict[str, Responder]) -> None:
    Responder.objects.filter(code="CA-01").update(device_id="abc123", position_at=None)
    stamp = (timezone.now() - timedelta(seconds=20)).timestamp()
    frames = [f"/osmand?id=abc123&lat={JUNCTION[1]}&lon={JUNCTION[0] + number * 0.0001}&timestamp={stamp + number:.0f}" for number in range(5)]
    for path in (*frames, *frames, *reversed(frames)):
        assert client.get(path).status_code == 200

    assert Position.objects.count() == 5 and not DoubtedPosition.objects.exists()


def test_a_clock_a_day_slow_is_history_and_never_live(client: Client, units: dict[str, Responder]) -> None:
    Responder.objects.filter(code="CA-01").update(device_id="abc123")
    before = Responder.objects.get(code="CA-01").position_at
    client.get(f"/osmand?id=abc123&lat={JUNCTION[1]}&lon={JUNCTION[0]}&timestamp={(timezone.now() - timedelta(days=1)).timestamp():.0f}")

    assert Position.objects.count() == 1 and Responder.objects.get(code="CA-01").position_at == before


def test_a_flood_of_history_leaves_room_for_what_is_fresh(field: Client, units: dict[str, Responder]) -> None:
    lot = [fix(7_200 - number) for number in range(200)]
    held = [tracking._lots.acquire(blocking=False) for _ in range(tracking.LOTS_AT_ONCE)]
    try:
        mixed = post(field, "/api/positions", {"positions": [*lot, fix(0)]})
        live = post(field, "/api/positions", {"positions": [fix(0)]})
    finally:
        for _ in held:
            tracking._lots.release()
    again = post(field, "/api/positions", {"positions": [*lot]}).json()

    assert all(held) and (mixed.status_code, mixed.json()["code"], live.status_code) == (503, "busy", 200)
    # What was fresh in the refused lot is kept already; sent again, the rest is new.
    assert again["accepted"] == 200 and Position.objects.count() == 202


def test_a_device_gone_wild_fills_no_disk_and_its_true_fixes_still_count(field: Client, units: dict[str, Responder], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracking, "MOST_DOUBTS_AN_HOUR", 5)
    for number in range(4):
        wild = [fix(20 - number, lon=JUNCTION[0] + 0.5 + 0.001 * step) for step in range(3)]
        assert len(post(field, "/api/positions", {"positions": wild}).json()["doubted"]) == 3
    true = post(field, "/api/positions", {"positions": [fix(0)]}).json()

    assert DoubtedPosition.objects.count() == 6 and true["accepted"] == 1


def test_a_machine_relays_for_many_units_in_one_event(people: dict, units: dict[str, Responder]) -> None:
    role = Role.objects.create(slug="relay", name="Trạm", permissions=["relay_positions"])
    people["kiosk"].roles.set([role])
    relay = Client()
    relay.force_login(people["kiosk"])
    given = [fix(number, responder=code) for number, code in enumerate(("CA-01", "CA-02", "XU-01", "NONE"))]
    answer = post(relay, "/api/positions", {"positions": given}).json()

    assert answer == {"accepted": 3, "ignored": 0, "doubted": {}, "unknown": ["NONE"]}
    [event] = Event.objects.filter(kind="responder.moved")
    assert sorted(event.fids) == sorted(units[name].pk for name in ("near", "far", "boat"))
    assert post(relay, "/api/positions", {"positions": [fix(0, responder="NONE")]}).json()["code"] == "bad_position"


def test_traccar_forwards_by_a_token_that_relays_and_no_other(field: Client, people: dict, units: dict[str, Responder]) -> None:
    Responder.objects.filter(code="CA-01").update(device_id="abc123", position_at=None)
    at = timezone.now() - timedelta(seconds=3)
    body = {
        "position": {
            "id": 1, "deviceId": 7, "protocol": "gt06", "serverTime": at.isoformat(), "deviceTime": at.isoformat(), "fixTime": at.isoformat(), "outdated": False,
            "valid": True, "latitude": JUNCTION[1], "longitude": JUNCTION[0], "altitude": 3, "speed": 10, "course": 90, "accuracy": 0.0, "attributes": {},
        },
        "device": {"id": 7, "name": "Xe", "uniqueId": "abc123", "status": "online"},
    }  # fmt: skip
    people["kiosk"].roles.set([Role.objects.create(slug="relay", name="Trạm", permissions=["relay_positions"])])
    relay = Client()
    relay.force_login(people["kiosk"])
    refused = post(field, "/api/positions/traccar", body)
    taken = post(relay, "/api/positions/traccar", body).json()
    stranger = post(relay, "/api/positions/traccar", {**body, "device": {"uniqueId": "x"}})
    body["position"] |= {"valid": False, "fixTime": timezone.now().isoformat()}
    doubted = post(relay, "/api/positions/traccar", body).json()
    unit = Responder.objects.get(code="CA-01")

    assert (refused.status_code, stranger.status_code) == (403, 404)
    assert taken["accepted"] == 1 and (round(unit.speed_kmh, 2), unit.position_accuracy_m, unit.position_at) == (18.52, None, at)
    assert doubted["doubted"] == {"0": "invalid"}


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

    assert answer.status_code == status
    assert answer.json()["code"] == code


def test_a_telephone_is_paired_by_its_qr_code(field: Client, units: dict[str, Responder]) -> None:
    assert (field.get("/api/my/pairing").status_code, Responder.objects.exclude(device_id=None).count()) == (404, 0)
    first, twice, again = field.post("/api/my/pairing").json(), field.post("/api/my/pairing").json(), field.get("/api/my/pairing").json()

    assert first == twice == again
    assert first["url"].endswith(f"/osmand?id={first['device_id']}") and first["device_id"] == again["device_id"]
    assert first["qr_svg"].startswith("<?xml") and "<svg" in first["qr_svg"]


def test_an_officer_has_no_unit(people: dict, units: dict[str, Responder]) -> None:
    client = Client()
    client.force_login(people["officer"])

    assert client.get("/api/my/work").json()["code"] == "forbidden"


@pytest.mark.django_db(transaction=True)
def test_lots_that_come_together_are_one_transaction_and_one_that_fails_takes_no_other_along(monkeypatch: pytest.MonkeyPatch, people: dict) -> None:
    with acting(by=None, because="test"):
        found = build_units(people)
    keep, sizes = tracking._keep_fresh, []

    def counting(lots: list) -> None:
        sizes.append(len(lots))
        if any(one.source == "broken" for one in lots):
            raise OSError("the database will not take it")
        keep(lots)

    monkeypatch.setattr(tracking, "_keep_fresh", counting)
    many = [4]

    class UntilAllAreThere(tracking.Together):
        def gather(self) -> None:
            deadline = time.monotonic() + 20
            while len(self._waiting) < many[0] and time.monotonic() < deadline:
                time.sleep(0.01)

    monkeypatch.setattr(tracking, "together", UntilAllAreThere(0))

    def send(pair: tuple[str, str]) -> object:
        try:
            at = timezone.now()
            place = tracking.Fix(at, *to_lonlat(found[pair[0]].geom.x, found[pair[0]].geom.y))
            return tracking.record(responder=found[pair[0]], fixes=[place], source=pair[1], by=None, at=at).accepted
        except OSError:
            return "refused"
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(send, [("near", "a"), ("far", "b"), ("boat", "broken"), ("asked", "c")]))

    assert answers == [1, 1, "refused", 1] and sizes == [4, 1, 1, 1, 1]
    assert Position.objects.count() == 3
    sizes.clear()
    many[0] = 3
    with ThreadPoolExecutor(3) as threads:
        assert list(threads.map(send, [("near", "a"), ("far", "b"), ("asked", "c")])) == [1, 1, 1]
    assert sizes == [3] and Event.objects.filter(kind="responder.moved").latest("seq").fids == sorted(found[name].pk for name in ("near", "far", "asked"))
