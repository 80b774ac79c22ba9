"""A large event and its parts: cases that keep their own reporter and clock under one parent, which they follow. One level, so no circles."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from geo.acting import acting
from geo.errors import NOT_FOUND, define
from geo.models import User
from incidents import lifecycle, speeds
from incidents.dispatch import dispatching
from incidents.lifecycle import ENDED, Added, Given
from incidents.models import Incident
from layers.access import Scope

BAD_LINK = define("bad_link", 422, "Không gắn được vào vụ này", "The case cannot be a part of that one")
CHILDREN_OPEN = define("children_open", 409, "Vụ còn các vụ thành phần đang mở", "The case has parts that are open")

# What becomes of the open parts of a case that ends.
FATES = ("close", "release")
MOST_PARTS = 200


def linked(incident: Incident, given: Given, scope: Scope, by: User, at: datetime) -> Added:
    """What becoming a part of another case changes. Raises BAD_LINK, which says why, or NOT_FOUND for a parent that the caller may not see."""
    if given["parent"] is None:
        raise BAD_LINK("Cần mã vụ chính.", "The id of the whole is needed.")
    whole = lifecycle.locked(given["parent"], scope)
    _check(incident, whole)
    changes: dict[str, Any] = {}
    if incident.process != whole.process:
        changes = speeds.faster(incident, at) if whole.process == "immediate" else speeds.slower(incident, at)
    lifecycle.append(
        incident=whole, kind="part_linked", to=whole.status, event="incident.linked", by=by, at=at, note=f"+ {incident.code}", data={"part": incident.pk}
    )
    data = {**changes.pop("data", {}), "parent": whole.pk, "eido": "Link"}
    return f"→ {whole.code}", {**changes, "parent": whole, "data": data}


def _check(part: Incident, whole: Incident) -> None:
    """Raises BAD_LINK."""
    refusals = (
        (part.pk == whole.pk, "một vụ không là thành phần của chính nó", "a case is no part of itself"),
        (part.parent_id is not None, f"{part.code} đã thuộc vụ khác", f"{part.code} is a part already"),
        (whole.parent_id is not None, f"{whole.code} đang là vụ thành phần", f"{whole.code} is itself a part"),
        (Incident.objects.filter(parent=part).exists(), f"{part.code} có các vụ thành phần", f"{part.code} has parts of its own"),
        (whole.status in ENDED, f"{whole.code} đã kết thúc", f"{whole.code} has ended"),
        (part.exercise != whole.exercise, "diễn tập và vụ thật không gắn với nhau", "an exercise and a real case are not linked"),
        (part.restricted != whole.restricted, "hai vụ không cùng mức hạn chế", "one is restricted and the other is not"),
        (
            part.process == "immediate" and whole.process == "timed",
            f"{whole.code} còn theo hạn: nâng lên tức thời trước",
            f"{whole.code} is timed: promote it first",
        ),
    )
    for refused, vi, en in refusals:
        if refused:
            raise BAD_LINK(f"{vi[0].upper()}{vi[1:]}.", f"{en[0].upper()}{en[1:]}.")


def unlinked(incident: Incident, given: Given, scope: Scope, by: User, at: datetime) -> Added:
    """What leaving its parent changes. Raises BAD_LINK for a case that is no part."""
    if incident.parent is None:
        raise BAD_LINK(f"{incident.code} không thuộc vụ nào.", f"{incident.code} is no part.")
    whole = incident.parent
    lifecycle.append(
        incident=whole, kind="part_unlinked", to=whole.status, event="incident.unlinked", by=by, at=at, note=f"- {incident.code}", data={"part": incident.pk}
    )
    return given["reason"] or given["note"] or f"← {whole.code}", {"parent": None, "data": {"parent": whole.pk}}


def gather(*, incident_id: int, parts: Sequence[int], scope: Scope, by: User, at: datetime) -> None:
    """Link several cases to one parent at once, all or none. Raises NOT_FOUND, NOT_NOW or BAD_LINK."""
    if not 0 < len(set(parts)) <= MOST_PARTS:
        raise BAD_LINK(f"Từ 1 đến {MOST_PARTS} vụ.", f"One to {MOST_PARTS} cases.")
    with acting(by=by, because=f"parts of case {incident_id}"):
        lifecycle.hold([incident_id, *parts])
        lifecycle.locked(incident_id, scope)
        for fid in sorted(set(parts)):
            part = lifecycle.locked(fid, scope)
            lifecycle.check(part, "link")
            note, changes = linked(part, {"parent": incident_id}, scope, by, at)
            lifecycle.move(incident=part, verb="link", by=by, at=at, note=note, **changes)


def part_with(*, whole: Incident, verb: str, given: Given, scope: Scope, by: User, at: datetime) -> None:
    """The open parts of a case that ends: closed with it, or let go. Raises CHILDREN_OPEN, with the parts, where that was not said."""
    parts = list(Incident.objects.filter(parent=whole, closed_at=None).order_by("pk"))
    if not parts:
        return
    fate = given.get("children") or ""
    seen = {part.pk for part in parts if _seen(part, scope)}
    if fate not in FATES:
        raise CHILDREN_OPEN(
            f"Còn {len(parts)} vụ thành phần: đóng cùng (close) hay tách ra (release)?",
            f"{len(parts)} parts are open: close them too, or release them?",
            fates=list(FATES),
            children=[{"id": part.pk, "code": part.code, "status": part.status} for part in parts if part.pk in seen],
        )
    for part in parts:
        if fate == "close" and part.pk in seen:
            _end(part, whole, verb, given, by, at)
        else:
            _release(part, whole, by, at)


def _seen(part: Incident, scope: Scope) -> bool:
    try:
        lifecycle.locked(part.pk, scope)
    except NOT_FOUND:
        return False
    return True


def _end(part: Incident, whole: Incident, verb: str, given: Given, by: User, at: datetime) -> None:
    row = lifecycle.VERBS[verb]
    dispatching.release(incident=part, at=at)
    outcome = {"outcome": given["outcome"]} if verb == "close" else {}
    lifecycle.append(
        incident=part, kind=verb, to=row.after, event=row.event, by=by, at=at, note=f"→ {whole.code}", data={"via": whole.pk}, closed_at=at, **outcome
    )


def _release(part: Incident, whole: Incident, by: User, at: datetime) -> None:
    row = lifecycle.VERBS["unlink"]
    lifecycle.append(
        incident=part, kind="unlink", to=part.status, event=row.event, by=by, at=at, note=f"← {whole.code}", data={"parent": whole.pk}, parent=None
    )
