"""`manage.py land_uses FILE.csv`: another list of land uses, from a day on; codes that it does not name are of the past from then."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from geo.errors import Problem
from layers.cadastre import land_listing


class Command(BaseCommand):
    help = "Load a list of land uses: CSV in UTF-8 with the columns code, vi and, where known, en, valid_until, source."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--from", dest="begins_on", type=date.fromisoformat, help="the day it begins, 2026-12-31 (default: today)")
        parser.add_argument("--dry-run", action="store_true", help="read and count, change nothing")

    def handle(self, *_: Any, **given: Any) -> None:
        try:
            uses = land_listing.read(given["file"])
        except Problem as problem:
            raise CommandError(f"{problem.code}: {problem.en}") from problem
        except OSError as error:
            raise CommandError(f"{given['file']}: {error.strerror}") from error
        if given["dry_run"]:
            self.stdout.write(f"{len(uses)} codes read, nothing changed")
            return
        loaded = land_listing.load(uses, begins_on=given["begins_on"] or timezone.localdate())
        self.stdout.write(f"{loaded.began} codes begin, {loaded.stayed} go on, {loaded.ended} end")
