"""The recommended set: soonest by role, nobody twice, those who are sent before those who are asked when it is close; and what is short, in words."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations, permutations
from typing import Any

import numpy as np
import pytest

from geo.city import CITY
from incidents.dispatch import candidates, recommending
from incidents.dispatch.candidates import Candidate, PassedOver, Unit
from incidents.dispatch.recommending import Recommendation
from incidents.dispatch.runcards import Card, Role
from incidents.models import Incident, Reservation

AT = datetime(2026, 3, 4, 2, 30, tzinfo=UTC)
ENGINE = Role("engine", "Xe chữa cháy", "Fire engine", 2, skills_all=("fire",), modes=("truck",), within_min=10, ask_vi="114", ask_en="114")
BOAT = Role("boat", "Xuồng", "Boat", 1, modes=("boat",), within_min=15)
ANY = Role("hand", "Người", "Hand", 1, within_min=30)


def unit(number: int, *, mode: str = "truck", skills: tuple[str, ...] = ("fire",), authority: str = "directed", **more: Any) -> Unit:
    return Unit(number, f"U-{number:02d}", f"U {number}", "fire", "A", authority, mode, 1.0, skills, "available", None, AT, (0.0, 0.0), 5.0, **more)


def coming(one: Unit, minutes: float, *, worst_min: float | None = None) -> Candidate:
    return Candidate(one, minutes * 60, minutes * 500, 0.0, (worst_min or minutes) * 60)


def recommend(*found: Candidate, roles: tuple[Role, ...] = (ENGINE,), passed: tuple[PassedOver, ...] = (), **more: Any) -> Recommendation:
    given: dict[str, Any] = {"filled": {}, "holds": {}, "incident_id": 1, "at": AT, **more}
    return recommending.recommend(card=Card("c", 1, "c", "c", roles), found=found, passed=passed, **given)


def chosen(found: Recommendation) -> list[tuple[str, str]]:
    return [(pick.candidate.unit.code, pick.role.code) for pick in found.picks]


def test_each_role_gets_its_units_and_no_unit_goes_twice() -> None:
    both = unit(1, mode="boat")
    found = recommend(coming(both, 2), coming(unit(2), 5), coming(unit(3), 4), roles=(ENGINE, BOAT, ANY))

    # The boat is the soonest hand as well; but then the role of the boat would be empty.
    assert chosen(found) == [("U-03", "engine"), ("U-02", "engine"), ("U-01", "boat")]
    assert [short.role.code for short in found.shortfalls] == ["hand"]


def test_the_set_is_the_best_of_all_sets_by_brute_force() -> None:
    random = np.random.default_rng(11)
    roles = (ENGINE, BOAT, replace(ANY, optional=True))
    slots = [ENGINE, ENGINE, BOAT, roles[2]]
    for _ in range(60):
        found = [
            coming(
                unit(n, mode=str(random.choice(["truck", "boat", "car"])), authority=str(random.choice(["directed", "requested"]))),
                float(random.uniform(1, 25)),
            )
            for n in range(6)
        ]
        assert _price(recommend(*found, roles=roles), slots) == pytest.approx(_best(found, slots))


def _cost(one: Candidate, role: Role) -> float:
    late = one.arrival_s > role.within_min * 60
    if role.lacks(one.unit) or (late and role.optional):
        return recommending.NEVER_S
    return one.arrival_s + (one.unit.authority == "requested") * CITY.dispatching.directed_first_s + late * recommending.LATE_S


def _nobody(slots: list[Role], index: int) -> float:
    return recommending.nobody_s(slots[index], len(slots) - index)


def _price(found: Recommendation, slots: list[Role]) -> float:
    # Of a role's several slots it is the last that stays empty.
    left, total = list(range(len(slots))), 0.0
    for pick in found.picks:
        left.remove(next(index for index in left if slots[index] == pick.role))
        total += _cost(pick.candidate, pick.role)
    return total + sum(_nobody(slots, index) for index in left)


def _best(found: list[Candidate], slots: list[Role]) -> float:
    best = np.inf
    for size in range(len(slots) + 1):
        for filled in combinations(range(len(slots)), size):
            empty = sum(_nobody(slots, index) for index in range(len(slots)) if index not in filled)
            for group in permutations(found, size):
                best = min(best, empty + sum(_cost(one, slots[index]) for one, index in zip(group, filled, strict=True)))
    return best


def test_who_is_sent_goes_before_who_must_be_asked_when_it_is_close_and_not_when_it_is_far() -> None:
    one = replace(ENGINE, count=1)
    asked = coming(unit(1, authority="requested"), 5)

    assert chosen(recommend(asked, coming(unit(2), 5.9), roles=(one,))) == [("U-02", "engine")]
    assert chosen(recommend(asked, coming(unit(2), 6.1), roles=(one,))) == [("U-01", "engine")]


def test_what_is_out_already_is_not_asked_for_again() -> None:
    assert len(recommend(coming(unit(1), 3), coming(unit(2), 4), filled={"engine": 1}).picks) == 1
    assert recommend(coming(unit(1), 3), filled={"engine": 2}).picks == ()


def test_the_tired_the_leaving_and_the_held_are_not_recommended_but_are_the_reserve() -> None:
    tired = unit(1, on_since=AT - timedelta(hours=CITY.dispatching.longest_duty_h))
    leaving = unit(2, shift_ends_at=AT + timedelta(minutes=CITY.dispatching.least_shift_min) - timedelta(seconds=1))
    held = unit(3)
    hold = Reservation(responder_id=3, incident=Incident(pk=9, code="OTHER9"), incident_id=9)
    found = recommend(*(coming(one, 3) for one in (tired, leaving, held)), holds={3: hold})

    assert found.picks == ()
    assert [help_.code for help_ in found.shortfalls[0].helps] == ["tired", "shift_ends", "held", "ask"]
    assert "OTHER9" in found.shortfalls[0].helps[2].vi
    # Held for this very case, rested, or with enough of the shift left: recommended.
    assert chosen(recommend(coming(held, 3), holds={3: hold}, incident_id=9)) == [("U-03", "engine")]
    fine = (tired._replace(on_since=AT - timedelta(hours=11)), leaving._replace(shift_ends_at=AT + timedelta(hours=2)))
    assert len(recommend(*(coming(one, 3) for one in fine)).picks) == 2


def test_a_shortfall_says_how_many_within_what_and_what_would_help() -> None:
    passed = (
        PassedOver(unit(5), "busy", {"case": "ABC2345"}),
        PassedOver(unit(6), "off_duty", {}),
        PassedOver(unit(7, mode="boat"), "busy", {"case": "X"}),
    )
    (short,) = recommend(coming(unit(1), 12), passed=passed).shortfalls

    assert (short.missing, short.vi) == (2, "Xe chữa cháy: thiếu 2, không có lực lượng rảnh đến trong 10 phút")
    assert "2 short, none free within 10 min" in short.en
    assert [(help_.code, help_.vi) for help_ in short.helps] == [
        ("late", "U-01 đến sau 12 phút"),
        ("busy", "U-05 rảnh sau vụ ABC2345"),
        ("off_duty", "gọi U-06 ngoài ca"),
        ("ask", "Đề nghị 114"),
    ]


def test_an_optional_role_is_missed_by_nobody_and_not_worth_a_late_unit() -> None:
    optional = replace(BOAT, optional=True)
    found = recommend(coming(unit(1, mode="boat"), 16), roles=(optional,))

    assert found.picks == () and found.shortfalls == ()


def test_in_time_is_told_from_certainly_in_time() -> None:
    (sure, unsure) = recommend(coming(unit(1), 8), coming(unit(2), 9, worst_min=14)).picks

    assert (sure.on_time, sure.certain) == (True, True)
    assert (unsure.on_time, unsure.certain) == (True, False)


@pytest.mark.parametrize(
    ("age_s", "accuracy_m", "farthest_s", "expected_s"),
    [(0, 0, 900, 300), (60, 0, 900, 360), (60, 12, 900, 370), (5_000, 0, 900, 900), (5_000, 0, 200, 300), (0, None, 900, 300 + 50 / 1.2)],
)
def test_the_worst_is_the_way_back_from_wherever_it_may_have_gone(age_s: float, accuracy_m: float | None, farthest_s: float, expected_s: float) -> None:
    assert candidates.worst_s(300, age_s=age_s, accuracy_m=accuracy_m, farthest_s=farthest_s) == pytest.approx(expected_s)


def test_what_a_unit_lacks_is_said_in_words() -> None:
    words: Mapping[str, tuple[Any, ...]] = {
        "mode": ENGINE.lacks(unit(1, mode="boat")),
        "skill": ENGINE.lacks(unit(1, skills=())),
        "any": replace(ANY, skills_any=("medical", "first_aid")).lacks(unit(1)),
        "equipment": replace(ANY, equipment_all=("pump",)).lacks(unit(1)),
        "fits": replace(ANY, equipment_all=("pump",)).lacks(unit(1, equipment=("pump",))),
    }

    assert words["mode"] == (("xe tải, xe chữa cháy", "truck"),)
    assert words["skill"] == (("chữa cháy", "firefighting"),)
    assert words["any"] == (("cấp cứu y tế hoặc sơ cứu", "medical care or first aid"),)
    assert len(words["equipment"]) == 1 and words["fits"] == ()


def test_where_the_thing_is_missing_the_shortfall_says_which_and_who_would_be_there_without_it() -> None:
    ambulance = Role("ambulance", "Xe cứu thương", "Ambulance", count=2, skills_all=("medical",), equipment_all=("stretcher",), within_min=15)
    bare, kitted = (unit(number, mode="car", skills=("medical",), equipment=kit) for number, kit in ((1, ()), (2, ("stretcher",))))

    (none,) = recommend(coming(bare, 3), roles=(ambulance,)).shortfalls
    assert (none.vi, none.en) == ("Xe cứu thương: thiếu 2, không có cáng trong 15 phút", "Ambulance: 2 short, no stretcher within 15 min")
    assert none.helps[0].vi == "U-01 đến kịp nhưng thiếu cáng" and none.helps[0].en == "U-01 is there in time without stretcher"
    (one,) = recommend(coming(bare, 3), coming(kitted, 4), roles=(ambulance,)).shortfalls
    assert (one.missing, one.vi.split(", ")[1]) == (1, "chỉ có 1/2 cáng trong 15 phút")
    # Too late with it is as good as without it; nobody at all is not a matter of stretchers.
    (late,) = recommend(coming(kitted, 16), roles=(ambulance,)).shortfalls
    assert "không có lực lượng rảnh" in late.vi and late.helps[0].code == "late"


def test_a_unit_out_in_an_exercise_is_recommended_like_a_free_one() -> None:
    away = unit(1)._replace(availability="busy", incident_code="DT00001", in_exercise=True)
    assert chosen(recommend(coming(away, 3), roles=(replace(ENGINE, count=1),))) == [("U-01", "engine")]
    (note,) = recommending.notes_of(away)
    assert "DT00001" in note.vi and not recommending.notes_of(away._replace(in_exercise=False))
    assert not recommending.notes_of(away._replace(availability="out_of_service"))
