"""Every list that a role may ask for, explained at the size of a city: none reads a large table from end to end."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from geo.models import User
from tests.bench import city
from tests.conftest import JUNCTION

LARGE = 10_000
ROWS = 30_000
BOX = ",".join(str(round(edge, 4)) for edge in (JUNCTION[0], JUNCTION[1], JUNCTION[0] + 0.002, JUNCTION[1] + 0.002))
LISTED = ("parcels", "incidents", "street_lights", "roads")
ASKED = [
    *(f"/api/layers/{slug}/features?bbox={BOX}" for slug in LISTED),
    *(f"/api/layers/{slug}/features?limit=50&after=9000" for slug in LISTED),
    *(f"/api/layers/{slug}/features/12000" for slug in LISTED),
    *(f"/api/layers/{slug}/features/12000/history" for slug in LISTED),
    "/api/search?q=12%2F7",
    f"/api/context?lon={JUNCTION[0]}&lat={JUNCTION[1]}",
]  # fmt: skip


class Explaining:
    """Explains each statement before it runs, and keeps the large tables that it would read from end to end."""

    def __init__(self) -> None:
        self.whole: list[tuple[str, str]] = []
        self.looked_at = 0

    def __call__(self, execute: Any, statement: str, params: Any, many: bool, context: Any) -> Any:
        text = statement if isinstance(statement, str) else statement.as_string(context["connection"].connection)
        if text.lstrip().lower().startswith(("select", "with", "(")) and "set_config" not in text:
            self.looked_at += 1
            with context["connection"].cursor() as cursor:
                plan = _explained(cursor.cursor, text, params)
            self.whole += [(table, text[:200]) for table in _read_whole(plan) if table in LARGE_TABLES]
        return execute(statement, params, many, context)


LARGE_TABLES: set[str] = set()


def _explained(cursor: Any, statement: str, params: Any) -> Any:
    # The driver's own cursor: the wrapper must not explain its own question.
    cursor.execute(f"explain (format json) {statement}", params)
    return cursor.fetchone()[0]


def _read_whole(plan: Any) -> list[str]:
    found, nodes = [], [(plan if isinstance(plan, list) else json.loads(plan))[0]["Plan"]]
    while nodes:
        node = nodes.pop()
        nodes += node.get("Plans", [])
        if node["Node Type"] == "Seq Scan":
            found.append(node["Relation Name"])
    return found


@pytest.mark.django_db
def test_adv_089_no_list_of_any_role_reads_a_large_table_from_end_to_end(people: dict[str, User]) -> None:
    with connection.cursor() as cursor:
        city.make(cursor, incidents=ROWS, parcels=ROWS)
        cursor.execute("analyze")
        cursor.execute("select relname from pg_class where relkind = 'r' and reltuples > %s", [LARGE])
        LARGE_TABLES.update(row[0] for row in cursor.fetchall())
    assert {"layers_parcel", "incidents_incident"} <= LARGE_TABLES

    found = {}
    for role, user in people.items():
        client, explaining = Client(), Explaining()
        client.force_login(user)
        with connection.execute_wrapper(explaining):
            for address in ASKED:
                assert client.get(address).status_code in (200, 404), address
        assert explaining.looked_at > len(ASKED)
        if explaining.whole:
            found[role] = explaining.whole
    assert found == {}
    # and the look itself finds what it looks for
    explaining = Explaining()
    with connection.execute_wrapper(explaining), connection.cursor() as cursor:
        cursor.execute("select count(land_user_name) from layers_parcel where version > 0")
    assert [table for table, _ in explaining.whole] == ["layers_parcel"]
