"""Where it happens: density of any layer of points that has a time, as cells in a vector tile and as a picture.

What is counted is decided by layers.access; how, by geo.density. A period or a category that makes no sense is refused, never guessed.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from PIL import Image
from psycopg2 import sql

from geo import density, tilegrid
from geo.city import CITY
from geo.crs import CITY_SRID, WEB_MERCATOR, transformer
from geo.errors import BAD_REQUEST
from geo.sql import statement
from layers.access import Counted, column_of
from layers.layer import Layer

HEAT_SUFFIX = ".heat"
EDGE_SUFFIX = "_edge"
SIDE_PX = 512
# The picture's coordinates are exact at every so many pixels and straight between: off by centimetres at most.
NODE_PX = 16
DEFAULT_DAYS = 30
LONGEST_DAYS = 3_660
SPARSE_BELOW = 30
LONGEST_VALUE = 60
ZONE = ZoneInfo(CITY.timezone)


@dataclass(frozen=True)
class Asked:
    """A period (`until` exclusive) and a category, as asked for."""

    from_: datetime
    until: datetime
    category: str | None = None

    @property
    def days(self) -> float:
        return (self.until - self.from_) / timedelta(days=1)


def asked(query: Mapping[str, str], *, layer: type[Layer], at: datetime) -> Asked:
    """What a query string asks for; without a period the last thirty days. Raises BAD_REQUEST with the value that is wrong."""
    tomorrow = datetime.combine(at.astimezone(ZONE).date() + timedelta(days=1), time(), ZONE)
    until = _moment("to", query.get("to", "")) or tomorrow
    from_ = _moment("from", query.get("from", "")) or until - timedelta(days=DEFAULT_DAYS)
    if not timedelta(0) < until - from_ <= timedelta(days=LONGEST_DAYS):
        raise BAD_REQUEST(f"from phải trước to, nhiều nhất {LONGEST_DAYS} ngày.", f"from must be before to, by at most {LONGEST_DAYS} days.")
    return Asked(from_, until, _category(query.get("category", ""), layer))


def _moment(name: str, text: str) -> datetime | None:
    """A date (the city's midnight) or an RFC 3339 moment; a plus sign that became a space in an address is one again."""
    text = text.strip().replace(" ", "+")
    if not text:
        return None
    try:
        if len(text) == len("2026-01-31"):
            return datetime.combine(date.fromisoformat(text), time(), ZONE)
        found = datetime.fromisoformat(text)
        if found.tzinfo is not None and 1900 <= found.year <= 2200:
            return found
    except (ValueError, OverflowError):
        pass
    shown = text[:LONGEST_VALUE]
    raise BAD_REQUEST(f"{name}={shown}: cần ngày (2026-01-31) hoặc thời điểm có múi giờ.", f"{name}={shown}: a date (2026-01-31) or a moment with an offset.")


def _category(text: str, layer: type[Layer]) -> str | None:
    if not text:
        return None
    field = layer.field(layer.category) if layer.category else None
    if field is None:
        raise BAD_REQUEST("Lớp này không phân loại.", "This layer has no categories.")
    if (field.choices and text not in {choice.value for choice in field.choices}) or len(text) > LONGEST_VALUE or "\0" in text:
        shown = text[:LONGEST_VALUE]
        raise BAD_REQUEST(f"Không có loại {shown}.", f"There is no category {shown}.")
    return text


def _names(counted: Counted, narrowed: bool) -> dict[str, sql.Composable]:
    """What the statements of heat have in common. The mask, where there is one, is what is counted and what is filtered by."""
    rows = counted.rows
    layer = rows.layer
    kinds = sql.SQL("{} = %(category)s::text").format(column_of(layer.category_field())) if narrowed else sql.SQL("true")
    return {
        "shape": rows.geometry,
        "relation": rows.relation,
        "time": sql.SQL("t.") + sql.Identifier(layer.began()),
        "narrowed": kinds,
        "where": rows.where,
        "srid": sql.Literal(CITY_SRID),
    }


def cells_statement(counted: Counted, *, narrowed: bool) -> sql.Composed:
    """i, j, n of every cell of a box, unsuppressed; run with `parameters`."""
    return sql.SQL(statement("tiles", "heat_cells")).format(**_names(counted, narrowed))


def tile_statement(counted: Counted, *, narrowed: bool) -> sql.Composed:
    """One vector tile of cells; run with `parameters`."""
    slug = counted.rows.layer.slug + HEAT_SUFFIX
    return sql.SQL(statement("tiles", "heat_tile")).format(
        cells=cells_statement(counted, narrowed=narrowed),
        srid=sql.Literal(CITY_SRID),
        slug=sql.Literal(slug),
        edge_slug=sql.Literal(slug + EDGE_SUFFIX),
    )


def total_statement(counted: Counted, *, narrowed: bool) -> sql.Composed:
    """How many rows the caller may count in the period."""
    return sql.SQL(statement("tiles", "heat_total")).format(**_names(counted, narrowed))


def parameters(scope: Mapping[str, Any], wanted: Asked, *, z: int, x: int, y: int, hide_below: int, edges: bool = False) -> dict[str, Any] | None:
    """The parameters of a tile's statements; None where no data is accepted from, so that the database need not be asked."""
    level = density.level_of(z)
    # Two sides: a cell whose centre is in the tile reaches out by less than one, and its points must all be counted.
    box = tilegrid.city_box(z, x, y, 2.0 * density.side_m(level))
    if box is None:
        return None
    tile = {"z": z, "x": x, "y": y, "level": level, "side": float(density.side_m(level)), "per_case": density.per_case(level, wanted.days)}
    limits = dict(zip(("xmin", "ymin", "xmax", "ymax"), box, strict=True))
    return {**period_parameters(scope, wanted), **tile, **limits, "hide_below": hide_below, "edges": edges}


def period_parameters(scope: Mapping[str, Any], wanted: Asked) -> dict[str, Any]:
    """The parameters of the total, and a part of those of a tile."""
    return {**scope, "from": wanted.from_, "until": wanted.until, "category": wanted.category}


def picture(cells: list[tuple[int, int, int]], params: Mapping[str, Any]) -> bytes:
    """A PNG of one tile: each pixel has the colour of the cell that it lies in, clear where nothing happened."""
    kept = [(i, j, n) for i, j, n in cells if n >= params["hide_below"]]
    pixels = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
    if kept:
        i, j, n = np.array(kept, np.int64).T
        first_i, first_j = i.min(), j.min()
        grid = np.zeros((i.max() - first_i + 1, j.max() - first_j + 1), np.uint8)
        grid[i - first_i, j - first_j] = density.classes(n * params["per_case"])
        rows, columns, at_i, at_j = _pixel_cells(params)
        at_i, at_j = at_i - first_i, at_j - first_j
        inside = (at_i >= 0) & (at_i < grid.shape[0]) & (at_j >= 0) & (at_j < grid.shape[1])
        pixels[rows, columns][inside] = grid[at_i[inside], at_j[inside]]
    drawn = Image.fromarray(pixels, mode="P")
    drawn.putpalette([0, 0, 0, *(int(color[at : at + 2], 16) for color in density.COLORS for at in (1, 3, 5))])
    out = io.BytesIO()
    drawn.save(out, "PNG", transparency=0, bits=4, compress_level=1)
    return out.getvalue()


def _pixel_cells(params: Mapping[str, Any]) -> tuple[slice, slice, np.ndarray, np.ndarray]:
    """The part of the tile that data is accepted from, and the cell of each of its pixels' centres."""
    west, south, east, north = tilegrid.bounds_mercator(params["z"], params["x"], params["y"])
    pixel_m = (east - west) / SIDE_PX
    data_west, data_south, data_east, data_north = tilegrid.accepted_mercator()
    first_column, last_column = _within((data_west - west) / pixel_m), _within(np.ceil((data_east - west) / pixel_m))
    first_row, last_row = _within((north - data_north) / pixel_m), _within(np.ceil((north - data_south) / pixel_m))
    columns, rows = np.arange(first_column, last_column), np.arange(first_row, last_row)
    node_columns, node_rows = _nodes(first_column, last_column), _nodes(first_row, last_row)
    node_x, node_y = np.meshgrid(west + (node_columns + 0.5) * pixel_m, north - (node_rows + 0.5) * pixel_m)
    exact = transformer(WEB_MERCATOR, CITY_SRID).transform(node_x, node_y)
    x_m, y_m = (_weights(rows, node_rows) @ part @ _weights(columns, node_columns).T for part in exact)
    side = params["side"]
    return slice(first_row, last_row), slice(first_column, last_column), np.floor(x_m / side).astype(np.int64), np.floor(y_m / side).astype(np.int64)


def _within(pixel: float) -> int:
    return int(min(max(pixel, 0), SIDE_PX))


def _nodes(first: int, last: int) -> np.ndarray:
    return np.append(np.arange(first, last, NODE_PX), last).astype(float)


def _weights(at: np.ndarray, nodes: np.ndarray) -> np.ndarray:
    """One row a position: how much each node has to say there."""
    left = np.searchsorted(nodes, at, side="right") - 1
    left = np.minimum(left, len(nodes) - 2)
    share = (at - nodes[left]) / (nodes[left + 1] - nodes[left])
    found = np.zeros((len(at), len(nodes)))
    found[np.arange(len(at)), left] = 1 - share
    found[np.arange(len(at)), left + 1] = share
    return found
