"""Prove that the list of land uses is a list that is loaded: what a form offers, what a value is checked against and what the legend says follow the table."""

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client

from geo.errors import Problem
from geo.models import User
from layers.access import scope_of
from layers.changing import values
from layers.library.land_uses import LAND_USES, STARTING, LandUse, MinimumArea
from layers.library.parcels import Parcels

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 26)
REISSUED = [{"code": "ODT", "vi": "Đất ở tại đô thị", "en": "Urban residential"}, {"code": "LUC", "vi": "Đất chuyên lúa", "en": "Rice"},
            {"code": "RSX", "vi": "Đất rừng sản xuất", "en": "Production forest", "source": "Thông tư (mô phỏng)"}]  # fmt: skip


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    LAND_USES.forget()
    yield
    LAND_USES.forget()


def written(path: Path, rows: list[dict[str, str]], columns: tuple[str, ...] = ("code", "vi", "en", "source")) -> str:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
    return str(path)


def land_use_of(client: Client) -> dict[str, Any]:
    layer = next(one for one in client.get("/api/layers").json()["layers"] if one["slug"] == "parcels")
    return {"field": next(field for field in layer["fields"] if field["name"] == "land_use"), **layer}


def test_a_new_city_starts_with_a_list() -> None:
    assert [(choice.value, choice.vi) for choice in LAND_USES] == [(code, vi) for code, vi, _ in STARTING]


def test_another_list_is_what_the_catalogue_the_legend_and_the_check_of_values_speak_of(tmp_path: Path, people: dict[str, User], client: Client) -> None:
    call_command("land_uses", written(tmp_path / "list.csv", REISSUED), "--from", "2026-01-01")
    client.force_login(people["officer"])

    told = land_use_of(client)

    present = [(choice["value"], choice["vi"]) for choice in told["field"]["choices"] if not choice.get("past")]
    assert present == [("ODT", "Đất ở tại đô thị"), ("LUC", "Đất chuyên lúa"), ("RSX", "Đất rừng sản xuất")]
    assert [row["label"]["vi"] for row in told["legend"]] == [vi for _, vi in present]
    scope = scope_of(people["officer"])
    assert values.checked(Parcels, {"land_use": "RSX"}, scope, new=False) == {"land_use": "RSX"}


def test_a_code_of_the_past_keeps_its_name_and_is_chosen_no_more(tmp_path: Path, people: dict[str, User]) -> None:
    call_command("land_uses", written(tmp_path / "list.csv", REISSUED), "--from", "2026-01-01")

    assert next(choice for choice in LAND_USES if choice.value == "NTS").past
    with pytest.raises(Problem) as caught:
        values.checked(Parcels, {"land_use": "NTS"}, scope_of(people["officer"]), new=False)
    assert caught.value.code == "invalid_value" and "RSX" in caught.value.en and "NTS" not in caught.value.en


def test_loading_the_same_list_twice_changes_nothing(tmp_path: Path) -> None:
    file = written(tmp_path / "list.csv", REISSUED)
    call_command("land_uses", file, "--from", "2026-01-01")
    before = list(LandUse.objects.order_by("pk").values())

    call_command("land_uses", file, "--from", "2026-06-01")

    assert list(LandUse.objects.order_by("pk").values()) == before


def test_a_code_that_is_renamed_twice_on_one_day_stands_once(tmp_path: Path) -> None:
    call_command("land_uses", written(tmp_path / "list.csv", REISSUED), "--from", "2026-01-01")
    again = [{**REISSUED[0], "vi": "Đất ở đô thị (sửa)"}, *REISSUED[1:]]
    call_command("land_uses", written(tmp_path / "again.csv", again), "--from", "2026-01-01")

    assert [use.vi for use in LandUse.objects.filter(code="ODT").order_by("pk")] == ["Đất ở đô thị", "Đất ở đô thị (sửa)"]
    assert next(choice.vi for choice in LAND_USES if choice.value == "ODT") == "Đất ở đô thị (sửa)"


@pytest.mark.parametrize(
    ("rows", "says"),
    [([{"code": "odt", "vi": "x"}], "Line 2"), ([{"code": "ODT", "vi": ""}], "Line 2"), ([], "between 1 and"),
     ([{"code": "ODT", "vi": "x"}, {"code": "ODT", "vi": "y"}], "stands twice"), ([{"code": "TOOLONG", "vi": "x"}], "capitals")],
)  # fmt: skip
def test_a_list_that_is_none_is_refused_with_its_line_and_changes_nothing(tmp_path: Path, rows: list[dict[str, str]], says: str) -> None:
    with pytest.raises(CommandError, match=says):
        call_command("land_uses", written(tmp_path / "list.csv", rows))
    assert LandUse.objects.count() == len(STARTING)


def test_files_of_another_kind_are_refused(tmp_path: Path) -> None:
    (tmp_path / "latin.csv").write_bytes("code,vi\nODT,Đất ở".encode("cp1258", "replace").replace(b"?", b"\xd0"))
    with pytest.raises(CommandError, match="UTF-8"):
        call_command("land_uses", str(tmp_path / "latin.csv"))
    with pytest.raises(CommandError, match="columns are"):
        call_command("land_uses", written(tmp_path / "names.csv", [], columns=("ma", "ten")))
    with pytest.raises(CommandError, match="No such file"):
        call_command("land_uses", str(tmp_path / "none.csv"))


def test_a_list_is_read_again_only_after_a_while(django_assert_num_queries: Any) -> None:
    len(LAND_USES)
    with django_assert_num_queries(0):
        assert [choice.value for choice in LAND_USES] and LAND_USES[0] and len(LAND_USES)


def test_the_database_holds_one_code_a_start_and_one_minimum_a_start() -> None:
    LandUse.objects.create(code="XYZ", vi="x")
    with pytest.raises(IntegrityError), transaction.atomic():
        LandUse.objects.create(code="XYZ", vi="y")
    with pytest.raises(IntegrityError), transaction.atomic():
        MinimumArea.objects.create(min_area_m2=0, decision="x", valid_from=DAY)
    connection.check_constraints()
