"""Layers made while the city runs: a row says what a class would, a typed table in the schema `made` holds the features.

To every reader such a layer is a `Layer` like any other. It refuses a name that is taken or that SQL, tiles or addresses keep for
themselves, a geometry or field type that it does not know, and a table that already stands.
"""

import logging
import re
import threading
import zlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import Error, connection, transaction
from django.dispatch import Signal
from psycopg2 import sql

from geo import events
from geo.acting import current
from geo.crs import CITY_SRID
from geo.errors import CONFLICT, NOT_FOUND, define
from geo.permissions import PERMISSIONS
from layers import history
from layers.layer import Field, Grant, Layer, registry
from layers.models import MadeLayer

SCHEMA = "made"
NAME = re.compile(r"[a-z][a-z0-9_]{0,59}\Z")
# Names that a table of ours, a tile or an address already uses.
KEPT_FIELDS = frozenset({"id", "fid", "geom", "version"})
KEPT_SLUGS = frozenset({"style"})
LABEL_SUFFIX = "_label"
COLUMN_TYPES = {
    "text": "text",
    "int": "bigint",
    "float": "double precision",
    "bool": "boolean",
    "date": "date",
    "datetime": "timestamptz",
    "list": "text[]",
    "json": "jsonb",
}
GEOMETRY_TYPES = frozenset({"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "Geometry"})
EDIT = "edit_assets"
# The rest is fetched on a click: a file may bring a hundred attributes, a tile may not.
FIELDS_IN_TILES = 12
# Colour-blind safe and readable on the dark map (Tol's vibrant set); a layer keeps its colour as long as it keeps its slug.
PALETTE = ("#33bbee", "#ee7733", "#009988", "#ee3377", "#cc9944", "#88a9e0")
LOOK_EVERY_S = 1.0
FIRST_LOOK_S = 5.0

BAD_NAME = define("bad_name", 422, "Tên không dùng được", "The name cannot be used")
# Sent in the making transaction with sender=the layer's class: other rooms add their own triggers to its table.
table_made = Signal()
log = logging.getLogger(__name__)


def make(
    *, slug: str, vi: str, en: str, geometry_type: str, fields: Sequence[Field], at: datetime, see: str | None = "see_assets", label: str | None = None
) -> type[Layer]:
    """Make a layer and its empty table in the transaction of `acting`; readers find it once that has committed.

    Raises BAD_NAME for a slug, field or type that cannot be, CONFLICT for a slug that is taken.
    """
    _check(slug, geometry_type, fields, see, label)
    actor = current()
    in_source = registry.get(slug) is not None and slug not in _known
    if in_source or MadeLayer.objects.filter(slug=slug).exists():
        raise CONFLICT(f"Đã có lớp {slug}.", f"There is already a layer {slug}.")
    row = MadeLayer.objects.create(
        slug=slug,
        title_vi=vi,
        title_en=en,
        geometry_type=geometry_type,
        fields=[{"name": f.name, "vi": f.vi, "en": f.en, "type": f.type, "unit": f.unit, "required": f.required} for f in fields],
        label=label or "",
        see=see or "",
        owner=actor.by,
        created_at=at,
    )
    layer = layer_of(row)
    with connection.cursor() as cursor:
        cursor.execute(_table_of(layer))
    history.keep(layer)
    table_made.send(sender=layer)
    events.publish(kind="layer.made", layer=slug, at=at, data={"title": {"vi": vi, "en": en}, "geometry": geometry_type})
    transaction.on_commit(refresh, robust=True)
    return layer


def drop(*, slug: str, at: datetime) -> None:
    """Take a made layer away with its table, in the transaction of `acting`; its history stays. Raises NOT_FOUND."""
    current()
    row = MadeLayer.objects.select_for_update().filter(slug=slug).first()
    if row is None:
        raise NOT_FOUND()
    row.delete()
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("drop table {}").format(sql.Identifier(SCHEMA, slug)))
    events.publish(kind="layer.dropped", layer=slug, at=at)
    transaction.on_commit(refresh, robust=True)


def _check(slug: str, geometry_type: str, fields: Sequence[Field], see: str | None, label: str | None) -> None:
    if not NAME.match(slug) or slug in KEPT_SLUGS or slug.endswith(LABEL_SUFFIX):
        raise BAD_NAME(f"Mã lớp {slug!r}: chữ thường, số, gạch dưới.", f"The slug {slug!r}: lower case letters, digits and underscores.", name=slug)
    if geometry_type not in GEOMETRY_TYPES:
        raise BAD_NAME(f"Kiểu hình học {geometry_type!r}.", f"The geometry type {geometry_type!r} is not known.", name=geometry_type)
    names = [field.name for field in fields]
    for name in names:
        if not NAME.match(name) or name in KEPT_FIELDS or names.count(name) > 1:
            raise BAD_NAME(f"Tên trường {name!r}.", f"The field name {name!r} is reserved, repeated or not a name.", name=name)
    for field in fields:
        if field.type not in COLUMN_TYPES:
            raise BAD_NAME(f"Kiểu {field.type!r} của {field.name}.", f"The type {field.type!r} of {field.name} is not known.", name=field.type)
    if label is not None and label not in names:
        raise BAD_NAME(f"Nhãn {label!r} không phải là một trường.", f"The label {label!r} is not one of the fields.", name=label)
    if see is not None and see not in PERMISSIONS:
        raise BAD_NAME(f"Không có quyền {see!r}.", f"There is no permission {see!r}.", name=see)


def _table_of(layer: type[Layer]) -> sql.Composable:
    columns = [
        sql.SQL(", {} {}{}").format(sql.Identifier(field.name), sql.SQL(COLUMN_TYPES[field.type]), sql.SQL(" not null" if field.required else ""))
        for field in layer.fields
    ]
    return sql.SQL(
        "create table {table} (id bigint generated by default as identity primary key{columns},"
        " version integer not null default 1, geom public.geometry({kind}, {srid}) not null);"
        " create index on {table} using gist (geom)"
    ).format(
        table=sql.Identifier(SCHEMA, layer.slug),
        columns=sql.SQL("").join(columns),
        kind=sql.SQL(layer.geometry_type),
        srid=sql.Literal(CITY_SRID),
    )


def layer_of(row: MadeLayer) -> type[Layer]:
    """The class that a row stands for."""
    color = PALETTE[zlib.crc32(row.slug.encode()) % len(PALETTE)]
    relation = f"{SCHEMA}.{row.slug}"
    fields = tuple(
        Field(
            f["name"],
            f["vi"],
            f["en"],
            type=f["type"],
            unit=f["unit"],
            required=f["required"],
            edit=True,
            tile=index < FIELDS_IN_TILES or f["name"] == row.label,
        )
        for index, f in enumerate(row.fields)
    )
    return type(
        f"made.{row.slug}",
        (Layer,),
        {
            "slug": row.slug,
            "vi": row.title_vi,
            "en": row.title_en,
            "group": "made",
            "relation": relation,
            "tables": (relation,),
            "with_version": True,
            "geometry_type": row.geometry_type,
            "fields": fields,
            "label": row.label or None,
            "search": tuple(field.name for field in fields if field.type == "text"),
            "style": _style(row.geometry_type, color),
            "legend": [{"vi": row.title_vi, "en": row.title_en, "color": color, "shape": _shape(row.geometry_type)}],
            "grants": (Grant(row.see or None),),
            "edit": EDIT,
        },
    )


def _style(geometry_type: str, color: str) -> list[dict[str, Any]]:
    """A filter keeps each part to its own kind, so that a layer of mixed geometry is drawn whole."""
    fill = {"type": "fill", "filter": ["==", ["geometry-type"], "Polygon"], "paint": {"fill-color": color, "fill-opacity": 0.18}}
    line = {"type": "line", "filter": ["!=", ["geometry-type"], "Point"], "paint": {"line-color": color, "line-width": 1.4}}
    circle = {
        "type": "circle",
        "filter": ["==", ["geometry-type"], "Point"],
        "paint": {"circle-radius": 4, "circle-color": color, "circle-stroke-color": "#0b1016", "circle-stroke-width": 1},
    }
    return {"circle": [circle], "line": [line], "square": [fill, line]}[_shape(geometry_type)] if geometry_type != "Geometry" else [fill, line, circle]


def _shape(geometry_type: str) -> str:
    if "Point" in geometry_type:
        return "circle"
    return "line" if "Line" in geometry_type else "square"


_known: dict[str, tuple[int, int]] = {}
_one_at_a_time = threading.Lock()


def refresh() -> None:
    """Bring the registry to what the rows say now. One small query when nothing has changed."""
    with _one_at_a_time:
        now = {slug: (pk, revision) for slug, pk, revision in MadeLayer.objects.values_list("slug", "pk", "revision")}
        changed = {slug for slug, mark in now.items() if _known.get(slug) != mark}
        for slug in (_known.keys() - now.keys()) | (_known.keys() & changed):
            registry.remove(slug)
            del _known[slug]
        for row in MadeLayer.objects.filter(slug__in=changed) if changed else ():
            if registry.get(row.slug) is not None:
                log.error("the made layer %s is hidden by a layer of the source with the same slug", row.slug)
                continue
            registry.add(layer_of(row))
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
