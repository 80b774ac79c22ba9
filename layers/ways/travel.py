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

from geo import prepared
from geo.city import CITY
from geo.crs import CITY_SRID, WGS84, reproject
from geo.crs import to_city as to_city
from geo.network import Closure, Network, Stretches
from geo.sql import statement
from geo.water import step_of
from layers.access import SYSTEM, Opened, opened
from layers.library.bridges import Bridges
from layers.library.canals import Canals
from layers.library.closures import Closures
from layers.library.flood_zones import FloodDepth
from layers.library.roads import Roads
from layers.models import SpeedFit
from layers.water import flood_effect, flood_levels
from layers.water.flood_effect import Water
from layers.ways import pacing
from layers.ways.pacing import Factor

ROADS = "select t.id, t.road_class, public.st_asbinary(t.geom), t.speed_kmh, t.width_m, t.oneway, true, coalesce(t.load_limit_t, 'infinity') from {} t where {} order by t.id"
CANALS = (
    "select t.id, t.canal_class, public.st_asbinary(t.geom), t.speed_kmh, t.width_m, false, t.navigable, 'infinity'::float8 from {} t where {} order by t.id"
)
CLOSURES = "select public.st_asbinary(t.geom), t.factor, t.modes, t.starts_at, t.ends_at from {} t where {} and (t.ends_at is null or t.ends_at > %(since)s) order by t.id"
TICKS = prepared.prepared(
    "select current_database(), coalesce(jsonb_object_agg(layer, tick), '{}')::text from public.layers_pulse where layer = any(%(layers)s)"
)
# Closures that ended longer ago are read only when somebody asks for such a moment.
ENDED_KEPT = timedelta(hours=12)
PULSES = ("roads", "canals", "closures", "flood", "speeds")


def install(**_: Any) -> None:
    """Give streets, canals, bridges, closures, the depths of water and the fitted speeds their pulse; run after each migration."""
    with connection.cursor() as cursor:
        cursor.execute(statement("layers", "pulse"))
        depths, speeds = FloodDepth._meta.db_table, SpeedFit._meta.db_table
        layers = (("roads", Roads.table()), ("canals", Canals.table()), ("closures", Closures.table()), ("bridges", Bridges.table()))
        for slug, beating in (*layers, ("flood", depths), ("speeds", speeds)):
            table = sql.Identifier(beating)
            cursor.execute(sql.SQL("drop trigger if exists beat on {}").format(table))
            cursor.execute(
                sql.SQL("create trigger beat after insert or update or delete on {} for each statement execute function public.layers_beat({})").format(
                    table, sql.Literal(slug)
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


Counting = tuple[tuple[Closure, ...], int | None, tuple[int, int] | None]


@dataclass
class _Kept:
    """What this process holds: the streets with everything open, the closures, the ticks both are true at, and the network of the last moment asked for."""

    database: str = ""
    ticks: dict[str, int] = field(default_factory=dict)
    opened: Network | None = None
    fids: npt.NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    # The class of each stretch, as `street:alley`, and how fast classes are really driven.
    classes: npt.NDArray[Any] = field(default_factory=lambda: np.empty(0, dtype=object))
    factors: tuple[Factor, ...] = ()
    spells: tuple[Spell, ...] = ()
    since: datetime | None = None
    water: Water | None = None
    # What the network was last made for: the closures that count, the water's step and the hours; and the one of a question "what if".
    counting: Counting | None = None
    now: Network | None = None
    asked: tuple[Counting, Network] | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


_kept = _Kept()


def network(at: datetime, *, level_cm: float | None = None) -> Network:
    """The network as it is open at a moment, under the closures and the water of that moment; `level_cm`: what if the water stood so high.

    Rows are read again only when one has changed; when a closure begins or ends, or the water rises, none has.
    """
    with _kept.lock:
        opened_ = _fresh(at)
        # Without fitted speeds every hour is alike, and no network is made anew when one begins.
        hours = pacing.band(at) if _kept.factors else None
        counting = tuple(spell.closure for spell in _kept.spells if spell.counts(at)), _step(at, level_cm), hours
        if counting == _kept.counting and _kept.now is not None:
            return _kept.now
        if _kept.asked is not None and _kept.asked[0] == counting:
            return _kept.asked[1]
        closures, step_cm, _ = counting
        slowed = _kept.water.slowed(step_cm) if _kept.water and step_cm is not None else None
        pace = pacing.paces(_kept.factors, _kept.classes, hours) if hours else {}
        made = (_kept.now or opened_).with_closures(closures, slowed, pace)
        if level_cm is None:
            _kept.now, _kept.counting = made, counting
        else:
            _kept.asked = counting, made
        return made


def _step(at: datetime, level_cm: float | None) -> int | None:
    """The step of the level that counts, or of the one that is asked about; None below what was worked out, where nothing floods."""
    if _kept.water is None:
        return None
    level = flood_levels.level_at(at)[0] if level_cm is None else None
    step_cm = (level.step_cm if level else None) if level_cm is None else min(step_of(level_cm), CITY.flood.most_cm)
    return step_cm if step_cm is not None and step_cm >= _kept.water.least_cm else None


def water(at: datetime) -> Water | None:
    """What is known of water on each stretch of the network; None where nothing was worked out."""
    with _kept.lock:
        _fresh(at)
        return _kept.water


def classes() -> npt.NDArray[Any]:
    """The class of each stretch of the network that was given last: roads' and canals' own."""
    return _kept.classes


def fids() -> npt.NDArray[np.int64]:
    """The row behind each stretch of the network that was given last: streets first, then canals, each by its own layer's fid."""
    return _kept.fids


def _fresh(at: datetime) -> Network:
    """What is kept, read again where a tick says so."""
    # Ticks first, rows after: an edit in between makes new rows with old ticks, which are read again the next time.
    with connection.cursor() as cursor:
        prepared.run(cursor, TICKS, {"layers": list(PULSES)})
        database, text = cursor.fetchone()
        ticks = json.loads(text)
        moved = {layer for layer in PULSES if ticks.get(layer) != _kept.ticks.get(layer)} if database == _kept.database else set(PULSES)
        moved |= set(PULSES) if _kept.opened is None else set()
        if _kept.opened is None or moved & {"roads", "canals"}:
            stretches, _kept.fids, _kept.classes = _stretches(cursor)
            _kept.opened, _kept.now, _kept.asked = Network(stretches), None, None
        if moved & {"roads", "canals", "flood"}:
            streets = int((_kept.opened.stretches.medium == "street").sum())
            _kept.water, _kept.now, _kept.asked = flood_effect.load(cursor, _kept.fids, streets), None, None
        if "speeds" in moved:
            _kept.factors, _kept.now, _kept.asked = tuple(pacing.in_force()), None, None
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


def _stretches(cursor: Any) -> tuple[Stretches, npt.NDArray[np.int64], npt.NDArray[Any]]:
    streets, canals = _rows(cursor, ROADS, opened("roads", SYSTEM)), _rows(cursor, CANALS, opened("canals", SYSTEM))
    rows = streets + canals
    fids_, classes_, *columns = list(zip(*rows, strict=True)) if rows else [()] * 8
    stretches = Stretches(
        lines=shapely.from_wkb(np.array(columns[0], dtype=object)),
        medium=np.array(["street"] * len(streets) + ["canal"] * len(canals)),
        speed_kmh=np.array(columns[1], dtype=float),
        width_m=np.array(columns[2], dtype=float),
        oneway=np.array(columns[3], dtype=bool),
        usable=np.array(columns[4], dtype=bool),
        load_limit_t=np.array(columns[5], dtype=float),
    )
    media = np.char.add(np.where(stretches.medium == "canal", "canal:", "street:"), np.array(classes_, dtype=str)) if rows else np.empty(0, dtype=str)
    return stretches, np.array(fids_, dtype=np.int64), media


def lonlat_shape(shape: Any) -> dict[str, Any]:
    """A shape in city metres as GeoJSON in WGS84, to the centimetre."""
    return json.loads(json.dumps(mapping(shapely.set_precision(reproject(shape, CITY_SRID, WGS84), 1e-7, mode="pointwise"))))
