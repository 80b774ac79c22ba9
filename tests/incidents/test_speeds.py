"""One case, two speeds: what becomes of deadline and clock, that it can be taken back, and that the parts of an event follow it."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from geo.models import User
from incidents import clock, closing, lifecycle
from incidents.models import Alarm, Incident
from layers.access import scope_of
from tests.incidents.conftest import post, report, verified

pytestmark = pytest.mark.django_db
POTHOLE = {"category": "pothole"}


def verb(client: Client, case: dict, name: str, **body: object) -> dict:
    answer = post(client, f"/api/incidents/{case['id']}/{name}", body)
    assert answer.status_code == 200, answer.content
    return answer.json()


def refused(client: Client, case: dict, name: str, **body: object) -> str:
    return post(client, f"/api/incidents/{case['id']}/{name}", body).json()["code"]


def test_a_promotion_puts_the_deadline_aside_and_starts_the_clocks_now(operator: Client, town: dict) -> None:
    case = verified(operator, **POTHOLE)
    forwarded = verb(operator, case, "forward", agency="police", days=3)
    assert "timers" not in forwarded and forwarded["due_at"]

    promoted = verb(operator, case, "promote", reason="xe ngã, có người bị thương")

    assert (promoted["process"], promoted["due_at"], promoted["status"]) == ("immediate", None, "assigned")
    assert promoted["timers"]["acknowledge_by"] > promoted["promoted_at"] > promoted["reported_at"]
    step = promoted["entries"][-1]
    assert (step["kind"], step["note"]) == ("promote", "xe ngã, có người bị thương")
    assert "được gác lại" in step["words"]["vi"] and "put aside" in step["words"]["en"]


def test_a_promoted_case_waits_for_somebody_since_its_promotion(operator: Client, town: dict) -> None:
    """Prove that three days of a timed case are not three days in which nobody took an immediate one."""
    case = report(operator, **POTHOLE)
    Incident.objects.filter(pk=case["id"]).update(reported_at=timezone.now() - timedelta(days=3))
    promoted = verb(operator, case, "promote", reason="x")

    clock.unheard_cases(timezone.now())

    assert Alarm.objects.get(kind="case_unheard").raised_at.isoformat() == datetime.fromisoformat(promoted["promoted_at"]).isoformat()


def test_a_demotion_brings_back_the_deadline_that_was_put_aside(operator: Client, town: dict) -> None:
    case = verified(operator, **POTHOLE)
    due = verb(operator, case, "forward", agency="police", days=3)["due_at"]
    verb(operator, case, "promote", reason="x")

    demoted = verb(operator, case, "demote", reason="không còn nguy hiểm")

    assert (demoted["process"], demoted["due_at"], demoted["clock_at"]) == ("timed", due, None)
    assert "timers" not in demoted


def test_a_case_that_no_agency_has_gets_its_deadline_when_one_does(operator: Client, town: dict) -> None:
    demoted = verb(operator, verified(operator), "demote", reason="khói đốt đồng")
    assert demoted["due_at"] is None and "khi chuyển" in demoted["entries"][-1]["words"]["vi"]

    assert verb(operator, demoted, "forward", agency="police")["due_at"] is not None


def test_a_change_of_speed_can_be_taken_back_once_and_not_late(operator: Client, people: dict[str, User], town: dict) -> None:
    case = verified(operator, **POTHOLE)
    before = verb(operator, case, "forward", agency="police", days=3)
    promoted = verb(operator, case, "promote", reason="nhầm")
    assert promoted["speed_undo_until"] and "undo_speed" in promoted["allowed"]

    undone = verb(operator, case, "undo_speed")

    kept = ("process", "due_at", "promoted_at", "clock_at", "status")
    assert {name: undone[name] for name in kept} == {name: before[name] for name in kept}
    assert "undo_speed" not in undone["allowed"]
    assert refused(operator, case, "undo_speed") == "nothing_to_undo"

    verb(operator, case, "promote", reason="thật")
    given = dict.fromkeys(("note", "reason"), "")
    with pytest.raises(lifecycle.NOT_NOW.__mro__[1], match="10 minutes"):
        closing.act(
            verb="undo_speed",
            incident_id=case["id"],
            given=given,
            scope=scope_of(people["operator"]),
            by=people["operator"],
            at=timezone.now() + timedelta(minutes=11),
        )


@pytest.mark.parametrize(("name", "category", "body", "code"), [
    ("promote", "pothole", {}, "reason_needed"),
    ("promote", "house_fire", {"reason": "x"}, "same_speed"),
    ("demote", "pothole", {"reason": "x"}, "same_speed"),
    ("undo_speed", "pothole", {}, "nothing_to_undo"),
])  # fmt: skip
def test_what_makes_no_sense_is_refused_and_changes_nothing(operator: Client, town: dict, name: str, category: str, body: dict, code: str) -> None:
    case = report(operator, category=category)

    assert refused(operator, case, name, **body) == code
    assert Incident.objects.get().version == 1


def test_nobody_is_called_off_by_a_change_of_speed(operator: Client, units: dict) -> None:
    case = verified(operator)
    post(operator, f"/api/incidents/{case['id']}/dispatch", {"responders": [units["near"].pk]})

    answer = post(operator, f"/api/incidents/{case['id']}/demote", {"reason": "x"}).json()

    assert (answer["code"], answer.get("units")) == ("units_out", ["CA-01"])


def test_the_parts_of_an_event_follow_it_and_come_back_with_it(operator: Client, town: dict) -> None:
    whole, part = report(operator, **POTHOLE), report(operator, **POTHOLE)
    verb(operator, part, "link", parent=whole["id"])
    assert refused(operator, part, "promote", reason="x") == "follows_parent"

    verb(operator, whole, "promote", reason="sập đường")
    assert Incident.objects.get(pk=part["id"]).process == "immediate"

    verb(operator, whole, "undo_speed")
    after = operator.get(f"/api/incidents/{part['id']}").json()
    assert (after["process"], after["promoted_at"], after["clock_at"]) == ("timed", None, None)
    assert [entry["kind"] for entry in after["entries"]] == ["report", "link", "promote", "undo_speed"]
