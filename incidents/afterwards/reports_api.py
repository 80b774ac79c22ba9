"""A case afterwards, over HTTP: its replay, its report, and the report on paper."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from incidents.afterwards import after_action, printing, replaying, sketching
from incidents.api import need_any

router = Router(tags=["reports"])
SEES = ("see_cases", "see_restricted")


@router.get("/incidents/{incident_id}/replay")
def replay(request: HttpRequest, incident_id: int) -> dict[str, Any]:
    """The case as it went, for a time slider."""
    need_any(request, *SEES)
    return replaying.replay(incident_id=incident_id, scope=request.caller, at=request.at)


@router.get("/incidents/{incident_id}/report")
def report(request: HttpRequest, incident_id: int) -> dict[str, Any]:
    """The report after the case."""
    need_any(request, *SEES)
    return after_action.report(told=replaying.replay(incident_id=incident_id, scope=request.caller, at=request.at), at=request.at)


@router.get("/incidents/{incident_id}/report.html", include_in_schema=False)
def on_paper(request: HttpRequest, incident_id: int) -> HttpResponse:
    """The same, to print."""
    need_any(request, *SEES)
    told = replaying.replay(incident_id=incident_id, scope=request.caller, at=request.at)
    return printing.after_action(after_action.report(told=told, at=request.at), sketching.sketch(told, request.caller))
