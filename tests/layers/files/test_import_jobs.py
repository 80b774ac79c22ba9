"""Files by the page: taken up, asked about, shown, applied, called off; never half, never somebody else's, never more than two at once."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone

from geo.acting import acting
from geo.crs import to_city
from geo.models import User
from layers import query
from layers.access import SYSTEM, opened, scope_of
from layers.files import import_jobs, staging
from layers.library.parcels import Parcel
from layers.library.street_lights import StreetLight
from layers.library.wards import AdminUnit
from layers.making import made
from layers.models import ImportJob, MadeLayer
from tests.conftest import JUNCTION, city_wkt

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def uploads(tmp_path: Path, settings: Any, db: None) -> Iterator[Path]:
    """A folder of its own, and no made layers afterwards."""
    settings.VAR_DIR = tmp_path
    yield tmp_path / "uploads"
    MadeLayer.objects.all().delete()
    made.refresh()


@pytest.fixture
def signed_in(people: dict[str, User]) -> dict[str, Client]:
    clients = {name: Client() for name in people}
    for name, client in clients.items():
        client.force_login(people[name])
    return clients


def lights(tmp_path: Path, *codes: str, east_m: float = 0.0, **more: Any) -> Path:
    """A file of street lights, each a little further east."""
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [JUNCTION[0] + (100 * index + east_m) * 9e-6, JUNCTION[1]]},
            "properties": {"asset_code": code, "power_w": 60, **more},
        }
        for index, code in enumerate(codes)
    ]
    path = tmp_path / "den đường.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def send(client: Client, path: Path, **asked: Any) -> Any:
    with path.open("rb") as file:
        return client.post("/api/imports", {"file": file, **asked})


def brought(client: Client, path: Path, **asked: Any) -> dict[str, Any]:
    """Sent up and read by the queue."""
    answer = send(client, path, **asked)
    assert answer.status_code == 202, answer.content
    return followed(client, answer.json()["id"])


def followed(client: Client, number: int) -> dict[str, Any]:
    import_jobs.read_job.call(number)
    return client.get(f"/api/imports/{number}").json()


def applied(client: Client, number: int, **orders: Any) -> dict[str, Any]:
    answer = client.post(f"/api/imports/{number}/apply", {"because": "kiểm kê", **orders}, content_type="application/json")
    assert answer.status_code == 200, answer.content
    import_jobs.write_job.call(number)
    return client.get(f"/api/imports/{number}").json()


def test_a_file_is_shown_first_and_written_when_it_is_applied(signed_in: dict[str, Client], tmp_path: Path, uploads: Path) -> None:
    officer = signed_in["officer"]
    job = brought(officer, lights(tmp_path, "D-1", "D-2"), layer="street_lights")

    assert (job["status"], job["file"]) == ("ready", "den đường.geojson")
    assert job["report"]["counts"] == {"new": 2, "changed": 0, "gone": 0, "unchanged": 0, "left_out": 0}
    assert not StreetLight.objects.exists()
    assert [path.name for path in uploads.iterdir()] != ["den đường.geojson"]

    done = applied(officer, job["id"])
    assert (done["status"], done["layer"], StreetLight.objects.count()) == ("done", "street_lights", 2)
    assert list(uploads.iterdir()) == []
    assert staging.standing() == []


def test_how_far_a_merge_is_can_be_seen_while_its_rows_cannot(signed_in: dict[str, Client], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    officer, seen = signed_in["officer"], []
    say = import_jobs._telling_within

    def spy(step: str, done: int, total: int) -> None:
        say(step, done, total)
        with connection.cursor() as cursor:
            # Here everything is one transaction, which reads the list of connections once.
            cursor.execute("select pg_stat_clear_snapshot()")
        told = officer.get(f"/api/imports/{ImportJob.objects.latest('pk').pk}").json()
        seen.append((told["status"], told["step"], told["done"], told["total"]))

    monkeypatch.setattr(staging, "WRITTEN_AT_ONCE", 2)
    monkeypatch.setattr(import_jobs, "_telling_within", spy)
    job = brought(officer, lights(tmp_path, *"ABCDE"), layer="street_lights")
    assert seen == [("reading", "rehearsing", done, 5) for done in (0, 2, 4)] + [("reading", "rules", 0, 0)]
    seen.clear()
    assert applied(officer, job["id"])["status"] == "done"
    assert seen == [("writing", "writing", done, 5) for done in (0, 2, 4)] + [("writing", "rules", 0, 0)]
    assert StreetLight.objects.count() == 5


def test_a_name_that_is_taken_is_refused_before_anything_is_read(signed_in: dict[str, Client], tmp_path: Path, uploads: Path) -> None:
    applied(signed_in["officer"], brought(signed_in["officer"], lights(tmp_path, "A"), title="Cột đèn")["id"])
    standing = ImportJob.objects.count()
    for asked in ({"title": "Cột đèn"}, {"title": "cot den"}):
        refused = send(signed_in["officer"], lights(tmp_path, "A"), **asked)
        assert (refused.status_code, refused.json()["code"], refused.json()["field"]) == (409, "conflict", "title")
    assert (ImportJob.objects.count(), list(uploads.iterdir())) == (standing, [])


def test_the_second_file_says_what_is_new_changed_gone_and_unchanged(signed_in: dict[str, Client], tmp_path: Path) -> None:
    """Matched by the code that the layer holds unique; what the file lacks is gone only when it says that it is complete."""
    officer = signed_in["officer"]
    applied(officer, brought(officer, lights(tmp_path, "D-1", "D-2", "D-3"), layer="street_lights")["id"])
    with acting(by=None, because="nobody's power is known"):
        StreetLight.objects.filter(asset_code="D-2").update(power_w=40)

    part = brought(officer, lights(tmp_path, "D-1", "D-2"), layer="street_lights")
    assert part["report"]["counts"] == {"new": 0, "changed": 1, "gone": 0, "unchanged": 1, "left_out": 0}
    import_jobs.cancel(number=part["id"], scope=import_jobs.scope_of(ImportJob.objects.get(pk=part["id"]).owner), at=timezone.now())

    whole = brought(officer, lights(tmp_path, "D-1", "D-2", "D-9"), layer="street_lights", complete="true")
    assert whole["report"]["counts"] == {"new": 1, "changed": 1, "gone": 1, "unchanged": 1, "left_out": 0}
    shown = officer.get(f"/api/imports/{whole['id']}/differences").json()
    assert {(one["change"], one["properties"]["asset_code"]) for one in shown["features"]} == {("changed", "D-2"), ("new", "D-9"), ("gone", "D-3")}
    changed = next(one for one in shown["features"] if one["change"] == "changed")
    assert (changed["properties"]["differs"], changed["before"]["power_w"], changed["properties"]["power_w"]) == (["power_w"], 40, 60)
    only_new = officer.get(f"/api/imports/{whole['id']}/differences?change=new&limit=1").json()
    assert ([one["properties"]["asset_code"] for one in only_new["features"]], only_new["truncated"]) == (["D-9"], False)

    applied(officer, whole["id"])
    assert set(StreetLight.objects.values_list("asset_code", "power_w")) == {("D-1", 60), ("D-2", 60), ("D-9", 60)}


def test_a_row_that_stays_out_keeps_its_counterpart_from_going(signed_in: dict[str, Client], tmp_path: Path) -> None:
    """A file that is not whole says nothing of what it lacks."""
    officer = signed_in["officer"]
    applied(officer, brought(officer, lights(tmp_path, "D-1", "D-2"), layer="street_lights")["id"])
    far = lights(tmp_path, "D-1", "D-2")
    far.write_text(far.read_text().replace(str(JUNCTION[0] + 100 * 9e-6), "12.0"))
    job = brought(officer, far, layer="street_lights", complete="true")

    assert job["report"]["counts"] == {"new": 0, "changed": 0, "gone": 0, "unchanged": 1, "left_out": 1}
    assert [problem["code"] for problem in job["report"]["problems"]] == ["not_complete", "out_of_extent"]


def test_a_key_that_stands_twice_stays_out(signed_in: dict[str, Client], tmp_path: Path) -> None:
    job = brought(signed_in["officer"], lights(tmp_path, "D-1", "D-2", "D-1"), layer="street_lights")

    assert job["report"]["counts"]["new"] == 1
    assert job["report"]["left_out"] == {"duplicate_key": 2}
    assert [problem["feature"] for problem in job["report"]["problems"]] == [1, 3]


def test_what_somebody_has_changed_meanwhile_is_not_written_over(signed_in: dict[str, Client], tmp_path: Path) -> None:
    """The same field clashes; another field merges."""
    officer = signed_in["officer"]
    applied(officer, brought(officer, lights(tmp_path, "D-1", "D-2"), layer="street_lights")["id"])
    job = brought(officer, lights(tmp_path, "D-1", "D-2", lamp="sodium", power_w=75), layer="street_lights")
    with acting(by=None, because="somebody was faster"):
        StreetLight.objects.filter(asset_code="D-1").update(condition=2, version=2)
    assert job["report"]["counts"]["changed"] == 2
    done = applied(officer, job["id"])
    light = StreetLight.objects.get(asset_code="D-1")
    assert (done["status"], light.condition, light.power_w, light.version) == ("done", 2, 75, 3)

    again = brought(officer, lights(tmp_path, "D-1", power_w=90), layer="street_lights")
    with acting(by=None, because="somebody was faster"):
        StreetLight.objects.filter(asset_code="D-1").update(power_w=80, version=4)
    failed = applied(officer, again["id"])
    assert (failed["status"], failed["problem"]["code"], failed["problem"]["clashes"]) == ("failed", "stale", [{"fid": light.pk, "fields": ["power_w"]}])
    assert StreetLight.objects.get(asset_code="D-1").power_w == 80


def test_what_the_file_does_not_say_is_asked_and_answered(signed_in: dict[str, Client], tmp_path: Path) -> None:
    path = tmp_path / "giếng.csv"
    path.write_text("tên,x,y\ngiếng,587000.0,1085000.0\n", encoding="utf-8")
    officer = signed_in["officer"]
    job = brought(officer, path, title="Giếng nước")
    assert (job["status"], [ask["what"] for ask in job["asks"]]) == ("asking", ["crs"])
    assert job["asks"][0]["choices"][0]["epsg"] == 5897

    answer = officer.patch(f"/api/imports/{job['id']}", {"crs": 5897}, content_type="application/json")
    assert (answer.status_code, answer.json()["status"]) == (200, "queued")
    ready = followed(officer, job["id"])
    assert (ready["status"], ready["report"]["counts"]["new"], ready["report"]["crs"]) == ("ready", 1, 5897)
    done = applied(officer, job["id"])
    made.refresh()
    assert (done["status"], done["layer"], query.count(opened("gieng_nuoc", SYSTEM))) == ("done", "gieng_nuoc", 1)


def test_columns_of_coordinates_are_asked_for_and_named(signed_in: dict[str, Client], tmp_path: Path) -> None:
    path = tmp_path / "moc.csv"
    path.write_text("ten;cot1;cot2\nmốc;1085000,5;587000,25\n", encoding="utf-8")
    officer = signed_in["officer"]
    job = brought(officer, path, crs="5897")
    assert (job["status"], job["asks"][0]["what"], job["asks"][0]["targets"]) == ("asking", "fields", ["@lon", "@lat", "@x_north", "@y_east", "@wkt"])

    officer.patch(f"/api/imports/{job['id']}", {"mapping": {"cot1": "@x_north", "cot2": "@y_east"}}, content_type="application/json")
    assert followed(officer, job["id"])["status"] == "ready"


def test_rows_without_a_key_into_a_layer_that_has_rows_are_asked_about(signed_in: dict[str, Client], tmp_path: Path) -> None:
    officer = signed_in["officer"]
    path = tmp_path / "cây.csv"
    path.write_text(f"ma,ten,lon,lat\n1,sao,{JUNCTION[0]},{JUNCTION[1]}\n2,dầu,{JUNCTION[0]},{JUNCTION[1]}\n", encoding="utf-8")
    applied(officer, brought(officer, path, crs="4326", title="Cây")["id"])
    made.refresh()
    path.write_text(f"ma,ten,lon,lat\n1,sao đen,{JUNCTION[0]},{JUNCTION[1]}\n3,bàng,{JUNCTION[0]},{JUNCTION[1]}\n", encoding="utf-8")
    job = brought(officer, path, crs="4326", layer="cay")
    assert (job["status"], job["asks"]) == ("asking", [{"what": "key", "choices": ["ma", "ten", "lon", "lat"]}])

    officer.patch(f"/api/imports/{job['id']}", {"key": "ma", "complete": True}, content_type="application/json")
    assert followed(officer, job["id"])["report"]["counts"] == {"new": 1, "changed": 1, "gone": 1, "unchanged": 0, "left_out": 0}


def test_nobody_sees_another_persons_import_and_who_may_not_brings_none(signed_in: dict[str, Client], tmp_path: Path) -> None:
    path = lights(tmp_path, "D-1")
    job = brought(signed_in["officer"], path, layer="street_lights")

    for verb in ("get", "patch", "delete"):
        assert getattr(signed_in["approver"], verb)(f"/api/imports/{job['id']}", {}, content_type="application/json").status_code == 404
    assert signed_in["approver"].get(f"/api/imports/{job['id']}/differences").status_code == 404
    assert Client().get(f"/api/imports/{job['id']}").status_code == 401
    assert send(signed_in["leader"], path, layer="street_lights").status_code == 403
    assert send(signed_in["leader"], path).status_code == 403
    assert send(signed_in["officer"], path, layer="no_such_layer").status_code == 404


def test_a_third_file_of_one_person_waits_outside(signed_in: dict[str, Client], tmp_path: Path) -> None:
    path = lights(tmp_path, "D-1")
    answers = [send(signed_in["officer"], path, layer="street_lights") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [202, 202, 429]
    assert answers[2].headers["Retry-After"]
    assert send(signed_in["approver"], path, layer="street_lights").status_code == 202


def test_a_file_called_off_leaves_nothing(signed_in: dict[str, Client], tmp_path: Path, uploads: Path) -> None:
    officer = signed_in["officer"]
    job = brought(officer, lights(tmp_path, "D-1"), layer="street_lights")
    assert staging.standing() == [f"import_{job['id']}"]

    assert officer.delete(f"/api/imports/{job['id']}").json()["status"] == "cancelled"
    assert staging.standing() == []
    assert officer.delete(f"/api/imports/{job['id']}").status_code == 409
    import_jobs.sweep(at=timezone.now() + timedelta(minutes=2))
    assert list(uploads.iterdir()) == []


def test_one_that_is_called_off_while_it_is_read_ends_there(signed_in: dict[str, Client], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    officer = signed_in["officer"]
    number = send(officer, lights(tmp_path, "D-1"), layer="street_lights").json()["id"]
    compare = staging.compare

    def called_off(*args: Any, **given: Any) -> None:
        ImportJob.objects.filter(pk=number).update(status="cancelled")
        compare(*args, **given)

    monkeypatch.setattr(staging, "compare", called_off)
    import_jobs.read_job.call(number)

    assert (ImportJob.objects.get(pk=number).status, staging.standing()) == ("cancelled", [])


def test_one_that_is_called_off_while_it_is_written_writes_nothing(signed_in: dict[str, Client], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    officer = signed_in["officer"]
    job = brought(officer, lights(tmp_path, "D-1"), layer="street_lights")
    merge = staging.merge

    def called_off(*args: Any) -> Any:
        merged = merge(*args)
        ImportJob.objects.filter(pk=job["id"]).update(status="cancelled")
        return merged

    monkeypatch.setattr(staging, "merge", called_off)
    applied(officer, job["id"])

    assert not StreetLight.objects.exists()


def test_one_whose_worker_has_died_has_failed_and_says_so(signed_in: dict[str, Client], tmp_path: Path) -> None:
    """The lock goes with the process that held it."""
    officer = signed_in["officer"]
    job = brought(officer, lights(tmp_path, "D-1"), layer="street_lights")
    ImportJob.objects.filter(pk=job["id"]).update(status="writing", step="writing")

    dead = officer.get(f"/api/imports/{job['id']}").json()
    assert (dead["status"], (dead["problem"] or {}).get("code")) == ("failed", "importer_ended")
    assert staging.standing() == []
    assert brought(officer, lights(tmp_path, "D-1"), layer="street_lights")["status"] == "ready", "it can begin again"


def test_a_living_worker_is_not_buried(signed_in: dict[str, Client], tmp_path: Path) -> None:
    officer = signed_in["officer"]
    job = brought(officer, lights(tmp_path, "D-1"), layer="street_lights")
    ImportJob.objects.filter(pk=job["id"]).update(status="writing", step="writing")
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(%s, %s)", [import_jobs.LOCK, job["id"]])

    try:
        assert officer.get(f"/api/imports/{job['id']}").json()["status"] == "writing"
    finally:
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_unlock(%s, %s)", [import_jobs.LOCK, job["id"]])


def test_a_broken_file_fails_with_its_code(signed_in: dict[str, Client], tmp_path: Path) -> None:
    path = tmp_path / "x.geojson"
    path.write_text("{")
    job = brought(signed_in["officer"], path)

    assert (job["status"], job["problem"]["code"]) == ("failed", "unsupported_content")
    assert str(tmp_path) not in json.dumps(job)


@pytest.mark.parametrize("name", ["../../x.geojson", "a;rm -rf.geojson", "\u202egpj.geojson", "x.geojson.../../y", "n" * 290 + ".geojson"])
def test_a_strangers_name_goes_nowhere_near_a_path(people: dict[str, User], tmp_path: Path, uploads: Path, name: str) -> None:
    file = SimpleUploadedFile("x.geojson", lights(tmp_path, "D-1").read_bytes())
    # As it was sent: what Django cuts off a name is Django's own.
    file._name = name
    officer = people["officer"]
    job = import_jobs.take(file=file, asked={"layer": "street_lights"}, by=officer, scope=scope_of(officer), at=timezone.now())

    assert [path.name for path in uploads.iterdir()] == [job.stored]
    assert job.stored.removesuffix(".geojson").isalnum()
    assert job.file_name == name[-import_jobs.LONGEST_NAME :]


# A layer that wants a second person


@pytest.fixture
def ward(db: None) -> None:
    """The ward that the junction lies in, so that a parcel finds its code by its place."""
    square = city_wkt("MULTIPOLYGON", (-2_000, -2_000), (2_000, -2_000), (2_000, 2_000), (-2_000, 2_000), (-2_000, -2_000))
    with acting(by=None, because="a ward"):
        AdminUnit.objects.create(code="31340", name="Ngã Bảy", kind="phuong", valid_from=date(2025, 7, 1), geom=square)


def parcels(path: Path, *numbers: int, land_use: str = "ODT") -> Path:
    x, y = to_city(*JUNCTION)
    lines = ["so_to,so_thua,loai_dat,wkt"]
    for number in numbers:
        west = x + 30 * number
        lines.append(f'12,{number},{land_use},"POLYGON (({west} {y}, {west + 20} {y}, {west + 20} {y + 30}, {west} {y + 30}, {west} {y}))"')
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


NAMED = "so_to=sheet_no;so_thua=parcel_no;loai_dat=land_use"


def test_a_file_of_parcels_becomes_a_change_set_that_another_person_publishes(signed_in: dict[str, Client], ward: None, tmp_path: Path) -> None:
    officer, approver = signed_in["officer"], signed_in["approver"]
    job = brought(officer, parcels(tmp_path / "thua.csv", 1, 2), layer="parcels", crs="5897", mapping=NAMED)
    assert job["status"] == "ready", job["problem"]
    assert job["report"]["counts"]["new"] == 2
    done = officer.post(f"/api/imports/{job['id']}/apply", {"because": "đo đạc 2026"}, content_type="application/json").json()
    number = done["change_set"]
    assert (done["status"], Parcel.objects.count()) == ("done", 0)
    assert approver.get(f"/api/imports/{job['id']}/differences").status_code == 404, "a draft is its author's"

    words = {"because": "đo đạc 2026", "document": "12/QĐ", "accepted": {one["key"]: "đã kiểm tra" for one in job["report"]["issues"]}}
    submitted = officer.post(f"/api/changesets/{number}/submit", words, content_type="application/json", headers={"If-Match": '"v1"'})
    assert submitted.status_code == 200, submitted.content
    assert {one["change"] for one in approver.get(f"/api/imports/{job['id']}/differences").json()["features"]} == {"new"}
    assert [one["id"] for one in approver.get(f"/api/imports?change_set={number}").json()["items"]] == [job["id"]]
    assert officer.post(f"/api/changesets/{number}/approve", {}, content_type="application/json", headers={"If-Match": '"v2"'}).status_code == 403

    published = approver.post(f"/api/changesets/{number}/approve", {}, content_type="application/json", headers={"If-Match": '"v2"'})
    assert published.status_code == 200, published.content
    assert set(Parcel.objects.values_list("ward_code", "sheet_no", "parcel_no", "land_use")) == {("31340", 12, 1, "ODT"), ("31340", 12, 2, "ODT")}
    assert staging.standing() == []


def test_a_set_whose_rows_somebody_has_changed_since_is_not_published(signed_in: dict[str, Client], ward: None, tmp_path: Path) -> None:
    officer, approver = signed_in["officer"], signed_in["approver"]
    with acting(by=None, because="standing"):
        standing = Parcel.objects.create(
            ward_code="31340", ward_valid_from=date(2025, 7, 1), sheet_no=12, parcel_no=1, land_use="LUC",
            geom=city_wkt("POLYGON", (30, 0), (50, 0), (50, 30), (30, 30), (30, 0)),
        )  # fmt: skip
    job = brought(officer, parcels(tmp_path / "thua.csv", 1, 2), layer="parcels", crs="5897", mapping=NAMED)
    assert (job["report"]["counts"]["new"], job["report"]["counts"]["changed"]) == (1, 1), job["report"]
    number = officer.post(f"/api/imports/{job['id']}/apply", {"because": "đo đạc"}, content_type="application/json").json()["change_set"]
    words = {"because": "đo đạc", "accepted": {one["key"]: "đã kiểm tra" for one in job["report"]["issues"]}}
    assert officer.post(f"/api/changesets/{number}/submit", words, content_type="application/json", headers={"If-Match": '"v1"'}).status_code == 200
    with acting(by=None, because="somebody was faster"):
        Parcel.objects.filter(pk=standing.pk).update(land_use="CLN", version=2)

    refused = approver.post(f"/api/changesets/{number}/approve", {}, content_type="application/json", headers={"If-Match": '"v2"'})
    assert (refused.status_code, refused.json()["clashes"]) == (412, [{"fid": standing.pk, "fields": ["land_use"]}])
    assert (Parcel.objects.count(), Parcel.objects.get().land_use) == (1, "CLN")


def test_a_body_that_says_it_is_too_long_is_refused_before_it_is_read(signed_in: dict[str, Client], uploads: Path, settings: Any, tmp_path: Path) -> None:
    settings.LARGEST_BODY_BYTES = 100
    answer = send(signed_in["officer"], lights(tmp_path, "D-1"), layer="street_lights")

    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert not uploads.exists()
