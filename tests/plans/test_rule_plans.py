"""Every statement of every rule, explained at the size of a city as a split of a parcel asks it: none reads a large table from end to end."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from django.db import connection
from psycopg2 import sql

from geo.acting import acting
from geo.shapes import as_field
from geo.sql import statement
from layers import rules
from layers.access import SYSTEM
from layers.layer import Rule, registry
from layers.library.drains import Drain
from layers.library.parcels import Parcel, Parcels
from layers.library.roads import Road
from layers.library.wards import AdminUnit
from layers.rules import asking, checking
from tests.bench import city
from tests.layers.rules.town import AT, box, line, ward

pytestmark = pytest.mark.django_db
LARGE = 10_000


class Explained:
    """Asks for the plan of each statement before the statement itself is run."""

    def __init__(self) -> None:
        self.whole: dict[str, set[str]] = {}
        with connection.cursor() as cursor:
            cursor.execute("select relname from pg_class where relkind = 'r' and reltuples > %s", [LARGE])
            self.large = {name for (name,) in cursor.fetchall()}

    def ask(self, name: str, params: Mapping[str, Any], **parts: sql.Composable) -> list[tuple[Any, ...]]:
        text = sql.SQL(statement("layers", f"rules_{name}")).format(**parts).as_string(connection.connection)
        with connection.cursor() as cursor:
            cursor.execute(f"explain (format json) {text}", params)
            plan = cursor.fetchone()[0]
            self.whole.setdefault(name, set()).update(self._read_whole(plan if isinstance(plan, list) else json.loads(plan)))
            cursor.execute(text, params)
            return cursor.fetchall()

    def _read_whole(self, plan: Any) -> Iterator[str]:
        nodes = [plan[0]["Plan"]]
        while nodes:
            node = nodes.pop()
            nodes += node.get("Plans", [])
            if node["Node Type"] == "Seq Scan" and node["Relation Name"] in self.large:
                yield node["Relation Name"]


@pytest.fixture
def a_city(db: None) -> None:
    """As many parcels as a city has, with its wards, in the test's transaction."""
    with connection.cursor() as cursor:
        city.make(cursor, incidents=1_000, parcels=100_000)
        ward(box(-9000, -9000, 0, 9000)), ward(box(0, -9000, 9000, 9000), "31411")
        cursor.execute("analyze layers_adminunit")


def test_no_rule_reads_a_large_table_from_end_to_end(a_city: None, monkeypatch: pytest.MonkeyPatch) -> None:
    explained = Explained()
    monkeypatch.setattr(asking, "ask", explained.ask)
    with acting(by=None, because="a plan"):
        drain = Drain.objects.create(asset_code="D-1", geom=as_field(line((0, 0), (50, 0))))
        touched = {
            "parcels": list(Parcel.objects.order_by("pk").values_list("pk", flat=True)[50_000:50_003]),
            "roads": list(Road.objects.order_by("pk").values_list("pk", flat=True)[10_000:10_002]),
            "street_lights": list(_first("street_lights")),
            "buildings": list(_first("buildings")),
            "drains": [drain.pk],
            "wards": list(AdminUnit.objects.values_list("pk", flat=True)),
        }
        left = {"parcels": [box(0, 0, 30, 30)], "roads": [line((0, 0), (50, 0))], "wards": [box(-9000, -9000, 10, 9000)]}
        rules.check(touched=touched, left=left, scope=SYSTEM, at=AT)

    asked = {"overlap", "gaps", "inside", "uncovered", "unique", "size", "area", "values", "ends", "apart"}
    assert asked <= set(explained.whole)
    assert {type(rule) for slug in touched for rule in registry.known(slug).rules} == set(checking.LOOKS)
    assert {name: tables for name, tables in explained.whole.items() if tables} == {}
    # and the look itself finds what it looks for
    assert {"layers_parcel", "layers_road"} <= explained.large
    assert list(explained._read_whole(_plan("select count(land_user_name) from layers_parcel where version > 0"))) == ["layers_parcel"]


def test_a_rule_that_lost_its_index_would_be_seen(a_city: None, monkeypatch: pytest.MonkeyPatch) -> None:
    explained = Explained()
    monkeypatch.setattr(asking, "ask", explained.ask)
    monkeypatch.setattr(Parcels, "rules", _of(Parcels.rules, "no_overlap"))
    with acting(by=None, because="a plan"), connection.cursor() as cursor:
        cursor.execute("drop index if exists layers_parcel_geom_7c4ea738_id")
        cursor.execute("select indexname from pg_indexes where tablename = 'layers_parcel' and indexdef like '%gist%'")
        for (name,) in cursor.fetchall():
            cursor.execute(sql.SQL("drop index {}").format(sql.Identifier(name)))
        rules.check(touched={"parcels": [Parcel.objects.order_by("pk")[50_000].pk]}, left={}, scope=SYSTEM, at=AT)

    assert explained.whole["overlap"] == {"layers_parcel"}


def _of(declared: Any, code: str) -> tuple[Rule, ...]:
    return tuple(rule for rule in declared if rule.code == code)


def _first(slug: str) -> Iterator[int]:
    model = registry.known(slug).model
    assert model is not None
    yield from model._default_manager.order_by("pk").values_list("pk", flat=True)[:2]


def _plan(text: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(f"explain (format json) {text}")
        found = cursor.fetchone()[0]
    return found if isinstance(found, list) else json.loads(found)
