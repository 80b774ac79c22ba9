"""The tiles' door alone under uvicorn, for stopwatches: one caller, and as many bytes of cache as BENCH_CACHE_BYTES says."""

import os

import django

django.setup()

from geo.permissions import STARTING_ROLES  # noqa: E402
from layers.access import Scope  # noqa: E402
from tests.tiles.test_door import Always  # noqa: E402
from tiles.cache import Cache  # noqa: E402
from tiles.door import TileDoor  # noqa: E402

OFFICER = Scope(user_id=1, permissions=frozenset(STARTING_ROLES["officer"][2]), fingerprint="officer")
door = TileDoor(Always(OFFICER))
door.cache = Cache(most_bytes=int(os.environ["BENCH_CACHE_BYTES"]))


async def application(scope: dict, receive: object, send: object) -> None:
    """Tiles and nothing else."""
    if scope["type"] == "http":
        await door(scope, receive, send)
