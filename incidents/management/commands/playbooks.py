"""`manage.py playbooks FILE`: a TOML list of playbooks, each as the next version where it differs from the one in force."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from geo.errors import Problem
from incidents.guidance import playbooks


class Command(BaseCommand):
    help = "Load playbooks from a TOML file; cases that run an older version go on with it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *_: Any, **given: Any) -> None:
        try:
            with transaction.atomic():
                loaded = playbooks.load(given["file"])
        except Problem as problem:
            raise CommandError(f"{problem.code}: {problem.en or problem.title_en}") from problem
        for one in loaded:
            self.stdout.write(f"{one.slug} v{one.version}, {len(one.steps)} steps")
