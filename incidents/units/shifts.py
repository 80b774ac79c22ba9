"""A unit goes on and off shift, with whom and with what: acts that say who and why, and the hours worked that dispatching looks at.

It refuses to send people home from an open assignment, to put one person on two units, and a shift without the rest before it, unless a reason is given.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from geo import events
from geo.acting import acting
from geo.city import CITY
from geo.errors import NOT_FOUND, define
from geo.models import User
from incidents.models import Assignment, Crewing, Equipment, Member, Responder, Shift
from incidents.units.unit_models import EQUIPMENT_STATES
from layers.access import Scope, opened
from layers.query import some

ON_SHIFT = define("on_shift", 409, "Lực lượng đang trong ca", "The unit is on shift already")
NOT_ON_SHIFT = define("not_on_shift", 409, "Lực lượng không trong ca", "The unit is not on shift")
HAS_WORK = define("unit_has_work", 409, "Lực lượng đang được điều", "The unit is on an assignment")
REST_SHORT = define("rest_short", 409, "Chưa đủ giờ nghỉ", "Too short a rest")
MEMBER_ELSEWHERE = define("member_elsewhere", 409, "Người này đang ở lực lượng khác", "This person is on another unit")
BAD_UNIT = define("bad_unit", 422, "Thông tin lực lượng không hợp lệ", "What is said of the unit cannot be used")

EVENTS = ("unit.checked", "unit.on_shift", "unit.off_shift", "unit.duty", "unit.crew", "unit.equipment")
DUTIES = ("on_duty", "off_duty", "out_of_service")
ACTIVITIES = ("", "station", "post", "staging", "covering", "break", "meal", "training")
LONGEST_SHIFT = timedelta(hours=36)
LONGEST_TEXT = 300


def go_on(
    *, responder_id: int, scope: Scope, by: User, at: datetime, ends_at: datetime | None = None, members: Sequence[int] | None = None, because: str = ""
) -> Shift:
    """The unit begins a shift. Raises NOT_FOUND, ON_SHIFT, REST_SHORT (without a reason), MEMBER_ELSEWHERE, BAD_UNIT."""
    if ends_at is not None and not at < ends_at <= at + LONGEST_SHIFT:
        raise BAD_UNIT("Giờ hết ca phải sau bây giờ, trong vòng 36 giờ.", "A shift ends after now and within 36 hours.", field="ends_at")
    with acting(by=by, because=because or f"unit {responder_id} goes on shift"):
        unit = _locked(responder_id, scope)
        rested, short_h = _rested_since(unit, at)
        if short_h is not None and not because.strip():
            least = CITY.units.rest_least_h
            raise REST_SHORT(
                f"{unit.code} mới nghỉ {short_h:.1f}/{least:g} giờ; ghi lý do.", f"{unit.code} rested {short_h:.1f} of {least:g} h; give a reason."
            )
        try:
            with transaction.atomic():
                made = Shift.objects.create(responder=unit, on_at=at, ends_at=ends_at, rested_since=rested, on_by=by, because=because.strip()[:LONGEST_TEXT])
        except IntegrityError as error:
            raise ON_SHIFT(f"{unit.code} đang trong ca.", f"{unit.code} is on shift already.") from error
        unit.duty, unit.activity = "on_duty", ""
        unit.save(update_fields=["duty", "activity"])
        if members is not None:
            _man(unit, members, by, at)
        events.publish(kind="unit.on_shift", at=at, layer="responders", fids=[unit.pk])
    return made


def go_off(*, responder_id: int, scope: Scope, by: User, at: datetime, because: str = "") -> Shift:
    """The unit ends its shift and its crew goes home. Raises NOT_FOUND, NOT_ON_SHIFT, HAS_WORK."""
    with acting(by=by, because=because or f"unit {responder_id} goes off shift"):
        unit = _locked(responder_id, scope)
        _free(unit)
        shift = Shift.objects.select_for_update().filter(responder=unit, off_at=None).first()
        if shift is None:
            raise NOT_ON_SHIFT(f"{unit.code} không trong ca.", f"{unit.code} is not on shift.")
        shift.off_at, shift.off_by = max(at, shift.on_at), by
        shift.save(update_fields=["off_at", "off_by"])
        Crewing.objects.filter(responder=unit, until=None).update(until=at)
        unit.duty, unit.activity = "off_duty", ""
        unit.save(update_fields=["duty", "activity"])
        events.publish(kind="unit.off_shift", at=at, layer="responders", fids=[unit.pk])
    return shift


def set_duty(*, responder_id: int, duty: str, activity: str = "", because: str = "", scope: Scope, by: User, at: datetime) -> Responder:
    """Out of service and back, at a meal, on post. Raises NOT_FOUND, HAS_WORK, BAD_UNIT."""
    if duty not in DUTIES or activity not in ACTIVITIES:
        raise BAD_UNIT(
            f"duty: {', '.join(DUTIES)}; activity: {', '.join(ACTIVITIES[1:])}.", f"duty: {', '.join(DUTIES)}; activity: {', '.join(ACTIVITIES[1:])}."
        )
    if duty == "out_of_service" and not because.strip():
        raise BAD_UNIT("Ngừng phục vụ thì cần lý do.", "A unit goes out of service for a reason.", field="because")
    with acting(by=by, because=because.strip() or f"unit {responder_id} is {duty} {activity}".strip()):
        unit = _locked(responder_id, scope)
        if duty != "on_duty":
            _free(unit)
        unit.duty, unit.activity = duty, activity if duty == "on_duty" else ""
        unit.save(update_fields=["duty", "activity"])
        events.publish(kind="unit.duty", at=at, layer="responders", fids=[unit.pk])
    return unit


def man(*, responder_id: int, members: Sequence[int], scope: Scope, by: User, at: datetime) -> None:
    """These people, and no others, are on the unit from now on. Raises NOT_FOUND, MEMBER_ELSEWHERE."""
    with acting(by=by, because=f"crew of unit {responder_id}"):
        unit = _locked(responder_id, scope)
        _man(unit, members, by, at)
        events.publish(kind="unit.crew", at=at, layer="responders", fids=[unit.pk])


def _man(unit: Responder, members: Sequence[int], by: User, at: datetime) -> None:
    wanted = set(members)
    found = set(Member.objects.filter(pk__in=wanted, active=True).values_list("pk", flat=True))
    if found != wanted:
        raise NOT_FOUND("Không có người này.", "There is no such person.")
    now = set(Crewing.objects.filter(responder=unit, until=None).values_list("member_id", flat=True))
    Crewing.objects.filter(responder=unit, until=None, member_id__in=now - wanted).update(until=at)
    try:
        with transaction.atomic():
            Crewing.objects.bulk_create([Crewing(responder=unit, member_id=pk, since=at, by=by) for pk in sorted(wanted - now)])
    except IntegrityError as error:
        held = Crewing.objects.select_related("member", "responder").filter(member_id__in=wanted - now, until=None).exclude(responder=unit).first()
        words = (held.member.name, held.responder.code) if held else ("?", "?")
        raise MEMBER_ELSEWHERE(f"{words[0]} đang ở {words[1]}.", f"{words[0]} is on {words[1]}.") from error


def equip(
    *,
    responder_id: int,
    name: str,
    kind: str | None = None,
    state: str = "ready",
    note: str = "",
    skills: Sequence[str] | None = None,
    essential: bool | None = None,
    scope: Scope,
    by: User,
    at: datetime,
) -> Equipment:
    """A thing that the unit carries, and whether it works. Raises NOT_FOUND, BAD_UNIT."""
    name = name.strip()
    if not 0 < len(name) <= 120 or state not in EQUIPMENT_STATES:
        raise BAD_UNIT(f"Cần tên, và trạng thái {', '.join(EQUIPMENT_STATES)}.", f"A name is needed, and a state: {', '.join(EQUIPMENT_STATES)}.")
    changes: dict[str, Any] = {"state": state, "note": note.strip()[:LONGEST_TEXT], "changed_at": at, "by": by}
    if kind and CITY.equipment and kind not in CITY.equipment:
        raise BAD_UNIT(f"Loại {kind!r}: chọn trong {', '.join(CITY.equipment)}.", f"Kind {kind!r}: one of {', '.join(CITY.equipment)}.")
    changes |= {} if kind is None else {"kind": kind}
    changes |= {} if skills is None else {"skills": list(skills)}
    changes |= {} if essential is None else {"essential": essential}
    with acting(by=by, because=f"{name} of unit {responder_id} is {state}"):
        unit = _locked(responder_id, scope)
        row, _ = Equipment.objects.update_or_create(responder=unit, name=name, defaults=changes)
        events.publish(kind="unit.equipment", at=at, layer="responders", fids=[unit.pk])
    return row


def worked_h(*, responder_id: int, at: datetime, within_h: float = 24) -> float:
    """How many of the last hours the unit was on shift."""
    since = at - timedelta(hours=within_h)
    spans = Shift.objects.filter(responder_id=responder_id).exclude(off_at__lt=since).values_list("on_at", "off_at")
    seconds = sum(max((min(off or at, at) - max(on, since)).total_seconds(), 0.0) for on, off in spans)
    return round(float(seconds) / 3600, 2)


def tired(*, rested_since: datetime | None, at: datetime) -> bool:
    """Whether a crew has worked longer than the city lets it without a rest."""
    return rested_since is not None and at - rested_since > timedelta(hours=CITY.dispatching.longest_duty_h)


def _rested_since(unit: Responder, at: datetime) -> tuple[datetime, float | None]:
    """Since when the crew works without enough rest, and how many hours it rested where that was too short."""
    last = Shift.objects.filter(responder=unit, off_at__isnull=False).order_by("-off_at").first()
    if last is None or last.off_at is None or at - last.off_at >= timedelta(hours=CITY.units.rest_least_h):
        return at, None
    return last.rested_since, max((at - last.off_at).total_seconds(), 0) / 3600


def _free(unit: Responder) -> None:
    held = Assignment.objects.select_related("incident").filter(responder=unit, ended_at=None).first()
    if held is not None:
        raise HAS_WORK(f"{unit.code} đang ở vụ {held.incident.code}.", f"{unit.code} is on case {held.incident.code}.", incident_id=held.incident_id)


def _locked(responder_id: int, scope: Scope) -> Responder:
    """The unit, locked. Raises NOT_FOUND for one that this caller may not see."""
    if not 0 < responder_id < 2**63 or not some(opened("responders", scope), [responder_id]):
        raise NOT_FOUND("Không có lực lượng này.", "There is no such unit.")
    return Responder.objects.select_for_update().get(pk=responder_id)
