"""The systems of coordinates that are offered for files."""

from django.test import Client

from geo.crs import CITY_SRID, WGS84


def test_the_citys_own_system_and_degrees_are_offered_and_none_twice(db: None) -> None:
    items = Client().get("/api/systems").json()["items"]

    codes = [one["epsg"] for one in items]
    assert {CITY_SRID, WGS84} <= set(codes)
    assert len(codes) == len(set(codes)) and all(one["name"] for one in items)
