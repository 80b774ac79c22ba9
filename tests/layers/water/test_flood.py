"""The level that counts closes streets by how deep they are and for whom, comes from a trusted gauge or from a person who says why, and goes by itself."""

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from rasterio.transform import from_origin

from geo.acting import acting
from geo.crs import CITY_SRID, crs_of, to_city, to_lonlat
from geo.models import Event, User
from layers.library.bridges import Bridge
from layers.library.buildings import Building
from layers.library.flood_zones import FloodBuild, FloodDepth, FloodZone
from layers.library.public_places import PublicPlace
from layers.library.roads import Road
from layers.library.sensors import Reading, Sensor
from layers.library.wards import AdminUnit
from layers.library.water_levels import WaterLevel
from layers.water import flood_building
from layers.ways import travel
from tests.conftest import JUNCTION, city_wkt

pytestmark = pytest.mark.django_db
X, Y = to_city(*JUNCTION)
NODATA = -9999.0


def square(east_m: float, north_m: float, side_m: float) -> list[tuple[float, float]]:
    return [(east_m, north_m), (east_m + side_m, north_m), (east_m + side_m, north_m + side_m), (east_m, north_m + side_m), (east_m, north_m)]


def write_raster(path: Path, change: Callable[[np.ndarray], None] = lambda _: None, *, cell_m: float = 5.0) -> None:
    """Two metres everywhere; the canal's bank and the street between 100 and 200 m east at 1.30 m; the north-east corner without data."""
    heights = np.full((300, 300), 2.0, dtype=np.float32)
    north, west = Y + 750, X - 500

    def part(east: tuple[float, float], up: tuple[float, float]) -> tuple[slice, slice]:
        rows = slice(int((north - Y - up[1]) / cell_m), int((north - Y - up[0]) / cell_m))
        return rows, slice(int((X + east[0] - west) / cell_m), int((X + east[1] - west) / cell_m))

    heights[part((100, 200), (-60, 30))] = 1.30
    heights[part((250, 300), (-10, 40))] = 1.00
    heights[:20, -20:] = NODATA
    change(heights)
    path.parent.mkdir(parents=True, exist_ok=True)
    profile = {"driver": "GTiff", "height": 300, "width": 300, "count": 1, "dtype": "float32", "crs": crs_of(CITY_SRID), "nodata": NODATA}
    with rasterio.open(path, "w", tiled=True, blockxsize=256, blockysize=256, transform=from_origin(west, north, cell_m, cell_m), **profile) as file:
        file.write(heights, 1)


@pytest.fixture
def ground(town: dict, settings: Any, tmp_path: Path) -> dict:
    """The town in a ward, with houses, a school, a bridge over the canal and a raster."""
    settings.ELEVATION_PATH = tmp_path / "elevation.tif"
    write_raster(settings.ELEVATION_PATH)
    with acting(by=None, because="a ward by the canal"):
        AdminUnit.objects.create(
            code="31340", name="Phường Ngã Bảy", kind="phuong", valid_from=date(2025, 7, 1), geom=city_wkt("MULTIPOLYGON", *square(-200, -300, 800))
        )
        for east_m in (110, 150, 350):
            Building.objects.create(use="house", storeys=1, height_m=4, geom=city_wkt("POLYGON", *square(east_m, 12, 8)))
        PublicPlace.objects.create(name="Trường học", kind="school", geom=city_wkt("POINT", (160, 20)))
        Bridge.objects.create(name="Cầu thấp", width_m=4, clearance_m=1.5, geom=city_wkt("LINESTRING", (300, -90), (300, -10)))
        Road.objects.create(name="Trên cầu", road_class="alley", width_m=4, speed_kmh=15, bridge=True, geom=city_wkt("LINESTRING", (150, -90), (150, 0)))
    flood_building.build(at=timezone.now())
    return town


@pytest.fixture
def operator(client: Client, people: dict[str, User], ground: dict) -> Client:
    client.force_login(people["operator"])
    return client


def post(client: Client, path: str = "/api/flood/level", **body: Any) -> Any:
    return client.post(path, json.dumps(body), content_type="application/json")


def factors(mode: str, at: datetime | None = None, **asked: float) -> float:
    """What is left of the speed on the street."""
    street = Road.objects.get(name="Hùng Vương").pk
    return float(travel.network(at or timezone.now(), **asked).factors(mode)[int(np.flatnonzero(travel.fids() == street)[0])])


def gauge(value: float, *, minutes_ago: float = 5, **more: Any) -> Sensor:
    at = timezone.now() - timedelta(minutes=minutes_ago)
    given = {"kind": "water_level", "unit": "m", "datum": "Cao độ quốc gia (Hòn Dấu)", "state": "ok", "last_value": value, "last_at": at, **more}
    sensor, _ = Sensor.objects.update_or_create(code="TV-CT", defaults={"name": "Trạm Cần Thơ", "geom": city_wkt("POINT", (0, 0)), **given})
    Reading.objects.create(sensor=sensor, at=at, value=value)
    return sensor


def test_what_was_worked_out_says_from_which_raster_and_over_which_datum(ground: dict) -> None:
    built = FloodBuild.objects.get()
    street = FloodDepth.objects.get(layer="roads", fid=ground["street"].pk)

    assert len(built.raster_digest) == 64 and built.datum == "Cao độ quốc gia (Hòn Dấu)" and (built.least_cm, built.most_cm) == (110, 300)
    assert {zone.level_cm for zone in FloodZone.objects.all()} >= {130, 200}
    assert street.depths_cm[:2] == [0, 0] and street.depths_cm[2] in (0, 1) and street.depths_cm[3] == pytest.approx(10, abs=1)
    assert FloodDepth.objects.get(layer="roads", fid=Road.objects.get(name="Trên cầu").pk).depths_cm == [], "a bridge is over the water"
    assert FloodDepth.objects.get(layer="canals").deck_cm == 250


def test_low_ground_that_no_water_finds_stays_dry(ground: dict) -> None:
    pit = travel.water(timezone.now())
    assert pit is not None
    lon, lat = to_lonlat(X + 275, Y + 15)
    client = Client()
    told = client.get("/api/flood?level_cm=190").json()

    assert FloodZone.objects.filter(level_cm__lte=190, geom__contains=city_wkt("POINT", (275, 25))).count() == 0
    assert FloodZone.objects.filter(level_cm=200, geom__contains=city_wkt("POINT", (275, 25))).count() == 1
    assert told["within"]["houses"] == 2 and [place["name"] for place in told["within"]["places"]] == ["Trường học"]
    assert lon and lat


@pytest.mark.parametrize(
    ("level_cm", "left"),
    [
        (120, {"motorbike": 1, "car": 1, "truck": 1, "foot": 1}),
        (140, {"motorbike": 0.5, "car": 0.5, "truck": 1, "foot": 1}),
        (150, {"motorbike": 0, "car": 0.5, "truck": 0.6, "foot": 0.6}),
        (160, {"motorbike": 0, "car": 0, "truck": 0.6, "foot": 0.6}),
        (190, {"motorbike": 0, "car": 0, "truck": 0, "foot": 0}),
        (599, {"motorbike": 0, "car": 0, "truck": 0, "foot": 0}),
    ],
)
def test_the_deeper_the_water_the_fewer_get_through(ground: dict, level_cm: float, left: dict[str, float]) -> None:
    assert {mode: factors(mode, level_cm=level_cm) for mode in left} == left


def test_a_boat_no_longer_gets_under_the_bridge(ground: dict) -> None:
    graphs = {level: travel.network(timezone.now(), level_cm=level).graph("boat") for level in (170, 180)}
    assert len(graphs[170].used) == 1 and len(graphs[180].used) == 0


def test_a_level_set_by_hand_counts_at_once_and_stops_at_its_moment_by_itself(operator: Client, people: dict[str, User]) -> None:
    ends_at = timezone.now() + timedelta(hours=3)
    before = operator.get("/api/flood").json()["counting"]
    made = post(operator, level_cm=155, station="TV-CT", ends_at=ends_at.isoformat(), because="2,12 m ở Cần Thơ")

    assert before is None and factors("motorbike") == 0 and factors("truck") == 0.6
    assert made.json()["counting"]["by"] == (people["operator"].display_name or "operator")
    told = operator.get("/api/flood").json()
    assert (told["counting"]["source"], told["step_cm"]) == ("hand", 160) and told["streets"]["modes"]["car"]["closed_m"] >= 400
    assert "Hùng Vương" in told["streets"]["names"] and "by" not in Client().get("/api/flood").json()["counting"]
    assert factors("motorbike", ends_at) == 1 and factors("motorbike", ends_at - timedelta(seconds=1)) == 0
    assert Event.objects.filter(kind="flood.level").count() == 1


def test_one_level_ends_the_other_and_an_ended_one_is_told(operator: Client, people: dict[str, User]) -> None:
    post(operator, level_cm=190, because="nước lên")
    post(operator, level_cm=120, because="nước xuống")
    assert factors("car") == 1 and WaterLevel.objects.get(level_cm=190).ended_by_id == people["operator"].pk

    assert post(operator, "/api/flood/level/end", because="theo trạm").status_code == 200
    assert post(operator, "/api/flood/level/end").json()["code"] == "water_level_ended"


def test_a_gauge_tells_the_level_brought_here_from_where_it_stands(operator: Client) -> None:
    gauge(2.12)
    told = operator.get("/api/flood").json()["counting"]

    assert (told["source"], told["station"], told["reading_cm"], told["level_cm"], told["step_cm"]) == ("gauge", "TV-CT", 212, 167, 170)
    assert factors("car") == 0 and factors("truck") == 0.6
    gauge(1.2, minutes_ago=1)
    assert factors("car") == 1


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"value": 2.1, "minutes_ago": 200}, "old"),
        ({"value": 2.1, "state": "suspect"}, "not_trusted"),
        ({"value": float("nan")}, "impossible"),
        ({"value": 99.0}, "impossible"),
        ({"value": -5.0}, "impossible"),
        ({"value": 2.1, "unit": "ft"}, "unit"),
        ({"value": 2.1, "datum": "mực nước biển"}, "datum"),
    ],
)
def test_a_gauge_that_cannot_be_trusted_is_passed_over_and_said_to_be(operator: Client, given: dict, why: str) -> None:
    gauge(**given)
    told = operator.get("/api/flood").json()

    assert told["counting"] is None and [one["why"] for one in told["passed_over"]] == [why]
    assert factors("motorbike") == 1


@pytest.mark.parametrize(
    "body",
    [{"level_cm": -301}, {"level_cm": 9_900}, {"level_cm": "NaN"}, {"level_cm": 150, "because": " "}, {"level_cm": 150, "ends_at": "2020-01-01T00:00:00Z"},
     {"level_cm": 150, "ends_at": "2026-12-01T00:00:00"}, {"level_cm": 150, "because": "x\u0000"}],
)  # fmt: skip
def test_a_level_that_cannot_be_is_not_set(operator: Client, body: dict) -> None:
    assert post(operator, **{"because": "thử", **body}).status_code in (400, 422)
    assert not WaterLevel.objects.exists()


@pytest.mark.parametrize("level_cm", ["-500", "9900", "nan", "inf", "1e400", "x"])
def test_a_level_that_cannot_be_is_not_answered(operator: Client, level_cm: str) -> None:
    for path in ("/api/flood?", f"/api/network/route?from={JUNCTION[0]},{JUNCTION[1]}&to=105.818,9.8165&"):
        assert operator.get(f"{path}level_cm={level_cm}").status_code in (400, 422)


@pytest.mark.parametrize("who", ["officer", "leader", "field", None])
def test_only_who_may_close_roads_sets_a_level(ground: dict, people: dict[str, User], who: str | None) -> None:
    client = Client()
    if who:
        client.force_login(people[who])
    for path in ("/api/flood/level", "/api/flood/level/end"):
        assert post(client, path, level_cm=150, because="thử").status_code == (403 if who else 401)


def test_what_if_stores_nothing_and_leaves_the_city_as_it_is(operator: Client) -> None:
    path = f"/api/network/route?from={JUNCTION[0]},{JUNCTION[1]}&to=105.818,9.8165&mode=motorbike"
    now, then = operator.get(path).json()["travel_s"], operator.get(f"{path}&level_cm=150").json()

    assert then.get("travel_s", np.inf) > 5 * now and operator.get(path).json()["travel_s"] == now and not WaterLevel.objects.exists()


def test_a_street_that_came_later_is_said_to_be_unknown(operator: Client) -> None:
    assert operator.get("/api/flood?level_cm=150").json()["streets"]["unknown"] == 0
    with acting(by=None, because="a new street"):
        Road.objects.create(name="Mới", road_class="alley", width_m=3, speed_kmh=15, geom=city_wkt("LINESTRING", (0, 300), (100, 300)))
    assert operator.get("/api/flood?level_cm=150").json()["streets"]["unknown"] == 1


def test_zones_are_everybodys_tiles_and_change_by_the_build_alone(operator: Client) -> None:
    assert Client().get("/api/layers/flood_zones/features").json()["features"][0]["properties"]["level_cm"] in range(130, 210, 10)
    changed = operator.patch("/api/layers/flood_zones/features/1", "{}", content_type="application/json", headers={"If-Match": '"v1"'})
    assert changed.status_code in (403, 404, 405)
    before = FloodZone.objects.count()
    flood_building.build(at=timezone.now())
    assert FloodZone.objects.count() == before and FloodBuild.objects.count() == 1


def test_without_a_raster_or_wards_nothing_is_worked_out_and_what_stood_stands(ground: dict, settings: Any, tmp_path: Path) -> None:
    before = FloodZone.objects.count()
    settings.ELEVATION_PATH = tmp_path / "none.tif"
    with pytest.raises(flood_building.NO_RASTER):
        flood_building.build(at=timezone.now())
    (tmp_path / "none.tif").write_bytes(b"II*\x00 not a raster")
    with pytest.raises(CommandError, match="raster_unreadable"):
        call_command("flood_build")
    settings.ELEVATION_PATH.unlink()
    write_raster(settings.ELEVATION_PATH, lambda heights: heights.fill(NODATA))
    with pytest.raises(flood_building.NO_GROUND):
        flood_building.build(at=timezone.now())
    assert FloodZone.objects.count() == before > 0


def test_a_city_where_nothing_was_worked_out_has_a_level_and_no_zones(client: Client, people: dict[str, User], town: dict) -> None:
    client.force_login(people["operator"])
    assert post(client, level_cm=200, because="nước lên").status_code == 201
    told = client.get("/api/flood").json()
    assert told["build"] is None and told["within"] is None and told["streets"] is None and factors("car") == 1


def test_the_command_tells_of_its_progress(ground: dict, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("flood_build")
    said = capsys.readouterr().out
    assert "level 2.0 m" in said and "zones" in said
