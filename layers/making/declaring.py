"""What an officer declares of a layer: its names, fields, choices, who sees and edits which; and the class that it becomes.

It refuses a name that is taken or that SQL, tiles or addresses keep for themselves, a title that would not stay within its line, a type
that it does not know, a choice that its field could not hold, and a style or label by a field that not everybody sees who sees the layer.
"""

import re
import unicodedata
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from geo.errors import define
from geo.permissions import PERMISSIONS
from layers.layer import Choice, Field, FieldType, Grant, Layer
from layers.making import styling
from layers.models import MadeLayer

SCHEMA = "made"
NAME = re.compile(r"[a-z][a-z0-9_]{0,59}\Z")
# Names that a table of ours, a tile or an address already uses.
KEPT_FIELDS = frozenset({"id", "fid", "geom", "version"})
KEPT_SLUGS = frozenset({"style"})
LABEL_SUFFIX = "_label"
COLUMN_TYPES: dict[FieldType, str] = {
    "text": "text",
    "int": "bigint",
    "float": "double precision",
    "bool": "boolean",
    "date": "date",
    "datetime": "timestamptz",
    "list": "text[]",
    "json": "jsonb",
}
GEOMETRY_TYPES = frozenset({"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "Geometry"})
EDIT = "edit_assets"
# The rest is fetched on a click: a file may bring a hundred attributes, a tile may not.
FIELDS_IN_TILES = 12
MOST_FIELDS, MOST_CHOICES = 200, 200
LONGEST_TITLE, LONGEST_UNIT, LONGEST_CHOICE = 120, 20, 200
# As many marks as a Vietnamese or Khmer letter may carry; more stacked on one letter leave its line.
MARKS_ON_A_LETTER = 3
# Colour-blind safe and readable on the dark map (Tol's vibrant set); a layer keeps its colour as long as it keeps its slug.
PALETTE = ("#33bbee", "#ee7733", "#009988", "#ee3377", "#cc9944", "#88a9e0")
# What a value of a choice is in Python, by the field's type; a truth is not a number.
CHOSEN: dict[str, type] = {"text": str, "int": int, "float": float, "date": str}

BAD_NAME = define("bad_name", 422, "Tên không dùng được", "The name cannot be used")
BAD_FIELD = define("bad_field", 422, "Trường không dùng được", "The field cannot be used")


@dataclass(frozen=True)
class Declaration:
    """A made layer in words. see: None for everybody; edit: who changes its rows."""

    slug: str
    vi: str
    en: str
    geometry_type: str
    fields: tuple[Field, ...]
    label: str | None = None
    see: str | None = "see_assets"
    edit: str = EDIT
    review: bool = False
    style: styling.Style = styling.Style()

    def field(self, name: str) -> Field | None:
        return next((field for field in self.fields if field.name == name), None)


def check(declared: Declaration) -> None:
    """Raises BAD_NAME, BAD_FIELD or BAD_STYLE for what cannot be; says nothing of who may."""
    slug = declared.slug
    if not NAME.match(slug) or slug in KEPT_SLUGS or slug.endswith(LABEL_SUFFIX):
        raise BAD_NAME(
            f"Mã lớp {slug[:60]!r}: chữ thường, số, gạch dưới.", f"The slug {slug[:60]!r}: lower case letters, digits and underscores.", name=slug[:60]
        )
    if declared.geometry_type not in GEOMETRY_TYPES:
        raise _bad_name(f"Kiểu hình học {declared.geometry_type[:60]!r}.", "The geometry type is not known.", declared.geometry_type)
    for title in (declared.vi, declared.en):
        check_words(title, LONGEST_TITLE)
    if len(declared.fields) > MOST_FIELDS:
        raise BAD_FIELD(f"Tối đa {MOST_FIELDS} trường.", f"At most {MOST_FIELDS} fields.")
    names = [field.name for field in declared.fields]
    for field in declared.fields:
        if not NAME.match(field.name) or field.name in KEPT_FIELDS or names.count(field.name) > 1:
            raise _bad_name(f"Tên trường {field.name[:60]!r}.", "The field's name is reserved, repeated or not a name.", field.name)
        _check_field(field)
    for code in (declared.see, declared.edit):
        check_permission(code)
    _check_shown(declared)


def _check_field(field: Field) -> None:
    if field.type not in COLUMN_TYPES:
        raise _bad_name(f"Kiểu {field.type[:60]!r} của {field.name}.", f"The type of {field.name} is not known.", field.type)
    for title in (field.vi, field.en):
        check_words(title, LONGEST_TITLE)
    check_words(field.unit, LONGEST_UNIT)
    check_permission(field.see)
    check_permission(field.edit if isinstance(field.edit, str) else None)
    if len(field.choices) > MOST_CHOICES or (field.choices and field.type not in CHOSEN):
        raise BAD_FIELD(f"{field.name}: tối đa {MOST_CHOICES} lựa chọn.", f"{field.name}: at most {MOST_CHOICES} choices, of a text, number or date.")
    values = [choice.value for choice in field.choices]
    for choice in field.choices:
        if not _fits(choice.value, field.type) or values.count(choice.value) > 1:
            raise BAD_FIELD(f"{field.name}: lựa chọn {str(choice.value)[:60]!r}.", f"{field.name}: a choice repeats or is no {field.type}.", field=field.name)
        for words in (choice.vi, choice.en, *([choice.value] if isinstance(choice.value, str) else [])):
            check_words(words, LONGEST_CHOICE)


def _fits(value: Any, kind: str) -> bool:
    if kind == "date" and not isinstance(value, str):
        return isinstance(value, date)
    if isinstance(value, bool) or not isinstance(value, (int, float) if kind == "float" else CHOSEN[kind]):
        return False
    if kind != "date":
        return not isinstance(value, int | float) or abs(value) <= styling.LARGEST_LABEL
    try:
        return date.fromisoformat(str(value)).isoformat() == value
    except ValueError:
        return False


def check_words(text: str, longest: int) -> None:
    """What people read must stay within its line: no marks in towers, no letters that turn the line around. Raises BAD_NAME."""
    # Zero-width and turning characters are of category Cf, private and unassigned ones Co and Cn.
    bad = len(text) > longest or any(unicodedata.category(letter)[0] == "C" for letter in text)
    marks = 0
    for letter in unicodedata.normalize("NFD", text[:longest]):
        marks = marks + 1 if unicodedata.combining(letter) else 0
        bad = bad or marks > MARKS_ON_A_LETTER
    if bad:
        raise BAD_NAME(f"Tối đa {longest} ký tự thường, không ký tự điều khiển.", f"At most {longest} plain letters, none that steer the line.", name=text[:60])


def cleaned(declared: Declaration) -> Declaration:
    """With titles as they can be read: files bring tabs, tower marks and whole sentences where a name should be."""
    fields = [replace(field, vi=_readable(field.vi, LONGEST_TITLE), en=_readable(field.en, LONGEST_TITLE)) for field in declared.fields]
    return replace(declared, vi=_readable(declared.vi, LONGEST_TITLE), en=_readable(declared.en, LONGEST_TITLE), fields=tuple(fields))


def _readable(text: str, longest: int) -> str:
    kept: list[str] = []
    marks = 0
    for letter in unicodedata.normalize("NFD", " ".join(text.split())):
        marks = marks + 1 if unicodedata.combining(letter) else 0
        if marks <= MARKS_ON_A_LETTER and unicodedata.category(letter)[0] != "C":
            kept.append(letter)
    return unicodedata.normalize("NFC", "".join(kept))[:longest].strip()


def check_permission(code: str | None) -> None:
    """Raises BAD_NAME for a permission that there is not."""
    if code is not None and code not in PERMISSIONS:
        raise _bad_name(f"Không có quyền {code[:60]!r}.", "There is no such permission.", code)


def _check_shown(declared: Declaration) -> None:
    """A style and its legend tell values to everybody who sees the layer."""
    for name in (declared.label, declared.style.field or None):
        if name is None:
            continue
        field = declared.field(name)
        if field is None:
            raise _bad_name(f"{name[:60]!r} không phải là một trường.", "It is not one of the fields.", name)
        if field.see not in (None, declared.see):
            raise styling.BAD_STYLE(
                f"{name}: không phải ai thấy lớp cũng thấy trường này.", f"Not everybody who sees the layer sees the field {name}.", field=name
            )


def _bad_name(vi: str, en: str, name: str) -> Exception:
    return BAD_NAME(vi, en, name=name[:60])


def told(fields: Sequence[Field]) -> list[dict[str, Any]]:
    """The fields as a row keeps them."""
    return [
        {
            "name": field.name,
            "vi": field.vi,
            "en": field.en,
            "type": field.type,
            "unit": field.unit,
            "required": field.required,
            "choices": [{"value": _as_stored(choice.value), "vi": choice.vi, "en": choice.en} for choice in field.choices],
            "see": field.see,
            # Every field can be filled in: by who edits the layer, or by who holds a permission beside.
            "edit": field.edit if isinstance(field.edit, str) else True,
        }
        for field in fields
    ]


def _as_stored(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def declared_by(row: MadeLayer) -> Declaration:
    """What a row says."""
    shown = {row.label, row.style.get("field")}
    return Declaration(
        slug=row.slug,
        vi=row.title_vi,
        en=row.title_en,
        geometry_type=row.geometry_type,
        fields=tuple(_field(one, tile=index < FIELDS_IN_TILES or one["name"] in shown) for index, one in enumerate(row.fields)),
        label=row.label or None,
        see=row.see or None,
        edit=row.edit,
        review=row.review,
        style=styling.from_stored(row.style, PALETTE[zlib.crc32(row.slug.encode()) % len(PALETTE)]),
    )


def _field(one: dict[str, Any], *, tile: bool) -> Field:
    return Field(
        one["name"],
        one["vi"],
        one["en"],
        type=one["type"],
        unit=one["unit"],
        required=one["required"],
        choices=tuple(Choice(_chosen(choice["value"], one["type"]), choice["vi"], choice["en"]) for choice in one.get("choices", ())),
        see=one.get("see"),
        edit=one.get("edit", True),
        tile=tile,
    )


def _chosen(value: Any, kind: str) -> Any:
    """A choice as layers.changing.values reads the field."""
    return date.fromisoformat(value) if kind == "date" and isinstance(value, str) else float(value) if kind == "float" else value


def row_of(declared: Declaration) -> dict[str, Any]:
    """The columns of a row that say what is declared."""
    return {
        "title_vi": declared.vi,
        "title_en": declared.en,
        "geometry_type": declared.geometry_type,
        "fields": told(declared.fields),
        "label": declared.label or "",
        "see": declared.see or "",
        "edit": declared.edit,
        "review": declared.review,
        "style": styling.as_json(declared.style),
    }


def layer_of(row: MadeLayer) -> type[Layer]:
    """The class that a row stands for."""
    declared = declared_by(row)
    relation = f"{SCHEMA}.{declared.slug}"
    styled = declared.field(declared.style.field)
    return type(
        f"made.{declared.slug}",
        (Layer,),
        {
            "slug": declared.slug,
            "vi": declared.vi,
            "en": declared.en,
            "group": "made",
            "relation": relation,
            "tables": (relation,),
            "with_version": True,
            "geometry_type": declared.geometry_type,
            "fields": declared.fields,
            "label": declared.label,
            "search": tuple(field.name for field in declared.fields if field.type == "text"),
            "style": styling.drawn(declared.style, declared.geometry_type),
            "legend": styling.legend(declared.style, vi=declared.vi, en=declared.en, geometry_type=declared.geometry_type, unit=styled.unit if styled else ""),
            "grants": (Grant(declared.see),),
            "edit": declared.edit,
            "review": declared.review,
        },
    )
