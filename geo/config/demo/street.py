"""What a street and a bridge are while the city is laid out."""

from dataclasses import dataclass

from shapely import LineString

# the greater first: where two run on one line, or crowd one another, the greater stays
RANK = {"trunk": 0, "primary": 1, "secondary": 2, "tertiary": 3, "residential": 4, "alley": 5, "path": 6}
DRIVABLE = frozenset({"trunk", "primary", "secondary", "tertiary", "residential"})


@dataclass(frozen=True)
class Street:
    """One street or edge of the network. `bridges`, while it is still whole, is the share of waters that it crosses by a bridge."""

    name: str
    road_class: str
    width_m: float
    speed_kmh: float
    line: LineString
    oneway: bool = False
    surface: str = "nhựa"
    bridge: bool = False
    load_limit_t: float | None = None
    bridges: float = 0.0
    bridge_name: str = ""

    @property
    def rank(self) -> int:
        return RANK[self.road_class]


@dataclass(frozen=True)
class Bridge:
    """One bridge along its deck."""

    name: str
    width_m: float
    load_limit_t: float
    clearance_m: float
    built_year: int
    line: LineString
