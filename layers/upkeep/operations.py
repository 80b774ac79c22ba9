"""The log of what was done to a feature: inspected, cleaned, repaired, replaced; by whom, when, and in which condition it was left."""

from datetime import datetime, timedelta
from typing import Any

from geo import events
from geo.acting import acting
from geo.errors import BAD_REQUEST
from geo.models import User
from layers import query
from layers.access import Scope, opened
from layers.changing import editing
from layers.changing.edits import Edit
from layers.layer import Choice
from layers.models import Operation

KINDS = (
    Choice("inspected", "Kiểm tra", "Inspected"),
    Choice("cleaned", "Vệ sinh, nạo vét", "Cleaned"),
    Choice("repaired", "Sửa chữa", "Repaired"),
    Choice("replaced", "Thay thế", "Replaced"),
    Choice("installed", "Lắp đặt", "Installed"),
    Choice("shut_off", "Ngắt, khoá", "Shut off"),
    Choice("reported", "Ghi nhận hư hỏng", "Damage noted"),
)
LONGEST_NOTE = 2_000
MOST_TOLD = 500
# A clock may run ahead by that much.
AHEAD = timedelta(minutes=5)


def record(
    *, slug: str, fid: int, kind: str, done_at: datetime, note: str, condition: int | None, known: set[int], by: User, scope: Scope, at: datetime
) -> dict[str, Any]:
    """Add to the log; with `condition`, change that of the feature in the same transaction. Raises as editing.apply does, and BAD_REQUEST."""
    editing.check_row(slug=slug, fid=fid, scope=scope, at=at)
    if kind not in [choice.value for choice in KINDS]:
        raise BAD_REQUEST(f"kind: {', '.join(choice.value for choice in KINDS)}.", f"kind is of {', '.join(choice.value for choice in KINDS)}.")
    if len(note) > LONGEST_NOTE or "\0" in note or done_at.tzinfo is None or done_at > at + AHEAD:
        raise BAD_REQUEST(f"Ghi chú tối đa {LONGEST_NOTE} ký tự; thời điểm đã qua.", f"A note of at most {LONGEST_NOTE} characters, a moment that has passed.")
    with acting(by=by, because=note.strip()[: editing.LONGEST_REASON] or kind):
        if condition is not None:
            edit = Edit(slug, "update", fid, frozenset(known), {"condition": condition})
            editing.apply(edits=[edit], by=by, scope=scope, at=at, because=note.strip()[: editing.LONGEST_REASON] or kind)
        made = Operation.objects.create(layer=slug, fid=fid, kind=kind, done_at=done_at, note=note.strip(), by=by, agency=by.agency, recorded_at=at)
        events.publish(kind="layer.operated", layer=slug, fids=[fid], at=at, data={"operation": kind})
    return _told(made)


def listed(*, slug: str, fid: int, scope: Scope) -> list[dict[str, Any]]:
    """The log of a feature that the caller may see, the newest first. Raises NOT_FOUND."""
    query.feature(opened(slug, scope), fid)
    found = Operation.objects.filter(layer=slug, fid=fid).select_related("by", "agency").order_by("-done_at", "-pk")
    return [_told(one) for one in found[:MOST_TOLD]]


def _told(one: Operation) -> dict[str, Any]:
    kind = next(choice for choice in KINDS if choice.value == one.kind)
    return {
        "id": one.pk,
        "kind": one.kind,
        "title": {"vi": kind.vi, "en": kind.en},
        "done_at": one.done_at,
        "note": one.note,
        "by": one.by.display_name or one.by.username,
        "agency": one.agency.name if one.agency else None,
        "recorded_at": one.recorded_at,
    }
