"""What happened, in one order that no reader can miss.

A sequence is not commit order, so readers go up to the snapshot horizon: rows of transactions that were all finished when the
snapshot was taken. A position is epoch-xid-seq; the epoch changes when the history was cut (restore, prune).
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from django.db import connection, transaction

from geo.acting import current
from geo.models import Event

CHANNEL = "nbioc_events"
BATCH = 500


@dataclass(frozen=True, order=True)
class Position:
    """A place in the sequence of events, compared as a tuple within one epoch."""

    epoch: str
    xid: int
    seq: int

    def __str__(self) -> str:
        return f"{self.epoch}-{self.xid}-{self.seq}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises ValueError for anything that is not epoch-xid-seq."""
        epoch, xid, seq = text.split("-")
        return cls(epoch, int(xid), int(seq))


@dataclass(frozen=True)
class Happened:
    """One event as its readers see it."""

    position: Position
    kind: str
    layer: str
    fids: tuple[int, ...]
    at: datetime
    by_id: int | None
    data: dict[str, Any]


def publish(*, kind: str, at: datetime, layer: str = "", fids: list[int] | None = None, data: dict[str, Any] | None = None) -> None:
    """Append one event to the transaction of `acting`, and wake readers once it has committed."""
    actor = current()
    Event.objects.create(kind=kind, layer=layer, fids=fids or [], at=at, by=actor.by, because=actor.because, data=data or {})
    # After the commit and outside it: NOTIFY within the transaction takes a global lock (3,897 commits/s become 742).
    transaction.on_commit(_wake, robust=True)


def _wake() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select pg_notify(%s, '')", [CHANNEL])


NEWEST = """
select e.epoch, coalesce((select max(xid) from geo_event where xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint), 0),
       coalesce((select seq from geo_event where xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
                  order by xid desc, seq desc limit 1), 0)
  from geo_epoch e
"""

AFTER = """
select xid, seq, kind, layer, fids, at, by_id, data::text
  from geo_event
 where (xid, seq) > (%s, %s) and xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
 order by xid, seq limit %s
"""


def newest() -> Position:
    """The position up to which everything is settled now."""
    with connection.cursor() as cursor:
        cursor.execute(NEWEST)
        return Position(*cursor.fetchone())


def after(position: Position, limit: int = BATCH) -> list[Happened] | None:
    """Settled events after a position, oldest first; None when the position is of another epoch or was pruned."""
    with connection.cursor() as cursor:
        cursor.execute("select epoch, pruned_to from geo_epoch")
        epoch, pruned_to = cursor.fetchone()
        if position.epoch != epoch or position.xid < pruned_to:
            return None
        cursor.execute(AFTER, [position.xid, position.seq, limit])
        return [Happened(Position(epoch, row[0], row[1]), row[2], row[3], tuple(row[4]), row[5], row[6], json.loads(row[7])) for row in cursor.fetchall()]


def simulated() -> bool:
    """Whether the city's data is simulated."""
    with connection.cursor() as cursor:
        cursor.execute("select simulated from geo_epoch")
        return bool(cursor.fetchone()[0])


def mark_simulated() -> None:
    """Say for good that this city's data is simulated."""
    with connection.cursor() as cursor:
        cursor.execute("update geo_epoch set simulated = true")


WAITING = "select exists (select 1 from geo_event where (xid, seq) > (%s, %s))"


def waiting(position: Position) -> bool:
    """Whether anything is committed after a position, settled or not: a reader that got nothing then looks again soon."""
    with connection.cursor() as cursor:
        cursor.execute(WAITING, [position.xid, position.seq])
        return bool(cursor.fetchone()[0])
