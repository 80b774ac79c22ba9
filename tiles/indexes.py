"""The indexes that counting needs, given to each layer that can be counted."""

import re
from typing import Any

from django.db import connection
from psycopg2 import sql

from layers.layer import Layer, registry

COLUMN_OF_A_RULE = re.compile(r"\bt\.([a-z_]+)")


def install(**_: Any) -> None:
    """Give every layer that can be counted an index that counts without its table; run after each migration."""
    with connection.cursor() as cursor:
        for layer in registry.all():
            if layer.countable() and layer.model is not None and not layer.relation:
                _install(cursor, layer)


def _install(cursor: Any, layer: type[Layer]) -> None:
    began = layer.began()
    rules = " ".join([*(counting.rows or "" for counting in layer.countings), *(grant.rows or "" for grant in layer.grants)])
    carried = {layer.geometry, *([layer.category_field().source] if layer.category else []), *COLUMN_OF_A_RULE.findall(rules)}
    cursor.execute("select attname from pg_attribute where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped", [layer.table()])
    columns = sorted(carried & {row[0] for row in cursor.fetchall()} - {began})
    if columns:
        cursor.execute(
            sql.SQL("create index if not exists {} on {} ({}) include ({})").format(
                sql.Identifier(f"heat_{layer.slug}"[:63]),
                sql.Identifier(layer.table()),
                sql.Identifier(began),
                sql.SQL(", ").join(map(sql.Identifier, columns)),
            )
        )
