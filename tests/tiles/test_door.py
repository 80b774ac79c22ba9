"""Tiles through their own door: decoded and looked at, never compared as bytes."""

import asyncio
import gzip
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import mapbox_vector_tile
import pytest
from django.db import connections

from geo import tilegrid
from geo.acting import acting
from geo.crs import to_city, to_lonlat
from geo.models import User
from incidents.models import Incident
from layers.access import ANONYMOUS, Scope, scope_of
from layers.layer import Grant, registry
from layers.library.hydrants import Hydrant, Hydrants
from layers.library.parcels import Parcel
from tests.conftest import JUNCTION, city_wkt
from tiles import cache, drawing, stamps, vector
from tiles import door as door_module
from tiles.database import Database
from tiles.door import TileDoor

ZOOM = 13
SEES_ASSETS = Scope(permissions=frozenset({"see_assets"}), fingerprint="assets")
NOW = datetime(2026, 11, 24, tzinfo=UTC)
X, Y = tilegrid.tile_of(*JUNCTION, ZOOM)


class Always:
    """Every caller is the same one."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def remembered(self, headers: dict[bytes, bytes]) -> Scope:
        return self.scope

    found = remembered


def the_tests_connection() -> Callable[[], Any]:
    """Django's own connection, in whose transaction the test has written; a test without the database may not have it."""
    try:
        connections["default"].ensure_connection()
    except RuntimeError:
        raw = None
    else:
        raw = connections["default"].connection

    def connect() -> Any:
        assert raw is not None, "the database was asked"
        return raw

    return connect


class SameThread(TileDoor):
    """Does the door's work in the test's own thread, where the test's transaction is."""

    def __init__(self, scope: Scope) -> None:
        super().__init__(Always(scope), Database(the_tests_connection()))

    async def _look_for(self, path: str) -> None:
        """No other process makes layers here."""

    async def _in_thread(self, work: Callable[..., Any], *given: Any) -> Any:
        return work(*given)

    async def _read_stamps(self, keys: list[stamps.Key]) -> dict[stamps.Key, stamps.Stamp]:
        return stamps.read_stamps(self.database, keys)

    def get(self, path: str, query: str = "", **headers: str) -> tuple[int, dict[bytes, bytes], bytes]:
        given = {name.replace("_", "-").encode(): value.encode() for name, value in headers.items()}
        status, sent, body = asyncio.run(self.answer(path, given, query.encode()))
        return status, dict(sent), body


class InThreads(SameThread):
    """As the city runs: what another process has made is looked for, and a look at the database is not the event loop's."""

    _look_for = TileDoor._look_for

    async def _in_thread(self, work: Callable[..., Any], *given: Any) -> Any:
        return await TileDoor._in_thread(self, work, *given)


def as_(scope: Scope) -> SameThread:
    return SameThread(scope)


def decoded(body: bytes) -> dict[str, Any]:
    return mapbox_vector_tile.decode(body)


@pytest.mark.django_db
def test_a_tile_carries_the_layer_by_its_slug_and_features_by_their_fid(town: dict) -> None:
    status, _, body = as_(ANONYMOUS).get(f"/tiles/roads/{ZOOM}/{X}/{Y}.mvt")

    tile = decoded(body)
    assert status == 200
    assert {feature["id"] for feature in tile["roads"]["features"]} == {town["street"].pk, town["alley"].pk}
    assert {feature["properties"]["name"] for feature in tile["roads"]["features"]} == {"Hùng Vương", "Hẻm 4"}


@pytest.mark.django_db
def test_an_empty_tile_is_204_and_a_full_one_304_when_unchanged(town: dict) -> None:
    tiles = as_(ANONYMOUS)
    assert tiles.get(f"/tiles/roads/{ZOOM}/{X + 50}/{Y}.mvt")[0] == 204

    _, headers, _ = tiles.get(f"/tiles/roads/{ZOOM}/{X}/{Y}.mvt")
    assert tiles.get(f"/tiles/roads/{ZOOM}/{X}/{Y}.mvt", if_none_match=headers[b"etag"].decode())[0] == 304


@pytest.mark.django_db
def test_masked_layers_and_fields_stay_out_of_tiles(people: dict[str, User], town: dict) -> None:
    path = f"/tiles/parcels/{ZOOM}/{X}/{Y}.mvt"

    assert as_(ANONYMOUS).get(path)[0] == 404
    status, _, body = as_(scope_of(people["approver"])).get(path)
    assert status == 200
    assert "land_user_name" not in decoded(body)["parcels"]["features"][0]["properties"]


@pytest.mark.django_db
def test_labels_are_points_of_their_own(people: dict[str, User], town: dict) -> None:
    _, _, body = as_(scope_of(people["officer"])).get(f"/tiles/parcels_label/{ZOOM}/{X}/{Y}.mvt")

    (label,) = decoded(body)["parcels_label"]["features"]
    assert label["geometry"]["type"] == "Point"
    assert label["properties"]["parcel_no"] == 47


@pytest.mark.parametrize(
    "path",
    [
        "/tiles/roads;drop/1/0/0.mvt",
        "/tiles/roads/-1/0/0.mvt",
        "/tiles/roads/25/0/0.mvt",
        "/tiles/roads/1/2/0.mvt",
        "/tiles/roads/1e1/0/0.mvt",
        "/tiles/roads/1/0/0.mvt\n",
        "/tiles/../etc/passwd",
        "/tiles/roads/٠/٠/٠.mvt",
        "/tiles/roads/01/0/0.mvt",
        "/tiles/roads/1/00/0.mvt",
    ],
)
def test_an_unknown_tile_is_404_without_touching_the_database(path: str) -> None:
    # no django_db mark: a query would raise
    assert as_(ANONYMOUS).get(path)[0] == 404


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "path",
    ["/tiles/nope/1/0/0.mvt", "/tiles/pg_shadow/1/0/0.mvt", "/tiles/roads_label_label/1/0/0.mvt", "/tiles/nope.json", "/tiles/nope.heat/13/6500/3870.mvt"],
)
def test_a_name_that_nobody_knows_is_404_after_one_look(path: str) -> None:
    assert InThreads(ANONYMOUS).get(path)[0] == 404


@pytest.mark.django_db
def test_a_failure_is_503_and_never_an_empty_tile(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> bytes:
        raise RuntimeError("the database is gone")

    monkeypatch.setattr(drawing, "_draw_vector", fails)
    status, headers, body = as_(ANONYMOUS).get(f"/tiles/roads/{ZOOM}/{X}/{Y}.mvt")

    assert (status, headers[b"retry-after"]) == (503, b"2")
    assert json.loads(body)["code"] == "busy"
    assert b"the database is gone" not in body


@pytest.mark.django_db
def test_large_tiles_are_compressed_when_the_caller_takes_it(town: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "COMPRESS_FROM_BYTES", 1)
    _, headers, body = as_(ANONYMOUS).get(f"/tiles/roads/{ZOOM}/{X}/{Y}.mvt", accept_encoding="gzip, br")

    assert headers[b"content-encoding"] == b"gzip"
    assert "roads" in decoded(gzip.decompress(body))


def test_only_reading_is_allowed() -> None:
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asked = {"type": "http", "method": "POST", "path": "/tiles/style.json", "headers": []}
    asyncio.run(TileDoor(Always(ANONYMOUS))(asked, None, send))

    assert sent[0]["status"] == 405


def test_the_style_names_only_what_the_caller_may_see_and_nothing_from_outside() -> None:
    _, _, body = as_(ANONYMOUS).get("/tiles/style.json")
    style = json.loads(body)

    assert "roads" in style["sources"]
    assert "parcels" not in style["sources"]
    assert b"http" not in body
    assert "glyphs" not in style


@pytest.mark.django_db
def test_who_refuses_gzip_gets_none(town: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "COMPRESS_FROM_BYTES", 1)
    _, headers, body = as_(ANONYMOUS).get(f"/tiles/roads/{ZOOM}/{X}/{Y}.mvt", accept_encoding="gzip;q=0")

    assert b"content-encoding" not in headers
    assert "roads" in decoded(body)


@pytest.mark.django_db
def test_only_what_everybody_sees_alike_may_be_kept_by_shared_caches(people: dict[str, User], town: dict) -> None:
    _, roads, _ = as_(scope_of(people["officer"])).get(f"/tiles/roads/{ZOOM}/{X}/{Y}.mvt")
    _, parcels, _ = as_(scope_of(people["officer"])).get(f"/tiles/parcels/{ZOOM}/{X}/{Y}.mvt")

    assert (roads[b"cache-control"], roads[b"vary"]) == (b"public, no-cache", b"accept-encoding")
    assert parcels[b"cache-control"] == b"private, no-cache"
    assert b"cookie" in parcels[b"vary"]


@pytest.mark.django_db
@pytest.mark.parametrize("tile", ["0/0/0", "1/1/0", "5/25/15", "7/101/60"])
def test_tiles_of_half_the_world_have_the_city_in_them(tile: str, town: dict) -> None:
    class FromSpace(registry.get("roads")):
        slug = "roads_from_space"
        zooms = (0, 22)

    registry.add(FromSpace)
    try:
        status, _, body = as_(ANONYMOUS).get(f"/tiles/roads_from_space/{tile}.mvt")
    finally:
        registry.remove("roads_from_space")
    # a street is nothing from there, but the database must have an answer
    assert status in (200, 204)


@pytest.fixture
def masked(town: dict) -> Iterator[str]:
    """Hydrants that strangers see five kilometres east of where they stand."""

    class Masked(Hydrants):
        slug = "masked_hydrants"
        grants = (Grant("see_assets"), Grant(None, geometry="public.st_translate(t.geom, 5000, 0)"))

    with acting(by=None, because="a hydrant"):
        Hydrant.objects.create(asset_code="H1", geom=city_wkt("POINT", (0, 0)))
    registry.add(Masked)
    yield Masked.slug
    registry.remove(Masked.slug)


@pytest.mark.django_db
def test_a_masked_shape_is_found_where_its_mask_lies_and_nowhere_else(masked: str, people: dict[str, User]) -> None:
    z = 15
    lon, lat = to_lonlat(*(at + by for at, by in zip(to_city(*JUNCTION), (5000, 0), strict=True)))
    true_tile, mask_tile = ("/".join(map(str, tilegrid.tile_of(*place, z))) for place in (JUNCTION, (lon, lat)))

    stranger, officer = as_(ANONYMOUS), as_(scope_of(people["officer"]))
    assert stranger.get(f"/tiles/{masked}/{z}/{true_tile}.mvt")[0] == 204
    assert stranger.get(f"/tiles/{masked}/{z}/{mask_tile}.mvt")[0] == 200
    assert officer.get(f"/tiles/{masked}/{z}/{true_tile}.mvt")[0] == 200
    assert officer.get(f"/tiles/{masked}/{z}/{mask_tile}.mvt")[0] == 204


@pytest.mark.django_db
def test_the_map_draws_what_the_layer_says_is_drawn(people: dict[str, User]) -> None:
    given = {"category": "crash", "process": "immediate", "severity": 3, "channel": "phone", "reported_at": NOW}
    with acting(by=None, because="reports"):
        still_open, _ = (Incident.objects.create(geom=city_wkt("POINT", (0, 0)), closed_at=closed_at, **given) for closed_at in (None, NOW))
    _, _, body = as_(scope_of(people["operator"])).get(f"/tiles/incidents/{ZOOM}/{X}/{Y}.mvt")

    assert [feature["id"] for feature in decoded(body)["incidents"]["features"]] == [still_open.pk]


@pytest.mark.django_db
def test_a_crowd_of_points_is_thinned_evenly_and_the_tile_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vector, "FEATURES_PER_TILE", 50)
    with acting(by=None, because="too many hydrants"):
        Hydrant.objects.bulk_create(Hydrant(asset_code=f"H{n}", geom=city_wkt("POINT", (n % 20 * 7, n // 20 * 7))) for n in range(200))
    z = 15
    x, y = tilegrid.tile_of(*JUNCTION, z)
    _, headers, body = as_(SEES_ASSETS).get(f"/tiles/hydrants/{z}/{x}/{y}.mvt")

    assert headers[b"x-truncated"] == b"true"
    assert 25 < len(decoded(body)["hydrants"]["features"]) <= 50


def parcel(number: int, east_m: float, north_m: float, side_m: float) -> Parcel:
    corners = ((0, 0), (side_m, 0), (side_m, side_m), (0, side_m), (0, 0))
    shape = city_wkt("POLYGON", *((east_m + east, north_m + north) for east, north in corners))
    return Parcel(ward_code="31340", ward_valid_from=NOW.date(), sheet_no=1, parcel_no=number, land_use="ODT", geom=shape)


@pytest.mark.django_db
def test_of_too_many_parcels_the_largest_stay_and_equal_ones_do_not_all_vanish(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vector, "FEATURES_PER_TILE", 50)
    with acting(by=None, because="a crowded quarter"):
        Parcel.objects.bulk_create(parcel(n, n % 20 * 12, n // 20 * 12, 11 if n == 77 else 8) for n in range(120))
        # smaller than a pixel of this zoom
        Parcel.objects.bulk_create([parcel(1_000, -20, -20, 1)])
    z = 15
    x, y = tilegrid.tile_of(*JUNCTION, z)
    _, headers, body = as_(SEES_ASSETS).get(f"/tiles/parcels/{z}/{x}/{y}.mvt")

    drawn = {feature["properties"]["parcel_no"] for feature in decoded(body)["parcels"]["features"]}
    assert headers[b"x-truncated"] == b"true"
    assert len(drawn) == 50
    assert 77 in drawn
    assert 1_000 not in drawn


@pytest.mark.django_db
def test_a_heavy_tile_stays_within_its_bytes_below_full_detail_only(monkeypatch: pytest.MonkeyPatch) -> None:
    with acting(by=None, because="a crowded quarter"):
        Parcel.objects.bulk_create(parcel(n, n % 20 * 9, n // 20 * 9, 8) for n in range(300))
    monkeypatch.setattr(vector, "BYTES_PER_TILE", 4_000)
    for z in (15, 16):
        x, y = tilegrid.tile_of(*JUNCTION, z)
        _, headers, body = as_(SEES_ASSETS).get(f"/tiles/parcels/{z}/{x}/{y}.mvt")
        assert (headers.get(b"x-truncated"), len(body) <= 4_000) == ((b"true", True) if z == 15 else (None, False))
        assert body


def test_a_full_queue_says_when_to_come_again() -> None:
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    door = TileDoor(Always(ANONYMOUS))
    door.waiting = door_module.MOST_WAITING
    asyncio.run(door({"type": "http", "method": "GET", "path": "/tiles/style.json", "headers": []}, None, send))

    assert sent[0]["status"] == 503
    assert (b"retry-after", b"1") in sent[0]["headers"]


def test_tilejson_says_what_the_door_answers_to() -> None:
    _, _, body = as_(ANONYMOUS).get("/tiles/roads.json")

    assert (json.loads(body)["minzoom"], json.loads(body)["maxzoom"]) == registry.get("roads").zooms


@pytest.mark.django_db
def test_the_ogc_address_of_a_tile_is_the_same_tile_row_before_column(town: dict) -> None:
    tiles = as_(ANONYMOUS)
    _, ours, plain = tiles.get(f"/tiles/roads/{ZOOM}/{X}/{Y}.mvt")
    status, theirs, body = tiles.get(f"/ogc/collections/roads/tiles/WebMercatorQuad/{ZOOM}/{Y}/{X}")

    assert (status, body, theirs[b"etag"]) == (200, plain, ours[b"etag"])
    assert tiles.get("/ogc/collections/roads/tiles/WebMercatorQuad/1/2/0")[0] == 404
    assert tiles.get(f"/ogc/collections/parcels/tiles/WebMercatorQuad/{ZOOM}/{Y}/{X}")[0] == 404
    assert door_module.handles("/ogc/collections/roads/tiles/WebMercatorQuad/1/0/0")
    assert not door_module.handles("/ogc/collections/roads/items")
