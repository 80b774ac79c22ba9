"""The height of the ground: a delta of one or two metres, higher on the levees, in the town and under the roads. A tiled GeoTIFF."""

import os
from pathlib import Path

import numpy as np
import rasterio
from rasterio.enums import Resampling
from rasterio.features import rasterize
from rasterio.transform import from_origin
from scipy import ndimage

from geo.config.demo import lines
from geo.config.demo.canals import Canal, water
from geo.config.demo.ground import Ground
from geo.config.demo.street import Street
from geo.config.demo.town import reach
from geo.crs import CITY_SRID, crs_of

CELL_M = 5.0
MARGIN_M = 250.0
LOWEST_M, HIGHEST_M = 0.2, 2.5
TAG = "NBIOC_DEMO"  # the file says that it is simulated: another one is never written over


def is_ours(path: Path) -> bool:
    """Whether nothing stands there, or an elevation of an earlier demo city."""
    if not path.exists():
        return True
    try:
        with rasterio.open(path, driver="GTiff") as standing:
            return TAG in standing.tags()
    except rasterio.errors.RasterioError:
        return False


def write(path: Path, *, ground: Ground, streets: list[Street], canals: list[Canal], seed: int) -> None:
    """Write the raster beside its place and move it there whole."""
    west, south, east, north = (edge for edge in ground.outline.buffer(MARGIN_M).bounds)
    west, north = np.floor(west / CELL_M) * CELL_M, np.ceil(north / CELL_M) * CELL_M
    shape = (int((north - south) / CELL_M), int((east - west) / CELL_M))
    transform = from_origin(west, north, CELL_M, CELL_M)
    heights = _heights(shape, transform, ground, streets, canals, seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".fresh.tif")
    profile = {"driver": "GTiff", "height": shape[0], "width": shape[1], "count": 1, "dtype": "float32", "crs": crs_of(CITY_SRID), "transform": transform}
    with rasterio.open(fresh, "w", tiled=True, blockxsize=256, blockysize=256, compress="deflate", predictor=3, zlevel=5, **profile) as file:
        file.write(heights, 1)
        file.update_tags(**{TAG: f"simulated, seed {seed}"})
        file.build_overviews([2, 4, 8, 16, 32], Resampling.average)
    os.replace(fresh, path)


def _heights(shape: tuple[int, int], transform: rasterio.Affine, ground: Ground, streets: list[Street], canals: list[Canal], seed: int) -> np.ndarray:
    chance = lines.generator(seed, "terrain")

    def burnt(shapes: list[object]) -> np.ndarray:
        return rasterize(shapes, out_shape=shape, transform=transform, fill=0, default_value=1, dtype="uint8", all_touched=True).astype(bool)

    wet = burnt([water([canal for canal in canals if canal.canal_class != "ditch"])])
    from_water_m = ndimage.distance_transform_edt(~wet).astype(np.float32) * CELL_M
    in_town = ndimage.gaussian_filter(burnt([reach(ground)]).astype(np.float32), 30)
    # land is lower the farther from water: silt settles on the bank first
    land = 0.62 + 0.3 * np.exp(-from_water_m / 220) + 0.75 * in_town + _rolling(shape, chance, 90, 0.16) + _rolling(shape, chance, 14, 0.07)
    levee = 0.55 * np.exp(-(((from_water_m - 12) / 16) ** 2))
    road = ndimage.gaussian_filter(burnt([street.line.buffer(street.width_m / 2) for street in streets if not street.bridge]).astype(np.float32), 0.8)
    height = land + levee + road * 0.42 + chance.normal(0, 0.015, shape)
    return np.clip(np.where(wet, LOWEST_M, height), LOWEST_M, HIGHEST_M).astype(np.float32)


def _rolling(shape: tuple[int, int], chance: np.random.Generator, cells: int, height_m: float) -> np.ndarray:
    """Gentle rises and hollows some `cells` across: noise on a coarse grid, drawn smooth."""
    coarse = chance.normal(0, 1, (shape[0] // cells + 3, shape[1] // cells + 3)).astype(np.float32)
    return height_m * ndimage.zoom(coarse, cells, order=3)[: shape[0], : shape[1]]
