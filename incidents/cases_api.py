"""One case over HTTP: all of it, its fields written by several people, what may be the same, its parts, and who has seen it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Field, Router, Schema

from geo.errors import NOT_FOUND
from geo.signing import SIGNED_IN
from incidents import amending, compartments, families, queries
from incidents.api import SEEING, need_any, scope_now, version_said
from layers.access import need
from layers.changing import presence

router = Router(tags=["incidents"])


@router.get("/incidents/{incident_id}")
def one(request: HttpRequest, response: HttpResponse, incident_id: int) -> dict[str, Any]:
    """One case with its sequence; who opens a restricted one is remembered."""
    need_any(request, *SEEING)
    return _whole(request, response, incident_id, "case")


class AmendIn(Schema):
    """The fields that change; what is not named stays."""

    category: str | None = None
    severity: int | None = None
    description: str | None = None
    place_name: str | None = None


@router.patch("/incidents/{incident_id}", auth=SIGNED_IN)
def amend(request: HttpRequest, response: HttpResponse, incident_id: int, given: AmendIn) -> dict[str, Any]:
    """Change fields of the version that If-Match names; what others changed meanwhile in other fields stays."""
    by = need(request, "handle_cases")
    mine = {name: value for name, value in given.dict(exclude_unset=True).items() if value is not None}
    changed = amending.amend(incident_id=incident_id, base=version_said(request), mine=mine, scope=request.caller, by=by, at=request.at)
    return {**_whole(request, response, incident_id, "case", changed=True), "changed": changed}


@router.get("/incidents/{incident_id}/duplicates")
def duplicates(request: HttpRequest, incident_id: int) -> dict[str, Any]:
    """Which cases may be the same, with scores and reasons, and whether many reports are one large event."""
    need(request, "see_cases")
    return queries.duplicates_of(incident_id=incident_id, scope=request.caller)


class PartsIn(Schema):
    """Cases that become parts."""

    cases: list[int] = Field(max_length=families.MOST_PARTS)


@router.post("/incidents/{incident_id}/children", auth=SIGNED_IN)
def gather(request: HttpRequest, response: HttpResponse, incident_id: int, given: PartsIn) -> dict[str, Any]:
    """Link several cases to this one at once, all or none."""
    by = need(request, "handle_cases")
    families.gather(incident_id=incident_id, parts=given.cases, scope=request.caller, by=by, at=request.at)
    return _whole(request, response, incident_id, "case")


@router.get("/incidents/{incident_id}/reveals", auth=SIGNED_IN)
def reveals(request: HttpRequest, incident_id: int) -> dict[str, Any]:
    """Who opened a restricted case, when and by which door: for who may see all restricted ones."""
    need(request, "see_restricted")
    if not queries.one(incident_id=incident_id, scope=request.caller)["restricted"]:
        raise NOT_FOUND()
    return {"items": compartments.reveals_of(incident_id)}


@router.post("/incidents/{incident_id}/presence", auth=SIGNED_IN)
def show(request: HttpRequest, incident_id: int) -> dict[str, Any]:
    """Say that the caller has the case open, and hear who else has: a hint for two minutes, nothing is refused because of it."""
    by = need(request, "handle_cases")
    queries.one(incident_id=incident_id, scope=request.caller)
    return {"others": presence.mark(slug="incidents", fid=incident_id, by=by, at=request.at)}


@router.delete("/incidents/{incident_id}/presence", auth=SIGNED_IN)
def leave(request: HttpRequest, incident_id: int) -> dict[str, Any]:
    """Say that it is closed."""
    presence.leave(slug="incidents", fid=incident_id, by=need(request, "handle_cases"))
    return {"others": []}


def _whole(request: HttpRequest, response: HttpResponse, incident_id: int, door: str, *, changed: bool = False) -> dict[str, Any]:
    scope = scope_now(request) if changed else request.caller
    found = queries.detail(incident_id=incident_id, scope=scope)
    response["ETag"] = f'"v{found["version"]}"'
    compartments.opened_by(item=found, by=request.user, at=request.at, door=door)
    return found
