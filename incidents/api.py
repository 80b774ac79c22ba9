"""Cases, units, positions and the wall over HTTP: each address asks for its permission and hands over to a verb or a read."""

import io
import re
import uuid
from typing import Any

import segno
from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from geo.errors import NOT_FOUND, PRECONDITION_REQUIRED
from geo.models import Agency, User
from geo.signing import SIGNED_IN
from incidents import attaching, closing, compartments, leaving, lifecycle, queries, statistics
from incidents.dispatch import dispatching
from incidents.intake import reporting
from incidents.models import Assignment, Responder
from layers.access import Scope, need, scope_of
from layers.ways import travel

router = Router(tags=["incidents"])

# Any of these sees some cases.
SEEING = ("see_cases", "answer_cases", "use_field", "see_restricted")
VERSION = re.compile(r'"v([0-9]{1,9})"')


class ReportIn(Schema):
    """A report as the operator or a citizen's page sends it."""

    category: str
    channel: str
    lon: float | None = None
    lat: float | None = None
    severity: int | None = None
    description: str = ""
    place_name: str = ""
    place_source: str = Field(default="", max_length=20)
    accuracy_m: float | None = Field(default=None, ge=0, le=100_000)
    reporter_name: str = ""
    reporter_phone: str = ""
    key: uuid.UUID | None = None
    # The call that it came by.
    call: int | None = Field(default=None, ge=1, lt=2**63)


class VerbIn(Schema):
    """What a verb may bring along; each verb reads what is its own."""

    note: str = Field(default="", max_length=4_000)
    reason: str = Field(default="", max_length=300)
    text: str = Field(default="", max_length=4_000)
    severity: int | None = None
    category: str | None = None
    into: int | None = None
    agency: str | None = None
    days: int | None = Field(default=None, ge=0, le=365)
    outcome: str | None = None
    # How it was verified, and by which feature of that way's layer.
    way: str | None = Field(default=None, max_length=20)
    evidence: int | None = None
    # The whole that a case becomes a part of, and what becomes of the parts of one that ends.
    parent: int | None = None
    children: str | None = Field(default=None, max_length=10)
    # Who is named to a restricted case, and why it is one.
    person: str | None = Field(default=None, max_length=150)
    sensitivity: str | None = Field(default=None, max_length=20)
    # Where the second half of a divided case is, by what that is known and how sure.
    lon: float | None = None
    lat: float | None = None
    place_name: str = Field(default="", max_length=400)
    place_source: str = Field(default="", max_length=20)
    accuracy_m: float | None = Field(default=None, ge=0, le=100_000)


@router.get("/incidents")
def queue(request: HttpRequest, state: str = "open", limit: int = 200) -> dict[str, Any]:
    """The cases of a tab, with how many each tab and each severity has."""
    need_any(request, *SEEING)
    by_state, by_severity = queries.counts(request.caller)
    return {"items": queries.queue(scope=request.caller, state=state, limit=limit), "counts": by_state, "by_severity": by_severity, "as_of": request.at}


@router.post("/incidents", auth=SIGNED_IN, response={200: dict, 201: dict})
def report(request: HttpRequest, given: ReportIn) -> Status[dict[str, Any]]:
    """Take a report; the same key twice is the same case."""
    by = need(request, "handle_cases")
    incident, fresh = reporting.report(given=reporting.Report(**given.dict()), by=by, at=request.at)
    return Status(201 if fresh else 200, queries.detail(incident_id=incident.pk, scope=scope_now(request)))


class FeatureIn(Schema):
    """A feature of a layer."""

    layer: str
    fid: int


@router.get("/incidents/{incident_id}/features")
def features(request: HttpRequest, incident_id: int) -> dict[str, Any]:
    """What the case is about."""
    need_any(request, *SEEING)
    found = attaching.features_of(incident_id=incident_id, scope=request.caller)
    compartments.opened_by(item=queries.one(incident_id=incident_id, scope=request.caller), by=request.user, at=request.at, door="features")
    return {"features": found}


@router.post("/incidents/{incident_id}/features", auth=SIGNED_IN)
def attach(request: HttpRequest, incident_id: int, given: FeatureIn) -> dict[str, Any]:
    """Say that the case is about a feature."""
    by = need(request, "handle_cases")
    return {"features": attaching.attach(incident_id=incident_id, layer=given.layer, fid=given.fid, scope=request.caller, by=by, at=request.at)}


@router.delete("/incidents/{incident_id}/features/{layer}/{fid}", auth=SIGNED_IN)
def detach(request: HttpRequest, incident_id: int, layer: str, fid: int) -> dict[str, Any]:
    """Say that it is not."""
    by = need(request, "handle_cases")
    return {"features": attaching.detach(incident_id=incident_id, layer=layer, fid=fid, scope=request.caller, by=by, at=request.at)}


@router.get("/layers/{slug}/features/{fid}/cases")
def cases(request: HttpRequest, slug: str, fid: int) -> dict[str, Any]:
    """The cases about a feature."""
    need_any(request, *SEEING)
    return {"items": attaching.cases_of(layer=slug, fid=fid, scope=request.caller)}


@router.post("/incidents/{incident_id}/{verb}", auth=SIGNED_IN)
def act(request: HttpRequest, incident_id: int, verb: str, given: VerbIn | None = None) -> dict[str, Any]:
    """Any other verb of incidents.lifecycle."""
    row = lifecycle.VERBS.get(verb)
    if row is None or verb == "dispatch":
        raise NOT_FOUND()
    by = need(request, row.permission)
    base = version_said(request) if request.headers.get("If-Match") else None
    done = closing.act(verb=verb, incident_id=incident_id, given=(given or VerbIn()).dict(), scope=request.caller, by=by, at=request.at, base=base)
    return leaving.answered(incident=done, scope=scope_now(request))


@router.post("/assignments/{assignment_id}/{name}", auth=SIGNED_IN)
def step(request: HttpRequest, assignment_id: int, name: str, given: VerbIn | None = None) -> dict[str, Any]:
    """A unit's step, by the unit itself or by the operator for it."""
    if name not in (*dispatching.STEPS, "undo"):
        raise NOT_FOUND()
    by = _admitted(request, assignment_id)
    if name == "undo":
        dispatching.undo(assignment_id=assignment_id, by=by, at=request.at)
    else:
        dispatching.step(assignment_id=assignment_id, name=name, by=by, at=request.at, reason=given.reason if given else "")
    incident_id = Assignment.objects.values_list("incident_id", flat=True).get(pk=assignment_id)
    return queries.detail(incident_id=incident_id, scope=request.caller) if request.caller.may("see_cases") else _work(request, by)


def _admitted(request: HttpRequest, assignment_id: int) -> User:
    """Dispatchers, and the unit itself. Anybody else's assignment is as missing as one that never was."""
    if request.caller.may("dispatch_units"):
        found = Assignment.objects.filter(pk=assignment_id).values_list("incident_id", flat=True).first()
        if found is None:
            raise NOT_FOUND()
        queries.one(incident_id=found, scope=request.caller)
        return request.user
    by = need(request, "use_field")
    if not Assignment.objects.filter(pk=assignment_id, responder__user=by).exists():
        raise NOT_FOUND()
    return by


@router.get("/responders")
def responders(request: HttpRequest) -> dict[str, Any]:
    """Every unit that the caller may see."""
    need_any(request, "see_units", "use_field")
    return {"items": queries.units(request.caller), "as_of": request.at}


@router.get("/my/work", auth=SIGNED_IN)
def my_work(request: HttpRequest) -> dict[str, Any]:
    """What the caller's own unit has been sent to, and the way there."""
    return _work(request, need(request, "use_field"))


def _work(request: HttpRequest, by: User) -> dict[str, Any]:
    unit = queries.own_unit(by)
    own = next((row for row in queries.units(request.caller) if row["id"] == unit.pk), None)
    return {"responder": own, "assignments": [_job(request, row, by) for row in queries.open_assignments(unit)], "as_of": request.at}


SHOWN_TO_FIELD = ("id", "code", "category", "severity", "status", "description", "place_name", "lon", "lat", "accuracy_m", "reported_at")


def _job(request: HttpRequest, row: Assignment, by: User) -> dict[str, Any]:
    item = queries.one(incident_id=row.incident_id, scope=request.caller)
    unit = row.responder
    way = None
    if unit.geom is not None and item["lon"] is not None:
        graph = travel.network(request.at).graph(unit.mode, unit.weight_t)
        way = graph.tree_to(*travel.to_city(item["lon"], item["lat"])).way((unit.geom.x, unit.geom.y))
    return {
        "id": row.pk,
        "status": row.status,
        "incident": {name: item[name] for name in SHOWN_TO_FIELD},
        "route": travel.lonlat_shape(way.line) if way else None,
        "travel_s": round(way.travel_s, 1) if way else None,
        "distance_m": round(way.distance_m) if way else None,
        "next": dispatching.NEXT.get(row.status),
        "steps": [name for name, candidate in dispatching.STEPS.items() if row.status in candidate.before],
        "undo_until": queries.undo_until(row, by),
    }


@router.get("/my/pairing", auth=SIGNED_IN)
def pairing(request: HttpRequest) -> dict[str, Any]:
    """What Traccar Client needs to send positions for the caller's unit, as words and as a QR code; 404 until a key was made."""
    unit = queries.own_unit(need(request, "use_field"))
    if not unit.device_id:
        raise NOT_FOUND("Đơn vị chưa có mã ghép.", "The unit has no pairing key yet.")
    url = f"{request.build_absolute_uri('/osmand')}?id={unit.device_id}"
    picture = io.BytesIO()
    segno.make(url, error="m").save(picture, kind="svg", scale=4, border=3)
    return {"url": url, "device_id": unit.device_id, "qr_svg": picture.getvalue().decode()}


@router.post("/my/pairing", auth=SIGNED_IN)
def pair(request: HttpRequest) -> dict[str, Any]:
    """Make the unit's pairing key where it has none; whoever asks a second time is told the same one."""
    unit = queries.own_unit(need(request, "use_field"))
    Responder.objects.filter(pk=unit.pk, device_id=None).update(device_id=uuid.uuid4().hex)
    return pairing(request)


@router.get("/wall")
def wall(request: HttpRequest) -> dict[str, Any]:
    """What the wall shows."""
    need(request, "see_aggregates")
    return statistics.wall(scope=request.caller, at=request.at)


def scope_now(request: HttpRequest) -> Scope:
    """What the caller may see after what it has just done: who reports a hot matter, or closes a case off, is named to it by that."""
    request.user.refresh_from_db(fields=["compartments"])
    return scope_of(request.user)


def version_said(request: HttpRequest) -> int:
    """The version that If-Match names. Raises PRECONDITION_REQUIRED without one."""
    found = VERSION.fullmatch(request.headers.get("If-Match", "").strip())
    if found is None:
        raise PRECONDITION_REQUIRED('Gửi If-Match với phiên bản gốc, ví dụ "v3".', 'Send If-Match with the version that you changed, such as "v3".')
    return int(found[1])


def need_any(request: HttpRequest, *permissions: str) -> None:
    """Any of these; the first is named when all are missing."""
    if not any(request.caller.may(permission) for permission in permissions):
        need(request, permissions[0])


def agencies() -> list[dict[str, str]]:
    """Who a case can be forwarded to."""
    return [{"code": row.code, "vi": row.name, "en": row.name_en or row.name} for row in Agency.objects.filter(valid_until=None).order_by("code")]
