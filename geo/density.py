"""Density in the city's own metres: a fixed ladder of square cells, a stated unit, and a legend that no zoom changes.

Cells are anchored at the origin of the city CRS and their sides are powers of two, so four cells of one level are exactly one of
the next. Everything here is arithmetic; it knows neither rows nor tiles of a layer.
"""

from typing import Any

import numpy as np

# Up to which zoom which level is drawn; the side of a cell is 2**level metres. About 13 px, never under 64 m: a cell smaller than a
# street block would show single houses, not density.
LADDER = ((5, 15), (6, 14), (7, 13), (8, 12), (9, 11), (10, 10), (11, 9), (12, 8), (14, 7), (22, 6))
DAYS_OF_UNIT = 30
UNIT = {"vi": "vụ/km²/30 ngày", "en": "cases/km²/30 days"}
# Lower edges of the classes. Doubling and a little more: what people compare is "twice as much", not "ten more".
BREAKS = (0, 5, 10, 20, 50, 100, 200, 500)
# Magma: lightness grows evenly, also for who does not see red or green.
COLORS = ("#1d1147", "#51127c", "#832681", "#b63679", "#e65164", "#fb8861", "#fec287", "#fcfdbf")
# An identifier must pass through JavaScript, which counts exactly up to 2**53: five bits of level, twice 24 of a signed index.
INDEX_BITS = 24
INDEX_ZERO = 2 ** (INDEX_BITS - 1)


def level_of(z: int) -> int:
    """The level that a zoom draws."""
    return next(level for until, level in LADDER if z <= until)


def side_m(level: int) -> int:
    """The side of a cell of a level."""
    return 2**level


def cell_of(x_m: float, y_m: float, level: int) -> tuple[int, int]:
    """The i, j of the cell that holds a place in city metres; a cell holds its west and south edges."""
    return int(x_m // side_m(level)), int(y_m // side_m(level))


def pack(level: int, i: int, j: int) -> int:
    """A cell as one integer, the same at every zoom."""
    return (level << 2 * INDEX_BITS) | ((i + INDEX_ZERO) << INDEX_BITS) | (j + INDEX_ZERO)


def unpack(cell: int) -> tuple[int, int, int]:
    """level, i, j of a packed cell."""
    mask = 2**INDEX_BITS - 1
    return cell >> 2 * INDEX_BITS, ((cell >> INDEX_BITS) & mask) - INDEX_ZERO, (cell & mask) - INDEX_ZERO


def parent(cell: int) -> int:
    """The cell of the next coarser level that this one is a quarter of."""
    level, i, j = unpack(cell)
    return pack(level + 1, i >> 1, j >> 1)


def per_case(level: int, days: float) -> float:
    """What one case adds to a cell's density, in cases/km²/30 days."""
    return DAYS_OF_UNIT / days / (side_m(level) / 1000) ** 2


def legend() -> dict[str, Any]:
    """The unit and the classes, each from its lower edge (inclusive) to the next."""
    uppers = [*BREAKS[1:], None]
    return {"unit": UNIT, "ramp": [{"from": low, "to": high, "color": color} for low, high, color in zip(BREAKS, uppers, COLORS, strict=True)]}


def classes(density: np.ndarray | float) -> np.ndarray:
    """The class of each density: 0 for none at all, else 1 for the first colour and so on."""
    return np.where(density > 0, np.searchsorted(BREAKS, density, side="right"), 0).astype(np.uint8)
