"""Alarms over HTTP: those that the caller hears, and taking one."""

from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema

from geo.errors import NOT_SIGNED_IN
from geo.signing import SIGNED_IN
from incidents import alarms

router = Router(tags=["incidents"])


class TakenIn(Schema):
    """What whoever takes an alarm has to say."""

    # With everything else that calls for the same case.
    with_case: bool = False
    note: str = Field(default="", max_length=alarms.LONGEST_NOTE)


@router.get("/alarms")
def standing(request: HttpRequest) -> dict[str, Any]:
    """The alarms that the caller hears, those that nobody took first."""
    if not request.user.is_authenticated:
        raise NOT_SIGNED_IN("Cần đăng nhập.", "Sign in first.")
    return {"items": alarms.standing(scope=request.caller), "as_of": request.at}


@router.post("/alarms/{alarm_id}/acknowledge", auth=SIGNED_IN)
def acknowledge(request: HttpRequest, alarm_id: int, given: TakenIn | None = None) -> dict[str, Any]:
    """Take an alarm, alone or with all of its case: silent for everybody from now on."""
    said = given or TakenIn()
    return alarms.acknowledge(alarm_id=alarm_id, with_case=said.with_case, note=said.note, scope=request.caller, by=request.user, at=request.at)
