"""Filters in CQL2, text and JSON, as SQL over an Opened: a closed list of operators and properties, every value a parameter.

Text is read into the tree that JSON already is (cql2_text), so there is one compiler. It refuses what is longer, deeper or wider than a
person would write, a property that the caller may not see, a function that is not listed, and a value that is not of its property's type.
Nothing that it makes can fail on a row: an error that depends on a row would tell of rows that the caller may not see.
"""

import json
import math
import unicodedata
from dataclasses import dataclass, field
from typing import Any

from psycopg2 import sql

from layers.access import Opened, column_of
from layers.filters import cql2_shapes, cql2_text, cql2_times
from layers.filters.cql2_shapes import GEOMETRY
from layers.filters.cql2_times import Span
from layers.filters.cql2_tree import BAD_FILTER as BAD_FILTER
from layers.filters.cql2_tree import (
    DEEPEST,
    LONGEST_BYTES,
    MOST_TERMS,
    TOO_COMPLEX,
    Tree,
    bad,
    called,
    need_args,
    too_complex,
    unknown_function,
    unknown_property,
)
from layers.layer import Field
from layers.ogc.crs import LONLAT, Axes

COMPARISONS = cql2_text.COMPARISONS
# Letters that NFKD does not take apart, the marks that it takes off the others, and what nobody sees.
MARKS = "ĐđØøŁł" + "".join(chr(mark) for mark in (*range(0x300, 0x30D), 0x31B, 0x323, 0x327, 0x328, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF))
LETTERS = {"casei": "pg_catalog.lower({})", "accenti": "pg_catalog.translate(pg_catalog.normalize({}, 'NFKD'), {marks}, {letters})"}
ARRAYS = ("a_contains", "a_containedby", "a_equals", "a_overlaps")
MIRRORED = {"a_contains": "a_containedby", "a_containedby": "a_contains"}
# Numeric has no overflow within the caps; a division by nothing is nothing known, as in a spreadsheet's empty cell.
ARITHMETIC = {
    "+": "({0} + {1})",
    "-": "({0} - {1})",
    "*": "({0} * {1})",
    "/": "({0} / nullif({1}, 0))",
    "%": "pg_catalog.mod({0}, nullif({1}, 0))",
    "div": "pg_catalog.div({0}, nullif({1}, 0))",
}
# Beyond these bounds a power is nothing known either.
POWER = (
    "(pg_catalog.power(case when pg_catalog.abs({0}) <= 1e9 and pg_catalog.abs({1}) <= 32 and (pg_catalog.abs({0}) >= 1e-9 or ({0} = 0 and {1} >= 0))"
    " and ({0} >= 0 or {1} = pg_catalog.trunc({1})) then {0}::float8 end, {1}::float8)::numeric)"
)


@dataclass
class Condition:
    """A compiled filter."""

    where: sql.Composable
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Term:
    """A value: SQL and its type, and, where it is a literal, the value itself."""

    sql: sql.Composable
    type: str
    literal: Any = None

    @property
    def family(self) -> str:
        return {"int": "number", "float": "number", "date": "time", "datetime": "time"}.get(self.type, self.type)


def condition(seen: Opened, text: str, language: str, axes: Axes = LONLAT) -> Condition:
    """Compile a filter; its shapes are in `axes`. Raises BAD_FILTER, TOO_COMPLEX, UNKNOWN_FUNCTION or UNKNOWN_PROPERTY."""
    if len(text.encode(errors="replace")) > LONGEST_BYTES:
        raise TOO_COMPLEX(f"Tối đa {LONGEST_BYTES:,} byte.", f"At most {LONGEST_BYTES:,} bytes.", parameter="filter")
    try:
        tree = json.loads(text, parse_constant=_no_number, object_pairs_hook=_each_once) if language == "cql2-json" else cql2_text.read(text)
    except (ValueError, RecursionError) as error:
        raise bad(f"is not {language}") from error
    compiler = _Compiler(seen, axes)
    return Condition(compiler.truth(tree, 0), compiler.params)


def _no_number(text: str) -> float:
    raise ValueError(text)


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError
    return found


class _Compiler:
    """The tree as SQL, and its values as parameters."""

    def __init__(self, seen: Opened, axes: Axes) -> None:
        self.seen, self.axes = seen, axes
        self.fields = {one.name: one for one in seen.fields}
        self.params: dict[str, Any] = {}
        self.terms = 0

    # Conditions.

    def truth(self, tree: Tree, depth: int) -> sql.Composable:
        """A condition."""
        self._count(depth)
        if isinstance(tree, bool):
            return sql.SQL("true" if tree else "false")
        if isinstance(tree, dict) and "property" in tree and (known := self._field(tree)).type == "bool":
            return column_of(known)
        op, args = called(tree)
        if op in ("and", "or"):
            need_args(len(args) >= 2)
            return sql.SQL("(") + sql.SQL(f" {op} ").join(self.truth(one, depth + 1) for one in args) + sql.SQL(")")
        if op == "not":
            need_args(len(args) == 1)
            return sql.SQL("(not {})").format(self.truth(args[0], depth + 1))
        if op in cql2_shapes.RELATIONS:
            return cql2_shapes.relation(self.seen, op, args, self.axes, self._parameter)
        if op in cql2_times.TEMPORAL:
            need_args(len(args) == 2)
            return cql2_times.relation(op, *(self._span(one, depth + 1) for one in args))
        if op in ARRAYS:
            return self._arrays(op, args)
        made = self._simple(op, args, depth + 1)
        if made is None:
            raise unknown_function(op)
        return made

    def _simple(self, op: str, args: list[Tree], depth: int) -> sql.Composable | None:
        if op in COMPARISONS:
            need_args(len(args) == 2)
            first, second = self._alike(args, depth)
            return sql.SQL(f"({{}} {op} {{}})").format(first, second)
        if op == "isnull":
            need_args(len(args) == 1)
            return sql.SQL("({} is null)").format(self._nullable(args[0], depth))
        if op == "between":
            need_args(len(args) == 3)
            return sql.SQL("({} between {} and {})").format(*self._alike(args, depth))
        if op == "in":
            need_args(len(args) == 2 and isinstance(args[1], list) and bool(args[1]))
            of, *among = self._alike([args[0], *args[1]], depth)
            return sql.SQL("({} in ({}))").format(of, sql.SQL(", ").join(among))
        return self._like(args, depth) if op == "like" else None

    def _count(self, depth: int) -> None:
        self.terms += 1
        if depth > DEEPEST or self.terms > MOST_TERMS:
            raise too_complex()

    def _like(self, args: list[Tree], depth: int) -> sql.Composable:
        need_args(len(args) == 2)
        of, pattern = self._term(args[0], depth), self._term(args[1], depth)
        if of.type != "text":
            raise bad("has a LIKE on something that is not text")
        if pattern.type != "text" or not isinstance(pattern.literal, str):
            raise bad("has a LIKE whose pattern is not a text")
        if (len(pattern.literal) - len(pattern.literal.rstrip("\\"))) % 2:
            raise bad("has a LIKE whose pattern ends in the middle of an escape")
        return sql.SQL("({} like {})").format(of.sql, pattern.sql)

    def _nullable(self, tree: Tree, depth: int) -> sql.Composable:
        if isinstance(tree, dict) and tree.get("property") in GEOMETRY:
            return self.seen.geometry
        return column_of(self._field(tree)) if isinstance(tree, dict) and "property" in tree else self._term(tree, depth).sql

    # Values.

    def _alike(self, trees: list[Tree], depth: int) -> list[sql.Composable]:
        """Values that can be compared with each other. Raises BAD_FILTER for others."""
        terms = [self._term(tree, depth) for tree in trees]
        if any(term.family == "time" for term in terms):
            terms = [self._timed(term) for term in terms]
        if len({term.family for term in terms}) > 1:
            told = [str(tree.get("property", tree)) if isinstance(tree, dict) else repr(tree) for tree in trees]
            raise bad(f"compares {told[0][:60]}, which is a {terms[0].type}, with {told[-1][:60]}")
        if {term.type for term in terms} == {"date", "datetime"}:
            return [cql2_times.moment_of(term.sql, term.type) for term in terms]
        return [term.sql for term in terms]

    def _timed(self, term: Term) -> Term:
        """A text beside a time is one itself."""
        return self._literal(*cql2_times.instant(term.literal)) if term.type == "text" and isinstance(term.literal, str) else term

    def _term(self, tree: Tree, depth: int) -> Term:
        self._count(depth)
        if isinstance(tree, dict) and "property" in tree:
            known = self._field(tree)
            if known.type in ("list", "json"):
                raise bad(f"compares {known.name}, which is a {known.type}")
            return Term(column_of(known), known.type)
        if isinstance(tree, dict) and "op" in tree:
            op, args = called(tree)
            if op in LETTERS:
                return self._lettered(op, args, depth)
            if op in ARITHMETIC or op == "^":
                return self._calculated(op, args, depth)
            raise unknown_function(op)
        return self._literal(*_plain(tree))

    def _lettered(self, op: str, args: list[Tree], depth: int) -> Term:
        need_args(len(args) == 1)
        inner = self._term(args[0], depth + 1)
        if inner.type != "text":
            raise bad(f"has {op} of something that is not text")
        made = sql.SQL(LETTERS[op]).format(sql.SQL("{}::text").format(inner.sql), marks=sql.Literal(MARKS), letters=sql.Literal("DdOoLl"))
        return Term(made, "text", inner.literal)

    def _calculated(self, op: str, args: list[Tree], depth: int) -> Term:
        need_args(len(args) == 2)
        if op == "^" and any(_holds_power(one) for one in args):
            raise too_complex()
        terms = [self._term(one, depth + 1) for one in args]
        if any(term.family != "number" for term in terms):
            raise bad(f"calculates with something that is not a number: {op}")
        return Term(sql.SQL(POWER if op == "^" else ARITHMETIC[op]).format(*(sql.SQL("{}::numeric").format(term.sql) for term in terms)), "float")

    def _literal(self, value: Any, type_: str) -> Term:
        return Term(self._parameter(value), type_, value)

    def _parameter(self, value: Any) -> sql.Composable:
        name = f"cql{len(self.params)}"
        self.params[name] = value
        return sql.Placeholder(name)

    def _field(self, tree: dict[str, Any]) -> Field:
        name = tree["property"]
        if not isinstance(name, str) or name not in self.fields:
            raise unknown_property(name)
        return self.fields[name]

    # Times and lists.

    def _span(self, tree: Tree, depth: int) -> Span:
        if not (isinstance(tree, dict) and isinstance(tree.get("interval"), list)):
            term = self._time(tree, depth)
            return Span(self._moment(term), self._moment(term), term.type == "date", True)
        need_args(len(tree["interval"]) == 2)
        starts, ends = (None if cql2_times.is_open(one) else self._time(one, depth) for one in tree["interval"])
        days = {term.type == "date" for term in (starts, ends) if term is not None} == {True}
        last = self._end(ends, "infinity")
        # A day that ends an interval which a moment begins is in it until midnight.
        lasts = cql2_times.day_long(last) if not days and ends is not None and ends.type == "date" else last
        return Span(self._end(starts, "-infinity"), lasts, days, False)

    def _end(self, term: Term | None, open_: str) -> sql.Composable:
        return sql.SQL("{}::timestamptz").format(sql.Literal(open_)) if term is None else self._moment(term)

    def _moment(self, term: Term) -> sql.Composable:
        return cql2_times.moment_of(term.sql, term.type)

    def _time(self, tree: Tree, depth: int) -> Term:
        term = self._timed(self._term(tree, depth))
        if term.family != "time":
            raise bad("asks when of something that is not a time")
        return term

    def _arrays(self, op: str, args: list[Tree]) -> sql.Composable:
        """A list that a property holds against one that the filter names."""
        need_args(len(args) == 2)
        ours = [isinstance(one, dict) and "property" in one for one in args]
        if ours not in ([True, False], [False, True]):
            raise bad("compares something else than the list of a property with a list")
        if ours[1]:
            op = MIRRORED.get(op, op)
        known, given = (self._field(args[ours.index(True)]), args[ours.index(False)])
        if known.type != "list" or not isinstance(given, list):
            raise bad(f"asks {op.upper()} of {known.name}, which is not a list, or with something that is none")
        column = sql.SQL("pg_catalog.to_jsonb({})").format(column_of(known))
        whole = self._list(given)
        if op == "a_overlaps":
            each = [sql.SQL("{} @> {}").format(column, self._list([one])) for one in given] or [sql.SQL("false")]
            return sql.SQL("(") + sql.SQL(" or ").join(each) + sql.SQL(")")
        template = {"a_contains": "({0} @> {1})", "a_containedby": "({0} <@ {1})", "a_equals": "({0} @> {1} and {0} <@ {1})"}[op]
        return sql.SQL(template).format(column, whole)

    def _list(self, trees: list[Tree]) -> sql.Composable:
        values = []
        for tree in trees:
            self._count(0)
            value, type_ = _plain(tree)
            values.append(value.isoformat() if type_ in ("date", "datetime") else value)
        return sql.SQL("{}::jsonb").format(self._parameter(json.dumps(values)))


def _holds_power(tree: Tree) -> bool:
    """A power in a power: the SQL of one names its base four times."""
    return isinstance(tree, dict) and (tree.get("op") == "^" or any(_holds_power(one) for one in tree.get("args", []) if isinstance(tree.get("args"), list)))


def _plain(tree: Tree) -> tuple[Any, str]:
    """A literal and its type. Raises BAD_FILTER."""
    if isinstance(tree, bool):
        return tree, "bool"
    if isinstance(tree, int | float) and math.isfinite(tree) and abs(tree) < (2**63 if isinstance(tree, int) else math.inf):
        return tree, "float"
    if isinstance(tree, str) and "\0" not in tree and not any(0xD800 <= ord(letter) <= 0xDFFF for letter in tree):
        return unicodedata.normalize("NFC", tree), "text"
    for name, type_ in (("date", "date"), ("timestamp", "datetime")):
        if isinstance(tree, dict) and isinstance(tree.get(name), str):
            value, found = cql2_times.instant(tree[name])
            if found == type_:
                return value, found
    raise bad(f"has {str(tree)[:40]!r} where a value belongs")
