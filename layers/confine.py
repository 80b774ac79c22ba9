"""Shuts a process in before it meets a stranger's file: `python -m layers.confine MODULE ARGUMENT…` becomes that module, confined.

No network, bounded time and memory, and GDAL with none but the drivers of layers.formats. Limits and namespaces outlive the exec, so
the module starts in them.
"""

import ctypes
import os
import resource
import sys

import pyogrio

from layers.formats import DRIVERS

CPU_LIMIT_S = 600
MEMORY_LIMIT_BYTES = 8 * 2**30
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000


def main(arguments: list[str]) -> None:
    """Does not return."""
    for limit, most in ((resource.RLIMIT_CPU, CPU_LIMIT_S), (resource.RLIMIT_AS, MEMORY_LIMIT_BYTES), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(limit, (most, most))
    libc = ctypes.CDLL(None, use_errno=True)
    # A network namespace with nothing in it. Where the kernel forbids one, the named drivers know no network either.
    if libc.unshare(CLONE_NEWNET) != 0:
        libc.unshare(CLONE_NEWUSER | CLONE_NEWNET)
    # GDAL reads this when it registers its drivers, so it has to stand before GDAL is loaded. OGR_SKIP beside it crashes pyogrio.
    os.environ["GDAL_SKIP"] = ",".join(sorted(set(pyogrio.list_drivers()) - set(DRIVERS)))
    os.execv(sys.executable, [sys.executable, "-m", *arguments])  # noqa: S606 (our own interpreter and module)


if __name__ == "__main__":
    main(sys.argv[1:])
