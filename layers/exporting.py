"""A layer as a file, in the format that the file's name asks for: what one caller may see, streamed, written whole or not at all.

It refuses a name whose format is not written, and a format that cannot hold the layer's kind of geometry.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.ipc
from django.db import connection, transaction
from psycopg2 import sql

from geo.crs import CITY_SRID, WGS84, crs_of
from geo.errors import NOT_FOUND, define
from layers.access import Opened, column_of
from layers.arrow import SHAPE, TYPES
from layers.layer import Field

ROOT = Path(__file__).resolve().parents[1]
BATCH_ROWS = 2_000
TELL_EVERY_S = 1.0
FEATURE_ID = "feature_id"
# A DBF name has ten bytes.
LONGEST_DBF_NAME = 10

FORMAT_UNKNOWN = define("format_unknown", 422, "Không ghi được định dạng này", "That format is not written")
FORMAT_TOO_NARROW = define("format_too_narrow", 422, "Định dạng này không chứa được lớp", "That format cannot hold the layer")
WRITER_FAILED = define("writer_failed", 500, "Không ghi được tệp", "The file could not be written")


@dataclass(frozen=True)
class Format:
    """How one kind of file is written: by which driver, in which CRS, and what it cannot hold."""

    driver: str
    srid: int
    options: dict[str, str]
    takes_lists: bool = False
    short_names: bool = False
    mixed_geometry: bool = True


# The city's own metres where the format can say so, degrees where its standard wants them.
FORMATS: dict[str, Format] = {
    ".gpkg": Format("GPKG", CITY_SRID, {}),
    ".geojson": Format("GeoJSON", WGS84, {"RFC7946": "YES", "COORDINATE_PRECISION": "9", "ID_FIELD": FEATURE_ID}),
    ".shp.zip": Format("ESRI Shapefile", CITY_SRID, {}, short_names=True, mixed_geometry=False),
    ".kml": Format("LIBKML", WGS84, {}),
    ".csv": Format("CSV", WGS84, {"GEOMETRY": "AS_WKT"}),
    ".parquet": Format("Parquet", CITY_SRID, {}, takes_lists=True),
}
Tell = Callable[[str, int, int], None]


def export(*, opened: Opened, path: Path, tell: Tell = lambda *_: None) -> int:
    """Write what was opened to a file; the number of features. Raises FORMAT_UNKNOWN, FORMAT_TOO_NARROW or WRITER_FAILED."""
    if opened.layer.kind != "vector":
        raise NOT_FOUND()
    suffix = next((suffix for suffix in FORMATS if path.name.lower().endswith(suffix)), None)
    if suffix is None:
        raise FORMAT_UNKNOWN(f"Ghi được: {', '.join(FORMATS)}.", f"Written are: {', '.join(FORMATS)}.")
    format_ = FORMATS[suffix]
    if opened.layer.geometry_type == "Geometry" and not format_.mixed_geometry:
        raise FORMAT_TOO_NARROW("Shapefile chỉ chứa một kiểu hình học.", "A shapefile holds one kind of geometry.")
    with tempfile.TemporaryDirectory(prefix=".nbioc-export-", dir=path.absolute().parent) as workplace:
        # In the same folder, so that the last step is a rename: a reader sees the old file or the whole new one.
        written = Path(workplace) / f"export{suffix}"
        count = _through_child(opened, format_, written, tell)
        os.replace(written, path)
    return count


def _through_child(opened: Opened, format_: Format, path: Path, tell: Tell) -> int:
    job = {
        "path": str(path),
        "driver": format_.driver,
        "layer": opened.layer.slug,
        "geometry_type": "Unknown" if opened.layer.geometry_type == "Geometry" else opened.layer.geometry_type,
        "crs": crs_of(format_.srid).to_wkt(),
        "crs_json": crs_of(format_.srid).to_json(),
        "options": format_.options,
    }
    names = _names(opened, format_)
    kinds: dict[str, str] = {field.name: field.type if format_.takes_lists or field.type not in ("list", "json") else "json" for field in opened.fields}
    schema = pyarrow.schema(
        [
            pyarrow.field(SHAPE, pyarrow.binary(), metadata={"ARROW:extension:name": "geoarrow.wkb"}),
            (FEATURE_ID[:LONGEST_DBF_NAME] if format_.short_names else FEATURE_ID, pyarrow.int64()),
        ]
        + [(names[field.name], TYPES[kinds[field.name]]) for field in opened.fields]
    )
    with tempfile.TemporaryFile() as errors:
        child = subprocess.Popen(
            [sys.executable, "-m", "layers.writing", json.dumps(job)],
            cwd=ROOT,
            env={name: value for name, value in os.environ.items() if name in ("PATH", "NBIOC_CITY", "LANG", "PROJ_DATA")},
            stdin=subprocess.PIPE,
            stderr=errors,
        )
        try:
            count = _send(opened, format_.srid, schema, kinds, child.stdin, tell)
        except (BrokenPipeError, OSError):
            count = -1
        finally:
            failed = child.wait() != 0
        if failed or count < 0:
            errors.seek(0)
            last = (errors.read()[-2_000:].decode("utf-8", "replace").strip().splitlines() or ["no word"])[-1]
            raise WRITER_FAILED("Không ghi được tệp.", f"The file could not be written: {last[:300]}")
    return count


def _names(opened: Opened, format_: Format) -> dict[str, str]:
    """The attribute's name in the file; short and still different where the format has ten bytes."""
    if not format_.short_names:
        return {field.name: field.name for field in opened.fields}
    names: dict[str, str] = {}
    for field in opened.fields:
        name, count = field.name[:LONGEST_DBF_NAME], 1
        while name in names.values():
            count += 1
            name = f"{field.name[: LONGEST_DBF_NAME - 1 - len(str(count))]}_{count}"
        names[field.name] = name
    return names


def _send(opened: Opened, srid: int, schema: pyarrow.Schema, kinds: dict[str, str], to: Any, tell: Tell) -> int:
    count, told_at = 0, time.monotonic()
    with to, pyarrow.ipc.new_stream(to, schema) as stream:
        for batch in _batches(opened, srid, schema, kinds):
            stream.write_batch(batch)
            count += batch.num_rows
            if time.monotonic() - told_at >= TELL_EVERY_S:
                tell("writing", count, 0)
                told_at = time.monotonic()
    return count


def _batches(opened: Opened, srid: int, schema: pyarrow.Schema, kinds: dict[str, str]) -> Iterator[pyarrow.RecordBatch]:
    """Rows in the order of fid, by a cursor of the server: a layer of any size in little memory."""
    statement = sql.SQL("select public.st_asbinary(public.st_transform({}, {})), {} {} from {} t where {} order by {}").format(
        opened.geometry,
        sql.Literal(srid),
        opened.fid,
        sql.SQL("").join(sql.SQL(", ") + _selected(field) for field in opened.fields),
        opened.relation,
        opened.where,
        opened.fid,
    )
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(statement.as_string(connection.connection), opened.params)
        while rows := cursor.fetchmany(BATCH_ROWS):
            columns = list(zip(*rows, strict=True))
            shapes = [bytes(shape) if shape is not None else None for shape in columns[0]]
            values = [[_plain(value, kinds[field.name]) for value in column] for field, column in zip(opened.fields, columns[2:], strict=True)]
            yield pyarrow.record_batch(
                [pyarrow.array(values_, kind) for values_, kind in zip([shapes, columns[1], *values], schema.types, strict=True)], schema=schema
            )


def _selected(field: Field) -> sql.Composable:
    """JSON as its text, the rest as it is."""
    return column_of(field) + sql.SQL("::text") if field.type == "json" else column_of(field)


def _plain(value: Any, kind: str) -> Any:
    if value is None:
        return None
    if kind == "json":
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return str(value) if kind == "text" and not isinstance(value, str) else value
