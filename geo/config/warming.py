"""What a worker builds before anybody asks for it: the network and how the city's cells are joined to it, again after each change; in a thread of its own.

Whoever asks first would else wait for half a second. Nothing waits for this: a worker answers before it begins, and a failure only means
that the first asker builds.
"""

import gc
import logging
import threading
from datetime import datetime

from django.db import Error, connection
from django.utils import timezone

from geo.network import Network
from incidents.dispatch import readiness
from layers.ways import travel

# After the worker has answered that it serves, before anybody has signed in.
FIRST_LOOK_S = 1.5
LOOK_EVERY_S = 2.0
# An answer about 500 units makes tens of thousands of short-lived objects: Python would go through them every 700, and now and then through the whole city.
YOUNG_OBJECTS = 20_000
log = logging.getLogger(__name__)


def watch(first_s: float = FIRST_LOOK_S, every_s: float = LOOK_EVERY_S) -> threading.Event:
    """Begin in a thread. Set the event to end it."""
    stop = threading.Event()
    threading.Thread(target=_watch, args=(stop, first_s, every_s), name="warming", daemon=True).start()
    return stop


def look(before: Network | None, at: datetime) -> Network:
    """The network of a moment; one that is another than before is made ready."""
    now = travel.network(at)
    if now is not before:
        readiness.prepare(now)
    return now


def settle() -> None:
    """What stands now stays: the collector no longer goes through it, only through what is made from here on. What stood before is let go of first."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS)


def _watch(stop: threading.Event, first_s: float, every_s: float) -> None:
    ready: Network | None = None
    wait_s = first_s
    while not stop.wait(wait_s):
        wait_s = every_s
        try:
            before, ready = ready, look(ready, timezone.now())
            if ready is not before:
                settle()
        except Error as error:
            # The database is away or not migrated yet.
            log.warning("nothing was made ready: %s", type(error).__name__)
            connection.close()
    connection.close()
