"""One row of a layer's table: locked, made, changed and deleted by composed SQL. Who may do so is decided by whoever calls (layers.changing.editing)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from django.db import connection
from psycopg2 import sql
from shapely.geometry.base import BaseGeometry

from geo import shapes
from geo.crs import CITY_SRID as CITY_SRID
from geo.errors import NOT_FOUND, define
from layers import query
from layers.access import Opened, changeable_rows
from layers.layer import Layer

NOT_YOURS = define("not_your_row", 403, "Đối tượng do đơn vị khác quản lý", "This feature is looked after by somebody else")
_GEOMETRY = sql.SQL("public.st_geomfromwkb(decode(%(geometry)s, 'hex'), {})").format(sql.Literal(CITY_SRID))


@dataclass(frozen=True)
class Standing:
    """A row as it stands, held until the transaction ends; shape in city metres."""

    fid: int
    version: int
    shape: BaseGeometry | None


def locked(seen: Opened, fid: int) -> Standing:
    """The row, held until the transaction ends. Raises NOT_FOUND for one that the caller may not see."""
    found = _run(
        sql.SQL("select t.version, public.st_asbinary({shape}) from {relation} t where {fid} = %(fid)s and {where} for update of t").format(
            shape=seen.indexed, relation=seen.relation, fid=seen.fid, where=seen.where
        ),
        {**seen.params, "fid": fid if 0 <= fid <= query.LARGEST_FID else -1},
    )
    if not found:
        raise NOT_FOUND()
    version, wkb = found[0]
    return Standing(fid, version, None if wkb is None else shapely.from_wkb(bytes(wkb)))


def hidden_of(seen: Opened, standing: Standing) -> dict[str, Any]:
    """What the caller may not see of a row that was held: what comes of it keeps that, neither shown nor lost."""
    shown = {field.source for field in seen.fields}
    hidden = [field.source for field in seen.layer.fields if field.source not in shown]
    if not hidden:
        return {}
    columns = sql.SQL(", ").join(sql.SQL("t.") + sql.Identifier(name) for name in hidden)
    kept = _run(sql.SQL("select {} from {} t where {} = %(fid)s").format(columns, seen.relation, seen.fid), {"fid": standing.fid})
    return dict(zip(hidden, kept[0], strict=True)) if kept else {}


def inherited(layer: type[Layer], parents: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What comes of several rows keeps of each column: of the layer's heritage everything that they say, of the others what the first says."""
    found = dict(parents[0]) if parents else {}
    for column in (column for column in found if column in layer.heritage):
        found[column] = "; ".join(dict.fromkeys(str(parent[column]) for parent in parents if parent.get(column)))
    return found


def check_editable(seen: Opened, fid: int) -> None:
    """The layer's own rule for the rows that this caller may change, before and after. Raises NOT_YOURS."""
    rule = changeable_rows(seen.layer, seen.scope)
    if rule is None:
        return
    command = sql.SQL("select 1 from {} t where {} = %(fid)s and ({})").format(seen.relation, seen.fid, sql.SQL(rule))
    if not _run(command, {**seen.params, "fid": fid}):
        raise NOT_YOURS()


def insert(layer: type[Layer], columns: dict[str, Any], shape: BaseGeometry) -> int:
    """A new row; the model's own defaults fill what is not named. Returns its fid."""
    if layer.model is not None:
        names = {column.column: column.attname for column in layer.model._meta.concrete_fields}
        made = layer.model(**{names[column]: value for column, value in columns.items()}, **{names[layer.geometry]: shapes.as_field(shape)})
        made.save(force_insert=True)
        return int(made.pk)
    given = {**columns, layer.geometry: None}
    targets = sql.SQL(", ").join([sql.Identifier(column) for column in given])
    sources = sql.SQL(", ").join([_GEOMETRY if column == layer.geometry else sql.Placeholder(f"v_{column}") for column in given])
    command = sql.SQL("insert into {} ({}) values ({}) returning {}").format(_table(layer), targets, sources, sql.Identifier(layer.fid))
    return int(_run(command, {f"v_{column}": value for column, value in given.items()} | {"geometry": shape.wkb_hex})[0][0])


def update(layer: type[Layer], fid: int, version: int, columns: dict[str, Any], shape: BaseGeometry | None) -> None:
    """The row one version further."""
    sets = [sql.SQL("{} = {}").format(sql.Identifier(column), sql.Placeholder(f"v_{column}")) for column in columns]
    if shape is not None:
        sets.append(sql.SQL("{} = {}").format(sql.Identifier(layer.geometry), _GEOMETRY))
    command = sql.SQL("update {} set {}, version = version + 1 where {} = %(fid)s and version = %(version)s").format(
        _table(layer), sql.SQL(", ").join(sets), sql.Identifier(layer.fid)
    )
    _run(command, {f"v_{column}": value for column, value in columns.items()} | {"fid": fid, "version": version, "geometry": shape and shape.wkb_hex})


def delete(layer: type[Layer], fid: int) -> None:
    _run(sql.SQL("delete from {} where {} = %(fid)s").format(_table(layer), sql.Identifier(layer.fid)), {"fid": fid})


def _table(layer: type[Layer]) -> sql.Composable:
    return sql.Identifier(*layer.table().split("."))


def _run(command: str | sql.Composable, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(command, params)
        return cursor.fetchall() if cursor.description else []
