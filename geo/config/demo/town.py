"""The town: seven quarters between seven canals, each with streets of its own direction, some missing, some only alleys."""

from collections.abc import Iterator

import numpy as np
import shapely
from shapely import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from geo.config.demo import lines
from geo.config.demo.ground import Ground
from geo.config.demo.street import Street

# How far the town reaches, clockwise from north, every 30 degrees: longest along the trunk road.
REACH_M = (1_420, 1_250, 1_180, 1_420, 1_500, 1_900, 1_560, 1_150, 1_080, 1_050, 1_020, 1_250)
ALONG_M = (88, 128)
ACROSS_M = (105, 165)
MISSING = 0.13
BESIDE_M = 26.0  # no second street beside a greater one
STREET_NAMES = (
    "Lê Lợi", "Nguyễn Thị Minh Khai", "30 Tháng 4", "Lý Thường Kiệt", "Châu Văn Liêm", "Nguyễn Huệ", "Trương Thị Hoa", "Triệu Vĩnh Tường", "Đoàn Văn Chia",
    "Mạc Đĩnh Chi", "Hoàng Hoa Thám", "Nguyễn Văn Trỗi", "Phan Đình Phùng", "Võ Thị Sáu", "Ngô Quyền", "Hai Bà Trưng", "Bạch Đằng", "Nguyễn Du",
    "Phan Bội Châu", "Cách Mạng Tháng Tám", "Nguyễn Văn Nết", "Lê Thị Hồng Gấm", "Nguyễn Đình Chiểu", "Trần Quốc Toản", "Nguyễn Bỉnh Khiêm", "Lê Quý Đôn",
    "Huỳnh Thúc Kháng", "Bùi Thị Xuân", "Tôn Đức Thắng", "Nguyễn Viết Xuân", "Phan Chu Trinh", "Xô Viết Nghệ Tĩnh", "3 Tháng 2", "1 Tháng 5",
)  # fmt: skip


def reach(ground: Ground) -> Polygon:
    """The town's own ground."""
    bearings = np.radians(np.arange(0, 360, 360 / len(REACH_M)))
    ring = [(radius * np.sin(bearing), radius * np.cos(bearing)) for radius, bearing in zip(REACH_M, bearings, strict=True)]
    curve = lines.smooth([*ring, ring[0]], step_m=60) + np.array(ground.junction)
    return Polygon(curve).buffer(0)


def town_streets(ground: Ground, quay_strip: BaseGeometry, greater: list[LineString], seed: int) -> list[Street]:
    """The streets of each quarter: a loose grid along the quarter's own axis, open to its quays."""
    chance = lines.generator(seed, "town")
    area = reach(ground)
    quarters = sorted(
        (part for part in shapely.get_parts(area.difference(quay_strip)) if part.area > 60_000),
        key=lambda part: part.centroid.distance(shapely.Point(ground.junction)),
    )
    crowded = shapely.union_all([line.buffer(BESIDE_M) for line in greater])
    found = [street for quarter in quarters for street in _quarter(ground, quarter, quay_strip, crowded, chance)]
    return _named(found)


def _quarter(ground: Ground, quarter: Polygon, quay_strip: BaseGeometry, crowded: BaseGeometry, chance: np.random.Generator) -> Iterator[Street]:
    origin = np.array(ground.junction)
    axis = np.array(quarter.centroid.coords[0]) - origin
    axis /= np.hypot(*axis)
    angle = chance.uniform(-0.22, 0.22)
    axis = np.array([axis[0] * np.cos(angle) - axis[1] * np.sin(angle), axis[0] * np.sin(angle) + axis[1] * np.cos(angle)])
    side = np.array([-axis[1], axis[0]])
    us, vs = _steps(chance, -300, 2_300, ACROSS_M), _steps(chance, -1_600, 1_600, ALONG_M)
    nodes = origin + us[:, None, None] * axis + vs[None, :, None] * side + chance.uniform(-7, 7, (len(us), len(vs), 2))
    shapely.prepare(quarter)
    inside = shapely.contains_xy(quarter, nodes[..., 0], nodes[..., 1])
    grand = chance.random(len(vs)) < 0.3
    narrow_u, narrow_v = chance.random(len(us)) < 0.22, (chance.random(len(vs)) < 0.22) & ~grand
    number = int(origin.sum() + us[0] * 1_000) % 997 * 1_000  # one name for a whole street, another in every quarter
    for i in range(len(us)):
        for j in range(len(vs)):
            for di, dj in ((1, 0), (0, 1)):
                if i + di >= len(us) or j + dj >= len(vs) or chance.random() < MISSING:
                    continue
                if not (inside[i, j] or inside[i + di, j + dj]):
                    continue
                line = _open_to_quay(LineString([nodes[i, j], nodes[i + di, j + dj]]), quarter, quay_strip)
                if line is None or line.intersection(crowded).length > 0.6 * line.length:
                    continue
                if di:
                    narrow, wide, key = narrow_v[j], grand[j], f"{number + j}"
                else:
                    narrow, wide, key = narrow_u[i], False, f"{number + 500 + i}"
                yield _street(key, line, narrow=bool(narrow), wide=bool(wide))


def _street(key: str, line: LineString, *, narrow: bool, wide: bool) -> Street:
    if narrow:
        return Street(key, "alley", 2.2, 15, line, surface="bê tông")
    return Street(key, "secondary", 9, 40, line, bridges=0.5) if wide else Street(key, "residential", 6, 30, line)


def _steps(chance: np.random.Generator, from_m: float, to_m: float, every_m: tuple[int, int]) -> np.ndarray:
    steps = from_m + np.cumsum(chance.uniform(*every_m, int((to_m - from_m) / every_m[0])))
    return steps[steps < to_m]


def _open_to_quay(line: LineString, quarter: Polygon, quay_strip: BaseGeometry) -> LineString | None:
    """The line within its quarter. At the water it ends on the quay; at the edge of the town it is not begun."""
    clipped = lines.line_parts(line.intersection(quarter), longer_m=15)
    if len(clipped) != 1:
        return None
    if clipped[0].length > line.length - 0.5 or clipped[0].distance(quay_strip) < 0.5:
        return clipped[0]
    return None


def _named(streets: list[Street]) -> list[Street]:
    """The longest streets get the names that everybody knows, the others a number; alleys that of the hamlet's kind."""
    length: dict[str, float] = {}
    for street in streets:
        if street.road_class != "alley":
            length[street.name] = length.get(street.name, 0) + street.line.length
    ordered = sorted(length, key=lambda key: -length[key])
    names = {key: STREET_NAMES[place] if place < len(STREET_NAMES) else f"Đường số {place - len(STREET_NAMES) + 1}" for place, key in enumerate(ordered)}
    alleys = {key: f"Hẻm {place + 1}" for place, key in enumerate(sorted({street.name for street in streets if street.road_class == "alley"}))}
    return [Street(**{**street.__dict__, "name": names.get(street.name) or alleys[street.name]}) for street in streets]
