"""Files of a layer over HTTP: the right rows in the right CRS, nothing that the caller may not see, nothing that a spreadsheet would run."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pyproj import Transformer

from geo.acting import acting
from geo.models import Event, User
from layers.access import opened, scope_of
from layers.files import exporting
from layers.library.public_places import PublicPlace
from layers.library.street_lights import StreetLight
from tests.conftest import JUNCTION, city_wkt
from tests.house.test_editing import as_, lonlat

pytestmark = pytest.mark.django_db


def body(answer: Any) -> bytes:
    assert answer.status_code == 200, answer.content
    return b"".join(answer.streaming_content)


@pytest.fixture
def lights(db: None) -> list[StreetLight]:
    with acting(by=None, because="test"):
        return [
            StreetLight.objects.create(asset_code=f"D-{number}", condition=number + 1, lamp=lamp, geom=city_wkt("POINT", (number * 100, 0)))
            for number, lamp in enumerate(('=HYPERLINK("x")', "+84 900", "@SUM(A1)", "LED"))
        ]


def test_a_file_holds_what_a_filter_a_box_ids_and_an_area_leave(people: dict[str, User], lights: list[StreetLight]) -> None:
    officer = as_(people["officer"])

    def codes(path: str = "", area: Any = None) -> list[str]:
        given = {"format": "geojson", "area": area}
        answer = officer.post("/api/layers/street_lights/export", given, content_type="application/json") if area else officer.get(path)
        return sorted(one["properties"]["asset_code"] for one in json.loads(body(answer))["features"])

    west, south = lonlat((50, -10))[0]
    east, north = lonlat((250, 10))[0]
    base = "/api/layers/street_lights/export.geojson"
    assert codes(base) == ["D-0", "D-1", "D-2", "D-3"]
    assert codes(f"{base}?filter=condition%3E2") == ["D-2", "D-3"]
    assert codes(f"{base}?bbox={west},{south},{east},{north}") == ["D-1", "D-2"]
    assert codes(f"{base}?ids={lights[0].pk},{lights[3].pk}") == ["D-0", "D-3"]
    ring = lonlat((150, -20), (350, -20), (350, 20), (150, 20), (150, -20))
    assert codes(area={"type": "Polygon", "coordinates": [ring]}) == ["D-2", "D-3"]


def test_a_spreadsheet_gets_text_and_no_formula(people: dict[str, User], lights: list[StreetLight]) -> None:
    text = body(as_(people["officer"]).get("/api/layers/street_lights/export.csv")).decode()
    lamps = [row["lamp"] for row in csv.DictReader(io.StringIO(text))]

    assert lamps == ['\'=HYPERLINK("x")', "'+84 900", "'@SUM(A1)", "LED"]


def test_any_crs_that_proj_knows_is_written_even_where_postgis_does_not(people: dict[str, User], lights: list[StreetLight]) -> None:
    officer = as_(people["officer"])
    for epsg in (9209, 32648, 5897, 4326):
        text = body(officer.get(f"/api/layers/street_lights/export.csv?crs={epsg}&ids={lights[0].pk}")).decode()
        written = next(csv.DictReader(io.StringIO(text)))["WKT"]
        x, y = (float(one) for one in written.removeprefix("POINT (").rstrip(")").split())
        expected = Transformer.from_crs(5897, epsg, always_xy=True).transform(lights[0].geom.x, lights[0].geom.y)
        assert (x, y) == pytest.approx(expected, abs=1e-3 if epsg != 4326 else 1e-8)
    assert officer.get("/api/layers/street_lights/export.csv?crs=999999").json()["code"] == "format_unknown"
    assert officer.get("/api/layers/street_lights/export.kml?crs=5897").json()["code"] == "format_too_narrow"
    assert officer.get("/api/layers/street_lights/export.exe").json()["code"] == "format_unknown"


def test_what_the_caller_may_not_see_is_in_no_file(people: dict[str, User], town: dict, lights: list[StreetLight]) -> None:
    names = body(as_(people["officer"]).get("/api/layers/parcels/export.csv")).decode()
    assert "land_user_name" not in names and "Nguyễn Văn A" not in names
    assert "Nguyễn Văn A" in body(as_(people["approver"]).get("/api/layers/parcels/export.csv")).decode()
    assert Client().get("/api/layers/parcels/export.csv").status_code == 404
    assert as_(people["officer"]).get("/api/layers/incidents/export.csv").status_code == 404
    hidden = as_(people["officer"]).get("/api/layers/parcels/export.csv?filter=land_user_name='x'")
    assert (hidden.status_code, hidden.json()["code"]) == (400, "unknown_property")


def test_who_took_what_is_remembered_with_its_filter_and_its_count(people: dict[str, User], lights: list[StreetLight]) -> None:
    body(as_(people["officer"]).get("/api/layers/street_lights/export.csv?filter=condition%3E2"))

    taken = Event.objects.get(kind="layer.exported")
    assert (taken.by, taken.data["layer"], taken.data["features"], taken.data["filter"]) == (people["officer"], "street_lights", 2, "condition>2")


def test_a_download_leaves_no_file_behind_even_when_it_fails(
    people: dict[str, User], lights: list[StreetLight], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    body(as_(people["officer"]).get("/api/layers/street_lights/export.gpkg"))
    assert as_(people["officer"]).get("/api/layers/street_lights/export.kml?crs=5897").status_code == 422
    assert list(tmp_path.iterdir()) == []


def test_everybody_may_take_what_is_public(people: dict[str, User]) -> None:
    with acting(by=None, because="test"):
        PublicPlace.objects.create(name="Chợ Ngã Bảy", kind="market", geom=city_wkt("POINT", (0, 0)))
    told = json.loads(body(Client().get("/api/layers/public_places/export.geojson")))

    assert told["features"][0]["properties"]["name"] == "Chợ Ngã Bảy"
    assert told["features"][0]["geometry"]["coordinates"] == pytest.approx(JUNCTION, abs=1e-8)
    assert Client().post("/api/layers/public_places/export", {"format": "csv"}, content_type="application/json").status_code == 401


def test_a_large_layer_passes_in_pieces(people: dict[str, User], lights: list[StreetLight], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "BATCH_ROWS", 2)
    told: list[int] = []
    monkeypatch.setattr(exporting, "TELL_EVERY_S", 0.0)
    seen = opened("street_lights", scope_of(people["officer"]))

    assert exporting.export(opened=seen, path=tmp_path / "x.parquet", tell=lambda _, done, __: told.append(done)) == 4
    assert told == [2, 4]
