"""A boy is missing in the canal at two in the morning and one operator is alone: nothing is forgotten, somebody above decides, and the morning knows all of it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from geo.city import BUILT_IN, CITY
from geo.crs import to_city, to_lonlat
from geo.models import Agency, Role, User
from incidents import clock
from incidents.guidance import playbooks
from incidents.models import Assignment, DutyTurn, Incident, Member, Responder, RunStep
from tests.conftest import JUNCTION, city_wkt
from tests.incidents.conftest import post

pytestmark = pytest.mark.django_db
# Two in the morning, in the city's own time.
STARTS = datetime(2026, 11, 26, 19, 0, tzinfo=UTC)


class Night:
    """The clock of this night: it moves when the test says so, and every rule of the clock process looks as it moves."""

    def __init__(self) -> None:
        self.at = STARTS

    def on(self, seconds: float, every_s: float = 5) -> None:
        until = self.at + timedelta(seconds=seconds)
        while self.at < until:
            self.at = min(self.at + timedelta(seconds=every_s), until)
            clock.tick(self.at)


@pytest.fixture
def night(monkeypatch: pytest.MonkeyPatch) -> Iterator[Night]:
    made = Night()
    monkeypatch.setattr(timezone, "now", lambda: made.at)
    yield made


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def city(people: dict[str, User], town: dict[str, object], night: Night) -> dict[str, Any]:
    """A rescue boat on the canal, a fire service on call, a leader and a deputy, and who comes at seven."""
    playbooks.load(BUILT_IN.parent / "nga_bay_playbooks.toml")
    fire = Agency.objects.create(code="fire", name="Cảnh sát PCCC và CNCH", duty_phone="114")
    Agency.objects.create(code="ambulance", name="Trung tâm cấp cứu", duty_phone="115")
    ward = Agency.objects.create(code="ward_nga_bay", name="UBND phường Ngã Bảy", kind="ward")
    fireman = User.objects.create_user(username="fireman", password="a long enough word", display_name="Trực 114", agency=fire)
    fireman.roles.add(Role.objects.get(slug="agency"))
    member = Member.objects.create(agency=fire, name="Trần Văn Hùng", phone="0909 000 114", user=fireman)
    DutyTurn.objects.create(agency=fire, post="Trực chỉ huy", member=member, starts_at=STARTS - timedelta(hours=8), ends_at=STARTS + timedelta(hours=5))
    deputy = User.objects.create_user(username="deputy", password="a long enough word", display_name="Phó Chủ tịch")
    deputy.roles.add(Role.objects.get(slug="leader"))
    morning = User.objects.create_user(username="morning", password="a long enough word", display_name="Ca sáng")
    morning.roles.add(Role.objects.get(slug="operator"))
    User.objects.create_user(username="ward", password="a long enough word", agency=ward, wards=[""])
    boat = Responder.objects.create(
        code="XU-01", name="Xuồng dân quân", kind="militia", agency=people["operator"].agency, authority="directed", mode="boat",
        skills=["water", "rescue"], position_at=STARTS, position_accuracy_m=5, geom=city_wkt("POINT", (40, -50)),
    )  # fmt: skip
    return {"boat": boat, "fireman": fireman, "deputy": deputy, "morning": morning}


def alarms(client: Client) -> list[str]:
    return sorted(one["kind"] for one in client.get("/api/alarms").json()["items"] if one["acknowledged_at"] is None)


def steps(client: Client, case: int) -> dict[str, dict[str, Any]]:
    (run,) = client.get(f"/api/incidents/{case}").json()["playbooks"]
    return {one["code"]: one for one in run["steps"]}


def take(client: Client, case: int, code: str, **given: Any) -> None:
    answer = post(client, f"/api/incidents/{case}/playbooks/drowning/{code}", given)
    assert answer.status_code == 200, answer.content.decode()


def test_a_drowning_at_night_with_one_operator(people: dict[str, User], city: dict[str, Any], night: Night) -> None:
    operator, leader, deputy = signed_in(people["operator"]), signed_in(people["leader"]), signed_in(city["deputy"])
    x, y = to_city(*JUNCTION)
    lon, lat = to_lonlat(x + 250, y - 45)

    # A call. The playbook arms itself; the operator is with another caller, and after 90 s it is heard above.
    case = post(
        operator, "/api/incidents", {"category": "drowning", "lon": lon, "lat": lat, "channel": "phone", "description": "Bé trai trượt khỏi bến"}
    ).json()
    number = case["id"]
    assert [run["slug"] for run in case["playbooks"]] == ["drowning"]
    night.on(85)
    assert alarms(leader) == []
    assert "case_unheard" in alarms(operator)
    night.on(10)
    assert "case_unheard" in alarms(leader)
    escalated = operator.get("/api/alarms").json()["items"]
    assert {one["kind"]: one["level"] for one in escalated}["case_unheard"] == 1

    # Verified; the first step was due after a minute and rings, once the operator has had a minute with the case.
    post(operator, f"/api/incidents/{number}/verify")
    night.on(5)
    assert [kind for kind in alarms(operator) if kind in ("case_unheard", "step_due")] == []
    night.on(60)
    assert "step_due" in alarms(operator)
    take(operator, number, "last_seen", answers={"place": "Bến đò Cái Côn", "minutes_ago": 10, "age": 9, "people": 1})
    night.on(5)
    assert steps(operator, number)["last_seen"]["late"] is True

    # 114 is told: the roster knows who that is tonight, and he says that he has heard.
    take(operator, number, "notify_114")
    (told,) = signed_in(city["fireman"]).get("/api/notices").json()["items"]
    assert (told["on_call"][0]["name"], told["about"]["category"]) == ("Trần Văn Hùng", "drowning")
    post(signed_in(city["fireman"]), f"/api/notices/{told['id']}/acknowledge", {"note": "ca nô xuất phát"})
    take(operator, number, "notify_115")
    notice = steps(operator, number)["notify_115"]["notices"][0]
    post(operator, f"/api/notices/{notice['id']}/acknowledge", {"note": "gọi 115, gặp chị Lan"})

    # The boat is sent, and with it that step is done by itself.
    sent = post(operator, f"/api/incidents/{number}/dispatch", {"responders": [city["boat"].pk], "because": "ghe gần nhất"})
    assert sent.status_code == 200, sent.content.decode()
    assert steps(operator, number)["send_boat"]["status"] == "done"

    # Closing the waterway is beyond the operator: the leader sleeps, the deputy is asked after five minutes and answers.
    refused = post(operator, f"/api/incidents/{number}/playbooks/drowning/stop_boats", {"choice": "yes"})
    assert refused.json()["code"] == "beyond_authority"
    asked = {"playbook": "drowning", "step": "stop_boats", "within_s": 300, "whom": people["leader"].pk}
    opinion = post(operator, f"/api/incidents/{number}/opinions", asked).json()
    assert "opinion_asked" in alarms(leader)
    boat = Assignment.objects.get()
    post(operator, f"/api/assignments/{boat.pk}/enroute")
    for metres, seconds in ((80, 60), (150, 60), (220, 60)):
        night.on(seconds)
        there = to_lonlat(x + metres, y - 50)
        Responder.objects.filter(pk=city["boat"].pk).update(user=people["field"])
        fix = {"positions": [{"at": night.at.isoformat(), "lon": there[0], "lat": there[1], "accuracy_m": 5}]}
        assert post(signed_in(people["field"]), "/api/positions", fix).status_code == 200
    post(operator, f"/api/assignments/{boat.pk}/on_scene")
    night.on(130)
    (shown,) = [one for one in deputy.get("/api/opinions").json()["items"] if one["mine"]]
    assert [one["name"] for one in shown["reached"]] == ["leader", "Phó Chủ tịch"]
    answered = post(deputy, f"/api/opinions/{opinion['id']}/answer", {"choice": "yes", "words": "Cấm luồng đến khi tìm thấy"})
    assert answered.status_code == 200
    stop = steps(operator, number)["stop_boats"]
    assert (stop["status"], stop["choice"], stop["by"], stop["note"]) == ("done", "yes", "Phó Chủ tịch", "Cấm luồng đến khi tìm thấy")
    assert steps(operator, number)["close_water"]["status"] == "todo"
    take(operator, number, "close_water")

    # The crew is asked after every so many minutes; silence is an alarm, their word ends it.
    minutes = CITY.categories["drowning"].check_min
    night.on(minutes * 60 + 10, every_s=30)
    assert "check_overdue" in alarms(operator)
    checked = post(signed_in(people["field"]), f"/api/responders/{city['boat'].pk}/check", {"well": True, "note": "3 người, đủ áo phao"})
    assert checked.status_code == 200, checked.content.decode()
    assert "check_overdue" not in alarms(operator)
    assert RunStep.objects.get(code="first_20").by is None

    # Found alive; the boat leaves, the wait for that ends, the last form is filled in, the case closes.
    post(operator, f"/api/assignments/{boat.pk}/clear")
    night.on(10)
    assert steps(operator, number)["all_out"]["status"] == "done"
    take(operator, number, "result", answers={"found": "alive", "handed_to": "Mẹ cháu, tại bến"})
    take(operator, number, "family", status="skipped", note="gia đình có mặt tại bến")
    closed = post(operator, f"/api/incidents/{number}/close", {"outcome": next(iter(CITY.outcomes)), "note": "cứu được"})
    assert closed.status_code == 200, closed.content.decode()
    night.on(10)
    assert [kind for kind in alarms(operator) if kind != "post_empty"] == []

    # The replay has the boat's way with its moments; the report says what was late, what was skipped and who decided.
    replay = operator.get(f"/api/incidents/{number}/replay").json()
    (unit,) = replay["units"]
    assert (unit["code"], sum(len(part) for part in unit["track"])) == ("XU-01", 3)
    report = operator.get(f"/api/incidents/{number}/report").json()
    assert [row["code"] for row in report["targets"] if row["late"]] == ["acknowledge"]
    assert report["figures"]["skipped"] == 1
    assert [(one["choice"]["vi"], one["by"]) for one in report["decisions"]] == [("Cấm luồng", "Phó Chủ tịch")]
    paper = operator.get(f"/api/incidents/{number}/report.html").content.decode()
    assert "gia đình có mặt tại bến" in paper
    assert "Phó Chủ tịch" in paper

    # Seven o'clock: the shift is handed over with a word by hand, and another person takes it.
    night.on(3600, every_s=600)
    kept = post(operator, "/api/handover", {"note": "Bến Cái Côn cần rào tạm"}).json()
    assert [one["code"] for one in kept["content"]["changes"]["ended"]] == [Incident.objects.get(pk=number).code]
    assert post(operator, f"/api/handover/{kept['id']}/take").json()["code"] == "own_shift"
    taken = post(signed_in(city["morning"]), f"/api/handover/{kept['id']}/take").json()
    assert (taken["by"], taken["taken_by"]) == ("operator", "Ca sáng")
