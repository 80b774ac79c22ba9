"""Where units are: positions from the field page, machines and trackers; the same moment twice is one fact, late ones are kept."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection
from psycopg2.extras import execute_values

from geo import events
from geo.acting import acting
from geo.city import CITY
from geo.crs import CITY_SRID, accepted_box, to_city
from geo.errors import define
from geo.models import User
from geo.sql import statement
from incidents.models import Responder

BAD_POSITION = define("bad_position", 422, "Vị trí không dùng được", "The position cannot be used")

MOST_POSITIONS = 1_000
# A telephone's clock may run ahead a little; a week offline is kept.
AHEAD = timedelta(seconds=90)
OLDEST = timedelta(days=7)
KMH_PER_KNOT = 1.852
MILLISECONDS_FROM = 1e11


@dataclass(frozen=True)
class Fix:
    """One position: lon, lat in WGS84, when it was true, how sure, how fast, whither (degrees from north)."""

    at: datetime
    lon: float
    lat: float
    accuracy_m: float | None = None
    speed_kmh: float | None = None
    heading_deg: float | None = None


def record(*, responder: Responder, fixes: Sequence[Fix], source: str, by: User | None, at: datetime) -> int:
    """Keep a unit's positions, all or none, and move it to the newest. Returns how many were new. Raises BAD_POSITION, which says which."""
    if not 0 < len(fixes) <= MOST_POSITIONS:
        raise BAD_POSITION(f"Từ 1 đến {MOST_POSITIONS} vị trí một lần.", f"One to {MOST_POSITIONS} positions at a time.")
    rows = [_row(responder.pk, index, fix, source, at) for index, fix in enumerate(fixes)]
    with acting(by=by, because=f"position by {source}"), connection.cursor() as cursor:
        kept = execute_values(
            cursor.cursor,
            "insert into incidents_position (responder_id, at, received_at, accuracy_m, speed_kmh, heading_deg, source, geom) values %s"
            " on conflict (responder_id, at) do nothing returning id",
            rows,
            template=f"(%s, %s, %s, %s, %s, %s, %s, public.st_setsrid(public.st_makepoint(%s, %s), {CITY_SRID}))",
            fetch=True,
        )
        if kept:
            cursor.execute(statement("incidents", "move_unit"), {"responder": responder.pk})
            if cursor.fetchone() is not None:
                events.publish(kind="responder.moved", at=at, layer="responders", fids=[responder.pk])
    return len(kept)


def _row(responder_id: int, index: int, fix: Fix, source: str, at: datetime) -> tuple[object, ...]:
    if not at - OLDEST <= fix.at <= at + AHEAD:
        raise BAD_POSITION(
            f"Vị trí thứ {index}: giờ {fix.at.isoformat()} không hợp lý.", f"Position {index}: the time {fix.at.isoformat()} is not plausible.", index=index
        )
    x, y = to_city(fix.lon, fix.lat) if math.isfinite(fix.lon) and math.isfinite(fix.lat) else (math.nan, math.nan)
    west, south, east, north = accepted_box()
    if not (west <= x <= east and south <= y <= north):
        raise BAD_POSITION(f"Vị trí thứ {index} ngoài phạm vi {CITY.bounds}.", f"Position {index} is outside {CITY.bounds}.", index=index)
    return (responder_id, fix.at, at, _measure(fix.accuracy_m), _measure(fix.speed_kmh), _measure(fix.heading_deg), source, x, y)


def _measure(value: float | None) -> float | None:
    """Trackers send -1 or NaN for what they do not know."""
    return value if value is not None and math.isfinite(value) and value >= 0 else None


def moment(text: str) -> datetime:
    """The moment a tracker means: seconds or milliseconds since 1970, or RFC 3339. Raises BAD_POSITION."""
    try:
        number = float(text)
    except ValueError:
        try:
            given = datetime.fromisoformat(text.replace("Z", "+00:00"))
        except ValueError as error:
            raise BAD_POSITION(f"Không đọc được giờ {text!r}.", f"The time {text!r} cannot be read.") from error
        return given if given.tzinfo else given.replace(tzinfo=UTC)
    try:
        return datetime.fromtimestamp(number / 1000 if number > MILLISECONDS_FROM else number, UTC)
    except (OverflowError, OSError, ValueError) as error:
        raise BAD_POSITION(f"Không đọc được giờ {text!r}.", f"The time {text!r} cannot be read.") from error
