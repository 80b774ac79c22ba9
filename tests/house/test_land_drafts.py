"""Land tools amid a draft: what stands only there is split, merged and adjusted like what stands, and one publishing makes all of it true."""

from typing import Any

import pytest
from django.test import Client

from geo.models import User
from layers.changing import changesets
from layers.library.land_records import LandRecord, Lineage, Retired
from layers.library.land_uses import MinimumArea
from layers.library.parcels import Parcel
from layers.models import ChangeItem, ChangeSet
from tests.house.test_changesets import call, draft, update
from tests.house.test_editing import as_
from tests.house.test_land import ACROSS, CENTIMETRES_M2, line, parcel_numbers, preview, row, seen  # noqa: F401 (row is a fixture)

pytestmark = pytest.mark.django_db
# Across the northern part of the first parcel, once ACROSS has cut it.
AGAIN = line((20, 15), (20, 45))


def put(client: Client, number: int, proposal: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The proposal in the draft, as the page puts it there."""
    given = {"edits": proposal["edits"], "record": {"kind": proposal["kind"]}, **more}
    answer = call(client, f"/{number}/edits", given, proposal["draft_version"])
    assert answer.status_code == 200, answer.content
    return answer.json()


def part(given: dict[str, Any], number: int) -> int:
    """The edit of the draft that makes the parcel of that number."""
    (found,) = [one["item"] for one in given["edits"] if one["edit"]["op"] == "create" and one["edit"]["properties"]["parcel_no"] == number]
    return int(found)


def published(people: dict[str, User], number: int) -> None:
    officer, approver = as_(people["officer"]), as_(people["approver"])
    given = officer.get(f"/api/changesets/{number}").json()
    accepted = {issue["key"]: "theo hồ sơ đo đạc" for issue in given["issues"]}
    given = call(officer, f"/{number}/submit", {"because": "theo hồ sơ", "document": "12/BĐ", "accepted": accepted}, given["version"]).json()
    answer = call(approver, f"/{number}/approve", {}, given["version"])
    assert answer.status_code == 200, answer.content


@pytest.fixture
def halved(people: dict[str, User], row: list[Parcel]) -> dict[str, Any]:  # noqa: F811
    """A draft in which the first parcel is cut in two: 50 in the north, 400 m², and 51."""
    officer = as_(people["officer"])
    told = seen(officer, "split", fid=row[0].pk, version=1, line=ACROSS)
    return put(officer, draft(officer)["id"], {**told, "draft_version": None})


def test_a_part_that_is_only_drafted_is_split_again_and_all_parts_come_of_the_parcel_that_stands(
    people: dict[str, User],
    row: list[Parcel],  # noqa: F811
    halved: dict[str, Any],
) -> None:
    officer = as_(people["officer"])
    told = seen(officer, "split", change_set=halved["id"], item=part(halved, 50), line=AGAIN)

    assert [(area["number"], area["measured_m2"]) for area in told["areas"]] == [("12/50", 200.0), ("12/52", 200.0)], "its own number, and the next one"
    assert told["before"] == [{"fid": None, "number": "12/50", "measured_m2": 400.0, "legal_m2": 406.7, "difference_percent": -1.65}]
    assert [(edit["op"], edit.get("item"), edit.get("parents")) for edit in told["edits"]] == [
        ("delete", part(halved, 50), None), ("create", None, [row[0].pk]), ("create", None, [row[0].pk])]  # fmt: skip
    assert (told["draft_version"], ChangeItem.objects.count(), parcel_numbers()) == (halved["version"], 3, [47, 48, 49]), "nothing is stored"

    given = put(officer, halved["id"], told)
    assert sorted(one["edit"]["op"] for one in given["edits"]) == ["create", "create", "create", "delete"] and given["problem"] is None
    published(people, halved["id"])

    parts = Parcel.objects.filter(parcel_no__gte=50).order_by("parcel_no")
    assert [(one.parcel_no, round(one.geom.area), one.land_user_name) for one in parts] == [(n, 200, "Nguyễn Văn A") for n in (50, 51, 52)]
    assert sum(one.legal_area_m2 for one in parts) == pytest.approx(610.0)
    record = LandRecord.objects.get()
    assert (record.kind, Retired.objects.get().fid) == ("tach_thua", row[0].pk)
    assert set(Lineage.objects.values_list("parent_fid", "child_fid")) == {(row[0].pk, one.pk) for one in parts}


def test_a_drafted_part_is_merged_with_a_neighbour_under_one_record(
    people: dict[str, User],
    row: list[Parcel],  # noqa: F811
    halved: dict[str, Any],
) -> None:
    MinimumArea.objects.create(min_area_m2=300, valid_from="2020-01-01", decision="QĐ thử", severity="warning")
    officer = as_(people["officer"])
    north = part(halved, 50)
    told = seen(officer, "merge", change_set=halved["id"], fids=[row[1].pk], versions=[1], items=[north], keep_item=north)
    assert [(area["number"], area["measured_m2"], area["legal_m2"]) for area in told["areas"]] == [("12/50", 1000.0, 406.7 + 606.0)]

    given = put(officer, halved["id"], told)
    # Whoever divides and puts together at once does not get round the smallest area.
    assert [issue["rule"] for issue in given["issues"]] == ["split_minimum"]
    published(people, halved["id"])

    assert parcel_numbers() == [49, 50, 51]
    merged, rest = Parcel.objects.get(parcel_no=50), Parcel.objects.get(parcel_no=51)
    assert set(merged.land_user_name.split("; ")) == {"Nguyễn Văn A", "Trần Thị 48"} and rest.land_user_name == "Nguyễn Văn A"
    assert LandRecord.objects.get().kind == "tach_hop_thua"
    assert set(Lineage.objects.values_list("parent_fid", "child_fid")) == {(row[0].pk, merged.pk), (row[1].pk, merged.pk), (row[0].pk, rest.pk)}


def test_the_boundary_of_drafted_parts_is_adjusted_between_them_and_towards_what_stands(
    people: dict[str, User],
    row: list[Parcel],  # noqa: F811
    halved: dict[str, Any],
) -> None:
    officer = as_(people["officer"])
    between = seen(officer, "adjust", change_set=halved["id"], items=[part(halved, 50), part(halved, 51)], line=line((5, 25), (35, 25)))
    assert {area["measured_m2"] for area in between["areas"]} == {300.0}
    given = put(officer, halved["id"], between)
    assert sorted(one["edit"]["op"] for one in given["edits"]) == ["create", "create", "delete"]

    towards = seen(officer, "adjust", change_set=given["id"], fids=[row[1].pk], versions=[1], items=[part(given, 50)], line=line((35, 5), (35, 45)))
    put(officer, given["id"], towards)
    again = seen(officer, "split", change_set=given["id"], item=_item_of(officer, given["id"], row[1].pk), line=line((30, 30), (60, 30)))
    assert round(sum(area["measured_m2"] for area in again["areas"]), 1) == 600 - 5 * 30.0, "as the draft has it, not as it stands"
    put(officer, given["id"], again)
    published(people, given["id"])

    assert sum(one.geom.area for one in Parcel.objects.all()) == pytest.approx(1800, abs=CENTIMETRES_M2)
    assert parcel_numbers() == [49, 50, 51, 52, 53] and not Parcel.objects.filter(pk__in=[row[0].pk, row[1].pk]).exists()


def _item_of(client: Client, number: int, fid: int) -> int:
    return next(one["item"] for one in client.get(f"/api/changesets/{number}").json()["edits"] if one["edit"].get("fid") == fid)


def test_neighbours_are_those_of_the_draft(people: dict[str, User], row: list[Parcel], halved: dict[str, Any]) -> None:  # noqa: F811
    told = seen(as_(people["officer"]), "split", change_set=halved["id"], fid=row[1].pk, version=1, line=line((25, 30), (55, 30)), neighbours=True)

    given = [(edit["op"], edit.get("item"), edit.get("fid")) for edit in told["edits"] if edit["op"] == "update"]
    assert sorted(given, key=str) == sorted([("update", part(halved, 50), None), ("update", None, row[2].pk)], key=str), (
        "the part gets the corner, not the parcel that gives way to it"
    )


def test_a_new_parcel_of_the_draft_is_divided_too(people: dict[str, User], row: list[Parcel]) -> None:  # noqa: F811
    officer = as_(people["officer"])
    ring = {"type": "Polygon", "coordinates": [line((70, 10), (90, 10), (90, 40), (70, 40), (70, 10))["coordinates"]]}
    known = {"ward_code": "31340", "ward_valid_from": "2025-07-01", "sheet_no": 12, "parcel_no": 60, "land_use": "ODT"}
    given = draft(officer, {"layer": "parcels", "op": "create", "properties": known, "geometry": ring})

    told = seen(officer, "subdivide", change_set=given["id"], item=part(given, 60), parts=2, bearing_deg=0)
    put(officer, given["id"], told)
    published(people, given["id"])

    assert parcel_numbers() == [47, 48, 49, 60, 61]
    assert (LandRecord.objects.get().kind, Lineage.objects.count()) == ("do_dac_moi", 0)


def test_what_the_draft_no_longer_has_is_stale_and_changes_nothing(people: dict[str, User], halved: dict[str, Any]) -> None:
    officer = as_(people["officer"])
    told = seen(officer, "split", change_set=halved["id"], item=part(halved, 50), line=AGAIN)
    put(officer, halved["id"], told)

    late = preview(officer, "split", change_set=halved["id"], item=part(halved, 50), line=AGAIN)
    assert (late.status_code, late.json()["code"]) == (412, "stale")
    for body, version in (
        ({"edits": told["edits"]}, None),
        ({"edits": [], "replaces": [part(halved, 50)]}, None),
        ({"edits": told["edits"][1:]}, halved["version"]),
    ):
        answer = call(officer, f"/{halved['id']}/edits", body, version)
        assert (answer.status_code, answer.json()["code"]) == (412, "stale"), body
    assert ChangeItem.objects.count() == 4


def test_only_the_author_works_amid_a_draft_and_only_while_it_is_one(people: dict[str, User], halved: dict[str, Any]) -> None:
    officer, asked = as_(people["officer"]), {"change_set": halved["id"], "item": part(halved, 50), "line": AGAIN}
    assert preview(as_(people["approver"]), "split", **asked).status_code == 404
    call(officer, f"/{halved['id']}/submit", {"because": "x"}, halved["version"])
    assert preview(officer, "split", **asked).json()["code"] == "change_set_status"
    assert preview(as_(people["approver"]), "split", **asked).json()["code"] == "change_set_status"


def test_an_edit_of_what_the_draft_makes_is_folded_into_its_making(people: dict[str, User], halved: dict[str, Any]) -> None:
    officer, north = as_(people["officer"]), part(halved, 50)
    given = call(officer, f"/{halved['id']}/edits", {"edits": [{"layer": "parcels", "op": "update", "item": north, "properties": {"land_use": "CLN"}}]}).json()
    (made,) = [one for one in given["edits"] if one["item"] == north]
    assert (made["edit"]["op"], made["edit"]["properties"]["land_use"], made["after"]["properties"]["land_use"]) == ("create", "CLN", "CLN")
    assert made["edit"]["parents"] and made["record"] == {"kind": "tach_thua"}

    one = {"layer": "parcels", "op": "update", "item": north, "properties": {"land_use": "LUC"}}
    assert officer.post("/api/edits/preview", {"edits": [one]}, content_type="application/json").json()["code"] == "bad_request"
    for wrong in ({**one, "fid": 1}, {**one, "op": "create"}, {**one, "item": "x"}):
        assert call(officer, f"/{halved['id']}/edits", {"edits": [wrong]}).status_code == 400, wrong
    assert call(officer, f"/{halved['id']}/edits", {"edits": [{**one, "layer": "roads"}]}).status_code == 412


def test_edits_take_the_place_of_others_or_nothing_changes(people: dict[str, User], row: list[Parcel]) -> None:  # noqa: F811
    officer = as_(people["officer"])
    given = draft(officer, update(row[0], status="disputed"))
    (first,) = [one["item"] for one in given["edits"]]

    refused = call(officer, f"/{given['id']}/edits", {"edits": [update(row[0], version=7, status="planned")], "replaces": [first]})
    assert refused.status_code == 412 and ChangeItem.objects.get().pk == first
    now = call(officer, f"/{given['id']}/edits", {"edits": [update(row[1], status="planned")], "replaces": [first]}).json()
    assert [one["edit"]["fid"] for one in now["edits"]] == [row[1].pk]


def test_what_would_be_lost_is_refused(people: dict[str, User], row: list[Parcel]) -> None:  # noqa: F811
    """A change of what a set only brings back, and of a set that is a file, would be kept and never published."""
    officer, approver = as_(people["officer"]), as_(people["approver"])
    gone = draft(officer, {"layer": "parcels", "op": "delete", "fid": row[2].pk, "version": 1})
    accepted = {issue["key"]: "x" for issue in gone["issues"]}
    gone = call(officer, f"/{gone['id']}/submit", {"because": "x", "accepted": accepted}, gone["version"]).json()
    assert call(approver, f"/{gone['id']}/approve", {}, gone["version"]).status_code == 200
    undoing = call(officer, f"/{gone['id']}/revert").json()
    answer = call(officer, f"/{undoing['id']}/edits", {"edits": [update(row[2], version=2, status="disputed")]})
    assert (answer.status_code, answer.json()["code"]) == (409, "change_set_status")

    ChangeSet.objects.filter(pk=undoing["id"]).update(kind="import")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(changesets.KINDS, "import", changesets.KINDS["edits"])
        assert "edit" not in officer.get(f"/api/changesets/{undoing['id']}").json()["may"]
        answer = call(officer, f"/{undoing['id']}/edits", {"edits": [update(row[1], status="disputed")]})
        assert (answer.status_code, answer.json()["code"]) == (409, "change_set_status")
