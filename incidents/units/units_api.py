"""Units over HTTP: shifts, crews, equipment, and the duty roster with its changes of hands."""

from typing import Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema
from pydantic import AwareDatetime

from geo.errors import NOT_FOUND
from geo.models import User
from geo.signing import SIGNED_IN
from incidents.models import Responder
from incidents.units import roster, shifts, unit_queries, watching
from layers.access import need

router = Router(tags=["units"])


class ShiftIn(Schema):
    """On or off; with whom, until when, and why where it is out of the ordinary."""

    on: bool
    ends_at: AwareDatetime | None = None
    members: list[int] | None = Field(default=None, max_length=40)
    because: str = Field(default="", max_length=300)


class DutyIn(Schema):
    """What the unit is at."""

    duty: str
    activity: str = ""
    because: str = Field(default="", max_length=300)


class CheckIn(Schema):
    """Well, or in need of help."""

    well: bool = True
    note: str = Field(default="", max_length=300)


class CrewIn(Schema):
    """Who is on the unit from now on."""

    members: list[int] = Field(max_length=40)


class EquipmentIn(Schema):
    """A thing and whether it works."""

    name: str = Field(max_length=120)
    kind: str | None = Field(default=None, max_length=30)
    state: str = "ready"
    note: str = Field(default="", max_length=300)
    skills: list[str] | None = Field(default=None, max_length=20)
    essential: bool | None = None


class MemberIn(Schema):
    """Somebody who serves or is on call."""

    agency: str
    name: str = Field(min_length=1, max_length=120)
    phone: str = Field(default="", max_length=40)
    qualifications: list[str] = Field(default_factory=list, max_length=20)


class TurnIn(Schema):
    """A turn of the roster."""

    agency: str
    post: str = ""
    member: int
    starts_at: AwareDatetime
    ends_at: AwareDatetime


class HandedIn(Schema):
    """Who takes the turn, and why."""

    member: int
    because: str = Field(default="", max_length=300)


class TableIn(Schema):
    """A roster as a table of text: comma, semicolon or tab."""

    text: str = Field(max_length=400_000)
    agency: str = ""
    dry_run: bool = False


@router.get("/responders/{responder_id}")
def one(request: HttpRequest, responder_id: int) -> dict[str, Any]:
    """A unit with its crew, its equipment, its shift and the hours behind it."""
    return unit_queries.detail(responder_id=responder_id, scope=request.caller, at=request.at)


@router.post("/responders/{responder_id}/shift", auth=SIGNED_IN)
def shift(request: HttpRequest, responder_id: int, given: ShiftIn) -> dict[str, Any]:
    """The unit goes on shift, or off."""
    by = _unit_or(request, responder_id, "dispatch_units")
    if given.on:
        shifts.go_on(responder_id=responder_id, scope=request.caller, by=by, at=request.at, ends_at=given.ends_at, members=given.members, because=given.because)
    else:
        shifts.go_off(responder_id=responder_id, scope=request.caller, by=by, at=request.at, because=given.because)
    return unit_queries.detail(responder_id=responder_id, scope=request.caller, at=request.at)


@router.post("/responders/{responder_id}/duty", auth=SIGNED_IN)
def duty(request: HttpRequest, responder_id: int, given: DutyIn) -> dict[str, Any]:
    """Out of service and back, at a meal, on post."""
    by = _unit_or(request, responder_id, "dispatch_units")
    shifts.set_duty(responder_id=responder_id, duty=given.duty, activity=given.activity, because=given.because, scope=request.caller, by=by, at=request.at)
    return unit_queries.detail(responder_id=responder_id, scope=request.caller, at=request.at)


@router.post("/responders/{responder_id}/check", auth=SIGNED_IN)
def check(request: HttpRequest, responder_id: int, given: CheckIn | None = None) -> dict[str, Any]:
    """The unit says that it is well, or calls for help; the operator says it for a unit that was heard."""
    by = _unit_or(request, responder_id, "dispatch_units")
    unit_queries.detail(responder_id=responder_id, scope=request.caller, at=request.at)
    said = given or CheckIn()
    watching.check_in(responder=Responder.objects.get(pk=responder_id), well=said.well, note=said.note, by=by, at=request.at)
    return unit_queries.detail(responder_id=responder_id, scope=request.caller, at=request.at)


@router.post("/responders/{responder_id}/crew", auth=SIGNED_IN)
def crew(request: HttpRequest, responder_id: int, given: CrewIn) -> dict[str, Any]:
    """Who is on the unit from now on."""
    by = need(request, "dispatch_units")
    shifts.man(responder_id=responder_id, members=given.members, scope=request.caller, by=by, at=request.at)
    return unit_queries.detail(responder_id=responder_id, scope=request.caller, at=request.at)


@router.post("/responders/{responder_id}/equipment", auth=SIGNED_IN)
def equipment(request: HttpRequest, responder_id: int, given: EquipmentIn) -> dict[str, Any]:
    """A thing that the unit carries, and whether it works."""
    by = _unit_or(request, responder_id, "dispatch_units")
    shifts.equip(responder_id=responder_id, scope=request.caller, by=by, at=request.at, **given.dict())
    return unit_queries.detail(responder_id=responder_id, scope=request.caller, at=request.at)


@router.get("/members")
def members(request: HttpRequest, agency: str = "") -> dict[str, Any]:
    """The people who serve, of one agency or of all, and on which unit each is now."""
    _need_any(request, "dispatch_units", "manage_roster")
    return {"items": unit_queries.members(agency)}


@router.post("/members", auth=SIGNED_IN)
def add_member(request: HttpRequest, given: MemberIn) -> dict[str, Any]:
    """Somebody new."""
    by = need(request, "manage_roster")
    made = roster.add_member(by=by, at=request.at, **given.dict())
    return {"id": made.pk, "name": made.name}


@router.get("/roster")
def turns(request: HttpRequest, until: AwareDatetime, from_: AwareDatetime = Query(alias="from"), agency: str = "") -> dict[str, Any]:  # noqa: B008 (Ninja's way)
    """The turns that touch a span, and where they do not hold."""
    _need_any(request, "see_units", "manage_roster")
    found = roster.turns(from_=from_, until=until, agency=agency or None)
    return {
        "items": [turn.as_dict() for turn in found],
        "faults": [fault.as_dict() for fault in roster.faults(from_=from_, until=until, agency=agency or None)],
        "on_call": [turn.as_dict() for turn in roster.on_call(agency=agency or None, at=request.at)],
        "may_change": request.caller.may("manage_roster"),
        "as_of": request.at,
    }


@router.post("/roster", auth=SIGNED_IN)
def add_turn(request: HttpRequest, given: TurnIn) -> dict[str, Any]:
    """One turn by hand."""
    by = need(request, "manage_roster")
    made = roster.add(
        agency=given.agency, post=given.post, member_id=given.member, starts_at=given.starts_at, ends_at=given.ends_at, by=by, at=request.at
    )  # fmt: skip
    return {"id": made.pk}


@router.post("/roster/table", auth=SIGNED_IN)
def take_in(request: HttpRequest, given: TableIn) -> dict[str, Any]:
    """A whole table, all or none; `dry_run` says what it would do."""
    by = need(request, "manage_roster")
    return roster.take_in(text=given.text, agency=given.agency, dry_run=given.dry_run, by=by, at=request.at)


@router.post("/roster/{turn_id}/substitute", auth=SIGNED_IN)
def substitute(request: HttpRequest, turn_id: int, given: HandedIn) -> dict[str, Any]:
    """Somebody takes the turn instead."""
    by = need(request, "manage_roster")
    turn = roster.substitute(turn_id=turn_id, member_id=given.member, because=given.because, by=by, at=request.at)
    return {"id": turn.pk, "name": turn.member.name}


@router.delete("/roster/{turn_id}", auth=SIGNED_IN)
def remove(request: HttpRequest, turn_id: int) -> dict[str, Any]:
    """A turn that was a mistake and has not begun."""
    roster.remove(turn_id=turn_id, by=need(request, "manage_roster"), at=request.at)
    return {"id": turn_id}


def _unit_or(request: HttpRequest, responder_id: int, permission: str) -> User:
    """Who dispatches, or the unit itself. Somebody else's unit is as missing as one that never was."""
    if request.caller.may(permission):
        return need(request, permission)
    by = need(request, "use_field")
    if not Responder.objects.filter(pk=responder_id, user=by).exists():
        raise NOT_FOUND()
    return by


def _need_any(request: HttpRequest, *permissions: str) -> None:
    if not any(request.caller.may(permission) for permission in permissions):
        need(request, permissions[0])
