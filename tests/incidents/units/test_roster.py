"""The duty roster: who is on call, who took whose turn, what is missing, and a table taken in whole or not at all."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from geo.city import CITY
from geo.models import Agency, User
from incidents import clock
from incidents.models import Alarm, DutyTurn, Member, Substitution
from incidents.units import roster
from tests.incidents.conftest import post

pytestmark = pytest.mark.django_db

ZONE = ZoneInfo(CITY.timezone)
TABLE = """Ngày;Ca;Đơn vị;Vị trí;Người trực;Điện thoại
26/11/2026;07:00-19:00;Công an phường;Trực chỉ huy;Trần Văn Bình;0900 000 001
26/11/2026;19h00–07h00;police;Trực chỉ huy;Lê Thị Cúc;0900 000 002
2026-11-27;24/24;Công an phường;Trực ban;Trần Văn Bình;0900 000 001
"""


def moment(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE)


def take_in(client: Client, text: str = TABLE, **more: object) -> dict:
    return post(client, "/api/roster/table", {"text": text, **more}).json()


def on_call(at: datetime) -> list[tuple[str, str, str | None]]:
    return [(one.post, one.name, one.instead_of) for one in roster.on_call(agency="police", at=at)]


def test_a_table_says_who_is_on_call_at_any_moment_midnight_included(operator: Client) -> None:
    assert take_in(operator) == {"lines": 3, "wrong": [], "added": 3, "standing": 0, "members": 2}

    assert on_call(moment(26, 6, 59)) == []
    assert on_call(moment(26, 7)) == [("Trực chỉ huy", "Trần Văn Bình", None)]
    assert on_call(moment(26, 19)) == [("Trực chỉ huy", "Lê Thị Cúc", None)]
    assert on_call(moment(27, 3)) == [("Trực ban", "Trần Văn Bình", None), ("Trực chỉ huy", "Lê Thị Cúc", None)]
    assert on_call(moment(28, 0)) == []
    assert roster.on_call(agency=Agency.objects.get(code="police"), at=moment(26, 8))[0].phone == "0900 000 001"
    assert len(roster.on_call(agency=None, at=moment(26, 8))) == 1 and roster.on_call(agency="fire", at=moment(26, 8)) == []


def test_the_same_table_twice_adds_nothing(operator: Client) -> None:
    take_in(operator)
    assert take_in(operator) == {"lines": 3, "wrong": [], "added": 0, "standing": 3, "members": 0}


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("31/02/2026;07:00-19:00;police;Trực;An;1", "day is out of range"),
        ("hôm nay;07:00-19:00;police;Trực;An;1", "ngày"),
        ("26/11/2026;sáng;police;Trực;An;1", "giờ"),
        ("26/11/2026;25:00-26:00;police;Trực;An;1", "hour must be"),
        ("26/11/2026;07:00-19:00;nobody;Trực;An;1", "đơn vị"),
        ("26/11/2026;07:00-19:00;police;Trực;;1", "tên"),
    ],
)
def test_one_wrong_line_refuses_the_table_and_is_named(operator: Client, line: str, what: str) -> None:
    text = TABLE + line
    refused, looked = post(operator, "/api/roster/table", {"text": text}), take_in(operator, text, dry_run=True)

    assert (refused.status_code, refused.json()["code"], refused.json()["lines"][0]["line"]) == (422, "bad_roster", 5)
    assert what in looked["wrong"][0]["what"] and looked["lines"] == 3
    assert not DutyTurn.objects.exists() and not Member.objects.exists()


@pytest.mark.parametrize("text", ["", "Ngày;Ca\n1;2", "một dòng"])
def test_what_is_no_roster_is_refused(operator: Client, text: str) -> None:
    assert post(operator, "/api/roster/table", {"text": text}).json()["code"] == "bad_roster"


def test_commas_and_tabs_are_read_too(operator: Client) -> None:
    assert take_in(operator, "ngày\tca\tngười trực\n26/11/2026\t7-19\tAn\n", agency="police")["added"] == 1
    assert take_in(operator, "date,hours,name,agency\n2026-11-26,19:00-07:00,Bình,police\n")["added"] == 1


def test_who_takes_a_turn_is_on_call_and_who_had_it_is_still_told(operator: Client, second: Client) -> None:
    take_in(operator)
    at = moment(26, 6)
    turn, other = DutyTurn.objects.get(starts_at=moment(26, 7)), Member.objects.get(name="Lê Thị Cúc")
    roster.substitute(turn_id=turn.pk, member_id=other.pk, because="con ốm", by=User.objects.get(username="operator"), at=at)

    assert on_call(moment(26, 8)) == [("Trực chỉ huy", "Lê Thị Cúc", "Trần Văn Bình")]
    change = Substitution.objects.get()
    assert (change.was.name, change.now.name, change.because, change.by.username, change.at) == ("Trần Văn Bình", "Lê Thị Cúc", "con ốm", "operator", at)


def test_a_change_of_hands_needs_a_reason_somebody_else_and_a_turn_that_is_not_over(operator: Client) -> None:
    now = timezone.now()
    person, other = (Member.objects.create(agency=Agency.objects.get(code="police"), name=name) for name in ("An", "Bình"))
    turn = {"agency": "police", "post": "Trực ban", "member": person.pk}
    coming = post(operator, "/api/roster", {**turn, "starts_at": now.isoformat(), "ends_at": (now + timedelta(hours=8)).isoformat()}).json()["id"]
    past = post(
        operator, "/api/roster", {**turn, "starts_at": (now - timedelta(hours=9)).isoformat(), "ends_at": (now - timedelta(hours=1)).isoformat()}
    ).json()["id"]

    def change(number: int, **body: object) -> str:
        return post(operator, f"/api/roster/{number}/substitute", body).json().get("code", "done")

    assert change(coming, member=other.pk) == "reason_for_change"
    assert change(coming, member=person.pk, because="x") == "turn_taken"
    assert change(past, member=other.pk, because="x") == "bad_turn"
    assert change(coming, member=10**9, because="x") == change(10**9, member=other.pk, because="x") == "not_found"
    assert change(coming, member=other.pk, because="ốm") == "done"
    # Late, from another window: it is Bình's already.
    assert change(coming, member=other.pk, because="ốm") == "turn_taken"
    assert operator.delete(f"/api/roster/{coming}").json()["code"] == "bad_turn"


def test_gaps_and_people_on_two_posts_at_once_are_told(operator: Client) -> None:
    take_in(operator, TABLE + "26/11/2026;12:00-15:00;police;Trực ban;Trần Văn Bình;0900 000 001\n28/11/2026;08:00-12:00;police;Trực ban;An;3\n")
    answer = operator.get("/api/roster", {"from": moment(26, 7).isoformat(), "until": moment(28, 8).isoformat()}).json()
    told = {(one["kind"], one["post"], datetime.fromisoformat(one["from"]), datetime.fromisoformat(one["until"])) for one in answer["faults"]}

    assert told == {
        ("overlap", "Trực chỉ huy", moment(26, 12), moment(26, 15)),
        ("gap", "Trực ban", moment(26, 15), moment(27, 0)),
        ("gap", "Trực chỉ huy", moment(27, 7), moment(28, 8)),
        ("gap", "Trực ban", moment(28, 0), moment(28, 8)),
    }
    assert len(answer["items"]) == 4 and answer["may_change"] is True


def test_an_empty_post_is_an_alarm_until_somebody_is_on_call(operator: Client) -> None:
    take_in(operator)
    clock.tick(moment(26, 20))
    none = Alarm.objects.count()
    clock.tick(moment(27, 8))
    clock.tick(moment(27, 9))
    [alarm] = Alarm.objects.all()
    take_in(operator, "ngày;ca;vị trí;người trực\n27/11/2026;07:00-19:00;Trực chỉ huy;An\n", agency="police")
    clock.tick(moment(27, 10))
    alarm.refresh_from_db()

    assert none == 0 and (alarm.kind, alarm.data) == ("roster_gap", {"agency": "police", "post": "Trực chỉ huy"})
    assert alarm.cleared_at == moment(27, 10)


@pytest.mark.parametrize("role", ["officer", "leader", "field", "agency", "kiosk"])
def test_who_does_not_keep_the_roster_changes_none_of_it(people: dict[str, User], role: str) -> None:
    client = Client()
    client.force_login(people[role])
    for path, body in (
        ("/api/roster/table", {"text": TABLE}),
        ("/api/members", {"agency": "police", "name": "An"}),
        ("/api/roster/1/substitute", {"member": 1, "because": "x"}),
        ("/api/roster", {"agency": "police", "member": 1, "starts_at": "2026-11-26T00:00:00Z", "ends_at": "2026-11-26T08:00:00Z"}),
    ):
        assert post(client, path, body).status_code == 403
    assert client.delete("/api/roster/1").status_code == 403
    assert client.get("/api/roster?from=2026-11-26T00:00:00Z&until=2026-11-27T00:00:00Z").status_code == (200 if role == "leader" else 403)


def test_a_span_that_is_none_is_refused(operator: Client) -> None:
    assert operator.get("/api/roster?from=2026-11-27T00:00:00Z&until=2026-11-26T00:00:00Z").json()["code"] == "bad_turn"
    assert operator.get("/api/roster?from=2026-01-01T00:00:00Z&until=2026-12-26T00:00:00Z").json()["code"] == "bad_turn"
