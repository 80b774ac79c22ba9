"""OGC API Features, Part 4: features created, replaced, changed and deleted through layers.editing, on the version that If-Match names."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja.utils import check_csrf

from geo import shapes
from geo.errors import BAD_REQUEST, FORBIDDEN, NOT_FOUND, NOT_SIGNED_IN
from geo.models import User
from layers import editing, query
from layers.access import may_write, opened
from layers.api import versions_known
from layers.ogc_asked import CRS84, singly

GEOJSON = "application/geo+json"
TAKEN = (GEOJSON, "application/json", "application/merge-patch+json")
LONGEST_BODY_BYTES = 10_000_000


def create(request: HttpRequest, slug: str) -> HttpResponse:
    """A new feature; its address is in Location."""
    by, given = _writer(request), _feature(request)
    _need_shape(given)
    change = editing.Change(given["properties"], given["geometry"])
    made = editing.create(slug=slug, change=change, by=by, scope=request.caller, at=request.at)
    answer = _answer(made, 201)
    answer["Location"] = request.build_absolute_uri(f"/ogc/collections/{slug}/items/{made['id']}")
    return answer


def replace(request: HttpRequest, slug: str, fid: str) -> HttpResponse:
    """A whole feature in the place of another: what it does not say of the fields that may be edited is empty."""
    by, given, number = _writer(request), _feature(request), _number(fid)
    _need_shape(given)
    # The layer first: who may not see it is told nothing of its fields.
    blank = {field.name: None for field in opened(slug, request.caller).fields if may_write(field, request.caller)}
    change = editing.Change(blank | given["properties"], given["geometry"])
    known = versions_known(request)
    return _answer(editing.edit(slug=slug, fid=number, versions_known=known, change=change, by=by, scope=request.caller, at=request.at), 200)


def update(request: HttpRequest, slug: str, fid: str) -> HttpResponse:
    """Some properties, or the shape, or both."""
    by, given, number = _writer(request), _feature(request), _number(fid)
    change = editing.Change(given["properties"] or None, given["geometry"])
    known = versions_known(request)
    return _answer(editing.edit(slug=slug, fid=number, versions_known=known, change=change, by=by, scope=request.caller, at=request.at), 200)


def delete(request: HttpRequest, slug: str, fid: str) -> HttpResponse:
    """The feature is gone; its history stays."""
    by, number = _writer(request), _number(fid)
    editing.delete(slug=slug, fid=number, versions_known=versions_known(request), change=editing.Change(), by=by, scope=request.caller, at=request.at)
    return HttpResponse(status=204)


def _writer(request: HttpRequest) -> User:
    """Who writes: the holder of a token, or a session that brings its CSRF token along."""
    singly(request.GET, ())
    if not request.user.is_authenticated:
        raise NOT_SIGNED_IN("Cần đăng nhập.", "Sign in first.")
    by_token = request.headers.get("Authorization", "").lower().startswith("bearer ")
    if not by_token and check_csrf(request) is not None:
        raise FORBIDDEN("Thiếu mã CSRF.", "The CSRF token is missing: send it as X-CSRFToken.")
    return request.user


def _number(fid: str) -> int:
    if not (fid.isascii() and fid.isdigit() and int(fid) <= query.LARGEST_FID):
        raise NOT_FOUND()
    return int(fid)


def _feature(request: HttpRequest) -> dict[str, Any]:
    """The body as a GeoJSON feature with both of its parts."""
    if request.headers.get("Content-Crs", f"<{CRS84}>") != f"<{CRS84}>":
        raise BAD_REQUEST(f"Chỉ nhận toạ độ {CRS84}.", f"Coordinates are taken in {CRS84} only.", parameter="Content-Crs")
    if request.content_type not in TAKEN or len(request.body) > LONGEST_BODY_BYTES:
        raise BAD_REQUEST(f"Cần một đối tượng GeoJSON ({GEOJSON}).", f"A GeoJSON feature is needed ({GEOJSON}), at most {LONGEST_BODY_BYTES:,} bytes.")
    try:
        given = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise BAD_REQUEST("Không phải JSON.", "The body is not JSON.") from error
    if not isinstance(given, dict) or given.get("type", "Feature") != "Feature":
        raise BAD_REQUEST("Cần một Feature.", "A Feature is needed.")
    properties, geometry = given.get("properties") or {}, given.get("geometry")
    if not isinstance(properties, dict) or not (geometry is None or isinstance(geometry, dict)):
        raise BAD_REQUEST("properties và geometry là đối tượng.", "properties and geometry are objects.")
    return {"properties": properties, "geometry": geometry}


def _need_shape(given: dict[str, Any]) -> None:
    if given["geometry"] is None:
        raise shapes.EMPTY()


def _answer(found: dict[str, Any], status: int) -> HttpResponse:
    properties = {name: value for name, value in found["properties"].items() if name != "_layer"}
    body = {"type": "Feature", "id": found["id"], "geometry": found["geometry"], "properties": properties}
    return HttpResponse(json.dumps(body, ensure_ascii=False), status=status, content_type=GEOJSON, headers={"ETag": f'"v{found["version"]}"'})
