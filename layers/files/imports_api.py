"""Files brought in over HTTP: sent up, followed, answered, looked at on the map, applied and called off."""

from typing import Any

from django.http import HttpRequest
from ninja import File, Form, Router, Schema, Status
from ninja.files import UploadedFile

from geo.errors import BAD_REQUEST
from geo.signing import SIGNED_IN
from layers.api import box_of
from layers.files import import_jobs
from layers.files.staging import CHANGES
from layers.models import ImportJob

MOST_DIFFERENCES = 2_000
MOST_LISTED = 50
# What has not changed is on the map already.
USUALLY = ("new", "changed", "gone")
router = Router(tags=["imports"])


class Wanted(Schema):
    """What whoever sends a file knows of it already; the rest is found out or asked."""

    layer: str = ""
    crs: int | None = None
    encoding: str | None = None
    source_layer: str | None = None
    swap_xy: bool = False
    title: str | None = None
    key: str | None = None
    complete: bool = False
    mapping: str | None = None


class Answers(Schema):
    """What was asked; what is left out stays as it was. key null: every row is new."""

    crs: int | None = None
    encoding: str | None = None
    source_layer: str | None = None
    swap_xy: bool | None = None
    mapping: dict[str, str] | None = None
    key: str | list[str] | None = None
    complete: bool | None = None
    title: str | None = None


class Orders(Schema):
    """Why, by which paper, and the reason for each warning by its key."""

    because: str = ""
    document: str = ""
    accepted: dict[str, str] = {}


@router.post("/imports", auth=SIGNED_IN, response={202: dict})
def take(request: HttpRequest, wanted: Form[Wanted], file: File[UploadedFile]) -> Status[dict[str, Any]]:
    """Send a file up; it is read by the queue. Follow it at its own address."""
    given = {name: value for name, value in wanted.dict(exclude_unset=True).items() if value is not None}
    if "mapping" in given:
        given["mapping"] = _pairs(given["mapping"])
    return Status(202, shown(import_jobs.take(file=file, asked=given, by=request.user, scope=request.caller, at=request.at)))


def _pairs(text: str) -> dict[str, str]:
    """name=field;name=field, as a form can say it. Raises BAD_REQUEST."""
    pairs = [pair.partition("=") for pair in text.split(";") if pair]
    if not all(sign for _, sign, _ in pairs):
        raise BAD_REQUEST("mapping: tên=trường;tên=trường.", "mapping is name=field;name=field.", field="mapping")
    return {name.strip(): field.strip() for name, _, field in pairs}


@router.get("/imports", auth=SIGNED_IN)
def listed(request: HttpRequest, change_set: int | None = None) -> dict[str, Any]:
    """The caller's own imports, the newest first; or the one that a change set is made of."""
    if change_set is not None:
        numbers = ImportJob.objects.filter(change_set=change_set).values_list("pk", flat=True)
        return {"items": [shown(import_jobs.found(number, request.caller)) for number in numbers]}
    own = ImportJob.objects.filter(owner=request.user).order_by("-pk").values_list("pk", flat=True)[:MOST_LISTED]
    return {"items": [shown(import_jobs.found(number, request.caller)) for number in own]}


@router.get("/imports/{number}", auth=SIGNED_IN)
def one(request: HttpRequest, number: int) -> dict[str, Any]:
    """Where an import stands, what it asks, and what it would change."""
    return shown(import_jobs.found(number, request.caller))


@router.patch("/imports/{number}", auth=SIGNED_IN)
def answer(request: HttpRequest, number: int, given: Answers) -> dict[str, Any]:
    """Answer what was asked, or ask for another reading."""
    answers = given.dict(exclude_unset=True)
    return shown(import_jobs.answer(number=number, given=answers, scope=request.caller, at=request.at))


@router.post("/imports/{number}/apply", auth=SIGNED_IN)
def apply(request: HttpRequest, number: int, given: Orders) -> dict[str, Any]:
    """Let it become true: a change set for a layer that wants a second person, else the merge itself."""
    orders = given.dict()
    return shown(import_jobs.apply(number=number, **orders, by=request.user, scope=request.caller, at=request.at))


@router.delete("/imports/{number}", auth=SIGNED_IN)
def cancel(request: HttpRequest, number: int) -> dict[str, Any]:
    """Call it off; whatever was being written is undone."""
    return shown(import_jobs.cancel(number=number, scope=request.caller, at=request.at))


@router.get("/imports/{number}/differences", auth=SIGNED_IN)
def differences(request: HttpRequest, number: int, bbox: str = "", change: str = "", limit: int = MOST_DIFFERENCES) -> dict[str, Any]:
    """What would be new, changed or gone, as GeoJSON; `truncated` says that there is more than is told."""
    changes = [one for one in change.split(",") if one] or list(USUALLY)
    if not set(changes) <= set(CHANGES):
        raise BAD_REQUEST(f"change: {', '.join(CHANGES)}.", f"change is of {', '.join(CHANGES)}.", field="change")
    most = max(1, min(limit, MOST_DIFFERENCES))
    return import_jobs.differences(number=number, box=box_of(bbox), changes=changes, limit=most, scope=request.caller)


def shown(job: ImportJob) -> dict[str, Any]:
    """An import as it leaves."""
    return {
        "id": job.pk,
        "file": job.file_name,
        "size_bytes": job.size_bytes,
        "status": job.status,
        "step": job.step,
        "done": job.done,
        "total": job.total,
        "asks": job.asks,
        "report": job.report,
        "change_set": job.change_set_id,
        "layer": job.layer or None,
        "problem": job.problem,
        "created_at": job.created_at,
    }
