"""A layer made, changed and removed over HTTP: by who may, on the revision they saw, without a way around a permission; its history outlives it."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client

from geo import tilegrid
from geo.acting import acting
from geo.models import Event, User
from layers.access import ANONYMOUS, scope_of
from layers.layer import registry
from layers.making import made
from layers.models import History, MadeLayer
from tests.conftest import JUNCTION, city_wkt
from tests.tiles.test_door import as_, decoded

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_registry")]
TREES: dict[str, Any] = {
    "title": {"vi": "Cây xanh", "en": "Trees"},
    "geometry": "Point",
    "fields": [
        {"name": "name", "vi": "Tên", "en": "Name"},
        {"name": "kind", "vi": "Loại", "choices": [{"value": "dau", "vi": "Dầu", "en": "Dipterocarp"}, {"value": "sao", "vi": "Sao", "en": "Hopea"}]},
        {"name": "height_m", "vi": "Cao", "en": "Height", "type": "float", "unit": "m"},
        {"name": "phone", "vi": "Điện thoại", "see": "see_land_users", "edit": "publish_edits"},
    ],
    "label": "name",
}
PLAIN = {**TREES, "fields": TREES["fields"][:3]}


@pytest.fixture
def clean_registry(db: None) -> Iterator[None]:
    yield
    MadeLayer.objects.all().delete()
    made.refresh()


def signed_in(people: dict[str, User], role: str) -> Client:
    client = Client()
    client.force_login(people[role])
    return client


def post(client: Client, body: dict[str, Any] = PLAIN, **changes: Any) -> Any:
    return client.post("/api/layers", {**body, **changes}, content_type="application/json")


def patch(client: Client, slug: str, revision: int | None = 1, **wanted: Any) -> Any:
    headers = {} if revision is None else {"If-Match": f'"v{revision}"'}
    return client.patch(f"/api/layers/{slug}", wanted, content_type="application/json", headers=headers)


def plant(heights: list[float | None], kind: str = "dau") -> None:
    with acting(by=None, because="planted"), connection.cursor() as cursor:
        for height in heights:
            shape = bytes(city_wkt("POINT", (0, 0)).ewkb)
            cursor.execute("insert into made.cay_xanh (name, kind, height_m, geom) values ('Cây', %s, %s, st_geomfromewkb(%s))", [kind, height, shape])


def entry(client: Client, slug: str = "cay_xanh") -> dict[str, Any] | None:
    return next((layer for layer in client.get("/api/layers").json()["layers"] if layer["slug"] == slug), None)


def test_an_officer_makes_a_layer_from_a_list_of_fields(people: dict[str, User]) -> None:
    client = signed_in(people, "officer")
    born = post(client)

    assert born.status_code == 201, born.content
    assert (born["Location"], born["ETag"]) == ("/api/layers/cay_xanh", '"v1"')
    shown = entry(client)
    assert shown is not None
    assert [(field["name"], field["type"], field["unit"]) for field in shown["fields"]] == [
        ("name", "text", ""),
        ("kind", "text", ""),
        ("height_m", "float", "m"),
    ]
    assert [choice["vi"] for choice in shown["fields"][1]["choices"]] == ["Dầu", "Sao"]
    lon, lat = JUNCTION
    tree = {"properties": {"name": "Cây sao", "kind": "oak"}, "geometry": {"type": "Point", "coordinates": [lon, lat]}}
    wrong = client.post("/api/layers/cay_xanh/features", tree, content_type="application/json")
    assert (wrong.status_code, wrong.json()["code"], wrong.json()["field"]) == (422, "invalid_value", "kind")
    assert MadeLayer.objects.get().owner == people["officer"]
    assert Event.objects.get(kind="layer.made").by == people["officer"]


@pytest.mark.parametrize(
    ("role", "status"), [(None, 401), ("operator", 403), ("field", 403), ("agency", 403), ("admin", 403), ("kiosk", 403), ("approver", 201)]
)
def test_only_who_may_make_layers_makes_one(role: str | None, status: int, people: dict[str, User]) -> None:
    assert post(signed_in(people, role) if role else Client()).status_code == status
    assert MadeLayer.objects.exists() is (status == 201)


def test_who_edits_rows_but_lacks_the_right_makes_no_layer_and_changes_none(people: dict[str, User]) -> None:
    post(signed_in(people, "approver"))
    role = people["officer"].roles.get()
    role.permissions = [code for code in role.permissions if code != "make_layers"]
    role.save()
    client = signed_in(people, "officer")

    assert post(client, slug="more").status_code == 403
    assert patch(client, "cay_xanh", title={"vi": "X"}).status_code == 403
    assert client.delete("/api/layers/cay_xanh", headers={"If-Match": '"v1"'}).status_code == 403
    assert client.get("/api/layers/cay_xanh").status_code == 403


def test_who_is_bounded_to_wards_or_layers_makes_none_and_removes_none(people: dict[str, User]) -> None:
    post(signed_in(people, "officer"))
    for bound in ({"wards": ["31340"], "edit_layers": []}, {"wards": [], "edit_layers": ["parcels"]}):
        User.objects.filter(pk=people["officer"].pk).update(**bound)
        client = signed_in(people, "officer")
        assert post(client, slug="more").status_code == 403
        assert patch(client, "cay_xanh", title={"vi": "X"}).status_code == 403
        assert client.delete("/api/layers/cay_xanh", headers={"If-Match": '"v1"'}).status_code == 403
    User.objects.filter(pk=people["officer"].pk).update(wards=[], edit_layers=["cay_xanh"])
    assert patch(signed_in(people, "officer"), "cay_xanh", title={"vi": "X"}).status_code == 200


def test_a_write_from_another_site_is_refused_before_anything_stands(people: dict[str, User]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(people["officer"])

    assert post(client).status_code == 403
    assert not MadeLayer.objects.exists()


HOSTILE = [
    {"slug": "../"},
    {"slug": "%2e%2e"},
    {"slug": "pg_catalog.pg_shadow"},
    {"slug": "parcel;drop"},
    {"slug": "раrcels"},
    {"slug": "style"},
    {"slug": "a_label"},
    {"slug": "A"},
    {"slug": "a" * 61},
    {"title": {"vi": "x" * 5_000}},
    {"title": {"vi": "abc\u202egnp.exe"}},
    {"title": {"vi": "Z" + "\u0301" * 40}},
    {"title": {"vi": "a\0b"}},
    {"geometry": "GeometryCollection"},
    {"geometry": "Point, 4326); drop table geo_user; --"},
    {"fields": [{"name": "geom"}]},
    {"fields": [{"name": "a"}, {"name": "a"}]},
    {"fields": [{"name": 'a" text); drop table geo_user; --'}]},
    {"fields": [{"name": "a", "type": "text; drop table geo_user"}]},
    {"fields": [{"name": "a", "unit": "\u202em"}]},
    {"fields": [{"name": "a", "see": "no_such"}]},
    {"fields": [{"name": "a", "edit": "no_such"}]},
    {"fields": [{"name": "a", "edit": False}]},
    {"fields": [{"name": "a", "type": "int", "choices": [{"value": "three"}]}]},
    {"fields": [{"name": "a", "choices": [{"value": "x"}, {"value": "x"}]}]},
    {"fields": [{"name": "a", "type": "json", "choices": [{"value": "x"}]}]},
    {"fields": [{"name": "a", "type": "date", "choices": [{"value": "2025-13-40"}]}]},
    {"label": "no_such_field"},
    {"see": "no_such"},
    {"edit": "no_such"},
    {"style": {"mode": "category", "field": "height_m"}},
    {"style": {"mode": "category", "field": "no_such"}},
    {"style": {"mode": "graduated", "field": "kind"}},
    {"style": {"mode": "graduated", "field": "height_m", "classes": 2}},
    {"style": {"mode": "graduated", "field": "height_m", "classes": 10}},
    {"style": {"mode": "graduated", "field": "height_m", "method": "fixed", "breaks": [3, 2, 1]}},
    {"style": {"mode": "simple", "color": "url(javascript:alert(1))"}},
]


@pytest.mark.parametrize("wrong", HOSTILE, ids=lambda one: ascii(one)[:60])
def test_adv_042_a_name_that_cannot_be_is_refused_and_nothing_stands(wrong: dict[str, Any], people: dict[str, User]) -> None:
    answer = post(signed_in(people, "officer"), **wrong)

    assert answer.status_code == 422, answer.content
    assert answer.json()["code"] in ("bad_name", "bad_field", "bad_style")
    assert not MadeLayer.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'made'")
        assert cursor.fetchone()[0] == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"owner": 1},
        {"revision": 7},
        {"style": {"mode": "simple", "paint": {"circle-color": ["get", "x"]}}},
        {"style": {"mode": "heatmap"}},
        {"style": {"mode": "graduated", "field": "height_m", "ramp": "jet"}},
        {"fields": [{"name": "a", "column": "secret"}]},
        {"fields": [{"name": f"f{n}"} for n in range(201)]},
        {"title": {}},
        {"because": "x" * 301},
    ],
    ids=lambda one: ascii(one)[:60],
)
def test_adv_097_a_body_with_what_nobody_asked_for_is_refused_whole(wrong: dict[str, Any], people: dict[str, User]) -> None:
    assert post(signed_in(people, "officer"), **wrong).status_code == 400
    assert not MadeLayer.objects.exists()


def test_a_slug_is_made_from_the_title_and_never_used_twice(people: dict[str, User]) -> None:
    client = signed_in(people, "officer")
    slugs = [post(client).json()["slug"], post(client).json()["slug"]]
    client.delete("/api/layers/cay_xanh", headers={"If-Match": '"v1"'})
    slugs.append(post(client).json()["slug"])

    assert slugs == ["cay_xanh", "cay_xanh_2", "cay_xanh_3"]
    assert post(client, slug="cay_xanh").json()["code"] == "conflict"
    assert post(client, slug="roads").json()["code"] == "conflict"


def test_two_windows_do_not_overwrite_each_other(people: dict[str, User]) -> None:
    first, second = signed_in(people, "officer"), signed_in(people, "approver")
    post(first)

    assert patch(first, "cay_xanh", revision=None, title={"vi": "A"}).status_code == 428
    assert patch(first, "cay_xanh", title={"vi": "Cây đường phố"})["ETag"] == '"v2"'
    stale = patch(second, "cay_xanh", title={"vi": "Cây công viên"})
    assert (stale.status_code, stale.json()["theirs"]["title"]["vi"]) == (412, "Cây đường phố")
    assert second.delete("/api/layers/cay_xanh", headers={"If-Match": '"v1"'}).status_code == 412
    assert entry(first)["title"]["vi"] == "Cây đường phố"


def test_a_field_joins_a_standing_layer_and_its_rows_are_still_there(people: dict[str, User]) -> None:
    client = signed_in(people, "officer")
    post(client)
    plant([3.0])
    new = {"name": "note", "vi": "Ghi chú", "type": "text"}

    assert patch(client, "cay_xanh", fields=[{**new, "required": True}]).json()["code"] == "bad_field"
    assert patch(client, "cay_xanh", fields=[new, {"name": "height_m", "vi": "Chiều cao"}]).status_code == 200
    made.refresh()
    (tree,) = client.get("/api/layers/cay_xanh/features").json()["features"]
    assert tree["properties"]["note"] is None
    where = f"/api/layers/cay_xanh/features/{tree['id']}"
    done = client.patch(where, {"properties": {"note": "cành gãy"}}, content_type="application/json", headers={"If-Match": '"v1"'})
    assert done.json()["properties"]["note"] == "cành gãy"
    assert [field["title"]["vi"] for field in entry(client)["fields"]] == ["Tên", "Loại", "Chiều cao", "Ghi chú"]
    assert client.get("/api/search?q=canh gay").json()["results"][0]["layer"] == "cay_xanh"


@pytest.mark.parametrize("wrong", [{"name": "kind", "type": "int"}, {"name": "kind", "required": True}])
def test_a_field_stays_of_the_type_that_its_values_are(wrong: dict[str, Any], people: dict[str, User]) -> None:
    client = signed_in(people, "officer")
    post(client)
    answer = patch(client, "cay_xanh", fields=[wrong])

    assert (answer.status_code, answer.json()["code"]) == (422, "bad_field")


def test_a_hidden_field_is_seen_written_and_counted_by_nobody_else(people: dict[str, User]) -> None:
    officer, approver = signed_in(people, "officer"), signed_in(people, "approver")
    assert post(officer, TREES).status_code == 403
    assert post(approver, TREES).status_code == 201
    plant([3.0])
    made.refresh()
    (tree,) = officer.get("/api/layers/cay_xanh/features").json()["features"]
    where = f"/api/layers/cay_xanh/features/{tree['id']}"
    change = {"properties": {"phone": "0909"}}

    assert "phone" not in tree["properties"]
    assert officer.patch(where, change, content_type="application/json", headers={"If-Match": '"v1"'}).json()["code"] == "field_not_writable"
    assert approver.patch(where, change, content_type="application/json", headers={"If-Match": '"v1"'}).json()["properties"]["phone"] == "0909"
    assert officer.get("/api/layers/cay_xanh/values?field=phone").status_code == 404
    assert approver.get("/api/layers/cay_xanh/values?field=phone").json()["values"] == [{"value": "0909", "n": 1}]
    assert "phone" not in str(officer.get("/api/layers/cay_xanh").json())
    assert officer.get("/api/search?q=0909").json()["results"] == []


def test_nobody_takes_a_permission_away_that_they_do_not_hold(people: dict[str, User]) -> None:
    officer, approver = signed_in(people, "officer"), signed_in(people, "approver")
    post(approver, TREES)
    made.refresh()
    for wanted in (
        {"fields": [{"name": "phone", "see": None}]},
        {"fields": [{"name": "phone", "vi": "Số"}]},
        {"fields": [{"name": "height_m", "see": "see_land_users"}]},
        {"edit": "edit_wards"},
        {"see": None},
    ):
        assert patch(officer, "cay_xanh", **wanted).status_code == 403, wanted
    assert patch(officer, "cay_xanh", fields=[{"name": "height_m", "edit": "edit_land"}]).status_code == 200
    assert patch(approver, "cay_xanh", revision=2, edit="edit_wards").status_code == 200
    assert patch(officer, "cay_xanh", revision=3, edit="edit_assets").status_code == 403


def test_review_once_asked_for_is_ended_by_who_publishes(people: dict[str, User]) -> None:
    officer, approver = signed_in(people, "officer"), signed_in(people, "approver")
    post(officer, review=True)
    made.refresh()

    assert registry.known("cay_xanh").review
    assert patch(officer, "cay_xanh", review=False).status_code == 403
    assert patch(approver, "cay_xanh", review=False).status_code == 200


def test_a_layer_that_may_not_be_seen_is_missing_and_one_of_the_source_is_not_changed(people: dict[str, User]) -> None:
    approver, officer = signed_in(people, "approver"), signed_in(people, "officer")
    post(approver, see="see_land_users")
    made.refresh()
    for ask in (
        lambda slug: patch(officer, slug, title={"vi": "X"}),
        lambda slug: officer.delete(f"/api/layers/{slug}", headers={"If-Match": '"v1"'}),
        lambda slug: officer.get(f"/api/layers/{slug}"),
        lambda slug: officer.get(f"/api/layers/{slug}/values?field=name"),
    ):
        hidden, never = ask("cay_xanh"), ask("never_was")
        assert hidden.status_code == never.status_code == 404
        assert {**hidden.json(), "request_id": ""} == {**never.json(), "request_id": ""}
        assert ask("incidents").status_code == 404
    assert patch(officer, "roads", title={"vi": "X"}).status_code == 403


def test_kinds_are_drawn_in_colours_of_their_own(people: dict[str, User]) -> None:
    client = signed_in(people, "officer")
    post(client, style={"mode": "category", "field": "kind"})

    shown = entry(client)
    assert [row["label"]["vi"] for row in shown["legend"]] == ["Dầu", "Sao", "Khác"]
    assert shown["style"][0]["paint"]["circle-color"][:3] == ["match", ["get", "kind"], "dau"]


def test_classes_of_a_number_are_cut_where_the_rows_say_and_stay_there(people: dict[str, User]) -> None:
    client = signed_in(people, "officer")
    post(client)
    plant([float(height) for height in range(1, 101)])
    told = patch(client, "cay_xanh", style={"mode": "graduated", "field": "height_m", "classes": 4, "ramp": "magma"}).json()

    assert told["style"]["breaks"] == pytest.approx([25.75, 50.5, 75.25])
    assert told["legend"][0]["label"]["vi"] == "75,3 – 100 m" or told["legend"][0]["label"]["vi"] == "75,2 – 100 m"
    plant([1_000.0] * 100)
    made.refresh()
    assert client.get("/api/layers/cay_xanh").json()["style"]["breaks"] == told["style"]["breaks"]


def test_a_style_by_a_field_that_not_everybody_sees_would_tell_it_and_is_refused(people: dict[str, User]) -> None:
    client = signed_in(people, "approver")
    post(client, TREES)
    for wanted in ({"style": {"mode": "category", "field": "phone"}}, {"label": "phone"}, {"fields": [{"name": "name", "see": "see_land_users"}]}):
        assert patch(client, "cay_xanh", **wanted).json()["code"] == "bad_style"


def test_values_are_told_with_their_counts_and_a_number_with_its_spread(people: dict[str, User]) -> None:
    client = signed_in(people, "officer")
    post(client)
    plant([1.0, 2.0, 3.0, None])
    plant([4.0], kind="sao")
    made.refresh()

    assert client.get("/api/layers/cay_xanh/values?field=kind").json()["values"] == [{"value": "dau", "n": 4}, {"value": "sao", "n": 1}]
    told = client.get("/api/layers/cay_xanh/values?field=height_m").json()
    assert (told["min"], told["max"], told["count"], told["empty"], told["unit"]) == (1.0, 4.0, 4, 1, "m")
    assert told["quantiles"][10] == pytest.approx(2.5, abs=0.01)
    assert sorted(told["natural"], key=int) == [str(classes) for classes in range(3, 10)]
    assert all(len(bounds) == int(classes) - 1 for classes, bounds in told["natural"].items())
    assert client.get("/api/layers/cay_xanh/values?field=geom").status_code == 404


def test_a_removed_layer_is_gone_at_every_door_and_its_rows_are_in_the_history(people: dict[str, User]) -> None:
    client = signed_in(people, "officer")
    post(client)
    plant([3.0, 4.0])
    made.refresh()
    assert (
        client.delete("/api/layers/cay_xanh", {"because": "đã có lớp khác"}, content_type="application/json", headers={"If-Match": '"v1"'}).status_code == 200
    )

    assert entry(client) is None
    for door in ("/api/layers/cay_xanh/features", "/api/layers/cay_xanh", "/ogc/collections/cay_xanh", "/api/layers/cay_xanh/values?field=kind"):
        assert client.get(door).status_code == 404, door
    kept = History.objects.filter(layer="cay_xanh", op="delete").order_by("fid")
    assert [(one.because, one.row_before["height_m"], one.by_id) for one in kept] == [("đã có lớp khác", height, people["officer"].pk) for height in (3.0, 4.0)]
    made.refresh()
    assert registry.get("cay_xanh") is None


def test_a_removed_layer_is_still_read_as_it_was_by_who_saw_it_and_by_nobody_else(people: dict[str, User]) -> None:
    client, stranger = signed_in(people, "officer"), Client()
    post(client)
    plant([3.0, 4.0])
    made.refresh()
    with connection.cursor() as cursor:
        cursor.execute("select clock_timestamp()")
        while_it_stood = cursor.fetchone()[0]
    client.delete("/api/layers/cay_xanh", {"because": "gộp lớp"}, content_type="application/json", headers={"If-Match": '"v1"'})
    told = client.get("/api/layers").json()
    moment = quote(while_it_stood.isoformat())
    x, y = tilegrid.tile_of(*JUNCTION, 14)
    tile = f"/tiles/cay_xanh/14/{x}/{y}.mvt"

    assert [one["slug"] for one in told["removed"]] == ["cay_xanh"]
    assert stranger.get("/api/layers").json()["removed"] == []
    for door in (f"/api/layers/cay_xanh/features?as_of={moment}", f"/ogc/collections/cay_xanh/items?f=json&as_of={moment}"):
        assert sorted(one["properties"]["height_m"] for one in client.get(door).json()["features"]) == [3.0, 4.0]
        assert stranger.get(door).status_code == 404
    assert len(decoded(as_(scope_of(people["officer"])).get(tile, f"as_of={moment}")[2])["cay_xanh"]["features"]) == 2
    assert as_(ANONYMOUS).get(tile, f"as_of={moment}")[0] == as_(scope_of(people["officer"])).get(tile)[0] == 404
    fid = client.get(f"/api/layers/cay_xanh/features?as_of={moment}").json()["features"][0]["id"]
    history = client.get(f"/api/layers/cay_xanh/features/{fid}/history").json()["items"]
    assert (history[0]["op"], history[0]["because"]) == ("delete", "gộp lớp")
    assert client.get("/api/layers/cay_xanh/history").json()["items"][0]["deleted"] == 2
    # Nothing can be written to what is no longer there.
    new = {"properties": {"name": "X"}, "geometry": {"type": "Point", "coordinates": list(JUNCTION)}}
    assert client.post("/api/layers/cay_xanh/features", new, content_type="application/json").status_code == 404
    back = {"edits": [{"layer": "cay_xanh", "op": "restore", "fid": fid, "version": 2, "to_version": 1}]}
    assert client.post("/api/edits", back, content_type="application/json").status_code == 404
