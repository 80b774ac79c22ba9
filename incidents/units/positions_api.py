"""Positions in over HTTP, from the field page, from a machine that relays many, from Traccar and from a paired device; and a unit's trail."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from ninja import Field, Query, Router, Schema
from pydantic import AwareDatetime, ValidationError

from geo import problems
from geo.errors import FORBIDDEN, NOT_FOUND
from geo.signing import SIGNED_IN
from incidents import queries
from incidents.models import Responder
from incidents.units import tracking, trails
from incidents.units.screening import Fix
from incidents.units.tracking import BAD_POSITION, KMH_PER_KNOT, Sent
from layers.access import need

router = Router(tags=["units"])

KMH_PER_MPS = 3.6
FALSE = ("false", "0")


class FixIn(Schema):
    """One position; `responder` where a machine relays the positions of many."""

    at: AwareDatetime
    lon: float
    lat: float
    accuracy_m: float | None = None
    speed_kmh: float | None = None
    heading_deg: float | None = None
    responder: str = Field(default="", max_length=20)


class PositionsIn(Schema):
    """A batch of positions; `responder` is whose they are where they do not say it themselves."""

    positions: list[FixIn] = Field(max_length=tracking.MOST_POSITIONS)
    responder: str = Field(default="", max_length=20)


@router.post("/positions", auth=SIGNED_IN)
def positions(request: HttpRequest, given: PositionsIn) -> dict[str, Any]:
    """Positions of the caller's own unit, or of any where the caller relays them. The answer comes after they are kept."""
    if request.caller.may("relay_positions"):
        return _relayed(request, given)
    by = need(request, "send_positions")
    unit = queries.own_unit(by)
    if {given.responder, *(fix.responder for fix in given.positions)} - {"", unit.code}:
        raise FORBIDDEN("Chỉ gửi vị trí của lực lượng mình.", "Only your own unit's positions.")
    return tracking.record(responder=unit, fixes=[_fix(fix) for fix in given.positions], source="field", by=by, at=request.at).as_dict()


def _relayed(request: HttpRequest, given: PositionsIn) -> dict[str, Any]:
    by = need(request, "relay_positions")
    codes = [fix.responder or given.responder for fix in given.positions]
    known = dict(Responder.objects.filter(code__in=set(codes)).values_list("code", "pk"))
    sent = [Sent(known[code], _fix(fix), index) for index, (code, fix) in enumerate(zip(codes, given.positions, strict=True)) if code in known]
    unknown = sorted(set(codes) - known.keys())
    if not sent:
        raise BAD_POSITION(f"Không có lực lượng: {', '.join(unknown)}.", f"There are no such units: {', '.join(unknown)}.", unknown=unknown)
    return {**tracking.take(sent=sent, source="relay", by=by, at=request.at).as_dict(), "unknown": unknown}


def _fix(given: FixIn) -> Fix:
    return Fix(given.at, given.lon, given.lat, given.accuracy_m, given.speed_kmh, given.heading_deg)


class TraccarPosition(Schema):
    """A position as Traccar knows it: speed in knots, course in degrees."""

    fixTime: AwareDatetime  # noqa: N815 (Traccar's own names)
    latitude: float
    longitude: float
    valid: bool = True
    speed: float | None = None
    course: float | None = None
    accuracy: float | None = None


class TraccarDevice(Schema):
    """The device by the name that it was paired with."""

    uniqueId: str = Field(min_length=1, max_length=40)  # noqa: N815


class TraccarIn(Schema):
    """What Traccar forwards with forward.type=json."""

    position: TraccarPosition
    device: TraccarDevice


@router.post("/positions/traccar", auth=SIGNED_IN)
def traccar(request: HttpRequest, given: TraccarIn) -> dict[str, Any]:
    """A position that a Traccar server forwards; its token relays for every paired device."""
    by = need(request, "relay_positions")
    unit = Responder.objects.filter(device_id=given.device.uniqueId).first()
    if unit is None:
        raise NOT_FOUND("Không có thiết bị này.", "There is no such device.")
    said = given.position
    # Traccar writes 0 for what it does not know how sure it is.
    fix = Fix(said.fixTime, said.longitude, said.latitude, said.accuracy or None, _knots(said.speed), said.course, "" if said.valid else "invalid")
    return tracking.record(responder=unit, fixes=[fix], source="traccar", by=by, at=request.at).as_dict()


class OsmAnd(Schema):
    """What OsmAnd and Traccar Client up to 8 send: speed in knots, bearing in degrees, time in seconds, milliseconds or RFC 3339."""

    id: str = Field(min_length=1, max_length=40)
    lat: float
    lon: float
    timestamp: str | None = None
    speed: float | None = None
    bearing: float | None = None
    accuracy: float | None = None
    valid: str = ""


class Coords(Schema):
    """Where Traccar Client from 9 on says it is: metres a second, -1 for what it does not know."""

    latitude: float
    longitude: float
    accuracy: float | None = None
    speed: float | None = None
    heading: float | None = None


class Location(Schema):
    """When and where, and whether the telephone was told to pretend."""

    timestamp: str
    coords: Coords
    mock: bool = False


class TraccarClient(Schema):
    """What Traccar Client from 9 on sends."""

    location: Location
    device_id: str = Field(min_length=1, max_length=40)


# What else programs call the same.
OTHER_NAMES = {"deviceid": "id", "heading": "bearing", "hacc": "accuracy"}


@csrf_exempt
@require_http_methods(["GET", "POST"])
@problems.answering
def osmand(request: HttpRequest) -> HttpResponse:
    """One position of the unit that the device is paired with. The device's random id is its key."""
    try:
        device, fix = _from_json(request) if request.content_type == "application/json" else _from_form(request)
    except ValidationError as error:
        places = [str(part) for fault in error.errors() for part in fault["loc"]]
        raise BAD_POSITION(f"Sai ở: {', '.join(places)}.", f"Wrong at: {', '.join(places)}.", places=places) from error
    unit = Responder.objects.filter(device_id=device).first()
    if unit is None:
        raise NOT_FOUND("Không có thiết bị này.", "There is no such device.")
    # A fix that is doubted is kept too, and answered as taken: the device would send it for ever.
    tracking.record(responder=unit, fixes=[fix], source="tracker", by=None, at=request.at)
    return HttpResponse("OK", content_type="text/plain")


def _from_json(request: HttpRequest) -> tuple[str, Fix]:
    try:
        body = json.loads(request.body)
    except ValueError as error:
        raise BAD_POSITION("Nội dung không phải JSON.", "The body is not JSON.") from error
    given = TraccarClient.model_validate(body)
    coords = given.location.coords
    speed_kmh = coords.speed * KMH_PER_MPS if coords.speed is not None and coords.speed >= 0 else None
    doubt = "mock" if given.location.mock else ""
    return given.device_id, Fix(
        tracking.moment(given.location.timestamp), coords.longitude, coords.latitude, coords.accuracy, speed_kmh, coords.heading, doubt
    )  # fmt: skip


def _from_form(request: HttpRequest) -> tuple[str, Fix]:
    said = {OTHER_NAMES.get(name, name): value for name, value in {**request.POST.dict(), **request.GET.dict()}.items()}
    if "location" in said and "lat" not in said:
        said["lat"], _, said["lon"] = said["location"].partition(",")
    given = OsmAnd.model_validate(said)
    at = tracking.moment(given.timestamp) if given.timestamp else request.at
    doubt = "invalid" if given.valid.lower() in FALSE else ""
    return given.id, Fix(at, given.lon, given.lat, given.accuracy, _knots(given.speed), given.bearing, doubt)


def _knots(speed: float | None) -> float | None:
    return speed * KMH_PER_KNOT if speed is not None else None


@router.get("/responders/{responder_id}/trail")
def trail(request: HttpRequest, responder_id: int, until: AwareDatetime, from_: AwareDatetime = Query(alias="from")) -> dict[str, Any]:  # noqa: B008 (Ninja's way)
    """Where a unit went, in stretches; where nothing is known, that."""
    return trails.trail(responder_id=responder_id, from_=from_, until=until, scope=request.caller)
