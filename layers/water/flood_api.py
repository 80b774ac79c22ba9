"""The tide over HTTP: the level that counts, what it or any other level would take, the verbs that set and end one by hand, and readings as they come."""

from datetime import datetime
from typing import Any

import numpy as np
from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from shapely.geometry import LineString

from geo.city import CITY
from geo.network import MODES
from geo.signing import SIGNED_IN
from geo.water import step_of
from layers import query
from layers.access import Scope, opened
from layers.library.flood_zones import FloodBuild
from layers.remembering.versions import names_of
from layers.water import flood_effect, flood_levels, flood_waiting, measuring
from layers.water.flood_effect import Water
from layers.water.measuring import Measured
from layers.ways import travel

MOST_STREETS = 1_500
MOST_NAMES = 12
router = Router(tags=["flood"])


class Looking(Schema):
    """Which level is asked about, in centimetres over the ground's datum; none: the one that counts."""

    level_cm: float | None = None


class LevelIn(Schema):
    """A level by hand: over the ground's datum, of which station, until when (none: until it is ended), and why."""

    level_cm: float
    station: str = ""
    ends_at: datetime | None = None
    because: str


class ReadingIn(Schema):
    """One value at one moment."""

    at: datetime
    value: float


class ReadingsIn(Schema):
    """What an instrument says, one or many."""

    readings: list[ReadingIn]


class Because(Schema):
    """Why."""

    because: str = ""


@router.get("/flood")
def flood(request: HttpRequest, asked: Query[Looking]) -> dict[str, Any]:
    """The level that counts, the gauges passed over, and what the level (or the one asked about) takes: ground, houses, public places, streets by mode."""
    at: datetime = request.at
    counting, passed = flood_levels.level_at(at)
    if asked.level_cm is not None:
        flood_levels.check_level(asked.level_cm)
    level_cm = asked.level_cm if asked.level_cm is not None else counting.level_cm if counting else None
    build = FloodBuild.objects.defer("reached").order_by("-id").first()
    step_cm = None if level_cm is None else min(step_of(level_cm), CITY.flood.most_cm)
    names = names_of([counting.by_id]) if counting and request.caller.may(flood_levels.PERMISSION) else {}
    return {
        "at": at.isoformat(),
        "counting": flood_levels.told(counting, names),
        "passed_over": [one.words() for one in passed],
        "asked_cm": asked.level_cm,
        "step_cm": step_cm,
        "build": _built(build),
        "least_cm": build.least_cm if build else CITY.flood.least_cm,
        "most_cm": build.most_cm if build else CITY.flood.most_cm,
        "limits": {mode: vars(limit) for mode, limit in CITY.flood.limits.items()},
        "within": flood_effect.within(step_cm, request.caller) if build and step_cm is not None else None,
        "streets": _streets(step_cm, travel.water(at), request.caller, at) if step_cm is not None else None,
    }


def _built(build: FloodBuild | None) -> dict[str, Any] | None:
    """What the zones were worked out from and how old that is: what has changed since waits for the queue."""
    if build is None:
        return None
    waiting = flood_waiting.waiting(build)
    return {
        "raster": build.raster_digest[:12],
        "datum": build.datum,
        "cell_m": build.cell_m,
        "built_at": build.built_at.isoformat(),
        "refreshed_at": build.refreshed_at.isoformat() if build.refreshed_at else None,
        "waiting": len(waiting.streets) + len(waiting.gone) + waiting.canals,
        "zones_old": waiting.canals > 0,
    }


def _streets(step_cm: int, water: Water | None, scope: Scope, at: datetime) -> dict[str, Any] | None:
    """The stretches under water with their depth and whom they stop, and how many metres are lost to each mode."""
    if water is None:
        return None
    network, fids = travel.network(at).open, travel.fids()
    depth, slowed, length_m = water.depth_cm(step_cm), water.slowed(step_cm), network.length_m
    street = network.stretches.medium == "street"
    modes = {
        mode: {"closed_m": round(float(length_m[factors == 0].sum())), "slowed_m": round(float(length_m[(factors > 0) & (factors < 1)].sum()))}
        for mode, factors in slowed.items()
        if mode in MODES
    }
    hit = np.zeros(len(depth), dtype=bool)
    for factors in slowed.values():
        hit |= factors < 1
    touched = np.flatnonzero(hit)[: MOST_STREETS + 1]
    features = [
        {
            "type": "Feature",
            "id": int(fids[index]),
            "properties": {
                "depth_cm": int(depth[index]),
                "closed": [mode for mode, factors in slowed.items() if factors[index] == 0],
                "slowed": [mode for mode, factors in slowed.items() if 0 < factors[index] < 1],
            },
            "geometry": _line(network.stretches.lines[index]),
        }
        for index in touched[:MOST_STREETS]
    ]
    deepest = touched[np.argsort(-depth[touched], kind="stable")]
    return {
        "modes": modes,
        "names": _names([int(fids[index]) for index in deepest[:200] if street[index]], scope),
        "unknown": int((street & ~water.known).sum()),
        "incomplete": len(touched) > MOST_STREETS,
        "lines": {"type": "FeatureCollection", "features": features},
    }


def _line(line: LineString) -> dict[str, Any]:
    return travel.lonlat_shape(line.simplify(1.0))


def _names(fids: list[int], scope: Scope) -> list[str]:
    rows = query.some(opened("roads", scope), fids)
    return list(dict.fromkeys(rows[fid]["properties"]["name"] for fid in fids if fid in rows and rows[fid]["properties"]["name"]))[:MOST_NAMES]


@router.post("/flood/level", auth=SIGNED_IN, response={201: dict})
def set_level(request: HttpRequest, given: LevelIn) -> Status[dict[str, Any]]:
    """Set the level by hand; it counts at once, before any gauge."""
    flood_levels.set_level(**given.dict(), by=request.user, scope=request.caller, at=request.at)
    counting, _ = flood_levels.level_at(request.at)
    return Status(201, {"counting": flood_levels.told(counting, names_of([request.user.pk]))})


@router.post("/flood/level/end", auth=SIGNED_IN)
def end_level(request: HttpRequest, given: Because) -> dict[str, Any]:
    """What was set by hand no longer counts: gauges do again."""
    flood_levels.end_level(because=given.because, by=request.user, scope=request.caller, at=request.at)
    counting, passed = flood_levels.level_at(request.at)
    return {"counting": flood_levels.told(counting, {}), "passed_over": [one.words() for one in passed]}


@router.post("/sensors/{code}/readings", auth=SIGNED_IN)
def measure(request: HttpRequest, code: str, given: ReadingsIn) -> dict[str, Any]:
    """Readings as a gauge or a sensor sends them."""
    readings = [Measured(one.at, one.value) for one in given.readings]
    return {"new": measuring.measure(code=code[:40], readings=readings, by=request.user, scope=request.caller, at=request.at)}
