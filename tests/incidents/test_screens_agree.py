"""Every pair of screens says the same of a case and of a unit after every transition: the tables of verbs and of units' steps are walked whole.

Whoever looks, wherever: the operator's queue and its tabs, the case, a second window's list, the city's log, the map's own rows, the unit's
phone, the agency that it was forwarded to, the wall.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from geo.city import CITY
from geo.models import User
from incidents import lifecycle
from incidents.dispatch import dispatching
from incidents.models import Assignment, Responder
from layers.access import Scope, scope_of
from tests.incidents.conftest import post, report
from tests.streams import fetched

pytestmark = pytest.mark.django_db

# How a case comes to each status, by what people do: verbs of the case, `dispatch` of the field unit, and that unit's steps.
SENT = ("verify", "dispatch")
WAYS: dict[str, tuple[str, ...]] = {
    "new": (),
    "verifying": ("acknowledge",),
    "reopened": ("reject", "reopen"),
    "verified": ("verify",),
    "assigned": SENT,
    "enroute": (*SENT, "unit:enroute"),
    "on_scene": (*SENT, "unit:on_scene"),
    "under_control": (*SENT, "unit:on_scene", "under_control"),
    "resolved": (*SENT, "resolve"),
    "closed": ("verify", "close"),
    "cancelled": ("cancel",),
    "unfounded": ("reject",),
    "transferred": ("verify", "transfer"),
}
GIVEN: dict[str, dict[str, Any]] = {
    "reject": {"reason": "không có thật"},
    "cancel": {"reason": "gọi nhầm"},
    "reopen": {"reason": "lại cháy"},
    "forward": {"agency": "police"},
    "transfer": {"agency": "police"},
    "answer": {"text": "đã xử lý"},
    "close": {"outcome": next(iter(CITY.outcomes))},
    "decline": {"reason": "hỏng xe"},
}
MOVES = [(verb, before) for verb, row in lifecycle.VERBS.items() if row.after for before in sorted(row.before)]
# How far a unit has come: which steps it made before.
COMES: dict[str, tuple[str, ...]] = {"requested": (), "assigned": (), "accepted": ("accept",), "enroute": ("enroute",), "on_scene": ("on_scene",)}
STEPS = [(step, before) for step, row in dispatching.STEPS.items() for before in sorted(row.before)]


class Desk:
    """Everybody who looks at one case, and what each is told."""

    def __init__(self, people: dict[str, User], units: dict[str, Responder]) -> None:
        self.clients: dict[str, Client] = {}
        for role in ("operator", "leader", "field", "agency"):
            self.clients[role] = Client()
            self.clients[role].force_login(people[role])
        self.second = Client()
        self.second.force_login(people["operator"])
        self.scope: Scope = scope_of(people["operator"])
        self.unit = units["field"]
        self.asked = units["asked"]
        self.case = report(self.clients["operator"], key=str(uuid.uuid4()))["id"]

    def do(self, verb: str, by: str = "operator", responder: Responder | None = None) -> None:
        if verb.startswith("unit:"):
            self.step(verb.removeprefix("unit:"))
            return
        given = GIVEN.get(verb, {})
        if verb == "dispatch":
            given = {"responders": [(responder or self.unit).pk]}
        if verb == "merge":
            given = {"into": report(self.clients["operator"], key=str(uuid.uuid4()), description="trước")["id"]}
        answer = post(self.clients[by], f"/api/incidents/{self.case}/{verb}", given)
        assert answer.status_code == 200, (verb, answer.content.decode())

    def step(self, name: str) -> None:
        assignment = Assignment.objects.filter(incident_id=self.case).latest("id").pk
        answer = post(self.clients["operator"], f"/api/assignments/{assignment}/{name}", GIVEN.get(name, {}))
        assert answer.status_code == 200, (name, answer.content.decode())

    def status(self) -> str:
        return str(self.clients["operator"].get(f"/api/incidents/{self.case}").json()["status"])

    def told(self) -> dict[str, str]:
        """Each screen's status of the case, where it shows the case at all."""
        ask = self.clients["operator"].get
        detail = ask(f"/api/incidents/{self.case}").json()
        status = detail["status"]
        found = {
            "the case": status,
            "its log": detail["entries"][-1]["status_to"],
            "the map's row": fetched("incidents", self.scope)[self.case]["properties"]["status"],
        }
        for tab, statuses in lifecycle.STATES.items():
            rows = {row["id"]: row["status"] for row in ask(f"/api/incidents?state={tab}&limit=500").json()["items"]}
            # Merged cases stand under the one that they were merged into.
            if status in statuses and (tab != "unplaced") and self.case in rows or status not in statuses:
                found[f"the queue, {tab}"] = rows.get(self.case, status)
            assert (self.case in rows) == (status in statuses and tab != "unplaced"), (tab, status)
        found["the second window"] = self.second.get(f"/api/incidents/{self.case}").json()["status"]
        line = next(row for row in ask("/api/log?limit=20").json()["items"] if row["incident"]["id"] == self.case)
        found["the city's log"] = line["status_to"]
        for row in self.clients["field"].get("/api/my/work").json()["assignments"]:
            if row["incident"]["id"] == self.case:
                found["the unit's phone"] = row["incident"]["status"]
        agency = self.clients["agency"].get(f"/api/incidents/{self.case}")
        if agency.status_code == 200:
            found["the agency"] = agency.json()["status"]
        for row in self.clients["leader"].get("/api/wall").json()["latest"]:
            if row["id"] == self.case:
                found["the wall"] = row["status"]
        return found

    def unit_told(self) -> dict[str, str | None]:
        """Each screen's status of the unit's assignment; none where it shows none."""
        ask = self.clients["operator"].get
        newest = Assignment.objects.filter(incident_id=self.case).latest("id")
        open_ = newest.ended_at is None
        found: dict[str, str | None] = {
            "the case": next(row["status"] for row in ask(f"/api/incidents/{self.case}").json()["assignments"] if row["id"] == newest.pk)
        }
        board = next(row for row in ask("/api/responders").json()["items"] if row["id"] == newest.responder_id)
        assert (board["assignment"] is not None) == open_, "a unit whose work is over has none on the board"
        if open_:
            found["the board"] = board["assignment"]["status"]
        if newest.responder_id == self.unit.pk:
            mine = {row["id"]: row["status"] for row in self.clients["field"].get("/api/my/work").json()["assignments"]}
            assert (newest.pk in mine) == open_, "the phone shows work that is open, and no other"
            if open_:
                found["the phone"] = mine[newest.pk]
        return found


@pytest.fixture
def desk(people: dict[str, User], town: dict, units: dict[str, Responder]) -> Desk:
    return Desk(people, units)


def test_every_status_has_a_way_to_it() -> None:
    assert {before for _, before in MOVES} <= set(WAYS)
    assert {before for _, before in STEPS} <= set(COMES)


@contextmanager
def taken_back() -> Iterator[None]:
    """What is done within never was: each transition begins where the one before it began, and the way there is gone once."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize("before", sorted({before for _, before in MOVES}))
def test_after_every_transition_every_screen_says_the_same_of_the_case(desk: Desk, before: str) -> None:
    for one in WAYS[before]:
        desk.do(one)
    assert desk.status() == before
    for verb in (verb for verb, begins in MOVES if begins == before and verb != "answer"):
        with taken_back():
            desk.do(verb)

            told = desk.told()
            assert set(told.values()) == {lifecycle.VERBS[verb].after}, (verb, told)
            assert len(told) >= 5, (verb, told)
            assert verb != "forward" or "the agency" in told


@pytest.mark.parametrize("before", sorted(lifecycle.VERBS["answer"].before))
def test_after_an_agencys_answer_every_screen_says_the_same_of_the_case(desk: Desk, before: str) -> None:
    for one in WAYS[before]:
        desk.do(one)
        if one == "verify":
            desk.do("forward")
    assert desk.status() == before

    desk.do("answer", by="agency")

    told = desk.told()
    assert set(told.values()) == {lifecycle.VERBS["answer"].after}, told
    assert len(told) >= 5
    assert "the agency" in told


@pytest.mark.parametrize("before", sorted(COMES))
def test_after_every_step_every_screen_says_the_same_of_the_unit(desk: Desk, before: str) -> None:
    desk.do("verify")
    desk.do("dispatch", responder=desk.asked if before == "requested" else desk.unit)
    for one in COMES[before]:
        desk.step(one)
    for step in (step for step, begins in STEPS if begins == before):
        with taken_back():
            desk.step(step)

            told = desk.unit_told()
            assert set(told.values()) == {dispatching.STEPS[step].after}, (step, told)
            assert len(set(desk.told().values())) == 1, (step, desk.told())
