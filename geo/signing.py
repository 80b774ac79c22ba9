"""Who may write over HTTP: the holder of a Bearer token, or a session that brings its CSRF token along."""

from typing import Any

from django.http import HttpRequest
from ninja.security import HttpBearer, django_auth

from geo.models import User


class TokenHolder(HttpBearer):
    """The middleware has already turned the token into its holder; a wrong one has become nobody."""

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        return request.user if request.user.is_authenticated else None


# The token first: the session's check would refuse a machine for want of a CSRF cookie.
SIGNED_IN: list[Any] = [TokenHolder(), django_auth]
