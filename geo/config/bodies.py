"""A request's body is taken up whole before a thread is given to it: else eight half-sent files would hold every thread of a worker.

One that stalls, or comes slower than any line that works, is answered 408. What is large goes to disk, and only so many at a time; of
somebody whom nobody knows no more is taken than a form of ours can hold.
"""

import asyncio
import json
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import IO, Any

from django.conf import settings

from geo.config.callers import Callers
from geo.errors import BUSY, TOO_LARGE, Problem, define
from layers.access import ANONYMOUS

STALLED_S = 20.0
# Over the whole body, once it has had a while to begin.
SLOWEST_BYTES_PER_S, BEGINS_WITHIN_S = 1_000, 30.0
IN_MEMORY_BYTES = 2**20
ANYBODYS_BYTES = 16 * 2**20
MOST_ON_DISK = 32
BLOCK_BYTES = 2**16
RETRY_AFTER_S = 15

TOO_SLOW = define("body_too_slow", 408, "Nội dung gửi quá chậm", "The body came too slowly")
Door = Callable[[Any, Any, Any], Awaitable[None]]


class Gone(Exception):
    """Whoever sent it has hung up."""


class Gathered:
    """A door that is opened once the body is here."""

    def __init__(self, door: Door, callers: Callers) -> None:
        self.door, self.callers = door, callers
        self.on_disk: Counter[bool] = Counter()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = dict(scope["headers"])
        said = headers.get(b"content-length", b"")
        length = int(said) if said.isdigit() and len(said) < 16 else 0
        # Without a length Django reads nothing, and what is over its limit it refuses unread.
        if not 0 < length <= settings.LARGEST_BODY_BYTES:
            await self.door(scope, receive, send)
            return
        with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES, dir=settings.FILE_UPLOAD_TEMP_DIR) as kept:
            try:
                await self._gather(length, headers, receive, kept)
            except Problem as problem:
                await _refuse(problem, send)
                return
            except Gone:
                return
            kept.seek(0)
            await self.door(scope, _again(kept, length), send)

    async def _gather(self, length: int, headers: dict[bytes, bytes], receive: Any, kept: IO[bytes]) -> None:
        """Raises TOO_LARGE, BUSY, TOO_SLOW and Gone."""
        if length <= IN_MEMORY_BYTES:
            await _take(receive, kept)
            return
        known = self.callers.remembered(headers) or await asyncio.to_thread(self.callers.found, headers)
        anybody = known == ANONYMOUS
        if anybody and length > ANYBODYS_BYTES:
            raise TOO_LARGE(f"Chưa đăng nhập: tối đa {ANYBODYS_BYTES:,} byte.", f"At most {ANYBODYS_BYTES:,} bytes of somebody who is not signed in.")
        # Counted apart: strangers take no room from those who work here.
        if self.on_disk[anybody] >= MOST_ON_DISK:
            raise BUSY("Đang nhận quá nhiều tệp.", "Too many files are being taken up.", retry_after_s=RETRY_AFTER_S)
        self.on_disk[anybody] += 1
        try:
            await _take(receive, kept)
        finally:
            self.on_disk[anybody] -= 1


async def _take(receive: Any, kept: IO[bytes]) -> None:
    began, taken = time.monotonic(), 0
    while True:
        try:
            message = await asyncio.wait_for(receive(), STALLED_S)
        except TimeoutError as error:
            raise TOO_SLOW() from error
        if message["type"] != "http.request":
            raise Gone
        kept.write(message.get("body", b""))
        taken += len(message.get("body", b""))
        if not message.get("more_body"):
            return
        elapsed_s = time.monotonic() - began
        if elapsed_s > BEGINS_WITHIN_S and taken < elapsed_s * SLOWEST_BYTES_PER_S:
            raise TOO_SLOW()


def _again(kept: IO[bytes], length: int) -> Any:
    """What was received, to be received once more."""

    async def receive() -> dict[str, Any]:
        block = kept.read(BLOCK_BYTES)
        return {"type": "http.request", "body": block, "more_body": kept.tell() < length and bool(block)}

    return receive


async def _refuse(problem: Problem, send: Any) -> None:
    # What is still on its way is nobody's: the connection ends with the answer.
    headers = [(b"content-type", b"application/problem+json"), (b"cache-control", b"no-store"), (b"connection", b"close")]
    if "retry_after_s" in problem.extra:
        headers.append((b"retry-after", str(problem.extra["retry_after_s"]).encode()))
    await send({"type": "http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(problem.as_dict(), ensure_ascii=False).encode()})
