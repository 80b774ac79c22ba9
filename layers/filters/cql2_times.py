"""The temporal part of a filter: instants and intervals of properties and literals, and the fifteen ways in which two of them can lie.

A day is compared with a day as such; with an instant it is all of itself, from midnight to midnight in the city. An end that is not
known (a property without a value) makes the answer unknown, as everywhere in CQL2; an open end is written '..'.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from psycopg2 import sql

from geo.city import CITY
from layers.access import column_of
from layers.filters.cql2_tree import Tree, bad
from layers.layer import Field

OPEN = ("", "..")
INSTANT_TOO = {
    "t_after": "{s1} > {e2}",
    "t_before": "{e1} < {s2}",
    "t_disjoint": "({s1} > {e2} or {e1} < {s2})",
    "t_equals": "({s1} = {s2} and {e1} = {e2})",
    "t_intersects": "({s1} <= {e2} and {e1} >= {s2})",
}
OF_INTERVALS = {
    "t_contains": "({s1} < {s2} and {e1} > {e2})",
    "t_during": "({s1} > {s2} and {e1} < {e2})",
    "t_finishedby": "({s1} < {s2} and {e1} = {e2})",
    "t_finishes": "({s1} > {s2} and {e1} = {e2})",
    "t_meets": "{e1} = {s2}",
    "t_metby": "{s1} = {e2}",
    "t_overlappedby": "({s1} > {s2} and {s1} < {e2} and {e1} > {e2})",
    "t_overlaps": "({s1} < {s2} and {e1} > {s2} and {e1} < {e2})",
    "t_startedby": "({s1} = {s2} and {e1} > {e2})",
    "t_starts": "({s1} = {s2} and {e1} < {e2})",
}
TEMPORAL = INSTANT_TOO | OF_INTERVALS
_HERE = sql.Literal(CITY.timezone)


@dataclass(frozen=True)
class Span:
    """Two ends as SQL. `days`: both are days, or open."""

    starts: sql.Composable
    ends: sql.Composable
    days: bool
    instant: bool


def moment_of(column: sql.Composable, type_: str) -> sql.Composable:
    """A day or a moment as a moment: a day begins at midnight in the city."""
    return sql.SQL("({}::timestamp at time zone {})").format(column, _HERE) if type_ == "date" else column


def moment(field: Field) -> sql.Composable:
    return moment_of(column_of(field), field.type)


def relation(op: str, first: Span, second: Span) -> sql.Composable:
    """Raises BAD_FILTER where an instant stands in a relation that only intervals have."""
    if op in OF_INTERVALS and (first.instant or second.instant):
        raise bad(f"asks {op.upper()} of an instant: only intervals have it")
    days = first.days and second.days
    (s1, e1), (s2, e2) = (_ends(span, days) for span in (first, second))
    return sql.SQL("({})").format(sql.SQL(TEMPORAL[op]).format(s1=s1, e1=e1, s2=s2, e2=e2))


def _ends(span: Span, days: bool) -> tuple[sql.Composable, sql.Composable]:
    """Two days are compared at their midnights; a day beside a moment lasts until the next one."""
    if days or not span.days:
        return span.starts, span.ends
    return span.starts, day_long(span.ends)


def day_long(midnight: sql.Composable) -> sql.Composable:
    """The last moment of the day that begins then."""
    return sql.SQL("({} + interval '1 day' - interval '1 microsecond')").format(midnight)


def instant(text: str) -> tuple[Any, str]:
    """A day or a moment with its offset, as RFC 3339 writes them. Raises BAD_FILTER."""
    try:
        if len(text) == 10:
            return date.fromisoformat(text), "date"
        found = datetime.fromisoformat(text.upper())
        if found.tzinfo is None or "T" not in text.upper():
            raise ValueError
        return found, "datetime"
    except ValueError as error:
        raise bad(f"has a time that cannot be read: {text[:60]!r}") from error


def is_open(tree: Tree) -> bool:
    return isinstance(tree, str) and tree in OPEN
