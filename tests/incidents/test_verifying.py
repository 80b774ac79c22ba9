"""Verification is an act on record: who, how, what it said and what shows it; and nothing is forwarded that nobody has verified."""

import pytest
from django.test import Client

from cameras import placing
from incidents.models import Incident, Verification
from incidents.verifying import WAYS
from tests.conftest import JUNCTION
from tests.incidents.conftest import post, report, verified

pytestmark = pytest.mark.django_db


def test_how_it_was_verified_is_kept_with_who_and_when(operator: Client, town: dict) -> None:
    case = report(operator)
    seen = post(operator, f"/api/incidents/{case['id']}/verify", {"way": "call_back", "note": "gọi lại, đúng là cháy"}).json()

    (act,) = seen["verifications"]
    assert (act["way"]["code"], act["holds"], act["by"], act["note"]) == ("call_back", True, "operator", "gọi lại, đúng là cháy")
    assert act["at"] and act["way"]["vi"] == "Gọi lại người báo"


def test_a_camera_that_shows_it_is_kept_as_evidence(operator: Client, town: dict, people: dict) -> None:
    camera = placing.place(
        code="C-1",
        name="Cầu",
        lon=JUNCTION[0],
        lat=JUNCTION[1],
        heading_deg=90,
        hfov_deg=60,
        range_m=80,
        by=None,
        because="test",
        at=people["operator"].date_joined,
    )
    case = report(operator)
    seen = post(operator, f"/api/incidents/{case['id']}/verify", {"way": "camera", "evidence": camera.pk}).json()

    assert seen["verifications"][0]["evidence"] == {"layer": "cameras", "fid": camera.pk}


@pytest.mark.parametrize(
    ("body", "code"),
    [({"way": "dream"}, "unknown_way"), ({"way": "camera", "evidence": 2**40}, "not_found"), ({"way": "document", "evidence": 1}, "unknown_way")],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(operator: Client, town: dict, body: dict, code: str) -> None:
    case = report(operator)

    assert post(operator, f"/api/incidents/{case['id']}/verify", body).json()["code"] == code
    assert not Verification.objects.exists() and Incident.objects.get().status == "new"


def test_a_false_report_is_an_act_too_and_has_its_reason(operator: Client, town: dict) -> None:
    case = report(operator)
    path = f"/api/incidents/{case['id']}"
    assert post(operator, f"{path}/reject", {"way": "local_officer"}).json()["code"] == "reason_needed"

    seen = post(operator, f"{path}/reject", {"way": "local_officer", "reason": "đốt rác có người trông"}).json()

    assert [(act["way"]["code"], act["holds"], act["note"]) for act in seen["verifications"]] == [("local_officer", False, "đốt rác có người trông")]


def test_nothing_is_forwarded_or_handed_over_that_nobody_has_verified(operator: Client, town: dict) -> None:
    """Prove that the centre answers for what it forwards: in every status before verification it is refused, also when opened again."""
    case = report(operator, category="pothole")
    path = f"/api/incidents/{case['id']}"
    for before in ("new", "verifying"):
        for verb in ("forward", "transfer"):
            assert post(operator, f"{path}/{verb}", {"agency": "police"}).json()["code"] == "not_now", before
        post(operator, f"{path}/acknowledge")
    post(operator, f"{path}/cancel", {"reason": "x"})
    post(operator, f"{path}/reopen", {"reason": "x"})
    assert post(operator, f"{path}/forward", {"agency": "police"}).json()["code"] == "not_now"

    post(operator, f"{path}/verify")
    assert post(operator, f"{path}/forward", {"agency": "police"}).status_code == 200


def test_the_acts_of_a_merged_report_are_told_with_its_target(operator: Client, town: dict) -> None:
    main, other = report(operator), verified(operator)
    post(operator, f"/api/incidents/{other['id']}/merge", {"into": main["id"]})

    assert [act["incident_id"] for act in operator.get(f"/api/incidents/{main['id']}").json()["verifications"]] == [other["id"]]


def test_pages_know_the_ways_and_which_layer_shows_them(client: Client, db: None) -> None:
    ways = client.get("/api/city").json()["verification_ways"]

    assert [way["code"] for way in ways] == list(WAYS)
    assert {way["code"]: way["layer"] for way in ways}["camera"] == "cameras"
    assert all(way["vi"] and way["en"] for way in ways)
