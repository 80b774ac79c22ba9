"""Playbooks, their steps, and what people were told by them, over HTTP."""

from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema

from geo.signing import SIGNED_IN
from incidents.api import need_any
from incidents.guidance import notices, playbooks
from incidents.models import Playbook
from layers.access import need

router = Router(tags=["playbooks"])


@router.get("/playbooks")
def known(request: HttpRequest) -> dict[str, Any]:
    """The playbooks in force."""
    need_any(request, "see_cases", "handle_cases")
    found = Playbook.objects.filter(active=True).order_by("slug")
    return {"items": [{"slug": one.slug, "version": one.version, "title": {"vi": one.title_vi, "en": one.title_en}} for one in found]}


class ArmIn(Schema):
    """Which playbook."""

    slug: str = Field(max_length=40)


@router.post("/incidents/{incident_id}/playbooks", auth=SIGNED_IN)
def arm(request: HttpRequest, incident_id: int, given: ArmIn) -> dict[str, Any]:
    """Arm a playbook by hand."""
    by = need(request, "handle_cases")
    return {"playbooks": playbooks.arm(incident_id=incident_id, slug=given.slug, scope=request.caller, by=by, at=request.at)}


@router.put("/incidents/{incident_id}/playbooks/{slug}", auth=SIGNED_IN)
def move_on(request: HttpRequest, incident_id: int, slug: str) -> dict[str, Any]:
    """Go on by the version in force."""
    by = need(request, "handle_cases")
    return {"playbooks": playbooks.move_on(incident_id=incident_id, slug=slug, scope=request.caller, by=by, at=request.at)}


class StepTakenIn(Schema):
    """What became of a step."""

    status: str = Field(default="done", max_length=10)
    note: str = Field(default="", max_length=playbooks.LONGEST_NOTE)
    choice: str = Field(default="", max_length=40)
    answers: dict[str, Any] = Field(default_factory=dict, max_length=100)
    evidence: list[dict[str, Any]] = Field(default_factory=list, max_length=playbooks.MOST_EVIDENCE)


@router.post("/incidents/{incident_id}/playbooks/{slug}/{code}", auth=SIGNED_IN)
def take(request: HttpRequest, incident_id: int, slug: str, code: str, given: StepTakenIn) -> dict[str, Any]:
    """A step is done or begun, or skipped with a reason."""
    by = need(request, "handle_cases")
    told = playbooks.Told(**given.dict())
    return {"playbooks": playbooks.take(incident_id=incident_id, slug=slug, code=code, told=told, scope=request.caller, by=by, at=request.at)}


@router.post("/incidents/{incident_id}/playbooks/{slug}/{code}/undo", auth=SIGNED_IN)
def undo(request: HttpRequest, incident_id: int, slug: str, code: str) -> dict[str, Any]:
    """Take the step back, within ten seconds."""
    by = need(request, "handle_cases")
    return {"playbooks": playbooks.undo(incident_id=incident_id, slug=slug, code=code, scope=request.caller, by=by, at=request.at)}


class NoteIn(Schema):
    """In whose words."""

    note: str = Field(default="", max_length=notices.LONGEST_NOTE)


@router.get("/notices", auth=SIGNED_IN)
def mine(request: HttpRequest) -> dict[str, Any]:
    """What the caller was told and given to do."""
    return {"items": notices.listed(user=request.user), "as_of": request.at}


@router.post("/notices/{notice_id}/acknowledge", auth=SIGNED_IN)
def acknowledge(request: HttpRequest, notice_id: int, given: NoteIn) -> dict[str, Any]:
    """It was heard."""
    return notices.acknowledge(notice_id=notice_id, note=given.note, scope=request.caller, by=request.user, at=request.at)


@router.post("/notices/{notice_id}/done", auth=SIGNED_IN)
def finish(request: HttpRequest, notice_id: int, given: NoteIn) -> dict[str, Any]:
    """The task is done."""
    return notices.finish(notice_id=notice_id, note=given.note, scope=request.caller, by=request.user, at=request.at)
