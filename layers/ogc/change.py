"""OGC API Features, Part 4: features created, replaced, changed and deleted through layers.changing.editing, on the version that If-Match names."""

import dataclasses
import json
from collections.abc import Container
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from ninja.utils import check_csrf
from psycopg2 import sql

from geo import shapes
from geo.errors import BAD_REQUEST, FORBIDDEN, NOT_FOUND, NOT_SIGNED_IN, TOO_LARGE, define
from geo.models import User
from layers import access, query
from layers.access import Opened, opened
from layers.api import versions_known
from layers.changing import editing
from layers.changing.edits import Edit
from layers.ogc import describe
from layers.ogc import seen as ogc_seen
from layers.ogc.asked import singly
from layers.ogc.crs import CRS84, CRSS, Axes

GEOJSON = "application/geo+json"
TAKEN = (GEOJSON, "application/json", "application/merge-patch+json")
# Why, and by which document, may be said in the address: the body is the feature alone.
WHY = ("because", "document")
ON_ALL = {"POST": "create"}
ON_ONE = {"PUT": "edit", "PATCH": "edit", "DELETE": "delete"}

MEDIA_TYPE = define("unsupported_media_type", 415, "Không nhận kiểu nội dung này", "This type of content is not taken")


def allowed(seen: Opened, *, one: bool) -> tuple[str, ...]:
    """The methods that would change this collection, or one of its features, if this caller used them."""
    if not seen.layer.editable() or seen.layer.review or seen.geometry != seen.indexed:
        return ()
    return tuple(method for method, action in (ON_ONE if one else ON_ALL).items() if access.may(seen.layer, action, seen.scope))


def create(request: HttpRequest, slug: str) -> HttpResponse:
    """A new feature; its address is in Location."""
    by, wanted, axes = _writer(request), _change(request), _axes(request)
    _need_shape(wanted.geometry)
    made = editing.create(slug=slug, change=wanted, by=by, scope=request.caller, at=request.at)
    answer = _answer(request, slug, made["id"], axes, 201)
    answer["Location"] = request.build_absolute_uri(f"/ogc/collections/{slug}/items/{made['id']}")
    return answer


def replace(request: HttpRequest, slug: str, fid: str) -> HttpResponse:
    """A whole feature in the place of another: what it does not say of the fields that the caller may change is empty."""
    by, wanted, number = _writer(request), _change(request), number_of(fid)
    _need_shape(wanted.geometry)
    # The layer first: who may not see it is told nothing of its fields.
    seen = opened(slug, request.caller)
    blank = {field.name: None for field in seen.fields if access.may_write(field, request.caller)}
    given = _without_echo(seen, number, wanted.properties or {}, blank)
    return _edited(request, seen, number, dataclasses.replace(wanted, properties=blank | given), by)


def update(request: HttpRequest, slug: str, fid: str) -> HttpResponse:
    """Some properties, or the shape, or both."""
    by, wanted = _writer(request), _change(request)
    return _edited(request, opened(slug, request.caller), number_of(fid), wanted, by)


def delete(request: HttpRequest, slug: str, fid: str) -> HttpResponse:
    """The feature is gone; its history stays."""
    by, seen, number = _writer(request), opened(slug, request.caller), number_of(fid)
    known, _ = _known(request, seen, number)
    editing.delete(slug=slug, fid=number, versions_known=known, change=_why(request), by=by, scope=request.caller, at=request.at)
    return HttpResponse(status=204)


def _edited(request: HttpRequest, seen: Opened, number: int, wanted: editing.Change, by: User) -> HttpResponse:
    axes, slug = _axes(request), seen.layer.slug
    known, merge = _known(request, seen, number)
    editing.apply(
        edits=[Edit(slug, "update", number, frozenset(known), wanted.properties or None, wanted.geometry)],
        by=by, scope=request.caller, at=request.at, because=wanted.because, document=wanted.document, merge=merge,
    )  # fmt: skip
    return _answer(request, slug, number, axes, 200)


def _known(request: HttpRequest, seen: Opened, number: int) -> tuple[set[int], bool]:
    """The versions that the writer had seen, and whether what others did since is merged. Raises PRECONDITION_REQUIRED."""
    found = None if "If-Match" in request.headers else ogc_seen.versions_seen(request, seen, number)
    return (versions_known(request), False) if found is None else (found, True)


def _without_echo(seen: Opened, number: int, given: dict[str, Any], own: Container[str]) -> dict[str, Any]:
    """What was read and is sent back as it stands is no wish to change it, even where the caller may not change it."""
    standing = query.feature(seen, number)["properties"]
    return {name: value for name, value in given.items() if name in own or name not in standing or standing[name] != value}


def _writer(request: HttpRequest) -> User:
    """Who writes: the holder of a token, or a session that brings its CSRF token along."""
    singly(request.GET, WHY)
    if not request.user.is_authenticated:
        raise NOT_SIGNED_IN("Cần đăng nhập.", "Sign in first.")
    if not ogc_seen.by_token(request) and check_csrf(request) is not None:
        raise FORBIDDEN("Thiếu mã CSRF.", "The CSRF token is missing: send it as X-CSRFToken.")
    return request.user


def _why(request: HttpRequest) -> editing.Change:
    given = singly(request.GET, WHY)
    return editing.Change(because=given.get("because", ""), document=given.get("document", ""))


def number_of(fid: str) -> int:
    if not (fid.isascii() and fid.isdigit() and int(fid) <= query.LARGEST_FID):
        raise NOT_FOUND()
    return int(fid)


def _axes(request: HttpRequest) -> Axes:
    """The CRS of the body; the brackets that Part 2 wants around it are left out by QGIS."""
    found = CRSS.get(request.headers.get("Content-Crs", CRS84).strip().removeprefix("<").removesuffix(">"))
    if found is None:
        raise BAD_REQUEST(f"Content-Crs là một trong {', '.join(CRSS)}.", f"Content-Crs is one of {', '.join(CRSS)}.", parameter="Content-Crs")
    return found


def _change(request: HttpRequest) -> editing.Change:
    """The body as a GeoJSON feature, its shape as the gateway lets it in."""
    if request.content_type not in TAKEN:
        raise MEDIA_TYPE(f"Cần một đối tượng GeoJSON ({GEOJSON}).", f"A GeoJSON feature is needed ({', '.join(TAKEN)}).")
    given = _parsed(_body(request))
    if not isinstance(given, dict) or given.get("type", "Feature") != "Feature":
        raise BAD_REQUEST("Cần một Feature.", "A Feature is needed.")
    properties, geometry = given.get("properties") or {}, given.get("geometry")
    if not isinstance(properties, dict) or not (geometry is None or isinstance(geometry, dict)):
        raise BAD_REQUEST("properties và geometry là đối tượng.", "properties and geometry are objects.")
    axes = _axes(request)
    # Degrees in lon, lat are what the gateway reads itself.
    shape = geometry if geometry is None or axes.uri == CRS84 else shapes.admit(geometry, types=("Geometry",), srid=axes.srid, north_first=axes.north_first)
    return dataclasses.replace(_why(request), properties=properties, geometry=shape)


def _body(request: HttpRequest) -> bytes:
    """Raises TOO_LARGE before more is read than is taken."""
    try:
        return request.body
    except RequestDataTooBig as error:
        longest = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        raise TOO_LARGE(f"Tối đa {longest:,} byte.", f"At most {longest:,} bytes.") from error


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body, object_pairs_hook=_each_once, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise BAD_REQUEST("Không phải JSON.", "The body is not JSON, or says one thing twice.") from error


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of a key that is there twice nobody knows which one is meant."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError
    return found


def _no_number(text: str) -> float:
    raise ValueError(text)


def _need_shape(geometry: Any) -> None:
    if geometry is None:
        raise shapes.EMPTY()


def _answer(request: HttpRequest, slug: str, number: int, axes: Axes, status: int) -> HttpResponse:
    """The feature as it stands, in the CRS that it came in."""
    seen = opened(slug, request.caller)
    one = sql.SQL("{} = %(fid)s").format(seen.fid)
    found = next(iter(query.page(seen, narrowed=one, params={"fid": number}, shape=axes.shape(seen))), None)
    if found is None:
        raise NOT_FOUND()
    body = describe.feature(seen, found)
    headers = {"ETag": f'"v{found["version"]}"', "Content-Crs": f"<{axes.uri}>"}
    return HttpResponse(json.dumps(body, ensure_ascii=False), status=status, content_type=GEOJSON, headers=headers)
