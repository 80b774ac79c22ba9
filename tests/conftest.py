"""A small real town: two streets, a canal and two parcels at the junction of Ngã Bảy, and the people who look at them."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.contrib.gis.geos import GEOSGeometry
from django.db.backends.postgresql.operations import DatabaseOperations

from geo.acting import acting
from geo.crs import CITY_SRID, to_city
from geo.models import Agency, Role, User
from geo.permissions import STARTING_ROLES
from layers.library.assets import AGENCIES
from layers.library.canals import Canal
from layers.library.land_uses import LAND_USES
from layers.library.parcels import Parcel
from layers.library.roads import Road

JUNCTION = (105.8150, 9.8165)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests with a browser come last: its driver keeps an event loop running in this thread until the session ends."""
    items.sort(key=lambda item: "e2e" in item.path.parts)


def city_wkt(kind: str, *offsets_m: tuple[float, float]) -> GEOSGeometry:
    """A geometry whose vertices lie so many metres east and north of the junction."""
    x, y = to_city(*JUNCTION)
    vertices = ", ".join(f"{x + east} {y + north}" for east, north in offsets_m)
    body = {"POINT": f"({vertices})", "LINESTRING": f"({vertices})", "POLYGON": f"(({vertices}))", "MULTIPOLYGON": f"((({vertices})))"}[kind]
    return GEOSGeometry(f"{kind}{body}", srid=CITY_SRID)


@pytest.fixture(scope="session", autouse=True)
def quick_emptying() -> Iterator[None]:
    """After a test with commits only the tables that hold rows are emptied: to empty all sixty takes half a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "sql_flush", _emptied)
        yield


def _emptied(operations: Any, style: Any, tables: list[str], **_: Any) -> list[str]:
    with operations.connection.cursor() as cursor:
        cursor.execute(" union all ".join(f"select '{table}' where exists (select from {operations.quote_name(table)})" for table in tables))
        held = {name for (name,) in cursor.fetchall()}
    # History is named always: the layers' tables are emptied only together with it.
    return [f"truncate {', '.join(map(operations.quote_name, sorted(held | {'layers_history'})))} cascade"]


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    """Passwords hashed for a machine's patience: the real hash takes half a second a person."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def fresh_lists() -> None:
    """Lists that are kept for seconds are each test's own."""
    AGENCIES.forget()
    LAND_USES.forget()


@pytest.fixture
def people(db: None) -> dict[str, User]:
    """One person a starting role, none of them a superuser."""
    agency = Agency.objects.create(code="police", name="Công an phường")
    found = {}
    for slug, (vi, en, permissions) in STARTING_ROLES.items():
        role = Role.objects.create(slug=slug, name=vi, name_en=en, permissions=list(permissions))
        found[slug] = User.objects.create_user(username=slug, password="a long enough word", agency=agency)
        found[slug].roles.add(role)
    return found


def build_town() -> dict[str, object]:
    """Two streets, a canal, two neighbouring parcels. Within `acting`."""
    return {
        "street": Road.objects.create(name="Hùng Vương", road_class="primary", width_m=12, speed_kmh=40, geom=city_wkt("LINESTRING", (0, 0), (400, 0))),
        "alley": Road.objects.create(name="Hẻm 4", road_class="alley", width_m=3, speed_kmh=15, geom=city_wkt("LINESTRING", (400, 0), (400, 200))),
        "canal": Canal.objects.create(name="Cái Côn", canal_class="main", width_m=60, geom=city_wkt("LINESTRING", (0, -50), (400, -50))),
        "parcel": Parcel.objects.create(
            ward_code="31340", ward_valid_from=date(2025, 7, 1), sheet_no=12, parcel_no=47, land_use="ODT", land_user_name="Nguyễn Văn A",
            geom=city_wkt("POLYGON", (10, 10), (30, 10), (30, 40), (10, 40), (10, 10)),
        ),
    }  # fmt: skip


@pytest.fixture
def town(db: None) -> Iterator[dict[str, object]]:
    """The town, and a transaction in which the test may change it by hand."""
    with acting(by=None, because="a small town"):
        yield build_town()
