"""How the database is asked whether a rule holds: the rows that the rule speaks of, what was before, and who may know of what is found.

Every row counts, whoever may see it; what is told of a row follows the caller's scope.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import shapely
from django.db import connection
from django.utils import timezone
from psycopg2 import sql
from shapely.geometry.base import BaseGeometry

from geo.crs import CITY_SRID
from geo.errors import NOT_FOUND
from geo.sql import statement
from layers.access import SYSTEM, Opened, opened
from layers.access import Scope as Scope
from layers.layer import Field, Layer, registry

# More faults of one rule at once are a mistake of another kind: the first ones tell it.
MOST_FOUND = 200
EVER = (sql.SQL("'-infinity'::timestamptz"), sql.SQL("'infinity'::timestamptz"))


@dataclass(frozen=True)
class Asked:
    """What is looked at for one layer: the features, the old shapes, for whom and on which day.

    fresh: only what the transaction has caused or made worse is wanted. whole: the fids are a piece of the whole layer.
    piece_of: the fids are a piece of these, and `around` is the box of the piece.
    """

    layer: type[Layer]
    fids: tuple[int, ...]
    left: tuple[BaseGeometry, ...]
    scope: Scope
    at: datetime
    fresh: bool = True
    whole: bool = False
    piece_of: tuple[int, ...] | None = None
    around: BaseGeometry | None = None

    def params(self) -> dict[str, Any]:
        return {
            **self.scope.parameters(),
            "slug": self.layer.slug,
            "fids": _array(self.fids),
            "every": _array(self.fids if self.piece_of is None else self.piece_of),
            "around": None if self.around is None else as_hex([self.around])[0],
            "left": as_hex(self.left),
            "fresh": self.fresh,
            "whole": self.whole,
            "at": self.at,
            "day": timezone.localdate(self.at),
            "most": MOST_FOUND if self.fresh else MOST_FOUND + 4 * len(self.fids),
        }

    def touches(self, fid: int) -> bool:
        return fid in (self.fids if self.piece_of is None else self.piece_of)

    def known(self, fid: int, version: int) -> frozenset[int]:
        """The version that a fix is made on: of what was touched, the one that its writer has seen, for nothing is stored while an issue stands."""
        return frozenset({version - 1 if self.fresh and version > 1 and self.touches(fid) else version})

    def is_new(self, fid: int, version: int) -> bool:
        """Whether this transaction has made the feature."""
        return self.fresh and version == 1 and self.touches(fid)


def _array(fids: Sequence[int]) -> str:
    """As one text: a list of a quarter of a million numbers would be parsed one by one."""
    return "{" + ",".join(map(str, fids)) + "}"


def as_hex(shapes: Sequence[BaseGeometry]) -> list[str]:
    """Shapes in city metres as the database reads them."""
    return [shapely.to_wkb(shapely.set_srid(shape, CITY_SRID), hex=True, include_srid=True) for shape in shapes]


def features(layer: type[Layer], scope: Scope, *, rows: str | None = None, valid: bool = False, **more: sql.Composable) -> sql.Composable:
    """A subselect of the rows that a rule speaks of: fid, geom, version, since, until, what it is called, and whether the caller may know of it.

    valid: only those that are valid at the moment of the change.
    """
    truth = opened(layer, SYSTEM)
    seen = _seen(layer, scope)
    since, until = span(layer)
    columns = {
        "fid": truth.fid,
        "geom": truth.indexed,
        "version": sql.SQL("t.version") if layer.versioned() else sql.SQL("0"),
        "seen": sql.SQL("false") if seen is None else seen.where,
        "name": _name(seen),
        "since": since,
        "until": until,
        **more,
    }
    listed = sql.SQL(", ").join([value + sql.SQL(" as ") + sql.Identifier(name) for name, value in columns.items()])
    wanted = sql.SQL("{} is not null and ({}) and {}").format(truth.indexed, sql.SQL(rows or "true"), _valid(layer) if valid else sql.SQL("true"))
    return sql.SQL("(select {} from {} t where {})").format(listed, truth.relation, wanted)


def before(layer: type[Layer], rows: str | None) -> sql.Composable:
    """The old shapes of what was touched, as a select."""
    if not layer.versioned():
        return sql.SQL("select kept.shape::public.geometry as geom from unnest(%(left)s::text[]) kept(shape) where %(fresh)s")
    parts = {
        "column": sql.Identifier(layer.geometry),
        "name": sql.Literal(layer.geometry),
        "relation": opened(layer, SYSTEM).relation,
        "fid": sql.Identifier(layer.fid),
    }
    return sql.SQL(statement("layers", "rules_before")).format(rows=sql.SQL(rows or "true"), **parts)


def span(layer: type[Layer]) -> tuple[sql.Composable, sql.Composable]:
    """From when and until when a row is valid; ever, where the layer's rows have no span."""
    if not isinstance(layer.time, tuple):
        return EVER
    from_, until = (sql.SQL("t.") + sql.Identifier(name) for name in layer.time)
    return (sql.SQL("coalesce({}::timestamptz, {})").format(column, bound) for column, bound in zip((from_, until), EVER, strict=True))  # type: ignore[return-value]


def _valid(layer: type[Layer]) -> sql.Composable:
    """Whether a row is valid at the moment that is asked about; a day where its bounds are days."""
    if not isinstance(layer.time, tuple):
        return sql.SQL("true")
    from_, until = (sql.SQL("t.") + sql.Identifier(name) for name in layer.time)
    days = any(field.source == layer.time[0] and field.type == "date" for field in layer.fields)
    moment = sql.Placeholder("day" if days else "at")
    return sql.SQL("({0} is null or {0} <= {2}) and ({1} is null or {1} > {2})").format(from_, until, moment)


def column(layer: type[Layer], name: str) -> sql.Composable:
    """A declared field's column under the alias t."""
    return sql.SQL("t.") + sql.Identifier(_field(layer, name).source)


def may_see_field(layer: type[Layer], scope: Scope, name: str) -> bool:
    return scope.may(_field(layer, name).see)


def ask(name: str, params: Mapping[str, Any], **parts: sql.Composable) -> list[tuple[Any, ...]]:
    """The rows that layers/sql/rules_{name}.sql finds."""
    connection.ensure_connection()
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(statement("layers", f"rules_{name}")).format(**parts).as_string(connection.connection), params)
        return cursor.fetchall()


def shape_of(wkb: Any) -> BaseGeometry | None:
    return None if wkb is None else shapely.from_wkb(bytes(wkb))


def source(layer: type[Layer], name: str) -> str:
    """A declared field's column, as history knows it."""
    return _field(layer, name).source


def layer_of(slug: str) -> type[Layer] | None:
    """A layer that a rule names; None where the city runs without it."""
    return registry.get(slug)


def _seen(layer: type[Layer], scope: Scope) -> Opened | None:
    """The layer as the caller sees it; None where the caller sees nothing of it, or only a mask of its shapes."""
    try:
        seen = opened(layer, scope)
    except NOT_FOUND:
        return None
    return seen if seen.geometry == seen.indexed else None


def _name(seen: Opened | None) -> sql.Composable:
    """What a row is called by who sees it: the first of its search names, its label, its number."""
    if seen is None:
        return sql.SQL("''")
    fields = {field.name: field for field in seen.fields}
    shown = [
        sql.SQL("nullif({}::text, '')").format(sql.SQL("t.") + sql.Identifier(fields[name].source))
        for name in (*seen.layer.search, seen.layer.label)
        if name in fields
    ]
    return sql.SQL("coalesce({})").format(sql.SQL(", ").join([*shown, sql.SQL("'#' || {}").format(seen.fid)]))


def _field(layer: type[Layer], name: str) -> Field:
    found = layer.field(name)
    if found is None:
        raise ValueError(f"A rule of {layer.slug} names the field {name}, which it does not have.")
    return found
