"""The card of a place: open cases, ninety days, who would be there first, who is in charge; a stranger is told no more than the public map."""

from datetime import date, timedelta
from math import floor
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from geo.crs import to_city, to_lonlat
from geo.models import Agency
from incidents import routing
from incidents.around import APART_M
from incidents.models import Incident, Responder
from incidents.units.unit_models import DutyTurn, Member
from layers.library.wards import AdminUnit
from tests.conftest import JUNCTION, city_wkt
from tests.incidents.conftest import report

pytestmark = pytest.mark.django_db
SQUARE = ((-500, -500), (500, -500), (500, 500), (-500, 500), (-500, -500))


def card(client: Client, east: float = 0.0) -> dict[str, Any]:
    return client.get("/api/context", {"lon": JUNCTION[0] + east, "lat": JUNCTION[1]}).json()


@pytest.fixture
def ward(town: dict) -> AdminUnit:
    return AdminUnit.objects.create(code="31340", name="Phường Ngã Bảy", kind="phuong", valid_from=date(2025, 7, 1), geom=city_wkt("MULTIPOLYGON", *SQUARE))


@pytest.fixture
def committee(people: dict) -> Agency:
    return Agency.objects.create(code="ward_nga_bay", name="UBND phường Ngã Bảy", ward_code="31340", duty_phone="0293 000")


def test_an_operator_sees_what_is_open_here_and_who_would_be_first(operator: Client, units: dict[str, Responder]) -> None:
    case = report(operator)
    far = report(operator, lon=JUNCTION[0] + 0.003)

    told = card(operator)

    assert [(one["code"], round(one["distance_m"])) for one in told["open_cases"]] == [(case["code"], 110)]
    assert far["code"] not in {one["code"] for one in told["open_cases"]}
    assert told["units"][0]["code"] == "CA-02" and told["units"][0]["travel_s"] == 0
    assert [one["travel_s"] for one in told["units"]] == sorted(one["travel_s"] for one in told["units"])


def test_a_stranger_is_told_neither_cases_nor_units_nor_small_numbers(client: Client, operator: Client, units: dict[str, Responder]) -> None:
    x, y = to_city(*JUNCTION)
    lon, lat = to_lonlat(*(APART_M * (floor(edge / APART_M) + 0.5) for edge in (x, y)))
    for _ in range(5):
        report(operator, category="pothole", lon=lon, lat=lat)
    report(operator, category="fight", lon=lon, lat=lat)

    told, beside = card(client), card(client, east=0.0003)

    assert (told["open_cases"], told["units"], told["cameras"]) == (None, None, None)
    assert told["history"]["kinds"] == [{"category": "pothole", "n": 5}]
    # Two circles of a stranger are the same or apart: nothing is left when one is taken from the other.
    assert beside["history"] == told["history"]
    at_the_spot = operator.get("/api/context", {"lon": lon, "lat": lat}).json()
    assert {one["category"]: one["n"] for one in at_the_spot["history"]["kinds"]} == {"pothole": 5, "fight": 1}


def test_history_ends_after_ninety_days_and_two_hundred_metres(operator: Client, units: dict[str, Responder]) -> None:
    old, _far = report(operator), report(operator, lon=JUNCTION[0] + 0.003)
    Incident.objects.filter(pk=old["id"]).update(reported_at=timezone.now() - timedelta(days=91))

    assert card(operator)["history"]["kinds"] == []


def test_a_restricted_case_is_on_nobodys_card_who_may_not_see_it(operator: Client, units: dict[str, Responder]) -> None:
    case = report(operator)
    Incident.objects.filter(pk=case["id"]).update(restricted=True)

    told = card(operator)

    assert told["open_cases"] == []
    assert told["history"]["kinds"] == []


def test_the_ward_answers_for_what_the_profile_leaves_to_it(operator: Client, ward: AdminUnit, committee: Agency) -> None:
    in_charge = card(operator)["in_charge"]
    day = timezone.localdate()

    assert in_charge[0]["code"] == "ward_nga_bay" and "noise" in in_charge[0]["categories"]
    assert {one["code"]: one for one in in_charge}["police"]["categories"] != []
    assert routing.in_charge(category="noise", ward_code="31340", day=day) == committee
    assert routing.in_charge(category="robbery", ward_code="31340", day=day).code == "police"
    assert routing.in_charge(category="noise", ward_code="31411", day=day) is None
    assert routing.in_charge(category="nothing", ward_code="31340", day=day) is None


def test_an_agency_that_has_ended_answers_for_nothing(operator: Client, ward: AdminUnit, committee: Agency) -> None:
    day = timezone.localdate()
    Agency.objects.filter(pk=committee.pk).update(valid_until=day)

    assert routing.in_charge(category="noise", ward_code="31340", day=day) is None
    assert routing.in_charge(category="noise", ward_code="31340", day=day - timedelta(days=1)) == committee


def test_who_is_on_call_is_told_to_who_works_with_units(client: Client, operator: Client, people: dict, ward: AdminUnit) -> None:
    now = timezone.now()
    member = Member.objects.create(name="Lê Văn Trực", phone="0909 000 001", agency=Agency.objects.get(code="police"))
    DutyTurn.objects.create(agency=member.agency, post="trực ban", member=member, starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=1))

    def on_call(told: dict[str, Any]) -> list[dict[str, Any]]:
        return {one["code"]: one["on_call"] for one in told["in_charge"]}["police"]

    assert on_call(card(operator)) == [{"name": "Lê Văn Trực", "post": "trực ban", "phone": "0909 000 001"}]
    assert on_call(card(client)) == []
