"""Merging and splitting lose neither a reporter nor a clock, in whatever order and from however many windows."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client

from geo.models import User
from incidents.models import Alarm, Incident
from tests.incidents.conftest import FIRE, post, report, verified
from tests.incidents.test_speeds import refused, verb

pytestmark = pytest.mark.django_db


def get(client: Client, case: dict) -> dict:
    return client.get(f"/api/incidents/{case['id']}").json()


def test_a_merged_report_is_shown_with_its_reporter_its_sequence_and_its_clock(operator: Client, town: dict) -> None:
    first = report(operator, reporter_name="Bà Tư", reporter_phone="0901", channel="phone")
    second = report(operator, reporter_name="Ông Sáu", reporter_phone="0902", channel="zalo")
    verb(operator, first, "note", text="có khói đen")

    merged = verb(operator, first, "merge", into=second["id"])
    main = get(operator, second)

    assert (merged["status"], merged["merged_into"]["code"]) == ("duplicate", second["code"])
    assert [(one["reporter_name"], one["reporter_phone"], one["channel"]) for one in main["reports"]] == [
        ("Ông Sáu", "0902", "zalo"),
        ("Bà Tư", "0901", "phone"),
    ]
    assert [(entry["kind"], entry.get("case")) for entry in main["entries"]] == [
        ("report", first["code"]), ("report", None), ("note", first["code"]), ("merged", None), ("merge", first["code"]),
    ]  # fmt: skip
    assert main["clock_at"] == first["reported_at"], "the earliest report's clock counts"
    assert main["timers"]["acknowledge_by"] < second["timers"]["acknowledge_by"]
    assert {"eido": "REPLACING", "id": first["id"], "code": first["code"]} in main["related"]
    assert {"eido": "REPLACED", "id": second["id"], "code": second["code"]} in merged["related"]


def test_a_later_report_changes_no_clock(operator: Client, town: dict) -> None:
    first, second = report(operator), report(operator)
    verb(operator, second, "merge", into=first["id"])

    assert get(operator, first)["clock_at"] is None


def test_chains_are_flattened_and_go_back_together(operator: Client, town: dict) -> None:
    a, b, c = (report(operator) for _ in range(3))
    verb(operator, a, "merge", into=b["id"])
    verb(operator, b, "merge", into=c["id"])
    assert {one["id"] for one in get(operator, c)["reports"]} == {a["id"], b["id"], c["id"]}
    assert get(operator, c)["clock_at"] == a["reported_at"]
    assert set(Incident.objects.exclude(merged_into=None).values_list("merged_into", flat=True)) == {c["id"]}

    verb(operator, b, "split", reason="hai đám cháy")

    assert {one["id"] for one in get(operator, c)["reports"]} == {c["id"]}
    assert {one["id"] for one in get(operator, b)["reports"]} == {a["id"], b["id"]}
    assert get(operator, c)["clock_at"] is None
    assert get(operator, b)["clock_at"] == a["reported_at"]


def test_a_split_report_is_as_it_was(operator: Client, town: dict) -> None:
    main, other = report(operator), verified(operator)
    verb(operator, other, "merge", into=main["id"])
    assert refused(operator, other, "split") == "reason_needed"
    assert refused(operator, other, "reopen", reason="x") == "not_now", "what was merged is split off, not opened again"

    back = verb(operator, other, "split", reason="không phải một vụ")

    assert (back["status"], back["merged_into"], back["closed_at"], back["outcome"]) == ("verified", None, None, None)
    assert [entry["kind"] for entry in get(operator, main)["entries"]] == ["report", "merged", "split_off"]
    assert {"eido": "Split", "id": main["id"], "code": main["code"]} in back["related"]


@pytest.mark.parametrize("case", ["itself", "nothing", "merged", "ended", "exercise"])
def test_what_cannot_be_a_target_is_refused_in_words(operator: Client, town: dict, case: str) -> None:
    one, other, third = report(operator), verified(operator), report(operator)
    match case:
        case "merged":
            verb(operator, other, "merge", into=third["id"])
        case "ended":
            verb(operator, other, "close", outcome="01")
        case "exercise":
            other = {
                "id": Incident.objects.create(
                    category="crash", process="immediate", severity=3, channel="phone", reported_at=one["reported_at"], exercise=True
                ).pk
            }
    into = {"itself": one["id"], "nothing": None}.get(case, other["id"])

    answer = post(operator, f"/api/incidents/{one['id']}/merge", {"into": into}).json()

    assert answer["code"] == "bad_merge"
    assert case != "merged" or answer["into"] == third["id"]


def test_the_parts_of_a_merged_case_go_over_to_its_target(operator: Client, town: dict) -> None:
    whole, part, main = report(operator), report(operator), report(operator)
    verb(operator, part, "link", parent=whole["id"])
    verb(operator, whole, "merge", into=main["id"])

    assert get(operator, part)["parent"]["id"] == main["id"]
    assert get(operator, whole)["parent"] is None


def test_a_part_that_becomes_the_target_of_its_whole_stands_alone(operator: Client, town: dict) -> None:
    whole, part, other = report(operator), report(operator), report(operator)
    for one in (part, other):
        verb(operator, one, "link", parent=whole["id"])
    verb(operator, whole, "merge", into=part["id"])

    assert get(operator, part)["parent"] is None
    assert get(operator, other)["parent"]["id"] == part["id"]


def test_one_report_that_told_of_two_things_is_divided(operator: Client, town: dict) -> None:
    case = report(operator, reporter_name="Bà Tư", reporter_phone="0901", description="cháy và có người ngất")

    verb(operator, case, "divide", reason="thêm một người cần cấp cứu", category="medical", lon=FIRE["lon"], lat=FIRE["lat"] + 0.0003, text="người ngất")
    second = Incident.objects.exclude(pk=case["id"]).get()
    seen = get(operator, {"id": second.pk})

    assert (seen["category"], seen["description"], seen["status"]) == ("medical", "người ngất", "new")
    assert (seen["reporter_phone"], seen["reported_at"]) == ("0901", case["reported_at"])
    assert {"eido": "Split", "id": case["id"], "code": case["code"]} in seen["related"]
    assert refused(operator, case, "divide", reason="x", category="dragons") == "unknown_category"
    assert refused(operator, case, "divide", reason="x", lon=FIRE["lon"]) != ""
    assert refused(operator, case, "divide", reason="x", severity=9) == "bad_severity"
    assert refused(operator, case, "divide", reason="x", lon=FIRE["lon"], lat=FIRE["lat"], place_source="dream") == "unknown_place_source"
    assert Incident.objects.count() == 2


def test_the_second_case_is_where_it_was_said_to_be_and_otherwise_where_the_first_is(operator: Client, town: dict) -> None:
    """Prove that the name of the first place does not stand on another one, and how that one is known does."""
    case = report(operator, place_name="chợ Ngã Bảy", place_source="caller", accuracy_m=90)
    there = {"lon": FIRE["lon"], "lat": FIRE["lat"] + 0.0003, "place_name": "trước trường", "place_source": "map", "accuracy_m": 6}

    verb(operator, case, "divide", reason="hai việc", text="người ngất", **there)
    verb(operator, case, "divide", reason="hai việc", text="cửa kính vỡ")
    other, same = Incident.objects.exclude(pk=case["id"]).order_by("pk")

    assert (other.place_name, other.place_source, other.accuracy_m) == ("trước trường", "map", 6)
    assert (same.place_name, same.place_source, same.accuracy_m) == ("chợ Ngã Bảy", "caller", 90)


def test_what_is_divided_off_as_a_hot_matter_is_restricted_from_birth(operator: Client, people: dict[str, User], town: dict) -> None:
    case = report(operator)

    verb(operator, case, "divide", reason="còn có đám đông", category="protest", text="giăng băng rôn")
    hot = Incident.objects.exclude(pk=case["id"]).get()

    assert (hot.restricted, hot.sensitivity) == (True, "hot")
    assert [row.user for row in hot.people.all()] == [people["operator"]]
    assert Alarm.objects.filter(kind="case_restricted", incident=hot).exists()


@pytest.mark.django_db(transaction=True)
def test_two_people_who_merge_in_both_directions_at_once_leave_one_case(people: dict[str, User], two_cases: list[int]) -> None:
    """Prove that neither waits for the other in a circle: one merge stands, the other is refused with its reason."""
    codes = at_once([lambda c, a=a, b=b: post(c, f"/api/incidents/{a}/merge", {"into": b}).status_code for a, b in (two_cases, two_cases[::-1])], people)

    assert sorted(codes)[0] == 200 and sorted(codes)[1] in (409, 422), codes
    assert Incident.objects.exclude(merged_into=None).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_people_who_link_in_both_directions_at_once_make_no_circle(people: dict[str, User], two_cases: list[int]) -> None:
    codes = at_once([lambda c, a=a, b=b: post(c, f"/api/incidents/{a}/link", {"parent": b}).status_code for a, b in (two_cases, two_cases[::-1])], people)

    assert sorted(codes) == [200, 422], codes
    assert Incident.objects.exclude(parent=None).count() == 1


@pytest.fixture
def two_cases(people: dict[str, User]) -> list[int]:
    client = Client()
    client.force_login(people["operator"])
    return [report(client)["id"] for _ in range(2)]


def at_once(deeds: list[Callable[[Client], int]], people: dict[str, User]) -> list[int]:
    """Each deed by a window of its own, begun together."""
    gate, answers = threading.Barrier(len(deeds)), []

    def run(deed: Callable[[Client], int]) -> None:
        client = Client()
        client.force_login(people["operator"])
        gate.wait()
        try:
            answers.append(deed(client))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
