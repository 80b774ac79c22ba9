"""The fast path to tiles: an ASGI door with its own connections and threads, and no Django middleware.

A tile that does not exist is refused before the database is asked; a failure is a 503, never an empty 200. A tile that is kept is
sent without a thread of its own: one look at the stamps, shared by all who ask at that moment, says whether it still holds.
"""

import asyncio
import hashlib
import json
import logging
import re
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, NamedTuple, Protocol
from urllib.parse import parse_qsl

from django.db import Error, connection
from django.utils import timezone

from geo import tilegrid
from geo.errors import BUSY, NOT_FOUND, Problem
from layers.access import Scope, opened
from layers.layer import Layer, registry
from layers.remembering import past
from tiles import heat, stamps
from tiles.cache import COMPRESS_FROM_BYTES, Cache, Ready, compressed, ready
from tiles.conditional import takes_gzip, unchanged
from tiles.database import Database
from tiles.drawing import MVT, PNG, Drawing, Plans, heat_drawing, vector_drawing
from tiles.style import tile_json, whole_style
from tiles.vector import FULL_DETAIL_FROM, LABEL_SUFFIX

THREADS = 4
MOST_WAITING = 256
MOST_PARAMETERS = 20
MOST_DRAWINGS = 20_000
# One spelling a tile: no leading zeros, and no digits but ASCII's.
NUMBER = r"(0|[1-9][0-9]{0,6})"
ZOOM = r"(0|[1-9][0-9]?)"
SLUG = r"([a-z][a-z0-9_]{0,69})"
TILE = re.compile(rf"/tiles/{SLUG}/{ZOOM}/{NUMBER}/{NUMBER}\.mvt\Z")
OGC_TILE = re.compile(rf"/ogc/collections/{SLUG}/tiles/WebMercatorQuad/{ZOOM}/{NUMBER}/{NUMBER}\Z")
HEAT = re.compile(rf"/tiles/{SLUG}\.heat/{ZOOM}/{NUMBER}/{NUMBER}\.(mvt|png)\Z")
TILE_JSON = re.compile(rf"/tiles/{SLUG}\.json\Z")
STYLE = "/tiles/style.json"
NAMED = (TILE, OGC_TILE, HEAT, TILE_JSON)
EMPTY_PICTURE = heat.picture([], {})

Answer = tuple[int, list[tuple[bytes, bytes]], bytes]
log = logging.getLogger(__name__)


class Callers(Protocol):
    """Who calls. `remembered` answers at once or not at all; `found` may ask the database and runs in a thread."""

    def remembered(self, headers: dict[bytes, bytes]) -> Scope | None: ...

    def found(self, headers: dict[bytes, bytes]) -> Scope: ...


class Place(NamedTuple):
    """A tile of a layer, as an address names it."""

    layer: type[Layer]
    z: int
    x: int
    y: int
    label: bool = False


def handles(path: str) -> bool:
    """Whether an address is this door's."""
    return path.startswith("/tiles/") or OGC_TILE.fullmatch(path) is not None


class TileDoor:
    """Answers /tiles/… and the OGC addresses of tiles."""

    def __init__(self, callers: Callers, database: Database | None = None) -> None:
        self.callers = callers
        self.database = database or Database()
        self.plans = Plans(self.database)
        self.vouching = stamps.Vouching(self.database)
        self.stamps = stamps.StampReader(self._read_stamps)
        self.cache = Cache()
        self.drawings: dict[tuple[Place, Scope], Drawing] = {}
        self.flights: dict[bytes, asyncio.Task[Ready]] = {}
        self.waiting = 0
        self.fold_at = time.monotonic() + stamps.FOLD_EVERY_S
        self.threads = ThreadPoolExecutor(THREADS, thread_name_prefix="tile")
        # A thread of their own: a look at the stamps must not queue behind what is being drawn.
        self.stamp_thread = ThreadPoolExecutor(1, thread_name_prefix="tile-stamps")

    async def __call__(self, scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]) -> None:
        if scope["method"] in ("GET", "HEAD"):
            status, extra, body = await self.answer(scope["path"], dict(scope["headers"]), scope.get("query_string", b""))
        else:
            status, extra, body = 405, [(b"allow", b"GET, HEAD")], b""
        extra.append((b"content-length", b"%d" % len(body)))
        await send({"type": "http.response.start", "status": status, "headers": extra})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    async def answer(self, path: str, headers: dict[bytes, bytes], query: bytes = b"") -> Answer:
        """Status, headers and body of one request."""
        try:
            await self._look_for(path)
            return await self._answer(path, headers, query)
        except Problem as problem:
            return _problem(problem, retry_after_s=1 if problem.status == BUSY.status else None)
        except Exception as error:  # noqa: BLE001 (whatever failed, an empty tile would be a lie)
            log.warning("no tile for %s: %s", path, type(error).__name__)
            return _problem(BUSY("Chưa lấy được ô bản đồ.", "The tile could not be made."), retry_after_s=2)

    async def _answer(self, path: str, headers: dict[bytes, bytes], query: bytes) -> Answer:
        if found := TILE.fullmatch(path):
            return await self._vector(_place(found[1], *_numbers(found), past=b"as_of=" in query), headers, query)
        if found := OGC_TILE.fullmatch(path):
            z, row, column = _numbers(found)
            return await self._vector(_place(found[1], z, column, row, past=b"as_of=" in query), headers, query)
        if found := HEAT.fullmatch(path):
            layer = registry.get(found[1])
            if layer is None or not layer.countable():
                raise NOT_FOUND()
            return await self._heat(_place(found[1], *_numbers(found)), found[5], headers, query)
        if path == STYLE:
            return _json(await self._in_thread(whole_style, await self._scope(headers)))
        if (found := TILE_JSON.fullmatch(path)) and (known := _known(found[1])):
            return _json(await self._in_thread(_tile_json, known[0], await self._scope(headers)))
        raise NOT_FOUND()

    async def _look_for(self, path: str) -> None:
        """A name that nobody knows is asked for once more before it is refused: another process may have made the layer a moment ago."""
        found = next((named for shape in NAMED if (named := shape.fullmatch(path))), None)
        if found and path != STYLE and _known(found[1], registry.past) is None:
            await self._in_thread(_look)

    async def _scope(self, headers: dict[bytes, bytes]) -> Scope:
        remembered = self.callers.remembered(headers)
        return remembered if remembered is not None else await self._in_thread(self.callers.found, headers)

    async def _vector(self, place: Place, headers: dict[bytes, bytes], query: bytes) -> Answer:
        scope = await self._scope(headers)
        if b"as_of=" in query:
            drawing = await self._past(place, scope, past.moment(_given(query).get("as_of", ""), at=timezone.now()))
        else:
            drawing = self.drawings.get((place, scope)) or await self._drawing(place, scope)
        return await self._drawn(drawing, headers) if isinstance(drawing, Drawing) else (204, drawing, b"")

    async def _drawing(self, place: Place, scope: Scope) -> Drawing | list[tuple[bytes, bytes]]:
        """What a place is for a caller, remembered; the headers of an empty answer where nothing can be there."""
        key = (place.layer, scope, place.z < FULL_DETAIL_FROM, place.label)
        plan = self.plans.get(key) or await self._in_thread(self.plans.vector, key)
        first, last = place.layer.zooms
        found = vector_drawing(plan, place.layer, z=place.z, x=place.x, y=place.y) if first <= place.z <= last else None
        if found is None:
            return _common(plan.public)
        if len(self.drawings) >= MOST_DRAWINGS:
            self.drawings.clear()
        self.drawings[place, scope] = found
        return found

    async def _past(self, place: Place, scope: Scope, as_of: datetime) -> Drawing | list[tuple[bytes, bytes]]:
        """What a place was for a caller. Not remembered: there are more moments than places."""
        plan = await self._in_thread(self.plans.past, (place.layer, scope, place.z < FULL_DETAIL_FROM, place.label, "past"), as_of)
        first, last = place.layer.zooms
        found = vector_drawing(plan, place.layer, z=place.z, x=place.x, y=place.y, as_of=as_of) if first <= place.z <= last else None
        return found or _common(plan.public)

    async def _heat(self, place: Place, ending: str, headers: dict[bytes, bytes], query: bytes) -> Answer:
        given = _given(query)
        wanted = heat.asked(given, layer=place.layer, at=timezone.now())
        scope = await self._scope(headers)
        key = (place.layer, scope, wanted.category is not None, ending)
        plan = self.plans.get(key) or await self._in_thread(self.plans.heat, key)
        kind = PNG if ending == "png" else MVT
        drawing = heat_drawing(plan, place.layer, wanted, z=place.z, x=place.x, y=place.y, edges="edges" in given, kind=kind)
        if drawing is not None:
            return await self._drawn(drawing, headers)
        if kind == PNG:
            return 200, [*_common(plan.public), (b"content-type", PNG)], EMPTY_PICTURE
        return 204, _common(plan.public), b""

    async def _drawn(self, drawing: Drawing, headers: dict[bytes, bytes]) -> Answer:
        gzip = drawing.kind == MVT and takes_gzip(headers.get(b"accept-encoding", b""))
        if not await self._vouched_for(drawing):
            tile = await self._in_thread(self._draw, drawing, gzip)
            etag = f'W/"{hashlib.blake2b(tile.plain + drawing.identity, digest_size=12).hexdigest()}"'.encode()
            return _packed(tile, etag, drawing, headers, gzip)
        # The stamp is read before the tile is drawn: an edit in between leaves a tile under a stamp that nobody will ask for again.
        etag = drawing.etag(await self.stamps.stamp(drawing.key))
        if unchanged(headers.get(b"if-none-match", b""), etag):
            return 304, [*_common(drawing.plan.public), (b"etag", etag)], b""
        tile = self.cache.get(etag) or await self._flight(etag, drawing, gzip)
        if gzip and tile.gzipped is None and len(tile.plain) >= COMPRESS_FROM_BYTES:
            # drawn for somebody who took it plain
            tile = compressed(tile)
            self.cache.keep(etag, tile)
        return _packed(tile, etag, drawing, headers, gzip)

    async def _vouched_for(self, drawing: Drawing) -> bool:
        if drawing.plan.elsewhere:
            return False
        known = self.vouching.known(drawing.layer)
        return known if known is not None else await self._in_thread(self.vouching.look, drawing.layer)

    async def _flight(self, etag: bytes, drawing: Drawing, gzip: bool) -> Ready:
        """Draw a tile once for all who ask for it under this stamp, and keep it."""
        flight = self.flights.get(etag)
        if flight is None:
            flight = self.flights[etag] = asyncio.create_task(self._in_thread(self._draw, drawing, gzip))
            flight.add_done_callback(lambda done: self._landed(etag, done))
        return await asyncio.shield(flight)

    def _landed(self, etag: bytes, done: asyncio.Task[Ready]) -> None:
        del self.flights[etag]
        if not done.cancelled() and done.exception() is None:
            self.cache.keep(etag, done.result())

    def _draw(self, drawing: Drawing, gzip: bool) -> Ready:
        return ready(drawing.draw(self.database, drawing), compress=gzip)

    async def _in_thread(self, work: Callable[..., Any], *given: Any) -> Any:
        if self.waiting >= MOST_WAITING:
            # A longer queue would only answer people who have already moved on.
            raise BUSY("Quá nhiều ô bản đồ đang chờ.", "Too many tiles are waiting.")
        self.waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self.threads, work, *given)
        finally:
            self.waiting -= 1

    async def _read_stamps(self, keys: list[stamps.Key]) -> dict[stamps.Key, stamps.Stamp]:
        if time.monotonic() > self.fold_at:
            self.fold_at = time.monotonic() + stamps.FOLD_EVERY_S
            self.threads.submit(stamps.fold, self.database)
        return await asyncio.get_running_loop().run_in_executor(self.stamp_thread, stamps.read_stamps, self.database, keys)


def _look() -> None:
    """What is made while the city runs, as the database says now. A connection that has gone is replaced once."""
    try:
        registry.look()
    except Error:
        connection.close()
        registry.look()


def _given(query: bytes) -> dict[str, str]:
    return dict(parse_qsl(query.decode("latin-1"), max_num_fields=MOST_PARAMETERS))


def _numbers(found: re.Match[str]) -> tuple[int, int, int]:
    return int(found[2]), int(found[3]), int(found[4])


def _place(name: str, z: int, x: int, y: int, *, past: bool = False) -> Place:
    """The layer behind a tile's name. Raises NOT_FOUND, without asking the database, for a name or a tile that does not exist."""
    known = _known(name, registry.past if past else registry.get)
    if known is None or not tilegrid.exists(z, x, y):
        raise NOT_FOUND()
    return Place(known[0], z, x, y, known[1])


def _known(name: str, find: Callable[[str], type[Layer] | None] = registry.get) -> tuple[type[Layer], bool] | None:
    """The layer that a name means, and whether its labels are meant."""
    layer = find(name)
    if layer is not None:
        return (layer, False) if layer.kind == "vector" else None
    layer = find(name.removesuffix(LABEL_SUFFIX))
    return (layer, True) if layer is not None and layer.label and layer.kind == "vector" else None


def _tile_json(layer: type[Layer], scope: Scope) -> dict[str, Any]:
    return tile_json(opened(layer, scope))


# no-cache: keep it, but ask each time; the answer is mostly a 304
PUBLIC = ((b"cache-control", b"public, no-cache"), (b"vary", b"accept-encoding"), (b"x-content-type-options", b"nosniff"))
PRIVATE = ((b"cache-control", b"private, no-cache"), (b"vary", b"cookie, authorization, accept-encoding"), (b"x-content-type-options", b"nosniff"))


def _common(public: bool) -> list[tuple[bytes, bytes]]:
    return list(PUBLIC if public else PRIVATE)


def _packed(tile: Ready, etag: bytes, drawing: Drawing, headers: dict[bytes, bytes], gzip: bool) -> Answer:
    sent = [*_common(drawing.plan.public), (b"etag", etag)]
    if tile.truncated:
        sent.append((b"x-truncated", b"true"))
    if not tile.plain:
        return 204, sent, b""
    if unchanged(headers.get(b"if-none-match", b""), etag):
        return 304, sent, b""
    sent.append((b"content-type", drawing.kind))
    if gzip and tile.gzipped is not None:
        return 200, [*sent, (b"content-encoding", b"gzip")], tile.gzipped
    return 200, sent, tile.plain


def _json(body: dict[str, Any]) -> Answer:
    return 200, [*PRIVATE, (b"content-type", b"application/json")], json.dumps(body, ensure_ascii=False).encode()


def _problem(problem: Problem, retry_after_s: int | None = None) -> Answer:
    headers = [(b"content-type", b"application/problem+json"), (b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]
    if retry_after_s is not None:
        headers.append((b"retry-after", str(retry_after_s).encode()))
    return problem.status, headers, json.dumps(problem.as_dict(), ensure_ascii=False).encode()
