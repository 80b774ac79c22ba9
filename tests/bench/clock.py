"""How long something took by the clock, and how long processors worked for it: what it takes on a machine at rest."""

import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.db import connection


@dataclass(frozen=True)
class Took:
    """By the clock, and the work of processors here and in the database."""

    wall_ms: float
    work_ms: float


@contextmanager
def timed(into: list[Took]) -> Iterator[None]:
    """Add how long the block took."""
    began_s, worked_s_ = time.perf_counter(), worked_s()
    yield
    into.append(Took((time.perf_counter() - began_s) * 1_000, (worked_s() - worked_s_) * 1_000))


def worked_s() -> float:
    """Processor seconds of this process and of its backend (the kernel counts them in nanoseconds)."""
    backend = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat").read_text().split()[0] if connection.connection else "0"
    return time.process_time() + int(backend) / 1e9


def p95(times: Sequence[float]) -> float:
    """The 95th percentile; of a few, the largest."""
    return statistics.quantiles(times, n=20)[18] if len(times) >= 20 else max(times)
