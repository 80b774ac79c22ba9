"""One lane: a copy of the tree in which one defence at a time is switched off, and the tests that then run there.

Started by tests/defences/run.py with the copy as its folder. Jobs come in and what became of them goes out, a line of JSON each. Every job is a child of
its own, forked from this process: what takes longest to load is loaded here, once, and nothing of the city's own.
"""

import json
import os
import select
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from tests.defences.defence import NO_REFUSAL

# None of them asks for Django's settings or opens GDAL when it is loaded.
HEAVY = (
    "django.db.backends.base.creation", "django.test", "numpy", "PIL.Image", "psycopg2.extras", "pydantic", "pyproj", "pytest_django.plugin",
    "scipy.sparse.csgraph", "shapely.ops", "mapbox_vector_tile",
)  # fmt: skip
OPTIONS = ["-q", "--no-header", "-p", "no:cacheprovider", "--reuse-db", "--tb=short", "-W", "ignore"]


class Heard:
    """What pytest says of each phase of each test; of a phase that went well, only of the test itself."""

    def __init__(self) -> None:
        self.reports: list[dict[str, str]] = []
        self.broken: list[str] = []
        self.empties = False

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        self.empties = any((marker := item.get_closest_marker("django_db")) and marker.kwargs.get("transaction") for item in items)
        self.empties |= any("transactional_db" in getattr(item, "fixturenames", ()) for item in items)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.broken.append(str(report.longrepr)[-600:])

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
        report = yield
        if report.when == "call" or not report.passed:
            error, said = (_word_of(call.excinfo), str(call.excinfo.value)[:300]) if call.excinfo else ("", "")
            self.reports.append({"test": item.nodeid, "when": report.when, "outcome": report.outcome, "error": error, "said": said})
        return report


def _word_of(fault: pytest.ExceptionInfo[BaseException]) -> str:
    """The error that ended a test. One that looked for the code of a refusal in an answer that was none has a word of its own."""
    of_the_test = "tests" in Path(str(fault.traceback[-1].path)).parts
    return NO_REFUSAL if fault.typename == "KeyError" and fault.value.args == ("code",) and of_the_test else fault.typename


def main() -> None:
    for name in HEAVY:
        import_module(name)
    for line in sys.stdin:
        job = json.loads(line)
        with switched_off(job["off"]):
            print(json.dumps(in_a_child(job)), flush=True)


@contextmanager
def switched_off(swaps: list[dict[str, str]]) -> Iterator[None]:
    """Texts are others for a while. What was compiled of a file belongs to its time: that comes back with the file."""
    kept = {name: (Path(name).read_text(encoding="utf-8"), Path(name).stat()) for name in {swap["file"] for swap in swaps}}
    try:
        for swap in swaps:
            path = Path(swap["file"])
            path.write_text(path.read_text(encoding="utf-8").replace(swap["stands"], swap["instead"]), encoding="utf-8")
        yield
    finally:
        for name, (text, stat) in kept.items():
            Path(name).write_text(text, encoding="utf-8")
            os.utime(name, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def in_a_child(job: dict[str, Any]) -> dict[str, Any]:
    """What a child that runs the job's tests says of them; it is killed where it does not end."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        _run(job, writing)
    os.close(writing)
    began, told = time.monotonic(), b""
    with os.fdopen(reading, "rb", buffering=0) as answer:
        while (left_s := job["longest_s"] - (time.monotonic() - began)) > 0 and select.select([answer], [], [], left_s)[0]:
            part = answer.read(2**16)
            if not part:
                break
            told += part
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    found = (
        json.loads(told)
        if told
        else {"reports": [], "broken": [f"the tests did not end within {job['longest_s']} s, or died: {_last_words(job)}"], "empties": True}
    )
    return {**found, "took_s": round(time.monotonic() - began, 1)}


def _last_words(job: dict[str, Any]) -> str:
    return Path(job["log"]).read_text(encoding="utf-8", errors="replace")[-300:]


def _run(job: dict[str, Any], writing: int) -> None:
    """In the child, which does not come back."""
    try:
        os.setsid()
        os.environ |= job["environment"]
        # Only what is as it always was is compiled for later.
        sys.dont_write_bytecode = bool(job["off"])
        log = os.open(job["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(log, 1)
        os.dup2(log, 2)
        heard = Heard()
        if job["database_stands"]:
            _take_the_database_as_it_is()
        _found_is_enough()
        pytest.main([*OPTIONS, *job["options"], *job["tests"]], plugins=[heard])
        said = json.dumps({"reports": heard.reports, "broken": heard.broken, "empties": heard.empties}).encode()
        while said:
            said = said[os.write(writing, said) :]
    finally:
        os._exit(0)


def _found_is_enough() -> None:
    """One example that fails is red: nobody waits until Hypothesis has found the smallest."""
    settings, phase = hypothesis.settings, hypothesis.Phase
    settings.register_profile("defences", phases=(phase.explicit, phase.generate), report_multiple_bugs=False, database=None)
    settings.load_profile("defences")


def _take_the_database_as_it_is() -> None:
    """Where no statement of the database's is switched off, a copy that stands needs no look at its migrations: that takes longer than most tests."""
    creation = import_module("django.db.backends.base.creation")

    def create_test_db(self: Any, *_: Any, **__: Any) -> str:
        name = self._get_test_db_name()
        self.connection.close()
        creation.settings.DATABASES[self.connection.alias]["NAME"] = self.connection.settings_dict["NAME"] = name
        return str(name)

    creation.BaseDatabaseCreation.create_test_db = create_test_db


if __name__ == "__main__":
    main()
