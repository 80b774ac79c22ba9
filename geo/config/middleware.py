"""Who calls: every request gets `caller`, the scope that the only road to rows asks for, and every answer its policy."""

import uuid
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from geo.models import Token
from layers.access import scope_of


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
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", settings.CONTENT_SECURITY_POLICY)
        return response
