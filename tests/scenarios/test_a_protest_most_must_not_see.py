"""A protest is reported by telephone: the leaders hear at once, whoever took the call stays with it, and nobody else finds it by any road.

Every reading address of the API is walked as the wrong person, with the case's own numbers in it; so are tiles, the OGC doors, exports, search, the live stream, the
figures, and the refusals of verbs. What others are told is one coarse cell.
"""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from geo import events, tilegrid
from geo.config.api import api
from geo.models import Event, User
from incidents.models import Alarm, Assignment, Incident, Responder, RestrictedArea, Reveal
from layers.access import ANONYMOUS, scope_of
from layers.changes import Shown
from tests.adversarial.permissions_doors import as_
from tests.conftest import JUNCTION
from tests.incidents.conftest import post, unit

pytestmark = pytest.mark.django_db
WORDS = "quoc-lo-bi-chan-boi-dam-dong"
PLACE = "san-van-dong-cu"
PHONE = "0907 111 222"
HERE = (JUNCTION[0] + 0.001, JUNCTION[1] + 0.0001)
VERBS = (
    "acknowledge",
    "verify",
    "note",
    "merge",
    "split",
    "link",
    "promote",
    "admit",
    "dismiss",
    "unrestrict",
    "close",
    "dispatch",
    "place",
    "divide",
    "reserve",
)


@pytest.fixture
def town_people(people: dict[str, User]) -> dict[str, User]:
    """The usual people, a second operator who took no call, and an agency of its own that the case is forwarded to."""
    other = User.objects.create_user(username="operator2", password="a long enough word", agency=people["operator"].agency)
    other.roles.set(people["operator"].roles.all())
    return {**people, "operator2": other}


@pytest.fixture
def protest(town_people: dict[str, User], town: dict) -> Incident:
    """Taken by `operator`, verified, forwarded to the agency of `agency`, with a unit of its own on the scene and a feature attached."""
    client = signed_in(town_people["operator"])
    told = {"category": "protest", "lon": HERE[0], "lat": HERE[1], "channel": "phone", "description": WORDS, "place_name": PLACE, "reporter_phone": PHONE}
    made = post(client, "/api/incidents", told)
    assert made.status_code == 201, made.content
    path = f"/api/incidents/{made.json()['id']}"
    unit("CA-77", "car", timezone.now(), east_m=20)
    for verb, body in (("verify", {"way": "call_back"}), ("note", {"text": WORDS}), ("forward", {"agency": "police"})):
        assert post(client, f"{path}/{verb}", body).status_code == 200, verb
    case = Incident.objects.get()
    responder = Responder.objects.get(code="CA-77")
    Assignment.objects.create(incident=case, responder=responder, status="on_scene", requested_at=timezone.now(), by=town_people["operator"])
    post(client, f"{path}/features", {"layer": "parcels", "fid": town["parcel"].pk})
    return Incident.objects.get()


def signed_in(person: User | None) -> Client:
    client = Client(raise_request_exception=False)
    if person is not None:
        client.force_login(person)
    return client


WRONG = ("operator2", "agency", "field", "officer", "kiosk", None)
# An export is written by a process of its own, which takes its time: that door has a test of its own here.
SLOW = {"/api/layers/{slug}/export.{ending}", "/api/systems"}


def telling(case: Incident) -> list[str]:
    """What gives the case away: its code, its words, its place, its telephone."""
    return [case.code, WORDS, PLACE, PHONE, f"{HERE[0]:.6f}"[:9]]


def filled(case: Incident, fid: int) -> Iterator[str]:
    """Every reading address of the API, with the numbers of the case (or of what belongs to it) where a number is asked for."""
    numbers = {"incident_id": case.pk, "fid": case.pk, "slug": "incidents", "layer": "incidents", "assignment_id": case.assignments.get().pk}
    asked = {"q": WORDS, "lon": HERE[0], "lat": HERE[1], "layer": "incidents", "collection": "incidents"}
    for path, row in api.get_openapi_schema()["paths"].items():
        if "get" not in row:
            continue
        names = {one["name"]: one for one in row["get"].get("parameters", ())}
        inside = {name for name, one in names.items() if one["in"] == "path"}
        if path in SLOW:
            continue
        address = path
        for name in inside:
            address = address.replace(f"{{{name}}}", quote(str(numbers.get(name, case.pk))))
        query = "&".join(f"{name}={quote(str(value))}" for name, value in asked.items() if name in names and name not in inside)
        yield f"{address}?{query}" if query else address
    yield from ("/ogc/collections/incidents/items?f=json&limit=1000", f"/ogc/collections/incidents/items/{case.pk}?f=json", "/ogc/collections?f=json")
    yield from (f"/ogc/collections/incidents/items?f=json&filter={quote(f'code={chr(39)}{case.code}{chr(39)}')}", "/api/layers/incidents/features?limit=1000")
    yield from (f"/api/incidents?state={state}" for state in ("open", "new", "verified", "running", "done"))
    yield from (f"/api/search?q={quote(word)}" for word in (case.code, PLACE, WORDS))
    yield f"/api/layers/parcels/features/{fid}/cases"
    yield f"/api/layers/incidents/features?limit=1000&as_of={quote(timezone.now().isoformat())}"


def body_of(answer: Any) -> str:
    return (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode("utf-8", "replace")


@pytest.mark.parametrize("who", WRONG)
def test_no_address_tells_the_wrong_person(town_people: dict[str, User], protest: Incident, town: dict, who: str | None) -> None:
    """Prove that neither the case nor anything that is of it leaves by any reading address; a server's own failure would be told as one."""
    client = signed_in(town_people.get(who or ""))
    walked = 0
    for address in filled(protest, town["parcel"].pk):
        answer = client.get(address)
        body = body_of(answer)
        walked += 1
        assert answer.status_code < 500, (address, body[:300])
        # What was asked for may be said back; that is no telling.
        said = body.replace(quote(WORDS), "").replace(quote(PLACE), "") if "q=" in address or "filter=" in address else body
        given_away = [word for word in telling(protest) if word in said and word not in address]
        assert given_away == [], (address, given_away, said[:400])
    assert walked > 60
    assert client.get(f"/api/incidents/{protest.pk}").status_code in (401, 403, 404)
    assert not Reveal.objects.exclude(user=town_people["operator"]).exists()


@pytest.mark.parametrize("who", ["operator2", "agency"])
def test_to_the_wrong_person_every_verb_is_as_missing_as_the_case(town_people: dict[str, User], protest: Incident, who: str) -> None:
    client, nothing = signed_in(town_people[who]), 2**40
    for verb in VERBS:
        body = {
            "reason": "x",
            "text": "x",
            "outcome": "01",
            "into": 1,
            "parent": 1,
            "person": "operator2",
            "lon": HERE[0],
            "lat": HERE[1],
            "responders": [1],
            "code": "x",
        }
        here, nowhere = (post(client, f"/api/incidents/{fid}/{verb}", body) for fid in (protest.pk, nothing))
        assert (here.status_code, without_number(here)) == (nowhere.status_code, without_number(nowhere)), verb
        assert here.status_code in (400, 403, 404, 405, 422), verb
    answer = client.patch(f"/api/incidents/{protest.pk}", {"severity": 1}, content_type="application/json", headers={"If-Match": '"v1"'})
    assert answer.status_code in (403, 404)
    assert post(client, f"/api/incidents/{protest.pk}/presence").status_code in (403, 404)
    assert Incident.objects.get().version == protest.version


def test_an_export_holds_nothing_of_it(town_people: dict[str, User], protest: Incident) -> None:
    told = {
        name: json.loads(body_of(signed_in(town_people[name]).get(f"/api/layers/incidents/export.geojson?ids={protest.pk}")))
        for name in ("operator2", "operator")
    }

    assert [len(one["features"]) for one in told.values()] == [0, 1]


def without_number(answer: Any) -> dict[str, Any]:
    return {name: value for name, value in json.loads(answer.content).items() if name != "request_id"}


def test_the_same_walk_tells_who_may_know(town_people: dict[str, User], protest: Incident, town: dict) -> None:
    """Prove that the walk is not blind: by many of the same addresses the case is told to the operator who is named to it."""
    client = signed_in(town_people["operator"])
    telling_ = [address for address in filled(protest, town["parcel"].pk) if protest.code in body_of(client.get(address)) and protest.code not in address]

    assert len(telling_) >= 12, telling_


def test_a_report_beside_it_gets_no_hint_and_cannot_be_merged_into_it(town_people: dict[str, User], protest: Incident) -> None:
    client = signed_in(town_people["operator2"])
    near = post(
        client, "/api/incidents", {"category": "crowd", "lon": HERE[0], "lat": HERE[1], "channel": "app", "description": WORDS, "reporter_phone": PHONE}
    ).json()

    assert near["nearby"] == []
    assert client.get(f"/api/incidents/{near['id']}/duplicates").json() == {"items": [], "mass": None}
    assert post(client, f"/api/incidents/{near['id']}/merge", {"into": protest.pk}).json()["code"] == "not_found"
    assert post(client, f"/api/incidents/{near['id']}/link", {"parent": protest.pk}).json()["code"] == "not_found"
    assert post(client, f"/api/incidents/{near['id']}/verify", {"way": "second_source", "evidence": protest.pk}).json()["code"] == "not_found"


def test_the_unit_that_is_there_is_busy_and_nobody_else_learns_on_what(town_people: dict[str, User], protest: Incident) -> None:
    other, own = (signed_in(town_people[name]) for name in ("operator2", "operator"))
    board = {name: {one["code"]: one for one in client.get("/api/responders").json()["items"]}["CA-77"] for name, client in (("other", other), ("own", own))}

    assert board["other"]["availability"] == board["own"]["availability"] != "available"
    assert (board["other"]["assignment"]["incident_id"], board["other"]["assignment"]["incident_code"]) == (None, None)
    assert board["own"]["assignment"]["incident_code"] == protest.code

    case = post(other, "/api/incidents", {"category": "fight", "lon": HERE[0], "lat": HERE[1], "channel": "phone"}).json()
    post(other, f"/api/incidents/{case['id']}/verify")
    offered = other.get(f"/api/incidents/{case['id']}/candidates").content.decode()
    taken = post(
        other, f"/api/incidents/{case['id']}/dispatch", {"responders": [Responder.objects.get(code="CA-77").pk], "because": "gần nhất", "reason": "gần nhất"}
    )
    assert protest.code not in offered
    assert taken.status_code in (409, 422) and protest.code not in taken.content.decode() and str(protest.pk) not in str(taken.json().get("incident_id"))


@pytest.mark.parametrize("who", WRONG)
def test_tiles_and_the_live_stream_are_silent(town_people: dict[str, User], protest: Incident, who: str | None) -> None:
    scope = scope_of(town_people[who]) if who else ANONYMOUS
    for z in (10, 14, 16, 18):
        x, y = tilegrid.tile_of(*HERE, z)
        _, _, body = as_(scope).get(f"/tiles/incidents/{z}/{x}/{y}.mvt")
        assert not any(word.encode() in body for word in telling(protest))
    happened = [
        events.Happened(events.Position("e", 1, one.seq), one.kind, one.layer, tuple(one.fids), one.at, one.by_id, one.data)
        for one in Event.objects.order_by("seq")
    ]
    told = b"".join(frame or b"" for frame in Shown(happened).to(scope)).decode()
    assert not any(word in told for word in telling(protest))
    assert "incident.restricted" not in told and "incident.verified" not in told


def test_others_see_one_coarse_cell_that_says_nothing_of_where_in_it(town_people: dict[str, User], protest: Incident) -> None:
    """Prove that the cell is of the grid and not of the case: elsewhere in it, the same cell; and it is gone when the case has ended."""
    client = signed_in(town_people["operator2"])
    (cell,) = client.get("/api/layers/restricted_areas/features").json()["features"]
    area = RestrictedArea.objects.get()

    assert area.geom.area == pytest.approx(3 * 3**0.5 / 2 * 500**2, rel=1e-6)
    assert area.geom.contains(protest.geom)
    assert set(cell["properties"]) == {"_layer", "kind"}
    assert client.get("/api/layers/restricted_areas/features").status_code == 200
    assert signed_in(None).get("/api/layers/restricted_areas/features").status_code == 404
    corner = area.geom.centroid
    second = Incident.objects.create(
        category="riot", process="immediate", severity=5, channel="phone", reported_at=timezone.now(), restricted=True, sensitivity="hot", geom=corner
    )
    assert RestrictedArea.objects.get().pk == area.pk, "two in one cell are one cell"

    own = signed_in(town_people["operator"])
    assert post(own, f"/api/incidents/{protest.pk}/cancel", {"reason": "giải tán"}).status_code == 200
    assert RestrictedArea.objects.count() == 1
    Incident.objects.filter(pk=second.pk).update(closed_at=timezone.now())
    assert client.get("/api/layers/restricted_areas/features").json()["features"] == []


def test_the_leaders_hear_at_once_and_see_who_has_looked(town_people: dict[str, User], protest: Incident) -> None:
    leader, own, other = (signed_in(town_people[name]) for name in ("leader", "operator", "operator2"))

    heard = [one for one in leader.get("/api/alarms").json()["items"] if one["kind"] == "case_restricted"]
    assert [one["incident"]["id"] if isinstance(one["incident"], dict) else one["incident"] for one in heard] == [protest.pk]
    assert [one for one in other.get("/api/alarms").json()["items"] if one["kind"] == "case_restricted"] == []
    assert Alarm.objects.get(kind="case_restricted").raised_at == protest.reported_at

    assert own.get(f"/api/incidents/{protest.pk}").status_code == 200
    seen = leader.get(f"/api/incidents/{protest.pk}").json()
    assert (seen["restricted"], seen["sensitivity"]) == (True, "hot")
    assert [person["username"] for person in seen["people"]] == ["operator"]
    assert "reporter_phone" not in seen, "a leader does not see who reported"
    looked = leader.get(f"/api/incidents/{protest.pk}/reveals").json()["items"]
    assert {"operator", "leader"} <= {one["who"] for one in looked}
    assert own.get(f"/api/incidents/{protest.pk}/reveals").status_code == 403

    for address in ("/api/layers/incidents/features", f"/api/layers/incidents/features/{protest.pk}", f"/ogc/collections/incidents/items/{protest.pk}?f=json",
                    f"/api/layers/incidents/export.geojson?ids={protest.pk}"):  # fmt: skip
        assert leader.get(address).status_code == 200, address
    doors = {one["door"] for one in leader.get(f"/api/incidents/{protest.pk}/reveals").json()["items"] if one["who"] == "leader"}
    assert doors == {"case", "list", "feature", "ogc", "export"}, "whichever door it left by"


def test_a_leader_names_a_second_operator_who_sees_it_from_then_on_and_no_longer(town_people: dict[str, User], protest: Incident) -> None:
    leader, other = signed_in(town_people["leader"]), signed_in(town_people["operator2"])
    path = f"/api/incidents/{protest.pk}"
    before = scope_of(User.objects.get(username="operator2")).fingerprint

    admitted = post(leader, f"{path}/admit", {"person": "operator2", "reason": "đổi ca"})
    assert admitted.status_code == 200, admitted.content
    assert other.get(path).json()["code"] == protest.code
    assert protest.code in [one["code"] for one in other.get("/api/incidents?state=open").json()["items"]]
    assert scope_of(User.objects.get(username="operator2")).fingerprint != before, "streams and tiles know that somebody else looks now"
    assert post(other, f"{path}/note", {"text": "đã tiếp quản"}).status_code == 200

    assert post(leader, f"{path}/dismiss", {"person": "operator2", "reason": "hết ca"}).status_code == 200
    assert other.get(path).status_code == 404
    assert scope_of(User.objects.get(username="operator2")).fingerprint == before
    kinds = [entry["kind"] for entry in leader.get(path).json()["entries"]]
    assert kinds[-3:] == ["admit", "note", "dismiss"]
    assert post(leader, f"{path}/admit", {"person": "kiosk", "reason": "x"}).json()["code"] == "unknown_person"
    assert post(leader, f"{path}/admit", {"person": "nobody", "reason": "x"}).json()["code"] == "unknown_person"


def test_a_leader_opens_it_to_everybody_in_the_end(town_people: dict[str, User], protest: Incident) -> None:
    leader, other = signed_in(town_people["leader"]), signed_in(town_people["operator2"])
    path = f"/api/incidents/{protest.pk}"
    assert post(signed_in(town_people["operator"]), f"{path}/unrestrict", {"reason": "x"}).status_code == 403
    assert other.get("/api/heat/summary").json()["n"] == other.get("/api/wall").json()["n"] == 0

    assert post(leader, f"{path}/unrestrict", {}).json()["code"] == "reason_needed"
    post(leader, f"{path}/unrestrict", {"reason": "công bố"})

    assert other.get(path).json()["restricted"] is False
    assert User.objects.get(username="operator").compartments == []
    assert RestrictedArea.objects.count() == 0


def test_an_ordinary_case_that_turns_hot_is_closed_off_by_the_step_that_says_so(town_people: dict[str, User], town: dict) -> None:
    own, other = signed_in(town_people["operator"]), signed_in(town_people["operator2"])
    case = post(own, "/api/incidents", {"category": "crowd", "lon": HERE[0], "lat": HERE[1], "channel": "phone"}).json()
    assert other.get(f"/api/incidents/{case['id']}").status_code == 200

    verified = post(own, f"/api/incidents/{case['id']}/verify", {"category": "riot", "way": "camera"}).json()

    assert (verified["restricted"], verified["sensitivity"]) == (True, "hot")
    assert other.get(f"/api/incidents/{case['id']}").status_code == 404
    assert Alarm.objects.filter(kind="case_restricted", incident=case["id"]).exists()


def test_what_is_merged_with_it_goes_into_its_compartment(town_people: dict[str, User], protest: Incident) -> None:
    own, other = signed_in(town_people["operator"]), signed_in(town_people["operator2"])
    near = post(other, "/api/incidents", {"category": "crowd", "lon": HERE[0], "lat": HERE[1], "channel": "app"}).json()

    assert post(own, f"/api/incidents/{near['id']}/merge", {"into": protest.pk}).status_code == 200
    assert other.get(f"/api/incidents/{near['id']}").status_code == 404


def test_from_its_first_moment_it_keeps_to_who_took_it(town_people: dict[str, User], town: dict) -> None:
    own, other = signed_in(town_people["operator"]), signed_in(town_people["operator2"])
    made = post(own, "/api/incidents", {"category": "protest", "lon": HERE[0], "lat": HERE[1], "channel": "phone"})

    assert (made.status_code, made.json().get("restricted")) == (201, True)
    assert [client.get(f"/api/incidents/{Incident.objects.get().pk}").status_code for client in (own, other)] == [200, 404]


def test_a_sensitive_case_is_restricted_whoever_writes_it(protest: Incident) -> None:
    with pytest.raises(IntegrityError, match="sensitive_is_restricted"), transaction.atomic():
        Incident.objects.filter(pk=protest.pk).update(restricted=False)
