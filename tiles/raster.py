"""The rasters that stand: which layers have a file that can be drawn, and the height of the ground at a place."""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from geo import raster
from geo.errors import NOT_FOUND, Problem
from geo.tilegrid import LATITUDE_LIMIT
from layers.access import Scope, opened
from layers.layer import Layer, registry

log = logging.getLogger("nbioc.rasters")
TILE_PX = 256
FINEST_ZOOM = 20
# The demo city marks its ground with it.
SIMULATED_TAG = "NBIOC_DEMO"


@dataclass(frozen=True)
class Standing:
    """A raster layer with its file and header. `stamp` changes with the file."""

    layer: type[Layer]
    path: Path
    stamp: str
    header: raster.Header

    @property
    def last_zoom(self) -> int:
        """The zoom at which a pixel of the picture is about one of the raster; beyond it there is nothing more to see."""
        west, _, east, _ = self.header.lonlat
        pixel_deg = (east - west) / self.header.width
        zoom = 0
        while zoom < FINEST_ZOOM and 360 / TILE_PX / 2**zoom > pixel_deg:
            zoom += 1
        return zoom

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north, within what Web Mercator can show."""
        west, south, east, north = self.header.lonlat
        return west, max(south, -LATITUDE_LIMIT), east, min(north, LATITUDE_LIMIT)


def standing() -> tuple[Standing, ...]:
    """Every raster layer whose file is there and harmless. A refused file is told to the log, not to the map."""
    return tuple(found for layer in registry.all() if layer.kind == "raster" and (found := stands(layer)) is not None)


def stands(layer: type[Layer]) -> Standing | None:
    """The layer with its file, or None where there is none to draw."""
    path = layer.file()
    if path is None or not path.is_file():
        return None
    try:
        return Standing(layer, path, raster.stamp(path), raster.header(path))
    except Problem as refused:
        log.warning("The raster of %s is not shown: %s", layer.slug, refused)
        return None


def seen(scope: Scope) -> tuple[Standing, ...]:
    """The rasters that a caller may see."""
    return tuple(found for found in standing() if any(scope.may(grant.permission) for grant in found.layer.grants))


@dataclass(frozen=True)
class Height:
    """The height of the ground in metres; None where the raster has nothing. `as_of` is when the heights were taken, as the file says."""

    elevation_m: float | None
    as_of: str
    source: str


def height(scope: Scope, *, lon: float, lat: float) -> Height:
    """The height at a place. Raises NOT_FOUND where the caller may not see the elevation, or the city has none."""
    found = stands(opened("elevation", scope).layer)
    if found is None:
        raise NOT_FOUND()
    metres = raster.value(found.path, lon=lon, lat=lat)
    return Height(None if metres is None else round(metres, 2), _taken(found), _source(found))


def _source(found: Standing) -> str:
    """What the file says of itself; a simulated ground says so, whatever else it says."""
    said = found.header.tag("TIFFTAG_IMAGEDESCRIPTION") or found.layer.vi
    simulated = found.header.tag(SIMULATED_TAG)
    return f"{said} ({simulated})" if simulated else said


def _taken(found: Standing) -> str:
    """The day that the file names; where it names none, the moment of the file."""
    try:
        return datetime.strptime(found.header.tag("TIFFTAG_DATETIME")[:10], "%Y:%m:%d").date().isoformat()
    except ValueError:
        return datetime.fromtimestamp(found.path.stat().st_mtime, UTC).isoformat()
