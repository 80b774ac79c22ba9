"""Rows whose reading is remembered: every door that gives out features says whom it gave them to; who keeps that list listens."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection
from django.dispatch import Signal
from psycopg2 import sql

from geo.models import User
from layers.access import Opened

# layer, fids, by, at, door
looked_at = Signal()
# More at once (an export of everything) is told in pieces of this size.
PIECE = 1_000


def looked(seen: Opened, fids: Iterable[int], *, by: Any, at: datetime, door: str) -> None:
    """Say that a person was given these features, where the layer's readers are remembered."""
    found = list(fids)
    if seen.layer.watched is None or not found or not isinstance(by, User):
        return
    for start in range(0, len(found), PIECE):
        looked_at.send(sender=seen.layer, fids=found[start : start + PIECE], by=by, at=at, door=door)


def taken(seen: Opened, where: sql.Composable, params: dict[str, Any], *, by: Any, at: datetime, door: str) -> None:
    """As looked, for a file of all that a condition over `t` leaves: the watched rows are looked up here."""
    if seen.layer.watched is None:
        return
    text = sql.SQL("select {} from {} t where {} and {} and {}").format(seen.fid, seen.relation, seen.where, where, sql.SQL(seen.layer.watched))
    with connection.cursor() as cursor:
        cursor.execute(text.as_string(cursor.cursor), {**seen.params, **params})
        fids = [row[0] for row in cursor]
    looked(seen, fids, by=by, at=at, door=door)
