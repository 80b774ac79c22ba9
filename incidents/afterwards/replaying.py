"""A case as it went: what happened when, how units moved while they were its own, which alarms rang, what was asked, closed and seen.

Each part is shown as far as the reader may see it: a unit, a closure or a camera that is hidden from somebody is missing from their replay.
Where a unit sent no position for long there is a gap and no line: nobody knows where it was.
"""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from shapely.geometry import Point

from geo.city import CITY
from geo.errors import NOT_FOUND
from geo.sql import statement
from incidents import alarms, queries
from incidents.afterwards import conditions_then
from incidents.afterwards.conditions_then import Span
from incidents.guidance import notices, opinions, playbooks
from incidents.layer import STATUSES
from incidents.models import Alarm, Assignment, Entry, Incident
from layers import query
from layers.access import Scope, opened

LONGEST = timedelta(days=7)
MOST_FIXES = 100_000
MOST_A_TRACK = 1_500
MOST_CAMERAS = 20
# Longer without a position, and nothing is drawn between the two.
GAP_S = CITY.stale_after_s
MILESTONES = ("requested_at", "accepted_at", "enroute_at", "on_scene_at", "cleared_at", "ended_at")


def replay(*, incident_id: int, scope: Scope, at: datetime) -> dict[str, Any]:
    """Everything that the page needs to draw the case at any moment of it. Raises NOT_FOUND."""
    item = queries.one(incident_id=incident_id, scope=scope)
    incident = Incident.objects.get(pk=incident_id)
    entries = list(Entry.objects.filter(incident_id=incident_id).select_related("by").order_by("id"))
    starts_at = min([incident.reported_at, *(entry.at for entry in entries)])
    ends_at = min(incident.closed_at or at, starts_at + LONGEST)
    span = Span(starts_at, ends_at)
    stood, as_now = conditions_then.closures(incident, scope=scope, span=span)
    return {
        "incident": item,
        "from": starts_at,
        "until": ends_at,
        "open": incident.closed_at is None,
        "gap_s": GAP_S,
        "statuses": [{"code": one.value, "vi": one.vi, "en": one.en} for one in STATUSES],
        "entries": [_entry(entry) for entry in entries],
        "units": _units(incident_id, scope, ends_at),
        "alarms": [_alarm(row) for row in Alarm.objects.filter(incident_id=incident_id).select_related("acknowledged_by").order_by("raised_at", "pk")],
        "opinions": opinions.of_case(incident_id),
        "notices": [one for told in notices.of_case(incident_id).values() for one in told],
        "closures": stood,
        "closures_as_now": as_now,
        "levels": conditions_then.levels(span=span),
        "force": conditions_then.force(scope=scope, span=span),
        "cameras": _cameras(incident, scope),
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "at": entry.at,
        "by": playbooks.name_of(entry.by),
        "kind": entry.kind,
        "status": entry.status_to or None,
        "note": entry.note,
        "data": {name: entry.data[name] for name in ("step", "status", "unit", "lon", "lat") if name in entry.data},
    }


def _alarm(row: Alarm) -> dict[str, Any]:
    kind = alarms.KINDS[row.kind]
    return {
        "kind": row.kind,
        "words": {"vi": kind.vi, "en": kind.en},
        "raised_at": row.raised_at,
        "escalated_at": row.escalated_at,
        "acknowledged_at": row.acknowledged_at,
        "acknowledged_by": playbooks.name_of(row.acknowledged_by),
        "cleared_at": row.cleared_at,
    }


def _units(incident_id: int, scope: Scope, until: datetime) -> list[dict[str, Any]]:
    """The assignments whose unit this reader may see, each with its track."""
    rows = list(Assignment.objects.filter(incident_id=incident_id).select_related("responder").order_by("pk"))
    try:
        seen = query.some(opened("responders", scope), {row.responder_id for row in rows})
    except NOT_FOUND:
        return []
    tracks = _tracks(incident_id, list(seen), until)
    return [
        {
            "assignment": row.pk,
            "code": row.responder.code,
            "name": row.responder.name,
            "kind": row.responder.kind,
            "mode": row.responder.mode,
            "role": row.role,
            "eta_s": row.eta_s,
            "because": row.because,
            "reason": row.reason,
            **{name: getattr(row, name) for name in MILESTONES},
            "track": parts_of(tracks.get(row.pk, [])),
        }
        for row in rows
        if row.responder_id in seen
    ]


Fix = tuple[datetime, float, float]


def _tracks(incident_id: int, units: list[int], until: datetime) -> dict[int, list[Fix]]:
    found: dict[int, list[Fix]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(statement("incidents", "replay_tracks"), {"incident": incident_id, "units": units, "until": until, "most": MOST_FIXES})
        for assignment, moment, lon, lat, _ in cursor:
            found[assignment].append((moment, lon, lat))
    return found


def parts_of(fixes: list[Fix]) -> list[list[list[float]]]:
    """A track in parts of [seconds since 1970, lon, lat], parted where the unit was silent for longer than GAP_S; long ones thinned, gaps kept."""
    parts: list[list[Fix]] = []
    for fix in fixes:
        if parts and (fix[0] - parts[-1][-1][0]).total_seconds() <= GAP_S:
            parts[-1].append(fix)
        else:
            parts.append([fix])
    every = max(1, -(-len(fixes) // MOST_A_TRACK))
    return [[[round(moment.timestamp(), 1), round(lon, 6), round(lat, 6)] for moment, lon, lat in _thinned(part, every)] for part in parts]


def _thinned(part: list[Fix], every: int) -> list[Fix]:
    """Every n-th fix, and always the first and the last: a part neither begins later nor ends earlier than it did."""
    return part if every == 1 else [fix for i, fix in enumerate(part) if i % every == 0 or i == len(part) - 1]


def _cameras(incident: Incident, scope: Scope) -> list[dict[str, Any]]:
    """Cameras whose view covers the scene: where they stand and what they look at; their picture is asked of them by who may see it."""
    if incident.geom is None:
        return []
    try:
        return query.covering(opened("camera_views", scope), at=Point(incident.geom.x, incident.geom.y), limit=MOST_CAMERAS)
    except NOT_FOUND:
        return []
