"""Timed or immediate: the same case changes its speed, with a reason, and says what becomes of its deadline and of its clock.

A promotion starts the immediate clocks at its own moment and puts an agency's deadline aside; a demotion brings that deadline back, or
sets one where an agency has the case. Either can be taken back: then everything is as it was. The parts of a large event follow it.
"""

from datetime import datetime, timedelta
from typing import Any

from geo.city import CITY
from geo.errors import define
from geo.models import User
from incidents import deadlines, lifecycle
from incidents.guidance import playbooks
from incidents.lifecycle import Added, Given
from incidents.models import Entry, Incident
from layers.access import Scope

SAME_SPEED = define("same_speed", 409, "Vụ đã theo quy trình này", "The case has this speed already")
FOLLOWS_PARENT = define("follows_parent", 409, "Vụ thành phần theo quy trình của vụ chính", "A part has the speed of its whole")
UNITS_OUT = define("units_out", 409, "Còn lực lượng đang làm nhiệm vụ", "Units are still out")
NOTHING_TO_UNDO = define("nothing_to_undo", 409, "Không còn gì để hoàn tác", "There is nothing to take back")

UNDO = timedelta(minutes=10)
STEPS = ("promote", "demote", "undo_speed")
MOMENTS = ("due_at", "promoted_at", "clock_at")


def promoted(incident: Incident, given: Given, scope: Scope, by: User, at: datetime) -> Added:
    """What a promotion changes. Raises SAME_SPEED, FOLLOWS_PARENT or REASON_NEEDED."""
    _check_own(incident, "immediate")
    return lifecycle.reason_of(given), faster(incident, at)


def demoted(incident: Incident, given: Given, scope: Scope, by: User, at: datetime) -> Added:
    """What a demotion changes. Raises SAME_SPEED, FOLLOWS_PARENT, UNITS_OUT or REASON_NEEDED."""
    _check_own(incident, "timed")
    if out := list(incident.assignments.filter(ended_at=None).order_by("responder__code").values_list("responder__code", flat=True)):
        raise UNITS_OUT(f"{', '.join(out)} chưa rời hiện trường.", f"{', '.join(out)} have not cleared yet.", units=out)
    return lifecycle.reason_of(given), slower(incident, at)


def undone(incident: Incident, given: Given, scope: Scope, by: User, at: datetime) -> Added:
    """What taking back the last change of speed changes. Raises NOTHING_TO_UNDO for one that is older than ten minutes, or taken back already."""
    last = _last(incident)
    if last is None or last.kind == "undo_speed" or at - last.at > UNDO or "via" in last.data:
        raise NOTHING_TO_UNDO(
            f"Chỉ hoàn tác được trong {UNDO.seconds // 60} phút.", f"A change of speed can be taken back within {UNDO.seconds // 60} minutes."
        )
    return given["note"] or given["reason"], _restored(last.data)


def faster(incident: Incident, at: datetime) -> dict[str, Any]:
    """The columns of a case that becomes immediate at a moment, and what is said of its deadline."""
    aside = incident.due_at
    vi = f"Hạn {_day(aside)} được gác lại; tính giờ xử lý tức thời từ lúc này." if aside else "Tính giờ xử lý tức thời từ lúc này."
    en = f"The deadline of {_day(aside)} is put aside; the immediate clocks start now." if aside else "The immediate clocks start now."
    return {"process": "immediate", "due_at": None, "promoted_at": at, "clock_at": at, "data": {**_was(incident), "words": {"vi": vi, "en": en}}}


def slower(incident: Incident, at: datetime) -> dict[str, Any]:
    """The columns of a case that becomes timed at a moment, and what is said of its deadline."""
    aside = _put_aside(incident)
    due = aside or (deadlines.due(start=at, days=_days(incident)) if incident.agency_id else None)
    vi, en = "Hạn được tính khi chuyển cơ quan.", "The deadline is set when an agency gets it."
    if due:
        vi = f"Hạn trả lời {_day(due)}" + (" như trước khi nâng." if aside else f" ({_days(incident)} ngày làm việc).")
        en = f"The answer is due {_day(due)}" + (" as before the promotion." if aside else f" ({_days(incident)} working days).")
    return {"process": "timed", "due_at": due, "promoted_at": None, "clock_at": None, "data": {**_was(incident), "words": {"vi": vi, "en": en}}}


def follow(*, whole: Incident, verb: str, by: User, at: datetime) -> None:
    """The open parts of a case get its speed, each with a step of its own. They are held already."""
    for part in Incident.objects.filter(parent=whole, closed_at=None).order_by("pk"):
        last = _last(part)
        if verb == "undo_speed" and last is not None and last.data.get("via") == whole.pk and at - last.at <= UNDO:
            _write(part, verb, _restored(last.data), whole, by, at)
        elif part.process != whole.process:
            _write(part, "promote" if whole.process == "immediate" else "demote", (faster if whole.process == "immediate" else slower)(part, at), whole, by, at)


def _write(part: Incident, verb: str, changes: dict[str, Any], whole: Incident, by: User, at: datetime) -> None:
    data = {**changes.pop("data"), "via": whole.pk}
    lifecycle.append(incident=part, kind=verb, to=part.status, event=lifecycle.VERBS[verb].event, by=by, at=at, note=f"→ {whole.code}", data=data, **changes)
    playbooks.arm_fitting(incident=part, by=by, at=at)


def clock_of(incident: Incident, *, leaving_out: int | None = None) -> datetime | None:
    """Since when an immediate case's response is measured: the earliest of its own clock and of the immediate reports merged into it.

    None where that is its own report.
    """
    if incident.process != "immediate":
        return None
    own = incident.promoted_at or incident.reported_at
    merged = Incident.objects.filter(merged_into=incident, process="immediate").exclude(pk=leaving_out)
    earliest = min([own, *(one.promoted_at or one.reported_at for one in merged)])
    return None if earliest == incident.reported_at else earliest


def undo_until(incident_id: int) -> datetime | None:
    """Until when the last change of speed can be taken back."""
    last = Entry.objects.filter(incident_id=incident_id, kind__in=STEPS).order_by("-pk").first()
    return last.at + UNDO if last is not None and last.kind != "undo_speed" and "via" not in last.data else None


def _check_own(incident: Incident, wanted: str) -> None:
    if incident.parent_id is not None:
        raise FOLLOWS_PARENT("Đổi quy trình ở vụ chính.", "Change the speed of the whole.")
    if incident.process == wanted:
        raise SAME_SPEED()


def _was(incident: Incident) -> dict[str, Any]:
    moments = {name: value.isoformat() if (value := getattr(incident, name)) else None for name in MOMENTS}
    return {"was": {"process": incident.process, **moments}}


def _restored(said: dict[str, Any]) -> dict[str, Any]:
    was = said["was"]
    moments = {name: datetime.fromisoformat(was[name]) if was[name] else None for name in MOMENTS}
    due = moments["due_at"]
    vi = f"Như trước: hạn {_day(due)}." if due else "Như trước."
    en = f"As before: due {_day(due)}." if due else "As before."
    return {"process": was["process"], **moments, "data": {"undone": True, "words": {"vi": vi, "en": en}}}


def _last(incident: Incident) -> Entry | None:
    return Entry.objects.filter(incident=incident, kind__in=STEPS).order_by("-pk").first()


def _put_aside(incident: Incident) -> datetime | None:
    """The deadline that the last promotion put aside."""
    last = _last(incident)
    text = last.data["was"]["due_at"] if last is not None and last.kind == "promote" else None
    return datetime.fromisoformat(text) if text else None


def _days(incident: Incident) -> int:
    category = CITY.categories.get(incident.category)
    return category.deadline_days if category else 7


def _day(moment: datetime | None) -> str:
    return moment.astimezone(deadlines.ZONE).strftime("%d/%m/%Y %H:%M") if moment else ""
