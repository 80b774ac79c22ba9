"""Reads one vector file in a process of its own: a job as JSON in, a report and the features as Arrow out, in city metres.

The file is a stranger's: here are no Django, no database and no secrets, and layers.confined.sandbox has shut the process in; the parent checks
every shape once more. It refuses a file that is not what it is called, an archive that is too large or reaches outside, and a CRS or
an encoding that would have to be guessed.
"""

import json
import os
import re
import sys
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy
import pyarrow
import pyarrow.compute
import pyogrio
import shapely

from geo.city import CITY
from geo.errors import Problem
from geo.faults import MALFORMED, TYPE_NOT_ALLOWED, faults, fitted
from layers.files import landing, tables, wording
from layers.files.arrow import FEATURE_NO, SHAPE, TYPES
from layers.files.formats import DRIVERS, NOTHING, TABLES, UNSUPPORTED
from layers.files.locating import Located, located
from layers.files.opening import Source, open_file

FAULTS_TOLD = 200
BATCH_ROWS = 5_000
PLACE = re.compile(r"\[(-?[\d.eE+]+) (-?[\d.eE+]+)\]")
# WKB types that are curves and surfaces (with or without heights): there is such a shape, but no layer takes it.
LINEAR = frozenset(range(8))


def main(arguments: list[str]) -> int:
    """Read the job from the only argument; write a header and the features to standard output."""
    out = os.fdopen(os.dup(1), "wb")
    # Whatever a library prints must not run into the answer.
    os.dup2(2, 1)
    unknown = set(pyogrio.list_drivers()) - set(DRIVERS)
    if unknown:
        raise SystemExit(f"GDAL has drivers that were to be left out: {sorted(unknown)}")
    try:
        header, table = read(json.loads(arguments[0]))
    except Problem as problem:
        _send(out, {"refused": {"code": problem.code, "vi": problem.vi, "en": problem.en, "extra": problem.extra}})
        return 0
    _send(out, header)
    with pyarrow.ipc.new_stream(out, table.schema) as stream:
        stream.write_table(table, max_chunksize=BATCH_ROWS)
    out.close()
    return 0


def read(job: dict[str, Any]) -> tuple[dict[str, Any], pyarrow.Table]:
    """The report and the features of one file, in city metres. Raises the problems of layers.files.formats."""
    mapping = job.get("mapping") or {}
    source = open_file(job)
    count = source.table.num_rows
    if not count:
        raise NOTHING("Tệp không có đối tượng nào.", "The file has no features.")
    table, renamed, encoding = wording.in_unicode(source, job.get("encoding"))
    if source.driver in TABLES:
        table = tables.with_shapes(table, mapping)
    if SHAPE not in table.column_names:
        raise UNSUPPORTED("Tệp không có hình học.", "The file has no geometry column.")
    where = _located(source, table.column(SHAPE), job)
    placed = _placed(table.column(SHAPE), where, job)
    kept = _attributes(table.drop_columns([SHAPE]), {renamed.get(name, name): kind for name, kind in source.kinds.items()})
    kept = kept.append_column(FEATURE_NO, pyarrow.array(numpy.arange(1, count + 1))).append_column(SHAPE, placed.shapes).filter(placed.good)
    told = {
        "driver": source.driver,
        "source_layer": source.name,
        "source_layers": _layers(source),
        "read": count,
        "kept": kept.num_rows,
        "crs": where.told | {"z_dropped": placed.had_heights},
        "encoding": encoding,
        "geometry_types": sorted(placed.kinds),
        "fields": [{"name": name, "type": _word(kept.schema.field(name))} for name in kept.column_names if name not in (SHAPE, FEATURE_NO)],
        "area_m2": placed.area_m2,
        "length_m": placed.length_m,
        "bounds": placed.bounds(),
        "left_out": {"counts": dict(placed.counts), "worst": placed.worst},
    }
    return told, kept


def _layers(source: Source) -> list[str]:
    """What else might have been chosen: the layers of the file, or of a drawing."""
    if source.driver == "DXF" and "Layer" in source.table.column_names:
        return sorted({str(name) for name in source.table.column("Layer").to_pylist() if name})[:200]
    return list(source.layers)


# Shapes


def _located(source: Source, shapes: pyarrow.ChunkedArray, job: dict[str, Any]) -> Located:
    boxes = numpy.vstack([shapely.bounds(_from_wkb(part)) for part in _parts(shapes)])
    return located(boxes=boxes, driver=source.driver, said=source.crs, wanted=job.get("crs"), swapped=bool(job.get("swap_xy")))


def _parts(column: pyarrow.ChunkedArray) -> list[pyarrow.ChunkedArray]:
    return [column.slice(start, BATCH_ROWS) for start in range(0, len(column), BATCH_ROWS)]


def _from_wkb(part: pyarrow.ChunkedArray) -> Any:
    return shapely.from_wkb(part.to_numpy(zero_copy_only=False), on_invalid="ignore")


@dataclass
class _Placed:
    """The shapes in city metres as WKB, which of them may come in, and what is told of the others."""

    shapes: pyarrow.ChunkedArray = field(default_factory=lambda: pyarrow.chunked_array([], pyarrow.binary()))
    good: pyarrow.Array = field(default_factory=lambda: pyarrow.array([], pyarrow.bool_()))
    kinds: set[str] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    worst: list[dict[str, Any]] = field(default_factory=list)
    area_m2: float = 0.0
    length_m: float = 0.0
    had_heights: bool = False
    box: Any = None

    def bounds(self) -> list[float] | None:
        """West, south, east, north of what comes in, in degrees."""
        if self.box is None:
            return None
        low, high = landing.lonlat(self.box[0], self.box[1]), landing.lonlat(self.box[2], self.box[3])
        return [*low, *high]


def _placed(column: pyarrow.ChunkedArray, where: Located, job: dict[str, Any]) -> _Placed:
    """Every shape in city metres, checked as the gateway will check it once more."""
    placed, chunks, good, start = _Placed(), [], [], 0
    for part in _parts(column):
        given = _from_wkb(part)
        placed.had_heights |= bool(shapely.has_z(given).any())
        moved = where.in_city(given)
        wanted = job.get("geometry_type") or "Geometry"
        fault = faults(moved, geometry_type=wanted, box=tuple(job["box"]))
        _say_unread(part, given, fault)
        moved = fitted(moved, wanted) if job.get("geometry_type") and not (fault != "").any() else moved
        kept = moved[fault == ""]
        placed.kinds |= {shape.geom_type for shape in kept}
        placed.area_m2 += float(shapely.area(kept).sum())
        placed.length_m += float(shapely.length(kept).sum())
        placed.box = _joined(placed.box, shapely.total_bounds(kept)) if len(kept) else placed.box
        placed.counts.update(str(code) for code in fault[fault != ""])
        for index in numpy.flatnonzero(fault != "")[: FAULTS_TOLD - len(placed.worst)]:
            placed.worst.append(_tell(moved[index], start + int(index) + 1, str(fault[index])))
        chunks.append(pyarrow.array(shapely.to_wkb(moved), pyarrow.binary()))
        good.append(fault == "")
        start += len(given)
    placed.shapes, placed.good = pyarrow.chunked_array(chunks, pyarrow.binary()), pyarrow.array(numpy.concatenate(good))
    return placed


def _say_unread(part: pyarrow.ChunkedArray, given: Any, fault: Any) -> None:
    """What is there but is no shape to GEOS is not empty: a curve or surface is a type that is not taken, the rest is malformed."""
    for index in numpy.flatnonzero((fault == "empty") & shapely.is_missing(given)):
        raw = part[int(index)].as_py()
        if raw is not None:
            fault[index] = MALFORMED.code if len(raw) < 5 or _wkb_type(raw) in LINEAR else TYPE_NOT_ALLOWED.code
    # What a table's own text could not be read as.
    unreadable = (shapely.get_type_id(given) == shapely.GeometryType.GEOMETRYCOLLECTION) & (fault == "non_finite")
    fault[unreadable] = MALFORMED.code


def _wkb_type(raw: bytes) -> int:
    number = int.from_bytes(raw[1:5], "little" if raw[0] else "big")
    return (number & 0x0FFFFFFF) % 1000


def _joined(box: Any, other: Any) -> Any:
    return other if box is None else numpy.concatenate([numpy.minimum(box[:2], other[:2]), numpy.maximum(box[2:], other[2:])])


def _tell(shape: Any, number: int, code: str) -> dict[str, Any]:
    """One feature that stays out: its number in the file, why, and where on the earth."""
    reason, place = code, None
    if code == "invalid_geometry":
        reason = shapely.is_valid_reason(shape)
        found = PLACE.search(reason)
        place = (float(found[1]), float(found[2])) if found else None
        reason = reason.split("[")[0]
    if place is None and shape is not None and code not in ("empty", "non_finite", "malformed_geometry"):
        middle = shapely.centroid(shape)
        place = (middle.x, middle.y) if not middle.is_empty else None
    degrees = landing.lonlat(*place) if place and numpy.isfinite(place).all() else None
    return {"feature": number, "code": code, "reason": reason, "lonlat": degrees if degrees and numpy.isfinite(degrees).all() else None}


# Attributes


def _attributes(table: pyarrow.Table, kinds: dict[str, str]) -> pyarrow.Table:
    """Every column as one of the layer's types, marked with its word; two columns of one name are told apart."""
    columns, fields, taken = [], [], set()
    for index, name in enumerate(table.column_names):
        unique, count = name, 2
        while unique in taken:
            unique, count = f"{name}_{count}", count + 1
        taken.add(unique)
        word, column = _as_word(table.column(index), kinds.get(name, ""))
        columns.append(column)
        fields.append(pyarrow.field(unique, TYPES[word], metadata={"word": word}))
    return (
        pyarrow.Table.from_arrays(columns, schema=pyarrow.schema(fields)) if columns else pyarrow.table({FEATURE_NO: numpy.arange(table.num_rows)}).select([])
    )


def _word(column: pyarrow.Field) -> str:
    return (column.metadata or {})[b"word"].decode()


def _as_word(column: pyarrow.ChunkedArray, kind: str) -> tuple[str, pyarrow.ChunkedArray]:
    """The layer's word for a column and the column as that."""
    said, types = column.type, pyarrow.types
    if kind == "json" or types.is_struct(said) or types.is_map(said):
        return "json", column.cast(pyarrow.string()) if types.is_string(said) else _by_value(column, lambda value: json.dumps(value, default=str), "json")
    if kind == "datetime" or types.is_timestamp(said):
        return "datetime", _by_value(column, _moment, "datetime")
    if types.is_dictionary(said):
        return _as_word(column.cast(said.value_type), kind)
    if types.is_boolean(said):
        return "bool", column
    if types.is_integer(said):
        return "int", column.cast(pyarrow.int64(), safe=False) if not types.is_uint64(said) else column.cast(pyarrow.int64())
    if types.is_floating(said) or types.is_decimal(said):
        return "float", column.cast(pyarrow.float64())
    if types.is_date(said):
        return "date", column.cast(pyarrow.date32())
    if types.is_list(said) or types.is_large_list(said):
        return "list", _by_value(column, lambda value: [str(one) for one in value if one is not None], "list")
    if types.is_string(said) or types.is_large_string(said):
        return "text", column.cast(pyarrow.string())
    return "text", _by_value(column, str, "text")


def _by_value(column: pyarrow.ChunkedArray, change: Any, word: str) -> pyarrow.ChunkedArray:
    return pyarrow.chunked_array([pyarrow.array([None if value is None else change(value) for value in column.to_pylist()], TYPES[word])])


def _moment(value: Any) -> datetime | None:
    """A moment with its offset; without one it is the city's own time. What is no moment is none."""
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value).replace("/", "-"))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(CITY.timezone))


def _send(out: Any, header: dict[str, Any]) -> None:
    body = json.dumps(header, ensure_ascii=False, default=str).encode()
    out.write(len(body).to_bytes(8, "big") + body)
    out.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
