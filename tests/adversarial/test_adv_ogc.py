"""What the outside may try on the OGC API: names, boxes, limits, cursors and repeated parameters."""

import unicodedata

import pytest
from django.test import Client

from geo.acting import acting
from geo.crs import CITY_SRID
from layers.library.public_places import PublicPlace
from tests.conftest import city_wkt

pytestmark = pytest.mark.django_db


def refused(client: Client, query: str) -> dict[str, object]:
    answer = client.get(f"/ogc/collections/roads/items?{query}")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert len(answer.content) < 2_000
    return answer.json()


@pytest.mark.parametrize("slug", ["..", "%2e%2e", "pg_catalog.pg_shadow", "roads;drop table geo_user", "roаds", "made.trees", "roads'", "ROADS", "x" * 10_000])
def test_adv_042_only_a_slug_of_the_registry_is_a_collection(client: Client, slug: str) -> None:
    assert client.get(f"/ogc/collections/{slug}").status_code == 404
    assert client.get(f"/ogc/collections/{slug}/items").status_code == 404


@pytest.mark.parametrize("name", ["password", "__class__", "groups__permissions__codename", "@@version", "name'--", "id", "geom", "t.name", "x" * 10_000])
def test_adv_052_a_property_that_is_not_there_is_unknown(client: Client, name: str) -> None:
    answer = client.get("/ogc/collections/roads/items", {name: "1"})

    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_property")
    assert len(answer.content) < 2_000


@pytest.mark.parametrize("name", ["O'Brien", "Đặng Thùy Trâm", "100%_\\", "🌳", "İı", "a\u200bb"])
def test_adv_056_any_words_are_found_as_they_are(client: Client, name: str) -> None:
    with acting(by=None, because="names"):
        PublicPlace.objects.create(name=name, kind="market", geom=city_wkt("POINT", (0, 0)))
        PublicPlace.objects.create(name="another", kind="market", geom=city_wkt("POINT", (0, 0)))
    for form in ("NFC", "NFD"):
        found = client.get("/ogc/collections/public_places/items", {"name": unicodedata.normalize(form, name)}).json()
        assert [feature["properties"]["name"] for feature in found["features"]] == [name]


@pytest.mark.parametrize(
    "box",
    ["1,2,3", "1,2,3,4,5", "1,2,3,4,5,6,7", "NaN,0,1,1", "0,0,inf,1", "0,0,1e999,1", "0,2,1,1", "200,0,201,1", "0,-91,1,1", "a,b,c,d", "", ",,,", "1," * 400],
)
def test_adv_057_a_box_that_is_none_is_refused(client: Client, box: str) -> None:
    problem = refused(client, f"bbox={box}")

    assert (problem["code"], problem["parameter"]) == ("bad_request", "bbox")


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=-1", "limit=1000000000", "limit=1e3", "limit=ten", "limit=", "limit=٣", "cursor=7", "cursor=eyJmaWQiOjF9:x:y", "cursor="]
)
def test_adv_058_a_limit_or_cursor_that_is_none_is_refused(client: Client, query: str) -> None:
    problem = refused(client, query)

    assert (problem["code"], problem["parameter"]) == ("bad_request", query.split("=")[0])


@pytest.mark.parametrize("query", ["limit=5&limit=6", "name=a&name=b", "f=json&f=html", "bbox=0,0,1,1&bbox=0,0,1,1"])
def test_adv_060_a_parameter_given_twice_is_refused(client: Client, query: str) -> None:
    assert refused(client, query)["parameter"] == query.split("=")[0]


@pytest.mark.parametrize("box", ["NaN,1085000,590000,1086000", "589000,1085000,inf,1086000", "589000,-1e999,590000,1086000", "589000,1086000,590000,1085000"])
def test_adv_057_a_box_in_metres_is_one_too(client: Client, box: str) -> None:
    problem = refused(client, f"bbox={box}&bbox-crs=http://www.opengis.net/def/crs/EPSG/0/{CITY_SRID}")

    assert (problem["code"], problem["parameter"]) == ("bad_request", "bbox")
