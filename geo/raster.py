"""Rasters: judged by their header, then read by window into a picture or a value. Never more than a window in memory.

Only GeoTIFF is opened: GDAL goes by what a file is, and other formats name further files and addresses.
"""

import math
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from pyproj import Geod, Transformer
from rasterio.enums import Resampling
from rasterio.errors import RasterioError
from rasterio.transform import Affine, from_bounds
from rasterio.warp import reproject, transform_bounds
from rasterio.windows import Window
from rasterio.windows import bounds as window_bounds
from rasterio.windows import from_bounds as window_of

from geo.crs import WGS84, crs_of, transformer
from geo.errors import define

MOST_BYTES = 4 * 10**9
MOST_BANDS = 20
MOST_BLOCK_BYTES = 64 * 2**20
# A picture that must read more than this of its file says so: the file wants overviews.
MOST_PIXELS_READ = 64 * 10**6
HANDLES_PER_THREAD = 4
STRIP_ROWS = 256
# GDAL would take a twentieth of the machine for its blocks, in every worker.
GDAL = {"GDAL_CACHEMAX": 16, "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR", "GDAL_NUM_THREADS": 1, "PROJ_NETWORK": "OFF", "CPL_DEBUG": "OFF"}
# Light from the north-west, as on every relief map since the hand-drawn ones; flat land shows its dikes at four times their height.
SUN_AZIMUTH_DEG, SUN_HEIGHT_DEG, EXAGGERATION, SHADE_DEPTH = 315.0, 45.0, 4.0, 0.45

UNREADABLE = define("raster_unreadable", 422, "Không đọc được ảnh raster", "The raster cannot be read")
TOO_LARGE = define("raster_too_large", 422, "Ảnh raster quá lớn", "The raster is too large")

Bounds = tuple[float, float, float, float]
Ramp = Sequence[tuple[float, str]]
_handles = threading.local()
_ellipsoid = Geod(ellps="WGS84")


@dataclass(frozen=True)
class Header:
    """What a raster says of itself. `bounds` and `pixel` are in its own CRS; `lonlat` is west, south, east, north."""

    width: int
    height: int
    bands: int
    bounds: Bounds
    pixel: tuple[float, float]
    crs_wkt: str
    lonlat: Bounds
    tags: tuple[tuple[str, str], ...]

    def tag(self, name: str) -> str:
        return dict(self.tags).get(name, "")


def stamp(path: Path) -> str:
    """Changes whenever the file does: caches and handles are kept by it. Raises UNREADABLE when there is no such file."""
    try:
        found = path.stat()
    except OSError as error:
        raise UNREADABLE("Không có tệp.", "There is no such file.") from error
    return f"{found.st_mtime_ns:x}-{found.st_size:x}"


def header(path: Path) -> Header:
    """The header, after it was judged. Raises UNREADABLE or TOO_LARGE; no pixel is read."""
    return _header(path, stamp(path))


@lru_cache(maxsize=32)
def _header(path: Path, _stamp: str) -> Header:
    with rasterio.Env(**GDAL), _open(path) as dataset:
        _judge(dataset)
        lonlat = _bounds_in(dataset.crs, rasterio.crs.CRS.from_epsg(WGS84), dataset.bounds)
        if lonlat is None:
            raise UNREADABLE("Hệ toạ độ của ảnh không dùng được.", "Its coordinate system cannot be used.")
        return Header(
            width=dataset.width,
            height=dataset.height,
            bands=dataset.count,
            bounds=tuple(dataset.bounds),
            pixel=dataset.res,
            crs_wkt=dataset.crs.to_wkt(),
            lonlat=lonlat,
            tags=tuple(sorted(dataset.tags().items())),
        )


def _open(path: Path) -> Any:
    try:
        return rasterio.open(path, driver="GTiff", sharing=False)
    except (RasterioError, ValueError) as error:
        raise UNREADABLE("Chỉ nhận GeoTIFF.", "Only GeoTIFF is taken.") from error


def _judge(dataset: Any) -> None:
    pixel_bytes = max(np.dtype(kind).itemsize for kind in dataset.dtypes)
    if dataset.count > MOST_BANDS or dataset.width * dataset.height * dataset.count * pixel_bytes > MOST_BYTES:
        raise TOO_LARGE(f"Tối đa {MOST_BANDS} kênh và {MOST_BYTES // 10**9} GB.", f"At most {MOST_BANDS} bands and {MOST_BYTES // 10**9} GB.")
    if max(rows * columns for rows, columns in dataset.block_shapes) * pixel_bytes > MOST_BLOCK_BYTES:
        raise TOO_LARGE("Khối ảnh quá lớn.", "Its blocks are too large.")
    if dataset.crs is None:
        raise UNREADABLE("Ảnh không có hệ toạ độ.", "It has no coordinate system.")
    steps = tuple(dataset.transform)[:6]
    if not all(math.isfinite(step) for step in steps) or dataset.transform.determinant == 0:
        raise UNREADABLE("Phép đặt toạ độ của ảnh hỏng.", "Its placement on the ground is broken.")


def _handle(path: Path) -> Any:
    """The open file of this thread: a dataset is not to be shared between threads, and opening one costs ten reads."""
    held: OrderedDict[tuple[Path, str], Any] = _handles.__dict__.setdefault("open", OrderedDict())
    key = (path, stamp(path))
    if key not in held:
        header(path)
        held[key] = _open(path)
        while len(held) > HANDLES_PER_THREAD:
            held.popitem(last=False)[1].close()
    held.move_to_end(key)
    return held[key]


def read(path: Path, *, bounds: Bounds, srid: int, size: tuple[int, int], band: int = 1) -> np.ndarray:
    """The band over a box in a CRS, as float32 rows from north to south; NaN where there is nothing.

    Raises UNREADABLE for a broken file and TOO_LARGE when the box would read more of it than MOST_PIXELS_READ.
    """
    columns, rows = size
    found = np.full((rows, columns), np.nan, dtype=np.float32)
    with rasterio.Env(**GDAL):
        dataset, target = _handle(path), _crs(srid)
        inside = _bounds_in(target, dataset.crs, bounds)
        window = _window(dataset, inside, size) if inside else None
        if window is None:
            return found
        part, placed = _decimated(dataset, band, window, size)
        reproject(
            part,
            found,
            src_transform=placed,
            src_crs=dataset.crs,
            dst_transform=from_bounds(*bounds, columns, rows),
            dst_crs=target,
            src_nodata=np.nan,
            dst_nodata=np.nan,
            resampling=Resampling.bilinear,
            num_threads=1,
        )
    return found


@lru_cache(maxsize=16)
def _crs(srid: int) -> rasterio.crs.CRS:
    return rasterio.crs.CRS.from_wkt(crs_of(srid).to_wkt())


def _bounds_in(from_crs: Any, to_crs: Any, bounds: Bounds) -> Bounds | None:
    """A box in another CRS, or None where it has no image there."""
    try:
        moved = transform_bounds(from_crs, to_crs, *bounds, densify_pts=21)
    except RasterioError:
        return None
    return moved if all(math.isfinite(edge) for edge in moved) else None


def _window(dataset: Any, inside: Bounds, size: tuple[int, int]) -> Window | None:
    """The part of the file under a box, with enough around it for the resampling; None when they do not meet."""
    west, south, east, north = inside
    left, bottom, right, top = dataset.bounds
    if west >= right or east <= left or south >= top or north <= bottom:
        return None
    wanted = window_of(west, south, east, north, transform=dataset.transform)
    around = 2 * max(1, math.ceil(max(wanted.width / size[0], wanted.height / size[1])))
    first_column, first_row = max(0, math.floor(wanted.col_off) - around), max(0, math.floor(wanted.row_off) - around)
    last_column = min(dataset.width, math.ceil(wanted.col_off + wanted.width) + around)
    last_row = min(dataset.height, math.ceil(wanted.row_off + wanted.height) + around)
    if last_column <= first_column or last_row <= first_row:
        return None
    return Window(first_column, first_row, last_column - first_column, last_row - first_row)


def _decimated(dataset: Any, band: int, window: Window, size: tuple[int, int]) -> tuple[np.ndarray, Affine]:
    """The window at no more than twice the size asked for, from an overview where there is one; and where it lies."""
    columns, rows = min(int(window.width), 2 * size[0]), min(int(window.height), 2 * size[1])
    shrink = max(1.0, min(window.width / columns, window.height / rows))
    overview = max((factor for factor in dataset.overviews(band) if factor <= shrink), default=1)
    if window.width * window.height / overview**2 > MOST_PIXELS_READ:
        raise TOO_LARGE("Ảnh cần có overview.", "It needs overviews.")
    try:
        part = dataset.read(band, window=window, out_shape=(rows, columns), masked=True, resampling=Resampling.bilinear)
    except RasterioError as error:
        raise UNREADABLE("Tệp hỏng.", "The file is damaged.") from error
    left, bottom, right, top = window_bounds(window, dataset.transform)
    return np.ma.filled(part.astype(np.float32), np.nan), from_bounds(left, bottom, right, top, columns, rows)


def picture(path: Path, *, bounds: Bounds, srid: int, size: tuple[int, int], ramp: Ramp) -> np.ndarray:
    """RGBA rows of the heights over a box: coloured by the ramp (metres → colour), shaded as relief, clear where there is nothing.

    Painted strip by strip: between file and picture there is never more than STRIP_ROWS of numbers.
    """
    columns, rows = size
    painted = np.zeros((rows, columns, 4), dtype=np.uint8)
    step_y = (bounds[3] - bounds[1]) / rows
    for first in range(0, rows, STRIP_ROWS):
        last = min(first + STRIP_ROWS, rows)
        strip = (bounds[0], bounds[3] - last * step_y, bounds[2], bounds[3] - first * step_y)
        _paint(painted[first:last], path, strip, srid, ramp)
    return painted


def _paint(painted: np.ndarray, path: Path, bounds: Bounds, srid: int, ramp: Ramp) -> None:
    rows, columns, _ = painted.shape
    step_x, step_y = (bounds[2] - bounds[0]) / columns, (bounds[3] - bounds[1]) / rows
    # One pixel more on each side: the light on an edge comes from its neighbour's heights, so there is no seam.
    wider = (bounds[0] - step_x, bounds[1] - step_y, bounds[2] + step_x, bounds[3] + step_y)
    heights = read(path, bounds=wider, srid=srid, size=(columns + 2, rows + 2))
    light = _light(heights, *_pixel_m(bounds, srid, (columns, rows)))[1:-1, 1:-1]
    inner = heights[1:-1, 1:-1]
    there = np.isfinite(inner)
    if not there.any():
        return
    known = np.where(there, inner, 0)
    stops = np.array([height for height, _ in ramp])
    for channel in range(3):
        tones = np.array([int(color[1 + 2 * channel : 3 + 2 * channel], 16) for _, color in ramp])
        painted[..., channel] = np.where(there, np.clip(np.interp(known, stops, tones) * light, 0, 255), 0)
    painted[..., 3] = np.where(there, 255, 0)


def _pixel_m(bounds: Bounds, srid: int, size: tuple[int, int]) -> tuple[float, float]:
    """The sides of a pixel on the ground, measured at the middle of the box."""
    x, y = (bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2
    half_x, half_y = (bounds[2] - bounds[0]) / size[0] / 2, (bounds[3] - bounds[1]) / size[1] / 2
    lons, lats = transformer(srid, WGS84).transform([x - half_x, x + half_x, x, x], [y, y, y - half_y, y + half_y])
    if not all(map(math.isfinite, (*lons, *lats))):
        return 1.0, 1.0
    _, _, sides = _ellipsoid.inv([lons[0], lons[2]], [lats[0], lats[2]], [lons[1], lons[3]], [lats[1], lats[3]])
    return max(sides[0], 1e-6), max(sides[1], 1e-6)


def _light(heights: np.ndarray, pixel_x_m: float, pixel_y_m: float) -> np.ndarray:
    """How bright the relief is, around 1 on flat ground (Horn's cosine of the angle between the slope and the sun)."""
    south, east = np.gradient(heights * EXAGGERATION, pixel_y_m, pixel_x_m)
    azimuth, height = math.radians(SUN_AZIMUTH_DEG), math.radians(SUN_HEIGHT_DEG)
    # The surface's normal is (-east, +south, 1) with y to the north.
    facing = (-east * math.sin(azimuth) + south * math.cos(azimuth)) * math.cos(height) + math.sin(height)
    lit = facing / np.sqrt(east**2 + south**2 + 1)
    return np.nan_to_num(1 + SHADE_DEPTH * (lit - math.sin(height)) / math.sin(height), nan=1.0).clip(1 - SHADE_DEPTH, 1 + SHADE_DEPTH)


def value(path: Path, *, lon: float, lat: float, band: int = 1) -> float | None:
    """The value of the cell that holds a place; None outside the raster and where it has no data."""
    with rasterio.Env(**GDAL):
        dataset = _handle(path)
        x, y = _to(dataset.crs.to_wkt()).transform(lon, lat)
        if not (math.isfinite(x) and math.isfinite(y)):
            return None
        row, column = dataset.index(x, y)
        if not (0 <= row < dataset.height and 0 <= column < dataset.width):
            return None
        try:
            cell = dataset.read(band, window=Window(column, row, 1, 1), masked=True)[0, 0]
        except RasterioError as error:
            raise UNREADABLE("Tệp hỏng.", "The file is damaged.") from error
    return None if cell is np.ma.masked or not math.isfinite(cell) else float(cell)


@lru_cache(maxsize=16)
def _to(crs_wkt: str) -> Transformer:
    return Transformer.from_crs(crs_of(WGS84), crs_wkt, always_xy=True)
