"""Tiles asked for by people who mean ill, or whose software is broken. Numbers are those of the list of adversarial cases."""

import asyncio
from typing import Any

import psycopg2
import pytest

from geo import tilegrid
from geo.acting import acting
from geo.models import User
from incidents.models import Incident
from layers.access import ANONYMOUS, scope_of
from layers.library.hydrants import Hydrant
from tests.conftest import JUNCTION, city_wkt
from tests.tiles.test_door import NOW, SEES_ASSETS, as_, decoded
from tests.tiles.test_heat import PERIOD, by_id, cells

Z = 13
X, Y = tilegrid.tile_of(*JUNCTION, Z)
NUMBERS = ["-1", "25", "32", "1000000000", "1.5", "1e3", "0x1", "9" * 200, "", "+1", "%31", "１", "1%00"]


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("template", ["/tiles/roads/{n}/0/0.mvt", "/tiles/roads/3/{n}/0.mvt", "/tiles/incidents.heat/3/0/{n}.png"])
def test_adv_037_a_tile_that_cannot_be_is_404_without_the_database(template: str, number: str) -> None:
    if number == "1" or (number == "" and "//" not in template.format(n="")):
        number = "x"
    assert as_(ANONYMOUS).get(template.format(n=number), query=PERIOD)[0] == 404


@pytest.mark.django_db
def test_adv_038_a_low_zoom_of_a_crowded_layer_is_small_and_says_that_it_was_cut() -> None:
    with acting(by=None, because="twelve thousand hydrants"):
        Hydrant.objects.bulk_create(Hydrant(asset_code=f"H{n}", geom=city_wkt("POINT", (-9 * (n % 120), 9 * (n // 120)))) for n in range(12_000))
    _, headers, body = as_(SEES_ASSETS).get(f"/tiles/hydrants/{Z}/{X}/{Y}.mvt")

    assert headers.get(b"x-truncated") == b"true"
    assert len(body) <= 500_000
    assert 1_000 < len(decoded(body)["hydrants"]["features"]) <= 10_000


@pytest.mark.django_db
@pytest.mark.parametrize(
    "headers",
    [
        {"accept_encoding": "gzip;q=nonsense, ;;;,,, *;q"},
        {"accept_encoding": "gzip," * 5_000},
        {"range": "bytes=0-0, 5-1"},
        {"if_none_match": ", ".join(f'"{n}"' for n in range(20_000))},
        {"if_none_match": 'W/"' + "a" * 100_000},
        {"cookie": "sessionid=" + "x" * 9_000},
    ],
)
def test_adv_040_broken_headers_get_a_whole_tile(headers: dict[str, str], town: dict) -> None:
    status, _, body = as_(ANONYMOUS).get(f"/tiles/roads/{Z}/{X}/{Y}.mvt", **headers)
    assert status == 200
    assert body


def test_adv_040_head_has_no_body_and_writing_is_refused() -> None:
    def sent(method: str) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = []

        async def send(message: dict[str, Any]) -> None:
            messages.append(message)

        asyncio.run(as_(ANONYMOUS)({"type": "http", "method": method, "path": "/tiles/roads.json", "headers": []}, None, send))
        return messages

    assert (sent("HEAD")[0]["status"], sent("HEAD")[1]["body"]) == (200, b"")
    assert {sent(method)[0]["status"] for method in ("POST", "PUT", "DELETE", "TRACE", "get")} == {405}


@pytest.mark.django_db
def test_adv_041_one_persons_tag_is_worth_nothing_to_another(people: dict[str, User]) -> None:
    with acting(by=None, because="a report"):
        Incident.objects.create(category="crash", process="immediate", severity=3, channel="phone", reported_at=NOW, geom=city_wkt("POINT", (0, 0)))
    path = f"/tiles/incidents/{Z}/{X}/{Y}.mvt"
    _, headers, _ = as_(scope_of(people["operator"])).get(path)
    tag = headers[b"etag"].decode()

    assert headers[b"cache-control"] == b"private, no-cache"
    assert as_(scope_of(people["operator"])).get(path, if_none_match=tag)[0] == 304
    assert as_(scope_of(people["agency"])).get(path, if_none_match=tag)[0] == 204
    assert as_(scope_of(people["officer"])).get(path, if_none_match=tag)[0] == 404
    assert as_(ANONYMOUS).get(path, if_none_match="*")[0] == 404


@pytest.mark.parametrize(
    "name", ["..", "%2e%2e", "pg_catalog.pg_shadow", "roads;drop table", "rоads", "ROADS", "roads ", "roads'--", "roads.heat.heat", "a" * 300, "\x00"]
)
def test_adv_042_only_names_of_the_registry_reach_the_database(name: str) -> None:
    for template in ("/tiles/{n}/3/0/0.mvt", "/tiles/{n}.json", "/tiles/{n}.heat/3/0/0.mvt", "/ogc/collections/{n}/tiles/WebMercatorQuad/3/0/0"):
        assert as_(ANONYMOUS).get(template.format(n=name))[0] == 404


@pytest.mark.django_db
@pytest.mark.parametrize("failure", [psycopg2.OperationalError("gone"), psycopg2.errors.QueryCanceled("too slow"), MemoryError(), RuntimeError("?")])
def test_adv_044_a_database_that_fails_is_503_with_a_time_to_come_back(failure: Exception, town: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    door = as_(ANONYMOUS)
    assert door.get(f"/tiles/roads/{Z}/{X}/{Y}.mvt")[0] == 200

    async def fails(keys: object) -> None:
        raise failure

    monkeypatch.setattr(door.stamps, "read", fails)
    status, headers, body = door.get(f"/tiles/roads/{Z}/{X}/{Y}.mvt")
    assert (status, headers.get(b"retry-after")) == (503, b"2")
    assert b"gone" not in body


@pytest.mark.django_db
def test_adv_050_few_people_in_a_cell_are_not_told_however_often_one_asks(people: dict[str, User]) -> None:
    with acting(by=None, because="cases"):
        Incident.objects.bulk_create(
            Incident(category="crash", process="immediate", severity=3, channel="phone", reported_at=NOW.replace(month=1, day=5), geom=city_wkt("POINT", place))
            for place in [(0, 0)] * 4 + [(900, 900)] * 6
        )
    for z in (9, 11, 13, 15, 16):
        for query in (PERIOD, PERIOD + "&category=crash", "from=2026-01-01&to=2026-02-01&edges=1"):
            assert all(told["n"] >= 5 for told in by_id(cells(ANONYMOUS, z, query)).values())
