"""A case without a place is heard, counted and answered for; a place is said once, better, and never over somebody else's."""

import pytest
from django.test import Client

from geo.acting import acting
from geo.models import Event, User
from incidents.models import Entry, Incident
from layers import query
from layers.access import opened, scope_of
from tests.conftest import JUNCTION
from tests.incidents.conftest import FIRE, post, report, verified

pytestmark = pytest.mark.django_db

NOWHERE = {"lon": None, "lat": None}
HERE = {"lon": FIRE["lon"], "lat": FIRE["lat"], "source": "caller", "accuracy_m": 30}


def test_a_report_without_a_place_waits_in_a_tab_of_its_own_and_is_on_no_map(operator: Client, people: dict[str, User], town: dict) -> None:
    placed, somewhere = report(operator), report(operator, description="cháy ở đâu đó gần chợ", **NOWHERE)

    assert (somewhere["lon"], somewhere["lat"], somewhere["ward_name"], somewhere["road_name"], somewhere["nearby"]) == (None, None, "", "", [])
    tab = operator.get("/api/incidents?state=unplaced").json()
    assert [one["id"] for one in tab["items"]] == [somewhere["id"]]
    assert (tab["counts"]["unplaced"], tab["counts"]["new"], tab["counts"]["open"]) == (1, 2, 2)
    # Nobody overlooks it: it waits in the tab of its status too.
    assert {one["id"] for one in operator.get("/api/incidents?state=new").json()["items"]} == {placed["id"], somewhere["id"]}
    assert placed["nearby"] == [] or somewhere["id"] not in [one["id"] for one in placed["nearby"]]
    seen = opened("incidents", scope_of(people["operator"]))
    west, south = JUNCTION[0] - 0.1, JUNCTION[1] - 0.1
    assert [one["id"] for one in query.features(seen, box=(west, south, west + 0.2, south + 0.2))] == [placed["id"]]
    assert query.feature(seen, somewhere["id"])["geometry"] is None


@pytest.mark.parametrize("page", ["/ogc/collections/incidents/items?f=json", "/api/wall", "/api/incidents", "/api/search?q=cho"])
def test_what_lists_cases_holds_with_one_that_has_no_place(operator: Client, town: dict, page: str) -> None:
    case = report(operator, description="gần chợ", severity=5, **NOWHERE)

    answer = operator.get(page)

    assert answer.status_code == 200, answer.content
    assert case["code"] in answer.content.decode()


def test_a_case_without_a_place_sends_nobody_and_says_why(operator: Client, units: dict) -> None:
    case = verified(operator, **NOWHERE)
    path = f"/api/incidents/{case['id']}"

    asked = operator.get(f"{path}/candidates")
    sent = post(operator, f"{path}/dispatch", {"responders": [units["near"].pk]})

    assert (asked.status_code, asked.json()["code"]) == (409, "no_place")
    assert (sent.status_code, sent.json()["code"]) == (409, "no_place")
    placed = post(operator, f"{path}/place", HERE).json()
    assert operator.get(f"{path}/candidates").json()["candidates"]
    assert placed["lon"] == pytest.approx(HERE["lon"])


def test_a_place_is_a_step_with_its_source_and_finds_the_street_anew(operator: Client, town: dict) -> None:
    case = report(operator, **NOWHERE)

    placed = post(operator, f"/api/incidents/{case['id']}/place", {**HERE, "place_name": "trước cổng chợ"}).json()

    assert (placed["road_name"], placed["place_name"], placed["accuracy_m"], placed["version"]) == ("Hùng Vương", "trước cổng chợ", 30, case["version"] + 1)
    step = placed["entries"][-1]
    assert (step["kind"], step["place"]["source"], step["place"]["was"], step["place"]["accuracy_m"]) == ("place", "caller", None, 30)
    assert operator.get("/api/incidents?state=unplaced").json()["counts"]["unplaced"] == 0
    assert Event.objects.filter(kind="incident.placed", fids=[case["id"]]).count() == 1
    better = post(operator, f"/api/incidents/{case['id']}/place", {**HERE, "lon": HERE["lon"] + 0.0001, "source": "map", "accuracy_m": 5}).json()
    assert better["place_name"] == "trước cổng chợ"
    assert better["entries"][-1]["place"]["was"]["source"] == "caller"


def test_the_same_place_twice_is_one_step(operator: Client, town: dict) -> None:
    case = report(operator, **NOWHERE)

    versions = [post(operator, f"/api/incidents/{case['id']}/place", HERE).json()["version"] for _ in range(2)]

    assert versions == [case["version"] + 1] * 2
    assert Entry.objects.filter(incident=case["id"], kind="place").count() == 1


def test_two_windows_do_not_place_over_each_other_but_a_note_in_between_does_no_harm(operator: Client, second: Client, town: dict) -> None:
    case = report(operator, **NOWHERE)
    path = f"/api/incidents/{case['id']}"
    post(second, f"{path}/note", {"text": "gọi lại"})

    first = post(operator, f"{path}/place", {**HERE, "version": case["version"]})
    late = post(second, f"{path}/place", {**HERE, "lon": HERE["lon"] + 0.001, "version": case["version"]})

    assert first.status_code == 200
    assert late.status_code == 412
    assert (late.json()["code"], late.json()["theirs"]["lon"]) == ("stale", HERE["lon"])
    assert post(second, f"{path}/place", {**HERE, "lon": HERE["lon"] + 0.001, "version": first.json()["version"]}).status_code == 200


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"lon": 9.8, "lat": 105.8}, 422, "out_of_extent"),
        ({"lon": "NaN"}, 422, "non_finite"),
        ({"lon": None}, 400, "bad_request"),
        ({"source": "dowsing"}, 422, "unknown_place_source"),
        ({"accuracy_m": -1}, 400, "bad_request"),
        ({"place_name": "x" * 121}, 422, "too_long"),
    ],
)
def test_a_place_that_cannot_be_is_refused_and_nothing_changes(operator: Client, town: dict, wrong: dict, status: int, code: str) -> None:
    case = report(operator, **NOWHERE)

    answer = post(operator, f"/api/incidents/{case['id']}/place", {**HERE, **wrong})

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert Incident.objects.get(pk=case["id"]).geom is None
    assert not Entry.objects.filter(incident=case["id"], kind="place").exists()


def test_half_a_place_is_no_report(operator: Client, town: dict) -> None:
    answer = post(operator, "/api/incidents", {**FIRE, "lat": None})

    assert (answer.status_code, answer.json()["code"]) == (422, "half_a_place")


@pytest.mark.parametrize("role", ["leader", "agency", "officer", "field", "admin"])
def test_who_does_not_handle_cases_places_none(people: dict[str, User], operator: Client, town: dict, role: str) -> None:
    case = report(operator, **NOWHERE)
    client = Client()
    client.force_login(people[role])

    assert post(client, f"/api/incidents/{case['id']}/place", HERE).status_code == 403
    assert Client().post(f"/api/incidents/{case['id']}/place", HERE, content_type="application/json").status_code in (401, 403)


def test_a_restricted_case_cannot_be_placed_by_who_may_not_see_it(operator: Client, town: dict) -> None:
    case = report(operator, **NOWHERE)
    with acting(by=None, because="test"):
        Incident.objects.filter(pk=case["id"]).update(restricted=True)

    assert post(operator, f"/api/incidents/{case['id']}/place", HERE).status_code == 404
    assert Incident.objects.get(pk=case["id"]).geom is None
    assert operator.get("/api/incidents?state=unplaced").json()["counts"]["unplaced"] == 0
