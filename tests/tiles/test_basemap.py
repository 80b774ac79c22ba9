"""WMS and WMTS of the elevation: pixels that say the height, layers that a stranger does not hear of, and attacks that are stopped at the door."""

import io
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from django.core.exceptions import ImproperlyConfigured
from PIL import Image
from pytest_django.fixtures import Settings

from geo import raster, tilegrid
from geo.config.callers import scope_from_headers
from geo.crs import CITY_SRID, to_city, transformer
from geo.models import Token, User
from layers.access import ANONYMOUS, SYSTEM, Scope
from layers.library.elevation import RAMP
from tests.conftest import JUNCTION
from tests.geo.test_raster import made
from tiles import basemap
from tiles.basemap import MapsDoor
from tiles.style import whole_style

LOW, HIGH = (0x57, 0x5D, 0x6D, 255), (0xA5, 0x9C, 0x74, 255)  # 1 m and 3 m on the ramp
X, Y = to_city(*JUNCTION)
BOX = (X, Y, X + 3_000, Y + 3_000)
MIDDLE = transformer(CITY_SRID, 4326).transform(X + 2_250, Y + 1_500)
SEE = Scope(permissions=frozenset({"see_assets"}), fingerprint="see")


@pytest.fixture
def ground(tmp_path: Path, settings: Settings) -> Path:
    """Three kilometres of land: 1 m in the west, 3 m in the east."""
    heights = np.full((300, 300), 1, dtype=np.float32)
    heights[:, 150:] = 3
    settings.ELEVATION_PATH = made(tmp_path / "elevation.tif", heights, compress="deflate")
    return settings.ELEVATION_PATH


class Asking:
    """One caller at the door."""

    def __init__(self, scope: Scope, cache: Path) -> None:
        self.door = MapsDoor(lambda headers: scope, cache)

    def __call__(self, path: str, query: str = "", **more: Any) -> tuple[int, dict[str, str], bytes]:
        began: list[Any] = []
        environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, "HTTP_HOST": "localhost:8000", "wsgi.url_scheme": "http", **more}
        body = b"".join(self.door(environ, lambda status, headers: began.extend((status, headers))))
        return int(began[0][:3]), dict(began[1]), body


@pytest.fixture
def asking(ground: Path, tmp_path: Path) -> Asking:
    return Asking(SEE, tmp_path / "cache")


def get_map(box: tuple[float, ...] = BOX, **more: object) -> str:
    given = {
        "service": "WMS",
        "version": "1.1.1",
        "request": "GetMap",
        "layers": "elevation",
        "styles": "",
        "srs": f"EPSG:{CITY_SRID}",
        "width": 300,
        "height": 300,
    }
    given |= {"format": "image/png", "transparent": "true", "bbox": ",".join(map(str, box))}
    return "&".join(f"{name}={value}" for name, value in {**given, **more}.items())


def pixel(body: bytes, column: int, row: int) -> tuple[int, ...]:
    return Image.open(io.BytesIO(body)).convert("RGBA").getpixel((column, row))


CAPABILITIES = [
    ("/maps/service", "service=WMS&request=GetCapabilities&version=1.3.0"),
    ("/maps/service", "SERVICE=WMS&REQUEST=GetCapabilities&VERSION=1.1.1"),
    ("/maps/service", "service=WMTS&request=GetCapabilities&version=1.0.0"),
    ("/maps/wmts/1.0.0/WMTSCapabilities.xml", ""),
]


@pytest.mark.parametrize(("path", "query"), CAPABILITIES)
def test_the_capabilities_name_the_elevation_to_who_may_see_it_and_to_nobody_else(asking: Asking, tmp_path: Path, path: str, query: str) -> None:
    status, headers, body = asking(path, query)
    stranger_status, _, stranger = Asking(ANONYMOUS, tmp_path / "cache")(path, query)

    assert (status, stranger_status) == (200, 200)
    assert ">elevation<" in body.decode() and "Độ cao mặt đất" in body.decode()
    assert "elevation" not in stranger.decode() and "Độ cao" not in stranger.decode()
    assert "105.84" not in stranger.decode(), "nor where it lies"
    assert headers["Cache-Control"] == "private, no-cache"
    ElementTree.fromstring(body)  # noqa: S314 (our own answer)


@pytest.mark.parametrize(
    ("version", "crs"), [("1.1.1", f"EPSG:{CITY_SRID}"), ("1.3.0", f"EPSG:{CITY_SRID}"), ("1.3.0", "EPSG:3857"), ("1.1.1", "EPSG:4326"), ("1.3.0", "EPSG:4326")]
)
def test_a_map_has_the_colours_of_the_heights_in_every_crs(asking: Asking, version: str, crs: str) -> None:
    box = transformer(CITY_SRID, int(crs[5:])).transform_bounds(*BOX)
    if (version, crs) == ("1.3.0", "EPSG:4326"):
        box = (box[1], box[0], box[3], box[2])
    status, headers, body = asking("/maps/service", get_map(box, version=version, **{"crs" if version == "1.3.0" else "srs": crs}))

    assert (status, headers["Content-Type"]) == (200, "image/png")
    assert (pixel(body, 75, 150), pixel(body, 225, 150)) == (LOW, HIGH)


def test_beyond_the_raster_a_map_is_clear(asking: Asking) -> None:
    _, _, body = asking("/maps/service", get_map((X - 3_000, Y, X + 3_000, Y + 3_000), width=400, height=200))

    assert pixel(body, 100, 100)[3] == 0
    assert pixel(body, 250, 100) == LOW


def test_a_tile_comes_from_the_raster_once_and_from_the_cache_after(asking: Asking, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    column, row = tilegrid.tile_of(*MIDDLE, 14)
    path = f"/maps/wmts/elevation/webmercator/14/{column}/{row}.png"
    status, headers, body = asking(path)
    assert (status, pixel(body, 128, 128)) == (200, HIGH)

    monkeypatch.setattr(raster, "picture", None)
    again = asking(path)
    kept = asking(path, HTTP_IF_NONE_MATCH=again[1]["ETag"])
    by_words = asking(
        "/maps/service",
        f"service=WMTS&version=1.0.0&request=GetTile&layer=elevation&tilematrixset=webmercator&tilematrix=14&tilerow={row}&tilecol={column}&format=image/png",
    )

    assert again[2] == body == by_words[2]
    assert (kept[0], kept[2]) == (304, b"")
    assert headers["Cache-Control"] == "private, no-cache", "MapProxy itself would let the world keep it"
    assert "Access-control-allow-origin" not in headers


def test_a_tile_beside_the_raster_is_clear_and_is_not_kept(asking: Asking, tmp_path: Path) -> None:
    status, _, body = asking("/maps/wmts/elevation/webmercator/14/5/5.png")

    assert (status, pixel(body, 128, 128)[3]) == (200, 0)
    assert not list((tmp_path / "cache").rglob("*.png"))


def test_a_new_raster_is_drawn_at_once_and_the_old_tiles_go(asking: Asking, ground: Path, tmp_path: Path) -> None:
    column, row = tilegrid.tile_of(*MIDDLE, 14)
    path = f"/maps/wmts/elevation/webmercator/14/{column}/{row}.png"
    assert pixel(asking(path)[2], 128, 128) == HIGH

    made(tmp_path / "new.tif", np.full((300, 300), 200, dtype=np.float32)).replace(ground)
    assert pixel(asking(path)[2], 128, 128) == (0xFE, 0xE8, 0x38, 255)
    assert len({tile.relative_to(tmp_path / "cache").parts[0] for tile in (tmp_path / "cache").rglob("*.png")}) == 1

    ground.unlink()
    assert asking(path)[0] == 404


def test_what_a_stranger_may_not_see_is_missing_like_what_never_was(ground: Path, tmp_path: Path) -> None:
    stranger = Asking(ANONYMOUS, tmp_path / "cache")
    far_away = get_map((0, 0, 1, 1))
    asked = [
        ("/maps/service", get_map()),
        ("/maps/service", far_away),
        ("/maps/service", get_map(layers="no_such_layer")),
        ("/maps/service", get_map(layers="roads")),
        ("/maps/wmts/elevation/webmercator/14/1/1.png", ""),
        ("/maps/wmts/no_such_layer/webmercator/14/1/1.png", ""),
    ]

    answers = [stranger(path, query) for path, query in asked]
    assert {status for status, _, _ in answers} == {404}
    assert len({body for _, _, body in answers}) == 1


@pytest.mark.parametrize(
    "query",
    [
        get_map(width=100_000),
        get_map(width=0),
        get_map(width="1e3"),
        get_map(bbox="NaN,0,1,1"),
        get_map(bbox="0,0,inf,1"),
        get_map(bbox="0,0,1e30,1"),
        get_map(bbox="1,1,0,0"),
        get_map(bbox="0,0,1"),
        get_map(layers=",".join(["elevation"] * 21)),
        get_map(layers=",".join(["a"] * 1_000_000)),
        get_map(layers="../../etc/passwd"),
        get_map(sld="http://10.0.0.1/"),
        get_map(SLD_BODY="<x/>"),
        get_map(dim_time="../../"),
        get_map(TIME="../../"),
        get_map(srs="EPSG:31466"),
        get_map(format="image/svg%2Bxml"),
        get_map(version="../../"),
        get_map() + "&bbox=0,0,1,1",
        "&".join(f"a{number}=1" for number in range(100)),
        "service=WMS&request=GetLegendGraphic&layer=elevation",
        "service=WMS&request=GetFeatureInfo&layers=elevation",
        "service=WMS",
        "service=WMS&request=GetMap",
        "%ff%fe=%ff",
        "",
    ],
)
def test_an_attack_is_stopped_at_the_door(query: str, ground: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asking = Asking(SYSTEM, tmp_path / "cache")
    monkeypatch.setattr(basemap, "ask", None)
    status, headers, body = asking("/maps/service", query)

    assert (status, headers["Content-Type"], json.loads(body)["code"]) == (400, "application/problem+json", "bad_request")


@pytest.mark.parametrize(
    "path",
    [
        "/maps/",
        "/maps/demo/",
        "/maps/demo",
        "/maps/service/../demo/",
        "/maps/tms/1.0.0",
        "/maps/kml/elevation",
        "/maps/wms",
        "/maps/wmts/elevation/webmercator/30/1/1.png",
    ]
    + [
        "/maps/wmts/elevation/webmercator/1/5/5.png",
        "/maps/wmts/../demo.png",
        "/maps/wmts/elevation/other/1/0/0.png",
        "/maps/wmts/elevation/webmercator/1/0/0.png\n",
    ],
)
def test_there_is_nothing_else_behind_the_door(asking: Asking, path: str) -> None:
    assert asking(path)[0] == 404


def test_words_that_we_do_not_know_do_not_reach_mapproxy(asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    passed: list[dict[str, str]] = []
    monkeypatch.setattr(basemap, "ask", lambda app, path, query, *_: (passed.append(query), (200, [], b""))[1])
    asking("/maps/service", get_map(DPI=96, MAP_RESOLUTION=96, FORMAT_OPTIONS="dpi:96", map="/etc/passwd", callback="x"))

    assert set(passed[0]) == {"service", "version", "request", "layers", "styles", "style", "srs", "width", "height", "format", "transparent", "bbox"}


def test_only_reading_is_allowed_and_only_under_our_own_name(asking: Asking) -> None:
    assert asking("/maps/service", get_map(), REQUEST_METHOD="POST")[0] == 405
    assert asking("/maps/service", CAPABILITIES[0][1], HTTP_HOST="evil.example")[0] == 400
    status, headers, body = asking("/maps/service", get_map(), REQUEST_METHOD="HEAD")
    assert (status, body) == (200, b"") and int(headers["Content-Length"]) > 100


def test_the_city_does_not_start_with_maps_that_ask_nobody(ground: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ImproperlyConfigured):
        MapsDoor(None, tmp_path / "cache")

    monkeypatch.setattr(basemap, "authorize", lambda *_, **__: {"authorized": "full"})
    with pytest.raises(ImproperlyConfigured, match="does not ask for permission"):
        MapsDoor(lambda headers: ANONYMOUS, tmp_path / "cache")


def test_the_city_does_not_start_with_mapproxys_demo_page(ground: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = basemap.configuration
    monkeypatch.setattr(basemap, "configuration", lambda *given: (conf := honest(*given)) | {"services": {**conf["services"], "demo": {}}})

    with pytest.raises(ImproperlyConfigured, match="demo page"):
        MapsDoor(lambda headers: ANONYMOUS, tmp_path / "cache")


def test_a_damaged_raster_is_an_error_and_never_an_empty_picture(asking: Asking, ground: Path) -> None:
    whole = ground.read_bytes()
    raster.header(ground)
    ground.write_bytes(whole[:200] + b"\xff" * (len(whole) // 2 - 200) + whole[len(whole) // 2 :])
    status, _, body = asking("/maps/service", get_map())

    assert status in (404, 500, 503) or b"ServiceException" in body
    assert body[:4] != b"\x89PNG"


@pytest.mark.django_db
def test_the_map_services_know_people_by_token(people: dict[str, User], ground: Path, tmp_path: Path) -> None:
    _, secret = Token.issue(name="QGIS", user=people["officer"])
    began: list[Any] = []
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/maps/service",
        "QUERY_STRING": get_map(),
        "HTTP_HOST": "localhost",
        "HTTP_AUTHORIZATION": f"Bearer {secret}",
    }
    MapsDoor(scope_from_headers, tmp_path / "cache")(environ, lambda status, headers: began.append(status))

    assert began == ["200 OK"]


def test_the_style_draws_the_elevation_below_everything_and_only_for_who_may_see_it(ground: Path) -> None:
    style = whole_style(SEE)

    assert [drawn["id"] for drawn in style["layers"][:2]] == ["background", "elevation-0"]
    assert style["layers"][1]["layout"] == {"visibility": "none"}
    assert style["sources"]["elevation"]["tiles"] == ["/maps/wmts/elevation/webmercator/{z}/{x}/{y}.png"]
    assert style["sources"]["elevation"]["maxzoom"] == 14
    assert "elevation" not in whole_style(ANONYMOUS)["sources"]


def test_the_ramp_rises() -> None:
    heights = [height for height, _ in RAMP]
    assert heights == sorted(set(heights))
