"""The ASGI shell: few doors, the same in every worker. Tiles, maps and the live stream by their own; everything else is Django in a fixed pool of threads."""

import asyncio
import os
from http.cookies import SimpleCookie
from importlib import import_module
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geo.config.settings")

import django  # noqa: E402 (the settings' name comes first)

django.setup()

from a2wsgi import WSGIMiddleware  # noqa: E402
from django.conf import settings  # noqa: E402
from django.contrib.auth import get_user  # noqa: E402
from django.http import HttpRequest  # noqa: E402
from django.utils import timezone  # noqa: E402

from geo.config.wsgi import application as django_application  # noqa: E402
from geo.models import Token  # noqa: E402
from layers import made  # noqa: E402
from layers.access import ANONYMOUS, Scope, scope_of  # noqa: E402
from layers.live import EventDoor  # noqa: E402
from tiles.basemap import MapsDoor  # noqa: E402
from tiles.door import TileDoor  # noqa: E402

THREADS = 8
# A picture takes a few dozen megabytes while it is made.
MAP_THREADS = 2
SessionStore = import_module(settings.SESSION_ENGINE).SessionStore


def scope_from_headers(headers: dict[bytes, bytes]) -> Scope:
    """Who calls, by Bearer token or session cookie; anonymous costs no query."""
    scheme, _, secret = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    if scheme.lower() == "bearer":
        return scope_of(Token.holder(secret=secret.strip(), at=timezone.now()))
    cookie = SimpleCookie(headers.get(b"cookie", b"").decode("latin-1")).get(settings.SESSION_COOKIE_NAME)
    if cookie is None:
        return ANONYMOUS
    request = HttpRequest()
    request.session = SessionStore(cookie.value)
    # Django's own look-up: it also refuses a session that is older than the password.
    return scope_of(get_user(request))


tiles = TileDoor(scope_from_headers)
live = EventDoor(scope_from_headers)
maps = WSGIMiddleware(MapsDoor(scope_from_headers), workers=MAP_THREADS)
pages = WSGIMiddleware(django_application, workers=THREADS)


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """One request to one door."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["path"].startswith("/tiles/"):
        await tiles(scope, receive, send)
    elif scope["path"].startswith("/maps/"):
        await maps(scope, receive, send)
    elif scope["path"] == "/events":
        await live(scope, receive, send)
    else:
        await pages(scope, receive, send)


async def _lifespan(receive: Any, send: Any) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await asyncio.get_running_loop().run_in_executor(None, made.watch)
        if message["type"] == "lifespan.shutdown":
            await live.close()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
