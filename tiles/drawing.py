"""One tile for one caller, before it is drawn: which statements, with which values, and whether its stamp can vouch for it."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from psycopg2 import sql

from geo.prepared import Prepared, prepared
from layers.access import Opened, Scope, opened, opened_for_counting
from layers.layer import Layer
from layers.remembering import past
from tiles import heat, vector
from tiles.database import Database
from tiles.stamps import Key, Stamp, key_of, looks_elsewhere

MVT = b"application/vnd.mapbox-vector-tile"
PNG = b"image/png"
MOST_PLANS = 4_000


@dataclass(frozen=True)
class Tile:
    """What was drawn; empty bytes are an empty tile. `truncated`: something was left out to keep it within its budget."""

    body: bytes
    truncated: bool = False


@dataclass(frozen=True)
class Plan:
    """What does not change from tile to tile of a layer for a caller, composed once."""

    statements: tuple[Prepared, ...]
    public: bool
    # whether its rules look at other tables or at the clock, so that no stamp of the layer can vouch for it
    elsewhere: bool
    params: Mapping[str, Any]
    hide_below: int = 0


@dataclass(frozen=True, eq=False)
class Drawing:
    """A tile that can be drawn. Equal identities under equal stamps are equal tiles, whoever asks."""

    layer: type[Layer]
    plan: Plan
    key: Key
    values: Mapping[str, Any]
    kind: bytes
    draw: Callable[[Database, "Drawing"], Tile]

    @cached_property
    def identity(self) -> bytes:
        """What is asked of the database, in a few bytes: every statement with the values that it is bound to."""
        said = [self.kind.decode(), *(f"{statement.name}{statement.values(self.values)!r}" for statement in self.plan.statements)]
        return hashlib.blake2b("|".join(said).encode(), digest_size=16).digest()

    def etag(self, stamp: Stamp) -> bytes:
        """Weak, as the same tile goes out plain and compressed."""
        return b'W/"%b"' % hashlib.blake2b(b"%b%x,%x" % (self.identity, *stamp), digest_size=12).hexdigest().encode()


class Plans:
    """Composed statements by layer and scope. Composing needs a connection to quote names with, so it is done in a thread, once."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.kept: dict[Any, Plan] = {}

    def get(self, key: Any) -> Plan | None:
        return self.kept.get(key)

    def vector(self, key: tuple[type[Layer], Scope, bool, bool]) -> Plan:
        """The statements of a layer's tiles: as they are, and thinned out. Raises NOT_FOUND for who may not see the layer."""
        layer, scope, general, label = key
        return self._vector(key, opened(layer, scope), general, label)

    def past(self, key: tuple[type[Layer], Scope, bool, bool, str], as_of: datetime) -> Plan:
        """The statements of a layer's tiles at a moment, the same for every moment that is kept. Raises as vector does, NO_HISTORY and NOT_KEPT."""
        layer, scope, general, label, _ = key
        seen = opened(layer, scope)
        # Asked each time: retention may have let go of it since.
        past.check_kept(layer, as_of, self._ask)
        kept = self.kept.get(key)
        return kept if kept is not None else self._vector(key, past.at(seen, as_of, self._ask), general, label)

    def _vector(self, key: Any, seen: Opened, general: bool, label: bool) -> Plan:
        texts = [vector.tile_statement(seen, general=general, label=label, thinned=thinned) for thinned in (False, True)]
        return self._keep(key, Plan((self._prepared(texts[0]), self._prepared(texts[1], custom=True)), seen.public, self._elsewhere(seen), seen.params))

    def heat(self, key: tuple[type[Layer], Scope, bool, str]) -> Plan:
        """The statement of a layer's cells, narrowed to a category or not. Raises NOT_FOUND for who may not count."""
        layer, scope, narrowed, kind = key
        counted = opened_for_counting(layer, scope)
        compose = heat.cells_statement if kind == "png" else heat.tile_statement
        text = compose(counted, narrowed=narrowed)
        return self._keep(
            key, Plan((self._prepared(text, custom=True),), counted.rows.public, self._elsewhere(counted.rows), counted.rows.params, counted.hide_below)
        )

    def _prepared(self, text: sql.Composed, *, custom: bool = False) -> Prepared:
        return prepared(text.as_string(self.database.connection()), custom)

    def _ask(self, text: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        with self.database.connection().cursor() as cursor:
            cursor.execute(text, params)
            return cursor.fetchall()

    def _elsewhere(self, seen: Opened) -> bool:
        # Where some rows are hidden, the past of a row depends on whether the row of today is: the marks of its tiles do not tell.
        if "as_of" in seen.params and not seen.sees_every_row():
            return True
        rules = sql.SQL(" ").join([seen.where, seen.geometry, sql.SQL(seen.layer.drawn or "")])
        return looks_elsewhere(rules.as_string(self.database.connection()))

    def _keep(self, key: Any, plan: Plan) -> Plan:
        if len(self.kept) >= MOST_PLANS:
            self.kept.clear()
        self.kept[key] = plan
        return plan


def vector_drawing(plan: Plan, layer: type[Layer], *, z: int, x: int, y: int, as_of: datetime | None = None) -> Drawing | None:
    """A vector tile, or None where no data is accepted from. A tile of the past goes by the same stamp: whatever changes it changes that of today."""
    values = vector.tile_parameters(plan.params if as_of is None else {**plan.params, "as_of": as_of}, z=z, x=x, y=y)
    return Drawing(layer, plan, key_of(layer.slug, z, x, y), values, MVT, _draw_vector) if values else None


def heat_drawing(plan: Plan, layer: type[Layer], wanted: heat.Asked, *, z: int, x: int, y: int, edges: bool, kind: bytes) -> Drawing | None:
    """A tile of density, or None where no data is accepted from. Any change of the layer may change it: cells reach over tiles."""
    values = heat.parameters(plan.params, wanted, z=z, x=x, y=y, edges=edges, hide_below=plan.hide_below)
    return Drawing(layer, plan, key_of(layer.slug, 0, 0, 0), values, kind, _draw_picture if kind == PNG else _draw_cells) if values else None


def _draw_vector(database: Database, drawing: Drawing) -> Tile:
    """As it is, or with its largest features alone where that would be more than a renderer should be sent."""
    whole, thinned = drawing.plan.statements
    values, z = drawing.values, drawing.values["z"]
    body, features = database.rows(whole, values)[0]
    cap = vector.affordable(z, body, features)
    if cap is None:
        return Tile(bytes(body))
    square_m = values["square_m"]
    for _ in range(vector.TRIES):
        body, features = database.rows(thinned, {**values, "cap": cap, "square_m": square_m})[0]
        fewer = vector.affordable(z, body, features)
        if fewer is None:
            break
        cap, square_m = fewer, square_m * 2
    return Tile(bytes(body), truncated=True)


def _draw_cells(database: Database, drawing: Drawing) -> Tile:
    return Tile(bytes(database.rows(drawing.plan.statements[0], drawing.values)[0][0]))


def _draw_picture(database: Database, drawing: Drawing) -> Tile:
    return Tile(heat.picture(database.rows(drawing.plan.statements[0], drawing.values), drawing.values))
