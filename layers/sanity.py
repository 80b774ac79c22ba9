"""The database's own refusal of shapes that would poison a tile, whichever road they come by; the gateway's is the one with words (geo.shapes)."""

from typing import Any

from django.db import connection
from psycopg2 import sql

from geo.sql import statement
from layers.layer import Layer, registry


def install(**_: Any) -> None:
    """Give every layer's table its check; run after each migration, changes nothing the second time. Rows that stand are not looked at again."""
    with connection.cursor() as cursor:
        cursor.execute(statement("layers", "is_sane"))
        for layer in registry.all():
            if layer.kind == "vector" and layer.base_tables():
                _install(cursor, layer)


def install_made(sender: type[Layer], **_: Any) -> None:
    """A layer made while the city runs gets its check with its table."""
    with connection.cursor() as cursor:
        _install(cursor, sender)


def _install(cursor: Any, layer: type[Layer]) -> None:
    table, name = layer.base_tables()[0], f"{layer.geometry}_is_sane"
    cursor.execute(
        "select exists (select from pg_attribute where attrelid = c.oid and attname = %s and not attisdropped),"
        "       exists (select from pg_constraint where conrelid = c.oid and conname = %s)"
        "  from pg_class c where c.oid = to_regclass(%s) and c.relkind = 'r'",
        [layer.geometry, name, table],
    )
    if cursor.fetchone() == (True, False):
        cursor.execute(
            sql.SQL("alter table {} add constraint {} check (public.layers_is_sane({})) not valid").format(
                sql.Identifier(*table.split(".")), sql.Identifier(name), sql.Identifier(layer.geometry)
            )
        )
