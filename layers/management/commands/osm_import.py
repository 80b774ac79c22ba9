"""`manage.py osm_import FILE.osm.pbf`: a city out of OpenStreetMap, into its layers."""

from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from geo.errors import Problem
from layers.files import osm


def box(text: str) -> tuple[float, float, float, float]:
    """W,S,E,N in degrees."""
    try:
        west, south, east, north = (float(edge) for edge in text.split(","))
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is not W,S,E,N") from error
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise ArgumentTypeError(f"{text!r} is not west, south, east, north in degrees")
    return west, south, east, north


class Command(BaseCommand):
    help = "Bring roads, canals, buildings, land use, places and boundaries in from OpenStreetMap."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--bbox", type=box, metavar="W,S,E,N", help="only what touches this box (default: all that the city accepts)")
        parser.add_argument("--ward-level", type=int, metavar="N", help="the admin_level whose units are the wards (default: the finest that is whole)")
        parser.add_argument("--replace", action="store_true", help="take the rows of these layers away first")

    def handle(self, *_: Any, **given: Any) -> None:
        path: Path = given["file"]
        try:
            brought = osm.bring(
                path=path,
                by=None,
                because=f"osm_import {path.name}",
                at=timezone.now(),
                box=given["bbox"],
                ward_level=given["ward_level"],
                replace=given["replace"],
                tell=self._tell,
            )
        except Problem as problem:
            raise CommandError(f"{problem.code}: {problem.en or problem.title_en}") from problem
        for name, count in sorted(brought.read.items()):
            self.stdout.write(f"read      {count:8,} {name}")
        for name, count in sorted(brought.written.items()):
            self.stdout.write(f"written   {count:8,} {name}")
        for name, count in sorted(brought.left_out.items()):
            self.stdout.write(f"left out  {count:8,} {name}")
        self.stdout.write(f"{sum(brought.written.values()):,} written, {sum(brought.left_out.values()):,} left out. Data © OpenStreetMap contributors, ODbL.")

    def _tell(self, step: str, done: int, total: int) -> None:
        self.stderr.write(f"… {step}, {done:,} of {total:,}" if total else f"… {step}, {done} s")
