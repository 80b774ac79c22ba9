"""OWSLib: collections, queryables, items with every parameter that it knows, and a feature created, replaced and deleted."""

import json
from typing import Any

import pytest
from owslib.ogcapi.features import Features

from tests.e2e.conftest import City

BODY = {"type": "Feature", "properties": {"name": "Từ OWSLib", "kind": "market"}, "geometry": {"type": "Point", "coordinates": [105.8151, 9.8166]}}


def test_owslib_finds_collections_conformance_and_queryables(city: City) -> None:
    api = Features(f"{city.address}/ogc/")

    assert {"roads", "wards", "public_places"} <= set(api.feature_collections())
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in api.conformance()["conformsTo"]
    assert set(api.collection_queryables("roads")["properties"]) >= {"name", "road_class", "geometry"}
    assert api.collection("roads")["storageCrs"].endswith("/5897")
    assert api.api()["openapi"].startswith("3.")


def test_owslib_asks_by_box_time_filter_and_order(city: City) -> None:
    api = Features(f"{city.address}/ogc/")
    alleys = api.collection_items("roads", filter="road_class = 'alley'", limit=5, sortby=("name", "desc"))
    now = api.collection_items("wards", datetime_="2026-01-01T00:00:00Z")
    before = api.collection_items("wards", datetime_="2024-01-01T00:00:00Z")

    assert alleys["numberMatched"] == city.rows("select count(*) from layers_road where road_class = 'alley'")[0][0]
    names = [feature["properties"]["name"] for feature in alleys["features"]]
    assert names == [name for (name,) in city.rows("select name from layers_road where road_class = 'alley' order by name desc nulls last, id limit 5")]
    assert {one["properties"]["code"] for one in now["features"]} != {one["properties"]["code"] for one in before["features"]}
    place = api.collection_items("public_places", limit=1)["features"][0]
    x, y = place["geometry"]["coordinates"]
    assert place["id"] in [one["id"] for one in api.collection_items("public_places", bbox=[x - 1e-6, y - 1e-6, x + 1e-6, y + 1e-6])["features"]]
    assert api.collection_item("public_places", str(place["id"]))["properties"] == place["properties"]


def test_owslib_creates_replaces_and_deletes_with_a_token_and_a_version(city: City, tokens: dict[str, str]) -> None:
    headers = {"Authorization": f"Bearer {tokens['officer']}", "Content-Type": "application/geo+json"}
    api = Features(f"{city.address}/ogc/", headers=headers)
    assert api.collection_item_create("public_places", json.dumps(BODY))
    fid = str(city.rows("select id from layers_publicplace where name = 'Từ OWSLib'")[0][0])
    with pytest.raises(RuntimeError, match="If-Match"):
        api.collection_item_update("public_places", fid, json.dumps(BODY))
    changed = BODY | {"properties": {"name": "Từ OWSLib", "kind": "school", "address": "Lê Lợi"}}
    known = Features(f"{city.address}/ogc/", headers=headers | {"If-Match": '"v1"'})
    assert known.collection_item_update("public_places", fid, json.dumps(changed))
    assert city.rows("select kind, address, version from layers_publicplace where id = %s", int(fid)) == [("school", "Lê Lợi", 2)]
    with pytest.raises(RuntimeError, match="stale"):
        known.collection_item_delete("public_places", fid)
    assert Features(f"{city.address}/ogc/", headers=headers | {"If-Match": '"v2"'}).collection_item_delete("public_places", fid)
    assert city.rows(
        "select u.username from layers_history h join geo_user u on u.id = h.by_id where h.op = 'delete' and h.fid = %s and h.layer = 'public_places'", int(fid)
    ) == [("officer",)]


def test_owslib_without_a_token_writes_nothing(city: City, ask: Any) -> None:
    before = ask("/ogc/collections/public_places/items?limit=1")[2]["numberMatched"]
    with pytest.raises(RuntimeError, match="not_signed_in"):
        # OWSLib shares the headers of one client with all: what came before has to be named again to be gone.
        stranger = Features(f"{city.address}/ogc/", headers={"Content-Type": "application/geo+json", "Authorization": "Bearer nobody"})
        stranger.collection_item_create("public_places", json.dumps(BODY))

    assert ask("/ogc/collections/public_places/items?limit=1")[2]["numberMatched"] == before
