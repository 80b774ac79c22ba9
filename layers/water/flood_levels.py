"""The water level that counts: set by hand with who and why, else what the first trusted gauge says; and the verbs that set and end one.

A level that nobody can have measured is refused when set and passed over when a gauge says it.
"""

import json
import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q

from geo import events, prepared
from geo.acting import acting
from geo.city import CITY
from geo.errors import FORBIDDEN, define
from geo.models import User
from geo.permissions import PERMISSIONS
from geo.sql import statement
from geo.water import step_of
from layers.access import Scope
from layers.library.water_levels import WaterLevel

# What the Mekong's gauges have ever said lies well within.
LOWEST_CM, HIGHEST_CM = -300.0, 600.0
LONGEST_REASON = 300
LONGEST_AHEAD = timedelta(days=14)
PERMISSION = "edit_closures"
BY_HAND = prepared.prepared(
    "select level_cm, starts_at, station, ends_at, because, by_id, id from public.layers_waterlevel"
    " where starts_at <= %(at)s::timestamptz and (ends_at is null or ends_at > %(at)s::timestamptz) order by starts_at desc, id desc limit 1"
)
CM = {"cm": 1.0, "m": 100.0}

BAD_LEVEL = define("water_level_invalid", 422, "Mực nước không dùng được", "The water level cannot be used")
NO_LEVEL = define("water_level_ended", 409, "Mực nước đặt tay đã hết hiệu lực", "The level set by hand has ended already")
# A gauge passed over, and why: Vietnamese, English.
WHY: dict[str, tuple[str, str]] = {
    "no_reading": ("chưa có số đo", "has no reading"),
    "old": ("số đo đã cũ", "its reading is old"),
    "not_trusted": ("trạm không tin cậy", "it is not trusted"),
    "impossible": ("số đo không thể có", "its reading cannot be"),
    "unit": ("đơn vị lạ", "its unit is not known"),
    "datum": ("khác mốc cao độ", "it has another datum"),
}


@dataclass(frozen=True)
class Level:
    """A level here, over the ground's datum, and where it comes from."""

    level_cm: float
    source: str
    station: str
    measured_at: datetime
    ends_at: datetime | None = None
    because: str = ""
    by_id: int | None = None
    id: int | None = None
    # What the station itself says, before it is brought here.
    reading_cm: float | None = None
    thresholds: dict[str, float] = field(default_factory=dict)

    @property
    def step_cm(self) -> int:
        """The level worked out that stands for it: rounded up, and the highest there is for what lies above."""
        return min(step_of(self.level_cm), CITY.flood.most_cm)


@dataclass(frozen=True)
class PassedOver:
    """A gauge that does not count, and why."""

    station: str
    why: str

    def words(self) -> dict[str, str]:
        vi, en = WHY[self.why]
        return {"station": self.station, "why": self.why, "vi": f"{self.station}: {vi}", "en": f"{self.station}: {en}"}


def level_at(at: datetime) -> tuple[Level | None, list[PassedOver]]:
    """The level that counts at a moment, and the gauges before it that do not."""
    with connection.cursor() as cursor:
        prepared.run(cursor, BY_HAND, {"at": at})
        by_hand = cursor.fetchone()
    if by_hand is not None:
        level_cm, starts_at, *told = by_hand
        return Level(level_cm, "hand", measured_at=starts_at, **dict(zip(("station", "ends_at", "because", "by_id", "id"), told, strict=True))), []
    return _by_gauge(at)


def _by_gauge(at: datetime) -> tuple[Level | None, list[PassedOver]]:
    passed: list[PassedOver] = []
    offsets = {gauge.code: gauge.offset_cm for gauge in CITY.flood.gauges}
    if not offsets:
        return None, passed
    with connection.cursor() as cursor:
        prepared.run(cursor, prepared.prepared(statement("layers", "gauges")), {"codes": list(offsets), "at": at})
        rows = cursor.fetchall()
    for code, _, unit, datum, state, thresholds, value, measured_at in rows:
        reading_cm = value * CM.get(unit, math.nan) if value is not None else math.nan
        why = _fault(state, unit, datum, value, reading_cm, measured_at, at)
        if not why:
            level_cm = reading_cm - offsets[code]
            return Level(level_cm, "gauge", code, measured_at, reading_cm=reading_cm, thresholds=json.loads(thresholds)), passed
        passed.append(PassedOver(code, why))
    return None, passed


def _fault(state: str, unit: str, datum: str, value: float | None, reading_cm: float, measured_at: datetime | None, at: datetime) -> str:
    if value is None or measured_at is None:
        return "no_reading"
    faults = {
        "unit": unit not in CM,
        "impossible": not (math.isfinite(value) and LOWEST_CM <= reading_cm <= HIGHEST_CM),
        "not_trusted": state != "ok",
        "datum": bool(CITY.flood.datum) and datum != CITY.flood.datum,
        "old": measured_at < at - timedelta(minutes=CITY.flood.reading_age_min),
    }
    return next((name for name, wrong in faults.items() if wrong), "")


def check_level(level_cm: float) -> None:
    """Raises BAD_LEVEL for what no water can be."""
    if not math.isfinite(level_cm) or not LOWEST_CM <= level_cm <= HIGHEST_CM:
        raise BAD_LEVEL(f"Từ {LOWEST_CM:g} đến {HIGHEST_CM:g} cm.", f"From {LOWEST_CM:g} to {HIGHEST_CM:g} cm.", field="level_cm")


def set_level(*, level_cm: float, station: str, ends_at: datetime | None, because: str, by: User, scope: Scope, at: datetime) -> WaterLevel:
    """Set the level by hand, over the ground's datum, until an end or until somebody ends it; the one before ends. Raises FORBIDDEN and BAD_LEVEL."""
    _check_may(scope)
    check_level(level_cm)
    if not 0 < len(because.strip()) <= LONGEST_REASON or len(station) > 60 or "\0" in because + station:
        raise BAD_LEVEL(f"Cần lý do, tối đa {LONGEST_REASON} ký tự.", f"A reason is needed, of at most {LONGEST_REASON} characters.", field="because")
    if ends_at is not None and (ends_at.tzinfo is None or not at < ends_at <= at + LONGEST_AHEAD):
        raise BAD_LEVEL(f"Hết hiệu lực sau bây giờ, trong {LONGEST_AHEAD.days} ngày.", f"It ends after now, within {LONGEST_AHEAD.days} days.", field="ends_at")
    with acting(by=by, because=because.strip()):
        _end(at, by, because)
        made = WaterLevel.objects.create(station=station, level_cm=level_cm, starts_at=at, ends_at=ends_at, by=by, because=because.strip())
        events.publish(kind="flood.level", layer="flood_zones", at=at, data={"level_cm": level_cm, "step_cm": step_of(level_cm)})
    return made


def end_level(*, because: str, by: User, scope: Scope, at: datetime) -> None:
    """What was set by hand no longer counts: gauges do again. Raises FORBIDDEN, and NO_LEVEL where none is set."""
    _check_may(scope)
    with acting(by=by, because=because.strip() or "hết đặt tay"):
        if not _end(at, by, because):
            raise NO_LEVEL()
        events.publish(kind="flood.level", layer="flood_zones", at=at, data={"level_cm": None})


def _end(at: datetime, by: User, because: str) -> int:
    counting = WaterLevel.objects.select_for_update().filter(Q(ends_at=None) | Q(ends_at__gt=at))
    return counting.update(ends_at=at, ended_by=by, ended_because=because.strip()[:LONGEST_REASON])


def _check_may(scope: Scope) -> None:
    if not scope.may(PERMISSION):
        vi, en = PERMISSIONS[PERMISSION]
        raise FORBIDDEN(f"Cần quyền: {vi}.", f"The permission is missing: {en}.")


def told(level: Level | None, names: dict[int | None, str]) -> dict[str, Any] | None:
    """A level as JSON; by whom only where names are given."""
    if level is None:
        return None
    found = {name: getattr(level, name) for name in ("source", "station", "because", "id", "thresholds")}
    return {
        **found,
        "level_cm": round(level.level_cm, 1),
        "step_cm": level.step_cm,
        "reading_cm": None if level.reading_cm is None else round(level.reading_cm, 1),
        "measured_at": level.measured_at.isoformat(),
        "ends_at": level.ends_at.isoformat() if level.ends_at else None,
        **({"by": names.get(level.by_id)} if level.by_id in names else {}),
    }
