"""Statements that are planned once a connection and then run by name: the one list of what each connection knows, for Django's and for a door's own.

Two flavours: `prepared` numbers the parameters, so that one plan serves all values; `said` writes the values into the words, for a large
view whose plan for unknown values would be another, asked again and again by a few callers.
"""

import hashlib
import re
import weakref
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

# A worker's connection serves a few callers again and again; the eldest goes.
MOST = 60
NAMED = re.compile(r"%\((\w+)\)s")
_known: weakref.WeakKeyDictionary[Any, OrderedDict[str, None]] = weakref.WeakKeyDictionary()


@dataclass(frozen=True)
class Prepared:
    """A statement with its parameters numbered: `name` is the same wherever the text is."""

    name: str
    text: str
    parameters: tuple[str, ...] = ()
    # planned for its values each time: worth it where the work is large and its size depends on them
    custom: bool = False

    def values(self, given: Mapping[str, Any]) -> tuple[Any, ...]:
        """The values it is bound to, in order."""
        return tuple(given[parameter] for parameter in self.parameters)


@lru_cache(maxsize=2_000)
def prepared(text: str, custom: bool = False) -> Prepared:
    """A composed statement, made ready to be prepared: %(name)s becomes $1 and so on."""
    order: dict[str, int] = {}
    numbered = NAMED.sub(lambda found: f"${order.setdefault(found[1], len(order) + 1)}", text).replace("%%", "%")
    return Prepared(_name(numbered), numbered, tuple(order), custom)


def said(cursor: Any, text: str, params: Mapping[str, Any]) -> Prepared:
    """The same words with these very values: other values are another statement. `cursor` is the driver's own."""
    words = cursor.mogrify(text, params).decode()
    return Prepared(_name(words), words)


def _name(text: str) -> str:
    return "nbioc_" + hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def execution(statement: Prepared, verb: str = "") -> str:
    """What runs a statement once it is prepared, or with the verb `explain` explains it."""
    marks = f"({', '.join(['%s'] * len(statement.parameters))})" if statement.parameters else ""
    # two commands sent as one are one transaction, and the setting ends with it
    return f"{'set local plan_cache_mode = force_custom_plan; ' if statement.custom else ''}{verb} execute {statement.name}{marks}"


def ready(cursor: Any, statement: Prepared, most: int | None = None) -> None:
    """Prepare it on the connection of the driver's own cursor, where that was not done yet. PostgreSQL plans it anew by itself when a table or a view of it changes."""
    known = _known.setdefault(cursor.connection, OrderedDict())
    if statement.name in known:
        known.move_to_end(statement.name)
        return
    if len(known) >= (most or MOST):
        cursor.execute(f"deallocate {known.popitem(last=False)[0]}")
    cursor.execute(f"prepare {statement.name} as {statement.text}")
    known[statement.name] = None


def run(cursor: Any, statement: Prepared, given: Mapping[str, Any] = {}) -> None:  # noqa: B006 (read only)
    """As `cursor.execute`, through Django's cursor: what counts queries counts this one."""
    ready(cursor.cursor, statement)
    cursor.execute(execution(statement), statement.values(given) or None)


def run_said(cursor: Any, text: str, params: Mapping[str, Any]) -> None:
    """As `run`, of the words with these very values."""
    run(cursor, said(cursor.cursor, text, params))
