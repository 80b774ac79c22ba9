"""Rasters: hostile ones are refused by their header, real ones are read by window, and the picture says what the heights are."""

import os
import shutil
import threading
import zipfile
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine, from_bounds

from geo import raster
from geo.crs import CITY_SRID, WEB_MERCATOR, to_city, transformer
from tests.conftest import JUNCTION

DATA = Path(os.environ.get("NBIOC_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data") / "rasters"
real = pytest.mark.skipif(not DATA.is_dir(), reason="the real rasters are not here")
RAMP = ((0.0, "#000000"), (100.0, "#646464"))


def made(path: Path, heights: np.ndarray, *, pixel_m: float = 10.0, **more: object) -> Path:
    """A GeoTIFF in city metres whose south-west corner is the junction."""
    x, y = to_city(*JUNCTION)
    rows, columns = heights.shape
    placed = from_bounds(x, y, x + columns * pixel_m, y + rows * pixel_m, columns, rows)
    options = {"driver": "GTiff", "width": columns, "height": rows, "count": 1, "dtype": heights.dtype, "crs": f"EPSG:{CITY_SRID}", "transform": placed}
    with rasterio.open(path, "w", **{**options, **more}) as file:
        file.write(heights, 1)
    return path


@pytest.fixture
def andorra(tmp_path: Path) -> Path:
    """A real SRTM tile as GeoTIFF."""
    with zipfile.ZipFile(DATA / "N42E001.hgt.zip") as archive:
        archive.extract("N42E001.hgt", tmp_path)
    with rasterio.open(tmp_path / "N42E001.hgt") as source:
        profile = {**source.profile, "driver": "GTiff", "tiled": True, "blockxsize": 256, "blockysize": 256}
        with rasterio.open(tmp_path / "andorra.tif", "w", **profile) as file:
            file.write(source.read())
    return tmp_path / "andorra.tif"


@real
def test_a_real_mountain_has_its_height(andorra: Path) -> None:
    assert raster.header(andorra).lonlat == pytest.approx((0.99958, 41.99958, 2.00042, 43.00042), abs=1e-5)
    assert raster.value(andorra, lon=1.5218, lat=42.5063) == pytest.approx(1024, abs=30), "Andorra la Vella stands at 1,023 m"
    assert raster.value(andorra, lon=1.3978, lat=42.6672) == pytest.approx(3143, abs=300), "Pica d'Estats at 3,143 m"


@real
def test_a_picture_of_mountains_holds_light_and_shadow(andorra: Path) -> None:
    box = transformer(4326, WEB_MERCATOR).transform_bounds(1.4, 42.4, 1.8, 42.7)
    painted = raster.picture(andorra, bounds=box, srid=WEB_MERCATOR, size=(256, 256), ramp=((0, "#808080"), (4000, "#808080")))

    assert painted.shape == (256, 256, 4)
    assert painted[..., 3].mean() > 250
    assert painted[..., 0].std() > 20


@real
def test_a_damaged_file_is_refused_when_its_damage_is_met_and_not_before() -> None:
    damaged = DATA / "rasterio" / "corrupt.tif"
    header = raster.header(damaged)
    box = transformer(4326, WEB_MERCATOR).transform_bounds(*header.lonlat)

    with pytest.raises(raster.UNREADABLE):
        raster.read(damaged, bounds=box, srid=WEB_MERCATOR, size=(1024, 1024))


def test_a_height_keeps_its_place_in_every_crs(tmp_path: Path) -> None:
    heights = np.zeros((40, 40), dtype=np.float32)
    heights[10, 25] = 50  # from the north; so 255 m east and 295 m north of the corner
    file = made(tmp_path / "peak.tif", heights)
    x, y = to_city(*JUNCTION)
    lon, lat = transformer(CITY_SRID, 4326).transform(x + 255, y + 295)

    assert raster.value(file, lon=lon, lat=lat) == 50
    for srid in (CITY_SRID, WEB_MERCATOR, 4326):
        box = transformer(CITY_SRID, srid).transform_bounds(x, y, x + 400, y + 400)
        found = raster.read(file, bounds=box, srid=srid, size=(200, 200))
        row, column = np.unravel_index(np.nanargmax(found), found.shape)
        at_x, at_y = transformer(srid, CITY_SRID).transform(box[0] + (column + 0.5) * (box[2] - box[0]) / 200, box[3] - (row + 0.5) * (box[3] - box[1]) / 200)
        assert np.hypot(at_x - x - 255, at_y - y - 295) < 8, srid


def test_flat_ground_has_exactly_the_colour_of_its_height_and_nothing_is_clear(tmp_path: Path) -> None:
    heights = np.full((40, 40), 50, dtype=np.float32)
    heights[:, 30:] = -9999
    file = made(tmp_path / "flat.tif", heights, nodata=-9999)
    x, y = to_city(*JUNCTION)
    painted = raster.picture(file, bounds=(x, y, x + 800, y + 400), srid=CITY_SRID, size=(80, 40), ramp=RAMP)

    assert painted[20, 10].tolist() == [50, 50, 50, 255]
    assert painted[20, 35].tolist() == [0, 0, 0, 0], "no data"
    assert painted[20, 60].tolist() == [0, 0, 0, 0], "beyond the raster"
    assert raster.value(file, lon=JUNCTION[0] + 0.5, lat=JUNCTION[1]) is None


def test_a_slope_to_the_north_west_is_brighter_than_one_to_the_south_east(tmp_path: Path) -> None:
    down = np.add.outer(np.arange(40), np.arange(40)).astype(np.float32)  # rises to the south-east, so it faces north-west
    x, y = to_city(*JUNCTION)
    box = {"bounds": (x, y, x + 400, y + 400), "srid": CITY_SRID, "size": (40, 40), "ramp": ((0, "#808080"), (100, "#808080"))}
    lit = raster.picture(made(tmp_path / "lit.tif", down), **box)
    dark = raster.picture(made(tmp_path / "dark.tif", down[::-1, ::-1].copy()), **box)

    assert lit[20, 20, 0] > 128 > dark[20, 20, 0]


def test_neighbouring_pictures_meet_without_a_seam(tmp_path: Path) -> None:
    hills = (30 * np.sin(np.add.outer(np.arange(80) / 5, np.arange(80) / 7))).astype(np.float32)
    file = made(tmp_path / "hills.tif", hills)
    x, y = to_city(*JUNCTION)
    ramp = ((-30, "#000000"), (30, "#ffffff"))
    whole = raster.picture(file, bounds=(x, y, x + 800, y + 800), srid=CITY_SRID, size=(160, 160), ramp=ramp)
    left = raster.picture(file, bounds=(x, y, x + 400, y + 800), srid=CITY_SRID, size=(80, 160), ramp=ramp)

    assert np.abs(whole[4:-4, 4:80].astype(int) - left[4:-4, 4:].astype(int)).max() <= 1


def placed(path: Path, width: int, height: int, **more: object) -> Path:
    options = {"driver": "GTiff", "count": 1, "dtype": "uint8", "crs": "EPSG:4326", "transform": from_bounds(105, 9, 106, 10, width, height), "SPARSE_OK": True}
    with rasterio.open(path, "w", width=width, height=height, **{**options, **more}):
        return path


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"width": 200_000, "height": 200_000, "dtype": "float32", "tiled": True}, raster.TOO_LARGE),
        ({"width": 10, "height": 10, "count": 65}, raster.TOO_LARGE),
        ({"width": 8_192, "height": 8_192, "dtype": "float64", "tiled": True, "blockxsize": 8_192, "blockysize": 8_192}, raster.TOO_LARGE),
        ({"width": 10, "height": 10, "transform": Affine(float("nan"), 0, 0, 0, -1, 0)}, raster.UNREADABLE),
        ({"width": 10, "height": 10, "crs": None}, raster.UNREADABLE),
    ],
)
def test_a_hostile_raster_is_refused_by_its_header_alone(tmp_path: Path, given: dict[str, object], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        raster.header(placed(tmp_path / "hostile.tif", **given))


@pytest.mark.parametrize(
    "text",
    [
        '<VRTDataset rasterXSize="9" rasterYSize="9"><VRTRasterBand dataType="Byte" band="1"><SimpleSource>'
        "<SourceFilename>/etc/passwd</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>",
        '{"type": "gdal_streamed_alg", "command_line": "gdal raster pipeline read /etc/passwd"}',
        "<WMS_Capabilities/>",
        "",
    ],
)
def test_what_only_calls_itself_a_tiff_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "called.tif").write_text(text)

    with pytest.raises(raster.UNREADABLE):
        raster.header(tmp_path / "called.tif")


def test_a_raster_without_overviews_is_not_read_whole_for_a_thumbnail(tmp_path: Path) -> None:
    file = placed(tmp_path / "wide.tif", 20_000, 20_000, tiled=True)

    with pytest.raises(raster.TOO_LARGE):
        raster.read(file, bounds=(105, 9, 106, 10), srid=4326, size=(256, 256))


def test_a_new_file_is_seen_and_a_missing_one_refused(tmp_path: Path) -> None:
    file = made(tmp_path / "a.tif", np.full((40, 40), 1, dtype=np.float32))
    lon, lat = JUNCTION[0] + 0.001, JUNCTION[1] + 0.001
    assert raster.value(file, lon=lon, lat=lat) == 1

    shutil.move(made(tmp_path / "b.tif", np.full((40, 40), 2, dtype=np.float32), compress="deflate"), file)
    assert raster.value(file, lon=lon, lat=lat) == 2
    file.unlink()
    with pytest.raises(raster.UNREADABLE):
        raster.value(file, lon=lon, lat=lat)


# rasterio silences this warning for itself in a way that other threads can see.
@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_threads_read_at_once_without_each_others_handles(tmp_path: Path) -> None:
    file = made(tmp_path / "a.tif", np.arange(1600, dtype=np.float32).reshape(40, 40))
    x, y = to_city(*JUNCTION)
    expected = raster.read(file, bounds=(x, y, x + 400, y + 400), srid=CITY_SRID, size=(40, 40))
    found: list[bool] = []

    def look() -> None:
        for _ in range(20):
            found.append(bool(np.array_equal(raster.read(file, bounds=(x, y, x + 400, y + 400), srid=CITY_SRID, size=(40, 40)), expected)))

    threads = [threading.Thread(target=look) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 120 and all(found)
