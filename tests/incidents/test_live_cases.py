"""Every verb of a case as three people hear it: a copy that only heard the stream equals a fresh fetch after each of them."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from geo import events
from geo.acting import acting
from geo.city import CITY
from geo.errors import NOT_FOUND
from geo.models import User
from incidents.models import Assignment, Playbook, Responder
from layers.access import ANONYMOUS, Scope, scope_of
from layers.library.roads import Road
from layers.live import EventDoor
from tests.conftest import city_wkt
from tests.incidents.conftest import build_units, post, report
from tests.streams import Reader, applied, fetched, reading, stream, write

LAYERS = ("incidents", "responders")
LISTENERS = ("operator", "leader", "field", "agency")
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def standing(people: dict[str, User]) -> dict[str, Responder]:
    """The committed town: the usual fixture holds its transaction open, and the stream waits for it."""
    with acting(by=None, because="test"):
        Road.objects.create(name="Hùng Vương", road_class="primary", width_m=12, speed_kmh=40, geom=city_wkt("LINESTRING", (0, 0), (400, 0)))
        return build_units(people)


def story(operator: Client, field: Client, agency: Client, units: dict[str, Responder]) -> list[tuple[str, Callable[[], Any]]]:
    """The steps in order; each is named by what it does, and each must be accepted."""
    ids: dict[str, int] = {}

    def reported(name: str, **more: Any) -> None:
        ids[name] = report(operator, key=str(uuid.uuid4()), **more)["id"]

    def act(name: str, verb: str, **given: Any) -> Callable[[], Any]:
        return lambda: post(
            operator, f"/api/incidents/{ids[name]}/{verb}", {key: ids.get(value, value) if key == "into" else value for key, value in given.items()}
        )

    def step(unit: str, name: str, by: Client = operator, **given: Any) -> Callable[[], Any]:
        def take() -> Any:
            return post(by, f"/api/assignments/{Assignment.objects.filter(responder=units[unit]).latest('id').pk}/{name}", given)

        return take

    def send(name: str, *chosen: str) -> Callable[[], Any]:
        return lambda: post(operator, f"/api/incidents/{ids[name]}/dispatch", {"responders": [units[unit].pk for unit in chosen]})

    def moved() -> Any:
        fix = {"at": timezone.now().isoformat(), "lon": 105.8152, "lat": 9.8166}
        return post(field, "/api/positions", {"positions": [fix]})

    def ask() -> Any:
        answer = post(operator, f"/api/incidents/{ids['fire']}/opinions", {"question": "Có sơ tán?"})
        ids["opinion"] = answer.json()["id"]
        return answer

    def begin() -> Any:
        answer = post(operator, "/api/exercises", {"name": "Diễn tập", "units": [units["far"].pk]})
        ids["exercise"] = answer.json()["id"]
        return answer

    return [
        ("report", lambda: reported("fire")),
        ("acknowledge", act("fire", "acknowledge")),
        ("verify", act("fire", "verify", severity=5)),
        ("dispatch", send("fire", "near", "field", "asked")),
        ("decline", step("asked", "decline", reason="hỏng xe")),
        ("accept", step("field", "accept", field)),
        ("undo", step("field", "undo", field)),
        ("accept again", step("field", "accept", field)),
        ("en route", step("field", "enroute", field)),
        ("move", moved),
        ("on scene", step("field", "on_scene", field)),
        ("cancel one", step("near", "cancel", reason="đủ người")),
        ("note", act("fire", "note", text="khói đen")),
        ("attach", lambda: post(operator, f"/api/incidents/{ids['fire']}/features", {"layer": "roads", "fid": Road.objects.get().pk})),
        ("arm", lambda: post(operator, f"/api/incidents/{ids['fire']}/playbooks", {"slug": "fire"})),
        ("step", lambda: post(operator, f"/api/incidents/{ids['fire']}/playbooks/fire/look", {"note": "khói đen"})),
        ("take the step back", lambda: post(operator, f"/api/incidents/{ids['fire']}/playbooks/fire/look/undo")),
        ("ask for an opinion", ask),
        ("withdraw it", lambda: post(operator, f"/api/opinions/{ids['opinion']}/withdraw")),
        ("begin an exercise", begin),
        ("a report comes in", lambda: post(operator, f"/api/exercises/{ids['exercise']}/play", {"category": "house_fire", "lon": 105.8152, "lat": 9.8166})),
        ("end the exercise", lambda: post(operator, f"/api/exercises/{ids['exercise']}/end")),
        ("under control", act("fire", "under_control")),
        ("clear", step("field", "clear", field)),
        ("resolve", act("fire", "resolve")),
        ("close", act("fire", "close", outcome=next(iter(CITY.outcomes)))),
        ("reopen", act("fire", "reopen", reason="cháy lại")),
        ("second report", lambda: reported("again", description="lại cháy")),
        ("merge", act("again", "merge", into="fire")),
        ("hole", lambda: reported("hole", category="pothole")),
        ("verify the hole", act("hole", "verify")),
        ("forward", act("hole", "forward", agency="police")),
        ("answer", lambda: post(agency, f"/api/incidents/{ids['hole']}/answer", {"text": "đã vá"})),
        ("false alarm", lambda: reported("false")),
        ("reject", act("false", "reject", reason="không có thật")),
        ("mistake", lambda: reported("mistake")),
        ("no place yet", lambda: reported("somewhere", lon=None, lat=None)),
        ("place", act("somewhere", "place", lon=105.8153, lat=9.8167, source="caller")),
        ("place better", act("somewhere", "place", lon=105.8155, lat=9.8167, source="map", accuracy_m=5)),
        ("cancel", act("mistake", "cancel", reason="gọi nhầm")),
    ]


def seen(scope: Scope) -> dict[str, dict[int, dict[str, Any]]]:
    found = {}
    for layer in LAYERS:
        try:
            found[layer] = fetched(layer, scope)
        except NOT_FOUND:
            found[layer] = {}
    return found


def test_after_every_verb_every_copy_equals_a_fresh_fetch(people: dict[str, User], standing: dict[str, Responder]) -> None:
    clients = {}
    for role in ("operator", "field", "agency"):
        clients[role] = Client()
        clients[role].force_login(people[role])
    scopes = {role: scope_of(people[role]) for role in LISTENERS}
    road = Road.objects.get().pk
    Playbook.objects.create(slug="fire", version=1, title_vi="Cháy", title_en="Fire", steps=[{"code": "look", "kind": "manual", "vi": "Xem", "en": "Look"}])

    def who(headers: dict[bytes, bytes]) -> Scope:
        return scopes.get(headers.get(b"authorization", b"").decode(), ANONYMOUS)

    def mark(number: int) -> None:
        with acting(by=None, because="test"):
            events.publish(kind=f"mark {number}", at=timezone.now(), layer="roads", fids=[road])

    async def listen(reader: Reader, copy: dict[str, dict[int, dict[str, Any]]], number: int) -> None:
        await reader.until(lambda one: f'"mark {number}"' in one.text)
        for layer in LAYERS:
            applied(copy[layer], [change for change in reader.messages("change") if change["layer"] == layer])

    async def scenario(door: EventDoor) -> None:
        async with (
            reading(door, as_="operator") as operator,
            reading(door, as_="leader") as leader,
            reading(door, as_="field") as field,
            reading(door, as_="agency") as agency,
            reading(door) as stranger,
        ):
            readers = dict(zip(LISTENERS, (operator, leader, field, agency), strict=True))
            copies = {role: await write(lambda scope=scopes[role]: seen(scope)) for role in LISTENERS}
            for number, (name, take) in enumerate(story(clients["operator"], clients["field"], clients["agency"], standing)):
                answer = await write(take)
                assert answer is None or answer.status_code == 200, (name, answer.content.decode())
                await write(lambda number=number: mark(number))
                for role, reader in readers.items():
                    await listen(reader, copies[role], number)
                    assert copies[role] == await write(lambda scope=scopes[role]: seen(scope)), (role, name)
            assert "incident" not in stranger.text
            assert "responder" not in stranger.text

    stream(who, scenario)
