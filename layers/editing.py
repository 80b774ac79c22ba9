"""Creating, changing and deleting a feature: who may, on which version, in which wards; one transaction with its history and its event.

Nobody overwrites what somebody else has just changed: a change names the version that it was made on, and an older one is refused
with what it was made on, what was wanted and what stands now.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import DataError, IntegrityError, connection
from django.utils import timezone
from psycopg2 import errorcodes, sql
from shapely.geometry.base import BaseGeometry

from geo import events, shapes
from geo.acting import acting
from geo.crs import CITY_SRID
from geo.errors import BAD_REQUEST, CONFLICT, FORBIDDEN, NOT_FOUND, STALE, UNPROCESSABLE, define
from geo.models import User
from geo.permissions import PERMISSIONS
from geo.sql import statement
from layers import query, values, versions
from layers.access import Opened, Scope, opened
from layers.context import WARD_KINDS
from layers.layer import Layer
from layers.library.wards import AdminUnit
from layers.models import History

LONGEST_REASON = 300
BOUNDARY_SLACK_M = 1.0
REASONS = {"created": "thêm trên bản đồ", "edited": "sửa trên bản đồ", "deleted": "xoá trên bản đồ"}

OUTSIDE_WARDS = define("outside_wards", 403, "Nằm ngoài phường, xã được giao", "Outside the wards that you may edit")


@dataclass(frozen=True)
class Change:
    """What somebody wants of a feature; None is what it says nothing about."""

    properties: dict[str, Any] | None = None
    geometry: dict[str, Any] | None = None
    because: str = ""


def may_edit(layer: type[Layer], scope: Scope) -> bool:
    """Whether this caller may change rows of the layer at all."""
    return layer.editable() and _has_table(layer) and scope.may(layer.edit) and (not scope.edit_layers or layer.slug in scope.edit_layers)


def create(*, slug: str, change: Change, by: User, scope: Scope, at: datetime) -> dict[str, Any]:
    """Add a feature and return it. Raises NOT_FOUND, FORBIDDEN, OUTSIDE_WARDS, the gateway's and the values' refusals, CONFLICT."""
    seen = _opened(slug, scope)
    shape = shapes.admit(change.geometry, types=(seen.layer.geometry_type,))
    given = {**_ward_of(seen.layer, shape, at), **(change.properties or {})}
    columns = values.checked(seen.layer, given, scope, new=True)
    with _writing(by, change.because or REASONS["created"]):
        _check_wards(scope, _hex(shape), at)
        _check_claim(seen.layer, scope, columns, shape)
        fid = _insert(seen.layer, columns, shape)
        History.objects.create(layer=slug, fid=fid, op="insert", version=0, at=at, by_id=by.pk, because=change.because or REASONS["created"], row_before={})
        events.publish(kind="layer.created", layer=slug, fids=[fid], at=at)
    return query.feature(seen, fid)


def edit(*, slug: str, fid: int, versions_known: set[int], change: Change, by: User, scope: Scope, at: datetime) -> dict[str, Any]:
    """Change a feature and return it as it is now. Raises as create does, and STALE when the feature is of another version."""
    seen = _opened(slug, scope)
    if not change.properties and change.geometry is None:
        raise BAD_REQUEST("Không có gì để sửa.", "There is nothing to change.")
    columns = values.checked(seen.layer, change.properties or {}, scope, new=False)
    shape = None if change.geometry is None else shapes.admit(change.geometry, types=(seen.layer.geometry_type,))
    with _writing(by, change.because or REASONS["edited"]):
        before = _locked(seen, fid, versions_known, change)
        _check_wards(scope, before.shape_hex, at)
        if shape is not None:
            _check_wards(scope, _hex(shape), at)
        _update(seen.layer, fid, before.version, columns, shape)
        events.publish(kind="layer.edited", layer=slug, fids=[fid], at=at, data={"version": before.version + 1})
    return query.feature(seen, fid)


def delete(*, slug: str, fid: int, versions_known: set[int], because: str, by: User, scope: Scope, at: datetime) -> None:
    """Delete a feature; its history stays. Raises as edit does, and CONFLICT while something else depends on it."""
    seen = _opened(slug, scope)
    with _writing(by, because or REASONS["deleted"]):
        before = _locked(seen, fid, versions_known, Change())
        _check_wards(scope, before.shape_hex, at)
        _run(sql.SQL("delete from {} where {} = %(fid)s").format(_table(seen.layer), sql.Identifier(seen.layer.fid)), {"fid": fid})
        events.publish(kind="layer.deleted", layer=slug, fids=[fid], at=at)


def _has_table(layer: type[Layer]) -> bool:
    """A view is changed by the verbs behind it."""
    return layer.model is None or not layer.relation


def _opened(slug: str, scope: Scope) -> Opened:
    """The layer, which this caller may see and change. Raises NOT_FOUND before FORBIDDEN."""
    seen = opened(slug, scope)
    layer = seen.layer
    if not layer.editable() or not _has_table(layer):
        raise FORBIDDEN("Lớp này chỉ thay đổi bằng nghiệp vụ riêng.", "Rows of this layer change by the city's own verbs only.")
    if not may_edit(layer, scope):
        vi, en = PERMISSIONS[layer.edit or ""]
        raise FORBIDDEN(f"Cần quyền với lớp này: {vi}.", f"The permission for this layer is missing: {en}.")
    if seen.geometry != seen.indexed:
        raise FORBIDDEN("Chỉ thấy vị trí gần đúng.", "You see only an approximate place of these rows.")
    return seen


@contextmanager
def _writing(by: User, because: str) -> Iterator[None]:
    """The transaction of one change; what the database refuses becomes a refusal with its reason."""
    if len(because) > LONGEST_REASON or "\0" in because:
        raise BAD_REQUEST(f"Lý do tối đa {LONGEST_REASON} ký tự.", f"The reason has at most {LONGEST_REASON} characters.")
    try:
        with acting(by=by, because=because):
            yield
    except IntegrityError as error:
        code = getattr(error.__cause__, "pgcode", "")
        if code == errorcodes.UNIQUE_VIOLATION:
            raise CONFLICT("Trùng với đối tượng đã có.", "It collides with one that is there.") from error
        if code == errorcodes.FOREIGN_KEY_VIOLATION:
            raise CONFLICT("Còn dữ liệu khác phụ thuộc vào đối tượng này.", "Something else still depends on it.") from error
        raise UNPROCESSABLE("Cơ sở dữ liệu không nhận giá trị này.", "The database does not take these values.") from error
    except DataError as error:
        raise UNPROCESSABLE("Cơ sở dữ liệu không nhận giá trị này.", "The database does not take these values.") from error


@dataclass(frozen=True)
class _Before:
    version: int
    shape_hex: str | None


def _locked(seen: Opened, fid: int, versions_known: set[int], change: Change) -> _Before:
    """The row as it stands, held until the transaction ends. Raises NOT_FOUND for one that the caller may not see, STALE for another version."""
    found = _run(
        sql.SQL("select t.version, encode(public.st_asewkb({shape}), 'hex') from {relation} t where {fid} = %(fid)s and {where} for update of t").format(
            shape=seen.indexed, relation=seen.relation, fid=seen.fid, where=seen.where
        ),
        {**seen.params, "fid": fid if 0 <= fid <= query.LARGEST_FID else -1},
    )
    if not found:
        raise NOT_FOUND()
    before = _Before(*found[0])
    if before.version not in versions_known:
        theirs = query.feature(seen, fid)
        base = versions.feature_at(seen, fid, max(versions_known, default=0))
        mine = {"properties": change.properties or {}, "geometry": change.geometry}
        raise STALE(f"Bản hiện nay là v{before.version}.", f"It is at v{before.version} now.", base=base, mine=mine, theirs=theirs)
    return before


def _check_wards(scope: Scope, shape_hex: str | None, at: datetime) -> None:
    """Who is bounded to wards changes only what lies in them today. Raises OUTSIDE_WARDS."""
    # The place decides, not the code that the row carries: parcels keep the code of the unit that they were surveyed under.
    if not scope.wards:
        return
    inside = (
        shape_hex is not None
        and _run(
            statement("layers", "in_wards"),
            {"shape": shape_hex, "wards": list(scope.wards), "day": timezone.localdate(at), "slack_m": BOUNDARY_SLACK_M},
        )[0][0]
    )
    if not inside:
        raise _outside(scope)


def _check_claim(layer: type[Layer], scope: Scope, columns: dict[str, Any], shape: BaseGeometry) -> None:
    """A bounded editor gives a new row only the code of a unit, of today or before, that holds its place. Raises OUTSIDE_WARDS."""
    if not scope.wards or not layer.ward_column:
        return
    middle = shapes.as_field(shape.representative_point())
    if not AdminUnit.objects.filter(code=columns.get(layer.ward_column, ""), geom__covers=middle).exists():
        raise _outside(scope)


def _outside(scope: Scope) -> Exception:
    return OUTSIDE_WARDS(f"Được sửa trong: {', '.join(scope.wards)}.", f"You may edit within {', '.join(scope.wards)}.", wards=list(scope.wards))


def _hex(shape: BaseGeometry) -> str:
    return shapes.as_field(shape).hexewkb.decode()


def _ward_of(layer: type[Layer], shape: BaseGeometry, at: datetime) -> dict[str, Any]:
    """The ward of a new row, where the layer's rows say theirs: the one valid today that holds the middle of the shape."""
    if not layer.ward_column:
        return {}
    day, middle = timezone.localdate(at), shapes.as_field(shape.representative_point())
    units = AdminUnit.objects.filter(kind__in=WARD_KINDS, geom__covers=middle, valid_from__lte=day).exclude(valid_until__lte=day).order_by("pk")[:1]
    names = {field.source: field.name for field in layer.fields}
    found = {layer.ward_column: units[0].code, "ward_valid_from": units[0].valid_from.isoformat()} if units else {}
    return {names[column]: value for column, value in found.items() if column in names}


def _table(layer: type[Layer]) -> sql.Composable:
    return sql.Identifier(*layer.table().split("."))


def _insert(layer: type[Layer], columns: dict[str, Any], shape: BaseGeometry) -> int:
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


def _update(layer: type[Layer], fid: int, version: int, columns: dict[str, Any], shape: BaseGeometry | None) -> None:
    sets = [sql.SQL("{} = {}").format(sql.Identifier(column), sql.Placeholder(f"v_{column}")) for column in columns]
    if shape is not None:
        sets.append(sql.SQL("{} = {}").format(sql.Identifier(layer.geometry), _GEOMETRY))
    command = sql.SQL("update {} set {}, version = version + 1 where {} = %(fid)s and version = %(version)s").format(
        _table(layer), sql.SQL(", ").join(sets), sql.Identifier(layer.fid)
    )
    _run(command, {f"v_{column}": value for column, value in columns.items()} | {"fid": fid, "version": version, "geometry": shape and shape.wkb_hex})


_GEOMETRY = sql.SQL("public.st_geomfromwkb(decode(%(geometry)s, 'hex'), {})").format(sql.Literal(CITY_SRID))


def _run(command: str | sql.Composable, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(command, params)
        return cursor.fetchall() if cursor.description else []
