"""What values a field of a layer holds, for whoever opened it: the kinds with their counts, a number's least, most and quantiles.

Only rows and fields of the caller are looked at; a field that the caller may not see is as missing as one that is not there.
"""

from dataclasses import dataclass
from typing import Any

from django.db import OperationalError, connection, transaction
from psycopg2 import errorcodes, sql

from geo.errors import BAD_REQUEST, BUSY, NOT_FOUND
from geo.sql import statement
from layers.access import Opened, column_of
from layers.layer import Field
from layers.making import styling

MOST_KINDS = 100
# Enough for classes to be the same as over all the rows, and few enough for an exact grouping in a blink.
SAMPLES = 500
TOLD_QUANTILES = 20
STATEMENT_TIMEOUT_MS = 5_000
NUMBERS = ("int", "float")
NOT_COUNTED = ("list", "json")


@dataclass(frozen=True)
class Kinds:
    """The commonest values with their counts, and whether there are more kinds than were told."""

    values: list[tuple[Any, int]]
    more: bool


@dataclass(frozen=True)
class Numbers:
    """A number over the rows: `samples` are even quantiles from the least to the most."""

    count: int
    empty: int
    samples: list[float]


def field_of(seen: Opened, name: str) -> Field:
    """The field, where this caller may see it. Raises NOT_FOUND, and BAD_REQUEST where its values cannot be counted."""
    found = next((field for field in seen.fields if field.name == name), None)
    if found is None:
        raise NOT_FOUND()
    if found.type in NOT_COUNTED:
        raise BAD_REQUEST(f"Trường kiểu {found.type} không liệt kê được.", f"Values of a {found.type} are not counted.", field=name)
    return found


def kinds(seen: Opened, name: str, *, limit: int = MOST_KINDS) -> Kinds:
    """The commonest first, equal counts in the order of the value."""
    rows = _run(seen, name, "field_kinds", {"limit": limit + 1})
    return Kinds([(row[0], row[1]) for row in rows[:limit]], len(rows) > limit)


def numbers(seen: Opened, name: str) -> Numbers:
    """The spread of a number. Values that are not finite count as empty."""
    places = [step / (SAMPLES - 1) for step in range(SAMPLES)]
    ((count, empty, samples),) = _run(seen, name, "field_numbers", {"places": places})
    return Numbers(count, empty, list(samples or ()))


def values(seen: Opened, name: str) -> dict[str, Any]:
    """Both as an answer: every field has its kinds, a number its spread beside them."""
    field, found = field_of(seen, name), kinds(seen, name)
    told: dict[str, Any] = {"field": name, "type": field.type, "unit": field.unit, "more": found.more}
    told["values"] = [{"value": _plain(value), "n": n} for value, n in found.values]
    if field.type in NUMBERS:
        spread = numbers(seen, name)
        step = (SAMPLES - 1) / TOLD_QUANTILES
        quantiles = [spread.samples[round(step * part)] for part in range(TOLD_QUANTILES + 1)] if spread.samples else []
        told |= {"count": spread.count, "empty": spread.empty, "quantiles": quantiles}
        # Equal counts and equal widths are arithmetic on the quantiles; the natural bounds are not.
        told["natural"] = {str(classes): list(bounds) for classes, bounds in styling.naturals(spread.samples).items()}
        told |= {"min": quantiles[0], "max": quantiles[-1]} if quantiles else {"min": None, "max": None}
    return told


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _run(seen: Opened, name: str, asked: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    command = sql.SQL(statement("layers", asked)).format(column=column_of(field_of(seen, name)), relation=seen.relation, where=seen.where)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("select set_config('statement_timeout', %s, true)", [str(STATEMENT_TIMEOUT_MS)])
            cursor.execute(command, {**seen.params, **params})
            return list(cursor.fetchall())
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", "") == errorcodes.QUERY_CANCELED:
            raise BUSY("Lớp quá lớn để liệt kê lúc này.", "The layer is too large to be counted just now.", retry_after_s=30) from error
        raise
