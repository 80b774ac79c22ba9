"""What a feature was, version by version: who changed what, when and why, of the fields that the caller may see."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.contrib.gis.geos import GEOSGeometry
from django.db import connection
from psycopg2 import sql
from psycopg2.extras import Json
from shapely import from_wkb
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from geo.crs import CITY_SRID, WGS84, reproject
from geo.errors import NOT_FOUND
from geo.models import User
from layers import query
from layers.access import SYSTEM, Opened, opened
from layers.layer import Field, Layer
from layers.models import History
from layers.remembering import past

MOST_VERSIONS = 200
DECIMALS = 8

Row = dict[str, Any]


@dataclass(frozen=True)
class Was:
    """A feature between two changes: its columns, and its shape as EWKB in hex; no columns where it was not there."""

    row: Row
    shape: str | None


NOT_THERE = Was({}, None)


def versions(seen: Opened, fid: int) -> list[Row]:
    """The newest first. Raises NOT_FOUND for what the caller may not see; of a deleted feature, whoever sees every row sees the history.

    A version that retention let go of, or that the caller might not have seen then, says who, when and why, and None for what it changed.
    """
    if not seen.layer.versioned() or not 0 <= fid <= query.LARGEST_FID:
        raise NOT_FOUND()
    kept = list(History.objects.filter(layer=seen.layer.slug, fid=fid).order_by("-id")[: MOST_VERSIONS + 1])[::-1]
    present = _present(seen, fid)
    if present is None and not (kept and kept[-1].op == "delete" and seen.sees_every_row()):
        raise NOT_FOUND()
    # Each entry keeps the row before the change; the next one, or the present, is the row after it.
    rows = [_before(entry) for entry in _seen(seen, kept)] + [present or NOT_THERE]
    names = names_of(entry.by_id for entry in kept)
    changes = [_change(seen, entry, before, after, names) for entry, (before, after) in zip(kept, pairwise(rows), strict=True)]
    return changes[::-1][:MOST_VERSIONS]


def feature_at(seen: Opened, fid: int, version: int) -> Row | None:
    """The feature as it was in a version that is no longer the present one; None where nothing was kept of it, or nothing that the caller may see."""
    entry = _entry(seen.layer, fid, version)
    try:
        return None if entry is None else query.feature(past.kept(seen, [entry.pk]), fid)
    except NOT_FOUND:
        return None


def deletion_of(seen: Opened, fid: int) -> Row | None:
    """Who deleted the feature, when and why, and the version that it has reached; None while it stands, and for who does not see every row."""
    if not seen.sees_every_row() or _present(seen, fid) is not None:
        return None
    last = History.objects.filter(layer=seen.layer.slug, fid=fid).order_by("-id").first()
    if last is None or last.op != "delete":
        return None
    return {"version": last.version + 1, "by": names_of([last.by_id]).get(last.by_id), "at": last.at.isoformat(), "because": last.because}


def row_at(layer: type[Layer], fid: int, version: int) -> tuple[Row, BaseGeometry | None] | None:
    """Columns and shape (city metres; None where it had none) of a version as they were stored, without fid, version and what the database makes.

    None where nothing was kept.
    """
    entry = _entry(layer, fid, version)
    if entry is None:
        return None
    found = past.columns_of(layer, relation=layer.base_tables()[0])
    wanted = [one for one in found if one.origin == "stored" and one.name not in (layer.fid, layer.geometry, "version")]
    was = past.kept(opened(layer, SYSTEM), [entry.pk], found)
    command = sql.SQL("select {} from {} t").format(sql.SQL(", ").join([sql.Identifier("t", one.name) for one in wanted]), was.relation)
    with connection.cursor() as cursor:
        cursor.execute(command, was.params)
        values = cursor.fetchone()
    columns = {one.name: Json(json.loads(value)) if one.type == "jsonb" and value is not None else value for one, value in zip(wanted, values, strict=True)}
    return columns, from_wkb(bytes(entry.geom.wkb)) if entry.geom else None


def _entry(layer: type[Layer], fid: int, version: int) -> History | None:
    """What was kept of a version when it ended. The first of several: changes that raise no version come after what its writer saw."""
    kept = History.objects.filter(layer=layer.slug, fid=fid, version=version, row_before__isnull=False)
    return kept.exclude(op="insert").order_by("id").first()


def _seen(seen: Opened, kept: list[History]) -> list[History | None]:
    """The entries; None in the place of one whose row the caller might not have seen."""
    if seen.sees_every_row():
        return list(kept)
    was = past.kept(seen, [entry.pk for entry in kept])
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("select t.entry from {} t where {}").format(was.relation, was.where), was.params)
        visible = {row[0] for row in cursor.fetchall()}
    return [entry if entry.op == "insert" or entry.pk in visible else None for entry in kept]


def _generated(layer: type[Layer]) -> list[str]:
    """What the database makes of the other columns: no history keeps it, and it changes with them."""
    return [column.column for column in layer.model._meta.concrete_fields if getattr(column, "generated", False)] if layer.model else []


def names_of(ids: Iterable[int | None]) -> dict[int | None, str]:
    """What people are called, by id."""
    people = User.objects.filter(pk__in={pk for pk in ids if pk is not None})
    return {person.pk: person.display_name or person.username for person in people}


def _before(entry: History | None) -> Was | None:
    """What an entry keeps; None where retention let go of it, or the caller may not see it."""
    return None if entry is None or entry.row_before is None else Was(entry.row_before, entry.geom.hexewkb.decode() if entry.geom else None)


def _present(seen: Opened, fid: int) -> Was | None:
    command = sql.SQL("select (to_jsonb(t) - %(left_out)s::text[])::text, encode(public.st_asewkb({}), 'hex') from {} t where {} = %(fid)s and {}").format(
        seen.indexed, seen.relation, seen.fid, seen.where
    )
    with connection.cursor() as cursor:
        cursor.execute(command, {**seen.params, "fid": fid, "left_out": [seen.layer.geometry, *_generated(seen.layer)]})
        found = cursor.fetchone()
    return Was(json.loads(found[0]), found[1]) if found else None


def _change(seen: Opened, entry: History, before: Was | None, after: Was | None, names: dict[int | None, str]) -> Row:
    told = {
        "version": entry.version + 1,
        "at": entry.at,
        "by": names.get(entry.by_id),
        "because": entry.because,
        "document": entry.document,
        "change_set": entry.change_set,
        "op": entry.op,
    }
    if before is None or after is None:
        return {**told, "changed": None, "geometry": None}
    changed = {
        field.name: [before.row.get(field.source), after.row.get(field.source)]
        for field in seen.fields
        if _differ(field, before.row.get(field.source), after.row.get(field.source))
    }
    return {**told, "changed": changed, "geometry": _lonlat(seen, after) if _moved(before, after) else None}


def _differ(field: Field, before: Any, after: Any) -> bool:
    if field.type == "datetime" and before and after:
        # Kept with the offset of whoever wrote it.
        return datetime.fromisoformat(before) != datetime.fromisoformat(after)
    return bool(before != after)


def _moved(before: Was, after: Was) -> bool:
    if before.shape is None or after.shape is None:
        return before.shape is not after.shape
    return before.shape.lower() != after.shape.lower() and not GEOSGeometry(before.shape).equals_exact(GEOSGeometry(after.shape))


def _lonlat(seen: Opened, was: Was | None) -> Row | None:
    """The shape in degrees; nothing where the caller sees only a mask of it."""
    if was is None or was.shape is None or seen.geometry != seen.indexed:
        return None
    made = mapping(reproject(from_wkb(bytes.fromhex(was.shape)), CITY_SRID, WGS84))
    return {"type": made["type"], "coordinates": _rounded(made["coordinates"])}


def _rounded(coordinates: Any) -> Any:
    return round(coordinates, DECIMALS) if isinstance(coordinates, float) else [_rounded(one) for one in coordinates]
