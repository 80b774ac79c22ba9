"""A browser's end of the live stream for tests: it reads, waits for what it expects, and keeps a copy as a page does."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from django.db import connection

from layers import query
from layers.access import Scope, opened
from layers.live import EventDoor

# Other transactions of the same PostgreSQL hold the horizon back; a test waits for the word, it does not sleep.
PATIENCE_S = 150.0


class Reader:
    """A browser's end of one stream."""

    def __init__(self, door: EventDoor, last_event_id: str = "", query_string: bytes = b"", as_: str = "") -> None:
        headers = [(b"last-event-id", last_event_id.encode())] if last_event_id else []
        headers += [(b"authorization", as_.encode())] if as_ else []
        self.scope = {"type": "http", "method": "GET", "path": "/events", "headers": headers, "query_string": query_string}
        self.door = door
        self.gone = asyncio.Event()
        self.reads = asyncio.Event()
        self.reads.set()
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self.text = ""
        self.ended = False
        self.heard = asyncio.Condition()

    async def receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        await self.reads.wait()
        async with self.heard:
            if message["type"] == "http.response.start":
                self.status, self.headers = message["status"], dict(message["headers"])
            else:
                self.text += message["body"].decode()
                self.ended = not message.get("more_body", False)
            self.heard.notify_all()

    def messages(self, kind: str = "") -> list[dict[str, Any]]:
        found = []
        for block in self.text.split("\n\n")[:-1]:
            lines = dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":"))
            if lines and (not kind or lines["event"] == kind):
                found.append({"id": lines["id"], "event": lines["event"], **json.loads(lines["data"])})
        return found

    async def until(self, enough: Callable[["Reader"], bool]) -> None:
        async with self.heard:
            try:
                await asyncio.wait_for(self.heard.wait_for(lambda: enough(self)), PATIENCE_S)
            except TimeoutError as error:
                raise AssertionError(f"Heard only: {self.text[-2000:]}") from error


@asynccontextmanager
async def reading(door: EventDoor, **given: Any) -> AsyncIterator[Reader]:
    reader = Reader(door, **given)
    task = asyncio.create_task(door(reader.scope, reader.receive, reader.send))
    try:
        await reader.until(lambda one: bool(one.messages("hello")) or one.ended)
        yield reader
    finally:
        reader.gone.set()
        reader.reads.set()
        await task


def stream(scope: Scope | Callable[[dict[bytes, bytes]], Scope], scenario: Callable[[EventDoor], Coroutine[Any, Any, None]]) -> None:
    """Run a scenario against a door of its own, and leave no thread or connection behind."""

    async def whole() -> None:
        door = EventDoor(scope if callable(scope) else lambda headers: scope)
        try:
            await scenario(door)
        finally:
            await door.close()

    asyncio.run(whole())


async def write(work: Callable[[], Any]) -> Any:
    def closing() -> Any:
        try:
            return work()
        finally:
            connection.close()

    return await asyncio.to_thread(closing)


def applied(state: dict[int, dict[str, Any]], changes: list[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """What a page does with its copy of a layer."""
    for change in changes:
        state |= {feature["id"]: feature for feature in change["features"]}
        for fid in change["gone"]:
            state.pop(fid, None)
    return state


def fetched(layer: str, scope: Scope) -> dict[int, dict[str, Any]]:
    return {feature["id"]: feature for feature in query.features(opened(layer, scope))}
