"""Issue, list and revoke the tokens of machines and screens."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from geo.models import Token, User


class Command(BaseCommand):
    help = "Issue a token for a person (shown once), revoke one by its number, or list them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", nargs="?", help="whom the token stands for; without it, the tokens are listed")
        parser.add_argument("--name", default="machine", help="what it is for")
        parser.add_argument("--days", type=int, help="valid for so many days (default: until it is revoked)")
        parser.add_argument("--revoke", type=int, metavar="NUMBER")

    def handle(self, *args: Any, **given: Any) -> None:
        now = timezone.now()
        if given["revoke"] is not None:
            if not Token.objects.filter(pk=given["revoke"], revoked_at=None).update(revoked_at=now):
                raise CommandError(f"There is no standing token {given['revoke']}.")
            self.stdout.write(f"Token {given['revoke']} is revoked.")
        elif given["username"]:
            self._issue(given["username"], given["name"], given["days"])
        else:
            for token in Token.objects.select_related("user").order_by("pk"):
                state = "revoked" if token.revoked_at else "expired" if token.expires_at and token.expires_at <= now else "stands"
                self.stdout.write(f"{token.pk:>5}  {token.user.username:<12} {token.name:<20} {state}")

    def _issue(self, username: str, name: str, days: int | None) -> None:
        user = User.objects.filter(username=username, is_active=True).first()
        if user is None:
            raise CommandError(f"There is nobody called {username}.")
        if days is not None and days < 1:
            raise CommandError("--days is at least 1.")
        _, secret = Token.issue(name=name, user=user, expires_at=timezone.now() + timedelta(days=days) if days else None)
        self.stdout.write(secret)
