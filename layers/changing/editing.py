"""Creating, changing, deleting and bringing back features: one road for every entrance, one transaction for every set of edits.

Nobody overwrites what somebody else has just changed: an edit names the version that it was made on, and an older one is refused with
what it was made on, what was wanted and what stands now; or, where the caller asks for it and no field clashes, merged field by field.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import DataError, IntegrityError
from django.dispatch import Signal
from psycopg2 import errorcodes
from shapely.geometry.base import BaseGeometry

from geo import events, shapes
from geo.acting import acting
from geo.errors import BAD_REQUEST, CONFLICT, FORBIDDEN, UNPROCESSABLE, define
from geo.models import User
from geo.permissions import PERMISSIONS
from layers import access, query, rules
from layers.access import Opened, Scope, opened
from layers.changing import conflicts, places, rows, values
from layers.changing.edits import Edit, Op
from layers.changing.rows import Standing
from layers.layer import registry
from layers.rules import Issue

LONGEST_REASON = 300
LONGEST_DOCUMENT = 100
MOST_EDITS = 5_000
REASONS: dict[Op, str] = {"create": "thêm trên bản đồ", "update": "sửa trên bản đồ", "delete": "xoá trên bản đồ", "restore": "khôi phục"}
KINDS: dict[Op, str] = {"create": "layer.created", "update": "layer.edited", "delete": "layer.deleted", "restore": "layer.restored"}
ACTION: dict[Op, str] = {"create": "create", "update": "edit", "delete": "delete", "restore": "create"}
# What is deleted makes room for what is made: a part of a split parcel may keep its number.
ORDER: dict[Op, int] = {"delete": 0, "update": 1, "restore": 2, "create": 3}

REVIEW_REQUIRED = define(
    "review_required", 409, "Lớp này chỉ thay đổi qua phiên chỉnh sửa được duyệt", "This layer changes only by a change set that is approved"
)
RULES_BROKEN = define("rules_broken", 422, "Vi phạm quy tắc của lớp", "A rule of the layer does not hold")
REASON_NEEDED = define("warning_reason_needed", 422, "Cảnh báo cần lý do bằng chữ", "A warning needs a written reason")
# Sent in the writing transaction when everything is written, before the rules are asked.
applied = Signal()


@dataclass(frozen=True)
class Change:
    """What somebody wants of one feature; None is what it says nothing about."""

    properties: dict[str, Any] | None = None
    geometry: dict[str, Any] | None = None
    because: str = ""
    document: str = ""
    accepted: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Done:
    """What became of one edit; `merged` names the fields that somebody else had changed since."""

    layer: str
    op: Op
    fid: int
    version: int
    merged: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {"layer": self.layer, "op": self.op, "fid": self.fid, "version": self.version, "merged": list(self.merged)}


@dataclass(frozen=True)
class Outcome:
    """All edits in the order that they were given, what stands afterwards as GeoJSON in lon/lat, and what the rules say of it."""

    done: list[Done]
    features: list[dict[str, Any]]
    issues: list[Issue]


@dataclass(frozen=True)
class _Plan:
    """An edit that its writer may want: the layer as the writer sees it, values and shape as the table takes them."""

    edit: Edit
    seen: Opened
    columns: dict[str, Any]
    shape: BaseGeometry | None


def apply(
    *,
    edits: Sequence[Edit],
    by: User | None,
    scope: Scope,
    at: datetime,
    because: str = "",
    document: str = "",
    accepted: Mapping[str, str] | None = None,
    change_set: int | None = None,
    looking: bool = False,
    merge: bool = False,
) -> Outcome:
    """All of the edits or none. `looking` goes the whole way and then back, and tells of issues instead of refusing them.

    Raises NOT_FOUND, FORBIDDEN, REVIEW_REQUIRED, OUTSIDE_WARDS, the gateway's and the values' refusals, STALE, CONFLICT, RULES_BROKEN
    and REASON_NEEDED. `accepted` holds a written reason for each warning by its key.
    """
    plans = _plans(edits, scope, at, reviewed=change_set is not None or looking)
    why = because.strip() or REASONS[edits[0].op]
    try:
        with _writing(by, why, document.strip(), change_set):
            wrote = _written(plans, by=by, scope=scope, at=at, why=why, document=document.strip(), change_set=change_set, looking=looking, merge=merge)
            outcome = _outcome(plans, wrote, scope, at)
            if looking:
                raise _OnlyLooking
            judge(outcome.issues, accepted or {})
    except _OnlyLooking:
        pass
    return outcome


@contextmanager
def supposed(*, edits: Sequence[Edit], by: User | None, scope: Scope, at: datetime) -> Iterator[list[Done]]:
    """The edits as if they stood, for as long as the block lasts; nothing is kept of them, nor of what the block does on top.

    Merged as in a change set. Raises as apply does, but for what the rules say, which are not asked.
    """
    plans = _plans(edits, scope, at, reviewed=True)
    why = REASONS[edits[0].op]
    try:
        with _writing(by, why, "", None):
            yield _written(plans, by=by, scope=scope, at=at, why=why, document="", change_set=None, looking=True, merge=True).done
            raise _OnlyLooking
    except _OnlyLooking:
        pass


def create(*, slug: str, change: Change, by: User, scope: Scope, at: datetime) -> dict[str, Any]:
    """Add a feature and return it as the caller sees it. Raises as apply does."""
    return _one(Edit(slug, "create", properties=change.properties, geometry=change.geometry), change, by, scope, at)


def edit(*, slug: str, fid: int, versions_known: set[int], change: Change, by: User, scope: Scope, at: datetime) -> dict[str, Any]:
    """Change a feature and return it as it is now. Raises as apply does."""
    return _one(Edit(slug, "update", fid, frozenset(versions_known), change.properties, change.geometry), change, by, scope, at)


def delete(*, slug: str, fid: int, versions_known: set[int], change: Change, by: User, scope: Scope, at: datetime) -> None:
    """Delete a feature; its history stays. Raises as apply does."""
    _apply_one(Edit(slug, "delete", fid, frozenset(versions_known)), change, by, scope, at)


def restore(*, slug: str, fid: int, to_version: int, versions_known: set[int], change: Change, by: User, scope: Scope, at: datetime) -> dict[str, Any]:
    """Bring a kept version back as a new one and return it. Raises as apply does, and CONFLICT where nothing was kept of it."""
    return _one(Edit(slug, "restore", fid, frozenset(versions_known), to_version=to_version), change, by, scope, at)


def _apply_one(edit_: Edit, change: Change, by: User, scope: Scope, at: datetime) -> Outcome:
    return apply(edits=[edit_], by=by, scope=scope, at=at, because=change.because, document=change.document, accepted=change.accepted)


def _one(edit_: Edit, change: Change, by: User, scope: Scope, at: datetime) -> dict[str, Any]:
    return query.feature(opened(edit_.layer, scope), _apply_one(edit_, change, by, scope, at).done[0].fid)


def check_row(*, slug: str, fid: int, scope: Scope, at: datetime) -> Opened:
    """The layer, where this caller may change this very row: for what is added to a row without changing it, a log or a picture.

    Raises NOT_FOUND, FORBIDDEN, OUTSIDE_WARDS and NOT_YOURS, as changing it would.
    """
    seen = _opened(Edit(slug, "update", fid), scope, reviewed=True)
    places.check(scope, rows.locked(seen, fid).shape, at)
    rows.check_editable(seen, fid)
    return seen


# Before the transaction: what needs no lock.


def _plans(edits: Sequence[Edit], scope: Scope, at: datetime, *, reviewed: bool) -> list[_Plan]:
    if not 0 < len(edits) <= MOST_EDITS:
        raise BAD_REQUEST(f"Từ 1 đến {MOST_EDITS:,} thay đổi.", f"From 1 to {MOST_EDITS:,} edits.")
    if any(layer.group == "made" for edit in edits if (layer := registry.sought(edit.layer))):
        # Another process may have given it a field a moment ago.
        registry.look()
    return [_planned(edit, scope, at, reviewed=reviewed) for edit in edits]


def _planned(edit_: Edit, scope: Scope, at: datetime, *, reviewed: bool) -> _Plan:
    if edit_.item is not None:
        raise BAD_REQUEST("item chỉ dùng trong phiên chỉnh sửa.", "item is for edits of a change set.", item=edit_.item)
    seen = _opened(edit_, scope, reviewed=reviewed)
    if edit_.op == "update" and not edit_.properties and edit_.geometry is None:
        raise BAD_REQUEST("Không có gì để sửa.", "There is nothing to change.")
    if edit_.op == "create":
        shape = _admitted(seen, edit_.geometry)
        return _Plan(edit_, seen, places.ward_of(seen.layer, shape, at) | dict(edit_.properties or {}), shape)
    columns = values.checked(seen.layer, dict(edit_.properties or {}), scope, new=False) if edit_.op == "update" else {}
    shape = None if edit_.geometry is None or edit_.op != "update" else _admitted(seen, edit_.geometry)
    return _Plan(edit_, seen, columns, shape)


def _admitted(seen: Opened, geometry: Any) -> BaseGeometry:
    """A shape of ours is in city metres already and passes the gateway all the same."""
    if isinstance(geometry, BaseGeometry):
        return shapes.admit(geometry, types=(seen.layer.geometry_type,), srid=rows.CITY_SRID)
    return shapes.admit(geometry, types=(seen.layer.geometry_type,))


def _opened(edit_: Edit, scope: Scope, *, reviewed: bool) -> Opened:
    """The layer, which this caller may see and change. Raises NOT_FOUND before FORBIDDEN before REVIEW_REQUIRED."""
    seen = opened(edit_.layer, scope)
    layer = seen.layer
    if not layer.editable():
        raise FORBIDDEN("Lớp này chỉ thay đổi bằng nghiệp vụ riêng.", "Rows of this layer change by the city's own verbs only.")
    action = ACTION[edit_.op]
    if not access.may(layer, action, scope):
        vi, en = PERMISSIONS[layer.permits.get(action, layer.edit or "")]
        raise FORBIDDEN(f"Cần quyền với lớp này: {vi}.", f"The permission for this layer is missing: {en}.")
    if seen.geometry != seen.indexed:
        raise FORBIDDEN("Chỉ thấy vị trí gần đúng.", "You see only an approximate place of these rows.")
    if layer.review and not reviewed and scope is not access.SYSTEM:
        raise REVIEW_REQUIRED(f"Đưa thay đổi của {layer.vi} vào một phiên chỉnh sửa.", f"Put changes of {layer.en} into a change set.", layer=layer.slug)
    return seen


# The transaction.


@dataclass(frozen=True)
class _Held:
    """A row that an edit or a parent names, locked: what others changed beneath the edit, and what its writer may not see of it."""

    standing: Standing
    merged: tuple[str, ...] = ()
    hidden: Mapping[str, Any] = field(default_factory=dict)


_Holding = Mapping[tuple[str, int], _Held]


@dataclass(frozen=True)
class _Wrote:
    """What became of the edits, and the rows that they met."""

    done: list[Done]
    held: _Holding


class _OnlyLooking(Exception):
    """Undoes the transaction of a preview, which shows exactly what would be stored."""


@contextmanager
def _writing(by: User | None, because: str, document: str, change_set: int | None) -> Iterator[None]:
    """The transaction of one set of edits; what the database refuses becomes a refusal with its reason."""
    if len(because) > LONGEST_REASON or len(document) > LONGEST_DOCUMENT or "\0" in because + document:
        raise BAD_REQUEST(
            f"Lý do tối đa {LONGEST_REASON} ký tự, văn bản {LONGEST_DOCUMENT}.",
            f"The reason has at most {LONGEST_REASON} characters, the document {LONGEST_DOCUMENT}.",
        )
    try:
        with acting(by=by, because=because, document=document, change_set=change_set):
            yield
    except IntegrityError as error:
        code = getattr(error.__cause__, "pgcode", "")
        if code == errorcodes.UNIQUE_VIOLATION:
            raise CONFLICT("Trùng với đối tượng đã có.", "It collides with one that is there.") from error
        if code == errorcodes.FOREIGN_KEY_VIOLATION:
            raise CONFLICT("Còn dữ liệu khác phụ thuộc vào đối tượng này.", "Something else still depends on it.") from error
        raise UNPROCESSABLE("Cơ sở dữ liệu không nhận giá trị này.", "The database does not take these values.") from error
    except DataError as error:
        raise UNPROCESSABLE("Cơ sở dữ liệu không nhận giá trị này.", "The database does not take these values.") from error


def _written(
    plans: Sequence[_Plan], *, by: User | None, scope: Scope, at: datetime, why: str, document: str, change_set: int | None, looking: bool, merge: bool
) -> _Wrote:
    held = _held(plans, merge=merge)
    done: list[Done | None] = [None] * len(plans)
    for index in sorted(range(len(plans)), key=lambda index: ORDER[plans[index].edit.op]):
        done[index] = _WRITE[plans[index].edit.op](plans[index], held, scope, at)
    told = [one for one in done if one is not None]
    applied.send(
        sender=None, edits=[plan.edit for plan in plans], done=told, by=by, at=at, because=why, document=document, change_set=change_set, looking=looking
    )
    _tell(told, at)
    return _Wrote(told, held)


def _outcome(plans: Sequence[_Plan], wrote: _Wrote, scope: Scope, at: datetime) -> Outcome:
    """What stands now, and what the rules say of it."""
    touched, left = _reach(plans, wrote.done, wrote.held)
    features = [_shown(plan.seen, one) for plan, one in zip(plans, wrote.done, strict=True) if one.op != "delete"]
    return Outcome(wrote.done, features, rules.check(touched=touched, left=left, scope=scope, at=at))


def _held(plans: Sequence[_Plan], *, merge: bool) -> dict[tuple[str, int], _Held]:
    """Every row that an edit or a parent names, locked in one order for all writers."""
    wanted: dict[tuple[str, int], _Plan | None] = {}
    for plan in plans:
        wanted |= {(plan.edit.layer, fid): wanted.get((plan.edit.layer, fid)) for fid in plan.edit.parents}
        if plan.edit.fid is not None and plan.edit.op != "restore":
            if wanted.get((plan.edit.layer, plan.edit.fid)) is not None:
                raise BAD_REQUEST("Một đối tượng được sửa hai lần.", "One feature is edited twice.", fid=plan.edit.fid)
            wanted[plan.edit.layer, plan.edit.fid] = plan
    seen = {plan.edit.layer: plan.seen for plan in plans}
    parents = {(plan.edit.layer, fid) for plan in plans for fid in plan.edit.parents}
    held = {}
    for slug, fid in sorted(wanted):
        own = wanted[slug, fid]
        standing, merged = (
            (rows.locked(seen[slug], fid), ()) if own is None else conflicts.met(own.seen, own.edit, merge=merge, retiring=(slug, fid) in parents)
        )
        held[slug, fid] = _Held(standing, merged, rows.hidden_of(seen[slug], standing) if (slug, fid) in parents else {})
    return held


def _own(plan: _Plan, held: _Holding) -> tuple[Standing, tuple[str, ...]]:
    found = held[plan.edit.layer, plan.edit.fid if plan.edit.fid is not None else -1]
    return found.standing, found.merged


def _create(plan: _Plan, held: _Holding, scope: Scope, at: datetime) -> Done:
    layer, shape = plan.seen.layer, plan.shape
    assert shape is not None  # noqa: S101 (_planned admits the shape of whatever is created)
    inherited = rows.inherited(layer, [held[plan.edit.layer, fid].hidden for fid in plan.edit.parents])
    columns = inherited | access.filled_in(layer, scope) | values.checked(layer, plan.columns, scope, new=True)
    places.check(scope, shape, at)
    places.check_claim(layer, scope, columns, shape)
    fid = rows.insert(layer, columns, shape)
    rows.check_editable(plan.seen, fid)
    return Done(layer.slug, "create", fid, 1)


def _update(plan: _Plan, held: _Holding, scope: Scope, at: datetime) -> Done:
    standing, merged = _own(plan, held)
    places.check(scope, standing.shape, at)
    rows.check_editable(plan.seen, standing.fid)
    shape = plan.shape
    if shape is not None:
        places.check(scope, shape, at)
        shape = shapes.settled(shape, onto=standing.shape) if standing.shape is not None else shape
    rows.update(plan.seen.layer, standing.fid, standing.version, plan.columns, shape)
    rows.check_editable(plan.seen, standing.fid)
    return Done(plan.edit.layer, "update", standing.fid, standing.version + 1, merged)


def _delete(plan: _Plan, held: _Holding, scope: Scope, at: datetime) -> Done:
    standing, _ = _own(plan, held)
    places.check(scope, standing.shape, at)
    rows.check_editable(plan.seen, standing.fid)
    rows.delete(plan.seen.layer, standing.fid)
    return Done(plan.edit.layer, "delete", standing.fid, standing.version + 1)


def _restore(plan: _Plan, held: _Holding, scope: Scope, at: datetime) -> Done:
    back = conflicts.brought_back(plan.seen, plan.edit)
    if back.standing is not None:
        places.check(scope, back.standing.shape, at)
        rows.check_editable(plan.seen, back.fid)
        rows.update(plan.seen.layer, back.fid, back.standing.version, back.columns, back.shape)
    else:
        rows.insert(plan.seen.layer, back.columns | {plan.seen.layer.fid: back.fid, "version": back.version}, back.shape)
    places.check(scope, back.shape, at)
    rows.check_editable(plan.seen, back.fid)
    return Done(plan.edit.layer, "restore", back.fid, back.version)


_WRITE = {"create": _create, "update": _update, "delete": _delete, "restore": _restore}


def _tell(done: Iterable[Done], at: datetime) -> None:
    """One event a layer and kind of change, however many features."""
    grouped: dict[tuple[str, Op], list[Done]] = {}
    for one in done:
        grouped.setdefault((one.layer, one.op), []).append(one)
    for (slug, op), ones in grouped.items():
        events.publish(kind=KINDS[op], layer=slug, fids=[one.fid for one in ones], at=at, data={"version": ones[0].version} if len(ones) == 1 else {})


def _reach(plans: Sequence[_Plan], done: Sequence[Done], held: _Holding) -> tuple[dict[str, list[int]], dict[str, list[BaseGeometry]]]:
    """What stands after the change, and the shapes that were there before it, by layer."""
    touched: dict[str, list[int]] = {}
    left: dict[str, list[BaseGeometry]] = {}
    for plan, one in zip(plans, done, strict=True):
        if one.op != "delete":
            touched.setdefault(one.layer, []).append(one.fid)
        before = held.get((one.layer, one.fid))
        if before is not None and before.standing.shape is not None and (one.op == "delete" or plan.shape is not None):
            left.setdefault(one.layer, []).append(before.standing.shape)
    return touched, left


def _shown(seen: Opened, done: Done) -> dict[str, Any]:
    return {**query.feature(seen, done.fid), "layer": done.layer}


def judge(issues: Sequence[Issue], accepted: Mapping[str, str]) -> None:
    """Errors refuse; a warning passes with a reason that somebody wrote."""
    errors = [issue for issue in issues if issue.severity == "error"]
    if errors:
        raise RULES_BROKEN(errors[0].vi, errors[0].en, issues=[rules.as_json(issue) for issue in issues])
    silent = [issue for issue in issues if not accepted.get(issue.key, "").strip()]
    if silent:
        raise REASON_NEEDED(silent[0].vi, silent[0].en, issues=[rules.as_json(issue) for issue in issues])
