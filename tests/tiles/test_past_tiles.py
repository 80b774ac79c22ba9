"""Tiles of the past: what lay there then, for whom, under which tag, and what is refused."""

import json
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from geo import tilegrid
from geo.acting import acting
from geo.models import User
from incidents.models import Incident
from layers.access import ANONYMOUS, scope_of
from layers.layer import registry
from layers.library.canals import Canal
from layers.library.roads import Road
from tests.conftest import JUNCTION, build_town, city_wkt
from tests.tiles.test_door import as_, decoded

pytestmark = pytest.mark.django_db(transaction=True)
Z = 16
X, Y = tilegrid.tile_of(*JUNCTION, Z)
PATH = f"/tiles/roads/{Z}/{X}/{Y}.mvt"


def now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("select clock_timestamp()")
        return cursor.fetchone()[0]


def as_of(moment: datetime) -> str:
    return f"as_of={moment:%Y-%m-%dT%H:%M:%S.%fZ}"


@pytest.fixture
def town() -> dict[str, Any]:
    with acting(by=None, because="a small town"):
        return build_town()


def names(body: bytes, layer: str = "roads") -> dict[int, str]:
    return {one["id"]: one["properties"]["name"] for one in decoded(body)[layer]["features"]} if body else {}


def test_a_tile_as_of_a_moment_shows_what_lay_there_then(town: dict[str, Any]) -> None:
    """Prove it over a new name, a move out of the tile, a deletion and a return: each moment has its own picture, and now is now."""
    street, door, seen = town["street"], as_(ANONYMOUS), []
    street_pk = street.pk

    def step(because: str, write: Any) -> None:
        seen.append((now(), names(door.get(PATH)[2])))
        with acting(by=None, because=because):
            write()

    step("renamed", lambda: Road.objects.filter(pk=street.pk).update(name="Lê Lợi", version=2))
    step("moved", lambda: Road.objects.filter(pk=street.pk).update(geom=city_wkt("LINESTRING", (0, 2_000), (400, 2_000)), version=3))
    step("deleted", lambda: street.delete())
    step("back", lambda: Road(pk=street_pk, name="Lê Lợi", road_class="alley", width_m=3, speed_kmh=9, version=5, geom=street.geom).save(force_insert=True))
    seen.append((now(), names(door.get(PATH)[2])))

    assert [then.get(street_pk) for _, then in seen] == ["Hùng Vương", "Lê Lợi", None, None, "Lê Lợi"]
    for moment, then in seen:
        status, _, body = door.get(PATH, as_of(moment))
        assert (status, names(body)) == (200, then)


def test_labels_and_the_ogc_address_know_the_past_too(town: dict[str, Any]) -> None:
    before = now()
    with acting(by=None, because="renamed"):
        Road.objects.filter(pk=town["street"].pk).update(name="Lê Lợi", version=2)
    door, ogc = as_(ANONYMOUS), f"/ogc/collections/roads/tiles/WebMercatorQuad/{Z}/{Y}/{X}"

    assert names(door.get(ogc, as_of(before))[2])[town["street"].pk] == "Hùng Vương"
    assert names(door.get(f"/tiles/roads_label/{Z}/{X}/{Y}.mvt", as_of(before))[2], "roads_label")[town["street"].pk] == "Hùng Vương"
    for z in (15, 14):
        x, y = tilegrid.tile_of(*JUNCTION, z)
        assert names(door.get(f"/tiles/roads/{z}/{x}/{y}.mvt", as_of(before))[2])[town["street"].pk] == "Hùng Vương"


def test_a_tile_of_the_past_is_kept_under_a_tag_of_its_own_and_never_goes_stale(town: dict[str, Any]) -> None:
    """Prove that two moments have two tags, that a tile which has not changed is a 304, and that one whose past became known late is not."""
    door, before = as_(ANONYMOUS), now()
    with acting(by=None, because="renamed"):
        Road.objects.filter(pk=town["street"].pk).update(name="Lê Lợi", version=2)
    after = now()
    tags = [door.get(PATH, asked)[1][b"etag"].decode() for asked in (as_of(before), as_of(after), "")]

    assert len(set(tags)) == 3
    assert door.get(PATH, as_of(before), if_none_match=tags[0])[0] == 304
    assert door.get(PATH, as_of(before), if_none_match=tags[1])[0] == 200
    with acting(by=None, because="elsewhere"):
        Canal.objects.create(name="x", canal_class="main", width_m=6, geom=city_wkt("LINESTRING", (0, 9), (9, 9)))
    assert door.get(PATH, as_of(before), if_none_match=tags[0])[0] == 304
    # a transaction that wrote before the moment and commits after it was asked for
    with acting(by=None, because="the slow one"), connection.cursor() as cursor:
        cursor.execute("select set_config('nbioc.at', %s, true)", [before.isoformat()])
        Road.objects.filter(pk=town["alley"].pk).update(name="Hẻm 5", version=2)
    assert door.get(PATH, as_of(before), if_none_match=tags[0])[0] == 200
    assert names(door.get(PATH, as_of(before))[2])[town["alley"].pk] == "Hẻm 5"


def test_who_may_not_see_a_layer_or_a_row_does_not_see_its_past(people: dict[str, User], town: dict[str, Any]) -> None:
    """Prove that a tile of the past which was kept while a case was open to all is not sent once the case is restricted, far from where it was."""
    with acting(by=None, because="a report"):
        case = Incident.objects.create(
            category="crash", process="immediate", severity=3, channel="phone", reported_at=timezone.now(), geom=city_wkt("POINT", (10, 10))
        )
    asked, path = as_of(now()), f"/tiles/incidents/{Z}/{X}/{Y}.mvt"
    operator = as_(scope_of(people["operator"]))
    with acting(by=None, because="the place was wrong"):
        Incident.objects.filter(pk=case.pk).update(geom=city_wkt("POINT", (5_000, 10)), version=2)
    assert [one["id"] for one in decoded(operator.get(path, asked)[2])["incidents"]["features"]] == [case.pk]
    with acting(by=None, because="a hot matter"):
        Incident.objects.filter(pk=case.pk).update(restricted=True, version=3)

    assert operator.get(path, asked)[2] == b""
    assert as_(ANONYMOUS).get(path, asked)[0] == 404
    assert as_(ANONYMOUS).get(f"/tiles/parcels/{Z}/{X}/{Y}.mvt", asked)[0] == 404


@pytest.mark.parametrize(
    ("slug", "asked", "status", "code"),
    [
        ("roads", "as_of=yesterday", 400, "bad_request"),
        ("roads", "as_of=", 400, "bad_request"),
        ("roads", "as_of=2020-01-01T00:00:00Z", 422, "moment_not_kept"),
        ("roads", "as_of=2199-01-01T00:00:00Z", 422, "moment_not_kept"),
        ("indicators", "as_of=2026-11-26T00:00:00Z", 422, "no_history"),
        ("no_such_layer", "as_of=2026-11-26T00:00:00Z", 404, "not_found"),
    ],
)
def test_a_tile_of_no_moment_is_refused_by_name(slug: str, asked: str, status: int, code: str) -> None:
    got, _, body = as_(ANONYMOUS).get(f"/tiles/{slug}/{Z}/{X}/{Y}.mvt", asked)

    assert (got, json.loads(body)["code"]) == (status, code)
    assert registry.get("indicators") is not None
