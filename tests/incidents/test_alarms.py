"""Alarms: raised once, heard by who may, taken by one, gone up where nobody takes them, and never a word about a case that one may not see."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from geo.acting import acting
from geo.city import CITY
from geo.models import Event, User
from geo.permissions import PERMISSIONS
from incidents import alarms, clock
from incidents.models import Alarm, Incident, Responder
from tests.incidents.conftest import post, report

pytestmark = pytest.mark.django_db


def as_(people: dict[str, User], role: str) -> Client:
    client = Client()
    client.force_login(people[role])
    return client


def heard(client: Client) -> list[dict]:
    answer = client.get("/api/alarms")
    assert answer.status_code == 200, answer.content
    return answer.json()["items"]


def test_every_kind_names_permissions_that_exist_and_says_itself_in_both_languages() -> None:
    for code, kind in alarms.KINDS.items():
        assert kind.told and set(kind.told) <= PERMISSIONS.keys() and kind.vi and kind.en, code
        assert len(kind.told) == 1 or kind.escalate_after_s, f"{code} would never go up"


def test_a_new_immediate_case_is_an_alarm_at_once_and_a_slow_one_is_none(operator: Client, town: dict) -> None:
    case = report(operator)
    report(operator, category="pothole")
    [alarm] = heard(operator)

    assert (alarm["kind"], alarm["incident"]["code"], alarm["sounds"], alarm["level"]) == ("case_unheard", case["code"], True, 0)
    assert alarm["words"] == {"vi": "Vụ mới chưa ai nhận", "en": "New case that nobody took"}
    assert (timezone.datetime.fromisoformat(alarm["due_at"]) - timezone.datetime.fromisoformat(alarm["raised_at"])).total_seconds() == CITY.acknowledge_s


def test_a_case_is_taken_with_all_that_calls_for_it_and_another_case_goes_on_calling(operator: Client, second: Client, units: dict[str, Responder]) -> None:
    """Prove that one press answers for a case whatever its alarms are, and that nobody has taken the case itself by it."""
    mine, other = report(operator)["id"], report(second)["id"]
    at = timezone.now()
    for kind in ("check_overdue", "step_due"):
        for case in (mine, other):
            alarms.raise_alarm(kind=kind, incident=case, responder=units["near"], at=at)
    first = next(one["id"] for one in heard(operator) if one["kind"] == "check_overdue" and one["incident"]["id"] == mine)

    assert post(operator, f"/api/alarms/{first}/acknowledge", {"with_case": True, "note": "đang gọi"}).status_code == 200

    loud = {(one["incident"]["id"], one["kind"]) for one in heard(second) if one["sounds"]}
    assert loud == {(mine, "case_unheard"), (other, "case_unheard"), (other, "check_overdue"), (other, "step_due")}
    assert Event.objects.filter(kind="alarm.acknowledged").count() == 1
    ranks = {one["kind"]: one["urgency"] for one in heard(operator)}
    assert ranks["check_overdue"] > ranks["case_unheard"] > ranks["step_due"]


def test_taking_the_case_clears_its_alarm_and_opening_it_again_raises_another(operator: Client, town: dict) -> None:
    case = report(operator)
    post(operator, f"/api/incidents/{case['id']}/acknowledge")
    after_taking = heard(operator)
    post(operator, f"/api/incidents/{case['id']}/cancel", {"reason": "nhầm"})
    post(operator, f"/api/incidents/{case['id']}/reopen", {"reason": "cháy thật"})
    clock.tick(timezone.now())

    assert after_taking == []
    assert [(one["kind"], one["incident"]["id"]) for one in heard(operator)] == [("case_unheard", case["id"])]
    assert Alarm.objects.count() == 2


def test_a_case_that_ends_takes_its_alarms_with_it(operator: Client, town: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(alarms.KINDS, "test_case", alarms.Kind("Thử", "Test", ("handle_cases",)))
    case, other = report(operator), report(operator)
    for one in (case, other):
        alarms.raise_alarm(kind="test_case", incident=one["id"], at=timezone.now())
    post(operator, f"/api/incidents/{case['id']}/cancel", {"reason": "nhầm"})

    assert {one["incident"]["id"] for one in heard(operator)} == {other["id"]}


def test_raised_twice_it_is_one_alarm(operator: Client, town: dict) -> None:
    case = report(operator)
    at = timezone.now()
    again = [alarms.raise_alarm(kind="case_unheard", incident=case["id"], at=at) for _ in range(2)]
    clock.tick(at)

    assert again == [False, False] and Alarm.objects.count() == 1


def test_the_database_keeps_one_alarm_a_subject_whoever_raises_it(operator: Client, town: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes look at the same moment and both find none: the second's row is not taken."""
    case = report(operator)
    monkeypatch.setattr("django.db.models.query.QuerySet.exists", lambda self: False)
    alarms.raise_alarm(kind="case_unheard", incident=case["id"], at=timezone.now())

    assert Alarm.objects.count() == 1


def test_who_acknowledges_silences_it_for_everybody_and_the_second_changes_nothing(operator: Client, people: dict[str, User], town: dict) -> None:
    report(operator)
    [alarm] = heard(operator)
    first = post(operator, f"/api/alarms/{alarm['id']}/acknowledge", {"note": "tôi nhận"}).json()
    other = User.objects.create_user(username="night", password="a long enough word", display_name="Trực đêm")
    other.roles.set(people["operator"].roles.all())
    late = Client()
    late.force_login(other)
    second = post(late, f"/api/alarms/{alarm['id']}/acknowledge", {"note": "tôi nữa"}).json()

    assert (first["sounds"], first["acknowledged_by"], first["note"]) == (False, "operator", "tôi nhận")
    assert (second["acknowledged_by"], second["note"]) == ("operator", "tôi nhận")
    assert list(Event.objects.filter(kind__startswith="alarm.").order_by("seq").values_list("kind", flat=True)) == ["alarm.raised", "alarm.acknowledged"]


def test_an_alarm_that_nobody_takes_goes_up_once_and_however_late_the_tick(operator: Client, people: dict[str, User], town: dict) -> None:
    report(operator)
    leader, at = as_(people, "leader"), timezone.now()
    clock.tick(at + timedelta(seconds=CITY.escalate_s - 2))
    before = heard(leader)
    clock.tick(at + timedelta(hours=3))
    clock.tick(at + timedelta(hours=4))
    [told] = heard(leader)

    assert before == []
    # The leader sees no ordinary case: that one waits, and nothing of which.
    assert (told["level"], told["incident"], told["data"], told["sounds"]) == (1, None, {}, True)
    assert Event.objects.filter(kind="alarm.escalated").count() == 1
    assert post(leader, f"/api/alarms/{told['id']}/acknowledge").json()["acknowledged_by"] == "leader"
    assert [one["acknowledged_by"] for one in heard(operator)] == ["leader"]


def test_what_is_acknowledged_in_time_does_not_go_up(operator: Client, people: dict[str, User], town: dict) -> None:
    report(operator)
    [alarm] = heard(operator)
    post(operator, f"/api/alarms/{alarm['id']}/acknowledge")
    clock.tick(timezone.now() + timedelta(hours=1))

    assert heard(as_(people, "leader")) == []


def test_a_restricted_case_alarms_nobody_who_may_not_see_it(operator: Client, people: dict[str, User], town: dict) -> None:
    case = report(operator)
    Incident.objects.filter(pk=case["id"]).update(restricted=True)
    alarm_id = Alarm.objects.get().pk
    clock.tick(timezone.now() + timedelta(hours=1))

    assert heard(operator) == []
    assert post(operator, f"/api/alarms/{alarm_id}/acknowledge").status_code == 404
    # Compartments are the leader's to see.
    assert [one["incident"]["id"] for one in heard(as_(people, "leader"))] == [case["id"]]


@pytest.mark.parametrize("role", ["officer", "approver", "field", "agency", "kiosk", "admin"])
def test_who_is_not_told_hears_nothing_and_takes_nothing(
    operator: Client, people: dict[str, User], town: dict, role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    report(operator)
    # One of no case: nothing but who is told of its kind keeps it from anybody.
    monkeypatch.setitem(alarms.KINDS, "test_city", alarms.Kind("Thử", "Test", ("dispatch_units",)))
    alarms.raise_alarm(kind="test_city", at=timezone.now())
    clock.tick(timezone.now() + timedelta(hours=1))

    assert heard(as_(people, role)) == []
    for pk in Alarm.objects.values_list("pk", flat=True):
        assert post(as_(people, role), f"/api/alarms/{pk}/acknowledge").status_code == 404
    assert "test_city" in {one["kind"] for one in heard(operator)}


def test_a_stranger_is_asked_to_sign_in(client: Client, operator: Client, town: dict) -> None:
    report(operator)
    assert client.get("/api/alarms").json()["code"] == "not_signed_in"
    assert post(client, f"/api/alarms/{Alarm.objects.get().pk}/acknowledge").status_code == 401


def test_a_rule_that_fails_stops_no_other(operator: Client, town: dict, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    case = report(operator)
    Alarm.objects.all().delete()

    def broken(at: object) -> None:
        raise RuntimeError("a rule of somebody's")

    monkeypatch.setattr(clock, "RULES", (broken, clock.unheard_cases))
    assert clock.tick(timezone.now())

    assert Alarm.objects.get().incident_id == case["id"] and "broken" in caplog.text


def test_an_unknown_kind_is_a_mistake_in_the_source() -> None:
    with acting(by=None, because="test"), pytest.raises(ValueError, match="case_unheard"):
        alarms.raise_alarm(kind="nothing", at=timezone.now())


def test_one_process_ticks_at_a_time(transactional_db: None) -> None:
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("select pg_advisory_lock(%s)", [clock.LOCK])
        held = clock.tick(timezone.now())
        with other.cursor() as cursor:
            cursor.execute("select pg_advisory_unlock(%s)", [clock.LOCK])
        free = [clock.tick(timezone.now()), clock.tick(timezone.now())]
        with other.cursor() as cursor:
            cursor.execute("select pg_try_advisory_lock(%s)", [clock.LOCK])
            given_back = cursor.fetchone()[0]
    finally:
        other.close()

    assert (held, free, given_back) == (False, [True, True], True)


def test_the_server_keeps_a_clock_alive() -> None:
    source = (Path(__file__).parents[2] / "geo" / "config" / "serve.py").read_text(encoding="utf-8")
    assert '"clock": [sys.executable, "manage.py", "clock"]' in source


def test_an_alarm_of_a_unit_alone_is_heard_by_who_sees_units(operator: Client, units: dict[str, Responder], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(alarms.KINDS, "test_unit", alarms.Kind("Thử", "Test", ("dispatch_units",)))
    alarms.raise_alarm(kind="test_unit", responder=units["near"], at=timezone.now(), data={"age_s": 5})
    [alarm] = heard(operator)

    assert (alarm["responder"]["code"], alarm["incident"], alarm["data"]) == ("CA-01", None, {"age_s": 5})
    assert alarms.clear(kind="test_unit", responder=units["near"], at=timezone.now()) and heard(operator) == []
    assert not alarms.clear(kind="test_unit", responder=units["near"], at=timezone.now())
