"""Streets: quays along every canal, a town between them, and water crossed on bridges only.

A street that comes to water either has a bridge there or ends at the bank; so places that are near in a straight line may be far
by road, as in any town of canals. Everything is cut at its junctions, and equal end points are one node.
"""

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
from geo.config.demo.canals import Canal, cut_at_junctions, water
from geo.config.demo.ground import MAIN_STREETS, Ground
from geo.config.demo.street import DRIVABLE, Bridge, Street
from geo.config.demo.town import town_streets

ABUTMENT_M = 2.5  # a bridge begins so far before the water
QUAY_M = 9.0  # a quay's middle lies so far from the water
OVERSHOOT_M = 2.0  # lines run so far past where they should meet; what hangs over is pruned
DANGLE_M = 28.0
LONGEST_BRIDGE_M = 170.0
ONE_WAY = ("Lê Lợi", "Nguyễn Thị Minh Khai")
LANDINGS = 46
NAMED_LANDINGS = ("Bến tàu Ngã Bảy", "Bến chợ nổi Ngã Bảy", "Bến đò Mang Cá", "Bến đò Xẻo Vông", "Bến đò Lái Hiếu")
# of a bridge by the class of its street: what it carries and how high it stands
BRIDGE_OF = {"trunk": (30.0, 4.5), "primary": (18.0, 3.5), "secondary": (13.0, 3.0), "tertiary": (8.0, 2.5), "residential": (5.0, 2.2), "alley": (2.5, 2.0)}
# The two quays of each main canal (left and right, looking from the junction): name, class, width, speed, share of mouths that it bridges.
QUAYS: dict[str, tuple[tuple[str, str, float, float, float], ...]] = {
    "Kênh Cái Côn": (("Nguyễn Minh Quang", "tertiary", 7, 35, 0.85), ("Đường tỉnh 925", "secondary", 9, 45, 1.0)),
    "Kênh Mang Cá": (("Lê Hồng Phong", "secondary", 9, 40, 1.0), ("", "residential", 5, 30, 0.6)),
    "Kênh Sóc Trăng": (("", "tertiary", 6, 35, 0.7), ("Trần Hưng Đạo", "secondary", 9, 40, 1.0)),
    "Kênh Xẻo Môn": (("Phạm Hùng", "secondary", 9, 40, 1.0), ("", "residential", 5, 30, 0.55)),
    "Kênh Lái Hiếu": (("Đường tỉnh 927", "primary", 10, 50, 1.0), ("", "residential", 5, 30, 0.6)),
    "Kênh Búng Tàu": (("", "residential", 5, 30, 0.6), ("Đường tỉnh 928", "primary", 10, 50, 1.0)),
    "Kênh Xẻo Vông": (("Nguyễn Trãi", "tertiary", 7, 40, 1.0), ("", "residential", 5, 30, 0.6)),
}
# Bridges over main canals away from the town: canal, metres from the junction, name, class.
OUTER_BRIDGES: tuple[tuple[str, float, str, str], ...] = (
    ("Kênh Cái Côn", 2_900, "Cầu Đông Bình", "tertiary"),
    ("Kênh Cái Côn", 6_100, "Cầu Cái Côn", "secondary"),
    ("Kênh Mang Cá", 2_300, "Cầu Mang Cá 2", "tertiary"),
    ("Kênh Mang Cá", 3_700, "Cầu Sơn Phú", "residential"),
    ("Kênh Sóc Trăng", 3_100, "Cầu Hiệp Thành", "tertiary"),
    ("Kênh Sóc Trăng", 5_000, "Cầu Xẻo Dứa", "residential"),
    ("Kênh Xẻo Môn", 2_300, "Cầu Xẻo Môn 2", "residential"),
    ("Kênh Lái Hiếu", 2_500, "Cầu Láng Sen", "tertiary"),
    ("Kênh Búng Tàu", 2_700, "Cầu Ba Ngàn", "tertiary"),
    ("Kênh Búng Tàu", 4_900, "Cầu Mười Lê", "residential"),
    ("Kênh Xẻo Vông", 2_600, "Cầu Xẻo Vông 2", "residential"),
    ("Kênh Xẻo Vông", 4_300, "Cầu Cả Mới", "tertiary"),
)  # fmt: skip


def wanted(ground: Ground, canals: list[Canal], seed: int) -> list[Street]:
    """Every street whole, before water and other streets cut it."""
    chance = lines.generator(seed, "streets")
    main_water = water([canal for canal in canals if canal.canal_class == "main"], ABUTMENT_M)
    quay_strip = water([canal for canal in canals if canal.canal_class == "main"], QUAY_M - OVERSHOOT_M)
    greater = [*_main_streets(ground, chance), *_quays(ground, canals, main_water)]
    return [
        *greater,
        *_outer_bridges(canals),
        *_branch_roads(ground, chance, canals, quay_strip),
        *town_streets(ground, quay_strip, [street.line for street in greater], seed),
    ]


def _main_streets(ground: Ground, chance: np.random.Generator) -> Iterator[Street]:
    for name, road_class, width_m, speed_kmh, way in MAIN_STREETS:
        curve = lines.sway(lines.smooth(way, step_m=45), chance, sway_m=9, wave_m=900)
        yield Street(name, road_class, width_m, speed_kmh, translate(LineString(curve), *ground.junction), bridges=1.0)


def _quays(ground: Ground, canals: list[Canal], main_water: BaseGeometry) -> Iterator[Street]:
    """A street along either bank of every main canal, from the tip of its quarter to the boundary."""
    inside = ground.outline.buffer(40)
    for canal in canals:
        for side, (name, road_class, width_m, speed_kmh, share) in zip((1, -1), QUAYS.get(canal.name, ()), strict=False):
            offset = canal.line.offset_curve(side * (canal.width_m / 2 + QUAY_M), quad_segs=4).simplify(0.3)
            for part in lines.line_parts(offset.difference(main_water).intersection(inside), longer_m=60):
                yield Street(name or f"Đường {_lower(canal.name)}", road_class, width_m, speed_kmh, part, bridges=share, surface="nhựa" if name else "bê tông")


def _outer_bridges(canals: list[Canal]) -> Iterator[Street]:
    """A short street square across the canal, from quay to quay."""
    by_name = {canal.name: canal for canal in canals if canal.canal_class == "main"}
    for canal_name, along_m, bridge_name, road_class in OUTER_BRIDGES:
        canal = by_name[canal_name]
        if along_m > canal.line.length - 300:
            continue
        here, ahead = canal.line.interpolate(along_m), canal.line.interpolate(along_m + 10)
        across = np.array([-(ahead.y - here.y), ahead.x - here.x]) / 10 * (canal.width_m / 2 + QUAY_M + OVERSHOOT_M)
        line = LineString([(here.x + across[0], here.y + across[1]), (here.x - across[0], here.y - across[1])])
        yield Street(f"Đường dẫn {_lower(bridge_name)}", road_class, 7, 30, line, bridges=1.0, bridge_name=bridge_name)


def _branch_roads(ground: Ground, chance: np.random.Generator, canals: list[Canal], quay_strip: BaseGeometry) -> Iterator[Street]:
    """A road along one bank of each branch, sometimes both; concrete, as wide as two motorbikes or one small lorry."""
    for canal in [canal for canal in canals if canal.canal_class == "secondary"]:
        both = chance.random() < 0.4
        first = 1 if chance.random() < 0.5 else -1
        for side in (first, -first) if both else (first,):
            offset = canal.line.offset_curve(side * (canal.width_m / 2 + 7), quad_segs=4).simplify(0.3)
            wide = side == first and canal.width_m >= 16
            for part in lines.line_parts(offset.difference(quay_strip).intersection(ground.outline), longer_m=60):
                share = 0.9 if side == first else 0.6
                if side == first:
                    yield Street(
                        f"Đường {_lower(canal.name)}",
                        "tertiary" if wide else "residential",
                        5.5 if wide else 4,
                        30 if wide else 25,
                        part,
                        surface="bê tông",
                        bridges=share,
                    )
                else:
                    yield Street(f"Lối {_lower(canal.name)}", "alley", 2.2, 15, part, surface="bê tông", bridges=share)


TRUNK_BRIDGES = {
    ("Quốc lộ 1", "Kênh Cái Côn"): "Cầu Phụng Hiệp", ("Quốc lộ 1", "Kênh Mang Cá"): "Cầu Mang Cá",
    ("Hùng Vương", "Kênh Sóc Trăng"): "Cầu Sóc Trăng", ("Hùng Vương", "Kênh Xẻo Môn"): "Cầu Xẻo Môn", ("Hùng Vương", "Kênh Lái Hiếu"): "Cầu Lái Hiếu",
    ("Hùng Vương", "Kênh Búng Tàu"): "Cầu Búng Tàu", ("Hùng Vương", "Kênh Xẻo Vông"): "Cầu Xẻo Vông",
}  # fmt: skip


def _lower(name: str) -> str:
    """The name within a longer one: only the first letter gets smaller, the rest is somebody's name."""
    return name[:1].lower() + name[1:]


@dataclass(frozen=True)
class Network:
    """Streets and canals cut at every junction, and the bridges."""

    streets: list[Street]
    bridges: list[Bridge]
    canals: list[Canal]


def split_by_water(streets: list[Street], wet: BaseGeometry) -> tuple[list[Street], list[Street]]:
    """The streets on land, and the pieces that would be bridges: each with land at both its ends."""
    banks = wet.boundary
    land, over = [], []
    shapely.prepare(wet)
    for street in streets:
        crossings = shapely.get_coordinates(shapely.intersection(street.line, banks))
        pieces = lines.cut_at(street.line, sorted({round(street.line.project(Point(xy)), 3) for xy in crossings}))
        in_water = shapely.contains(wet, shapely.line_interpolate_point(pieces, 0.5, normalized=True)) if pieces else []
        for number, (piece, is_wet) in enumerate(zip(pieces, in_water, strict=True)):
            if not is_wet:
                land.append(replace(street, line=piece))
            elif 0 < number < len(pieces) - 1:
                over.append(replace(street, line=piece, bridge=True))
    return land, over


def pave(ground: Ground, canals: list[Canal], seed: int) -> Network:
    """The whole network: which crossings have a bridge, everything cut at its junctions, nothing that cannot be reached."""
    chance = lines.generator(seed, "bridges")
    land, over = split_by_water(wanted(ground, canals, seed), water(canals, ABUTMENT_M))
    over = _apart([piece for piece in over if piece.line.length < LONGEST_BRIDGE_M])
    land = _pruned(_cut(land), over)
    lucky = chance.random(len(over)) < [piece.bridges for piece in over]
    built = [piece for piece, is_built in zip(over, lucky, strict=True) if is_built]
    built = _joined(land, built, [piece for piece, is_built in zip(over, lucky, strict=True) if not is_built])
    land, built = _reachable(land, built)
    land = _pruned(land, built)
    streets, bridges = _with_bridges(land, built, canals, chance)
    streets = _one_ways(_drivable(streets))
    streets, jetties = _landings(streets, canals, chance)
    return Network(streets + jetties, bridges, cut_at_junctions(canals, [jetty.line for jetty in jetties]))


def _cut(streets: list[Street]) -> list[Street]:
    """The streets cut wherever two meet; where two run on one line, the greater keeps it."""
    pieces, owners = lines.noded([street.line for street in streets])
    return [
        replace(min((streets[number] for number in owned), key=lambda street: street.rank), line=piece)
        for piece, owned in zip(pieces, owners, strict=True)
        if owned
    ]


def _apart(over: list[Street]) -> list[Street]:
    """Bridges that do not cross or crowd one another; the greater street keeps its own."""
    kept: list[Street] = []
    for piece in sorted(over, key=lambda street: street.rank):
        if not any(piece.line.distance(other.line) < 12 for other in kept):
            kept.append(piece)
    return kept


def _labels(streets: list[Street]) -> np.ndarray:
    """The connected part of each street."""
    pairs, nodes = lines.node_numbers([street.line for street in streets])
    return connected_components(coo_matrix((np.ones(len(pairs)), pairs.T), shape=(len(nodes), len(nodes))), directed=False)[1][pairs[:, 0]]


def _joined(land: list[Street], built: list[Street], spare: list[Street]) -> list[Street]:
    """The bridges, and of the spare ones those that join what would otherwise be an island."""
    everything = land + built + spare
    pairs, _ = lines.node_numbers([street.line for street in everything])
    group = list(range(int(pairs.max()) + 1))

    def root(node: int) -> int:
        while group[node] != node:
            group[node] = group[group[node]]
            node = group[node]
        return node

    for from_, to in pairs[: len(land) + len(built)]:
        group[root(int(from_))] = root(int(to))
    added = []
    # over narrow water first
    for number in sorted(range(len(land) + len(built), len(everything)), key=lambda number: everything[number].line.length):
        from_, to = root(int(pairs[number, 0])), root(int(pairs[number, 1]))
        if from_ != to:
            group[from_] = to
            added.append(everything[number])
    return built + added


def _reachable(land: list[Street], built: list[Street]) -> tuple[list[Street], list[Street]]:
    """Only what hangs together with the greatest part."""
    label = _labels(land + built)
    biggest = np.bincount(label).argmax()
    return [street for street, part in zip(land, label, strict=False) if part == biggest], [
        street for street, part in zip(built, label[len(land) :], strict=True) if part == biggest
    ]


def _pruned(land: list[Street], built: list[Street]) -> list[Street]:
    """Without the short ends that hang over junctions."""
    while True:
        everything = land + built
        pairs, nodes = lines.node_numbers([street.line for street in everything])
        degree = np.bincount(pairs.ravel(), minlength=len(nodes))
        keep = [street for street, pair in zip(land, pairs, strict=False) if street.line.length > DANGLE_M or degree[pair].min() > 1 and pair[0] != pair[1]]
        if len(keep) == len(land):
            return keep
        land = keep


def _with_bridges(land: list[Street], built: list[Street], canals: list[Canal], chance: np.random.Generator) -> tuple[list[Street], list[Bridge]]:
    """The edges over water with their limits, and the bridges themselves: named by the trunk road's names, their street or their canal."""
    tree = shapely.STRtree([canal.line for canal in canals])
    edges, bridges = [], []
    used: dict[str, int] = {}
    for piece in sorted(built, key=lambda piece: (piece.rank, -piece.line.length)):
        under = canals[int(tree.nearest(piece.line.centroid))]
        load_limit_t, clearance_m = BRIDGE_OF[piece.road_class]
        if under.canal_class == "ditch":
            clearance_m = 1.2
        name = (
            piece.bridge_name or TRUNK_BRIDGES.get((piece.name, under.name)) or f"Cầu {(under.name or piece.name).removeprefix('Kênh ').removeprefix('Đường ')}"
        )
        used[name] = used.get(name, 0) + 1
        name = name if used[name] == 1 else f"{name} {used[name]}"
        edges.append(replace(piece, load_limit_t=load_limit_t))
        bridges.append(
            Bridge(name, piece.width_m + 1, load_limit_t, clearance_m + round(float(chance.uniform(0, 0.6)), 1), int(chance.integers(1998, 2024)), piece.line)
        )
    return land + edges, bridges


def _drivable(streets: list[Street]) -> list[Street]:
    """A street that a car reaches only through an alley is one itself."""
    drivable = [number for number, street in enumerate(streets) if street.road_class in DRIVABLE]
    label = _labels([streets[number] for number in drivable])
    cut_off = {number for number, part in zip(drivable, label, strict=True) if part != np.bincount(label).argmax()}
    return [replace(street, road_class="alley", width_m=2.2, speed_kmh=15) if number in cut_off else street for number, street in enumerate(streets)]


def _one_ways(streets: list[Street]) -> list[Street]:
    """Two streets of the town become one-way, one there and one back, where nobody is cut off by it."""
    found = list(streets)
    for direction, name in zip((1, -1), ONE_WAY, strict=True):
        edges = [number for number, street in enumerate(found) if street.name == name and street.road_class in DRIVABLE]
        if not edges:
            continue
        points = np.vstack([shapely.get_coordinates(found[number].line) for number in edges])
        axis = np.linalg.svd(points - points.mean(axis=0), full_matrices=False)[2][0] * direction
        for number in edges:
            first, *_, last = shapely.get_coordinates(found[number].line)
            ahead = found[number].line if (last - first) @ axis > 0 else found[number].line.reverse()
            trial = [*found[:number], replace(found[number], line=ahead, oneway=True), *found[number + 1 :]]
            if _strongly_connected(trial):
                found = trial
    return found


def _strongly_connected(streets: list[Street]) -> bool:
    driven = [street for street in streets if street.road_class in DRIVABLE]
    pairs, nodes = lines.node_numbers([street.line for street in driven])
    back = pairs[[not street.oneway for street in driven]][:, ::-1]
    both = np.vstack([pairs, back])
    used = np.unique(both)
    graph = coo_matrix((np.ones(len(both)), both.T), shape=(len(nodes), len(nodes)))
    return len(np.unique(connected_components(graph, directed=True, connection="strong")[1][used])) == 1


def _landings(streets: list[Street], canals: list[Canal], chance: np.random.Generator) -> tuple[list[Street], list[Street]]:
    """Steps from a quay down to the middle of a canal, where boats pass: a street and a canal then share an end point."""
    wide = [canal for canal in canals if canal.navigable]
    tree = shapely.STRtree([canal.line for canal in wide])
    roads = shapely.STRtree([street.line for street in streets])
    _, nodes = lines.node_numbers([street.line for street in streets if not street.bridge])
    landings: list[Street] = []
    for place in shapely.points(chance.permutation(nodes)):
        canal = wide[int(tree.nearest(place))]
        reach_m = canal.width_m / 2 + QUAY_M + 4
        foot = canal.line.interpolate(canal.line.project(place))
        line = lines.on_grid(LineString([place, foot]))
        crowded = any(other.line.distance(place) < 420 for other in landings) or len(tree.query(line, predicate="dwithin", distance=1)) > 1
        if crowded or not 4 < line.length < reach_m or min(canal.line.project(place), canal.line.length - canal.line.project(place)) < 60:
            continue
        if len(roads.query(lines.cut_at(line, [4.0])[-1], predicate="dwithin", distance=2.0)):
            continue  # no steps under a bridge or across another street
        name = NAMED_LANDINGS[len(landings)] if len(landings) < len(NAMED_LANDINGS) else f"Bến {canal.name.removeprefix('Kênh ')} {len(landings)}"
        landings.append(Street(name, "path", 2, 4, line, surface="bậc thang"))
        if len(landings) == LANDINGS:
            break
    return streets, landings
