"""Foreseen against real: fitted speeds make the errors of trips that they have not seen smaller, few trips change little, and wild ones nothing."""

from datetime import timedelta
from io import StringIO
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from geo.models import User
from incidents.dispatch import calibrating
from incidents.dispatch.calibrating import WALK, Trip
from incidents.models import Assignment, Incident, Position, Responder
from layers.models import SpeedFit
from layers.ways import pacing, travel
from layers.ways.pacing import BANDS
from tests.conftest import city_wkt
from tests.incidents.conftest import post, verified

RUSH, DAY = BANDS[1], BANDS[2]
# What the roads of this town really are, by class and hours: alleys slow, the trunk quick, everything slower in the rush.
TRUE = {("street:trunk", DAY): 1.2, ("street:trunk", RUSH): 0.7, ("street:alley", DAY): 0.6, ("street:alley", RUSH): 0.5, ("street:primary", DAY): 1.0, ("street:primary", RUSH): 0.8}  # fmt: skip


def driven(n: int, seed: int, *, noise: float = 0.1, mode: str = "car") -> list[Trip]:
    """Trips over three classes, as the true factors make them, with noise, and one in twenty stood at a level crossing."""
    random, found = np.random.default_rng(seed), []
    for _ in range(n):
        hours = RUSH if random.random() < 0.4 else DAY
        parts = dict(zip(("street:trunk", "street:primary", "street:alley"), random.dirichlet([1.0, 1.0, 0.7]) * random.uniform(120, 900), strict=True))
        walk_s = float(random.uniform(0, 30))
        actual = walk_s + sum(seconds / TRUE[code, hours] for code, seconds in parts.items())
        actual *= float(np.exp(random.normal(0, noise))) * (3.0 if random.random() < 0.05 else 1.0)
        found.append(Trip(mode, hours, {**parts, WALK: walk_s}, walk_s + sum(parts.values()), actual))
    return found


def typical_error(found: list[Trip], factors: list[pacing.Factor]) -> float:
    return float(np.median([abs(trip.actual_s - calibrating.predicted_s(trip, factors)) for trip in found]))


def test_errors_of_trips_held_back_shrink_and_the_true_factors_are_found() -> None:
    factors = calibrating.fit(driven(600, 1))
    held_back = driven(300, 2)

    assert typical_error(held_back, factors) < 0.45 * typical_error(held_back, [])
    for one in factors:
        if (one.road_class, (one.from_hour, one.until_hour)) in TRUE:
            assert one.factor == pytest.approx(TRUE[one.road_class, (one.from_hour, one.until_hour)], abs=0.1), one
    judged = calibrating.judged(driven(600, 3))
    assert judged["fitted"]["p90_s"] < judged["assumed"]["p90_s"] and abs(judged["fitted"]["median_s"]) < abs(judged["assumed"]["median_s"])


def test_few_trips_are_drawn_towards_the_assumed_speed_and_fewer_say_nothing() -> None:
    def alley(n: int) -> list[Trip]:
        return [Trip("car", DAY, {"street:alley": 300.0}, 300.0, 600.0) for _ in range(n)]

    def factor(n: int) -> float | None:
        return next((one.factor for one in calibrating.fit(alley(n)) if (one.from_hour, one.until_hour) == DAY), None)

    assert factor(3) is None
    few, many = factor(6), factor(200)
    assert few is not None and many is not None
    assert 0.6 < few < 0.8 and many == pytest.approx(0.5, abs=0.02)


def test_no_factor_leaves_what_a_road_can_be_and_a_few_wild_trips_move_nothing() -> None:
    crawling = [Trip("car", DAY, {"street:alley": 300.0}, 300.0, 6_000.0) for _ in range(200)]
    assert all(pacing.SLOWEST <= one.factor < 0.33 for one in calibrating.fit(crawling))

    plain = [Trip("car", DAY, {"street:alley": 300.0}, 300.0, 300.0) for _ in range(100)]
    wild = [Trip("car", DAY, {"street:alley": 300.0}, 300.0, 7_000.0) for _ in range(20)]
    assert all(one.factor == pytest.approx(1, abs=0.02) for one in calibrating.fit([*plain, *wild]))


def test_modes_are_fitted_apart_and_hours_without_trips_take_what_all_hours_say() -> None:
    factors = calibrating.fit([*driven(200, 4), *[Trip("boat", DAY, {"canal:main": 400.0}, 400.0, 400.0) for _ in range(50)]])

    assert {one.factor for one in factors if one.mode == "boat"} == {1.0}
    night = {one.road_class: one.factor for one in factors if one.mode == "car" and (one.from_hour, one.until_hour) == BANDS[0]}
    assert night["street:alley"] == pytest.approx(0.56, abs=0.1)


def test_errors_are_told_by_mode_class_and_hours() -> None:
    found = [Trip("car", DAY, {"street:alley": 100.0}, 100.0, 160.0, 60, 90), Trip("boat", RUSH, {"canal:main": 100.0}, 100.0, 80.0)]
    told = calibrating.report(found, left_out=2)

    assert told["travel"] == {"n": 2, "median_s": 20.0, "p90_s": 56.0, "foreseen_s": 100.0, "actual_s": 120.0} and told["left_out"] == 2
    assert told["turnout"] == {"n": 1, "median_s": 30.0, "p90_s": 30.0}
    assert told["by"]["mode"]["car"] == {"n": 1, "median_s": 60.0, "p90_s": 60.0, "foreseen_s": 100.0, "actual_s": 160.0}
    assert {code: list(hours) for code, hours in told["class_hours"].items()} == {"canal:main": ["06–09"], "street:alley": ["09–16"]}
    assert told["class_hours"]["street:alley"]["09–16"]["actual_s"] == 160.0
    assert set(told["by"]["road_class"]) == {"street:alley", "canal:main"} and set(told["by"]["hours"]) == {"06–09", "09–16"}
    assert calibrating.report([])["travel"] == {"n": 0, "median_s": None, "p90_s": None, "foreseen_s": None, "actual_s": None}


@pytest.fixture
def trip(operator: Client, units: dict[str, Responder]) -> Assignment:
    """CA-02 drives 110 m down the street to a fire: sent and under way."""
    case = verified(operator)
    sent = post(operator, f"/api/incidents/{case['id']}/dispatch", {"responders": [units["far"].pk]}).json()
    post(operator, f"/api/assignments/{sent['assignments'][0]['id']}/enroute")
    return Assignment.objects.get()


def read() -> tuple[list[Trip], int]:
    at = timezone.now()
    return calibrating.trips(since=at - timedelta(days=1), until=at + timedelta(days=1))


@pytest.mark.django_db
def test_what_was_foreseen_is_kept_by_class_and_is_the_whole_way(trip: Assignment) -> None:
    assert trip.class_s["street:primary"] > 0
    assert sum(trip.class_s.values()) == pytest.approx(trip.eta_s, abs=0.1)
    assert trip.turnout_s and trip.worst_s and trip.worst_s > trip.eta_s


@pytest.mark.django_db
def test_a_unit_was_there_at_its_first_fix_near_the_scene_or_at_its_own_word(trip: Assignment) -> None:
    assert read() == ([], 0), "under way is no trip yet"
    scene = Incident.objects.get().geom

    def fix(after_s: float, east_m: float) -> None:
        at = trip.enroute_at + timedelta(seconds=after_s)
        Position.objects.create(responder_id=trip.responder_id, at=at, received_at=at, source="osmand", geom=city_wkt("POINT", (east_m, 0)))

    Assignment.objects.update(on_scene_at=trip.enroute_at + timedelta(seconds=300))
    fix(30, 0)
    assert read()[0][0].actual_s == 300, "a fix far from the scene is not there"
    fix(100, scene.x - city_wkt("POINT", (0, 0)).x)
    assert read()[0][0].actual_s == 100, "the button was pressed late"
    case = Incident.objects.get()
    case.pk, case.code, case.request_key, case.exercise = None, "DRILL23", None, True
    case.save()
    Assignment.objects.update(incident=case)
    assert read() == ([], 0), "an exercise is no trip"


@pytest.mark.django_db
def test_times_that_cannot_be_true_are_left_out_and_counted(trip: Assignment) -> None:
    Assignment.objects.update(on_scene_at=trip.enroute_at + timedelta(seconds=1))

    assert read() == ([], 1)


@pytest.mark.django_db
def test_the_whole_round_from_trips_to_approved_speeds_and_back(people: dict[str, User], trip: Assignment, units: dict[str, Responder]) -> None:
    """A street that is driven at half its speed: proposed, nothing changes; approved, the next look says twice the time; and the new trips are no longer late."""
    Assignment.objects.update(on_scene_at=trip.enroute_at + timedelta(seconds=2 * trip.eta_s + 20))
    for _ in range(120):
        Assignment.objects.filter(pk=trip.pk).update(ended_at=timezone.now())
        copy = Assignment.objects.get(pk=trip.pk)
        copy.pk = None
        copy.save()
    said = StringIO()
    call_command("calibrate", propose=True, stdout=said)
    fit = SpeedFit.objects.get()
    assert '"n": 121' in said.getvalue() and not fit.in_force and fit.trips == 121

    place, scene, at = city_wkt("POINT", (0, 0)), Incident.objects.get().geom, trip.enroute_at

    def seconds() -> float:
        way = travel.network(at).graph("car").tree_to(scene.x, scene.y).way((place.x, place.y))
        assert way is not None
        return way.travel_s

    before = seconds()
    with pytest.raises(CommandError, match="speeds_need_reason"):
        call_command("calibrate", approve=fit.pk, stdout=StringIO())
    call_command("calibrate", approve=fit.pk, because="121 lượt", stdout=StringIO())
    assert seconds() > 1.7 * before
    call_command("calibrate", withdraw=True, because="sai đồng hồ", stdout=StringIO())
    assert seconds() == pytest.approx(before)


@pytest.mark.django_db
def test_the_report_is_for_who_may_see_figures_and_wants_a_period(people: dict[str, User], trip: Assignment) -> None:
    def asked(role: str, **period: Any) -> Any:
        client = Client()
        client.force_login(people[role])
        return client.get("/api/calibration", period)

    year = {"from": "2026-01-01T00:00:00Z", "to": "2026-12-31T00:00:00Z"}
    assert asked("leader", **year).json()["travel"]["n"] == 0
    assert asked("field", **year).status_code == 403
    assert asked("leader", **{**year, "to": "2020-01-01T00:00:00Z"}).status_code == 400
    assert asked("leader").status_code == 400


@pytest.fixture
def slow_street(trip: Assignment) -> Assignment:
    """121 trips, each at half the speed that was assumed."""
    Assignment.objects.update(on_scene_at=trip.enroute_at + timedelta(seconds=2 * trip.eta_s + 20))
    for _ in range(120):
        Assignment.objects.filter(pk=trip.pk).update(ended_at=timezone.now())
        copy = Assignment.objects.get(pk=trip.pk)
        copy.pk = None
        copy.save()
    return trip


def at_desk(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.mark.django_db
def test_a_leader_fits_approves_and_withdraws_on_the_page_each_with_a_reason(people: dict[str, User], slow_street: Assignment) -> None:
    leader, at = at_desk(people["leader"]), timezone.now()
    period = {"from": (at - timedelta(days=1)).isoformat(), "to": (at + timedelta(days=1)).isoformat()}
    told = leader.get("/api/calibration", period).json()
    hours = told["class_hours"]["street:primary"]
    assert told["travel"]["n"] == 121 and told["may_approve"] and told["sets"] == [] and told["classes"]["street:primary"]["vi"] == "Trục chính"
    assert [one["n"] for one in hours.values()] == [121] and told["travel"]["actual_s"] > 1.9 * told["travel"]["foreseen_s"]

    def seconds() -> float:
        place, scene = city_wkt("POINT", (0, 0)), Incident.objects.get().geom
        way = travel.network(slow_street.enroute_at).graph("car").tree_to(scene.x, scene.y).way((place.x, place.y))
        assert way is not None
        return way.travel_s

    before = seconds()
    made = post(leader, "/api/calibration/sets", period)
    assert made.status_code == 201 and seconds() == before, "nothing counts before somebody approves"
    number = made.json()["id"]
    assert post(leader, f"/api/calibration/sets/{number}/approve", {"because": "  "}).json()["code"] == "speeds_need_reason"
    (standing,) = post(leader, f"/api/calibration/sets/{number}/approve", {"because": "121 lượt"}).json()["sets"]
    assert standing["in_force"] and standing["approved_by"] == (people["leader"].display_name or "leader") and standing["because"] == "121 lượt"
    assert standing["judged"]["fitted"]["p90_s"] < standing["judged"]["assumed"]["p90_s"] and seconds() > 1.7 * before
    assert post(leader, "/api/calibration/withdraw", {}).json()["code"] == "speeds_need_reason"
    (ended,) = post(leader, "/api/calibration/withdraw", {"because": "sai đồng hồ"}).json()["sets"]
    assert not ended["in_force"] and ended["ended_at"] and seconds() == pytest.approx(before)


@pytest.mark.django_db
def test_who_may_not_approve_sees_the_report_and_changes_nothing(people: dict[str, User], slow_street: Assignment) -> None:
    at = timezone.now()
    period = {"from": (at - timedelta(days=1)).isoformat(), "to": (at + timedelta(days=1)).isoformat()}
    fit = pacing.propose(factors=calibrating.fit(read()[0]), since=at, until=at, trips=121, report={}, by=None, at=at)
    assert at_desk(people["operator"]).get("/api/calibration", period).json()["may_approve"] is False
    for who, status in (("operator", 403), ("field", 403), ("agency", 403)):
        for path, body in (("sets", period), (f"sets/{fit.pk}/approve", {"because": "x"}), ("withdraw", {"because": "x"})):
            assert post(at_desk(people[who]), f"/api/calibration/{path}", body).status_code == status
    assert not SpeedFit.objects.filter(in_force=True).exists() and SpeedFit.objects.count() == 1
    leader = at_desk(people["leader"])
    for number in (0, 99, 2**70):
        assert post(leader, f"/api/calibration/sets/{number}/approve", {"because": "x"}).status_code == 404
    assert post(leader, "/api/calibration/sets", {"from": "2020-01-01T00:00:00Z", "to": "2020-02-01T00:00:00Z"}).json()["code"] == "no_trips"
    assert post(leader, "/api/calibration/sets", {"from": "2020-01-01T00:00:00", "to": "2020-02-01T00:00:00"}).status_code == 400
