"""What stood around a case while it ran: closures as they were drawn at each moment, the level of the water, and which units were at work.

Of a time of which no history was kept, closures are those of now, and that is said.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from psycopg2 import sql

from geo.crs import CITY_SRID
from geo.errors import NOT_FOUND
from incidents.dispatch import candidates
from incidents.models import Incident
from incidents.units.unit_models import Shift
from layers import query
from layers.access import Opened, Scope, opened
from layers.library.water_levels import WaterLevel
from layers.models import History
from layers.remembering import past
from layers.water import flood_levels

CLOSURES_WITHIN_M = 3_000
MOST_CLOSURES = 200
# Of each kind of thing that changes, so many moments are told; a case has a handful.
MOST_MOMENTS = 60
# Gauges are looked at this often, or so often that there are MOST_LEVELS in all.
LEVEL_EVERY, MOST_LEVELS = timedelta(minutes=10), 48
NEAR = (
    "t.starts_at <= %(until)s and (t.ends_at is null or t.ends_at >= %(from)s)"
    " and public.st_dwithin(t.geom, public.st_setsrid(public.st_point(%(x)s, %(y)s), {}), %(reach)s)"
)


@dataclass(frozen=True)
class Span:
    """A case's own time."""

    starts_at: datetime
    ends_at: datetime


def closures(incident: Incident, *, scope: Scope, span: Span) -> tuple[list[dict[str, Any]], bool]:
    """What was closed near the scene: each closure once for every way that it stood, with from when until when (None: to the end).

    And whether they are those of now because nothing was kept of then.
    """
    if incident.geom is None:
        return [], False
    params = {"until": span.ends_at, "from": span.starts_at, "x": incident.geom.x, "y": incident.geom.y, "reach": CLOSURES_WITHIN_M}
    try:
        seen = opened("closures", scope)
    except NOT_FOUND:
        return [], False
    moments = [span.starts_at, *_changed("closures", span)]
    try:
        stood = [(moment, _page(past.at(seen, moment), params)) for moment in moments]
    except past.NOT_KEPT:
        return list(_spans([(span.starts_at, _page(seen, params))])), True
    return list(_spans(stood)), False


def _changed(layer: str, span: Span) -> list[datetime]:
    found = History.objects.filter(layer=layer, at__gt=span.starts_at, at__lte=span.ends_at).order_by("at").values_list("at", flat=True).distinct()
    return list(found[:MOST_MOMENTS])


def _page(seen: Opened, params: dict[str, Any]) -> list[dict[str, Any]]:
    return query.page(seen, narrowed=sql.SQL(NEAR).format(sql.Literal(CITY_SRID)), params=params, limit=MOST_CLOSURES)


def _spans(stood: Iterable[tuple[datetime, list[dict[str, Any]]]]) -> Iterator[dict[str, Any]]:
    """Rows at each moment, oldest first, as spans in which a row stayed what it was."""
    standing: dict[int, dict[str, Any]] = {}
    for moment, rows in stood:
        now = {row["id"]: row for row in rows}
        for fid, since in list(standing.items()):
            if fid not in now or any(now[fid][name] != since[name] for name in ("geometry", "properties")):
                yield {**standing.pop(fid), "until": moment}
        for fid, row in now.items():
            if fid not in standing:
                standing[fid] = {"id": fid, "geometry": row["geometry"], "properties": row["properties"], "from": moment}
    yield from ({**row, "until": None} for row in standing.values())


def levels(*, span: Span) -> list[dict[str, Any]]:
    """The water that counted, from one change of it to the next: levels set by hand to the moment, gauges as often as they are looked at."""
    by_hand = WaterLevel.objects.filter(starts_at__lte=span.ends_at).filter(Q(ends_at=None) | Q(ends_at__gt=span.starts_at))
    turns = {
        moment for row in by_hand.values_list("starts_at", "ends_at")[:MOST_MOMENTS] for moment in row if moment and span.starts_at < moment <= span.ends_at
    }
    every = max(LEVEL_EVERY, (span.ends_at - span.starts_at) / MOST_LEVELS)
    ticks = {span.starts_at + number * every for number in range(int((span.ends_at - span.starts_at) / every) + 1)}
    told: list[dict[str, Any]] = []
    for moment in sorted(turns | ticks):
        level, _ = flood_levels.level_at(moment)
        said = {"level_cm": round(level.level_cm, 1) if level else None, "station": level.station if level else ""}
        if not told or any(told[-1][name] != value for name, value in said.items()):
            told.append({"from": moment, **said})
    return told


def force(*, scope: Scope, span: Span) -> list[dict[str, Any]]:
    """How many units of each force were on a shift, from one change to the next: of the units that this reader may see. Nothing where no shift is known."""
    try:
        kinds = {unit.id: unit.kind for unit in candidates.units(scope)}
    except NOT_FOUND:
        return []
    rows = Shift.objects.filter(responder__in=kinds, on_at__lte=span.ends_at).filter(Q(off_at=None) | Q(off_at__gt=span.starts_at))
    shifts = list(rows.values_list("responder_id", "on_at", "off_at"))
    turns = {moment for _, on_at, off_at in shifts for moment in (on_at, off_at) if moment and span.starts_at < moment <= span.ends_at}
    told: list[dict[str, Any]] = []
    for moment in [span.starts_at, *sorted(turns)[:MOST_MOMENTS]]:
        at_work = Counter(kinds[unit] for unit, on_at, off_at in shifts if on_at <= moment and (off_at is None or off_at > moment))
        told.append({"from": moment, "kinds": dict(sorted(at_work.items()))})
    return told if shifts else []
