"""Where things happen: points along streets, canals, banks, at markets and schools, each with the ward, street and landmark it lies by."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely

from geo.config.demo import lines
from geo.config.demo.canals import Canal
from geo.config.demo.ground import REFORM, Ground, Unit
from geo.config.demo.places import Place
from geo.config.demo.rhythms import offset_s
from geo.config.demo.street import Street
from geo.config.demo.town import reach

ROAD_REACH_M = 80.0
LANDMARK_REACH_M = 140.0
CLASS_WEIGHT = {"trunk": 5.0, "primary": 3.0, "secondary": 2.2, "tertiary": 1.2, "residential": 1.0, "alley": 0.6, "path": 0.0}
TOWN_WEIGHT = 5.5  # people live in the town


@dataclass(frozen=True)
class Scenes:
    """The lines and places that cases happen at."""

    ground: Ground
    streets: list[Street]
    canals: list[Canal]
    places: list[Place]

    def draw(self, where: str, n: int, chance: np.random.Generator) -> np.ndarray:
        """`n` points of one kind, as (n, 2), every one of them inside the city."""
        found = np.empty((0, 2))
        shapely.prepare(self.ground.outline)
        while len(found) < n:
            more = WHERE[where](self, int((n - len(found)) * 1.15) + 8, chance)
            found = np.vstack([found, more[shapely.contains_xy(self.ground.outline, more[:, 0], more[:, 1])]])
        return np.round(found[:n], lines.DIGITS)

    def street_weights(self, boost: dict[str, float]) -> np.ndarray:
        town = reach(self.ground)
        shapely.prepare(town)
        in_town = shapely.contains(town, shapely.line_interpolate_point([street.line for street in self.streets], 0.5, normalized=True))
        weights = np.array([CLASS_WEIGHT[street.road_class] * boost.get(street.road_class, 1.0) * street.line.length for street in self.streets])
        return weights * np.where(in_town, TOWN_WEIGHT, 1.0)


# So many points of one kind.
Draw = Callable[[Scenes, int, np.random.Generator], np.ndarray]


def _beside(ways: list[shapely.LineString], weights: np.ndarray, n: int, off_m: tuple[float, float], chance: np.random.Generator) -> np.ndarray:
    """Points so far off to either side of ways that are drawn by weight."""
    picked = np.array(ways, dtype=object)[chance.choice(len(ways), n, p=weights / weights.sum())]
    along = chance.random(n)
    here = shapely.get_coordinates(shapely.line_interpolate_point(picked, along, normalized=True))
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(picked, np.where(along < 0.5, along + 0.02, along - 0.02), normalized=True))
    heading = ahead - here
    normal = np.column_stack([-heading[:, 1], heading[:, 0]]) / np.maximum(np.hypot(*heading.T), 1e-9)[:, None]
    return here + normal * (chance.uniform(*off_m, n) * chance.choice([-1, 1], n))[:, None]


def _streets(scenes: Scenes, n: int, chance: np.random.Generator) -> np.ndarray:
    return _beside([street.line for street in scenes.streets], scenes.street_weights({}), n, (0, 7), chance)


def _homes(scenes: Scenes, n: int, chance: np.random.Generator) -> np.ndarray:
    return _beside([street.line for street in scenes.streets], scenes.street_weights({"trunk": 0.3, "alley": 2.0}), n, (9, 32), chance)


def _trunk(scenes: Scenes, n: int, chance: np.random.Generator) -> np.ndarray:
    """Mostly the great streets, and there mostly their junctions and bridge ramps."""
    plain = _beside([street.line for street in scenes.streets], scenes.street_weights({"trunk": 4.0, "primary": 2.0, "alley": 0.2}), n, (0, 5), chance)
    great = [street for street in scenes.streets if street.road_class in ("trunk", "primary")]
    corners = np.unique(lines.ends([street.line for street in great]).reshape(-1, 2), axis=0)
    # a few corners are worse than the others, year after year
    bad = corners[np.argsort(np.hypot(*(corners - scenes.ground.junction).T))][:26]
    at_corner = bad[chance.choice(len(bad), n, p=_falling(len(bad)))] + chance.normal(0, 22, (n, 2))
    return np.where((chance.random(n) < 0.42)[:, None], at_corner, plain)


def _falling(n: int) -> np.ndarray:
    weights = 1 / np.arange(1, n + 1) ** 0.7
    return weights / weights.sum()


def _near(kinds: tuple[str, ...], spread_m: float, share: float, shares: dict[str, float] | None = None) -> Draw:
    def draw(scenes: Scenes, n: int, chance: np.random.Generator) -> np.ndarray:
        own = [place for place in scenes.places if place.kind in kinds]
        weights = np.array([(shares or {}).get(place.name, 1.0) for place in own])
        spots = shapely.get_coordinates([place.point for place in own])[chance.choice(len(own), n, p=weights / weights.sum())]
        return np.where((chance.random(n) < share)[:, None], spots + chance.normal(0, spread_m, (n, 2)), _streets(scenes, n, chance))

    return draw


def _canals(scenes: Scenes, n: int, chance: np.random.Generator) -> np.ndarray:
    wide = [canal for canal in scenes.canals if canal.canal_class != "ditch"]
    weights = np.array([canal.line.length * (3.0 if canal.canal_class == "main" else 1.0) for canal in wide])
    return _beside([canal.line for canal in wide], weights, n, (0, 8), chance)


def _banks(scenes: Scenes, n: int, chance: np.random.Generator) -> np.ndarray:
    wide = [canal for canal in scenes.canals if canal.canal_class != "ditch"]
    weights = np.array([canal.line.length * (2.5 if canal.canal_class == "main" else 1.0) for canal in wide])
    widths = np.array([canal.width_m for canal in wide])
    return _beside([canal.line for canal in wide], weights, n, (float(widths.mean()) / 2, float(widths.max()) / 2 + 8), chance)


def _low(scenes: Scenes, n: int, chance: np.random.Generator) -> np.ndarray:
    """Quays and streets of the town that lie low, near the junction of the canals."""
    near = [street for street in scenes.streets if street.line.distance(shapely.Point(scenes.ground.junction)) < 1_300]
    weights = np.array([street.line.length / (250 + street.line.distance(shapely.Point(scenes.ground.junction))) for street in near])
    return _beside([street.line for street in near], weights, n, (0, 10), chance)


WHERE: dict[str, Draw] = {
    "streets": _streets,
    "homes": _homes,
    "trunk": _trunk,
    "market": _near(("market", "bus_station"), 130, 0.62, {"Chợ Ngã Bảy": 7.0, "Trung tâm thương mại Ngã Bảy": 2.5, "Bến xe Ngã Bảy": 2.0}),
    "schools": _near(("school",), 45, 0.92),
    "offices": _near(("ward_office",), 40, 0.9),
    "canals": _canals,
    "banks": _banks,
    "low": _low,
}


def units_at(ground: Ground, points: np.ndarray, at_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Code and name of the unit that each point lay in at its time."""
    codes, names = np.full(len(points), "", dtype=object), np.full(len(points), "", dtype=object)
    before = at_s < np.datetime64(REFORM, "s").astype(np.int64) - offset_s()
    for units, when in ((ground.old, before), (ground.new, ~before)):
        for unit in units:
            hit = when & _inside(unit, points)
            codes[hit], names[hit] = unit.code, unit.name
    return codes, names


def _inside(unit: Unit, points: np.ndarray) -> np.ndarray:
    shapely.prepare(unit.shape)
    return shapely.intersects_xy(unit.shape, points[:, 0], points[:, 1])


def road_names(streets: list[Street], points: np.ndarray) -> np.ndarray:
    """The name of the nearest street within reach, else an empty one."""
    named = [street for street in streets if street.name and street.road_class != "path"]
    tree = shapely.STRtree([street.line for street in named])
    pairs = tree.query_nearest(shapely.points(points), max_distance=ROAD_REACH_M, all_matches=False)
    found = np.full(len(points), "", dtype=object)
    found[pairs[0]] = np.array([street.name for street in named], dtype=object)[pairs[1]]
    return found


def place_names(places: list[Place], road_name: np.ndarray, points: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    """How a person would say where it is: the landmark, else the street with a house number."""
    pairs = shapely.STRtree([place.point for place in places]).query_nearest(shapely.points(points), max_distance=LANDMARK_REACH_M, all_matches=False)
    numbers = chance.integers(1, 420, len(points))
    found = np.array([f"{number} {road}" if road else "" for number, road in zip(numbers, road_name, strict=True)], dtype=object)
    found[pairs[0]] = np.array([f"gần {place.name}" for place in places], dtype=object)[pairs[1]]
    return found
