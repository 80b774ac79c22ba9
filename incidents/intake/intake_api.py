"""Taking a case in over HTTP: where it is."""

from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema

from geo.signing import SIGNED_IN
from incidents import queries
from incidents.intake import placing
from layers.access import need

router = Router(tags=["incidents"])


class PlaceIn(Schema):
    """Where a case is, by what that is known and how sure; `version` of the case that the caller looked at."""

    lon: float
    lat: float
    source: str = Field(default="operator", max_length=20)
    accuracy_m: float | None = Field(default=None, ge=0, le=100_000)
    place_name: str | None = None
    version: int | None = None


@router.post("/incidents/{incident_id}/place", auth=SIGNED_IN)
def place(request: HttpRequest, incident_id: int, given: PlaceIn) -> dict[str, Any]:
    """Say where a case is, for the first time or better."""
    by = need(request, "handle_cases")
    said = given.dict()
    version = said.pop("version")
    placing.place(incident_id=incident_id, given=placing.Place(**said), scope=request.caller, by=by, at=request.at, version=version)
    return queries.detail(incident_id=incident_id, scope=request.caller)
