"""The moments at which a layer changed, for a slider through time: who, why, under which paper, and how much at once."""

from datetime import datetime
from typing import Any

from django.db import connection
from psycopg2 import sql

from geo.errors import FORBIDDEN
from geo.sql import statement
from layers import query
from layers.access import Opened
from layers.remembering import past, versions

MOST = 500


def moments(seen: Opened, *, box: query.Box | None, since: datetime | None, until: datetime | None) -> dict[str, Any]:
    """The newest first, at most MOST, and whether there are more. Of features that have ever lain in a lon/lat box, where one is given.

    Raises NO_HISTORY, and FORBIDDEN where a box would tell a place that the caller sees only a mask of.
    """
    past.check_history(seen.layer)
    if box is not None and seen.geometry != seen.indexed:
        raise FORBIDDEN("Chỉ thấy vị trí gần đúng.", "You see only an approximate place of these rows.")
    command = sql.SQL(statement("layers", "moments")).format(slug=sql.Literal(seen.layer.slug), in_box=_in_box(seen, box), seen=_seen(seen))
    with connection.cursor() as cursor:
        cursor.execute(command, {**seen.params, "box": list(box or ()), "since": since, "until": until, "most": MOST + 1})
        found = cursor.fetchall()
    names = versions.names_of({row[1] for row in found})
    return {"items": [_moment(row, names) for row in found[:MOST]], "truncated": len(found) > MOST}


def _moment(row: tuple[Any, ...], names: dict[int | None, str]) -> dict[str, Any]:
    at, by_id, because, document, change_set, created, changed, deleted = row
    return {
        "at": at.isoformat(),
        "by": names.get(by_id),
        "because": because,
        "document": document,
        "change_set": change_set,
        "created": created,
        "changed": changed,
        "deleted": deleted,
    }


def _in_box(seen: Opened, box: query.Box | None) -> sql.Composable:
    """What lies in the box, or did before a change of it. What was made has no shape of its own in history."""
    if box is None:
        return sql.SQL("true")
    return sql.SQL(
        "h.fid in (select {fid} from {relation} t where {now} union select k.fid from public.layers_history k where k.layer = {slug} and k.op <> 'insert' and {then})"
    ).format(
        fid=seen.fid,
        relation=seen.relation,
        now=query.in_box(seen.indexed, box),
        slug=sql.Literal(seen.layer.slug),
        then=query.in_box(sql.SQL("k.geom"), box),
    )


def _seen(seen: Opened) -> sql.Composable:
    """Who sees some rows only hears of the changes of those."""
    if seen.sees_every_row():
        return sql.SQL("true")
    return sql.SQL("h.fid in (select {} from {} t where {})").format(seen.fid, seen.relation, seen.where)
