"""Reads one vector file in a process of its own: a job as JSON in, a report and the features as Arrow out, in city metres.

The file is a stranger's: here are no Django, no database and no secrets, and layers.confine has shut the process in; the parent checks
every shape once more. It refuses a file that is not what it is called, an archive that is too large or reaches outside, and a CRS or
an encoding that would have to be guessed.
"""

import json
import os
import re
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas
import numpy
import pandas
import pyarrow
import pyogrio
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from geo.city import CITY
from geo.crs import CITY_SRID, crs_of
from geo.errors import Problem
from layers import encodings, landing
from layers.arrow import FEATURE_NO, SHAPE, TYPES
from layers.formats import (
    ARCHIVE_TOO_LARGE,
    ARCHIVE_UNSAFE,
    ARCHIVES,
    BYTE_TEXT,
    CRS_REQUIRED,
    CSV_OPTIONS,
    DEGREES_BY_STANDARD,
    DRIVERS,
    DTD_FORBIDDEN,
    ENCODING_REQUIRED,
    LAYER_REQUIRED,
    NOTHING,
    PARQUET,
    PART_MISSING,
    PARTS,
    SUFFIXES,
    UNSUPPORTED,
    XML,
)

MOST_ENTRIES = 10_000
FAULTS_TOLD = 200
BATCH_ROWS = 5_000
DOCTYPE = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
WORDS_OF_KINDS = {"bool": "bool", "date": "date", "list": "list", "ndarray": "list", "dict": "json", "int": "int"}
PLACE = re.compile(r"\[(-?[\d.eE+]+) (-?[\d.eE+]+)\]")


@dataclass(frozen=True)
class Source:
    """What GDAL opened."""

    driver: str
    name: str
    path: Path
    frame: geopandas.GeoDataFrame


def main(arguments: list[str]) -> int:
    """Read the job from the only argument; write a header and the features to standard output."""
    out = os.fdopen(os.dup(1), "wb")
    # Whatever a library prints must not run into the answer.
    os.dup2(2, 1)
    unknown = set(pyogrio.list_drivers()) - set(DRIVERS)
    if unknown:
        raise SystemExit(f"GDAL has drivers that were to be left out: {sorted(unknown)}")
    try:
        header, frame = read(json.loads(arguments[0]))
    except Problem as problem:
        _send(out, {"refused": {"code": problem.code, "vi": problem.vi, "en": problem.en, "extra": problem.extra}})
        return 0
    _send(out, header)
    _send_features(out, frame)
    out.close()
    return 0


def read(job: dict[str, Any]) -> tuple[dict[str, Any], geopandas.GeoDataFrame]:
    """The report and the features of one file, in city metres. Raises the problems of layers.formats."""
    path = _what_to_open(Path(job["path"]), Path(job["workplace"]), job["most_bytes"])
    source = _open(path, job.get("source_layer"))
    given, encoding = _decoded(source, job.get("encoding"))
    given[FEATURE_NO] = numpy.arange(1, len(given) + 1)
    if not len(given):
        raise NOTHING("Tệp không có đối tượng nào.", "The file has no features.")
    located, crs = _located(given, source.driver, job)
    kept, faults = _checked(located, job)
    told = {
        "driver": source.driver,
        "source_layer": source.name,
        "read": len(given),
        "kept": len(kept),
        "crs": crs,
        "encoding": encoding,
        "geometry_types": sorted(set(kept.geometry.geom_type)),
        "fields": [{"name": name, "type": _type_of(kept[name])} for name in _attributes(kept)],
        "area_m2": float(kept.geometry.area.sum()),
        "length_m": float(kept.geometry.length.sum()),
        "bounds": [float(edge) for edge in kept.to_crs(4326).total_bounds] if len(kept) else None,
        "left_out": faults,
    }
    return told, kept


def _attributes(frame: geopandas.GeoDataFrame) -> list[str]:
    return [name for name in frame.columns if name not in (frame.geometry.name, FEATURE_NO)]


def _what_to_open(path: Path, workplace: Path, most_bytes: int) -> Path:
    """The file itself, or the one inside an archive, with all the parts that it needs."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise UNSUPPORTED(f"Không đọc được tệp {suffix or 'không đuôi'}.", f"Files named {suffix or 'without an ending'} are not read.")
    if suffix in ARCHIVES:
        path = _unpacked(path, workplace / "unpacked", most_bytes)
        suffix = path.suffix.lower()
    for part in PARTS.get(suffix, ()):
        if not any(path.with_suffix(ending).exists() for ending in (part, part.upper())):
            raise PART_MISSING(f"Thiếu tệp {path.stem}{part}.", f"The part {path.stem}{part} is missing.", part=part)
    if suffix in XML:
        _check_xml(path)
    return path


def _unpacked(archive: Path, workplace: Path, most_bytes: int) -> Path:
    """Unpack flat, by base name, with the sizes counted while writing: the directory of an archive can lie."""
    workplace.mkdir()
    try:
        with zipfile.ZipFile(archive) as opened:
            entries = [entry for entry in opened.infolist() if not entry.is_dir()]
            if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > most_bytes:
                raise _too_large(most_bytes)
            left = most_bytes
            for entry in entries:
                left = _unpack(opened, entry, workplace, left)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise UNSUPPORTED("Tệp nén hỏng hoặc có mật khẩu.", f"The archive cannot be read: {error}.") from error
    inside = sorted(found for found in workplace.iterdir() if found.suffix.lower() in SUFFIXES and found.suffix.lower() not in ARCHIVES)
    main_files = [found for found in inside if found.suffix.lower() != ".xml"] or inside
    if len(main_files) != 1:
        names = [found.name for found in main_files]
        raise LAYER_REQUIRED(f"Trong tệp nén cần đúng một lớp, có: {names}.", f"The archive must hold one layer, it holds: {names}.", files=names)
    return main_files[0]


def _unpack(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, workplace: Path, left: int) -> int:
    name = entry.filename.replace("\\", "/")
    symlink = (entry.external_attr >> 16) & 0o170000 == 0o120000
    if symlink or name.startswith("/") or ".." in name.split("/") or ":" in name or "\0" in name:
        raise ARCHIVE_UNSAFE("Tệp nén trỏ ra ngoài.", "The archive reaches outside itself.", entry=entry.filename)
    target = workplace / Path(name).name
    if target.exists():
        raise ARCHIVE_UNSAFE(f"Trùng tên {target.name}.", f"Two entries are called {target.name}.", entry=entry.filename)
    with opened.open(entry) as packed, target.open("wb") as plain:
        while block := packed.read(1 << 20):
            if len(block) > left:
                raise _too_large(left)
            left -= len(block)
            plain.write(block)
    return left


def _too_large(most_bytes: int) -> Problem:
    return ARCHIVE_TOO_LARGE("Giải nén ra quá lớn.", f"Unpacked it would be over {most_bytes:,} bytes or {MOST_ENTRIES:,} files.")


def _check_xml(path: Path) -> None:
    """No document type: an entity may name any file or grow without end."""
    head = path.read_bytes()[: 1 << 20].replace(b"\0", b"")
    if DOCTYPE.search(head):
        raise DTD_FORBIDDEN("XML không được có DOCTYPE.", "The XML has a document type.")


def _open(path: Path, layer: str | None) -> Source:
    suffix = path.suffix.lower()
    if suffix in PARQUET:
        return _open_parquet(path)
    try:
        layers = pyogrio.list_layers(path)
        # A table of coordinates has its geometry only once its columns are named.
        with_geometry = [str(name) for name, kind in layers if kind is not None or suffix == ".csv"]
        name = layer or (with_geometry[0] if len(with_geometry) == 1 else None)
        if name is None or name not in with_geometry:
            raise LAYER_REQUIRED(f"Tệp có các lớp: {with_geometry}.", f"The file has the layers {with_geometry}: name one of them.", layers=with_geometry)
        options = CSV_OPTIONS if suffix == ".csv" else {}
        info = pyogrio.read_info(path, layer=name, **options)
        driver = str(info["driver"])
        if suffix not in DRIVERS[driver]:
            raise UNSUPPORTED(f"Nội dung là {driver}, không phải {suffix}.", f"The content is {driver}, not what {suffix} says.")
        # As Latin-1 every byte survives; the true encoding is found afterwards.
        encoding = "ISO-8859-1" if driver in BYTE_TEXT else None
        frame = pyogrio.read_dataframe(path, layer=name, encoding=encoding, on_invalid="ignore", use_arrow=encoding is None, **options)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.FeatureError, pyogrio.errors.GeometryError) as error:
        raise UNSUPPORTED("Không đọc được nội dung tệp.", f"The content cannot be read: {str(error)[:300]}") from error
    except (UnicodeDecodeError, ValueError, OverflowError) as error:
        raise UNSUPPORTED("Không đọc được nội dung tệp.", f"The content cannot be read: {type(error).__name__}.") from error
    if not isinstance(frame, geopandas.GeoDataFrame):
        raise UNSUPPORTED("Tệp không có hình học.", "The file has no geometry column.")
    return Source(driver, name, path, _typed(frame, info))


def _typed(frame: geopandas.GeoDataFrame, info: dict[str, Any]) -> geopandas.GeoDataFrame:
    """Whole numbers with gaps and plain days come as decimals and moments; the file says what they are. Bytes stay out."""
    for name, kind in zip(info["fields"], info["ogr_types"], strict=True):
        if name not in frame.columns:
            continue
        if kind in ("OFTInteger", "OFTInteger64") and pandas.api.types.is_float_dtype(frame[name].dtype):
            frame[name] = frame[name].astype("Int64")
        elif kind == "OFTDate" and pandas.api.types.is_datetime64_any_dtype(frame[name].dtype):
            frame[name] = frame[name].dt.date.astype(object).where(frame[name].notna(), None)
        elif kind == "OFTBinary":
            frame = frame.drop(columns=name)
    return frame


def _open_parquet(path: Path) -> Source:
    try:
        frame = geopandas.read_parquet(path)
    except (ValueError, OSError, pyarrow.ArrowException, CRSError) as error:
        raise UNSUPPORTED("Không đọc được tệp Parquet.", f"The Parquet file cannot be read: {type(error).__name__}.") from error
    return Source("Parquet", path.stem, path, frame)


def _decoded(source: Source, wanted: str | None) -> tuple[geopandas.GeoDataFrame, dict[str, Any]]:
    """The frame with its text as Unicode, and how that was found out."""
    frame = source.frame
    columns = [name for name in _attributes(frame) if frame[name].dtype == object or pandas.api.types.is_string_dtype(frame[name].dtype)]
    columns = [name for name in columns if any(isinstance(value, str) for value in frame[name])]
    in_bytes = source.driver in BYTE_TEXT
    codec = "latin-1" if in_bytes else "utf-8"
    values = {name: [value.encode(codec) if isinstance(value, str) else value for value in frame[name]] for name in columns}
    raws = [value for column in values.values() for value in column if isinstance(value, bytes)]
    raws += [str(name).encode(codec, "replace") for name in _attributes(frame)]
    declared = _declared(source.path) if in_bytes else "utf-8"
    found, how = _chosen(raws, wanted, declared, in_bytes)
    told = {"name": str(found), "how": how, "declared": declared}
    if not in_bytes and found.name == "utf-8":
        return frame, told
    renamed = {name: encodings.decode(str(name).encode(codec), found) for name in _attributes(frame)}
    try:
        for name, column in values.items():
            frame[name] = [encodings.decode(value, found) if isinstance(value, bytes) else value for value in column]
    except UnicodeDecodeError as error:
        raise ENCODING_REQUIRED(f"Văn bản không phải {found.name}.", f"The text is not {found.name}.", samples=_samples(raws)) from error
    return frame.rename(columns=renamed), told


def _declared(path: Path) -> str | None:
    """What a .cpg beside a shapefile says."""
    for ending in (".cpg", ".CPG", ".cst"):
        beside = path.with_suffix(ending)
        if beside.exists():
            said = beside.read_bytes()[:60].decode("ascii", "replace").strip().lower()
            return encodings.NAMES.get(said, said)
    return None


def _chosen(raws: list[bytes], wanted: str | None, declared: str | None, in_bytes: bool) -> tuple[encodings.Found, str]:
    """What was asked for, else what the words say, else what the file says; else it has to be asked."""
    if wanted:
        return _named(wanted, raws), "given"
    found = encodings.detect(raws)
    if found is not None and (found.name != "utf-8" or declared in (None, "utf-8")):
        return found, "detected"
    if declared and in_bytes:
        return _named(declared, raws), "declared"
    if found is not None:
        return found, "detected"
    raise ENCODING_REQUIRED("Không rõ bảng mã chữ: chọn bằng --encoding.", "The text encoding is not clear: choose one by --encoding.", samples=_samples(raws))


def _named(name: str, raws: list[bytes]) -> encodings.Found:
    try:
        return encodings.named(name)
    except LookupError as error:
        raise ENCODING_REQUIRED(f"Không biết bảng mã {name!r}.", f"The encoding {name!r} is not known.", samples=_samples(raws)) from error


def _samples(raws: list[bytes]) -> dict[str, str]:
    """The same words in every reading, for a person to choose by."""
    accented = next((raw for raw in raws if not raw.isascii()), b"")[:80]
    samples = {}
    for name, reader in encodings.READERS.items():
        try:
            samples[name] = reader(accented)
        except UnicodeDecodeError:
            continue
    return samples


def _located(frame: geopandas.GeoDataFrame, driver: str, job: dict[str, Any]) -> tuple[geopandas.GeoDataFrame, dict[str, Any]]:
    """The frame in city metres, and the CRS that it came in. A CRS that is missing or cannot be right is asked for, never guessed."""
    flat = frame.set_geometry(shapely.force_2d(frame.geometry.values), crs=frame.crs)
    if job.get("swap_xy"):
        flat = flat.set_geometry(shapely.transform(flat.geometry.values, lambda xy: xy[:, ::-1]), crs=frame.crs)
    box = _box(flat)
    wanted = job.get("crs")
    crs = _asked(wanted) if wanted else flat.crs
    if crs is None or box is None:
        raise CRS_REQUIRED(
            "Tệp không nói hệ toạ độ: chọn bằng --crs.",
            "The file does not say its CRS: give one by --crs EPSG.",
            candidates=landing.landings(box) if box else [],
            bounds=box,
        )
    if crs.is_geographic and not _could_be_degrees(box):
        raise CRS_REQUIRED(
            f"Tệp nói là độ ({crs.name}) nhưng số liệu thì không.",
            f"It says degrees ({crs.name}) but the numbers are not.",
            candidates=landing.landings(box),
            bounds=box,
        )
    in_city = flat.set_crs(crs, allow_override=True).to_crs(crs_of(CITY_SRID))
    if not _touches_city(in_city):
        _refuse_elsewhere(box, crs)
    how = "given" if wanted else "standard" if driver in DEGREES_BY_STANDARD and crs.to_epsg() == 4326 else "file"
    told = {"epsg": crs.to_epsg(), "name": crs.name, "how": how, "file": flat.crs.name if flat.crs is not None else None}
    return in_city, told | {"swapped": bool(job.get("swap_xy")), "z_dropped": bool(frame.geometry.has_z.any())}


def _asked(epsg: int) -> CRS:
    try:
        return crs_of(epsg)
    except CRSError as error:
        raise CRS_REQUIRED(f"Không có EPSG:{epsg}.", f"There is no EPSG:{epsg}.", candidates=[]) from error


def _box(frame: geopandas.GeoDataFrame) -> tuple[float, float, float, float] | None:
    """The bounds of what is finite."""
    bounds = frame.geometry.bounds.to_numpy()
    bounds = bounds[numpy.isfinite(bounds).all(axis=1)]
    if not len(bounds):
        return None
    west, south = bounds[:, :2].min(axis=0)
    east, north = bounds[:, 2:].max(axis=0)
    return float(west), float(south), float(east), float(north)


def _could_be_degrees(box: tuple[float, float, float, float]) -> bool:
    return box[0] >= -360 and box[2] <= 360 and box[1] >= -360 and box[3] <= 360


def _touches_city(frame: geopandas.GeoDataFrame) -> bool:
    bounds = frame.geometry.bounds.to_numpy()
    return any(landing.inside_city(tuple(box)) for box in bounds[numpy.isfinite(bounds).all(axis=1)])


def _refuse_elsewhere(box: tuple[float, float, float, float], crs: CRS) -> None:
    """Nothing lands in the city: say whether it would with x and y swapped, and under which CRS it would."""
    swapped = landing.lands_inside(box, crs, swapped=True)
    if swapped:
        raise CRS_REQUIRED(
            f"X và Y có vẻ bị đảo: X (Bắc), Y (Đông). Đảo lại thì nằm ở {swapped[0]:.5f}, {swapped[1]:.5f}: dùng --swap-xy.",
            f"X and Y seem to be swapped: X is north, Y is east. Swapped it lands at {swapped[0]:.5f}, {swapped[1]:.5f}: use --swap-xy.",
            swapped=True,
            lands_at=[round(degrees, 6) for degrees in swapped],
            candidates=landing.landings(box),
            bounds=box,
        )
    raise CRS_REQUIRED(
        f"Theo {crs.name} thì không có gì nằm trong thành phố.",
        f"Under {crs.name} nothing lies in the city.",
        swapped=False,
        candidates=landing.landings(box),
        bounds=box,
    )


def _checked(frame: geopandas.GeoDataFrame, job: dict[str, Any]) -> tuple[geopandas.GeoDataFrame, dict[str, Any]]:
    """What may come in, and what stays out with its number, reason and place. The same rules as the gateway, a column at a time."""
    shapes = frame.geometry.values
    fault = numpy.full(len(frame), "", dtype=object)

    def mark(where: Any, code: str) -> None:
        fault[numpy.asarray(where, dtype=bool) & (fault == "")] = code

    bounds = shapely.bounds(shapes)
    mark(shapely.is_missing(shapes) | shapely.is_empty(shapes), "empty")
    mark((shapely.get_num_coordinates(shapes) > job["most_vertices"]) | (shapely.get_num_geometries(shapes) > job["most_parts"]), "too_many_vertices")
    mark(~numpy.isfinite(bounds).all(axis=1) | _has_bad_vertex(shapes), "non_finite")
    mark(_outside(bounds, job["box"], job["slack_m"]), "out_of_extent")
    mark(~numpy.isin(shapely.get_type_id(shapes), [0, 1, 3, 4, 5, 6]), "type_not_allowed")
    if job.get("geometry_type"):
        mark(~_fits(shapes, job["geometry_type"]), "type_not_allowed")
    mark(~shapely.is_valid(shapes) | _has_no_size(shapes), "invalid_geometry")
    told = [_tell(frame, index, fault[index]) for index in numpy.flatnonzero(fault != "")[:FAULTS_TOLD]]
    counts = {str(code): int(count) for code, count in zip(*numpy.unique(fault[fault != ""], return_counts=True), strict=True)}
    return frame[fault == ""], {"counts": counts, "worst": told}


def _has_bad_vertex(shapes: Any) -> Any:
    coordinates, of = shapely.get_coordinates(shapes, return_index=True)
    bad = numpy.zeros(len(shapes), dtype=bool)
    bad[of[~numpy.isfinite(coordinates).all(axis=1)]] = True
    return bad


def _outside(bounds: Any, box: list[float], slack_m: float) -> Any:
    lower = (bounds[:, 0] < box[0] - slack_m) | (bounds[:, 1] < box[1] - slack_m)
    return lower | (bounds[:, 2] > box[2] + slack_m) | (bounds[:, 3] > box[3] + slack_m)


def _fits(shapes: Any, geometry_type: str) -> Any:
    """A single part is taken where many are wanted, and many of one part where a single is."""
    if geometry_type == "Geometry":
        return numpy.ones(len(shapes), dtype=bool)
    single = geometry_type.removeprefix("Multi")
    kinds = numpy.asarray([shape.geom_type if shape is not None else "" for shape in shapes])
    if geometry_type.startswith("Multi"):
        return numpy.isin(kinds, [single, geometry_type])
    return (kinds == single) | ((kinds == f"Multi{single}") & (shapely.get_num_geometries(shapes) == 1))


def _has_no_size(shapes: Any) -> Any:
    dimensions = shapely.get_dimensions(shapes)
    return ((dimensions == 2) & (shapely.area(shapes) == 0)) | ((dimensions == 1) & (shapely.length(shapes) == 0))


def _tell(frame: geopandas.GeoDataFrame, index: int, code: str) -> dict[str, Any]:
    """One feature that stays out: its number in the file, why, and where on the earth."""
    shape = frame.geometry.values[index]
    reason, place = code, None
    if code == "invalid_geometry":
        reason = shapely.is_valid_reason(shape)
        found = PLACE.search(reason)
        place = (float(found[1]), float(found[2])) if found else None
        reason = reason.split("[")[0]
    if place is None and code not in ("empty", "non_finite"):
        middle = shapely.centroid(shape)
        place = (middle.x, middle.y) if not middle.is_empty else None
    degrees = landing.lonlat(*place) if place else None
    return {"feature": int(frame[FEATURE_NO].iloc[index]), "code": code, "reason": reason, "lonlat": degrees}


def _type_of(column: pandas.Series) -> str:
    """The layer's word for a column's type; whole numbers with gaps are whole numbers."""
    if pandas.api.types.is_bool_dtype(column.dtype):
        return "bool"
    if pandas.api.types.is_integer_dtype(column.dtype):
        return "int"
    if pandas.api.types.is_float_dtype(column.dtype):
        return "float"
    if pandas.api.types.is_datetime64_any_dtype(column.dtype):
        return "datetime"
    kinds = {type(value).__name__ for value in column if value is not None and value is not pandas.NA}
    return WORDS_OF_KINDS.get(kinds.pop(), "text") if len(kinds) == 1 else "text"


def _send(out: Any, header: dict[str, Any]) -> None:
    body = json.dumps(header, ensure_ascii=False, default=str).encode()
    out.write(len(body).to_bytes(8, "big") + body)
    out.flush()


def _send_features(out: Any, frame: geopandas.GeoDataFrame) -> None:
    """Features in batches: the number in the file, the shape as WKB, and the attributes as what they are."""
    types = {name: _type_of(frame[name]) for name in _attributes(frame)}
    schema = pyarrow.schema([(FEATURE_NO, pyarrow.int64()), (SHAPE, pyarrow.binary()), *((name, TYPES[kind]) for name, kind in types.items())])
    with pyarrow.ipc.new_stream(out, schema) as stream:
        for start in range(0, len(frame), BATCH_ROWS):
            part = frame.iloc[start : start + BATCH_ROWS]
            columns = [pyarrow.array(part[FEATURE_NO].to_numpy()), pyarrow.array(shapely.to_wkb(part.geometry.values), pyarrow.binary())]
            columns += [pyarrow.array(_plain(part[name], kind), TYPES[kind]) for name, kind in types.items()]
            stream.write_batch(pyarrow.record_batch(columns, schema=schema))


def _plain(column: pandas.Series, kind: str) -> list[Any]:
    """Values as Python's own; every kind of missing is None."""
    missing = column.isna().to_numpy()
    values = [None if gone else value for value, gone in zip(column.tolist(), missing, strict=True)]
    if kind == "text":
        return [value if value is None or isinstance(value, str) else str(value) for value in values]
    if kind == "list":
        return [None if value is None else [str(one) for one in value] for value in values]
    if kind == "json":
        return [None if value is None else json.dumps(value, ensure_ascii=False, default=str) for value in values]
    if kind == "datetime":
        return [value if value is None or value.tzinfo else value.tz_localize(CITY.timezone) for value in values]
    return [int(value) if kind == "int" and value is not None else value for value in values]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
