"""Load the demo city into an empty database: any size, the same seed the same city."""

import os
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from geo import events
from geo.config.demo import people
from geo.config.demo.city import DAYS, NOT_EMPTY, Wish, build, default_incidents

PARCELS = 6_000
SEED = 7  # canals


class Command(BaseCommand):
    help = "Load the demo city (simulated data, real names) into an empty database."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--incidents", type=int, help="how many cases; about 160 a month by default")
        parser.add_argument("--parcels", type=int, default=PARCELS)
        parser.add_argument("--days", type=int, default=DAYS, help="how many days back the cases reach")
        parser.add_argument("--seed", type=int, default=SEED)
        parser.add_argument("--keep-logins-quiet", action="store_true", help="write the logins to var/logins.txt only")

    def handle(self, *args: Any, **given: Any) -> None:
        if given["days"] < 1 or given["parcels"] < 0 or (given["incidents"] or 0) < 0 or given["seed"] < 0:
            raise CommandError("--days is at least 1; --incidents, --parcels and --seed are not negative.")
        began = time.monotonic()
        incidents = given["incidents"] if given["incidents"] is not None else default_incidents(given["days"])
        wish = Wish(
            seed=given["seed"], until=timezone.now(), incidents=incidents, parcels=given["parcels"], days=given["days"], elevation=Path(settings.ELEVATION_PATH)
        )
        passwords = people.passwords(os.environ.get("NBIOC_DEMO_PASSWORD", ""))
        try:
            counts, secret = build(wish, passwords=passwords, say=self._say)
            events.mark_simulated()
        except NOT_EMPTY as refusal:
            raise CommandError(f"{refusal.vi} {refusal.en}") from refusal
        self._say("  " + ", ".join(f"{n:,} {name}" for name, n in counts.items()))
        self._say(f"  the demo city stands after {time.monotonic() - began:.1f} s")
        self._tell(passwords, secret, aloud=not given["keep_logins_quiet"])

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _tell(self, passwords: dict[str, str], secret: str, *, aloud: bool) -> None:
        """The logins and the wall's address, in a file that only the owner reads, and aloud where nobody else will say them."""
        lines = [*(f"  {login:<10} {password}" for login, password in passwords.items()), f"  /wall?token={secret}"]
        if aloud:
            self._say("\n".join(lines))
        kept = Path(settings.VAR_DIR) / "logins.txt"
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.unlink(missing_ok=True)
        with os.fdopen(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write("\n".join(lines) + "\n")
