"""Map services of the rasters: WMS and WMTS by MapProxy, in this process, over a configuration made from the registry.

Our door stands before it: sizes, boxes, names and words are judged first, and only what was understood is passed on. MapProxy
allows everything without an authorize callback, so none of its answers is given before it has proven that ours is asked.
"""

import json
import logging
import math
import re
import shutil
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.http.request import split_domain_port, validate_host
from mapproxy.config.configuration.proxy import ProxyConfiguration
from mapproxy.config.configuration.source import SourceConfiguration, register_source_configuration
from mapproxy.extent import MapExtent
from mapproxy.image import ImageResult
from mapproxy.layer import BlankImageError
from mapproxy.layer.map_layer import MapLayer
from mapproxy.query import MapQuery
from mapproxy.service.ows import OWSServer
from mapproxy.source import SourceError
from mapproxy.srs import SRS
from mapproxy.wsgiapp import MapProxyApp
from PIL import Image

from geo import raster, tilegrid
from geo.city import CITY
from geo.crs import CITY_SRID, crs_of
from geo.errors import BAD_REQUEST, BUSY, INTERNAL, METHOD, NOT_FOUND, Problem
from layers.access import Scope
from layers.layer import registry
from tiles import offline_page
from tiles.raster import Standing, seen, standing

log = logging.getLogger("nbioc.maps")

PREFIX = "/maps"
GRID = "webmercator"
SOURCE_TYPE = "nbioc_raster"
LARGEST_PX = 2_048
MOST_LAYERS = 20
LONGEST_QUERY = 2_000
MOST_PARAMETERS = 40
FARTHEST = 1e8
META_TILES = [2, 2]
# From this size on one at a time in a process: a picture of 2,048 a side takes 50 MB while it is made.
BIG_PX = 1_000_000

NAME = re.compile(r"[a-z][a-z0-9_]{0,59}\Z")
TILE = re.compile(rf"/maps/wmts/([a-z][a-z0-9_]{{0,59}})/{GRID}/([0-9]{{1,2}})/(0|[1-9][0-9]{{0,6}})/(0|[1-9][0-9]{{0,6}})\.png\Z")
SERVICE = "/maps/service"
HEAT_PAGE = "/maps/heat.html"
REST_CAPABILITIES = "/maps/wmts/1.0.0/WMTSCapabilities.xml"
CITY_CODE = f"EPSG:{CITY_SRID}"
# A CRS that the profile gives as WKT has no code that the outside knows.
CRS_CODES = ["EPSG:3857", "EPSG:4326", "CRS:84", *([] if CITY.crs_wkt else [CITY_CODE])]
NORTH_FIRST = crs_of(CITY_SRID).axis_info[0].direction == "north"

# What is passed on, and what each may look like. What is not named here is dropped: QGIS alone sends five words of its own.
NUMBER, ZOOM = re.compile(r"[0-9]{1,7}\Z"), re.compile(r"[0-9]{1,2}\Z")
WORDS = {
    "service": re.compile(r"(?i:wms|wmts)\Z"),
    "version": re.compile(r"1\.(0\.0|1\.0|1\.1|3\.0)\Z"),
    "request": re.compile(r"(?i:getcapabilities|capabilities|getmap|map|gettile)\Z"),
    "layers": re.compile(r"[a-z0-9_,]{1,1300}\Z"),
    "layer": NAME,
    "bbox": re.compile(r"[-+0-9.eE,]{7,200}\Z"),
    "width": NUMBER,
    "height": NUMBER,
    "crs": re.compile(r"(?i:EPSG|CRS):[0-9]{2,6}\Z"),
    "srs": re.compile(r"(?i:EPSG|CRS):[0-9]{2,6}\Z"),
    "format": re.compile(r"image/(png|jpeg)\Z"),
    "transparent": re.compile(r"(?i:true|false)\Z"),
    "bgcolor": re.compile(r"0x[0-9a-fA-F]{6}\Z"),
    "tilematrixset": re.compile(rf"{GRID}\Z"),
    "tilematrix": ZOOM,
    "tilerow": NUMBER,
    "tilecol": NUMBER,
}
# What asks for more than we give: addresses to fetch, files to read, times that no raster here has.
REFUSED = re.compile(r"(sld.*|.*url.*|dim_.*|time|elevation|url|remote_.*|wfs|cql_filter|filter)\Z")


class RasterSource(MapLayer):
    """A raster layer as MapProxy asks for it: straight from geo.raster, with no address in between."""

    supports_meta_tiles = True

    def __init__(self, found: Standing, image_opts: Any) -> None:
        super().__init__(image_opts=image_opts)
        self.found = found
        self.extent = MapExtent(found.bounds, SRS(4326))

    def get_map(self, query: MapQuery) -> ImageResult:
        # A tile beside the raster is neither drawn nor kept: the cache holds no more tiles than the raster fills.
        if not self.extent.intersects(MapExtent(query.bbox, query.srs)):
            raise BlankImageError()
        try:
            srid = int(query.srs.srs_code.removeprefix("EPSG:"))
            painted = raster.picture(self.found.path, bounds=query.bbox, srid=srid, size=query.size, ramp=self.found.layer.ramp)
        except Problem as refused:
            raise SourceError(refused.en or refused.title_en) from refused
        return ImageResult(Image.fromarray(painted), size=query.size, image_opts=self.image_opts)


class RasterSourceConfiguration(SourceConfiguration):
    """Tells MapProxy how a source of ours is made. `found` is handed over as it is: this configuration never was a file."""

    source_type = (SOURCE_TYPE,)

    def source(self, params: Any = None) -> RasterSource:
        return RasterSource(self.conf["found"], self.image_opts())


register_source_configuration(SOURCE_TYPE, RasterSourceConfiguration)


def configuration(rasters: Iterable[Standing], cache: Path) -> dict[str, Any]:
    """MapProxy's configuration of some rasters. Demo pages, TMS, KML and feature info are not in it."""
    shown = {found.layer.slug: found for found in rasters}
    return {
        "services": {
            "wms": {
                "md": {"title": f"NBIOC {CITY.names['vi']}"},
                "srs": CRS_CODES,
                "versions": ["1.1.1", "1.3.0"],
                "image_formats": ["image/png", "image/jpeg"],
                "max_output_pixels": [LARGEST_PX, LARGEST_PX],
                "on_source_errors": "raise",
            },
            "wmts": {"kvp": True, "restful": True, "md": {"title": f"NBIOC {CITY.names['vi']}"}},
        },
        "grids": {GRID: {"base": "GLOBAL_WEBMERCATOR", "num_levels": max(found.last_zoom for found in shown.values()) + 1}},
        "sources": {
            slug: {"type": SOURCE_TYPE, "found": found, "transparent": True, "coverage": {"bbox": list(found.bounds), "srs": "EPSG:4326"}}
            for slug, found in shown.items()
        },
        "caches": {
            f"{slug}_tiles": {
                "grids": [GRID],
                "sources": [slug],
                "format": "image/png",
                "meta_size": META_TILES,
                "meta_buffer": 0,
                "cache": {"type": "file", "directory": str(cache / f"{slug}-{found.stamp}"), "directory_layout": "tms"},
            }
            for slug, found in shown.items()
        },
        # Maps are painted straight from the raster, in the CRS that is asked for; only tiles are kept.
        # One nameless root: with a single layer MapProxy would make that the root, which no permission takes out.
        "layers": [
            {
                "title": f"NBIOC {CITY.names['vi']}",
                "layers": [{"name": slug, "title": found.layer.vi, "sources": [slug], "tile_sources": [f"{slug}_tiles"]} for slug, found in shown.items()],
            }
        ],
        "globals": {
            "cache": {"base_dir": str(cache), "lock_dir": str(cache / "locks"), "concurrent_tile_creators": 1},
            # Whole colours: a legend is read against them.
            "image": {"paletted": False, "resampling_method": "bilinear"},
            "http": {"access_control_allow_origin": ""},
            # WMS 1.3.0 goes by the authority's order of axes, and MapProxy knows that of few.
            "srs": {"axis_order_ne": [CITY_CODE] if NORTH_FIRST else []},
        },
    }


def authorize(_service: str, layers: list[str], environ: dict[str, Any], **_: Any) -> dict[str, Any]:
    """MapProxy's question for every answer. What the door did not put on the list does not exist."""
    allowed = environ["nbioc.allowed"]
    return {"authorized": "partial", "layers": {name: {"map": True, "tile": True} for name in layers if name in allowed}}


class Maps:
    """MapProxy over the rasters of the moment: made again when a raster comes, changes or goes."""

    def __init__(self, cache: Path) -> None:
        self.cache = cache
        self.lock = threading.Lock()
        self.made_for: tuple[tuple[str, str], ...] | None = None
        self.app: MapProxyApp | None = None

    def current(self, rasters: tuple[Standing, ...]) -> MapProxyApp | None:
        """The app for these rasters, None for none. Raises ImproperlyConfigured when it answers without asking us."""
        key = tuple((found.layer.slug, found.stamp) for found in rasters)
        with self.lock:
            if key != self.made_for:
                self.app = self._make(rasters) if rasters else None
                self.made_for = key
            return self.app

    def _make(self, rasters: tuple[Standing, ...]) -> MapProxyApp:
        self._forget({f"{found.layer.slug}-{found.stamp}" for found in rasters})
        made = ProxyConfiguration(configuration(rasters, self.cache), conf_base_dir=str(self.cache))
        services = made.configured_services()
        for service in services:
            if isinstance(service, OWSServer):
                # The root's own extent would tell a stranger where the hidden layers lie.
                service.services["wms"].root_layer.extent = MapExtent(CITY.bounds, SRS(4326))
        app = MapProxyApp(services, made.base_config)
        prove(app, [found.layer.slug for found in rasters])
        return app

    def _forget(self, kept: set[str]) -> None:
        """Tiles of files that are no longer there. Another worker may still write one: it makes its folder again."""
        if self.cache.is_dir():
            for folder in self.cache.iterdir():
                if folder.is_dir() and folder.name != "locks" and folder.name not in kept:
                    shutil.rmtree(folder, ignore_errors=True)


def prove(app: Callable[..., Iterable[bytes]], slugs: list[str]) -> None:
    """Refuse an app that shows a layer to who may see none, or that carries a demo page. Raises ImproperlyConfigured."""
    for query in ({"service": "WMS", "request": "GetCapabilities"}, {"service": "WMTS", "request": "GetCapabilities"}):
        _, _, body = ask(app, "/service", query, frozenset())
        for slug in slugs:
            if f">{slug}<".encode() in body:
                raise ImproperlyConfigured(f"MapProxy names the layer {slug} to a stranger: it does not ask for permission.")
    for slug in slugs:
        status, _, _ = ask(app, f"/wmts/{slug}/{GRID}/0/0/0.png", {}, frozenset())
        if status == 200:
            raise ImproperlyConfigured(f"MapProxy gives tiles of {slug} to a stranger: it does not ask for permission.")
    if ask(app, "/demo/", {}, frozenset())[0] != 404:
        raise ImproperlyConfigured("MapProxy carries its demo page: it shows every layer to everyone.")


Answer = tuple[int, list[tuple[str, str]], bytes]


def ask(app: Callable[..., Iterable[bytes]], path: str, query: dict[str, str], allowed: frozenset[str], given: Mapping[str, Any] | None = None) -> Answer:
    """One request to MapProxy in an environment of our own making: no header reaches it that we do not name."""
    given = given or {}
    began: list[Any] = []
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": PREFIX,
        "PATH_INFO": path,
        "QUERY_STRING": urlencode(query),
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        **{name: given[name] for name in ("HTTP_HOST", "wsgi.url_scheme", "wsgi.input", "wsgi.errors") if name in given},
        # MapProxy's own tags are bare words; outside they wear their quotes.
        "HTTP_IF_NONE_MATCH": given.get("HTTP_IF_NONE_MATCH", "").removeprefix("W/").strip('"'),
        "mapproxy.authorize": authorize,
        "nbioc.allowed": allowed,
    }
    environ.setdefault("wsgi.url_scheme", "http")
    body = b"".join(app(environ, lambda status, headers, exc_info=None: began.extend((status, headers))))
    return int(began[0][:3]), began[1], body


def understood(query: str) -> dict[str, str]:
    """The parameters that are passed on, by lower-case name. Raises BAD_REQUEST for what cannot be, before anything is asked."""
    given: dict[str, str] = {}
    for name, value in _pairs(query):
        if REFUSED.match(name) and value:
            raise BAD_REQUEST(f"Không nhận tham số {name[:40]}.", f"The parameter {name[:40]} is not taken.")
        if name in given:
            raise BAD_REQUEST(f"Tham số {name[:40]} lặp lại.", f"The parameter {name[:40]} is given twice.")
        given[name] = value
    kept = {name: value for name, value in given.items() if name in WORDS and value}
    for name, value in kept.items():
        if not WORDS[name].match(value):
            raise BAD_REQUEST(f"Giá trị của {name} không dùng được.", f"The value of {name} cannot be used.", parameter=name)
    _check_request(kept)
    # Both are obligatory in the standard; a raster here has one style.
    return {**kept, "styles": "", "style": "default"} if "request" in kept else kept


def _pairs(query: str) -> list[tuple[str, str]]:
    if len(query) > LONGEST_QUERY:
        raise BAD_REQUEST(f"Truy vấn dài quá {LONGEST_QUERY} ký tự.", f"The query is longer than {LONGEST_QUERY} characters.")
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=MOST_PARAMETERS, errors="strict")
    except (ValueError, UnicodeDecodeError) as error:
        raise BAD_REQUEST("Không đọc được truy vấn.", "The query cannot be read.") from error
    return [(name.lower(), value) for name, value in pairs]


def _check_request(kept: dict[str, str]) -> None:
    request = kept.get("request", "").lower()
    if not request:
        raise BAD_REQUEST("Thiếu tham số request.", "The parameter request is missing: GetCapabilities, GetMap or GetTile.")
    needed = {
        "getmap": ("layers", "bbox", "width", "height"),
        "map": ("layers", "bbox", "width", "height"),
        "gettile": ("layer", "tilematrix", "tilerow", "tilecol"),
    }
    for name in needed.get(request, ()):
        if name not in kept:
            raise BAD_REQUEST(f"Thiếu tham số {name}.", f"The parameter {name} is missing.")
    if request in ("getmap", "map"):
        if not all(1 <= int(kept[side]) <= LARGEST_PX for side in ("width", "height")):
            raise BAD_REQUEST(f"Ảnh từ 1 đến {LARGEST_PX} điểm mỗi chiều.", f"A picture is 1 to {LARGEST_PX} pixels a side.")
        _check_box(kept["bbox"])
        if (kept.get("crs") or kept.get("srs") or "EPSG:4326").upper() not in CRS_CODES:
            raise BAD_REQUEST(f"Hệ toạ độ: {', '.join(CRS_CODES)}.", f"Coordinate systems: {', '.join(CRS_CODES)}.")


def _check_box(text: str) -> None:
    try:
        edges = [float(edge) for edge in text.split(",")]
    except ValueError:
        edges = []
    if len(edges) != 4 or not all(math.isfinite(edge) and abs(edge) <= FARTHEST for edge in edges) or edges[0] >= edges[2] or edges[1] >= edges[3]:
        raise BAD_REQUEST("bbox là bốn số hữu hạn, cạnh nhỏ trước.", "bbox is four finite numbers, the smaller edges first.")


def _names(kept: dict[str, str]) -> list[str]:
    names = [name for name in kept.get("layers", "").split(",") if name] or [name for name in (kept.get("layer"),) if name]
    if len(names) > MOST_LAYERS:
        raise BAD_REQUEST(f"Tối đa {MOST_LAYERS} lớp.", f"At most {MOST_LAYERS} layers.")
    return names


class MapsDoor:
    """Answers /maps/… as WSGI. `scope_from_headers` tells who calls; without it the city does not start."""

    def __init__(self, scope_from_headers: Callable[[dict[bytes, bytes]], Scope], cache: Path | None = None) -> None:
        if not callable(scope_from_headers):
            raise ImproperlyConfigured("The map services need to know who calls.")
        self.scope_from_headers = scope_from_headers
        self.maps = Maps(cache or settings.VAR_DIR / "maps")
        self.maps.current(standing())
        self.one_big = threading.Lock()

    def __call__(self, environ: Mapping[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        status, headers, body = self._answer(environ)
        start_response(f"{status} {HTTPStatus(status).phrase}", [*headers, ("Content-Length", str(len(body))), ("X-Content-Type-Options", "nosniff")])
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]

    def _answer(self, environ: Mapping[str, Any]) -> Answer:
        try:
            if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
                raise METHOD()
            _check_host(environ.get("HTTP_HOST", ""))
            return self._map(environ)
        except Problem as problem:
            return _problem(problem)
        except Exception:
            log.exception("A map could not be made.")
            connections["default"].close()
            return _problem(BUSY("Chưa vẽ được bản đồ.", "The map could not be made."))

    def _map(self, environ: Mapping[str, Any]) -> Answer:
        path, query, names = environ["PATH_INFO"], {}, []
        if path == HEAT_PAGE:
            return self._heat_page(environ)
        if path == SERVICE:
            query = understood(environ.get("QUERY_STRING", ""))
            names = _names(query)
        elif found := TILE.match(path):
            names = [found[1]]
            if not tilegrid.exists(int(found[2]), int(found[3]), int(found[4])):
                raise NOT_FOUND()
        elif path != REST_CAPABILITIES:
            raise NOT_FOUND()
        # Names that cannot be are refused before anybody is looked up.
        if any((layer := registry.get(name)) is None or layer.kind != "raster" for name in names):
            raise NOT_FOUND()
        allowed = frozenset(found.layer.slug for found in seen(self.scope_from_headers(_headers(environ))))
        if not allowed.issuperset(names):
            raise NOT_FOUND()
        app = self.maps.current(standing())
        if app is None:
            raise NOT_FOUND("Thành phố chưa có ảnh raster.", "The city has no raster yet.")
        big = int(query.get("width", 0)) * int(query.get("height", 0)) > BIG_PX
        with self.one_big if big else nullcontext():
            return _ours(*ask(app, path.removeprefix(PREFIX), query, allowed, environ))

    def _heat_page(self, environ: Mapping[str, Any]) -> Answer:
        asked = {name: value for name, value in _pairs(environ.get("QUERY_STRING", "")) if name in offline_page.PARAMETERS}
        page = offline_page.page(self.scope_from_headers(_headers(environ)), asked)
        headers = [
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Disposition", 'inline; filename="nbioc-heat.html"'),
            # Its scripts run in an origin of their own: a page that is carried about is never the city's session.
            ("Content-Security-Policy", "sandbox allow-scripts; frame-ancestors 'none'"),
            ("Cache-Control", "private, no-store"),
            ("Vary", "Cookie, Authorization"),
        ]
        return 200, headers, page


def _headers(environ: Mapping[str, Any]) -> dict[bytes, bytes]:
    return {
        name: environ[key].encode("latin-1")
        for name, key in ((b"cookie", "HTTP_COOKIE"), (b"authorization", "HTTP_AUTHORIZATION"), (b"host", "HTTP_HOST"))
        if key in environ
    }


def _check_host(host: str) -> None:
    """The capabilities repeat the host: a foreign one is not repeated."""
    if not validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS):
        raise BAD_REQUEST("Tên máy chủ không đúng.", "The host is not one of ours.")


def _ours(status: int, headers: list[tuple[str, str]], body: bytes) -> Answer:
    """MapProxy's answer under our rules of keeping: what depends on who asks is kept by nobody else."""
    if status >= 500 and not body.startswith(b"<?xml"):
        raise INTERNAL("Chưa vẽ được bản đồ.", "The map could not be made.")
    given = {name.lower(): value for name, value in headers}
    kept = [("Content-Type", given["content-type"])] if "content-type" in given else []
    kept += [("ETag", f'"{given["etag"]}"')] if "etag" in given else []
    cache = "private, no-cache" if status in (200, 304) else "no-store"
    return status, [*kept, ("Cache-Control", cache), ("Vary", "Cookie, Authorization")], body


def _problem(problem: Problem) -> Answer:
    headers = [("Content-Type", "application/problem+json"), ("Cache-Control", "no-store")]
    if problem.status == METHOD.status:
        headers.append(("Allow", "GET, HEAD"))
    if problem.status == BUSY.status:
        headers.append(("Retry-After", "2"))
    return problem.status, headers, json.dumps(problem.as_dict(), ensure_ascii=False).encode()
