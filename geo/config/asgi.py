"""The ASGI shell: few doors, the same in every worker. Tiles, maps and the live stream by their own; everything else is Django in a fixed pool of threads."""

import asyncio
import os
import signal
import threading
from collections.abc import Awaitable, Callable
from types import FrameType
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geo.config.settings")

import django  # noqa: E402 (the settings' name comes first)

django.setup()

from a2wsgi import WSGIMiddleware  # noqa: E402

from geo.config import callers, warming  # noqa: E402
from geo.config.bodies import Gathered  # noqa: E402
from geo.config.wsgi import application as django_application  # noqa: E402
from layers.live import EventDoor  # noqa: E402
from layers.making import made  # noqa: E402
from tiles.basemap import MapsDoor  # noqa: E402
from tiles.door import TileDoor, handles  # noqa: E402

THREADS = 8
# A picture takes a few dozen megabytes while it is made.
MAP_THREADS = 2

# One request of ASGI: its scope, and how to receive and to send.
Door = Callable[[Any, Any, Any], Awaitable[None]]

known = callers.Callers()
tiles = TileDoor(known)
live = EventDoor(callers.scope_from_headers)
maps: Door = WSGIMiddleware(MapsDoor(callers.scope_from_headers), workers=MAP_THREADS)
pages: Door = Gathered(WSGIMiddleware(django_application, workers=THREADS), known)


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """One request to one door."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif handles(scope["path"]):
        await tiles(scope, receive, send)
    elif scope["path"].startswith("/maps/"):
        await maps(scope, receive, send)
    elif scope["path"] == "/events":
        await live(scope, receive, send)
    else:
        await pages(scope, receive, _spelled(send) if scope.get("method") == "POST" else send)


class _Spelled(bytes):
    """The name of a header that the server does not write in small letters."""

    def lower(self) -> bytes:
        return self


LOCATION = _Spelled(b"Location")


def _spelled(send: Any) -> Any:
    """Names of headers have no case, but QGIS up to 3.40 finds the address of the feature that it has made under this spelling alone."""

    async def spelled(message: dict[str, Any]) -> None:
        headers = [(LOCATION if name == b"location" else name, value) for name, value in message.get("headers", [])]
        await send({**message, "headers": headers} if headers else message)

    return spelled


def _end_streams_at(*signals: signal.Signals) -> None:
    """The server waits for open answers before it stops, and a stream is never finished by itself: it ends with the signal."""
    if threading.current_thread() is not threading.main_thread():
        return
    loop = asyncio.get_running_loop()
    for number in signals:
        before = signal.getsignal(number)

        def ending(given: int, frame: FrameType | None, before: Any = before) -> None:
            loop.call_soon_threadsafe(live.end)
            if callable(before):
                before(given, frame)

        signal.signal(number, ending)


async def _lifespan(receive: Any, send: Any) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            _end_streams_at(signal.SIGTERM, signal.SIGINT)
            await asyncio.get_running_loop().run_in_executor(None, made.watch)
            warming.watch()
        if message["type"] == "lifespan.shutdown":
            await live.close()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
