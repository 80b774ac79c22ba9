"""Working out where water comes at each level: from the elevation raster, the canals and the streets into zones and depths, all or nothing."""

import hashlib
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.db import connection
from psycopg2.extras import execute_values

from geo import events, flooding, raster
from geo.acting import acting
from geo.city import CITY
from geo.crs import CITY_SRID
from geo.errors import define
from geo.flooding import Ground
from geo.sql import statement
from geo.water import steps
from layers.access import SYSTEM, opened
from layers.library.elevation import Elevation
from layers.library.flood_zones import FloodBuild, FloodDepth, FloodZone
from layers.water import flood_waiting

CELL_M = 5.0
# More cells than this are not held at once: the grid becomes coarser instead.
MOST_CELLS = 24_000_000
MARGIN_M = 200.0
# A canal narrower than this on the map is dug as if it were so wide: its line must be found on the grid.
NARROWEST_M = 4.0
Say = Callable[[str], None]
BUILT = "flood.built"

NO_RASTER = define("no_elevation", 422, "Chưa có dữ liệu độ cao", "There is no elevation raster")
NO_GROUND = define("no_ground", 422, "Raster độ cao không phủ thành phố", "The elevation raster does not cover the city")


class OtherGrid(Exception):
    """What the build kept does not lie on today's grid."""


@dataclass(frozen=True)
class Ways:
    """Streets with whether they are on a bridge, canals with their widths and whether boats travel them; of each its fid, and a digest of what water asks about."""

    streets: np.ndarray
    bridged: np.ndarray
    street_fids: np.ndarray
    street_digests: np.ndarray
    canals: np.ndarray
    widths_m: np.ndarray
    navigable: np.ndarray
    canal_fids: np.ndarray
    canal_digests: np.ndarray


def build(*, at: datetime, say: Say = lambda _: None) -> FloodBuild:
    """Work everything out and put it in the place of what stood there. Raises NO_RASTER, NO_GROUND and what geo.raster refuses."""
    # Before the rows: what changes in between waits to be worked out, and is not missed.
    began, seen = time.monotonic(), flood_waiting.ticks()
    levels = steps(CITY.flood.least_cm, CITY.flood.most_cm)
    known, outline = ways(), _outline()
    land = ground()
    say(f"ground {land.heights_m.shape[1]} × {land.heights_m.shape[0]} cells of {land.cell_m:g} m")
    # Ditches have their sluices: the tide stands in what boats can travel.
    open_ = known.navigable
    water = flooding.covered(land, list(shapely.buffer(known.canals[open_], np.maximum(known.widths_m[open_], NARROWEST_M) / 2)))
    reached = flooding.reached_from_cm(land, water, levels, say=lambda level_cm: say(f"level {level_cm / 100:.1f} m") if level_cm % 50 == 0 else None)
    inside = flooding.covered(land, [outline])
    zones = flooding.bands(land, np.where(inside, reached, flooding.NEVER).astype(np.int16))
    say(f"{len(zones)} zones")
    depths = flooding.depths_cm(land, reached, known.streets, levels)
    # A bridge is over the water, not under it.
    depths[known.bridged] = 0
    rows = [*street_rows(known.street_fids, known.street_digests, depths), *canal_rows(known)]
    kept, raster_digest = packed(reached), digest(Elevation.file())
    with acting(by=None, because="flood_build"):
        FloodZone.objects.all().delete()
        FloodDepth.objects.all().delete()
        FloodBuild.objects.all().delete()
        _write_zones(zones)
        FloodDepth.objects.bulk_create(rows, batch_size=2_000)
        made = FloodBuild.objects.create(
            raster_digest=raster_digest,
            datum=CITY.flood.datum,
            least_cm=levels[0],
            most_cm=levels[-1],
            cell_m=land.cell_m,
            built_at=at,
            seconds=round(time.monotonic() - began, 1),
            reached=kept,
            ticks=seen,
        )
        events.publish(kind=BUILT, layer="flood_zones", at=at)
    return made


def street_rows(fids: np.ndarray, digests: np.ndarray, depths: np.ndarray) -> list[FloodDepth]:
    """What is kept of streets: nothing but that it was looked at where a street stays dry."""
    rows = zip(fids, digests, depths, strict=True)
    return [FloodDepth(layer="roads", fid=int(fid), digest=of, depths_cm=row.tolist() if row.any() else []) for fid, of, row in rows]


def canal_rows(known: Ways) -> list[FloodDepth]:
    """What is kept of canals: how high the lowest bridge over each hangs."""
    rows = zip(known.canal_fids, known.canal_digests, _decks(known.canals), strict=True)
    return [FloodDepth(layer="canals", fid=int(fid), digest=of, deck_cm=float(deck) if np.isfinite(deck) else None) for fid, of, deck in rows]


def digest(path: Path) -> str:
    """Of the raster's file: another file is another ground."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def packed(reached: npt.NDArray[np.int16]) -> bytes:
    """From which level each cell is under water, as it is kept beside the build."""
    return zlib.compress(np.ascontiguousarray(reached, dtype="<i2").tobytes(), level=6)


def unpacked(built: FloodBuild, shape: tuple[int, ...]) -> npt.NDArray[np.int16]:
    """The same back on its grid. Raises OtherGrid where the wards have moved since, and the grid with them."""
    cells = np.frombuffer(zlib.decompress(built.reached), dtype="<i2")
    if cells.size != int(np.prod(shape)):
        raise OtherGrid(f"{cells.size} cells were kept, {shape} are asked for")
    return cells.reshape(shape).astype(np.int16)


def ways() -> Ways:
    """The streets and canals as they are now."""
    roads, canals = opened("roads", SYSTEM), opened("canals", SYSTEM)
    with connection.cursor() as cursor:
        raw = cursor.cursor
        text = statement("layers", "flood_ways").format(
            roads=roads.relation.as_string(raw),
            roads_where=roads.where.as_string(raw),
            canals=canals.relation.as_string(raw),
            canals_where=canals.where.as_string(raw),
        )
        cursor.execute(text, {**roads.params, **canals.params})
        rows = cursor.fetchall()
    streets, canal = ([row for row in rows if row[0] == what] for what in ("street", "canal"))
    return Ways(
        streets=_lines(streets),
        bridged=np.array([row[3] for row in streets], dtype=bool),
        street_fids=np.array([row[1] for row in streets], dtype=np.int64),
        street_digests=np.array([row[6] for row in streets], dtype=object),
        canals=_lines(canal),
        widths_m=np.array([row[4] for row in canal], dtype=float),
        navigable=np.array([row[5] for row in canal], dtype=bool),
        canal_fids=np.array([row[1] for row in canal], dtype=np.int64),
        canal_digests=np.array([row[6] for row in canal], dtype=object),
    )


def _lines(rows: list[tuple]) -> np.ndarray:  # type: ignore[type-arg]
    return np.array(shapely.from_wkb([bytes(row[2]) for row in rows]), dtype=object)


def ground() -> Ground:
    """The heights over the city and a little around it, in the city's metres: the same grid as long as the wards are the same. Raises NO_RASTER, NO_GROUND."""
    path = Elevation.file()
    if not path.is_file():
        raise NO_RASTER()
    return _ground(path, _outline())


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
