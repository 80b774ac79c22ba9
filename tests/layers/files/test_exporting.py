"""What goes out in any format comes in again as it was: as many features, the same words, the same ground."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from geo.acting import acting
from geo.errors import Problem
from geo.models import User
from layers import query
from layers.access import ANONYMOUS, SYSTEM, opened, scope_of
from layers.files.exporting import FORMATS, export
from layers.files.importing import Wish, import_file
from layers.library.closures import Closure
from layers.making import made
from layers.models import MadeLayer
from tests.conftest import city_wkt
from tests.real_data import real

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_made_layers_after(db: None) -> Iterator[None]:
    """The registry forgets what a test made."""
    yield
    MadeLayer.objects.all().delete()
    made.refresh()


def bring(path: Path, slug: str, **wished: Any) -> Any:
    report = import_file(wish=Wish(path, slug=slug, **wished), by=None, because="round trip", at=timezone.now())
    made.refresh()
    return report


def area_m2(slug: str) -> float:
    with connection.cursor() as cursor:
        cursor.execute(f"select sum(st_area(geom)) from made.{slug}")
        return cursor.fetchone()[0]


@pytest.fixture
def six_wards() -> None:
    """The six units of 2009, with Vietnamese names."""
    bring(real("vn-admin/ngabay_6wards_2009.geojson"), "units")


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_round_trip_keeps_features_words_and_ground(suffix: str, six_wards: None, tmp_path: Path) -> None:
    path = tmp_path / f"units{suffix}"
    assert export(opened=opened("units", SYSTEM), path=path) == 6
    given = {"crs": 4326} if suffix == ".csv" else {}
    report = bring(path, "again", **given)

    assert (report.written, report.left_out) == (6, {})
    assert area_m2("again") == pytest.approx(area_m2("units"), rel=1e-6)
    first, again = ([row["properties"] for row in query.features(opened(slug, SYSTEM))] for slug in ("units", "again"))
    names = [field.name for field in opened("units", SYSTEM).fields if field.type == "text" and len(field.name) <= 10]
    assert names
    for before, after in zip(first, again, strict=True):
        assert {name: before[name] for name in names} == {name: after.get(name) for name in names}
    assert sorted(found.name for found in tmp_path.iterdir()) == [path.name]


def test_a_file_holds_what_its_reader_may_see(people: dict[str, User], town: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "parcels.csv"
    written = {}
    for role in ("officer", "approver"):
        export(opened=opened("parcels", scope_of(people[role])), path=path)
        written[role] = path.read_text(encoding="utf-8")

    assert "Nguyễn Văn A" not in written["officer"] and "land_user_name" not in written["officer"]
    assert "Nguyễn Văn A" in written["approver"]


def test_lists_moments_and_mixed_geometry_go_out(tmp_path: Path) -> None:
    with acting(by=None, because="works"):
        for kind, places in (("POINT", [(0, 0)]), ("LINESTRING", [(0, 0), (50, 0)])):
            Closure.objects.create(reason="Sửa cầu", modes=["car", "truck"], starts_at=timezone.now(), geom=city_wkt(kind, *places))
    closures = opened("closures", ANONYMOUS)

    for suffix in (".gpkg", ".geojson", ".parquet", ".kml", ".csv"):
        assert export(opened=closures, path=tmp_path / f"closures{suffix}") == 2
    assert '"truck"' in (tmp_path / "closures.geojson").read_text()
    with pytest.raises(Problem) as refused:
        export(opened=closures, path=tmp_path / "closures.shp.zip")
    assert refused.value.code == "format_too_narrow"


def test_an_unknown_ending_is_refused_and_leaves_nothing(town: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="format_unknown"):
        call_command("layer_export", "roads", str(tmp_path / "roads.dwg"))

    assert list(tmp_path.iterdir()) == []


def test_an_empty_layer_is_a_whole_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("layer_export", "roads", str(tmp_path / "roads.geojson"))

    assert "0 features written" in capsys.readouterr().out
    assert '"features": [' in (tmp_path / "roads.geojson").read_text()
