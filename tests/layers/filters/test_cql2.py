"""CQL2 filters, text and JSON: the same answer, closed names, bounded size, and nothing but parameters in the statement."""

import json
from collections import Counter
from datetime import date
from typing import Any

import pytest
from django.test import Client

from geo.acting import acting
from geo.errors import Problem
from geo.models import User
from layers.access import ANONYMOUS, opened
from layers.filters import cql2
from layers.library.public_places import PublicPlace
from layers.library.wards import AdminUnit
from tests.conftest import JUNCTION, city_wkt
from tests.real_data import real

pytestmark = pytest.mark.django_db
LON, LAT = JUNCTION
BOX = f"POLYGON(({LON - 0.0001} {LAT - 0.0001}, {LON + 0.0001} {LAT - 0.0001}, {LON + 0.0001} {LAT + 0.0001}, {LON - 0.0001} {LAT + 0.0001}, {LON - 0.0001} {LAT - 0.0001}))"


def ask(client: Client, layer: str, text: str | dict[str, Any], **more: str) -> Any:
    language = "cql2-json" if isinstance(text, dict) else "cql2-text"
    return client.get(f"/ogc/collections/{layer}/items", {"filter": json.dumps(text) if isinstance(text, dict) else text, "filter-lang": language, **more})


def names(client: Client, text: str | dict[str, Any], layer: str = "roads") -> set[str]:
    answer = ask(client, layer, text)
    assert answer.status_code == 200, answer.content
    return {feature["properties"]["name"] for feature in answer.json()["features"]}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("name = 'Hẻm 4'", {"Hẻm 4"}),
        ("name <> 'Hẻm 4'", {"Hùng Vương"}),
        ("width_m > 3 AND oneway = FALSE", {"Hùng Vương"}),
        ("width_m >= 3 and (road_class = 'alley' or speed_kmh = 41)", {"Hẻm 4"}),
        ("NOT road_class = 'alley'", {"Hùng Vương"}),
        ("name LIKE 'Hùng%'", {"Hùng Vương"}),
        ("name NOT LIKE '%4'", {"Hùng Vương"}),
        ("width_m BETWEEN 2 AND 4", {"Hẻm 4"}),
        ("width_m NOT BETWEEN 2 AND 4", {"Hùng Vương"}),
        ("road_class IN ('primary', 'trunk')", {"Hùng Vương"}),
        ("load_limit_t IS NULL", {"Hẻm 4", "Hùng Vương"}),
        ("load_limit_t IS NOT NULL", set()),
        ("CASEI(name) = CASEI('HÙNG vương')", {"Hùng Vương"}),
        ("ACCENTI(name) = ACCENTI('Hung Vuong')", {"Hùng Vương"}),
        ("oneway", set()),
        ("NOT oneway", {"Hẻm 4", "Hùng Vương"}),
        (f"S_INTERSECTS(geometry, {BOX})", {"Hùng Vương"}),
        (f"S_DISJOINT(geometry, {BOX})", {"Hẻm 4"}),
        ("S_INTERSECTS(geometry, BBOX(-180, -90, 180, 90))", {"Hẻm 4", "Hùng Vương"}),
        ("S_WITHIN(geometry, BBOX(105.0, 9.0, 106.0, 10.0))", {"Hẻm 4", "Hùng Vương"}),
        ("S_CONTAINS(geometry, POINT(0 0))", set()),
        ("\"name\" = 'Hẻm 4'", {"Hẻm 4"}),
        ("name = 'O''Brien'", set()),
    ],
)
def test_a_text_finds_what_it_says(client: Client, town: dict[str, Any], text: str, found: set[str]) -> None:
    assert names(client, text) == found


def test_json_says_the_same(client: Client, town: dict[str, Any]) -> None:
    wide = {"op": ">", "args": [{"property": "width_m"}, 3]}
    near = {"op": "s_intersects", "args": [{"property": "geometry"}, {"bbox": [LON - 0.0001, LAT - 0.0001, LON + 0.0001, LAT + 0.0001]}]}

    assert names(client, {"op": "and", "args": [wide, {"op": "not", "args": [{"op": "isNull", "args": [{"property": "name"}]}]}]}) == {"Hùng Vương"}
    assert names(client, {"op": "s_disjoint", "args": near["args"]}) == {"Hẻm 4"}
    assert names(client, {"op": "in", "args": [{"property": "road_class"}, ["alley"]]}) == {"Hẻm 4"}


def test_days_are_compared_with_days(client: Client) -> None:
    shape = city_wkt("MULTIPOLYGON", (0, 0), (100, 0), (100, 100), (0, 0))
    with acting(by=None, because="two generations"):
        AdminUnit.objects.create(code="1", name="old", kind="xa", valid_from=date(2009, 4, 1), valid_until=date(2025, 7, 1), geom=shape)
        AdminUnit.objects.create(code="2", name="new", kind="phuong", valid_from=date(2025, 7, 1), geom=shape)

    assert names(client, "valid_from >= DATE('2025-07-01')", "wards") == {"new"}
    assert names(client, "valid_until IS NOT NULL AND valid_until <= TIMESTAMP('2026-01-01T00:00:00Z')", "wards") == {"old"}


def test_only_the_named_properties_are_sent_and_pages_keep_the_filter(client: Client) -> None:
    with acting(by=None, because="places"):
        for n in range(9):
            PublicPlace.objects.create(name=f"Chợ {n}", kind="market" if n % 2 else "school", geom=city_wkt("POINT", (n, 0)))
    page = ask(client, "public_places", "kind = 'market'", limit="3", properties="name").json()
    follow = next(link["href"] for link in page["links"] if link["rel"] == "next")

    assert (page["numberMatched"], page["features"][0]["properties"]) == (4, {"name": "Chợ 1"})
    assert [feature["properties"] for feature in client.get(follow).json()["features"]] == [{"name": "Chợ 7"}]


def test_a_hidden_field_can_be_asked_for_by_who_may_see_it(client: Client, people: dict[str, User], town: dict[str, Any]) -> None:
    text = "land_user_name = 'Nguyễn Văn A'"
    client.force_login(people["officer"])
    assert ask(client, "parcels", text).json()["code"] == "unknown_property"
    client.force_login(people["approver"])
    assert ask(client, "parcels", text).json()["numberMatched"] == 1


def test_the_examples_of_the_standard_are_read_or_refused_and_never_a_crash() -> None:
    """They speak of other properties: what is left to prove is that each is understood far enough to say so."""
    seen, reasons = opened("roads", ANONYMOUS), Counter()
    for path in sorted(real("conformance/ogcapi_features/cql2/standard/schema/examples").rglob("*.*")):
        if path.suffix in (".json", ".txt"):
            try:
                cql2.condition(seen, path.read_text(encoding="utf-8"), "cql2-json" if path.suffix == ".json" else "cql2-text")
                reasons["read"] += 1
            except Problem as problem:
                reasons[problem.code] += 1

    assert reasons["unknown_property"] + reasons["read"] > reasons["bad_filter"], reasons
    assert reasons.keys() <= {"read", "unknown_property", "unknown_function", "bad_filter"}
