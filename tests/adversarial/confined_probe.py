"""Run confined by a test: prints which drivers GDAL has, which names the environment has, and how far the network reaches."""

import json
import os
import socket

import pyogrio


def reach() -> int | None:
    """The error of a connection to this very machine; None when it can be made."""
    try:
        socket.create_connection(("127.0.0.1", 9), 1).close()
    except OSError as error:
        return error.errno
    return None


if __name__ == "__main__":
    print(json.dumps([sorted(pyogrio.list_drivers()), sorted(os.environ), reach()]))
