"""Whether a fix can be true of a unit: its place, its clock, how sure it is, and whether the unit can have come from where it was.

Pure arithmetic on the city's metres; what stands in the tables is given. A fix that is doubted is kept with its reason and moves nobody.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from geo.city import CITY
from geo.crs import accepted_box, to_city

# Vietnamese, English.
REASONS: dict[str, tuple[str, str]] = {
    "zero": ("toạ độ 0, 0", "the place is 0, 0"),
    "outside": ("ngoài phạm vi thành phố", "outside the city's extent"),
    "ahead": ("giờ ở tương lai", "its time lies ahead"),
    "clock": ("đồng hồ sai quá một tuần", "its clock is more than a week off"),
    "frozen": ("đồng hồ đứng: cùng giờ, khác chỗ", "a clock that stands: the same time at another place"),
    "accuracy": ("sai số quá lớn", "too unsure"),
    "speed": ("tốc độ vượt khả năng của phương tiện", "faster than its mode can be"),
    "jump": ("nhảy vị trí: không thể đi kịp", "a jump: it cannot have come so far"),
    "invalid": ("thiết bị báo không hợp lệ", "the device itself says that it is not valid"),
    "mock": ("thiết bị báo vị trí giả lập", "the device itself says that it is a mock"),
}
# A telephone's clock may run ahead a little; a week offline is kept.
AHEAD = timedelta(seconds=90)
OLDEST = timedelta(days=7)
# Nearer than this is noise, whatever the seconds between.
NOISE_M = 80.0
# What a unit may overstate its sureness by, and how far two fixes are stretched towards each other.
STRETCH = 1.25
MOST_SURE_M = 200.0
NEAR_ZERO_DEG = 0.001


@dataclass(frozen=True)
class Fix:
    """One position: lon, lat in WGS84, when it was true, how sure, how fast, whither (degrees from north), and what the device doubts itself."""

    at: datetime
    lon: float
    lat: float
    accuracy_m: float | None = None
    speed_kmh: float | None = None
    heading_deg: float | None = None
    doubt: str = ""


@dataclass(frozen=True)
class Known:
    """Where a unit is known to have been, in city metres."""

    at: datetime
    x: float
    y: float
    accuracy_m: float | None = None


@dataclass(frozen=True)
class Judged:
    """A fix and what came of it: its place in city metres, or why it is doubted; `twice`: it is known already."""

    fix: Fix
    x: float = math.nan
    y: float = math.nan
    reason: str = ""
    twice: bool = False

    def known(self) -> Known:
        return Known(self.fix.at, self.x, self.y, self.fix.accuracy_m)


def judge(*, fixes: Sequence[Fix], mode: str, standing: Sequence[Known], received_at: datetime) -> list[Judged]:
    """Each fix of one unit, by time, against what is known of it around them. `standing` may come in any order."""
    before = sorted(standing, key=lambda one: one.at)
    later = list(reversed(before))
    last: Known | None = None
    found = []
    for fix in sorted(fixes, key=lambda one: one.at):
        while later and later[-1].at <= fix.at:
            passed = later.pop()
            last = passed if last is None or passed.at >= last.at else last
        one = _alone(fix, mode, received_at)
        if not one.reason:
            one = _among(one, mode, last, later[-1] if later else None)
        if not one.reason and not one.twice:
            last = one.known()
        found.append(one)
    return found


def _alone(fix: Fix, mode: str, received_at: datetime) -> Judged:
    """What can be said of a fix without knowing any other."""
    x, y = to_city(fix.lon, fix.lat)
    west, south, east, north = accepted_box()
    if abs(fix.lon) < NEAR_ZERO_DEG and abs(fix.lat) < NEAR_ZERO_DEG:
        return Judged(fix, reason="zero")
    if not (west <= x <= east and south <= y <= north):
        return Judged(fix, reason="outside")
    if fix.at > received_at + AHEAD:
        return Judged(fix, x, y, "ahead")
    if fix.at < received_at - OLDEST:
        return Judged(fix, x, y, "clock")
    if fix.doubt:
        return Judged(fix, x, y, fix.doubt)
    if fix.accuracy_m is not None and fix.accuracy_m > CITY.units.accuracy_worst_m:
        return Judged(fix, x, y, "accuracy")
    if fix.speed_kmh is not None and fix.speed_kmh > _fastest_kmh(mode):
        return Judged(fix, x, y, "speed")
    return Judged(fix, x, y)


def _among(one: Judged, mode: str, before: Known | None, after: Known | None) -> Judged:
    """The same fix beside its neighbours in time."""
    if before is not None and before.at == one.fix.at:
        moved = math.hypot(before.x - one.x, before.y - one.y) > NOISE_M
        return Judged(one.fix, one.x, one.y, "frozen" if moved else "", twice=not moved)
    if any(other is not None and not _reaches(one.known(), other, mode) for other in (before, after)):
        return Judged(one.fix, one.x, one.y, "jump")
    return one


def _reaches(one: Known, other: Known, mode: str) -> bool:
    unsure_m = min((one.accuracy_m or 0.0) + (other.accuracy_m or 0.0), MOST_SURE_M)
    metres = math.hypot(one.x - other.x, one.y - other.y) - unsure_m
    if metres <= NOISE_M:
        return True
    seconds = abs((one.at - other.at).total_seconds())
    return metres <= seconds * _fastest_kmh(mode) / 3.6


def _fastest_kmh(mode: str) -> float:
    """A mode that the profile does not name is held to the fastest that it does."""
    named = CITY.units.fastest_kmh
    return STRETCH * named.get(mode, max(named.values()))
