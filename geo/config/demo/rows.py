"""Rows by COPY: whole columns in, numbered from where the table stands, so that a million cases load in minutes."""

import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from django.db import connection, models
from psycopg2 import sql

from geo.crs import CITY_SRID

CHUNK = 20_000
NULL = "\\N"
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_special = re.compile(r"[\\\t\n\r]").search
Column = Sequence[Any] | np.ndarray
Columns = Mapping[str, Column]


def fill(model: type[models.Model], columns: Columns) -> np.ndarray:
    """Append the rows to the model's table and return their ids. Fields that are not given take their default."""
    n = len(next(iter(columns.values())))
    ids = _next_id(model) + np.arange(n)
    if n == 0:
        return ids
    named = {model._meta.pk.column: ids, **{_column(model, name): values for name, values in columns.items()}}
    named |= {column: [default] * n for column, default in _defaults(model, set(named)).items()}
    statement = sql.SQL("copy {} ({}) from stdin").format(sql.Identifier(model._meta.db_table), sql.SQL(", ").join(map(sql.Identifier, named)))
    with connection.cursor() as cursor:
        for start in range(0, n, CHUNK):
            texts = [list(_texts(values[start : start + CHUNK])) for values in named.values()]
            lines = io.StringIO("\n".join(map("\t".join, zip(*texts, strict=True))) + "\n")
            cursor.cursor.copy_expert(statement.as_string(cursor.cursor), lines)
        cursor.execute("select setval(pg_get_serial_sequence(%s, %s), %s)", [model._meta.db_table, model._meta.pk.column, int(ids[-1])])
    return ids


def _next_id(model: type[models.Model]) -> int:
    newest = model._default_manager.order_by("-pk").values_list("pk", flat=True).first()
    return int(newest or 0) + 1


def _column(model: type[models.Model], name: str) -> str:
    return str(model._meta.get_field(name).column)


def _defaults(model: type[models.Model], given: set[str]) -> dict[str, Any]:
    """What Django would have filled in, for the columns that the database does not fill itself."""
    return {
        field.column: field.get_default()
        for field in model._meta.concrete_fields
        if field.column not in given and not field.generated and not field.null and not field.has_db_default()
    }


def _texts(values: Sequence[Any] | np.ndarray) -> Iterator[str]:
    """One column in the text format of COPY."""
    if isinstance(values, np.ndarray) and values.dtype.kind == "M":
        return (NULL if text == "NaT" else text + "+00" for text in np.datetime_as_string(values, unit="ms"))
    if isinstance(values, np.ndarray) and values.dtype.kind == "f":
        return (NULL if value != value else repr(value) for value in values.tolist())
    if len(values) and isinstance(values[0], shapely.Geometry | None) and any(isinstance(value, shapely.Geometry) for value in values):
        shapes = shapely.set_srid(np.asarray(values, dtype=object), CITY_SRID)
        return (NULL if text is None else text for text in shapely.to_wkb(shapes, hex=True, include_srid=True))
    if isinstance(values, np.ndarray) and values.dtype.kind in "iu":
        return map(str, values.tolist())
    return map(_text, values.tolist() if isinstance(values, np.ndarray) else values)


def _text(value: Any) -> str:
    if isinstance(value, str):
        # Millions of words, hardly one of them with anything to escape.
        return value.translate(_ESCAPES) if _special(value) else value
    if value is None:
        return NULL
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, list | tuple):
        return "{" + ",".join(f'"{item}"' for item in value) + "}"
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False).translate(_ESCAPES)
    return str(value).translate(_ESCAPES)
