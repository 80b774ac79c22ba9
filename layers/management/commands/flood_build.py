"""`manage.py flood_build`: where water comes at each level, worked out from the elevation raster, the canals and the streets."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from geo.errors import Problem
from layers.water import flood_building


class Command(BaseCommand):
    help = "Work out the flood zones of every ten centimetres and the depth of water on every street."

    def handle(self, *_: Any, **__: Any) -> None:
        try:
            built = flood_building.build(at=timezone.now(), say=self._say)
        except Problem as problem:
            raise CommandError(f"{problem.code}: {problem.en or problem.title_en}") from problem
        self._say(f"{built.least_cm / 100:.1f} to {built.most_cm / 100:.1f} m over {built.datum or '?'}, in {built.seconds:.1f} s")

    def _say(self, line: str) -> None:
        self.stdout.write(f"  {line}")
        self.stdout.flush()
