"""A sensor that crosses a level opens one case, however it trembles; a second gauge joins it; a reading nobody believes opens nothing."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from incidents.guidance import levels
from incidents.models import Entry, Incident, Playbook, SensorTrip
from layers.library.sensors import Sensor
from tests.conftest import city_wkt

pytestmark = pytest.mark.django_db
TRIGGER = {"categories": ["high_tide"], "severity_from": 2, "sensor": {"kind": "water_level", "above": 1.8, "rearm": 1.65, "severity": 3}}


@pytest.fixture
def gauge(town: dict) -> Sensor:
    Playbook.objects.create(
        slug="tide", version=1, title_vi="Triều", title_en="Tide", trigger=TRIGGER, steps=[{"code": "a", "kind": "manual", "vi": "Xem", "en": "Look"}]
    )
    return make("MN-1", 0)


def make(code: str, east_m: float) -> Sensor:
    return Sensor.objects.create(code=code, name=f"Trạm {code}", kind="water_level", unit="m", state="ok", geom=city_wkt("POINT", (east_m, -40)))


def reads(sensor: Sensor, value: float, at: datetime, state: str = "ok") -> int:
    Sensor.objects.filter(pk=sensor.pk).update(last_value=value, last_at=at, state=state)
    return levels.tick(at)


def test_a_value_that_trembles_around_the_level_opens_one_case(gauge: Sensor) -> None:
    now = timezone.now()
    assert [reads(gauge, value, now + timedelta(minutes=i)) for i, value in enumerate((1.7, 1.79, 1.8, 1.79, 1.81, 1.7, 1.82))] == [0, 0, 1, 0, 0, 0, 0]
    case = Incident.objects.get()
    assert (case.category, case.channel, case.severity, case.status) == ("high_tide", "sensor", 3, "new")
    assert case.runs.get().playbook.slug == "tide"
    assert "1.8 m ≥ 1.8" in case.description


def test_it_opens_again_only_after_the_water_has_fallen_and_the_case_of_before_is_over(gauge: Sensor) -> None:
    now = timezone.now()
    reads(gauge, 1.9, now)
    Incident.objects.update(closed_at=now, status="closed")
    # Closed by somebody while the water still stands: that does not bring it up again.
    assert reads(gauge, 1.95, now + timedelta(minutes=10)) == 0
    assert reads(gauge, 1.6, now + timedelta(hours=3)) == 0
    assert reads(gauge, 1.85, now + timedelta(hours=9)) == 1
    assert Incident.objects.count() == 2


def test_a_second_gauge_of_the_same_tide_joins_the_open_case(gauge: Sensor) -> None:
    now, other = timezone.now(), make("MN-2", 300)
    reads(gauge, 1.9, now)
    assert reads(other, 1.88, now + timedelta(minutes=5)) == 1
    assert Incident.objects.count() == 1
    assert SensorTrip.objects.values("incident").distinct().count() == 1
    assert Entry.objects.get(kind="level").note.startswith("Trạm MN-2")


@pytest.mark.parametrize("state", ["suspect", "stale", "offline"])
def test_a_reading_that_nobody_believes_opens_nothing(state: str, gauge: Sensor) -> None:
    assert reads(gauge, 3.0, timezone.now(), state) == 0


def test_an_old_reading_opens_nothing(gauge: Sensor) -> None:
    now = timezone.now()
    Sensor.objects.update(last_value=2.5, last_at=now - timedelta(hours=3))
    assert levels.tick(now) == 0
    assert not Incident.objects.exists()
