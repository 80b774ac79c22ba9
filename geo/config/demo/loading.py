"""Tables that take a million rows: without their look-ups and references while the rows come, with every one of them afterwards.

An index that is made of all rows at once costs a fraction of one that takes them in turn, and a reference that is checked for a whole table is one
join instead of a look for each row at the end of the transaction.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, models

# A table without its indexes is locked until the transaction ends: not for a city of the usual size, whose server may be waiting.
MANY = 50_000
MEMORY = "set local maintenance_work_mem = '256MB'"
INDEXES = """select format('drop index %%s', i.indexrelid::regclass), pg_get_indexdef(i.indexrelid) from pg_index i
 where i.indrelid = %s::regclass and not exists (select from pg_constraint c where c.conindid = i.indexrelid and c.contype in ('p', 'u', 'x'))
 order by i.indexrelid"""
REFERENCES = """select format('alter table %%s drop constraint %%I', conrelid::regclass, conname),
       format('alter table %%s add constraint %%I %%s', conrelid::regclass, conname, pg_get_constraintdef(oid))
  from pg_constraint where conrelid = %s::regclass and contype = 'f' order by oid"""


@contextmanager
def bare(*tables: type[models.Model], rows: int) -> Iterator[None]:
    """Within a transaction: the tables stand bare in the block where many rows come. What does not hold of the rows is an IntegrityError at its end."""
    if rows < MANY:
        yield
        return
    with connection.cursor() as cursor:
        # A table with checks still to come cannot be altered.
        cursor.execute("set constraints all immediate")
        cursor.execute("set constraints all deferred")
        taken: list[tuple[str, str]] = []
        for table in tables:
            for question in (REFERENCES, INDEXES):
                cursor.execute(question, [table._meta.db_table])
                taken += cursor.fetchall()
        for drop, _ in taken:
            cursor.execute(drop)
        yield
        cursor.execute(MEMORY)
        # Indexes first: what references a row is found by one.
        for _, make in sorted(taken, key=lambda pair: pair[1].startswith("alter")):
            cursor.execute(make)
