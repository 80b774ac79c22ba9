"""What each caller is shown of what happened: one Server-Sent Events frame per event and sight, None where nothing may be told."""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from geo.events import Happened, Position
from layers import query
from layers.access import PUBLISH, Opened, Scope, may, opened
from layers.layer import registry

# An event about more rows than this (an import) is told without them; whoever shows the layer fetches it afresh.
MOST_FEATURES = query.MAX_LIMIT
# What a caller who sees only some rows is told of a row that it may not see: that it is not there, and not what happened.
HIDDEN_KIND = "gone"
# What is gathered in a draft is nobody else's yet.
GATHERED = "change_set.edit"
Told = Callable[[Happened, Scope], bool]


def _edits_something(event: Happened, scope: Scope) -> bool:
    return event.kind != GATHERED and (scope.may(PUBLISH) or any(may(layer, "submit", scope) for layer in registry.all()))


# Events of no layer: by the beginning of their kind who is told that such a thing moved, to ask for what it may see of it. Others add theirs.
OF_NO_LAYER: dict[str, Told] = {"change_set.": _edits_something, "speeds.": lambda _, scope: scope.may("see_aggregates")}


def frame(event: str, data: dict[str, Any], position: Position) -> bytes:
    """One message of the stream. JSON has no raw line breaks, so one data line is enough."""
    return f"id: {position}\nevent: {event}\ndata: {json.dumps(data, ensure_ascii=False, separators=(',', ':'))}\n\n".encode()


class Shown:
    """The frames of one batch of events for every caller that asks; rows are read once per layer and sight.

    Features are as they are now, not as they were at the event: a later event only says the same again.
    """

    def __init__(self, happened: Sequence[Happened]) -> None:
        self.happened = happened
        self._frames: dict[str, list[bytes | None]] = {}
        self._by_sight: dict[tuple[str, str], dict[Position, bytes]] = {}

    def to(self, scope: Scope) -> list[bytes | None]:
        """A frame for each event of the batch, in its order; None where this caller may know nothing of the layer."""
        if scope.fingerprint not in self._frames:
            by_layer = {slug: self._layer(slug, scope) for slug in {event.layer for event in self.happened}}
            self._frames[scope.fingerprint] = [by_layer[event.layer].get(event.position) for event in self.happened]
        return self._frames[scope.fingerprint]

    def _of_no_layer(self, scope: Scope) -> dict[Position, bytes]:
        about = [event for event in self.happened if not event.layer and _is_for(event, scope)]
        told = {"layer": "", "features": [], "gone": []}
        return {event.position: frame("change", {"kind": event.kind, **told, "at": event.at.isoformat()}, event.position) for event in about}

    def _layer(self, slug: str, scope: Scope) -> dict[Position, bytes]:
        if not slug:
            return self._of_no_layer(scope)
        layer = registry.sought(slug)
        if layer is None or not any(scope.may(grant.permission) for grant in layer.grants):
            return {}
        seen = opened(layer, scope)
        key = (slug, seen.sight())
        if key not in self._by_sight:
            about = [event for event in self.happened if event.layer == slug]
            found = _rows(seen, {fid for event in about if len(event.fids) <= MOST_FEATURES for fid in event.fids})
            self._by_sight[key] = {event.position: frame("change", _change(event, seen, found), event.position) for event in about}
        return self._by_sight[key]


def _is_for(event: Happened, scope: Scope) -> bool:
    return any(is_told(event, scope) for kind, is_told in OF_NO_LAYER.items() if event.kind.startswith(kind))


def _rows(seen: Opened, fids: Iterable[int]) -> dict[int, dict[str, Any]]:
    asked = sorted(fids)
    found: dict[int, dict[str, Any]] = {}
    for start in range(0, len(asked), MOST_FEATURES):
        found |= query.some(seen, asked[start : start + MOST_FEATURES])
    return found


def _change(event: Happened, seen: Opened, found: dict[int, dict[str, Any]]) -> dict[str, Any]:
    told: dict[str, Any] = {"kind": event.kind, "layer": event.layer, "at": event.at.isoformat(), "features": [], "gone": []}
    if len(event.fids) > MOST_FEATURES:
        return {**told, "refetch": True}
    told["features"] = [found[fid] for fid in event.fids if fid in found]
    told["gone"] = [fid for fid in event.fids if fid not in found]
    if event.fids and not told["features"] and not seen.sees_every_row():
        told["kind"] = HIDDEN_KIND
    return told
