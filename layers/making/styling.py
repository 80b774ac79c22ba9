"""How a made layer is drawn: in one colour, in a colour for each kind, or along a ramp by a number; as MapLibre layers and the rows of a legend.

What an officer may ask for is a closed set of words, never an expression of the renderer: a style that does not end, or that says more
than the field it is drawn by, cannot be written down here. Ramps rise evenly in lightness, kinds are told apart by the colour-blind.
"""

import bisect
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from geo.errors import define

Mode = Literal["simple", "category", "graduated"]
MODES: tuple[Mode, ...] = ("simple", "category", "graduated")
METHODS = ("quantile", "equal", "natural", "fixed")
FEWEST_CLASSES, MOST_CLASSES = 3, 9
COLOR = re.compile(r"#[0-9a-f]{6}\Z")
# Okabe and Ito's set without its black, which the dark map would swallow; the order keeps neighbours apart.
KINDS = ("#56b4e9", "#e69f00", "#009e73", "#f0e442", "#cc79a7", "#d55e00", "#0072b2")
OTHER = "#5f6b78"
# What has no value: darker than any class, and still seen on the map.
NONE = "#4b5866"
# Each from its dark end to its light one, in even steps; what is more is lighter, for the map is dark.
RAMPS: dict[str, tuple[str, ...]] = {
    "viridis": ("#440154", "#472d7b", "#3b528b", "#2c728e", "#21908c", "#27ad81", "#5dc863", "#aadc32", "#fde725"),
    "cividis": ("#00204d", "#00336f", "#39486b", "#575c6d", "#707173", "#8a8779", "#a69d75", "#c4b56c", "#ffea46"),
    "magma": ("#000004", "#1d1147", "#51127c", "#822681", "#b63679", "#e65164", "#fb8861", "#fec287", "#fcfdbf"),
    "inferno": ("#000004", "#210c4a", "#56106e", "#89226a", "#bb3754", "#e35932", "#f98c0a", "#f9c932", "#fcffa4"),
}
# The first part of each ramp is as dark as the map itself.
RAMP_FROM = 0.25
NUMBERS = ("int", "float")
KIND_TYPES = ("text", "int", "bool", "date")
# Beyond it a number of JavaScript is no longer exact, and the renderer refuses it as a label.
LARGEST_LABEL = 2**53 - 1
FILL_OPACITY, AREA_OPACITY = 0.18, 0.7

BAD_STYLE = define("bad_style", 422, "Kiểu vẽ không dùng được", "The style cannot be used")


@dataclass(frozen=True)
class Kind:
    """One value that is drawn in a colour of its own, with its names."""

    value: Any
    color: str
    vi: str
    en: str


@dataclass(frozen=True)
class Style:
    """What was asked for and what was found for it: the kinds of a field, or the bounds between the classes of a number."""

    mode: Mode = "simple"
    color: str = ""
    field: str = ""
    kinds: tuple[Kind, ...] = ()
    ramp: str = ""
    method: str = ""
    # between the classes, rising; one fewer than there are classes
    breaks: tuple[float, ...] = ()
    least: float | None = None
    most: float | None = None

    def colors(self) -> list[str]:
        """The classes' colours, from the least to the most."""
        return ramp_colors(self.ramp, len(self.breaks) + 1)


def as_json(style: Style) -> dict[str, Any]:
    """The style as it is stored and told."""
    kinds = [{"value": kind.value, "color": kind.color, "vi": kind.vi, "en": kind.en} for kind in style.kinds]
    told: dict[str, Any] = {"mode": style.mode, "color": style.color, "field": style.field, "kinds": kinds, "ramp": style.ramp, "method": style.method}
    told |= {"classes": len(style.breaks) + 1 if style.breaks else 0, "breaks": list(style.breaks), "least": style.least, "most": style.most}
    return {name: value for name, value in told.items() if value not in ("", [], None, 0) or name in ("least", "most") and value is not None}


def from_stored(told: dict[str, Any], color: str) -> Style:
    """The style of what as_json told; `color` where none was chosen."""
    kinds = tuple(Kind(kind["value"], kind["color"], kind["vi"], kind["en"]) for kind in told.get("kinds", ()))
    return Style(
        mode=told.get("mode", "simple"),
        color=told.get("color", color),
        field=told.get("field", ""),
        kinds=kinds,
        ramp=told.get("ramp", ""),
        method=told.get("method", ""),
        breaks=tuple(told.get("breaks", ())),
        least=told.get("least"),
        most=told.get("most"),
    )


def ramp_colors(ramp: str, classes: int) -> list[str]:
    """So many colours of a ramp, evenly apart."""
    stops = np.array([[int(stop[at : at + 2], 16) for at in (1, 3, 5)] for stop in RAMPS[ramp]], dtype=float)
    places = np.linspace(RAMP_FROM, 1.0, classes) * (len(stops) - 1)
    channels = [np.interp(places, np.arange(len(stops)), stops[:, channel]) for channel in range(3)]
    return [f"#{round(red):02x}{round(green):02x}{round(blue):02x}" for red, green, blue in zip(*channels, strict=True)]


def breaks(values: Sequence[float], *, method: str, classes: int) -> tuple[float, ...]:
    """The bounds between classes: fewer than were asked for where the values do not fill them. `values` need no order."""
    ordered = np.sort(np.asarray([value for value in values if math.isfinite(value)], dtype=float))
    if not ordered.size:
        return ()
    return _rising(_WAYS[method](ordered, classes), least=float(ordered[0]), most=float(ordered[-1]))


def _rising(found: Sequence[float], *, least: float, most: float) -> tuple[float, ...]:
    """Without what repeats: a class begins at its bound, so none begins at or below the least, and none above the most."""
    return tuple(sorted({float(f"{bound:.6g}") for bound in found if least < bound <= most}))


def _quantile(ordered: np.ndarray, classes: int) -> list[float]:
    return [float(value) for value in np.quantile(ordered, np.arange(1, classes) / classes)]


def _equal(ordered: np.ndarray, classes: int) -> list[float]:
    return [float(value) for value in np.linspace(ordered[0], ordered[-1], classes + 1)[1:-1]]


def naturals(values: Sequence[float]) -> dict[int, tuple[float, ...]]:
    """The natural breaks for every number of classes, from one look at the values."""
    ordered = np.sort(np.asarray([value for value in values if math.isfinite(value)], dtype=float))
    if not ordered.size:
        return {}
    least, most, grouped = float(ordered[0]), float(ordered[-1]), _Grouped(ordered, MOST_CLASSES)
    return {classes: _rising(grouped.bounds(classes), least=least, most=most) for classes in range(FEWEST_CLASSES, MOST_CLASSES + 1)}


def _natural(ordered: np.ndarray, classes: int) -> list[float]:
    return _Grouped(ordered, classes).bounds(classes)


class _Grouped:
    """Fisher's exact grouping: the least sum of squares within the classes, by dynamic programming over the values that differ."""

    def __init__(self, ordered: np.ndarray, most_classes: int) -> None:
        self.values, weights = np.unique(ordered, return_counts=True)
        # Centred: squares of large numbers that hardly differ would lose what differs.
        centred = self.values - self.values.mean()
        self.sums = [np.concatenate(([0.0], np.cumsum(weights * centred**power))) for power in (0, 1, 2)]
        count = len(self.values)
        costs = [self._within(end) for end in range(1, count + 1)]
        best = np.array([cost[0] for cost in costs])
        # for each further class: where the last one begins, by its last value
        self.begins: list[np.ndarray] = []
        for made in range(1, min(most_classes, count)):
            following, begin = np.full(count, np.inf), np.zeros(count, dtype=int)
            for end in range(made, count):
                tried = best[made - 1 : end] + costs[end][made : end + 1]
                chosen = int(np.argmin(tried))
                following[end], begin[end] = tried[chosen], made + chosen
            best = following
            self.begins.append(begin)

    def _within(self, end: int) -> np.ndarray:
        """The sum of squares of the class from each beginning up to `end`, which is outside it."""
        many, total, square = (part[end] - part[:end] for part in self.sums)
        return np.asarray(square - total**2 / many)

    def bounds(self, classes: int) -> list[float]:
        """The first value of each class after the first."""
        if len(self.values) <= classes:
            return [float(value) for value in self.values[1:]]
        found, end = [], len(self.values) - 1
        for begin in reversed(self.begins[: classes - 1]):
            found.append(float(self.values[begin[end]]))
            end = int(begin[end]) - 1
        return found[::-1]


_WAYS = {"quantile": _quantile, "equal": _equal, "natural": _natural}


def drawn(style: Style, geometry_type: str) -> list[dict[str, Any]]:
    """The parts that a renderer draws. A filter keeps each part to its own kind, so that a layer of mixed geometry is drawn whole."""
    color, opacity = _color(style), FILL_OPACITY if style.mode == "simple" else AREA_OPACITY
    fill = {"type": "fill", "filter": ["==", ["geometry-type"], "Polygon"], "paint": {"fill-color": color, "fill-opacity": opacity}}
    line = {"type": "line", "filter": ["!=", ["geometry-type"], "Point"], "paint": {"line-color": color, "line-width": 1.4}}
    circle = {
        "type": "circle",
        "filter": ["==", ["geometry-type"], "Point"],
        "paint": {"circle-radius": 4, "circle-color": color, "circle-stroke-color": "#0b1016", "circle-stroke-width": 1},
    }
    return {"circle": [circle], "line": [line], "square": [fill, line]}[shape_of(geometry_type)] if geometry_type != "Geometry" else [fill, line, circle]


def shape_of(geometry_type: str) -> str:
    """The sign of a legend's row."""
    if "Point" in geometry_type:
        return "circle"
    return "line" if "Line" in geometry_type else "square"


def _color(style: Style) -> Any:
    """One colour, or the expression that finds it from the field."""
    if style.mode == "category" and style.kinds:
        pairs = [part for kind in style.kinds for part in (_label(kind.value), kind.color)]
        return ["match", _read_as(style), *pairs, OTHER]
    if style.mode == "graduated" and style.breaks:
        first, *rest = style.colors()
        steps = [part for bound, color in zip(style.breaks, rest, strict=True) for part in (bound, color)]
        # A feature without the number is no feature with nothing.
        return ["case", ["==", ["typeof", ["get", style.field]], "number"], ["step", ["get", style.field], first, *steps], NONE]
    return style.color or OTHER


def _read_as(style: Style) -> list[Any]:
    """Labels of a match are texts or whole numbers: a truth is read by its name."""
    found = ["get", style.field]
    return ["to-string", found] if isinstance(style.kinds[0].value, bool) else found


def _label(value: Any) -> Any:
    return ("false", "true")[value] if isinstance(value, bool) else value


def legend(style: Style, *, vi: str, en: str, geometry_type: str, unit: str = "") -> list[dict[str, Any]]:
    """What each colour means, the most at the top where it is a number."""
    shape = shape_of(geometry_type)
    if style.mode == "category" and style.kinds:
        rows = [{"vi": kind.vi, "en": kind.en, "color": kind.color} for kind in style.kinds] + [{"vi": "Khác", "en": "Other", "color": OTHER}]
    elif style.mode == "graduated" and style.breaks:
        rows = [*_classes(style, unit)[::-1], {"vi": "Chưa có số liệu", "en": "No value", "color": NONE}]
    else:
        rows = [{"vi": vi, "en": en, "color": style.color or OTHER}]
    return [{**row, "shape": shape} for row in rows]


def _classes(style: Style, unit: str) -> list[dict[str, Any]]:
    bounds = [style.least if style.least is not None else -math.inf, *style.breaks, style.most if style.most is not None else math.inf]
    tail = f" {unit}" if unit else ""
    return [
        {"vi": f"{_number(low, ',')} – {_number(high, ',')}{tail}", "en": f"{_number(low, '.')} – {_number(high, '.')}{tail}", "color": color}
        for low, high, color in zip(bounds, bounds[1:], style.colors(), strict=False)
    ]


def _number(value: float, point: str) -> str:
    """As it is written in the language: 12,5 or 12.5, thousands by a thin space."""
    if math.isinf(value):
        return "…"
    decimals = 0 if value == int(value) else max(0, 3 - int(math.floor(math.log10(abs(value)))) - 1) if value else 0
    text = f"{value:,.{min(decimals, 6)}f}".replace(",", "\u202f")
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace(".", point)


def class_of(style: Style, value: float) -> int:
    """In which class a value falls, from 0; a class begins at its bound."""
    return bisect.bisect_right(style.breaks, value)
