"""`manage.py layer_export SLUG FILE`: a layer as a file; the format follows the ending."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from geo.errors import Problem
from geo.models import User
from layers.access import SYSTEM, opened, scope_of
from layers.files import exporting
from layers.making import made


class Command(BaseCommand):
    help = f"Write a layer to a file: {', '.join(exporting.FORMATS)}."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("file", type=Path)
        parser.add_argument("--crs", type=int, metavar="EPSG", help="the CRS of the file (default: the city's, or degrees where the format wants them)")
        parser.add_argument("--as", dest="user", metavar="USERNAME", help="write what that person may see (default: everything)")

    def handle(self, *_: Any, **given: Any) -> None:
        made.refresh()
        scope = SYSTEM
        if given["user"]:
            user = User.objects.filter(username=given["user"]).first()
            if user is None:
                raise CommandError(f"There is no user {given['user']}.")
            scope = scope_of(user)
        try:
            count = exporting.export(opened=opened(given["slug"], scope), path=given["file"], srid=given["crs"], tell=self._tell)
        except Problem as problem:
            raise CommandError(f"{problem.code}: {problem.en or problem.title_en}") from problem
        except OSError as error:
            raise CommandError(f"{given['file']}: {error.strerror}") from error
        self.stdout.write(f"{count:,} features written to {given['file']}")

    def _tell(self, step: str, done: int, total: int) -> None:
        self.stderr.write(f"… {step}, {done:,}")
