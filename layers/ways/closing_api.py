"""Closures over HTTP: what is closed, closing, changing, opening again."""

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router, Schema, Status

from geo.signing import SIGNED_IN
from layers.api import versions_known
from layers.ways import closing_roads
from layers.ways.closing_roads import Wanted

router = Router(tags=["closures"])


class Way(Schema):
    """A street, canal or bridge by its own row."""

    layer: Literal["roads", "canals", "bridges"]
    fid: int


class ClosureIn(Schema):
    """What to close: a drawn shape or a street's row; `ends_at`, or `until_opened`. `looking` stores nothing and tells what it would hold."""

    reason: str
    geometry: dict[str, Any] | None = None
    way: Way | None = None
    modes: list[str] = []
    factor: float = 0.0
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    until_opened: bool = False
    confirmed: bool = False
    looking: bool = False


class ClosureChange(Schema):
    """What changes; what is not named stays. `ends_at` null: until it is opened."""

    reason: str = ""
    modes: list[str] = []
    factor: float = 0.0
    ends_at: datetime | None = None
    because: str = ""


class Because(Schema):
    """Why."""

    because: str = ""


@router.get("/closures")
def listed(request: HttpRequest, ended: bool = False) -> dict[str, Any]:
    """What is closed or slowed now and later, the first to end first; `ended`: what was, too."""
    return {"items": closing_roads.listed(scope=request.caller, at=request.at, ended_too=ended), "as_of": request.at.isoformat()}


@router.post("/closures", auth=SIGNED_IN, response={201: dict})
def close(request: HttpRequest, given: ClosureIn) -> Status[dict[str, Any]]:
    """Close or slow a stretch, a point or an area."""
    said = given.dict(exclude={"way"})
    wanted = Wanted(**said, way=(given.way.layer, given.way.fid) if given.way else None)
    return Status(201, closing_roads.close(wanted=wanted, by=request.user, scope=request.caller, at=request.at))


@router.patch("/closures/{fid}", auth=SIGNED_IN)
def change(request: HttpRequest, fid: int, given: ClosureChange) -> dict[str, Any]:
    """Change or lengthen a closure, on the version that If-Match names."""
    changes = given.dict(exclude_unset=True, exclude={"because"})
    return closing_roads.change(
        fid=fid, known=versions_known(request), changes=changes, because=given.because, by=request.user, scope=request.caller, at=request.at
    )


@router.post("/closures/{fid}/end", auth=SIGNED_IN)
def end(request: HttpRequest, fid: int, given: Because) -> dict[str, Any]:
    """Open it again now."""
    return closing_roads.end(fid=fid, because=given.because, by=request.user, scope=request.caller, at=request.at)
