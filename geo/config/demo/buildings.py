"""Houses: on each parcel that people live or work on, facing its nearest street, wholly inside its parcel, never one over another."""

from dataclasses import dataclass

import numpy as np
import shapely

from geo.config.demo import lines
from geo.config.demo.parcels import Land
from geo.config.demo.street import Street

FRONT_M = 1.2  # from the parcel's edge to the house
BESIDE_M = 0.4
AIR_M = 0.1
MOST_IN_A_ROW = 6
ROOM_M2 = 190.0  # a large parcel in town holds a house for each so much ground
SMALLEST_M2 = 18.0
# use of the land: use of the house, width and depth in metres from and to, storeys from and to
HOUSES: dict[str, tuple[str, tuple[float, float], tuple[float, float], tuple[int, int]]] = {
    "ODT": ("residential", (4.6, 7.5), (11, 19), (1, 4)),
    "ONT": ("residential", (6.0, 10.0), (9, 15), (1, 2)),
    "TMD": ("commercial", (7.0, 14.0), (14, 26), (1, 4)),
    "SKC": ("industrial", (12.0, 22.0), (18, 36), (1, 1)),
    "TSC": ("public", (14.0, 24.0), (10, 15), (2, 4)),
    "DGD": ("school", (18.0, 32.0), (8, 11), (1, 3)),
}


@dataclass(frozen=True)
class Houses:
    """Footprints, column by column, with the parcel that each stands on."""

    shapes: np.ndarray
    parcel: np.ndarray
    use: np.ndarray
    storeys: np.ndarray
    height_m: np.ndarray
    address: np.ndarray


def raise_(land: Land, use: np.ndarray, streets: list[Street], seed: int) -> Houses:
    """Houses for every parcel whose use calls for one; where none fits, the parcel stays open."""
    chance = lines.generator(seed, "houses")
    lived = np.flatnonzero(np.isin(use, list(HOUSES)))
    shapes, uses = land.shapes[lived], use[lived]
    nearest = _nearest_streets(shapes, streets)
    front, inward = _fronts(shapes, np.array([street.line for street in streets], dtype=object)[nearest])
    room = np.where(np.isin(uses, ("ODT", "TMD")), shapely.area(shapes) / ROOM_M2, 1)
    many = np.clip(np.round(room), 1, MOST_IN_A_ROW).astype(int)
    size = np.array([[HOUSES[name][1][0], HOUSES[name][1][1], HOUSES[name][2][0], HOUSES[name][2][1]] for name in uses]).reshape(-1, 4)
    width, depth = chance.uniform(size[:, 0], size[:, 1]), chance.uniform(size[:, 2], size[:, 3])
    found, stood_on = [], []
    for place in range(MOST_IN_A_ROW):
        mine = many > place
        shift = (place - (many - 1) / 2) * (width + 2 * BESIDE_M)
        squeezed = np.minimum(depth, np.sqrt(shapely.area(shapes)) * 0.9)
        boxes = _boxes(front, inward, shift, width, squeezed)
        stands = mine & _fits(shapes, front, inward, shift, width, squeezed)
        # what does not fit whole fits smaller
        smaller = _boxes(front, inward, shift * 0.8, width * 0.62, squeezed * 0.6)
        second = mine & ~stands & _fits(shapes, front, inward, shift * 0.8, width * 0.62, squeezed * 0.6)
        for boxes_, which in ((boxes, stands), (smaller, second)):
            found.append(boxes_[which])
            stood_on.append(np.flatnonzero(which))
    footprints, parcel = shapely.transform(np.concatenate(found), lambda xy: np.round(xy, lines.DIGITS)), np.concatenate(stood_on)
    keep = _apart(footprints, parcel) & (shapely.area(footprints) > SMALLEST_M2)
    footprints, parcel = footprints[keep], parcel[keep]
    order = np.argsort(parcel, kind="stable")
    footprints, parcel = footprints[order], parcel[order]
    storeys = np.array([chance.integers(HOUSES[name][3][0], HOUSES[name][3][1] + 1) for name in uses[parcel]], dtype=int)
    names = np.array([street.name for street in streets], dtype=object)[nearest[parcel]]
    numbers = chance.integers(1, 480, len(parcel))
    return Houses(
        shapes=footprints,
        parcel=lived[parcel],
        use=np.array([HOUSES[name][0] for name in uses[parcel]]),
        storeys=storeys,
        height_m=np.round(storeys * 3.4 + chance.uniform(0.4, 1.6, len(storeys)), 1),
        address=np.array([f"{number} {name}" if name else "" for number, name in zip(numbers, names, strict=True)], dtype=object),
    )


def _nearest_streets(shapes: np.ndarray, streets: list[Street]) -> np.ndarray:
    tree = shapely.STRtree([street.line for street in streets])
    return tree.query_nearest(shapes, all_matches=False)[1]


def _fronts(shapes: np.ndarray, street: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The middle of each parcel's side to the street, and the direction from there into the parcel."""
    middle = shapely.get_coordinates(shapely.centroid(shapes))
    at_street = shapely.get_coordinates(shapely.line_interpolate_point(street, shapely.line_locate_point(street, shapely.points(middle))))
    inward = middle - at_street
    inward /= np.maximum(np.hypot(*inward.T), 1e-9)[:, None]
    sight = shapely.intersection(shapely.linestrings(np.stack([at_street, middle], axis=1)), shapes)
    gap = shapely.distance(shapely.points(at_street), sight)
    gap = np.where(np.isnan(gap), 0, gap)
    return at_street + inward * (gap + FRONT_M)[:, None], inward


def _boxes(front: np.ndarray, inward: np.ndarray, shift: np.ndarray, width: np.ndarray, depth: np.ndarray) -> np.ndarray:
    side = np.column_stack([-inward[:, 1], inward[:, 0]])
    start = front + side * shift[:, None]
    half = side * (width / 2)[:, None]
    back = inward * depth[:, None]
    return shapely.polygons(np.stack([start - half, start + half, start + half + back, start - half + back], axis=1))


def _fits(shapes: np.ndarray, front: np.ndarray, inward: np.ndarray, shift: np.ndarray, width: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """Whether the house and a little air around it lie inside the parcel."""
    return shapely.contains_properly(shapes, _boxes(front - inward * AIR_M, inward, shift, width + 2 * AIR_M, depth + 2 * AIR_M))


def _apart(footprints: np.ndarray, parcel: np.ndarray) -> np.ndarray:
    """Which houses to keep so that no two of a parcel touch; parcels never share ground, so only their own can."""
    one, other = shapely.STRtree(footprints).query(footprints, predicate="intersects")
    clash = (one > other) & (parcel[one] == parcel[other])
    keep = np.ones(len(footprints), dtype=bool)
    keep[one[clash]] = False
    return keep
