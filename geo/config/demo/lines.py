"""Lines as people dig and pave them: smooth curves, gentle sway, cuts at junctions. City metres throughout, on a grid of one centimetre."""

import zlib
from collections.abc import Iterable, Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

Points = NDArray[np.float64]
GRID_M = 0.01  # equal end points are one node: every coordinate stands on this grid
DIGITS = 2


def generator(seed: int, step: str) -> np.random.Generator:
    """The chance of one step: another step drawing more or less leaves it alone."""
    return np.random.default_rng([seed, zlib.crc32(step.encode())])


def smooth(points: Iterable[tuple[float, float]], *, step_m: float = 40.0) -> Points:
    """A curve through the points (centripetal enough for roads: Catmull-Rom), with a vertex about every step."""
    given = np.asarray(list(points), dtype=float)
    padded = np.vstack([2 * given[0] - given[1], given, 2 * given[-1] - given[-2]])
    pieces = []
    for before, start, end, after in zip(padded[:-3], padded[1:-2], padded[2:-1], padded[3:], strict=True):
        n = max(2, int(np.hypot(*(end - start)) / step_m))
        t = np.linspace(0, 1, n, endpoint=False)[:, None]
        pieces.append(
            0.5 * (2 * start + (end - before) * t + (2 * before - 5 * start + 4 * end - after) * t**2 + (3 * start - before - 3 * end + after) * t**3)
        )
    return np.vstack([*pieces, given[-1:]])


def sway(points: Points, chance: np.random.Generator, *, sway_m: float, wave_m: float) -> Points:
    """The same line, pushed sideways by a few slow waves; both ends stay where they are."""
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    push = np.zeros(len(points))
    for share in (1.0, 0.5, 0.25):
        phase = chance.uniform(0, 2 * np.pi)
        push += share * np.sin(2 * np.pi * along / (wave_m * share * chance.uniform(0.8, 1.25)) + phase)
    taper = np.minimum(1, np.minimum(along, along[-1] - along) / (wave_m * 0.4))
    heading = np.gradient(points, axis=0)
    normal = np.column_stack([-heading[:, 1], heading[:, 0]]) / np.hypot(*heading.T)[:, None]
    return points + normal * (push * taper * sway_m / 1.75)[:, None]


def on_grid(shape: BaseGeometry) -> BaseGeometry:
    """The shape with every coordinate on the grid, as equal floats for equal places."""
    return shapely.transform(shape, lambda xy: np.round(xy, DIGITS))


def line_parts(shape: BaseGeometry, *, longer_m: float = 0.0) -> list[LineString]:
    """The lines of whatever an overlay gave back."""
    return (
        [part for part in shapely.get_parts(shape, return_index=False) if part.geom_type == "LineString" and part.length > longer_m]
        if not shape.is_empty
        else []
    )


def cut_at(line: LineString, distances_m: Sequence[float]) -> list[LineString]:
    """The line cut at the distances along it; neighbours share their end point exactly."""
    stops = [0.0, *sorted(distance for distance in distances_m if GRID_M < distance < line.length - GRID_M), line.length]
    return [on_grid(substring(line, start, end)) for start, end in zip(stops[:-1], stops[1:], strict=True) if end - start > GRID_M]


def noded(lines: Sequence[LineString]) -> tuple[list[LineString], list[list[int]]]:
    """All lines cut wherever two meet, and for each piece which of the given lines it lies on."""
    pieces = [on_grid(piece) for piece in line_parts(shapely.union_all(list(lines), grid_size=GRID_M))]
    pieces = [piece for piece in pieces if piece.length > 0]
    middles = shapely.line_interpolate_point(pieces, 0.5, normalized=True)
    tree = shapely.STRtree(lines)
    owners: list[list[int]] = [[] for _ in pieces]
    for piece, line in zip(*tree.query(middles, predicate="dwithin", distance=0.2), strict=True):
        owners[piece].append(int(line))
    return pieces, owners


def ends(lines: Sequence[LineString]) -> NDArray[np.float64]:
    """First and last vertex of each line, as (n, 2, 2)."""
    return np.stack([shapely.get_coordinates(shapely.get_point(lines, 0)), shapely.get_coordinates(shapely.get_point(lines, -1))], axis=1)


def node_numbers(lines: Sequence[LineString]) -> tuple[NDArray[np.int64], Points]:
    """For each line the numbers of its two nodes, and where the nodes are."""
    places = ends(lines).reshape(-1, 2)
    nodes, numbers = np.unique(places, axis=0, return_inverse=True)
    return numbers.reshape(-1, 2), nodes
