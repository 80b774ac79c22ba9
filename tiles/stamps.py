"""Whether a tile is still what it was: marks left by triggers in the editing transaction, read for many requests at once.

Only what the marks can vouch for is kept: a layer whose tables all have their triggers, asked by a statement that looks at nothing
else, neither at other tables nor at the clock.
"""

import asyncio
import logging
import re
import time
from collections.abc import Callable, Sequence
from typing import Any

import psycopg2
from django.db import connection
from psycopg2 import sql

from geo.prepared import prepared
from geo.sql import statement
from layers.layer import Layer, registry
from tiles.database import Database

OPERATIONS = {
    "insert": "referencing new table as came",
    "update": "referencing old table as gone new table as came",
    "delete": "referencing old table as gone",
    "truncate": "",
}
MARKED_ZOOMS = (0, 8, 11, 12, 13, 14, 15, 16)
COARSER = {z: max(marked for marked in MARKED_ZOOMS if marked <= z) for z in range(23)}
# A rule with one of these depends on more than the row that a trigger sees.
ELSEWHERE = re.compile(r"\b(select|now|current_\w+|clock_timestamp|statement_timestamp|transaction_timestamp|localtime\w*|random|age)\b", re.IGNORECASE)
# The tables that a layer's rows come from: those that it names, and those that its view reads, through other views too.
TABLES_BEHIND = """
with recursive seen(oid) as (
    select to_regclass(name)::oid from unnest(%(tables)s::text[]) name
     union
    select d.refobjid from seen s join pg_rewrite r on r.ev_class = s.oid
      join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid and d.refclassid = 'pg_class'::regclass
)
select c.oid, n.nspname, c.relname from seen s join pg_class c on c.oid = s.oid join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'p')
"""
LOOK_AGAIN_S = 30.0
FOLD_EVERY_S = 60.0

log = logging.getLogger(__name__)

Key = tuple[str, int, int, int]
Stamp = tuple[int, int]


def install(plan: Sequence[Any] = (), **_: Any) -> None:
    """Give every layer's tables their triggers; run after each migration, changes nothing the second time.

    A migration may have changed what a view says without touching a row: after one every layer is new.
    """
    with connection.cursor() as cursor:
        cursor.execute(statement("tiles", "stamp").replace("%", "%%"), [])
        for layer in registry.all():
            if layer.kind == "vector":
                _install(cursor, layer)
                if plan:
                    cursor.execute("select public.tiles_mark_layer(%s)", [layer.slug])


def install_made(sender: type[Layer], **_: Any) -> None:
    """The triggers of a layer that has just been made, in the transaction that makes it. A layer of that name may have been before."""
    with connection.cursor() as cursor:
        _install(cursor, sender)
        cursor.execute("select public.tiles_mark_layer(%s)", [sender.slug])


def by_shape(layer: type[Layer]) -> bool:
    """Whether the layer is its table, so that the shapes of changed rows say which tiles they touch."""
    return layer.base_tables() == (layer.table(),)


def _named(layer: type[Layer]) -> dict[str, Any]:
    return {"tables": [*layer.base_tables(), layer.table()], "relation": layer.table(), "slug": layer.slug}


def _install(cursor: Any, layer: type[Layer]) -> None:
    cursor.execute(f"select oid, nspname, relname from ({TABLES_BEHIND}) behind", _named(layer))
    for oid, *names in cursor.fetchall():
        cursor.execute("select tgname from pg_trigger where tgrelid = %s", [oid])
        standing = {row[0] for row in cursor.fetchall()}
        for operation, transition in OPERATIONS.items():
            shapes = by_shape(layer) and operation != "truncate"
            name = f"stamp_{'shapes' if shapes else 'layer'}_{operation}_{layer.slug}"[:63]
            if name not in standing:
                cursor.execute(
                    sql.SQL("create trigger {} after {} on {} {} for each statement execute function public.{}({}, {})").format(
                        sql.Identifier(name),
                        sql.SQL(operation),
                        sql.Identifier(*names),
                        sql.SQL(transition if shapes else ""),
                        sql.Identifier("tiles_stamp_shapes" if shapes else "tiles_stamp_layer"),
                        sql.Literal(layer.slug),
                        sql.Literal(layer.geometry),
                    )
                )


VOUCHED_FOR = f"""
select (select bool_and((select count(*) from pg_trigger g where g.tgrelid = behind.oid and g.tgname like 'stamp\\_%%' and g.tgenabled = 'O'
                            and split_part(encode(g.tgargs, 'escape'), '\\000', 1) = %(slug)s) >= 4)
          from ({TABLES_BEHIND}) behind),
       (select case when c.relkind = 'v' then pg_get_viewdef(c.oid) else '' end from pg_class c where c.oid = to_regclass(%(relation)s))
"""


class Vouching:
    """Which layers the marks can vouch for. A layer without its triggers is looked at again after a while."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.found: dict[type[Layer], tuple[bool, float]] = {}

    def known(self, layer: type[Layer]) -> bool | None:
        """What is known already, without asking the database; None when it must be asked."""
        vouched, until = self.found.get(layer, (False, 0.0))
        return vouched if until > time.monotonic() else None

    def look(self, layer: type[Layer]) -> bool:
        """Ask the database, and remember: for good when the triggers are there, for a while when they are not."""
        triggers, view = self.database.rows(prepared(VOUCHED_FOR), _named(layer))[0]
        # a view may join; what it joins are the tables, and those have triggers; the clock has none
        steady = not ELSEWHERE.search((view or "").lower().replace("select", ""))
        vouched = bool(triggers) and steady
        self.found[layer] = (vouched, float("inf") if vouched else time.monotonic() + LOOK_AGAIN_S)
        return vouched


def looks_elsewhere(rules: str) -> bool:
    """Whether the rules of sight, composed, look at more than the row that a trigger sees."""
    return bool(ELSEWHERE.search(rules))


def key_of(slug: str, z: int, x: int, y: int) -> Key:
    """The marked tile that stands for a tile: itself, or the nearest coarser one around it."""
    marked = COARSER[z]
    return (slug, 0, 0, 0) if marked == 0 else (slug, marked, x >> (z - marked), y >> (z - marked))


class StampReader:
    """Reads stamps for all who ask: a look begins after the last of them asked, so nobody gets a stamp older than the request."""

    def __init__(self, read: Callable[[list[Key]], Any]) -> None:
        self.read = read
        self.asked: dict[Key, asyncio.Future[Stamp]] = {}
        self.reading: asyncio.Task[None] | None = None

    async def stamp(self, key: Key) -> Stamp:
        """The stamp of one tile, read after this was called."""
        future = self.asked.get(key)
        if future is None:
            future = self.asked[key] = asyncio.get_running_loop().create_future()
        if self.reading is None:
            self.reading = asyncio.create_task(self._read_all())
        return await asyncio.shield(future)

    async def _read_all(self) -> None:
        try:
            while self.asked:
                batch, self.asked = self.asked, {}
                try:
                    found = await self.read(list(batch))
                except Exception as error:  # noqa: BLE001 (each who asked must hear of it)
                    _tell(batch, error)
                    continue
                for key, future in batch.items():
                    if not future.done():
                        future.set_result(found[key])
        finally:
            self.reading = None


def _tell(batch: dict[Key, asyncio.Future[Stamp]], error: Exception) -> None:
    for future in batch.values():
        if not future.done():
            future.set_exception(error)
            future.exception()


def read_stamps(database: Database, keys: list[Key]) -> dict[Key, Stamp]:
    """The stamps of some tiles in one statement."""
    slugs, zs, xs, ys = (list(column) for column in zip(*keys, strict=True))
    rows = database.rows(prepared(statement("tiles", "stamps")), {"slugs": slugs, "zs": zs, "xs": xs, "ys": ys})
    return {keys[n - 1]: (own, whole) for n, own, whole in rows}


def fold(database: Database) -> None:
    """Make many marks of one tile one. Nothing waits for it, and a failure only means that the next look is a little slower."""
    try:
        with database.connection().cursor() as cursor:
            cursor.execute("begin read write; select public.tiles_fold_stamps(); commit")
    except psycopg2.Error as error:
        log.warning("stamps were not folded: %s", type(error).__name__)
        database.close()
