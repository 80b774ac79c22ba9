"""An issue as a value: what does not hold, where, how much, for whom to see, and the ways out of it."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from geo.crs import CITY_SRID, WGS84, reproject, to_lonlat
from layers.changing import edits
from layers.changing.edits import Edit
from layers.layer import Severity

# A place is the same place within this: a key must not change with the last digit.
KEY_GRID_M = 0.1
# A fault with more vertices is told by its box.
MOST_VERTICES_TOLD = 2_000


@dataclass(frozen=True)
class Fix:
    """One way out of an issue: the edits that would mend it, to be previewed and applied one at a time."""

    vi: str
    en: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True)
class Issue:
    """One rule that does not hold at one place.

    geometry: GeoJSON in lon/lat of what is wrong (an overlap's area, a gap), place: a lon/lat inside it, measure: how much, in unit.
    key: the same for the same issue each time it is looked for, so that a reason can be written to it.
    """

    rule: str
    severity: Severity
    vi: str
    en: str
    layer: str
    fids: tuple[int, ...]
    key: str
    place: tuple[float, float] | None = None
    geometry: dict[str, Any] | None = None
    measure: float | None = None
    unit: str = ""
    fixes: tuple[Fix, ...] = ()


def as_json(issue: Issue) -> dict[str, Any]:
    """The issue as it leaves over HTTP."""
    told = {name: getattr(issue, name) for name in ("rule", "severity", "vi", "en", "layer", "key", "place", "geometry", "measure", "unit")}
    fixes = [{"vi": fix.vi, "en": fix.en, "edits": [edits.as_json(edit) for edit in fix.edits]} for fix in issue.fixes]
    return {**told, "fids": list(issue.fids), "fixes": fixes}


def key_of(rule: str, layer: str, place: BaseGeometry | None, about: str = "") -> str:
    """The key of an issue: rule, layer, place and, where one place may have several, what it is about.

    Not the fids: a part of a split parcel has another number in each preview and in the publishing, and its reason must find it again.
    """
    at = "" if place is None else f"{round(place.x / KEY_GRID_M)},{round(place.y / KEY_GRID_M)}"
    return hashlib.sha256(f"{rule}|{layer}|{about}|{at}".encode()).hexdigest()[:20]


def lonlat(shape: BaseGeometry) -> dict[str, Any]:
    """GeoJSON in degrees with all their digits: what goes out comes back to the nanometre."""
    found: dict[str, Any] = json.loads(json.dumps(mapping(reproject(shape, CITY_SRID, WGS84))))
    return found


def told_geometry(shape: BaseGeometry | None) -> dict[str, Any] | None:
    """A fault as it is told; a huge one by its box."""
    if shape is None or shape.is_empty:
        return None
    return lonlat(shapely.envelope(shape) if shapely.get_num_coordinates(shape) > MOST_VERTICES_TOLD else shape)


def told_place(place: BaseGeometry | None) -> tuple[float, float] | None:
    return None if place is None or place.is_empty else to_lonlat(place.x, place.y)


def in_order(found: Iterable[Issue]) -> list[Issue]:
    """Each issue once, errors first, then the larger ones."""
    once = {(issue.key, issue.fids): issue for issue in found}
    return sorted(once.values(), key=lambda issue: (issue.severity != "error", issue.rule, -(issue.measure or 0), issue.key))
