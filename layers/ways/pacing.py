"""How fast roads are really driven: factors by mode, class of road and time of day, which the network uses once somebody has approved them.

It refuses factors outside what a road can be, and keeps every set that was ever in force.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from geo import events
from geo.acting import acting
from geo.city import CITY
from geo.errors import NOT_FOUND, define
from geo.models import User
from geo.network import MODES, Floats
from layers.models import SpeedFit

BAD_FACTORS = define("bad_speed_factors", 422, "Hệ số tốc độ không dùng được", "The speed factors cannot be used")
REASON = define("speeds_need_reason", 422, "Cần lý do duyệt hệ số", "Approving speed factors needs a reason")
SLOWEST, FASTEST = 0.3, 1.7
# Night, morning rush, day, evening rush, evening: hours of the city's own clock, the second one exclusive.
BANDS = ((0, 6), (6, 9), (9, 16), (16, 19), (19, 24))


@dataclass(frozen=True)
class Factor:
    """Of the assumed speed, the share that is really driven; from how many trips' worth of driving it is known."""

    mode: str
    road_class: str
    from_hour: int
    until_hour: int
    factor: float
    n: float


def band(at: datetime) -> tuple[int, int]:
    """The part of the day that a moment lies in, in the city."""
    hour = at.astimezone(ZoneInfo(CITY.timezone)).hour
    return next(one for one in BANDS if one[0] <= hour < one[1])


def propose(*, factors: Sequence[Factor], since: datetime, until: datetime, trips: int, report: Mapping[str, Any], by: User | None, at: datetime) -> SpeedFit:
    """Keep a set of factors that is not in force. Raises BAD_FACTORS."""
    for one in factors:
        if one.mode not in MODES or (one.from_hour, one.until_hour) not in BANDS or not SLOWEST <= one.factor <= FASTEST:
            raise BAD_FACTORS(f"{one}: mode, giờ hoặc hệ số sai.", f"{one}: mode, hours or factor are wrong ({SLOWEST} to {FASTEST}).")
    with acting(by=by, because="speed factors proposed"):
        return SpeedFit.objects.create(made_at=at, by=by, since=since, until=until, trips=trips, factors=[asdict(one) for one in factors], report=dict(report))


def approve(*, fit_id: int, because: str, by: User | None, at: datetime) -> SpeedFit:
    """Put a set in force in place of the one that is; from the next question on every worker uses it. Raises NOT_FOUND, REASON."""
    if not because.strip():
        raise REASON()
    with acting(by=by, because=because):
        fit = SpeedFit.objects.select_for_update().filter(pk=fit_id).first()
        if fit is None:
            raise NOT_FOUND()
        SpeedFit.objects.filter(in_force=True).exclude(pk=fit_id).update(in_force=False, ended_at=at)
        fit.in_force, fit.approved_at, fit.approved_by, fit.because, fit.ended_at = True, at, by, because.strip()[:300], None
        fit.save()
        events.publish(kind="speeds.approved", at=at)
    return fit


def withdraw(*, because: str, by: User | None, at: datetime) -> int:
    """Go back to the assumed speeds. Returns whether any set was in force. Raises REASON."""
    if not because.strip():
        raise REASON()
    with acting(by=by, because=because):
        ended = SpeedFit.objects.filter(in_force=True).update(in_force=False, ended_at=at)
        if ended:
            events.publish(kind="speeds.withdrawn", at=at)
    return ended


def in_force() -> list[Factor]:
    """The factors that the network uses now."""
    fit = SpeedFit.objects.filter(in_force=True).first()
    return [Factor(**one) for one in fit.factors] if fit else []


def paces(factors: Sequence[Factor], classes: npt.NDArray[Any], hours: tuple[int, int]) -> dict[str, Floats]:
    """Of each mode that has factors in these hours: the factor of every stretch, 1 where its class has none."""
    found: dict[str, Floats] = {}
    for one in factors:
        if (one.from_hour, one.until_hour) == hours:
            found.setdefault(one.mode, np.ones(len(classes)))[classes == one.road_class] = one.factor
    return found
