"""What was: every change of a layer's rows from every road, kept by statement-level triggers with who and why."""

from typing import Any

from django.db import connection
from psycopg2 import sql

from geo.sql import statement
from layers.layer import Layer, registry


def install(**_: Any) -> None:
    """Give every versioned layer's table its triggers; run after each migration, changes nothing the second time."""
    with connection.cursor() as cursor:
        cursor.execute(statement("layers", "history"))
        for layer in registry.all():
            if layer.versioned() and _has_table(cursor, layer):
                _install(cursor, layer)


def keep(layer: type[Layer]) -> None:
    """Give one table that has just been made its triggers."""
    with connection.cursor() as cursor:
        _install(cursor, layer)


def _has_table(cursor: Any, layer: type[Layer]) -> bool:
    cursor.execute("select to_regclass(%s) is not null", [layer.base_tables()[0]])
    return bool(cursor.fetchone()[0])


def _install(cursor: Any, layer: type[Layer]) -> None:
    table = sql.Identifier(*layer.base_tables()[0].split("."))
    for operation in ("update", "delete"):
        name = sql.Identifier(f"keep_history_{operation}")
        cursor.execute(sql.SQL("drop trigger if exists {} on {}").format(name, table))
        cursor.execute(
            sql.SQL("create trigger {} after {} on {} referencing old table as gone for each statement execute function public.layers_keep_history({})").format(
                name, sql.SQL(operation), table, sql.Literal(layer.slug)
            )
        )
