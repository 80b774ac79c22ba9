"""What the outside may try with a filter: other names, other functions, and what no person would write."""

import time
from typing import Any

import pytest
from django.test import Client

from layers import cql2
from layers.access import ANONYMOUS, opened
from tests.layers.test_cql2 import ask

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

    assert ask(client, "roads", tree).json()["code"] == "filter_too_complex"
    for broken in ("[" * 5_000, '{"op": "="', "NaN", '{"op": "=", "args": 3}', '{"op": 1, "args": []}', "null", '{"op":"in","args":[{"property":"name"},[]]}'):
        assert client.get("/ogc/collections/roads/items", {"filter": broken, "filter-lang": "cql2-json"}).json()["code"] == "bad_filter"
