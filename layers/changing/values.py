"""Values as they come in over JSON, made into what a column takes: typed, chosen from the field's list, short enough; or refused by the field's name."""

import math
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from psycopg2.extras import Json

from geo.errors import define
from layers.access import Scope, may_write
from layers.layer import Field, Layer

LONGEST_TEXT = 10_000
LONGEST_LIST = 1_000
BIGINT = 2**63

NOT_WRITABLE = define("field_not_writable", 403, "Không được sửa trường này", "This field may not be changed")
INVALID = define("invalid_value", 422, "Giá trị không hợp lệ", "The value is not valid")


def checked(layer: type[Layer], given: dict[str, Any], scope: Scope, *, new: bool) -> dict[str, Any]:
    """Column → value of what was given. Raises NOT_WRITABLE for a field that this caller may not change, see or that is none; INVALID with the field's name.

    A new row also takes the required fields that never change afterwards, and lacks none that is required.
    """
    found: dict[str, Any] = {}
    for name, value in given.items():
        field = layer.field(name)
        # One answer for what may not be changed, may not be seen and is not there: the answer tells nothing of hidden fields.
        if field is None or not scope.may(field.see) or not (may_write(field, scope) or (new and field.required)):
            raise NOT_WRITABLE(f"Không được sửa trường {name[:60]!r}.", f"The field {name[:60]!r} may not be changed.", field=name[:60])
        found[field.source] = value_of(layer, field, value)
    if new:
        for field in layer.fields:
            if field.required and found.get(field.source) is None and _default(layer, field) is None:
                raise _wrong(field, "bắt buộc", "it is required")
    return found


def stored(layer: type[Layer], field: Field) -> models.Field | None:
    """The model's column of a field; None where no model stands behind the layer."""
    return next((column for column in layer.model._meta.concrete_fields if column.column == field.source), None) if layer.model else None


def value_of(layer: type[Layer], field: Field, value: Any) -> Any:
    """One value as its column takes it. Raises INVALID with the field's name."""
    column = stored(layer, field)
    if value is None or (value == "" and (field.type != "text" or field.required)):
        if field.required:
            raise _wrong(field, "bắt buộc", "it is required")
        if column is None or column.null:
            return None
        return "" if field.type == "text" else column.get_default()
    try:
        made = _READ[field.type](value)
    except (ValueError, TypeError, OverflowError) as error:
        raise _wrong(field, f"cần kiểu {field.type}", f"it must be {field.type}") from error
    if field.choices and made not in (allowed := [choice.value for choice in field.choices if not choice.past]):
        known = ", ".join(str(value) for value in allowed)
        raise _wrong(field, f"chọn một trong: {known}", f"it must be one of {known}")
    if column is not None:
        try:
            column.run_validators(made)
        except ValidationError as error:
            raise _wrong(field, " ".join(error.messages), " ".join(error.messages)) from error
    return Json(made) if field.type == "json" else made


def _default(layer: type[Layer], field: Field) -> Any:
    column = stored(layer, field)
    default = column.get_default() if column is not None and column.has_default() else None
    return None if default == "" else default


def _wrong(field: Field, vi: str, en: str) -> Exception:
    return INVALID(f"{field.vi}: {vi}.", f"{field.en}: {en}.", field=field.name)


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise ValueError
    text = unicodedata.normalize("NFC", value)
    # Control characters and lone surrogates mean nothing in a name and break files and terminals; line breaks and tabs do not.
    if any(unicodedata.category(letter) in ("Cc", "Cs") and letter not in "\n\r\t" for letter in text):
        raise ValueError
    return text


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value) or not -BIGINT <= value < BIGINT:
        raise ValueError
    return int(value)


def _decimal(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError
    return float(value)


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError
    return value


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError
    return moment


def _list(value: Any) -> list[str]:
    if not isinstance(value, list) or len(value) > LONGEST_LIST:
        raise ValueError
    return [_text(one) for one in value]


_READ: dict[str, Callable[[Any], Any]] = {
    "text": _text,
    "int": _whole,
    "float": _decimal,
    "bool": _truth,
    "date": date.fromisoformat,
    "datetime": _moment,
    "list": _list,
    "json": lambda value: value,
}
