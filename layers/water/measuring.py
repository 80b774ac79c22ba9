"""Readings of gauges and other instruments, as they send them: one value a moment, the newest shown, late ones kept.

An impossible value is refused; whether an instrument is to be trusted is said of the instrument, not of its readings.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from geo import events
from geo.acting import acting
from geo.errors import CONFLICT, FORBIDDEN, NOT_FOUND, define
from geo.models import User
from geo.permissions import PERMISSIONS
from layers.access import Scope, opened
from layers.library.sensors import Reading, Sensor

PERMISSION = "send_readings"
MOST_AT_ONCE = 500
# A clock may be a little fast; what is older than this is history that an import brings.
AHEAD, OLDEST = timedelta(minutes=2), timedelta(days=31)
BIGGEST = 1e9
# A value brings these back; nothing that an instrument says makes it trusted again.
BACK = ("offline", "stale")

BAD_READING = define("reading_invalid", 422, "Số đo không dùng được", "The reading cannot be used")


@dataclass(frozen=True)
class Measured:
    """One value at one moment."""

    at: datetime
    value: float


def measure(*, code: str, readings: list[Measured], by: User, scope: Scope, at: datetime) -> int:
    """Keep what an instrument says; returns how many were new. The same value of the same moment twice is one fact.

    Raises FORBIDDEN, NOT_FOUND, BAD_READING, and CONFLICT for another value of a moment that is known. All or none.
    """
    if not scope.may(PERMISSION):
        vi, en = PERMISSIONS[PERMISSION]
        raise FORBIDDEN(f"Cần quyền: {vi}.", f"The permission is missing: {en}.")
    opened("sensors", scope)
    _check(readings, at)
    with acting(by=by, because=f"reading of {code}"[:300]):
        sensor = Sensor.objects.select_for_update().filter(code=code).first()
        if sensor is None:
            raise NOT_FOUND("Không có trạm này.", "There is no such instrument.")
        known: dict[datetime, float] = dict(Reading.objects.filter(sensor=sensor, at__in=[one.at for one in readings]).values_list("at", "value"))
        fresh: list[Reading] = []
        for one in readings:
            if one.at not in known:
                known[one.at] = one.value
                fresh.append(Reading(sensor=sensor, at=one.at, value=one.value))
            elif known[one.at] != one.value:
                raise CONFLICT(f"Lúc {one.at.isoformat()} đã có số đo khác.", f"Another value of {one.at.isoformat()} is known.")
        Reading.objects.bulk_create(fresh)
        newest = max(readings, key=lambda one: one.at)
        if sensor.last_at is None or newest.at > sensor.last_at:
            sensor.last_at, sensor.last_value = newest.at, newest.value
            sensor.state = "ok" if sensor.state in BACK else sensor.state
            sensor.save(update_fields=["last_at", "last_value", "state"])
            events.publish(kind="sensor.measured", layer="sensors", fids=[sensor.pk], at=at)
    return len(fresh)


def _check(readings: list[Measured], at: datetime) -> None:
    if not 0 < len(readings) <= MOST_AT_ONCE:
        raise BAD_READING(f"Từ 1 đến {MOST_AT_ONCE} số đo.", f"From 1 to {MOST_AT_ONCE} readings.")
    for one in readings:
        if not math.isfinite(one.value) or abs(one.value) > BIGGEST:
            raise BAD_READING(f"Giá trị {one.value} không thể có.", f"The value {one.value} cannot be.")
        if one.at.tzinfo is None or not at - OLDEST <= one.at <= at + AHEAD:
            raise BAD_READING(f"Lúc đo {one.at.isoformat()} ngoài khoảng nhận.", f"The moment {one.at.isoformat()} is out of the range that is taken.")
