"""Land divided, merged and surveyed, looked at over HTTP before anything is stored; and where a parcel came from."""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router, Schema

from geo import traverse
from geo.crs import to_lonlat
from geo.errors import BAD_REQUEST
from geo.signing import SIGNED_IN
from layers import rules
from layers.cadastre import drafts, land, lineage
from layers.cadastre.drafts import Draft
from layers.cadastre.land import Caller, Proposal

router = Router(tags=["land"])


class StartIn(Schema):
    """Where a survey begins: X (Bắc) and Y (Đông) of VN-2000 in the city's zone."""

    x_north: float
    y_east: float


class CourseIn(Schema):
    """One leg: a bearing from grid north in degrees or as 45°30'15", and metres."""

    bearing_deg: float | str
    distance_m: float


class LandIn(Schema):
    """What is wanted of land; each verb takes its own of these."""

    op: Literal["split", "merge", "adjust", "subdivide", "traverse"]
    # The draft that it is worked out amid; what its edits make is named by them: item instead of fid and version, items beside fids.
    change_set: int | None = None
    item: int | None = None
    items: list[int] = []
    keep_item: int | None = None
    fid: int | None = None
    version: int | None = None
    fids: list[int] = []
    versions: list[int] = []
    keep: int | None = None
    line: dict[str, Any] | None = None
    parts: int | None = None
    area_m2: float | None = None
    bearing_deg: float | str | None = None
    start: StartIn | None = None
    courses: list[CourseIn] = []
    properties: dict[str, Any] | None = None
    # Give every neighbour the new corners on its edge, not only those that would otherwise gape.
    neighbours: bool = False


@router.post("/land/preview", auth=SIGNED_IN)
def preview(request: HttpRequest, given: LandIn) -> dict[str, Any]:
    """The edits that would do it, what they measure against the paper, and what the rules say; nothing is stored."""
    caller = Caller(request.user, request.caller, request.at)
    if given.change_set is None:
        return _told(VERBS[given.op](caller, given), None)
    with drafts.amid(number=given.change_set, caller=caller) as draft:
        proposal = VERBS[given.op](draft.caller, _named(given, draft))
        return _told(replace(proposal, edits=draft.reworded(proposal.edits)), draft.version)


def _named(given: LandIn, draft: Draft) -> LandIn:
    """What is asked, with the parcels that the draft makes as they stand amid it. Raises STALE for edits that it has no longer."""
    named: dict[str, Any] = {}
    if given.item is not None:
        named["fid"], named["version"] = draft.standing(given.item)
    if given.keep_item is not None:
        named["keep"] = draft.standing(given.keep_item)[0]
    standing = [draft.standing(item) for item in given.items]
    named["fids"] = [*given.fids, *(fid for fid, _ in standing)]
    named["versions"] = [*given.versions, *(version for _, version in standing)]
    return given.model_copy(update=named)


def _told(proposal: Proposal, draft_version: int | None) -> dict[str, Any]:
    return {
        "kind": proposal.kind,
        "draft_version": draft_version,
        "edits": land.as_json(proposal),
        "areas": [area.as_dict() for area in proposal.areas],
        "before": [area.as_dict() for area in proposal.before],
        "issues": [rules.as_json(issue) for issue in proposal.issues],
        "features": proposal.features,
        "vertices": [{"fid": corner.fid, "place": to_lonlat(*corner.place), "off_m": corner.off_m} for corner in proposal.corners],
        "walk": None if proposal.walk is None else land.walk_as_json(proposal.walk),
        "note": proposal.note,
    }


@router.get("/land/lineage/{fid}", auth=SIGNED_IN)
def family(request: HttpRequest, fid: int) -> dict[str, Any]:
    """The parcels that this one came from and those that came from it, also when it is no longer."""
    return lineage.graph(fid=fid, scope=request.caller)


@router.get("/land/records/{fid}", auth=SIGNED_IN)
def records(request: HttpRequest, fid: int) -> dict[str, Any]:
    """What happened to a parcel, each with its paper, the newest first."""
    return {"items": lineage.records_of(fid=fid, scope=request.caller)}


def _split(caller: Caller, given: LandIn) -> Proposal:
    return land.split(caller=caller, line=_needed(given, "line"), neighbours=given.neighbours, **_one(given))


def _subdivide(caller: Caller, given: LandIn) -> Proposal:
    return land.subdivide(
        caller=caller, bearing=_needed(given, "bearing_deg"), parts=given.parts, area_m2=given.area_m2, neighbours=given.neighbours, **_one(given)
    )


def _merge(caller: Caller, given: LandIn) -> Proposal:
    return land.merge(caller=caller, fids=given.fids, versions=given.versions, keep=given.keep, neighbours=given.neighbours)


def _adjust(caller: Caller, given: LandIn) -> Proposal:
    return land.adjust(caller=caller, fids=given.fids, versions=given.versions, line=_needed(given, "line"), neighbours=given.neighbours)


def _traverse(caller: Caller, given: LandIn) -> Proposal:
    start: StartIn = _needed(given, "start")
    if not (math.isfinite(start.x_north) and math.isfinite(start.y_east)):
        raise traverse.BAD_COURSE("Điểm đầu không phải là số hữu hạn.", "The start is not a finite number.")
    return land.walk(
        caller=caller,
        start=(start.y_east, start.x_north),
        courses=[traverse.Course(traverse.bearing(one.bearing_deg), one.distance_m) for one in given.courses],
        fid=given.fid,
        version=given.version,
        properties=given.properties,
        neighbours=given.neighbours,
    )


VERBS: Mapping[str, Callable[[Caller, LandIn], Proposal]] = {
    "split": _split,
    "subdivide": _subdivide,
    "merge": _merge,
    "adjust": _adjust,
    "traverse": _traverse,
}


def _one(given: LandIn) -> dict[str, int]:
    return {"fid": _needed(given, "fid"), "version": _needed(given, "version")}


def _needed(given: LandIn, name: str) -> Any:
    value = getattr(given, name)
    if value is None:
        raise BAD_REQUEST(f"{given.op} cần {name}.", f"{given.op} needs {name}.", field=name)
    return value
