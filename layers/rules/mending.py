"""The edits that a way out of an issue consists of, on the versions that its reader knows."""

from collections.abc import Mapping
from typing import Any

from shapely.geometry.base import BaseGeometry

from geo.errors import NOT_FOUND
from layers import access, query
from layers.access import opened
from layers.changing.edits import Edit
from layers.rules.asking import Asked
from layers.rules.issues import lonlat


def changed(asked: Asked, fid: int, version: int, *, geometry: BaseGeometry | None = None, properties: Mapping[str, Any] | None = None) -> Edit | None:
    """The feature with another shape or other values; None where the caller may not see it.

    What this transaction has made has no number yet that anybody knows: its way out is the making itself, with the other shape or values.
    """
    if asked.is_new(fid, version):
        return _made_anew(asked, fid, geometry, properties or {})
    shape = None if geometry is None else lonlat(geometry)
    return Edit(asked.layer.slug, "update", fid, asked.known(fid, version), properties, shape)


def deleted(asked: Asked, fid: int, version: int) -> Edit | None:
    """The feature gone; None for one that is only now being made: who does not want it does not make it."""
    return None if asked.is_new(fid, version) else Edit(asked.layer.slug, "delete", fid, asked.known(fid, version))


def like(asked: Asked, fid: int, geometry: BaseGeometry) -> Edit | None:
    """A new feature with the values that the caller may give of another; None where the caller may not see that one."""
    found = _values(asked, fid)
    return None if found is None else Edit(asked.layer.slug, "create", properties=found[0], geometry=lonlat(geometry))


def _made_anew(asked: Asked, fid: int, geometry: BaseGeometry | None, properties: Mapping[str, Any]) -> Edit | None:
    found = _values(asked, fid)
    if found is None:
        return None
    kept, shape = found
    return Edit(asked.layer.slug, "create", properties=kept | dict(properties), geometry=shape if geometry is None else lonlat(geometry))


def _values(asked: Asked, fid: int) -> tuple[dict[str, Any], Any] | None:
    """What a new row may be given of a standing one, and its shape in degrees."""
    try:
        feature = query.feature(opened(asked.layer, asked.scope), fid)
    except NOT_FOUND:
        return None
    writable = {field.name for field in asked.layer.fields if field.required or access.may_write(field, asked.scope)}
    return {name: value for name, value in feature["properties"].items() if name in writable and value is not None}, feature["geometry"]
