"""Two people, one feature: what each changed since the version that the later one had seen, and whether both changes can stand.

docs/conflicts.md is the table of every pair.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shapely.geometry import shape as shape_of
from shapely.geometry.base import BaseGeometry

from geo.errors import CONFLICT, NOT_FOUND, STALE
from layers import query
from layers.access import Opened, may_write
from layers.changing import rows
from layers.changing.edits import Edit
from layers.changing.rows import Standing
from layers.remembering import versions

SHAPE = "geometry"
# GeoJSON of both sides is rounded to 8 decimals of a degree, a millimetre.
SAME_DEG = 3e-8
Feature = Mapping[str, Any]


def met(seen: Opened, edit: Edit, *, merge: bool, retiring: bool = False) -> tuple[Standing, tuple[str, ...]]:
    """The row that an edit meets, held until the transaction ends, and the fields that somebody else had changed beneath it.

    Raises NOT_FOUND for what the caller may not see; STALE with base, mine, theirs and `clashes` for a version that the writer did not
    know, unless `merge` is wanted and nothing clashes. `retiring`: others are made of it (a split, a merge), which is more than a deletion.
    """
    fid = edit.fid if edit.fid is not None else -1
    try:
        standing = rows.locked(seen, fid)
    except NOT_FOUND:
        _raise_if_deleted(seen, edit, retiring)
        raise
    if standing.version in edit.known:
        return standing, ()
    found = against(seen, edit)
    if merge and edit.op == "update" and found.mergeable:
        return standing, tuple(found.theirs)
    raise STALE(
        f"Bản hiện nay là v{standing.version}.",
        f"It is at v{standing.version} now.",
        base=found.base,
        mine=_mine(edit),
        theirs=found.now,
        clashes=list(found.clashes),
        mergeable=found.mergeable,
        fid=fid,
        layer=edit.layer,
    )


@dataclass(frozen=True)
class Difference:
    """What both sides did since the base: the fields that they changed, and those that both changed to something else."""

    base: Feature | None
    now: Feature
    theirs: tuple[str, ...]
    clashes: tuple[str, ...]
    mergeable: bool


def against(seen: Opened, edit: Edit) -> Difference:
    """How an edit stands to what its feature has become. Raises NOT_FOUND."""
    now = query.feature(seen, edit.fid if edit.fid is not None else -1)
    if now["version"] in edit.known:
        return Difference(now, now, (), (), True)
    base = versions.feature_at(seen, now["id"], edit.version or 0)
    mine = dict(edit.properties or {}) | ({SHAPE: edit.geometry} if edit.geometry is not None else {})
    if base is None:
        return Difference(None, now, (), tuple(mine), False)
    theirs = tuple(name for name in base["properties"] if not _same(base["properties"][name], now["properties"].get(name)))
    theirs += () if _same_shape(base[SHAPE], now[SHAPE]) else (SHAPE,)
    clashes = theirs if edit.op == "delete" else tuple(name for name in theirs if name in mine and not _agrees(name, mine[name], now))
    return Difference(base, now, theirs, clashes, edit.op == "update" and not clashes)


def _agrees(name: str, wanted: Any, now: Feature) -> bool:
    """Both sides made the same of it."""
    return _same_shape(wanted, now[SHAPE]) if name == SHAPE else _same(wanted, now["properties"].get(name))


def _same(one: Any, other: Any) -> bool:
    # A column that may not be null keeps an empty text where nothing was given.
    return bool(one == other) or (one in (None, "") and other in (None, ""))


def _same_shape(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return one is other
    if isinstance(one, BaseGeometry) or isinstance(other, BaseGeometry):
        return False
    try:
        return bool(shape_of(one).equals_exact(shape_of(other), SAME_DEG, normalize=True))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError):
        return False


def _mine(edit: Edit) -> dict[str, Any]:
    return {"properties": dict(edit.properties or {}), "geometry": None if isinstance(edit.geometry, BaseGeometry) else edit.geometry}


def _raise_if_deleted(seen: Opened, edit: Edit, retiring: bool) -> None:
    """A change of what somebody has deleted is not lost: its writer is told who, when and why, and may bring the feature back."""
    deleted = versions.deletion_of(seen, edit.fid) if (edit.op == "update" or retiring) and edit.fid is not None else None
    if deleted is None:
        return
    base = versions.feature_at(seen, edit.fid or 0, edit.version or 0)
    raise STALE(
        "Đối tượng đã bị xoá.",
        "The feature has been deleted.",
        base=base,
        mine=_mine(edit),
        theirs=None,
        deleted=deleted,
        clashes=[*(edit.properties or {}), *([SHAPE] if edit.geometry is not None else [])],
        mergeable=False,
        fid=edit.fid,
        layer=edit.layer,
    )


@dataclass(frozen=True)
class Back:
    """What a kept version would make of the row: columns and shape as the table takes them; standing is None where the row is gone."""

    fid: int
    version: int
    columns: dict[str, Any]
    shape: BaseGeometry
    standing: Standing | None


def brought_back(seen: Opened, edit: Edit) -> Back:
    """The version that a restore names, ready to be written as a newer one. Raises NOT_FOUND, STALE, CONFLICT where nothing was kept of it."""
    fid = edit.fid if edit.fid is not None else -1
    deleted = versions.deletion_of(seen, fid)
    standing = None if deleted is not None else met(seen, edit, merge=False)[0]
    if deleted is not None and deleted["version"] not in edit.known:
        raise STALE("Đối tượng đã bị xoá ở bản khác.", "The feature was deleted at another version.", theirs=None, deleted=deleted, mine={}, base=None)
    kept = versions.row_at(seen.layer, fid, edit.to_version or 0)
    if kept is None:
        raise CONFLICT(f"Không còn bản v{edit.to_version}.", f"Nothing is kept of version {edit.to_version}.")
    columns, shape = kept
    if standing is not None:
        # Over a row that stands only what this caller may write: the rest is as others left it. A deleted feature comes back whole.
        writable = {field.source for field in seen.layer.fields if may_write(field, seen.scope)}
        columns = {name: value for name, value in columns.items() if name in writable}
    return Back(fid, (standing.version if standing else deleted["version"] if deleted else 0) + 1, columns, shape, standing)
