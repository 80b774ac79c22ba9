"""The order of a collection: by what the caller may see, page after page, however much comes and goes meanwhile."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from geo.acting import acting
from geo.models import User
from layers.library.public_places import PublicPlace
from layers.library.roads import Road
from layers.library.wards import AdminUnit
from tests.conftest import city_wkt

pytestmark = pytest.mark.django_db


def walk(client: Client, slug: str, **asked: Any) -> list[dict[str, Any]]:
    """Every feature, by the links alone."""
    found, page = [], client.get(f"/ogc/collections/{slug}/items", asked).json()
    while True:
        found += page["features"]
        follow = [link["href"] for link in page["links"] if link["rel"] == "next"]
        if not follow:
            return found
        page = client.get(follow[0]).json()


@pytest.fixture
def roads(db: None) -> None:
    """Widths that repeat, one of them not known; names in an order of their own."""
    with acting(by=None, because="roads"):
        for number, (name, load) in enumerate((("C", 5), ("A", None), ("B", 5), ("D", None), ("E", 2.5), ("A", 5), ("F", 0.1), ("G", 0.1))):
            shape = city_wkt("LINESTRING", (0, number * 10), (100, number * 10))
            Road.objects.create(name=name, road_class="alley", width_m=3, speed_kmh=15, load_limit_t=load, geom=shape)


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
@pytest.mark.parametrize(
    ("sortby", "order"),
    [
        ("name", ["A", "A", "B", "C", "D", "E", "F", "G"]),
        ("-name", ["G", "F", "E", "D", "C", "B", "A", "A"]),
        ("load_limit_t,-name", ["G", "F", "E", "C", "B", "A", "D", "A"]),
        ("-load_limit_t,name", ["A", "B", "C", "E", "F", "G", "A", "D"]),
        ("+load_limit_t,+name", ["F", "G", "E", "A", "B", "C", "A", "D"]),
    ],
)
def test_pages_of_any_size_follow_the_order_without_a_gap_or_a_repetition(client: Client, roads: None, limit: int, sortby: str, order: list[str]) -> None:
    found = walk(client, "roads", sortby=sortby, limit=limit)

    assert [feature["properties"]["name"] for feature in found] == order
    assert len({feature["id"] for feature in found}) == len(order)


def test_what_comes_and_goes_while_pages_are_read_neither_repeats_nor_hides_a_feature(client: Client) -> None:
    with acting(by=None, because="places"):
        places = [PublicPlace.objects.create(name=f"{number:02d}", kind="market", geom=city_wkt("POINT", (number, 0))) for number in range(0, 40, 2)]
    page = client.get("/ogc/collections/public_places/items", {"sortby": "-name", "limit": 7}).json()
    found = [feature["properties"]["name"] for feature in page["features"]]
    with acting(by=None, because="while it is read"):
        PublicPlace.objects.filter(pk__in=[places[-1].pk, places[-2].pk, places[0].pk]).delete()
        for name in ("39", "25"):
            PublicPlace.objects.create(name=name, kind="market", geom=city_wkt("POINT", (0, 9)))
    follow = next(link["href"] for link in page["links"] if link["rel"] == "next")
    rest = []
    while follow:
        page = client.get(follow).json()
        rest += [feature["properties"]["name"] for feature in page["features"]]
        follow = next((link["href"] for link in page["links"] if link["rel"] == "next"), "")

    assert found == [f"{number:02d}" for number in range(38, 24, -2)]
    # What was deleted before its turn is gone, what was added behind the place is there, what was added before it is not.
    assert rest == ["25", *(f"{number:02d}" for number in range(24, 0, -2))]


def test_a_page_keeps_its_order_filter_and_properties(client: Client, roads: None) -> None:
    found = walk(client, "roads", sortby="-name", filter="load_limit_t IS NOT NULL", properties="road_class", limit=2)

    assert [feature["properties"] for feature in found] == [{"road_class": "alley"}] * 6


@pytest.mark.parametrize(
    ("sortby", "code"),
    [
        ("password", "unknown_property"), ("geometry", "unknown_property"), ("land_user_name", "unknown_property"), ("", "unknown_property"),
        ("name desc", "unknown_property"), ("name;drop table geo_user", "unknown_property"), ("1", "unknown_property"), ("--name", "unknown_property"),
        ("name,name", "bad_request"), ("name,road_class,width_m,speed_kmh,oneway", "bad_request"), ("name," * 1_000, "bad_request"),
    ],
)  # fmt: skip
def test_adv_052_an_order_by_what_is_not_there_is_refused(client: Client, town: dict[str, Any], sortby: str, code: str) -> None:
    answer = client.get("/ogc/collections/roads/items", {"sortby": sortby})

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert "parameter" in answer.json()


def test_adv_058_a_place_in_one_order_is_none_in_another(client: Client, roads: None, people: dict[str, User]) -> None:
    page = client.get("/ogc/collections/roads/items", {"sortby": "name", "limit": 2}).json()
    follow = next(link["href"] for link in page["links"] if link["rel"] == "next")

    assert client.get(follow).status_code == 200
    assert client.get(follow.replace("sortby=name", "sortby=-name")).json()["parameter"] == "cursor"
    assert client.get(follow.replace("sortby=name&", "")).json()["parameter"] == "cursor"
    client.force_login(people["approver"])
    assert client.get(follow).json()["parameter"] == "cursor"


def test_rows_without_a_day_come_last_whichever_way(client: Client) -> None:
    shape = city_wkt("MULTIPOLYGON", (0, 0), (100, 0), (100, 100), (0, 0))
    with acting(by=None, because="units"):
        for number, ends in enumerate((date(2025, 7, 1), None, date(2020, 1, 1), date(2025, 7, 1))):
            AdminUnit.objects.create(code=str(number), name=str(number), kind="xa", valid_from=date(2009, 4, 1), valid_until=ends, geom=shape)

    for sortby, order in (("valid_until", ["2", "0", "3", "1"]), ("-valid_until", ["0", "3", "2", "1"])):
        assert [feature["properties"]["code"] for feature in walk(client, "wards", sortby=sortby, limit=1)] == order
