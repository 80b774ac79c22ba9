"""A layer, or a part of it, as a file in the format and the CRS that are asked for: what one caller may see, streamed, whole or not at all.

It refuses a name whose format is not written, and a format that cannot hold the layer's kind of geometry or the CRS.
"""

import json
import os
import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import shapely
from django.db import connection, transaction
from psycopg2 import sql
from pyproj.exceptions import CRSError

from geo.crs import CITY_SRID, WGS84, crs_of, transformer
from geo.errors import NOT_FOUND, define
from layers.access import Opened, column_of
from layers.layer import Field

ROOT = Path(__file__).resolve().parents[2]
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
    # Its standard knows degrees alone.
    one_crs: bool = False
    # A spreadsheet would run what begins like a formula.
    spreadsheet: bool = False


# The city's own metres where the format can say so, degrees where its standard wants them.
FORMATS: dict[str, Format] = {
    ".gpkg": Format("GPKG", CITY_SRID, {}),
    ".geojson": Format("GeoJSON", WGS84, {"RFC7946": "YES", "COORDINATE_PRECISION": "9", "ID_FIELD": FEATURE_ID}, one_crs=True),
    ".shp.zip": Format("ESRI Shapefile", CITY_SRID, {}, short_names=True, mixed_geometry=False),
    ".kml": Format("LIBKML", WGS84, {}, one_crs=True),
    ".csv": Format("CSV", WGS84, {"GEOMETRY": "AS_WKT"}, spreadsheet=True),
    ".parquet": Format("Parquet", CITY_SRID, {}, takes_lists=True),
}
Tell = Callable[[str, int, int], None]
# What begins like this is a formula to a spreadsheet; behind an apostrophe it is text.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Part:
    """Which rows of the layer are wanted: a condition over `t` with its parameters."""

    where: sql.Composable
    params: dict[str, Any]


EVERY = Part(sql.SQL("true"), {})


def format_of(name: str, layer_type: str, srid: int | None) -> tuple[str, Format]:
    """The ending and the format of a file's name, in the CRS that is wanted. Raises FORMAT_UNKNOWN or FORMAT_TOO_NARROW."""
    suffix = next((suffix for suffix in FORMATS if name.lower().endswith(suffix)), None)
    if suffix is None:
        raise FORMAT_UNKNOWN(f"Ghi được: {', '.join(FORMATS)}.", f"Written are: {', '.join(FORMATS)}.")
    format_ = FORMATS[suffix]
    if layer_type == "Geometry" and not format_.mixed_geometry:
        raise FORMAT_TOO_NARROW("Shapefile chỉ chứa một kiểu hình học.", "A shapefile holds one kind of geometry.")
    if srid is None or srid == format_.srid:
        return suffix, format_
    if format_.one_crs:
        raise FORMAT_TOO_NARROW(f"{suffix} chỉ chứa toạ độ WGS84.", f"{suffix} holds WGS84 degrees alone.")
    try:
        crs_of(srid)
    except CRSError as error:
        raise FORMAT_UNKNOWN(f"Không biết hệ toạ độ EPSG:{srid}.", f"There is no EPSG:{srid}.", crs=srid) from error
    return suffix, replace(format_, srid=srid)


def export(*, opened: Opened, path: Path, srid: int | None = None, part: Part = EVERY, tell: Tell = lambda *_: None) -> int:
    """Write what was opened to a file; the number of features. Raises FORMAT_UNKNOWN, FORMAT_TOO_NARROW or WRITER_FAILED.

    srid: any EPSG code that PROJ knows; None for the format's own. part: which rows; every one that the caller may see, by default.
    """
    if opened.layer.kind != "vector":
        raise NOT_FOUND()
    suffix, format_ = format_of(path.name, opened.layer.geometry_type, srid)
    with tempfile.TemporaryDirectory(prefix=".nbioc-export-", dir=path.absolute().parent) as workplace:
        # In the same folder, so that the last step is a rename: a reader sees the old file or the whole new one.
        written = Path(workplace) / f"export{suffix}"
        count = _through_child(opened, format_, part, written, tell)
        os.replace(written, path)
    return count


def _through_child(opened: Opened, format_: Format, part: Part, path: Path, tell: Tell) -> int:
    names = _names(opened, format_)
    kinds: dict[str, str] = {field.name: field.type if format_.takes_lists or field.type not in ("list", "json") else "json" for field in opened.fields}
    job = {
        "path": str(path),
        "driver": format_.driver,
        "layer": opened.layer.slug,
        "geometry_type": "Unknown" if opened.layer.geometry_type == "Geometry" else opened.layer.geometry_type,
        "crs": crs_of(format_.srid).to_wkt(),
        "crs_json": crs_of(format_.srid).to_json(),
        "options": format_.options,
        "fid": FEATURE_ID[:LONGEST_DBF_NAME] if format_.short_names else FEATURE_ID,
        "columns": [[names[field.name], kinds[field.name]] for field in opened.fields],
    }
    with tempfile.TemporaryFile() as errors:
        child = subprocess.Popen(
            [sys.executable, "-m", "layers.confined.writing", json.dumps(job)],
            cwd=ROOT,
            env={name: value for name, value in os.environ.items() if name in ("PATH", "NBIOC_CITY", "LANG", "PROJ_DATA")},
            stdin=subprocess.PIPE,
            stderr=errors,
        )
        try:
            count = _send(_batches(opened, format_, part, kinds), child.stdin, tell)
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


def _send(batches: Iterator[list[Sequence[Any]]], to: Any, tell: Tell) -> int:
    """Columns as they are in memory, to a process of our own that makes them Arrow: a web worker carries no Arrow."""
    count, told_at = 0, time.monotonic()
    with to:
        for batch in batches:
            pickle.dump(batch, to)
            count += len(batch[0])
            if time.monotonic() - told_at >= TELL_EVERY_S:
                tell("writing", count, 0)
                told_at = time.monotonic()
    return count


def _batches(opened: Opened, format_: Format, part: Part, kinds: dict[str, str]) -> Iterator[list[Sequence[Any]]]:
    """Shapes, fids and one column a field, in the order of fid, by a cursor of the server: a layer of any size in little memory."""
    statement = sql.SQL("select public.st_asbinary({}), {} {} from {} t where {} and {} order by {}").format(
        opened.geometry,
        opened.fid,
        sql.SQL("").join(sql.SQL(", ") + _selected(field) for field in opened.fields),
        opened.relation,
        opened.where,
        part.where,
        opened.fid,
    )
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(statement.as_string(connection.connection), opened.params | part.params)
        while rows := cursor.fetchmany(BATCH_ROWS):
            columns = list(zip(*rows, strict=True))
            values = [[_plain(value, kinds[field.name], format_) for value in column] for field, column in zip(opened.fields, columns[2:], strict=True)]
            yield [_moved(columns[0], format_.srid), columns[1], *values]


def _moved(shapes: Sequence[Any], srid: int) -> list[bytes | None]:
    """WKB in city metres as WKB in another CRS. By PROJ itself: PostGIS does not know every CRS that is asked for."""
    read = shapely.from_wkb([None if shape is None else bytes(shape) for shape in shapes])
    moved = read if srid == CITY_SRID else shapely.transform(read, transformer(CITY_SRID, srid).transform, interleaved=False)
    return list(shapely.to_wkb(moved))


def _selected(field: Field) -> sql.Composable:
    """JSON as its text, the rest as it is."""
    return column_of(field) + sql.SQL("::text") if field.type == "json" else column_of(field)


def _plain(value: Any, kind: str, format_: Format) -> Any:
    if value is None:
        return None
    if kind == "json":
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = str(value) if kind == "text" and not isinstance(value, str) else value
    return f"'{text}" if format_.spreadsheet and isinstance(text, str) and text.startswith(FORMULA) else text
