"""Land over HTTP: what would come of it is seen before anything is stored, what is published has its record, its parents and its children."""

from datetime import date, datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pyproj import Geod
from shapely.geometry import shape as shape_of

from geo.crs import CITY_SRID, WGS84, reproject, to_city
from geo.models import User
from layers.access import scope_of
from layers.cadastre import land, lineage
from layers.cadastre.land import Caller
from layers.layer import Grant
from layers.library.land_records import LandRecord, Lineage, Retired
from layers.library.land_uses import MinimumArea
from layers.library.parcels import Parcel, Parcels
from layers.library.wards import AdminUnit
from tests.conftest import JUNCTION, city_wkt
from tests.house.test_changesets import call, draft, submitted
from tests.house.test_editing import as_, lonlat

pytestmark = pytest.mark.django_db
CENTIMETRES_M2 = 0.01
X0, Y0 = to_city(*JUNCTION)


def line(*offsets: tuple[float, float]) -> dict[str, Any]:
    return {"type": "LineString", "coordinates": lonlat(*offsets)}


ACROSS = line((5, 20), (35, 20))


@pytest.fixture
def row(town: dict) -> list[Parcel]:
    """Three neighbours along a street, each 20 m by 30 m; the paper says a little more."""
    town["parcel"].delete()
    found = []
    for number, west, legal_m2, name in ((47, 10, 610.0, "Nguyễn Văn A"), (48, 30, 606.0, "Trần Thị 48"), (49, 50, 606.0, "Trần Thị 49")):
        found.append(
            Parcel.objects.create(
                ward_code="31340",
                ward_valid_from=date(2025, 7, 1),
                sheet_no=12,
                parcel_no=number,
                land_use="ODT",
                land_user_name=name,
                legal_area_m2=legal_m2,
                certificate_no=f"CH {number}",
                geom=city_wkt("POLYGON", (west, 10), (west + 20, 10), (west + 20, 40), (west, 40), (west, 10)),
            )  # fmt: skip
        )
    return found


def preview(client: Client, op: str, **asked: Any) -> Any:
    return client.post("/api/land/preview", {"op": op, **asked}, content_type="application/json")


def seen(client: Client, op: str, **asked: Any) -> dict[str, Any]:
    answer = preview(client, op, **asked)
    assert answer.status_code == 200, answer.content
    return answer.json()


def published(people: dict[str, User], proposal: dict[str, Any], document: str = "12/BĐ ngày 20/11/2026") -> dict[str, Any]:
    officer, approver = as_(people["officer"]), as_(people["approver"])
    given = draft(officer, *proposal["edits"], record={"kind": proposal["kind"]})
    accepted = {issue["key"]: "theo hồ sơ đo đạc" for issue in given["issues"]}
    given = call(officer, f"/{given['id']}/submit", {"because": "theo hồ sơ", "document": document, "accepted": accepted}, given["version"]).json()
    answer = call(approver, f"/{given['id']}/approve", {}, given["version"])
    assert answer.status_code == 200, answer.content
    return answer.json()


def parcel_numbers() -> list[int]:
    return sorted(Parcel.objects.values_list("parcel_no", flat=True))


def split(people: dict[str, User], parcel: Parcel, across: dict[str, Any]) -> list[Parcel]:
    """Published; the children by their numbers."""
    before = set(Parcel.objects.values_list("pk", flat=True))
    published(people, seen(as_(people["officer"]), "split", fid=parcel.pk, version=parcel.version, line=across))
    return list(Parcel.objects.exclude(pk__in=before).order_by("parcel_no"))


# What would be.


def test_a_split_is_shown_with_areas_against_the_paper_and_stores_nothing(people: dict[str, User], row: list[Parcel]) -> None:
    told = seen(as_(people["officer"]), "split", fid=row[0].pk, version=1, line=ACROSS)

    assert [edit["op"] for edit in told["edits"]] == ["delete", "create", "create"]
    assert [edit["parents"] for edit in told["edits"][1:]] == [[row[0].pk]] * 2
    assert [(area["number"], area["measured_m2"], area["legal_m2"]) for area in told["areas"]] == [("12/50", 400.0, 406.7), ("12/51", 200.0, 203.3)]
    assert told["before"] == [{"fid": row[0].pk, "number": "12/47", "measured_m2": 600.0, "legal_m2": 610.0, "difference_percent": -1.64}]
    assert sum(area["legal_m2"] for area in told["areas"]) == pytest.approx(610.0)
    assert len(told["features"]) == 2 and "tỷ lệ" in told["note"]["vi"]
    assert parcel_numbers() == [47, 48, 49] and not LandRecord.objects.exists()


def test_children_are_what_their_parent_was(people: dict[str, User], row: list[Parcel]) -> None:
    child = seen(as_(people["officer"]), "split", fid=row[1].pk, version=1, line=line((30, 20), (50, 20)))["edits"][1]["properties"]

    assert (child["land_use"], child["status"], child["certificate_no"], child["ward_code"], child["ward_valid_from"]) == (
        "ODT", "in_use", "CH 48", "31340", "2025-07-01")  # fmt: skip


def test_what_is_shown_is_what_is_published_and_measures_what_it_measured(people: dict[str, User], row: list[Parcel]) -> None:
    told = seen(as_(people["officer"]), "split", fid=row[0].pk, version=1, line=line((3, 17), (22, 31), (38, 12)))

    published(people, told)

    children = list(Parcel.objects.filter(parcel_no__gte=50))
    assert {round(one.geom.area, 2) for one in children} == {area["measured_m2"] for area in told["areas"]}
    assert sum(one.geom.area for one in children) == pytest.approx(600, abs=CENTIMETRES_M2)
    assert children[0].geom.intersection(children[1].geom).area < 1e-6
    assert all(one.geom.intersection(row[1].geom).area < 1e-6 for one in children)


def test_areas_in_metres_are_those_of_the_ellipsoid_within_what_the_grid_stretches(people: dict[str, User], row: list[Parcel]) -> None:
    """An oracle that knows nothing of our metres: the geodesic area of what went out as degrees."""
    told = seen(as_(people["officer"]), "split", fid=row[0].pk, version=1, line=ACROSS)

    for edit, area in zip(told["edits"][1:], told["areas"], strict=True):
        true_m2 = abs(Geod(ellps="WGS84").geometry_area_perimeter(shape_of(edit["geometry"]))[0])
        assert area["measured_m2"] == pytest.approx(true_m2, rel=5e-4)


def test_a_parcel_is_divided_in_three_of_one_size_along_a_bearing(people: dict[str, User], row: list[Parcel]) -> None:
    told = seen(as_(people["officer"]), "subdivide", fid=row[1].pk, version=1, parts=3, bearing_deg="90°00'00\"")

    assert [area["measured_m2"] for area in told["areas"]] == [200.0] * 3
    assert [edit["properties"]["parcel_no"] for edit in told["edits"][1:]] == [50, 51, 52]
    ring = reproject(shape_of(told["edits"][1]["geometry"]), WGS84, CITY_SRID).bounds
    assert (ring[1] - Y0, ring[3] - Y0) == (pytest.approx(30, abs=1e-4), pytest.approx(40, abs=1e-4)), "east is looked along: the left is the north"


def test_an_area_is_cut_off(people: dict[str, User], row: list[Parcel]) -> None:
    told = seen(as_(people["officer"]), "subdivide", fid=row[1].pk, version=1, area_m2=150, parts=2, bearing_deg=0)
    assert [area["measured_m2"] for area in told["areas"]] == [150.0, 450.0]


def test_a_traverse_in_vn_2000_cuts_a_parcel_and_tells_its_stations_as_tables_write_them(people: dict[str, User], row: list[Parcel]) -> None:
    told = seen(
        as_(people["officer"]), "traverse", fid=row[0].pk, version=1, start={"x_north": Y0 + 20, "y_east": X0 + 10},
        courses=[{"bearing_deg": "90°00'00\"", "distance_m": 8}, {"bearing_deg": "0-00-00", "distance_m": 5}, {"bearing_deg": 90, "distance_m": 12}],
    )  # fmt: skip

    assert {area["measured_m2"] for area in told["areas"]} == {8 * 10 + 12 * 15.0, 600.0 - 260.0}
    assert told["walk"]["stations"][1] == {"x_north": round(Y0 + 20, 3), "y_east": round(X0 + 18, 3), "lonlat": pytest.approx(lonlat((18, 20))[0])}
    assert (told["walk"]["closes"], told["walk"]["length_m"]) == (False, 25.0)


def test_a_traverse_around_is_a_new_parcel_on_the_sheet_beside_it_with_its_misclosure_told(people: dict[str, User], row: list[Parcel]) -> None:
    courses = [{"bearing_deg": bearing, "distance_m": far} for bearing, far in ((0, 20), (90, 15), (180, 20), (270, 15.03))]
    told = seen(
        as_(people["officer"]), "traverse", start={"x_north": Y0 + 10, "y_east": X0 + 70}, courses=courses, properties={"land_use": "CLN"}
    )  # fmt: skip

    assert (told["walk"]["misclosure_m"], told["walk"]["one_in"]) == (0.03, 2334)
    assert told["edits"][0]["properties"]["land_use"] == "CLN" and "gần nhất" in told["note"]["vi"]
    like = seen(as_(people["officer"]), "traverse", start={"x_north": Y0 + 10, "y_east": X0 + 70}, courses=courses)
    assert like["edits"][0]["properties"]["land_use"] == "ODT", "as the parcel beside it, until the officer says otherwise"
    assert told["areas"][0]["measured_m2"] == pytest.approx(300, abs=0.5) and told["areas"][0]["number"] == "12/50"
    published(people, told)
    assert LandRecord.objects.get().kind == "do_dac_moi"


def test_neighbours_are_told_of_a_corner_on_their_edge_and_given_it_when_wanted(people: dict[str, User], row: list[Parcel]) -> None:
    officer = as_(people["officer"])
    told = seen(officer, "split", fid=row[0].pk, version=1, line=line((5, 20), (35, 25)))
    assert [corner["fid"] for corner in told["vertices"]] == [row[1].pk] and told["vertices"][0]["off_m"] < 1e-6
    assert len(told["edits"]) == 3, "an edge that meets its neighbour needs no edit: two officers at work side by side do not collide"

    joined = seen(officer, "split", fid=row[0].pk, version=1, line=line((5, 20), (35, 25)), neighbours=True)
    assert [edit["fid"] for edit in joined["edits"] if edit["op"] == "update"] == [row[1].pk]
    published(people, joined)

    neighbour = Parcel.objects.get(pk=row[1].pk)
    assert neighbour.geom.num_coords == 6 and neighbour.version == 2
    assert LandRecord.objects.get().fids == sorted([row[0].pk, row[1].pk, *Parcel.objects.filter(parcel_no__gte=50).values_list("pk", flat=True)])


@pytest.mark.parametrize(
    ("op", "asked", "status", "code"),
    [("split", {"line": line((5, 20), (22, 20))}, 422, "cut_ends_inside"), ("split", {"line": line((100, 20), (120, 20))}, 422, "cut_misses"),
     ("split", {"line": {"type": "Point", "coordinates": [105.8, 9.8]}}, 422, "type_not_allowed"), ("split", {"line": {"type": "LineString"}}, 422, "malformed_geometry"),
     ("split", {}, 400, "bad_request"), ("subdivide", {"parts": 3}, 400, "bad_request"), ("subdivide", {"parts": 1, "bearing_deg": 0}, 422, "bad_division"),
     ("subdivide", {"parts": 2, "bearing_deg": "N45E"}, 422, "bad_course"), ("subdivide", {"area_m2": 1e9, "bearing_deg": 1}, 422, "bad_division"),
     ("split", {"line": ACROSS, "version": 2}, 412, "stale"), ("split", {"line": ACROSS, "fid": 2**40}, 404, "not_found"), ("rotate", {}, 400, "bad_request"),
     ("split", {"line": ACROSS, "fid": -1}, 404, "not_found"), ("split", {"line": ACROSS, "fid": 2**70}, 404, "not_found")],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_said(people: dict[str, User], row: list[Parcel], op: str, asked: dict[str, Any], status: int, code: str) -> None:
    answer = preview(as_(people["officer"]), op, **{"fid": row[0].pk, "version": 1, **asked})
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_number_that_is_none_leads_nowhere(people: dict[str, User], row: list[Parcel]) -> None:
    body = '{"op": "traverse", "start": {"x_north": NaN, "y_east": 1}, "courses": [{"bearing_deg": 0, "distance_m": 5}]}'
    answer = as_(people["officer"]).post("/api/land/preview", body, content_type="application/json")
    assert answer.status_code in (400, 422)


def test_a_merge_of_what_does_not_touch_is_refused(people: dict[str, User], row: list[Parcel]) -> None:
    officer = as_(people["officer"])
    assert preview(officer, "merge", fids=[row[0].pk, row[2].pk], versions=[1, 1]).json()["code"] == "not_neighbours"
    assert preview(officer, "merge", fids=[row[0].pk], versions=[1]).json()["code"] == "not_neighbours"
    assert preview(officer, "merge", fids=[row[0].pk, row[0].pk], versions=[1, 1]).status_code == 400
    assert preview(officer, "merge", fids=[row[0].pk, row[1].pk], versions=[1]).status_code == 400
    assert preview(officer, "merge", fids=[row[0].pk, row[1].pk], versions=[1, 1], keep=row[2].pk).status_code == 400
    assert preview(officer, "merge", fids=[row[0].pk, row[1].pk], versions=[1, 7]).status_code == 412


# Who.


def test_the_wrong_person_previews_nothing(people: dict[str, User], row: list[Parcel]) -> None:
    asked = {"fid": row[0].pk, "version": 1, "line": ACROSS}
    assert preview(Client(), "split", **asked).status_code == 401
    for person in ("operator", "leader", "field", "agency", "kiosk"):
        assert preview(as_(people[person]), "split", **asked).status_code == 403, person
    people["officer"].edit_layers = ["roads"]
    people["officer"].save()
    assert preview(as_(people["officer"]), "split", **asked).status_code == 403


def test_names_are_neither_shown_nor_lost(people: dict[str, User], row: list[Parcel]) -> None:
    told = seen(as_(people["officer"]), "split", fid=row[1].pk, version=1, line=line((30, 20), (50, 20)))
    assert "Trần" not in str(told) and not any("land_user_name" in (edit.get("properties") or {}) for edit in told["edits"])

    published(people, told)

    assert set(Parcel.objects.filter(parcel_no__gte=50).values_list("land_user_name", flat=True)) == {"Trần Thị 48"}


def test_a_merged_parcel_keeps_every_name_for_whoever_may_see_it(people: dict[str, User], row: list[Parcel]) -> None:
    told = seen(as_(people["officer"]), "merge", fids=[row[1].pk, row[2].pk], versions=[1, 1], keep=row[2].pk)
    assert "Trần" not in str(told) and told["edits"][-1]["properties"]["certificate_no"] == "CH 49"
    assert told["areas"][0]["legal_m2"] == 1212.0

    published(people, told)

    merged = Parcel.objects.get(parcel_no=50)
    assert set(merged.land_user_name.split("; ")) == {"Trần Thị 48", "Trần Thị 49"}
    assert merged.geom.area == pytest.approx(1200, abs=CENTIMETRES_M2)


def test_an_approver_sees_the_names_in_what_is_proposed(people: dict[str, User], row: list[Parcel]) -> None:
    told = seen(as_(people["approver"]), "merge", fids=[row[1].pk, row[2].pk], versions=[1, 1])
    assert told["edits"][-1]["properties"]["land_user_name"] == "Trần Thị 48; Trần Thị 49"


def test_who_is_bounded_to_another_ward_previews_nothing_here(people: dict[str, User], row: list[Parcel]) -> None:
    for code, west in (("31340", -500), ("31411", 5_000)):
        AdminUnit.objects.create(
            code=code, name=code, kind="phuong", valid_from=date(2025, 7, 1),
            geom=city_wkt("MULTIPOLYGON", (west, -500), (west + 1_000, -500), (west + 1_000, 500), (west, 500), (west, -500)),
        )  # fmt: skip
    people["officer"].wards = ["31411"]
    people["officer"].save()

    answer = preview(as_(people["officer"]), "split", fid=row[0].pk, version=1, line=ACROSS)
    assert (answer.status_code, answer.json()["code"]) == (403, "outside_wards")
    people["officer"].wards = ["31340"]
    people["officer"].save()
    assert preview(as_(people["officer"]), "split", fid=row[0].pk, version=1, line=ACROSS).status_code == 200


# What is published.


def test_a_record_says_what_was_done_under_which_paper_by_whom(people: dict[str, User], row: list[Parcel]) -> None:
    first, second = split(people, row[0], ACROSS)

    record = LandRecord.objects.get()
    assert (record.kind, record.document, record.signed_on, record.by, record.because) == (
        "tach_thua", "12/BĐ ngày 20/11/2026", date(2026, 11, 20), people["officer"], "theo hồ sơ")  # fmt: skip
    assert set(Lineage.objects.values_list("parent_fid", "parent_version", "child_fid")) == {(row[0].pk, 1, first.pk), (row[0].pk, 1, second.pk)}
    gone = Retired.objects.get()
    assert (gone.fid, gone.sheet_no, gone.parcel_no, round(gone.measured_area_m2, 2)) == (row[0].pk, 12, 47, 600.0)
    told = as_(people["officer"]).get(f"/api/land/records/{first.pk}").json()["items"]
    assert [(one["kind"], one["title"], one["change_set"]) for one in told] == [("tach_thua", "Tách thửa", record.change_set)]


def test_a_boundary_is_adjusted_and_the_parcels_go_on(people: dict[str, User], row: list[Parcel]) -> None:
    told = seen(as_(people["officer"]), "adjust", fids=[row[0].pk, row[1].pk], versions=[1, 1], line=line((28, 5), (33, 45)))
    assert [edit["op"] for edit in told["edits"][:2]] == ["update", "update"]

    published(people, told)

    first, second = Parcel.objects.get(pk=row[0].pk), Parcel.objects.get(pk=row[1].pk)
    assert first.geom.area + second.geom.area == pytest.approx(1200, abs=CENTIMETRES_M2)
    assert round(first.geom.area, 2) == told["areas"][0]["measured_m2"] != 600.0
    assert (LandRecord.objects.get().kind, Lineage.objects.count()) == ("chinh_ly_ranh", 0)


@pytest.mark.parametrize(
    ("properties", "kind"), [({"land_use": "TMD"}, "chuyen_muc_dich"), ({"status": "recovered"}, "thu_hoi"), ({"certificate_no": "CH 1"}, None)]
)
def test_a_change_of_a_standing_parcel_is_recorded_as_what_it_is(
    people: dict[str, User], row: list[Parcel], properties: dict[str, Any], kind: str | None
) -> None:
    edit = {"layer": "parcels", "op": "update", "fid": row[0].pk, "version": 1, "properties": properties}

    published(people, {"edits": [edit], "kind": None})

    assert [record.kind for record in LandRecord.objects.all()] == ([kind] if kind else [])


def test_two_affairs_in_one_set_are_two_records(people: dict[str, User], row: list[Parcel]) -> None:
    officer = as_(people["officer"])
    one = seen(officer, "split", fid=row[0].pk, version=1, line=ACROSS)
    given = draft(officer, *one["edits"], record={"kind": "tach_thua"})
    other = seen(officer, "merge", fids=[row[1].pk, row[2].pk], versions=[1, 1])
    assert other["areas"][0]["number"] == "12/52", "the draft has proposed 50 and 51 already"
    assert call(officer, f"/{given['id']}/edits", {"edits": other["edits"], "record": {"kind": "hop_thua"}}).status_code == 200
    given = call(officer, f"/{given['id']}/submit", {"because": "x"}, officer.get(f"/api/changesets/{given['id']}").json()["version"]).json()
    assert call(as_(people["approver"]), f"/{given['id']}/approve", {}, given["version"]).status_code == 200

    assert sorted(LandRecord.objects.values_list("kind", flat=True)) == ["hop_thua", "tach_thua"]
    assert Lineage.objects.count() == 4


# Where it came from.


def test_the_family_of_three_generations_is_told_from_any_of_them(people: dict[str, User], row: list[Parcel]) -> None:
    north, south = split(people, row[0], ACROSS)
    left, right = split(people, north, line((20, 15), (20, 45)))
    published(people, seen(as_(people["officer"]), "merge", fids=[right.pk, row[1].pk], versions=[1, 1]))
    merged = Parcel.objects.get(parcel_no__gt=right.parcel_no)
    officer = as_(people["officer"])

    told = officer.get(f"/api/land/lineage/{merged.pk}").json()

    numbers = {node["fid"]: node["number"] for node in told["nodes"]}
    assert numbers == {row[0].pk: "12/47", north.pk: "12/50", right.pk: "12/53", row[1].pk: "12/48", merged.pk: "12/54"}
    assert {(link["parent"], link["child"], link["kind"]) for link in told["links"]} == {
        (row[0].pk, north.pk, "tach_thua"), (north.pk, right.pk, "tach_thua"), (right.pk, merged.pk, "hop_thua"), (row[1].pk, merged.pk, "hop_thua"),
    }  # fmt: skip
    ends = {node["fid"]: (node["status"], node["until"] is None) for node in told["nodes"]}
    assert ends[row[0].pk] == ("historic", False) and ends[merged.pk] == ("in_use", True)
    down = officer.get(f"/api/land/lineage/{row[0].pk}").json()
    assert {node["fid"] for node in down["nodes"]} == {row[0].pk, north.pk, south.pk, left.pk, right.pk, merged.pk}, "what is no longer is asked the same way"


def test_the_family_is_told_to_whoever_may_see_parcels_without_names(people: dict[str, User], row: list[Parcel]) -> None:
    first, _ = split(people, row[1], line((30, 20), (50, 20)))

    assert Client().get(f"/api/land/lineage/{first.pk}").status_code == 401
    told = as_(people["operator"]).get(f"/api/land/lineage/{row[1].pk}")
    assert told.status_code == 200 and "Trần" not in told.content.decode()
    people["operator"].roles.get().permissions.clear()
    role = people["operator"].roles.get()
    role.permissions = ["see_cases"]
    role.save()
    never = as_(people["operator"]).get(f"/api/land/lineage/{2**40}")
    hidden = as_(people["operator"]).get(f"/api/land/lineage/{row[1].pk}")
    assert (never.status_code, hidden.status_code) == (404, 404)


def test_a_split_that_is_undone_brings_the_parent_back_and_says_so(people: dict[str, User], row: list[Parcel]) -> None:
    first, _ = split(people, row[0], ACROSS)
    number = LandRecord.objects.get().change_set
    officer, approver = as_(people["officer"]), as_(people["approver"])
    undone = officer.post(f"/api/changesets/{number}/revert", {}, content_type="application/json", headers={"If-Match": '"v4"'})
    assert undone.status_code in (200, 201), undone.content
    given = call(officer, f"/{undone.json()['id']}/submit", {"because": "tách nhầm"}, undone.json()["version"]).json()
    assert call(approver, f"/{given['id']}/approve", {}, given["version"]).status_code == 200

    assert parcel_numbers() == [47, 48, 49]
    told = officer.get(f"/api/land/lineage/{first.pk}").json()
    status = {node["fid"]: node["status"] for node in told["nodes"]}
    assert (status[row[0].pk], status[first.pk]) == ("in_use", "historic")
    assert LandRecord.objects.latest("pk").kind == "hoan_tac"
    assert seen(officer, "split", fid=row[0].pk, version=Parcel.objects.get(pk=row[0].pk).version, line=ACROSS)["areas"][0]["number"] == "12/52", (
        "the numbers of the undone parts are not given again"
    )


# Two windows.


def test_of_two_officers_who_split_one_parcel_the_first_to_be_published_wins(people: dict[str, User], row: list[Parcel]) -> None:
    one, other, approver = as_(people["officer"]), as_(people["approver"]), as_(people["approver"])
    by_one = submitted(one, *seen(one, "split", fid=row[0].pk, version=1, line=ACROSS)["edits"])
    by_other = submitted(other, *seen(other, "split", fid=row[0].pk, version=1, line=line((20, 5), (20, 45)))["edits"])
    assert call(approver, f"/{by_one['id']}/approve", {}, by_one["version"]).status_code == 200

    late = call(one, f"/{by_other['id']}/approve", {}, by_other["version"])

    assert late.status_code in (403, 404), "the officer may not publish"
    second = _another_approver(people)
    late = call(second, f"/{by_other['id']}/approve", {}, by_other["version"])
    assert (late.status_code, late.json()["code"], late.json()["theirs"]) == (412, "stale", None)
    assert (late.json()["deleted"]["by"], late.json()["deleted"]["because"]) == ("officer", "theo hồ sơ")
    assert parcel_numbers() == [48, 49, 50, 51] and Lineage.objects.count() == 2
    again = preview(other, "split", fid=row[0].pk, version=1, line=ACROSS)
    assert (again.status_code, again.json()["deleted"]["version"]) == (412, 2)


def _another_approver(people: dict[str, User]) -> Client:
    user = User.objects.create_user(username="approver2", password="a long enough word", agency=people["approver"].agency)
    user.roles.set(people["approver"].roles.all())
    return as_(user)


def test_numbers_go_on_after_those_that_are_no_longer(people: dict[str, User], row: list[Parcel]) -> None:
    """49 is the highest; when it has gone, its number does not come again."""
    published(people, seen(as_(people["officer"]), "merge", fids=[row[1].pk, row[2].pk], versions=[1, 1]))
    merged = Parcel.objects.get(parcel_no=50)
    edit = {"layer": "parcels", "op": "delete", "fid": merged.pk, "version": 1}
    published(people, {"edits": [edit], "kind": "thu_hoi"})

    assert seen(as_(people["officer"]), "split", fid=row[0].pk, version=1, line=ACROSS)["areas"][0]["number"] == "12/51"
    assert LandRecord.objects.latest("pk").kind == "thu_hoi"


def test_the_verbs_work_without_http_too(people: dict[str, User], row: list[Parcel]) -> None:
    caller = Caller(people["officer"], scope_of(people["officer"]), at=people["officer"].date_joined)
    proposal = land.split(caller=caller, fid=row[0].pk, version=1, line=ACROSS)
    assert [round(area.measured_m2) for area in proposal.areas] == [400, 200]


# The smallest parcels.


def _minimum(area_m2: float, severity: str = "warning", **more: Any) -> MinimumArea:
    return MinimumArea.objects.create(
        **{"land_use": "ODT", "min_area_m2": area_m2, "decision": "QĐ mô phỏng số 0", "severity": severity, "valid_from": date(2020, 1, 1), **more}
    )


def _below(told: dict[str, Any]) -> list[tuple[str, float]]:
    return [(issue["severity"], issue["measure"]) for issue in told["issues"] if issue["rule"] == "split_minimum"]


def test_a_part_below_the_minimum_is_told_with_its_decision_and_needs_a_reason(people: dict[str, User], row: list[Parcel]) -> None:
    _minimum(250)
    officer = as_(people["officer"])

    told = seen(officer, "split", fid=row[0].pk, version=1, line=ACROSS)

    assert _below(told) == [("warning", 200.0)]
    assert "QĐ mô phỏng số 0" in told["issues"][0]["vi"] and "250 m²" in told["issues"][0]["en"]
    given = draft(officer, *told["edits"], record={"kind": told["kind"]})
    refused = call(officer, f"/{given['id']}/submit", {"because": "x"}, given["version"])
    assert (refused.status_code, refused.json()["code"]) == (422, "warning_reason_needed")
    reason = {told["issues"][0]["key"]: "được UBND cho phép"}
    assert call(officer, f"/{given['id']}/submit", {"because": "x", "accepted": reason}, given["version"]).status_code == 200


def test_a_minimum_that_blocks_blocks_also_what_was_not_previewed(people: dict[str, User], row: list[Parcel]) -> None:
    officer = as_(people["officer"])
    told = seen(officer, "split", fid=row[0].pk, version=1, line=ACROSS)
    assert _below(told) == []
    given = draft(officer, *told["edits"])
    _minimum(250, "error")

    refused = call(officer, f"/{given['id']}/submit", {"because": "x"}, given["version"])

    assert (refused.status_code, refused.json()["code"]) == (422, "rules_broken")


@pytest.mark.parametrize(
    ("minimum", "told"),
    [({"land_use": ""}, True), ({"land_use": "LUC"}, False), ({"ward_kind": "phuong"}, True), ({"ward_kind": "xa"}, False), ({"valid_until": date(2021, 1, 1)}, False),
     ({"valid_from": date(2999, 1, 1)}, False), ({"min_area_m2": 200.0}, False)],
)  # fmt: skip
def test_a_minimum_is_of_a_purpose_a_kind_of_ward_and_a_time(people: dict[str, User], row: list[Parcel], minimum: dict[str, Any], told: bool) -> None:
    AdminUnit.objects.create(
        code="31340", name="Ngã Bảy", kind="phuong", valid_from=date(2025, 7, 1),
        geom=city_wkt("MULTIPOLYGON", (-500, -500), (500, -500), (500, 500), (-500, 500), (-500, -500)),
    )  # fmt: skip
    _minimum(250, **minimum)

    assert bool(_below(seen(as_(people["officer"]), "split", fid=row[0].pk, version=1, line=ACROSS))) is told


def test_the_nearest_minimum_holds(people: dict[str, User], row: list[Parcel]) -> None:
    """The purpose's own goes before the general one, even where it asks for less."""
    _minimum(10_000, "error", land_use="")
    _minimum(250)

    assert _below(seen(as_(people["officer"]), "split", fid=row[0].pk, version=1, line=ACROSS)) == [("warning", 200.0)]


def test_a_minimum_speaks_of_splits_alone(people: dict[str, User], row: list[Parcel]) -> None:
    _minimum(5_000, "error")
    officer = as_(people["officer"])

    assert _below(seen(officer, "merge", fids=[row[0].pk, row[1].pk], versions=[1, 1])) == []
    assert _below(seen(officer, "adjust", fids=[row[0].pk, row[1].pk], versions=[1, 1], line=line((28, 5), (33, 45)))) == []


# As it was.


def _as_it_was(client: Client, moment: datetime) -> dict[int, tuple[int, float]]:
    """Number → fid and area of the parcels as they stood."""
    answer = client.get("/api/layers/parcels/features", {"as_of": moment.isoformat()})
    assert answer.status_code == 200, answer.content
    return {one["properties"]["parcel_no"]: (one["id"], round(one["properties"]["measured_area_m2"], 1)) for one in answer.json()["features"]}


def test_the_map_of_before_shows_the_parents_and_that_of_after_the_children(people: dict[str, User], row: list[Parcel]) -> None:
    officer = as_(people["officer"])
    before = timezone.now()
    first, second = split(people, row[0], ACROSS)
    between = timezone.now()
    published(people, seen(officer, "merge", fids=[second.pk, row[1].pk], versions=[1, 1]))
    merged = Parcel.objects.get(parcel_no=52)

    standing = {49: (row[2].pk, 600.0)}
    assert _as_it_was(officer, before) == {47: (row[0].pk, 600.0), 48: (row[1].pk, 600.0), **standing}
    assert _as_it_was(officer, between) == {50: (first.pk, 400.0), 51: (second.pk, 200.0), 48: (row[1].pk, 600.0), **standing}
    assert _as_it_was(officer, timezone.now()) == {50: (first.pk, 400.0), 52: (merged.pk, 800.0), **standing}
    told = officer.get(f"/api/layers/parcels/features/{row[0].pk}", {"as_of": before.isoformat()}).json()
    assert "land_user_name" not in told["properties"], "what is hidden now has no past"


# More than one feature could carry.


def test_a_long_family_is_told_in_part_and_says_so(people: dict[str, User], row: list[Parcel], monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = split(people, row[0], ACROSS)
    split(people, first, line((20, 15), (20, 45)))
    officer = as_(people["officer"])
    assert officer.get(f"/api/land/lineage/{row[0].pk}").json()["truncated"] is False

    monkeypatch.setattr(lineage, "MOST_NODES", 3)
    told = officer.get(f"/api/land/lineage/{row[0].pk}").json()

    assert told["truncated"] is True and len(told["links"]) == 3
    assert second.pk in {node["fid"] for node in told["nodes"]}


def test_whoever_sees_some_rows_only_is_told_of_no_parcel_that_is_no_longer(
    people: dict[str, User], row: list[Parcel], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether a row that has gone would have been shown cannot be asked any more."""
    first, _ = split(people, row[0], ACROSS)
    monkeypatch.setattr(Parcels, "grants", (Grant("see_assets", rows="t.parcel_no <> 51"),))
    officer = as_(people["officer"])

    told = officer.get(f"/api/land/lineage/{first.pk}").json()

    assert ([node["number"] for node in told["nodes"]], told["links"]) == (["12/50"], [])
    assert officer.get(f"/api/land/lineage/{row[0].pk}").status_code == 404
    assert officer.get(f"/api/land/records/{row[0].pk}").status_code == 404
