"""Density as tiles: the same cell says the same at every zoom, nothing is counted twice, and few cases stay untold to strangers."""

import io
import math
import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import mapbox_vector_tile
import numpy as np
import pytest
from django.test import Client
from PIL import Image

from geo import density, tilegrid
from geo.acting import acting
from geo.crs import to_lonlat
from geo.models import User
from incidents.models import Incident
from layers.access import ANONYMOUS, Scope, scope_of
from tests.conftest import JUNCTION, city_wkt
from tests.tiles.test_door import as_

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
PERIOD = "from=2026-01-01T00:00:00Z&to=2026-01-31T00:00:00Z"
BOX = (105.785, 9.785, 105.845, 9.845)
CASES = 400
FEW, RESTRICTED = 9, 7


def a_case(east_m: float, north_m: float, at: datetime, **more: Any) -> Incident:
    given = {"category": "crash", "process": "immediate", "severity": 3, "channel": "phone", **more}
    return Incident(reported_at=at, geom=city_wkt("POINT", (east_m, north_m)), **given)


@pytest.fixture
def cases(db: None) -> Iterator[list[Incident]]:
    """Cases crowded about the junction and thin around it, one a quarter of an hour; nine of drowning; seven restricted."""
    chance = random.Random(7)
    made = [a_case(chance.gauss(0, 900), chance.gauss(0, 900), BEGAN + timedelta(minutes=15 * number)) for number in range(CASES)]
    made += [a_case(chance.gauss(0, 300), 0, BEGAN, category="drowning") for _ in range(FEW)]
    made += [a_case(0, 0, BEGAN, restricted=True) for _ in range(RESTRICTED)]
    made += [a_case(0, 0, BEGAN - timedelta(seconds=1)), a_case(0, 0, BEGAN + timedelta(days=30))]
    with acting(by=None, because="cases of a month"):
        yield Incident.objects.bulk_create(made)


def cells(scope: Scope, z: int, query: str = PERIOD, layer: str = "incidents.heat") -> list[dict[str, Any]]:
    """Every cell of the city at a zoom, as the tiles give them."""
    door = as_(scope)
    found = []
    first_x, first_y, last_x, last_y = tilegrid.tile_range(BOX, z)
    for x in range(first_x, last_x + 1):
        for y in range(first_y, last_y + 1):
            status, _, body = door.get(f"/tiles/incidents.heat/{z}/{x}/{y}.mvt", query=query)
            assert status in (200, 204), body
            found += mapbox_vector_tile.decode(body).get(layer, {"features": []})["features"] if body else []
    return found


def total(found: list[dict[str, Any]]) -> int:
    return sum(cell["properties"]["n"] for cell in found)


def by_id(found: list[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    return {cell["id"]: cell["properties"] for cell in found}


@pytest.fixture
def operator(people: dict[str, User]) -> Scope:
    return scope_of(people["operator"])


def test_every_zoom_counts_every_case_of_the_period_exactly_once(cases: list[Incident], operator: Scope) -> None:
    for z in (0, 5, 8, 9, 10, 11, 12, 13, 14, 15):
        found = cells(operator, z)
        assert total(found) == CASES + FEW
        assert len(by_id(found)) == len(found)


def test_density_times_area_times_days_is_the_number_of_cases(cases: list[Incident], operator: Scope) -> None:
    for z in (11, 13, 15):
        found = cells(operator, z)
        area_km2 = {density.side_m(density.unpack(cell["id"])[0]) ** 2 / 1e6 for cell in found}.pop()
        told = sum(cell["properties"]["density"] for cell in found) * area_km2 * 30 / 30
        assert math.isclose(told, CASES + FEW, rel_tol=0.005)


def test_a_cell_says_the_same_at_every_zoom_that_draws_it(cases: list[Incident], operator: Scope) -> None:
    assert by_id(cells(operator, 13)) == by_id(cells(operator, 14))
    assert by_id(cells(operator, 15)) == by_id(cells(operator, 16))


def test_a_coarser_cell_is_the_sum_of_the_finer_ones_in_it(cases: list[Incident], operator: Scope) -> None:
    for coarse, fine in ((12, 13), (14, 15), (11, 12)):
        summed: Counter[int] = Counter()
        for cell, told in by_id(cells(operator, fine)).items():
            summed[density.parent(cell)] += told["n"]
        assert summed == {cell: told["n"] for cell, told in by_id(cells(operator, coarse)).items()}


def test_a_cell_lies_where_its_number_says(cases: list[Incident], operator: Scope) -> None:
    z = 13
    x, y = tilegrid.tile_of(*JUNCTION, z)
    _, _, body = as_(operator).get(f"/tiles/incidents.heat/{z}/{x}/{y}.mvt", query=PERIOD)
    for cell in mapbox_vector_tile.decode(body, default_options={"y_coord_down": True})["incidents.heat"]["features"]:
        level, i, j = density.unpack(cell["id"])
        lon, lat = to_lonlat((i + 0.5) * 2**level, (j + 0.5) * 2**level)
        assert tilegrid.tile_of(lon, lat, z) == (x, y)
        ring = np.array(cell["geometry"]["coordinates"][0][:-1])
        west, _, east, north = tilegrid.bounds_mercator(z, x, y)
        middle = tilegrid.transformer(4326, 3857).transform(lon, lat)
        assert np.allclose(ring.mean(axis=0), [(middle[0] - west) / (east - west) * 4096, (north - middle[1]) / (east - west) * 4096], atol=1.5)


def test_the_period_ends_before_its_end_and_a_category_narrows_it(cases: list[Incident], operator: Scope) -> None:
    assert total(cells(operator, 12, "from=2026-01-01T00:00:00Z&to=2026-01-01T00:15:00Z&category=crash")) == 1
    assert total(cells(operator, 12, PERIOD + "&category=drowning")) == FEW
    # the city's midnight, seven hours before Greenwich's
    assert total(cells(operator, 12, "from=2026-01-01&to=2026-01-02")) == 4 * 17 + FEW + 1


def test_who_sees_aggregates_counts_all_but_the_restricted_and_the_leader_them_too(cases: list[Incident], people: dict[str, User]) -> None:
    assert total(cells(scope_of(people["officer"]), 12)) == CASES + FEW
    assert total(cells(scope_of(people["leader"]), 12)) == CASES + FEW + RESTRICTED


@pytest.mark.parametrize("role", [None, "agency", "field"])
def test_strangers_see_no_cell_of_fewer_than_five(role: str | None, cases: list[Incident], people: dict[str, User], operator: Scope) -> None:
    scope = scope_of(people[role]) if role else ANONYMOUS
    for z in (11, 13, 15):
        everything = by_id(cells(operator, z))
        assert by_id(cells(scope, z)) == {cell: told for cell, told in everything.items() if told["n"] >= 5}
    assert any(told["n"] < 5 for told in by_id(cells(operator, 13)).values())


def test_the_edge_has_the_neighbours_cells_that_reach_in(cases: list[Incident], operator: Scope) -> None:
    own, edge = cells(operator, 13, PERIOD + "&edges=1"), cells(operator, 13, PERIOD + "&edges=1", "incidents.heat_edge")

    assert total(own) == CASES + FEW
    assert edge
    assert {cell["id"] for cell in edge} <= {cell["id"] for cell in own}


def test_the_picture_has_the_colour_of_the_class_at_the_place(cases: list[Incident], operator: Scope) -> None:
    z = 13
    x, y = tilegrid.tile_of(*JUNCTION, z)
    status, headers, body = as_(operator).get(f"/tiles/incidents.heat/{z}/{x}/{y}.png", query=PERIOD)
    picture = Image.open(io.BytesIO(body)).convert("RGBA")
    west, _, east, north = tilegrid.bounds_mercator(z, x, y)

    assert (status, headers[b"content-type"], picture.size) == (200, b"image/png", (512, 512))
    looked_at = 0
    for cell, told in by_id(cells(operator, z)).items():
        level, i, j = density.unpack(cell)
        lon, lat = to_lonlat((i + 0.5) * 2**level, (j + 0.5) * 2**level)
        if tilegrid.tile_of(lon, lat, z) == (x, y):
            at_x, at_y = tilegrid.transformer(4326, 3857).transform(lon, lat)
            red, green, blue, alpha = picture.getpixel((int((at_x - west) / (east - west) * 512), int((north - at_y) / (east - west) * 512)))
            assert f"#{red:02x}{green:02x}{blue:02x}" == density.COLORS[int(density.classes(np.array([told["density"]]))[0]) - 1]
            assert alpha == 255
            looked_at += 1
    assert looked_at > 20
    assert picture.getpixel((0, 0))[3] == 0


def test_pictures_of_nowhere_are_clear(operator: Scope, db: None) -> None:
    for path in ("5/0/0", "13/6000/3000", "0/0/0"):
        status, _, body = as_(operator).get(f"/tiles/incidents.heat/{path}.png", query=PERIOD)
        assert status == 200
        assert Image.open(io.BytesIO(body)).convert("RGBA").getextrema()[3] == (0, 0)


@pytest.mark.parametrize(
    "query",
    ["from=2026-02-30", "from=yesterday", "from=2026-01-02&to=2026-01-01", "from=2026-01-01T00:00:00", "from=1900-01-01&to=2026-01-01", "category=nope"]
    + ["from=2026-01-01&to=2026-01-01", "category=%00", "to=٢٠٢٦-01-01", "from=99999-01-01", "from=2026-01-01T00:00:00%2B99:00"],
)
def test_a_period_or_category_that_makes_no_sense_is_refused(query: str, operator: Scope) -> None:
    assert as_(operator).get("/tiles/incidents.heat/13/6500/3870.mvt", query=query)[0] == 400


@pytest.mark.parametrize("name", ["roads.heat", "parcels.heat", "incidents.heat.heat", "incidents_label.heat"])
def test_what_has_no_time_has_no_heat(name: str) -> None:
    # no django_db mark: a query would raise
    assert as_(ANONYMOUS).get(f"/tiles/{name}/13/6500/3870.mvt")[0] == 404


def test_the_plus_of_an_offset_survives_an_address(cases: list[Incident], operator: Scope) -> None:
    assert total(cells(operator, 12, "from=2026-01-01T07:00:00+07:00&to=2026-01-31T07:00:00+07:00")) == CASES + FEW


def test_summary_tells_the_n_that_the_cells_add_up_to(cases: list[Incident], people: dict[str, User], client: Client) -> None:
    client.force_login(people["operator"])
    told = client.get(f"/api/heat/summary?{PERIOD}").json()

    assert (told["n"], told["days"], told["sparse"]) == (CASES + FEW, 30, False)
    assert client.get(f"/api/heat/summary?{PERIOD}&category=drowning").json()["sparse"] is True
    client.logout()
    assert client.get("/api/heat/summary?from=2026-01-01T00:00:00Z&to=2026-01-01T00:45:00Z&category=crash").json()["n"] is None
    assert client.get("/api/heat/summary?from=nonsense").status_code == 400
    assert client.get("/api/heat/legend").json()["unit"]["en"] == "cases/km²/30 days"
