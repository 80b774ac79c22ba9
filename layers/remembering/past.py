"""A layer as it was: opened at a moment, it is read like any other; and single versions of its features as they were kept.

Who may see what is asked of the rows as they were, and of the same rows as they are: what is hidden now has no past. It refuses a layer
without history, a moment that is still to come, and one from before everything was kept.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from django.db import connection
from psycopg2 import sql

from geo.errors import BAD_REQUEST, define
from geo.sql import statement
from layers.access import Opened
from layers.layer import Layer

RFC_3339 = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)
# The clock of whoever asks may be ahead of ours.
CLOCK_SLACK = timedelta(minutes=5)

NO_HISTORY = define("no_history", 422, "Lớp này không lưu lịch sử", "This layer keeps no history")
NOT_KEPT = define("moment_not_kept", 422, "Không có dữ liệu của thời điểm này", "Nothing is kept of this moment")

# Runs a statement and returns its rows: tiles have connections of their own.
Ask = Callable[[str, Mapping[str, Any]], list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Column:
    """One column as the layer's readers know it. `element` is the type of an array's elements, `expression` what the database makes it of."""

    name: str
    type: str
    origin: Literal["stored", "generated", "view"]
    expression: str | None
    element: str | None


def ask(text: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """On Django's connection."""
    with connection.cursor() as cursor:
        cursor.execute(text, params)
        return cursor.fetchall()


def moment(text: str, *, at: datetime) -> datetime:
    """The moment that a request asks for. Raises BAD_REQUEST, and NOT_KEPT for one that is still to come."""
    try:
        if not RFC_3339.fullmatch(text):
            raise ValueError(text)
        found = datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BAD_REQUEST(
            "as_of là ngày giờ theo RFC 3339, ví dụ 2026-11-26T09:00:00Z.", "as_of is a date and time after RFC 3339, such as 2026-11-26T09:00:00Z."
        ) from error
    if found > at + CLOCK_SLACK:
        raise NOT_KEPT("Thời điểm này chưa tới.", "This moment is still to come.")
    return min(found, at)


def check_history(layer: type[Layer]) -> None:
    """Raises NO_HISTORY for a layer without."""
    if not layer.versioned():
        raise NO_HISTORY(f"Lớp {layer.vi} không lưu lịch sử.", f"{layer.en}: no history is kept of this layer.")


def check_kept(layer: type[Layer], as_of: datetime, ask: Ask = ask) -> None:
    """Raises NO_HISTORY for a layer without, NOT_KEPT for a moment from before all of its changes were kept."""
    check_history(layer)
    rows = ask("select since from public.layers_kept where layer = %(layer)s", {"layer": layer.slug})
    if not rows:
        raise NOT_KEPT()
    since = rows[0][0]
    if as_of < since:
        raise NOT_KEPT(f"Chỉ lưu từ {since.isoformat()}.", f"Everything is kept since {since.isoformat()} only.", since=since.isoformat())


def at(seen: Opened, as_of: datetime, ask: Ask = ask) -> Opened:
    """The layer as it was. Raises as check_kept does."""
    check_kept(seen.layer, as_of, ask)
    return replace(seen, relation=relation(seen, columns_of(seen.layer, ask)), params={**seen.params, "as_of": as_of})


def columns_of(layer: type[Layer], ask: Ask = ask, *, relation: str | None = None) -> list[Column]:
    """The columns of the layer's relation, or of its table where that is named."""
    return [Column(*row) for row in ask(statement("layers", "columns"), {"relation": relation or layer.table(), "base": layer.base_tables()[0]})]


def relation(seen: Opened, columns: Sequence[Column]) -> sql.Composable:
    """Rows that have not changed since %(as_of)s, and those that have, as they were. A view's own columns are not kept: they are null."""
    layer = seen.layer
    return sql.SQL(statement("layers", "past")).format(
        present=_list(sql.SQL("null::{}").format(sql.SQL(one.type)) if one.origin == "view" else _of("p", one.name) for one in columns),
        base=_base(layer),
        slug=sql.Literal(layer.slug),
        fid=sql.Identifier(layer.fid),
        whole=_whole(columns),
        kept=_kept(layer, columns),
        still_seen=_still_seen(seen),
    )


def kept(seen: Opened, entries: Sequence[int], columns: Sequence[Column] | None = None) -> Opened:
    """The layer with nothing in it but some entries of its history, and a column `entry` beside its own."""
    found = columns_of(seen.layer) if columns is None else columns
    rows = sql.SQL(statement("layers", "kept")).format(whole=_whole(found), kept=_kept(seen.layer, found))
    return replace(seen, relation=rows, params={**seen.params, "entries": list(entries)})


def _base(layer: type[Layer]) -> sql.Composable:
    return sql.Identifier(*layer.base_tables()[0].split("."))


def _of(alias: str, name: str) -> sql.Composable:
    return sql.SQL(alias + ".") + sql.Identifier(name)


def _list(columns: Any) -> sql.Composable:
    return sql.SQL(", ").join(list(columns))


def _whole(columns: Sequence[Column]) -> sql.Composable:
    """What was kept, and what the database makes of it: the expression names the columns beside it."""
    return _list(
        sql.SQL("({}) as {}").format(sql.SQL((one.expression or "").replace("%", "%%")), sql.Identifier(one.name))
        if one.origin == "generated"
        else _of("r", one.name)
        for one in columns
    )


def _kept(layer: type[Layer], columns: Sequence[Column]) -> sql.Composable:
    """The columns of an entry of history `h`, each with its type."""
    return _list(sql.SQL("{} as {}").format(_typed(layer, one), sql.Identifier(one.name)) for one in columns if one.origin != "generated")


# The shape, the fid and the version are columns of history itself.
_OWN = {"version": sql.SQL("h.version")}


def _typed(layer: type[Layer], one: Column) -> sql.Composable:
    own = {**_OWN, layer.fid: sql.SQL("h.fid"), layer.geometry: sql.SQL("h.geom")}
    if one.name in own and one.origin == "stored":
        return own[one.name]
    if one.origin == "view":
        return sql.SQL("null::{}").format(sql.SQL(one.type))
    name, type_ = sql.Literal(one.name), sql.SQL(one.type)
    if one.type in ("json", "jsonb"):
        return sql.SQL("nullif(h.row_before -> {}, 'null')::{}").format(name, type_)
    if one.element is not None:
        return sql.SQL(
            "case when pg_catalog.jsonb_typeof(h.row_before -> {0}) = 'array' then array(select e.value::{1}"
            " from pg_catalog.jsonb_array_elements_text(h.row_before -> {0}) with ordinality e(value, n) order by e.n)::{2} end"
        ).format(name, sql.SQL(one.element), type_)
    return sql.SQL("(h.row_before ->> {})::{}").format(name, type_)


def _still_seen(seen: Opened) -> sql.Composable:
    """Who sees some rows only sees the past of those; nobody sees less of what is gone than of what stands."""
    if seen.sees_every_row():
        return sql.SQL("true")
    return sql.SQL("exists (select from {} t where {} = h.fid and {})").format(seen.relation, seen.fid, seen.where)
