"""What the wall says, and that it says when it knows too little."""

import pytest
from django.test import Client

from geo.models import User
from tests.incidents.conftest import report, verified

pytestmark = pytest.mark.django_db


def test_the_wall_counts_and_says_when_it_knows_too_little(operator: Client, people: dict[str, User], units: dict) -> None:
    for _ in range(3):
        verified(operator)
    report(operator, severity=2)
    wall = Client()
    wall.force_login(people["kiosk"])
    seen = wall.get("/api/wall").json()

    assert (seen["n"], seen["sparse"], seen["verify_p90_s"]) == (4, True, None)
    assert {row["severity"]: row["n"] for row in seen["open_by_severity"]} == {5: 3, 4: 0, 3: 0, 2: 1, 1: 0}
    assert seen["units_by_state"] == [{"state": "available", "n": 5}]
    assert len(seen["latest"]) == 3 and "description" not in seen["latest"][0]
    assert seen["data_until"] <= seen["as_of"]


def test_with_enough_cases_the_percentiles_stand(operator: Client, units: dict) -> None:
    for _ in range(20):
        verified(operator)
    seen = operator.get("/api/wall").json()

    assert seen["sparse"] is False
    assert 0 <= seen["verify_p90_s"] < 60
    assert seen["dispatch_p90_s"] is None


def test_the_wall_is_not_for_strangers(client: Client, people: dict[str, User]) -> None:
    assert client.get("/api/wall").json()["code"] == "not_signed_in"
    client.force_login(people["field"])
    assert client.get("/api/wall").json()["code"] == "forbidden"
