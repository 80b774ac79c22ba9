"""Working out where water comes at each level: from the elevation raster, the canals and the streets into zones and depths, all or nothing."""

import hashlib
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.db import connection
from psycopg2.extras import execute_values

from geo import flooding, raster
from geo.acting import acting
from geo.city import CITY
from geo.crs import CITY_SRID
from geo.errors import define
from geo.flooding import Ground
from geo.water import steps
from layers.access import SYSTEM, opened
from layers.library.elevation import Elevation
from layers.library.flood_zones import FloodBuild, FloodDepth, FloodZone

CELL_M = 5.0
# More cells than this are not held at once: the grid becomes coarser instead.
MOST_CELLS = 24_000_000
MARGIN_M = 200.0
# A canal narrower than this on the map is dug as if it were so wide: its line must be found on the grid.
NARROWEST_M = 4.0
Say = Callable[[str], None]

NO_RASTER = define("no_elevation", 422, "Chưa có dữ liệu độ cao", "There is no elevation raster")
NO_GROUND = define("no_ground", 422, "Raster độ cao không phủ thành phố", "The elevation raster does not cover the city")


def build(*, at: datetime, say: Say = lambda _: None) -> FloodBuild:
    """Work everything out and put it in the place of what stood there. Raises NO_RASTER, NO_GROUND and what geo.raster refuses."""
    path, began = Elevation.file(), time.monotonic()
    if path is None or not path.is_file():
        raise NO_RASTER()
    levels = steps(CITY.flood.least_cm, CITY.flood.most_cm)
    canals, widths_m, open_, streets, bridged, street_fids, canal_fids = _ways()
    outline = _outline()
    ground = _ground(path, outline)
    say(f"ground {ground.heights_m.shape[1]} × {ground.heights_m.shape[0]} cells of {ground.cell_m:g} m")
    # Ditches have their sluices: the tide stands in what boats can travel.
    water = flooding.covered(ground, list(shapely.buffer(canals[open_], np.maximum(widths_m[open_], NARROWEST_M) / 2)))
    reached = flooding.reached_from_cm(ground, water, levels, say=lambda level_cm: say(f"level {level_cm / 100:.1f} m") if level_cm % 50 == 0 else None)
    inside = flooding.covered(ground, [outline])
    zones = flooding.bands(ground, np.where(inside, reached, flooding.NEVER).astype(np.int16))
    say(f"{len(zones)} zones")
    depths = flooding.depths_cm(ground, reached, streets, levels)
    # A bridge is over the water, not under it.
    depths[bridged] = 0
    decks = _decks(canals)
    with acting(by=None, because="flood_build"):
        FloodZone.objects.all().delete()
        FloodDepth.objects.all().delete()
        FloodBuild.objects.all().delete()
        _write_zones(zones)
        rows = [FloodDepth(layer="roads", fid=int(fid), depths_cm=row.tolist() if row.any() else []) for fid, row in zip(street_fids, depths, strict=True)]
        rows += [
            FloodDepth(layer="canals", fid=int(fid), deck_cm=float(deck) if np.isfinite(deck) else None) for fid, deck in zip(canal_fids, decks, strict=True)
        ]
        FloodDepth.objects.bulk_create(rows, batch_size=2_000)
        return FloodBuild.objects.create(
            raster_digest=_digest(path),
            datum=CITY.flood.datum,
            least_cm=levels[0],
            most_cm=levels[-1],
            cell_m=ground.cell_m,
            built_at=at,
            seconds=round(time.monotonic() - began, 1),
        )


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _ways() -> tuple[np.ndarray, ...]:
    """Canals with their widths and whether boats travel them, streets with whether they are on a bridge, and the fids of both."""
    roads, canals = opened("roads", SYSTEM), opened("canals", SYSTEM)
    with connection.cursor() as cursor:
        text = cursor.cursor
        where = (roads.relation.as_string(text), roads.where.as_string(text), canals.relation.as_string(text), canals.where.as_string(text))
        cursor.execute(f"select t.id, public.st_asbinary(t.geom), t.bridge from {where[0]} t where {where[1]} order by t.id", roads.params)  # noqa: S608
        street_rows = cursor.fetchall()
        cursor.execute(f"select t.id, public.st_asbinary(t.geom), t.width_m, t.navigable from {where[2]} t where {where[3]} order by t.id", canals.params)  # noqa: S608
        canal_rows = cursor.fetchall()
    return (
        _lines(canal_rows),
        np.array([row[2] for row in canal_rows], dtype=float),
        np.array([row[3] for row in canal_rows], dtype=bool),
        _lines(street_rows),
        np.array([row[2] for row in street_rows], dtype=bool),
        np.array([row[0] for row in street_rows], dtype=np.int64),
        np.array([row[0] for row in canal_rows], dtype=np.int64),
    )


def _lines(rows: list[tuple]) -> np.ndarray:  # type: ignore[type-arg]
    return np.array(shapely.from_wkb([bytes(row[1]) for row in rows]), dtype=object)


def _outline() -> shapely.Geometry:
    """Today's wards together. Raises NO_GROUND."""
    wards = opened("wards", SYSTEM)
    with connection.cursor() as cursor:
        relation, where = wards.relation.as_string(cursor.cursor), wards.where.as_string(cursor.cursor)
        cursor.execute(f"select public.st_asbinary(public.st_union(t.geom)) from {relation} t where {where} and t.valid_until is null", wards.params)  # noqa: S608
        shape = cursor.fetchone()[0]
    if shape is None:
        raise NO_GROUND("Chưa có phường, xã.", "There are no wards.")
    return shapely.from_wkb(bytes(shape))


def _ground(path: Path, outline: shapely.Geometry) -> Ground:
    """The heights over the city and a little around it, in the city's metres. Raises NO_GROUND."""
    west, south, east, north = outline.buffer(MARGIN_M).bounds
    cell_m = max(CELL_M, float(np.ceil(np.sqrt((east - west) * (north - south) / MOST_CELLS))))
    west, north = float(np.floor(west / cell_m) * cell_m), float(np.ceil(north / cell_m) * cell_m)
    columns, rows = int(np.ceil((east - west) / cell_m)), int(np.ceil((north - south) / cell_m))
    bounds = (west, north - rows * cell_m, west + columns * cell_m, north)
    heights = raster.read(path, bounds=bounds, srid=CITY_SRID, size=(columns, rows))
    if not np.isfinite(heights).any():
        raise NO_GROUND()
    return Ground(heights, west, north, cell_m)


def _decks(canals: np.ndarray) -> np.ndarray:
    """How high over the datum the lowest bridge over each canal hangs; infinite where none does, or none says."""
    decks = np.full(len(canals), np.inf)
    bridges = opened("bridges", SYSTEM)
    with connection.cursor() as cursor:
        relation, where = bridges.relation.as_string(cursor.cursor), bridges.where.as_string(cursor.cursor)
        cursor.execute(f"select public.st_asbinary(t.geom), t.clearance_m from {relation} t where {where} and t.clearance_m is not null", bridges.params)  # noqa: S608
        rows = cursor.fetchall()
    if rows and len(canals):
        over = np.array(shapely.from_wkb([bytes(row[0]) for row in rows]), dtype=object)
        canal, bridge = shapely.STRtree(over).query(canals, predicate="intersects")
        np.minimum.at(decks, canal, np.array([row[1] for row in rows], dtype=float)[bridge] * 100 + CITY.flood.clearance_at_cm)
    return decks


def _write_zones(zones: list[tuple[int, shapely.Geometry]]) -> None:
    rows = [(level_cm, shape.area, CITY.flood.datum, GEOSGeometry(memoryview(shape.wkb), srid=CITY_SRID).hexewkb.decode()) for level_cm, shape in zones]
    if rows:
        with connection.cursor() as cursor:
            execute_values(cursor.cursor, "insert into public.layers_floodzone (level_cm, area_m2, datum, geom) values %s", rows, page_size=500)
