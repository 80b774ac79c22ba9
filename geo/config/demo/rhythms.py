"""When things happen: hours, weekdays, Tết, the tide. A city's year as weights of days and hours."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from geo.city import CITY

# The first day of the lunar year.
TET = {year: date(year, month, day) for year, month, day in (
    (2020, 1, 25), (2021, 2, 12), (2022, 2, 1), (2023, 1, 22), (2024, 2, 10), (2025, 1, 29), (2026, 2, 17), (2027, 2, 6), (2028, 1, 26), (2029, 2, 13),
    (2030, 2, 3), (2031, 1, 23), (2032, 2, 11), (2033, 1, 31), (2034, 2, 19), (2035, 2, 8),
)}  # fmt: skip
NEW_MOON = datetime(2025, 1, 29, 12, 36, tzinfo=UTC)
SYNODIC_DAYS = 29.530588
M2_HOURS = 12.4206  # between two high waters

Weights = tuple[float, ...]
FLAT: Weights = (1.0,) * 24


@dataclass(frozen=True)
class Rhythm:
    """How a kind of case spreads: over the hours, over the week (Monday first), what Tết does to it, whether the tide or the dry season drives it."""

    hours: Weights
    week: Weights = (1, 1, 1, 1, 1, 1, 1)
    tet: float = 1.0
    tide: float = 0.0
    dry: float = 1.0


def _hours(**shares: float) -> Weights:
    """Weights by spans: _hours(h06_09=3) is three times as much from six to nine."""
    found = np.full(24, shares.pop("rest", 0.25))
    for span, weight in shares.items():
        from_, to = (int(hour) for hour in span[1:].split("_"))
        found[from_:to] = weight
    return tuple(found)


RHYTHMS: dict[str, Rhythm] = {
    "office": Rhythm(_hours(h6_7=0.6, h7_11=2.2, h11_13=0.9, h13_17=1.9, h17_21=0.9), week=(1.25, 1.15, 1.1, 1.1, 1.05, 0.75, 0.55), tet=0.3),
    "traffic": Rhythm(
        _hours(h5_6=0.8, h6_8=2.4, h8_11=1.1, h11_13=1.3, h13_16=1.0, h16_19=2.8, h19_23=1.9, rest=0.5), week=(0.95, 0.9, 0.9, 0.95, 1.15, 1.25, 1.2), tet=1.9
    ),
    "fire": Rhythm(_hours(h6_10=0.8, h10_14=1.4, h14_18=1.1, h18_23=1.8, rest=0.6), tet=1.9, dry=1.5),
    "night": Rhythm(_hours(h0_3=1.6, h18_20=1.6, h20_24=2.6, rest=0.35), week=(0.8, 0.8, 0.85, 0.95, 1.2, 1.45, 1.3), tet=1.2),
    "noise": Rhythm(_hours(h9_12=0.8, h18_20=1.8, h20_24=3.2, rest=0.2), week=(0.6, 0.6, 0.7, 0.8, 1.1, 1.7, 1.6), tet=0.25),
    "always": Rhythm(_hours(h5_9=1.3, h9_17=1.1, h17_22=1.4, rest=0.6), tet=1.1),
    "water": Rhythm(_hours(h9_12=1.5, h12_18=2.0, rest=0.4), week=(0.9, 0.9, 0.9, 0.9, 1.0, 1.4, 1.3), dry=1.2),
    "tide": Rhythm(FLAT, tide=1.0),
    "storm": Rhythm(_hours(h13_20=2.2, rest=0.5), dry=0.35),
}


def offset_s() -> float:
    """Seconds that the city's clock is ahead of UTC; the delta has no summer time."""
    offset = ZoneInfo(CITY.timezone).utcoffset(datetime(2025, 1, 1))
    return offset.total_seconds() if offset else 0.0


def tide(at_s: np.ndarray) -> np.ndarray:
    """How high the spring tide of the season stands, 0 to 1: new and full moon, highest from September to January."""
    moon = (at_s - NEW_MOON.timestamp()) / 86_400 / (SYNODIC_DAYS / 2)
    spring = np.clip(np.cos(2 * np.pi * (moon - 0.12)), 0, None) ** 2
    season = 0.5 + 0.5 * np.cos(2 * np.pi * (at_s / 86_400 / 365.2425 - 0.855))  # highest in early November
    return spring * season


def moments(rhythm: Rhythm, n: int, *, until: datetime, days: int, chance: np.random.Generator) -> np.ndarray:
    """`n` moments of the last `days` days in seconds since 1970, unordered, all before `until`."""
    zone = ZoneInfo(CITY.timezone)
    today = until.astimezone(zone).date()
    dates = [today - timedelta(days=back) for back in range(days, -1, -1)]
    day_start_s = np.array([datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() for day in dates])
    of_day = np.array([rhythm.week[day.weekday()] * _tet(day, rhythm.tet) * _season(day, rhythm.dry) for day in dates])
    if rhythm.tide:
        of_day = of_day * (0.03 + tide(day_start_s + 43_200) ** 2 * 3)
    found = np.empty(0)
    while len(found) < n:
        drawn = n - len(found) + 8
        day = chance.choice(len(dates), drawn, p=of_day / of_day.sum())
        if rhythm.tide:
            # at high water, twice a day, some fifty minutes later every day
            high = (day_start_s[day] - NEW_MOON.timestamp()) / 3_600 % M2_HOURS
            hour = (M2_HOURS - high + chance.integers(0, 2, drawn) * M2_HOURS + chance.normal(0, 1.2, drawn)) % 24
        else:
            hours = np.array(rhythm.hours)
            hour = chance.choice(24, drawn, p=hours / hours.sum()) + chance.random(drawn)
        at_s = day_start_s[day] + hour * 3_600
        found = np.concatenate([found, at_s[(at_s < until.timestamp()) & (at_s >= until.timestamp() - days * 86_400)]])
    return np.round(found[:n], 3)


def _tet(day: date, factor: float) -> float:
    first = TET.get(day.year)
    return factor if first and -3 <= (day - first).days <= 6 else 1.0


def _season(day: date, dry: float) -> float:
    """The dry months are February to April."""
    return dry if day.month in (2, 3, 4) else 1.0
