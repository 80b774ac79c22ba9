"""Sixty units: whose they are, how they move, what they can, and where they were last seen. Most send their position, some are silent."""

import secrets
from datetime import datetime

import numpy as np
import shapely
from shapely import Point

from geo.config.demo import lines
from geo.config.demo.canals import Canal
from geo.config.demo.places import Place
from geo.config.demo.street import Street
from geo.fields import as_field
from geo.models import Agency, User
from incidents.models import Responder

# prefix, name, kind, agency, mode, weight in tonnes, crew, how many, skills
FLEET: tuple[tuple[str, str, str, str, str, float, int, int, tuple[str, ...]], ...] = (
    ("AN", "Tổ an ninh cơ sở", "security", "grassroots_security", "motorbike", 0.3, 2, 5, ("patrol", "first_aid")),
    ("DQ", "Xuồng dân quân", "militia", "militia", "boat", 1.2, 4, 2, ("rescue", "water")),
    ("DQ", "Tổ dân quân cơ động", "militia", "militia", "motorbike", 0.3, 3, 2, ("rescue", "patrol")),
    ("AN", "Tổ an ninh đi bộ", "security", "grassroots_security", "foot", 0.1, 2, 2, ("patrol",)),
    ("CA", "Tổ tuần tra Công an", "police", "police", "motorbike", 0.3, 2, 6, ("patrol", "investigation")),
    ("CA", "Xe Công an", "police", "police", "car", 1.8, 4, 3, ("patrol", "investigation", "crowd")),
    ("GT", "Mô tô CSGT", "traffic_police", "traffic_police", "motorbike", 0.4, 2, 4, ("traffic",)),
    ("GT", "Xe CSGT", "traffic_police", "traffic_police", "car", 1.9, 3, 2, ("traffic", "investigation")),
    ("DT", "Ca nô Cảnh sát đường thủy", "waterway_police", "waterway_police", "boat", 2.0, 3, 3, ("water", "rescue")),
    ("CC", "Xe chữa cháy", "fire", "fire", "truck", 12.0, 6, 3, ("fire", "rescue")),
    ("CC", "Xe cứu nạn cứu hộ", "fire", "fire", "truck", 7.5, 5, 1, ("rescue", "heavy_rescue")),
    ("CC", "Xe máy chữa cháy hẻm", "fire", "fire", "motorbike", 0.4, 2, 2, ("fire",)),
    ("CC", "Tàu chữa cháy", "fire", "fire", "boat", 6.0, 5, 1, ("fire", "water", "rescue")),
    ("CU", "Xe cứu thương", "ambulance", "ambulance", "car", 2.6, 3, 4, ("medical", "first_aid")),
    ("CU", "Xuồng cứu thương", "ambulance", "ambulance", "boat", 1.5, 3, 1, ("medical", "water")),
    ("CTD", "Hội Chữ thập đỏ", "red_cross", "red_cross", "motorbike", 0.3, 2, 2, ("first_aid",)),
    ("TT", "Tổ trật tự đô thị", "urban_order", "urban_order", "motorbike", 0.3, 2, 3, ("order",)),
    ("TT", "Xe tải trật tự đô thị", "urban_order", "urban_order", "truck", 3.5, 4, 1, ("order", "haul")),
    ("NB", "Tổ công tác phường Ngã Bảy", "ward", "ward_nga_bay", "motorbike", 0.3, 2, 3, ("order", "first_aid")),
    ("DTH", "Tổ công tác phường Đại Thành", "ward", "ward_dai_thanh", "motorbike", 0.3, 2, 3, ("order", "first_aid")),
    ("CTR", "Xe công trình đô thị", "works", "public_works", "truck", 5.0, 3, 3, ("lights", "roads", "drains", "trees")),
    ("DL", "Xe sửa chữa điện lực", "power", "power", "truck", 5.5, 3, 2, ("power",)),
    ("DL", "Tổ trực điện lực", "power", "power", "motorbike", 0.3, 2, 1, ("power",)),
    ("CN", "Tổ cấp thoát nước", "water", "water", "motorbike", 0.3, 2, 1, ("water_supply", "drains")),
)  # fmt: skip
OWN_SOURCE = "demo"
OFF_DUTY, OUT_OF_SERVICE, STALE, LOST = 5, 1, 6, 3
FIELD_UNITS = {"field1": "AN-01", "field2": "DQ-01"}


def call_up(
    *, stations: list[Place], streets: list[Street], canals: list[Canal], agencies: dict[str, Agency], people: dict[str, User], until: datetime, seed: int
) -> list[Responder]:
    """The units as rows that are not saved yet: cases still send some of them."""
    chance = lines.generator(seed, "units")
    found: list[Responder] = []
    numbers: dict[str, int] = {}
    for prefix, name, kind, agency, mode, weight_t, crew, many, skills in FLEET:
        for _ in range(many):
            numbers[prefix] = numbers.get(prefix, 0) + 1
            home = _home(stations, agency, chance)
            found.append(
                Responder(
                    pk=len(found) + 1,
                    code=f"{prefix}-{numbers[prefix]:02d}",
                    name=f"{name} {numbers[prefix]}",
                    kind=kind,
                    agency=agencies[agency],
                    authority="directed" if agencies[agency].directs_units else "requested",
                    mode=mode,
                    weight_t=weight_t,
                    crew=crew,
                    skills=list(skills),
                    phone=f"0900 000 {100 + len(found)}",
                    # a tracker's name is its key: never drawn from the seed
                    device_id=secrets.token_urlsafe(12),
                    geom=as_field(_somewhere(mode, home, streets, canals, chance)),
                )
            )
    by_code = {unit.code: unit for unit in found}
    for login, code in FIELD_UNITS.items():
        by_code[code].user = people[login]
    _give_duty(found, until, chance)
    return found


def _home(stations: list[Place], agency: str, chance: np.random.Generator) -> Point:
    own = [station.point for station in stations if station.agency == agency] or [stations[0].point]
    return own[int(chance.integers(len(own)))]


def _somewhere(mode: str, home: Point, streets: list[Street], canals: list[Canal], chance: np.random.Generator) -> Point:
    """On the unit's own network, at most some two kilometres from home: boats on water, the rest on a street."""
    ways = [canal.line for canal in canals if canal.navigable] if mode == "boat" else [street.line for street in streets if street.road_class != "path"]
    near_m = {"foot": 350, "boat": 2_500}.get(mode, 1_900)
    near = [way for way in ways if way.distance(home) < near_m] or [min(ways, key=home.distance)]
    lengths = np.array([way.length for way in near])
    way = near[int(chance.choice(len(near), p=lengths / lengths.sum()))]
    point = way.interpolate(float(chance.uniform(0.1, 0.9)), normalized=True)
    return Point(round(point.x, lines.DIGITS), round(point.y, lines.DIGITS))


def _give_duty(units: list[Responder], until: datetime, chance: np.random.Generator) -> None:
    """Who is on duty and how old each position is: most within two minutes, some older, a few lost."""
    free = [number for number, unit in enumerate(units) if unit.user is None]
    order = chance.permutation(free)
    off, out = set(order[:OFF_DUTY].tolist()), set(order[OFF_DUTY : OFF_DUTY + OUT_OF_SERVICE].tolist())
    silent = order[OFF_DUTY + OUT_OF_SERVICE :]
    stale, lost = set(silent[:STALE].tolist()), set(silent[STALE : STALE + LOST].tolist())
    for number, unit in enumerate(units):
        unit.duty = "off_duty" if number in off else "out_of_service" if number in out else "on_duty"
        age_s = chance.uniform(2, 75)
        if number in stale:
            age_s = chance.uniform(200, 1_300)
        if number in lost or number in off or number in out:
            age_s = chance.uniform(2_400, 30_000)
        unit.position_at = datetime.fromtimestamp(until.timestamp() - age_s, tz=until.tzinfo)
        unit.position_accuracy_m = round(float(chance.uniform(3, 18)), 1)
        # Those that are heard of at all go on being heard of: geo.config.demo.living speaks for them until a device does.
        unit.position_source = "field" if unit.user else OWN_SOURCE if age_s < 120 else "osmand"
        unit.speed_kmh = round(float(chance.uniform(5, 32)), 1) if age_s < 120 and chance.random() < 0.45 else 0.0
        unit.heading_deg = round(float(chance.uniform(0, 360)), 0)


def positions(units: list[Responder]) -> dict[str, list[object] | np.ndarray]:
    """The newest position of each unit as a row of its own: the present is a pointer to the newest fact."""
    return {
        "responder": [unit.pk for unit in units],
        "at": [unit.position_at.isoformat() for unit in units],
        "received_at": [unit.position_at.isoformat() for unit in units],
        "accuracy_m": [unit.position_accuracy_m for unit in units],
        "speed_kmh": [unit.speed_kmh for unit in units],
        "heading_deg": [unit.heading_deg for unit in units],
        "source": [unit.position_source for unit in units],
        "geom": list(shapely.points([(unit.geom.x, unit.geom.y) for unit in units])),
    }


def columns(units: list[Responder]) -> dict[str, list[object]]:
    """The units as rows."""
    names = ("code", "name", "kind", "authority", "mode", "weight_t", "crew", "skills", "phone", "device_id", "duty", "position_accuracy_m", "position_source")
    plain = {name: [getattr(unit, name) for unit in units] for name in (*names, "speed_kmh", "heading_deg")}
    return {
        **plain,
        "geom": list(shapely.points([(unit.geom.x, unit.geom.y) for unit in units])),
        "agency": [unit.agency_id for unit in units],
        "user": [unit.user_id for unit in units],
        "position_at": [unit.position_at.isoformat() for unit in units],
    }
