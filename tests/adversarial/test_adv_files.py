"""A stranger's file gets nothing out of the machine and nothing half into the database."""

import json
import sqlite3
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy
import pyogrio
import pytest
import shapely
from django.utils import timezone

from geo.errors import Problem
from layers.access import SYSTEM, opened
from layers.confined.feature_child import FeatureChild
from layers.files import importing
from layers.files.exporting import export
from layers.files.importing import Wish, import_file
from layers.making import declaring
from layers.models import MadeLayer
from tests.conftest import JUNCTION
from tests.real_data import real

pytestmark = pytest.mark.django_db
CANARY = "canary-4711"
ONE_POINT = json.dumps(
    {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": JUNCTION}}]}
)


def refused(path: Path, **wished: object) -> Problem:
    with pytest.raises(Problem) as problem:
        import_file(wish=Wish(path, **wished), by=None, because="a stranger's file", at=timezone.now())
    assert CANARY not in repr(problem.value.as_dict())
    assert not MadeLayer.objects.exists()
    return problem.value


def secret(tmp_path: Path) -> Path:
    """Another file that the machine can read."""
    path = tmp_path / "secret.csv"
    path.write_text(f"name,x,y\n{CANARY},{JUNCTION[0]},{JUNCTION[1]}\n")
    return path


def test_adv_001_a_vrt_that_calls_itself_geojson_reads_no_other_file(tmp_path: Path) -> None:
    """GDAL opens what a file is, not what it is called."""
    vrt = tmp_path / "innocent.geojson"
    vrt.write_text(
        f'<OGRVRTDataSource><OGRVRTLayer name="secret"><SrcDataSource>{secret(tmp_path)}</SrcDataSource><GeometryType>wkbPoint</GeometryType>'
        '<GeometryField encoding="PointFromColumns" x="x" y="y"/><LayerSRS>EPSG:4326</LayerSRS></OGRVRTLayer></OGRVRTDataSource>'
    )
    assert refused(vrt).code == "unsupported_content"


def test_adv_002_a_pipeline_that_calls_itself_geojson_runs_nothing(tmp_path: Path) -> None:
    """A GDALG pipeline is JSON too; what it would read is a map that could come in."""
    stolen = tmp_path / "secret.geojson"
    stolen.write_text(json.dumps({"type": "Feature", "properties": {"name": CANARY}, "geometry": {"type": "Point", "coordinates": JUNCTION}}))
    pipeline = {
        "type": "gdal_streamed_alg",
        "command_line": f"gdal vector pipeline ! read {stolen} ! edit",
        "relative_paths_relative_to_this_file": False,
    }
    path = tmp_path / "innocent.geojson"
    path.write_text(json.dumps(pipeline))

    assert refused(path).code == "unsupported_content"


@pytest.mark.parametrize(
    "name", ["http://127.0.0.1:9/x.geojson", "/vsicurl/http://127.0.0.1:9/x.geojson", "PG:dbname=nbioc", "/etc/passwd", "x.php", "WFS:x.json"]
)
def test_adv_004_a_name_that_is_not_a_file_is_not_opened(name: str) -> None:
    """Only files, only with the names that are read."""
    assert refused(Path(name)).code == "unsupported_content"


def test_adv_006_an_archive_that_unpacks_to_more_than_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """16 kB that become 16 MB."""
    monkeypatch.setattr(importing, "LARGEST_UNPACKED_BYTES", 1_000_000)
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("x.geojson", b"\0" * (1 << 24))

    assert refused(bomb).code == "archive_too_large"


@pytest.mark.parametrize("name", ["../../x.geojson", "/var/x.geojson", "C:\\x.geojson", "a\\..\\..\\x.geojson"])
def test_adv_008_an_archive_that_reaches_outside_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "slip.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, "{}")

    assert refused(path).code == "archive_unsafe"


def test_adv_008_a_link_in_an_archive_is_refused(tmp_path: Path) -> None:
    path, entry = tmp_path / "link.zip", zipfile.ZipInfo("x.geojson")
    entry.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(entry, "/etc/passwd")

    assert refused(path).code == "archive_unsafe"


def test_adv_009_a_shapefile_without_its_attributes_names_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "roads.shp").write_bytes(b"\x00\x00\x27\x0a" + bytes(96))
    (tmp_path / "roads.shx").write_bytes(b"\x00\x00\x27\x0a" + bytes(96))
    problem = refused(tmp_path / "roads.shp")

    assert (problem.code, problem.extra.get("part")) == ("part_missing", ".dbf")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_adv_012_xml_with_a_document_type_is_refused(tmp_path: Path, encoding: str) -> None:
    """An entity may name any file or grow without end."""
    path = tmp_path / "bomb.kml"
    path.write_text(f'<?xml version="1.0"?><!DOCTYPE k [<!ENTITY a SYSTEM "file://{secret(tmp_path)}">]><kml><name>&a;</name></kml>', encoding=encoding)

    assert refused(path).code == "xml_dtd_forbidden"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[" * 200_000,
        b'{"type":"FeatureCollection","features":[' + b'{"type":"Feature","geometry":{"type":"Point","coordinates":[1e400,NaN]}},' * 3,
        b"\xff\xfe{}",
    ],
    ids=["nothing", "cut off", "deep", "not numbers", "utf-16"],
)
def test_adv_013_broken_geojson_is_refused_and_never_a_crash(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.geojson"
    path.write_bytes(content)

    assert refused(path).status == 422


def test_adv_009_an_unknown_encoding_name_is_refused_with_the_same_words_in_each_reading(tmp_path: Path) -> None:
    path = tmp_path / "streets.csv"
    path.write_bytes("name,x,y\nGrößenverhältnis,105.8150,9.8165\n".encode("latin-1"))

    assert refused(path, crs=4326, encoding="utf-7").code == "encoding_required"
    problem = refused(path, crs=4326)
    assert problem.code == "encoding_required"
    assert "tcvn3" in problem.extra["samples"]


def test_adv_005_triggers_in_a_geopackage_stay_asleep(tmp_path: Path, town: dict[str, object]) -> None:
    path = tmp_path / "roads.gpkg"
    export(opened=opened("roads", SYSTEM), path=path)
    with sqlite3.connect(path) as package:
        package.execute("create table stolen (what text)")
        package.execute("create trigger steals after insert on gpkg_contents begin insert into stolen values (load_extension('/tmp/evil.so')); end")
        package.execute("create view peeks as select load_extension('/tmp/evil.so') as x")
    before = path.read_bytes()
    report = import_file(wish=Wish(path, slug="streets", source_layer="roads"), by=None, because="a package", at=timezone.now(), dry_run=True)

    assert report.written == 2
    assert path.read_bytes() == before


def test_adv_010_a_file_without_a_crs_is_never_guessed(tmp_path: Path) -> None:
    path = tmp_path / "wells.csv"
    path.write_text("name,x,y\na,587000.0,1085000.0\n")
    problem = refused(path)

    assert (problem.code, problem.status) == ("crs_required", 422)
    assert sum(landing["inside"] for landing in problem.extra["candidates"]) > 1, "several would land in the city: only a person can choose"


@pytest.mark.parametrize(
    "name", ["; rm -rf ~.geojson", "\u202egnp.geojson", "🌳🌳.geojson", "$(reboot).geojson", "' or 1=1 --.geojson", "n" * 240 + ".geojson", "-x.geojson"]
)
def test_adv_016_a_file_name_is_only_a_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(ONE_POINT)
    try:
        # Nothing but the file's own name to call the layer by.
        slug = import_file(wish=Wish(path), by=None, because="a name", at=timezone.now(), dry_run=True).slug
    except Problem as problem:
        assert problem.code == "bad_name", "what would not stay within its line is no title"
        slug = import_file(wish=Wish(path, title="t"), by=None, because="a name", at=timezone.now(), dry_run=True).slug

    assert declaring.NAME.match(slug)


@pytest.mark.parametrize("name", ["x.geojson.php", "x.exe", "x", "x.tif", "x.pdf"])
def test_adv_016_an_ending_that_is_not_read_is_refused(tmp_path: Path, name: str) -> None:
    """Also where the content is a map that would come in under its own ending."""
    (tmp_path / name).write_text(ONE_POINT)

    assert refused(tmp_path / name).code == "unsupported_content"


def test_adv_018_a_killed_importer_leaves_nothing_and_can_begin_again(monkeypatch: pytest.MonkeyPatch) -> None:
    path, batches = real("vn-admin/mekong4_communes_2009.geojson"), FeatureChild.batches

    def killed(child: FeatureChild) -> Iterator[object]:
        child.process.kill()
        yield from batches(child)

    with monkeypatch.context() as patched:
        patched.setattr(FeatureChild, "batches", killed)
        assert refused(path).code == "reader_failed"
    report = import_file(wish=Wish(path), by=None, because="once more", at=timezone.now(), dry_run=True)

    assert report.written == 377


# More of group A


def test_adv_006_an_archive_in_an_archive_is_not_opened(tmp_path: Path) -> None:
    """42.zip and quines unpack for ever: only one level is."""
    inner = tmp_path / "inner.zip"
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("x.geojson", "{}")
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as archive:
        archive.write(inner, "inner.zip")

    assert refused(tmp_path / "outer.zip").code == "nothing_to_import"


def test_adv_006_a_directory_that_lies_about_sizes_is_caught_while_unpacking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The central directory says one kilobyte, the entry is sixteen million: of an entry no more is unpacked than it says."""
    monkeypatch.setattr(importing, "LARGEST_UNPACKED_BYTES", 1_000_000)
    path = tmp_path / "liar.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.geojson", b"\0" * (1 << 24))
    raw = bytearray(path.read_bytes())
    at = raw.index(b"PK\x01\x02") + 24
    raw[at : at + 4] = (1_000).to_bytes(4, "little")
    path.write_bytes(raw)

    assert refused(path).code == "unsupported_content"


def test_adv_006_a_workbook_that_is_a_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "LARGEST_UNPACKED_BYTES", 1_000_000)
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (1 << 24))

    assert refused(tmp_path / "bomb.xlsx").code == "archive_too_large"


def test_adv_012_a_document_type_behind_a_long_comment_is_found(tmp_path: Path) -> None:
    path = tmp_path / "late.kml"
    path.write_text(f'<?xml version="1.0"?><!--{"x" * 3_000_000}--><!DOCTYPE kml [<!ENTITY a "b">]><kml>&a;</kml>')

    assert refused(path).code == "xml_dtd_forbidden"


def test_adv_012_a_workbook_with_a_document_type_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.xlsx", "w") as archive:
        archive.writestr("xl/workbook.xml", f'<!DOCTYPE x [<!ENTITY a SYSTEM "file://{secret(tmp_path)}">]><x>&a;</x>')

    assert refused(tmp_path / "x.xlsx").code == "xml_dtd_forbidden"


@pytest.mark.parametrize("which", ["records", "length 0", "index"])
def test_adv_009_a_shapefile_that_lies_about_itself_ends_soon(tmp_path: Path, which: str) -> None:
    """A table of 2³¹ records, records of no length, an index that points beyond the end."""
    path = tmp_path / "liar.shp"
    pyogrio.raw.write(
        path,
        shapely.to_wkb(shapely.points([JUNCTION])),
        [numpy.array(["a"], dtype=object)],
        ["n"],
        driver="ESRI Shapefile",
        geometry_type="Point",
        crs="EPSG:4326",
    )
    table, index = bytearray(path.with_suffix(".dbf").read_bytes()), bytearray(path.with_suffix(".shx").read_bytes())
    if which == "records":
        table[4:8] = (2**31 - 1).to_bytes(4, "little")
    if which == "length 0":
        table[10:12] = b"\0\0"
    if which == "index":
        index[100:104] = (2**30).to_bytes(4, "big")
    path.with_suffix(".dbf").write_bytes(table)
    path.with_suffix(".shx").write_bytes(index)
    began = time.monotonic()
    try:
        report = import_file(wish=Wish(path, slug="liar"), by=None, because="a liar", at=timezone.now(), dry_run=True)
        assert report.told["read"] <= 1
    except Problem as problem:
        assert problem.status == 422
    assert time.monotonic() - began < 60


@pytest.mark.parametrize("depth", [5_000, 200_000])
def test_adv_013_collections_in_collections_are_refused_and_never_a_crash(tmp_path: Path, depth: int) -> None:
    path = tmp_path / "deep.geojson"
    path.write_text('{"type":"GeometryCollection","geometries":[' * depth + '{"type":"Point","coordinates":[105.8,9.8]}' + "]}" * depth)

    assert refused(path).status == 422


def test_adv_004_a_link_to_another_file_of_this_machine_is_read_as_what_it_is(tmp_path: Path) -> None:
    """Parts are bound one by one: what lies beside under another name is not in the room."""
    path = tmp_path / "x.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [], "crs": {"type": "link", "properties": {"href": f"file://{secret(tmp_path)}"}}}))

    assert refused(path).status == 422
