"""The handover of a shift over HTTP."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Field, Router, Schema

from geo.signing import SIGNED_IN
from incidents.afterwards import handing_over, printing
from layers.access import need

router = Router(tags=["handover"])


class NoteIn(Schema):
    """The word by hand."""

    note: str = Field(default="", max_length=handing_over.LONGEST_NOTE)


@router.get("/handover", auth=SIGNED_IN)
def current(request: HttpRequest) -> dict[str, Any]:
    """What would be handed over now, and what was kept."""
    by = need(request, "handle_cases")
    return {"draft": handing_over.draft(scope=request.caller, reader=by, at=request.at), "kept": handing_over.kept(request.caller)}


@router.post("/handover", auth=SIGNED_IN)
def write(request: HttpRequest, given: NoteIn) -> dict[str, Any]:
    """Keep it, with a word by hand."""
    by = need(request, "handle_cases")
    return handing_over.told(handing_over.write(note=given.note, scope=request.caller, by=by, at=request.at), request.caller)


@router.get("/handover/{handover_id}", auth=SIGNED_IN)
def one(request: HttpRequest, handover_id: int) -> dict[str, Any]:
    """One that was kept."""
    need(request, "handle_cases")
    return handing_over.told(handing_over.one(handover_id), request.caller)


@router.get("/handover/{handover_id}/print.html", auth=SIGNED_IN, include_in_schema=False)
def on_paper(request: HttpRequest, handover_id: int) -> HttpResponse:
    """The same, to print and sign."""
    need(request, "handle_cases")
    return printing.handover(handing_over.told(handing_over.one(handover_id), request.caller))


@router.post("/handover/{handover_id}/take", auth=SIGNED_IN)
def take(request: HttpRequest, handover_id: int, given: NoteIn) -> dict[str, Any]:
    """Take it over."""
    by = need(request, "handle_cases")
    return handing_over.told(handing_over.take(handover_id=handover_id, note=given.note, by=by, at=request.at), request.caller)
