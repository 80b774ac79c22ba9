"""The text of a file as Unicode: which encoding its columns and their names are in, found out once for the file, asked for where it is unclear."""

import re
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.compute

from layers.files import encodings
from layers.files.arrow import SHAPE
from layers.files.formats import BYTE_TEXT, ENCODING_REQUIRED
from layers.files.opening import Source

# So many different values say what a file is written in.
SAMPLE_VALUES = 20_000
CODE_PAGE_BYTE = 29
ESCAPED = re.compile(r"\\U\+([0-9A-Fa-f]{4})")
# What the header of a .dbf says of its text, where anybody wrote it.
CODE_PAGES = {
    0x01: "cp437", 0x02: "cp850", 0x03: "cp1252", 0x04: "mac-roman", 0x57: "cp1252", 0x13: "cp932", 0x4D: "cp936", 0x4E: "cp949", 0x4F: "cp950",
    0x64: "cp852", 0x65: "cp866", 0x7B: "cp932", 0x7A: "cp936", 0x78: "cp950", 0x79: "cp949", 0x7C: "cp874", 0xC8: "cp1250", 0xC9: "cp1251", 0xCA: "cp1254",
    0xCB: "cp1253",
}  # fmt: skip


def in_unicode(source: Source, wanted: str | None) -> tuple[pyarrow.Table, dict[str, str], dict[str, Any]]:
    """The table with its text as Unicode (NFC), the names that columns got, and how the encoding was found. Raises ENCODING_REQUIRED."""
    table = source.table
    names = [name for name in table.column_names if name != SHAPE]
    words = {name: _dictionary(table.column(name)) for name in names if _is_text(table.schema.field(name).type)}
    raws = {name: [_raw(value, source.codec) for value in dictionary.tolist()] for name, (dictionary, _) in words.items()}
    sample = [raw for values in raws.values() for raw in values if not raw.isascii()][:SAMPLE_VALUES]
    sample += [name.encode(source.codec, "replace") for name in names]
    declared = _declared(source) if source.driver in BYTE_TEXT else "utf-8"
    found, how = _chosen(sample, wanted, declared, source)
    try:
        for name, (_, indices) in words.items():
            decoded = (encodings.decode(raw, found) for raw in raws[name])
            plain = pyarrow.array([_unescaped(text) if source.driver == "DXF" else text for text in decoded], pyarrow.string())
            table = table.set_column(table.column_names.index(name), name, pyarrow.compute.utf8_normalize(plain.take(indices), form="NFC"))
        renamed = {name: encodings.decode(name.encode(source.codec), found) for name in names}
    except UnicodeDecodeError as error:
        raise ENCODING_REQUIRED(f"Văn bản không phải {found.name}.", f"The text is not {found.name}.", samples=samples(sample)) from error
    return table.rename_columns([renamed.get(name, name) for name in table.column_names]), renamed, {"name": str(found), "how": how, "declared": declared}


def _unescaped(text: str) -> str:
    """Drawings before 2007 write what their code page lacks as \\U+1EA1."""
    return ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


def _is_text(kind: pyarrow.DataType) -> bool:
    return pyarrow.types.is_string(kind) or pyarrow.types.is_large_string(kind)


def _dictionary(column: pyarrow.ChunkedArray) -> tuple[Any, pyarrow.Array]:
    """Each different value once as bytes, and which of them each row has: GDAL hands over bytes as text without looking."""
    view = pyarrow.large_binary() if pyarrow.types.is_large_string(column.type) else pyarrow.binary()
    chunks = [chunk.view(view) for chunk in column.chunks]
    whole = pyarrow.chunked_array(chunks, view).combine_chunks()
    whole = whole.combine_chunks() if isinstance(whole, pyarrow.ChunkedArray) else whole
    encoded = whole.dictionary_encode()
    return encoded.dictionary.to_numpy(zero_copy_only=False), encoded.indices


def _raw(value: bytes, codec: str) -> bytes:
    """The bytes as they stand in the file."""
    if codec == "utf-8" or value.isascii():
        return value
    return value.decode("utf-8").encode(codec)


def _declared(source: Source) -> str | None:
    """What a .cpg beside a shapefile says, else the code page in the header of its .dbf."""
    for ending in (".cpg", ".CPG", ".cst"):
        beside = source.path.with_suffix(ending)
        if beside.exists():
            said = beside.read_bytes()[:60].decode("ascii", "replace").strip().lower()
            return encodings.NAMES.get(said, said)
    return _code_page(source.path.with_suffix(".dbf")) if source.driver == "ESRI Shapefile" else None


def _code_page(table: Path) -> str | None:
    if not table.exists():
        return None
    with table.open("rb") as file:
        head = file.read(CODE_PAGE_BYTE + 1)
    return CODE_PAGES.get(head[CODE_PAGE_BYTE]) if len(head) > CODE_PAGE_BYTE else None


def _chosen(raws: list[bytes], wanted: str | None, declared: str | None, source: Source) -> tuple[encodings.Found, str]:
    """What was asked for, else what the words say, else what the file says; else it has to be asked."""
    if wanted:
        return _named(wanted, raws), "given"
    found = encodings.detect(raws)
    # Text that is good UTF-8 is that, whatever a header says: writers leave its byte as it was. Plain ASCII proves nothing.
    proved = any(not raw.isascii() for raw in raws)
    if found is not None and (found.name != "utf-8" or proved or declared in (None, "utf-8")):
        return found, "detected"
    if declared and source.driver in BYTE_TEXT:
        return _named(declared, raws), "declared"
    if found is not None:
        return found, "detected"
    raise ENCODING_REQUIRED("Không rõ bảng mã chữ: hãy chọn.", "The text encoding is not clear: choose one.", samples=samples(raws))


def _named(name: str, raws: list[bytes]) -> encodings.Found:
    try:
        return encodings.named(name)
    except LookupError as error:
        raise ENCODING_REQUIRED(f"Không biết bảng mã {name!r}.", f"The encoding {name!r} is not known.", samples=samples(raws)) from error


def samples(raws: list[bytes]) -> dict[str, str]:
    """The same words in every reading, for a person to choose by."""
    accented = next((raw for raw in raws if not raw.isascii()), b"")[:80]
    readings = {}
    for name in (*encodings.READERS, "windows-1252"):
        try:
            readings[name] = encodings.decode(accented, encodings.named(name))
        except UnicodeDecodeError:
            continue
    return readings
