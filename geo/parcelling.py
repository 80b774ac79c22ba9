"""Parcels as shapes in city metres: divided by a line or into areas, merged, given a new common boundary; areas are kept to the square centimetre.

It refuses what a surveyor would: a cut that ends inside, one that divides nothing, parcels that only meet at a corner, a part in two pieces.
What it makes shares its vertices exactly, and it names the vertices that it has put on the outline, so that a neighbour can be given them.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import shapely
from scipy.optimize import brentq
from shapely import LineString, MultiPoint, Point, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import linemerge, substring

from geo.crs import to_lonlat
from geo.errors import define

Place = tuple[float, float]

SNAP_M = 0.002  # a vertex of a cut so near to a corner is that corner: what comes in as degrees has lost the last half millimetre
REACH_M = 0.05  # a cut that ends so near to the outline was meant to end on it; neighbours so near to each other were meant to touch
SHARED_AT_LEAST_M = 0.3  # less of a common edge is a corner
SMALLEST_M2 = 0.1  # a smaller part is a slip of the hand along the outline
ON_LINE_M = 1e-6
OFFSET_WITHIN_M = 1e-9
MOST_PARTS = 200
# A zigzag over a comb crosses it as often as both have edges: more than these is no line that somebody drew, and would hold a worker for minutes.
MOST_CROSSINGS = 200_000
MOST_MERGED_VERTICES = 20_000

CUT_MISSES = define("cut_misses", 422, "Đường chia không chia thửa", "The line does not divide the parcel")
CUT_ENDS_INSIDE = define("cut_ends_inside", 422, "Đường chia kết thúc bên trong thửa", "The line ends inside the parcel")
CUT_TOO_CLOSE = define("cut_too_close", 422, "Đường chia quá sát ranh thửa", "The line runs too close to the outline")
NOT_NEIGHBOURS = define("not_neighbours", 422, "Các thửa không có chung cạnh", "The parcels do not share an edge")
NOT_ONE_PIECE = define("not_one_piece", 422, "Kết quả không phải là một mảnh liền", "The result is not in one piece")
BAD_DIVISION = define("bad_division", 422, "Không chia được như yêu cầu", "It cannot be divided so")


@dataclass(frozen=True)
class Division:
    """What a parcel was divided into, and the vertices that its outline has got by it."""

    parts: tuple[Polygon, ...]
    vertices: tuple[Place, ...]


@dataclass(frozen=True)
class Merged:
    """Several parcels as one. closed_m2: how much ground between them it has taken (negative: how much they overlapped)."""

    shape: Polygon
    closed_m2: float


def split(*, parcel: Polygon, line: LineString) -> Division:
    """The parts on either side of a line that may cross the parcel several times, the largest first.

    Raises CUT_ENDS_INSIDE, CUT_MISSES, CUT_TOO_CLOSE.
    """
    reached, cut = _reaching(parcel, line)
    parts = sorted(_faces(reached, [cut]), key=lambda part: (-round(part.area, 3), part.bounds))
    _check_parts(parts)
    return Division(tuple(parts), _made_on_outline(parcel, parts))


def merge(*, parcels: Sequence[Polygon]) -> Merged:
    """Neighbours as one parcel; slivers of up to REACH_M along their common edges are closed. Raises NOT_NEIGHBOURS, NOT_ONE_PIECE."""
    if len(parcels) < 2:
        raise NOT_NEIGHBOURS("Cần ít nhất hai thửa.", "At least two parcels are needed.")
    if sum(map(shapely.get_num_coordinates, parcels)) > MOST_MERGED_VERTICES:
        raise BAD_DIVISION(f"Các thửa có quá {MOST_MERGED_VERTICES:,} đỉnh.", f"The parcels have more than {MOST_MERGED_VERTICES:,} vertices.")
    _check_connected(parcels)
    joined: BaseGeometry = parcels[0]
    rest = list(parcels[1:])
    while rest:
        follows = next(index for index, one in enumerate(rest) if _shared_length_m(joined, one) >= SHARED_AT_LEAST_M)
        joined = _joined(joined, rest.pop(follows))
    if joined.geom_type != "Polygon" or not joined.is_valid:
        raise NOT_ONE_PIECE("Các thửa không gộp thành một vùng liền.", "The parcels do not make one area.")
    return Merged(joined, joined.area - sum(one.area for one in parcels))


def adjust(*, first: Polygon, second: Polygon, line: LineString) -> tuple[Polygon, Polygon]:
    """Two neighbours with a new boundary between them; together they stay what they were.

    The line runs from outline to outline, or leaves the old boundary and comes back to it. Raises as merge and split do.
    """
    both = merge(parcels=[first, second]).shape
    reached, cut = _reaching(both, _completed(first, second, both, line))
    parts = _faces(reached, [cut])
    if len(parts) != 2:
        raise NOT_ONE_PIECE(
            f"Ranh mới chia hai thửa thành {len(parts)} mảnh.", f"The new boundary makes {len(parts)} pieces of the two parcels.", pieces=len(parts)
        )
    _check_parts(parts)
    own, other = sorted(parts, key=lambda part: -part.intersection(first).area + part.intersection(second).area)
    return own, other


def subdivide(*, parcel: Polygon, bearing_deg: float, parts: int | None = None, area_m2: float | None = None) -> Division:
    """Parts between parallel cuts that run along a bearing, from the left of one who looks along it: equal ones, or of an area and the rest.

    Raises BAD_DIVISION for a number or an area that does not fit, NOT_ONE_PIECE where a part would be of several pieces.
    """
    shares_m2 = _shares(parcel.area, parts, area_m2)
    if shapely.get_num_coordinates(parcel) * 2 * (len(shares_m2) - 1) > MOST_CROSSINGS:
        raise BAD_DIVISION("Ranh thửa có quá nhiều đỉnh.", "The outline has too many vertices for so many parts.")
    along = math.radians(bearing_deg)
    ahead, right = (math.sin(along), math.cos(along)), (math.cos(along), -math.sin(along))
    offsets_m, taken_m2 = [], 0.0
    for share_m2 in shares_m2[:-1]:
        taken_m2 += share_m2
        offsets_m.append(_offset_for(parcel, ahead, right, taken_m2))
    faces = _faces(parcel, [_cut_at(parcel, ahead, right, offset_m) for offset_m in offsets_m])
    strips: list[list[Polygon]] = [[] for _ in shares_m2]
    for face in faces:
        inside = face.representative_point()
        strips[sum(inside.x * right[0] + inside.y * right[1] > offset_m for offset_m in offsets_m)].append(face)
    if any(len(strip) != 1 for strip in strips):
        raise NOT_ONE_PIECE("Theo hướng này có phần bị tách thành nhiều mảnh; chọn hướng khác.", "Along this bearing a part would be of several pieces.")
    made = [strip[0] for strip in strips]
    return Division(tuple(made), _made_on_outline(parcel, made))


def with_vertices(shape: Polygon, places: Iterable[Place], *, within_m: float = REACH_M) -> Polygon:
    """The shape with each place that lies on its outline as a vertex of it; places that are vertices or lie elsewhere change nothing."""
    rings = [shapely.get_coordinates(ring) for ring in (shape.exterior, *shape.interiors)]
    for place in places:
        off_m = [_off_segments_m(ring, place) for ring in rings]
        nearest = min(range(len(rings)), key=lambda number: off_m[number].min())
        ring, segment = rings[nearest], int(off_m[nearest].argmin())
        if off_m[nearest][segment] <= within_m and not (ring == place).all(axis=1).any():
            rings[nearest] = np.insert(ring, segment + 1, place, axis=0)
    return Polygon(rings[0], rings[1:])


def _off_segments_m(ring: np.ndarray, place: Place) -> np.ndarray:
    """How far a place lies from each segment of a ring."""
    starts, along = ring[:-1], np.diff(ring, axis=0)
    share = np.clip(((place - starts) * along).sum(axis=1) / np.maximum((along**2).sum(axis=1), 1e-18), 0, 1)
    return np.hypot(*(starts + along * share[:, None] - place).T)


def off_outline_m(shape: Polygon, place: Place) -> float:
    """How far a place lies from the outline."""
    return float(shape.boundary.distance(Point(place)))


def _reaching(parcel: Polygon, line: LineString) -> tuple[Polygon, LineString]:
    """The line with its vertices on the corners that they were meant for and its ends on the outline, and the outline with those ends."""
    corners = MultiPoint(shapely.get_coordinates(parcel))
    places = [_snapped(place, corners, SNAP_M) for place in line.coords]
    ends = {} if places[0] == places[-1] else {end: _on_outline(parcel, corners, places[end]) for end in (0, -1)}
    for end, place in ends.items():
        places[end] = place
    return with_vertices(parcel, [place for place in ends.values() if off_outline_m(parcel, place) <= ON_LINE_M], within_m=ON_LINE_M), LineString(places)


def _snapped(place: Place, corners: MultiPoint, within_m: float) -> Place:
    near = shapely.shortest_line(Point(place), corners)
    return tuple(near.coords[1]) if near.length <= within_m else place


def _on_outline(parcel: Polygon, corners: MultiPoint, place: Place) -> Place:
    way = shapely.shortest_line(Point(place), parcel.boundary)
    return _snapped(tuple(way.coords[1]), corners, SNAP_M) if way.length <= REACH_M else place


def _faces(parcel: Polygon, cuts: Sequence[LineString]) -> list[Polygon]:
    """The pieces that cuts make of a parcel. Raises CUT_ENDS_INSIDE, CUT_MISSES, BAD_DIVISION."""
    if shapely.get_num_coordinates(parcel) * sum(map(shapely.get_num_coordinates, cuts)) > MOST_CROSSINGS:
        raise BAD_DIVISION("Đường chia hoặc ranh thửa có quá nhiều đỉnh.", "The line or the outline has too many vertices.")
    noded = shapely.get_parts(shapely.unary_union([parcel.boundary, *cuts]))
    found, bridges, dangles, _ = (shapely.get_parts(kind) for kind in shapely.polygonize_full(noded))
    shapely.prepare(parcel)
    for loose in dangles:
        if loose.length > SNAP_M and parcel.contains(loose.interpolate(0.5, normalized=True)):
            raise _ends_inside(parcel, loose, noded)
    faces = [face for face in found if parcel.contains(face.representative_point())]
    if len(faces) < 2:
        if len(bridges):
            raise CUT_MISSES("Đường chia chỉ nối ranh ngoài với phần rỗng bên trong.", "The line only joins the outline with a hole.")
        raise CUT_MISSES("Vẽ đường đi hẳn qua thửa.", "Draw the line right across the parcel.")
    return faces


def _ends_inside(parcel: Polygon, loose: LineString, noded: np.ndarray) -> Exception:
    """With the place (lon, lat) of the end that nothing else meets, and how far from the outline it is."""
    end = min((shapely.get_point(loose, index) for index in (0, -1)), key=lambda tip: int(shapely.dwithin(noded, tip, ON_LINE_M).sum()))
    short_m = end.distance(parcel.boundary)
    return CUT_ENDS_INSIDE(
        f"Đường chia dừng cách ranh {short_m:.2f} m.",
        f"The line stops {short_m:.2f} m short of the outline.",
        place=list(to_lonlat(end.x, end.y)),
        short_m=round(short_m, 3),
    )


def _check_parts(parts: Iterable[Polygon]) -> None:
    """Raises CUT_TOO_CLOSE where one is no more than a crumb along the line."""
    smallest_m2 = min(part.area for part in parts)
    if smallest_m2 < SMALLEST_M2:
        raise CUT_TOO_CLOSE(f"Một phần chỉ có {smallest_m2:.3f} m².", f"One part would measure {smallest_m2:.3f} m² only.")


def _made_on_outline(parcel: Polygon, parts: Iterable[Polygon]) -> tuple[Place, ...]:
    known = {tuple(place) for place in shapely.get_coordinates(parcel).tolist()}
    made = sorted({tuple(place) for part in parts for place in shapely.get_coordinates(part).tolist()} - known)
    if not made:
        return ()
    outline = parcel.boundary
    shapely.prepare(outline)
    return tuple(place for place, lies_on in zip(made, shapely.dwithin(outline, shapely.points(made), ON_LINE_M), strict=True) if lies_on)


def _check_connected(parcels: Sequence[Polygon]) -> None:
    """Every parcel is reached from the first one over common edges. Raises NOT_NEIGHBOURS."""
    pairs = [pair for pair in combinations(range(len(parcels)), 2) if _shared_length_m(parcels[pair[0]], parcels[pair[1]]) >= SHARED_AT_LEAST_M]
    reached, grew = {0}, True
    while grew:
        more = {one for pair in pairs if reached & set(pair) for one in pair} - reached
        reached, grew = reached | more, bool(more)
    if len(reached) < len(parcels):
        apart = sorted(set(range(len(parcels))) - reached)
        raise NOT_NEIGHBOURS("Chỉ gộp các thửa có chung cạnh.", "Only parcels that share an edge can be merged.", apart=apart)


def _shared_length_m(one: BaseGeometry, other: BaseGeometry) -> float:
    """How much of the outline of one lies along the other; what lies around a common corner does not count."""
    if shapely.distance(one, other) > REACH_M:
        return 0.0
    along = shapely.intersection(one.boundary, shapely.buffer(other, REACH_M))
    lines = shapely.get_parts(linemerge(along) if along.geom_type == "MultiLineString" else along)
    return float(sum(max(0.0, line.length - 4 * REACH_M) for line in lines))


def _joined(one: BaseGeometry, other: Polygon) -> BaseGeometry:
    """Two neighbours as one: first as they are, and where that leaves a seam, with the second drawn to the first."""
    plain = shapely.unary_union([one, other])
    if plain.geom_type == "Polygon" and not any(_is_seam(ring) for ring in plain.interiors) and not _overlap(one, other):
        return plain
    drawn = shapely.snap(other, one, REACH_M)
    back = shapely.snap(one, drawn, REACH_M)
    made = shapely.unary_union([back if back.is_valid else one, drawn if drawn.is_valid else other])
    if made.geom_type != "Polygon":
        return made
    return Polygon(made.exterior, [ring for ring in made.interiors if not _is_seam(ring)])


def _overlap(one: BaseGeometry, other: BaseGeometry) -> bool:
    return bool(shapely.intersection(one, other).area > SMALLEST_M2)


def _is_seam(ring: BaseGeometry) -> bool:
    return bool(shapely.buffer(Polygon(ring), -REACH_M / 2).is_empty)


def _completed(first: Polygon, second: Polygon, both: Polygon, line: LineString) -> LineString:
    """The new boundary from outline to outline: where the line begins or ends on the old boundary, that one goes on from there."""
    loose = [end for end in (0, -1) if off_outline_m(both, line.coords[end]) > REACH_M and both.contains(Point(line.coords[end]))]
    if not loose:
        return line
    old = _boundary_between(first, second, line)
    stands_m = {end: old.project(Point(line.coords[end])) for end in loose}
    if any(old.distance(Point(line.coords[end])) > REACH_M for end in loose):
        return line  # it ends inside, and is refused as any cut that does
    before = after = LineString()
    if len(loose) == 2:
        if stands_m[0] > stands_m[-1]:
            return _completed(first, second, both, LineString(line.coords[::-1]))
        before, after = substring(old, 0, stands_m[0]), substring(old, stands_m[-1], old.length)
    else:
        # Of the two ways along the old boundary the one that is kept leads away from where the line meets the outline.
        meets = Point(line.coords[-1 if loose[0] == 0 else 0])
        ends = sorted((0.0, old.length), key=lambda stand_m: -old.interpolate(stand_m).distance(meets))
        kept = substring(old, ends[0], stands_m[loose[0]])
        before, after = (kept, after) if loose[0] == 0 else (before, LineString(kept.coords[::-1]))
    places = [tuple(place) for piece in (before, line, after) if not piece.is_empty and piece.geom_type == "LineString" for place in piece.coords]
    return LineString([place for index, place in enumerate(places) if index == 0 or math.dist(place, places[index - 1]) > ON_LINE_M])


def _boundary_between(first: Polygon, second: Polygon, line: LineString) -> LineString:
    # Each is given the corners of the other: one that stands on the other's edge lies beside it by a hair.
    near = shapely.snap(second, first, REACH_M)
    shared = shapely.intersection(shapely.snap(first, near, REACH_M).boundary, near.boundary)
    lines = [piece for piece in shapely.get_parts(shared) if piece.geom_type == "LineString"]
    whole = linemerge(lines)
    pieces: list[LineString] = list(shapely.get_parts(whole))
    if not pieces:
        raise NOT_NEIGHBOURS("Hai thửa không có ranh chung.", "The two parcels have no common boundary.")
    return min(pieces, key=lambda piece: piece.distance(line))


def _shares(whole_m2: float, parts: int | None, area_m2: float | None) -> list[float]:
    """The areas from left to right. Raises BAD_DIVISION."""
    if parts is not None and area_m2 is None:
        if not 2 <= parts <= MOST_PARTS or whole_m2 / parts < SMALLEST_M2:
            raise BAD_DIVISION(f"Số phần từ 2 đến {MOST_PARTS}.", f"Between 2 and {MOST_PARTS} parts.")
        return [whole_m2 / parts] * parts
    if area_m2 is None or not math.isfinite(area_m2) or not SMALLEST_M2 <= area_m2 <= whole_m2 - SMALLEST_M2:
        raise BAD_DIVISION(f"Diện tích mỗi phần phải nhỏ hơn {whole_m2:.2f} m².", f"The area of a part must be below {whole_m2:.2f} m².")
    fits = math.floor((whole_m2 - SMALLEST_M2) / area_m2) if parts is None else parts - 1
    if not 1 <= fits < MOST_PARTS or fits * area_m2 > whole_m2 - SMALLEST_M2:
        raise BAD_DIVISION("Diện tích và số phần không khớp với thửa.", "The area and the number of parts do not fit the parcel.")
    return [*[area_m2] * fits, whole_m2 - fits * area_m2]


def _offset_for(parcel: Polygon, ahead: Place, right: Place, wanted_m2: float) -> float:
    """How far to the right the cut lies that leaves so much to its left."""
    offsets = shapely.get_coordinates(parcel) @ right

    def short_m2(offset_m: float) -> float:
        return float(shapely.intersection(parcel, _left_of(parcel, ahead, right, offset_m)).area) - wanted_m2

    # From a metre outside, where the signs are sure.
    return float(brentq(short_m2, offsets.min() - 1, offsets.max() + 1, xtol=OFFSET_WITHIN_M))


def _cut_at(parcel: Polygon, ahead: Place, right: Place, offset_m: float) -> LineString:
    along = shapely.get_coordinates(parcel) @ ahead
    return LineString([(offset_m * right[0] + step_m * ahead[0], offset_m * right[1] + step_m * ahead[1]) for step_m in (along.min() - 1, along.max() + 1)])


def _left_of(parcel: Polygon, ahead: Place, right: Place, offset_m: float) -> Polygon:
    cut = _cut_at(parcel, ahead, right, offset_m)
    wide_m = float(np.ptp(shapely.get_coordinates(parcel) @ right)) + 3
    far = [(x - wide_m * right[0], y - wide_m * right[1]) for x, y in cut.coords]
    return Polygon([*cut.coords, *far[::-1]])
