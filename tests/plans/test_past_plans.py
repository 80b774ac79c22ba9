"""Every statement of a tile of the past, explained for 250,000 parcels with a year of history: each arm goes by its index, for all moments alike."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections

from geo import tilegrid
from geo.prepared import Prepared, execution, ready
from layers.layer import registry
from tests.bench import past as year
from tests.bench.tiles import OFFICER
from tests.conftest import JUNCTION
from tests.tiles.test_door import the_tests_connection
from tiles.database import SETTINGS, Database
from tiles.drawing import Plans, vector_drawing

# A tile of zoom 14 holds some 3,000 parcels, one of zoom 16 some 200.
ZOOMS = (14, 16)
AFTER_DAYS = (30, 70, 350)
SMALL = 100


@pytest.fixture
def a_year(db: None) -> Database:
    with connections["default"].cursor() as cursor:
        year.make(cursor, weeks=3)
    database = Database(the_tests_connection())
    with database.connection().cursor() as cursor:
        cursor.execute(SETTINGS.replace("set ", "set local ").replace("set local default_transaction_read_only = on", "select 1"))
    return database


def nodes_of(database: Database, statement: Prepared, values: Any) -> list[dict[str, Any]]:
    with database.connection().cursor() as cursor:
        ready(cursor, statement)
        cursor.execute(execution(statement, "explain (analyze, timing off, format json)"), statement.values(values))
        plan = cursor.fetchone()[0]
        cursor.execute("set local plan_cache_mode = force_generic_plan")
    found, waiting = [], [(plan if isinstance(plan, list) else json.loads(plan))[0]["Plan"]]
    while waiting:
        found.append(node := waiting.pop())
        waiting += node.get("Plans", [])
    return found


def test_a_tile_of_the_past_goes_by_indexes_and_reads_little_more_than_it_shows(a_year: Database) -> None:
    """Prove that no statement reads history or parcels from end to end, and that the first arm's and the second arm's rows come from a box."""
    # one test, because a year takes half a minute to make
    layer, plans = registry.known("parcels"), Plans(a_year)
    for z in ZOOMS:
        x, y = tilegrid.tile_of(*JUNCTION, z)
        for days in AFTER_DAYS:
            as_of = year.BEGAN + timedelta(days=days)
            drawing = vector_drawing(plans.past((layer, OFFICER, z < 16, False, "past"), as_of), layer, z=z, x=x, y=y, as_of=as_of)
            assert drawing is not None
            for statement in drawing.plan.statements:
                nodes = nodes_of(a_year, statement, drawing.values)
                scans = [node for node in nodes if "Relation Name" in node or "Index Name" in node]
                shown = max(node["Actual Rows"] for node in nodes if node["Node Type"] == "Append")
                assert not [node for node in scans if node["Node Type"] == "Seq Scan" and node["Relation Name"] in ("layers_parcel", "layers_history")]
                assert {"layers_parcel_geom_7c4ea738_id", "history_shapes"} <= {node.get("Index Name") for node in scans}, (z, days)
                read = [node["Actual Rows"] * node["Actual Loops"] for node in scans if node["Node Type"] != "BitmapAnd"]
                assert max(read) <= 6 * shown + SMALL, (z, days, [(node["Node Type"], node["Actual Rows"], node["Actual Loops"]) for node in scans])
