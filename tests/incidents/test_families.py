"""A large event and its parts: linked without circles, listed with the whole, and asked about when the whole ends."""

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from incidents.models import Incident
from tests.incidents.conftest import FIRE, post, report, verified
from tests.incidents.test_speeds import refused, verb

pytestmark = pytest.mark.django_db


def test_a_part_keeps_its_reporter_and_its_clock_and_is_listed_with_the_whole(operator: Client, town: dict) -> None:
    whole, part = report(operator), report(operator, reporter_name="Bà Tư", reporter_phone="0909")

    linked = verb(operator, part, "link", parent=whole["id"])
    seen = operator.get(f"/api/incidents/{whole['id']}").json()

    assert (linked["parent"]["id"], linked["reporter_name"], linked["reported_at"]) == (whole["id"], "Bà Tư", part["reported_at"])
    assert [child["id"] for child in seen["children"]] == [part["id"]] and seen["parts"] == 1
    assert {"eido": "Link", "id": part["id"], "code": part["code"]} in seen["related"]
    assert seen["entries"][-1]["kind"] == "part_linked"


def test_there_are_no_circles_and_one_level_only(operator: Client, town: dict) -> None:
    first, second, third = report(operator), report(operator), report(operator)
    verb(operator, second, "link", parent=first["id"])

    assert refused(operator, first, "link", parent=second["id"]) == "bad_link"
    assert refused(operator, first, "link", parent=first["id"]) == "bad_link"
    assert refused(operator, third, "link", parent=second["id"]) == "bad_link"
    assert refused(operator, second, "link", parent=third["id"]) == "bad_link"
    assert refused(operator, third, "link") == "bad_link"
    assert refused(operator, third, "link", parent=2**40) == "not_found"
    with pytest.raises(DatabaseError, match="no_case_is_its_own_parent"), transaction.atomic():
        Incident.objects.filter(pk=third["id"]).update(parent=third["id"])


@pytest.mark.parametrize("odd", [{"exercise": True}, {"restricted": True}])
def test_what_is_of_another_world_is_not_linked(operator: Client, town: dict, odd: dict) -> None:
    whole, part = report(operator), report(operator)
    other = Incident.objects.get(pk=whole["id"])
    strange = Incident.objects.create(**{name: getattr(other, name) for name in ("category", "process", "severity", "channel", "reported_at", "geom")}, **odd)

    assert refused(operator, part, "link", parent=strange.pk) in ("bad_link", "not_found")


def test_the_end_of_the_whole_asks_what_becomes_of_its_parts(operator: Client, town: dict) -> None:
    whole, parts = verified(operator), [report(operator), report(operator)]
    for part in parts:
        verb(operator, part, "link", parent=whole["id"])

    asked = post(operator, f"/api/incidents/{whole['id']}/close", {"outcome": "01"})
    assert (asked.status_code, asked.json()["code"]) == (409, "children_open")
    assert [child["id"] for child in asked.json()["children"]] == [part["id"] for part in parts]
    assert Incident.objects.filter(closed_at=None).count() == 3

    verb(operator, whole, "close", outcome="01", children="close")
    assert set(Incident.objects.values_list("status", "outcome")) == {("closed", "01")}


def test_parts_can_be_let_go_and_stay_open(operator: Client, town: dict) -> None:
    whole, part = verified(operator), report(operator)
    verb(operator, part, "link", parent=whole["id"])

    verb(operator, whole, "cancel", reason="x", children="release")
    left = operator.get(f"/api/incidents/{part['id']}").json()

    assert (left["status"], left["parent"]) == ("new", None)
    assert left["entries"][-1]["kind"] == "unlink"


def test_a_part_leaves_its_whole(operator: Client, town: dict) -> None:
    whole, part = report(operator), report(operator)
    verb(operator, part, "link", parent=whole["id"])

    assert verb(operator, part, "unlink")["parent"] is None
    assert refused(operator, part, "unlink") == "bad_link"
    assert operator.get(f"/api/incidents/{whole['id']}").json()["children"] == []


def test_five_reports_in_ten_minutes_are_offered_as_one_event_and_gathered_at_once(operator: Client, town: dict) -> None:
    cases = [report(operator, lon=FIRE["lon"] + number * 0.0002, category=kind, severity=4 - number % 2)
             for number, kind in enumerate(["tree_down", "power_outage", "tree_down", "house_fire"])]  # fmt: skip
    path = f"/api/incidents/{cases[0]['id']}"
    assert operator.get(f"{path}/duplicates").json()["mass"] is None

    cases.append(report(operator, category="power_outage", severity=2))
    mass = operator.get(f"{path}/duplicates").json()["mass"]

    assert (mass["reports"], mass["parent"]) == (5, cases[0]["id"])
    assert sorted([mass["parent"], *mass["parts"]]) == [case["id"] for case in cases]
    timed = [case["id"] for case in cases if case["process"] == "timed"]
    gathered = post(operator, f"{path}/children", {"cases": mass["parts"]}).json()
    assert gathered["parts"] == 4
    assert set(Incident.objects.filter(pk__in=timed).values_list("process", flat=True)) == {"immediate"}
    assert operator.get(f"{path}/duplicates").json()["mass"] is None, "all of them are gathered"


def test_gathering_is_all_or_none(operator: Client, town: dict) -> None:
    whole, part = report(operator), report(operator)

    assert post(operator, f"/api/incidents/{whole['id']}/children", {"cases": [part["id"], 2**40]}).json()["code"] == "not_found"
    assert Incident.objects.exclude(parent=None).count() == 0
    assert post(operator, f"/api/incidents/{whole['id']}/children", {"cases": []}).json()["code"] == "bad_link"
