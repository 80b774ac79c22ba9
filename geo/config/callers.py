"""Who calls, for the doors that have no Django middleware: by Bearer token or session cookie, remembered for a few seconds."""

import threading
import time
from collections import OrderedDict
from http.cookies import CookieError, SimpleCookie
from importlib import import_module

from django.conf import settings
from django.contrib.auth import get_user
from django.db import Error, connection
from django.http import HttpRequest
from django.utils import timezone

from geo.models import Token
from layers.access import ANONYMOUS, Scope, scope_of

# As long as a person who was just locked out, or whose roles have changed, may still see tiles.
REMEMBERED_S = 5.0
MOST_REMEMBERED = 5_000
SessionStore = import_module(settings.SESSION_ENGINE).SessionStore


def scope_from_headers(headers: dict[bytes, bytes]) -> Scope:
    """Who calls; anonymous costs no query."""
    scheme, _, secret = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    if scheme.lower() == "bearer":
        return scope_of(Token.holder(secret=secret.strip(), at=timezone.now()))
    key = _session_key(headers.get(b"cookie", b"").decode("latin-1"))
    if key is None:
        return ANONYMOUS
    request = HttpRequest()
    request.session = SessionStore(key)
    # Django's own look-up: it also refuses a session that is older than the password.
    return scope_of(get_user(request))


def _session_key(cookie: str) -> str | None:
    try:
        morsel = SimpleCookie(cookie).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        return None
    return morsel.value if morsel is not None else None


class Callers:
    """Scopes by the two headers that decide them."""

    def __init__(self, remembered_s: float = REMEMBERED_S) -> None:
        self.remembered_s = remembered_s
        self.kept: OrderedDict[tuple[bytes, bytes], tuple[float, Scope]] = OrderedDict()
        self.lock = threading.Lock()

    def remembered(self, headers: dict[bytes, bytes]) -> Scope | None:
        """The scope, where it needs no look-up."""
        key = _key(headers)
        if key == (b"", b""):
            return ANONYMOUS
        until, scope = self.kept.get(key, (0.0, ANONYMOUS))
        return scope if until > time.monotonic() else None

    def found(self, headers: dict[bytes, bytes]) -> Scope:
        """The scope, looked up and remembered. A connection that has gone is replaced once."""
        began = time.monotonic()
        try:
            scope = scope_from_headers(headers)
        except Error:
            connection.close()
            scope = scope_from_headers(headers)
        with self.lock:
            self.kept[_key(headers)] = (began + self.remembered_s, scope)
            while len(self.kept) > MOST_REMEMBERED:
                self.kept.popitem(last=False)
        return scope


def _key(headers: dict[bytes, bytes]) -> tuple[bytes, bytes]:
    return headers.get(b"authorization", b""), headers.get(b"cookie", b"")
