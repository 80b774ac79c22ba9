"""What somebody wants of features, as values: one edit is a feature made, changed, deleted or brought back, on the versions its writer knows."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from shapely.geometry.base import BaseGeometry

from geo.errors import BAD_REQUEST
from geo.faults import NON_FINITE
from layers import query

Op = Literal["create", "update", "delete", "restore"]
OPS: tuple[Op, ...] = ("create", "update", "delete", "restore")
KEYS = frozenset({"layer", "op", "fid", "item", "version", "properties", "geometry", "parents", "to_version"})
MOST_PARENTS = 200


@dataclass(frozen=True)
class Edit:
    """One feature's change. None is what it says nothing about.

    geometry: GeoJSON in lon/lat degrees as it came in, or a shape in city metres where our own code made it.
    known: the versions that the writer has seen. parents: the fids that a created feature comes from (a parcel that was split).
    to_version: which kept version a restore brings back. record: what the edit is part of in the land register's words.
    item: in a change set, instead of a fid, the edit that makes the feature.
    """

    layer: str
    op: Op
    fid: int | None = None
    known: frozenset[int] = frozenset()
    properties: Mapping[str, Any] | None = None
    geometry: Mapping[str, Any] | BaseGeometry | None = None
    parents: tuple[int, ...] = ()
    to_version: int | None = None
    record: Mapping[str, Any] | None = None
    item: int | None = None

    @property
    def version(self) -> int | None:
        """The version that it was made on; the newest where several are named."""
        return max(self.known, default=None)


def from_json(given: Any) -> Edit:
    """An edit as it comes over HTTP or out of a change set. Raises BAD_REQUEST."""
    if not isinstance(given, dict) or not given.keys() <= KEYS:
        raise _bad("layer, op, fid, version, properties, geometry, parents")
    op, fid, item, version, to_version = (given.get(name) for name in ("op", "fid", "item", "version", "to_version"))
    properties, geometry, parents = given.get("properties"), given.get("geometry"), given.get("parents") or []
    if not isinstance(given.get("layer"), str) or op not in OPS:
        raise _bad(f"op: {', '.join(OPS)}")
    if (op == "create") != (fid is None and item is None) or None not in (fid, item) or not all(map(_whole, (fid, item, version, to_version))):
        raise _bad("fid, version")
    if not isinstance(properties, dict | None) or not isinstance(geometry, dict | None):
        raise _bad("properties, geometry")
    if not _finite(geometry):
        raise NON_FINITE()
    if not _finite(properties):
        raise _bad("properties")
    if not isinstance(parents, list) or len(parents) > MOST_PARENTS or not all(_whole(one) and one is not None for one in parents):
        raise _bad("parents")
    known = frozenset() if version is None else frozenset({version})
    return Edit(given["layer"], op, fid, known, properties, geometry, tuple(parents), to_version, item=item)


def as_json(edit: Edit) -> dict[str, Any]:
    """The edit as from_json reads it. A shape in city metres must have been made GeoJSON first."""
    told: dict[str, Any] = {"layer": edit.layer, "op": edit.op, "fid": edit.fid, "item": edit.item, "version": edit.version, "properties": edit.properties}
    told |= {"geometry": edit.geometry, "parents": list(edit.parents) or None, "to_version": edit.to_version}
    return {name: value for name, value in told.items() if value is not None}


def _finite(value: Any) -> bool:
    """Whether every number in it is one: Python reads NaN and 1e400 in JSON, and no draft could be kept with them."""
    if isinstance(value, float):
        return math.isfinite(value)
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return all(_finite(part) for part in parts)


def _whole(value: Any) -> bool:
    return value is None or (isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= query.LARGEST_FID)


def _bad(where: str) -> Exception:
    return BAD_REQUEST(f"Thay đổi không đúng dạng, ở: {where}.", f"An edit is not of the right form, at: {where}.")
