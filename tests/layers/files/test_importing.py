"""Files come in whole, right and in one transaction, or they do not come in; what is unclear is asked for and never guessed."""

import csv
import json
import math
import shutil
import warnings
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy
import pyogrio
import pytest
import shapely
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from pyproj import Transformer
from shapely.geometry import shape

from geo.crs import CITY_SRID
from geo.errors import NOT_FOUND, Problem
from geo.models import Event, User
from layers import query
from layers.access import ANONYMOUS, SYSTEM, opened
from layers.files import landing, merging
from layers.files.importing import Report, Wish, import_file
from layers.layer import registry
from layers.library.street_lights import StreetLight
from layers.library.wards import AdminUnit
from layers.making import made
from layers.models import History, MadeLayer
from tests.conftest import JUNCTION
from tests.real_data import real

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_made_layers_after(db: None) -> Iterator[None]:
    """The registry forgets what a test made."""
    yield
    MadeLayer.objects.all().delete()
    made.refresh()


def bring(path: Path, *, by: User | None = None, dry_run: bool = False, **wished: Any) -> Report:
    report = import_file(wish=Wish(path, **wished), by=by, because="a file from the land office", at=timezone.now(), dry_run=dry_run)
    made.refresh()
    return report


def refused(path: Path, **wished: Any) -> Problem:
    with pytest.raises(Problem) as problem:
        bring(path, **wished)
    return problem.value


def geojson(path: Path, *features: tuple[dict[str, Any] | None, dict[str, Any]], **more: Any) -> Path:
    """A GeoJSON file of (geometry, properties)."""
    body = [{"type": "Feature", "geometry": geometry, "properties": properties} for geometry, properties in features]
    path.write_text(json.dumps({"type": "FeatureCollection", **more, "features": body}), encoding="utf-8")
    return path


def point(east_deg: float = 0.0, north_deg: float = 0.0) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [JUNCTION[0] + east_deg, JUNCTION[1] + north_deg]}


def scalar(statement: str, *parameters: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchone()[0]


def independent(path: Path) -> list[tuple[dict[str, Any], Any]]:
    """Properties and shapes in city metres by pyproj and shapely alone."""
    change = Transformer.from_crs(4326, CITY_SRID, always_xy=True)
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    return [(one["properties"], shapely.transform(shape(one["geometry"]), change.transform, interleaved=False)) for one in features]


@pytest.mark.parametrize(("name", "count", "key"), [("cantho_wards_2025", 103, "name"), ("mekong4_communes_2009", 377, "commune_vn")])
def test_what_goes_in_is_what_is_there_to_the_centimetre_and_the_square_metre(name: str, count: int, key: str) -> None:
    path = real(f"vn-admin/{name}.geojson")
    report = bring(path)
    truth = independent(path)

    assert (report.told["read"], report.written, report.left_out) == (count, count, {})
    assert query.count(opened(name, SYSTEM)) == count
    area_m2 = sum(shape_.area for _, shape_ in truth)
    assert scalar(f"select sum(st_area(geom)) from made.{name}") == pytest.approx(area_m2, rel=1e-6)
    for properties, shape_ in (truth[0], truth[count // 2], truth[-1]):
        x, y = shapely.get_coordinates(shape_)[0]
        statement = f"select min(st_distance(st_pointn(st_exteriorring(st_geometryn(geom, 1)), 1), st_makepoint(%s, %s, {CITY_SRID}))) from made.{name} where {key} = %s"
        statement = statement.replace(f"st_makepoint(%s, %s, {CITY_SRID})", f"st_setsrid(st_makepoint(%s, %s), {CITY_SRID})")
        assert scalar(statement, float(x), float(y), properties[key]) < 0.01


def test_a_tcvn3_shapefile_without_a_cpg_has_its_names_as_the_unicode_table_has_them() -> None:
    report = bring(real("vn-admin/tcvn3_shp/soctrang_xa.shp"))
    with real("vn-admin/communesVN2_unicode.csv").open(encoding="utf-8") as table:
        oracle = {int(row["COMMUNE_ID"]): row["NAME_VIE"] for row in csv.DictReader(table)}
    found = {row["properties"]["ma_xa"]: row["properties"]["ten_xa"] for row in query.features(opened("soctrang_xa", SYSTEM), limit=1000)}

    assert (report.written, report.told["encoding"]["name"], report.told["encoding"]["how"]) == (109, "tcvn3", "detected")
    assert report.told["crs"]["epsg"] == CITY_SRID
    assert found == {code: oracle[code] for code in found}
    assert len(found) == 109


def shapefile(folder: Path, name: str, names: list[str], **options: Any) -> Path:
    """A shapefile of points at the junction with a column of names, as another program would have written it."""
    points = shapely.points([[JUNCTION[0] + 0.001 * index, JUNCTION[1]] for index in range(len(names))])
    path = folder / f"{name}.shp"
    field = numpy.array(names, dtype=object)
    pyogrio.raw.write(path, shapely.to_wkb(points), [field], ["ten"], driver="ESRI Shapefile", geometry_type="Point", crs="EPSG:4326", **options)
    return path


def test_good_utf_8_is_that_whatever_the_header_of_the_table_says(tmp_path: Path) -> None:
    """Writers leave the byte of the code page as it was: here it says Windows-1252, and no .cpg says anything."""
    path = shapefile(tmp_path, "places", ["Ngã Bảy", "Māori", "Größe"], encoding="UTF-8")
    path.with_suffix(".cpg").unlink()
    table = bytearray(path.with_suffix(".dbf").read_bytes())
    table[29] = 0x57
    path.with_suffix(".dbf").write_bytes(table)
    report = bring(path)

    assert (report.told["encoding"]["name"], report.told["encoding"]["how"]) == ("utf-8", "detected")
    assert [row["properties"]["ten"] for row in query.features(opened("places", SYSTEM), limit=9)] == ["Ngã Bảy", "Māori", "Größe"]


def test_a_lost_index_is_made_anew(tmp_path: Path) -> None:
    path = shapefile(tmp_path, "places", ["a", "b", "c"])
    path.with_suffix(".shx").unlink()

    assert bring(path).written == 3
    assert not path.with_suffix(".shx").exists(), "a stranger's folder is left as it is"


@pytest.mark.parametrize(("head", "name"), [(b"AC1027\0\0", "x.dwg"), (b"AC1015\0\0", "x.dxf"), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "x.dgn")])
def test_closed_drawings_are_told_the_way_to_convert_them(tmp_path: Path, head: bytes, name: str) -> None:
    (tmp_path / name).write_bytes(head + bytes(1_000))
    problem = refused(tmp_path / name)

    assert problem.code == "convert_first"
    assert "dxf" in problem.extra["convert_to"]
    assert "DXF" in problem.vi


WRITTEN = [("gpkg", "GPKG"), ("fgb", "FlatGeobuf"), ("geojsonl", "GeoJSONSeq"), ("kml", "LIBKML"), ("gml", "GML"), ("mif", "MapInfo File")]


@pytest.mark.parametrize(("ending", "driver"), WRITTEN)
def test_every_format_that_gdal_writes_comes_in_again(tmp_path: Path, ending: str, driver: str) -> None:
    points = shapely.to_wkb(shapely.points([JUNCTION, (JUNCTION[0] + 0.001, JUNCTION[1])]))
    path = tmp_path / f"cây.{ending}"
    pyogrio.raw.write(path, points, [numpy.array(["sao", "dầu"], dtype=object)], ["ten"], driver=driver, geometry_type="Point", crs="EPSG:4326")
    report = bring(path, slug="trees")

    assert (report.written, report.left_out, report.told["driver"]) == (2, {}, driver)
    assert {row["properties"]["ten"] for row in query.features(opened("trees", SYSTEM), limit=9)} == {"sao", "dầu"}


def test_a_drawing_of_microstation_comes_in_once_its_grid_is_named(tmp_path: Path) -> None:
    """DGN V7: metres without a word about whose."""
    x, y = Transformer.from_crs(4326, 5897, always_xy=True).transform(*JUNCTION)
    path = tmp_path / "banve.dgn"
    lines = shapely.to_wkb(shapely.linestrings([[(x, y), (x + 50, y)], [(x, y), (x, y + 20)]]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pyogrio.raw.write(path, lines, [], [], driver="DGN", geometry_type="LineString", crs=None)

    assert refused(path).code == "crs_required"
    assert bring(path, crs=5897).told["length_m"] == pytest.approx(70, abs=0.01)


def test_a_workbook_of_northings_and_eastings_comes_in(tmp_path: Path) -> None:
    """X is north in a Vietnamese table: where the column says so, nothing has to be asked but the meridian."""
    x, y = Transformer.from_crs(4326, 9209, always_xy=True).transform(*JUNCTION)
    rows = {"Tên mốc": ["M1", "M2"], "X (Bắc)": [y, y + 10], "Y (Đông)": [x, x + 10]}
    path = tmp_path / "mốc.xlsx"
    pyogrio.raw.write(
        path,
        None,
        [numpy.array(values, dtype=object if name == "Tên mốc" else float) for name, values in rows.items()],
        list(rows),
        driver="XLSX",
        geometry_type=None,
    )
    report = bring(path, slug="marks", crs=9209)

    there = query.feature(opened("marks", SYSTEM), report.fids[0])
    assert 111_000 * math.dist(there["geometry"]["coordinates"], JUNCTION) < 0.01
    assert there["properties"]["ten_moc"] == "M1"


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("ten;kinh_do;vi_do", "a;105,8150;9,8165"),
        ("ten,lon,lat", "a,105.8150,9.8165"),
        ("ten\tLongitude\tLatitude", "a\t105°48'54\"E\t9°48'59.4\"N"),
        ("ten;WKT", "a;POINT (105.8150 9.8165)"),
        ("ten;geom", f"a;{shapely.to_wkb(shapely.Point(JUNCTION), hex=True)}"),
    ],
    ids=["decimal commas", "degrees", "minutes and seconds", "WKT", "WKB"],
)
def test_coordinates_in_tables_are_read_as_people_write_them(tmp_path: Path, header: str, row: str) -> None:
    (tmp_path / "moc.csv").write_text(f"{header}\n{row}\nb;c\n", encoding="utf-8")
    report = bring(tmp_path / "moc.csv", slug="marks", crs=4326)

    assert report.written == 1
    assert sum(report.left_out.values()) == 1
    there = query.feature(opened("marks", SYSTEM), report.fids[0])["geometry"]["coordinates"]
    assert math.dist(there, JUNCTION) < 1e-6


def test_several_layers_of_a_file_are_asked_for_and_chosen(tmp_path: Path) -> None:
    path = tmp_path / "many.gpkg"
    for name in ("cây", "giếng"):
        pyogrio.raw.write(
            path, shapely.to_wkb(shapely.points([JUNCTION])), [], [], layer=name, driver="GPKG", geometry_type="Point", crs="EPSG:4326", append=False
        )
    problem = refused(path)

    assert (problem.code, problem.extra["layers"]) == ("layer_required", ["cây", "giếng"])
    assert bring(path, source_layer="giếng").told["source_layer"] == "giếng"


def test_a_large_file_makes_a_layer_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rules are asked a chunk at a time from so many rows on, and a layer that is only being made has none."""
    monkeypatch.setattr(merging, "CHECKED_AT_ONCE", 1)

    assert bring(geojson(tmp_path / "trees.geojson", (point(), {"name": "a"}), (point(), {"name": "b"}))).written == 2
    assert bring(geojson(tmp_path / "more.geojson", (point(), {"asset_code": "a"}), (point(), {"asset_code": "b"})), slug="street_lights").written == 2


def test_a_dry_run_tells_everything_and_changes_nothing(tmp_path: Path) -> None:
    path = geojson(tmp_path / "trees.geojson", (point(), {"name": "Cây sao"}), (point(50), {"name": "far"}))
    report = bring(path, dry_run=True)

    assert (report.written, report.left_out, report.new) == (1, {"out_of_extent": 1}, True)
    assert not MadeLayer.objects.exists()
    assert not Event.objects.exists()
    assert scalar("select to_regclass('made.trees')") is None


def test_an_import_is_an_event_with_who_and_why(tmp_path: Path, people: dict[str, User]) -> None:
    report = bring(geojson(tmp_path / "trees.geojson", (point(), {"name": "Cây sao"})), by=people["officer"])

    event = Event.objects.get(kind="layer.imported")
    assert (event.layer, event.by, event.because, event.fids) == ("trees", people["officer"], "a file from the land office", report.fids)
    assert MadeLayer.objects.get().owner == people["officer"]
    with pytest.raises(NOT_FOUND):
        opened("trees", ANONYMOUS)


def test_types_of_attributes_become_types_of_columns(tmp_path: Path) -> None:
    first = {"id": 7, "n": 3, "Chiều cao": 1.5, "on": True, "day": "2025-07-01", "tags": ["a", 'b"c\\'], "x\ty": "tab\tand\\N", "empty": None}
    report = bring(geojson(tmp_path / "kinds.geojson", (point(), first), (point(), {"n": None, "empty": "now"})))
    properties = query.feature(opened("kinds", SYSTEM), report.fids[0])["properties"]

    assert properties == {
        "_layer": "kinds", "source_id": 7, "n": 3, "chieu_cao": 1.5, "on": True, "day": "2025-07-01", "tags": ["a", 'b"c\\'], "x_y": "tab\tand\\N", "empty": None,
    }  # fmt: skip
    assert {field.name: field.type for field in registry.get("kinds").fields}["n"] == "int"


def test_what_cannot_come_in_is_told_with_number_reason_and_place(tmp_path: Path) -> None:
    lon, lat = JUNCTION
    bow = [[lon, lat], [lon + 0.01, lat + 0.01], [lon + 0.01, lat], [lon, lat + 0.01], [lon, lat]]
    good = [[lon, lat], [lon + 0.01, lat], [lon + 0.01, lat + 0.01], [lon, lat]]
    far = [[x + 40, y] for x, y in good]
    polygons = [{"type": "Polygon", "coordinates": [ring]} for ring in (good, bow, far)]
    path = geojson(tmp_path / "zones.geojson", *((polygon, {"name": "zone"}) for polygon in polygons), (None, {"name": "nowhere"}))
    report = bring(path)

    assert (report.told["read"], report.written) == (4, 1)
    assert report.left_out == {"invalid_geometry": 1, "out_of_extent": 1, "empty": 1}
    bow_tie = next(fault for fault in report.worst if fault["code"] == "invalid_geometry")
    assert (bow_tie["feature"], bow_tie["reason"]) == (2, "Self-intersection")
    assert bow_tie["lonlat"] == pytest.approx([lon + 0.005, lat + 0.005], abs=1e-6)


# CRS


def without_prj(tmp_path: Path) -> Path:
    for part in (".shp", ".shx", ".dbf"):
        shutil.copy(real(f"vn-admin/tcvn3_shp/soctrang_xa{part}"), tmp_path / f"soctrang_xa{part}")
    return tmp_path / "soctrang_xa.shp"


def test_a_file_without_a_crs_is_refused_with_where_each_would_land(tmp_path: Path) -> None:
    problem = refused(without_prj(tmp_path))
    landings = {landing["epsg"]: landing for landing in problem.extra["candidates"]}

    assert (problem.code, problem.status) == ("crs_required", 422)
    assert {5897, 5898, 9205, 9209, 9210, 9211, 9218, 3405, 32648} <= landings.keys() | {9205, 9211}
    assert landings[5897]["inside"] and not landings[5898]["inside"]
    # One and a half degrees of meridian are one and a half degrees of place.
    assert landings[9209]["lon"] - landings[5897]["lon"] == pytest.approx(0.5, abs=1e-4)


def test_a_crs_that_is_given_is_used(tmp_path: Path) -> None:
    report = bring(without_prj(tmp_path), crs=5897)

    assert (report.written, report.told["crs"]["how"]) == (109, "given")


def test_another_meridian_lands_where_pyproj_says(tmp_path: Path) -> None:
    x, y = Transformer.from_crs(4326, 9209, always_xy=True).transform(*JUNCTION)
    (tmp_path / "wells.csv").write_text(f"name,x,y\ngiếng,{x:.4f},{y:.4f}\n", encoding="utf-8")
    report = bring(tmp_path / "wells.csv", crs=9209)

    there = query.feature(opened("wells", SYSTEM), report.fids[0])["geometry"]["coordinates"]
    metres = 111_000 * math.dist(there, JUNCTION)
    assert metres < 0.01


def test_northing_under_x_is_noticed_and_shown_where_it_would_land(tmp_path: Path) -> None:
    x, y = Transformer.from_crs(4326, 5897, always_xy=True).transform(*JUNCTION)
    (tmp_path / "wells.csv").write_text(f"name,x,y\ngiếng,{y:.4f},{x:.4f}\n", encoding="utf-8")
    problem = refused(tmp_path / "wells.csv", crs=5897)

    assert (problem.code, problem.extra["swapped"]) == ("crs_required", True)
    assert problem.extra["lands_at"] == pytest.approx(JUNCTION, abs=1e-5)
    assert bring(tmp_path / "wells.csv", crs=5897, swap_xy=True).written == 1


def test_metres_that_call_themselves_degrees_are_refused(tmp_path: Path) -> None:
    path = geojson(tmp_path / "metres.geojson", ({"type": "Point", "coordinates": [590_000.0, 1_085_000.0]}, {}))
    problem = refused(path)

    assert problem.code == "crs_required"
    assert next(landing for landing in problem.extra["candidates"] if landing["epsg"] == 5897)["inside"]


def test_a_zone_described_by_hand_is_the_zone_of_that_meridian(tmp_path: Path) -> None:
    """A .prj without a code: PROJ would take its datum for one that nobody surveyed, 200 m away."""
    path = shapefile(tmp_path, "places", ["a"])
    x, y = Transformer.from_crs(4326, 9209, always_xy=True).transform(*JUNCTION)
    pyogrio.raw.write(path, shapely.to_wkb(shapely.points([[x, y]])), [], [], driver="ESRI Shapefile", geometry_type="Point", crs="EPSG:9209")
    path.with_suffix(".prj").write_text(
        'PROJCS["VN_2000_TM3_105_30",GEOGCS["GCS_VN_2000_LOCAL",DATUM["D_VN_2000",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],'
        'UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],'
        'PARAMETER["Central_Meridian",105.5],PARAMETER["Scale_Factor",0.9999],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
    )
    report = bring(path)

    assert report.told["crs"]["epsg"] == 9209
    there = query.feature(opened("places", SYSTEM), report.fids[0])["geometry"]["coordinates"]
    assert 111_000 * math.dist(there, JUNCTION) < 0.05


def test_a_prj_of_the_wrong_meridian_is_noticed_and_the_right_one_offered(tmp_path: Path) -> None:
    x, y = Transformer.from_crs(4326, 5897, always_xy=True).transform(*JUNCTION)
    path = tmp_path / "places.shp"
    pyogrio.raw.write(path, shapely.to_wkb(shapely.points([[x, y]])), [], [], driver="ESRI Shapefile", geometry_type="Point", crs="EPSG:9218")
    problem = refused(path)

    assert problem.code == "crs_required"
    assert next(one for one in problem.extra["candidates"] if one["epsg"] == 5897)["inside"]
    assert bring(path, crs=5897).told["crs"]["how"] == "given"


def test_hanoi_1972_is_among_what_a_file_could_be_in() -> None:
    x, y = Transformer.from_crs(4326, 2044, always_xy=True).transform(*JUNCTION)
    found = {one["epsg"]: one for one in landing.landings((x, y, x, y))}

    assert found[2044]["inside"]
    assert {4147, 3405, 32648, 9209} <= set(landing.plausible())


# Into a standing layer


def test_attributes_go_to_the_fields_that_share_their_name_or_title(tmp_path: Path) -> None:
    rows = [(point(), {"Số hiệu": "D-001", "Tình trạng": "Tốt", "power_w": "60", "ghi_chu": "x"}), (point(), {"Số hiệu": "D-002", "Tình trạng": "hỏng"})]
    report = bring(geojson(tmp_path / "den.geojson", *rows), slug="street_lights")

    light = StreetLight.objects.get()
    assert (light.asset_code, light.condition, light.power_w, light.lamp, light.lifecycle, light.version) == ("D-001", 4, 60.0, "LED", "active", 1)
    assert (report.new, report.unmatched, report.left_out) == (False, ["ghi_chu"], {"bad_value": 1})
    assert report.worst[0]["feature"] == 2


def test_a_field_that_the_layer_needs_is_asked_for_and_can_be_given(tmp_path: Path) -> None:
    path = real("vn-admin/wards_2025_raw/31340_nga_bay.geojson")
    problem = refused(path, slug="wards")
    assert (problem.code, set(problem.extra["fields"]) >= {"valid_from"}) == ("fields_missing", True)

    lacking = {"kind": "phuong", "valid_from": "2025-07-01", "code": "31340", "name": "Ngã Bảy"}
    bring(path, slug="wards", constants={name: value for name, value in lacking.items() if name in problem.extra["fields"]})
    ward = AdminUnit.objects.get()
    assert (ward.valid_from, ward.kind) == (date(2025, 7, 1), "phuong")


def test_rows_of_one_key_stay_out_for_which_is_right_is_not_ours_to_guess(tmp_path: Path) -> None:
    path = geojson(tmp_path / "den.geojson", *((point(), {"asset_code": code}) for code in ("D-1", "D-2", "D-1")))
    report = bring(path, slug="street_lights")

    assert (report.written, report.left_out) == (1, {"duplicate_key": 2})
    assert StreetLight.objects.get().asset_code == "D-2"


def test_a_collision_writes_nothing_at_all(tmp_path: Path) -> None:
    """Without a key every row is new, and the layer's own constraint has the last word."""
    bring(geojson(tmp_path / "den.geojson", (point(), {"asset_code": "D-1"})), slug="street_lights")
    path = geojson(tmp_path / "den2.geojson", *((point(), {"asset_code": code}) for code in ("D-7", "D-1")))
    problem = refused(path, slug="street_lights", key=())

    assert problem.code == "conflict"
    assert StreetLight.objects.count() == 1
    assert Event.objects.count() == 1


def test_cases_and_views_take_no_files(tmp_path: Path) -> None:
    path = geojson(tmp_path / "cases.geojson", (point(), {"code": "x"}))

    assert {refused(path, slug=slug).code for slug in ("incidents", "responders", "indicators")} == {"layer_not_importable"}


def test_a_second_file_of_the_same_name_does_not_slip_into_the_first_ones_layer(tmp_path: Path) -> None:
    path = geojson(tmp_path / "trees.geojson", (point(), {"name": "a"}))
    bring(path)

    assert refused(path).code == "conflict"
    assert bring(path, slug="trees").new is False
    assert query.count(opened("trees", SYSTEM)) == 2
    assert not History.objects.exclude(op="insert").exists()


# The command


def test_the_command_prints_the_choices_and_fails(tmp_path: Path) -> None:
    path = tmp_path / "wells.csv"
    path.write_text("name,x,y\na,587000.0,1085000.0\n")

    with pytest.raises(CommandError, match=r"crs_required(.|\n)*EPSG:5897 .*in the city"):
        call_command("layer_import", str(path))


def test_the_command_closes_with_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "wells.csv"
    path.write_text(f"tên,x,y\ngiếng,{JUNCTION[0]},{JUNCTION[1]}\nxa,0,0\n", encoding="utf-8")
    call_command("layer_import", str(path), "--crs", "4326", "--dry-run")

    said = capsys.readouterr().out
    assert "would go into a new layer wells" in said
    assert said.strip().endswith("2 read, 1 would be written, 1 left out")
