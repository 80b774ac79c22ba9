"""`manage.py layer_import FILE`: any vector file into a layer, new or standing, with a report of what came and what stayed out."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from geo.errors import Problem
from geo.models import User
from layers.files import importing
from layers.files.importing import Report, Wish

SHOWN = 20


class Command(BaseCommand):
    help = "Bring a vector file into a layer; --dry-run prints the report and changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--layer", metavar="SLUG", help="the layer to write to; made when it is not standing (default: named after the file)")
        parser.add_argument("--crs", type=int, metavar="EPSG", help="the CRS of the file, where it does not say or says wrongly")
        parser.add_argument("--encoding", metavar="NAME", help="utf-8, tcvn3, vni, windows-1258, or any that Python knows (default: found by the words)")
        parser.add_argument("--dry-run", action="store_true", help="print the report and change nothing")
        parser.add_argument("--source-layer", metavar="NAME", help="which layer of the file, where it holds several")
        parser.add_argument("--swap-xy", action="store_true", help="x and y stand in each other's place in the file")
        parser.add_argument("--title", help="the title of a new layer (default: the file's name)")
        parser.add_argument("--public", action="store_true", help="a new layer is for everybody (default: for staff)")
        parser.add_argument("--map", action="append", default=[], metavar="NAME=FIELD", help="an attribute of the file goes to that field")
        parser.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE", help="one value for a field that the file lacks")
        parser.add_argument("--as", dest="user", metavar="USERNAME", help="who imports (default: the system)")
        parser.add_argument("--because", metavar="TEXT", help="why (default: the file's name)")

    def handle(self, *_: Any, **given: Any) -> None:
        wish = Wish(
            path=given["file"],
            slug=given["layer"],
            crs=given["crs"],
            encoding=given["encoding"],
            source_layer=given["source_layer"],
            swap_xy=given["swap_xy"],
            title=given["title"],
            see=None if given["public"] else "see_assets",
            named=_pairs(given["map"]),
            constants=_pairs(given["set"]),
        )
        by = User.objects.filter(username=given["user"]).first() if given["user"] else None
        if given["user"] and by is None:
            raise CommandError(f"There is no user {given['user']}.")
        because = given["because"] or f"layer_import {wish.path.name}"
        try:
            report = importing.import_file(wish=wish, by=by, because=because, at=timezone.now(), dry_run=given["dry_run"], tell=self._tell)
        except Problem as problem:
            raise CommandError("\n".join(_told_problem(problem))) from problem
        for line in _told(report, dry_run=given["dry_run"]):
            self.stdout.write(line)

    def _tell(self, step: str, done: int, total: int) -> None:
        self.stderr.write(f"… {step}, {done:,} of {total:,}" if total else f"… {step}, {done} s")


def _pairs(given: list[str]) -> dict[str, str]:
    for pair in given:
        if "=" not in pair:
            raise CommandError(f"{pair!r} is not NAME=VALUE.")
    return {name: value for name, _, value in (pair.partition("=") for pair in given)}


def _told(report: Report, *, dry_run: bool) -> list[str]:
    """The report as lines."""
    told, crs, encoding = report.told, report.told["crs"], report.told["encoding"]
    west, south, east, north = told["bounds"]
    lines = [
        f"{'would go into' if dry_run else 'into'} {'a new layer' if report.new else 'the layer'} {report.slug}",
        f"format    {told['driver']}, {', '.join(told['geometry_types'])}",
        f"CRS       {'EPSG:' + str(crs['epsg']) + ' ' if crs['epsg'] else ''}{crs['name']} ({crs['how']})"
        + (", x and y swapped back" if crs["swapped"] else ""),
        f"text      {encoding['name']} ({encoding['how']})",
        f"lies in   {west:.5f}, {south:.5f} … {east:.5f}, {north:.5f}",
        f"size      {told['area_m2']:,.1f} m², {told['length_m']:,.1f} m",
        f"fields    {', '.join(f'{source} → {name}' if source != name else name for source, name in report.matched.items()) or 'none'}",
    ]
    if crs["how"] == "given" and crs["file"] and crs["file"] != crs["name"]:
        lines.append(f"note      the file itself says {crs['file']}")
    if crs["z_dropped"]:
        lines.append("note      heights are left out: the layer is flat")
    if report.unmatched:
        lines.append(f"left out  attributes without a field: {', '.join(report.unmatched)}")
    for code, count in sorted(report.left_out.items()):
        lines.append(f"left out  {count:,} × {code}")
    lines += [_told_fault(fault) for fault in report.worst[:SHOWN]]
    lines.append(f"{told['read']:,} read, {report.written:,} {'would be written' if dry_run else 'written'}, {sum(report.left_out.values()):,} left out")
    return lines


def _told_fault(fault: dict[str, Any]) -> str:
    place = f" at {fault['lonlat'][0]:.6f}, {fault['lonlat'][1]:.6f}" if fault["lonlat"] else ""
    return f"          feature {fault['feature']}: {fault['reason']}{place}"


def _told_problem(problem: Problem) -> list[str]:
    """What was wrong, and for a CRS or an encoding the choices with what each would give."""
    lines = [f"{problem.code}: {problem.en or problem.title_en}"]
    for landing in problem.extra.get("candidates", ()):
        where = "in the city" if landing["inside"] else "elsewhere"
        lines.append(
            f"  EPSG:{landing['epsg']:<6} {landing['lon']:11.5f} {landing['lat']:10.5f}  {where:12} {landing['name']}{' with --swap-xy' if landing['swapped'] else ''}"
        )
    lines += [f"  --encoding {name:<14} {text}" for name, text in problem.extra.get("samples", {}).items()]
    left_out = problem.extra.get("left_out")
    if left_out:
        lines += [f"  {count:,} × {code}" for code, count in left_out["counts"].items()]
        lines += [_told_fault(fault) for fault in left_out["worst"][:SHOWN]]
    return lines
