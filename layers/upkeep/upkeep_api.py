"""The upkeep of features over HTTP: the log of what was done to them, and their pictures."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import File, Form, Router, Schema, Status, UploadedFile

from geo.signing import SIGNED_IN
from layers.api import versions_known
from layers.upkeep import operations, photos

router = Router(tags=["upkeep"])


@router.get("/operations")
def kinds(request: HttpRequest) -> dict[str, Any]:
    """What can be done to a feature."""
    return {"kinds": [{"value": kind.value, "vi": kind.vi, "en": kind.en} for kind in operations.KINDS]}


@router.get("/layers/{slug}/features/{fid}/operations")
def log(request: HttpRequest, slug: str, fid: int) -> dict[str, Any]:
    """What was done to a feature, the newest first."""
    return {"items": operations.listed(slug=slug, fid=fid, scope=request.caller)}


class OperationIn(Schema):
    """What was done, when, and in which condition it was left."""

    kind: str
    done_at: datetime | None = None
    note: str = ""
    condition: int | None = None


@router.post("/layers/{slug}/features/{fid}/operations", auth=SIGNED_IN, response={201: dict})
def record(request: HttpRequest, slug: str, fid: int, given: OperationIn) -> Status[dict[str, Any]]:
    """Add to the log; with a condition the feature changes too, on the version that If-Match names."""
    known = versions_known(request) if given.condition is not None else set()
    made = operations.record(
        slug=slug,
        fid=fid,
        kind=given.kind,
        done_at=given.done_at or request.at,
        note=given.note,
        condition=given.condition,
        known=known,
        by=request.user,
        scope=request.caller,
        at=request.at,
    )
    return Status(201, made)


@router.get("/layers/{slug}/features/{fid}/photos")
def pictures(request: HttpRequest, slug: str, fid: int) -> dict[str, Any]:
    """The pictures of a feature, the newest first."""
    return {"items": photos.listed(slug=slug, fid=fid, scope=request.caller)}


@router.post("/layers/{slug}/features/{fid}/photos", auth=SIGNED_IN, response={201: dict})
def add_picture(request: HttpRequest, slug: str, fid: int, file: File[UploadedFile], caption: Form[str] = "") -> Status[dict[str, Any]]:
    """Add a picture; what the file says besides its pixels is not kept."""
    content = file.read(photos.LARGEST_BYTES + 1)
    return Status(201, photos.add(slug=slug, fid=fid, content=content, caption=caption, by=request.user, scope=request.caller, at=request.at))


@router.get("/layers/{slug}/features/{fid}/photos/{number}.jpg")
def picture(request: HttpRequest, slug: str, fid: int, number: int) -> HttpResponse:
    """One picture."""
    content = photos.jpeg(slug=slug, fid=fid, number=number, scope=request.caller)
    return HttpResponse(content, content_type="image/jpeg", headers={"Cache-Control": "private, max-age=3600"})
