"""Runs every check and closes with `N passed, N failed`; the database is a private cluster unless DATABASE_URL is given.

`--only FOLDER` runs the tests of one folder and no other check.
"""

import json
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

from geo.config.postgres import Cluster

ROOT = Path(__file__).resolve().parents[1]
VAR = ROOT / "var"
BIN = Path(sys.executable).parent
# A machine that falls over loses the tests' databases, and nobody minds; a commit takes a third of the time.
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
# One process for all of them: they share one city and one Chromium.
BROWSER = ("tests/e2e",)
MAKES_NO_MIGRATION = [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"]
CHECKS = {
    "format": [str(BIN / "ruff"), "format", "--check", "--quiet", "."],
    "lint": [str(BIN / "ruff"), "check", "--quiet", "."],
    "types": [sys.executable, "-m", "mypy", "geo", "layers", "tiles", "incidents", "cameras"],
    "import contracts": [str(BIN / "lint-imports")],
    "migrations": MAKES_NO_MIGRATION,
    # The same migrations for every city: nothing of a profile may stand in them.
    "migrations of another city": ["env", f"NBIOC_CITY={ROOT / 'geo/config/cities/andorra.toml'}", *MAKES_NO_MIGRATION],
}
PAGES = {
    "types of the pages": ["node", "node_modules/typescript/bin/tsc", "--noEmit"],
    "lint of the pages": ["node", "node_modules/@biomejs/biome/bin/biome", "check", "src"],
}


def main(arguments: list[str]) -> int:
    """Returns 0 when nothing failed and something ran."""
    cluster, only = None, arguments[:1] == ["--only"]
    try:
        if not os.environ.get("DATABASE_URL"):
            cluster = Cluster(VAR, "postgres-tests", settings=FORGETFUL)
            cluster.start()
            cluster.make_database("nbioc")
            os.environ["DATABASE_URL"] = cluster.url("nbioc")
        os.environ["NBIOC_TESTING"] = "1"
        os.environ["PATH"] = f"{VAR / 'node' / 'bin'}{os.pathsep}{os.environ['PATH']}"
        passed, failed = (0, 0) if only else _everything_but_tests_of_python()
        named = [one for one in arguments if not one.startswith("-")]
        tests_passed, tests_failed, skipped = _pytest(arguments[1:] if only else arguments) if named or cluster is None else _in_two_lanes(arguments)
        passed, failed = passed + tests_passed, failed + tests_failed
    finally:
        if cluster is not None:
            cluster.stop()
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed or not tests_passed else 0


def _everything_but_tests_of_python() -> tuple[int, int]:
    """The pages' checks and tests beside those of the rest."""
    with ThreadPoolExecutor(1) as beside:
        pages = beside.submit(lambda: [_checks(PAGES, ROOT / "frontend"), _vitest()])
        counts = [_checks(CHECKS, ROOT), *pages.result()]
    passed, failed = (sum(column) for column in zip(*counts, strict=True))
    return passed, failed


def _checks(commands: dict[str, list[str]], folder: Path) -> tuple[int, int]:
    passed = failed = 0
    for name, command in commands.items():
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        print(f"{'✓' if done.returncode == 0 else '✗'} {name}", flush=True)
        if done.returncode == 0:
            passed += 1
        else:
            failed += 1
            print(done.stdout + done.stderr)
    return passed, failed


def _vitest() -> tuple[int, int]:
    """Passed and failed tests of the pages; a run that tells nothing is one failure."""
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        # The pages' tests leave nothing in the process: a process for each file would take ten times as long as the tests.
        command = ["node", "node_modules/vitest/vitest.mjs", "run", "--no-isolate", "--reporter=default", "--reporter=json", f"--outputFile.json={report.name}"]
        done = subprocess.run(command, cwd=ROOT / "frontend")
        try:
            told = json.loads(Path(report.name).read_text())
        except ValueError:
            return 0, 1
    return told["numPassedTests"], max(told["numFailedTests"], 1 if done.returncode else 0)


def _in_two_lanes(arguments: list[str]) -> tuple[int, int, int]:
    """Two processes that share the test files (tests/lanes.py), each with a cluster of its own; the tests with a browser are where the second begins.

    What the second said is printed when both are done.
    """
    beside = Cluster(VAR, "postgres-pages", settings=FORGETFUL)
    beside.start()
    beside.make_database("nbioc")
    try:
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as said, ThreadPoolExecutor(1) as lane:
            shared = ["-p", "tests.lanes", "tests", *(f"--ignore={name}" for name in BROWSER), *arguments]
            taken = {"NBIOC_LANES": f"{folder}/taken"}
            second = {"DATABASE_URL": beside.url("nbioc"), "NBIOC_VAR": f"{folder}/var"}
            pages = lane.submit(lambda: [_pytest([*BROWSER, *arguments], second, said), _pytest(shared, {**second, **taken}, said)])
            counts = [_pytest(shared, taken), *pages.result()]
            said.seek(0)
            print(said.read().decode("utf-8", "replace"), flush=True)
    finally:
        beside.stop()
    passed, failed, skipped = (sum(column) for column in zip(*counts, strict=True))
    return passed, failed, skipped


def _pytest(arguments: list[str], environment: Mapping[str, str] | None = None, output: IO[bytes] | None = None) -> tuple[int, int, int]:
    """Passed, failed (errors among them), skipped."""
    with tempfile.NamedTemporaryFile(suffix=".xml") as report:
        command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={report.name}", *arguments]
        done = subprocess.run(command, cwd=ROOT, env={**os.environ, **(environment or {})}, stdout=output, stderr=output)
        try:
            suite = next(ElementTree.parse(report.name).getroot().iter("testsuite"))  # noqa: S314 (our own report)
        except (ElementTree.ParseError, StopIteration):
            return 0, 1, 0
    total, bad, skipped = int(suite.get("tests", 0)), int(suite.get("failures", 0)) + int(suite.get("errors", 0)), int(suite.get("skipped", 0))
    return total - bad - skipped, max(bad, 1 if done.returncode not in (0, 1) else 0), skipped


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
