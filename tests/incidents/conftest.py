"""Three units around the town's street, one of them asked for rather than directed, and a boat on the canal."""

from datetime import datetime

import pytest
from django.test import Client
from django.utils import timezone

from geo.models import Agency, User
from incidents.models import Responder
from tests.conftest import JUNCTION, city_wkt

FIRE = {"category": "house_fire", "lon": JUNCTION[0] + 0.001, "lat": JUNCTION[1], "channel": "phone"}


def unit(code: str, mode: str, at: datetime, *, east_m: float, north_m: float = 0.0, authority: str = "directed", **more: object) -> Responder:
    agency = Agency.objects.get(code="police")
    return Responder.objects.create(
        code=code, name=code, kind="police", agency=agency, authority=authority, mode=mode, position_at=at, geom=city_wkt("POINT", (east_m, north_m)), **more
    )


@pytest.fixture
def units(people: dict[str, User], town: dict) -> dict[str, Responder]:
    return build_units(people)


def build_units(people: dict[str, User]) -> dict[str, Responder]:
    now = timezone.now()
    return {
        "near": unit("CA-01", "car", now, east_m=300),
        "far": unit("CA-02", "car", now, east_m=0),
        "asked": unit("CC-01", "truck", now, east_m=380, authority="requested", weight_t=8.0),
        "boat": unit("XU-01", "boat", now, east_m=60, north_m=-50),
        "field": unit("DQ-01", "motorbike", now, east_m=10, user=people["field"]),
    }


@pytest.fixture
def operator(people: dict[str, User]) -> Client:
    client = Client()
    client.force_login(people["operator"])
    return client


@pytest.fixture
def second(people: dict[str, User]) -> Client:
    """Another window."""
    client = Client()
    client.force_login(people["operator"])
    return client


@pytest.fixture
def field(people: dict[str, User]) -> Client:
    client = Client()
    client.force_login(people["field"])
    return client


def post(client: Client, path: str, body: object = None) -> object:
    return client.post(path, body or {}, content_type="application/json")


def report(client: Client, **more: object) -> dict:
    answer = post(client, "/api/incidents", {**FIRE, **more})
    assert answer.status_code == 201, answer.content
    return answer.json()


def verified(client: Client, **more: object) -> dict:
    case = report(client, **more)
    return post(client, f"/api/incidents/{case['id']}/verify").json()
