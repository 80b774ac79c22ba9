"""Every kind of event of the control room, as several people hear it: a copy that only heard the stream equals a fresh fetch after each of them.

The operator's page is put to the same trial with its own code: what it held before, the events it heard, and what a fresh answer says.
A kind of event that the source can say and no step here causes fails the test.
"""

import json
import os
import re
import subprocess
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from geo import events
from geo.acting import acting
from geo.city import CITY
from geo.errors import NOT_FOUND
from geo.models import Event, User
from incidents import alarms, clock
from incidents.dispatch import asking
from incidents.models import Alarm, Assignment, Call, Playbook, Responder
from incidents.rehearsal import exercises
from incidents.units import roster
from layers.access import ANONYMOUS, Scope, scope_of
from layers.library.roads import Road
from layers.live import EventDoor
from tests.conftest import city_wkt
from tests.incidents.conftest import build_units, post, report
from tests.streams import Reader, applied, fetched, reading, stream, write

LAYERS = ("incidents", "responders")
LISTENERS = ("operator", "leader", "field", "agency")
ROOT = Path(__file__).resolve().parents[2]
KIND = re.compile(r'"((?:incident|unit|responder|alarm|roster)\.[a-z_]+)"')
GOLDEN = ROOT / "frontend" / "src" / "pages" / "operator" / "kinds.golden.json"
# What the operator's page asks of the server, by the keys under which it holds the answers.
QUESTIONS: dict[tuple[str, ...], str] = {
    **{("queue", tab): f"/api/incidents?state={tab}&limit=200" for tab in ("new", "unplaced", "verified", "running", "done")},
    ("queue", "open"): "/api/incidents?state=open&limit=500",
    ("units",): "/api/responders",
    ("alarms",): "/api/alarms",
    ("log",): "/api/log?limit=100",
    ("holds",): "/api/reservations",
}
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

    def of(unit: str, verb: str, **given: Any) -> Callable[[], Any]:
        return lambda: post(operator, f"/api/responders/{units[unit].pk}/{verb}", given)

    def take_alarm() -> Any:
        return post(operator, f"/api/alarms/{Alarm.objects.filter(cleared_at=None).latest('pk').pk}/acknowledge")

    return [
        ("on shift", of("near", "shift", on=True)),
        ("crew", of("near", "crew", members=[])),
        ("broken", of("near", "equipment", name="Bơm", state="faulty", skills=["fire"], essential=True)),
        ("meal", of("far", "duty", duty="on_duty", activity="meal")),
        ("out of service", of("boat", "duty", duty="out_of_service", because="hỏng máy")),
        ("report", lambda: reported("fire")),
        ("take the alarm", take_alarm),
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
        ("check", of("field", "check")),
        ("help", of("field", "check", well=False)),
        ("well again", of("field", "check")),
        ("all is well", lambda: post(field, f"/api/responders/{units['field'].pk}/check")),
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
        ("off shift", of("near", "shift", on=False)),
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


def rest_of_it(operator: Client, leader: Client, people: dict[str, User], units: dict[str, Responder]) -> list[tuple[str, Callable[[], Any]]]:
    """What no verb of a case causes: places, holds, shifts, the roster, a caller's phone, opinions, and what time brings."""
    ids: dict[str, Any] = {}
    far, now = units["far"].pk, timezone.now

    def keep(name: str, answer: Any) -> Any:
        ids[name] = answer.json()
        return answer

    def unit(path: str, **given: Any) -> Callable[[], Any]:
        return lambda: post(operator, f"/api/responders/{far}/{path}", given)

    def of(name: str, *more: str) -> str:
        return "/".join(["/api/incidents", str(ids[name]["id"]), *more])

    def version(name: str) -> int:
        return int(operator.get(of(name)).json()["version"])

    def act(name: str, verb: str, client: Client = operator, **given: Any) -> Callable[[], Any]:
        return lambda: post(client, of(name, verb), given)

    def by_operator() -> dict[str, Any]:
        return {"by": people["operator"], "at": now(), "scope": scope_of(people["operator"])}

    def on_call() -> None:
        ids["member"] = roster.add_member(agency="police", name="Trần Văn Trực", phone="", qualifications=[], by=people["admin"], at=now()).pk
        span = {"starts_at": now(), "ends_at": now() + timedelta(hours=8)}
        roster.add(agency="police", post="", member_id=ids["member"], by=people["admin"], at=now(), **span)

    def ask() -> Any:
        return keep("link", post(operator, f"/api/incidents/{ids['lost']['id']}/links"))

    def say() -> Any:
        token = ids["link"]["made"]["url"].rsplit("/", 1)[1]
        return Client().post(f"/api/here/{token}/position", {"lon": 105.8152, "lat": 9.8166, "accuracy_m": 30}, content_type="application/json")

    def request() -> Any:
        post(operator, f"/api/incidents/{ids['lost']['id']}/verify")
        return post(operator, f"/api/incidents/{ids['lost']['id']}/dispatch", {"responders": [units["asked"].pk]})

    def take_alarm() -> Any:
        return post(operator, f"/api/alarms/{Alarm.objects.filter(cleared_at=None, acknowledged_at=None).latest('id').pk}/acknowledge")

    return [
        ("report without a place", lambda: ids.update(lost=report(operator, key=str(uuid.uuid4()), lon=None, lat=None))),
        ("an alarm rises", lambda: clock.tick(now()) and None),
        ("and goes up", lambda: alarms.escalate(now() + timedelta(seconds=CITY.escalate_s + 60)) and None),
        ("and is taken", take_alarm),
        ("a phone is asked", ask),
        ("and says where it is", say),
        ("place", lambda: post(operator, f"/api/incidents/{ids['lost']['id']}/place", {"lon": 105.8155, "lat": 9.8166, "source": "operator"})),
        ("the alarm's cause is gone", lambda: post(operator, f"/api/incidents/{ids['lost']['id']}/acknowledge")),
        ("cleared by time", lambda: clock.tick(now()) and None),
        ("a unit is asked for", request),
        ("and does not answer", lambda: asking.unanswered(now() + timedelta(hours=1)) and None),
        (
            "hold",
            lambda: keep(
                "hold",
                post(
                    operator, "/api/reservations", {"responder": far, "incident": ids["lost"]["id"], "until": now() + timedelta(minutes=30), "because": "dự bị"}
                ),
            ),
        ),
        ("give it up", lambda: operator.delete(f"/api/reservations/{ids['hold']['id']}")),
        ("on shift", unit("shift", on=True, because="thay ca")),
        ("a meal", unit("duty", duty="on_duty", activity="meal")),
        ("roster", on_call),
        ("crew", lambda: post(operator, f"/api/responders/{far}/crew", {"members": [ids["member"]]})),
        ("equipment", unit("equipment", name="máy bơm", kind="pump")),
        ("off shift", unit("shift", on=False)),
        ("opinion", lambda: post(operator, f"/api/incidents/{ids['lost']['id']}/opinions", {"question": "Sơ tán?", "options": YES_NO})),
        ("another's matter", lambda: ids.update(hole=report(operator, key=str(uuid.uuid4()), category="pothole"))),
        ("verified first", lambda: post(operator, f"/api/incidents/{ids['hole']['id']}/verify")),
        ("transfer", lambda: post(operator, f"/api/incidents/{ids['hole']['id']}/transfer", {"agency": "police"})),
        ("two more", lambda: ids.update(a=report(operator, key=str(uuid.uuid4())), b=report(operator, key=str(uuid.uuid4()), description="khói"))),
        ("amend", lambda: operator.patch(of("a"), {"description": "khói đen"}, content_type="application/json", headers={"If-Match": f'"v{version("a")}"'})),
        ("demote", act("a", "demote", reason="không gấp")),
        ("take that back", act("a", "undo_speed")),
        ("demote again", act("a", "demote", reason="không gấp")),
        ("promote", act("a", "promote", reason="gấp")),
        ("a part", lambda: post(operator, of("b", "link"), {"parent": ids["a"]["id"]})),
        ("no part", act("b", "unlink", reason="khác")),
        ("merge them", lambda: post(operator, of("b", "merge"), {"into": ids["a"]["id"]})),
        ("split them", act("b", "split", reason="khác")),
        ("close off", act("a", "restrict", reason="nhạy cảm")),
        ("name somebody", act("a", "admit", leader, person=people["operator"].username, reason="cần biết")),
        ("and no longer", act("a", "dismiss", leader, person=people["operator"].username, reason="xong")),
        # The leader sees it no more by this, and is told that it is done.
        ("open again", act("a", "unrestrict", leader, reason="hết nhạy cảm")),
        ("a call", lambda: ids.update(call=Call.objects.create(call_id="c1", number="0900", heard_at=now())) and None),
        ("is about it", lambda: post(operator, f"/api/calls/{ids['call'].pk}/link", {"incident": ids["a"]["id"]})),
        ("an exercise", lambda: exercises.start(name="Diễn tập", minutes=30, people=[], units=[far], text="", **by_operator()) and None),
    ]


YES_NO = [{"value": "yes", "vi": "Có", "en": "Yes"}, {"value": "no", "vi": "Không", "en": "No"}]


def answers(client: Client, cases: set[int]) -> list[tuple[list[Any], Any]]:
    """What the operator's page would hold if it asked now."""
    asked = {**QUESTIONS, **{("case", case): f"/api/incidents/{case}" for case in cases}}
    return [(list(key), client.get(path).json()) for key, path in asked.items()]


def kinds_in_source() -> set[str]:
    """Every kind of event that the control room can say, as its own text writes it."""
    return {kind for path in sorted((ROOT / "incidents").rglob("*.py")) for kind in KIND.findall(path.read_text())}


def test_the_page_knows_every_kind_of_event_that_the_source_can_say() -> None:
    """The page's own test walks this list and fails for a kind that makes nothing old; it is written anew by NBIOC_GOLDEN=1."""
    made = [
        {"kind": "layer.made", "layer": "x"},
        {"kind": "layer.changed", "layer": "x"},
        {"kind": "layer.dropped", "layer": "x"},
        {"kind": "layer.edited", "layer": "closures"},
    ]
    rows = [
        {"kind": kind, "layer": "responders" if kind.split(".")[0] in ("unit", "responder", "roster") else "incidents"} for kind in sorted(kinds_in_source())
    ]
    text = json.dumps([*rows, *made], indent=2) + "\n"
    if os.environ.get("NBIOC_GOLDEN"):
        GOLDEN.write_text(text)
    assert json.loads(GOLDEN.read_text()) == json.loads(text), (
        "a kind of event is new: NBIOC_GOLDEN=1 writes the list, then LIVE in useOperations.ts wants its line"
    )


def seen(scope: Scope) -> dict[str, dict[int, dict[str, Any]]]:
    found = {}
    for layer in LAYERS:
        try:
            found[layer] = fetched(layer, scope)
        except NOT_FOUND:
            found[layer] = {}
    return found


def test_after_every_event_every_copy_equals_a_fresh_fetch(people: dict[str, User], standing: dict[str, Responder], tmp_path: Path) -> None:
    clients = {}
    for role in ("operator", "field", "agency", "leader"):
        clients[role] = Client()
        clients[role].force_login(people[role])
    scopes = {role: scope_of(people[role]) for role in LISTENERS}
    road = Road.objects.get().pk
    Playbook.objects.create(slug="fire", version=1, title_vi="Cháy", title_en="Fire", steps=[{"code": "look", "kind": "manual", "vi": "Xem", "en": "Look"}])

    told: list[dict[str, Any]] = []

    def page() -> list[tuple[list[Any], Any]]:
        return answers(clients["operator"], set(seen(scopes["operator"])["incidents"]))

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
            held, heard = await write(page), 0
            steps = story(clients["operator"], clients["field"], clients["agency"], standing) + rest_of_it(
                clients["operator"], clients["leader"], people, standing
            )
            for number, (name, take) in enumerate(steps):
                answer = await write(take)
                assert answer is None or answer.status_code in (200, 201), (name, answer.content.decode())
                await write(lambda number=number: mark(number))
                for role, reader in readers.items():
                    await listen(reader, copies[role], number)
                    assert copies[role] == await write(lambda scope=scopes[role]: seen(scope)), (role, name)
                changes, fresh = operator.messages("change"), await write(page)
                told.append({"name": name, "changes": [one for one in changes[heard:] if one["layer"] in LAYERS], "before": held, "after": fresh})
                held, heard = fresh, len(changes)
            assert "incident" not in stranger.text
            assert "responder" not in stranger.text

    stream(who, scenario)
    assert kinds_in_source() - set(Event.objects.values_list("kind", flat=True)) == set(), "a kind of event has no step in the story"
    _page_keeps_up(told, tmp_path)


def _page_keeps_up(told: list[dict[str, Any]], tmp_path: Path) -> None:
    """The page's own code hears the story: nothing that it still believes differs from a fresh answer."""
    path = tmp_path / "story.json"
    path.write_text(json.dumps(told, default=str))
    command = ["node", "node_modules/vitest/vitest.mjs", "run", "src/pages/operator/stale.spec.ts"]
    environment = {**os.environ, "PATH": f"{ROOT / 'var' / 'node' / 'bin'}:{os.environ['PATH']}", "NBIOC_STORY": str(path), "NO_COLOR": "1"}
    done = subprocess.run(command, cwd=ROOT / "frontend", env=environment, capture_output=True, text=True, timeout=120, check=False)  # noqa: S603
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert int(re.search(r"Tests +(\d+) passed", done.stdout)[1]) > len(told), done.stdout[-500:]  # type: ignore[index]
