"""Every statement of every tile, explained for every role at the size of a city: none reads a large table from end to end.

Explained as the door runs them: prepared, with a generic plan, by the settings of its own connections.
"""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections

from geo import tilegrid
from geo.permissions import STARTING_ROLES
from geo.prepared import Prepared, execution, ready
from layers.access import ANONYMOUS, Scope
from layers.layer import registry
from tests.bench import city
from tests.conftest import JUNCTION
from tests.tiles.test_door import NOW, the_tests_connection
from tiles import heat
from tiles.database import SETTINGS, Database
from tiles.drawing import MVT, Drawing, Plans, heat_drawing, vector_drawing

LARGE = 10_000
ROLES = {"anonymous": ANONYMOUS} | {
    slug: Scope(user_id=1, permissions=frozenset(permissions), agency_id=1, fingerprint=slug) for slug, (_, _, permissions) in STARTING_ROLES.items()
}
DAYS = (7, 30, 365)
ZOOMS = (9, 11, 13, 14, 16, 18)


@pytest.fixture
def a_city(db: None) -> Database:
    """200,000 cases and as many parcels, in the test's transaction."""
    with connections["default"].cursor() as cursor:
        city.make(cursor, incidents=200_000, parcels=200_000)
    database = Database(the_tests_connection())
    with database.connection().cursor() as cursor:
        cursor.execute(SETTINGS.replace("set ", "set local ").replace("set local default_transaction_read_only = on", "select 1"))
    return database


def read_whole(database: Database, statement: Prepared, values: Any) -> list[str]:
    """The large tables that the plan of a statement reads from end to end."""
    with database.connection().cursor() as cursor:
        ready(cursor, statement)
        cursor.execute(execution(statement, "explain (format json)"), statement.values(values))
        plan = cursor.fetchone()[0]
        cursor.execute("set local plan_cache_mode = force_generic_plan")
        cursor.execute("select relname from pg_class where relkind = 'r' and reltuples > %s", [LARGE])
        large = {row[0] for row in cursor.fetchall()}
    found: list[str] = []
    nodes = [(plan if isinstance(plan, list) else json.loads(plan))[0]["Plan"]]
    while nodes:
        node = nodes.pop()
        nodes += node.get("Plans", [])
        if node["Node Type"] == "Seq Scan" and node["Relation Name"] in large:
            found.append(node["Relation Name"])
    return found


def drawings(plans: Plans, role: str) -> Iterator[tuple[str, Drawing]]:
    """Every drawing of every layer that the role may see, labels too, and heat."""
    scope = ROLES[role]
    for layer in registry.all():
        if layer.kind != "vector":
            continue
        for z in (z for z in ZOOMS if layer.zooms[0] <= z <= layer.zooms[1]):
            x, y = tilegrid.tile_of(*JUNCTION, z)
            if any(scope.may(grant.permission) for grant in layer.grants):
                for label in {False, bool(layer.label)}:
                    plan = plans.vector((layer, scope, z < 16, label))
                    drawing = vector_drawing(plan, layer, z=z, x=x, y=y)
                    assert drawing is not None
                    yield f"{layer.slug} z{z} label={label}", drawing
            if layer.countable() and (layer.countings or any(scope.may(grant.permission) for grant in layer.grants)):
                for days in DAYS:
                    wanted = heat.Asked(NOW - timedelta(days=days), NOW, None)
                    plan = plans.heat((layer, scope, False, "mvt"))
                    cells = heat_drawing(plan, layer, wanted, z=z, x=x, y=y, edges=False, kind=MVT)
                    assert cells is not None
                    yield f"{layer.slug}.heat z{z} {days} days", cells


def test_no_tile_reads_a_large_table_from_end_to_end(a_city: Database) -> None:
    # one test, because a city takes half a minute to make
    found, looked_at = {}, dict.fromkeys(ROLES, 0)
    for role in ROLES:
        for name, drawing in drawings(Plans(a_city), role):
            for statement in drawing.plan.statements:
                looked_at[role] += 1
                if whole := read_whole(a_city, statement, drawing.values):
                    found[role, name] = whole
    assert found == {}
    assert min(looked_at.values()) > 10
    # and the look itself finds what it looks for
    assert read_whole(a_city, Prepared("every_parcel", "select count(land_user_name) from layers_parcel where version > $1", ("v",)), {"v": 0}) == [
        "layers_parcel"
    ]
