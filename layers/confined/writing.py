"""Writes one file in a process of its own, from columns of features on standard input, made Arrow here. No Django: its GDAL and this one do not mix.

Features pass through one at a time; only the archive of a shapefile is put together at the end.
"""

import json
import pickle
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
from pyogrio.raw import write_arrow

from layers.files.arrow import SHAPE, TYPES

SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")


def main(arguments: list[str]) -> int:
    """The only argument is the job as JSON: path, driver, layer, geometry_type, crs, options, fid, columns as [name, kind]."""
    job = json.loads(arguments[0])
    schema = pyarrow.schema(
        [
            pyarrow.field(SHAPE, pyarrow.binary(), metadata={"ARROW:extension:name": "geoarrow.wkb"}),
            (job["fid"], pyarrow.int64()),
            *((name, TYPES[kind]) for name, kind in job["columns"]),
        ]
    )
    stream = pyarrow.RecordBatchReader.from_batches(schema, _batches(schema))
    if job["driver"] == "Parquet":
        _parquet(stream, job)
    else:
        _by_gdal(stream, job)
    return 0


def _batches(schema: pyarrow.Schema) -> Iterator[pyarrow.RecordBatch]:
    """What layers.files.exporting sends: it is our own process, and nobody else writes to this end."""
    while True:
        try:
            columns = pickle.load(sys.stdin.buffer)  # noqa: S301 (our own parent process)
        except EOFError:
            return
        yield pyarrow.record_batch([pyarrow.array(values, kind) for values, kind in zip(columns, schema.types, strict=True)], schema=schema)


def _by_gdal(stream: pyarrow.RecordBatchReader, job: dict[str, Any]) -> None:
    path = Path(job["path"])
    shapefile = job["driver"] == "ESRI Shapefile"
    target = path.with_name(f"{job['layer']}.shp") if shapefile else path
    write_arrow(
        stream,
        str(target),
        layer=job["layer"],
        driver=job["driver"],
        geometry_name=SHAPE,
        geometry_type=job["geometry_type"],
        crs=job["crs"],
        encoding="UTF-8" if shapefile else None,
        **job["options"],
    )
    if shapefile:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for part in SHAPEFILE_PARTS:
                if target.with_suffix(part).exists():
                    archive.write(target.with_suffix(part), target.with_suffix(part).name)


def _parquet(stream: pyarrow.RecordBatchReader, job: dict[str, Any]) -> None:
    """GeoParquet 1.1: WKB in a column `geometry`, described in the file's metadata."""
    geo = {
        "version": "1.1.0",
        "primary_column": "geometry",
        "columns": {"geometry": {"encoding": "WKB", "geometry_types": [], "crs": json.loads(job["crs_json"])}},
    }
    names = ["geometry" if name == SHAPE else name for name in stream.schema.names]
    schema = pyarrow.schema([field.with_name(name) for field, name in zip(stream.schema, names, strict=True)], metadata={"geo": json.dumps(geo)})
    with pyarrow.parquet.ParquetWriter(job["path"], schema, compression="zstd") as writer:
        for batch in stream:
            writer.write_batch(pyarrow.record_batch(batch.columns, schema=schema))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
