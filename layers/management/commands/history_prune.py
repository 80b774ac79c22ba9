"""`manage.py history_prune`: let go of import revisions that are older than the city profile keeps them."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from geo.city import CITY
from layers.remembering import retention


class Command(BaseCommand):
    help = "Empty what import revisions replaced longer ago than [history] import_days of the city profile; --dry-run only counts."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="count and change nothing")

    def handle(self, *_: Any, **given: Any) -> None:
        if CITY.import_days is None:
            self.stdout.write("The city profile names no [history] import_days: import revisions are kept for ever.")
            return
        found = retention.prune(import_days=CITY.import_days, at=timezone.now(), looking=given["dry_run"])
        for slug, rows in found.items():
            self.stdout.write(f"{slug}: {rows:,} rows {'would be ' if given['dry_run'] else ''}emptied")
        if not found:
            self.stdout.write(f"No import revision is older than {CITY.import_days} days.")
