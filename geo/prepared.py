"""Statements whose plan takes as long as their answer are planned once a connection: the same words with the same values are prepared and run again."""

import hashlib
import weakref
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

# A worker's connection serves a few callers again and again; the eldest goes.
MOST = 40
_known: weakref.WeakKeyDictionary[Any, OrderedDict[str, None]] = weakref.WeakKeyDictionary()


def run(cursor: Any, text: str, params: Mapping[str, Any]) -> None:
    """As `cursor.execute` for a statement that begins with select. PostgreSQL plans it anew by itself when a table or a view of it changes."""
    wire = cursor.cursor
    said = wire.mogrify(text, params).decode()
    name = f"nbioc_{hashlib.md5(said.encode(), usedforsecurity=False).hexdigest()}"
    known = _known.setdefault(wire.connection, OrderedDict())
    if name not in known:
        if len(known) >= MOST:
            wire.execute(f"deallocate {known.popitem(last=False)[0]}")
        wire.execute(f"prepare {name} as {said}")
        known[name] = None
    known.move_to_end(name)
    # Through Django's cursor: what counts queries counts this one.
    cursor.execute(f"execute {name}")
