"""Who calls: every request gets `caller`, the scope that the only road to rows asks for, and every answer its policy."""

import uuid
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from geo import problems, repeating
from geo.errors import TOO_LARGE, Problem
from geo.models import Token
from layers.access import scope_of

WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class CallerMiddleware:
    """A Bearer token stands for its holder; a session for its person; else anonymous."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # The clock enters here; nothing behind asks what time it is.
        request.at = timezone.now()
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            request.user = Token.holder(secret=secret.strip(), at=request.at) or AnonymousUser()
        request.caller = scope_of(request.user)
        request.request_id = uuid.uuid4().hex
        response = self._once(request) if self._has_key(request) else self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", settings.CONTENT_SECURITY_POLICY)
        return response

    def _has_key(self, request: HttpRequest) -> bool:
        """A write of somebody we know that brings a key: whoever is nobody has no keys of their own."""
        return request.method in WRITES and "Idempotency-Key" in request.headers and request.user.is_authenticated

    def _once(self, request: HttpRequest) -> HttpResponse:
        # A file in parts is told by its length: it is not read twice for the sake of a digest.
        body = request.headers.get("Content-Length", "") if (request.content_type or "").startswith("multipart/") else request.body.hex()
        digest = repeating.digest_of(request.method, request.get_full_path(), request.headers.get("If-Match", ""), body)
        given: list[HttpResponse] = []

        def act() -> repeating.Answer:
            response = self.get_response(request)
            given.append(response)
            text = "" if response.streaming else response.content.decode("utf-8", "replace")
            return response.status_code, dict(response.headers), text

        try:
            (status, headers, text), fresh = repeating.once(key=request.headers["Idempotency-Key"], digest=digest, by=request.user, at=request.at, act=act)
        except Problem as problem:
            return problems.answer(request, problem)
        return given[0] if fresh else HttpResponse(text, status=status, headers={**headers, "Idempotent-Replayed": "true"})


class BodyCapMiddleware:
    """Refuses a body that says it is longer than anything we take, before a byte of it is kept: what reads forms reads them whole."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.headers.get("Content-Length", "")
        if length.isdecimal() and int(length) > settings.LARGEST_BODY_BYTES:
            most = settings.LARGEST_BODY_BYTES
            return problems.answer(request, TOO_LARGE(f"Tối đa {most:,} byte.", f"At most {most:,} bytes."))
        return self.get_response(request)
