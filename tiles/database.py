"""The tiles' own connections: one a thread, set up once, each statement prepared once and planned generically."""

import threading
from collections.abc import Callable, Mapping
from typing import Any

import psycopg2
from django.db import connections
from psycopg2.extensions import connection as Connection

from geo.prepared import Prepared, execution, ready

STATEMENT_TIMEOUT_MS = 5_000
# A generic plan does not look at the box; planning each tile anew cost 1.4 to 1.6 times. Where a plan is made for its values, it still
# has no use for a whole table: what a tile asks is always behind an index.
SETTINGS = (
    f"set statement_timeout = {STATEMENT_TIMEOUT_MS}; set jit = off; set enable_seqscan = off; set random_page_cost = 1.1;"
    " set max_parallel_workers_per_gather = 0; set plan_cache_mode = force_generic_plan; set default_transaction_read_only = on; set application_name = 'nbioc tiles'"
)
MOST_PREPARED = 300


def own_connection() -> Connection:
    """A connection beside Django's, to the same database."""
    given = connections["default"].get_connection_params()
    found = psycopg2.connect(**{name: value for name, value in given.items() if name not in ("cursor_factory", "context")})
    found.autocommit = True
    with found.cursor() as cursor:
        cursor.execute(SETTINGS)
    return found


class Database:
    """Runs prepared statements on a connection of the calling thread; a connection that has gone is replaced once."""

    def __init__(self, connect: Callable[[], Connection] = own_connection) -> None:
        self.connect = connect
        self.mine = threading.local()

    def rows(self, statement: Prepared, given: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """The rows. Raises psycopg2.Error when the database does not answer, twice, or not in time."""
        values = statement.values(given)
        try:
            return self._rows(statement, values)
        except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
            # A cancelled statement is an answer; only a broken connection is worth another try.
            if not self._broken(error):
                raise
            self.close()
            return self._rows(statement, values)

    def connection(self) -> Connection:
        """The calling thread's connection."""
        if getattr(self.mine, "connection", None) is None:
            self.mine.connection = self.connect()
        return self.mine.connection

    def close(self) -> None:
        """Let go of the thread's connection."""
        standing, self.mine.connection = getattr(self.mine, "connection", None), None
        if standing is not None and not standing.closed:
            standing.close()

    def _broken(self, error: psycopg2.Error) -> bool:
        standing = getattr(self.mine, "connection", None)
        return isinstance(error, psycopg2.InterfaceError) or standing is None or bool(standing.closed)

    def _rows(self, statement: Prepared, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        with self.connection().cursor() as cursor:
            ready(cursor, statement, MOST_PREPARED)
            cursor.execute(execution(statement), values)
            return cursor.fetchall()
