"""Land: blocks between streets and water, cut into parcels that share their corners, and houses on them.

A block is cut by lines; all lines of a block are then joined with its outline and the faces are the parcels, so that neighbours
share every vertex and nothing is left between them.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from shapely import Polygon

from geo.config.demo import lines
from geo.config.demo.canals import Canal, water
from geo.config.demo.ground import Ground
from geo.config.demo.places import Place
from geo.config.demo.street import Street
from geo.config.demo.town import reach

VERGE_M = 1.5  # between a street's edge and the first parcel
BANK_M = 2.0
HOMESTEAD_M = 55.0  # so deep is the strip of homesteads along a road in the country
SMALLEST_M2 = 40.0
SLIVERS_M2 = (5.0, 0.5, 0.05)  # what is left among other small ones
MOST_CUTS = 40
ROW_M = 62.0  # a piece no deeper than this is one row of houses: cut across only
NARROWEST_M = 4.5
LARGEST_PUBLIC_M2 = 15_000.0


# What parcels of each kind would measure, and how much of a city of fewer or more parcels they give way.
TYPICAL_M2 = {"town": 150.0, "homestead": 900.0, "field": 6_500.0}
GIVES_WAY = {"town": 0.8, "homestead": 1.0, "field": 1.0}  # when there are fewer
GIVES_WAY_TO_MORE = {"town": 0.3, "homestead": 0.65, "field": 1.0}
KINDS = tuple(TYPICAL_M2)


@dataclass(frozen=True)
class Land:
    """Parcels column by column: shape, block, kind of ground, the old unit that the register filed it under."""

    shapes: np.ndarray
    block: np.ndarray
    kind: np.ndarray
    unit: np.ndarray

    def __len__(self) -> int:
        return len(self.shapes)


def blocks(ground: Ground, streets: list[Street], canals: list[Canal]) -> tuple[np.ndarray, np.ndarray]:
    """The ground that neither street nor water takes, unit by unit of the time before the reform; and each block's unit."""
    paved = [street.line.buffer(street.width_m / 2 + VERGE_M, cap_style="flat", join_style="mitre", mitre_limit=2) for street in streets]
    taken = shapely.union_all([*paved, water(canals, BANK_M)], grid_size=lines.GRID_M)
    dry = ground.outline.difference(taken, grid_size=lines.GRID_M)
    shapes, unit = [], []
    for number, old in enumerate(ground.old):
        parts = shapely.get_parts(shapely.intersection(dry, old.shape, grid_size=lines.GRID_M))
        parts = shapely.simplify(parts[shapely.area(parts) > 250], 0.2)
        shapes.append(parts[shapely.area(parts) > 250])
        unit += [number] * len(shapes[-1])
    return np.concatenate(shapes), np.array(unit)


def divide(ground: Ground, streets: list[Street], canals: list[Canal], *, wanted: int, seed: int) -> Land:
    """About so many parcels. Few are large, many are small; the town gives way least."""
    chance = lines.generator(seed, "parcels")
    shapes, unit = blocks(ground, streets, canals)
    pieces, block, kind = _pieces(ground, shapes, streets)
    target = _targets(pieces, kind, wanted)
    cuts, cut_block = _cut(pieces, block, kind, target, chance)
    return _faces(shapes, unit, pieces, block, kind, cuts, cut_block, min(SMALLEST_M2, float(target.min()) / 3))


def _pieces(ground: Ground, shapes: np.ndarray, streets: list[Street]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Blocks of the town whole; those of the country in a strip of homesteads along the road, and the fields behind it."""
    town = reach(ground)
    shapely.prepare(town)
    in_town = shapely.contains(town, shapely.centroid(shapes))
    lanes = shapely.union_all([street.line.buffer(HOMESTEAD_M + street.width_m / 2, quad_segs=2) for street in streets if street.road_class != "path"])
    rural = np.flatnonzero(~in_town)
    strips = shapely.intersection(shapes[rural], lanes, grid_size=lines.GRID_M)
    fields = shapely.difference(shapes[rural], lanes, grid_size=lines.GRID_M)
    found, block, kind = [shapes[in_town]], [np.flatnonzero(in_town)], ["town"] * int(in_town.sum())
    for name, group in (("homestead", strips), ("field", fields)):
        parts, index = shapely.get_parts(group, return_index=True)
        keep = (shapely.get_type_id(parts) == 3) & (shapely.area(parts) > SMALLEST_M2)
        found.append(parts[keep])
        block.append(rural[index[keep]])
        kind += [name] * int(keep.sum())
    return np.concatenate(found), np.concatenate(block), np.array(kind)


def _targets(pieces: np.ndarray, kind: np.ndarray, wanted: int) -> np.ndarray:
    """How large the parcels of each piece should be so that all of them make the number wanted."""
    area = shapely.area(pieces)
    typical = np.array([TYPICAL_M2[name] for name in kind])
    to_fewer, to_more = (np.array([gives[name] for name in kind]) for gives in (GIVES_WAY, GIVES_WAY_TO_MORE))
    low, high = 1e-6, 1e4
    for _ in range(70):
        scale = np.sqrt(low * high)
        target = typical * scale ** (to_fewer if scale > 1 else to_more)
        low, high = (scale, high) if np.maximum(1, area / target).sum() > wanted else (low, scale)
    return target


def _cut(pieces: np.ndarray, block: np.ndarray, kind: np.ndarray, target: np.ndarray, chance: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Lines that cut the pieces until each is about as large as it should be, and the block of each line."""
    cuts, cut_block = [], []
    axis = np.full(len(pieces), np.nan)  # the direction of a row, once a piece has become one
    for _ in range(MOST_CUTS):
        big = shapely.area(pieces) > 1.45 * target
        if not big.any():
            break
        pieces, block, kind, target, axis = pieces[big], block[big], kind[big], target[big], axis[big]
        line, left, right, axis = _halved(pieces, kind, target, axis, chance)
        inside = shapely.intersection(pieces, line)
        cuts.append(inside)
        cut_block.append(block)
        halves = [shapely.get_parts(shapely.intersection(pieces, half), return_index=True) for half in (left, right)]
        parts = np.concatenate([half[0] for half in halves])
        index = np.concatenate([half[1] for half in halves])
        keep = shapely.get_type_id(parts) == 3
        pieces, index = parts[keep], index[keep]
        block, kind, target, axis = block[index], kind[index], target[index], axis[index]
    return (np.concatenate(cuts), np.concatenate(cut_block)) if cuts else (np.empty(0, dtype=object), np.empty(0, dtype=int))


def _halved(pieces: np.ndarray, kind: np.ndarray, target: np.ndarray, axis: np.ndarray, chance: np.random.Generator) -> tuple[np.ndarray, ...]:
    """For each piece the line that cuts it, the ground to either side, and the direction of its row."""
    corners = shapely.get_coordinates(shapely.get_exterior_ring(shapely.oriented_envelope(pieces))).reshape(-1, 5, 2)
    sides = np.diff(corners, axis=1)[:, :2]
    length = np.hypot(sides[..., 0], sides[..., 1])
    longer = length.argmax(axis=1)
    rows = np.arange(len(pieces))
    direction = np.arctan2(sides[rows, longer, 1], sides[rows, longer, 0])
    long_m, short_m = length.max(axis=1), length.min(axis=1)
    becomes_row = np.isnan(axis) & (kind != "field") & (short_m <= ROW_M) & (long_m > short_m * 1.2)
    axis = np.where(becomes_row, direction, axis)
    # two rows back to back: cut along, not across
    back_to_back = np.isnan(axis) & (kind != "field") & (short_m > ROW_M) & (short_m < 2.3 * ROW_M) & (long_m < 4 * ROW_M)
    along = np.where(np.isnan(axis), np.where(back_to_back, direction + np.pi / 2, direction), axis)
    # a row too narrow to divide further is divided in its depth
    middle = corners[:, :4].mean(axis=1)
    span_m = _extent(pieces, along)
    narrow = ~np.isnan(axis) & (span_m < 2 * NARROWEST_M)
    along = np.where(narrow, along + np.pi / 2, along)
    many = np.maximum(2, np.round(shapely.area(pieces) / target))
    share = np.where(many % 2 == 0, 0.5, (many // 2) / many) - 0.5 + chance.uniform(-0.05, 0.05, len(pieces)) * (many <= 3)
    step = np.column_stack([np.cos(along), np.sin(along)])
    across = np.column_stack([-step[:, 1], step[:, 0]]) * 4_000
    at = middle + step * (share * np.where(narrow, short_m, span_m))[:, None]
    line = shapely.linestrings(np.stack([at - across, at + across], axis=1))
    far = step * 8_000
    left = shapely.polygons(np.stack([at - across, at + across, at + across - far, at - across - far], axis=1))
    right = shapely.polygons(np.stack([at - across, at + across, at + across + far, at - across + far], axis=1))
    return line, left, right, axis


def _extent(pieces: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """How far each piece reaches in a direction."""
    places, index = shapely.get_coordinates(pieces, return_index=True)
    along = places[:, 0] * np.cos(direction)[index] + places[:, 1] * np.sin(direction)[index]
    starts = np.searchsorted(index, np.arange(len(pieces)))
    return np.maximum.reduceat(along, starts) - np.minimum.reduceat(along, starts)


def _faces(
    shapes: np.ndarray, unit: np.ndarray, pieces: np.ndarray, block: np.ndarray, kind: np.ndarray, cuts: np.ndarray, cut_block: np.ndarray, smallest_m2: float
) -> Land:
    """The parcels: faces of each block's outline, inner borders and cuts, joined on the grid."""
    edges = np.concatenate([shapely.boundary(shapes), shapely.boundary(pieces), cuts])
    owner = np.concatenate([np.arange(len(shapes)), block, cut_block])
    order = np.argsort(owner, kind="stable")
    groups = np.split(edges[order], np.cumsum(np.bincount(owner, minlength=len(shapes)))[:-1])
    found, numbers = [], []
    for number, group in enumerate(groups):
        faces = shapely.get_parts(shapely.polygonize([shapely.union_all(group, grid_size=lines.GRID_M)]))
        shapely.prepare(shapes[number])
        faces = faces[shapely.contains_xy(shapes[number], shapely.get_coordinates(shapely.point_on_surface(faces)))]
        for limit_m2 in (smallest_m2, *SLIVERS_M2):
            faces = _without_slivers(faces, limit_m2)
        found.append(faces)
        numbers += [number] * len(found[-1])
    faces, of_block = np.concatenate(found), np.array(numbers)
    middles = shapely.point_on_surface(faces)
    face, piece = shapely.STRtree(pieces).query(middles, predicate="within")
    kinds = np.full(len(faces), "homestead", dtype=kind.dtype)
    kinds[face] = kind[piece]
    return Land(faces, of_block, kinds, unit[of_block])


def _without_slivers(faces: np.ndarray, smallest_m2: float) -> np.ndarray:
    """Faces too small for a parcel go to the neighbour with the longest common border."""
    small = np.flatnonzero(shapely.area(faces) < smallest_m2)
    if not len(small) or len(small) == len(faces):
        return faces
    one, other = shapely.STRtree(faces).query(faces[small], predicate="touches")
    one = small[one]
    large = ~np.isin(other, small)
    one, other = one[large], other[large]
    common_m = shapely.length(shapely.intersection(faces[one], faces[other]))
    order = np.lexsort((-common_m, one))
    one, other, common_m = one[order], other[order], common_m[order]
    first = np.concatenate([[True], one[1:] != one[:-1]]) if len(one) else np.empty(0, dtype=bool)
    gone = []
    for sliver, neighbour in zip(one[first & (common_m > 0)], other[first & (common_m > 0)], strict=True):
        joined = shapely.union_all([faces[neighbour], faces[sliver]])
        if isinstance(joined, Polygon):
            faces[neighbour] = joined
            gone.append(sliver)
    return np.delete(faces, gone)


def land_uses(ground: Ground, land: Land, public: list[Place], seed: int) -> np.ndarray:
    """What the land is used for: houses in town, homesteads along roads, rice and orchards in patches; public ground round its places."""
    chance = lines.generator(seed, "land use")
    middles = shapely.get_coordinates(shapely.centroid(land.shapes)) - ground.junction
    # patches a kilometre across, not a checkerboard
    patch = sum(
        np.sin(middles[:, 0] / chance.uniform(380, 900) + chance.uniform(0, 6)) * np.sin(middles[:, 1] / chance.uniform(380, 900) + chance.uniform(0, 6))
        for _ in range(4)
    )
    patch = patch + chance.normal(0, 0.35, len(land))
    draw = chance.random(len(land))
    fields = np.select([patch > 1.9, patch > 0.1, patch > -1.8], ["NTS", "CLN", "LUC"], "HNK")
    homes = np.where(draw < 0.72, "ONT", "CLN")
    town = np.select([draw < 0.05, draw < 0.075, draw < 0.16], ["TMD", "SKC", "CLN"], "ODT")
    found = np.select([land.kind == "town", land.kind == "homestead"], [town, homes], fields)
    public_use = {
        "market": "TMD",
        "school": "DGD",
        "ward_office": "TSC",
        "hospital": "TSC",
        "clinic": "TSC",
        "industry": "SKC",
        "bus_station": "DGT",
        "utility": "DTL",
        "culture": "TSC",
    }
    place, parcel = shapely.STRtree(land.shapes).query(np.array([place.point for place in public], dtype=object), predicate="intersects")
    for one, other in zip(place, parcel, strict=True):
        if shapely.area(land.shapes[other]) > LARGEST_PUBLIC_M2:
            continue  # an office in a rice field does not make the field an office
        found[other] = public_use.get(public[one].kind, found[other])
    return found
