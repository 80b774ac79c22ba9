"""A shift is handed over: made from what stands, kept, taken over once by another person, and read as far as its reader sees the cases now."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone

from geo.acting import acting
from geo.models import Role, User
from incidents.afterwards import handing_over
from incidents.models import Handover, Incident, Playbook, Responder
from layers.library.closures import Closure
from layers.library.sensors import Sensor
from tests.conftest import city_wkt
from tests.house.test_editing import as_
from tests.incidents.conftest import post, report

pytestmark = pytest.mark.django_db
POISON = "<script>window.__x=1</script>"


@pytest.fixture
def desk(people: dict[str, User], town: dict) -> Client:
    return as_(people["operator"])


@pytest.fixture
def morning(people: dict[str, User]) -> User:
    person = User.objects.create_user(username="morning", password="a long enough word", display_name="Ca sáng")
    person.roles.add(Role.objects.get(slug="operator"))
    return person


def test_it_says_what_is_open_and_what_is_next(desk: Client, units: dict[str, Responder]) -> None:
    steps = [
        {"code": "ask", "kind": "manual", "vi": "Hỏi lại", "en": "Ask", "due_s": 60},
        {"code": "tell", "kind": "notify", "vi": "Báo", "en": "Tell", "who": "police"},
    ]
    Playbook.objects.create(slug="trial", version=1, title_vi="Thử", title_en="Trial", trigger={"categories": ["house_fire"]}, steps=steps)
    fire, hole, gone = report(desk)["id"], report(desk, category="pothole")["id"], report(desk, category="pothole")["id"]
    post(desk, f"/api/incidents/{fire}/verify")
    post(desk, f"/api/incidents/{fire}/dispatch", {"responders": [units["near"].pk], "because": "gần nhất"})
    post(desk, f"/api/incidents/{fire}/playbooks/trial/tell")
    post(desk, f"/api/incidents/{fire}/opinions", {"question": "Sơ tán?", "options": []})
    post(desk, f"/api/incidents/{gone}/cancel", {"reason": "gọi nhầm"})
    now = timezone.now()
    with acting(by=None, because="test"):
        Closure.objects.create(reason="Sửa cầu", starts_at=now - timedelta(hours=1), geom=city_wkt("LINESTRING", (0, 0), (50, 0)))
        Closure.objects.create(
            reason="Đã mở", starts_at=now - timedelta(hours=3), ends_at=now - timedelta(hours=1), geom=city_wkt("LINESTRING", (0, 0), (50, 0))
        )
        Sensor.objects.create(code="MN", name="Cái Côn", kind="water_level", unit="m", last_value=1.4, last_at=now, state="ok", geom=city_wkt("POINT", (0, 0)))

    told = desk.get("/api/handover").json()["draft"]
    by_id = {one["id"]: one for one in told["cases"]}
    assert {number: one["next"]["code"] for number, one in by_id.items()} == {fire: "follow", hole: "acknowledge"}
    assert [step["vi"] for step in by_id[fire]["steps"]] == ["Hỏi lại", "Báo"]
    assert (told["changes"]["reported"], told["changes"]["dispatched"], [one["id"] for one in told["changes"]["ended"]]) == (3, 1, [gone])
    assert [one["reason"] for one in told["closures"]] == ["Sửa cầu"]
    assert [one["name"] for one in told["gauges"]] == ["Cái Côn"]
    assert [one["code"] for one in told["units"]["out"]] == ["CA-01"]
    assert ([one["question"] for one in told["opinions"]], [one["vi"] for one in told["notices"]]) == (["Sơ tán?"], ["Báo"])


def test_it_is_kept_with_a_word_by_hand_and_taken_over_once_by_another(desk: Client, morning: User) -> None:
    report(desk, place_name=POISON)
    kept = post(desk, "/api/handover", {"note": f"Theo dõi bến đò {POISON}"}).json()
    own = post(desk, f"/api/handover/{kept['id']}/take")
    assert (own.status_code, own.json()["code"]) == (403, "own_shift")
    taken = post(as_(morning), f"/api/handover/{kept['id']}/take", {"note": "đã nhận đủ"}).json()
    assert (taken["by"], taken["taken_by"], taken["taken_note"]) == ("operator", "Ca sáng", "đã nhận đủ")
    late = post(as_(morning), f"/api/handover/{kept['id']}/take")
    assert (late.status_code, late.json()["by"]) == (409, "Ca sáng")
    page = desk.get(f"/api/handover/{kept['id']}/print.html").content.decode()
    assert "Ca sáng" in page
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    # The next shift began when this one was taken over.
    assert handing_over.began(timezone.now()) == Handover.objects.get().taken_at
    assert as_(morning).get("/api/handover").json()["draft"]["changes"]["reported"] == 0


def test_a_shift_during_an_exercise_is_real_and_says_that_one_runs(desk: Client, units: dict[str, Responder]) -> None:
    report(desk, place_name="Cháy thật")
    post(desk, "/api/exercises", {"name": "Diễn tập đêm", "units": [units["far"].pk]})
    number = post(desk, "/api/handover").json()["id"]
    page = desk.get(f"/api/handover/{number}/print.html").content.decode()
    assert "KHÔNG PHẢI VỤ VIỆC THẬT" not in page
    assert "Diễn tập đêm" in page
    assert "Cháy thật" in page


def test_only_the_newest_is_taken_over(desk: Client, morning: User) -> None:
    first, second = (post(desk, "/api/handover", {"note": str(i)}).json()["id"] for i in (1, 2))
    assert post(as_(morning), f"/api/handover/{first}/take").status_code == 404
    assert post(as_(morning), f"/api/handover/{second}/take").status_code == 200


def test_a_case_that_was_restricted_since_is_missing_from_what_was_kept(desk: Client, morning: User) -> None:
    case, other = report(desk)["id"], report(desk, category="pothole")["id"]
    post(desk, f"/api/incidents/{case}/opinions", {"question": "Sơ tán?"})
    kept = post(desk, "/api/handover").json()["id"]
    Incident.objects.filter(pk=case).update(restricted=True)
    content: dict[str, Any] = as_(morning).get(f"/api/handover/{kept}").json()["content"]
    assert [one["id"] for one in content["cases"]] == [other]
    assert (content["opinions"], [one for one in content["alarms"] if one["incident"] == case]) == ([], [])
    code = Incident.objects.get(pk=case).code
    assert code not in as_(morning).get(f"/api/handover/{kept}/print.html").content.decode()


def test_who_handles_no_cases_neither_reads_writes_nor_takes(desk: Client, people: dict[str, User]) -> None:
    number = post(desk, "/api/handover").json()["id"]
    for person in ("officer", "leader", "agency", "field", "admin", "kiosk"):
        client = as_(people[person])
        answers = [
            client.get("/api/handover"),
            client.get(f"/api/handover/{number}"),
            post(client, "/api/handover"),
            post(client, f"/api/handover/{number}/take"),
        ]
        assert [one.status_code for one in answers] == [403] * 4, person
    assert Client().get("/api/handover").status_code == 401
    assert desk.get("/api/handover/999999").status_code == 404


def test_the_database_lets_nobody_hand_over_to_themselves(people: dict[str, User]) -> None:
    now, by = timezone.now(), people["operator"]
    with pytest.raises(DatabaseError, match="a_shift_is_taken_over_by_another"), transaction.atomic():
        Handover.objects.create(since=now, at=now, by=by, taken_by=by, taken_at=now)
    Handover.objects.create(since=now, at=now, by=by)
