"""The city's log: the newest steps of what its reader may see, and of nothing else."""

import pytest
from django.test import Client

from geo.models import User
from incidents.models import Incident
from tests.incidents.conftest import post, report

pytestmark = pytest.mark.django_db


def test_the_newest_step_of_every_case_stands_first(operator: Client, people: dict[str, User], town: dict) -> None:
    first, second = report(operator), report(operator, description="khác")
    post(operator, f"/api/incidents/{first['id']}/verify")

    lines = operator.get("/api/log").json()["items"]

    assert [(line["kind"], line["incident"]["id"]) for line in lines[:2]] == [("verify", first["id"]), ("report", second["id"])]
    assert lines[0]["by"] and lines[0]["status_to"] == "verified"
    assert [line["id"] for line in operator.get("/api/log?limit=1").json()["items"]] == [lines[0]["id"]]


def test_a_case_that_a_reader_may_not_see_leaves_no_line(operator: Client, people: dict[str, User], town: dict) -> None:
    case = report(operator)
    Incident.objects.filter(pk=case["id"]).update(restricted=True)

    assert case["id"] not in {line["incident"]["id"] for line in operator.get("/api/log").json()["items"]}


def test_the_log_is_for_those_who_see_cases_and_has_an_end(operator: Client, field: Client, client: Client, town: dict) -> None:
    assert client.get("/api/log").status_code == 401
    assert field.get("/api/log").status_code == 403
    for limit in (0, 501):
        assert operator.get(f"/api/log?limit={limit}").status_code == 400
