"""A stranger's file gets nothing out of the machine and nothing half into the database."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from geo.errors import Problem
from layers import importing
from layers.formats import DRIVERS
from layers.importing import Wish, import_file
from layers.models import MadeLayer
from tests.conftest import JUNCTION
from tests.elsewhere import ROOT

pytestmark = pytest.mark.django_db
CANARY = "canary-4711"


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


def test_a_vrt_that_calls_itself_geojson_reads_no_other_file(tmp_path: Path) -> None:
    """Adversarial 1: GDAL opens what a file is, not what it is called."""
    vrt = tmp_path / "innocent.geojson"
    vrt.write_text(
        f'<OGRVRTDataSource><OGRVRTLayer name="secret"><SrcDataSource>{secret(tmp_path)}</SrcDataSource><GeometryType>wkbPoint</GeometryType>'
        '<GeometryField encoding="PointFromColumns" x="x" y="y"/><LayerSRS>EPSG:4326</LayerSRS></OGRVRTLayer></OGRVRTDataSource>'
    )
    assert refused(vrt).code == "unsupported_content"


def test_a_pipeline_that_calls_itself_geojson_runs_nothing(tmp_path: Path) -> None:
    """Adversarial 2: a GDALG pipeline is JSON too."""
    pipeline = {
        "type": "gdal_streamed_alg",
        "command_line": f"gdal vector pipeline ! read {secret(tmp_path)} ! edit",
        "relative_paths_relative_to_this_file": False,
    }
    path = tmp_path / "innocent.geojson"
    path.write_text(json.dumps(pipeline))

    assert refused(path).code in ("unsupported_content", "layer_required")


@pytest.mark.parametrize(
    "name", ["http://127.0.0.1:9/x.geojson", "/vsicurl/http://127.0.0.1:9/x.geojson", "PG:dbname=nbioc", "/etc/passwd", "x.php", "WFS:x.json"]
)
def test_a_name_that_is_not_a_file_is_not_opened(name: str) -> None:
    """Adversarial 4: only files, only with the names that are read."""
    assert refused(Path(name)).code == "unsupported_content"


def test_a_child_has_only_the_named_drivers_no_network_and_no_secrets() -> None:
    """Adversarial 4 and design 1: what the child cannot reach it cannot give away."""
    confined = subprocess.run(
        [sys.executable, "-m", "layers.confine", "tests.layers.confined_probe"], cwd=ROOT, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True
    )
    drivers, names, error = json.loads(confined.stdout)
    assert set(drivers) <= set(DRIVERS)
    assert "DATABASE_URL" not in names
    # ENETUNREACH: not even the machine itself is there.
    assert error == 101


def test_an_archive_that_unpacks_to_more_than_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Adversarial 6: 16 kB that become 16 MB."""
    monkeypatch.setattr(importing, "LARGEST_UNPACKED_BYTES", 1_000_000)
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("x.geojson", b"\0" * (1 << 24))

    assert refused(bomb).code == "archive_too_large"


@pytest.mark.parametrize("name", ["../../x.geojson", "/var/x.geojson", "C:\\x.geojson", "a\\..\\..\\x.geojson"])
def test_an_archive_that_reaches_outside_is_refused(tmp_path: Path, name: str) -> None:
    """Adversarial 8."""
    path = tmp_path / "slip.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, "{}")

    assert refused(path).code == "archive_unsafe"


def test_a_link_in_an_archive_is_refused(tmp_path: Path) -> None:
    """Adversarial 8."""
    path, entry = tmp_path / "link.zip", zipfile.ZipInfo("x.geojson")
    entry.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(entry, "/etc/passwd")

    assert refused(path).code == "archive_unsafe"


def test_a_shapefile_without_its_attributes_names_what_is_missing(tmp_path: Path) -> None:
    """Adversarial 9."""
    (tmp_path / "roads.shp").write_bytes(b"\x00\x00\x27\x0a" + bytes(96))
    (tmp_path / "roads.shx").write_bytes(b"\x00\x00\x27\x0a" + bytes(96))
    problem = refused(tmp_path / "roads.shp")

    assert (problem.code, problem.extra["part"]) == ("part_missing", ".dbf")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_xml_with_a_document_type_is_refused(tmp_path: Path, encoding: str) -> None:
    """Adversarial 12: an entity may name any file or grow without end."""
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
def test_broken_geojson_is_refused_and_never_a_crash(tmp_path: Path, content: bytes) -> None:
    """Adversarial 13."""
    path = tmp_path / "broken.geojson"
    path.write_bytes(content)

    assert refused(path).status == 422


def test_an_unknown_encoding_name_is_refused_with_the_same_words_in_each_reading(tmp_path: Path) -> None:
    path = tmp_path / "streets.csv"
    path.write_bytes("name,x,y\nGrößenverhältnis,105.8150,9.8165\n".encode("latin-1"))

    assert refused(path, crs=4326, encoding="utf-7").code == "encoding_required"
    problem = refused(path, crs=4326)
    assert problem.code == "encoding_required"
    assert "tcvn3" in problem.extra["samples"]


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
