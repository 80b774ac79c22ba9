"""A style as somebody asks for it, filled in from what the layer holds: which kinds there are, where the classes of a number are cut.

Bounds and colours are kept with the layer, not found again at each look: the same colour means the same tomorrow. Asking again finds them anew.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from geo.errors import BAD_REQUEST
from layers.access import Opened
from layers.layer import Field
from layers.making import styling, summaries
from layers.making.declaring import Declaration
from layers.making.styling import BAD_STYLE, KINDS, Kind, Style


@dataclass(frozen=True)
class Asked:
    """What is asked for; empty is what the city chooses. colors: value → colour of a kind. breaks: the bounds of the method `fixed`."""

    mode: str
    field: str = ""
    color: str = ""
    ramp: str = "viridis"
    classes: int = 5
    method: str = "quantile"
    breaks: tuple[float, ...] = ()
    colors: Sequence[tuple[Any, str]] = ()


def filled(asked: Asked, declared: Declaration, seen: Opened | None) -> Style:
    """The whole style. `seen` is the layer as the asker sees it, None before it is made. Raises BAD_STYLE, NOT_FOUND for a hidden field."""
    for color in (asked.color, *(color for _, color in asked.colors)):
        if color and not styling.COLOR.match(color):
            raise BAD_STYLE(f"Màu {color[:20]!r}: dạng #rrggbb.", f"The colour {color[:20]!r} is not of the form #rrggbb.")
    if asked.mode not in styling.MODES:
        raise BAD_STYLE(f"Kiểu: {', '.join(styling.MODES)}.", f"The mode is one of {', '.join(styling.MODES)}.")
    return _FILL[asked.mode](asked, declared, seen)


def _simple(asked: Asked, declared: Declaration, seen: Opened | None) -> Style:
    return Style("simple", color=asked.color)


def _category(asked: Asked, declared: Declaration, seen: Opened | None) -> Style:
    field = _field(asked, declared, styling.KIND_TYPES)
    standing = seen is not None and seen.layer.field(field.name) is not None
    found = [value for value, _ in summaries.kinds(seen, field.name, limit=len(KINDS)).values] if seen is not None and standing else []
    named = {choice.value: choice for choice in field.choices}
    # What is there comes first, in the order of the list where there is one; then what could come.
    wanted = [value for value, _ in asked.colors] or found + [value for value in named if value not in found]
    kept = [value for value in dict.fromkeys(wanted) if _labels(value)][: len(KINDS)]
    kept.sort(key=lambda value: list(named).index(value) if value in named else len(named))
    colors = dict(asked.colors)
    kinds = [_kind(value, colors.get(value) or KINDS[place], named.get(value)) for place, value in enumerate(kept)]
    return Style("category", color=asked.color, field=field.name, kinds=tuple(kinds))


def _kind(value: Any, color: str, choice: Any) -> Kind:
    vi, en = (choice.vi, choice.en) if choice else (_said(value, "Có", "Không"), _said(value, "Yes", "No"))
    return Kind(value.isoformat() if hasattr(value, "isoformat") else value, color, vi, en)


def _said(value: Any, yes: str, no: str) -> str:
    return (yes if value else no) if isinstance(value, bool) else str(value)[:60]


def _labels(value: Any) -> bool:
    """Whether a renderer can match it."""
    return not isinstance(value, int) or abs(value) <= styling.LARGEST_LABEL


def _graduated(asked: Asked, declared: Declaration, seen: Opened | None) -> Style:
    field = _field(asked, declared, styling.NUMBERS)
    if asked.ramp not in styling.RAMPS or asked.method not in styling.METHODS:
        raise BAD_STYLE(f"Dải màu: {', '.join(styling.RAMPS)}.", f"Ramps are {', '.join(styling.RAMPS)}; methods {', '.join(styling.METHODS)}.")
    classes = len(asked.breaks) + 1 if asked.method == "fixed" else asked.classes
    if not styling.FEWEST_CLASSES <= classes <= styling.MOST_CLASSES:
        raise BAD_STYLE(f"Số lớp từ {styling.FEWEST_CLASSES} đến {styling.MOST_CLASSES}.", f"Classes are {styling.FEWEST_CLASSES} to {styling.MOST_CLASSES}.")
    standing = seen is not None and seen.layer.field(field.name) is not None
    samples = summaries.numbers(seen, field.name).samples if seen is not None and standing else []
    bounds = _fixed(asked.breaks) if asked.method == "fixed" else styling.breaks(samples, method=asked.method, classes=classes)
    least, most = (samples[0], samples[-1]) if samples else (None, None)
    return Style("graduated", asked.color, field.name, (), asked.ramp, asked.method, bounds, least, most)


def _fixed(bounds: Sequence[float]) -> tuple[float, ...]:
    if any(later <= earlier for earlier, later in zip(bounds, bounds[1:], strict=False)) or not all(abs(bound) < styling.LARGEST_LABEL for bound in bounds):
        raise BAD_STYLE("Các mốc phải tăng dần.", "The bounds must rise.")
    return tuple(bounds)


def _field(asked: Asked, declared: Declaration, types: Sequence[str]) -> Field:
    field = declared.field(asked.field)
    if field is None or field.type not in types:
        raise BAD_STYLE(f"Cần một trường kiểu {', '.join(types)}.", f"It takes a field of the type {', '.join(types)}.", field=asked.field[:60])
    return field


_FILL = {"simple": _simple, "category": _category, "graduated": _graduated}


def from_json(given: Mapping[str, Any]) -> Asked:
    """The style of a request, whose shape the schema has checked. Raises BAD_REQUEST."""
    try:
        return Asked(
            mode=given["mode"],
            field=given.get("field") or "",
            color=given.get("color") or "",
            ramp=given.get("ramp") or "viridis",
            classes=given.get("classes") or 5,
            method=given.get("method") or "quantile",
            breaks=tuple(given.get("breaks") or ()),
            colors=tuple((one["value"], one["color"]) for one in given.get("colors") or ()),
        )
    except (KeyError, TypeError) as error:
        raise BAD_REQUEST("Kiểu vẽ thiếu phần.", "The style lacks a part.") from error
