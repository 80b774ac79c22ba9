"""Which case is it again? By place, time, kind, words and telephone, each with its reasons; and nothing that the caller may not see."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from geo.city import CITY
from geo.models import User
from incidents.intake import duplicates
from incidents.models import Incident
from tests.incidents.conftest import FIRE, post, report

pytestmark = pytest.mark.django_db
NOWHERE = {"lon": None, "lat": None}
METRE = 1 / 109_500  # degrees of longitude at this latitude


def again(client: Client, case: dict) -> list[dict]:
    return client.get(f"/api/incidents/{case['id']}/duplicates").json()["items"]


def codes(found: list[dict]) -> list[int]:
    return [one["id"] for one in found]


def aged(case: dict, **span: float) -> None:
    Incident.objects.filter(pk=case["id"]).update(reported_at=timezone.now() - timedelta(**span))


@pytest.mark.parametrize(("category", "metres", "minutes", "same"), [
    ("house_fire", 100, 5, True), ("house_fire", 100, 45, False), ("house_fire", 400, 5, False),
    ("pothole", 40, 60 * 24 * 20, True), ("pothole", 40, 60 * 24 * 40, False), ("pothole", 80, 60, False),
    ("street_light", 25, 60 * 24, True), ("street_light", 45, 60 * 24, False),
])  # fmt: skip
def test_how_near_and_how_soon_is_the_categorys_own(operator: Client, town: dict, category: str, metres: float, minutes: float, same: bool) -> None:
    """Prove that the radius and the time of the profile decide, for both speeds."""
    first = report(operator, category=category)
    aged(first, minutes=minutes)
    second = report(operator, category=category, lon=FIRE["lon"] + metres * METRE)

    assert codes(again(operator, second)) == ([first["id"]] if same else [])


def test_a_place_that_is_unsure_is_looked_for_further_around(operator: Client, town: dict) -> None:
    first = report(operator)
    sure = report(operator, lon=FIRE["lon"] + 220 * METRE)
    unsure = report(operator, lon=FIRE["lon"] + 220 * METRE, accuracy_m=120)

    assert first["id"] not in codes(again(operator, sure))
    assert first["id"] in codes(again(operator, unsure))


def test_the_likeliest_comes_first_and_says_why_in_both_languages(operator: Client, town: dict) -> None:
    said = {"description": "hai xe máy tông nhau trước cổng chợ", "category": "crash"}
    far = report(operator, **{**said, "description": "va quẹt"}, lon=FIRE["lon"] + 120 * METRE, channel="app")
    near = report(operator, **said, reporter_phone="0909", channel="zalo")
    mine = report(operator, category="crash_injury", description="HAI XE MAY TONG NHAU truoc cong cho, co nguoi bi thuong", reporter_phone="0909")

    found = again(operator, mine)

    assert codes(found) == [near["id"], far["id"]]
    assert found[0]["score"] > found[1]["score"]
    reasons = {one["code"]: one for one in found[0]["reasons"]}
    assert set(reasons) == {"place", "time", "kind", "words", "phone", "channel"}
    assert reasons["phone"] == {"code": "phone", "vi": "cùng số điện thoại", "en": "same telephone"}
    assert reasons["kind"]["vi"] == "cùng nhóm (Tai nạn giao thông)"
    assert all(reason["vi"] and reason["en"] for one in found for reason in one["reasons"])
    assert mine["nearby"][0]["reasons"], "the case itself brings the same suggestions"


def test_a_case_without_a_place_is_found_by_its_words_or_its_telephone_alone(operator: Client, town: dict) -> None:
    first = report(operator, description="cháy nhà kho gần cầu Xáng Thổi", reporter_phone="0909")
    words = report(operator, description="chay kho cau xang thoi", **NOWHERE)
    phone = report(operator, description="nó cháy lan rồi", reporter_phone="0909", **NOWHERE)
    neither = report(operator, description="khói ở phía sau trường học", **NOWHERE)

    assert first["id"] in codes(again(operator, words))
    assert first["id"] in codes(again(operator, phone))
    assert again(operator, neither) == []
    assert words["id"] in codes(again(operator, first)), "and the other way round"


@pytest.mark.parametrize("odd", [{"restricted": True}, {"exercise": True}, {"status": "unfounded"}])
def test_what_is_none_of_the_callers_business_is_not_suggested(operator: Client, town: dict, odd: dict) -> None:
    first = report(operator)
    copied = {name: getattr(Incident.objects.get(pk=first["id"]), name) for name in ("category", "process", "severity", "channel", "reported_at", "geom")}
    Incident.objects.create(**copied, **odd)

    assert again(operator, first) == []


def test_whoever_may_not_see_reporters_learns_nothing_from_a_telephone(people: dict[str, User], operator: Client, town: dict) -> None:
    report(operator, description="cháy", reporter_phone="0909", **NOWHERE)
    mine = report(operator, description="khác hẳn", reporter_phone="0909", **NOWHERE)
    role = people["operator"].roles.get()
    role.permissions = [code for code in role.permissions if code != "see_reporters"]
    role.save()

    assert again(operator, mine) == []


def test_a_merged_report_is_not_suggested_but_its_target_is(operator: Client, town: dict) -> None:
    first, second, third = report(operator), report(operator), report(operator)
    post(operator, f"/api/incidents/{first['id']}/merge", {"into": second["id"]})

    assert codes(again(operator, third)) == [second["id"]]


def test_one_that_has_ended_is_told_last_and_as_ended(operator: Client, town: dict) -> None:
    ended, open_, mine = report(operator), report(operator, lon=FIRE["lon"] + 90 * METRE), report(operator)
    post(operator, f"/api/incidents/{ended['id']}/verify")
    post(operator, f"/api/incidents/{ended['id']}/close", {"outcome": "01"})

    assert [(one["id"], one["ended"]) for one in again(operator, mine)] == [(open_["id"], False), (ended["id"], True)]


@pytest.mark.parametrize("role", ["agency", "field", "officer", "kiosk", "leader", "admin"])
def test_only_who_sees_cases_is_told(people: dict[str, User], operator: Client, town: dict, role: str) -> None:
    case = report(operator)
    client = Client()
    client.force_login(people[role])

    assert client.get(f"/api/incidents/{case['id']}/duplicates").status_code == 403


def test_kin_is_mutual_and_every_category_is_its_own() -> None:
    for category in CITY.categories.values():
        assert category.code in duplicates.kin(category)
        assert all(category.code in duplicates.kin(CITY.categories[other]) for other in duplicates.kin(category))
    assert "crash" in duplicates.kin(CITY.categories["vehicle_fire"])
