"""A new secret for the telephone bridge to sign with."""

import base64
import secrets
from typing import Any

from django.core.management.base import BaseCommand

from geo.webhooks import PREFIX

SECRET_BYTES = 32


class Command(BaseCommand):
    help = "Print a new secret for the telephone bridge. It is kept nowhere: put it into NBIOC_TELEPHONE_SECRET and into the bridge."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode())
