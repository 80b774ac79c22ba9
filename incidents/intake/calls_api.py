"""Calls over HTTP: a signed webhook for the telephone bridge, and what the operator sees and does of them."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja import Router, Schema

from geo import webhooks
from geo.errors import TOO_LARGE
from geo.signing import SIGNED_IN
from incidents.intake import calls
from layers.access import need

router = Router(tags=["calls"])


@router.post("/calls")
def receive(request: HttpRequest) -> dict[str, Any]:
    """An event of a call, signed as Standard Webhooks says (docs/telephone.md)."""
    if int(request.headers.get("Content-Length") or 0) > calls.LARGEST_BODY_BYTES:
        raise TOO_LARGE()
    # Whoever cannot sign costs one digest and touches no row.
    message = webhooks.read(headers=request.headers, body=request.body, secrets=settings.TELEPHONE_SECRETS, at=request.at)
    return {"new": calls.receive(message=message, at=request.at)}


@router.get("/calls")
def now(request: HttpRequest) -> dict[str, Any]:
    """The calls that want somebody, each with the earlier cases of its number."""
    need(request, "handle_cases")
    return {"items": calls.now(scope=request.caller, at=request.at), "as_of": request.at}


@router.post("/calls/{call_id}/take", auth=SIGNED_IN)
def take(request: HttpRequest, call_id: int) -> dict[str, Any]:
    """Say that one deals with this call."""
    by = need(request, "handle_cases")
    return calls.told(calls.take(call_id=call_id, by=by, at=request.at), request.caller)


class LinkIn(Schema):
    """Which case the call is about."""

    incident: int


@router.post("/calls/{call_id}/link", auth=SIGNED_IN)
def link(request: HttpRequest, call_id: int, given: LinkIn) -> dict[str, Any]:
    """Say which case the call is about."""
    by = need(request, "handle_cases")
    return calls.told(calls.link(call_id=call_id, incident_id=given.incident, scope=request.caller, by=by, at=request.at), request.caller)
