"""OGC API Features, Parts 1 to 4: every layer that the caller may see as a collection, in GeoJSON and plain HTML.

One road: rows come from layers.access, so a layer, row or field outside the caller's sight is as missing here as one that never was.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from django.db import DataError, OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from psycopg2 import sql

from geo import problems
from geo.city import CITY
from geo.errors import BAD_REQUEST, BUSY, METHOD, NOT_FOUND
from layers import query, watching
from layers.access import Opened, opened, opened_past, visible_layers
from layers.filters.cql2_tree import bad
from layers.ogc import change, describe
from layers.ogc import html as ogc_html
from layers.ogc import seen as ogc_seen
from layers.ogc.asked import FORMATS, Asked, as_of, asked, axes_of, singly

STATEMENT_TIMEOUT_MS = 10_000
READS = ("GET", "HEAD")
JSON, GEOJSON, SCHEMA = "application/json", "application/geo+json", "application/schema+json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
CONFORMS_TO = (
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/html",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables-query-parameters",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/filter",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/features-filter",
    "http://www.opengis.net/spec/ogcapi-features-4/1.0/conf/create-replace-delete",
    "http://www.opengis.net/spec/ogcapi-features-4/1.0/conf/update",
    "http://www.opengis.net/spec/ogcapi-features-4/1.0/conf/optimistic-locking-etags",
    "http://www.opengis.net/spec/ogcapi-features-5/1.0/conf/schemas",
    *(
        f"http://www.opengis.net/spec/cql2/1.0/conf/{name}"
        for name in (
            "cql2-text",
            "cql2-json",
            "basic-cql2",
            "advanced-comparison-operators",
            "case-insensitive-comparison",
            "accent-insensitive-comparison",
            "basic-spatial-functions",
            "basic-spatial-functions-plus",
            "spatial-functions",
            "temporal-functions",
            "array-functions",
            "property-property",
            "arithmetic",
        )
    ),  # fmt: skip
)

Body = dict[str, Any]
# A body, and headers where it has some of its own.
Answer = Body | tuple[Body, dict[str, str]]
Link = dict[str, str]


def resource(media: str, one: bool = False, **writes: Callable[..., HttpResponse]) -> Callable[[Callable[..., Answer]], Callable[..., HttpResponse]]:
    """A view that answers in JSON of that media type, or as a page for people; and what other methods do there, to one feature or to all."""

    def wrap(answers: Callable[..., Answer]) -> Callable[..., HttpResponse]:
        @problems.answering
        def view(request: HttpRequest, **named: Any) -> HttpResponse:
            if request.method in writes:
                return writes[request.method](request, **named)
            seen = _open(request, named["slug"]) if "slug" in named else None
            if request.method == "OPTIONS":
                response = HttpResponse(status=204)
                response["Allow"] = _allow(seen, writes, one)
            elif request.method in READS:
                response = _read_answer(request, answers(request, **named), media)
            else:
                response = problems.answer(request, METHOD())
                response["Allow"] = _allow(seen, writes, one)
            if seen is not None and writes:
                ogc_seen.begin(request, response, seen.layer)
            return response

        # What writes here asks for the CSRF token itself: a POST elsewhere is the wrong method, not a forgery.
        return csrf_exempt(view)

    return wrap


def _allow(seen: Opened | None, writes: Mapping[str, Any], one: bool) -> str:
    """What this caller may do here; not what somebody else might."""
    return ", ".join((*READS, "OPTIONS", *(change.allowed(seen, one=one) if seen is not None and writes else ())))


def _read_answer(request: HttpRequest, answer: Answer, media: str) -> HttpResponse:
    wanted = _format(request)
    body, headers = answer if isinstance(answer, tuple) else (answer, {})
    response = ogc_html.page(request, body) if wanted == "html" else _json(body, media)
    # Another caller sees another answer at the same address.
    response["Cache-Control"] = "private, no-cache"
    response["Vary"] = "Accept, Cookie, Authorization"
    for name, value in headers.items():
        response[name] = value
    return response


def _format(request: HttpRequest) -> str:
    """What `f` says, else what the browser prefers, else JSON."""
    if "f" in request.GET:
        if request.GET["f"] not in FORMATS:
            raise BAD_REQUEST("f là json hoặc html.", "f is json or html.", parameter="f")
        return request.GET["f"]
    accepted = request.headers.get("Accept", "")
    return "html" if "text/html" in accepted and "json" not in accepted.split("text/html")[0] else "json"


def _json(body: Body, media: str) -> HttpResponse:
    return HttpResponse(json.dumps(body, ensure_ascii=False, separators=(",", ":")), content_type=media)


def _at(request: HttpRequest, *parts: str) -> str:
    """The address of a resource as this caller reached us."""
    return request.build_absolute_uri("/ogc/" + "/".join(parts))


def _both(request: HttpRequest, rel: str, media: str, *parts: str) -> list[Link]:
    """A link to the JSON of a resource, and one to its page."""
    address = _at(request, *parts)
    html_rel = "alternate" if rel == "self" else rel
    return [{"rel": rel, "type": media, "href": address + "?f=json"}, {"rel": html_rel, "type": "text/html", "href": address + "?f=html"}]


@resource(JSON)
def landing(request: HttpRequest) -> Answer:
    singly(request.GET, ("f",))
    return {
        "title": CITY.owner["vi"],
        "description": CITY.owner["en"],
        "links": [
            *_both(request, "self", JSON),
            {"rel": "service-desc", "type": OPENAPI, "href": _at(request, "api")},
            {"rel": "service-doc", "type": "text/html", "href": _at(request, "api") + "?f=html"},
            *_both(request, "conformance", JSON, "conformance"),
            *_both(request, "data", JSON, "collections"),
        ],
    }


@resource(JSON)
def conformance(request: HttpRequest) -> Answer:
    singly(request.GET, ("f",))
    return {"conformsTo": list(CONFORMS_TO)}


@resource(OPENAPI)
def api(request: HttpRequest) -> Answer:
    singly(request.GET, ("f",))
    return describe.openapi(_seen(request), _at(request).rstrip("/"))


@resource(JSON)
def collections(request: HttpRequest) -> Answer:
    singly(request.GET, ("f",))
    return {"links": _both(request, "self", JSON, "collections"), "collections": [_collection(request, seen) for seen in _seen(request)]}


@resource(JSON)
def collection(request: HttpRequest, slug: str) -> Answer:
    seen = _open(request, slug)
    singly(request.GET, ("f",))
    return _collection(request, seen)


@resource(SCHEMA)
def queryables(request: HttpRequest, slug: str) -> Answer:
    seen = _open(request, slug)
    singly(request.GET, ("f",))
    return describe.queryables(seen, _at(request, "collections", slug, "queryables"))


@resource(SCHEMA)
def schema(request: HttpRequest, slug: str) -> Answer:
    seen = _open(request, slug)
    singly(request.GET, ("f",))
    return describe.schema(seen, _at(request, "collections", slug, "schema"))


@resource(SCHEMA)
def feature_schema(request: HttpRequest, slug: str) -> Answer:
    seen = _open(request, slug)
    singly(request.GET, ("f",))
    return describe.feature_schema(seen, _at(request, "collections", slug, "schema", "feature"))


@resource(GEOJSON, POST=change.create)
def items(request: HttpRequest, slug: str) -> Answer:
    seen = as_of(_open(request, slug), request.GET, request.at)
    wanted = asked(seen, request.GET)
    found, matched = _read(seen, wanted)
    watching.looked(seen, (one["id"] for one in found), by=request.user, at=request.at, door="ogc")
    more = found[wanted.limit :]
    found = found[: wanted.limit]
    address = _at(request, "collections", slug, "items")
    # The page repeats the address as it was asked, so that a client can come back to it.
    links = [{"rel": "self", "type": GEOJSON, "href": request.build_absolute_uri()}, *_both(request, "collection", JSON, "collections", slug)]
    links.append({"rel": "alternate", "type": "text/html", "href": address + "?f=html"})
    if more:
        links.append({"rel": "next", "type": GEOJSON, "href": f"{address}?{wanted.next_page(seen, found[-1])}"})
    return {
        "type": "FeatureCollection",
        "features": [describe.feature(seen, one, wanted.shown) for one in found],
        "links": links,
        "timeStamp": request.at.isoformat(),
        "numberMatched": matched,
        "numberReturned": len(found),
    }, {"Content-Crs": f"<{wanted.axes.uri}>"}


@resource(GEOJSON, one=True, PUT=change.replace, PATCH=change.update, DELETE=change.delete)
def item(request: HttpRequest, slug: str, fid: str) -> Answer:
    """One feature, with its version as the ETag."""
    seen = as_of(_open(request, slug), request.GET, request.at)
    axes = axes_of(singly(request.GET, ("f", "crs", "as_of")), "crs")
    one, number = sql.SQL("{} = %(fid)s").format(seen.fid), change.number_of(fid)
    found = next(iter(query.page(seen, narrowed=one, params={"fid": number}, shape=axes.shape(seen))), None)
    if found is None:
        raise NOT_FOUND()
    watching.looked(seen, [found["id"]], by=request.user, at=request.at, door="ogc")
    parts = ("collections", slug, "items", fid)
    links = [*_both(request, "self", GEOJSON, *parts), *_both(request, "collection", JSON, "collections", slug)]
    headers = {"Content-Crs": f"<{axes.uri}>"} | ({"ETag": f'"v{found["version"]}"'} if "version" in found else {})
    return describe.feature(seen, found) | {"links": links}, headers


def _seen(request: HttpRequest) -> list[Opened]:
    return [seen for seen in visible_layers(request.caller) if seen.layer.kind == "vector"]


def _open(request: HttpRequest, slug: str) -> Opened:
    # What a layer was can be asked of one that was removed, too.
    seen = (opened_past if "as_of" in request.GET else opened)(slug, request.caller)
    if seen.layer.kind != "vector":
        raise NOT_FOUND()
    return seen


def _read(seen: Opened, wanted: Asked) -> tuple[list[dict[str, Any]], int]:
    """One feature more than the page holds, to know whether there is a next one; and how many there are in all."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("set local statement_timeout = %s", [STATEMENT_TIMEOUT_MS])
            found = query.page(
                seen,
                narrowed=wanted.narrowed,
                params=wanted.params,
                after=wanted.after,
                order=wanted.order.clause(seen),
                limit=wanted.limit + 1,
                shape=wanted.axes.shape(seen),
            )
            return found, query.matched(seen, narrowed=wanted.narrowed, params=wanted.params)
    except OperationalError as error:
        raise BUSY("Câu hỏi quá nặng hoặc máy chủ đang bận.", "The question is too heavy, or the server is busy.") from error
    except DataError as error:
        # Of constants alone: what is asked of rows cannot fail on one of them.
        raise bad("cannot be worked out") from error


def _collection(request: HttpRequest, seen: Opened) -> Body:
    parts = ("collections", seen.layer.slug)
    return describe.collection(seen) | {
        "links": [
            *_both(request, "self", JSON, *parts),
            {"rel": "items", "type": GEOJSON, "href": _at(request, *parts, "items") + "?f=json"},
            {"rel": "items", "type": "text/html", "href": _at(request, *parts, "items") + "?f=html"},
            {"rel": "http://www.opengis.net/def/rel/ogc/1.0/queryables", "type": SCHEMA, "href": _at(request, *parts, "queryables")},
            {"rel": "http://www.opengis.net/def/rel/ogc/1.0/schema", "type": SCHEMA, "href": _at(request, *parts, "schema")},
            # Relations have no case (RFC 8288, 2.1); GDAL before 3.7 knows the second spelling alone.
            *({"rel": rel, "type": SCHEMA, "href": _at(request, *parts, "schema", "feature")} for rel in ("describedby", "describedBy")),
        ]
    }


urlpatterns = [
    path("ogc", landing),
    path("ogc/", landing),
    path("ogc/conformance", conformance),
    path("ogc/api", api),
    path("ogc/collections", collections),
    path("ogc/collections/<str:slug>", collection),
    path("ogc/collections/<str:slug>/queryables", queryables),
    path("ogc/collections/<str:slug>/schema", schema),
    path("ogc/collections/<str:slug>/schema/feature", feature_schema),
    path("ogc/collections/<str:slug>/items", items),
    path("ogc/collections/<str:slug>/items/<str:fid>", item),
]
