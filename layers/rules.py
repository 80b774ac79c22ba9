"""What must hold among the features of a layer, and what is said where it does not: issues with their place, their features and their ways out."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from shapely.geometry.base import BaseGeometry

from layers import edits
from layers.access import Scope
from layers.edits import Edit

Severity = Literal["error", "warning"]


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


def check(*, touched: Mapping[str, Collection[int]], left: Mapping[str, Collection[BaseGeometry]], scope: Scope, at: datetime) -> list[Issue]:
    """What does not hold now around the features that a transaction has touched, errors first.

    touched: slug → fids that stand after the change. left: slug → the shapes (city metres) that changed or deleted features had before.
    """
    return []
