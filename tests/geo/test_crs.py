"""PostGIS, pyproj and rasterio must agree on where a place is: the other VN-2000 operation lies 0.81 m away."""

import json
from pathlib import Path

import pytest
from django.db import connection
from rasterio.warp import transform
from shapely.geometry import LineString

from geo import crs, tilegrid
from geo.crs import CITY_SRID, WGS84, reproject, to_city, to_lonlat
from tests.conftest import JUNCTION

# frontend/src/geometry/metres.spec.ts holds the page to the same table.
GOLDEN = Path(__file__).parents[2] / "frontend/src/geometry/metres.golden.json"


@pytest.mark.django_db
def test_one_place_is_one_place_in_every_library() -> None:
    ours = to_city(*JUNCTION)
    with connection.cursor() as cursor:
        cursor.execute("select st_x(p), st_y(p) from (select st_transform(st_setsrid(st_makepoint(%s, %s), 4326), %s) p) q", [*JUNCTION, CITY_SRID])
        postgis = cursor.fetchone()
    (x,), (y,) = transform("EPSG:4326", f"EPSG:{CITY_SRID}", [JUNCTION[0]], [JUNCTION[1]])

    assert ours == pytest.approx(postgis, abs=0.001)
    assert ours == pytest.approx((x, y), abs=0.001)
    assert to_lonlat(*ours) == pytest.approx(JUNCTION, abs=1e-8)


def test_a_shape_that_goes_out_as_degrees_and_comes_back_has_not_moved() -> None:
    """PROJ alone brings it back 0.15 mm beside itself, at every edit."""
    x, y = to_city(*JUNCTION)
    shape = LineString([(x, y), (x + 5_000, y - 7_000)])

    back = reproject(reproject(shape, CITY_SRID, WGS84), WGS84, CITY_SRID)

    assert shape.equals_exact(back, 1e-7)


def test_a_tile_holds_the_place_it_was_found_by() -> None:
    x, y = tilegrid.tile_of(*JUNCTION, 14)
    (east,), (north,) = transform("EPSG:4326", "EPSG:3857", [JUNCTION[0]], [JUNCTION[1]])
    west, south, east_edge, north_edge = tilegrid.bounds_mercator(14, x, y)

    assert west <= east < east_edge
    assert south <= north < north_edge


@pytest.mark.parametrize(("z", "x", "y"), [(-1, 0, 0), (23, 0, 0), (3, 8, 0), (3, 0, -1)])
def test_tiles_outside_the_grid_do_not_exist(z: int, x: int, y: int) -> None:
    assert not tilegrid.exists(z, x, y)


def test_a_page_is_told_the_datum_shift_and_computes_the_metres_of_the_server() -> None:
    golden = json.loads(GOLDEN.read_text())

    assert crs.proj4() == golden["proj4"]
    for lon, lat, x, y in golden["points"]:
        assert to_city(lon, lat) == pytest.approx((x, y), abs=0.0001)
