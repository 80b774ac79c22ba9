"""Edits that were made without a network: each is done once, in the order that they were made, or kept whole with the reason why not.

What cannot be stored as it came is never dropped and never stored on something else: it waits here, with base, mine and theirs, until a
person settles it. The server's versions are the order; what a phone's clock says is only told.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from geo import repeating
from geo.errors import BAD_REQUEST, NOT_FOUND, Problem, define
from geo.models import User
from layers.access import Scope
from layers.changing import editing, edits
from layers.changing.edits import Edit
from layers.models import WaitingEdit

MOST_OPS = 500
MOST_TOLD = 500
KEYS = frozenset({"key", "edit", "because", "document", "accepted", "made_at"})
# applied: stored as it came. merged: stored beside what others had changed. conflict: both changed the same. needs_review: the layer, the
# right or the feature is no longer what it was. rejected: it could never be stored as it is; the phone mends it.
Status = Literal["applied", "merged", "conflict", "needs_review", "rejected"]
STATUS_OF: dict[int, Status] = {401: "needs_review", 403: "needs_review", 404: "needs_review", 409: "needs_review", 412: "conflict"}

DEPENDS = define("depends_on_refused", 409, "Thay đổi trước của cùng đối tượng chưa được nhận", "An earlier change of the same feature was not taken")


@dataclass(frozen=True)
class Op:
    """One change as a device kept it: its own key, what is wanted, why, and when by the device's clock."""

    key: str
    edit: Edit
    because: str
    document: str
    accepted: Mapping[str, str]
    given: Mapping[str, Any]


def sync(*, given: Sequence[Any], by: User, scope: Scope, at: datetime) -> list[dict[str, Any]]:
    """What became of each, in the order that they came. Raises BAD_REQUEST where the list itself is not one."""
    if not 0 < len(given) <= MOST_OPS:
        raise BAD_REQUEST(f"Từ 1 đến {MOST_OPS} thay đổi.", f"From 1 to {MOST_OPS} changes.")
    refused: set[tuple[str, int]] = set()
    return [_one(raw, refused, by=by, scope=scope, at=at) for raw in given]


def _one(raw: Any, refused: set[tuple[str, int]], *, by: User, scope: Scope, at: datetime) -> dict[str, Any]:
    try:
        op = _read(raw)
    except Problem as problem:
        return {"key": raw.get("key") if isinstance(raw, dict) else None, "status": "rejected", "done": None, "problem": problem.as_dict()}
    feature = (op.edit.layer, op.edit.fid if op.edit.fid is not None else -1)
    try:
        if feature in refused and op.edit.fid is not None:
            raise DEPENDS()
        told, _ = repeating.once(
            key=f"sync:{op.key}", digest=repeating.digest_of(op.given), by=by, at=at, act=lambda: (200, {}, _applied(op, by=by, scope=scope, at=at))
        )
    except Problem as problem:
        refused.add(feature)
        return _kept(op, problem, by=by, at=at)
    WaitingEdit.objects.filter(user=by, key=op.key, settled_at=None).update(settled_at=at)
    done = json.loads(told[2])
    return {"key": op.key, "status": "merged" if done["merged"] else "applied", "done": done, "problem": None}


def _applied(op: Op, *, by: User, scope: Scope, at: datetime) -> str:
    """The edit stored, by a transaction of its own; what became of it, as the text that is kept for the next time."""
    outcome = editing.apply(edits=[op.edit], by=by, scope=scope, at=at, because=op.because, document=op.document, accepted=op.accepted, merge=True)
    return json.dumps(outcome.done[0].as_dict())


def _read(raw: Any) -> Op:
    """Raises BAD_REQUEST for what is no change."""
    if not isinstance(raw, dict) or not raw.keys() <= KEYS or not isinstance(raw.get("key"), str) or not repeating.KEY.fullmatch(raw["key"]):
        raise BAD_REQUEST(f"Thay đổi gồm: {', '.join(sorted(KEYS))}.", f"A change is made of {', '.join(sorted(KEYS))}.")
    texts = [raw.get(name, "") for name in ("because", "document", "made_at")]
    accepted = raw.get("accepted", {})
    if not all(isinstance(text, str) for text in texts) or not isinstance(accepted, dict):
        raise BAD_REQUEST("because, document, made_at là chữ.", "because, document and made_at are texts, accepted is an object.")
    edit = edits.from_json(raw.get("edit"))
    if edit.op != "create" and not edit.known:
        raise BAD_REQUEST("Cần version.", "The edit needs the version that it was made on.")
    return Op(raw["key"], edit, texts[0], texts[1], {str(name): str(reason) for name, reason in accepted.items()}, raw)


def _kept(op: Op, problem: Problem, *, by: User, at: datetime) -> dict[str, Any]:
    status: Status = STATUS_OF.get(problem.status, "rejected")
    told = problem.as_dict()
    if status != "rejected":
        WaitingEdit.objects.update_or_create(
            user=by, key=op.key, defaults={"op": dict(op.given), "problem": told, "status": status, "received_at": at, "settled_at": None}
        )
    return {"key": op.key, "status": status, "done": None, "problem": told}


def waiting(*, by: User) -> list[dict[str, Any]]:
    """What the person's devices sent and nobody has settled, the oldest first."""
    found = WaitingEdit.objects.filter(user=by, settled_at=None).order_by("received_at", "pk")[:MOST_TOLD]
    return [{"key": one.key, "status": one.status, "op": one.op, "problem": one.problem, "received_at": one.received_at} for one in found]


def settle(*, key: str, by: User, at: datetime) -> None:
    """The person has looked at it and lets it go, or has made another edit of it. The row stays, as settled. Raises NOT_FOUND."""
    if not WaitingEdit.objects.filter(user=by, key=key, settled_at=None).update(settled_at=at):
        raise NOT_FOUND()
