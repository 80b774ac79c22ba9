"""A link to a caller's phone: good for one phone, one case and a while; it tells nothing, and what it brings is evidence beside what is known."""

import io
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone
from PIL import Image

from geo.city import CITY
from geo.models import Event, SignInFailure, User
from incidents.intake import phone_links
from incidents.models import Entry, Incident, PhoneLink
from tests.incidents.conftest import FIRE, post, report

pytestmark = pytest.mark.django_db

NOWHERE = {"lon": None, "lat": None}
FIX = {"lon": FIRE["lon"], "lat": FIRE["lat"], "accuracy_m": 40}


@pytest.fixture(autouse=True)
def pages(settings: Any, tmp_path: Path) -> None:
    """The page as it is built, in one line: these tests look at the status, the browser's look at the page."""
    (tmp_path / "here.html").write_text("<!doctype html><p>here")
    settings.FRONTEND_DIST = tmp_path


def made(client: Client, case: dict[str, Any]) -> tuple[dict[str, Any], str]:
    answer = post(client, f"/api/incidents/{case['id']}/links")
    assert answer.status_code == 201, answer.content
    found = answer.json()["made"]
    return found, re.search(r"/here/([\w-]+)$", found["url"])[1]


def say(token: str, claim: str = "", **fix: Any) -> Any:
    headers = {"X-Claim": claim} if claim else {}
    return Client().post(f"/api/here/{token}/position", {**FIX, **fix}, content_type="application/json", headers=headers)


def later(link_id: int, seconds: float) -> None:
    """As if so much time had passed since the phone last spoke."""
    PhoneLink.objects.filter(pk=link_id).update(said_at=timezone.now() - timedelta(seconds=seconds))


def test_the_operator_gets_words_and_a_code_and_only_a_digest_is_kept(operator: Client, town: dict) -> None:
    case = report(operator, **NOWHERE)

    found, token = made(operator, case)

    assert found["url"] in found["words"]["vi"]
    assert found["url"] in found["words"]["en"]
    assert found["qr_svg"].startswith("<?xml")
    assert len(token) >= 22
    kept = PhoneLink.objects.values().get()
    assert token not in str(kept)
    assert kept["digest"] == phone_links.digest_of(token)
    detail = operator.get(f"/api/incidents/{case['id']}").content.decode()
    assert token not in detail
    assert kept["digest"] not in detail
    assert token not in str(list(Entry.objects.values())) + str(list(Event.objects.values()))


def test_the_first_position_is_the_place_of_a_case_that_has_none(operator: Client, town: dict) -> None:
    case = report(operator, **NOWHERE)
    _, token = made(operator, case)

    answer = say(token)

    assert (answer.status_code, answer.json()["placed"]) == (200, True)
    now = operator.get(f"/api/incidents/{case['id']}").json()
    assert (now["road_name"], now["accuracy_m"], now["lon"]) == ("Hùng Vương", 40, pytest.approx(FIX["lon"]))
    assert [entry["kind"] for entry in now["entries"]] == ["report", "ask", "phone", "place"]
    assert now["entries"][-1]["place"]["source"] == "phone"
    assert now["links"][0]["accepted_at"] is not None


def test_a_surer_fix_refines_that_place_and_a_phone_that_runs_away_does_not_move_it(operator: Client, town: dict) -> None:
    case = report(operator, **NOWHERE)
    found, token = made(operator, case)
    claim = say(token).json()["claim"]
    later(found["id"], 10)

    surer = say(token, claim, lon=FIX["lon"] + 0.0001, accuracy_m=8)
    later(found["id"], 10)
    away = say(token, claim, lon=FIX["lon"] + 0.003, accuracy_m=5)

    assert (surer.json()["placed"], away.json()["placed"]) == (True, False)
    now = operator.get(f"/api/incidents/{case['id']}").json()
    assert (now["lon"], now["accuracy_m"]) == (pytest.approx(FIX["lon"] + 0.0001), 8)
    assert (now["links"][0]["lon"], now["links"][0]["accepted_at"]) == (pytest.approx(FIX["lon"] + 0.003), None)


def test_beside_a_known_place_it_is_offered_and_one_word_takes_it(operator: Client, second: Client, town: dict) -> None:
    case = report(operator)
    found, token = made(operator, case)

    assert say(token, lon=FIX["lon"] + 0.001, accuracy_m=12).json()["placed"] is False
    before = operator.get(f"/api/incidents/{case['id']}").json()
    assert before["lon"] == pytest.approx(FIRE["lon"])
    path = f"/api/incidents/{case['id']}/links/{found['id']}/accept"
    taken = post(operator, path, {"version": before["version"]})
    assert (taken.status_code, taken.json()["lon"], taken.json()["accuracy_m"]) == (200, pytest.approx(FIX["lon"] + 0.001), 12)
    # Another window that looked before somebody else moved the place.
    post(second, f"/api/incidents/{case['id']}/place", {"lon": FIX["lon"], "lat": FIX["lat"], "source": "map"})
    assert post(operator, path, {"version": before["version"]}).json()["code"] == "stale"


def test_nothing_offered_is_nothing_to_accept(operator: Client, town: dict) -> None:
    case, other = report(operator), report(operator)
    found, _ = made(operator, case)

    assert post(operator, f"/api/incidents/{case['id']}/links/{found['id']}/accept").json()["code"] == "no_offered_place"
    assert post(operator, f"/api/incidents/{other['id']}/links/{found['id']}/accept").status_code == 404


def test_the_second_phone_is_refused_and_the_first_goes_on(operator: Client, town: dict) -> None:
    case = report(operator, **NOWHERE)
    found, token = made(operator, case)
    claim = say(token).json()["claim"]
    later(found["id"], 10)

    for wrong in ("", "x" * 22, found["url"][-22:]):
        assert (say(token, wrong).status_code, say(token, wrong).json()["code"]) == (409, "link_taken")
    assert Client().get(f"/api/here/{token}").json()["code"] == "link_taken"
    assert Client().get(f"/api/here/{token}", headers={"X-Claim": claim}).status_code == 200
    assert say(token, claim).status_code == 200
    # Too often says nothing new.
    assert (say(token, claim).status_code, say(token, claim).headers.get("Retry-After")) == (429, "2")


def test_looking_into_a_link_does_not_use_it(operator: Client, town: dict) -> None:
    case = report(operator, **NOWHERE)
    _, token = made(operator, case)

    for _ in range(3):
        assert Client().get(f"/here/{token}").status_code == 200
        assert Client().get(f"/api/here/{token}").status_code == 200
    assert say(token).status_code == 200


@pytest.mark.parametrize(
    ("what", "status", "code"),
    [("unknown", 404, "link_unknown"), ("expired", 410, "link_expired"), ("revoked", 410, "link_revoked"), ("over", 410, "link_over")],
)
def test_a_link_that_does_not_stand_says_why_at_every_door(operator: Client, town: dict, what: str, status: int, code: str) -> None:
    case = report(operator, **NOWHERE)
    found, token = made(operator, case)
    if what == "unknown":
        token = token[:-1] + ("A" if token[-1] != "A" else "B")
    elif what == "expired":
        PhoneLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    elif what == "revoked":
        assert post(operator, f"/api/incidents/{case['id']}/links/{found['id']}/revoke").json()["links"][0]["revoked_at"]
        assert post(operator, f"/api/incidents/{case['id']}/links/{found['id']}/revoke").status_code == 200
    else:
        post(operator, f"/api/incidents/{case['id']}/cancel", {"reason": "gọi nhầm"})

    doors = [say(token), Client().get(f"/api/here/{token}"), Client().post(f"/api/here/{token}/photo", {"file": photo()})]
    assert [(answer.status_code, answer.json()["code"]) for answer in doors] == [(status, code)] * 3
    page = Client().get(f"/here/{token}")
    assert (page.status_code, page["Referrer-Policy"], page["Cache-Control"]) == (status, "no-referrer", "no-store")
    assert Incident.objects.get(pk=case["id"]).geom is None
    assert not SignInFailure.objects.exists() or what == "unknown"


def test_who_tries_many_tokens_waits_and_holds_up_nobody_who_has_one(operator: Client, town: dict) -> None:
    case = report(operator, **NOWHERE)
    _, token = made(operator, case)

    tried = [Client().get(f"/api/here/{'x' * 21}{number % 10}").status_code for number in range(13)]

    assert tried == [404] * 10 + [429] * 3
    assert say(token).status_code == 200


def photo() -> SimpleUploadedFile:
    body = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "SECRET PHONE"
    Image.new("RGB", (64, 48), "red").save(body, "JPEG", exif=exif)
    return SimpleUploadedFile("x.jpg", body.getvalue(), "image/jpeg")


def test_a_photo_is_drawn_anew_and_seen_by_who_may_see_the_case(operator: Client, people: dict[str, User], town: dict) -> None:
    case = report(operator, **NOWHERE)
    _, token = made(operator, case)

    answer = Client().post(f"/api/here/{token}/photo", {"file": photo()})

    assert answer.status_code == 201, answer.content
    listed = operator.get(f"/api/layers/incidents/features/{case['id']}/photos").json()["items"]
    assert [(one["by"], one["width_px"]) for one in listed] == [(None, 64)]
    assert b"SECRET" not in operator.get(listed[0]["url"]).content
    assert operator.get(f"/api/incidents/{case['id']}").json()["entries"][-1]["kind"] == "picture"
    stranger = Client()
    stranger.force_login(people["officer"])
    assert stranger.get(listed[0]["url"]).status_code == 404
    assert Client().get(listed[0]["url"]).status_code == 404


def test_what_is_no_picture_costs_nothing_and_too_many_are_refused(operator: Client, town: dict) -> None:
    case = report(operator, **NOWHERE)
    _, token = made(operator, case)
    fake = Client().post(f"/api/here/{token}/photo", {"file": SimpleUploadedFile("x.jpg", b"<svg onload=alert(1)>")})
    claim = PhoneLink.objects.get().claim

    assert (fake.status_code, fake.json()["code"]) == (422, "not_a_picture")
    assert (PhoneLink.objects.get().pictures, bool(claim)) == (0, True)
    PhoneLink.objects.update(pictures=CITY.intake.link_photos, claim="")
    assert Client().post(f"/api/here/{token}/photo", {"file": photo()}).status_code == 429


@pytest.mark.parametrize(
    ("wrong", "status"),
    [({"lon": 8.54, "lat": 47.37}, 422), ({"lon": "NaN"}, 422), ({"accuracy_m": -1}, 400), ({"accuracy_m": "NaN"}, 400), ({"accuracy_m": None}, 400)],
)
def test_a_position_that_cannot_be_does_not_use_the_link(operator: Client, town: dict, wrong: dict, status: int) -> None:
    for place in (NOWHERE, {}):
        found, token = made(operator, report(operator, **place))

        assert say(token, **wrong).status_code == status, "also where it would only be offered"
        assert PhoneLink.objects.get(pk=found["id"]).claim == ""
        assert say(token).status_code == 200


@pytest.mark.parametrize("role", ["leader", "agency", "officer", "field", "admin"])
def test_who_does_not_handle_cases_makes_and_sees_no_links(people: dict[str, User], operator: Client, town: dict, role: str) -> None:
    case = report(operator)
    found, _ = made(operator, case)
    client = Client()
    client.force_login(people[role])

    for path in ("links", f"links/{found['id']}/revoke", f"links/{found['id']}/accept"):
        assert post(client, f"/api/incidents/{case['id']}/{path}").status_code == 403
    answer = client.get(f"/api/incidents/{case['id']}")
    assert answer.status_code != 200 or answer.json()["links"] == []


def test_links_are_not_made_without_end_nor_for_a_case_that_is_over(operator: Client, town: dict) -> None:
    case = report(operator)
    for _ in range(phone_links.MOST_OPEN_LINKS):
        made(operator, case)

    assert post(operator, f"/api/incidents/{case['id']}/links").status_code == 429
    post(operator, f"/api/incidents/{case['id']}/cancel", {"reason": "gọi nhầm"})
    assert post(operator, f"/api/incidents/{case['id']}/links").json()["code"] == "link_over"


@pytest.mark.django_db(transaction=True)
def test_of_two_phones_at_once_one_has_the_link(people: dict[str, User]) -> None:
    operator = Client()
    operator.force_login(people["operator"])
    _, token = made(operator, report(operator, **NOWHERE))

    def phone(east: float) -> int:
        try:
            return int(say(token, lon=FIX["lon"] + east).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(phone, (0.0, 0.001, 0.002, 0.003)))

    assert answers == [200, 409, 409, 409]
    assert Entry.objects.filter(kind="place").count() == 1
