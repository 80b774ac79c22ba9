"""Whose each street and canal is: trunk roads the state's, main roads and canals the province's, the rest the ward's that it lies in."""

from collections.abc import Sequence

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.config.demo.ground import Ground
from geo.config.demo.rows import Column

STREETS = {"trunk": "national_roads", "primary": "construction", "secondary": "construction"}
CANALS = {"main": "irrigation", "secondary": "irrigation"}
# Who sweeps, mends and lights it, where the owner has somebody do it.
KEPT_BY = {"national_roads": "national_roads", "construction": "construction", "irrigation": "irrigation"}
TOWN_KEEPER = "public_works"


def columns(
    lines: Sequence[BaseGeometry], kinds: Sequence[str], owners: dict[str, str], *, ground: Ground, agencies: dict[str, int], wards: dict[str, str]
) -> dict[str, Column]:
    """The columns owner and agency of streets or canals; `owners` by their kind, `wards` names the agency of a ward's code."""
    middle = shapely.point_on_surface(np.array(lines, dtype=object))
    owner = [owners.get(kind, "") for kind in kinds]
    for unit in ground.new:
        for place in np.flatnonzero(shapely.contains(unit.shape, middle)):
            owner[place] = owner[place] or wards.get(unit.code, "")
    return {"owner": [agencies.get(code) for code in owner], "agency": [agencies.get(KEPT_BY.get(code, TOWN_KEEPER)) for code in owner]}
