"""OpenStreetMap into the city's layers: streets and waterways cut at every junction, buildings, places, boundaries, land use.

The file is read in a confined child; here every shape passes the gateway and everything is written in one transaction. It refuses to
lay a second town over the first: a layer that already has rows has to be replaced by name.
"""

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow
import shapely
from django.db import IntegrityError, connection, models
from psycopg2 import sql
from shapely.geometry.base import BaseGeometry

from geo import events
from geo.acting import acting
from geo.city import CITY
from geo.crs import CITY_SRID
from geo.errors import CONFLICT, Problem
from geo.models import User
from geo.shapes import admit, as_field
from layers import query
from layers.access import SYSTEM, opened
from layers.confined.child import Tell
from layers.confined.feature_child import FeatureChild
from layers.files.formats import NOTHING, UNSUPPORTED
from layers.layer import Field, Layer, registry
from layers.library.bridges import Bridge
from layers.library.buildings import Building
from layers.library.canals import Canal
from layers.library.hydrants import Hydrant
from layers.library.public_places import PublicPlace
from layers.library.roads import Road
from layers.library.street_lights import StreetLight
from layers.library.wards import AdminUnit
from layers.making import made

SUFFIXES = (".osm.pbf", ".pbf", ".osm", ".osm.gz", ".osm.bz2")
LAND_USE = "land_use"
MODELS: dict[str, type[models.Model]] = {
    "roads": Road,
    "bridges": Bridge,
    "canals": Canal,
    "buildings": Building,
    "public_places": PublicPlace,
    "wards": AdminUnit,
    "hydrants": Hydrant,
    "street_lights": StreetLight,
}
FIDS_IN_EVENT = query.MAX_LIMIT + 1


@dataclass
class Brought:
    """What the file held, what became of it, and what stayed out."""

    read: dict[str, int]
    ward_level: int | None
    written: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)


def bring(
    *,
    path: Path,
    by: User | None,
    because: str,
    at: datetime,
    box: tuple[float, float, float, float] | None = None,
    ward_level: int | None = None,
    replace: bool = False,
    tell: Tell = lambda *_: None,
) -> Brought:
    """Bring a file's city in. Raises UNSUPPORTED, NOTHING, or CONFLICT where a layer has rows already and `replace` is not said."""
    made.refresh()
    if not path.is_file() or not path.name.lower().endswith(SUFFIXES):
        raise UNSUPPORTED("Cần một tệp OpenStreetMap.", f"An OpenStreetMap file is needed ({', '.join(SUFFIXES)}).")
    job = {"bbox": list(box or CITY.bounds), "ward_level": ward_level}
    with FeatureChild("layers.confined.osm_reading", path.resolve(), job, tell) as child:
        coming = child.told["rows"]
        if not coming:
            raise NOTHING("Không có gì trong phạm vi này.", "The file holds nothing in this box.")
        brought = Brought(child.told["counts"], child.told["ward_level"])
        try:
            with acting(by=by, because=because, imported=True):
                _make_room(coming, replace)
                fids = _write(child, brought, coming, at, tell)
                for slug, written in fids.items():
                    events.publish(
                        kind="layer.imported", layer=slug, at=at, fids=written[:FIDS_IN_EVENT], data={"written": len(written), "source": "OpenStreetMap"}
                    )
        except IntegrityError as error:
            raise CONFLICT("Trùng với dữ liệu đã có.", f"It collides with what is there: {str(error).splitlines()[0]}") from error
    return brought


def _make_room(coming: dict[str, int], replace: bool) -> None:
    """Nothing may lie under what comes, unless it is to go."""
    held = [slug for slug in coming if registry.get(slug) is not None and query.count(opened(slug, SYSTEM))]
    if held and not replace:
        raise CONFLICT(
            f"Các lớp đã có dữ liệu: {', '.join(held)}.", f"These layers hold rows already: {', '.join(held)}. Say --replace to take them away.", layers=held
        )
    for slug in held:
        if slug in MODELS:
            MODELS[slug].objects.all().delete()
        else:
            with connection.cursor() as cursor:
                cursor.execute(sql.SQL("delete from {}").format(_table(registry.known(slug))).as_string(connection.connection))


def _write(child: FeatureChild, brought: Brought, coming: dict[str, int], at: datetime, tell: Tell) -> dict[str, list[int]]:
    """Every batch into its layers; the fids by layer."""
    land_use = _land_use(at) if LAND_USE in coming else None
    fids: dict[str, list[int]] = {}
    done, total = 0, sum(coming.values())
    for batch in child.batches():
        for slug, rows in _by_layer(batch, brought).items():
            written = _land(land_use, rows) if slug == LAND_USE and land_use is not None else _records(slug, rows, at)
            fids.setdefault(slug, []).extend(written)
            brought.written[slug] += len(written)
        done += batch.num_rows
        tell("writing", done, total)
    return fids


def _by_layer(batch: pyarrow.RecordBatch, brought: Brought) -> dict[str, list[tuple[BaseGeometry, dict[str, Any]]]]:
    """The rows that the gateway lets in, by layer."""
    found: dict[str, list[tuple[BaseGeometry, dict[str, Any]]]] = {}
    shapes = shapely.from_wkb(batch.column("shape").to_pylist())
    for slug, shape, properties in zip(batch.column("layer").to_pylist(), shapes, batch.column("properties").to_pylist(), strict=True):
        kind = "MultiPolygon" if slug == LAND_USE else registry.known(slug).geometry_type
        try:
            found.setdefault(slug, []).append((admit(shape, types=(kind,)), json.loads(properties)))
        except Problem as problem:
            brought.left_out[f"{slug}: {problem.code}"] += 1
    return found


def _records(slug: str, rows: list[tuple[BaseGeometry, dict[str, Any]]], at: datetime) -> list[int]:
    model = MODELS[slug]
    # OpenStreetMap knows no validity: a boundary counts from the day that it came.
    more = {"kind": "phuong", "valid_from": at.date(), "legal_doc": "OpenStreetMap"} if model is AdminUnit else {}
    return [row.pk for row in model.objects.bulk_create(model(**properties, **more, geom=as_field(shape)) for shape, properties in rows)]


def _land_use(at: datetime) -> type[Layer]:
    """The city has no such layer of its own: it is made, once."""
    return registry.get(LAND_USE) or made.make(
        slug=LAND_USE,
        vi="Sử dụng đất (OpenStreetMap)",
        en="Land use (OpenStreetMap)",
        geometry_type="MultiPolygon",
        fields=(Field("kind", "Loại", "Kind", required=True), Field("name", "Tên", "Name")),
        at=at,
        see=None,
        label="name",
    )


def _land(layer: type[Layer], rows: list[tuple[BaseGeometry, dict[str, Any]]]) -> list[int]:
    statement = sql.SQL("insert into {} (kind, name, geom) values (%s, %s, public.st_setsrid(%s::public.geometry, %s)) returning id").format(_table(layer))
    fids = []
    with connection.cursor() as cursor:
        text = statement.as_string(connection.connection)
        for shape, properties in rows:
            cursor.execute(text, [properties["kind"], properties["name"], shape.wkb_hex, CITY_SRID])
            fids.append(cursor.fetchone()[0])
    return fids


def _table(layer: type[Layer]) -> sql.Composable:
    return sql.Identifier(*layer.base_tables()[0].split("."))
