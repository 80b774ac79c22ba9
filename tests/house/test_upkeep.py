"""The upkeep of features: a log that is appended, pictures that keep pixels alone, cases that say what they are about."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from PIL import Image

from geo.models import User
from incidents.models import Entry
from layers.library.street_lights import StreetLight
from layers.models import Operation, Photo
from tests.conftest import city_wkt
from tests.house.test_editing import as_
from tests.incidents.conftest import report

pytestmark = pytest.mark.django_db
SECRET = b"SECRET-SERIAL-4711"


@pytest.fixture
def light(town: dict) -> StreetLight:
    return StreetLight.objects.create(asset_code="D-1", geom=city_wkt("POINT", (50, 0)))


def of(light: StreetLight, tail: str) -> str:
    return f"/api/layers/street_lights/features/{light.pk}/{tail}"


def picture(kind: str = "JPEG", size: tuple[int, int] = (320, 200), **more: Any) -> bytes:
    exif = Image.Exif()
    exif[0x010F] = SECRET.decode()
    exif[0x0112] = 6
    exif.get_ifd(0x8769)[0x9003] = "2026:11:20 08:30:00"
    exif.get_ifd(0x8825)[1] = "N"
    made = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(made, kind, exif=exif, **more)
    return made.getvalue()


def send(client: Client, light: StreetLight, content: bytes, name: str = "a.jpg") -> Any:
    return client.post(of(light, "photos"), {"file": SimpleUploadedFile(name, content), "caption": "chân cột"})


def test_the_log_is_appended_and_may_change_the_condition_in_the_same_breath(people: dict[str, User], light: StreetLight) -> None:
    officer = as_(people["officer"])
    given = {"kind": "repaired", "note": "thay bóng", "condition": 5, "done_at": "2026-11-20T08:00:00+07:00"}
    made = officer.post(of(light, "operations"), given, content_type="application/json", headers={"If-Match": '"v1"'})

    assert made.status_code == 201, made.content
    light.refresh_from_db()
    assert (light.condition, light.version) == (5, 2)
    (kept,) = officer.get(of(light, "operations")).json()["items"]
    assert (kept["kind"], kept["note"], kept["by"], kept["agency"]) == ("repaired", "thay bóng", "officer", "Công an phường")
    stale = officer.post(of(light, "operations"), given, content_type="application/json", headers={"If-Match": '"v1"'})
    assert stale.status_code == 412
    assert Operation.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"kind": "blown up"}, 400),
        ({"kind": "repaired", "done_at": "2999-01-01T00:00:00+07:00"}, 400),
        ({"kind": "repaired", "note": "x" * 2_001}, 400),
        ({"kind": "repaired", "condition": 3}, 428),
        ({"kind": "repaired"}, 201),
    ],
)
def test_what_does_not_belong_in_the_log_is_refused(given: dict[str, Any], status: int, people: dict[str, User], light: StreetLight) -> None:
    answer = as_(people["officer"]).post(of(light, "operations"), given, content_type="application/json")
    assert answer.status_code == status, answer.content


def test_who_may_not_edit_writes_no_log_and_who_may_not_see_reads_none(people: dict[str, User], light: StreetLight) -> None:
    assert as_(people["operator"]).post(of(light, "operations"), {"kind": "repaired"}, content_type="application/json").status_code == 403
    assert as_(people["operator"]).get(of(light, "operations")).status_code == 200
    for tail in ("operations", "photos", "photos/1.jpg"):
        assert Client().get(of(light, tail)).status_code == 404
    assert Client().post(of(light, "operations"), {"kind": "repaired"}, content_type="application/json").status_code == 401
    assert send(as_(people["operator"]), light, picture()).status_code == 403


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_drawn_anew_upright_and_says_nothing_more(kind: str, people: dict[str, User], light: StreetLight) -> None:
    officer, sent = as_(people["officer"]), picture(kind)
    assert SECRET in sent
    told = send(officer, light, sent)

    assert told.status_code == 201, told.content
    assert (told.json()["width_px"], told.json()["height_px"], told.json()["claimed_at"]) == (200, 320, "2026-11-20T08:30:00+07:00")
    shown = officer.get(told.json()["url"])
    content = shown.content
    assert (shown["Content-Type"], shown["Cache-Control"].split(",")[0]) == ("image/jpeg", "private")
    assert SECRET not in content and b"Exif" not in content
    assert Image.open(io.BytesIO(content)).size == (200, 320)
    assert send(officer, light, sent).json()["id"] == told.json()["id"]
    assert Photo.objects.count() == 1
    assert as_(people["operator"]).get(told.json()["url"]).status_code == 200
    assert Client().get(told.json()["url"]).status_code == 404


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "not_a_picture"),
        (b"GIF89a" + b"\0" * 60, "not_a_picture"),
        (picture()[:200], "not_a_picture"),
        (b"", "not_a_picture"),
        (picture("PNG", (9_000, 7_000)), "picture_too_large"),
    ],
    ids=["svg", "gif", "cut off", "nothing", "too many pixels"],
)
def test_what_is_no_picture_or_too_large_is_refused(content: bytes, code: str, people: dict[str, User], light: StreetLight) -> None:
    answer = send(as_(people["officer"]), light, content)
    assert (answer.status_code in (413, 422), answer.json()["code"]) == (True, code)
    assert Photo.objects.count() == 0


def test_a_polyglot_keeps_its_pixels_alone(people: dict[str, User], light: StreetLight) -> None:
    told = send(as_(people["officer"]), light, picture() + b"<script>alert(1)</script>PK\x03\x04", "x.html")
    assert b"<script>" not in as_(people["officer"]).get(told.json()["url"]).content


def test_a_case_says_what_it_is_about_and_each_side_is_seen_by_its_own_rules(people: dict[str, User], light: StreetLight) -> None:
    operator = as_(people["operator"])
    case = report(operator)

    def attach(client: Client, layer: str, fid: int) -> Any:
        return client.post(f"/api/incidents/{case['id']}/features", {"layer": layer, "fid": fid}, content_type="application/json")

    for _ in range(2):
        (about,) = attach(operator, "street_lights", light.pk).json()["features"]
        assert (about["layer"], about["id"], about["properties"]["asset_code"]) == ("street_lights", light.pk, "D-1")
    assert Entry.objects.filter(incident_id=case["id"], kind="attach").count() == 1
    (found,) = operator.get(of(light, "cases")).json()["items"]
    assert found["id"] == case["id"]
    assert attach(operator, "street_lights", 2**40).status_code == 404
    assert attach(operator, "nothing", 1).status_code == 404
    assert attach(as_(people["officer"]), "street_lights", light.pk).status_code == 403
    assert as_(people["officer"]).get(of(light, "cases")).status_code == 403
    assert as_(people["agency"]).get(of(light, "cases")).json()["items"] == []
    with connection.cursor() as cursor:
        cursor.execute("select kind from geo_event where layer = 'incidents' order by seq desc limit 1")
        assert cursor.fetchone()[0] == "incident.attached"
    assert operator.delete(f"/api/incidents/{case['id']}/features/street_lights/{light.pk}").json()["features"] == []
    assert operator.delete(f"/api/incidents/{case['id']}/features/street_lights/{light.pk}").status_code == 404


def test_owner_and_responsible_agency_are_chosen_from_the_citys_agencies(people: dict[str, User], light: StreetLight) -> None:
    officer, agency = as_(people["officer"]), people["officer"].agency
    address = f"/api/layers/street_lights/features/{light.pk}"
    changed = officer.patch(
        address, {"properties": {"responsible": agency.pk, "owner": agency.pk}}, content_type="application/json", headers={"If-Match": '"v1"'}
    )

    assert changed.status_code == 200, changed.content
    assert changed.json()["properties"]["responsible"] == agency.pk
    wrong = officer.patch(address, {"properties": {"owner": 10**6}}, content_type="application/json", headers={"If-Match": '"v2"'})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "owner")
    layer = next(one for one in officer.get("/api/layers").json()["layers"] if one["slug"] == "street_lights")
    choices = next(field["choices"] for field in layer["fields"] if field["name"] == "owner")
    assert {"value": agency.pk, "vi": agency.name, "en": agency.name} in [{key: one[key] for key in ("value", "vi", "en")} for one in choices]
