"""A case about a parcel goes on when the parcel is split: the encroachment stands on the ground, not on a number."""

import pytest
from django.test import Client

from geo.models import User
from layers.library.parcels import Parcel
from tests.conftest import JUNCTION
from tests.house.test_editing import as_
from tests.house.test_land import ACROSS, row, split  # noqa: F401 (row is a fixture)

pytestmark = pytest.mark.django_db


def cases(client: Client, fid: int) -> list[int]:
    answer = client.get(f"/api/layers/parcels/features/{fid}/cases")
    assert answer.status_code == 200, answer.content
    return [case["id"] for case in answer.json()["items"]]


def test_a_case_about_a_parcel_is_told_of_its_parts_and_of_the_parcel_that_is_no_longer(people: dict[str, User], row: list[Parcel]) -> None:  # noqa: F811
    operator = as_(people["operator"])
    case = operator.post(
        "/api/incidents", {"category": "noise", "lon": JUNCTION[0], "lat": JUNCTION[1], "channel": "phone"}, content_type="application/json"
    ).json()
    attached = operator.post(f"/api/incidents/{case['id']}/features", {"layer": "parcels", "fid": row[0].pk}, content_type="application/json")
    assert attached.status_code in (200, 201), attached.content

    first, second = split(people, row[0], ACROSS)

    assert [cases(operator, fid) for fid in (first.pk, second.pk, row[0].pk)] == [[case["id"]]] * 3
    assert cases(operator, row[1].pk) == []
    assert operator.get(f"/api/layers/parcels/features/{2**40}/cases").status_code == 404
    # A leader sees cases that most may not, and of the others none.
    assert cases(as_(people["leader"]), first.pk) == []
