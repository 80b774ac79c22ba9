"""Where water comes at which level: from heights on a grid and where water stands today, arrays in, arrays out.

Low ground does not flood because it is low: it floods from the level at which water finds a way to it. What lies behind a dike stays dry until the dike is topped.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from rasterio.features import rasterize, shapes, sieve
from rasterio.transform import Affine, from_origin
from scipy import ndimage
from shapely.geometry import shape as shape_of
from shapely.geometry.base import BaseGeometry

# Water passes between cells that share a side: a dike that runs diagonally over the grid still holds.
NEIGHBOURS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], dtype=bool)
NEVER = np.iinfo(np.int16).max
WATER = -NEVER
# Puddles and islets of fewer cells than this are drawn with what is around them.
SMALLEST_CELLS = 12
SIMPLE_M = 4.0
# Zones are cut along this grid, so that no shape is heavy.
CUT_M = 1_000.0
SAMPLE_M = 5.0


@dataclass(frozen=True)
class Ground:
    """Heights in metres over one datum on a north-up grid in city metres; NaN where nothing is known."""

    heights_m: npt.NDArray[np.float32]
    west: float
    north: float
    cell_m: float

    @property
    def transform(self) -> Affine:
        return from_origin(self.west, self.north, self.cell_m, self.cell_m)

    def cells_of(self, places: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
        """Row and column of places (n, 2), and which of them lie on the grid."""
        column = np.floor((places[:, 0] - self.west) / self.cell_m).astype(np.int64)
        row = np.floor((self.north - places[:, 1]) / self.cell_m).astype(np.int64)
        rows, columns = self.heights_m.shape
        inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
        return np.where(inside, row, 0), np.where(inside, column, 0), inside


def covered(ground: Ground, areas: Sequence[BaseGeometry]) -> npt.NDArray[np.bool_]:
    """The cells that any of these touches."""
    if not len(areas):
        return np.zeros(ground.heights_m.shape, dtype=bool)
    burnt = rasterize(list(areas), out_shape=ground.heights_m.shape, transform=ground.transform, fill=0, default_value=1, dtype="uint8", all_touched=True)
    return burnt.astype(bool)


def reached_from_cm(
    ground: Ground, water: npt.NDArray[np.bool_], levels_cm: Sequence[int], say: Callable[[int], None] = lambda _: None
) -> npt.NDArray[np.int16]:
    """The lowest of the levels at which each cell is under water that is joined to standing water; NEVER, and WATER for standing water itself."""
    found = np.full(ground.heights_m.shape, NEVER, dtype=np.int16)
    for level_cm in levels_cm:
        with np.errstate(invalid="ignore"):
            low = (ground.heights_m <= level_cm / 100) | water
        parts, count = ndimage.label(low, structure=NEIGHBOURS)
        joined = np.zeros(count + 1, dtype=bool)
        joined[np.unique(parts[water])] = True
        joined[0] = False
        fresh = joined[parts] & (found == NEVER)
        found[fresh] = level_cm
        say(level_cm)
    found[water] = WATER
    return found


def bands(ground: Ground, reached: npt.NDArray[np.int16]) -> list[tuple[int, BaseGeometry]]:
    """(level, area) pairs: the ground that each level takes besides what lower ones take. They neither overlap nor leave gaps, and are cut to a kilometre."""
    drawn = sieve(np.where((reached == NEVER) | (reached == WATER), 0, reached).astype(np.int16), SMALLEST_CELLS, connectivity=4)
    drawn[reached == WATER] = 0
    found: list[tuple[int, BaseGeometry]] = []
    rows, columns = drawn.shape
    step = int(CUT_M / ground.cell_m)
    for top in range(0, rows, step):
        for left in range(0, columns, step):
            part = drawn[top : top + step, left : left + step]
            if part.any():
                place = Affine.translation(ground.west + left * ground.cell_m, ground.north - top * ground.cell_m) @ Affine.scale(ground.cell_m, -ground.cell_m)
                found += _tile_bands(part, place)
    return found


def _tile_bands(part: npt.NDArray[np.int16], place: Affine) -> list[tuple[int, BaseGeometry]]:
    """All levels of one tile, simplified together so that neighbours keep their common edge."""
    pieces = [(int(level), shape_of(given)) for given, level in shapes(part, mask=part != 0, connectivity=4, transform=place)]
    areas = np.array([area for _, area in pieces], dtype=object)
    # The edge of a tile stays where it is: its neighbour's does too.
    simple = shapely.coverage_simplify(areas, SIMPLE_M, simplify_boundary=False)
    levels = np.array([level for level, _ in pieces])
    return [
        (int(level), shapely.multipolygons([one for one in shapely.get_parts(simple[levels == level]) if one.area > 0]))
        for level in np.unique(levels)
        if bool((shapely.area(simple[levels == level]) > 0).any())
    ]


def depths_cm(ground: Ground, reached: npt.NDArray[np.int16], lines: npt.NDArray[np.object_], levels_cm: Sequence[int]) -> npt.NDArray[np.int16]:
    """(lines, levels) centimetres of the deepest water on each line at each level; 0 where it is dry."""
    deepest = np.zeros((len(lines), len(levels_cm)), dtype=np.int16)
    if not len(lines):
        return deepest
    places, which = shapely.get_coordinates(shapely.segmentize(lines, SAMPLE_M), return_index=True)
    row, column, inside = ground.cells_of(places)
    height_cm, from_cm = ground.heights_m[row, column] * 100, reached[row, column].astype(np.int32)
    known = inside & np.isfinite(height_cm) & (from_cm != WATER)
    for index, level_cm in enumerate(levels_cm):
        wet = np.flatnonzero(known & (from_cm <= level_cm))
        np.maximum.at(deepest[:, index], which[wet], np.ceil(level_cm - height_cm[wet]).clip(1, NEVER).astype(np.int16))
    return deepest
