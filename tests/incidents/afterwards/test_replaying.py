"""A case as it went and the report of it: gaps stay gaps, everybody sees their own part, what was late is said, and nothing in it runs."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from geo.acting import acting
from geo.models import Role, User
from incidents.afterwards import replaying
from incidents.models import Assignment, Entry, Incident, Playbook, Position, Responder
from incidents.units.unit_models import Shift
from layers.library.closures import Closure
from layers.library.water_levels import WaterLevel
from tests.conftest import city_wkt
from tests.house.test_editing import as_
from tests.incidents.conftest import post, report

pytestmark = pytest.mark.django_db
POISON = "<script>window.__x=1</script><img src=x onerror=alert(1)>"
CHOICES = [{"value": "yes", "vi": "Có", "en": "Yes"}, {"value": "no", "vi": "Không", "en": "No"}]
STEPS = [
    {"code": "ask", "kind": "manual", "vi": "Hỏi", "en": "Ask", "due_s": 60, "evidence": True},
    {"code": "way", "kind": "decide", "vi": "Đường nào", "en": "Which way", "choices": CHOICES},
    {"code": "power", "kind": "manual", "vi": "Cắt điện", "en": "Cut the power"},
]


@pytest.fixture
def desk(people: dict[str, User], town: dict) -> Client:
    return as_(people["operator"])


def fixes(unit: Responder, start: datetime, seconds: list[int]) -> None:
    Position.objects.bulk_create(
        Position(responder=unit, at=start + timedelta(seconds=s), received_at=start, source="tracker", geom=city_wkt("POINT", (float(s), 0))) for s in seconds
    )


@pytest.fixture
def case(desk: Client, units: dict[str, Responder]) -> dict[str, Any]:
    """A fire to which a car went, silent for five minutes on the way; what came before and after its assignment is not the case's."""
    Playbook.objects.create(slug="trial", version=1, title_vi="Thử", title_en="Trial", trigger={"categories": ["house_fire"]}, steps=STEPS)
    made = report(desk, description=POISON, place_name="Chợ & kênh")
    number = made["id"]
    post(desk, f"/api/incidents/{number}/verify")
    post(desk, f"/api/incidents/{number}/dispatch", {"responders": [units["near"].pk]})
    sent = Assignment.objects.get()
    start = sent.requested_at
    fixes(units["near"], start, [-60, -10, 0, 10, 20, 320, 330, 700])
    fixes(units["far"], start, [0, 10])
    Assignment.objects.filter(pk=sent.pk).update(
        on_scene_at=start + timedelta(seconds=340), ended_at=start + timedelta(seconds=600), status="cleared", eta_s=300
    )
    post(desk, f"/api/incidents/{number}/playbooks/trial/way", {"choice": "yes", "note": POISON})
    post(desk, f"/api/incidents/{number}/playbooks/trial/power", {"status": "skipped", "note": "nhà không có điện"})
    with acting(by=None, because="test"):
        for reason, since, until in (("khói", -10, None), ("hôm qua", -90_000, -80_000)):
            ends_at = start + timedelta(seconds=until) if until else None
            Closure.objects.create(reason=reason, starts_at=start + timedelta(seconds=since), ends_at=ends_at, geom=city_wkt("LINESTRING", (0, 0), (50, 0)))
    return made


def test_a_track_is_the_cases_own_stretch_and_silence_is_a_gap(desk: Client, case: dict[str, Any], units: dict[str, Responder]) -> None:
    told = desk.get(f"/api/incidents/{case['id']}/replay").json()
    (unit,) = told["units"]
    start = Assignment.objects.get().requested_at.timestamp()
    assert [[round(fix[0] - start) for fix in part] for part in unit["track"]] == [[0, 10, 20], [320, 330]]
    assert [one["properties"]["reason"] for one in told["closures"]] == ["khói"]
    assert [one["kind"] for one in told["entries"]] == ["report", "verify", "dispatch", "step", "step"]
    assert told["entries"][1]["status"] == "verified"


def test_a_long_track_is_thinned_and_keeps_its_gaps_and_ends() -> None:
    start = timezone.now()
    long = [(start + timedelta(seconds=s), 105.8, 9.8) for s in (*range(10_000), *range(20_000, 20_003))]
    first, second = replaying.parts_of(long)
    assert len(first) <= replaying.MOST_A_TRACK + 1
    assert (first[0][0], first[-1][0]) == (round(start.timestamp(), 1), round((start + timedelta(seconds=9_999)).timestamp(), 1))
    assert second[-1][0] - second[0][0] == pytest.approx(2, abs=0.2)


def test_everybody_sees_their_own_part_of_a_replay(desk: Client, case: dict[str, Any], people: dict[str, User]) -> None:
    urls = [f"/api/incidents/{case['id']}/{what}" for what in ("replay", "report", "report.html")]
    for url in urls:
        assert Client().get(url).status_code == 401
        assert [as_(people[who]).get(url).status_code for who in ("officer", "agency", "field", "admin", "leader")] == [403, 403, 403, 403, 404]
    Role.objects.filter(slug="operator").update(permissions=["see_cases", "see_assets"])
    told = as_(User.objects.get(username="operator")).get(urls[0]).json()
    assert (told["units"], told["cameras"]) == ([], [])
    Incident.objects.filter(pk=case["id"]).update(restricted=True)
    assert as_(User.objects.get(username="operator")).get(urls[0]).status_code == 404
    assert as_(User.objects.get(username="leader")).get(urls[2]).status_code == 200


def test_the_report_says_what_was_late_what_was_skipped_and_who_decided(desk: Client, case: dict[str, Any]) -> None:
    Incident.objects.filter(pk=case["id"]).update(reported_at=timezone.now() - timedelta(seconds=400))
    told = desk.get(f"/api/incidents/{case['id']}/report").json()

    assert {row["code"]: row["late"] for row in told["targets"]} == {"acknowledge": True, "verify": True, "dispatch": False}
    assert told["units"][0]["off_s"] == pytest.approx(40)
    assert told["figures"] == {"steps": 3, "done": 1, "late": 0, "skipped": 1, "left": 1, "alarms": 1, "escalated": 0}
    assert [(one["choice"]["vi"], one["by"]) for one in told["decisions"]] == [("Có", "operator")]


def test_on_paper_every_word_is_a_word_and_nothing_runs(desk: Client, case: dict[str, Any]) -> None:
    answer = desk.get(f"/api/incidents/{case['id']}/report.html")
    text = answer.content.decode()

    assert answer.headers["Content-Type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "<script" not in text
    assert "<img" not in text
    assert "&lt;script&gt;" in text
    assert "Chợ &amp; kênh" in text
    assert "nhà không có điện" in text
    assert "DIỄN TẬP" not in text
    assert text.count("<polyline") >= 4


def test_a_case_without_a_place_has_a_replay_and_a_report_without_a_sketch(desk: Client) -> None:
    number = report(desk, lon=None, lat=None)["id"]
    told = desk.get(f"/api/incidents/{number}/replay").json()
    assert (told["closures"], told["cameras"], told["units"]) == ([], [], [])
    assert "<svg" not in desk.get(f"/api/incidents/{number}/report.html").content.decode()
    assert Entry.objects.filter(incident_id=number).count() == 1


def stood(told: dict[str, Any], at: datetime) -> list[tuple[str, list[Any]]]:
    """What the page draws of closures at a moment of the replay."""
    then = [one for one in told["closures"] if one["from"] <= at.isoformat() and (one["until"] is None or at.isoformat() < one["until"])]
    return [(one["properties"]["reason"], one["geometry"]["coordinates"]) for one in then]


def test_a_closure_is_drawn_as_it_stood_at_each_moment(desk: Client, case: dict[str, Any]) -> None:
    """Drawn longer during the case, then deleted: before, in between and after are three pictures, and the present is none of them."""
    row = Closure.objects.get(reason="khói")
    moments = [timezone.now()]
    with acting(by=None, because="more smoke"):
        Closure.objects.filter(pk=row.pk).update(reason="khói lan", geom=city_wkt("LINESTRING", (0, 0), (200, 0)), version=row.version + 1)
    moments.append(timezone.now())
    with acting(by=None, because="cleared away"):
        Closure.objects.filter(pk=row.pk).delete()
    moments.append(timezone.now())

    told = desk.get(f"/api/incidents/{case['id']}/replay").json()

    pictures = [stood(told, moment) for moment in moments]
    assert [[reason for reason, _ in picture] for picture in pictures] == [["khói"], ["khói lan"], []]
    assert pictures[0][0][1] != pictures[1][0][1] and not told["closures_as_now"]


def test_of_a_time_of_which_nothing_was_kept_closures_are_those_of_now_and_that_is_said(desk: Client, case: dict[str, Any]) -> None:
    Incident.objects.update(reported_at=timezone.now() - timedelta(days=900))
    told = desk.get(f"/api/incidents/{case['id']}/replay").json()
    assert told["closures_as_now"]


def test_the_water_and_the_force_at_each_moment(desk: Client, case: dict[str, Any], units: dict[str, Responder], people: dict[str, User]) -> None:
    start = Incident.objects.get().reported_at
    Incident.objects.update(reported_at=start - timedelta(hours=2))
    with acting(by=None, because="test"):
        for level_cm, since, until in ((120, -200, -60), (160, -60, None)):
            WaterLevel.objects.create(
                station="TV", level_cm=level_cm, starts_at=start + timedelta(minutes=since), by=people["operator"], because="x",
                ends_at=start + timedelta(minutes=until) if until is not None else None,
            )  # fmt: skip
        for name, on_min, off_min in (("near", -300, -30), ("boat", -90, None)):
            on_at, off_at = (start + timedelta(minutes=m) if m is not None else None for m in (on_min, off_min))
            Shift.objects.create(responder=units[name], on_at=on_at, rested_since=on_at, off_at=off_at)
    told = desk.get(f"/api/incidents/{case['id']}/replay").json()

    assert [one["level_cm"] for one in told["levels"]] == [120, 160] and datetime.fromisoformat(told["levels"][1]["from"]) == pytest.approx(
        start - timedelta(minutes=60), abs=timedelta(milliseconds=1)
    )
    assert [one["kinds"] for one in told["force"]] == [{"police": 1}, {"police": 2}, {"police": 1}]
    Role.objects.filter(slug="operator").update(permissions=["see_cases", "see_assets"])
    blind = as_(User.objects.get(username="operator")).get(f"/api/incidents/{case['id']}/replay").json()
    assert blind["force"] == []
