"""What the outside may try with a filter: other names, other functions, and what no person would write."""

import time
import unicodedata
from typing import Any

import pytest
from django.test import Client

from geo.acting import acting
from layers.access import ANONYMOUS, opened
from layers.filters import cql2
from layers.library.public_places import PublicPlace
from tests.conftest import city_wkt
from tests.layers.filters.test_cql2 import ask

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("password = 'x'", "unknown_property"),
        ("groups__permissions = 1", "unknown_property"),
        ("land_user_name = 'A'", "unknown_property"),
        ("pg_sleep(10) = 1", "unknown_function"),
        ("xpath('a') = 'b'", "unknown_function"),
        ("s_simplify(geometry, POINT(1 1))", "unknown_function"),
        ("name = 1", "bad_filter"),
        ("width_m = 'wide'", "bad_filter"),
        ("oneway = 'x'", "bad_filter"),
        ("name LIKE 3", "bad_filter"),
        ("name =", "bad_filter"),
        ("= 1", "bad_filter"),
        ("name = 'open", "bad_filter"),
        ("(name = 'a'", "bad_filter"),
        ("name = 'a') OR 1 = 1 --", "bad_filter"),
        ("name = 'a'; drop table geo_user", "bad_filter"),
        ("width_m = NaN", "unknown_property"),
        ("width_m = 1e999", "bad_filter"),
        ("", "bad_filter"),
        ("S_INTERSECTS(geometry, POINT(NaN 1))", "bad_filter"),
        ("S_INTERSECTS(geometry, POINT(1e308 1))", "bad_filter"),
        ("S_INTERSECTS(geometry, POLYGON((0 0, 1 1)))", "bad_filter"),
        ("S_INTERSECTS(geometry, name)", "bad_filter"),
        ("S_INTERSECTS(POINT(0 0), 'POINT(0 0)')", "bad_filter"),
        ("name LIKE 'a\\\\\\'", "bad_filter"),
        ("name LIKE road_class", "bad_filter"),
    ],
)  # fmt: skip
def test_adv_053_what_is_not_listed_is_refused(client: Client, town: dict[str, Any], text: str, code: str) -> None:
    answer = ask(client, "roads", text)

    assert (answer.status_code, answer.json()["code"]) == (400, code), answer.json()
    assert len(answer.content) < 2_000


@pytest.mark.parametrize(
    "text",
    [
        "(" * 10_000,
        "NOT " * 5_000 + "oneway",
        " OR ".join(["width_m = 1"] * 10_000),
        "name = '" + "x" * 10_000_00 + "'",
        "name IN (" + ",".join(["'a'"] * 1_500) + ")",
    ],
    ids=["deep", "not", "wide", "long", "many"],
)
def test_adv_054_what_nobody_would_write_is_refused_at_once(text: str) -> None:
    seen, began = opened("roads", ANONYMOUS), time.perf_counter()
    with pytest.raises(cql2.TOO_COMPLEX):
        cql2.condition(seen, text, "cql2-text")

    assert time.perf_counter() - began < 0.5


def test_adv_054_deep_json_is_refused_and_never_a_crash(client: Client) -> None:
    tree: Any = {"property": "oneway"}
    for _ in range(60):
        tree = {"op": "not", "args": [tree]}

    assert ask(client, "roads", tree).json().get("code") == "filter_too_complex"
    for broken in ("[" * 5_000, '{"op": "="', "NaN", '{"op": "=", "args": 3}', '{"op": 1, "args": []}', "null", '{"op":"in","args":[{"property":"name"},[]]}'):
        assert client.get("/ogc/collections/roads/items", {"filter": broken, "filter-lang": "cql2-json"}).json().get("code") == "bad_filter"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1 / (width_m - 3) > 0", 1),
        ("1 / (width_m - width_m) IS NULL", 2),
        ("width_m % (width_m - 3) = 3", 1),
        ("100 div (width_m - 3) = 11", 1),
        ("(width_m - 3) ^ -1 > 0", 1),
        ("(0 - width_m) ^ 0.5 IS NULL", 2),
        ("1e300 * 1e300 * width_m > 1", 2),
        ("width_m ^ 400 IS NULL", 2),
        ("width_m + 9223372036854775807 > 0", 2),
    ],
)
def test_adv_053_what_is_calculated_never_fails_on_a_row(client: Client, town: dict[str, Any], text: str, found: int) -> None:
    """An error that depends on a row would tell of rows that the caller may not see."""
    answer = ask(client, "roads", text)

    assert (answer.status_code, answer.json().get("numberMatched")) == (200, found), answer.json()


@pytest.mark.parametrize("text", ["width_m > 2 ^ (2 ^ 2)", "width_m > " + "1 + " * 100 + "1", "width_m = " + "- " * 50 + "1"])
def test_adv_054_sums_have_a_depth_too(client: Client, town: dict[str, Any], text: str) -> None:
    assert ask(client, "roads", text).json().get("code") == "filter_too_complex"


def test_adv_056_letters_of_a_pattern_are_what_the_standard_says(client: Client) -> None:
    r"""%, _ and \ in LIKE; NFC and NFD; the Turkish i; what nobody sees."""
    names = ("100% nước", "a_b", "axb", r"C:\tệp", "Đặng Thùy Trâm", "İstanbul", "😀 Chợ", "Chợ\u200b Lớn", "O'Brien")
    with acting(by=None, because="names"):
        for name in names:
            PublicPlace.objects.create(name=name, kind="market", geom=city_wkt("POINT", (0, 0)))
    for text, expected in (
        (r"name LIKE '100\% %'", {"100% nước"}), ("name LIKE 'a_b'", {"a_b", "axb"}), (r"name LIKE 'a\_b'", {"a_b"}), (r"name LIKE 'C:\\%'", {r"C:\tệp"}),
        ("name = 'Đặng Thùy Trâm'", {"Đặng Thùy Trâm"}), (unicodedata.normalize("NFD", "name = 'Đặng Thùy Trâm'"), {"Đặng Thùy Trâm"}),
        ("ACCENTI(name) = ACCENTI('Dang Thuy Tram')", {"Đặng Thùy Trâm"}), ("ACCENTI(name) = ACCENTI('dang thuy tram')", set()),
        ("CASEI(name) LIKE CASEI('😀 chợ')", {"😀 Chợ"}), ("ACCENTI(name) = ACCENTI('Cho Lon')", {"Chợ\u200b Lớn"}), ("name = 'O''Brien'", {"O'Brien"}),
        (r"name = 'O\'Brien'", {"O'Brien"}), ("name LIKE '%'", set(names)), ("name LIKE '" + "%" * 4_000 + "'", set(names)),
    ):  # fmt: skip
        answer = ask(client, "public_places", text)
        assert {feature["properties"]["name"] for feature in answer.json()["features"]} == expected, text


def test_adv_057_the_whole_world_is_a_page_and_a_link_to_the_next(client: Client) -> None:
    with acting(by=None, because="many"):
        PublicPlace.objects.bulk_create(PublicPlace(name=str(number), kind="market", geom=city_wkt("POINT", (number % 90, 0))) for number in range(1_050))
    for asked in ({"bbox": "-180,-90,180,90"}, {"filter": "S_INTERSECTS(geometry, BBOX(-180, -90, 180, 90))"}, {}):
        page = client.get("/ogc/collections/public_places/items", {**asked, "limit": 10_000}).json()
        assert (page["numberMatched"], page["numberReturned"]) == (1_050, 1_000)
        follow = next(link["href"] for link in page["links"] if link["rel"] == "next")
        assert client.get(follow).json()["numberReturned"] == 50
