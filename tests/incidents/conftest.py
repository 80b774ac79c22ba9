"""Three units around the town's street, one of them asked for rather than directed, and a boat on the canal."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from geo.models import Agency, User
from incidents.models import Responder
from incidents.units.unit_models import Equipment
from tests.conftest import JUNCTION, city_wkt

FIRE = {"category": "house_fire", "lon": JUNCTION[0] + 0.001, "lat": JUNCTION[1], "channel": "phone"}


# What a screen shows of a case and of a unit (how its telephone is paired is on none); whoever changes it says so in an event that names it.
SHOWN = {
    "incidents": "select id, md5(t::text) from incidents_incident t",
    "responders": """select r.id, md5(concat(to_jsonb(r) - 'device_id', (select string_agg(a.id || a.status, ',' order by a.id) from incidents_assignment a
                                                       where a.responder_id = r.id and a.ended_at is null))) from incidents_responder r""",
}
NAMED = "select coalesce(max(seq), 0) from geo_event", "select distinct unnest(fids) from geo_event where layer = %s and seq > %s"


def _shown() -> tuple[int, dict[str, dict[int, str]]]:
    with connection.cursor() as cursor:
        cursor.execute(NAMED[0])
        last = int(cursor.fetchone()[0])
        found = {}
        for layer, question in SHOWN.items():
            cursor.execute(question)
            found[layer] = dict(cursor.fetchall())
    return last, found


def _named(layer: str, since: int) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(NAMED[1], [layer, since])
        return {row[0] for row in cursor}


@pytest.fixture(autouse=True)
def nothing_changes_in_silence(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[None]:
    """Every write of every test here, whichever verb makes it: a case or a unit that looks different afterwards is named by an event."""
    if "django_assert_num_queries" in request.fixturenames:
        # Its own questions would be counted.
        yield
        return
    real = Client.request

    def watched(client: Client, **request: Any) -> Any:
        if request.get("REQUEST_METHOD", "GET") in ("GET", "HEAD", "OPTIONS"):
            return real(client, **request)
        since, before = _shown()
        answer = real(client, **request)
        _, after = _shown()
        for layer, rows in after.items():
            silent = {fid for fid, row in rows.items() if before[layer].get(fid) != row} - _named(layer, since)
            assert not silent, f"{request['REQUEST_METHOD']} {request['PATH_INFO']} changed {layer} {silent} and no event says so: other screens keep the old"
        return answer

    monkeypatch.setattr(Client, "request", watched)
    yield


def unit(code: str, mode: str, at: datetime, *, east_m: float, north_m: float = 0.0, authority: str = "directed", **more: object) -> Responder:
    agency = Agency.objects.get(code="police")
    return Responder.objects.create(
        code=code, name=code, kind="police", agency=agency, authority=authority, mode=mode, position_at=at, geom=city_wkt("POINT", (east_m, north_m)), **more
    )


def equip(one: Responder, *kinds: str) -> None:
    """What run cards ask for, in working order."""
    Equipment.objects.bulk_create(Equipment(responder=one, name=kind, kind=kind, changed_at=timezone.now()) for kind in kinds)


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
