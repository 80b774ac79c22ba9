"""What a network is made of, as values: kinds of vehicles, stretches column by column, closures, and how places join and ways go."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from shapely.geometry import LineString
from shapely.geometry.base import BaseGeometry

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Medium = Literal["street", "canal"]


@dataclass(frozen=True)
class Mode:
    """How one kind of vehicle moves. It keeps to a stretch's own speed up to `top_kmh`; `steady` ones always go `top_kmh`."""

    medium: Medium
    top_kmh: float
    width_m: float
    keeps_oneway: bool = True
    steady: bool = False


MODES: dict[str, Mode] = {
    "motorbike": Mode("street", 50, 1.0),
    "car": Mode("street", 80, 2.5),
    "truck": Mode("street", 60, 3.5),
    "foot": Mode("street", 4.3, 0.0, keeps_oneway=False, steady=True),
    "boat": Mode("canal", 30, 3.0),
}


@dataclass(frozen=True)
class Stretches:
    """Every stretch between two junctions, column by column; `load_limit_t` is infinite where there is no limit."""

    lines: npt.NDArray[Any]
    medium: npt.NDArray[Any]
    speed_kmh: Floats
    width_m: Floats
    oneway: npt.NDArray[np.bool_]
    usable: npt.NDArray[np.bool_]
    load_limit_t: Floats

    def __len__(self) -> int:
        return len(self.lines)


@dataclass(frozen=True)
class Closure:
    """A line, point or area that these modes (none named: all) pass at `factor` of the speed; 0 closes it."""

    shape: BaseGeometry
    factor: float
    modes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Joins:
    """Where places meet the network: stretch (-1: nowhere within reach), metres along it, metres walked to it."""

    stretch: Ints
    along_m: Floats
    walk_m: Floats


@dataclass(frozen=True)
class Way:
    """One way: seconds, metres and the line in city metres, walking included."""

    travel_s: float
    distance_m: float
    line: LineString
