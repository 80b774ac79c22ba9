"""Switches every defence of the table off, one line at a time in copies of the tree, and demands that the tests that the line names are red.

First all of those tests run with every defence on (`--at-once`: not): a test that is red anyway proves nothing. Words given narrow the table to the lines that hold one
of them in their cases, their file or what they say. Closes with one line of counts; 1 where a line is not red, or no longer finds its text.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from geo.config.postgres import Cluster, binaries
from tests.defences.defence import Defence, faults
from tests.defences.every import DEFENCES
from tests.run import FORGETFUL, VAR

ROOT = Path(__file__).resolve().parents[2]
HOME = VAR / "defences"
LANES = 2
# What all lanes' databases are copied from. Tests use test_ and this.
STANDS = "nbioc_defences"
# What changes what is in a database that nobody has written to yet.
MAKES_DATABASES = ("geo", "layers", "incidents", "tiles", "cameras", "tests/conftest.py", "tests/flood_zones")
# What is put into a database after its migrations; other statements are read when they are asked.
INSTALLED = ("history.sql", "raised.sql", "is_sane.sql", "fold.sql", "pulse.sql", "stamp.sql", "history.py", "sanity.py")
ANY_TEST = "tests/geo/test_acting.py"
# Of one line, and of all tests together before the first.
LONGEST_S, LONGEST_OF_ALL_S = 300, 3_600
AT_ONCE = "--at-once"


class Lane:
    """A copy of the tree with a process and a database of its own."""

    def __init__(self, number: int, cluster: Cluster) -> None:
        self.cluster, self.home, self.name = cluster, HOME / str(number), f"{STANDS}_{number}"
        self.fresh = False
        copied(ROOT, self.home)
        (self.home / "var").mkdir(exist_ok=True)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.defences.lane"], cwd=self.home, env=self._environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def _environment(self) -> dict[str, str]:
        data = os.environ.get("NBIOC_DATA") or str(ROOT.parent / "shared" / "data")
        node = f"{VAR / 'node' / 'bin'}{os.pathsep}{os.environ['PATH']}"
        given = {**os.environ, "NBIOC_TESTING": "1", "NBIOC_DATA": data, "PATH": node, "NBIOC_VAR": str(self.home / "var"), "PYTHONPATH": ""}
        return {**given, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}

    def asked(
        self, tests: Iterable[str], off: Sequence[dict[str, str]] = (), *, stands: bool = True, database: str = "", options: Sequence[str] = (), longest_s: int = LONGEST_S
    ) -> Any:  # fmt: skip
        """What the tests say, with these texts swapped. `stands`: the database is as migrations made it."""
        job = {
            "tests": list(tests), "off": list(off), "database_stands": stands, "options": list(options), "log": str(self.home / "var" / "said"),
            "environment": {"DATABASE_URL": self.cluster.url(database or self.name)}, "longest_s": longest_s,
        }  # fmt: skip
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def make_database(self) -> None:
        """The one that all others are copied from; made anew where anything of what makes it has changed."""
        stamp, seen = HOME / "database", digest_of(MAKES_DATABASES)
        if stamp.exists() and stamp.read_text() == seen:
            return
        told = self.asked([ANY_TEST], stands=False, database=STANDS, options=["--create-db"])
        if not told["reports"]:
            raise SystemExit(f"The tests' database cannot be made: {told['broken']} (see {self.home / 'var' / 'said'})")
        stamp.write_text(seen)

    def freshen(self) -> None:
        """A copy of it, where the last one was written to."""
        if not self.fresh:
            self.cluster.drop_database(f"test_{self.name}")
            self._psql("postgres", f'create database "test_{self.name}" template "test_{STANDS}"')
            self.fresh = True

    def _psql(self, database: str, command: str) -> None:
        psql = [str(binaries() / "psql"), "-h", str(self.cluster.socket), "-U", "nbioc", "-qAt", "-v", "ON_ERROR_STOP=1", "-c", command, database]
        subprocess.run(psql, check=True, capture_output=True, text=True)

    def tried(self, line: Defence) -> tuple[list[str], float]:
        """Why a line is not red, and how long it took to see."""
        self.freshen()
        off = [{"file": swap.file, "stands": swap.stands, "instead": swap.instead} for swap in line.off]
        commands, installed = [swap.sql for swap in line.off if swap.sql], any(swap.file.endswith(INSTALLED) for swap in line.off)
        for command in commands:
            self._psql(f"test_{self.name}", command)
        told = self.asked(line.red, off, stands=not installed)
        self.fresh = not (commands or installed or told["empties"])
        return faults(line, told["reports"], told["broken"]), told["took_s"]

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self.cluster.drop_database(f"test_{self.name}")


def files_of(tree: Path) -> list[str]:
    """What is of the project there, committed or not yet."""
    told = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=tree, check=True, capture_output=True, text=True)
    return [name for name in told.stdout.split("\0") if name and (tree / name).is_file()]


def copied(tree: Path, to: Path) -> None:
    """The tree's files there, each really copied, and what is only read as it is."""
    wanted = set(files_of(tree))
    for found in (path for path in to.rglob("*") if path.is_file() and not path.is_symlink()):
        name = found.relative_to(to)
        if name.parts[0] != "var" and "__pycache__" not in name.parts and str(name) not in wanted:
            found.unlink()
    for name in wanted:
        source, target = tree / name, to / name
        if not target.exists() or (target.stat().st_mtime_ns, target.stat().st_size) != (source.stat().st_mtime_ns, source.stat().st_size):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    for name in ("frontend/node_modules", "frontend/dist"):
        if (tree / name).exists() and not (to / name).exists():
            (to / name).symlink_to(tree / name)


def digest_of(names: Sequence[str]) -> str:
    digest = hashlib.sha256()
    for name in sorted(name for name in files_of(ROOT) if name.startswith(names)):
        digest.update(name.encode() + (ROOT / name).read_bytes())
    return digest.hexdigest()


def meant(words: Sequence[str]) -> list[Defence]:
    """The lines that are asked for; all without a word. A number of a case is met whole."""
    if not words:
        return list(DEFENCES)
    return [line for line in DEFENCES if any(word in line.cases or word in line.holds or any(word in swap.file for swap in line.off) for word in words)]


def red_anyway(lanes: Sequence[Lane], lines: Sequence[Defence]) -> list[str]:
    """What the tests say that are not green with every defence on."""
    names = sorted({name for line in lines for name in line.red})
    files = sorted({name.partition("::")[0] for name in names}, key=lambda file: -sum(name.startswith(file) for name in names))
    found: list[str] = []

    def some(lane: Lane, mine: list[str]) -> None:
        if not mine:
            return
        lane.freshen()
        told = lane.asked([name for name in names if name.partition("::")[0] in mine], longest_s=LONGEST_OF_ALL_S)
        lane.fresh = not told["empties"]
        found.extend(told["broken"])
        found.extend(f"{one['test']}: {one['outcome']} {one['error']} {one['said']}" for one in told["reports"] if one["outcome"] != "passed")
        ran = {one["test"] for one in told["reports"]}
        found.extend(f"{name}: there is no such test" for name in names if name.partition("::")[0] in mine and not any(test.startswith(name) for test in ran))

    _beside(lambda number: some(lanes[number], files[number :: len(lanes)]), len(lanes))
    return found


def all_tried(lanes: Sequence[Lane], lines: Sequence[Defence]) -> dict[Defence, list[str]]:
    """Each line by the lane that is free."""
    waiting: SimpleQueue[Defence] = SimpleQueue()
    for line in lines:
        waiting.put(line)
    found: dict[Defence, list[str]] = {}

    def some(number: int) -> None:
        while True:
            try:
                line = waiting.get_nowait()
            except Empty:
                return
            wrong, took_s = lanes[number].tried(line)
            found[line] = wrong
            print(f"{'✗ NOT RED' if wrong else '✓ red'}  {', '.join(line.cases)}  {line.holds}  ({took_s} s)", flush=True)
            for fault in wrong:
                print(f"    {fault}", flush=True)

    _beside(some, len(lanes))
    return found


def _beside(act: Any, count: int) -> None:
    """The same with each number at once. A fault of one is everybody's."""
    failed: list[BaseException] = []

    def guarded(number: int) -> None:
        try:
            act(number)
        except BaseException as error:  # noqa: BLE001 (raised again below)
            failed.append(error)

    threads = [threading.Thread(target=guarded, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]


def main(words: Sequence[str]) -> int:
    began, lines = time.monotonic(), meant([word for word in words if word != AT_ONCE])
    lost = [f"{swap.file}: {swap.stands!r}" for line in lines for swap in line.off if (ROOT / swap.file).read_text(encoding="utf-8").count(swap.stands) != 1]
    if lost or not lines:
        print("\n".join(["What does not stand where the table says, or not once:", *lost]) if lost else "There is no such line.")
        return 1
    HOME.mkdir(parents=True, exist_ok=True)
    cluster = Cluster(VAR, "postgres-defences", settings={**FORGETFUL, "shared_buffers": "128MB"})
    cluster.start()
    lanes: list[Lane] = []
    try:
        lanes = [Lane(number, cluster) for number in range(min(LANES, len(lines)))]
        lanes[0].make_database()
        if AT_ONCE not in words:
            if wrong := red_anyway(lanes, lines):
                print("\n".join(["Red with every defence on:", *wrong]))
                return 1
            print(f"every test is green with every defence on ({time.monotonic() - began:.0f} s)", flush=True)
        found = all_tried(lanes, lines)
    finally:
        for lane in lanes:
            lane.end()
        cluster.stop()
    green = sum(bool(wrong) for wrong in found.values())
    print(f"{len(found)} defences switched off, {len(found) - green} red, {green} not red ({(time.monotonic() - began) / 60:.1f} min)")
    return 1 if green else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
