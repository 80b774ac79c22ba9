"""A confined process that reads a stranger's file, and its answer: one header as JSON, and behind it what layers.confined.feature_child reads.

It runs behind the walls of layers.confined.sandbox, is told apart from a quick one each second, and is killed with the block that holds it. An answer that is not one is a refusal, never a crash here.
"""

import json
import select
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, Self

from geo.errors import CODES, Problem, define
from layers.confined.sandbox import ROOT, walled

READ_LIMIT_S = 900
LARGEST_HEADER = 16_000_000
TELL_EVERY_S = 1.0
ENDS_WITHIN_S = 30

READER_FAILED = define("reader_failed", 422, "Không đọc hết được tệp", "The file could not be read to its end")

# The step, how much is done, and of how much (0: seconds so far).
Tell = Callable[[str, int, int], None]


class Child:
    """One reading module at work on one file. Entering gives the header; raises what the child refuses, or READER_FAILED."""

    def __init__(self, module: str, path: Path, job: dict[str, Any], tell: Tell) -> None:
        self.module, self.path, self.job, self.tell = module, path, job, tell
        self.told: dict[str, Any] = {}

    def __enter__(self) -> Self:
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115 (closed in __exit__)
        self.workplace = tempfile.TemporaryDirectory(prefix="nbioc-import-", ignore_cleanup_errors=True)
        inside = walled(module=self.module, path=self.path, workplace=Path(self.workplace.name))
        job = self.job | {"path": str(inside.path), "workplace": str(inside.workplace), "stem": self.path.name.split(".")[0]}
        self.process = subprocess.Popen(
            [*inside.command, json.dumps(job)],
            cwd=ROOT,
            env=inside.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            start_new_session=True,
        )
        try:
            self.told = self._header()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.answer.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.errors.close()
        self.workplace.cleanup()

    @property
    def answer(self) -> IO[bytes]:
        """Where the child answers. Raises READER_FAILED where it has no such end."""
        if self.process.stdout is None:
            raise self.failed()
        return self.process.stdout

    def _header(self) -> dict[str, Any]:
        self._wait()
        size = int.from_bytes(self.answer.read(8), "big")
        if not 0 < size <= LARGEST_HEADER:
            raise self.failed()
        try:
            told = json.loads(self.answer.read(size))
        except ValueError as error:
            raise self.failed() from error
        if refused := told.get("refused"):
            raise CODES[refused["code"]](refused["vi"], refused["en"], **refused["extra"])
        return told

    def _wait(self) -> None:
        """Until the child begins to answer, say each second that it is still reading."""
        began = time.monotonic()
        while not select.select([self.answer], [], [], TELL_EVERY_S)[0]:
            elapsed_s = time.monotonic() - began
            if elapsed_s > READ_LIMIT_S:
                raise self.failed()
            self.tell("reading", int(elapsed_s), 0)

    def failed(self) -> Problem:
        """End it; the refusal that says what its last word was."""
        self.process.kill()
        self.process.wait()
        self.errors.seek(0)
        last = (self.errors.read()[-2_000:].decode("utf-8", "replace").strip().splitlines() or ["no word"])[-1]
        return READER_FAILED("Tiến trình đọc tệp đã dừng.", f"The reading process ended ({self.process.returncode}): {last[:300]}")
