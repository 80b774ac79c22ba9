"""Bodies that never end, come in drops, or are cut: nobody else waits for them, and nothing of them stays."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from a2wsgi import WSGIMiddleware

from geo.config import asgi, bodies
from geo.config.bodies import Gathered
from layers.access import ANONYMOUS, Scope

THREADS = 2
FOR_EVER: Any = object()


class Known:
    """Who calls, as the fast doors know it."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def remembered(self, headers: dict[bytes, bytes]) -> Scope:
        return self.scope


def counting(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """A program that reads its whole body, in a thread of few."""
    read = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(len(read)).encode()]


def city(who: Scope = ANONYMOUS) -> Gathered:
    return Gathered(WSGIMiddleware(counting, workers=THREADS), Known(who))  # type: ignore[arg-type]


async def asked(door: Gathered, length: int, *parts: Any, gap_s: float = 0.0) -> tuple[int, bytes]:
    """The answer to a body of which these parts come; after FOR_EVER nothing more does."""
    waiting, answer = list(parts), []

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(gap_s)
        part = waiting.pop(0) if waiting else FOR_EVER
        if part is FOR_EVER:
            await asyncio.sleep(3_600)
        if part is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": part, "more_body": bool(waiting)}

    async def send(message: dict[str, Any]) -> None:
        answer.append(message)

    scope = {
        "type": "http", "method": "POST", "path": "/api/imports", "query_string": b"", "http_version": "1.1", "scheme": "http",
        "headers": [(b"content-length", str(length).encode()), (b"content-type", b"multipart/form-data; boundary=x")],
    }  # fmt: skip
    await door(scope, receive, send)
    return (answer[0]["status"], b"".join(message.get("body", b"") for message in answer[1:])) if answer else (0, b"")


def told(answer: tuple[int, bytes]) -> tuple[int, str]:
    """The status of an answer and the code of its refusal; what is none is told as it is."""
    status, body = answer
    return status, json.loads(body)["code"] if body.startswith(b"{") else body.decode()


def test_adv_017_half_sent_files_hold_no_thread_that_somebody_else_needs() -> None:
    async def attack() -> tuple[int, bytes]:
        door = city()
        halves = [asyncio.create_task(asked(door, 1_000, b"x" * 500, FOR_EVER)) for _ in range(20 * THREADS)]
        await asyncio.sleep(0.05)
        try:
            return await asyncio.wait_for(asked(door, 5, b"hel", b"lo"), 5)
        finally:
            for half in halves:
                half.cancel()
            await asyncio.gather(*halves, return_exceptions=True)

    assert isinstance(asgi.pages, Gathered)
    assert asyncio.run(attack()) == (200, b"5")


def test_adv_017_what_stalls_or_drips_is_told_so_and_what_is_cut_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "STALLED_S", 0.1)
    assert told(asyncio.run(asked(city(), 1_000, b"x" * 500, FOR_EVER))) == (408, "body_too_slow")
    assert asyncio.run(asked(city(), 1_000, b"x" * 500, None)) == (0, b"")

    monkeypatch.setattr(bodies, "BEGINS_WITHIN_S", 0.1)
    assert told(asyncio.run(asked(city(), 1_000, *[b"x"] * 100, gap_s=0.02))) == (408, "body_too_slow")


def test_adv_017_a_large_body_arrives_whole_and_strangers_send_none_larger_than_a_form(monkeypatch: pytest.MonkeyPatch) -> None:
    clerk = Scope(user_id=7)
    blocks = [b"x" * 700_000] * 5
    for who in (ANONYMOUS, clerk):
        assert asyncio.run(asked(city(who), 3_500_000, *blocks)) == (200, b"3500000")
    monkeypatch.setattr(bodies, "ANYBODYS_BYTES", 3_000_000)
    assert told(asyncio.run(asked(city(), 3_500_000, *blocks))) == (413, "body_too_large")
    assert asyncio.run(asked(city(clerk), 3_500_000, *blocks))[0] == 200


def test_adv_017_only_so_many_large_bodies_are_taken_up_at_once_and_strangers_take_no_room_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "MOST_ON_DISK", 3)

    async def crowd() -> tuple[int, int]:
        door = city()
        halves = [asyncio.create_task(asked(door, 2_000_000, b"x", FOR_EVER)) for _ in range(3)]
        await asyncio.sleep(0.05)
        fourth = (await asked(door, 2_000_000, b"x" * 2_000_000))[0]
        door.callers = Known(Scope(user_id=7))  # type: ignore[assignment]
        ours = (await asked(door, 2_000_000, b"x" * 2_000_000))[0]
        for half in halves:
            half.cancel()
        await asyncio.gather(*halves, return_exceptions=True)
        assert not +door.on_disk
        return fourth, ours

    assert asyncio.run(crowd()) == (503, 200)
