"""What water does to streets and canals: how deep it stands on each stretch at each level, whom that slows or stops, and what lies in the zones."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db import connection
from psycopg2 import sql

from geo.city import CITY
from geo.network import MODES, Floats
from layers.access import Scope, opened

DEPTHS = "select layer, fid, depths_cm, deck_cm from public.layers_flooddepth"
BUILD = "select least_cm, most_cm from public.layers_floodbuild order by id desc limit 1"
WITHIN = """select count(*) from {relation} t where {where} and exists (
  select 1 from public.layers_floodzone z where z.level_cm <= %(step)s and public.st_intersects(z.geom, public.st_pointonsurface({shape})))"""
NAMED_WITHIN = """select t.name, t.kind, public.st_x(p.at), public.st_y(p.at) from {relation} t,
  lateral (select public.st_transform(public.st_pointonsurface({shape}), 4326) as at) p
 where {where} and exists (select 1 from public.layers_floodzone z where z.level_cm <= %(step)s and public.st_intersects(z.geom, public.st_pointonsurface({shape})))
 order by t.name, t.id limit 200"""
AREA = "select coalesce(sum(area_m2), 0) from public.layers_floodzone where level_cm <= %s"


@dataclass(frozen=True)
class Water:
    """Of each stretch of the network: the deepest water at each level (0: dry), how high its lowest bridge hangs, and whether it was looked at."""

    depths_cm: npt.NDArray[np.int16]
    deck_cm: Floats
    known: npt.NDArray[np.bool_]
    least_cm: int
    most_cm: int

    def depth_cm(self, step_cm: int) -> npt.NDArray[np.int16]:
        """The depth on each stretch at a level that is worked out; dry below the first."""
        if not self.depths_cm.shape[1] or step_cm < self.least_cm:
            return np.zeros(len(self.depths_cm), dtype=np.int16)
        return self.depths_cm[:, (min(step_cm, self.most_cm) - self.least_cm) // 10]

    def slowed(self, step_cm: int) -> dict[str, Floats]:
        """For each mode that water touches: the share of its speed that is left on each stretch."""
        depth = self.depth_cm(step_cm)
        found: dict[str, Floats] = {}
        for mode, limit in CITY.flood.limits.items():
            if mode in MODES and (depth >= limit.slow_cm).any():
                found[mode] = np.where(depth >= limit.close_cm, 0.0, np.where(depth >= limit.slow_cm, limit.slow_factor, 1.0))
        low = self.deck_cm - step_cm < CITY.flood.boat_headroom_cm
        for mode in (code for code, mode in MODES.items() if mode.medium == "canal" and low.any()):
            found[mode] = np.minimum(found.get(mode, np.ones(len(low))), np.where(low, 0.0, 1.0))
        return found


def load(cursor: Any, fids: npt.NDArray[np.int64], streets: int) -> Water | None:
    """What is known of the network's stretches: streets first, then canals. None where nothing was worked out."""
    cursor.execute(BUILD)
    build = cursor.fetchone()
    if build is None:
        return None
    least_cm, most_cm = build
    place = {("roads" if index < streets else "canals", int(fid)): index for index, fid in enumerate(fids)}
    depths = np.zeros((len(fids), (most_cm - least_cm) // 10 + 1), dtype=np.int16)
    deck, known = np.full(len(fids), np.inf), np.zeros(len(fids), dtype=bool)
    cursor.execute(DEPTHS)
    for layer, fid, row, deck_cm in cursor:
        index = place.get((layer, fid))
        if index is None:
            continue
        known[index] = True
        if row:
            depths[index] = row
        if deck_cm is not None:
            deck[index] = deck_cm
    return Water(depths, deck, known, least_cm, most_cm)


def within(step_cm: int, scope: Scope) -> dict[str, Any]:
    """How many houses, which public places and how much ground lie in the zones of a level."""
    places, houses = opened("public_places", scope), opened("buildings", scope)
    with connection.cursor() as cursor:
        cursor.execute(AREA, [step_cm])
        area_m2 = float(cursor.fetchone()[0])
        counts = {}
        for name, text, seen in (("houses", WITHIN, houses), ("places", NAMED_WITHIN, places)):
            composed = sql.SQL(text).format(relation=seen.relation, where=seen.where, shape=seen.geometry)
            cursor.execute(composed.as_string(cursor.cursor.connection), {**seen.params, "step": step_cm})
            counts[name] = cursor.fetchall()
    return {
        "area_m2": round(area_m2),
        "houses": counts["houses"][0][0],
        "places": [{"name": name, "kind": kind, "lon": round(lon, 6), "lat": round(lat, 6)} for name, kind, lon, lat in counts["places"]],
    }
