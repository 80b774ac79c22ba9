"""Every file that we have of other people goes through the import twice: in a city where it lies, and in Ngã Bảy.

It comes in with counts, CRS and encoding, or is refused with a code; none ends in a traceback, in a silent loss or in mojibake. The
table in docs/imports.md is what came out.

`script/test` takes a sample: of each place one file of each kind. `script/every-file` takes them all, brings each into the database of a
city that lies there as well, and writes the table anew with NBIOC_WRITE_TABLE=1.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from geo.city import BUILT_IN
from tests.elsewhere import ROOT, environment, manage, scratch_database
from tests.layers import cities
from tests.real_data import FOLDER, real

TABLE = ROOT / "docs" / "imports.md"
BEGIN, END = "<!-- every file: begin -->", "<!-- every file: end -->"
FOLDERS = ("vn-admin", "parcels-infra", "conformance/geojson_fixtures")
LIMIT_S = 3_600
WHOLE = bool(os.environ.get("NBIOC_EVERY_FILE"))
# Where the sample's files are merged as well, in a database of that city's own.
SAMPLE_PLACE = "Phoenix"
LETTERS = ("ASCII_R12.dxf", "latin1.shp")

# Where files lie, as west, south, east, north; None is the first city itself.
PLACES: dict[str, tuple[float, float, float, float] | None] = {
    "Ngã Bảy": None,
    "Britain": (-6.5, 49.8, 1.9, 58.8),
    "Prague": (14.3, 50.0, 14.6, 50.2),
    "Arnhem": (5.6, 52.0, 5.9, 52.2),
    "Lienz": (12.0, 46.7, 12.6, 47.2),
    "Helsinki": (24.9, 60.1, 25.0, 60.2),
    "Phoenix": (-112.0, 33.3, -111.7, 33.5),
    "San Francisco": (-122.6, 37.6, -122.3, 37.9),
    "New Zealand": (170.0, -46.0, 179.0, -34.0),
    "Portugal": (-31.5, 32.0, -6.0, 42.5),
    "RFC 7946": (99.6, -0.4, 105.4, 3.4),
    "null island": (-0.9, -0.9, 2.4, 2.4),
    # A drawing without a place stands at the origin of its grid: of UTM zone 48 here.
    "a drawing": (100.4, -0.2, 101.4, 1.2),
}


@dataclass(frozen=True)
class Case:
    """One file, where it lies, and what a person would answer of what it does not say."""

    path: str
    place: str
    answers: tuple[tuple[str, Any], ...] = ()


# By the beginning of the path; the first that fits. Several answers are several ways in.
KNOWN: tuple[tuple[str, str, tuple[dict[str, Any], ...]], ...] = (
    ("vn-admin/", "Ngã Bảy", ({},)),
    ("conformance/", "RFC 7946", ({},)),
    ("parcels-infra/bubenec/bubenec.gpkg", "Prague", tuple({"source_layer": name} for name in ("tessellation", "buildings", "streets", "plots"))),
    ("parcels-infra/bubenec/tests.gpkg", "Britain", ({"source_layer": "os"},)),
    ("parcels-infra/dutch_addresses/", "Arnhem", ({},)),
    ("parcels-infra/ezdxf/dynblks.zip", "a drawing", tuple({"source_layer": name, "crs": 32648} for name in ("dynblk0", "dynblk1"))),
    ("parcels-infra/ezdxf/", "a drawing", ({"crs": 32648},)),
    ("parcels-infra/geodanet/", "Phoenix", ({},)),
    ("parcels-infra/nz_", "New Zealand", ({},)),
    ("parcels-infra/osm_infra_Helsinki", "Helsinki", ({},)),
    ("parcels-infra/poi_portugal", "Portugal", ({},)),
    ("parcels-infra/pyshp/REL.zip", "Lienz", ({},)),
    ("parcels-infra/pyshp/blockgroups_multi", "San Francisco", tuple({"source_layer": name, "crs": 4326} for name in ("blockgroups", "blockgroups2"))),
    ("parcels-infra/pyshp/blockgroups", "San Francisco", ({"crs": 4326},)),
    ("parcels-infra/pyshp/edit", "San Francisco", ({"crs": 4326},)),
    ("parcels-infra/pyshp/latin1", "null island", ({"crs": 4326, "encoding": "latin-1"},)),
    ("parcels-infra/pyshp/", "null island", ({"crs": 4326},)),
    *((f"parcels-infra/uk_wfs_fixtures/{name}", "Britain", ({"crs": 27700},)) for name in ("banes", "iow", "peterborough_roadworks", "tfl-roadworks")),
    ("parcels-infra/uk_wfs_fixtures/", "Britain", ({},)),
    ("parcels-infra/", "Britain", ({},)),
)
# Refusals that are right whatever the city: what is no data at all, and parts without their whole.
ANYWHERE = {"unsupported_content", "part_alone", "nothing_to_import", "coordinates_required"}


def cases() -> list[Case]:
    found = []
    for folder in FOLDERS:
        for path in sorted((FOLDER / folder).rglob("*")):
            if path.is_file():
                name = str(path.relative_to(FOLDER))
                place, ways = next((place, ways) for begins, place, ways in KNOWN if name.startswith(begins))
                found += [Case(name, place, tuple(way.items())) for way in ways]
    return found


def chosen() -> list[Case]:
    """All of them, or of each place the first of each kind of name."""
    every = cases()
    if WHOLE:
        return every
    first = {(case.place, Path(case.path).suffix.lower(), bool(case.answers)): case for case in reversed(every)}
    return [case for case in every if case in first.values() or Path(case.path).name in LETTERS]


@cache
def outcomes() -> dict[tuple[Case, str], dict[str, Any]]:
    """Every case in its place and in Ngã Bảy, a process a city, two at once."""
    every = chosen()
    wanted = {place: [case for case in every if case.place == place or place == "Ngã Bảy"] for place in PLACES}
    with ThreadPoolExecutor(2) as pool:
        answers = dict(zip(wanted, pool.map(lambda place: _read(place, wanted[place]), wanted), strict=True))
    return {(case, place): answer for place, answered in answers.items() for case, answer in zip(wanted[place], answered, strict=True)}


def _city(place: str) -> Path:
    """The profile of a city that lies there."""
    box = PLACES[place]
    if box is None:
        return BUILT_IN
    folder = ROOT / "var" / "cities"
    folder.mkdir(parents=True, exist_ok=True)
    return cities.profile(folder / f"{place.replace(' ', '_')}.toml", slug="elsewhere", bounds=box)


def _read(place: str, wanted: list[Case]) -> list[dict[str, Any]]:
    # In the first city nobody would answer for a foreign file: what it says of itself is all there is.
    jobs = [{"path": str(FOLDER / case.path), "answers": _answered(case, place)} for case in wanted]
    done = subprocess.run(
        [sys.executable, "-m", "layers.confined.lean", "layers.confined.confine", "tests.layers.files.read_many"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "NBIOC_CITY": str(_city(place)), "NBIOC_WALLS": "namespaces"},
        input="\n".join(map(json.dumps, jobs)),
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )
    assert done.returncode == 0, f"{place}: {done.stderr[-2_000:]}"
    return [json.loads(line) for line in done.stdout.splitlines()]


def _answered(case: Case, place: str) -> dict[str, Any]:
    return {name: value for name, value in case.answers if place == case.place or name in ("source_layer", "encoding")}


@pytest.fixture(scope="module")
def found() -> Iterator[dict[tuple[Case, str], dict[str, Any]]]:
    real("vn-admin")
    yield outcomes()


def test_none_ends_in_a_traceback_a_silent_loss_or_mojibake(found: dict[tuple[Case, str], dict[str, Any]]) -> None:
    """What was read is what came in and what was told to stay out."""
    assert len({case.path for case, _ in found}) == (190 if WHOLE else len({case.path for case in chosen()})) > 30
    for key, outcome in found.items():
        if "code" in outcome:
            assert outcome["named"]["vi"] and outcome["named"]["en"], key
            continue
        assert outcome["read"] == outcome["kept"] + sum(outcome["left_out"].values()), key
        assert outcome["broken"] == 0, key


def test_in_its_own_place_a_file_comes_in_or_is_no_data(found: dict[tuple[Case, str], dict[str, Any]]) -> None:
    refused = {case.path: found[case, case.place]["code"] for case in chosen() if "code" in found[case, case.place]}

    assert {path: code for path, code in refused.items() if code not in ANYWHERE} == {}
    shapes = (".shp", ".gpkg", ".geojson")
    assert not [path for path in refused if path.endswith(shapes)]


def test_in_nga_bay_what_lies_elsewhere_stays_outside(found: dict[tuple[Case, str], dict[str, Any]]) -> None:
    """Out of extent where the file says where it is; asked for where it does not."""
    for case in chosen():
        outcome = found[case, "Ngã Bảy"]
        if case.place != "Ngã Bảy":
            assert outcome.get("code") in ANYWHERE | {"out_of_extent", "crs_required"}, case


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files where nothing beside them is anybody else's."""
    folder = tmp_path_factory.mktemp("files")
    for name in FOLDERS:
        shutil.copytree(FOLDER / name, folder / name)
    return folder


@pytest.mark.django_db
@pytest.mark.parametrize("place", PLACES if WHOLE else [SAMPLE_PLACE])
def test_each_file_is_merged_into_the_database_of_a_city_that_lies_there(place: str, found: dict[tuple[Case, str], dict[str, Any]], copied: Path) -> None:
    """What stands in the tables, and in their history, is what was read but for what was told to stay out; a refusal leaves no layer."""
    here = [case for case in chosen() if place in (case.place, "Ngã Bảy")]
    jobs = [{"path": str(copied / case.path), "number": number, "answers": _answered(case, place)} for number, case in enumerate(here)]
    with scratch_database("files") as database:
        city = environment(database=database, NBIOC_CITY=str(_city(place)))
        manage(city, "migrate", "--verbosity", "0")
        done = subprocess.run(
            [sys.executable, "-m", "tests.layers.files.bring_many"], cwd=ROOT, env=city, input="\n".join(map(json.dumps, jobs)), capture_output=True, text=True
        )
    assert done.returncode == 0, f"{place}: {done.stderr[-2_000:]}"
    stood = 0
    for case, told in zip(here, map(json.loads, done.stdout.splitlines()), strict=True):
        read = found[case, place]
        if "code" in read or not read["kept"]:
            assert told == {"code": read.get("code", "nothing_to_import")}, case
            continue
        assert (told["read"], told["written"], told["left_out"]) == (read["read"], read["kept"], read["left_out"]), case
        assert {told["stands"], told["sane"], told["history"]} == {read["kept"]}, case
        stood += told["stands"]
    print(f"{place}: {len(here)} files, {stood} rows stand")
    assert stood > 0


def test_the_table_in_the_docs_is_what_came_out(found: dict[tuple[Case, str], dict[str, Any]]) -> None:
    lines = ["| file | answered | where it lies | there | in Ngã Bảy |", "|---|---|---|---|---|"]
    for case in chosen():
        answers = ", ".join(f"{name} {value}" for name, value in case.answers)
        there, here = _words(found[case, case.place]), _words(found[case, "Ngã Bảy"])
        lines.append(f"| {case.path} | {answers} | {case.place} | {there} | {here if case.place != 'Ngã Bảy' else '= there'} |")
    text = TABLE.read_text(encoding="utf-8")
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    if WHOLE and os.environ.get("NBIOC_WRITE_TABLE"):
        table = "\n".join(lines)
        TABLE.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", encoding="utf-8")
        text = TABLE.read_text(encoding="utf-8")
    written = text.split(BEGIN)[1].split(END)[0].strip().splitlines()
    assert written == lines if WHOLE else set(lines) <= set(written)


def _words(outcome: dict[str, Any]) -> str:
    if "code" in outcome:
        return f"`{outcome['code']}`"
    if not outcome["kept"]:
        return f"`nothing_to_import`: {', '.join(f'{count} × {code}' for code, count in sorted(outcome['left_out'].items()))}"
    left = "".join(f", {count} × {code}" for code, count in sorted(outcome["left_out"].items()))
    crs = f"EPSG:{outcome['crs']}" if isinstance(outcome["crs"], int) else outcome["crs"]
    return f"{outcome['kept']} of {outcome['read']}{left}; {crs} ({outcome['how']}); {outcome['encoding']}"


def test_letters_are_what_was_written_whatever_a_header_says(found: dict[tuple[Case, str], dict[str, Any]]) -> None:
    """A drawing's letters beyond its code page, and a table in Latin-1 whose reader was told so."""
    drawing = found[Case("parcels-infra/ezdxf/ASCII_R12.dxf", "a drawing", (("crs", 32648),)), "a drawing"]
    assert "ABCÄÜÖαβγ" in drawing["sample"]
    latin = found[Case("parcels-infra/pyshp/latin1.shp", "null island", (("crs", 4326), ("encoding", "latin-1"))), "null island"]
    assert latin["sample"] == ["Ñandú"]
