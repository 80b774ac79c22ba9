"""The live stream: nothing missed, nothing twice, nothing that the caller may not see."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from geo import events
from geo.acting import acting
from geo.models import User
from incidents.models import Incident
from layers import live
from layers.access import ANONYMOUS, Scope, opened, scope_of
from layers.changes import MOST_FEATURES, Shown
from layers.layer import registry
from layers.library.roads import Road
from layers.live import EventDoor
from layers.making import made
from tests.conftest import city_wkt
from tests.streams import PATIENCE_S, Reader, applied, fetched, reading, stream, write

pytestmark = pytest.mark.django_db(transaction=True)


def publish(kind: str, layer: str, *fids: int) -> None:
    with acting(by=None, because="test"):
        events.publish(kind=kind, at=timezone.now(), layer=layer, fids=list(fids))


@pytest.fixture
def street(db: None) -> int:
    """One committed street; the town's own fixture keeps its transaction open, which holds the horizon back."""
    with acting(by=None, because="test"):
        return Road.objects.create(name="Hùng Vương", road_class="primary", width_m=12, speed_kmh=40, geom=city_wkt("LINESTRING", (0, 0), (400, 0))).pk


def report(**given: Any) -> Incident:
    with acting(by=None, because="test"):
        made = Incident.objects.create(
            **{"category": "fire", "process": "immediate", "severity": 4, "channel": "call", "reported_at": timezone.now(), "geom": city_wkt("POINT", (5, 5))}
            | given
        )
        events.publish(kind="incident.reported", at=timezone.now(), layer="incidents", fids=[made.pk])
    return made


def kinds(*wanted: str) -> Callable[[Reader], bool]:
    return lambda reader: [one["kind"] for one in reader.messages("change")] == list(wanted)


def test_hello_says_the_position_and_the_headers_keep_proxies_from_holding_it_back(people: dict[str, User]) -> None:
    async def scenario(door: EventDoor) -> None:
        async with reading(door) as reader:
            (hello,) = reader.messages()
            assert reader.status == 200
            assert (reader.headers[b"cache-control"], reader.headers[b"x-accel-buffering"]) == (b"no-cache", b"no")
            assert hello["id"] == hello["position"]
            assert hello["as_of"]

    stream(ANONYMOUS, scenario)


# What may happen to a case, as its row: each is published under its kind, and a copy that only heard the stream must agree.
FATES: dict[str, dict[str, Any]] = {
    "incident.acknowledged": {"status": "verifying"},
    "incident.verified": {"status": "verified", "severity": 5},
    "incident.rejected": {"status": "unfounded"},
    "incident.merged": {"status": "duplicate"},
    "incident.forwarded": {"status": "transferred"},
    "incident.answered": {"answer": "đã xử lý"},
    "incident.noted": {},
    "incident.dispatched": {"status": "assigned"},
    "incident.enroute": {"status": "enroute"},
    "incident.on_scene": {"status": "on_scene"},
    "incident.under_control": {"status": "under_control"},
    "incident.resolved": {"status": "resolved"},
    "incident.closed": {"status": "closed"},
    "incident.cancelled": {"status": "cancelled"},
    "incident.reopened": {"status": "reopened"},
    "incident.restricted": {"restricted": True},
}


@pytest.mark.parametrize("role", ["operator", "leader", "field"])
def test_a_copy_that_only_hears_the_stream_equals_a_fresh_fetch_after_every_kind_of_event(role: str, people: dict[str, User]) -> None:
    scope = scope_of(people[role])
    before = [report(place_name=f"before {number}") for number in range(2)]

    def happens() -> None:
        for kind, changed in FATES.items():
            case = report(place_name=kind)
            with acting(by=None, because="test"):
                Incident.objects.filter(pk=case.pk).update(**changed)
                events.publish(kind=kind, at=timezone.now(), layer="incidents", fids=[case.pk])
        with acting(by=None, because="test"):
            Incident.objects.filter(pk=before[0].pk).delete()
            events.publish(kind="layer.deleted", at=timezone.now(), layer="incidents", fids=[before[0].pk])

    async def scenario(door: EventDoor) -> None:
        async with reading(door) as reader:
            state = await write(lambda: fetched("incidents", scope))
            await write(happens)
            await reader.until(lambda one: len(one.messages("change")) == 2 * len(FATES) + 1)
            assert applied(state, reader.messages("change")) == await write(lambda: fetched("incidents", scope))

    if any(scope.may(grant.permission) for grant in opened("incidents", scope_of(people["operator"])).layer.grants):
        stream(scope, scenario)


@pytest.mark.parametrize("kind", ["layer.created", "layer.edited", "layer.deleted"])
def test_a_layer_s_own_events_keep_a_copy_fresh(kind: str, street: int) -> None:
    def happens() -> None:
        with acting(by=None, because="test"):
            fid = street
            if kind == "layer.deleted":
                Road.objects.filter(pk=fid).delete()
            elif kind == "layer.edited":
                Road.objects.filter(pk=fid).update(name="Hẻm mới", version=2)
            else:
                fid = Road.objects.create(name="Mới", road_class="alley", width_m=2, speed_kmh=10, geom=city_wkt("LINESTRING", (0, 0), (0, 9))).pk
            events.publish(kind=kind, at=timezone.now(), layer="roads", fids=[fid])

    async def scenario(door: EventDoor) -> None:
        async with reading(door) as reader:
            state = await write(lambda: fetched("roads", ANONYMOUS))
            await write(happens)
            await reader.until(kinds(kind))
            assert applied(state, reader.messages("change")) == await write(lambda: fetched("roads", ANONYMOUS))

    stream(ANONYMOUS, scenario)


def test_a_stranger_hears_nothing_of_cases(people: dict[str, User], street: int) -> None:
    def happens() -> None:
        report(place_name="secret", reporter_name="Nguyễn Văn B")
        publish("person.changed", "")
        publish("layer.edited", "roads", street)

    async def scenario(door: EventDoor) -> None:
        async with reading(door) as reader:
            await write(happens)
            await reader.until(kinds("layer.edited"))
            assert "incident" not in reader.text

    stream(ANONYMOUS, scenario)


def test_a_restricted_case_is_only_gone_for_who_may_not_see_it(people: dict[str, User]) -> None:
    async def scenario(door: EventDoor) -> None:
        async with reading(door) as reader:
            case = await write(lambda: report(restricted=True, place_name="secret"))
            await reader.until(kinds("gone"))
            (change,) = reader.messages("change")
            assert (change["features"], change["gone"]) == ([], [case.pk])
            assert "secret" not in reader.text

    stream(scope_of(people["operator"]), scenario)


def test_names_of_reporters_reach_only_who_may_see_them(people: dict[str, User]) -> None:
    case = report(reporter_name="Nguyễn Văn B")
    leader = scope_of(people["operator"])
    without = Scope(user_id=leader.user_id, permissions=leader.permissions - {"see_reporters"}, fingerprint="without")
    shown = Shown(events.after(events.Position(events.newest().epoch, 0, 0)) or _unsettled(case.pk))

    assert [b"Nguy" in frame for frame in (shown.to(leader)[-1], shown.to(without)[-1])] == [True, False]


def _unsettled(fid: int) -> list[events.Happened]:
    return [events.Happened(events.Position("e", 1, 1), "incident.reported", "incidents", (fid,), timezone.now(), None, {})]


def test_people_who_see_the_same_share_one_rendering(people: dict[str, User], django_assert_num_queries: Any) -> None:
    shown = Shown(_unsettled(report().pk))
    colleague = User.objects.create_user(username="second", agency=people["operator"].agency)
    colleague.roles.set(people["operator"].roles.all())
    scopes = [scope_of(people["operator"]), scope_of(colleague)]

    with django_assert_num_queries(1):
        assert shown.to(scopes[0]) == shown.to(scopes[1])
    assert scopes[0].fingerprint != scopes[1].fingerprint


def test_an_event_about_very_many_rows_asks_for_a_fresh_fetch(street: int) -> None:
    many = events.Happened(events.Position("e", 1, 1), "layer.imported", "roads", tuple(range(MOST_FEATURES + 1)), timezone.now(), None, {})
    (told,) = Shown([many]).to(ANONYMOUS)

    assert b'"refetch":true' in told
    assert len(told) < 300


def test_a_cut_connection_resumes_and_hears_exactly_what_the_database_holds(street: int) -> None:
    start = events.newest()

    async def scenario(door: EventDoor) -> None:
        heard: list[str] = []
        last = ""
        for cut in range(4):
            async with reading(door, last_event_id=last) as reader:
                last = last or reader.messages("hello")[0]["id"]
                await write(lambda: publish(f"during {cut}", "roads", street))  # noqa: B023 (run at once)
                await reader.until(lambda one: f"during {cut}" in one.text)  # noqa: B023
                heard += [one["id"] for one in reader.messages("change")]
                last = heard[-1]
            await write(lambda: [publish(f"away {cut} {number}", "roads", street) for number in range(3)])  # noqa: B023
        async with reading(door, query_string=f"last_event_id={last}".encode()) as reader:
            await reader.until(lambda one: "away 3 2" in one.text)
            heard += [one["id"] for one in reader.messages("change")]
            assert not reader.messages("reset")

        kept = await write(lambda: [str(event.position) for event in events.after(start)])
        assert heard == kept
        assert len(heard) == 16

    stream(ANONYMOUS, scenario)


def test_many_readers_coming_and_going_under_writing_miss_nothing_and_hear_nothing_twice(street: int) -> None:
    start, total = events.newest(), 120

    async def restless(door: EventDoor, seed: int) -> list[str]:
        heard: list[str] = []
        last = str(start)
        while len(heard) < total:
            async with reading(door, last_event_id=last) as reader:
                enough = min(total - len(heard), 1 + (seed * 7 + len(heard)) % 23)
                await reader.until(lambda one: len(one.messages("change")) >= enough)  # noqa: B023
                heard += [one["id"] for one in reader.messages("change")]
                last = heard[-1]
        return heard

    async def scenario(door: EventDoor) -> None:
        writing = asyncio.create_task(write(lambda: [publish(f"n {number}", "roads", street) for number in range(total)]))
        all_heard = await asyncio.gather(*(restless(door, seed) for seed in range(6)))
        await writing
        kept = await write(lambda: [str(event.position) for event in events.after(start)])
        for heard in all_heard:
            assert heard == kept

    stream(ANONYMOUS, scenario)


@pytest.mark.parametrize(
    "given", ["nonsense", "other000-1-1", "{epoch}-99999999999999999999-1", "{epoch}-9000000000000000000-1", "{epoch}-1-", "{epoch}-١-1", "{epoch}-1-1-1"]
)
def test_a_position_that_cannot_be_resumed_gets_a_reset_and_the_stream_goes_on(given: str, street: int) -> None:
    asked = given.format(epoch=events.newest().epoch)

    async def scenario(door: EventDoor) -> None:
        async with reading(door, last_event_id=asked) as reader:
            await reader.until(lambda one: bool(one.messages("reset")))
            await write(lambda: publish("after", "roads", street))
            await reader.until(kinds("after"))

    stream(ANONYMOUS, scenario)


def test_a_pruned_position_gets_a_reset_never_a_silent_gap(street: int) -> None:
    publish("pruned", "roads", street)
    old = events.newest()
    with connection.cursor() as cursor:
        cursor.execute("update geo_epoch set pruned_to = %s", [old.xid + 1])

    async def scenario(door: EventDoor) -> None:
        async with reading(door, last_event_id=str(old)) as reader:
            await reader.until(lambda one: bool(one.messages("reset")))

    try:
        stream(ANONYMOUS, scenario)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("update geo_epoch set pruned_to = 0")


def test_a_reader_that_does_not_keep_up_gets_a_reset_and_is_closed_while_others_go_on(street: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "WAITING_BYTES", 2_000)

    async def scenario(door: EventDoor) -> None:
        async with reading(door) as slow, reading(door) as quick:
            slow.reads.clear()
            for number in range(20):
                await write(lambda: publish(f"n {number}", "roads", street))  # noqa: B023
                await quick.until(lambda one: len(one.messages("change")) == number + 1)  # noqa: B023
            slow.reads.set()
            await slow.until(lambda one: one.ended)
            assert slow.messages()[-1]["event"] == "reset"
            assert not quick.ended

    stream(ANONYMOUS, scenario)


def test_a_change_of_role_ends_what_is_seen(people: dict[str, User], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "SCOPE_AGE_S", 0.0)
    operator = people["operator"]

    def now(headers: dict[bytes, bytes]) -> Scope:
        return scope_of(User.objects.get(pk=operator.pk))

    async def scenario(door: EventDoor) -> None:
        async with reading(door) as reader:
            await write(lambda: report(place_name="seen"))
            await reader.until(kinds("incident.reported"))
            await write(operator.roles.clear)
            await reader.until(lambda one: bool(one.messages("reset")))
            await write(lambda: report(place_name="no longer"))
            await write(lambda: publish("layer.edited", "roads", 1))
            await reader.until(lambda one: "layer.edited" in one.text)
            assert "no longer" not in reader.text

    stream(now, scenario)


def test_a_scope_that_cannot_be_checked_delivers_nothing_until_it_can(people: dict[str, User], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "SCOPE_AGE_S", 0.0)
    monkeypatch.setattr(live, "SCOPE_LIMIT_S", 0.0)
    working, scope = [True], scope_of(people["operator"])

    def flaky(headers: dict[bytes, bytes]) -> Scope:
        if not working[0]:
            raise RuntimeError("the database is gone")
        return scope

    async def scenario(door: EventDoor) -> None:
        async with reading(door) as reader:
            working[0] = False
            await write(lambda: report(place_name="waits"))
            door.hub._woken.set()
            await asyncio.wait_for(asyncio.shield(asyncio.create_task(_rounds(door, 3))), PATIENCE_S)
            assert "waits" not in reader.text
            working[0] = True
            await reader.until(kinds("incident.reported"))

    monkeypatch.setattr(live, "POLL_S", 0.05)
    stream(flaky, scenario)


async def _rounds(door: EventDoor, count: int) -> None:
    """Let the hub try that many times."""
    for _ in range(count):
        door.hub._woken.set()
        while door.hub._woken.is_set():
            await asyncio.sleep(0)


def test_the_stream_outlives_its_listening_connection(street: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "POLL_S", 0.1)

    async def scenario(door: EventDoor) -> None:
        async with reading(door) as reader:
            await write(lambda: publish("first", "roads", street))
            await reader.until(kinds("first"))
            door.hub._listener.connection.close()
            await write(lambda: publish("second", "roads", street))
            await reader.until(kinds("first", "second"))

    stream(ANONYMOUS, scenario)


def test_only_get_is_answered_and_a_full_house_says_when_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(door: EventDoor) -> None:
        posted = Reader(door)
        posted.scope["method"] = "POST"
        await door(posted.scope, posted.receive, posted.send)
        monkeypatch.setattr(live, "SUBSCRIBERS", 0)
        crowded = Reader(door)
        await door(crowded.scope, crowded.receive, crowded.send)
        assert (posted.status, crowded.status, crowded.headers[b"retry-after"]) == (405, 503, b"10")

    stream(ANONYMOUS, scenario)


def test_a_layer_made_by_another_process_is_heard_of_at_once(db: None) -> None:
    with acting(by=None, because="test"):
        made.make(slug="trees", vi="Cây", en="Trees", geometry_type="Point", fields=[], at=timezone.now(), see=None)
        registry.remove("trees")
        told = events.Happened(events.Position("e", 1, 1), "layer.made", "trees", (), timezone.now(), None, {})
        try:
            (frame,) = Shown([told]).to(ANONYMOUS)
        finally:
            registry.remove("trees")
            made._known.pop("trees", None)
            made.drop(slug="trees", at=timezone.now())

    assert b'"layer":"trees"' in (frame or b"")


def test_a_stopping_process_ends_its_streams_and_begins_no_other() -> None:
    async def scenario(door: EventDoor) -> None:
        async with reading(door) as reader:
            door.end()
            await reader.until(lambda one: one.ended)
            late = Reader(door)
            await door(late.scope, late.receive, late.send)
            assert late.status == 503

    stream(ANONYMOUS, scenario)


def test_a_quiet_stream_says_that_it_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "TICK_S", 0.02)
    monkeypatch.setattr(live, "HEARTBEAT_S", 0.05)

    async def scenario(door: EventDoor) -> None:
        async with reading(door) as reader:
            await reader.until(lambda one: one.text.count(": alive\n\n") >= 2)

    stream(ANONYMOUS, scenario)


def test_a_reader_that_takes_nothing_at_all_is_given_up(street: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "TICK_S", 0.02)
    monkeypatch.setattr(live, "SEND_LIMIT_S", 0.1)

    async def scenario(door: EventDoor) -> None:
        async with reading(door) as dead, reading(door) as alive:
            dead.reads.clear()
            await write(lambda: publish("first", "roads", street))
            await alive.until(kinds("first"))
            while len(door.hub.subscribers) > 1:
                await asyncio.sleep(0)
            await write(lambda: publish("second", "roads", street))
            await alive.until(kinds("first", "second"))

    stream(ANONYMOUS, scenario)
