"""Looks around behind the walls of layers.confined.sandbox and tells what it can reach: run by layers.confined.proving, never on a stranger's file."""

import json
import os
import socket
import sys
from pathlib import Path
from typing import Any

import pyogrio

from layers.confined.confine import MEMORY_LIMIT_BYTES

CONNECT_LIMIT_S = 2


def main(arguments: list[str]) -> int:
    """The only argument is JSON: files to try, and the port of a listener on this machine."""
    asked = json.loads(arguments[0])
    print(json.dumps(look(asked["files"], asked["port"])))
    return 0


def look(files: list[str], port: int) -> dict[str, Any]:
    """GDAL's drivers, the environment's names, the files that could be read, the network as far as it goes, and who we are."""
    return {
        "drivers": sorted(pyogrio.list_drivers()),
        "names": sorted(os.environ),
        "readable": [name for name in files if _reads(name)],
        "interfaces": [name for _, name in socket.if_nameindex()],
        "connected": _connects(port),
        "uid": os.getuid(),
        "allocated": _allocates(2 * MEMORY_LIMIT_BYTES),
        "processes": len([name for name in os.listdir("/proc") if name.isdigit()]),
    }


def _reads(name: str) -> bool:
    try:
        with Path(name).open("rb") as file:
            file.read(1)
    except OSError:
        return False
    return True


def _allocates(size_bytes: int) -> bool:
    try:
        return len(bytearray(size_bytes)) == size_bytes
    except MemoryError:
        return False


def _connects(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), CONNECT_LIMIT_S).close()
    except OSError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
