"""Shuts a process in before it meets a stranger's file: `python -m layers.confined.lean layers.confined.confine MODULE ARGUMENT…` becomes that module, confined.

Bounded time, memory, files and threads, GDAL with none but the drivers of layers.files.formats, and no network even where layers.confined.sandbox
found no better walls. Limits and namespaces outlive the exec, so the module starts in them.
"""

import ctypes
import os
import resource
import sys

import pyogrio

from layers.files.formats import DRIVERS

CPU_LIMIT_S = 600
# What is written to memory, and what is merely mapped: libraries and arenas map far more than they use.
MEMORY_LIMIT_BYTES = int(1.25 * 2**30)
# A country's ways are held at once while they are cut at their junctions.
MEMORY_OF = {"layers.confined.osm_reading": 6 * 2**30}
MAPPED_LIMIT_BYTES = 8 * 2**30
LARGEST_FILE_BYTES = 4 * 2**30
MOST_THREADS = 256
MOST_FILES = 256
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
LIMITS = (
    (resource.RLIMIT_CPU, CPU_LIMIT_S),
    (resource.RLIMIT_AS, MAPPED_LIMIT_BYTES),
    (resource.RLIMIT_FSIZE, LARGEST_FILE_BYTES),
    (resource.RLIMIT_NOFILE, MOST_FILES),
    (resource.RLIMIT_CORE, 0),
)


def main(arguments: list[str]) -> None:
    """Does not return."""
    memory = (resource.RLIMIT_DATA, MEMORY_OF.get(arguments[0], MEMORY_LIMIT_BYTES))
    for limit, most in (*LIMITS, memory):
        resource.setrlimit(limit, (most, most))
    if os.environ.pop("NBIOC_WALLS", "") == "namespaces":
        _without_network()
    else:
        # Counted within bubblewrap's own namespace; outside it would count all that the user runs.
        resource.setrlimit(resource.RLIMIT_NPROC, (MOST_THREADS, MOST_THREADS))
    # GDAL reads this when it registers its drivers, so it has to stand before GDAL is loaded. OGR_SKIP beside it crashes pyogrio.
    os.environ["GDAL_SKIP"] = ",".join(sorted(set(pyogrio.list_drivers()) - set(DRIVERS)))
    os.execv(sys.executable, [sys.executable, "-m", "layers.confined.lean", *arguments])  # noqa: S606 (our own interpreter and module)


def _without_network() -> None:
    """A network namespace with nothing in it. Where the kernel forbids one, the named drivers know no network either."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) != 0:
        libc.unshare(CLONE_NEWUSER | CLONE_NEWNET)


if __name__ == "__main__":
    main(sys.argv[1:])
