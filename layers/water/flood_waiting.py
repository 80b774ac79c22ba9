"""What of streets, canals and bridges has changed since water was worked out, and so waits to be worked out again."""

import json
from dataclasses import dataclass

from django.db import connection

from geo.sql import statement
from layers.library.flood_zones import FloodBuild

TICKS = "select coalesce(jsonb_object_agg(layer, tick), '{}')::text from public.layers_pulse where layer in ('roads', 'canals', 'bridges')"


@dataclass(frozen=True)
class Waiting:
    """What has changed since: streets to be worked out, those that are gone, and whether canals or bridges have moved."""

    streets: tuple[int, ...]
    gone: tuple[int, ...]
    canals: int
    bridges: bool

    @property
    def any(self) -> bool:
        return bool(self.streets or self.gone or self.canals or self.bridges)


NOTHING = Waiting((), (), 0, False)


def waiting(build: FloodBuild) -> Waiting:
    """What waits to be worked out. One small read where nothing has changed."""
    now = ticks()
    if now == build.ticks:
        return NOTHING
    with connection.cursor() as cursor:
        cursor.execute(statement("layers", "flood_waiting"))
        rows = cursor.fetchall()
    of = {what: tuple(fid for kind, fid in rows if kind == what) for what in ("street", "gone", "canal")}
    return Waiting(of["street"], of["gone"], len(of["canal"]), now.get("bridges") != build.ticks.get("bridges"))


def ticks() -> dict[str, int]:
    """How often streets, canals and bridges have changed: equal ticks are equal rows."""
    with connection.cursor() as cursor:
        cursor.execute(TICKS)
        found: dict[str, int] = json.loads(cursor.fetchone()[0])
        return found
