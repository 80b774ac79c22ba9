"""Closing and slowing streets and canals: made, changed, lengthened and ended by people who say why, on the one road of `layers.changing.editing`.

A closure says when it ends, or in so many words that it stays until somebody opens it. Nothing has to run for one to end: from its moment on it does not count.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection
from shapely.geometry.base import BaseGeometry

from geo import shapes
from geo.city import CITY
from geo.errors import FORBIDDEN, NOT_FOUND, STALE, define
from geo.models import User
from geo.network import MODES, Closure, Network
from geo.permissions import PERMISSIONS
from layers import access, query
from layers.access import ANONYMOUS, Scope, opened
from layers.changing import editing
from layers.changing.edits import Edit
from layers.models import History
from layers.remembering.versions import names_of
from layers.ways import travel

SLUG = "closures"
# What may be closed whole, by its own row.
WAYS = ("roads", "canals", "bridges")
# An area that takes more of the network than this is asked about again: most likely a slip of the hand.
MUCH = 0.25
LONGEST_AHEAD = timedelta(days=366)
LONGEST_REASON = 200
NAMES_TOLD = 5

INVALID = define("closure_invalid", 422, "Lệnh cấm đường chưa đúng", "The closure is not right")
NO_END = define(
    "closure_without_end", 422, "Cần hạn kết thúc, hoặc nói rõ: đến khi có lệnh mở", "An end is needed, or the word that it stays until it is opened"
)
NOTHING_THERE = define("closes_nothing", 422, "Không có đường, kênh nào ở đó", "There is no street or canal there")
CLOSES_MUCH = define("closes_much", 409, "Vùng cấm chiếm phần lớn mạng lưới", "The area takes a large part of the network")
ENDED = define("closure_ended", 409, "Đã mở lại", "It has been opened already")


@dataclass(frozen=True)
class Wanted:
    """What is to be closed: a shape (GeoJSON in lon/lat) or a street's own row, for whom, how much, why and when."""

    reason: str
    geometry: Mapping[str, Any] | None = None
    way: tuple[str, int] | None = None
    modes: Sequence[str] = ()
    factor: float = 0.0
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    until_opened: bool = False
    confirmed: bool = False
    # Goes the whole way and back: what it would hold, and nothing stored.
    looking: bool = False


@dataclass(frozen=True)
class Held:
    """What a shape takes of the network: stretches, metres, the share of all metres, and the first names."""

    stretches: int
    length_m: float
    share: float
    names: tuple[str, ...] = field(default=())

    def as_dict(self) -> dict[str, Any]:
        return {"stretches": self.stretches, "length_m": round(self.length_m, 1), "share": round(self.share, 4), "names": list(self.names)}


def close(*, wanted: Wanted, by: User, scope: Scope, at: datetime) -> dict[str, Any]:
    """Close or slow what lies under the shape; the closure as a feature, with what it holds.

    Raises INVALID, NO_END, NOTHING_THERE, CLOSES_MUCH (until confirmed) and whatever editing refuses.
    """
    _check_may("create", scope)
    starts_at = wanted.starts_at or at
    _check(reason=wanted.reason, modes=wanted.modes, factor=wanted.factor)
    if wanted.ends_at is None and not wanted.until_opened:
        raise NO_END()
    _check_times(starts_at, wanted.ends_at, at)
    shape = _shape(wanted, scope)
    held = what_it_holds(shape=shape, network=travel.network(at))
    if not held.stretches:
        raise NOTHING_THERE()
    if held.share > MUCH and not wanted.confirmed and not wanted.looking:
        raise CLOSES_MUCH(
            f"{held.share:.0%} mạng lưới sẽ bị cấm hoặc chậm lại. Gửi lại với confirmed nếu đúng ý.",
            f"{held.share:.0%} of the network would be closed or slowed. Send it again with `confirmed` if that is what you want.",
            holds=held.as_dict(),
        )
    properties = {
        "reason": wanted.reason.strip(),
        "modes": list(wanted.modes),
        "factor": wanted.factor,
        "starts_at": starts_at.isoformat(),
        "ends_at": wanted.ends_at.isoformat() if wanted.ends_at else None,
    }
    outcome = editing.apply(
        edits=[Edit(SLUG, "create", properties=properties, geometry=shape)],
        by=by,
        scope=scope,
        at=at,
        because=wanted.reason.strip(),
        looking=wanted.looking,
    )
    return {**outcome.features[0], "holds": held.as_dict(), "stored": not wanted.looking}


def change(*, fid: int, known: set[int], changes: Mapping[str, Any], because: str, by: User, scope: Scope, at: datetime) -> dict[str, Any]:
    """Change reason, modes, factor or end of a closure that has not ended, on a version that the writer knows. `ends_at` None: until it is opened.

    Raises NOT_FOUND, ENDED, INVALID and whatever editing refuses, STALE among it.
    """
    _check_may("edit", scope)
    standing = query.feature(opened(SLUG, scope), fid)["properties"]
    _check_open(standing, fid, at)
    _check(
        reason=changes.get("reason", standing["reason"]), modes=changes.get("modes", standing["modes"] or ()), factor=changes.get("factor", standing["factor"])
    )
    if changes.get("ends_at") is not None:
        _check_times(datetime.fromisoformat(standing["starts_at"]), changes["ends_at"], at)
    properties = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in changes.items()}
    why = because.strip() or ("gia hạn" if set(changes) == {"ends_at"} else "đổi lệnh cấm đường")
    edit = Edit(SLUG, "update", fid, frozenset(known), properties)
    return editing.apply(edits=[edit], by=by, scope=scope, at=at, because=why).features[0]


def end(*, fid: int, because: str, by: User, scope: Scope, at: datetime) -> dict[str, Any]:
    """Open it now. Whoever comes second is told who was first. Raises NOT_FOUND, ENDED and whatever editing refuses."""
    _check_may("edit", scope)
    seen = opened(SLUG, scope)
    standing = query.feature(seen, fid)
    _check_open(standing["properties"], fid, at)
    # One that has not begun ends where it begins: it never counts.
    moment = max(at, datetime.fromisoformat(standing["properties"]["starts_at"]))
    edit = Edit(SLUG, "update", fid, frozenset({standing["version"]}), {"ends_at": moment.isoformat()})
    try:
        return editing.apply(edits=[edit], by=by, scope=scope, at=at, because=because.strip() or "mở lại đường").features[0]
    except STALE:
        _check_open(query.feature(seen, fid)["properties"], fid, at)
        raise


def what_it_holds(*, shape: BaseGeometry, network: Network) -> Held:
    """How much of the network lies under a shape, whatever else is closed today."""
    found = network.open.with_closures([Closure(shape, 0.0)]).held()[0]
    whole_m = float(network.length_m.sum())
    length_m = float(network.length_m[found].sum())
    return Held(len(found), length_m, length_m / whole_m if whole_m else 0.0, _names(network, found))


def listed(*, scope: Scope, at: datetime, ended_too: bool = False, limit: int = 200) -> list[dict[str, Any]]:
    """Closures that count now or later, the first to end first; with those that ended where asked for. Who may edit them is told who made the last change."""
    seen = opened(SLUG, scope)
    with connection.cursor() as cursor:
        text = LISTED.format(relation=seen.relation.as_string(cursor.cursor), where=seen.where.as_string(cursor.cursor))
        cursor.execute(text, {**seen.params, "at": at, "ended": ended_too, "limit": min(limit, query.MAX_LIMIT)})
        fids = [row[0] for row in cursor]
    features = query.some(seen, fids)
    last = _last_changes(fids) if scope.may(seen.layer.edit) else {}
    return [_told(features[fid], at, last.get(fid)) for fid in fids if fid in features]


LISTED = """select t.id from {relation} t where {where} and (%(ended)s or t.ends_at is null or t.ends_at > %(at)s)
order by (t.ends_at is null or t.ends_at > %(at)s) desc, t.ends_at nulls last, t.id limit %(limit)s"""


def _told(feature: dict[str, Any], at: datetime, last: Mapping[str, Any] | None) -> dict[str, Any]:
    said = feature["properties"]
    starts_at, ends_at = datetime.fromisoformat(said["starts_at"]), said["ends_at"] and datetime.fromisoformat(said["ends_at"])
    state = "ended" if ends_at and ends_at <= at else "coming" if starts_at > at else "current"
    left_s = round((ends_at - at).total_seconds()) if ends_at and state != "ended" else None
    return {**feature, "state": state, "left_s": left_s, **({"last_change": dict(last)} if last else {})}


def _last_changes(fids: Sequence[int]) -> dict[int, dict[str, Any]]:
    newest = list(History.objects.filter(layer=SLUG, fid__in=fids).order_by("fid", "-id").distinct("fid"))
    names = names_of(entry.by_id for entry in newest)
    return {entry.fid: {"by": names.get(entry.by_id), "at": entry.at.isoformat(), "because": entry.because} for entry in newest}


def _check_may(action: str, scope: Scope) -> None:
    """Who may not close roads is told so, whatever else is wrong. Raises FORBIDDEN."""
    layer = opened(SLUG, scope).layer
    if not access.may(layer, action, scope):
        vi, en = PERMISSIONS[layer.edit or ""]
        raise FORBIDDEN(f"Cần quyền: {vi}.", f"The permission is missing: {en}.")


def _check_open(standing: Mapping[str, Any], fid: int, at: datetime) -> None:
    ends_at = standing["ends_at"] and datetime.fromisoformat(standing["ends_at"])
    if ends_at and ends_at <= at:
        last = _last_changes([fid]).get(fid, {})
        who = last.get("by") or "?"
        raise ENDED(f"Đã mở lại lúc {ends_at:%H:%M}, {who}.", f"It was opened at {ends_at:%H:%M} by {who}.", ended_at=standing["ends_at"], **last)


def _check(*, reason: Any, modes: Any, factor: Any) -> None:
    if not isinstance(reason, str) or not 0 < len(reason.strip()) <= LONGEST_REASON:
        raise INVALID(f"Cần lý do, tối đa {LONGEST_REASON} ký tự.", f"A reason is needed, of at most {LONGEST_REASON} characters.", field="reason")
    known = [code for code in CITY.modes if code in MODES]
    if any(mode not in known for mode in modes) or len(set(modes)) != len(modes):
        raise INVALID(f"Phương tiện: {', '.join(known)}.", f"Modes are among {', '.join(known)}.", field="modes")
    if not isinstance(factor, int | float) or not 0 <= factor < 1:
        raise INVALID("Hệ số từ 0 (cấm) đến dưới 1.", "The factor is from 0 (closed) to less than 1.", field="factor")


def _check_times(starts_at: datetime, ends_at: datetime | None, at: datetime) -> None:
    if starts_at.tzinfo is None or (ends_at is not None and ends_at.tzinfo is None):
        raise INVALID("Giờ cần có múi giờ.", "Times carry their offset.", field="ends_at")
    if ends_at is not None and ends_at <= max(starts_at, at):
        raise INVALID("Kết thúc phải sau khi bắt đầu và sau bây giờ.", "It ends after it begins, and after now.", field="ends_at")
    if max(starts_at, ends_at or starts_at) > at + LONGEST_AHEAD:
        raise INVALID(f"Tối đa {LONGEST_AHEAD.days} ngày tới.", f"At most {LONGEST_AHEAD.days} days ahead.", field="ends_at")


def _shape(wanted: Wanted, scope: Scope) -> BaseGeometry:
    """The shape in city metres: of the row that is named, or what was drawn. Raises INVALID where both or neither is given."""
    if (wanted.geometry is None) == (wanted.way is None):
        raise INVALID("Cần một hình vẽ hoặc một đoạn đường.", "A shape or a street is needed, one of them.", field="geometry")
    if wanted.way is None:
        return shapes.admit(dict(wanted.geometry or {}), types=("Geometry",))
    slug, fid = wanted.way
    if slug not in WAYS:
        raise NOT_FOUND()
    return shapes.admit(query.feature(opened(slug, scope), fid)["geometry"], types=("LineString", "MultiLineString"))


def _names(network: Network, found: Any) -> tuple[str, ...]:
    """The names of what is held, the longest stretches first."""
    fids = travel.fids()
    if not len(found) or len(fids) != len(network.stretches):
        return ()
    longest = found[np.argsort(-network.length_m[found], kind="stable")][:50]
    names: dict[str, None] = {}
    for medium, slug in (("street", "roads"), ("canal", "canals")):
        own = [int(fids[index]) for index in longest if network.stretches.medium[index] == medium]
        rows = query.some(opened(slug, ANONYMOUS), own)
        names |= {rows[fid]["properties"]["name"]: None for fid in own if fid in rows and rows[fid]["properties"]["name"]}
    return tuple(names)[:NAMES_TOLD]
