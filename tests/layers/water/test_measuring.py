"""What gauges send is kept once a moment; impossible values, clocks of tomorrow and strangers are refused, and a suspect gauge stays suspect."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from geo.models import Event, Role, User
from layers.library.sensors import Reading, Sensor
from tests.conftest import city_wkt

pytestmark = pytest.mark.django_db


@pytest.fixture
def machine(client: Client, people: dict[str, User], town: dict) -> Client:
    role = Role.objects.create(slug="gauges", name="Trạm đo", permissions=["send_readings"])
    people["kiosk"].roles.set([role])
    client.force_login(people["kiosk"])
    Sensor.objects.create(code="TV-CT", name="Trạm Cần Thơ", kind="water_level", unit="m", geom=city_wkt("POINT", (0, 0)))
    return client


def send(client: Client, *readings: tuple[float, Any], code: str = "TV-CT") -> Any:
    now = timezone.now().replace(microsecond=0)
    body = {"readings": [{"at": (now - timedelta(minutes=ago)).isoformat(), "value": value} for ago, value in readings]}
    return client.post(f"/api/sensors/{code}/readings", json.dumps(body), content_type="application/json")


def test_the_newest_is_shown_and_a_late_one_is_kept(machine: Client) -> None:
    assert send(machine, (5, 1.9), (65, 1.5)).json() == {"new": 2}
    assert send(machine, (30, 1.7)).json() == {"new": 1}

    sensor = Sensor.objects.get()
    assert (sensor.last_value, sensor.state, Reading.objects.count()) == (1.9, "ok", 3)
    assert Event.objects.filter(kind="sensor.measured").count() == 1


def test_the_same_twice_is_one_fact_and_another_value_of_the_moment_is_refused(machine: Client) -> None:
    first = send(machine, (5, 1.9), (5, 1.9))
    body = json.dumps({"readings": [{"at": Reading.objects.get().at.isoformat(), "value": 2.5}]})
    again = machine.post("/api/sensors/TV-CT/readings", body, content_type="application/json")

    assert first.json() == {"new": 1} and again.status_code == 409 and Reading.objects.get().value == 1.9


@pytest.mark.parametrize(
    "readings", [[(5, float("nan"))], [(5, 1e300)], [(-30, 1.0)], [(60 * 24 * 40, 1.0)], [], [(5, 1.0)] * 501, [(5, 1.0), (6, float("inf"))]]
)
def test_what_cannot_be_is_refused_and_nothing_of_it_kept(machine: Client, readings: list) -> None:
    assert send(machine, *readings).status_code in (400, 422)
    assert not Reading.objects.exists()


def test_a_suspect_gauge_stays_suspect_and_an_unknown_one_is_not_there(machine: Client) -> None:
    Sensor.objects.update(state="suspect")
    send(machine, (1, 1.0))

    assert Sensor.objects.get().state == "suspect" and send(machine, (1, 1.0), code="X").status_code == 404


@pytest.mark.parametrize("who", ["operator", "officer", "admin", None])
def test_only_who_sends_readings_sends_them(machine: Client, people: dict[str, User], who: str | None) -> None:
    client = Client()
    if who:
        client.force_login(people[who])
    assert send(client, (1, 1.0)).status_code == (403 if who else 401)
