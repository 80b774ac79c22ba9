"""Playbooks: armed by what a case is, taken step by step with evidence, skipped with a reason, versioned, and never by who may not."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from geo.city import BUILT_IN, CITY
from geo.models import User
from incidents.guidance import playbooks
from incidents.models import Entry, Playbook, Run
from tests.house.test_editing import as_
from tests.incidents.conftest import post, report

pytestmark = pytest.mark.django_db
BUILT = BUILT_IN.parent / "nga_bay_playbooks.toml"


@pytest.fixture
def loaded(db: None) -> list[Playbook]:
    return playbooks.load(BUILT)


def step(client: Client, case: int, slug: str, code: str, **given: Any) -> Any:
    return post(client, f"/api/incidents/{case}/playbooks/{slug}/{code}", given)


def test_the_citys_playbooks_fit_its_categories_and_say_every_step_in_both_languages(loaded: list[Playbook]) -> None:
    assert [one.slug for one in loaded] == ["fire_by_canal", "crash_injured", "drowning", "high_tide", "gathering"]
    assert all(set(one.trigger["categories"]) <= set(CITY.categories) for one in loaded)
    assert all(step["vi"] and step["en"] for one in loaded for step in one.steps)


def test_a_report_arms_what_fits_and_verifying_arms_what_fits_then(people: dict[str, User], loaded: list[Playbook], town: dict) -> None:
    operator = as_(people["operator"])
    fire, crowd = report(operator), report(operator, category="crowd", severity=1)

    def slugs(case: dict[str, Any]) -> list[str]:
        return [run["slug"] for run in operator.get(f"/api/incidents/{case['id']}").json()["playbooks"]]

    assert slugs(fire) == ["fire_by_canal"]
    assert slugs(crowd) == []
    post(operator, f"/api/incidents/{crowd['id']}/verify", {"severity": 4})
    assert slugs(crowd) == ["gathering"]


def test_a_step_is_taken_once_with_what_it_asks_for_and_stands_in_the_sequence(people: dict[str, User], loaded: list[Playbook], town: dict) -> None:
    operator = as_(people["operator"])
    case = report(operator)["id"]

    assert step(operator, case, "fire_by_canal", "confirm").json()["code"] == "evidence_needed"
    assert step(operator, case, "fire_by_canal", "access", choice="air").json()["code"] == "not_a_choice"
    assert step(operator, case, "fire_by_canal", "power", status="skipped").json()["code"] == "evidence_needed"
    done = step(operator, case, "fire_by_canal", "confirm", note="có người trên gác")
    assert done.status_code == 200, done.content
    assert step(operator, case, "fire_by_canal", "access", choice="water").status_code == 200
    assert step(operator, case, "fire_by_canal", "power", status="skipped", note="nhà chưa có điện").status_code == 200
    again = step(operator, case, "fire_by_canal", "confirm", note="khác")
    assert (again.status_code, again.json()["code"]) == (409, "step_taken")
    (run,) = operator.get(f"/api/incidents/{case}").json()["playbooks"]
    told = {one["code"]: (one["status"], one["choice"], one["by"]) for one in run["steps"]}
    assert told["confirm"] == ("done", "", "operator")
    assert (told["access"], told["power"][0], told["send"][0]) == (("done", "water", "operator"), "skipped", "todo")
    assert Entry.objects.filter(incident_id=case, kind="step").count() == 3


def test_late_is_what_was_done_after_it_was_due(people: dict[str, User], loaded: list[Playbook], town: dict) -> None:
    operator = as_(people["operator"])
    case = report(operator)["id"]
    Run.objects.filter(incident_id=case).update(armed_at=timezone.now() - timedelta(seconds=90))
    step(operator, case, "fire_by_canal", "confirm", note="đúng")
    step(operator, case, "fire_by_canal", "notify_114")

    (run,) = operator.get(f"/api/incidents/{case}").json()["playbooks"]
    assert [one["late"] for one in run["steps"][:2]] == [True, False]


def test_who_may_not_handle_cases_takes_no_step_and_who_may_not_see_hears_of_none(people: dict[str, User], loaded: list[Playbook], town: dict) -> None:
    case = report(as_(people["operator"]))["id"]

    for person in ("officer", "leader", "agency", "field", "admin"):
        assert step(as_(people[person]), case, "fire_by_canal", "send").status_code == 403
        assert post(as_(people[person]), f"/api/incidents/{case}/playbooks", {"slug": "drowning"}).status_code == 403
    assert step(Client(), case, "fire_by_canal", "send").status_code == 401
    assert step(as_(people["operator"]), case, "drowning", "send_boat").status_code == 404
    assert step(as_(people["operator"]), case, "fire_by_canal", "no_such_step").status_code == 404


def test_a_playbook_is_armed_by_hand_once(people: dict[str, User], loaded: list[Playbook], town: dict) -> None:
    operator = as_(people["operator"])
    case = report(operator, category="pothole")["id"]
    for _ in range(2):
        assert len(post(operator, f"/api/incidents/{case}/playbooks", {"slug": "high_tide"}).json()["playbooks"]) == 1
    assert Entry.objects.filter(incident_id=case, kind="playbook").count() == 1
    assert post(operator, f"/api/incidents/{case}/playbooks", {"slug": "nothing"}).status_code == 404


def test_a_better_playbook_is_the_next_version_and_running_cases_keep_theirs(
    people: dict[str, User], loaded: list[Playbook], town: dict, tmp_path: Path
) -> None:
    operator = as_(people["operator"])
    case = report(operator)["id"]
    better = tmp_path / "better.toml"
    better.write_text(BUILT.read_text(encoding="utf-8").replace("Gọi lại người báo", "Gọi lại ngay người báo"), encoding="utf-8")
    call_command("playbooks", str(better), verbosity=0)
    call_command("playbooks", str(better), verbosity=0)

    assert list(Playbook.objects.filter(slug="fire_by_canal").order_by("version").values_list("version", "active")) == [(1, False), (2, True)]
    assert Playbook.objects.filter(slug="drowning").count() == 1
    assert operator.get(f"/api/incidents/{case}").json()["playbooks"][0]["version"] == 1
    assert operator.get(f"/api/incidents/{report(operator)['id']}").json()["playbooks"][0]["version"] == 2


@pytest.mark.parametrize(
    "text",
    [
        "not toml [",
        "x = 1",
        '[[playbooks]]\nslug = "A B"\nvi = "x"\nen = "x"\nsteps = [{ code = "a", kind = "manual", vi = "x", en = "x" }]',
        '[[playbooks]]\nslug = "a"\nvi = "x"\nen = "x"\nsteps = []',
        '[[playbooks]]\nslug = "a"\nvi = "x"\nen = "x"\nsteps = [{ code = "a", kind = "shoot", vi = "x", en = "x" }]',
        '[[playbooks]]\nslug = "a"\nvi = "x"\nen = "x"\nsteps = [{ code = "a", kind = "decide", vi = "x", en = "x" }]',
        '[[playbooks]]\nslug = "a"\nvi = "x"\nen = "x"\ntrigger = { categories = ["no_such"] }\nsteps = [{ code = "a", kind = "manual", vi = "x", en = "x" }]',
    ],
)
def test_a_playbook_that_cannot_be_followed_is_refused_whole(text: str, tmp_path: Path, db: None) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text(text)
    with pytest.raises(CommandError, match="bad_playbook"):
        call_command("playbooks", str(bad))
    assert not Playbook.objects.exists()
