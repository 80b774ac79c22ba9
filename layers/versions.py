"""What a feature was, version by version: who changed what, when and why, of the fields that the caller may see."""

import json
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.db import connection
from psycopg2 import sql
from shapely.geometry import mapping
from shapely.geometry import shape as shape_of
from shapely.geometry.base import BaseGeometry

from geo.crs import CITY_SRID, WGS84, reproject
from geo.errors import NOT_FOUND
from geo.models import User
from layers import query
from layers.access import Opened
from layers.layer import Field, Layer
from layers.models import History

MOST_VERSIONS = 200
DECIMALS = 8

Row = dict[str, Any]


def versions(seen: Opened, fid: int) -> list[Row]:
    """The newest first. Raises NOT_FOUND for what the caller may not see; of a deleted feature, whoever sees every row sees the history."""
    if not seen.layer.versioned() or not 0 <= fid <= query.LARGEST_FID:
        raise NOT_FOUND()
    kept = list(History.objects.filter(layer=seen.layer.slug, fid=fid).order_by("-id")[: MOST_VERSIONS + 1])[::-1]
    present = _present(seen, fid)
    if present is None and not (kept and kept[-1].op == "delete" and seen.sees_every_row()):
        raise NOT_FOUND()
    # Each entry keeps the row before the change; the next one, or the present, is the row after it.
    rows = [entry.row_before for entry in kept] + [present]
    names = dict(User.objects.filter(pk__in={entry.by_id for entry in kept}).values_list("pk", "display_name"))
    logins = dict(User.objects.filter(pk__in=names).values_list("pk", "username"))
    changes = [_change(seen, entry, before, after) for entry, (before, after) in zip(kept, pairwise(rows), strict=True)]
    for change in changes:
        change["by"] = names.get(change["by"]) or logins.get(change["by"])
    return changes[::-1][:MOST_VERSIONS]


def feature_at(seen: Opened, fid: int, version: int) -> Row | None:
    """The feature as it was in a version that is no longer the present one; None where nothing was kept of it."""
    entry = History.objects.filter(layer=seen.layer.slug, fid=fid, version=version).exclude(op="insert").order_by("id").first()
    if entry is None:
        return None
    properties = {field.name: entry.row_before.get(field.source) for field in seen.fields}
    return {"type": "Feature", "id": fid, "version": version, "properties": properties, "geometry": _lonlat(seen, entry.row_before)}


def deletion_of(seen: Opened, fid: int) -> Row | None:
    """Who deleted the feature, when and why, and the version that it has reached; None while it stands, and for who does not see every row."""
    if not seen.sees_every_row() or _present(seen, fid) is not None:
        return None
    last = History.objects.filter(layer=seen.layer.slug, fid=fid).order_by("-id").first()
    if last is None or last.op != "delete":
        return None
    person = User.objects.filter(pk=last.by_id).first()
    name = (person.display_name or person.username) if person else None
    return {"version": last.version + 1, "by": name, "at": last.at.isoformat(), "because": last.because}


def row_at(layer: type[Layer], fid: int, version: int) -> tuple[Row, BaseGeometry] | None:
    """Columns and shape (city metres) of a version as they were stored, without fid, version and what the database makes; None where nothing was kept."""
    entry = History.objects.filter(layer=layer.slug, fid=fid, version=version).exclude(op="insert").order_by("id").first()
    if entry is None:
        return None
    kept = dict(entry.row_before)
    stored = kept.pop(layer.geometry)
    made = {column.column for column in layer.model._meta.concrete_fields if getattr(column, "generated", False)} if layer.model else set()
    columns = {name: value for name, value in kept.items() if name not in made | {layer.fid, "version"}}
    return columns, shape_of({"type": stored["type"], "coordinates": stored["coordinates"]})


def _present(seen: Opened, fid: int) -> Row | None:
    command = sql.SQL("select to_jsonb(t)::text from {} t where {} = %(fid)s and {}").format(seen.relation, seen.fid, seen.where)
    with connection.cursor() as cursor:
        cursor.execute(command, {**seen.params, "fid": fid})
        found = cursor.fetchone()
    return json.loads(found[0]) if found else None


def _change(seen: Opened, entry: History, before: Row, after: Row | None) -> Row:
    after = after or {}
    changed = {
        field.name: [before.get(field.source), after.get(field.source)]
        for field in seen.fields
        if _differ(field, before.get(field.source), after.get(field.source))
    }
    moved = before.get(seen.layer.geometry) != after.get(seen.layer.geometry)
    return {
        "version": entry.version + 1,
        "at": entry.at,
        "by": entry.by_id,
        "because": entry.because,
        "op": entry.op,
        "changed": changed,
        "geometry": _lonlat(seen, after) if moved else None,
    }


def _differ(field: Field, before: Any, after: Any) -> bool:
    if field.type == "datetime" and before and after:
        # Kept with the offset of whoever wrote it.
        return datetime.fromisoformat(before) != datetime.fromisoformat(after)
    return bool(before != after)


def _lonlat(seen: Opened, row: Row) -> Row | None:
    """The row's shape in degrees; nothing where the caller sees only a mask of it."""
    stored = row.get(seen.layer.geometry)
    if not stored or seen.geometry != seen.indexed:
        return None
    made = mapping(reproject(shape_of({"type": stored["type"], "coordinates": stored["coordinates"]}), CITY_SRID, WGS84))
    return {"type": made["type"], "coordinates": _rounded(made["coordinates"])}


def _rounded(coordinates: Any) -> Any:
    return round(coordinates, DECIMALS) if isinstance(coordinates, float) else [_rounded(one) for one in coordinates]
