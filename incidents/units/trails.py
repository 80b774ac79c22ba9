"""Where a unit went: its good fixes in order as simplified stretches, the gaps between them as gaps, and what was doubted apart."""

from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection
from shapely import LineString

from geo.city import CITY
from geo.crs import to_lonlat
from geo.errors import BAD_REQUEST, NOT_FOUND
from geo.models import User
from geo.sql import statement
from incidents.models import DoubtedPosition, Responder
from layers.access import Scope, opened
from layers.query import some

LONGEST = timedelta(days=7)
MOST_FIXES = 50_000
MOST_DOUBTS = 500
# Straighter than this is drawn straight: less than a lane of a street.
TOLERANCE_M = 3.0


def trail(*, responder_id: int, from_: datetime, until: datetime, scope: Scope) -> dict[str, Any]:
    """The trail of a unit for who dispatches it or is it. Raises NOT_FOUND, and BAD_REQUEST for a span that is none or longer than a week.

    A gap is a time of which no fix is known, longer than after which a position is stale.
    """
    if not from_ < until <= from_ + LONGEST:
        raise BAD_REQUEST("Khoảng thời gian tối đa 7 ngày.", "A span goes from before to after, at most 7 days.")
    _admit(responder_id, scope)
    with connection.cursor() as cursor:
        cursor.execute(statement("incidents", "trail"), {"id": responder_id, "from": from_, "until": until, "limit": MOST_FIXES + 1})
        rows = cursor.fetchall()
    cut = len(rows) > MOST_FIXES
    rows = rows[:MOST_FIXES]
    stretches, gaps = _split(rows)
    return {
        "stretches": [_thinned(stretch) for stretch in stretches],
        "gaps": gaps,
        "fixes": len(rows),
        "cut": cut,
        "doubted": [
            {"at": row.at, "reason": row.reason, "lon": row.lon, "lat": row.lat}
            for row in DoubtedPosition.objects.filter(responder_id=responder_id, received_at__gte=from_, received_at__lt=until).order_by("-received_at")[
                :MOST_DOUBTS
            ]
        ],
    }


def _admit(responder_id: int, scope: Scope) -> None:
    """Where somebody went is for who dispatches, and for the unit itself."""
    seen = 0 < responder_id < 2**63 and (scope.may("see_units") or scope.may("use_field")) and some(opened("responders", scope), [responder_id])
    own = scope.user_id is not None and Responder.objects.filter(pk=responder_id, user=User(pk=scope.user_id)).exists()
    if not seen or not (scope.may("dispatch_units") or own):
        raise NOT_FOUND("Không có lực lượng này.", "There is no such unit.")


def _split(rows: list[tuple[datetime, float, float]]) -> tuple[list[list[tuple[datetime, float, float]]], list[dict[str, Any]]]:
    stretches: list[list[tuple[datetime, float, float]]] = []
    gaps = []
    for row in rows:
        last = stretches[-1][-1] if stretches else None
        if last is None or (row[0] - last[0]).total_seconds() > CITY.stale_after_s:
            if last is not None:
                gaps.append({"from": last[0], "until": row[0], "ends": [_lonlat(last), _lonlat(row)]})
            stretches.append([])
        stretches[-1].append(row)
    return stretches, gaps


def _lonlat(row: tuple[datetime, float, float]) -> list[float]:
    lon, lat = to_lonlat(row[1], row[2])
    return [round(lon, 6), round(lat, 6)]


def _thinned(stretch: list[tuple[datetime, float, float]]) -> list[list[float]]:
    """[lon, lat, seconds since 1970] of what is left when almost straight lines are straight."""
    kept = stretch
    if len(stretch) > 2:
        line = LineString([(x, y) for _, x, y in stretch]).simplify(TOLERANCE_M, preserve_topology=False)
        kept, wanted = [], iter(np.asarray(line.coords))
        corner = next(wanted, None)
        for row in stretch:
            if corner is not None and row[1] == corner[0] and row[2] == corner[1]:
                kept.append(row)
                corner = next(wanted, None)
        # Who stood still at the end is still told until when.
        kept += [stretch[-1]] if kept[-1][0] != stretch[-1][0] else []
    return [[*_lonlat(row), row[0].timestamp()] for row in kept]
