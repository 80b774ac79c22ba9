"""From what a file calls things to what a layer calls them: which column takes which attribute, and each value as the column stores it.

It refuses a file that lacks what the layer needs; a value that a field cannot take leaves its row out, and says so.
"""

import json
import math
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from dataclasses import field as field_of
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db.models import NOT_PROVIDED

from geo.errors import CONFLICT, define
from layers.access import SYSTEM, Scope
from layers.files.formats import AXES, NOTHING
from layers.files.naming import plain, plain_name
from layers.layer import Field, Layer, registry
from layers.making import made

VALID_FROM = "ward_valid_from"
FIELDS_MISSING = define("fields_missing", 422, "Tệp thiếu trường bắt buộc", "The file lacks fields that the layer needs")


@dataclass(frozen=True)
class Wish:
    """What whoever imports has said: everything that is None is found out or asked for, never guessed.

    called: the file as its owner calls it, where it lies under another name. named: attributes of the file → fields of the layer, or coordinates (layers.files.formats.AXES).
    constants: values for fields that the file lacks. key: fields to match rows by; complete: whether what the file lacks is gone.
    """

    path: Path
    slug: str | None = None
    crs: int | None = None
    encoding: str | None = None
    source_layer: str | None = None
    swap_xy: bool = False
    title: str | None = None
    see: str | None = "see_assets"
    named: dict[str, str] = field_of(default_factory=dict)
    constants: dict[str, str] = field_of(default_factory=dict)
    key: tuple[str, ...] | None = None
    complete: bool = False
    called: str = ""

    @property
    def name(self) -> str:
        return self.called or self.path.name


class BadValue(ValueError):
    """One value that the field cannot take."""


@dataclass(frozen=True)
class Column:
    """One column to fill: from which attribute of the file (None: the same value in every row), as which field."""

    name: str
    field: Field
    source: str | None
    default: Any = None
    nullable: bool = True
    longest: int | None = None
    # Whether it is filled in by where the row lies.
    by_place: bool = False

    def take(self, given: Any) -> Any:
        """The value as the column stores it. Raises BadValue."""
        value = self.default if given is None else _as_type(given, self.field)
        if value is None and not self.nullable:
            raise BadValue(f"{self.field.name} is missing")
        if self.longest is not None and isinstance(value, str) and len(value) > self.longest:
            raise BadValue(f"{self.field.name} is longer than {self.longest} letters")
        return value


def new_slug(called: str) -> str:
    """The plain name of a layer that is to be made. Raises CONFLICT where there is one of that name."""
    slug = plain_name(called, "layer")
    if registry.get(slug) is not None:
        raise CONFLICT(
            f"Đã có lớp {slug}: chọn lớp đó để nhập vào, hoặc đặt tên khác.",
            f"There is already a layer {slug}: bring the file into that one, or give the new one another name.",
            field="title",
        )
    return slug


@dataclass(frozen=True)
class Target:
    """Where the rows go: a standing layer, or one that will be made with them."""

    slug: str
    geometry_type: str
    columns: tuple[Column, ...]
    unmatched: list[str]
    layer: type[Layer] | None = None
    title: str = ""
    see: str | None = None

    @classmethod
    def new(cls, wish: Wish, told: dict[str, Any]) -> "Target":
        """A layer named after the file unless a name is given, with a field for each attribute."""
        if not told["kept"]:
            raise NOTHING("Không có đối tượng nào dùng được.", "None of the features can be used.", left_out=told["left_out"])
        stem = wish.name.split(".")[0]
        slug = wish.slug or new_slug(wish.title or stem)
        names: list[str] = []
        columns = []
        for attribute in told["fields"]:
            wanted = wish.named.get(attribute["name"], "")
            name = _free(wanted if wanted and wanted not in AXES else plain_name(attribute["name"], "field"), names)
            names.append(name)
            columns.append(Column(name, Field(name, attribute["name"], attribute["name"], type=attribute["type"]), attribute["name"]))
        return cls(slug, _common_type(told["geometry_types"]), tuple(columns), [], title=wish.title or stem or slug, see=wish.see)

    @classmethod
    def standing(cls, layer: type[Layer], wish: Wish, told: dict[str, Any], scope: Scope = SYSTEM) -> "Target":
        """A layer that is there: attributes go to the fields that share their name or title and that the caller may see. Raises FIELDS_MISSING."""
        given = {wish.named.get(attribute["name"], attribute["name"]): attribute["name"] for attribute in told["fields"]}
        by_name = {plain(name): source for name, source in given.items()}
        declared = (_column(layer, field, by_name, wish.constants) for field in layer.fields if _is_stored(layer, field) and scope.may(field.see))
        columns = [column for column in declared if column is not None]
        columns += _undeclared(layer, {column.name for column in columns})
        columns = [_by_place(layer, column) for column in columns]
        lacking = [column.field.name for column in columns if column.source is None and column.default is None and not column.nullable]
        if lacking:
            raise FIELDS_MISSING(
                f"Thiếu: {', '.join(lacking)}.",
                f"Missing: {', '.join(lacking)}.",
                fields=lacking,
                file=told["fields"],
                matched={column.source: column.field.name for column in columns if column.source},
            )
        taken = {column.source for column in columns}
        return cls(layer.slug, layer.geometry_type, tuple(columns), [one["name"] for one in told["fields"] if one["name"] not in taken], layer=layer)

    def matched(self) -> dict[str, str]:
        """Attribute of the file → field of the layer."""
        return {column.source: column.field.name for column in self.columns if column.source is not None}

    def made(self, at: datetime, scope: Scope) -> type[Layer]:
        """The layer, made now when it is not there yet. Raises as layers.making.made.make does."""
        if self.layer is not None:
            return self.layer
        fields = [column.field for column in self.columns]
        return made.make(
            slug=self.slug,
            vi=self.title,
            en=self.title,
            geometry_type=self.geometry_type,
            fields=fields,
            at=at,
            see=self.see,
            label=_label(fields),
            scope=scope,
        )


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


def _column(layer: type[Layer], declared: Field, by_name: dict[str, str], constants: dict[str, str]) -> Column | None:
    source = next((by_name[name] for name in (plain(declared.name), plain(declared.vi), plain(declared.en)) if name in by_name), None)
    constant = _as_type(constants[declared.name], declared) if declared.name in constants else None
    if layer.model is None:
        return Column(declared.source, declared, source, constant, nullable=not declared.required) if source or constant is not None else None
    stored = next(column for column in layer.model._meta.concrete_fields if column.column == declared.source)
    default = constant if constant is not None else stored.get_default() if stored.has_default() or not stored.null else None
    # An empty text is no value where one is required.
    default = None if default == "" and declared.required else default
    if source is None and default is None and stored.null:
        return None
    return Column(declared.source, declared, source, default, nullable=stored.null, longest=getattr(stored, "max_length", None))


def _undeclared(layer: type[Layer], taken: set[str]) -> list[Column]:
    """Columns of the model that no field declares and the database fills with nothing: they get the model's own default."""
    if layer.model is None:
        return []
    columns = []
    for stored in layer.model._meta.concrete_fields:
        filled = stored.primary_key or stored.null or getattr(stored, "generated", False) or stored.db_default is not NOT_PROVIDED
        if filled or stored.column in taken or stored.column == layer.geometry:
            continue
        default = stored.get_default()
        columns.append(Column(stored.column, Field(stored.name, stored.name, stored.name), None, default, nullable=False))
    return columns


def _by_place(layer: type[Layer], column: Column) -> Column:
    """The ward of a row is found by its place where nothing else says it: filled in before rows are compared."""
    by_place = layer.ward_column is not None and column.name in (layer.ward_column, VALID_FROM) and column.source is None and column.default is None
    return replace(column, nullable=True, by_place=True) if by_place else column


def _as_type(value: Any, declared: Field) -> Any:
    """A value of the file as the field's type and, where the field has a closed list, as one of its values. Raises BadValue."""
    for choice in declared.choices:
        if isinstance(value, str) and plain(value) in (plain(str(choice.value)), plain(choice.vi), plain(choice.en)):
            return choice.value
    try:
        converted = _CONVERSIONS[declared.type](value)
    except (ValueError, TypeError, OverflowError) as error:
        raise BadValue(f"{declared.name}: {str(value)[:60]!r} is not {declared.type}") from error
    if declared.choices and converted is not None and converted not in [choice.value for choice in declared.choices]:
        raise BadValue(f"{declared.name}: {str(value)[:60]!r} is not one of {[choice.value for choice in declared.choices]}")
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
    found = known.get(plain(str(value)))
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


# Values as the text that COPY reads.


_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def copied(value: Any, kind: str) -> str:
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
