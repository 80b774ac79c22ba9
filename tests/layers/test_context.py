"""The nearest, the covering and the card of a place: in metres, of today, and only what the caller may see."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from shapely.geometry import Point

from geo.acting import acting
from geo.crs import to_city
from geo.models import Agency, User
from layers import query
from layers.access import ANONYMOUS, opened, scope_of
from layers.library.canals import Canal
from layers.library.flood_zones import FloodZone
from layers.library.hydrants import Hydrant
from layers.library.public_places import PublicPlace
from layers.library.wards import AdminUnit
from layers.library.water_levels import WaterLevel
from tests.conftest import JUNCTION, city_wkt

pytestmark = pytest.mark.django_db
HERE = Point(*to_city(*JUNCTION))
SQUARE = ((-500, -500), (500, -500), (500, 500), (-500, 500), (-500, -500))


def card(client: Client, lon: float = JUNCTION[0], lat: float = JUNCTION[1]) -> Any:
    return client.get("/api/context", {"lon": lon, "lat": lat})


@pytest.fixture
def ward(town: dict) -> AdminUnit:
    today = timezone.localdate()
    AdminUnit.objects.create(code="31340", name="Tên cũ", kind="phuong", valid_from=date(2020, 1, 1), valid_until=today, geom=city_wkt("MULTIPOLYGON", *SQUARE))
    AdminUnit.objects.create(code="KV1", name="Khu vực 1", kind="khu_vuc", valid_from=date(2020, 1, 1), geom=city_wkt("MULTIPOLYGON", *SQUARE))
    AdminUnit.objects.create(code="31399", name="Tên mai sau", kind="phuong", valid_from=today + timedelta(1), geom=city_wkt("MULTIPOLYGON", *SQUARE))
    return AdminUnit.objects.create(code="31340", name="Phường Ngã Bảy", kind="phuong", valid_from=today, geom=city_wkt("MULTIPOLYGON", *SQUARE))


def test_the_nearest_come_nearest_first_with_metres(town: dict) -> None:
    found = query.nearest(opened("roads", ANONYMOUS), at=HERE, k=5)

    assert [(one["properties"]["name"], round(distance_m)) for one, distance_m in found] == [("Hùng Vương", 0), ("Hẻm 4", 400)]
    assert len(query.within(opened("roads", ANONYMOUS), at=HERE, reach_m=399)) == 1


def test_what_a_caller_may_not_see_is_not_near(people: dict[str, User], town: dict) -> None:
    inside = Point(HERE.x + 20, HERE.y + 20)
    seen = opened("parcels", scope_of(people["officer"]))

    (parcel,) = query.covering(seen, at=inside)
    assert parcel["id"] == town["parcel"].pk
    assert "land_user_name" not in parcel["properties"]
    assert query.nearest(opened("incidents", scope_of(people["field"])), at=inside, k=3) == []


def test_the_card_names_the_ward_of_today_not_of_yesterday_nor_tomorrow(client: Client, ward: AdminUnit) -> None:
    answer = card(client).json()

    assert answer["ward"] == {"code": "31340", "name": "Phường Ngã Bảy"}
    assert (answer["road"]["name"], answer["road"]["distance_m"]) == ("Hùng Vương", 0.0)
    assert answer["parcel"] is None


def test_the_card_shows_assets_and_parcels_only_to_staff(client: Client, people: dict[str, User], town: dict) -> None:
    Hydrant.objects.create(asset_code="TN-1", geom=city_wkt("POINT", (30, 40)))
    PublicPlace.objects.create(name="Chợ Ngã Bảy", kind="market", geom=city_wkt("POINT", (0, 100)))
    lon, lat = opened_lonlat(20, 20)

    stranger = card(client, lon, lat).json()
    client.force_login(people["officer"])
    officer = card(client, lon, lat).json()

    assert (stranger["parcel"], [one["layer"] for one in stranger["nearest"]]) == (None, ["public_places"])
    assert (officer["parcel"]["sheet_no"], officer["parcel"]["parcel_no"]) == (12, 47)
    assert "land_user_name" not in officer["parcel"]
    assert [(one["layer"], one["title"], round(one["distance_m"])) for one in officer["nearest"]] == [
        ("hydrants", "TN-1", 22),
        ("public_places", "Chợ Ngã Bảy", 82),
    ]


def opened_lonlat(east_m: float, north_m: float) -> tuple[float, float]:
    point = city_wkt("POINT", (east_m, north_m))
    point.transform(4326)
    return point.x, point.y


@pytest.mark.parametrize(
    ("lon", "lat", "status"), [(0, 0, 422), ("nan", 9.8, 422), ("inf", 9.8, 422), (1e308, 9.8, 422), ("x", 9.8, 400), (9.8165, 105.815, 422)]
)
def test_a_place_that_cannot_be_is_refused(client: Client, lon: object, lat: object, status: int) -> None:
    assert card(client, lon, lat).status_code == status


def test_features_come_in_pages_by_box_and_only_for_who_may(client: Client, people: dict[str, User], town: dict) -> None:
    address = "/api/layers/roads/features"
    first = client.get(address, {"limit": 1}).json()
    second = client.get(address, {"limit": 1, "after": first["next"]}).json()

    assert [feature["id"] for page in (first, second) for feature in page["features"]] == sorted([town["street"].pk, town["alley"].pk])
    assert len(client.get(address, {"bbox": "-180,-90,180,90"}).json()["features"]) == 2
    assert client.get(address, {"bbox": "0,0,1,1"}).json()["features"] == []
    assert client.get("/api/layers/parcels/features").status_code == 404


@pytest.mark.parametrize("bbox", ["1,2,3", "a,b,c,d", "3,2,1,4", "nan,0,1,1", "1,2,3,4,5", "inf,0,inf,1"])
def test_a_box_that_is_none_is_refused(client: Client, bbox: str) -> None:
    assert client.get("/api/layers/roads/features", {"bbox": bbox}).status_code == 400


def test_the_nearest_of_many_is_found_by_the_index(db: None) -> None:
    with acting(by=None, because="many places"), connection.cursor() as cursor:
        cursor.execute(
            "insert into layers_publicplace (name, kind, address, version, geom) select 'n', 'k', '', 1,"
            " public.st_setsrid(public.st_point(%s + n %% 200 * 50, %s + n / 200 * 50), %s) from generate_series(1, 20000) n",
            [HERE.x, HERE.y, city_wkt("POINT", (0, 0)).srid],
        )
        cursor.execute("analyze layers_publicplace")
    seen = opened("public_places", ANONYMOUS)
    plans = []

    def explain(execute: Any, statement: str, params: Any, many: bool, context: Any) -> Any:
        if "<->" in statement:
            with connection.connection.cursor() as plain:
                plain.execute("explain " + statement, params)
                plans.append(" ".join(row[0] for row in plain.fetchall()))
        return execute(statement, params, many, context)

    with connection.execute_wrapper(explain):
        query.nearest(seen, at=HERE, k=3, reach_m=5_000)
    assert "Seq Scan" not in plans[0]
    assert "Index Scan" in plans[0]


def test_the_card_says_what_the_ward_was_called_before(client: Client, ward: AdminUnit) -> None:
    assert card(client).json()["ward_before"] == {"code": "31340", "name": "Tên cũ", "valid_until": timezone.localdate().isoformat()}


def test_a_canal_and_a_street_say_whose_they_are(client: Client, town: dict) -> None:
    owner = Agency.objects.create(code="irrigation", name="Chi cục Thủy lợi", name_en="Irrigation division")
    with acting(by=None, because="test"):
        Canal.objects.filter(pk=town["canal"].pk).update(owner=owner)

    answer = card(client).json()

    assert (answer["canal"]["name"], answer["canal"]["distance_m"]) == ("Cái Côn", 50.0)
    assert answer["canal"]["owner"] == {"vi": "Chi cục Thủy lợi", "en": "Irrigation division"}
    assert answer["road"]["owner"] is None
    assert card(client, *opened_lonlat(0, 5_000)).json()["canal"] is None


def test_the_card_says_from_which_level_water_stands_here(client: Client, town: dict) -> None:
    for level_cm in (190, 160):
        FloodZone.objects.create(level_cm=level_cm, area_m2=1, geom=city_wkt("MULTIPOLYGON", *SQUARE))

    here = card(client).json()["flood"]

    assert (here["floods_from_cm"], here["level_cm"], here["under_water"]) == (160, None, False)
    assert card(client, *opened_lonlat(0, 5_000)).json()["flood"]["floods_from_cm"] is None
    WaterLevel.objects.create(level_cm=165, because="bảng đo", starts_at=timezone.now())
    assert card(client).json()["flood"]["under_water"] is True
