"""The live stream: /events as Server-Sent Events, resumable, each caller seeing only what it may, never an unbounded queue.

One LISTEN connection a process wakes the hub; a poll each second is the truth. The hub reads settled events once, renders each
once per sight, and hands the same bytes to everybody who sees the same.
"""

import asyncio
import contextlib
import json
import logging
import re
import time
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from urllib.parse import parse_qs

import psycopg2
from django.db import connections
from django.utils import timezone

from geo import events
from geo.errors import BUSY, METHOD, Problem
from geo.events import Position
from layers.access import Scope
from layers.changes import Shown, frame

THREADS = 3
STATEMENT_TIMEOUT_MS = 5_000
POLL_S = 1.0
# After a wake-up that found nothing settled: an older transaction is still open, and its end wakes nobody.
UNSETTLED_POLL_S = (0.03, 0.5)
# Commits that come closer together than this share one reading.
ROUND_S = 0.02
HEARTBEAT_S = 14.0
HEARTBEAT = b": alive\n\n"
TICK_S = 0.5
# Asked again well within the 5 s in which a change of role or a logout must end what is seen.
SCOPE_AGE_S = 3.0
SCOPE_LIMIT_S = 5.0
SEND_LIMIT_S = 60.0
WAITING_BYTES = 500_000
SUBSCRIBERS = 5_000
# A longer absence is cheaper to mend by fetching afresh.
REPLAY_BATCHES = 20
LARGEST = 2**63 - 1
RETRY = b"retry: 1500\n"
POSITION = re.compile(r"[0-9a-z]{1,32}-[0-9]{1,19}-[0-9]{1,19}\Z", re.ASCII)

Headers = dict[bytes, bytes]
Send = Callable[[Any], Awaitable[None]]
T = TypeVar("T")
log = logging.getLogger(__name__)


class Listener:
    """A LISTEN connection of its own, read by the event loop; when it breaks it says so and is opened again by `open`."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self.wake = wake
        self.connection: Any = None

    @staticmethod
    def connect() -> Any:
        """Blocking: run in a thread."""
        made = psycopg2.connect(**connections["default"].get_connection_params())
        made.autocommit = True
        with made.cursor() as cursor:
            cursor.execute(f"listen {events.CHANNEL}")
        return made

    def take(self, made: Any) -> None:
        self.connection = made
        asyncio.get_running_loop().add_reader(made.fileno(), self._heard)

    def _heard(self) -> None:
        try:
            self.connection.poll()
        except psycopg2.Error:
            self.close()
        else:
            self.connection.notifies.clear()
        self.wake()

    def close(self) -> None:
        if self.connection is None:
            return
        with contextlib.suppress(psycopg2.Error, OSError, ValueError):
            asyncio.get_running_loop().remove_reader(self.connection.fileno())
        with contextlib.suppress(psycopg2.Error):
            self.connection.close()
        self.connection = None


class Credential:
    """What a caller showed, and what it stands for now; everybody who shows the same shares one."""

    def __init__(self, headers: Headers) -> None:
        self.headers = headers
        self.scope = Scope()
        self.checked = 0.0
        self.holders = 0

    def age_s(self) -> float:
        return time.monotonic() - self.checked


class Subscriber:
    """One open stream: what waits to be sent, bounded in bytes."""

    def __init__(self, credential: Credential, position: Position) -> None:
        self.credential = credential
        self.position = position
        self.fingerprint = credential.scope.fingerprint
        self.waiting: deque[bytes] = deque()
        self.bytes = 0
        self.ready = asyncio.Event()
        self.ended = False
        self.task = asyncio.current_task()
        self.sent = time.monotonic()
        self.sending = False

    def put(self, chunk: bytes, position: Position) -> None:
        """Queue a chunk; one that no longer fits makes the stream end with a reset."""
        self.position = position
        if self.ended or not chunk:
            return
        if self.waiting and self.bytes + len(chunk) > WAITING_BYTES:
            self.end(frame("reset", {"position": str(position)}, position))
            return
        self.waiting.append(chunk)
        self.bytes += len(chunk)
        self.ready.set()

    def end(self, last: bytes = b"") -> None:
        self.waiting.clear()
        self.waiting.append(last)
        self.bytes = len(last)
        self.ended = True
        self.ready.set()

    def tick(self, now: float) -> None:
        """Say that the stream lives when nothing else was said for long; give up on a reader that takes nothing at all."""
        if self.sending and now - self.sent > SEND_LIMIT_S and self.task is not None:
            self.task.cancel()
        elif not self.sending and not self.waiting and now - self.sent > HEARTBEAT_S:
            self.put(HEARTBEAT, self.position)

    def take(self) -> bytes:
        chunk = b"".join(self.waiting)
        self.waiting.clear()
        self.bytes = 0
        self.ready.clear()
        return chunk


class Hub:
    """Follows the events for one process and gives each subscriber its own."""

    def __init__(self, scope_from_headers: Callable[[Headers], Scope]) -> None:
        self.scope_from_headers = scope_from_headers
        self.threads = ThreadPoolExecutor(THREADS, thread_name_prefix="live")
        self.position: Position | None = None
        self.subscribers: set[Subscriber] = set()
        self.credentials: dict[tuple[bytes, bytes], Credential] = {}
        self._woken = asyncio.Event()
        self._listener = Listener(self._woken.set)
        self._tasks: list[asyncio.Task[None]] = []
        self._starting = asyncio.Lock()
        self._used: dict[int, Any] = {}

    @property
    def reached(self) -> Position:
        """How far it has followed. Raises BUSY before it began."""
        if self.position is None:
            raise BUSY()
        return self.position

    async def start(self) -> None:
        """Begin to follow at the newest position; the second call does nothing."""
        async with self._starting:
            if self.position is None:
                self.position = await self.run(events.newest)
                self._tasks = [asyncio.create_task(self._follow()), asyncio.create_task(self._keep_checking())]

    async def close(self) -> None:
        """End every stream, the tasks, the threads and their connections."""
        for subscriber in self.subscribers:
            subscriber.end()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._listener.close()
        await asyncio.to_thread(self._end_threads)

    def _end_threads(self) -> None:
        self.threads.shutdown(wait=True)
        for used in self._used.values():
            used.inc_thread_sharing()
            used.close()

    async def run(self, work: Callable[..., T], *given: Any) -> T:
        """Do blocking database work in a thread; a connection that failed is not used again."""
        return await asyncio.get_running_loop().run_in_executor(self.threads, self._work, work, *given)

    def _work(self, work: Callable[..., T], *given: Any) -> T:
        connection = connections["default"]
        try:
            if connection.connection is None:
                with connection.cursor() as cursor:
                    cursor.execute(f"set statement_timeout = {STATEMENT_TIMEOUT_MS}")
                self._used[id(connection)] = connection
            return work(*given)
        except Exception:
            connection.close()
            raise

    # Who calls

    async def credential(self, headers: Headers) -> Credential:
        """The shared credential of these headers, asked for now; give it back by `leave`."""
        key = (headers.get(b"authorization", b""), headers.get(b"cookie", b""))
        found = self.credentials.setdefault(key, Credential(headers))
        found.holders += 1
        if found.age_s() > SCOPE_AGE_S:
            try:
                await self.check([found])
            except BaseException:
                self.leave(found)
                raise
        return found

    def leave(self, credential: Credential) -> None:
        credential.holders -= 1
        if not credential.holders:
            self.credentials = {key: kept for key, kept in self.credentials.items() if kept.holders}

    async def check(self, credentials: list[Credential]) -> None:
        asked = time.monotonic()
        scopes = await self.run(lambda: [self.scope_from_headers(one.headers) for one in credentials])
        for credential, scope in zip(credentials, scopes, strict=True):
            credential.scope, credential.checked = scope, asked

    async def _keep_checking(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            now = time.monotonic()
            for subscriber in self.subscribers:
                subscriber.tick(now)
            old = [one for one in self.credentials.values() if one.age_s() > SCOPE_AGE_S]
            try:
                await self.check(old) if old else None
                self._reset_who_changed()
            except Exception as error:  # noqa: BLE001 (nothing is delivered on a scope that is too old; see _deliver)
                log.warning("live: scopes could not be checked: %s", type(error).__name__)

    def _reset_who_changed(self) -> None:
        """Whoever now sees something else is told to fetch afresh, before anything more is said."""
        for subscriber in self.subscribers:
            if subscriber.fingerprint != subscriber.credential.scope.fingerprint:
                subscriber.fingerprint = subscriber.credential.scope.fingerprint
                subscriber.take()  # what still waits was for who it was before
                subscriber.put(frame("reset", {"position": str(subscriber.position)}, subscriber.position), subscriber.position)

    # What happened

    async def _follow(self) -> None:
        wait_s = POLL_S
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), wait_s)
            self._woken.clear()
            try:
                if self._listener.connection is None:
                    self._listener.take(await self.run(Listener.connect))
                await self._round()
                unsettled = await self.run(events.waiting, self.position)
                wait_s = min(2 * wait_s, UNSETTLED_POLL_S[1]) if unsettled and wait_s < POLL_S else UNSETTLED_POLL_S[0] if unsettled else POLL_S
            except Exception as error:  # noqa: BLE001 (the stream outlives the database; nothing is skipped meanwhile)
                log.warning("live: %s, trying again", type(error).__name__)
                wait_s = POLL_S
            await asyncio.sleep(ROUND_S)

    async def _round(self) -> None:
        """Deliver everything settled since the last round."""
        while happened := await self._settled():
            await self._deliver(Shown(happened))
            self.position = happened[-1].position
            if len(happened) < events.BATCH:
                break

    async def _settled(self) -> list[events.Happened]:
        happened = await self.run(events.after, self.position)
        if happened is not None:
            return happened
        # The history was cut (restore, prune): nobody's position means anything any more.
        self.position = await self.run(events.newest)
        for subscriber in self.subscribers:
            subscriber.put(frame("reset", {"position": str(self.position)}, self.position), self.position)
        return []

    async def _deliver(self, shown: Shown) -> None:
        """Render for every scope there is, also of those who came meanwhile, then hand out without pausing."""
        rendered: dict[str, list[bytes | None]] = {}
        while True:
            if overdue := [one for one in self.credentials.values() if one.age_s() > SCOPE_LIMIT_S]:
                await self.check(overdue)
            scopes = {one.credential.scope.fingerprint: one.credential.scope for one in self.subscribers}
            missing = [scope for fingerprint, scope in scopes.items() if fingerprint not in rendered]
            if not missing:
                break
            rendered |= await self.run(lambda wanted=missing: {scope.fingerprint: shown.to(scope) for scope in wanted})
        self._reset_who_changed()
        last = shown.happened[-1].position
        whole = {fingerprint: b"".join(one for one in frames if one) for fingerprint, frames in rendered.items()}
        first = shown.happened[0].position
        for subscriber in self.subscribers:
            chunk = whole[subscriber.fingerprint]
            if subscriber.position >= first:  # it read some of these itself while it caught up
                both = zip(shown.happened, rendered[subscriber.fingerprint], strict=True)
                chunk = b"".join(one for event, one in both if one and event.position > subscriber.position)
            subscriber.put(chunk, max(last, subscriber.position))


class EventDoor:
    """Answers GET /events. `scope_from_headers` tells who calls; it may use the database and runs in a thread."""

    def __init__(self, scope_from_headers: Callable[[Headers], Scope]) -> None:
        self.scope_from_headers = scope_from_headers
        self.hub: Hub | None = None
        self.ending = False

    def end(self) -> None:
        """End every open stream and begin no other: the process is about to stop, and browsers resume with the next one."""
        self.ending = True
        for subscriber in self.hub.subscribers if self.hub else ():
            subscriber.end()

    async def close(self) -> None:
        """End every stream of this process, and what follows the events."""
        self.end()
        if self.hub is not None:
            await self.hub.close()
            self.hub = None

    async def __call__(self, scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Send) -> None:
        if scope["method"] != "GET":
            await _refuse(send, METHOD(), (b"allow", b"GET"))
            return
        if self.hub is None:
            self.hub = Hub(self.scope_from_headers)
        if self.ending or len(self.hub.subscribers) >= SUBSCRIBERS:
            await _refuse(send, BUSY(), (b"retry-after", b"10"))
            return
        left = asyncio.create_task(_left(receive))
        told = asyncio.create_task(self._tell(self.hub, scope, send))
        try:
            await asyncio.wait({left, told}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            left.cancel()
            told.cancel()
            await asyncio.gather(left, told, return_exceptions=True)
        if not told.cancelled() and (error := told.exception()) is not None:
            log.warning("live: a stream ended by %s", type(error).__name__)

    async def _tell(self, hub: Hub, scope: dict[str, Any], send: Send) -> None:
        headers: Headers = dict(scope["headers"])
        try:
            await hub.start()
            credential = await hub.credential(headers)
        except Exception as error:  # noqa: BLE001 (whatever failed, a stream that says nothing would be a lie)
            log.warning("live: a stream could not begin: %s", type(error).__name__)
            await _refuse(send, BUSY(), (b"retry-after", b"2"))
            return
        try:
            await send({"type": "http.response.start", "status": 200, "headers": _STREAM_HEADERS})
            subscriber = await self._catch_up(hub, credential, _asked_position(scope, headers), send)
            try:
                await _drain(subscriber, send)
            finally:
                hub.subscribers.discard(subscriber)
        finally:
            hub.leave(credential)

    async def _catch_up(self, hub: Hub, credential: Credential, asked: str, send: Send) -> Subscriber:
        """hello, then what was missed while away, then a place among the subscribers with nothing between."""
        given = _parsed(asked)
        resumed = await _resumable(hub, given)
        position = given if resumed and given is not None else hub.reached
        subscriber = Subscriber(credential, position)
        if not resumed:
            hub.subscribers.add(subscriber)
        hello = frame("hello", {"position": str(position), "as_of": timezone.now().isoformat()}, position)
        lost = frame("reset", {"position": str(position)}, position) if asked and not resumed else b""
        await _send(send, RETRY + hello + lost)
        if resumed:
            await _replay(hub, subscriber, send)
        return subscriber


async def _resumable(hub: Hub, given: Position | None) -> bool:
    """A position of this epoch, not pruned, and not of a future that never was."""
    if given is None or await hub.run(events.after, given, 1) is None:
        return False
    return given <= max(await hub.run(events.newest), hub.reached)


async def _replay(hub: Hub, subscriber: Subscriber, send: Send) -> None:
    """Send what was missed, as fast as the reader takes it; it joins the others where it has caught up."""
    for _ in range(REPLAY_BATCHES):
        if subscriber.position >= hub.reached:
            break
        if subscriber.credential.age_s() > SCOPE_LIMIT_S:
            await hub.check([subscriber.credential])
        happened = await hub.run(events.after, subscriber.position)
        if not happened:
            break
        scope = subscriber.credential.scope
        frames = await hub.run(Shown(happened).to, scope)
        subscriber.fingerprint = scope.fingerprint
        subscriber.position = happened[-1].position
        await _send(send, b"".join(one for one in frames if one))
    hub.subscribers.add(subscriber)
    if subscriber.position < hub.reached:
        subscriber.put(frame("reset", {"position": str(hub.reached)}, hub.reached), hub.reached)


async def _drain(subscriber: Subscriber, send: Send) -> None:
    # No timer of its own for each message: with thousands of streams that would cost more than the sending. See Subscriber.tick.
    while not subscriber.ended:
        await subscriber.ready.wait()
        subscriber.sent, subscriber.sending = time.monotonic(), True
        await send({"type": "http.response.body", "body": subscriber.take(), "more_body": True})
        subscriber.sent, subscriber.sending = time.monotonic(), False
    await _send(send, subscriber.take())
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(send({"type": "http.response.body", "body": b""}), SEND_LIMIT_S)


async def _send(send: Send, chunk: bytes) -> None:
    """Raises TimeoutError for a reader that takes nothing at all."""
    if chunk:
        await asyncio.wait_for(send({"type": "http.response.body", "body": chunk, "more_body": True}), SEND_LIMIT_S)


async def _left(receive: Callable[[], Awaitable[Any]]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _asked_position(scope: dict[str, Any], headers: Headers) -> str:
    """The header is the newer word: a browser that reconnects repeats the address it began with."""
    if given := headers.get(b"last-event-id"):
        return given.decode("latin-1").strip()
    return parse_qs(scope.get("query_string", b"").decode("latin-1")).get("last_event_id", [""])[0].strip()


def _parsed(asked: str) -> Position | None:
    if not POSITION.match(asked):
        return None
    position = Position.parse(asked)
    return position if max(position.xid, position.seq) <= LARGEST else None


_STREAM_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]


async def _refuse(send: Send, problem: Problem, header: tuple[bytes, bytes]) -> None:
    body = json.dumps(problem.as_dict(), ensure_ascii=False).encode()
    sent = [(b"content-type", b"application/problem+json"), (b"cache-control", b"no-store"), header, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": problem.status, "headers": sent})
    await send({"type": "http.response.body", "body": body})
