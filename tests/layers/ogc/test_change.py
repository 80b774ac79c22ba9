"""Part 4 as a desktop program uses it: what it is offered, in whose coordinates it writes, and on what it must have seen."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pyproj import Transformer

from geo.acting import acting
from geo.crs import CITY_SRID
from geo.models import Token, User
from layers.library.public_places import PublicPlace
from layers.models import History
from layers.ogc import seen as ogc_seen
from tests.conftest import JUNCTION, city_wkt

pytestmark = pytest.mark.django_db
ITEMS = "/ogc/collections/public_places/items"
BODY = {"type": "Feature", "properties": {"name": "Chợ", "kind": "market"}, "geometry": {"type": "Point", "coordinates": JUNCTION}}
MERGE = "application/merge-patch+json"


def desk(person: User) -> Client:
    """A program with a token and a jar for cookies."""
    return Client(headers={"Authorization": f"Bearer {Token.issue(name='desk', user=person)[1]}"})


@pytest.fixture
def place(db: None) -> PublicPlace:
    with acting(by=None, because="a place"):
        return PublicPlace.objects.create(name="Chợ", kind="market", address="Lê Lợi", geom=city_wkt("POINT", (0, 0)))


def test_who_may_do_what_is_told_before_it_is_tried(people: dict[str, User], place: PublicPlace, town: dict[str, Any]) -> None:
    """OPTIONS and Allow, per caller: also of a feature that is not there, or the answer would tell which are."""
    officer, one = desk(people["officer"]), f"{ITEMS}/{place.pk}"
    reads = "GET, HEAD, OPTIONS"
    for client, path, allowed in (
        (Client(), ITEMS, reads), (Client(), one, reads), (desk(people["field"]), ITEMS, reads),
        (officer, ITEMS, f"{reads}, POST"), (officer, one, f"{reads}, PUT, PATCH, DELETE"), (officer, f"{ITEMS}/unknown_id", f"{reads}, PUT, PATCH, DELETE"),
        (officer, "/ogc/", reads), (officer, "/ogc/collections/public_places", reads),
        (officer, "/ogc/collections/parcels/items", reads),
    ):  # fmt: skip
        answer = client.options(path)
        assert (answer.status_code, answer["Allow"], answer.content) == (204, allowed, b""), path
    assert Client().options("/ogc/collections/parcels/items").status_code == Client().options("/ogc/collections/none/items").status_code == 404
    assert officer.trace(ITEMS).status_code == 405


def test_a_shape_is_written_in_the_crs_that_it_says_and_answered_in_it(people: dict[str, User]) -> None:
    """Part 2 on writes; QGIS leaves the brackets out."""
    officer = desk(people["officer"])
    for code in (4326, CITY_SRID, 3857):
        uri = f"http://www.opengis.net/def/crs/EPSG/0/{code}"
        given = BODY | {"geometry": {"type": "Point", "coordinates": Transformer.from_crs(4326, code).transform(*JUNCTION[::-1])}}
        for header in (f"<{uri}>", uri):
            born = officer.post(ITEMS, given, content_type="application/geo+json", headers={"Content-Crs": header})
            assert (born.status_code, born["Content-Crs"]) == (201, f"<{uri}>"), born.content
            assert born.json()["geometry"]["coordinates"] == pytest.approx(given["geometry"]["coordinates"], rel=1e-9)
            assert "crs" not in born.json()["geometry"]
            assert officer.get(born["Location"]).json()["geometry"]["coordinates"] == pytest.approx(JUNCTION, abs=1e-7)
    assert officer.post(ITEMS, BODY, content_type="application/geo+json", headers={"Content-Crs": "<EPSG:4326>"}).json()["parameter"] == "Content-Crs"
    swapped = officer.post(ITEMS, BODY, content_type="application/geo+json", headers={"Content-Crs": "<http://www.opengis.net/def/crs/EPSG/0/4326>"})
    assert (swapped.status_code, swapped.json()["code"], swapped.json()["swapped"]) == (422, "out_of_extent", True)


def test_a_feature_that_was_read_is_sent_back_whole_although_not_all_of_it_may_be_changed(people: dict[str, User], place: PublicPlace) -> None:
    officer = desk(people["officer"])
    read = officer.get(f"{ITEMS}/{place.pk}")
    back = read.json() | {"properties": read.json()["properties"] | {"name": "Chợ mới"}}
    answer = officer.put(f"{ITEMS}/{place.pk}", back, content_type="application/geo+json", headers={"If-Match": read["ETag"]})

    assert (answer.status_code, answer.json()["properties"]["name"], answer.json()["properties"]["address"]) == (200, "Chợ mới", "Lê Lợi")


def test_why_and_by_which_paper_may_stand_in_the_address(people: dict[str, User], place: PublicPlace) -> None:
    answer = desk(people["officer"]).patch(
        f"{ITEMS}/{place.pk}?because=đo lại&document=12/QĐ-UBND", {"properties": {"name": "Chợ 2"}}, content_type=MERGE, headers={"If-Match": '"v1"'}
    )

    kept = History.objects.filter(layer="public_places", fid=place.pk).latest("id")
    assert (answer.status_code, kept.because, kept.by_id) == (200, "đo lại", people["officer"].pk)


def test_a_number_that_may_have_a_fraction_shows_one_and_is_described_as_such(client: Client, people: dict[str, User], town: dict[str, Any]) -> None:
    assert b'"width_m":12.0,' in client.get("/ogc/collections/roads/items").content
    assert b'"width_m":12.0' in client.get(f"/ogc/collections/roads/items/{town['street'].pk}").content
    links = {link["rel"]: link["href"] for link in client.get("/ogc/collections/roads").json()["links"] if "schema" in link["type"]}
    flat = client.get(links["http://www.opengis.net/def/rel/ogc/1.0/schema"]).json()["properties"]
    whole = client.get(links["describedby"]).json()["properties"]["properties"]["properties"]
    assert (flat["width_m"]["type"], whole["width_m"]["type"], flat["width_m"]["readOnly"]) == ("number", "number", True)
    officer = desk(people["officer"]).get("/ogc/collections/public_places/schema").json()["properties"]
    assert "readOnly" not in officer["address"] and officer["fid"]["readOnly"]


def test_a_layer_under_review_takes_nothing_at_once(people: dict[str, User], town: dict[str, Any]) -> None:
    answer = desk(people["officer"]).patch(
        f"/ogc/collections/parcels/items/{town['parcel'].pk}", {"properties": {"land_use": "ONT"}}, content_type=MERGE, headers={"If-Match": '"v1"'}
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "review_required")


# A program that cannot say If-Match.


def patch(client: Client, place: PublicPlace, **properties: Any) -> Any:
    return client.patch(f"{ITEMS}/{place.pk}", {"properties": properties}, content_type=MERGE)


def changed_by_somebody_else(place: PublicPlace, by: User, **properties: Any) -> None:
    with acting(by=by, because="somebody else"):
        PublicPlace.objects.filter(pk=place.pk).update(version=PublicPlace.objects.get(pk=place.pk).version + 1, **properties)


def test_without_if_match_and_without_having_read_nothing_is_changed(people: dict[str, User], place: PublicPlace) -> None:
    officer = desk(people["officer"])
    assert patch(officer, place, name="x").status_code == 428
    assert officer.delete(f"{ITEMS}/{place.pk}").status_code == 428


def test_a_program_that_keeps_cookies_changes_what_it_has_read(people: dict[str, User], place: PublicPlace) -> None:
    """Twice in a row, attribute and shape apart, as QGIS saves them; then it deletes."""
    officer = desk(people["officer"])
    assert ogc_seen.COOKIE in officer.get(ITEMS).cookies
    assert ogc_seen.COOKIE not in officer.get(ITEMS).cookies
    assert patch(officer, place, name="Chợ 2").json()["properties"]["name"] == "Chợ 2"
    moved = officer.patch(f"{ITEMS}/{place.pk}", {"geometry": {"type": "Point", "coordinates": [105.8151, 9.8166]}}, content_type=MERGE)
    assert (moved.status_code, moved["ETag"]) == (200, '"v3"')
    assert patch(officer, place, name="Chợ 3")["ETag"] == '"v4"'
    assert officer.delete(f"{ITEMS}/{place.pk}").status_code == 204
    assert set(History.objects.filter(layer="public_places", fid=place.pk, by_id=people["officer"].pk).values_list("op", flat=True)) >= {"update", "delete"}


def test_what_somebody_else_changed_meanwhile_is_kept_or_refused_never_lost(people: dict[str, User], place: PublicPlace) -> None:
    officer = desk(people["officer"])
    officer.get(ITEMS)
    changed_by_somebody_else(place, people["admin"], address="Hùng Vương")

    merged = patch(officer, place, name="Chợ 2")
    assert (merged.status_code, merged.json()["properties"]["address"], merged.json()["properties"]["name"]) == (200, "Hùng Vương", "Chợ 2")
    stale = patch(officer, place, address="Lê Lai")
    assert (stale.status_code, stale.json()["code"], stale.json()["clashes"]) == (412, "stale", ["address"])
    assert officer.delete(f"{ITEMS}/{place.pk}").status_code == 412
    place.refresh_from_db()
    assert (place.address, place.name) == ("Hùng Vương", "Chợ 2")


def test_a_feature_made_by_somebody_else_after_the_first_read_can_be_changed_but_not_what_was_changed_of_it(
    people: dict[str, User], place: PublicPlace
) -> None:
    officer, other = desk(people["officer"]), desk(people["approver"])
    officer.get(ITEMS)
    with acting(by=people["admin"], because="later"):
        later = PublicPlace.objects.create(name="Mới", kind="market", geom=city_wkt("POINT", (5, 5)))
    assert patch(officer, later, name="Mới 2").status_code == 200
    changed_by_somebody_else(later, people["admin"], name="Mới 3")
    assert patch(officer, later, name="Mới 4").status_code == 412
    assert patch(other, later, name="x").status_code in (403, 428)


def test_adv_060_a_moment_of_somebody_else_another_layer_or_yesterday_is_none(people: dict[str, User], place: PublicPlace, monkeypatch: Any) -> None:
    officer, second = desk(people["officer"]), User.objects.create_user(username="second", password="a long enough word")
    second.roles.set(people["officer"].roles.all())
    cookie = officer.get(ITEMS).cookies[ogc_seen.COOKIE].value
    for forged in (
        "",
        "x",
        cookie[:-1] + ("A" if cookie[-1] != "A" else "B"),
        desk(people["officer"]).get("/ogc/collections/roads/items").cookies[ogc_seen.COOKIE].value,
    ):
        stranger = desk(people["officer"])
        stranger.cookies[ogc_seen.COOKIE] = forged
        assert patch(stranger, place, name="x").status_code == 428, forged
    theirs = desk(second)
    theirs.cookies[ogc_seen.COOKIE] = cookie
    assert patch(theirs, place, name="x").status_code == 428
    monkeypatch.setattr(ogc_seen, "LASTS", timedelta(0))
    assert patch(officer, place, name="x").status_code == 428


def test_a_session_in_a_browser_is_given_no_such_moment(people: dict[str, User], place: PublicPlace) -> None:
    client = Client()
    client.force_login(people["officer"])
    assert ogc_seen.COOKIE not in client.get(ITEMS).cookies
    assert ogc_seen.COOKIE not in Client().get(ITEMS).cookies
    assert ogc_seen.COOKIE not in desk(people["field"]).get(ITEMS).cookies
