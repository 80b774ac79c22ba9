"""The fast path to tiles: an ASGI door with its own connections and threads, and no Django middleware.

A tile that does not exist is refused before the database is asked; a failure is a 503, never an empty 200.
"""

import asyncio
import hashlib
import json
import re
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qsl

from django.conf import settings
from django.db import connections
from django.utils import timezone
from isal import igzip
from psycopg2 import sql

from geo import tilegrid
from geo.errors import BUSY, NOT_FOUND, Problem
from layers.access import Opened, Scope, opened, opened_for_counting
from layers.layer import registry
from tiles import heat
from tiles.conditional import takes_gzip, unchanged
from tiles.style import tile_json, whole_style
from tiles.vector import COARSENESSES_PX, LABEL_SUFFIX, over_budget, tile_parameters, tile_statement

THREADS = 4
MOST_WAITING = 256
STATEMENT_TIMEOUT_MS = 5_000
COMPRESS_FROM_BYTES = 1_000
MOST_PARAMETERS = 20
MVT = b"application/vnd.mapbox-vector-tile"
PNG = b"image/png"
# One spelling a tile: no leading zeros, and no digits but ASCII's.
NUMBERS = r"(0|[1-9][0-9]?)/(0|[1-9][0-9]{0,6})/(0|[1-9][0-9]{0,6})"
TILE = re.compile(rf"/tiles/([a-z][a-z0-9_]{{0,59}})/{NUMBERS}\.mvt\Z")
HEAT = re.compile(rf"/tiles/([a-z][a-z0-9_]{{0,59}})\.heat/{NUMBERS}\.(mvt|png)\Z")
TILE_JSON = re.compile(r"/tiles/([a-z][a-z0-9_]{0,59})\.json\Z")
STYLE = "/tiles/style.json"

Answer = tuple[int, list[tuple[bytes, bytes]], bytes]


class TileDoor:
    """Answers /tiles/… . `scope_from_headers` tells who calls; it may use the database and runs in a thread."""

    def __init__(self, scope_from_headers: Callable[[dict[bytes, bytes]], Scope]) -> None:
        self.scope_from_headers = scope_from_headers
        self.threads = ThreadPoolExecutor(THREADS, thread_name_prefix="tile")
        self.waiting = 0

    async def __call__(self, scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]) -> None:
        headers = dict(scope["headers"])
        if scope["method"] not in ("GET", "HEAD"):
            status, extra, body = 405, [(b"allow", b"GET, HEAD")], b""
        elif self.waiting >= MOST_WAITING:
            # A longer queue would only answer people who have already moved on.
            status, extra, body = _problem(BUSY("Quá nhiều ô bản đồ đang chờ.", "Too many tiles are waiting."), retry_after_s=1)
        else:
            self.waiting += 1
            try:
                status, extra, body = await asyncio.get_running_loop().run_in_executor(
                    self.threads, self._answer, scope["path"], headers, scope.get("query_string", b"")
                )
            finally:
                self.waiting -= 1
        sent = [*extra, (b"content-length", str(len(body)).encode()), (b"x-content-type-options", b"nosniff")]
        await send({"type": "http.response.start", "status": status, "headers": sent})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    def _answer(self, path: str, headers: dict[bytes, bytes], query: bytes = b"") -> Answer:
        try:
            if path == STYLE:
                return _json(whole_style(self.scope_from_headers(headers)))
            if found := TILE_JSON.fullmatch(path):
                _known(found[1])
                return _json(tile_json(opened(found[1], self.scope_from_headers(headers))))
            if found := TILE.fullmatch(path):
                return self._tile(found[1], int(found[2]), int(found[3]), int(found[4]), headers)
            if found := HEAT.fullmatch(path):
                return self._heat(found[1], int(found[2]), int(found[3]), int(found[4]), found[5] == "png", headers, query)
            raise NOT_FOUND()
        except Problem as problem:
            return _problem(problem)
        except Exception as error:  # noqa: BLE001 (whatever failed, an empty tile would be a lie)
            connections["default"].close()
            settings_debug = getattr(settings, "DEBUG", False)
            return _problem(BUSY("Chưa lấy được ô bản đồ.", str(error) if settings_debug else "The tile could not be made."), retry_after_s=2)

    def _tile(self, name: str, z: int, x: int, y: int, headers: dict[bytes, bytes]) -> Answer:
        slug, label = _known(name)
        if not tilegrid.exists(z, x, y):
            raise NOT_FOUND()
        seen = opened(slug, self.scope_from_headers(headers))
        if not seen.layer.zooms[0] <= z <= seen.layer.zooms[1]:
            return 204, [(b"cache-control", b"private, no-cache")], b""
        tile, truncated = _render(seen, z, x, y, label)
        return _packed(tile, seen, headers, truncated=truncated)

    def _heat(self, slug: str, z: int, x: int, y: int, as_picture: bool, headers: dict[bytes, bytes], query: bytes) -> Answer:
        layer = registry.get(slug)
        if layer is None or not heat.has_heat(layer) or not tilegrid.exists(z, x, y):
            raise NOT_FOUND()
        scope = self.scope_from_headers(headers)
        counted = opened_for_counting(layer, scope)
        given = dict(parse_qsl(query.decode("latin-1"), max_num_fields=MOST_PARAMETERS))
        wanted = heat.asked(given, layer=layer, at=timezone.now())
        params = heat.parameters(counted, wanted, z=z, x=x, y=y, edges="edges" in given)
        if as_picture:
            cells = _rows(heat.cells_statement(counted, wanted), params) if params else []
            return _packed(heat.picture(cells, params or {}), counted.rows, headers, PNG)
        tile = bytes(_rows(heat.tile_statement(counted, wanted), params)[0][0]) if params else b""
        return _packed(tile, counted.rows, headers)


def _known(name: str) -> tuple[str, bool]:
    """The slug behind a tile's name and whether labels are meant. Raises NOT_FOUND without asking the database."""
    if registry.get(name) is not None:
        return name, False
    slug = name.removesuffix(LABEL_SUFFIX)
    layer = registry.get(slug)
    if slug == name or layer is None or not layer.label:
        raise NOT_FOUND()
    return slug, True


def _render(seen: Opened, z: int, x: int, y: int, label: bool) -> tuple[bytes, bool]:
    """The tile, and whether something was left out to keep it within its budget."""
    params = tile_parameters(seen, z=z, x=x, y=y)
    if params is None:
        return b"", False
    for coarse_px in COARSENESSES_PX:
        tile, features = _rows(tile_statement(seen, z=z, label=label, coarse_px=coarse_px), params)[0]
        if not over_budget(z, tile, features):
            break
    return bytes(tile), coarse_px > 1


def _rows(composed: sql.Composed, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    connection = connections["default"]
    with connection.cursor() as cursor:
        cursor.execute(f"set statement_timeout = {STATEMENT_TIMEOUT_MS}")
        cursor.execute(composed.as_string(connection.connection), params)
        return cursor.fetchall()


def _packed(tile: bytes, seen: Opened, headers: dict[bytes, bytes], kind: bytes = MVT, truncated: bool = False) -> Answer:
    # no-cache: keep it, but ask each time; the answer is mostly a 304
    common = [(b"cache-control", b"public, no-cache" if seen.public else b"private, no-cache")]
    common.append((b"vary", b"accept-encoding" if seen.public else b"cookie, authorization, accept-encoding"))
    if truncated:
        common.append((b"x-truncated", b"true"))
    if not tile:
        return 204, common, b""
    whose = "" if seen.public else seen.scope.fingerprint
    # weak: the same tile goes out plain and compressed
    etag = f'W/"{hashlib.blake2b(tile + whose.encode(), digest_size=12).hexdigest()}"'.encode()
    common.append((b"etag", etag))
    if unchanged(headers.get(b"if-none-match", b""), etag):
        return 304, common, b""
    common.append((b"content-type", kind))
    if kind == MVT and len(tile) >= COMPRESS_FROM_BYTES and takes_gzip(headers.get(b"accept-encoding", b"")):
        return 200, [*common, (b"content-encoding", b"gzip")], igzip.compress(tile, compresslevel=1)
    return 200, common, tile


def _json(body: dict[str, Any]) -> Answer:
    return 200, [(b"content-type", b"application/json"), (b"cache-control", b"private, no-cache")], json.dumps(body, ensure_ascii=False).encode()


def _problem(problem: Problem, retry_after_s: int | None = None) -> Answer:
    headers = [(b"content-type", b"application/problem+json"), (b"cache-control", b"no-store")]
    if retry_after_s is not None:
        headers.append((b"retry-after", str(retry_after_s).encode()))
    return problem.status, headers, json.dumps(problem.as_dict(), ensure_ascii=False).encode()
