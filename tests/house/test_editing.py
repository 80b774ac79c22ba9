"""Editing over HTTP: as the wrong person, twice, stale, from two windows at once, and over a boundary."""

import json
import threading
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from geo import events
from geo.acting import acting
from geo.models import User
from layers.layer import Field, registry
from layers.library.hydrants import Hydrant
from layers.library.parcels import Parcel
from layers.library.roads import Road
from layers.library.wards import AdminUnit
from layers.making import made
from tests.conftest import JUNCTION, city_wkt

pytestmark = pytest.mark.django_db
WEST = ((-500, -500), (0, -500), (0, 500), (-500, 500), (-500, -500))
EAST = ((0, -500), (500, -500), (500, 500), (0, 500), (0, -500))


def lonlat(*offsets_m: tuple[float, float]) -> list[list[float]]:
    found = []
    for offset in offsets_m:
        point = city_wkt("POINT", offset)
        point.transform(4326)
        found.append([point.x, point.y])
    return found


def point(east_m: float, north_m: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": lonlat((east_m, north_m))[0]}


def as_(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def address(layer: str, fid: int | None = None, tail: str = "") -> str:
    return f"/api/layers/{layer}/features" + (f"/{fid}" if fid is not None else "") + tail


def patch(client: Client, layer: str, fid: int, version: int | str | None, **change: Any) -> Any:
    headers = {} if version is None else {"If-Match": f'"v{version}"' if isinstance(version, int) else version}
    return client.patch(address(layer, fid), change, content_type="application/json", headers=headers)


def post(client: Client, layer: str, **change: Any) -> Any:
    return client.post(address(layer), change, content_type="application/json")


@pytest.fixture
def hydrant(db: None) -> Hydrant:
    with acting(by=None, because="test"):
        return Hydrant.objects.create(asset_code="TN-1", geom=city_wkt("POINT", (100, 0)))


@pytest.fixture
def wards(db: None) -> None:
    with acting(by=None, because="test"):
        for code, square in (("W", WEST), ("E", EAST)):
            AdminUnit.objects.create(code=code, name=code, kind="phuong", valid_from=date(2025, 7, 1), geom=city_wkt("MULTIPOLYGON", *square))


@pytest.fixture
def unreviewed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Layers that ask for a second person, as if they did not: what is tested here lies behind that door."""
    for slug in ("parcels", "wards"):
        monkeypatch.setattr(registry.known(slug), "review", False)


def test_a_layer_with_review_refuses_a_direct_change_of_anybody(people: dict[str, User], town: dict) -> None:
    for person in ("officer", "approver"):
        answer = patch(as_(people[person]), "parcels", town["parcel"].pk, 1, properties={"status": "disputed"})
        assert (answer.status_code, answer.json()["code"]) == (409, "review_required")
    assert Parcel.objects.get(pk=town["parcel"].pk).version == 1


def test_a_change_is_a_new_version_with_its_reason_and_its_event(people: dict[str, User], hydrant: Hydrant) -> None:
    officer = as_(people["officer"])
    answer = patch(officer, "hydrants", hydrant.pk, 1, properties={"condition": 2, "flow_lps": 12.5}, geometry=point(110, 0), because="đo lại")

    assert (answer.status_code, answer["ETag"], answer.json()["version"]) == (200, '"v2"', 2)
    assert answer.json()["properties"]["condition"] == 2
    assert answer.json()["geometry"]["coordinates"] == pytest.approx(point(110, 0)["coordinates"], abs=1e-8)
    kept, made = officer.get(address("hydrants", hydrant.pk, "/history")).json()["items"]
    assert (made["version"], made["by"], made["because"], made["op"]) == (1, None, "test", "insert")
    assert (kept["version"], kept["by"], kept["because"], kept["op"]) == (2, "officer", "đo lại", "update")
    assert kept["changed"] == {"condition": [3, 2], "flow_lps": [None, 12.5]}
    assert kept["geometry"]["coordinates"] == pytest.approx(point(110, 0)["coordinates"], abs=1e-7)
    with connection.cursor() as cursor:
        cursor.execute("select kind, layer, fids, because from geo_event order by seq desc limit 1")
        assert cursor.fetchone() == ("layer.edited", "hydrants", [hydrant.pk], "đo lại")


def test_without_the_version_it_was_made_on_a_change_is_refused(people: dict[str, User], hydrant: Hydrant) -> None:
    officer = as_(people["officer"])

    for version in (None, "*", " "):
        assert patch(officer, "hydrants", hydrant.pk, version, properties={"condition": 2}).status_code == 428
    for version in ('W/"v1"', '"1"', "v1", '"v99999999999"', '"v2", "v3"', '"v١"'):
        assert patch(officer, "hydrants", hydrant.pk, version, properties={"condition": 2}).status_code == 412
    assert officer.delete(address("hydrants", hydrant.pk)).status_code == 428
    assert patch(officer, "hydrants", hydrant.pk, '"v7", "v1"', properties={"condition": 2}).status_code == 200


def test_the_second_of_two_changes_is_told_base_mine_and_theirs(people: dict[str, User], hydrant: Hydrant) -> None:
    officer = as_(people["officer"])
    first = patch(officer, "hydrants", hydrant.pk, 1, properties={"condition": 2})
    second = patch(officer, "hydrants", hydrant.pk, 1, properties={"condition": 4, "flow_lps": 9})

    refusal = second.json()
    assert (first.status_code, second.status_code, refusal["code"]) == (200, 412, "stale")
    assert refusal["base"]["properties"]["condition"] == 3
    assert refusal["base"]["geometry"]["coordinates"] == pytest.approx(point(100, 0)["coordinates"], abs=1e-7)
    assert refusal["mine"] == {"properties": {"condition": 4, "flow_lps": 9}, "geometry": None}
    assert (refusal["theirs"]["version"], refusal["theirs"]["properties"]["condition"]) == (2, 2)


@pytest.mark.usefixtures("unreviewed")
def test_a_stale_refusal_and_a_history_hide_what_the_caller_may_not_see(people: dict[str, User], town: dict) -> None:
    parcel, approver, officer = town["parcel"].pk, as_(people["approver"]), as_(people["officer"])
    assert patch(approver, "parcels", parcel, 1, properties={"land_user_name": "Trần Văn Mật", "status": "disputed"}).status_code == 200

    refusal = patch(officer, "parcels", parcel, 1, properties={"status": "in_use"})
    kept = officer.get(address("parcels", parcel, "/history"))
    assert refusal.status_code == 412
    for answer in (refusal, kept):
        assert "land_user_name" not in answer.content.decode()
        assert "Mật" not in json.dumps(answer.json(), ensure_ascii=False)
    assert kept.json()["items"][0]["changed"] == {"status": ["in_use", "disputed"]}
    assert approver.get(address("parcels", parcel, "/history")).json()["items"][0]["changed"]["land_user_name"] == ["Nguyễn Văn A", "Trần Văn Mật"]


@pytest.mark.parametrize(
    ("role", "layer", "status"),
    [
        (None, "roads", 401),
        (None, "parcels", 401),
        ("operator", "roads", 403),
        ("leader", "hydrants", 403),
        ("field", "parcels", 403),
        ("officer", "wards", 403),
        ("officer", "incidents", 404),
        ("operator", "incidents", 403),
        ("officer", "responders", 404),
        ("officer", "no_such_layer", 404),
        ("kiosk", "public_places", 403),
    ],
)
def test_whoever_may_not_edit_is_refused_and_what_they_may_not_see_is_missing(
    role: str | None, layer: str, status: int, people: dict[str, User], town: dict
) -> None:
    client = as_(people[role]) if role else Client()
    # an id that is everywhere or nowhere: the refusal must not depend on it
    answers = [post(client, layer, properties={}, geometry=point(0, 0)), patch(client, layer, 1, 1, properties={"name": "x"})]
    answers.append(client.delete(address(layer, 1), headers={"If-Match": '"v1"'}))

    assert {answer.status_code for answer in answers} == {status}


def test_a_person_bounded_to_layers_edits_only_those(people: dict[str, User], hydrant: Hydrant, town: dict) -> None:
    people["officer"].edit_layers = ["hydrants"]
    people["officer"].save()
    officer = as_(people["officer"])

    assert patch(officer, "hydrants", hydrant.pk, 1, properties={"condition": 2}).status_code == 200
    assert patch(officer, "roads", town["street"].pk, 1, properties={"name": "x"}).status_code == 403
    editable = {layer["slug"] for layer in officer.get("/api/layers").json()["layers"] if layer["editable"]}
    assert editable == {"hydrants"}


def test_the_catalogue_says_who_may_edit_what(people: dict[str, User], db: None) -> None:
    def editable(client: Client) -> set[str]:
        return {layer["slug"] for layer in client.get("/api/layers").json()["layers"] if layer["editable"]}

    assert editable(Client()) == set()
    assert editable(as_(people["operator"])) == {"closures"}
    assert {"roads", "parcels", "hydrants"} <= editable(as_(people["officer"]))
    assert "wards" not in editable(as_(people["officer"]))
    assert {"wards", "parcels"} <= editable(as_(people["approver"]))


def test_who_is_bounded_to_a_ward_moves_nothing_out_of_it_or_into_it(people: dict[str, User], hydrant: Hydrant, wards: None) -> None:
    people["officer"].wards = ["E"]
    people["officer"].save()
    officer = as_(people["officer"])

    assert patch(officer, "hydrants", hydrant.pk, 1, geometry=point(-100, 0)).json()["code"] == "outside_wards"
    assert post(officer, "hydrants", properties={"asset_code": "TN-2"}, geometry=point(-100, 0)).json()["code"] == "outside_wards"
    assert patch(officer, "hydrants", hydrant.pk, 1, geometry=point(120, 0)).status_code == 200
    with acting(by=None, because="moved by another"):
        Hydrant.objects.filter(pk=hydrant.pk).update(geom=city_wkt("POINT", (-100, 0)), version=3)
    assert patch(officer, "hydrants", hydrant.pk, 3, geometry=point(100, 0)).json()["code"] == "outside_wards"
    assert officer.delete(address("hydrants", hydrant.pk), headers={"If-Match": '"v3"'}).json()["code"] == "outside_wards"
    assert Hydrant.objects.get(pk=hydrant.pk).version == 3


def test_a_shape_that_only_reaches_into_the_ward_is_outside(people: dict[str, User], wards: None, town: dict) -> None:
    people["officer"].wards = ["E"]
    people["officer"].save()
    line = {"type": "LineString", "coordinates": lonlat((200, 0), (-20, 0))}

    assert patch(as_(people["officer"]), "roads", town["street"].pk, 1, geometry=line).json()["code"] == "outside_wards"


@pytest.mark.usefixtures("unreviewed")
def test_a_new_parcel_gets_the_ward_of_its_place_and_may_not_claim_another(people: dict[str, User], wards: None) -> None:
    people["officer"].wards = ["E"]
    people["officer"].save()
    officer = as_(people["officer"])
    square = {"type": "Polygon", "coordinates": [lonlat((10, 10), (30, 10), (30, 40), (10, 40), (10, 10))]}
    given = {"sheet_no": 1, "parcel_no": 2, "land_use": "ODT"}
    made_ = post(officer, "parcels", properties=given, geometry=square)

    assert (made_.status_code, made_.json()["properties"]["ward_code"], made_.json()["properties"]["ward_valid_from"]) == (201, "E", "2025-07-01")
    assert post(officer, "parcels", properties={**given, "ward_code": "W"}, geometry=square).json()["code"] == "outside_wards"
    assert patch(officer, "parcels", made_.json()["id"], 1, properties={"ward_code": "W"}).json()["code"] == "field_not_writable"


@pytest.mark.usefixtures("unreviewed")
def test_a_parcel_surveyed_under_an_older_unit_is_edited_by_where_it_lies(people: dict[str, User], wards: None) -> None:
    people["officer"].wards = ["E"]
    people["officer"].save()
    with acting(by=None, because="test"):
        AdminUnit.objects.create(
            code="OLD", name="Xã cũ", kind="xa", valid_from=date(2010, 1, 1), valid_until=date(2025, 7, 1), geom=city_wkt("MULTIPOLYGON", *EAST)
        )
        old = Parcel.objects.create(
            ward_code="OLD", ward_valid_from=date(2010, 1, 1), sheet_no=1, parcel_no=1, land_use="ODT",
            geom=city_wkt("POLYGON", (10, 10), (30, 10), (30, 40), (10, 40), (10, 10)),
        )  # fmt: skip

    assert patch(as_(people["officer"]), "parcels", old.pk, 1, properties={"status": "disputed"}).status_code == 200


def test_a_feature_is_created_once_and_its_history_begins_with_that(people: dict[str, User]) -> None:
    officer = as_(people["officer"])
    given = {"properties": {"asset_code": "TN-9", "flow_lps": 3}, "geometry": point(5, 5), "because": "mới lắp"}
    first, second = post(officer, "hydrants", **given), post(officer, "hydrants", **given)

    assert (first.status_code, first["ETag"], first["Location"]) == (201, '"v1"', address("hydrants", first.json()["id"]))
    assert (second.status_code, second.json()["code"]) == (409, "conflict")
    (born,) = officer.get(address("hydrants", first.json()["id"], "/history")).json()["items"]
    assert (born["version"], born["op"], born["because"], born["changed"]["asset_code"]) == (1, "insert", "mới lắp", [None, "TN-9"])
    assert born["geometry"]["type"] == "Point"


def test_a_deleted_feature_is_gone_but_its_history_stays_and_a_second_delete_finds_nothing(people: dict[str, User], hydrant: Hydrant) -> None:
    officer = as_(people["officer"])
    gone = [
        officer.delete(address("hydrants", hydrant.pk), {"because": "tháo dỡ"}, content_type="application/json", headers={"If-Match": '"v1"'}) for _ in range(2)
    ]

    assert [answer.status_code for answer in gone] == [200, 404]
    kept, _ = officer.get(address("hydrants", hydrant.pk, "/history")).json()["items"]
    assert (kept["op"], kept["because"], kept["version"]) == ("delete", "tháo dỡ", 2)
    assert officer.get(address("hydrants", 10**9, "/history")).status_code == 404
    assert Client().get(address("hydrants", hydrant.pk, "/history")).status_code == 401


@pytest.mark.parametrize(
    ("properties", "status", "code", "field"),
    [
        ({"condition": 9}, 422, "invalid_value", "condition"),
        ({"condition": "3"}, 422, "invalid_value", "condition"),
        ({"condition": True}, 422, "invalid_value", "condition"),
        ({"condition": None}, 422, "invalid_value", "condition"),
        ({"condition": 10**30}, 422, "invalid_value", "condition"),
        ({"asset_code": ""}, 422, "invalid_value", "asset_code"),
        ({"asset_code": "x" * 41}, 422, "invalid_value", "asset_code"),
        ({"asset_code": "a\0b"}, 422, "invalid_value", "asset_code"),
        ({"asset_code": "a\x1b[2J"}, 422, "invalid_value", "asset_code"),
        ({"asset_code": ["x"]}, 422, "invalid_value", "asset_code"),
        ({"flow_lps": "many"}, 422, "invalid_value", "flow_lps"),
        ({"version": 7}, 403, "field_not_writable", "version"),
        ({"id": 7}, 403, "field_not_writable", "id"),
        ({"agency_id": 1}, 403, "field_not_writable", "agency_id"),
        ({"nothing": 1}, 403, "field_not_writable", "nothing"),
        ({}, 400, "bad_request", None),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_its_field(
    properties: dict[str, Any], status: int, code: str, field: str | None, people: dict[str, User], hydrant: Hydrant
) -> None:
    answer = patch(as_(people["officer"]), "hydrants", hydrant.pk, 1, properties=properties)

    assert (answer.status_code, answer.json()["code"], answer.json().get("field")) == (status, code, field)
    assert Hydrant.objects.get(pk=hydrant.pk).version == 1


def test_a_field_that_may_not_be_seen_answers_as_one_that_is_not_there(people: dict[str, User], town: dict) -> None:
    officer = as_(people["officer"])
    answers = [patch(officer, "parcels", town["parcel"].pk, 1, properties={name: "x"}).json() for name in ("land_user_name", "land_user_nama")]

    plain = [{key: value for key, value in answer.items() if key in ("type", "status", "code", "title")} for answer in answers]
    assert plain[0] == plain[1]


@pytest.mark.parametrize(
    ("geometry", "code"),
    [
        ({"type": "Point", "coordinates": [0, 0]}, "out_of_extent"),
        ({"type": "Point", "coordinates": [9.8165, 105.815]}, "out_of_extent"),
        ({"type": "LineString", "coordinates": [list(JUNCTION), [105.82, 9.82]]}, "type_not_allowed"),
        ({"type": "Point", "coordinates": []}, "empty"),
        ({"type": "Point"}, "malformed_geometry"),
        ({}, "malformed_geometry"),
    ],
)
def test_every_shape_passes_the_gateway(geometry: dict[str, Any], code: str, people: dict[str, User], hydrant: Hydrant) -> None:
    answer = patch(as_(people["officer"]), "hydrants", hydrant.pk, 1, geometry=geometry)

    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert post(as_(people["officer"]), "hydrants", properties={"asset_code": "X"}, geometry=geometry).json()["code"] == code


def test_a_closed_road_takes_dates_lists_and_decimals(people: dict[str, User], db: None) -> None:
    given = {"reason": "Sửa cầu", "modes": ["car", "truck"], "factor": 0, "starts_at": "2026-11-24T08:00:00+07:00", "ends_at": None}
    line = {"type": "LineString", "coordinates": lonlat((0, 0), (50, 0))}
    operator = as_(people["operator"])
    made_ = post(operator, "closures", properties=given, geometry=line)

    assert made_.status_code == 201, made_.content
    assert made_.json()["properties"]["modes"] == ["car", "truck"]
    assert patch(operator, "closures", made_.json()["id"], 1, properties={"ends_at": "2026-11-24T18:00:00"}).json()["field"] == "ends_at"
    assert patch(operator, "closures", made_.json()["id"], 1, properties={"ends_at": "2026-11-24T18:00:00+07:00"}).status_code == 200


def test_a_layer_made_while_the_city_runs_is_edited_like_any_other(people: dict[str, User], db: None) -> None:
    fields = [Field("name", "Tên", "Name", required=True, edit=True), Field("planted_on", "Trồng", "Planted", type="date", edit=True)]
    with acting(by=None, because="test"):
        made.make(slug="trees", vi="Cây", en="Trees", geometry_type="Point", fields=fields, at=people["officer"].date_joined, see=None)
    made.refresh()
    try:
        officer = as_(people["officer"])
        born = post(officer, "trees", properties={"name": "Sao", "planted_on": "2020-02-29"}, geometry=point(1, 1))
        assert born.status_code == 201, born.content
        changed = patch(officer, "trees", born.json()["id"], 1, properties={"name": "Dầu"}, geometry=point(2, 2))
        assert (changed.status_code, changed.json()["properties"]["name"], changed.json()["version"]) == (200, "Dầu", 2)
        assert post(officer, "trees", properties={}, geometry=point(1, 1)).json()["field"] == "name"
        assert len(officer.get(address("trees", born.json()["id"], "/history")).json()["items"]) == 2
    finally:
        registry.remove("trees")
        made._known.pop("trees", None)


@pytest.mark.usefixtures("unreviewed")
def test_what_others_depend_on_is_not_deleted(people: dict[str, User], wards: None) -> None:
    ward = AdminUnit.objects.get(code="W")
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        ward.successors.add(AdminUnit.objects.get(code="E"))
    answer = as_(people["approver"]).delete(address("wards", ward.pk), headers={"If-Match": '"v1"'})

    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


def test_a_session_without_its_csrf_token_changes_nothing(people: dict[str, User], hydrant: Hydrant) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(people["officer"])

    assert patch(client, "hydrants", hydrant.pk, 1, properties={"condition": 1}).status_code == 403
    assert Hydrant.objects.get(pk=hydrant.pk).version == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_windows_at_once_one_wins_and_the_other_is_told(people: dict[str, User]) -> None:
    with acting(by=None, because="test"):
        road = Road.objects.create(name="Cũ", road_class="primary", width_m=12, speed_kmh=40, geom=city_wkt("LINESTRING", (0, 0), (400, 0)))
    start, ready, answers = events.newest(), threading.Barrier(4), []

    def window(number: int) -> None:
        client = as_(people["officer"])
        ready.wait(20)
        answers.append(patch(client, "roads", road.pk, 1, properties={"name": f"Mới {number}"}))
        connection.close()

    threads = [threading.Thread(target=window, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    won = [answer for answer in answers if answer.status_code == 200]
    lost = [answer for answer in answers if answer.status_code == 412]
    assert (len(won), len(lost)) == (1, 3)
    assert all(answer.json()["theirs"]["properties"]["name"] == won[0].json()["properties"]["name"] for answer in lost)
    assert Road.objects.get(pk=road.pk).version == 2
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from geo_event where (xid, seq) > (%s, %s) and kind = 'layer.edited'", [start.xid, start.seq])
        assert cursor.fetchone()[0] == 1


@pytest.mark.usefixtures("unreviewed")
def test_parcels_keep_their_own_uniqueness(people: dict[str, User], town: dict) -> None:
    with acting(by=None, because="test"):
        other = Parcel.objects.create(ward_code="31340", ward_valid_from=date(2025, 7, 1), sheet_no=12, parcel_no=48, land_use="ODT", geom=town["parcel"].geom)
    answer = patch(as_(people["officer"]), "parcels", other.pk, 1, properties={"parcel_no": 47})

    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
