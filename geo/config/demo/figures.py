"""Indicators by ward for the last whole months, and the stretches that are closed today."""

from datetime import date, datetime, timedelta

import numpy as np
import shapely
from django.utils import timezone

from geo.config.demo import lines
from geo.config.demo.ground import Ground
from geo.config.demo.rows import Column
from geo.config.demo.streets import Network

MONTHS = 3
# code, Vietnamese, English, unit, target, usual value, spread
INDICATORS: tuple[tuple[str, str, str, str, float, float, float], ...] = (
    ("reports_on_time", "Phản ánh trả lời đúng hạn", "Reports answered on time", "%", 95, 88, 4),
    ("one_stop_on_time", "Hồ sơ một cửa đúng hạn", "One-stop files on time", "%", 98, 95, 2),
    ("waste_collected", "Rác thải được thu gom", "Waste collected", "%", 95, 86, 5),
    ("clean_water", "Hộ dùng nước sạch", "Households with clean water", "%", 98, 93, 3),
    ("health_insurance", "Tham gia bảo hiểm y tế", "Covered by health insurance", "%", 95, 92, 2),
    ("street_lighting", "Tuyến đường được chiếu sáng", "Streets that are lit", "%", 90, 78, 6),
)
SOURCE = "Dữ liệu mô phỏng (demo)"


def indicators(ward_ids: list[int], until: datetime, seed: int) -> dict[str, Column]:
    """Each indicator of each ward of today in each of the last months, as rows."""
    chance = lines.generator(seed, "indicators")
    starts = _months(timezone.localtime(until).date())
    rows = [(row, ward, start, end) for row in INDICATORS for ward in ward_ids for start, end in starts]
    values = np.array([min(100.0, row[5] + chance.normal(0, row[6])) for row, *_ in rows])
    return {
        "code": [row[0] for row, *_ in rows],
        "title_vi": [row[1] for row, *_ in rows],
        "title_en": [row[2] for row, *_ in rows],
        "unit": [row[3] for row, *_ in rows],
        "target": [row[4] for row, *_ in rows],
        "ward": [ward for _, ward, *_ in rows],
        "period_from": [start.isoformat() for *_, start, _ in rows],
        "period_until": [end.isoformat() for *_, end in rows],
        "value": np.round(values, 1),
        "n": chance.integers(40, 900, len(rows)),
        "source": [SOURCE] * len(rows),
        "updated_at": [until.isoformat()] * len(rows),
    }


def _months(today: date) -> list[tuple[date, date]]:
    """First days of the last whole months, and of the months after them."""
    found, end = [], today.replace(day=1)
    for _ in range(MONTHS):
        start = (end - timedelta(days=1)).replace(day=1)
        found.append((start, end))
        end = start
    return found[::-1]


def closures(ground: Ground, network: Network, until: datetime) -> dict[str, Column]:
    """A bridge under repair, and a market street that is slow in the mornings."""
    bridge = next((bridge for bridge in network.bridges if bridge.name == "Cầu Đông Bình"), network.bridges[0])
    market = shapely.Point(ground.place(150, -330))
    slow = min(
        (street for street in network.streets if street.road_class == "residential"), key=lambda street: (street.line.distance(market), -street.line.length)
    )
    starts, ends = until - timedelta(days=5), until + timedelta(days=9)
    return {
        "reason": [f"Sửa {bridge.name}, cấm ô tô và xe tải", "Chợ đông, đi chậm"],
        "modes": [["car", "truck"], []],
        "factor": [0.0, 0.4],
        "starts_at": [starts.isoformat(), starts.isoformat()],
        "ends_at": [ends.isoformat(), ends.isoformat()],
        "geom": [bridge.line, slow.line],
    }
