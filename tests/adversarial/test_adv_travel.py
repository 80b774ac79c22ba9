"""Journeys and measures that cannot be: answered at once, with a reason, never with a crash or an empty map."""

import pytest
from django.test import Client

from geo.acting import acting
from geo.crs import to_city, to_lonlat
from layers.library.roads import Road
from tests.conftest import JUNCTION, city_wkt

pytestmark = pytest.mark.django_db


def at(east_m: float, north_m: float) -> str:
    x, y = to_city(*JUNCTION)
    lon, lat = to_lonlat(x + east_m, y + north_m)
    return f"{lon},{lat}"


@pytest.mark.parametrize("minutes", ["0", "-10", "1e9", "nan", "inf", "", "5;6", "1,2,3,4,5,6,7", "1e400"])
def test_adv_033_a_measure_out_of_its_range_is_refused(client: Client, town: dict, minutes: str) -> None:
    assert client.get(f"/api/network/isochrone?from={at(10, 0)}&minutes={minutes}").status_code == 400


@pytest.mark.parametrize("limit", ["0", "-1", "1001", "1000000000", "nan"])
def test_adv_033_a_page_out_of_its_range_is_refused(client: Client, town: dict, limit: str) -> None:
    assert client.get(f"/api/layers/roads/features?limit={limit}").status_code == 400


@pytest.mark.parametrize("place", ["0,0", "nan,nan", "1e308,9", "181,9", "105.8", "9.8165,105.8150", "a,b"])
def test_adv_034_a_place_that_cannot_be_has_no_journey(client: Client, town: dict, place: str) -> None:
    for address in (f"/api/network/route?from={place}&to={at(100, 0)}", f"/api/network/isochrone?from={place}&minutes=5"):
        answer = client.get(address)
        assert answer.status_code in (400, 404, 422), (address, answer.content)
        assert answer.json()["detail"]


def test_adv_034_an_island_and_a_one_way_end_have_a_reason_and_no_way(client: Client, town: dict) -> None:
    with acting(by=None, because="an island, and a street that only leaves"):
        Road.objects.create(name="Cồn", road_class="alley", width_m=3, speed_kmh=15, geom=city_wkt("LINESTRING", (1_000, 1_000), (1_200, 1_000)))
        Road.objects.create(name="Ra", road_class="alley", width_m=3, speed_kmh=15, oneway=True, geom=city_wkt("LINESTRING", (0, 0), (0, 300)))
    for start, end in ((at(10, 0), at(1_100, 1_000)), (at(0, 290), at(200, 0))):
        answer = client.get(f"/api/network/route?from={start}&to={end}")
        assert (answer.status_code, answer.json()["code"]) in ((404, "no_way"), (422, "no_way"), (409, "no_way")), answer.content
    assert client.get(f"/api/network/route?from={at(200, 0)}&to={at(0, 290)}").status_code == 200
    reached = client.get(f"/api/network/isochrone?from={at(1_100, 1_000)}&minutes=30").json()["features"]
    assert reached[0]["properties"]["area_m2"] < 30_000
