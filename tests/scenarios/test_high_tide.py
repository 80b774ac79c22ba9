"""High tide of 2.12 m at the Cần Thơ gauge: the water closes the street for whom it is too deep, the boat goes instead, everybody is told, and all opens by itself."""

import math
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from geo.crs import to_city, to_lonlat
from geo.models import Role, User
from incidents.models import Responder
from layers.library.sensors import Sensor
from layers.library.water_levels import WaterLevel
from tests.conftest import JUNCTION, city_wkt
from tests.incidents.conftest import post, unit
from tests.layers.water.test_flood import ground as ground
from tests.layers.water.test_flood import operator as operator

pytestmark = pytest.mark.django_db
HOUSE_M = (180.0, 8.0)


def place(east_m: float, north_m: float) -> dict[str, float]:
    x, y = to_city(*JUNCTION)
    lon, lat = to_lonlat(x + east_m, y + north_m)
    return {"lon": lon, "lat": lat}


@pytest.fixture
def gauge(people: dict[str, User], ground: dict) -> Client:
    """The Cần Thơ gauge, and the machine that sends its readings."""
    Sensor.objects.create(
        code="TV-CT",
        name="Trạm thủy văn Cần Thơ",
        kind="water_level",
        unit="m",
        datum="Cao độ quốc gia (Hòn Dấu)",
        thresholds={"III": 2.0},
        geom=city_wkt("POINT", (0, 0)),
    )
    people["kiosk"].roles.set([Role.objects.create(slug="gauges", name="Trạm đo", permissions=["send_readings"])])
    client = Client()
    client.force_login(people["kiosk"])
    return client


@pytest.fixture
def force(people: dict[str, User], ground: dict) -> dict[str, Responder]:
    now = timezone.now()
    return {
        "motorbike": unit("CA-01", "motorbike", now, east_m=-30),
        "engine": unit("CC-01", "truck", now, east_m=-40, weight_t=8.0),
        "boat": unit("XU-01", "boat", now, east_m=30, north_m=-50, skills=["rescue", "water"]),
    }


def says(gauge: Client, value_m: float, minutes_ago: float) -> None:
    at = timezone.now() - timedelta(minutes=minutes_ago)
    answer = post(gauge, "/api/sensors/TV-CT/readings", {"readings": [{"at": at.isoformat(), "value": value_m}]})
    assert answer.json() == {"new": 1}, answer.content


def look(operator: Client, case: dict[str, Any]) -> dict[str, float]:
    found = operator.get(f"/api/incidents/{case['id']}/candidates").json()
    return {one["responder"]["code"]: one["travel_s"] for one in found["candidates"]}


def test_high_tide_of_2_12_m(operator: Client, gauge: Client, force: dict[str, Responder]) -> None:
    citizen = Client()
    case = post(
        operator, "/api/incidents", {"category": "high_tide", "channel": "phone", "description": "Cụ già kẹt trong nhà, nước lên", **place(*HOUSE_M)}
    ).json()
    case = post(operator, f"/api/incidents/{case['id']}/verify").json()

    # Before the tide: the motorbike is first, the street is dry.
    says(gauge, 1.45, 40)
    dry = look(operator, case)
    assert min(dry, key=dry.__getitem__) == "CA-01" and set(dry) == {"CA-01", "CC-01", "XU-01"}
    assert citizen.get("/api/flood").json()["within"]["houses"] == 0

    # What if it came? The operator looks ahead; nothing changes by looking.
    ahead = operator.get("/api/flood?level_cm=170").json()
    assert ahead["within"]["houses"] == 2 and look(operator, case) == dry

    # 2.12 m at Cần Thơ is 1.67 m here: it counts for the level that is drawn above it.
    says(gauge, 2.12, 10)
    told = citizen.get("/api/flood").json()
    assert (told["counting"]["reading_cm"], told["counting"]["level_cm"], told["step_cm"]) == (212, 167, 170)
    assert told["within"]["houses"] == 2 and [one["name"] for one in told["within"]["places"]] == ["Trường học"]
    (street,) = [one for one in told["streets"]["lines"]["features"] if one["id"] == ground_street(told)]
    assert street["properties"]["depth_cm"] == pytest.approx(40, abs=1)
    assert {"motorbike", "car"} <= set(street["properties"]["closed"]) and "truck" in street["properties"]["slowed"]
    zones = citizen.get("/api/layers/flood_zones/features?limit=500").json()["features"]
    assert any(zone["properties"]["level_cm"] <= 170 for zone in zones)

    # Forty centimetres stop a motorbike, slow an engine, and are nothing to a boat.
    wet = look(operator, case)
    assert wet.get("CA-01", math.inf) > 3 * dry["CA-01"], "what is left to it is a walk"
    assert wet["CC-01"] > dry["CC-01"] * 1.15 and wet["XU-01"] == dry["XU-01"]
    assert dry["CA-01"] < dry["XU-01"] and wet["XU-01"] < wet["CA-01"], "the boat has overtaken the motorbike"
    sent = post(operator, f"/api/incidents/{case['id']}/dispatch", {"responders": [force["boat"].pk], "because": "nước ngập, xuồng đến trước"})
    assert sent.status_code == 200, sent.content
    readiness = operator.get("/api/readiness").json()
    assert [one["code"] for one in readiness["units"]] == ["CA-01", "CC-01"]

    # Somebody at the market says that it stands higher here; until seven o'clock that counts, before any gauge.
    post(operator, "/api/flood/level", {"level_cm": 191, "because": "đo tại chợ", "ends_at": (timezone.now() + timedelta(hours=1)).isoformat()})
    assert look(operator, case).get("CC-01", math.inf) > 2 * wet["CC-01"]
    post(operator, "/api/flood/level/end", {"because": "đo lại"})
    assert WaterLevel.objects.get().ended_because == "đo lại" and look(operator, case)["CC-01"] == wet["CC-01"]

    # The tide falls, and everything opens by itself.
    says(gauge, 1.4, 1)
    after = look(operator, case)
    assert {code: after[code] for code in ("CA-01", "CC-01")} == {code: dry[code] for code in ("CA-01", "CC-01")}
    told = citizen.get("/api/flood").json()
    assert told["step_cm"] == 100 and told["within"]["houses"] == 0 and told["streets"]["modes"] == {}


def ground_street(told: dict[str, Any]) -> int:
    """The deepest street that water reaches."""
    return max(told["streets"]["lines"]["features"], key=lambda one: one["properties"]["depth_cm"])["id"]


def test_a_gauge_that_falls_silent_at_high_water_says_nothing_after_a_while(operator: Client, gauge: Client, force: dict[str, Responder]) -> None:
    says(gauge, 2.12, 60)
    assert operator.get("/api/flood").json()["counting"]["level_cm"] == 167
    Sensor.objects.update(state="suspect")
    told = operator.get("/api/flood").json()

    assert told["counting"] is None and told["passed_over"][0]["why"] == "not_trusted"
