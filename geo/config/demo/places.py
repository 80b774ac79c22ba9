"""Places that everybody names, and where forces start from: real names, places rough."""

from dataclasses import dataclass

import shapely
from shapely import LineString, Point
from shapely.geometry.base import BaseGeometry
from shapely.ops import nearest_points

from geo.config.demo import lines
from geo.config.demo.ground import Ground
from geo.config.demo.street import Street

FROM_WATER_M = 22.0
FROM_STREET_M = 60.0
YARD_M = 24.0

# name, kind, metres east and north of the junction
PUBLIC_PLACES: tuple[tuple[str, str, float, float], ...] = (
    ("Chợ Ngã Bảy", "market", 150, -330),
    ("Chợ nổi Ngã Bảy", "market", -150, -60),
    ("Trung tâm thương mại Ngã Bảy", "market", 420, 120),
    ("Chợ Cái Côn", "market", 3900, 4200),
    ("Chợ Đại Thành", "market", 2050, 700),
    ("Chợ Hiệp Lợi", "market", -2350, 1450),
    ("Chợ Tân Thành", "market", 3050, 5150),
    ("Bệnh viện Đa khoa thành phố Ngã Bảy", "hospital", 980, 420),
    ("Trạm y tế phường Lái Hiếu", "clinic", -1050, -830),
    ("Trạm y tế phường Hiệp Thành", "clinic", 2050, -2050),
    ("Trạm y tế xã Đại Thành", "clinic", 2150, 900),
    ("Trạm y tế xã Tân Thành", "clinic", 3150, 5050),
    ("Trạm y tế phường Hiệp Lợi", "clinic", -2250, 1600),
    ("UBND phường Ngã Bảy", "ward_office", 330, 420),
    ("UBND phường Đại Thành", "ward_office", 1850, 820),
    ("Trụ sở cũ UBND xã Tân Thành", "ward_office", 3100, 5250),
    ("Trụ sở cũ UBND phường Lái Hiếu", "ward_office", -980, -700),
    ("Trường THPT Nguyễn Minh Quang", "school", 250, 850),
    ("Trường THPT Lương Thế Vinh", "school", -700, -480),
    ("Trường THCS Nguyễn Trãi", "school", -480, 780),
    ("Trường THCS Lê Hồng Phong", "school", 820, -180),
    ("Trường THCS Đại Thành", "school", 2350, 1050),
    ("Trường THCS Tân Thành", "school", 2900, 4950),
    ("Trường Tiểu học Hùng Vương", "school", 430, -640),
    ("Trường Tiểu học Trần Quốc Toản", "school", -460, 300),
    ("Trường Tiểu học Kim Đồng", "school", 700, 760),
    ("Trường Tiểu học Lái Hiếu 1", "school", -830, -980),
    ("Trường Tiểu học Hiệp Thành 1", "school", 1750, -1750),
    ("Trường Tiểu học Hiệp Lợi 1", "school", -2500, 1700),
    ("Trường Mầm non Hướng Dương", "school", 180, 620),
    ("Trường Mầm non Sao Mai", "school", 560, -950),
    ("Chùa Bửu An", "pagoda", 620, 560),
    ("Chùa Phước Long", "pagoda", -560, -720),
    ("Chùa Long Hưng", "pagoda", 1950, -2250),
    ("Nhà thờ Ngã Bảy", "church", 300, -920),
    ("Nhà thờ Mang Cá", "church", 1350, 330),
    ("Đình thần Phụng Hiệp", "communal_house", -330, -330),
    ("Bến xe Ngã Bảy", "bus_station", 1280, -620),
    ("Bến tàu Ngã Bảy", "port", 120, 190),
    ("Công viên Xáng Thổi", "park", 220, 60),
    ("Quảng trường trung tâm Ngã Bảy", "park", 520, 300),
    ("Sân vận động Ngã Bảy", "stadium", -520, 980),
    ("Trung tâm Văn hóa - Thể thao Ngã Bảy", "culture", 640, 180),
    ("Thư viện Ngã Bảy", "culture", 470, 470),
    ("Nhà máy nước Ngã Bảy", "utility", -980, 120),
    ("Trạm biến áp Phụng Hiệp", "utility", 1650, -650),
    ("Cụm công nghiệp - tiểu thủ công nghiệp Ngã Bảy", "industry", 2450, -2750),
    ("Bưu điện Ngã Bảy", "post_office", 380, 560),
)

# name, kind, agency, metres east and north of the junction
STATIONS: tuple[tuple[str, str, str, float, float], ...] = (
    ("Công an phường Ngã Bảy", "police", "police", 260, 520),
    ("Công an phường Đại Thành", "police", "police", 1950, 900),
    ("Trạm Cảnh sát giao thông Ngã Bảy", "police", "traffic_police", 1000, -60),
    ("Trạm Cảnh sát đường thủy Ngã Bảy", "police", "waterway_police", 90, 120),
    ("Đội Chữa cháy và cứu nạn cứu hộ Ngã Bảy", "fire", "fire", 900, 640),
    ("Trung tâm Cấp cứu, Bệnh viện Đa khoa Ngã Bảy", "ambulance", "ambulance", 1010, 390),
    ("Ban Chỉ huy Quân sự phường Ngã Bảy", "militia", "militia", 480, 620),
    ("Ban Chỉ huy Quân sự phường Đại Thành", "militia", "militia", 2080, 980),
    ("Đội Quản lý trật tự đô thị", "urban_order", "urban_order", 360, 250),
    ("Công trình đô thị Ngã Bảy", "works", "public_works", -420, 620),
    ("Điện lực Ngã Bảy", "power", "power", 760, -420),
    ("Xí nghiệp Cấp thoát nước Ngã Bảy", "water", "water", -900, 130),
    ("Hội Chữ thập đỏ Ngã Bảy", "red_cross", "red_cross", 560, 420),
    ("Chốt an ninh cơ sở Lái Hiếu", "security", "grassroots_security", -620, -620),
    ("Chốt an ninh cơ sở Hiệp Thành", "security", "grassroots_security", 1480, -1480),
    ("Chốt an ninh cơ sở Tân Thành", "security", "grassroots_security", 3000, 5100),
    ("Trung tâm điều hành thông minh Ngã Bảy", "centre", "ioc", 340, 440),
    ("Tổ công tác UBND phường Ngã Bảy", "ward", "ward_nga_bay", 335, 415),
    ("Tổ công tác UBND phường Đại Thành", "ward", "ward_dai_thanh", 1850, 830),
)


@dataclass(frozen=True)
class Place:
    """A named place on dry ground."""

    name: str
    kind: str
    agency: str
    point: Point


def stand(ground: Ground, wet: BaseGeometry, streets: list[Street]) -> tuple[list[Place], list[Place]]:
    """Public places and stations, each moved to its nearest street where it was drawn in a field, and ashore where in the water."""
    kept_clear = wet.buffer(FROM_WATER_M)
    shapely.prepare(kept_clear)
    roads = shapely.STRtree([street.line for street in streets if street.road_class != "path" and not street.bridge])

    def settle(east_m: float, north_m: float) -> Point:
        drawn = Point(ground.place(east_m, north_m))
        road = roads.geometries[int(roads.nearest(drawn))]
        beside = _beside(drawn, road) if drawn.distance(road) > FROM_STREET_M else drawn
        ashore = nearest_points(kept_clear.boundary, beside)[0] if kept_clear.contains(beside) else beside
        return Point(round(ashore.x, lines.DIGITS), round(ashore.y, lines.DIGITS))

    public = [Place(name, kind, "", settle(east_m, north_m)) for name, kind, east_m, north_m in PUBLIC_PLACES]
    stations = [Place(name, kind, agency, settle(east_m, north_m)) for name, kind, agency, east_m, north_m in STATIONS]
    return public, stations


def _beside(drawn: Point, road: LineString) -> Point:
    """On the way from the road to where it was drawn, a front yard away."""
    foot = road.interpolate(road.project(drawn))
    share = YARD_M / foot.distance(drawn)
    return Point(foot.x + (drawn.x - foot.x) * share, foot.y + (drawn.y - foot.y) * share)
