"""A storm night: three hundred reports within minutes over every channel, answers lost and sent again, callers who do not know where they
are: none is lost, none is there twice, and every number that anybody reads adds up.
"""

import base64
import json
import random
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from geo import webhooks
from geo.acting import acting
from geo.city import CITY
from geo.models import Event, User
from incidents.models import Alarm, Call, Entry, Incident
from tests.conftest import JUNCTION, build_town

pytestmark = pytest.mark.django_db(transaction=True)

REPORTS = 300
# Of those: without a place, word for word another one's, by telephone, and sent again because the answer did not come.
UNPLACED, ALIKE, CALLED, AGAIN = 40, 30, 60, 80
HANDS = 6
SECRET = webhooks.PREFIX + base64.b64encode(b"storm night, storm night" * 2).decode()
# What a storm brings, and how people say it.
STORM = [
    ("tree_down", "cây đổ ngang đường"),
    ("flooding", "nước ngập nửa bánh xe"),
    ("live_wire", "dây điện đứt rơi xuống nước"),
    ("house_fire", "chập điện, cháy bếp"),
]


def kinds() -> list[tuple[str, str]]:
    """Those of them that this city has."""
    found = [(code, words) for code, words in STORM if code in CITY.categories]
    return found or [(code, category.vi) for code, category in list(CITY.categories.items())[:4]]


def reports(chance: random.Random) -> list[dict[str, Any]]:
    channels = list(CITY.channels)
    made = []
    for number in range(REPORTS):
        category, words = kinds()[number % len(kinds())]
        made.append(
            {
                "key": str(uuid.UUID(int=chance.getrandbits(128))),
                "category": category,
                "channel": channels[number % len(channels)],
                "description": f"{words}, người thứ {number}",
                "lon": JUNCTION[0] + chance.uniform(-0.004, 0.004),
                "lat": JUNCTION[1] + chance.uniform(-0.002, 0.002),
                "place_source": "caller",
                "accuracy_m": chance.choice([10, 50, 200]),
                "reporter_phone": f"09{chance.randrange(10**8):08d}",
            }
        )
    for one in made[:UNPLACED]:
        one |= {"lon": None, "lat": None, "place_source": "", "accuracy_m": None}
    # Two people, one sight: the words and the place are the same, and still they are two reports.
    for first, second in zip(made[UNPLACED : UNPLACED + ALIKE], made[-ALIKE:], strict=True):
        second |= {name: first[name] for name in ("description", "lon", "lat", "category", "channel", "accuracy_m")}
    return made


def ring(call: str, number: str) -> int:
    """The telephone bridge says that somebody calls; again, in the same words."""
    body = json.dumps({"type": "call.ringing", "data": {"call_id": call, "from": number}}).encode()
    stamp = str(int(timezone.now().timestamp()))
    signature = webhooks.signature(secret=SECRET, id=f"msg_{call}", timestamp=stamp, body=body)
    headers = {"webhook-id": f"msg_{call}", "webhook-timestamp": stamp, "webhook-signature": signature}
    return Client().post("/api/calls", body, content_type="application/json", headers=headers).status_code


def test_a_storm_night_loses_no_report_and_takes_none_twice(people: dict[str, User], settings: Any) -> None:
    settings.TELEPHONE_SECRETS = [SECRET]
    chance = random.Random(2026)
    with acting(by=None, because="a small town"):
        build_town()
    given = reports(chance)

    # The bridge tells of sixty calls, some of them twice; their reports say by which call they came.
    rung = [(f"c{number}", one["reporter_phone"]) for number, one in enumerate(given[:CALLED])]
    with ThreadPoolExecutor(HANDS) as hands:
        assert set(hands.map(lambda pair: closing(ring, *pair), rung + rung[::3])) == {200}
    known = dict(Call.objects.values_list("call_id", "pk"))
    assert len(known) == CALLED
    for number, one in enumerate(given[:CALLED]):
        one["call"] = known[f"c{number}"]

    # Everybody at once, in no order; eighty answers are lost on the way and those reports come again, some while the first is still being taken.
    sent = given + chance.sample(given, AGAIN)
    chance.shuffle(sent)
    operator = [Client() for _ in range(HANDS)]
    for client in operator:
        client.force_login(people["operator"])

    def send(pair: tuple[int, dict[str, Any]]) -> tuple[str, int, int]:
        at, one = pair
        answer = operator[at % HANDS].post("/api/incidents", one, content_type="application/json")
        return one["key"], answer.status_code, answer.json().get("id", 0)

    with ThreadPoolExecutor(HANDS) as hands:
        answers = list(hands.map(lambda pair: closing(send, pair), enumerate(sent)))

    # Every report was answered, each key with one case, and each case was new exactly once.
    assert Counter(status for _, status, _ in answers) == {201: REPORTS, 200: AGAIN}
    case_of = {key: case for key, _, case in answers}
    assert len({(key, case) for key, _, case in answers}) == len(case_of) == len(set(case_of.values())) == REPORTS
    assert set(Incident.objects.values_list("pk", flat=True)) == set(case_of.values())
    assert {str(key) for key in Incident.objects.values_list("request_key", flat=True)} == {one["key"] for one in given}
    assert Incident.objects.values("code").distinct().count() == REPORTS

    # Each is the report that was sent: nobody's words under another's case.
    stored = {str(row.request_key): row for row in Incident.objects.all()}
    for one in given:
        row = stored[one["key"]]
        assert (row.description, row.reporter_phone, row.geom is None) == (one["description"], one["reporter_phone"], one["lon"] is None)
    assert Counter(Entry.objects.filter(kind="report").values_list("incident_id", flat=True)) == dict.fromkeys(case_of.values(), 1)
    told = Counter(fid for fids in Event.objects.filter(kind="incident.reported").values_list("fids", flat=True) for fid in fids)
    assert told == dict.fromkeys(case_of.values(), 1)
    assert Call.objects.filter(incident=None).count() == 0
    immediate = Incident.objects.filter(process="immediate").count()
    assert Alarm.objects.filter(kind="case_unheard").count() == immediate

    numbers_add_up(operator[0], unplaced=UNPLACED)
    # One by one the callers say where they are.
    for case in operator[0].get("/api/incidents?state=unplaced&limit=500").json()["items"]:
        here = {"lon": JUNCTION[0], "lat": JUNCTION[1], "source": "caller", "accuracy_m": 50}
        assert operator[0].post(f"/api/incidents/{case['id']}/place", here, content_type="application/json").status_code == 200
    numbers_add_up(operator[0], unplaced=0)


def numbers_add_up(client: Client, *, unplaced: int) -> None:
    """The queue, its tabs, its severities, the wall and the layer say the same."""
    queue = client.get("/api/incidents?state=open&limit=500").json()
    assert (len(queue["items"]), queue["counts"]["open"], queue["counts"]["new"]) == (REPORTS, REPORTS, REPORTS)
    assert sum(queue["by_severity"].values()) == REPORTS
    assert (queue["counts"]["unplaced"], sum(1 for one in queue["items"] if one["lon"] is None)) == (unplaced, unplaced)
    wall = client.get("/api/wall").json()
    assert (wall["n"], sum(row["n"] for row in wall["open_by_severity"])) == (REPORTS, REPORTS)
    listed = client.get("/ogc/collections/incidents/items?f=json&limit=1000").json()["features"]
    assert (len(listed), sum(1 for one in listed if one["geometry"] is None)) == (REPORTS, unplaced)


def closing(act: Any, *given: Any) -> Any:
    """A thread of its own has a connection of its own, which it closes."""
    try:
        return act(*given)
    finally:
        connection.close()
