"""Real tracks and frames through our door: Traccar's own OsmAnd messages, a bus of Liverpool, GPX of walks and drives, in bursts, shuffled and twice.

Each is moved to the city with its metres and seconds kept, and must end as one sorted track without a moment twice.
"""

import csv
import json
import math
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.utils import timezone

from geo.crs import to_city, to_lonlat
from incidents.models import DoubtedPosition, Position, Responder
from incidents.units import tracking
from incidents.units.screening import Fix
from tests.conftest import JUNCTION
from tests.real_data import real

pytestmark = pytest.mark.django_db
METRES_A_DEGREE = 111_320.0


def here(raw: list[tuple[datetime, float, float]]) -> list[Fix]:
    """A track as if it had been driven around the junction and ended just now."""
    last, lon0, lat0 = max(at for at, _, _ in raw), raw[0][1], raw[0][2]
    x0, y0 = to_city(*JUNCTION)
    shift = timezone.now() - timedelta(seconds=1) - last
    found = []
    for at, lon, lat in raw:
        lon_, lat_ = to_lonlat(x0 + (lon - lon0) * METRES_A_DEGREE * math.cos(math.radians(lat0)), y0 + (lat - lat0) * METRES_A_DEGREE)
        found.append(Fix(at + shift, lon_, lat_))
    return found


def bus() -> list[tuple[datetime, float, float]]:
    with real("gps/liverpool_bus_route14.csv").open(encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row["vehicle_id"] == "4716"]
    return [(datetime.fromisoformat(row["timestamp"]).replace(tzinfo=UTC), float(row["longitude"]), float(row["latitude"])) for row in rows]


def gpx(name: str) -> list[tuple[datetime, float, float]]:
    def points() -> Iterator[tuple[datetime, float, float]]:
        for point in ElementTree.parse(real(f"gps/gpxpy/{name}")).iter():  # noqa: S314 (a file of our own set)
            when = point.find("{*}time")
            if point.tag.endswith("trkpt") and when is not None and when.text:
                yield datetime.fromisoformat(when.text.strip().replace("Z", "+00:00")), float(point.get("lon", "")), float(point.get("lat", ""))

    return list(points())


def unit(mode: str = "car") -> Responder:
    found = Responder.objects.get(code="CA-01")
    found.mode, found.position_at, found.geom, found.device_id = mode, None, None, "abc123"
    found.save()
    return found


def track(of: Responder) -> list[datetime]:
    return list(Position.objects.filter(responder=of).order_by("pk").values_list("at", flat=True))


@pytest.mark.parametrize(
    ("raw", "mode"),
    [(bus, "car"), (lambda: gpx("around-visnjan-with-car.gpx"), "car"), (lambda: gpx("korita-zbevnica.gpx"), "foot")],
    ids=["bus", "drive", "walk"],
)
def test_bursts_shuffled_and_replayed_end_as_one_sorted_unique_track(units: dict[str, Responder], raw: object, mode: str) -> None:
    fixes, of, chance = here(raw()), unit(mode), random.Random(7)  # type: ignore[operator]
    moments = {fix.at for fix in fixes}
    assert len(moments) > 40, "the track is too short to prove anything"
    bursts = [fixes[start : start + 60] for start in range(0, len(fixes), 60)]
    chance.shuffle(bursts)
    for burst in [*bursts, *bursts[:3]]:
        lot = list(burst)
        chance.shuffle(lot)
        tracking.record(responder=of, fixes=lot, source="field", by=None, at=timezone.now())
    of.refresh_from_db()
    kept = sorted(track(of))

    assert len(kept) == len(set(kept)) and set(kept) <= moments
    # Real receivers are nearly always right: what is doubted is a handful of their own leaps.
    assert len(kept) + DoubtedPosition.objects.values("at").distinct().count() >= len(moments) and len(kept) >= 0.97 * len(moments)
    assert of.position_at == kept[-1]


def test_every_frame_of_traccars_own_test_is_taken_or_refused_for_what_it_lacks(client: Client, units: dict[str, Responder]) -> None:
    """Its places are elsewhere and its years are past, so they are kept apart; what is a position to Traccar is one to us."""
    unit()
    answers = []
    for frame in json.loads(real("gps/traccar_frames/osmand.json").read_text(encoding="utf-8")):
        path, *rest = frame["payload"]
        body = rest[-1] if rest else ""
        for other in ("48241179", "902064", "353861053849681", "123456789012345", "861001000719969", "123456"):
            path, body = path.replace(f"id={other}", "id=abc123"), body.replace(f'"device_id":"{other}"', '"device_id":"abc123"')
        if body:
            given = json.loads(body)
            given["device_id"] = "abc123"
            answer = client.post("/osmand", json.dumps(given), content_type="application/json")
        else:
            answer = client.get("/osmand" + quote(path.removeprefix("/"), safe="?&=%+,"))
        answers.append((frame["check"], "cell=" in path, answer.status_code))

    positions = {answer for answer in answers if answer[0] in ("verifyPosition", "verifyAttribute")}
    assert {status for _, _, status in positions} == {200}, answers
    # Cells and access points alone are no place to us, and a frame without a device is nobody's.
    assert {status for check, _, status in answers if check in ("verifyNull", "verifyNotNull")} == {422}
    # One frame has no time: it is of now.
    assert set(DoubtedPosition.objects.values_list("reason", flat=True)) <= {"outside", "clock", "mock"} and not Position.objects.exists()


def test_the_bus_leaves_a_trail_with_its_gaps_and_no_more_corners_than_it_has(operator: Client, field: Client, units: dict[str, Responder]) -> None:
    fixes, of = here(bus()), unit()
    tracking.record(
        responder=of, fixes=[fix for fix in fixes if fix.at > timezone.now() - timedelta(days=6)][-900:], source="field", by=None, at=timezone.now()
    )
    span = {"from": (timezone.now() - timedelta(days=6, hours=23)).isoformat(), "until": timezone.now().isoformat()}
    told = operator.get(f"/api/responders/{of.pk}/trail", span).json()
    stamps = [point[2] for stretch in told["stretches"] for point in stretch]
    corners = sum(len(stretch) for stretch in told["stretches"])

    assert stamps == sorted(stamps) and told["fixes"] == Position.objects.count() >= corners > 10
    assert all(datetime.fromisoformat(gap["until"]) - datetime.fromisoformat(gap["from"]) > timedelta(seconds=120) for gap in told["gaps"])
    assert len(told["stretches"]) == len(told["gaps"]) + 1
    assert field.get(f"/api/responders/{of.pk}/trail", span).status_code == 404
    assert operator.get(f"/api/responders/{of.pk}/trail", {"from": span["until"], "until": span["from"]}).json()["code"] == "bad_request"


def test_a_unit_sees_its_own_trail_and_a_leader_sees_nobodys(field: Client, people: dict, units: dict[str, Responder]) -> None:
    span = {"from": (timezone.now() - timedelta(hours=1)).isoformat(), "until": timezone.now().isoformat()}
    leader = Client()
    leader.force_login(people["leader"])

    assert field.get(f"/api/responders/{units['field'].pk}/trail", span).json()["stretches"] == []
    assert leader.get(f"/api/responders/{units['field'].pk}/trail", span).status_code == 404
