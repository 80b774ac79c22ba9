"""Tiles through their own door: decoded and looked at, never compared as bytes."""

import asyncio
import gzip
import json
from typing import Any

import mapbox_vector_tile
import pytest
from django.db import connections

from geo import tilegrid
from geo.models import User
from layers.access import ANONYMOUS, Scope, scope_of
from tests.conftest import JUNCTION
from tiles import door as door_module
from tiles.door import TileDoor

ZOOM = 13
X, Y = tilegrid.tile_of(*JUNCTION, ZOOM)


class SameThread:
    """Runs the door's work in the test's own thread, where the test's transaction is."""

    def __init__(self, door: TileDoor) -> None:
        self.door = door

    def get(self, path: str, query: str = "", **headers: str) -> tuple[int, dict[bytes, bytes], bytes]:
        given = {name.replace("_", "-").encode(): value.encode() for name, value in headers.items()}
        status, sent, body = self.door._answer(path, given, query.encode())
        return status, dict(sent), body


def as_(scope: Scope) -> SameThread:
    return SameThread(TileDoor(lambda headers: scope))


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
        "/tiles/nope/1/0/0.mvt",
        "/tiles/pg_shadow/1/0/0.mvt",
        "/tiles/roads;drop/1/0/0.mvt",
        "/tiles/roads/-1/0/0.mvt",
        "/tiles/roads/25/0/0.mvt",
        "/tiles/roads/1/2/0.mvt",
        "/tiles/roads/1e1/0/0.mvt",
        "/tiles/roads/1/0/0.mvt\n",
        "/tiles/roads_label_label/1/0/0.mvt",
        "/tiles/../etc/passwd",
        "/tiles/roads/٠/٠/٠.mvt",
        "/tiles/roads/01/0/0.mvt",
        "/tiles/roads/1/00/0.mvt",
    ],
)
def test_an_unknown_tile_is_404_without_touching_the_database(path: str) -> None:
    # no django_db mark: a query would raise
    assert as_(ANONYMOUS).get(path)[0] == 404


@pytest.mark.django_db
def test_a_failure_is_503_and_never_an_empty_tile(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> bytes:
        raise RuntimeError("the database is gone")

    monkeypatch.setattr(door_module, "_render", fails)
    monkeypatch.setattr(connections["default"], "close", lambda: None)
    status, headers, body = as_(ANONYMOUS).get(f"/tiles/roads/{ZOOM}/{X}/{Y}.mvt")

    assert (status, headers[b"retry-after"]) == (503, b"2")
    assert json.loads(body)["code"] == "busy"
    assert b"the database is gone" not in body


@pytest.mark.django_db
def test_large_tiles_are_compressed_when_the_caller_takes_it(town: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door_module, "COMPRESS_FROM_BYTES", 1)
    _, headers, body = as_(ANONYMOUS).get(f"/tiles/roads/{ZOOM}/{X}/{Y}.mvt", accept_encoding="gzip, br")

    assert headers[b"content-encoding"] == b"gzip"
    assert "roads" in decoded(gzip.decompress(body))


def test_only_reading_is_allowed() -> None:
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asked = {"type": "http", "method": "POST", "path": "/tiles/style.json", "headers": []}
    asyncio.run(TileDoor(lambda headers: ANONYMOUS)(asked, None, send))

    assert sent[0]["status"] == 405


def test_the_style_names_only_what_the_caller_may_see_and_nothing_from_outside() -> None:
    _, _, body = as_(ANONYMOUS).get("/tiles/style.json")
    style = json.loads(body)

    assert "roads" in style["sources"]
    assert "parcels" not in style["sources"]
    assert b"http" not in body
    assert "glyphs" not in style
