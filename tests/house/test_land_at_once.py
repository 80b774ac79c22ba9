"""Two officers split one parcel at the very same moment: one is published, the other is told, no land is made or lost (adversarial 32)."""

import threading
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from geo.acting import acting
from geo.models import Role, User
from geo.permissions import STARTING_ROLES
from layers.library.land_records import Lineage, Retired
from layers.library.parcels import Parcel
from tests.conftest import city_wkt
from tests.house.test_changesets import call, submitted
from tests.house.test_editing import as_
from tests.house.test_land import line, seen

pytestmark = pytest.mark.django_db(transaction=True)
CUTS = (((5, 20), (35, 20)), ((20, 5), (20, 45)))


@pytest.fixture
def parcel() -> Parcel:
    with acting(by=None, because="a parcel"):
        return Parcel.objects.create(
            ward_code="31340", ward_valid_from=date(2025, 7, 1), sheet_no=12, parcel_no=47, land_use="ODT",
            geom=city_wkt("POLYGON", (10, 10), (30, 10), (30, 40), (10, 40), (10, 10)),
        )  # fmt: skip


@pytest.fixture
def offices() -> dict[str, Client]:
    """Two officers and two approvers."""
    found = {}
    for slug in ("officer", "approver"):
        vi, en, permissions = STARTING_ROLES[slug]
        role, _ = Role.objects.update_or_create(slug=slug, defaults={"name": vi, "name_en": en, "permissions": list(permissions)})
        for number in (0, 1):
            user = User.objects.create_user(username=f"{slug}{number}", password="a long enough word")
            user.roles.add(role)
            found[user.username] = as_(user)
    return found


@pytest.mark.parametrize("round_", range(3))
def test_of_two_splits_published_at_once_one_wins_and_the_other_is_told(offices: dict[str, Client], parcel: Parcel, round_: int) -> None:
    given = []
    for number, cut in enumerate(CUTS):
        officer = offices[f"officer{number}"]
        given.append(submitted(officer, *seen(officer, "split", fid=parcel.pk, version=1, line=line(*cut))["edits"]))
    start, answers = threading.Barrier(2), [None, None]

    def publish(number: int) -> None:
        try:
            start.wait(timeout=20)
            answers[number] = call(offices[f"approver{number}"], f"/{given[number]['id']}/approve", {}, given[number]["version"])
        finally:
            connection.close()

    threads = [threading.Thread(target=publish, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    told: list[Any] = [(answer.status_code, answer.json().get("code")) for answer in answers]
    assert sorted(told) == [(200, None), (412, "stale")], told
    assert sum(Parcel.objects.values_list("measured_area_m2", flat=True)) == pytest.approx(600, abs=0.01)
    assert (Parcel.objects.count(), Lineage.objects.count(), Retired.objects.count()) == (2, 2, 1)
    late = next(answer for answer in answers if answer.status_code == 412).json()
    assert late["deleted"]["by"].startswith("officer") and late["fid"] == parcel.pk
