"""Reads of a layer's rows as GeoJSON, for whoever opened it: one feature, the features of a box, the nearest to a place, how many."""

import json
from collections.abc import Iterable
from typing import Any

from django.db import connection
from psycopg2 import sql
from shapely.geometry import Point

from geo.crs import CITY_SRID
from geo.errors import BAD_REQUEST, NOT_FOUND
from layers.access import Opened, column_of

MAX_LIMIT = 1_000
LARGEST_FID = 2**63 - 1
Box = tuple[float, float, float, float]
EVERY = sql.SQL("true")
_HERE = sql.SQL("public.st_setsrid(public.st_point(%(x)s, %(y)s), {})").format(sql.Literal(CITY_SRID))


def features(opened: Opened, *, box: Box | None = None, limit: int = 100, after_fid: int = 0) -> list[dict[str, Any]]:
    """Features ordered by fid, of a lon/lat box when given. Raises BAD_REQUEST for a limit outside 1..1,000."""
    if not 1 <= limit <= MAX_LIMIT:
        raise BAD_REQUEST(f"limit từ 1 đến {MAX_LIMIT}.", f"limit is from 1 to {MAX_LIMIT}.")
    wanted = sql.SQL("{} > %(after)s and {}").format(opened.fid, in_box(opened.geometry, box))
    return _read(opened, wanted, {"after": after_fid, "limit": limit, "box": list(box or ())}, sql.SQL("limit %(limit)s"))


def feature(opened: Opened, fid: int) -> dict[str, Any]:
    """One feature. Raises NOT_FOUND for a row that is not there and one that the caller may not see alike."""
    found = _read(opened, sql.SQL("{} = %(fid)s").format(opened.fid), {"fid": fid}, sql.SQL("")) if 0 <= fid <= LARGEST_FID else []
    if not found:
        raise NOT_FOUND()
    return found[0]


def some(opened: Opened, fids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Those of the named features that the caller may see, by fid. At most MAX_LIMIT are asked for; raises BAD_REQUEST for more."""
    asked = sorted({fid for fid in fids if 0 <= fid <= LARGEST_FID})
    if len(asked) > MAX_LIMIT:
        raise BAD_REQUEST(f"Tối đa {MAX_LIMIT} đối tượng.", f"At most {MAX_LIMIT} features.")
    found = _read(opened, sql.SQL("{} = any(%(fids)s)").format(opened.fid), {"fids": asked}, sql.SQL("")) if asked else []
    return {row["id"]: row for row in found}


def page(
    opened: Opened,
    *,
    narrowed: sql.Composable,
    params: dict[str, Any],
    after: sql.Composable = EVERY,
    order: sql.Composable | None = None,
    limit: int = MAX_LIMIT,
    shape: sql.Composable | None = None,
) -> list[dict[str, Any]]:
    """The rows after a place in the order (of fid, where none is given) that a condition over `t` leaves; `shape` is the GeoJSON of another CRS."""
    wanted = sql.SQL("{} and {}").format(after, narrowed)
    return _read(opened, wanted, {**params, "limit": limit}, sql.SQL("limit %(limit)s"), shape, order)


def matched(opened: Opened, *, narrowed: sql.Composable, params: dict[str, Any]) -> int:
    """How many rows a condition over `t` leaves."""
    statement = sql.SQL("select count(*) from {} t where {} and {}").format(opened.relation, opened.where, narrowed)
    with connection.cursor() as cursor:
        cursor.execute(_text(statement), {**opened.params, **params})
        return int(cursor.fetchone()[0])


def nearest(opened: Opened, *, at: Point, k: int, reach_m: float | None = None, among: sql.Composable = EVERY) -> list[tuple[dict[str, Any], float]]:
    """The k features nearest to a place in city metres with their distances in metres, nearest first; none beyond reach_m."""
    params = {"x": at.x, "y": at.y, "k": k, "reach": reach_m}
    near = sql.SQL("public.st_dwithin({}, {}, %(reach)s)").format(opened.geometry, _HERE) if reach_m is not None else EVERY
    statement = sql.SQL("select {fid}, public.st_distance({shape}, {here}) from {relation} t where {where} and {near} and {among} and {shape} is not null"
                        " order by {shape} operator(public.<->) {here}, {fid} limit %(k)s").format(
        fid=opened.fid, shape=opened.geometry, here=_HERE, relation=opened.relation, where=opened.where, near=near, among=among
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_text(statement), {**opened.params, **params})
        distances_m = dict(cursor.fetchall())
    found = some(opened, distances_m)
    return [(found[fid], distance_m) for fid, distance_m in distances_m.items() if fid in found]


def within(opened: Opened, *, at: Point, reach_m: float, limit: int = 100) -> list[tuple[dict[str, Any], float]]:
    """The features within reach_m of a place in city metres, nearest first."""
    return nearest(opened, at=at, k=limit, reach_m=reach_m)


def covering(opened: Opened, *, at: Point, among: sql.Composable = EVERY, limit: int = 10) -> list[dict[str, Any]]:
    """The features whose surface covers a place in city metres, in the order of their fids."""
    wanted = sql.SQL("public.st_covers({}, {}) and {}").format(opened.geometry, _HERE, among)
    return _read(opened, wanted, {"x": at.x, "y": at.y, "limit": limit}, sql.SQL("limit %(limit)s"))


def count(opened: Opened, *, box: Box | None = None) -> int:
    """How many rows the caller may see."""
    statement = sql.SQL("select count(*) from {} t where {} and {}").format(opened.relation, opened.where, in_box(opened.geometry, box))
    with connection.cursor() as cursor:
        cursor.execute(_text(statement), {**opened.params, "box": list(box or ())})
        return int(cursor.fetchone()[0])


def in_box(shape: sql.Composable, box: Box | None) -> sql.Composable:
    """The condition that a shape lies in a lon/lat box, given as the parameter `box`."""
    if box is None:
        return sql.SQL("true")
    # The constant is transformed, not the column. A masked shape is found where its mask lies, index or not.
    return sql.SQL("{0} && public.st_transform(public.st_makeenvelope((%(box)s)[1], (%(box)s)[2], (%(box)s)[3], (%(box)s)[4], 4326), {1})").format(
        shape, sql.Literal(CITY_SRID)
    )


def _read(
    opened: Opened,
    wanted: sql.Composable,
    params: dict[str, Any],
    tail: sql.Composable,
    shape: sql.Composable | None = None,
    order: sql.Composable | None = None,
) -> list[dict[str, Any]]:
    columns = [sql.SQL(", ") + sql.Literal(field.name) + sql.SQL("::text, ") + column_of(field) for field in opened.fields]
    version = sql.SQL("t.version") if opened.layer.versioned() else sql.SQL("null::int")
    statement = sql.SQL(
        "select {fid}, {version}, {shape}, jsonb_build_object({columns})::text from {relation} t where {where} and {wanted} order by {order} {tail}"
    ).format(
        fid=opened.fid,
        version=version,
        shape=shape or sql.SQL("public.st_asgeojson(public.st_transform({}, 4326), 8)").format(opened.geometry),
        columns=sql.SQL("").join([sql.SQL("'_layer', "), sql.Literal(opened.layer.slug), sql.SQL("::text"), *columns]),
        relation=opened.relation,
        where=opened.where,
        wanted=wanted,
        order=order or opened.fid,
        tail=tail,
    )
    with connection.cursor() as cursor:
        cursor.execute(_text(statement), {**opened.params, **params})
        return [_feature(*row) for row in cursor.fetchall()]


def _feature(fid: int, version: int | None, shape: str | None, properties: str) -> dict[str, Any]:
    found = {"type": "Feature", "id": fid, "geometry": json.loads(shape) if shape else None, "properties": json.loads(properties)}
    return found if version is None else {**found, "version": version}


def _text(statement: sql.Composed) -> str:
    """Composables need the driver's own connection to quote with."""
    connection.ensure_connection()
    return statement.as_string(connection.connection)
