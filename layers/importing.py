"""Any vector file into a layer, new or standing: read in a confined child, checked here once more, written in one transaction.

What cannot come in is told with its number, reason and place and stays out; nothing is ever half written. It refuses a file that the
child refuses, a layer whose rows only the city's own verbs may write, and fields that a standing layer needs and the file lacks.
"""

import io
import json
import math
import re
import time
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow
import shapely
from django.db import DataError, IntegrityError, connection
from django.db.models import NOT_PROVIDED
from psycopg2 import sql

from geo import events
from geo.acting import acting
from geo.crs import CITY_SRID, accepted_box
from geo.errors import CONFLICT, UNPROCESSABLE, Problem, define
from geo.models import User
from geo.shapes import admit
from layers import made
from layers.arrow import FEATURE_NO, SHAPE
from layers.child import TELL_EVERY_S, Child, Tell
from layers.formats import NOTHING, UNSUPPORTED
from layers.layer import Field, Layer, registry

LARGEST_UNPACKED_BYTES = 4 * 2**30
# Whoever shows the layer fetches it afresh when more has changed than this.
FIDS_IN_EVENT = 1_001
FAULTS_TOLD = 200

NOT_IMPORTABLE = define("layer_not_importable", 422, "Lớp này không nhận tệp", "This layer does not take files")
FIELDS_MISSING = define("fields_missing", 422, "Tệp thiếu trường bắt buộc", "The file lacks fields that the layer needs")


@dataclass(frozen=True)
class Wish:
    """What the importer asks for; everything that is None is found out or refused, never guessed."""

    path: Path
    slug: str | None = None
    crs: int | None = None
    encoding: str | None = None
    source_layer: str | None = None
    swap_xy: bool = False
    title: str | None = None
    see: str | None = "see_assets"
    # Names in the file → names in the layer, where they differ; and values for fields that the file lacks.
    named: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)


@dataclass
class Report:
    """What came, what went in, what stayed out and why."""

    told: dict[str, Any]
    slug: str
    new: bool
    matched: dict[str, str]
    unmatched: list[str]
    written: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    worst: list[dict[str, Any]] = field(default_factory=list)
    fids: list[int] = field(default_factory=list)

    def leave_out(self, feature: int, code: str, reason: str) -> None:
        self.left_out[code] = self.left_out.get(code, 0) + 1
        if len(self.worst) < FAULTS_TOLD:
            self.worst.append({"feature": feature, "code": code, "reason": reason, "lonlat": None})


def import_file(*, wish: Wish, by: User | None, because: str, at: datetime, dry_run: bool = False, tell: Tell = lambda *_: None) -> Report:
    """Bring a file in and say what happened; with `dry_run` say what would happen. Raises the problems of layers.formats and its own."""
    made.refresh()
    standing = registry.get(wish.slug) if wish.slug else None
    if standing is not None:
        _check_importable(standing)
    if not wish.path.is_file():
        raise UNSUPPORTED(f"Không có tệp {wish.path.name}.", f"There is no file {wish.path}.")
    with Child("layers.reading", wish.path.resolve(), _job(wish, standing), tell) as child:
        told = child.told
        try:
            target = _Target.standing(standing, wish, told) if standing else _Target.new(wish, told)
            report = Report(told, target.slug, standing is None, target.matched(), target.unmatched, left_out=dict(told["left_out"]["counts"]))
            report.worst = list(told["left_out"]["worst"])
            with acting(by=by, because=because):
                _write(target, child.batches(), report, at, tell)
                if dry_run:
                    raise _OnlyLooking
        except _OnlyLooking:
            report.fids = []
        except IntegrityError as error:
            raise CONFLICT("Trùng với dữ liệu đã có.", f"It collides with what is there: {str(error).splitlines()[0]}") from error
        except (DataError, _BadValue) as error:
            raise UNPROCESSABLE("Có giá trị mà lớp không nhận.", f"A value does not fit the layer: {str(error).splitlines()[0]}") from error
    return report


class _OnlyLooking(Exception):
    """Undoes the transaction of a dry run: it goes the whole way and then back."""


def _check_importable(layer: type[Layer]) -> None:
    if not layer.editable():
        raise NOT_IMPORTABLE(f"Lớp {layer.slug} chỉ thay đổi bằng nghiệp vụ riêng.", f"Rows of {layer.slug} come from the city's own verbs, not from files.")


def _job(wish: Wish, standing: type[Layer] | None) -> dict[str, Any]:
    return {
        "crs": wish.crs,
        "encoding": wish.encoding,
        "source_layer": wish.source_layer,
        "swap_xy": wish.swap_xy,
        "geometry_type": standing.geometry_type if standing else None,
        "mapping": wish.named,
        "box": list(accepted_box()),
        "most_bytes": LARGEST_UNPACKED_BYTES,
    }


# Writing: from what the file calls things to what the layer calls them.


class _BadValue(ValueError):
    """One value that the field cannot take."""


@dataclass(frozen=True)
class _Column:
    """One column to fill: from which attribute of the file (None: the same value in every row), as which field."""

    name: str
    field: Field
    source: str | None
    default: Any = None
    nullable: bool = True
    longest: int | None = None

    def take(self, given: Any) -> Any:
        """The value as the column stores it. Raises _BadValue."""
        value = self.default if given is None else _as_type(given, self.field)
        if value is None and not self.nullable:
            raise _BadValue(f"{self.field.name} is missing")
        if self.longest is not None and isinstance(value, str) and len(value) > self.longest:
            raise _BadValue(f"{self.field.name} is longer than {self.longest} letters")
        return value


@dataclass(frozen=True)
class _Target:
    """Where the rows go: a standing layer, or one that will be made with them."""

    slug: str
    geometry_type: str
    columns: tuple[_Column, ...]
    unmatched: list[str]
    layer: type[Layer] | None = None
    title: str = ""
    see: str | None = None

    @classmethod
    def new(cls, wish: Wish, told: dict[str, Any]) -> "_Target":
        """A layer named after the file unless a name is given, with a field for each attribute."""
        if not told["kept"]:
            raise NOTHING("Không có đối tượng nào dùng được.", "None of the features can be used.", left_out=told["left_out"])
        slug = wish.slug or plain_name(wish.path.name.split(".")[0], "layer")
        if wish.slug is None and registry.get(slug) is not None:
            raise CONFLICT(f"Đã có lớp {slug}: chọn bằng --layer.", f"There is already a layer {slug}: name the layer by --layer.")
        names: list[str] = []
        columns = []
        for attribute in told["fields"]:
            name = _free(wish.named.get(attribute["name"]) or plain_name(attribute["name"], "field"), names)
            names.append(name)
            columns.append(_Column(name, Field(name, attribute["name"], attribute["name"], type=attribute["type"]), attribute["name"]))
        return cls(slug, _common_type(told["geometry_types"]), tuple(columns), [], title=wish.title or wish.path.name.split(".")[0], see=wish.see)

    @classmethod
    def standing(cls, layer: type[Layer], wish: Wish, told: dict[str, Any]) -> "_Target":
        """A layer that is there: attributes go to the fields that share their name or title."""
        given = {wish.named.get(attribute["name"], attribute["name"]): attribute["name"] for attribute in told["fields"]}
        by_name = {_plain(name): source for name, source in given.items()}
        declared = (_column(layer, field, by_name, wish.constants) for field in layer.fields if _is_stored(layer, field))
        columns = [column for column in declared if column is not None]
        columns += _undeclared(layer, {column.name for column in columns})
        lacking = [column.field.name for column in columns if column.source is None and column.default is None and not column.nullable]
        if lacking:
            raise FIELDS_MISSING(
                f"Thiếu: {', '.join(lacking)}.", f"Missing: {', '.join(lacking)}.", fields=lacking, file=[one["name"] for one in told["fields"]]
            )
        taken = {column.source for column in columns}
        return cls(layer.slug, layer.geometry_type, tuple(columns), [one["name"] for one in told["fields"] if one["name"] not in taken], layer=layer)

    def matched(self) -> dict[str, str]:
        """Attribute of the file → field of the layer."""
        return {column.source: column.field.name for column in self.columns if column.source is not None}

    def made(self, at: datetime) -> type[Layer]:
        """The layer, made now when it is not there yet."""
        if self.layer is not None:
            return self.layer
        fields = [column.field for column in self.columns]
        return made.make(
            slug=self.slug, vi=self.title, en=self.title, geometry_type=self.geometry_type, fields=fields, at=at, see=self.see, label=_label(fields)
        )


def plain_name(text: str, fallback: str) -> str:
    """A name for a column or a slug from any words: no accents, lower case, words joined by one underscore."""
    plain = _plain(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text))[:50].strip("_")
    if not plain:
        return fallback
    return plain if plain[0].isalpha() else f"{fallback}_{plain}"


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D").lower())
    return re.sub(r"[^a-z0-9]+", "_", "".join(letter for letter in letters if not unicodedata.combining(letter))).strip("_")


def _free(name: str, taken: list[str]) -> str:
    name = f"source_{name}" if name in made.KEPT_FIELDS else name
    if name not in taken:
        return name
    return next(numbered for count in range(2, 10_000) if (numbered := f"{name}_{count}") not in taken)


def _common_type(types: list[str]) -> str:
    """One type for all: many parts where any has many, any geometry where kinds are mixed."""
    singles = {kind.removeprefix("Multi") for kind in types}
    if len(singles) > 1:
        return "Geometry"
    single = singles.pop()
    return f"Multi{single}" if f"Multi{single}" in types else single


def _label(fields: list[Field]) -> str | None:
    """The text that names a feature: in the city's own language where the file has several."""
    texts = [field.name for field in fields if field.type == "text"]
    for pattern in (r"^(name|ten)$", r"_vn$|_vi$|_vie$", r"^(ten_|name_)|(_ten|_name)$|^(ten|name)"):
        for name in reversed(texts) if "_v" in pattern else texts:
            if re.search(pattern, name):
                return name
    return None


def _is_stored(layer: type[Layer], declared: Field) -> bool:
    """Whether the field is a column that can be written: not one that the database makes."""
    if layer.model is None:
        return True
    stored = {column.column: column for column in layer.model._meta.concrete_fields}
    return declared.source in stored and not getattr(stored[declared.source], "generated", False)


def _column(layer: type[Layer], declared: Field, by_name: dict[str, str], constants: dict[str, str]) -> _Column | None:
    source = next((by_name[name] for name in (_plain(declared.name), _plain(declared.vi), _plain(declared.en)) if name in by_name), None)
    constant = _as_type(constants[declared.name], declared) if declared.name in constants else None
    if layer.model is None:
        return _Column(declared.source, declared, source, constant, nullable=not declared.required) if source or constant is not None else None
    stored = next(column for column in layer.model._meta.concrete_fields if column.column == declared.source)
    default = constant if constant is not None else stored.get_default() if stored.has_default() or not stored.null else None
    # An empty text is no value where one is required.
    default = None if default == "" and declared.required else default
    if source is None and default is None and stored.null:
        return None
    return _Column(declared.source, declared, source, default, nullable=stored.null, longest=getattr(stored, "max_length", None))


def _undeclared(layer: type[Layer], taken: set[str]) -> list[_Column]:
    """Columns of the model that no field declares and the database fills with nothing: they get the model's own default."""
    if layer.model is None:
        return []
    columns = []
    for stored in layer.model._meta.concrete_fields:
        filled = stored.primary_key or stored.null or getattr(stored, "generated", False) or stored.db_default is not NOT_PROVIDED
        if filled or stored.column in taken or stored.column == layer.geometry:
            continue
        default = stored.get_default()
        columns.append(_Column(stored.column, Field(stored.name, stored.name, stored.name), None, default, nullable=False))
    return columns


def _as_type(value: Any, declared: Field) -> Any:
    """A value of the file as the field's type and, where the field has a closed list, as one of its values. Raises _BadValue."""
    for choice in declared.choices:
        if isinstance(value, str) and _plain(value) in (_plain(str(choice.value)), _plain(choice.vi), _plain(choice.en)):
            return choice.value
    try:
        converted = _CONVERSIONS[declared.type](value)
    except (ValueError, TypeError, OverflowError) as error:
        raise _BadValue(f"{declared.name}: {str(value)[:60]!r} is not {declared.type}") from error
    if declared.choices and converted is not None and converted not in [choice.value for choice in declared.choices]:
        raise _BadValue(f"{declared.name}: {str(value)[:60]!r} is not one of {[choice.value for choice in declared.choices]}")
    return converted


def _text(value: Any) -> str:
    text = unicodedata.normalize("NFC", value.isoformat() if isinstance(value, date) else str(value))
    if "\0" in text:
        raise ValueError
    return text


def _whole(value: Any) -> int:
    number = float(value)
    if not number.is_integer() or abs(number) >= 2**63:
        raise ValueError
    return int(value) if isinstance(value, int) else int(number)


def _decimal(value: Any) -> float | None:
    number = float(value)
    return None if math.isnan(number) else number


def _truth(value: Any) -> bool:
    known = {"true": True, "t": True, "1": True, "yes": True, "y": True, "co": True, "x": True} | dict.fromkeys(("false", "f", "0", "no", "n", "khong"), False)
    if isinstance(value, bool):
        return value
    found = known.get(_plain(str(value)))
    if found is None:
        raise ValueError
    return found


def _day(value: Any) -> date:
    return value.date() if isinstance(value, datetime) else value if isinstance(value, date) else date.fromisoformat(str(value)[:10].replace("/", "-"))


_CONVERSIONS: dict[str, Callable[[Any], Any]] = {
    "text": _text,
    "int": _whole,
    "float": _decimal,
    "bool": _truth,
    "date": _day,
    "datetime": lambda value: value if isinstance(value, datetime) else datetime.fromisoformat(str(value)),
    "list": lambda value: [_text(one) for one in value] if isinstance(value, list) else [_text(value)],
    "json": lambda value: json.loads(value) if isinstance(value, str) else value,
}
STAGING = sql.Identifier("nbioc_import")


def _write(target: _Target, batches: Iterator[pyarrow.RecordBatch], report: Report, at: datetime, tell: Tell) -> None:
    """Staging by COPY, then one insert: inside the transaction of `acting`, so all of it or nothing."""
    layer = target.made(at)
    table = sql.Identifier(*layer.base_tables()[0].split("."))
    names = sql.SQL(", ").join(sql.Identifier(name) for name in (*(column.name for column in target.columns), layer.geometry))
    with connection.cursor() as cursor:
        _run(cursor, sql.SQL("drop table if exists pg_temp.{}").format(STAGING))
        _run(cursor, sql.SQL("create temp table {} on commit drop as select 0::bigint as feature_no, {} from {} where false").format(STAGING, names, table))
        copy = sql.SQL("copy {} (feature_no, {}) from stdin").format(STAGING, names).as_string(connection.connection)
        done, told_at = 0, time.monotonic()
        for batch in batches:
            cursor.copy_expert(copy, _rows(batch, target, report))
            done += batch.num_rows
            if time.monotonic() - told_at >= TELL_EVERY_S:
                tell("writing", done, report.told["kept"])
                told_at = time.monotonic()
        _run(
            cursor,
            sql.SQL("insert into {} ({names}) select {names} from {} order by feature_no returning {}").format(
                table, STAGING, sql.Identifier(layer.fid), names=names
            ),
        )
        report.fids = [row[0] for row in cursor.fetchall()]
        _run(cursor, sql.SQL("drop table pg_temp.{}").format(STAGING))
    report.written = len(report.fids)
    if not report.written:
        raise NOTHING("Không có đối tượng nào dùng được.", "None of the features can be used.", left_out={"counts": report.left_out, "worst": report.worst})
    data = {"read": report.told["read"], "written": report.written, "left_out": report.left_out, "crs": report.told["crs"], "encoding": report.told["encoding"]}
    events.publish(kind="layer.imported", layer=layer.slug, at=at, fids=report.fids[:FIDS_IN_EVENT], data=data)


def _run(cursor: Any, statement: sql.Composable) -> None:
    cursor.execute(statement.as_string(connection.connection))


def _rows(batch: pyarrow.RecordBatch, target: _Target, report: Report) -> io.StringIO:
    """One batch as COPY text; a row that the gateway or a field refuses is left out and told."""
    names = batch.schema.names
    columns = {name: batch.column(index).to_pylist() for index, name in enumerate(names)}
    shapes = shapely.from_wkb(columns[SHAPE], on_invalid="ignore")
    lines = io.StringIO()
    for index, (feature_no, shape) in enumerate(zip(columns[FEATURE_NO], shapes, strict=True)):
        try:
            admitted = admit(shape, types=(target.geometry_type,), srid=CITY_SRID)
            values = [column.take(columns[column.source][index] if column.source is not None else None) for column in target.columns]
        except Problem as problem:
            report.leave_out(feature_no, problem.code, problem.en)
            continue
        except _BadValue as bad:
            report.leave_out(feature_no, "bad_value", str(bad))
            continue
        hex_shape = shapely.to_wkb(shapely.set_srid(admitted, CITY_SRID), hex=True, include_srid=True)
        lines.write(
            "\t".join([str(feature_no), *(_copy(value, column.field.type) for value, column in zip(values, target.columns, strict=True)), hex_shape]) + "\n"
        )
    lines.seek(0)
    return lines


_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def _copy(value: Any, kind: str) -> str:
    """One value in the text format of COPY."""
    if value is None:
        return "\\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    if kind == "json" or isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False).translate(_ESCAPES)
    if isinstance(value, list):
        inner = ",".join('"' + str(one).replace("\\", "\\\\").replace('"', '\\"') + '"' for one in value)
        return ("{" + inner + "}").translate(_ESCAPES)
    return (value.isoformat() if isinstance(value, date) else str(value)).translate(_ESCAPES)
