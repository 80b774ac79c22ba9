"""Orders by role over HTTP: the card's recommendation, its override in writing, holds, and what two people, the late and the wrong ones get."""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from geo.acting import acting
from geo.city import BUILT_IN
from geo.models import User
from incidents.dispatch import dispatching, reserving, runcards
from incidents.dispatch.candidates import AHEAD_S
from incidents.dispatch.looking import Look
from incidents.dispatch.recommending import Recommendation
from incidents.models import Assignment, Entry, Reservation, Responder, RunCard
from incidents.units.unit_models import Shift
from layers.access import scope_of
from tests.conftest import build_town, city_wkt
from tests.incidents.conftest import build_units, equip, post, unit, verified

pytestmark = pytest.mark.django_db
CARDS = BUILT_IN.parent / "nga_bay_runcards.toml"


@pytest.fixture
def cards(db: None) -> list[RunCard]:
    return runcards.load(CARDS)


@pytest.fixture
def force(units: dict[str, Responder]) -> dict[str, Responder]:
    """The town's units, equipped: an engine that must be asked for, a fire boat that is sent, patrols, an ambulance far away."""
    now = timezone.now()
    for name, skills in {"near": ["patrol"], "far": ["patrol", "traffic"], "asked": ["fire"], "boat": ["fire", "rescue"], "field": ["first_aid"]}.items():
        Responder.objects.filter(pk=units[name].pk).update(skills=skills, position_accuracy_m=5)
    ambulance = unit("CU-01", "car", now, east_m=5, skills=["medical"])
    for one, kinds in ((units["asked"], ("pump", "hose")), (units["boat"], ("pump",)), (ambulance, ("stretcher", "oxygen"))):
        equip(one, *kinds)
    return {**units, "ambulance": ambulance}


def looked(client: Client, case: dict[str, Any]) -> dict[str, Any]:
    return client.get(f"/api/incidents/{case['id']}/candidates").json()


def send(client: Client, case: dict[str, Any], *chosen: tuple[Responder, str], **more: Any) -> dict[str, Any]:
    body = {"units": [{"responder": one.pk, "role": role} for one, role in chosen], **more}
    return post(client, f"/api/incidents/{case['id']}/dispatch", body).json()


def held(client: Client, one: Responder, minutes: float = 30, **more: Any) -> Any:
    until = timezone.now() + timedelta(minutes=minutes)
    return post(client, "/api/reservations", {"responder": one.pk, "until": until.isoformat(), "because": "chờ triều lên", **more})


def test_the_card_recommends_a_set_by_role_and_says_what_is_short(operator: Client, force: dict[str, Responder], cards: list[RunCard]) -> None:
    found = looked(operator, verified(operator))

    assert found["card"]["slug"] == "fire_building"
    assert {pick["code"]: pick["role"] for pick in found["recommended"]} == {
        "CC-01": "engine",
        "XU-01": "fire_boat",
        "CA-01": "cordon",
        "CA-02": "cordon",
        "CU-01": "ambulance",
    }
    (short,) = found["shortfalls"]
    assert (short["role"], short["missing"], short["helps"][-1]["code"]) == ("engine", 1, "ask")
    by_code = {one["responder"]["code"]: one for one in found["candidates"]}
    assert by_code["CC-01"]["recommended"] == "engine" and by_code["DQ-01"]["recommended"] is None
    (engine,) = [role for role in by_code["DQ-01"]["roles"] if role["code"] == "engine"]
    assert not engine["fits"] and engine["missing"][0] == {"vi": "chữa cháy", "en": "firefighting"}


def test_the_worst_is_said_beside_the_expected_and_grows_with_age_and_doubt(operator: Client, force: dict[str, Responder]) -> None:
    case = verified(operator)
    before = {one["responder"]["code"]: one for one in looked(operator, case)["candidates"]}
    Responder.objects.filter(code="CA-01").update(position_at=timezone.now() - timedelta(seconds=100), position_accuracy_m=60)
    after = {one["responder"]["code"]: one for one in looked(operator, case)["candidates"]}

    assert all(one["travel_s"] + one["turnout_s"] <= one["worst_s"] for one in before.values())
    assert after["CA-01"]["travel_s"] == before["CA-01"]["travel_s"]
    assert after["CA-01"]["worst_s"] > before["CA-01"]["worst_s"] + 40


def test_the_recommended_set_is_sent_in_one_order_and_each_keeps_its_role(operator: Client, force: dict[str, Responder], cards: list[RunCard]) -> None:
    case = verified(operator)
    picks = looked(operator, case)["recommended"]
    sent = post(operator, f"/api/incidents/{case['id']}/dispatch", {"units": [{"responder": pick["responder"], "role": pick["role"]} for pick in picks]}).json()

    assert {row["responder"]["code"]: row["role"] for row in sent["assignments"]} == {pick["code"]: pick["role"] for pick in picks}
    assert all(row["because"] == "" for row in sent["assignments"])
    kept = Entry.objects.get(incident_id=case["id"], kind="dispatch").data
    assert [one["unit"] for one in kept["recommended"]] == [pick["code"] for pick in picks]
    again = looked(operator, case)
    assert again["recommended"] == [] and {role["code"]: role["out"] for role in again["card"]["roles"]}["cordon"] == 2


def test_a_unit_lost_from_sight_is_never_the_set_also_where_it_would_be_nearest(operator: Client, force: dict[str, Responder], cards: list[RunCard]) -> None:
    case = verified(operator)
    unit("CC-09", "car", timezone.now() - timedelta(hours=2), east_m=0, skills=["fire"])
    equip(Responder.objects.get(code="CC-09"), "pump", "hose")
    picks = looked(operator, case)["recommended"]
    asked_for = operator.get(f"/api/incidents/{case['id']}/candidates?stale=true").json()

    assert [(pick["code"], pick["role"]) for pick in asked_for["recommended"]] == [(pick["code"], pick["role"]) for pick in picks]
    (old,) = [one for one in asked_for["candidates"] if one["responder"]["code"] == "CC-09"]
    assert [one["code"] for one in old["doubts"]] == ["lost"]
    # What is recommended is sent without a word, whoever is lost nearer by.
    sent = send(operator, case, *[(Responder.objects.get(pk=pick["responder"]), pick["role"]) for pick in picks])
    assert {row["responder"]["code"] for row in sent.get("assignments", [])} == {pick["code"] for pick in picks}, sent


def test_another_than_the_recommended_needs_a_reason_and_both_are_kept(operator: Client, force: dict[str, Responder], cards: list[RunCard]) -> None:
    case = verified(operator)
    refused = send(operator, case, (force["field"], "cordon"))

    assert (refused["code"], [one["code"] for one in refused.get("reasons", [])]) == ("reason_needed", ["unfit", "not_recommended"])
    assert "thiếu cho vai trò Giữ hiện trường" in refused["detail"] and not Assignment.objects.exists()
    done = send(operator, case, (force["field"], "cordon"), (force["asked"], "engine"), because="người nhà ở ngay đầu hẻm")
    assert {row["responder"]["code"]: row["because"] for row in done["assignments"]} == {"DQ-01": "người nhà ở ngay đầu hẻm", "CC-01": ""}
    (short,) = looked(operator, case)["shortfalls"]
    assert not [help_ for help_ in short["helps"] if case["code"] in help_["vi"]], "who is on this very case is no help to it"
    kept = Entry.objects.get(incident_id=case["id"], kind="dispatch").data
    assert kept["because"] and len(kept["reasons"]) == 2 and "CC-01" in [one["unit"] for one in kept["recommended"]]


def test_by_ids_alone_each_takes_the_role_that_was_recommended(operator: Client, force: dict[str, Responder], cards: list[RunCard]) -> None:
    done = post(operator, f"/api/incidents/{verified(operator)['id']}/dispatch", {"responders": [force["asked"].pk]}).json()

    assert done["assignments"][0]["role"] == "engine"


def test_a_role_that_the_card_has_not_is_refused(operator: Client, force: dict[str, Responder], cards: list[RunCard]) -> None:
    refused = send(operator, verified(operator), (force["near"], "wizard"))

    assert refused["code"] == "no_role" and "cordon" in refused["detail_en"]


def test_a_unit_that_went_off_its_shift_between_the_look_and_the_order_needs_a_reason(operator: Client, force: dict[str, Responder]) -> None:
    case = verified(operator)
    assert looked(operator, case)["candidates"]
    Responder.objects.filter(pk=force["near"].pk).update(duty="off_duty")

    assert send(operator, case, (force["near"], ""))["code"] == "unit_off"
    done = send(operator, case, (force["near"], ""), because="đã gọi, đồng ý quay lại")
    assert done["assignments"][0]["because"] == "đã gọi, đồng ý quay lại"
    Responder.objects.filter(pk=force["far"].pk).update(duty="out_of_service")
    assert send(operator, case, (force["far"], ""), because="xe hỏng vẫn đi")["code"] == "unit_off"


@pytest.mark.parametrize(
    ("shift", "code"),
    [({"rested_h": 13, "left_h": 5}, "tired"), ({"rested_h": 2, "left_h": 0.25}, "shift_ends"), ({"rested_h": 2, "left_h": 5}, None)],
)
def test_the_roster_says_who_is_tired_or_about_to_go_home(
    operator: Client, force: dict[str, Responder], cards: list[RunCard], shift: dict[str, float], code: str | None
) -> None:
    now = timezone.now()
    since = now - timedelta(hours=shift["rested_h"])
    Shift.objects.create(responder=force["asked"], on_at=since, ends_at=now + timedelta(hours=shift["left_h"]), rested_since=since)
    case = verified(operator)
    found = looked(operator, case)
    (engine,) = [one for one in found["candidates"] if one["responder"]["code"] == "CC-01"]

    assert [doubt["code"] for doubt in engine["doubts"]] == ([code] if code else [])
    assert ("CC-01" in [pick["code"] for pick in found["recommended"]]) == (code is None)
    sent = send(operator, case, (force["asked"], "engine"))
    assert sent.get("code") == "reason_needed" if code else sent["assignments"][0]["because"] == ""


def test_a_position_from_the_future_is_in_doubt_by_as_much_and_a_wrong_clock_is_passed_over(operator: Client, force: dict[str, Responder]) -> None:
    case = verified(operator)
    Responder.objects.filter(code="CA-01").update(position_at=timezone.now() + timedelta(seconds=AHEAD_S - 10))
    Responder.objects.filter(code="CA-02").update(position_at=timezone.now() + timedelta(hours=3))
    found = looked(operator, case)
    (fast,) = [one for one in found["candidates"] if one["responder"]["code"] == "CA-01"]
    why = {one["responder"]["code"]: one["why"]["code"] for one in found["passed_over"]}

    assert fast["responder"]["position_age_s"] > 60
    assert why.get("CA-02") == "future"


def test_a_held_unit_is_shown_and_another_case_takes_it_only_with_a_reason(operator: Client, force: dict[str, Responder], cards: list[RunCard]) -> None:
    mine, other = verified(operator), verified(operator)
    assert held(operator, force["asked"], incident=mine["id"]).status_code == 201
    (row,) = operator.get("/api/reservations").json()["items"]
    assert (row["responder"]["code"], row["incident"]["code"]) == ("CC-01", mine["code"])

    found = looked(operator, other)
    assert "CC-01" not in [pick["code"] for pick in found["recommended"]]
    assert [one["held"]["incident"]["code"] for one in found["candidates"] if one["responder"]["code"] == "CC-01"] == [mine["code"]]
    refused = send(operator, other, (force["asked"], "engine"))
    assert refused["code"] == "reason_needed" and refused["reasons"][0]["code"] == "held" and mine["code"] in refused["detail"]

    assert send(operator, mine, (force["asked"], "engine"))["assignments"][0]["because"] == "", "the case that it is held for takes it"
    assert Reservation.objects.get().ended_how == "dispatched"


def test_a_hold_is_taken_with_a_reason_released_by_hand_and_ends_with_its_case(operator: Client, force: dict[str, Responder]) -> None:
    mine, other = verified(operator), verified(operator)
    held(operator, force["near"], area="Chợ nổi")
    send(operator, other, (force["near"], ""), because="gần nhất, cháy lan")
    second = held(operator, force["far"], incident=mine["id"]).json()
    assert operator.delete(f"/api/reservations/{second['id']}").status_code == 200
    assert operator.delete(f"/api/reservations/{second['id']}").status_code == 404
    held(operator, force["boat"], incident=mine["id"])
    post(operator, f"/api/incidents/{mine['id']}/close", {"outcome": "17"})

    assert list(Reservation.objects.order_by("id").values_list("ended_how", flat=True)) == ["taken", "released", "closed"]


def test_a_unit_is_held_once_and_not_while_it_is_out(operator: Client, second: Client, force: dict[str, Responder]) -> None:
    case = verified(operator)
    held(operator, force["near"], incident=case["id"])
    again = held(second, force["near"], area="bến phà")
    assert (again.status_code, again.json().get("held_for")) == (409, case["code"])

    send(operator, case, (force["far"], ""))
    assert held(second, force["far"], area="bến phà").json()["code"] == "unit_out"


@pytest.mark.parametrize(
    "body",
    [{"area": ""}, {"area": "chợ", "minutes": -1}, {"area": "chợ", "minutes": 5_000}, {"area": "chợ", "because": " "}],
)
def test_a_hold_without_what_why_or_a_near_end_is_refused(operator: Client, force: dict[str, Responder], body: dict[str, Any]) -> None:
    answer = held(operator, force["near"], **body)

    assert (answer.status_code, answer.json()["code"]) == (422, "bad_hold")


def test_who_may_not_dispatch_neither_holds_nor_frees(people: dict[str, User], operator: Client, force: dict[str, Responder]) -> None:
    standing = held(operator, force["near"], area="chợ").json()
    for role in ("officer", "leader", "field", "agency", "kiosk", "admin"):
        client = Client()
        client.force_login(people[role])
        assert held(client, force["far"], area="chợ").status_code == 403
        assert client.delete(f"/api/reservations/{standing['id']}").status_code == 403
        assert client.get("/api/runcards").status_code == 403


def test_a_hold_that_ends_at_the_very_moment_of_the_order_has_ended(people: dict[str, User], operator: Client, force: dict[str, Responder]) -> None:
    case, until = verified(operator), timezone.now() + timedelta(minutes=10)
    held(operator, force["near"], minutes=10, area="chợ")
    Reservation.objects.update(until=until)

    def order(at: datetime) -> Any:
        scope = scope_of(people["operator"])
        card = runcards.card_for("house_fire", 5)
        look = Look(at, (), (), {}, frozenset(), Recommendation(card, {}, (), ()))
        return dispatching.dispatch(incident_id=case["id"], sends=[dispatching.Send(force["near"].pk)], look=look, scope=scope, by=people["operator"], at=at)

    with pytest.raises(dispatching.REASON_NEEDED):
        order(until - timedelta(microseconds=1))
    order(until)
    assert Assignment.objects.get().because == ""
    with acting(by=None, because="the clock"):
        assert reserving.expire(at=until) == 1
    assert (Reservation.objects.get().ended_how, Reservation.objects.get().ended_at) == ("expired", until)


@pytest.mark.django_db(transaction=True)
def test_two_operators_sending_overlapping_sets_at_once_one_whole_set_goes(people: dict[str, User]) -> None:
    with acting(by=None, because="a small town"):
        build_town()
        units = build_units(people)
    windows = [Client(), Client()]
    for window in windows:
        window.force_login(people["operator"])
    cases = [verified(window) for window in windows]
    sets = [("near", "far", "boat"), ("boat", "asked", "far")]
    begin, answers = threading.Barrier(2), [None, None]

    def go(index: int) -> None:
        begin.wait(10)
        body = {"units": [{"responder": units[name].pk, "role": ""} for name in sets[index]]}
        answers[index] = post(windows[index], f"/api/incidents/{cases[index]['id']}/dispatch", body)
        connection.close()

    threads = [threading.Thread(target=go, args=(index,)) for index in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    winner = 0 if answers[0].status_code == 200 else 1
    assert Assignment.objects.count() == 3, "all of one set, nothing of the other"
    assert set(Assignment.objects.values_list("incident_id", flat=True)) == {cases[winner]["id"]}


def test_a_hold_for_a_restricted_case_does_not_say_for_what(people: dict[str, User], operator: Client, force: dict[str, Responder]) -> None:
    standing = held(operator, force["near"], incident=verified(operator)["id"]).json()
    Reservation.objects.get(pk=standing["id"]).incident.__class__.objects.update(restricted=True)
    (row,) = operator.get("/api/reservations").json()["items"]

    assert (row["incident"], row["because"]) == (None, "")


def test_far_from_every_network_is_not_a_candidate(operator: Client, force: dict[str, Responder], cards: list[RunCard]) -> None:
    Responder.objects.filter(code="CC-01").update(geom=city_wkt("POINT", (9_000, 9_000)))
    found = looked(operator, verified(operator))

    assert "CC-01" not in [pick["code"] for pick in found["recommended"]]
    assert {short["role"] for short in found["shortfalls"]} == {"engine"}
