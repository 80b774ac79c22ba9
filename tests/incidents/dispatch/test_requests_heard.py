"""What becomes of a request is heard on the stream by the agency that is asked, at once and by nobody else: its list is asked for again, never polled."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from geo.events import Happened, Position
from geo.models import Agency, Event, User
from incidents import clock
from incidents.dispatch import asking
from incidents.models import Assignment, Responder
from layers.access import ANONYMOUS, Scope, scope_of
from layers.changes import Shown
from tests.incidents.conftest import post, verified

pytestmark = pytest.mark.django_db


@pytest.fixture
def fire(people: dict[str, User], units: dict[str, Responder]) -> Agency:
    """The agency of the engine that must be asked for, and its person at a desk."""
    made = Agency.objects.create(code="fire", name="Cảnh sát PCCC")
    Responder.objects.filter(pk=units["asked"].pk).update(agency=made)
    people["agency"].agency = made
    people["agency"].save()
    return made


@pytest.fixture
def desk(people: dict[str, User], fire: Agency) -> Client:
    client = Client()
    client.force_login(people["agency"])
    return client


def happened() -> list[Happened]:
    rows = Event.objects.order_by("seq")
    return [Happened(Position("e", 1, row.seq), row.kind, row.layer, tuple(row.fids), row.at, row.by_id, row.data) for row in rows]


def heard(scope: Scope) -> list[dict[str, Any]]:
    frames = [one.decode() for one in Shown(happened()).to(scope) if one]
    told = [json.loads(frame.split("data: ", 1)[1]) for frame in frames]
    return [one for one in told if one["kind"].startswith("request.")]


def kinds(scope: Scope) -> list[str]:
    return [one["kind"] for one in heard(scope)]


def asked(client: Client, units: dict[str, Responder]) -> dict[str, Any]:
    case = verified(client)
    return post(client, f"/api/incidents/{case['id']}/dispatch", {"responders": [units["asked"].pk]}).json()


def amend(client: Client, incident_id: int, **fields: Any) -> None:
    version = client.get(f"/api/incidents/{incident_id}").json()["version"]
    path = f"/api/incidents/{incident_id}"
    assert client.patch(path, fields, content_type="application/json", headers={"If-Match": f'"v{version}"'}).status_code == 200


def test_the_agency_that_is_asked_hears_it_and_nobody_else(operator: Client, desk: Client, units: dict[str, Responder], people: dict[str, User]) -> None:
    asked(operator, units)
    ours = scope_of(User.objects.get(pk=people["agency"].pk))
    theirs = User.objects.create(username="power", agency=Agency.objects.create(code="power", name="Điện lực"))
    theirs.roles.set(people["agency"].roles.all())
    homeless = User.objects.create(username="nobody")
    homeless.roles.set(people["agency"].roles.all())

    (told,) = heard(ours)
    assert told["kind"] == "request.made" and told.keys() == {"kind", "layer", "features", "gone", "at"}, "neither whose nor what"
    for other in (scope_of(theirs), scope_of(homeless), scope_of(people["operator"]), scope_of(people["leader"]), scope_of(people["field"]), ANONYMOUS):
        assert not heard(other)


def test_each_turn_of_a_request_is_heard(operator: Client, desk: Client, units: dict[str, Responder], people: dict[str, User]) -> None:
    ours = scope_of(User.objects.get(pk=people["agency"].pk))
    first = asked(operator, units)
    row = Assignment.objects.get(responder=units["asked"])
    clock.tick(row.due_at or timezone.now())
    amend(operator, first["id"], description="cháy lan")
    post(desk, f"/api/my/requests/{row.pk}/accept")
    assert kinds(ours) == ["request.made", "request.overdue", "request.amended", "request.settled"]
    post(operator, f"/api/assignments/{row.pk}/cancel", {"reason": "đủ"})

    for take in ("decline", "cancel", "close"):
        Event.objects.all().delete()
        case = asked(operator, units)
        row = Assignment.objects.get(responder=units["asked"], ended_at=None)
        if take == "close":
            post(operator, f"/api/incidents/{case['id']}/cancel", {"reason": "báo nhầm"})
        else:
            post(operator, f"/api/assignments/{row.pk}/{take}", {"reason": "đủ"})
        assert kinds(ours) == ["request.made", "request.settled"], take
        Assignment.objects.filter(ended_at=None).update(status="cancelled", ended_at=timezone.now())


@pytest.fixture
def nothing_of_a_request_in_silence(monkeypatch: pytest.MonkeyPatch, desk: Client) -> Iterator[None]:
    """Whatever is written: where the agency's list reads differently afterwards, the agency was told."""
    real = Client.request

    person, then = User.objects.get(agency__code="fire"), timezone.now()

    def listed() -> Any:
        return asking.requests_of(person, then)

    def watched(client: Client, **request: Any) -> Any:
        if request.get("REQUEST_METHOD", "GET") == "GET":
            return real(client, **request)
        last, before = Event.objects.order_by("-seq").values_list("seq", flat=True).first() or 0, listed()
        answer = real(client, **request)
        told = Event.objects.filter(seq__gt=last, kind__startswith="request.").exists()
        assert told or listed() == before, f"{request['PATH_INFO']} changed what the agency is asked, and nothing says so"
        return answer

    monkeypatch.setattr(Client, "request", watched)
    yield


def test_whatever_changes_what_an_agency_is_asked_tells_it(operator: Client, units: dict[str, Responder], nothing_of_a_request_in_silence: None) -> None:
    case = asked(operator, units)
    path = f"/api/incidents/{case['id']}"
    row = Assignment.objects.get(responder=units["asked"])
    amend(operator, case["id"], severity=3, place_name="Chợ")
    for verb, body in (
        ("place", {"lon": 105.8153, "lat": 9.8167, "source": "map"}),
        ("note", {"text": "khói đen"}),
        ("verify", {}),
    ):
        post(operator, f"{path}/{verb}", body)
    assert post(operator, f"/api/assignments/{row.pk}/accept").status_code == 200
    assert post(operator, f"/api/assignments/{row.pk}/undo").status_code == 200
    assert post(operator, f"/api/assignments/{row.pk}/cancel", {"reason": "đủ"}).status_code == 200
