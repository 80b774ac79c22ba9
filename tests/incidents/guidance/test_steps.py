"""Each kind of step has its effect, opens what follows, is late when it is late, and a step that nobody could follow is refused."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone

from geo.errors import Problem
from geo.models import Agency, Role, User
from incidents.guidance import playbooks, stepping, steps
from incidents.models import Alarm, Entry, Incident, Notice, Playbook, Responder, Run, RunStep
from tests.house.test_editing import as_
from tests.incidents.conftest import post, report, verified

pytestmark = pytest.mark.django_db


def words(code: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "kind": kind, "vi": f"Bước {code}", "en": f"Step {code}", **more}


YES_NO = [{"value": "yes", "vi": "Có", "en": "Yes"}, {"value": "no", "vi": "Không", "en": "No"}]
STEPS = [
    words("water", "decide", choices=YES_NO, due_s=60),
    words("boat", "dispatch", modes=["boat"], when={"step": "water", "choice": "yes"}, due_s=60),
    words("engine", "dispatch", modes=["truck"], when={"step": "water", "choice": "no"}),
    words("tell", "notify", who="fire", due_s=120),
    words("chore", "task", who="ward", due_s=600),
    words("form", "form", fields=[
        {"code": "people", "vi": "Người", "en": "People", "type": "integer", "required": True, "min": 0, "max": 50},
        {"code": "words", "vi": "Lời", "en": "Words", "type": "text"},
        {"code": "on", "vi": "Ngày", "en": "Day", "type": "date"},
    ]),
    words("pause", "wait", for_s=300),
    words("check", "manual", when={"step": "pause"}, due_s=60),
    words("out", "wait", until="all_cleared"),
    words("leave", "decide", choices=YES_NO, authority="leader"),
]  # fmt: skip


@pytest.fixture
def playbook(db: None) -> Playbook:
    return Playbook.objects.create(slug="trial", version=1, title_vi="Thử", title_en="Trial", trigger={"categories": ["house_fire"]}, steps=STEPS)


@pytest.fixture
def fire(people: dict[str, User]) -> User:
    agency = Agency.objects.create(code="fire", name="PCCC", duty_phone="114")
    person = User.objects.create_user(username="fireman", password="a long enough word", agency=agency)
    person.roles.add(Role.objects.get(slug="agency"))
    return person


@pytest.fixture
def desk(people: dict[str, User]) -> Iterator[Client]:
    yield as_(people["operator"])


def take(client: Client, case: int, code: str, **given: Any) -> Any:
    return post(client, f"/api/incidents/{case}/playbooks/trial/{code}", given)


def states(client: Client, case: int) -> dict[str, str]:
    (run,) = client.get(f"/api/incidents/{case}").json()["playbooks"]
    return {one["code"]: one["status"] for one in run["steps"]}


def test_a_choice_opens_one_way_and_closes_the_other(desk: Client, playbook: Playbook, town: dict) -> None:
    case = report(desk)["id"]

    assert (states(desk, case)["boat"], states(desk, case)["engine"]) == ("later", "later")
    early = take(desk, case, "boat", note="ghe dân")
    assert (early.status_code, early.json()["code"]) == (409, "step_not_open")
    take(desk, case, "water", choice="yes")
    assert (states(desk, case)["boat"], states(desk, case)["engine"]) == ("todo", "off")
    assert take(desk, case, "engine", status="skipped", note="không cần").json()["code"] == "step_not_open"


def test_a_unit_that_fits_does_the_dispatch_step_by_being_sent_and_another_does_not(
    desk: Client, playbook: Playbook, town: dict, units: dict[str, Responder]
) -> None:
    case = verified(desk)["id"]
    take(desk, case, "water", choice="yes")

    post(desk, f"/api/incidents/{case}/dispatch", {"responders": [units["near"].pk]})
    assert states(desk, case)["boat"] == "todo"
    post(desk, f"/api/incidents/{case}/dispatch", {"responders": [units["boat"].pk]})
    assert states(desk, case)["boat"] == "done"
    assert RunStep.objects.get(code="boat").note == "XU-01"
    assert take(desk, case, "boat", note="lần nữa").json()["code"] == "step_taken"


def test_a_unit_sent_outside_the_system_needs_words(desk: Client, playbook: Playbook, town: dict) -> None:
    case = report(desk)["id"]
    take(desk, case, "water", choice="yes")

    assert take(desk, case, "boat").json()["code"] == "step_by_itself"
    assert take(desk, case, "boat", note="ghe của ông Tư, chủ bến").status_code == 200


def test_who_is_told_hears_it_in_their_own_list_and_that_does_the_step(desk: Client, playbook: Playbook, town: dict, fire: User, people: dict) -> None:
    case = report(desk, place_name="Chợ nổi")["id"]
    take(desk, case, "tell")
    assert states(desk, case)["tell"] == "begun"

    fireman = as_(fire)
    (one,) = fireman.get("/api/notices").json()["items"]
    assert (one["about"]["place"], one["agency"]["phone"], one["acknowledged_at"]) == ("Chợ nổi", "114", None)
    assert as_(people["agency"]).get("/api/notices").json()["items"] == []
    assert post(as_(people["agency"]), f"/api/notices/{one['id']}/acknowledge").status_code == 404
    assert post(Client(), f"/api/notices/{one['id']}/acknowledge").status_code == 401
    assert post(fireman, f"/api/notices/{one['id']}/acknowledge", {"note": "xe đi rồi"}).status_code == 200
    assert post(fireman, f"/api/notices/{one['id']}/acknowledge").json()["code"] == "notice_heard"
    assert states(desk, case)["tell"] == "done"
    assert RunStep.objects.get(code="tell").by == fire
    assert "xe đi rồi" in Entry.objects.filter(incident_id=case).latest("id").note


def test_the_operator_who_telephoned_says_whom_and_the_name_stands(desk: Client, playbook: Playbook, town: dict, fire: User) -> None:
    case = report(desk)["id"]
    take(desk, case, "tell")
    number = Notice.objects.get().pk

    assert post(desk, f"/api/notices/{number}/acknowledge").json()["code"] == "notice_how"
    assert post(desk, f"/api/notices/{number}/acknowledge", {"note": "gọi 114, gặp anh Hùng"}).json()["acknowledged_by"] == "operator"


def test_of_a_restricted_case_a_notice_tells_its_code_alone(desk: Client, playbook: Playbook, town: dict, fire: User, people: dict) -> None:
    case = report(desk, place_name="Nhà ông A")["id"]
    role = Role.objects.get(slug="operator")
    role.permissions = [*role.permissions, "see_restricted"]
    role.save()
    Incident.objects.filter(pk=case).update(restricted=True)
    take(desk, case, "tell")

    (one,) = as_(fire).get("/api/notices").json()["items"]
    assert one["about"] == {"code": Incident.objects.get(pk=case).code, "restricted": True, "exercise": False}


def test_a_task_goes_to_the_people_of_the_ward_is_heard_and_then_done(desk: Client, playbook: Playbook, town: dict, people: dict) -> None:
    case = report(desk)["id"]
    assert take(desk, case, "chore").status_code == 404
    ward = Agency.objects.create(code="ward_x", name="UBND phường", kind="ward")
    person = User.objects.create_user(username="ward", password="a long enough word", agency=ward, wards=[Incident.objects.get(pk=case).ward_code])

    assert take(desk, case, "chore").status_code == 200
    (one,) = as_(person).get("/api/notices").json()["items"]
    post(as_(person), f"/api/notices/{one['id']}/acknowledge")
    assert states(desk, case)["chore"] == "begun"
    assert post(as_(person), f"/api/notices/{one['id']}/done").json()["code"] == "notice_how"
    post(as_(person), f"/api/notices/{one['id']}/done", {"note": "đã xong"})
    assert states(desk, case)["chore"] == "done"
    assert post(as_(person), f"/api/notices/{one['id']}/done", {"note": "nữa"}).json()["code"] == "notice_heard"


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {"people": -1},
        {"people": 51},
        {"people": True},
        {"people": "3"},
        {"people": 1.5},
        {"people": 3, "words": "x" * 3_000},
        {"people": 3, "words": "a\0b"},
        {"people": 3, "words": {"$gt": ""}},
        {"people": 3, "on": "2026-02-31"},
        {"people": 3, "on": "hôm nay"},
        {"people": 3, "__proto__": {"x": 1}},
        {"people": 3, "extra": "1"},
    ],
)
def test_a_form_refuses_what_its_fields_do_not_take(answers: dict[str, Any], desk: Client, playbook: Playbook, town: dict) -> None:
    case = report(desk)["id"]
    refused = take(desk, case, "form", answers=answers)
    assert (refused.status_code, refused.json()["code"]) == (422, "bad_answers")
    assert not RunStep.objects.exists()


def test_a_form_keeps_its_answers_as_plain_values(desk: Client, playbook: Playbook, town: dict) -> None:
    case = report(desk)["id"]
    script = "<script>alert(1)</script>"
    take(desk, case, "form", answers={"people": 3, "words": script, "on": "2026-11-26"})
    assert RunStep.objects.get().answers == {"people": 3, "words": script, "on": "2026-11-26"}


def test_a_wait_ends_when_its_time_has_passed_and_opens_what_follows(desk: Client, playbook: Playbook, town: dict) -> None:
    case, now = report(desk)["id"], timezone.now()

    assert take(desk, case, "pause").json()["code"] == "step_by_itself"
    stepping.tick(now + timedelta(seconds=200))
    assert states(desk, case)["check"] == "later"
    # However late the clock comes, the wait ended when its time was over: what follows is due from then.
    stepping.tick(now + timedelta(seconds=900))
    stepping.tick(now + timedelta(seconds=901))
    run = Run.objects.get()
    assert RunStep.objects.get(code="pause").at == run.armed_at + timedelta(seconds=300)
    (told,) = desk.get(f"/api/incidents/{case}").json()["playbooks"]
    due_at = next(one for one in told["steps"] if one["code"] == "check")["due_at"]
    assert abs(datetime.fromisoformat(due_at) - run.armed_at - timedelta(seconds=360)) < timedelta(milliseconds=1)
    assert Entry.objects.filter(incident_id=case, kind="step").count() == 1


def test_a_wait_for_the_last_unit_ends_when_it_has_left(desk: Client, playbook: Playbook, town: dict, units: dict[str, Responder]) -> None:
    case = verified(desk)["id"]
    stepping.tick(timezone.now())
    assert states(desk, case)["out"] == "todo"
    sent = post(desk, f"/api/incidents/{case}/dispatch", {"responders": [units["near"].pk]}).json()
    stepping.tick(timezone.now())
    assert states(desk, case)["out"] == "todo"
    post(desk, f"/api/assignments/{sent['assignments'][0]['id']}/cancel", {"reason": "đủ người"})
    stepping.tick(timezone.now())
    assert states(desk, case)["out"] == "done"


def test_late_steps_of_a_case_have_one_alarm_that_rings_again_when_another_is_late(
    desk: Client, playbook: Playbook, town: dict, fire: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert timedelta(minutes=5) <= stepping.LEFT_TO_WORK
    monkeypatch.setattr(stepping, "LEFT_TO_WORK", timedelta(seconds=40))
    monkeypatch.setattr(stepping, "JUST_TAKEN", timedelta(seconds=30))
    case, now = verified(desk)["id"], timezone.now()
    alarms = Alarm.objects.filter(kind="step_due", cleared_at=None)

    stepping.late(now)
    assert not alarms.all().exists()
    for seconds in (90, 95):
        stepping.late(now + timedelta(seconds=seconds))
    assert [one.data["step"] for one in alarms.all()] == ["water"]
    # Taken by somebody it is silent: until another step is late too, and whoever took it has had time to work.
    taken_at = now + timedelta(seconds=100)
    Alarm.objects.update(acknowledged_at=taken_at)
    take(desk, case, "tell")
    for later in (timedelta(seconds=10), timedelta(seconds=39)):
        stepping.late(taken_at + later)
        assert [one.acknowledged_at for one in alarms.all()] == [taken_at]
    stepping.late(taken_at + stepping.LEFT_TO_WORK)
    assert [(one.acknowledged_at, one.data["late"]) for one in alarms.all()] == [(None, 2)]
    take(desk, case, "water", choice="no")
    take(desk, case, "tell", status="skipped", note="không ai nghe máy")
    stepping.late(taken_at + stepping.LEFT_TO_WORK + timedelta(seconds=10))
    assert not alarms.all().exists()


def test_a_case_that_nobody_has_taken_has_the_alarm_of_that_alone(desk: Client, playbook: Playbook, town: dict, fire: User) -> None:
    """Prove that a storm's three hundred untouched cases are no six hundred alarms; once somebody takes one, its late steps are told."""
    case, now = report(desk)["id"], timezone.now()

    stepping.late(now + timedelta(seconds=90))
    assert [one.kind for one in Alarm.objects.filter(cleared_at=None)] == ["case_unheard"]
    post(desk, f"/api/incidents/{case}/acknowledge")
    stepping.late(now + stepping.JUST_TAKEN)
    assert not Alarm.objects.filter(cleared_at=None).exists()
    stepping.late(now + stepping.JUST_TAKEN + timedelta(seconds=60))
    assert [one.kind for one in Alarm.objects.filter(cleared_at=None)] == ["step_due"]


def test_beyond_ones_authority_nothing_is_decided(desk: Client, playbook: Playbook, town: dict) -> None:
    case = report(desk)["id"]
    refused = take(desk, case, "leave", choice="yes")
    assert (refused.status_code, refused.json()["code"]) == (403, "beyond_authority")
    assert not RunStep.objects.exists()


def test_a_step_is_taken_back_within_ten_seconds_by_its_own_hand_while_nothing_followed(desk: Client, playbook: Playbook, town: dict, fire: User) -> None:
    case = report(desk)["id"]
    url = f"/api/incidents/{case}/playbooks/trial/water/undo"
    take(desk, case, "water", choice="yes")
    assert post(desk, url).status_code == 200
    assert states(desk, case)["water"] == "todo"
    take(desk, case, "water", choice="yes")
    RunStep.objects.update(at=timezone.now() - timedelta(seconds=11))
    assert post(desk, url).json()["code"] == "step_kept"
    RunStep.objects.update(at=timezone.now())
    take(desk, case, "boat", note="ghe dân")
    assert post(desk, url).json()["code"] == "step_kept"

    take(desk, case, "tell")
    assert post(desk, f"/api/incidents/{case}/playbooks/trial/tell/undo").status_code == 200
    assert Notice.objects.get().withdrawn_at is not None
    assert post(as_(fire), f"/api/notices/{Notice.objects.get().pk}/acknowledge").json()["code"] == "notice_withdrawn"
    assert Entry.objects.filter(incident_id=case, data__status="undone").count() == 2


def test_evidence_is_something_that_exists_and_that_its_giver_sees(desk: Client, town: dict, people: dict) -> None:
    Playbook.objects.create(
        slug="trial", version=1, title_vi="Thử", title_en="Trial", trigger={"categories": ["house_fire"]},
        steps=[words("look", "manual", evidence=["feature"]), words("read", "manual", evidence=["entry", "note"])],
    )  # fmt: skip
    case, other = report(desk)["id"], report(desk, category="pothole")["id"]
    road, parcel = town["street"].pk, town["parcel"].pk
    entry, foreign = Entry.objects.get(incident_id=case, kind="report").pk, Entry.objects.get(incident_id=other, kind="report").pk

    def given(code: str, piece: dict[str, Any], note: str = "x") -> Any:
        return take(desk, case, code, note=note, evidence=[piece])

    assert given("look", {"kind": "entry", "id": entry}).json()["code"] == "evidence_needed"
    for poison in (
        {"kind": "feature", "layer": "roads", "fid": 2**62},
        {"kind": "feature", "layer": "nothing", "fid": 1},
        {"kind": "x"},
        {},
        {"kind": "photo"},
    ):
        assert given("look", poison).status_code == 404, poison
    assert given("look", {"kind": "feature", "layer": "roads", "fid": road}).status_code == 200
    assert given("read", {"kind": "entry", "id": foreign}).status_code == 404
    assert given("read", {"kind": "entry", "id": entry}, note="").json()["code"] == "evidence_needed"
    assert given("read", {"kind": "entry", "id": entry}).status_code == 200
    assert RunStep.objects.get(code="look").evidence == [{"kind": "feature", "layer": "roads", "fid": road}]
    assert parcel


def test_a_running_case_may_go_on_by_the_better_version_with_what_was_done(desk: Client, playbook: Playbook, town: dict, tmp_path: Path) -> None:
    case = report(desk)["id"]
    take(desk, case, "water", choice="yes")
    take(desk, case, "form", answers={"people": 3})
    url = f"/api/incidents/{case}/playbooks/trial"
    assert desk.put(url).status_code == 404
    better = [{**STEPS[0], "vi": "Hỏi nước trước"}, words("form", "manual"), words("more", "manual")]
    Playbook.objects.filter(slug="trial").update(active=False)
    Playbook.objects.create(slug="trial", version=2, title_vi="Thử", title_en="Trial", trigger={}, steps=better)

    (run,) = desk.get(f"/api/incidents/{case}").json()["playbooks"]
    assert (run["version"], run["newer"]) == (1, 2)
    (run,) = desk.put(url).json()["playbooks"]
    # What is of another kind now has to be done anew.
    assert (run["version"], run["newer"], [one["status"] for one in run["steps"]]) == (2, None, ["done", "todo", "todo"])
    assert Run.objects.filter(incident_id=case).count() == 2
    assert desk.put(url).status_code == 404


def test_a_version_is_never_changed_in_the_database(playbook: Playbook) -> None:
    for change in (lambda: Playbook.objects.filter(pk=playbook.pk).update(steps=[]), playbook.delete):
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
            change()
    Playbook.objects.filter(pk=playbook.pk).update(active=False)


BAD_STEPS = {
    "a code twice": [words("a", "manual"), words("a", "manual")],
    "a step that waits for one after it": [words("a", "manual", when={"step": "b"}), words("b", "manual", when={"step": "a"})],
    "a step that waits for itself": [words("a", "manual", when={"step": "a"})],
    "a choice that is none": [words("a", "decide", choices=YES_NO), words("b", "manual", when={"step": "a", "choice": "maybe"})],
    "a decision without its choice": [words("a", "decide", choices=YES_NO), words("b", "manual", when={"step": "a"})],
    "a choice of no decision": [words("a", "manual"), words("b", "manual", when={"step": "a", "choice": "yes"})],
    "when that is no table": [words("a", "manual"), words("b", "manual", when="a")],
    "one choice": [words("a", "decide", choices=YES_NO[:1])],
    "the same choice twice": [words("a", "decide", choices=[YES_NO[0], YES_NO[0]])],
    "a choice that is a list": [words("a", "decide", choices=[{**YES_NO[0], "value": []}, YES_NO[1]])],
    "a wait of -1 s": [words("a", "wait", for_s=-1)],
    "a wait of 0 s": [words("a", "wait", for_s=0)],
    "a wait of a year": [words("a", "wait", for_s=86_400 * 365)],
    "a wait for nothing": [words("a", "wait")],
    "a wait for two things": [words("a", "wait", for_s=60, until="on_scene")],
    "a wait for what nobody sees": [words("a", "wait", until="peace")],
    "due in the past": [words("a", "manual", due_s=-5)],
    "due is true": [words("a", "manual", due_s=True)],
    "a word of another kind": [words("a", "manual", fields=[])],
    "a form without fields": [words("a", "form")],
    "a form with a field twice": [words("a", "form", fields=[{"code": "x", "vi": "x", "en": "x", "type": "text"}] * 2)],
    "a field of no type": [words("a", "form", fields=[{"code": "x", "vi": "x", "en": "x", "type": "file"}])],
    "a field from nan": [words("a", "form", fields=[{"code": "x", "vi": "x", "en": "x", "type": "number", "min": float("nan")}])],
    "a field code that is a number": [words("a", "form", fields=[{"code": float("nan"), "vi": "x", "en": "x", "type": "text"}])],
    "nobody to tell": [words("a", "notify")],
    "telling oneself": [words("a", "notify", who="operator")],
    "an agency that is none": [words("a", "notify", who="the_army")],
    "a task without a time": [words("a", "task", who="fire")],
    "a mode that is none": [words("a", "dispatch", modes=["dragon"])],
    "a mode that is a list": [words("a", "map", mode=["boat"])],
    "a tool that is none": [words("a", "map", tool="eval")],
    "evidence that is none": [words("a", "manual", evidence=["blood"])],
    "no words": [{"code": "a", "kind": "manual", "vi": " ", "en": "x"}],
    "too many": [words(f"a{number}", "manual") for number in range(61)],
    "not steps": ["a"],
    "a table": {"code": "a"},
}


@pytest.mark.parametrize("name", BAD_STEPS)
def test_a_step_that_nobody_could_follow_is_refused(name: str) -> None:
    with pytest.raises(Problem) as refused:
        steps.checked("trial", BAD_STEPS[name])
    assert refused.value.code == "bad_playbook"


@pytest.mark.parametrize(
    "body", ["[[playbooks]]\n" + "# " + "x" * 1_000_000, "playbooks = 3", "playbooks = [1, 2]", "[playbooks]\na = 1", "a = " + "[" * 5_000]
)
def test_a_file_that_is_no_list_of_playbooks_is_refused(body: str, tmp_path: Path) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text(body)
    with pytest.raises(CommandError, match="bad_playbook"):
        call_command("playbooks", str(bad))
    assert not Playbook.objects.exists()


def test_a_playbook_for_an_area_and_a_ward_arms_there_alone(desk: Client, town: dict) -> None:
    here = [[105.81, 9.81], [105.82, 9.81], [105.82, 9.82], [105.81, 9.82]]
    away = [[105.9, 9.9], [105.91, 9.9], [105.91, 9.91]]
    one = [words("a", "manual")]
    for slug, trigger in {"here": {"area": here}, "away": {"area": away}, "ward": {"wards": ["00000"]}}.items():
        Playbook.objects.create(slug=slug, version=1, title_vi=slug, title_en=slug, trigger={"categories": ["house_fire"], **trigger}, steps=one)
    case = report(desk)
    assert [run["slug"] for run in case["playbooks"]] == ["here"]


def test_two_operators_on_one_step_at_once_are_told_who_was_first(desk: Client, playbook: Playbook, town: dict, people: dict) -> None:
    other = User.objects.create_user(username="second", password="a long enough word", display_name="Trực ban hai")
    other.roles.add(Role.objects.get(slug="operator"))
    case = report(desk)["id"]
    take(as_(other), case, "water", choice="yes")
    late = take(desk, case, "water", choice="no")
    assert (late.status_code, late.json().get("by")) == (409, "Trực ban hai")
    assert playbooks.runs_of(case)[0]["steps"][0]["choice"] == "yes"
