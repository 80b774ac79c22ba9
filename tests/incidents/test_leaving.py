"""A deed that takes a case out of one's own sight succeeds and says so; what it tells is the code and the cell that all of the staff see."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from geo.models import Agency, Role, User
from incidents import clock
from incidents.models import Alarm, CasePerson, Incident, RestrictedArea
from tests.incidents.conftest import FIRE, post, report

pytestmark = pytest.mark.django_db
WORDS = {"description": "chuyện không ai được biết", "place_name": "kho số 9", "reporter_name": "Bà Tư", "reporter_phone": "0901 222 333"}


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def told_nothing(answer: dict) -> bool:
    said = json.dumps(answer, ensure_ascii=False)
    return not any(word in said for word in (*WORDS.values(), f"{FIRE['lon']:.5f}", "house_fire"))


def test_a_leader_who_opens_a_case_to_everybody_is_told_that_it_is_done_and_gone(operator: Client, people: dict[str, User], town: dict) -> None:
    """Leaders see restricted cases by name and no others."""
    case = report(operator, **WORDS)["id"]
    post(operator, f"/api/incidents/{case}/restrict", {"reason": "nhạy cảm"})
    leader = signed_in(people["leader"])

    answer = post(leader, f"/api/incidents/{case}/unrestrict", {"reason": "công bố"})

    assert answer.status_code == 200
    told = answer.json()
    assert set(told) == {"id", "code", "out_of_sight", "words", "area"}
    assert (told["out_of_sight"], told["code"], told["area"]) == (True, Incident.objects.get().code, None)
    assert told["code"] in told["words"]["vi"] and told["words"]["vi"] != told["words"]["en"]
    assert told_nothing(told)
    assert leader.get(f"/api/incidents/{case}").status_code == 404
    assert operator.get(f"/api/incidents/{case}").json()["entries"][-1]["kind"] == "unrestrict"


def test_who_closes_a_case_off_without_being_named_is_told_its_cell_and_its_alarms_go_on(
    operator: Client, people: dict[str, User], town: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a centre that names nobody by the act itself, the one who did it is out at once: never a bare 404 for what has worked."""
    case = report(operator, **WORDS)["id"]
    monkeypatch.setattr(CasePerson.objects, "get_or_create", lambda **_: (None, False))

    answer = post(operator, f"/api/incidents/{case}/restrict", {"reason": "nhạy cảm"})

    told = answer.json()
    assert (answer.status_code, told["out_of_sight"]) == (200, True)
    cell = RestrictedArea.objects.get()
    centre = cell.geom.centroid.transform(4326, clone=True)
    assert (told["area"]["id"], told["area"]["lon"]) == (cell.pk, pytest.approx(centre.x, abs=1e-6))
    assert told_nothing(told)
    assert operator.get(f"/api/incidents/{case}").status_code == 404
    assert Incident.objects.get().restricted
    clock.tick(timezone.now() + timedelta(seconds=5))
    assert set(Alarm.objects.filter(cleared_at=None).values_list("kind", flat=True)) >= {"case_unheard", "case_restricted"}


def test_an_agency_that_hands_a_case_on_is_told_that_it_has_left(operator: Client, people: dict[str, User], town: dict) -> None:
    case = report(operator, category="pothole", **WORDS)["id"]
    for verb, given in (("verify", {}), ("forward", {"agency": "police"})):
        assert post(operator, f"/api/incidents/{case}/{verb}", given).status_code == 200
    role = Role.objects.create(slug="hands_on", name="x", permissions=["answer_cases", "handle_cases"])
    person = people["agency"]
    person.roles.set([role])
    Incident.objects.filter(pk=case).update(agency=person.agency)
    Agency.objects.create(code="water_works", name="Cấp nước", kind="utility")

    answer = post(signed_in(person), f"/api/incidents/{case}/forward", {"agency": "water_works"})

    assert (answer.status_code, answer.json().get("out_of_sight"), answer.json().get("area")) == (200, True, None)
    assert Incident.objects.get(pk=case).agency.code == "water_works"
