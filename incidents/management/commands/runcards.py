"""`manage.py runcards FILE`: a TOML list of run cards, each as the next version where it differs from the one in force."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from geo.acting import acting
from geo.errors import Problem
from incidents.dispatch import runcards


class Command(BaseCommand):
    help = "Load run cards from a TOML file; what was sent under an older version keeps it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *_: Any, **given: Any) -> None:
        try:
            with acting(by=None, because=f"run cards of {given['file'].name}"):
                loaded = runcards.load(given["file"])
        except Problem as problem:
            raise CommandError(f"{problem.code}: {problem.en or problem.title_en}") from problem
        for one in loaded:
            self.stdout.write(f"{one.slug} v{one.version}, {len(one.roles)} roles")
