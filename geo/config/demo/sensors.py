"""Gauges and stations with thirty days of hourly readings: the tide under its moon, rain in bursts, salt with the dry season."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import shapely

from geo.config.demo import lines, rhythms
from geo.config.demo.ground import Ground
from geo.config.demo.rows import Column

DAYS = 30
DATUM = "Cao độ quốc gia (Hòn Dấu)"
FLOOD_ALARMS_M = {"I": 1.4, "II": 1.5, "III": 1.6}
# Tidal waves of the Hậu at its canals: period in hours, half range in metres.
WAVES = ((12.4206, 0.42), (12.0, 0.16), (23.9345, 0.20), (25.8193, 0.15))
OFFLINE_H = 9  # so long has the broken one been silent


@dataclass(frozen=True)
class Gauge:
    """One instrument: metres east and north of the junction."""

    code: str
    name: str
    kind: str
    unit: str
    east_m: float
    north_m: float
    datum: str = ""
    thresholds: tuple[tuple[str, float], ...] = ()
    state: str = "ok"
    lag_h: float = 0.0
    # What the tide is multiplied with, raised by and held below: the demo city begins dry, and somebody raises the water.
    scale: float = 1.0
    raised_m: float = 0.0
    most_m: float = math.inf


# The levels of alarm at the Cần Thơ gauge: 2.12 m on 8 October 2025 was beyond the third.
CAN_THO_ALARMS = (("I", 1.8), ("II", 1.9), ("III", 2.0))
ALARMS = tuple(FLOOD_ALARMS_M.items())
GAUGES: tuple[Gauge, ...] = (
    Gauge("MN-01", "Mực nước ngã bảy kênh", "water_level", "m", 25, 25, DATUM, ALARMS),
    Gauge("MN-02", "Mực nước kênh Cái Côn", "water_level", "m", 2_830, 3_030, DATUM, ALARMS, lag_h=-0.7),
    Gauge("MN-03", "Mực nước kênh Búng Tàu", "water_level", "m", -2_210, 740, DATUM, ALARMS, lag_h=0.8),
    Gauge("MN-04", "Mực nước kênh Sóc Trăng", "water_level", "m", 2_290, -2_880, DATUM, ALARMS, state="suspect", lag_h=0.6),
    Gauge("TV-CT", "Trạm thủy văn Cần Thơ", "water_level", "m", -3_070, 24_050, DATUM, CAN_THO_ALARMS, lag_h=-2.5, scale=0.8, raised_m=0.3, most_m=1.4),
    Gauge("MUA-01", "Trạm mưa trung tâm", "rain", "mm/h", 430, 470, thresholds=(("heavy", 15.0), ("very_heavy", 30.0))),
    Gauge("MUA-02", "Trạm mưa Tân Thành", "rain", "mm/h", 3_080, 5_120, thresholds=(("heavy", 15.0), ("very_heavy", 30.0))),
    Gauge("MUA-03", "Trạm mưa Hiệp Lợi", "rain", "mm/h", -2_300, 1_520, thresholds=(("heavy", 15.0), ("very_heavy", 30.0)), state="offline"),
    Gauge("MAN-01", "Độ mặn kênh Sóc Trăng", "salinity", "g/l", 2_310, -2_910, thresholds=(("rice", 1.0), ("orchard", 0.5), ("drinking", 0.25))),
    Gauge("MAN-02", "Độ mặn ngã bảy kênh", "salinity", "g/l", -25, 20, thresholds=(("rice", 1.0), ("orchard", 0.5), ("drinking", 0.25)), lag_h=1.0),
    Gauge("MAN-03", "Độ mặn kênh Lái Hiếu", "salinity", "g/l", -1_590, -1_140, thresholds=(("rice", 1.0), ("orchard", 0.5), ("drinking", 0.25)), lag_h=1.6),
    Gauge("BUI-01", "Bụi mịn Chợ Ngã Bảy", "pm25", "µg/m³", 165, -350, thresholds=(("good", 25.0), ("moderate", 50.0), ("unhealthy", 80.0))),
    Gauge("BUI-02", "Bụi mịn Quốc lộ 1", "pm25", "µg/m³", 1_190, -330, thresholds=(("good", 25.0), ("moderate", 50.0), ("unhealthy", 80.0))),
)


def level_m(at_s: np.ndarray, lag_h: float = 0.0) -> np.ndarray:
    """The water level over the datum: four waves on a mean that is highest in the flood months."""
    hours = (at_s - rhythms.NEW_MOON.timestamp()) / 3_600 - lag_h
    mean_m = 0.75 + 0.2 * np.cos(2 * np.pi * (at_s / 86_400 / 365.2425 - 0.82))
    return mean_m + sum(half_m * np.cos(2 * np.pi * hours / period_h) for period_h, half_m in WAVES)


def series(gauge: Gauge, at_s: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    """The hourly values of one instrument."""
    n = len(at_s)
    hour = (at_s + rhythms.offset_s()) / 3_600 % 24
    season = np.cos(2 * np.pi * (at_s / 86_400 / 365.2425 - 0.2))  # +1 in the middle of the dry months
    if gauge.kind == "water_level":
        tide_m = level_m(at_s, gauge.lag_h) * gauge.scale + gauge.raised_m
        return np.round(np.minimum(tide_m + chance.normal(0, 0.015, n) + (0.12 if gauge.state == "suspect" else 0), gauge.most_m), 2)
    if gauge.kind == "rain":
        bursts = (chance.random(n) < (0.045 - 0.035 * season) * np.where((hour > 13) & (hour < 20), 2.2, 0.7)) * chance.gamma(1.1, 9.0, n)
        return np.round(np.where(bursts < 0.2, 0, bursts), 1)
    if gauge.kind == "salinity":
        return np.round(
            np.clip(0.12 + 0.5 * np.clip(season, 0, None) + 0.12 * (level_m(at_s, gauge.lag_h + 1.5) - 0.8) + chance.normal(0, 0.02, n), 0.02, None), 2
        )
    rush = np.exp(-(((hour - 7) / 1.6) ** 2)) + np.exp(-(((hour - 18) / 2.0) ** 2))
    return np.round(np.clip(20 + 6 * season + 16 * rush + chance.normal(0, 3.5, n), 4, None), 1)


def columns(ground: Ground, until: datetime, seed: int) -> tuple[dict[str, Column], list[tuple[np.ndarray, np.ndarray]]]:
    """The instruments as rows, and for each the moments and values of its readings."""
    chance = lines.generator(seed, "sensors")
    last = until.replace(minute=0, second=0, microsecond=0)
    at_s = np.array([(last - timedelta(hours=back)).timestamp() for back in range(DAYS * 24 - 1, -1, -1)])
    readings = []
    for gauge in GAUGES:
        values = series(gauge, at_s, chance)
        heard = slice(None, -OFFLINE_H) if gauge.state == "offline" else slice(None)
        readings.append((at_s[heard], values[heard]))
    return {
        **{name: [getattr(gauge, name) for gauge in GAUGES] for name in ("code", "name", "kind", "unit", "datum", "state")},
        "thresholds": [dict(gauge.thresholds) for gauge in GAUGES],
        "last_value": np.array([values[-1] for _, values in readings], dtype=float),
        "last_at": np.array([at[-1] for at, _ in readings]).astype("datetime64[s]"),
        "geom": list(shapely.points([ground.place(gauge.east_m, gauge.north_m) for gauge in GAUGES])),
    }, readings
