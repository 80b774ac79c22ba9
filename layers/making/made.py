"""Layers made while the city runs: a row says what a class would, a typed table in the schema `made` holds the features.

To every reader such a layer is a `Layer` like any other. Making, changing and removing one are verbs of their own; each refuses who lacks
the right, and nobody gives or takes a permission that they do not hold. A removed layer leaves its history and its slug behind.
"""

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import Error, OperationalError, connection, transaction
from django.dispatch import Signal
from psycopg2 import errorcodes, sql

from geo import events
from geo.acting import current
from geo.crs import CITY_SRID
from geo.errors import BUSY, CONFLICT, FORBIDDEN, NOT_FOUND, STALE
from geo.permissions import PERMISSIONS
from layers.access import SYSTEM, Scope
from layers.layer import Field, Layer, registry
from layers.making import styling
from layers.making.declaring import BAD_FIELD, COLUMN_TYPES, EDIT, KEPT_FIELDS, SCHEMA, Declaration, check, cleaned, declared_by, layer_of, row_of
from layers.models import MadeLayer
from layers.remembering import history

__all__ = ["KEPT_FIELDS", "change", "declaration", "drop", "make", "refresh", "table_made", "watch"]

MAKE = "make_layers"
PUBLISH = "publish_edits"
LOOK_EVERY_S = 1.0
FIRST_LOOK_S = 5.0
# A table is changed between two readers, not after the longest of them.
LOCK_TIMEOUT_MS = 3_000

# Sent with sender=the layer's class, in the transaction that makes its table or adds columns to it: other rooms add their own triggers and indexes.
table_made = Signal()
log = logging.getLogger(__name__)


def make(
    *,
    slug: str,
    vi: str,
    en: str,
    geometry_type: str,
    fields: Sequence[Field],
    at: datetime,
    see: str | None = "see_assets",
    edit: str = EDIT,
    review: bool = False,
    label: str | None = None,
    style: styling.Style | None = None,
    scope: Scope = SYSTEM,
) -> type[Layer]:
    """Make a layer and its empty table in the transaction of `acting`; readers find it once that has committed.

    Raises FORBIDDEN for who may not, BAD_NAME, BAD_FIELD or BAD_STYLE for what cannot be, CONFLICT for a slug that is taken or was.
    """
    declared = cleaned(Declaration(slug, vi, en, geometry_type, tuple(fields), label, see, edit, review, style or styling.Style()))
    check(declared)
    check_right(scope, slug=None)
    _check_handing_on(scope, None, declared)
    actor = current()
    in_source = registry.get(slug) is not None and slug not in _known
    if in_source or MadeLayer.objects.filter(slug=slug).exists():
        raise CONFLICT(f"Đã có, hoặc đã từng có lớp {slug}.", f"There is, or was, a layer {slug}.", slug=slug)
    row = MadeLayer.objects.create(slug=slug, **row_of(declared), owner=actor.by, created_at=at)
    layer = layer_of(row)
    _run(_table_of(layer))
    history.keep(layer)
    table_made.send(sender=layer)
    events.publish(kind="layer.made", layer=slug, at=at, data={"title": {"vi": vi, "en": en}, "geometry": geometry_type})
    transaction.on_commit(refresh, robust=True)
    return layer


def change(*, slug: str, revision: int, wanted: Declaration, at: datetime, scope: Scope = SYSTEM) -> MadeLayer:
    """Make the layer say what is wanted, in the transaction of `acting`. Fields may come, none may go or become of another type.

    Raises NOT_FOUND, FORBIDDEN, STALE for another revision, and as make does.
    """
    check(wanted)
    check_right(scope, slug=slug)
    row = _locked(slug, revision)
    before = declared_by(row)
    _check_handing_on(scope, before, wanted)
    added = _added(before, wanted)
    for name, value in row_of(wanted).items():
        setattr(row, name, value)
    row.revision += 1
    row.save()
    layer = layer_of(row)
    if added:
        _add_columns(layer, added)
    table_made.send(sender=layer)
    events.publish(kind="layer.changed", layer=slug, at=at, data={"revision": row.revision, "added": [field.name for field in added]})
    transaction.on_commit(refresh, robust=True)
    return row


def drop(*, slug: str, at: datetime, revision: int | None = None, scope: Scope = SYSTEM) -> None:
    """Take a made layer away with its table, in the transaction of `acting`; its history stays, with every row that it had last.

    In the table's place stands an empty view of the same columns, so that the history can still be read as rows of them.
    Raises NOT_FOUND, FORBIDDEN, STALE.
    """
    check_right(scope, slug=slug)
    row = _locked(slug, revision)
    layer, table = layer_of(row), sql.Identifier(SCHEMA, slug)
    with _waiting_briefly():
        # Row by row into the history first: a table that is dropped fires no trigger.
        _run(sql.SQL("delete from {}").format(table))
        _run(sql.SQL("drop table {}").format(table))
        _run(_view_of(layer))
    row.removed_at, row.revision = at, row.revision + 1
    row.save(update_fields=["removed_at", "revision"])
    events.publish(kind="layer.dropped", layer=slug, at=at)
    transaction.on_commit(refresh, robust=True)


def declaration(slug: str) -> tuple[Declaration, int]:
    """What a made layer says of itself, and its revision. Raises NOT_FOUND for a layer of the source and for a removed one."""
    row = MadeLayer.objects.filter(slug=slug, removed_at=None).first()
    if row is None:
        raise NOT_FOUND()
    return declared_by(row), row.revision


def may(scope: Scope, *, slug: str | None) -> bool:
    """Whether this caller may make layers (no slug), or change and remove this one.

    A layer is the whole city's: who is bounded to wards makes none, who is bounded to layers changes those alone.
    """
    return scope.may(MAKE) and not scope.wards and (not scope.edit_layers or slug in scope.edit_layers)


def check_right(scope: Scope, *, slug: str | None) -> None:
    """Raises FORBIDDEN for who may not make layers, or change this one."""
    if not may(scope, slug=slug):
        vi, en = PERMISSIONS[MAKE]
        raise FORBIDDEN(f"Cần quyền: {vi}, không giới hạn trong phường, xã.", f"The permission is missing, or bounded: {en}.")


def _check_handing_on(scope: Scope, before: Declaration | None, wanted: Declaration) -> None:
    """Nobody gives or takes a permission that they do not hold. Raises FORBIDDEN."""
    pairs: list[tuple[Any, Any]] = [(before.see if before else wanted.see, wanted.see), (before.edit if before else wanted.edit, wanted.edit)]
    for field in wanted.fields:
        old = before.field(field.name) if before else None
        pairs += [(old.see if old else field.see, field.see), (old.edit if old else field.edit, field.edit)]
    new = before is None
    for was, now in pairs:
        for code in {was, now} if was != now or new else set():
            if isinstance(code, str) and not scope.may(code):
                vi, en = PERMISSIONS[code]
                raise FORBIDDEN(f"Không giữ quyền này thì không giao, không gỡ được: {vi}.", f"Who does not hold it neither gives nor takes it: {en}.")
    # To everybody in the world, and past the second person, is for who publishes.
    opened_up = wanted.see is None and (before is None or before.see is not None)
    unreviewed = before is not None and before.review and not wanted.review
    if (opened_up or unreviewed) and not scope.may(PUBLISH):
        vi, en = PERMISSIONS[PUBLISH]
        raise FORBIDDEN(f"Công khai lớp hoặc bỏ khâu duyệt cần quyền: {vi}.", f"Making a layer public, or ending its review, needs: {en}.")
    _check_unseen(scope, before, wanted)


def _check_unseen(scope: Scope, before: Declaration | None, wanted: Declaration) -> None:
    """A field that the caller may not see is as it was. Raises FORBIDDEN."""
    for field in before.fields if before else ():
        if not scope.may(field.see) and wanted.field(field.name) != field:
            raise FORBIDDEN("Có trường mà bạn không được sửa.", "There is a field that you may not change.")


def _locked(slug: str, revision: int | None) -> MadeLayer:
    row = MadeLayer.objects.select_for_update().filter(slug=slug, removed_at=None).first()
    current()
    if row is None:
        raise NOT_FOUND()
    if revision is not None and row.revision != revision:
        raise STALE(f"Bản hiện nay là v{row.revision}.", f"It is at v{row.revision} now.", revision=row.revision)
    return row


def _added(before: Declaration, wanted: Declaration) -> list[Field]:
    """The fields that are new. Raises BAD_FIELD where one has gone, or is of another type."""
    if wanted.geometry_type != before.geometry_type:
        raise BAD_FIELD("Không đổi được kiểu hình học.", "The geometry type stays as it is.")
    for old in before.fields:
        new = wanted.field(old.name)
        if new is None or (new.type, new.required) != (old.type, old.required):
            raise BAD_FIELD(
                f"Trường {old.name}: không xoá, không đổi kiểu, không đổi bắt buộc.",
                f"The field {old.name} stays, as it is typed and required.",
                field=old.name,
            )
    return [field for field in wanted.fields if before.field(field.name) is None]


def _add_columns(layer: type[Layer], added: Sequence[Field]) -> None:
    table = sql.Identifier(SCHEMA, layer.slug)
    with _waiting_briefly(), connection.cursor() as cursor:
        if any(field.required for field in added):
            cursor.execute(sql.SQL("select exists (select from {})").format(table))
            if cursor.fetchone()[0]:
                raise BAD_FIELD("Lớp đã có dữ liệu: trường mới không thể bắt buộc.", "There are rows already: a new field cannot be required.")
        for field in added:
            cursor.execute(sql.SQL("alter table {} add column {}").format(table, _column_of(field)))


@contextmanager
def _waiting_briefly() -> Iterator[None]:
    """A change of the table waits for its readers, but not so long that the next readers queue behind it. Raises BUSY."""
    _run("select set_config('lock_timeout', %s, true)", [str(LOCK_TIMEOUT_MS)])
    try:
        yield
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", "") == errorcodes.LOCK_NOT_AVAILABLE:
            raise BUSY("Lớp đang được dùng, thử lại sau giây lát.", "The layer is in use: try again in a moment.", retry_after_s=5) from error
        raise


def _column_of(field: Field) -> sql.Composable:
    return sql.SQL("{} {}{}").format(sql.Identifier(field.name), sql.SQL(COLUMN_TYPES[field.type]), sql.SQL(" not null" if field.required else ""))


def _geometry_of(layer: type[Layer]) -> sql.Composable:
    return sql.SQL("public.geometry({}, {})").format(sql.SQL(layer.geometry_type), sql.Literal(CITY_SRID))


def _table_of(layer: type[Layer]) -> sql.Composable:
    return sql.SQL(
        "create table {table} (id bigint generated by default as identity primary key{columns},"
        " version integer not null default 1, geom {geometry} not null);"
        " create index on {table} using gist (geom)"
    ).format(
        table=sql.Identifier(SCHEMA, layer.slug),
        columns=sql.SQL("").join([sql.SQL(", ") + _column_of(field) for field in layer.fields]),
        geometry=_geometry_of(layer),
    )


def _view_of(layer: type[Layer]) -> sql.Composable:
    columns = [sql.SQL("null::{} as {}").format(sql.SQL(COLUMN_TYPES[field.type]), sql.Identifier(field.name)) for field in layer.fields]
    return sql.SQL("create view {} as select null::bigint as id, {}null::integer as version, null::{} as geom where false").format(
        sql.Identifier(SCHEMA, layer.slug), sql.SQL("").join([column + sql.SQL(", ") for column in columns]), _geometry_of(layer)
    )


def _run(command: str | sql.Composable, params: list[Any] | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(command, params)


_known: dict[str, tuple[int, int]] = {}
_one_at_a_time = threading.Lock()
_last_look_began = -1.0


def refresh() -> None:
    """Bring the registry to what the rows say now. One small query when nothing has changed, and one for all who ask at the same time."""
    global _last_look_began
    asked = time.monotonic()
    with _one_at_a_time:
        if _last_look_began > asked:
            return
        _last_look_began = time.monotonic()
        now = {slug: (pk, revision) for slug, pk, revision in MadeLayer.objects.values_list("slug", "pk", "revision")}
        changed = {slug for slug, mark in now.items() if _known.get(slug) != mark}
        for slug in _known.keys() - now.keys():
            registry.remove(slug)
            del _known[slug]
        for row in MadeLayer.objects.filter(slug__in=changed) if changed else ():
            if row.slug not in _known and registry.get(row.slug) is not None:
                log.error("the made layer %s is hidden by a layer of the source with the same slug", row.slug)
                continue
            # The new class takes the old one's place at once: no reader finds a gap between them.
            (registry.add if row.removed_at is None else registry.bury)(layer_of(row))
            _known[row.slug] = (row.pk, row.revision)


def watch(every_s: float = LOOK_EVERY_S) -> threading.Event:
    """Load the made layers and go on following what other processes make, in a thread of its own. Set the event to end it."""
    stop, looked = threading.Event(), threading.Event()
    # Not on the readers' road: a look there would cost every tile, and block the event loop.
    threading.Thread(target=_watch, args=(stop, looked, every_s), name="made-layers", daemon=True).start()
    looked.wait(FIRST_LOOK_S)
    return stop


def _watch(stop: threading.Event, looked: threading.Event, every_s: float) -> None:
    while True:
        try:
            refresh()
        except Error as error:
            # The database is away or not migrated yet: what is known stays as it is.
            log.warning("made layers were not read: %s", type(error).__name__)
            connection.close()
        looked.set()
        if stop.wait(every_s):
            connection.close()
            return
