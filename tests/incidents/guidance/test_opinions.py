"""An opinion is asked within a time, goes up when nobody answers, is answered once by who was asked and never by who asked."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from geo.models import Role, User
from incidents.guidance import opinions, playbooks
from incidents.models import Alarm, Entry, Incident, Opinion, Playbook, RunStep
from tests.house.test_editing import as_
from tests.incidents.conftest import post, report

pytestmark = pytest.mark.django_db
YES_NO = [{"value": "yes", "vi": "Sơ tán", "en": "Evacuate"}, {"value": "no", "vi": "Chưa cần", "en": "Not yet"}]


@pytest.fixture
def desk(people: dict[str, User], town: dict) -> Client:
    return as_(people["operator"])


@pytest.fixture
def deputy(people: dict[str, User]) -> User:
    person = User.objects.create_user(username="deputy", password="a long enough word", display_name="Phó Chủ tịch")
    person.roles.add(Role.objects.get(slug="leader"))
    return person


def ask(client: Client, case: int, **given: Any) -> Any:
    return post(client, f"/api/incidents/{case}/opinions", {"question": "Có sơ tán không?", "options": YES_NO, **given})


def say(person: User, number: int, **given: Any) -> Any:
    return post(as_(person), f"/api/opinions/{number}/answer", given)


def test_a_leader_reads_what_is_asked_and_the_answer_stands_on_the_case_in_their_words(desk: Client, people: dict[str, User]) -> None:
    case = report(desk, place_name="Chợ nổi")["id"]
    made = ask(desk, case).json()
    assert (made["status"], made["reached"][0]["name"], made["mine"]) == ("pending", "leader", False)
    (heard,) = [one for one in as_(people["leader"]).get("/api/alarms").json()["items"] if one["kind"] == "opinion_asked"]
    assert (heard["data"]["opinion"], heard["sounds"]) == (made["id"], True)

    (shown,) = as_(people["leader"]).get("/api/opinions").json()["items"]
    assert (shown["mine"], shown["about"]["place"], shown["question"]) == (True, "Chợ nổi", "Có sơ tán không?")
    answered = say(people["leader"], made["id"], choice="yes", words="Sơ tán ngay dãy B").json()
    assert (answered["status"], answered["answered_by"], answered["mine"]) == ("answered", "leader", False)
    (kept,) = desk.get(f"/api/incidents/{case}").json()["opinions"]
    assert (kept["answer"], kept["words"]) == ("yes", "Sơ tán ngay dãy B")
    told = Entry.objects.filter(incident_id=case, kind="opinion").latest("id")
    assert (told.by, told.note) == (people["leader"], "Sơ tán: Sơ tán ngay dãy B")
    assert not Alarm.objects.filter(kind="opinion_asked", cleared_at=None).exists()


def test_an_opinion_is_answered_once_and_the_second_is_told_who_was_first(desk: Client, people: dict[str, User], deputy: User) -> None:
    case = report(desk)["id"]
    number = ask(desk, case).json()["id"]
    say(people["leader"], number, choice="yes")
    second = say(deputy, number, choice="no")
    assert (second.status_code, second.json()["code"], second.json()["by"]) == (409, "opinion_answered", "leader")
    assert Opinion.objects.get().answer == "yes"


def test_nobody_answers_their_own_question_nor_one_that_was_not_asked_of_them(desk: Client, people: dict[str, User]) -> None:
    both = User.objects.create_user(username="both", password="a long enough word")
    both.roles.set(Role.objects.filter(slug__in=["operator", "leader"]))
    case = report(desk)["id"]
    number = ask(as_(both), case).json()["id"]
    assert both.pk not in Opinion.objects.get().order
    refused = say(both, number, choice="yes")
    assert (refused.status_code, refused.json()["code"]) == (403, "own_question")
    for person in ("operator", "officer", "agency", "field", "admin", "kiosk"):
        assert say(people[person], number, choice="yes").status_code == 403, person
    assert post(Client(), f"/api/opinions/{number}/answer", {"choice": "yes"}).status_code == 401
    late_leader = User.objects.create_user(username="late", password="a long enough word")
    late_leader.roles.add(Role.objects.get(slug="leader"))
    assert say(late_leader, number, choice="yes").status_code == 404
    assert Opinion.objects.get().answered_at is None


def test_when_nobody_answers_the_next_is_asked_the_first_may_still_answer_and_at_the_end_it_is_over(
    desk: Client, people: dict[str, User], deputy: User
) -> None:
    case = report(desk)["id"]
    number = ask(desk, case, within_s=60, whom=deputy.pk).json()["id"]
    assert Opinion.objects.get().order == [deputy.pk, people["leader"].pk]
    start = Opinion.objects.get().asked_at

    assert opinions.tick(start + timedelta(seconds=59)) == 0
    assert opinions.tick(start + timedelta(seconds=61)) == 1
    row = Opinion.objects.get()
    assert ([one["user"] for one in row.reached], row.due_at) == (row.order, start + timedelta(seconds=121))
    # Late, but nobody else was quicker.
    with pytest.raises(opinions.ANSWERED):
        answer_at(number, deputy, start + timedelta(seconds=100))
        answer_at(number, people["leader"], start + timedelta(seconds=101))

    other = ask(desk, case, within_s=60).json()["id"]
    start = Opinion.objects.get(pk=other).asked_at
    for seconds in (61, 122, 183):
        opinions.tick(start + timedelta(seconds=seconds))
    assert desk.get(f"/api/incidents/{case}").json()["opinions"][0]["status"] == "expired"
    with pytest.raises(opinions.OVER):
        answer_at(other, deputy, start + timedelta(seconds=184))
    assert Alarm.objects.filter(kind="opinion_unanswered", cleared_at=None).count() == 1
    ask(desk, case)
    assert not Alarm.objects.filter(kind="opinion_unanswered", cleared_at=None).exists()


def answer_at(number: int, by: User, at: datetime) -> None:
    opinions.answer(opinion_id=number, choice="yes", words="", by=by, at=at)


def test_an_answer_after_the_last_time_is_over_is_refused_though_the_clock_has_not_come_by(desk: Client, people: dict[str, User]) -> None:
    number = ask(desk, report(desk)["id"], within_s=60).json()["id"]
    with pytest.raises(opinions.OVER):
        answer_at(number, people["leader"], timezone.now() + timedelta(seconds=70))


def test_a_question_is_taken_back_and_then_nobody_answers_it(desk: Client, people: dict[str, User]) -> None:
    number = ask(desk, report(desk)["id"]).json()["id"]
    assert post(as_(people["leader"]), f"/api/opinions/{number}/withdraw").status_code == 403
    assert post(desk, f"/api/opinions/{number}/withdraw").json()["status"] == "withdrawn"
    assert say(people["leader"], number, choice="yes").json()["code"] == "opinion_over"
    assert post(desk, f"/api/opinions/{number}/withdraw").json()["code"] == "opinion_over"


@pytest.mark.parametrize(
    "given",
    [
        {"question": "  "},
        {"question": "a\0"[1:]},
        {"within_s": -1},
        {"within_s": 0},
        {"within_s": 10**9},
        {"options": YES_NO[:1]},
        {"options": [YES_NO[0], YES_NO[0]]},
        {"options": [{"value": "A B", "vi": "x", "en": "x"}, YES_NO[0]]},
        {"options": [{"value": "a", "vi": " ", "en": "x"}, YES_NO[0]]},
    ],
)
def test_a_question_that_cannot_be_answered_is_not_asked(given: dict[str, Any], desk: Client, people: dict[str, User]) -> None:
    refused = ask(desk, report(desk)["id"], **given)
    assert (refused.status_code, refused.json()["code"]) == (422, "bad_question")
    assert not Opinion.objects.exists()


def test_an_answer_is_one_of_the_options_or_words(desk: Client, people: dict[str, User]) -> None:
    case = report(desk)["id"]
    number, free = ask(desk, case).json()["id"], ask(desk, case, options=[]).json()["id"]
    assert say(people["leader"], number, words="tùy").json()["code"] == "no_answer"
    assert say(people["leader"], number, choice="maybe").json()["code"] == "not_a_choice"
    assert say(people["leader"], free).json()["code"] == "no_answer"
    assert say(people["leader"], free, choice="yes").json()["code"] == "not_a_choice"
    assert say(people["leader"], free, words="Giữ hiện trường").status_code == 200


def test_without_anybody_to_ask_that_is_said(desk: Client, people: dict[str, User]) -> None:
    people["leader"].is_active = False
    people["leader"].save()
    case = report(desk)["id"]
    assert ask(desk, case).json()["code"] == "nobody_to_ask"
    assert ask(desk, case, whom=people["officer"].pk).status_code == 404


def test_a_steps_decision_beyond_authority_is_made_by_the_answer(desk: Client, people: dict[str, User]) -> None:
    steps = [
        {"code": "leave", "kind": "decide", "vi": "Có sơ tán", "en": "Evacuate", "authority": "leader", "choices": YES_NO},
        {"code": "go", "kind": "manual", "vi": "Sơ tán", "en": "Go", "when": {"step": "leave", "choice": "yes"}},
    ]
    Playbook.objects.create(slug="trial", version=1, title_vi="Thử", title_en="Trial", trigger={"categories": ["house_fire"]}, steps=steps)
    case = report(desk)["id"]
    assert ask(desk, case, playbook="trial", step="go").status_code == 404
    made = ask(desk, case, question="", playbook="trial", step="leave").json()
    assert (made["question"], made["options"]) == ("Có sơ tán", YES_NO)
    assert ask(desk, case, playbook="trial", step="leave").json()["code"] == "opinion_pending"
    assert playbooks.runs_of(case)[0]["steps"][0]["status"] == "begun"

    # Taken back, the step is open again; asked again and answered, it is decided and the next opens.
    post(desk, f"/api/opinions/{made['id']}/withdraw")
    assert playbooks.runs_of(case)[0]["steps"][0]["status"] == "todo"
    number = ask(desk, case, playbook="trial", step="leave").json()["id"]
    say(people["leader"], number, choice="yes", words="đồng ý")
    leave, go = playbooks.runs_of(case)[0]["steps"]
    assert (leave["status"], leave["choice"], leave["by"], leave["note"], go["status"]) == ("done", "yes", "leader", "đồng ý", "todo")
    assert RunStep.objects.get().by == people["leader"]
    assert ask(desk, case, playbook="trial", step="leave").json()["code"] == "step_taken"


def test_who_may_not_see_the_case_neither_asks_nor_reads_and_of_a_restricted_one_the_leader_hears_its_code(desk: Client, people: dict[str, User]) -> None:
    case = report(desk, place_name="Nhà ông A")["id"]
    number = ask(desk, case).json()["id"]
    for person in ("officer", "agency", "field", "admin", "leader"):
        assert ask(as_(people[person]), case).status_code == 403, person
    for person in ("officer", "agency", "field", "admin"):
        assert as_(people[person]).get("/api/opinions").status_code == 403, person
    assert Client().get("/api/opinions").status_code == 401
    Incident.objects.filter(pk=case).update(restricted=True)
    assert desk.get("/api/opinions").json()["items"] == []
    assert ask(desk, case).status_code == 404
    assert post(desk, f"/api/opinions/{number}/withdraw").status_code == 404


def test_a_case_that_ends_takes_its_questions_along(desk: Client, people: dict[str, User]) -> None:
    case = report(desk)["id"]
    ask(desk, case)
    post(desk, f"/api/incidents/{case}/cancel", {"reason": "gọi nhầm"})
    opinions.tick(timezone.now())
    assert Opinion.objects.get().withdrawn_at is not None
    assert not Alarm.objects.filter(kind="opinion_asked", cleared_at=None).exists()
