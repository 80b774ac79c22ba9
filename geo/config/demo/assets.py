"""What lines the streets: lights by the number on the pole, hydrants and water intakes, drains."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import shapely

from geo.config.demo import lines
from geo.config.demo.ground import Ground
from geo.config.demo.rows import Column
from geo.config.demo.street import Street
from geo.config.demo.town import reach

LIGHT_EVERY_M = {"trunk": 32.0, "primary": 30.0, "secondary": 33.0, "tertiary": 45.0, "residential": 38.0, "alley": 48.0}
LIT_IN_THE_COUNTRY = {"trunk", "primary", "secondary"}
HYDRANT_EVERY_M = 150.0
CONDITION_SHARES = (0.03, 0.09, 0.28, 0.42, 0.18)
POWER_W = {"trunk": 150.0, "primary": 120.0, "secondary": 100.0}


@dataclass(frozen=True)
class Assets:
    """Points and lines with their columns, ready to be rows."""

    lights: dict[str, Column]
    hydrants: dict[str, Column]
    drains: dict[str, Column]


def place(ground: Ground, streets: list[Street], agencies: dict[str, int], until: date, seed: int) -> Assets:
    """Lights and hydrants beside the streets, drains under those of the town."""
    chance = lines.generator(seed, "assets")
    town = reach(ground)
    shapely.prepare(town)
    paved = [street for street in streets if street.road_class != "path" and not street.bridge and ground.outline.contains(street.line)]
    in_town = shapely.contains(town, shapely.line_interpolate_point([street.line for street in paved], 0.5, normalized=True))
    urban = [street for street, inside in zip(paved, in_town, strict=True) if inside]
    return Assets(
        lights=_lights(paved, in_town, agencies, until, chance),
        hydrants=_hydrants(urban, [street for street in streets if street.road_class == "path"], agencies, chance),
        drains=_drains([street for street in urban if street.road_class != "alley"], agencies, chance),
    )


def _common(prefix: str, n: int, agency: int | None, chance: np.random.Generator) -> dict[str, Column]:
    return {
        "asset_code": [f"{prefix}-{number:05d}" for number in range(1, n + 1)],
        "condition": 1 + chance.choice(5, n, p=CONDITION_SHARES),
        "lifecycle": chance.choice(["active", "temporarily_inactive", "inactive"], n, p=[0.96, 0.03, 0.01]),
        "agency": [agency] * n,
        "owner": [agency] * n,
    }


def _beside(street: Street, every_m: float, off_m: float, both_sides: bool) -> np.ndarray:
    """Points at even distances beside a street, on one side or on alternate ones."""
    along = np.arange(every_m / 2, street.line.length, every_m)
    here = shapely.get_coordinates(shapely.line_interpolate_point(street.line, along))
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(street.line, np.minimum(along + 1, street.line.length)))
    behind = shapely.get_coordinates(shapely.line_interpolate_point(street.line, np.maximum(along - 1, 0)))
    heading = ahead - behind
    normal = np.column_stack([-heading[:, 1], heading[:, 0]]) / np.maximum(np.hypot(*heading.T), 1e-9)[:, None]
    side = np.where((np.arange(len(along)) % 2 == 0) | (not both_sides), 1.0, -1.0)
    return here + normal * (off_m * side)[:, None]


def _lights(paved: list[Street], in_town: np.ndarray, agencies: dict[str, int], until: date, chance: np.random.Generator) -> dict[str, Column]:
    points, power = [], []
    for street, inside in zip(paved, in_town, strict=True):
        if inside or street.road_class in LIT_IN_THE_COUNTRY:
            fresh = _beside(street, LIGHT_EVERY_M[street.road_class], street.width_m / 2 + 0.6, street.width_m >= 9)
            points.append(fresh)
            power += [POWER_W.get(street.road_class, 60.0)] * len(fresh)
    places = np.round(np.vstack(points), lines.DIGITS)
    n = len(places)
    ages = chance.integers(60, 4_000, n)
    return {
        **_common("DEN", n, agencies.get("public_works"), chance),
        "lamp": np.where(ages < 2_300, "LED", "Sodium"),
        "power_w": np.array(power),
        "installed_on": [(until - timedelta(days=int(age))).isoformat() for age in ages],
        "geom": list(shapely.points(places)),
    }


def _hydrants(urban: list[Street], landings: list[Street], agencies: dict[str, int], chance: np.random.Generator) -> dict[str, Column]:
    pillars = [_beside(street, HYDRANT_EVERY_M, street.width_m / 2 + 0.9, False) for street in urban if street.road_class != "alley"]
    intakes = np.array([street.line.coords[0] for street in landings]).reshape(-1, 2)
    places = np.round(np.vstack([*pillars, intakes]), lines.DIGITS)
    kinds = ["pillar"] * (len(places) - len(intakes)) + ["intake"] * len(intakes)
    return {
        **_common("TRU", len(places), agencies.get("water"), chance),
        "kind": kinds,
        "flow_lps": [round(float(chance.uniform(8, 22)), 1) if kind == "pillar" else 30.0 for kind in kinds],
        "geom": list(shapely.points(places)),
    }


def _drains(urban: list[Street], agencies: dict[str, int], chance: np.random.Generator) -> dict[str, Column]:
    # under the kerb, not under the middle of the street
    shapes = [lines.on_grid(street.line.offset_curve(street.width_m / 2 - 0.7)) for street in urban]
    kept = [(street, shape) for street, shape in zip(urban, shapes, strict=True) if shape.geom_type == "LineString" and shape.length > 2]
    kinds = ["box" if street.road_class in ("trunk", "primary") else "pipe" if chance.random() < 0.8 else "open" for street, _ in kept]
    return {
        **_common("CONG", len(kept), agencies.get("public_works"), chance),
        "kind": kinds,
        "diameter_mm": [int(chance.choice([400, 600, 800, 1_000])) if kind == "pipe" else None for kind in kinds],
        "geom": [shape for _, shape in kept],
    }
