"""The catalogue of layers and their features over HTTP."""

import math
import re
from collections.abc import Iterator
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema, Status

from geo.city import CITY
from geo.errors import BAD_REQUEST, FORBIDDEN, PRECONDITION_REQUIRED
from geo.signing import SIGNED_IN
from layers import access, context, query, rules, search, watching
from layers.access import Opened, Scope, opened, opened_past, visible_layers
from layers.changing import editing
from layers.layer import GROUPS, Field, Layer, Rule, registry
from layers.making import made
from layers.remembering import moments, past, versions

# v and up to nine digits: no version is longer.
STRONG_TAG = re.compile(r'"v(\d{1,9})"', re.ASCII)
router = Router(tags=["layers"])


@router.get("/layers")
def catalogue(request: HttpRequest) -> dict[str, Any]:
    """Every layer that the caller may see, with fields, style and legend."""
    # Another process may have made one a moment ago.
    made.refresh()
    return {
        "layers": [_entry(request, seen) for seen in visible_layers(request.caller)],
        "groups": [{"slug": slug, "vi": vi, "en": en} for slug, (vi, en) in GROUPS.items()],
        "removed": [{"slug": layer.slug, "title": {"vi": layer.vi, "en": layer.en}, "geometry": layer.geometry_type} for layer in _removed(request.caller)],
    }


def _removed(scope: Scope) -> Iterator[type[Layer]]:
    """The removed layers whose past this caller may see."""
    return (layer for layer in registry.buried() if any(scope.may(grant.permission) for grant in layer.grants))


@router.get("/search", tags=["search"])
def find(request: HttpRequest, q: str, limit: int = 20, current: bool = False) -> dict[str, Any]:
    """What is called so, without marks, in every layer that the caller may see; best first. `current`: without closed cases, and at once."""
    found = search.find(request.caller, text=q, limit=limit, current=current)
    return {"results": found.results, "incomplete": found.incomplete}


@router.get("/context", tags=["search"])
def context_of(request: HttpRequest, lon: float, lat: float) -> dict[str, Any]:
    """What lies at a place: wards, road and canal with their owners, parcel, hydrants, cameras, cases, units, who is in charge; as far as the caller may see."""
    return context.at_place(request.caller, lon=lon, lat=lat, at=request.at)


@router.get("/layers/{slug}/features")
def features(request: HttpRequest, slug: str, bbox: str = "", limit: int = 100, after: int = 0, as_of: str = "") -> dict[str, Any]:
    """Features by fid, of a lon/lat box when given; the next page begins after the last fid of this one. `as_of`: as they were at a moment."""
    seen = _opened(request, slug, as_of)
    found = query.features(seen, box=box_of(bbox), limit=limit, after_fid=max(0, min(after, query.LARGEST_FID)))
    watching.looked(seen, (one["id"] for one in found), by=request.user, at=request.at, door="list")
    return {"type": "FeatureCollection", "features": found, "next": found[-1]["id"] if len(found) == limit else None}


@router.get("/layers/{slug}/issues", auth=SIGNED_IN)
def issues(request: HttpRequest, slug: str, bbox: str) -> dict[str, Any]:
    """What the rules say of the features in a lon/lat box as they stand, for whoever may edit the layer; `incomplete` where the box holds too many."""
    seen = opened(slug, request.caller)
    if not access.may(seen.layer, "edit", request.caller):
        raise FORBIDDEN("Chỉ người được sửa lớp này xem được lỗi của lớp.", "Issues of a layer are told to whoever may edit it.")
    box = box_of(bbox)
    if box is None:
        raise BAD_REQUEST("Cần bbox.", "bbox is needed.")
    found, incomplete = rules.standing(seen, box=box, at=request.at)
    return {"issues": [rules.as_json(issue) for issue in found], "incomplete": incomplete}


def box_of(text: str) -> query.Box | None:
    if not text:
        return None
    try:
        west, south, east, north = (float(edge) for edge in text.split(","))
    except ValueError:
        west = south = east = north = math.nan
    if not (west <= east and south <= north and math.isfinite(west + south + east + north)):
        raise BAD_REQUEST("bbox là tây,nam,đông,bắc theo độ.", "bbox is west,south,east,north in degrees.")
    # Far from the city its CRS means nothing, and nothing of the city lies there: such a box shrinks to the city's nearest edge.
    clamp_x, clamp_y = (lambda edge, low=CITY.bounds[axis], high=CITY.bounds[axis + 2]: min(max(edge, low), high) for axis in (0, 1))
    return clamp_x(west), clamp_y(south), clamp_x(east), clamp_y(north)


@router.get("/layers/{slug}/features/{fid}")
def one_feature(request: HttpRequest, response: HttpResponse, slug: str, fid: int, as_of: str = "") -> dict[str, Any]:
    """One feature with the attributes that the caller may see; ETag is its version. `as_of`: as it was at a moment."""
    seen = _opened(request, slug, as_of)
    found = query.feature(seen, fid)
    watching.looked(seen, [fid], by=request.user, at=request.at, door="feature")
    return _tagged(response, found)


def _opened(request: HttpRequest, slug: str, as_of: str) -> Opened:
    return past.at(opened_past(slug, request.caller), past.moment(as_of, at=request.at)) if as_of else opened(slug, request.caller)


class ChangeIn(Schema):
    """What is wanted of a feature, why and by which document, and the reason for each warning by its key."""

    properties: dict[str, Any] | None = None
    geometry: dict[str, Any] | None = None
    because: str = ""
    document: str = ""
    accepted: dict[str, str] = {}

    def change(self) -> editing.Change:
        return editing.Change(self.properties, self.geometry, self.because, self.document, self.accepted)


@router.post("/layers/{slug}/features", auth=SIGNED_IN, response={201: dict})
def create(request: HttpRequest, response: HttpResponse, slug: str, given: ChangeIn) -> Status[dict[str, Any]]:
    """Add a feature."""
    made = editing.create(slug=slug, change=given.change(), by=request.user, scope=request.caller, at=request.at)
    response["Location"] = f"/api/layers/{slug}/features/{made['id']}"
    return Status(201, _tagged(response, made))


@router.patch("/layers/{slug}/features/{fid}", auth=SIGNED_IN)
def edit(request: HttpRequest, response: HttpResponse, slug: str, fid: int, given: ChangeIn) -> dict[str, Any]:
    """Change a feature of the version that If-Match names."""
    known = versions_known(request)
    return _tagged(
        response, editing.edit(slug=slug, fid=fid, versions_known=known, change=given.change(), by=request.user, scope=request.caller, at=request.at)
    )


@router.delete("/layers/{slug}/features/{fid}", auth=SIGNED_IN)
def delete(request: HttpRequest, slug: str, fid: int, given: ChangeIn | None = None) -> dict[str, Any]:
    """Delete a feature of the version that If-Match names; its history stays."""
    change = given.change() if given else editing.Change()
    editing.delete(slug=slug, fid=fid, versions_known=versions_known(request), change=change, by=request.user, scope=request.caller, at=request.at)
    return {"deleted": fid}


class RestoreIn(Schema):
    """Which kept version is wanted back, and why."""

    version: int
    because: str = ""
    document: str = ""
    accepted: dict[str, str] = {}


@router.post("/layers/{slug}/features/{fid}/restore", auth=SIGNED_IN)
def restore(request: HttpRequest, response: HttpResponse, slug: str, fid: int, given: RestoreIn) -> dict[str, Any]:
    """Bring a kept version back as a new one, of a deleted feature too; If-Match names the version that stands, or that was deleted last."""
    change = editing.Change(because=given.because, document=given.document, accepted=given.accepted)
    known = versions_known(request)
    back = editing.restore(
        slug=slug, fid=fid, to_version=given.version, versions_known=known, change=change, by=request.user, scope=request.caller, at=request.at
    )
    return _tagged(response, back)


@router.get("/layers/{slug}/features/{fid}/history", auth=SIGNED_IN)
def history(request: HttpRequest, slug: str, fid: int) -> dict[str, Any]:
    """Every kept version, the newest first, of the fields that the caller may see."""
    return {"items": versions.versions(opened_past(slug, request.caller), fid)}


@router.get("/layers/{slug}/history", auth=SIGNED_IN)
def changes(
    request: HttpRequest,
    slug: str,
    bbox: str = "",
    since: Annotated[str, Query(alias="from")] = "",
    until: str = "",
) -> dict[str, Any]:
    """The moments at which the layer changed, the newest first; of what has ever lain in a lon/lat box, where one is given."""
    first, last = (past.moment(text, at=request.at) if text else None for text in (since, until))
    return moments.moments(opened_past(slug, request.caller), box=box_of(bbox), since=first, until=last)


def _tagged(response: HttpResponse, found: dict[str, Any]) -> dict[str, Any]:
    if "version" in found:
        response["ETag"] = f'"v{found["version"]}"'
    return found


def versions_known(request: HttpRequest) -> set[int]:
    """The versions that If-Match names. Raises PRECONDITION_REQUIRED without one; `*` names none, and weak tags never match (RFC 9110, 13.1.1)."""
    given = request.headers.get("If-Match", "").strip()
    if given in ("", "*"):
        raise PRECONDITION_REQUIRED('Gửi If-Match với phiên bản gốc, ví dụ "v3".', 'Send If-Match with the version that you changed, such as "v3".')
    return {int(tag[1]) for tag in (STRONG_TAG.fullmatch(one.strip()) for one in given.split(",")) if tag}


def _entry(request: HttpRequest, seen: Opened) -> dict[str, Any]:
    layer = seen.layer
    return {
        "slug": layer.slug,
        "title": {"vi": layer.vi, "en": layer.en},
        "group": layer.group,
        "kind": layer.kind,
        "geometry": layer.geometry_type,
        "tiles": layer.tile_address(),
        "minzoom": layer.zooms[0],
        "maxzoom": layer.zooms[1],
        "visible": layer.visible,
        "editable": access.may(layer, "edit", request.caller),
        "review": layer.review,
        "may": [action for action in access.ACTIONS if access.may(layer, action, request.caller)],
        "history": layer.versioned(),
        "lineage": layer.lineage,
        "note": layer.note,
        "rules": [_rule(rule) for rule in layer.rules],
        "label": layer.label,
        "fields": [_field(field, seen) for field in seen.fields],
        "style": layer.style,
        "legend": [{"label": {"vi": row["vi"], "en": row["en"]}, "color": row["color"], "shape": row["shape"]} for row in layer.legend],
    }


def _rule(rule: Rule) -> dict[str, str]:
    vi, en = rule.words()
    return {"rule": rule.code, "severity": rule.severity, "vi": vi, "en": en}


def _field(field: Field, seen: Opened) -> dict[str, Any]:
    choices = [{"value": choice.value, "vi": choice.vi, "en": choice.en} | ({"past": True} if choice.past else {}) for choice in field.choices]
    return {
        "name": field.name,
        "title": {"vi": field.vi, "en": field.en},
        "type": field.type,
        "unit": field.unit,
        "choices": choices or None,
        "editable": access.may_write(field, seen.scope),
        "required": field.required,
    }
