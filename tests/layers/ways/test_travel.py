"""The network follows its rows: a street that changes, a closure that begins and one that has ended."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from layers.library.closures import Closure
from tests.conftest import JUNCTION, city_wkt

pytestmark = pytest.mark.django_db
EAST = "105.8180,9.8165"
WEST = f"{JUNCTION[0]},{JUNCTION[1]}"


def seconds(client: Client, mode: str = "car") -> float:
    return client.get(f"/api/network/route?from={WEST}&to={EAST}&mode={mode}").json()["travel_s"]


def test_a_way_follows_the_street_and_its_speed(client: Client, town: dict) -> None:
    answer = client.get(f"/api/network/route?from={WEST}&to={EAST}&mode=car").json()

    assert answer["distance_m"] == pytest.approx(329, abs=2)
    assert answer["travel_s"] == pytest.approx(329 / (40 / 3.6), abs=1)
    assert answer["geometry"]["coordinates"][0] == pytest.approx([105.8150, 9.8165], abs=1e-5)


def test_a_changed_street_is_known_at_the_next_question(client: Client, town: dict) -> None:
    before = seconds(client)
    town["street"].speed_kmh = 20
    town["street"].save()

    assert seconds(client) == pytest.approx(2 * before, abs=2)


def test_a_closure_counts_from_when_until_when(client: Client, town: dict) -> None:
    now = timezone.now()
    closure = Closure.objects.create(reason="cây đổ", factor=0.5, starts_at=now - timedelta(hours=1), geom=city_wkt("LINESTRING", (0, 0), (400, 0)))
    slowed = seconds(client)
    closure.ends_at = now - timedelta(minutes=1)
    closure.save()

    assert slowed == pytest.approx(2 * seconds(client), abs=2)


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        (f"from={WEST}&to={EAST}&mode=rocket", 400, "bad_request"),
        (f"from=here&to={EAST}", 400, "bad_request"),
        (f"to={EAST}", 400, "bad_request"),
        (f"from=nan,nan&to={EAST}", 422, "off_network"),
        ("from=2.35,48.85&to=2.36,48.86", 422, "off_network"),
        (f"from=105.7,9.7&to={EAST}", 422, "off_network"),
    ],
)
def test_a_place_or_mode_that_cannot_be_gets_its_code(client: Client, town: dict, query: str, status: int, code: str) -> None:
    answer = client.get(f"/api/network/route?{query}")

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_an_isochrone_grows_with_its_minutes(client: Client, town: dict) -> None:
    areas = client.get(f"/api/network/isochrone?from={WEST}&mode=foot&minutes=1,3").json()["features"]

    assert [area["properties"]["minutes"] for area in areas] == [3, 1]
    assert areas[0]["properties"]["area_m2"] > areas[1]["properties"]["area_m2"] > 0
    assert client.get(f"/api/network/isochrone?from={WEST}&minutes=1e9").status_code == 400
