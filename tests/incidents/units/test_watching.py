"""Watching over units: the check every twenty minutes on fire and water, arrival by position, leaving one's area."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from geo.city import CITY
from geo.models import Agency
from incidents import clock
from incidents.models import Alarm, Assignment, CheckIn, DoubtedPosition, Entry, Responder
from incidents.units import tracking, watching
from incidents.units.screening import Fix
from layers.library.wards import AdminUnit
from tests.conftest import JUNCTION, city_wkt
from tests.incidents.conftest import post, verified

pytestmark = pytest.mark.django_db
EVERY = timedelta(minutes=20)


def sent(operator: Client, unit: Responder, *steps: str, **more: object) -> Assignment:
    case = verified(operator, **more)
    answer = post(operator, f"/api/incidents/{case['id']}/dispatch", {"responders": [unit.pk]}).json()
    for step in steps:
        assert post(operator, f"/api/assignments/{answer['assignments'][0]['id']}/{step}").status_code == 200
    return Assignment.objects.get(responder=unit, ended_at=None)


def kinds(client: Client) -> list[str]:
    return [one["kind"] for one in client.get("/api/alarms").json()["items"]]


def drive(unit: Responder, at: datetime, *east_m: float, every_s: float = 5) -> None:
    """So many metres from the scene, one after the other, the last at `at`."""
    scene_lon = JUNCTION[0] + 0.001
    for number, metres in enumerate(east_m):
        moment = at - timedelta(seconds=every_s * (len(east_m) - 1 - number))
        fix = Fix(moment, scene_lon + metres / 109_700, JUNCTION[1], 5)
        tracking.record(responder=unit, fixes=[fix], source="field", by=None, at=moment)


def test_who_does_not_say_for_twenty_minutes_that_it_is_well_is_an_alarm_until_it_does(operator: Client, field: Client, units: dict[str, Responder]) -> None:
    row = sent(operator, units["field"], "enroute", "on_scene")
    there = row.on_scene_at
    clock.tick(there + timedelta(minutes=19))
    in_time = kinds(operator)
    due = next(one for one in operator.get("/api/responders").json()["items"] if one["code"] == "DQ-01")["check_due_at"]
    clock.tick(there + timedelta(minutes=21))
    clock.tick(there + timedelta(minutes=22))
    late = kinds(operator)
    told = post(field, f"/api/responders/{units['field'].pk}/check").json()
    after = kinds(operator)

    assert CITY.categories["house_fire"].check_min == 20
    assert in_time == [] and due and datetime.fromisoformat(due) == there + EVERY
    assert late == ["check_overdue"] and after == []
    assert told["last_check_at"] and Entry.objects.filter(kind="unit_check", note="DQ-01 an toàn").count() == 1
    row.refresh_from_db()
    assert row.check_due_at - CheckIn.objects.get().at == EVERY


def test_a_late_tick_finds_what_was_missed_and_the_alarm_goes_up(operator: Client, people: dict, units: dict[str, Responder]) -> None:
    row = sent(operator, units["field"], "enroute", "on_scene")
    clock.tick(row.on_scene_at + timedelta(hours=2))
    clock.tick(row.on_scene_at + timedelta(hours=2, seconds=130))
    leader = Client()
    leader.force_login(people["leader"])

    assert kinds(leader) == ["check_overdue"] and leader.get("/api/alarms").json()["items"][0]["incident"] is None


def test_nobody_waits_for_a_unit_that_is_free_or_on_a_case_without_checks(operator: Client, units: dict[str, Responder]) -> None:
    row = sent(operator, units["field"], "enroute", "on_scene")
    sent(operator, units["near"], "enroute", "on_scene", category="crash")
    clock.tick(row.on_scene_at + timedelta(minutes=25))
    standing = list(Alarm.objects.filter(kind="check_overdue").values_list("responder__code", flat=True))
    post(operator, f"/api/assignments/{row.pk}/clear")
    clock.tick(row.on_scene_at + timedelta(minutes=26))

    assert standing == ["DQ-01"] and kinds(operator) == []


def test_a_call_for_help_sounds_at_once_for_who_dispatches_and_ends_when_the_unit_is_well(operator: Client, field: Client, units: dict[str, Responder]) -> None:
    sent(operator, units["field"], "enroute")
    post(field, f"/api/responders/{units['field'].pk}/check", {"well": False, "note": "sập mái"})
    [alarm] = operator.get("/api/alarms").json()["items"]
    post(operator, f"/api/responders/{units['field'].pk}/check", {"well": True, "note": "nghe qua bộ đàm"})

    assert (alarm["kind"], alarm["sounds"], alarm["data"], alarm["responder"]["code"]) == ("unit_help", True, {"note": "sập mái"}, "DQ-01")
    assert kinds(operator) == []
    assert list(Entry.objects.filter(kind="unit_check").order_by("pk").values_list("note", "by__username")) == [
        ("DQ-01 kêu cứu: sập mái", "field"),
        ("DQ-01 an toàn: nghe qua bộ đàm", "operator"),
    ]


def test_nobody_checks_in_for_another_unit(field: Client, people: dict, units: dict[str, Responder]) -> None:
    leader = Client()
    leader.force_login(people["leader"])
    assert post(field, f"/api/responders/{units['near'].pk}/check").status_code == 404
    assert post(leader, f"/api/responders/{units['near'].pk}/check").status_code == 403
    assert not CheckIn.objects.exists()


def test_who_stays_near_the_scene_has_arrived_and_the_step_says_that_it_follows_from_the_position(operator: Client, units: dict[str, Responder]) -> None:
    row = sent(operator, units["near"], "enroute")
    at = row.enroute_at + timedelta(seconds=90)
    drive(units["near"], at, 190, 120, 50, 20, 10, 5, 4)
    clock.tick(at)
    row.refresh_from_db()
    entry = Entry.objects.get(kind="unit_on_scene")

    assert (row.status, row.on_scene_at, entry.by) == ("on_scene", at, None)
    assert entry.note.startswith("ghi theo vị trí: đến lúc")
    clock.tick(at + timedelta(seconds=10))
    assert Entry.objects.filter(kind="unit_on_scene").count() == 1


@pytest.mark.parametrize(
    "way",
    [(190, 120, 50, 20), (50, 20, 10, 5, 190), (190, 150, 120, 110, 100, 90, 80)],
    ids=["not long enough", "drove past", "not near enough"],
)
def test_who_is_not_near_for_long_enough_has_not_arrived(operator: Client, units: dict[str, Responder], way: tuple[float, ...]) -> None:
    row = sent(operator, units["near"], "enroute")
    at = row.enroute_at + timedelta(seconds=90)
    drive(units["near"], at, *way)
    clock.tick(at)
    row.refresh_from_db()

    assert row.status == "enroute"


def test_a_jump_onto_the_scene_is_no_arrival(operator: Client, units: dict[str, Responder]) -> None:
    row = sent(operator, units["near"], "enroute")
    at = row.enroute_at + timedelta(seconds=90)
    Responder.objects.filter(pk=units["near"].pk).update(geom=city_wkt("POINT", (9_000, 0)))
    drive(units["near"], at, 5, 5, 5, 5, 5, 5, 5)
    clock.tick(at)
    row.refresh_from_db()

    assert row.status == "enroute" and set(DoubtedPosition.objects.values_list("reason", flat=True)) == {"jump"}


def test_where_the_city_wants_no_step_by_itself_arrival_is_suggested(operator: Client, units: dict[str, Responder], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "CITY", replace(CITY, units=replace(CITY.units, arrive_records=False)))
    row = sent(operator, units["near"], "enroute")
    at = row.enroute_at + timedelta(seconds=90)
    drive(units["near"], at, 190, 120, 50, 20, 10, 5, 4)
    clock.tick(at)
    row.refresh_from_db()
    [alarm] = operator.get("/api/alarms").json()["items"]
    post(operator, f"/api/assignments/{row.pk}/on_scene")
    clock.tick(at + timedelta(seconds=5))

    assert (row.status, alarm["kind"], alarm["sounds"]) == ("enroute", "arrived", False)
    assert kinds(operator) == []


def test_a_unit_of_a_ward_that_leaves_it_unsent_is_told_until_it_is_back(operator: Client, units: dict[str, Responder]) -> None:
    AdminUnit.objects.create(
        code="31340", name="Ngã Bảy", kind="phuong", valid_from=date(2025, 7, 1), geom=city_wkt("MULTIPOLYGON", (-500, -500), (500, -500), (500, 500), (-500, 500), (-500, -500))
    )  # fmt: skip
    Agency.objects.filter(code="police").update(ward_code="31340")
    unit, at = units["near"], timezone.now()

    def at_east(metres: float) -> list[str]:
        Responder.objects.filter(pk=unit.pk).update(geom=city_wkt("POINT", (metres, 0)), position_at=timezone.now())
        clock.tick(at)
        return kinds(operator)

    assert at_east(700) == []
    assert at_east(900) == ["left_area"]
    # Out by 300 m, back by 150 m: on the line it is told once.
    assert at_east(700) == ["left_area"] and Alarm.objects.count() == 1
    assert at_east(600) == []
    assert at_east(900) == ["left_area"]
    sent(operator, unit)
    clock.tick(at)
    assert kinds(operator) == []
