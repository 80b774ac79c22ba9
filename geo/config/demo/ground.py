"""Where the city lies: its outline, the six units of before July 2025, the two of after, and the way of seven canals and main streets.

Drawn by hand to some hundred metres, in metres east and north of the junction, after the generalised commune outlines of
choisy/censusVN2009 (MIT) and the published extents of 2025. Good for a demo, never a survey.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import shapely
from shapely import LineString, MultiPolygon, Point, Polygon

from geo.config.demo import lines
from geo.crs import to_city

JUNCTION_LONLAT = (105.8150, 9.8165)
REFORM = date(2025, 7, 1)  # the district level is gone; codes were re-used with a bigger shape
CITY_FOUNDED = date(2020, 2, 1)
BEYOND_M = 1_500.0  # main canals and the trunk road go on past the boundary: a city is no island
Way = tuple[tuple[float, float], ...]

OUTLINE: Way = (
    (-550, 7060), (150, 7310), (1100, 7200), (1600, 7150), (1450, 6450), (2550, 6250), (3550, 6200), (3500, 5900), (4050, 5750), (4750, 5850),
    (4800, 5530), (5050, 5550), (5400, 6050), (5700, 6000), (5300, 4000), (5050, 4100), (4500, 2720), (4180, 900), (3680, -1020), (4430, -1210),
    (4220, -1670), (3650, -4600), (3280, -5790), (2550, -4800), (1730, -4050), (1570, -3650), (-1950, -2290), (-1730, -1700), (-2850, -2100),
    (-3140, -1900), (-2890, 50), (-3650, 840), (-3950, 1080), (-3930, 1400), (-4900, 980), (-5200, 1500), (-5400, 1880), (-5100, 3740), (-4450, 3690),
    (-3760, 4270), (-2860, 4490), (-2700, 4700), (-2480, 5120), (-2100, 5780), (-1920, 5520), (-540, 5110), (-350, 6600),
)  # fmt: skip

# Lines between the units; each runs on past where it ends, and what hangs over is dropped.
BETWEEN_UNITS: tuple[Way, ...] = (
    (
        (-3800, 840), (-3050, 900), (-2450, 880), (-1900, 840), (-1340, 310), (-900, 10), (-380, 500), (-950, 1140), (60, 1510), (400, 1460), (1950, -360),
        (2030, -670), (1920, -1080), (4400, -1710),
    ),
    ((-380, 500), (300, -230), (840, -800)),
    ((840, -800), (1030, -430), (1220, -1190), (1920, -1080)),
    ((840, -800), (500, -1600), (190, -2400), (150, -3350)),
    ((60, 1510), (-1300, 3000), (-2760, 4770)),
    ((-600, 5260), (850, 4420), (2840, 3850), (3640, 2900), (4210, 3010), (4650, 2650)),
)  # fmt: skip


@dataclass(frozen=True)
class Unit:
    """A ward or commune during its validity."""

    code: str
    name: str
    kind: str
    valid_from: date
    valid_until: date | None
    population: int
    shape: MultiPolygon
    successor: str = ""


# code, name, kind, population, a place inside (metres from the junction), the code it is part of since the reform
OLD_UNITS: tuple[tuple[str, str, str, int, tuple[float, float], str], ...] = (
    ("31340", "Phường Ngã Bảy", "phuong", 19_400, (600, 600), "31340"),
    ("31341", "Phường Lái Hiếu", "phuong", 17_100, (-1500, -900), "31340"),
    ("31343", "Phường Hiệp Thành", "phuong", 18_300, (2500, -3300), "31340"),
    ("31344", "Phường Hiệp Lợi", "phuong", 12_900, (-3000, 2500), "31411"),
    ("31411", "Xã Đại Thành", "xa", 18_700, (1500, 2500), "31411"),
    ("31414", "Xã Tân Thành", "xa", 13_800, (3000, 5000), "31411"),
)
NEW_UNITS: tuple[tuple[str, str], ...] = (("31340", "Phường Ngã Bảy"), ("31411", "Phường Đại Thành"))


@dataclass(frozen=True)
class Ground:
    """The junction, the units before and after the reform, and the outline of them all."""

    junction: tuple[float, float]
    old: tuple[Unit, ...]
    new: tuple[Unit, ...]
    outline: Polygon

    def place(self, east_m: float, north_m: float) -> tuple[float, float]:
        """City metres of a place given from the junction."""
        return round(self.junction[0] + east_m, lines.DIGITS), round(self.junction[1] + north_m, lines.DIGITS)


def lay_out(seed: int) -> Ground:
    """Cut the ground into units that neither gap nor overlap: they are the faces of one set of lines."""
    chance = lines.generator(seed, "ground")
    x, y = to_city(*JUNCTION_LONLAT)
    borders = [_border(OUTLINE + OUTLINE[:1], chance), *(_border(way, chance) for way in BETWEEN_UNITS)]
    faces = shapely.get_parts(shapely.polygonize(lines.noded([shapely.affinity.translate(border, x, y) for border in borders])[0]))
    old = tuple(
        Unit(code, name, kind, CITY_FOUNDED, REFORM, population, _face(faces, x + inside[0], y + inside[1]), successor)
        for code, name, kind, population, inside, successor in OLD_UNITS
    )
    new = tuple(_merged(code, name, [unit for unit in old if unit.successor == code]) for code, name in NEW_UNITS)
    outline = max(shapely.get_parts(shapely.union_all([unit.shape for unit in old])), key=shapely.area)
    return Ground((x, y), old, new, outline)


def _border(way: Way, chance: np.random.Generator) -> LineString:
    # Each stretch bends on its own: corners stay where they were drawn, and lines that share one meet there.
    stretches = [shapely.get_coordinates(shapely.segmentize(LineString(pair), 110)) for pair in zip(way[:-1], way[1:], strict=True)]
    bent = [lines.sway(stretch, chance, sway_m=26, wave_m=650)[:-1] for stretch in stretches]
    return LineString(np.vstack([*bent, way[-1:]]))


def _face(faces: np.ndarray, x: float, y: float) -> MultiPolygon:
    return MultiPolygon([next(face for face in faces if face.contains(Point(x, y)))])


def _merged(code: str, name: str, parts: list[Unit]) -> Unit:
    whole = shapely.union_all([part.shape for part in parts])
    return Unit(code, name, "phuong", REFORM, None, sum(part.population for part in parts), MultiPolygon(list(shapely.get_parts(whole))))


# The seven canals, from the junction outwards: name, width and depth in metres, way.
MAIN_CANALS: tuple[tuple[str, float, float, Way], ...] = (
    ("Kênh Cái Côn", 70, 5.5, ((0, 0), (500, 650), (1500, 1750), (2800, 3000), (4200, 4300), (5600, 5900), (7000, 7700))),
    ("Kênh Mang Cá", 42, 3.5, ((0, 0), (900, 60), (2000, 350), (3200, 450), (4600, 1000), (6200, 1300))),
    ("Kênh Sóc Trăng", 50, 4.0, ((0, 0), (500, -450), (1400, -1500), (2300, -2900), (3000, -4300), (4300, -7000))),
    ("Kênh Xẻo Môn", 36, 3.0, ((0, 0), (60, -700), (-150, -1700), (250, -2800), (0, -4800))),
    ("Kênh Lái Hiếu", 60, 4.5, ((0, 0), (-600, -450), (-1600, -1150), (-2900, -1800), (-5200, -3000))),
    ("Kênh Búng Tàu", 55, 4.5, ((0, 0), (-900, 150), (-2200, 750), (-4000, 1200), (-7000, 2300))),
    ("Kênh Xẻo Vông", 38, 3.2, ((0, 0), (-250, 800), (-900, 2000), (-1700, 3600), (-2900, 5300), (-3900, 7200))),
)

# Streets that everybody knows: name, class, width, speed, way.
MAIN_STREETS: tuple[tuple[str, str, float, float, Way], ...] = (
    ("Quốc lộ 1", "trunk", 20, 60, (
        (-3100, 7400), (-1600, 4800), (-560, 2500), (120, 1080), (700, 350), (1150, -300), (1720, -1020), (2640, -2500), (3400, -3900), (4800, -7000),
    )),
    ("Hùng Vương", "primary", 16, 45, (
        (1150, -300), (900, -560), (560, -790), (80, -850), (-420, -720), (-800, -520), (-980, -180), (-900, 250), (-640, 640), (-260, 900), (120, 1080),
    )),
)  # fmt: skip
