"""The order of a collection's features and the place in it where a page ends: by named properties, then by fid, so that no two rows share a place.

A page goes on after the values of its last feature, not after a number of rows: what is added or deleted meanwhile neither repeats a
feature nor hides one. Rows without a value come last, whichever way the order goes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core import signing
from psycopg2 import sql

from geo.errors import BAD_REQUEST
from layers.access import Opened, column_of
from layers.layer import Field

CURSOR_AGE_S = 86_400
MOST_KEYS = 4
SORTABLE = frozenset({"text", "int", "float", "bool", "date", "datetime"})


@dataclass(frozen=True)
class Key:
    """One property to sort by, and which way."""

    field: Field
    down: bool


@dataclass(frozen=True)
class Order:
    """The keys of a request, and its text, which the cursor is bound to."""

    keys: tuple[Key, ...] = ()
    text: str = ""

    def clause(self, seen: Opened) -> sql.Composable:
        """What stands behind `order by`."""
        parts = [sql.SQL("{} desc nulls last" if key.down else "{} nulls last").format(column_of(key.field)) for key in self.keys]
        return sql.SQL(", ").join([*parts, seen.fid])

    def cursor(self, seen: Opened, last: Mapping[str, Any]) -> str:
        """The place after a feature, for this caller, layer and order alone."""
        return self._signer(seen).sign_object([last["id"], *(last["properties"][key.field.name] for key in self.keys)])

    def after(self, seen: Opened, cursor: str, params: dict[str, Any]) -> sql.Composable:
        """The rows behind a place. Raises BAD_REQUEST for a cursor that is none, is too old or is another caller's."""
        try:
            fid, *values = self._signer(seen).unsign_object(cursor, max_age=CURSOR_AGE_S)
        except (signing.BadSignature, ValueError, TypeError) as error:
            raise BAD_REQUEST("cursor: không dùng được, hãy bắt đầu lại.", "cursor cannot be used: begin again without it.", parameter="cursor") from error
        params["after_fid"] = fid
        # As text, so that the column's own type reads it: 0.1 as a float4 is not 0.1 as a float8.
        params |= {f"after{index}": value if value is None else _as_text(value) for index, value in enumerate(values)}
        return _behind(seen, self.keys, values)

    def _signer(self, seen: Opened) -> signing.TimestampSigner:
        return signing.TimestampSigner(salt=f"ogc:{seen.layer.slug}:{seen.scope.fingerprint}:{self.text}")


def order_of(visible: Mapping[str, Field], text: str, unknown: Callable[[str], Exception]) -> Order:
    """`-installed_on,name`: properties that the caller may see, each once. Raises what `unknown` makes of one that is not there, and BAD_REQUEST."""
    # A + in a query string is read as a space.
    keys = [_key(visible, part.strip(), unknown) for part in text.split(",", MOST_KEYS + 1)]
    if len(keys) > MOST_KEYS or len({key.field.name for key in keys}) < len(keys):
        raise BAD_REQUEST(f"sortby: tối đa {MOST_KEYS} trường khác nhau.", f"sortby names at most {MOST_KEYS} different properties.", parameter="sortby")
    return Order(tuple(keys), ",".join(f"{'-' if key.down else ''}{key.field.name}" for key in keys))


def _key(visible: Mapping[str, Field], part: str, unknown: Callable[[str], Exception]) -> Key:
    name = part[1:] if part[:1] in ("+", "-") else part
    field = visible.get(name)
    if field is None:
        raise unknown(name)
    if field.type not in SORTABLE:
        raise BAD_REQUEST(f"sortby: không sắp xếp được theo {name}.", f"sortby cannot order by {name}, which is a {field.type}.", parameter="sortby")
    return Key(field, part.startswith("-"))


def _as_text(value: Any) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def _behind(seen: Opened, keys: Sequence[Key], values: Sequence[Any]) -> sql.Composable:
    """Behind on the first key, or equal on it and behind on the next …, or equal on all and of a higher fid."""
    alternatives, equal = [], [sql.SQL("true")]
    for index, (key, value) in enumerate(zip(keys, values, strict=True)):
        column, given = column_of(key.field), sql.Placeholder(f"after{index}")
        if value is None:
            # Nothing comes behind the rows without a value.
            equal.append(sql.SQL("{} is null").format(column))
            continue
        further = sql.SQL("({0} < {1} or {0} is null)" if key.down else "({0} > {1} or {0} is null)").format(column, given)
        alternatives.append(sql.SQL(" and ").join([*equal, further]))
        equal.append(sql.SQL("{} = {}").format(column, given))
    alternatives.append(sql.SQL(" and ").join([*equal, sql.SQL("{} > %(after_fid)s").format(seen.fid)]))
    return sql.SQL("(") + sql.SQL(" or ").join(alternatives) + sql.SQL(")")
