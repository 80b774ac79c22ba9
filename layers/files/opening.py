"""What a stranger's file is, and its features as GDAL gives them: which part of an archive, which layer, which driver. No Django here.

It refuses a file that is not what it is called, an archive that is too large or reaches outside, XML with a document type, a part
without its whole, drawings that have to be converted, and a file of several layers of which none was chosen.
"""

import codecs
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pyogrio
import pyogrio.errors
import pyogrio.raw
from pyproj import CRS
from pyproj.exceptions import CRSError

from geo.errors import Problem
from layers.files.arrow import SHAPE
from layers.files.formats import (
    ARCHIVE_TOO_LARGE,
    ARCHIVE_UNSAFE,
    ARCHIVES,
    CONFIG,
    CONVERT_FIRST,
    DRAWING_SUFFIXES,
    DRAWINGS_TO_CONVERT,
    DRIVERS,
    DTD_FORBIDDEN,
    LAYER_REQUIRED,
    NOTHING,
    OPTIONS,
    PARQUET,
    PART_ALONE,
    PART_MISSING,
    PART_OF,
    PARTS,
    SUFFIXES,
    UNSUPPORTED,
    XML,
)

MOST_ENTRIES = 10_000
BLOCK_BYTES = 1 << 20
BATCH_ROWS = 20_000
# `<!`, spaces and a word may stand across two blocks.
LONGEST_DOCTYPE_START = 256
DOCTYPE = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
COLLECTION_WITHOUT_MEMBERS = re.compile(rb"FeatureCollection\b", re.IGNORECASE)
SCIENCE = (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.FeatureError, pyogrio.errors.GeometryError)


@dataclass(frozen=True)
class Source:
    """What was opened: columns by their names in the file, shapes as WKB in the column SHAPE, or none where a table has none.

    codec: text stands in `table` as these bytes read as that. kinds: what GDAL calls each column where Arrow says less.
    """

    driver: str
    name: str
    path: Path
    table: pyarrow.Table
    crs: CRS | None
    codec: str
    kinds: dict[str, str]
    layers: tuple[str, ...] = ()


def open_file(job: dict[str, Any]) -> Source:
    """The one layer of a file that was asked for, or the only one. Raises the problems of layers.files.formats."""
    pyogrio.set_gdal_config_options(CONFIG)
    path, wanted = _what_to_open(Path(job["path"]), job)
    if path.suffix.lower() in PARQUET:
        return _open_parquet(path)
    try:
        return _open_by_gdal(path, wanted)
    except SCIENCE as error:
        raise UNSUPPORTED("Không đọc được nội dung tệp.", f"The content cannot be read: {_without_paths(str(error), path)}") from error
    except (UnicodeDecodeError, ValueError, OverflowError, pyarrow.ArrowException) as error:
        raise UNSUPPORTED("Không đọc được nội dung tệp.", f"The content cannot be read: {type(error).__name__}.") from error


def _without_paths(text: str, path: Path) -> str:
    return text.replace(str(path), path.name).split(";")[0][:300]


def _what_to_open(path: Path, job: dict[str, Any]) -> tuple[Path, str | None]:
    """The file itself or the one inside an archive, and which layer of it is wanted."""
    wanted = job.get("source_layer")
    suffix = path.suffix.lower()
    if suffix in PART_OF:
        whole = PART_OF[suffix]
        raise PART_ALONE(f"Tệp {suffix} đi kèm tệp {whole}: nén cả bộ thành .zip.", f"{suffix} belongs to a {whole} file: send all the parts in one .zip.")
    if suffix not in SUFFIXES and suffix not in DRAWING_SUFFIXES:
        raise UNSUPPORTED(f"Không đọc được tệp {suffix or 'không đuôi'}.", f"Files named {suffix or 'without an ending'} are not read.")
    if suffix in ARCHIVES:
        path, wanted = _unpacked(path, Path(job["workplace"]) / "unpacked", job["most_bytes"], wanted)
        suffix = path.suffix.lower()
    if suffix in DRAWING_SUFFIXES:
        _check_drawing(path)
    for part in PARTS.get(suffix, ()):
        if not any(path.with_suffix(ending).exists() for ending in (part, part.upper())):
            raise PART_MISSING(f"Thiếu tệp {job['stem']}{part}.", f"The part {job['stem']}{part} is missing.", part=part)
    # Only where it is lost: GDAL would write a good one anew as well.
    lost = suffix == ".shp" and not any(path.with_suffix(ending).exists() for ending in (".shx", ".SHX"))
    pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": "YES" if lost else None})
    if suffix in XML:
        _check_xml(path)
    if suffix == ".xlsx":
        _check_workbook(path, job["most_bytes"])
    return path, wanted


# Archives


def _unpacked(archive: Path, folder: Path, most_bytes: int, wanted: str | None) -> tuple[Path, str | None]:
    """Unpack flat, by base name, with the sizes counted while writing: the directory of an archive can lie."""
    folder.mkdir()
    try:
        with zipfile.ZipFile(archive) as opened:
            entries = _entries(opened, most_bytes)
            left = most_bytes
            for entry in entries:
                left = _unpack(opened, entry, folder, left)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zipfile.zlib.error) as error:  # type: ignore[attr-defined]
        raise UNSUPPORTED("Tệp nén hỏng hoặc có mật khẩu.", f"The archive cannot be read: {error}.") from error
    return _main_file(folder, wanted)


def _entries(opened: zipfile.ZipFile, most_bytes: int) -> list[zipfile.ZipInfo]:
    entries = [entry for entry in opened.infolist() if not entry.is_dir()]
    if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > most_bytes:
        raise _too_large(most_bytes)
    # What macOS puts beside each file.
    return [entry for entry in entries if "__MACOSX" not in entry.filename and not Path(entry.filename).name.startswith(".")]


def _unpack(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path, left: int) -> int:
    name = entry.filename.replace("\\", "/")
    symlink = (entry.external_attr >> 16) & 0o170000 == 0o120000
    if symlink or name.startswith("/") or ".." in name.split("/") or ":" in name or "\0" in name:
        raise ARCHIVE_UNSAFE("Tệp nén trỏ ra ngoài.", "The archive reaches outside itself.", entry=entry.filename[:200])
    target = folder / Path(name).name
    if target.exists():
        raise ARCHIVE_UNSAFE(f"Trùng tên {target.name}.", f"Two entries are called {target.name}.", entry=entry.filename[:200])
    with opened.open(entry) as packed, target.open("wb") as plain:
        while block := packed.read(BLOCK_BYTES):
            if len(block) > left:
                raise _too_large(left)
            left -= len(block)
            plain.write(block)
    return left


def _too_large(most_bytes: int) -> Problem:
    return ARCHIVE_TOO_LARGE("Giải nén ra quá lớn.", f"Unpacked it would be over {most_bytes:,} bytes or {MOST_ENTRIES:,} files.")


def _main_file(folder: Path, wanted: str | None) -> tuple[Path, str | None]:
    """The one file of an archive that holds features, or the one whose name was asked for."""
    inside = sorted(found for found in folder.iterdir() if found.suffix.lower() in (*SUFFIXES, *DRAWING_SUFFIXES) and found.suffix.lower() not in ARCHIVES)
    files = [found for found in inside if found.suffix.lower() != ".xml"] or inside
    if not files:
        raise NOTHING("Trong tệp nén không có lớp nào.", "The archive holds no layer.", files=sorted(found.name for found in folder.iterdir())[:20])
    named = [found for found in files if wanted in (found.name, found.stem)]
    if len(named) == 1:
        return named[0], None
    if len(files) == 1:
        return files[0], wanted
    names = [found.stem if len({other.stem for other in files}) == len(files) else found.name for found in files]
    raise LAYER_REQUIRED(f"Trong tệp nén có các lớp: {names}.", f"The archive holds the layers {names}: name one of them.", layers=names)


# What the first bytes say


def _check_drawing(path: Path) -> None:
    """DWG and DGN V8 are closed formats: said with the way out, whatever the file is called."""
    with path.open("rb") as file:
        head = file.read(8)
    for begins, name in DRAWINGS_TO_CONVERT:
        if head.startswith(begins):
            raise _to_convert(name)
    if path.suffix.lower() == ".dwg":
        raise _to_convert("DWG")


def _to_convert(name: str) -> Problem:
    return CONVERT_FIRST(
        f"{name} là định dạng đóng: trong AutoCAD hoặc MicroStation chọn Save As → DXF (hoặc DGN V7), rồi nhập tệp đó.",
        f"{name} is a closed format: save it as DXF (in MicroStation also as DGN V7) and import that.",
        format=name,
        convert_to=["dxf", "dgn"] if name == "DGN V8" else ["dxf"],
    )


def _check_xml(path: Path) -> None:
    """No document type: an entity may name any file or grow without end."""
    # To the end: a comment may be as long as it likes before the document type comes.
    before = b""
    for block in _blocks(path):
        text = before + block.replace(b"\0", b"")
        if DOCTYPE.search(text):
            raise DTD_FORBIDDEN("XML không được có DOCTYPE.", "The XML has a document type.")
        before = text[-LONGEST_DOCTYPE_START:]


def _check_workbook(path: Path, most_bytes: int) -> None:
    """A workbook is an archive of XML: it may be a bomb as well."""
    try:
        with zipfile.ZipFile(path) as opened:
            for entry in _entries(opened, most_bytes):
                with opened.open(entry) as part:
                    if entry.filename.lower().endswith(".xml") and DOCTYPE.search(part.read(BLOCK_BYTES)):
                        raise DTD_FORBIDDEN("XML không được có DOCTYPE.", "The workbook has a document type.")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise UNSUPPORTED("Bảng tính hỏng hoặc có mật khẩu.", f"The workbook cannot be read: {error}.") from error


# GDAL


def _open_by_gdal(path: Path, wanted: str | None) -> Source:
    suffix = path.suffix.lower()
    path, codec = _as_utf8(path) if suffix == ".csv" else (path, "utf-8")
    options = OPTIONS.get(suffix, {})
    layers = [str(name) for name, _ in pyogrio.list_layers(path)]
    name = _chosen(path, layers, wanted)
    byte_text = suffix == ".shp"
    info = pyogrio.read_info(path, layer=name, encoding="ISO-8859-1" if byte_text else None, **options)
    driver = str(info["driver"])
    if suffix not in DRIVERS[driver]:
        raise UNSUPPORTED(f"Nội dung là {driver}, không phải {suffix}.", f"The content is {driver}, not what {suffix} says.")
    # As Latin-1 every byte survives; the true encoding is found afterwards.
    given = {"encoding": "ISO-8859-1"} if byte_text else {}
    with pyogrio.raw.open_arrow(path, layer=name, batch_size=BATCH_ROWS, use_pyarrow=True, datetime_as_string=True, **given, **options) as (meta, stream):
        table = stream.read_all()
    names = [str(field) for field in info["fields"]]
    kinds = {field: _kind(kind, subtype) for field, kind, subtype in zip(names, info["ogr_types"], info["ogr_subtypes"], strict=True)}
    crs = _crs(info["crs"])
    if driver == "DXF" and isinstance(wanted, str) and wanted not in layers:
        table = _drawing_layer(table, wanted)
    return Source(driver, name, path, _arranged(table, names), crs, "latin-1" if byte_text else codec, kinds, tuple(layers))


def _chosen(path: Path, layers: list[str], wanted: str | None) -> str:
    """The layer that was asked for, or the only one that holds anything."""
    if wanted in layers:
        return str(wanted)
    if path.suffix.lower() == ".dxf" and layers:
        return layers[0]
    # Routes, tracks and points are always declared, and most of them empty.
    held = layers if len(layers) == 1 else [name for name in layers if pyogrio.read_info(path, layer=name, force_feature_count=True)["features"] != 0]
    if len(held) == 1 and wanted is None:
        return held[0]
    if not held:
        raise _nothing_in(path)
    raise LAYER_REQUIRED(f"Tệp có các lớp: {held}.", f"The file has the layers {held}: name one of them.", layers=held)


def _nothing_in(path: Path) -> Problem:
    """An answer without features is another thing than a file that is none."""
    with path.open("rb") as file:
        head = file.read(BLOCK_BYTES)
    if path.suffix.lower() not in XML or COLLECTION_WITHOUT_MEMBERS.search(head):
        return NOTHING("Tệp không có đối tượng nào.", "The file has no features.")
    return UNSUPPORTED("XML này không phải dữ liệu bản đồ.", "This XML holds no features that can be read.")


def _drawing_layer(table: pyarrow.Table, wanted: str) -> pyarrow.Table:
    """The entities of one layer of a drawing. Raises LAYER_REQUIRED with the layers that it has."""
    column = table.column("Layer").to_pylist()
    if wanted not in column:
        names = sorted({str(name) for name in column if name})
        raise LAYER_REQUIRED(f"Bản vẽ có các lớp: {names}.", f"The drawing has the layers {names}: name one of them.", layers=names)
    return table.filter(pyarrow.array([name == wanted for name in column]))


def _kind(kind: str, subtype: str) -> str:
    return "json" if subtype == "OFSTJSON" else {"OFTDateTime": "datetime", "OFTDate": "date", "OFTTime": "text"}.get(kind, "")


def _arranged(table: pyarrow.Table, names: list[str]) -> pyarrow.Table:
    """The columns under the names that the file gives them, the shape under ours; bytes stay out."""
    geometry = next(
        (index for index, column in enumerate(table.schema) if (column.metadata or {}).get(b"ARROW:extension:name") in (b"ogc.wkb", b"geoarrow.wkb")), None
    )
    attributes = [index for index in range(table.num_columns) if index != geometry]
    # A feature's own number comes first where the format has one; it is no attribute.
    attributes = attributes[len(attributes) - len(names) :]
    kept = {name: table.column(index) for name, index in zip(names, attributes, strict=True) if not pyarrow.types.is_binary(table.column(index).type)}
    shape = table.column(geometry) if geometry is not None else None
    if shape is not None and isinstance(shape.type, pyarrow.ExtensionType):
        shape = shape.cast(shape.type.storage_type)
    return pyarrow.table({**kept, **({SHAPE: shape} if shape is not None else {})})


def _crs(given: str | None) -> CRS | None:
    try:
        return CRS.from_user_input(given) if given else None
    except CRSError:
        return None


def _as_utf8(path: Path) -> tuple[Path, str]:
    """A table that GDAL can read whatever its encoding, and what its text stands as: UTF-8, or each byte as a Latin-1 letter."""
    with path.open("rb") as file:
        head = file.read(4)
    encoding = "utf-16" if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"
    if encoding == "utf-8-sig" and _is_utf8(path):
        return path, "utf-8"
    codec = "utf-8" if encoding == "utf-16" else "latin-1"
    again = path.parent / "as-utf8" / path.name
    again.parent.mkdir()
    with path.open(encoding=encoding if codec == "utf-8" else codec, newline="") as given, again.open("w", encoding="utf-8", newline="") as plain:
        while block := given.read(BLOCK_BYTES):
            plain.write(block)
    return again, codec


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for block in _blocks(path):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            yield block


def _open_parquet(path: Path) -> Source:
    try:
        table = pyarrow.parquet.read_table(path)
        described = json.loads((table.schema.metadata or {})[b"geo"])
        column = described["columns"][described["primary_column"]]
        if column["encoding"] != "WKB":
            raise UNSUPPORTED("GeoParquet này không dùng WKB.", f"The shapes of this GeoParquet are {column['encoding']}, not WKB.")
        said = column.get("crs", "OGC:CRS84")
        crs = CRS.from_user_input(said) if said else None
        shape = table.column(described["primary_column"]).cast(pyarrow.binary())
    except (ValueError, KeyError, TypeError, OSError, pyarrow.ArrowException, CRSError) as error:
        raise UNSUPPORTED("Không đọc được tệp Parquet.", f"The Parquet file cannot be read: {type(error).__name__}.") from error
    # What other columns hold of the same place, and what stands for bytes, stays out.
    names = [one for one in table.column_names if one != described["primary_column"] and not pyarrow.types.is_binary(table.schema.field(one).type)]
    kept = {one: table.column(one) for one in names if one not in described["columns"] and one != "__index_level_0__"}
    return Source("Parquet", path.stem, path, pyarrow.table({**kept, SHAPE: shape}), crs, "utf-8", {})
