"""OGC API Features: what a standard client is told, what it is refused, and that it gets every feature that was imported."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from pyproj import Transformer

from geo.acting import acting
from geo.crs import CITY_SRID
from geo.models import Token, User
from layers.files.importing import Wish, import_file
from layers.layer import Field, registry
from layers.library.public_places import PublicPlace
from layers.library.wards import AdminUnit
from layers.making import made
from layers.models import MadeLayer
from tests.conftest import JUNCTION, city_wkt
from tests.elsewhere import ROOT, environment, once_it_is_there, serving
from tests.real_data import real

CORE = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core"


def get(client: Client, path: str, **query: Any) -> dict[str, Any]:
    answer = client.get(path, query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def links(body: dict[str, Any]) -> dict[str, str]:
    """The JSON link of each relation."""
    return {link["rel"]: link["href"] for link in body["links"] if "json" in link["type"]}


@pytest.fixture
def places(db: None) -> list[int]:
    """Twenty-five places, ten metres apart, in an order of their own."""
    with acting(by=None, because="places"):
        return [PublicPlace.objects.create(name=f"Chợ {n:02d}", kind="market", geom=city_wkt("POINT", (n * 10, 0))).pk for n in range(25)]


@pytest.mark.django_db
def test_a_client_finds_its_way_from_the_landing_page_to_a_feature(client: Client, places: list[int]) -> None:
    landing = get(client, "/ogc/")
    assert {"self", "conformance", "data", "service-desc"} <= links(landing).keys()
    assert CORE in get(client, links(landing)["conformance"])["conformsTo"]
    collections = get(client, links(landing)["data"])["collections"]
    place = next(one for one in collections if one["id"] == "public_places")
    page = get(client, links(place)["items"])

    assert page["type"] == "FeatureCollection"
    assert (page["numberMatched"], page["numberReturned"]) == (25, 25)
    feature = page["features"][0]
    assert (feature["id"], feature["properties"]["name"]) == (places[0], "Chợ 00")
    assert feature["geometry"]["coordinates"] == pytest.approx(JUNCTION, abs=1e-7)
    answer = client.get(f"/ogc/collections/public_places/items/{places[0]}")
    assert (answer.json()["id"], answer["Content-Type"], answer["ETag"]) == (places[0], "application/geo+json", '"v1"')
    assert client.get(links(landing)["service-desc"])["Content-Type"] == "application/vnd.oai.openapi+json;version=3.0"


@pytest.mark.django_db
def test_pages_follow_each_other_without_a_gap_while_rows_come_and_go(client: Client, places: list[int]) -> None:
    page = get(client, "/ogc/collections/public_places/items", limit=7)
    found = [feature["id"] for feature in page["features"]]
    with acting(by=None, because="while it is read"):
        PublicPlace.objects.filter(pk=places[2]).delete()
        PublicPlace.objects.create(name="Mới", kind="market", geom=city_wkt("POINT", (0, 90)))
    while "next" in links(page):
        page = get(client, links(page)["next"])
        assert page["numberReturned"] <= 7
        found += [feature["id"] for feature in page["features"]]

    assert found[:25] == places
    assert len(found) == len(set(found)) == 26


@pytest.mark.django_db
def test_links_are_right_behind_any_name_of_the_host(places: list[int], settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["map.example.vn"]
    body = Client(headers={"host": "map.example.vn"}).get("/ogc/collections/public_places/items?limit=3").json()

    assert {urlsplit(link["href"]).netloc for link in body["links"]} == {"map.example.vn"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("box", "count"),
    [
        ("105.8149,9.8164,105.8151,9.8166", 2),
        ("-180,-90,180,90", 25),
        ("105.8149,9.8164,0,105.8151,9.8166,100", 2),
        ("0,0,1,1", 0),
        ("170,-10,106,20", 25),
        ("105.9,9,105.8,10", 0),
        ("105.9,9,105.83,10", 25),
    ],
)
def test_a_box_finds_what_touches_it(client: Client, places: list[int], box: str, count: int) -> None:
    assert get(client, "/ogc/collections/public_places/items", bbox=box)["numberMatched"] == count


@pytest.mark.django_db
def test_coordinates_come_in_the_crs_that_is_asked_for_in_the_order_of_its_authority(client: Client, places: list[int]) -> None:
    """Part 2: EPSG:4326 has latitude first; pyproj knows for each what comes first."""
    codes = (4326, CITY_SRID, 3857)
    expected = {f"EPSG/0/{code}": Transformer.from_crs(4326, code).transform(*JUNCTION[::-1]) for code in codes} | {"OGC/1.3/CRS84": JUNCTION}
    assert expected["EPSG/0/4326"] == JUNCTION[::-1]
    for name, coordinates in expected.items():
        uri = f"http://www.opengis.net/def/crs/{name}"
        answer = client.get("/ogc/collections/public_places/items", {"crs": uri, "limit": 1})
        assert answer["Content-Crs"] == f"<{uri}>"
        assert answer.json()["features"][0]["geometry"]["coordinates"] == pytest.approx(coordinates, rel=1e-9)
        first, second = coordinates
        side = 0.00005 if abs(first) < 200 else 5
        box = f"{first - side},{second - side},{first + side},{second + side}"
        assert get(client, "/ogc/collections/public_places/items", bbox=box, **{"bbox-crs": uri})["numberMatched"] == 1
        assert client.get(f"/ogc/collections/public_places/items/{places[0]}", {"crs": uri})["Content-Crs"] == f"<{uri}>"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "codes"),
    [
        ("2024-01-01T00:00:00Z", {"old"}),
        ("2025-07-01", {"new"}),
        ("2025-06-30", {"old"}),
        ("2020-01-01T00:00:00Z/2030-01-01T00:00:00Z", {"old", "new"}),
        ("../2025-06-30T16:59:59Z", {"old"}),
        ("../2025-06-30T17:00:00Z", {"old", "new"}),
        ("2025-06-30T17:00:00Z/..", {"new"}),
        ("../..", {"old", "new"}),
    ],
)
def test_datetime_finds_the_units_that_were_valid_then(client: Client, asked: str, codes: set[str]) -> None:
    """A day begins at midnight in the city: 1 July 2025 is 17:00 UTC of 30 June."""
    shape = city_wkt("MULTIPOLYGON", (0, 0), (100, 0), (100, 100), (0, 0))
    with acting(by=None, because="two generations"):
        AdminUnit.objects.create(code="old", name="Hiệp Lợi", kind="xa", valid_from=date(2009, 4, 1), valid_until=date(2025, 7, 1), geom=shape)
        AdminUnit.objects.create(code="new", name="Đại Thành", kind="phuong", valid_from=date(2025, 7, 1), geom=shape)

    assert {feature["properties"]["code"] for feature in get(client, "/ogc/collections/wards/items", datetime=asked)["features"]} == codes


@pytest.mark.django_db
def test_a_property_is_asked_for_by_its_name_and_type(client: Client, town: dict[str, Any]) -> None:
    assert get(client, "/ogc/collections/roads/items", road_class="alley", oneway="false")["numberMatched"] == 1
    assert get(client, "/ogc/collections/roads/items", name="Hùng Vương")["features"][0]["id"] == town["street"].pk
    assert get(client, "/ogc/collections/roads/items", name="O'Brien%_\\")["numberMatched"] == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query",
    [
        "datetime=yesterday", "datetime=2025-13-01", "datetime=2025-07-01T00:00:00", "datetime=2026-01-01/2025-01-01", "datetime=a/b/c", "datetime=",
        "crs=EPSG:4326", "bbox-crs=http://www.opengis.net/def/crs/EPSG/0/4326", "f=xml", "width_m=wide", "oneway=maybe", "name=%00",
    ],
)  # fmt: skip
def test_a_parameter_that_cannot_be_is_a_problem_with_a_code(client: Client, query: str) -> None:
    answer = client.get(f"/ogc/collections/roads/items?{query}")

    assert (answer.status_code, answer["Content-Type"], answer.json()["code"]) == (400, "application/problem+json", "bad_request")
    assert answer.json()["parameter"] == query.split("=")[0]


@pytest.mark.django_db
def test_what_a_caller_may_not_see_is_as_missing_as_what_never_was(client: Client, people: dict[str, User], town: dict[str, Any]) -> None:
    missing = client.get("/ogc/collections/no_such_layer").json() | {"request_id": ""}
    for path in ("parcels", "parcels/items", "parcels/queryables", "parcels/schema", f"parcels/items/{town['parcel'].pk}", "elevation"):
        answer = client.get(f"/ogc/collections/{path}")
        assert (answer.status_code, answer.json() | {"request_id": ""}) == (404, missing)
    assert "parcels" not in {one["id"] for one in get(client, "/ogc/collections")["collections"]}
    assert "/collections/parcels" not in client.get("/ogc/api").json()["paths"]

    client.force_login(people["officer"])
    feature = get(client, f"/ogc/collections/parcels/items/{town['parcel'].pk}")
    assert "land_user_name" not in feature["properties"]
    assert "land_user_name" not in get(client, "/ogc/collections/parcels/queryables")["properties"]
    assert client.get("/ogc/collections/parcels/items?land_user_name=Nguyễn Văn A").json()["code"] == "unknown_property"


@pytest.mark.django_db
def test_a_cursor_belongs_to_one_caller_and_one_layer(client: Client, people: dict[str, User], places: list[int]) -> None:
    follow = links(get(client, "/ogc/collections/public_places/items", limit=7))["next"]

    assert client.get(follow).status_code == 200
    assert client.get(follow.replace("public_places", "roads")).status_code == 400
    client.force_login(people["officer"])
    assert client.get(follow).status_code == 400


@pytest.mark.django_db
def test_pages_for_people_are_escaped(client: Client) -> None:
    with acting(by=None, because="a hostile name"):
        PublicPlace.objects.create(name="<script>alert(1)</script>", kind='"><img src=x>', geom=city_wkt("POINT", (0, 0)))
    for path in (
        "/ogc/",
        "/ogc/collections",
        "/ogc/collections/public_places",
        "/ogc/collections/public_places/items",
        "/ogc/collections/public_places/schema",
    ):
        answer = client.get(path, headers={"accept": "text/html,application/xhtml+xml"})
        assert answer["Content-Type"].startswith("text/html")
        assert b"<script" not in answer.content and b"<img" not in answer.content
    assert "&lt;script&gt;" in client.get("/ogc/collections/public_places/items?f=html").content.decode()


@pytest.mark.django_db
def test_a_method_that_is_not_offered_says_which_are(client: Client) -> None:
    for path, allowed in (("", "GET, HEAD, OPTIONS"), ("collections/roads/items", "GET, HEAD, OPTIONS")):
        answer = Client(enforce_csrf_checks=True).delete(f"/ogc/{path}")
        assert (answer.status_code, answer.json()["code"], answer["Allow"]) == (405, "method_not_allowed", allowed)


@pytest.mark.django_db
def test_a_feature_is_created_replaced_changed_and_deleted_on_a_named_version(client: Client, people: dict[str, User]) -> None:
    """Part 4: the same rules, history and events as every other road."""
    _, secret = Token.issue(name="desk", user=people["officer"])
    bearer = {"Authorization": f"Bearer {secret}"}
    body = {"type": "Feature", "properties": {"name": "Chợ", "kind": "market", "address": "Lê Lợi"}, "geometry": {"type": "Point", "coordinates": JUNCTION}}
    born = client.post("/ogc/collections/public_places/items", body, content_type="application/geo+json", headers=bearer)
    assert (born.status_code, born["ETag"], born.json()["properties"]["name"]) == (201, '"v1"', "Chợ")
    where, json_ = born["Location"], {"content_type": "application/geo+json"}

    assert client.put(where, body, **json_, headers=bearer).status_code == 428
    replaced = client.put(where, body | {"properties": {"name": "Chợ mới", "kind": "market"}}, **json_, headers=bearer | {"If-Match": '"v1"'})
    assert (replaced.status_code, replaced["ETag"], replaced.json()["properties"]["address"] or "") == (200, '"v2"', "")
    changed = client.patch(where, {"properties": {"address": "Hùng Vương"}}, content_type="application/merge-patch+json", headers=bearer | {"If-Match": '"v2"'})
    assert changed.json()["properties"] == {"name": "Chợ mới", "kind": "market", "address": "Hùng Vương"}
    assert client.delete(where, headers=bearer | {"If-Match": '"v2"'}).status_code == 412
    assert client.delete(where, headers=bearer | {"If-Match": '"v3"'}).status_code == 204
    assert client.get(where).status_code == 404


@pytest.mark.django_db
def test_a_stranger_a_forgery_and_a_wrong_body_write_nothing(people: dict[str, User]) -> None:
    body = {"type": "Feature", "properties": {"name": "Chợ", "kind": "market"}, "geometry": {"type": "Point", "coordinates": JUNCTION}}
    client, where = Client(enforce_csrf_checks=True), "/ogc/collections/public_places/items"
    assert client.post(where, body, content_type="application/geo+json").json()["code"] == "not_signed_in"
    client.force_login(people["officer"])
    assert client.post(where, body, content_type="application/geo+json").json()["code"] == "forbidden"
    _, secret = Token.issue(name="desk", user=people["officer"])
    bearer = {"headers": {"Authorization": f"Bearer {secret}"}, "content_type": "application/geo+json"}
    for wrong, code in (
        (b"{", "bad_request"),
        (b"[" * 100_000, "bad_request"),
        (b'{"type": "FeatureCollection"}', "bad_request"),
        (b'{"type": "Feature", "properties": 3}', "bad_request"),
        (b'{"type": "Feature", "properties": {}, "geometry": null}', "empty"),
        (b'{"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [9.8, 105.8]}}', "out_of_extent"),
    ):
        assert Client().post(where, wrong, **bearer).json()["code"] == code
    assert Client().post("/ogc/collections/incidents/items", body, **bearer).status_code == 404
    assert Client().post(where, body, headers=bearer["headers"], content_type="text/plain").json()["code"] == "unsupported_media_type"
    assert not PublicPlace.objects.exists()


@pytest.mark.django_db
def test_every_layer_is_a_collection_with_items_queryables_and_schema(client: Client, people: dict[str, User]) -> None:
    client.force_login(people["approver"])
    for one in get(client, "/ogc/collections")["collections"]:
        assert get(client, links(one)["items"])["numberMatched"] == 0
        schema = get(client, f"/ogc/collections/{one['id']}/schema")
        assert {field.name for field in registry.get(one["id"]).fields if field.see is None} <= schema["properties"].keys()
        assert get(client, f"/ogc/collections/{one['id']}/queryables")["additionalProperties"] is False


READ_BY_GDAL = """
import json, pyogrio
frame = pyogrio.read_dataframe("OAPIF:%s/ogc/", layer="%s")
print(json.dumps([len(frame), sorted(frame[%r].astype(str)), frame.crs.to_epsg(), float(frame.to_crs(5897).area.sum())]))
"""


@pytest.fixture
def served(transactional_db: None) -> Iterator[str]:
    """The whole city as it is served, over the test's database."""
    try:
        with serving(environment()) as address:
            yield address
    finally:
        with connection.cursor() as cursor:
            for slug in MadeLayer.objects.values_list("slug", flat=True):
                cursor.execute(f'drop table made."{slug}"')
        MadeLayer.objects.all().delete()
        made.refresh()


def gdal(address: str, slug: str, name: str, **more: str) -> list[Any]:
    """A collection as GDAL's own OGC API client reads it, in a process of its own."""
    done = subprocess.run([sys.executable, "-c", READ_BY_GDAL % (address, slug, name)], cwd=ROOT, env=environment(**more), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.strip().splitlines()[-1])


@pytest.mark.django_db(transaction=True)
def test_gdal_reads_every_feature_that_was_imported_page_by_page(served: str) -> None:
    path = real("vn-admin/mekong4_communes_2009.geojson")
    names = sorted(feature["properties"]["commune_vn"] for feature in json.loads(path.read_text(encoding="utf-8"))["features"])
    # The server is running already: it has to notice the new layer by itself.
    report = import_file(wish=Wish(path, slug="communes", see=None), by=None, because="communes", at=timezone.now())
    assert once_it_is_there(f"{served}/ogc/collections/communes")["id"] == "communes"

    count, found, epsg, area_m2 = gdal(served, "communes", "commune_vn", OGR_OAPIF_PAGE_SIZE="50")
    assert (count, epsg) == (377, CITY_SRID)
    assert found == names
    assert area_m2 == pytest.approx(report.told["area_m2"], rel=1e-6)


@pytest.mark.django_db(transaction=True)
def test_gdal_sees_a_staff_layer_with_a_token_and_not_without(served: str, people: dict[str, User]) -> None:
    with acting(by=None, because="wells"):
        made.make(slug="wells", vi="Giếng", en="Wells", geometry_type="Point", fields=[Field("name", "Tên", "Name")], at=timezone.now())
        with connection.cursor() as cursor:
            cursor.execute("insert into made.wells (name, geom) values ('Giếng 1', st_geomfromewkb(%s))", [bytes(city_wkt("POINT", (0, 0)).ewkb)])
    _, secret = Token.issue(name="desk", user=people["officer"])
    made.refresh()
    bearer = f"Bearer {secret}"
    assert once_it_is_there(f"{served}/ogc/collections/wells/items", Authorization=bearer)["numberMatched"] == 1

    assert gdal(served, "wells", "name", GDAL_HTTP_AUTH="BEARER", GDAL_HTTP_BEARER=secret)[:2] == [1, ["Giếng 1"]]
    with pytest.raises(AssertionError, match=r"wells|404"):
        gdal(served, "wells", "name")
