"""The city's streets, canals and closures as a network that stays in memory until one of them changes."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from django.db import connection
from psycopg2 import sql
from shapely.geometry import mapping

from geo.crs import CITY_SRID, WGS84, reproject
from geo.crs import to_city as to_city
from geo.network import Closure, Network, Stretches
from geo.sql import statement
from layers.access import SYSTEM, Opened, opened
from layers.library.canals import Canals
from layers.library.closures import Closures
from layers.library.roads import Roads

ROADS = "select t.id, public.st_asbinary(t.geom), t.speed_kmh, t.width_m, t.oneway, true, coalesce(t.load_limit_t, 'infinity') from {} t where {} order by t.id"
CANALS = "select t.id, public.st_asbinary(t.geom), t.speed_kmh, t.width_m, false, t.navigable, 'infinity'::float8 from {} t where {} order by t.id"
CLOSURES = "select public.st_asbinary(t.geom), t.factor, t.modes, t.starts_at, t.ends_at from {} t where {} and (t.ends_at is null or t.ends_at > %(since)s) order by t.id"
TICKS = "select current_database(), coalesce(jsonb_object_agg(layer, tick), '{}')::text from public.layers_pulse where layer = any(%s)"
# Closures that ended longer ago are read only when somebody asks for such a moment.
ENDED_KEPT = timedelta(hours=12)
PULSES = ("roads", "canals", "closures")


def install(**_: Any) -> None:
    """Give streets, canals and closures their pulse; run after each migration."""
    with connection.cursor() as cursor:
        cursor.execute(statement("layers", "pulse"))
        for layer in (Roads, Canals, Closures):
            table = sql.Identifier(layer.table())
            cursor.execute(sql.SQL("drop trigger if exists beat on {}").format(table))
            cursor.execute(
                sql.SQL("create trigger beat after insert or update or delete on {} for each statement execute function public.layers_beat({})").format(
                    table, sql.Literal(layer.slug)
                )
            )


@dataclass(frozen=True)
class Spell:
    """A closure and when it counts."""

    closure: Closure
    starts_at: datetime
    ends_at: datetime | None

    def counts(self, at: datetime) -> bool:
        return self.starts_at <= at and (self.ends_at is None or self.ends_at > at)


@dataclass
class _Kept:
    """What this process holds: the streets with everything open, the closures, the ticks both are true at, and the network of the last moment asked for."""

    database: str = ""
    ticks: dict[str, int] = field(default_factory=dict)
    opened: Network | None = None
    fids: npt.NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    spells: tuple[Spell, ...] = ()
    since: datetime | None = None
    counting: tuple[Closure, ...] | None = None
    now: Network | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


_kept = _Kept()


def network(at: datetime) -> Network:
    """The network as it is open at a moment. Streets and closures are read again only when one has changed; when one begins or ends, no row changes."""
    with _kept.lock:
        opened_ = _fresh(at)
        counting = tuple(spell.closure for spell in _kept.spells if spell.counts(at))
        if _kept.now is None or counting != _kept.counting:
            _kept.now, _kept.counting = (_kept.now or opened_).with_closures(counting), counting
        return _kept.now


def fids() -> npt.NDArray[np.int64]:
    """The row behind each stretch of the network that was given last: streets first, then canals, each by its own layer's fid."""
    return _kept.fids


def _fresh(at: datetime) -> Network:
    """What is kept, read again where a tick says so."""
    # Ticks first, rows after: an edit in between makes new rows with old ticks, which are read again the next time.
    with connection.cursor() as cursor:
        cursor.execute(TICKS, [list(PULSES)])
        database, text = cursor.fetchone()
        ticks = json.loads(text)
        moved = {layer for layer in PULSES if ticks.get(layer) != _kept.ticks.get(layer)} if database == _kept.database else set(PULSES)
        if _kept.opened is None or moved & {"roads", "canals"}:
            stretches, _kept.fids = _stretches(cursor)
            _kept.opened, _kept.now = Network(stretches), None
        if _kept.since is None or "closures" in moved or at < _kept.since:
            _kept.since = at - ENDED_KEPT
            _kept.spells = tuple(_spells(cursor, _kept.since))
        _kept.database, _kept.ticks = database, ticks
        return _kept.opened


def _spells(cursor: Any, since: datetime) -> Iterator[Spell]:
    known = {spell.closure.shape.wkb: spell.closure.shape for spell in _kept.spells}
    for shape, factor, modes, starts_at, ends_at in _rows(cursor, CLOSURES, opened("closures", SYSTEM), since=since):
        yield Spell(Closure(known.get(shape) or shapely.from_wkb(shape), factor, modes), starts_at, ends_at)


def _rows(cursor: Any, text: str, seen: Opened, **params: Any) -> list[tuple[Any, ...]]:
    cursor.execute(sql.SQL(text).format(seen.relation, seen.where).as_string(cursor.cursor.connection), {**seen.params, **params})
    return [tuple(bytes(value) if isinstance(value, memoryview) else tuple(value) if isinstance(value, list) else value for value in row) for row in cursor]


def _stretches(cursor: Any) -> tuple[Stretches, npt.NDArray[np.int64]]:
    streets, canals = _rows(cursor, ROADS, opened("roads", SYSTEM)), _rows(cursor, CANALS, opened("canals", SYSTEM))
    rows = streets + canals
    fids_, *columns = list(zip(*rows, strict=True)) if rows else [()] * 7
    stretches = Stretches(
        lines=shapely.from_wkb(np.array(columns[0], dtype=object)),
        medium=np.array(["street"] * len(streets) + ["canal"] * len(canals)),
        speed_kmh=np.array(columns[1], dtype=float),
        width_m=np.array(columns[2], dtype=float),
        oneway=np.array(columns[3], dtype=bool),
        usable=np.array(columns[4], dtype=bool),
        load_limit_t=np.array(columns[5], dtype=float),
    )
    return stretches, np.array(fids_, dtype=np.int64)


def lonlat_shape(shape: Any) -> dict[str, Any]:
    """A shape in city metres as GeoJSON in WGS84, to the centimetre."""
    return json.loads(json.dumps(mapping(shapely.set_precision(reproject(shape, CITY_SRID, WGS84), 1e-7, mode="pointwise"))))
