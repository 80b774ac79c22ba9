"""What was: every change of a layer's rows from every road, kept by statement-level triggers with who and why, and from when on."""

from typing import Any

from django.db import connection
from psycopg2 import sql

from geo.sql import statement
from layers.layer import Layer, registry

# One trigger for each event: with a transition table a trigger has one event only.
TRIGGERS = {
    "insert": "referencing new table as came for each statement execute function public.layers_keep_made",
    "update": "referencing old table as gone for each statement execute function public.layers_keep_gone",
    "delete": "referencing old table as gone for each statement execute function public.layers_keep_gone",
    "truncate": "for each statement execute function public.layers_refuse_truncate",
}
RAISED = (
    "create or replace trigger raise_version before update on {} for each row when (new.version <= old.version) execute function public.layers_raise_version()"
)
# What triggers called before makings were kept too.
OLD_FUNCTION = "drop function if exists public.layers_keep_history()"


def install(**_: Any) -> None:
    """Give every versioned layer's table its triggers; run after each migration, changes nothing the second time."""
    with connection.cursor() as cursor:
        cursor.execute(statement("layers", "history"))
        cursor.execute(statement("layers", "raised"))
        for layer in registry.all():
            if layer.versioned() and _has_table(cursor, layer.base_tables()[0]):
                _install(cursor, layer.slug, layer.base_tables()[0], layer.geometry, edited=layer.editable())
        # A layer made at run time need not be in the registry while a migration runs.
        cursor.execute("select slug from public.layers_madelayer")
        for (slug,) in cursor.fetchall():
            if _has_table(cursor, f"made.{slug}"):
                _install(cursor, slug, f"made.{slug}", "geom", edited=True)
        cursor.execute(OLD_FUNCTION)


def keep(layer: type[Layer]) -> None:
    """Give one table that has just been made its triggers. What a layer of that name held before is not this layer's past."""
    with connection.cursor() as cursor:
        cursor.execute("delete from public.layers_kept where layer = %s", [layer.slug])
        _install(cursor, layer.slug, layer.base_tables()[0], layer.geometry, edited=True)


def _has_table(cursor: Any, table: str) -> bool:
    # A removed layer leaves a view of its columns, which takes no such triggers.
    cursor.execute("select exists (select from pg_catalog.pg_class where oid = to_regclass(%s) and relkind in ('r', 'p'))", [table])
    return bool(cursor.fetchone()[0])


def _install(cursor: Any, slug: str, table: str, geometry: str, *, edited: bool) -> None:
    """`edited`: officers change its rows on named versions; what programs keep up to date (cameras, cases) counts its versions itself."""
    if edited:
        cursor.execute(sql.SQL(RAISED).format(sql.Identifier(*table.split("."))))
    for event, body in TRIGGERS.items():
        cursor.execute(
            sql.SQL("create or replace trigger {} after {} on {} {}({}, {})").format(
                sql.Identifier(f"keep_history_{event}"),
                sql.SQL(event),
                sql.Identifier(*table.split(".")),
                sql.SQL(body),
                sql.Literal(slug),
                sql.Literal(geometry),
            )
        )
    # Whatever stood before this moment was made while nobody kept that it was.
    cursor.execute("insert into public.layers_kept (layer, since) values (%s, clock_timestamp()) on conflict do nothing", [slug])
