"""Canals: seven from one junction, their branches every kilometre or so, and ditches off the branches."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from shapely import LineString, Point
from shapely.affinity import translate
from shapely.geometry.base import BaseGeometry

from geo.config.demo import lines
from geo.config.demo.ground import BEYOND_M, MAIN_CANALS, Ground, Way

BRANCH_EVERY_M = (700, 1150)
BRANCH_FROM_M = 1_150  # the town itself has no branches
DITCH_EVERY_M = (330, 620)
BESIDE_M = 240.0
BRANCH_NAMES = (
    "Ba Ngàn", "Mương Lộ", "Sáu Thước", "Xẻo Trâm", "Bảy Chánh", "Tám Nhái", "Cái Đôi", "Láng Sen", "Mái Dầm", "Út Quế", "Ông Hai", "Bà Chồn", "Ranh Xã", "Đào Mới",
    "Mười Lê", "Cả Mới", "Năm Căn", "Bờ Tràm", "Thầy Tư", "Ba Phát", "Cầu Trắng", "Rạch Gốc", "Chín Ký", "Đường Trâu", "Xẻo Tre", "Tư Hổ", "Hậu Đình",
)  # fmt: skip


@dataclass(frozen=True)
class Canal:
    """One canal or ditch, whole or between two junctions."""

    name: str
    canal_class: str
    width_m: float
    depth_m: float
    navigable: bool
    speed_kmh: float
    line: LineString


def dig(ground: Ground, seed: int) -> list[Canal]:
    """Every canal whole, from its mouth to its end: nothing cut yet, because streets still add landings."""
    chance = lines.generator(seed, "canals")
    beyond = ground.outline.buffer(BEYOND_M)
    main = [_main(ground, chance, name, width_m, depth_m, way, beyond) for name, width_m, depth_m, way in MAIN_CANALS]
    branches = list(_branches(ground, chance, main))
    ditches = list(_ditches(ground, chance, main + branches))
    return main + branches + ditches


def _main(ground: Ground, chance: np.random.Generator, name: str, width_m: float, depth_m: float, way: Way, beyond: BaseGeometry) -> Canal:
    curve = lines.sway(lines.smooth(way, step_m=55), chance, sway_m=34, wave_m=1_500)
    whole = translate(LineString(curve), *ground.junction)
    inside = min(lines.line_parts(whole.intersection(beyond)), key=lambda part: part.distance(Point(ground.junction)))
    return Canal(name, "main", width_m, depth_m, True, 20, lines.on_grid(inside))


def _branches(ground: Ground, chance: np.random.Generator, main: list[Canal]) -> Iterator[Canal]:
    """From each main canal to the left, all the way to the next canal or the boundary: how the delta was dug."""
    names = iter(chance.permutation(np.array([f"Kênh {name}" for name in BRANCH_NAMES] + [f"Kênh {name} {n}" for n in range(2, 9) for name in BRANCH_NAMES])))
    standing = [canal.line for canal in main]
    parents = [(canal, BRANCH_FROM_M) for canal in main]
    for canal, from_m in parents:  # long branches join the list: they have branches of their own
        along_m = from_m + chance.uniform(0, 350)
        while along_m < canal.line.length - 300:
            for side in (1, -1):
                line = _branch(ground, chance, canal.line, along_m + side * chance.uniform(0, 180), side, standing)
                if line is not None:
                    width_m = float(chance.choice([12, 14, 16, 20, 24]))
                    branch = Canal(str(next(names)), "secondary", width_m, round(width_m / 9, 1), True, 12, line)
                    yield branch
                    standing.append(line)
                    if line.length > 1_900:
                        parents.append((branch, 500))
            along_m += chance.uniform(*BRANCH_EVERY_M)


def _branch(ground: Ground, chance: np.random.Generator, parent: LineString, along_m: float, side: int, standing: list[LineString]) -> LineString | None:
    """A branch that leaves its parent at nearly a right angle and ends at the first canal that it meets; None where there is no room."""
    start, ahead = parent.interpolate(along_m), parent.interpolate(along_m + 20)
    if not ground.outline.contains(start):
        return None
    heading = np.arctan2(ahead.y - start.y, ahead.x - start.x) + side * np.radians(chance.uniform(68, 100))
    t = np.arange(0, 5_200, 50.0)
    curve = lines.sway(np.column_stack([start.x + t * np.cos(heading), start.y + t * np.sin(heading)]), chance, sway_m=30, wave_m=1_100)
    wanted = LineString(curve)
    others = shapely.union_all([line for line in standing if line is not parent])
    stop_m = min((wanted.project(Point(xy)) for xy in shapely.get_coordinates(wanted.intersection(others))), default=wanted.length)
    cut = lines.cut_at(wanted, [stop_m])[0]
    inside = lines.line_parts(cut.intersection(ground.outline))
    cut = next((part for part in inside if part.distance(start) < 1), None)
    if cut is None or cut.length < 450 or _too_near(cut, parent, standing):
        return None
    return lines.on_grid(cut)


def _too_near(line: LineString, parent: LineString, standing: list[LineString]) -> bool:
    """Whether much of the line runs beside another one: nobody digs two canals side by side."""
    near = shapely.union_all([other.buffer(BESIDE_M) for other in standing if other is not parent and other.distance(line) < BESIDE_M])
    return line.intersection(near).length > max(330, 0.35 * line.length)


def _ditches(ground: Ground, chance: np.random.Generator, canals: list[Canal]) -> Iterator[Canal]:
    tree = shapely.STRtree([canal.line for canal in canals])
    for canal in [canal for canal in canals if canal.canal_class == "secondary"]:
        along_m = chance.uniform(150, 300)
        while along_m < canal.line.length - 120:
            side = 1 if chance.random() < 0.5 else -1
            start, ahead = canal.line.interpolate(along_m), canal.line.interpolate(along_m + 10)
            heading = np.arctan2(ahead.y - start.y, ahead.x - start.x) + side * np.radians(chance.uniform(75, 105))
            t = np.arange(0, chance.uniform(140, 420), 35.0)
            line = LineString(np.column_stack([start.x + t * np.cos(heading), start.y + t * np.sin(heading)]))
            tail = lines.cut_at(line, [15.0])[-1]
            # a ditch ends in the fields: it keeps away from every other canal
            if ground.outline.contains(line) and not len(tree.query(tail, predicate="dwithin", distance=14)):
                yield Canal("", "ditch", 4.5, 0.8, False, 6, lines.on_grid(line))
            along_m += chance.uniform(*DITCH_EVERY_M)


def cut_at_junctions(canals: list[Canal], landings: list[LineString]) -> list[Canal]:
    """The same canals cut wherever two meet and wherever a landing touches, without pieces that no boat can reach."""
    pieces, owners = lines.noded([canal.line for canal in canals] + landings)
    rank = {"main": 0, "secondary": 1, "ditch": 2}
    found = []
    for piece, owned in zip(pieces, owners, strict=True):
        candidates = [canals[number] for number in owned if number < len(canals)]
        if candidates and not any(number >= len(canals) for number in owned):
            found.append(replace(min(candidates, key=lambda canal: rank[canal.canal_class]), line=piece))
    pairs, nodes = lines.node_numbers([canal.line for canal in found])
    label = connected_components(coo_matrix((np.ones(len(pairs)), pairs.T), shape=(len(nodes), len(nodes))), directed=False)[1]
    biggest = np.bincount(label[pairs[:, 0]]).argmax()
    return [canal for canal, part in zip(found, label[pairs[:, 0]], strict=True) if part == biggest]


def water(canals: list[Canal], margin_m: float = 0.0) -> BaseGeometry:
    """The ground under water, bank to bank, and so much more."""
    return shapely.union_all([canal.line.buffer(canal.width_m / 2 + margin_m, quad_segs=4) for canal in canals])
