"""A sketch of a case for paper: streets, water, what was closed, where units went and the scene, drawn as SVG from what the reader may see."""

import math
from collections.abc import Iterable
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from geo.errors import NOT_FOUND
from layers import query
from layers.access import Scope, opened

WIDTH, HEIGHT = 720, 420
MARGIN = 24
# From one side to the other at least so many metres, and at most.
NARROWEST_M, WIDEST_M = 600.0, 6_000.0
METRES_PER_DEGREE = 111_320.0
GROUND = (("canals", "#9cc3dd", 4.0), ("roads", "#b9bfc6", 1.6))
# Told apart by dash as well as by colour: paper is often grey.
TRAILS = (("#a1260d", ""), ("#0b5394", "8 4"), ("#38761d", "2 4"), ("#674ea7", "12 4 2 4"), ("#b45f06", "4 2"))
Place = tuple[float, float]


class Frame:
    """From lon, lat to the sketch's own points."""

    def __init__(self, centre: Place, half_m: float) -> None:
        self.lon, self.lat = centre
        self.per_lon = METRES_PER_DEGREE * math.cos(math.radians(self.lat))
        self.scale = (WIDTH - 2 * MARGIN) / (2 * half_m)
        self.half_m = half_m

    def point(self, place: Place) -> Place:
        x = WIDTH / 2 + (place[0] - self.lon) * self.per_lon * self.scale
        y = HEIGHT / 2 - (place[1] - self.lat) * METRES_PER_DEGREE * self.scale
        return round(x, 1), round(y, 1)

    def box(self) -> tuple[float, float, float, float]:
        east, north = self.half_m / self.per_lon, self.half_m / METRES_PER_DEGREE
        return self.lon - east, self.lat - north, self.lon + east, self.lat + north


def sketch(told: dict[str, Any], scope: Scope) -> SafeString:
    """The sketch of a replay (incidents.afterwards.replaying). Empty for a case without a place."""
    item = told["incident"]
    if item["lon"] is None:
        return SafeString("")
    scene = (item["lon"], item["lat"])
    frame = Frame(scene, _half_m(scene, told["units"]))
    parts = [*_ground(frame, scope), *_closures(frame, told["closures"]), *_trails(frame, told["units"]), _scene(frame, scene), _bar(frame)]
    return format_html(
        '<svg class="sketch" viewBox="0 0 {} {}" role="img" aria-label="Sơ đồ hiện trường">{}</svg>',
        WIDTH,
        HEIGHT,
        format_html_join("", "{}", ((part,) for part in parts)),
    )


def _half_m(scene: Place, units: list[dict[str, Any]]) -> float:
    """Wide enough for every trail, within reason: a unit that came from the next town leaves the picture at its edge."""
    per_lon = METRES_PER_DEGREE * math.cos(math.radians(scene[1]))
    away = [
        max(abs(lon - scene[0]) * per_lon, abs(lat - scene[1]) * METRES_PER_DEGREE * WIDTH / HEIGHT)
        for unit in units
        for part in unit["track"]
        for _, lon, lat in part
    ]
    return min(max([NARROWEST_M / 2, *(one * 1.1 for one in away)]), WIDEST_M / 2)


def _ground(frame: Frame, scope: Scope) -> Iterable[SafeString]:
    for slug, color, width in GROUND:
        try:
            seen = opened(slug, scope)
        except NOT_FOUND:
            continue
        for feature in query.features(seen, box=frame.box(), limit=query.MAX_LIMIT):
            for line in _lines(feature["geometry"]):
                yield _line(frame, line, color, width, "")


def _lines(geometry: dict[str, Any] | None) -> list[list[Place]]:
    """The lines of a shape, whatever it is: a surface is drawn by its edge."""
    if geometry is None:
        return []
    nested, lines = geometry.get("coordinates", []), []
    depth = {"LineString": 0, "MultiLineString": 1, "Polygon": 1, "MultiPolygon": 2}.get(geometry["type"])
    if depth is None:
        return []
    stack = [(nested, depth)]
    while stack:
        here, left = stack.pop()
        if left == 0:
            lines.append([(float(place[0]), float(place[1])) for place in here])
        else:
            stack += [(inner, left - 1) for inner in here]
    return lines


def _line(frame: Frame, places: Iterable[Place], color: str, width: float, dash: str) -> SafeString:
    points = " ".join(f"{x},{y}" for x, y in map(frame.point, places))
    return format_html('<polyline points="{}" fill="none" stroke="{}" stroke-width="{}" stroke-dasharray="{}"/>', points, color, width, dash)


def _closures(frame: Frame, closures: list[dict[str, Any]]) -> Iterable[SafeString]:
    for feature in closures:
        for line in _lines(feature["geometry"]):
            yield _line(frame, line, "#d98200", 5, "3 3")


def _trails(frame: Frame, units: list[dict[str, Any]]) -> Iterable[SafeString]:
    for index, unit in enumerate(units):
        color, dash = TRAILS[index % len(TRAILS)]
        for part in unit["track"]:
            yield _line(frame, [(lon, lat) for _, lon, lat in part], color, 2.5, dash)
        if unit["track"]:
            _, lon, lat = unit["track"][0][0]
            x, y = frame.point((lon, lat))
            yield format_html('<text x="{}" y="{}" font-size="12" fill="{}">{}</text>', x + 4, y - 4, color, unit["code"])


def _scene(frame: Frame, scene: Place) -> SafeString:
    x, y = frame.point(scene)
    return format_html('<path d="M{} {}l-7 -14h14z" fill="#a1260d"/><circle cx="{}" cy="{}" r="3" fill="#fff"/>', x, y, x, y - 9)


def _bar(frame: Frame) -> SafeString:
    """How long a hundred metres (or more, where that is too short to see) is."""
    metres = next(length for length in (50, 100, 200, 500, 1_000, 2_000) if length * frame.scale > 60)
    long, y = round(metres * frame.scale, 1), HEIGHT - 14
    return format_html(
        '<path d="M{} {}h{}" stroke="#222" stroke-width="2"/><text x="{}" y="{}" font-size="12">{} m</text>', MARGIN, y, long, MARGIN + long + 6, y + 4, metres
    )
