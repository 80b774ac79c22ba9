"""The statements of `seeing` at the size of a city: an index finds the cameras and the houses, whoever asks."""

import json
from typing import Any

import pytest
from django.db import connection
from psycopg2 import sql
from shapely.geometry import LineString

from cameras import queries
from cameras.models import LONGEST_RANGE_M
from geo.acting import acting
from geo.crs import CITY_SRID, to_city
from geo.models import User
from geo.sql import statement
from layers.access import SYSTEM, Opened, opened, scope_of
from tests.conftest import JUNCTION

X, Y = to_city(*JUNCTION)
CAMERAS = (
    "insert into cameras_camera (code, name, kind, usage, mount_height_m, heading_deg, tilt_deg, hfov_deg, range_m, stream_url, snapshot_url, state,"
    " retention_days, legal_basis, version, geom) select 'C' || n, 'c', 'fixed', 'traffic', 6, n %% 360, 15, 90, 150, '', '', 'offline', 30, '', 1,"
    " public.st_setsrid(public.st_makepoint(%s + n * 7919 %% 20000, %s + n * 104729 %% 20000), %s) from generate_series(1::bigint, 5000) n"
)
HOUSES = (
    "insert into layers_building (use, address, version, geom) select '', '', 1, public.st_makeenvelope(x, y, x + 5, y + 15, %s)"
    " from (select %s + n %% 200 * 50 as x, %s + n / 200 * 50 as y from generate_series(1, 40000) n) places"
)


@pytest.fixture
def a_city(db: None) -> None:
    with acting(by=None, because="a city's worth"), connection.cursor() as cursor:
        cursor.execute(CAMERAS, [X - 10_000, Y - 10_000, CITY_SRID])
        cursor.execute(HOUSES, [CITY_SRID, X - 5_000, Y - 5_000])
        cursor.execute("analyze cameras_camera; analyze layers_building")


def reads(name: str, seen: Opened, params: dict[str, Any]) -> list[tuple[str, str]]:
    """How each table is read: (kind of node, table)."""
    asked = sql.SQL(statement("cameras", name)).format(
        fid=seen.fid, geometry=seen.geometry, indexed=seen.indexed, relation=seen.relation, where=seen.where, srid=sql.Literal(CITY_SRID)
    )
    with connection.cursor() as cursor:
        cursor.execute("explain (format json) " + asked.as_string(connection.connection), {**seen.params, **params})
        plan = cursor.fetchone()[0]
    nodes, found = [(plan if isinstance(plan, list) else json.loads(plan))[0]["Plan"]], []
    while nodes:
        node = nodes.pop()
        nodes += node.get("Plans", [])
        if "Relation Name" in node:
            found.append((node["Node Type"], node["Relation Name"]))
    return found


@pytest.mark.parametrize("role", ["operator", "officer", "leader", "admin"])
def test_near_cameras_are_found_by_their_index(role: str, a_city: None, people: dict[str, User]) -> None:
    found = reads("near", opened("cameras", scope_of(people[role])), {"x": X, "y": Y, "reach": LONGEST_RANGE_M, "cap": queries.NEAR_CAP})

    assert {table for _, table in found} == {"cameras_camera"}
    assert "Seq Scan" not in {kind for kind, _ in found}


def test_houses_in_the_way_are_found_by_their_index(a_city: None) -> None:
    ray = LineString([(X, Y), (X + 100, Y + 100)])
    found = reads("in_the_way", opened("buildings", SYSTEM), {"wkb": ray.wkb, "x": X, "y": Y, "storey_m": queries.STOREY_M, "cap": queries.OBSTACLE_CAP})

    assert {table for _, table in found} == {"layers_building"}
    assert "Seq Scan" not in {kind for kind, _ in found}
