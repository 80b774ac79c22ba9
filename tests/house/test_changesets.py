"""Change sets over HTTP: gathered unseen, submitted with a reason, published by somebody else, at once and checked again."""

import json
from datetime import date
from typing import Any

import pytest
from django.test import Client

from geo.acting import acting
from geo.events import Happened, Position
from geo.models import Event, Role, User
from geo.permissions import STARTING_ROLES
from layers.access import scope_of
from layers.changes import Shown
from layers.library.hydrants import Hydrant
from layers.library.parcels import Parcel
from layers.models import ChangeSet, History
from tests.conftest import city_wkt
from tests.house.test_editing import as_, lonlat, patch

pytestmark = pytest.mark.django_db
WEST = ((10, 10), (20, 10), (20, 40), (10, 40), (10, 10))
EAST = ((20, 10), (30, 10), (30, 40), (20, 40), (20, 10))


@pytest.fixture
def parcel(town: dict) -> Parcel:
    return town["parcel"]


def call(client: Client, path: str, body: dict[str, Any] | None = None, version: int | None = None) -> Any:
    headers = {} if version is None else {"If-Match": f'"v{version}"'}
    return client.post(f"/api/changesets{path}", body or {}, content_type="application/json", headers=headers)


def draft(client: Client, *wanted: dict[str, Any], title: str = "Sửa thửa 47", **more: Any) -> dict[str, Any]:
    made = call(client, "", {"title": title})
    assert made.status_code == 201, made.content
    if not wanted:
        return made.json()
    filled = call(client, f"/{made.json()['id']}/edits", {"edits": list(wanted), **more})
    assert filled.status_code == 200, filled.content
    return filled.json()


def submitted(client: Client, *wanted: dict[str, Any], **more: Any) -> dict[str, Any]:
    given = draft(client, *wanted, **more)
    answer = call(client, f"/{given['id']}/submit", {"because": "theo hồ sơ", "document": "12/BĐ"}, given["version"])
    assert answer.status_code == 200, answer.content
    return answer.json()


def update(parcel: Parcel, version: int = 1, **properties: Any) -> dict[str, Any]:
    return {"layer": "parcels", "op": "update", "fid": parcel.pk, "version": version, "properties": properties}


def split(parcel: Parcel, version: int = 1) -> list[dict[str, Any]]:
    """The parcel in two: the first part keeps the number."""
    parts = [
        {
            "layer": "parcels",
            "op": "create",
            "parents": [parcel.pk],
            "properties": {"sheet_no": 12, "parcel_no": number, "land_use": "ODT", "ward_code": "31340", "ward_valid_from": "2025-07-01"},
            "geometry": {"type": "Polygon", "coordinates": [lonlat(*ring)]},
        }
        for number, ring in ((47, WEST), (90, EAST))
    ]
    return [*parts, {"layer": "parcels", "op": "delete", "fid": parcel.pk, "version": version}]


def test_a_set_is_gathered_submitted_and_published_by_another_with_who_why_and_paper(people: dict[str, User], parcel: Parcel) -> None:
    officer, approver = as_(people["officer"]), as_(people["approver"])
    given = submitted(officer, update(parcel, status="disputed"))

    assert (given["status"], given["counts"]["update"], given["layers"], given["may"]) == ("submitted", 1, ["parcels"], ["withdraw"])
    assert Parcel.objects.get(pk=parcel.pk).status == "in_use"
    (waiting,) = approver.get("/api/changesets?status=submitted").json()["items"]
    assert (waiting["id"], waiting["may"]) == (given["id"], ["approve", "return", "reject"])
    seen = approver.get(f"/api/changesets/{given['id']}").json()["edits"][0]
    assert (seen["before"]["properties"]["status"], seen["after"]["properties"]["status"]) == ("in_use", "disputed")

    published = call(approver, f"/{given['id']}/approve", {}, given["version"])

    assert (published.status_code, published.json()["status"]) == (200, "published")
    assert (Parcel.objects.get(pk=parcel.pk).status, Parcel.objects.get(pk=parcel.pk).version) == ("disputed", 2)
    kept = History.objects.filter(layer="parcels", fid=parcel.pk, op="update").latest("id")
    assert (kept.by_id, kept.because) == (people["officer"].pk, "theo hồ sơ")


def test_a_draft_is_nobody_elses_and_one_that_is_not_seen_is_as_one_that_never_was(people: dict[str, User], parcel: Parcel) -> None:
    given = draft(as_(people["officer"]), update(parcel, status="disputed"))
    never = as_(people["approver"]).get(f"/api/changesets/{2**40}").json()

    for person in ("approver", "operator", "leader", "agency", "field", "admin"):
        answer = as_(people[person]).get(f"/api/changesets/{given['id']}")
        assert answer.status_code == 404
        assert {**answer.json(), "request_id": ""} == {**never, "request_id": ""}
        assert as_(people[person]).get("/api/changesets").json()["items"] == []
        assert call(as_(people[person]), f"/{given['id']}/edits", {"edits": [update(parcel, status="in_use")]}).status_code == 404
    assert Client().get(f"/api/changesets/{given['id']}").status_code == 401


def test_nobody_decides_on_the_own_set(people: dict[str, User], parcel: Parcel) -> None:
    approver = as_(people["approver"])
    given = submitted(approver, update(parcel, status="disputed"))

    for verb in ("approve", "return", "reject"):
        answer = call(approver, f"/{given['id']}/{verb}", {"because": "được"}, given["version"])
        assert (answer.status_code, answer.json()["code"]) == (403, "own_change_set")
    assert Parcel.objects.get(pk=parcel.pk).version == 1


def test_whoever_may_not_publish_every_layer_of_a_set_does_not_see_it(people: dict[str, User], parcel: Parcel) -> None:
    people["approver"].edit_layers = ["wards"]
    people["approver"].save()
    given = submitted(as_(people["officer"]), update(parcel, status="disputed"))

    assert as_(people["approver"]).get(f"/api/changesets/{given['id']}").status_code == 404


def test_a_set_goes_back_with_words_and_comes_again(people: dict[str, User], parcel: Parcel) -> None:
    officer, approver = as_(people["officer"]), as_(people["approver"])
    given = submitted(officer, update(parcel, status="disputed"))
    assert call(approver, f"/{given['id']}/return", {}, given["version"]).status_code == 400
    back = call(approver, f"/{given['id']}/return", {"because": "thiếu biên bản"}, given["version"]).json()

    assert (back["status"], back["decision"], back["may"]) == ("returned", "thiếu biên bản", [])
    assert officer.get(f"/api/changesets/{given['id']}").json()["may"] == ["edit", "submit", "withdraw"]
    again = call(officer, f"/{given['id']}/submit", {"because": "đã bổ sung"}, back["version"]).json()
    assert call(approver, f"/{given['id']}/reject", {"because": "sai thửa"}, again["version"]).json()["status"] == "rejected"
    assert call(approver, f"/{given['id']}/approve", {}, again["version"] + 1).json()["code"] == "change_set_status"


def test_deciding_needs_the_version_that_was_looked_at(people: dict[str, User], parcel: Parcel) -> None:
    officer, approver = as_(people["officer"]), as_(people["approver"])
    looked = submitted(officer, update(parcel, status="disputed"))
    taken = call(officer, f"/{looked['id']}/withdraw", {}, looked["version"]).json()
    call(officer, f"/{looked['id']}/edits", {"edits": [update(parcel, land_use="LUC")]})
    call(officer, f"/{looked['id']}/submit", {"because": "khác"}, taken["version"] + 1)

    assert call(approver, f"/{looked['id']}/approve", {}).status_code == 428
    stale = call(approver, f"/{looked['id']}/approve", {}, looked["version"])
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    assert Parcel.objects.get(pk=parcel.pk).version == 1


def test_a_set_is_published_whole_or_not_at_all(people: dict[str, User], parcel: Parcel) -> None:
    officer, approver = as_(people["officer"]), as_(people["approver"])
    other = Parcel.objects.create(
        ward_code="31340",
        ward_valid_from=date(2025, 7, 1),
        sheet_no=12,
        parcel_no=48,
        land_use="ODT",
        geom=city_wkt("POLYGON", *((x + 20, y) for x, y in WEST)),
    )
    given = submitted(officer, update(parcel, status="disputed"), update(other, status="disputed"))
    with acting(by=None, because="meanwhile"):
        Parcel.objects.filter(pk=other.pk).update(status="planned", version=2)

    refused = call(approver, f"/{given['id']}/approve", {}, given["version"])

    assert (refused.status_code, refused.json()["code"], refused.json()["fid"], refused.json()["clashes"]) == (412, "stale", other.pk, ["status"])
    assert Parcel.objects.get(pk=parcel.pk).status == "in_use"
    assert ChangeSet.objects.get(pk=given["id"]).status == "submitted"
    shown = approver.get(f"/api/changesets/{given['id']}").json()
    assert [one["conflict"] for one in shown["edits"]] == [None, {"clashes": ["status"], "theirs": ["status"], "mergeable": False, "deleted": False}]
    assert shown["problem"]["code"] == "stale"


def test_what_others_changed_meanwhile_in_other_fields_is_kept(people: dict[str, User], parcel: Parcel) -> None:
    given = submitted(as_(people["officer"]), update(parcel, status="disputed"))
    with acting(by=None, because="meanwhile"):
        Parcel.objects.filter(pk=parcel.pk).update(land_use="LUC", version=2)

    assert call(as_(people["approver"]), f"/{given['id']}/approve", {}, given["version"]).status_code == 200
    now = Parcel.objects.get(pk=parcel.pk)
    assert (now.status, now.land_use, now.version) == ("disputed", "LUC", 3)


def test_a_split_retires_the_parent_and_hands_hidden_names_on(people: dict[str, User], parcel: Parcel) -> None:
    given = submitted(as_(people["officer"]), *split(parcel))
    assert "Nguyễn Văn A" not in str(as_(people["officer"]).get(f"/api/changesets/{given['id']}").json())

    assert call(as_(people["approver"]), f"/{given['id']}/approve", {}, given["version"]).status_code == 200

    assert not Parcel.objects.filter(pk=parcel.pk).exists()
    parts = Parcel.objects.filter(sheet_no=12).order_by("parcel_no")
    assert [(one.parcel_no, one.land_user_name) for one in parts] == [(47, "Nguyễn Văn A"), (90, "Nguyễn Văn A")]


def test_a_published_set_is_undone_by_another_set(people: dict[str, User], parcel: Parcel) -> None:
    officer, approver = as_(people["officer"]), as_(people["approver"])
    given = submitted(officer, *split(parcel))
    call(approver, f"/{given['id']}/approve", {}, given["version"])
    undoing = call(officer, f"/{given['id']}/revert")

    assert (undoing.status_code, undoing.json()["status"], undoing.json()["undoes"]) == (201, "draft", given["id"])
    assert Parcel.objects.filter(sheet_no=12).count() == 2
    sent = call(officer, f"/{undoing.json()['id']}/submit", {"because": "tách nhầm"}, undoing.json()["version"]).json()
    assert call(approver, f"/{sent['id']}/approve", {}, sent["version"]).status_code == 200
    (back,) = Parcel.objects.filter(sheet_no=12)
    assert (back.pk, back.parcel_no, back.land_user_name, back.version) == (parcel.pk, 47, "Nguyễn Văn A", 3)
    assert back.geom.equals_exact(parcel.geom, 0.001)


def test_a_second_edit_of_a_feature_is_folded_into_the_first(people: dict[str, User], parcel: Parcel) -> None:
    officer = as_(people["officer"])
    given = draft(officer, update(parcel, status="disputed"), update(parcel, land_use="LUC"))
    (one,) = given["edits"]

    assert one["edit"]["properties"] == {"status": "disputed", "land_use": "LUC"}
    gone = call(officer, f"/{given['id']}/edits", {"edits": [{"layer": "parcels", "op": "delete", "fid": parcel.pk, "version": 1}]}).json()
    assert [each["edit"]["op"] for each in gone["edits"]] == ["delete"]
    assert call(officer, f"/{given['id']}/edits", {"edits": [update(parcel, status="in_use")]}).json()["code"] == "change_set_status"
    emptied = officer.delete(f"/api/changesets/{given['id']}/edits/{gone['edits'][0]['item']}").json()
    assert emptied["edits"] == []
    assert call(officer, f"/{given['id']}/submit", {"because": "x"}, emptied["version"]).json()["code"] == "change_set_empty"


@pytest.mark.parametrize(
    ("edit", "status", "code"),
    [
        ({"layer": "parcels", "op": "update", "properties": {"status": "disputed"}}, 400, "bad_request"),
        ({"layer": "parcels", "op": "update", "fid": 1, "properties": {"status": "disputed"}}, 428, "precondition_required"),
        ({"layer": "parcels", "op": "erase", "fid": 1, "version": 1}, 400, "bad_request"),
        ({"layer": "parcels", "op": "update", "fid": True, "version": 1}, 400, "bad_request"),
        ({"layer": "parcels", "op": "update", "fid": 1, "version": 1, "is_staff": True}, 400, "bad_request"),
        ({"layer": "incidents", "op": "update", "fid": 1, "version": 1, "properties": {"severity": 1}}, 404, "not_found"),
        ({"layer": "wards", "op": "update", "fid": 1, "version": 1, "properties": {"name": "x"}}, 403, "forbidden"),
        ({"layer": "nothing", "op": "delete", "fid": 1, "version": 1}, 404, "not_found"),
        ({"layer": "parcels", "op": "delete", "fid": 2**40, "version": 1}, 404, "not_found"),
    ],
)
def test_what_could_not_be_published_is_refused_when_it_is_put_in(
    edit: dict[str, Any], status: int, code: str, people: dict[str, User], parcel: Parcel
) -> None:
    officer = as_(people["officer"])
    given = draft(officer)
    answer = call(officer, f"/{given['id']}/edits", {"edits": [edit]})

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert officer.get(f"/api/changesets/{given['id']}").json()["edits"] == []


def test_an_author_who_has_lost_the_right_publishes_nothing_through_another(people: dict[str, User], parcel: Parcel) -> None:
    given = submitted(as_(people["officer"]), update(parcel, status="disputed"))
    people["officer"].roles.clear()

    answer = call(as_(people["approver"]), f"/{given['id']}/approve", {}, given["version"])
    assert answer.status_code in (403, 404)
    assert Parcel.objects.get(pk=parcel.pk).version == 1


def test_names_that_the_author_may_write_are_not_shown_to_an_approver_who_may_not_see_them(people: dict[str, User], parcel: Parcel) -> None:
    role = Role.objects.create(slug="registrar", name="x", permissions=[*STARTING_ROLES["officer"][2], "see_land_users"])
    people["officer"].roles.add(role)
    role_of_approver = Role.objects.get(slug="approver")
    role_of_approver.permissions = [one for one in role_of_approver.permissions if one != "see_land_users"]
    role_of_approver.save()
    given = submitted(as_(people["officer"]), update(parcel, land_user_name="Trần Thị Kín"))

    assert "Trần Thị Kín" in str(as_(people["officer"]).get(f"/api/changesets/{given['id']}").json())
    assert "Trần Thị Kín" not in str(as_(people["approver"]).get(f"/api/changesets/{given['id']}").json())
    published = call(as_(people["approver"]), f"/{given['id']}/approve", {}, given["version"])
    assert published.status_code == 200
    assert "Trần Thị Kín" not in str(published.json())
    assert Parcel.objects.get(pk=parcel.pk).land_user_name == "Trần Thị Kín"


def test_many_edits_at_once_are_all_or_none_and_a_preview_stores_nothing(people: dict[str, User], town: dict) -> None:
    officer = as_(people["officer"])
    lights = [Hydrant.objects.create(asset_code=f"TN-{number}", geom=city_wkt("POINT", (number * 10, 0))) for number in range(3)]
    wanted = [{"layer": "hydrants", "op": "update", "fid": one.pk, "version": 1, "properties": {"condition": 2}} for one in lights]
    looked = officer.post("/api/edits/preview", {"edits": wanted}, content_type="application/json")

    assert [one["properties"]["condition"] for one in looked.json()["features"]] == [2, 2, 2]
    assert set(Hydrant.objects.values_list("condition", flat=True)) == {3}
    bad = [*wanted[:2], {**wanted[2], "version": 9}]
    assert officer.post("/api/edits", {"edits": bad}, content_type="application/json").status_code == 412
    assert set(Hydrant.objects.values_list("condition", flat=True)) == {3}
    done = officer.post("/api/edits", {"edits": wanted, "because": "kiểm tra"}, content_type="application/json").json()["done"]
    assert [one["version"] for one in done] == [2, 2, 2]
    assert (
        officer.post("/api/edits", {"edits": [update(town["parcel"], status="disputed")]}, content_type="application/json").json()["code"] == "review_required"
    )
    twice = officer.post("/api/edits", {"edits": [{**wanted[0], "version": 2}] * 2}, content_type="application/json")
    assert twice.status_code == 400


def test_a_kept_version_comes_back_as_a_new_one_and_so_does_what_was_deleted(people: dict[str, User], town: dict) -> None:
    officer = as_(people["officer"])
    hydrant = Hydrant.objects.create(asset_code="TN-1", geom=city_wkt("POINT", (100, 0)))
    patch(officer, "hydrants", hydrant.pk, 1, properties={"condition": 1})
    address = f"/api/layers/hydrants/features/{hydrant.pk}"

    def restore(version: int, known: int) -> Any:
        return officer.post(f"{address}/restore", {"version": version, "because": "nhầm"}, content_type="application/json", headers={"If-Match": f'"v{known}"'})

    assert restore(1, 1).status_code == 412
    assert (restore(1, 2).json()["properties"]["condition"], Hydrant.objects.get(pk=hydrant.pk).version) == (3, 3)
    assert restore(8, 3).json()["code"] == "conflict"
    officer.delete(address, {}, content_type="application/json", headers={"If-Match": '"v3"'})
    assert restore(3, 3).status_code == 412
    back = restore(3, 4)
    assert (back.status_code, back.json()["id"], back.json()["version"]) == (200, hydrant.pk, 5)


def test_presence_is_a_hint_for_those_who_edit(people: dict[str, User], town: dict) -> None:
    officer, approver = as_(people["officer"]), as_(people["approver"])
    address = f"/api/layers/roads/features/{town['street'].pk}/presence"

    assert officer.put(address).json() == {"others": []}
    (other,) = approver.put(address).json()["others"]
    assert other["name"] == "officer"
    assert as_(people["operator"]).put(address).status_code == 404
    officer.delete(address)
    assert approver.put(address).json() == {"others": []}
    assert patch(officer, "roads", town["street"].pk, 1, properties={"name": "Mới"}).status_code == 200


def test_who_works_with_change_sets_hears_that_one_has_moved_and_not_which(people: dict[str, User], parcel: Parcel) -> None:
    submitted(as_(people["officer"]), update(parcel, status="disputed"), title="Thửa của ông Bảy")
    moved = [
        Happened(Position("e", 1, number), row.kind, row.layer, tuple(row.fids), row.at, row.by_id, row.data)
        for number, row in enumerate(Event.objects.filter(kind__startswith="change_set."))
    ]
    assert [one.kind for one in moved] == ["change_set.edit", "change_set.submit"]
    heard = {name: Shown(moved).to(scope_of(people[name])) for name in ("officer", "approver", "field", "kiosk")}

    assert heard["field"] == heard["kiosk"] == [None, None]
    for name in ("officer", "approver"):
        gathered, frame = heard[name]
        assert gathered is None and frame is not None
        told = json.loads(frame.decode().split("data: ")[1])
        assert (told.pop("kind"), told.pop("layer"), set(told)) == ("change_set.submit", "", {"at", "features", "gone"})
