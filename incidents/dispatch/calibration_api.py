"""How good the arrival times were, over HTTP, and the sets of speeds fitted from what the ways took: fitted, put in force and taken back by who may."""

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from geo.errors import BAD_REQUEST, define
from geo.signing import SIGNED_IN
from incidents.dispatch import calibrating
from incidents.dispatch.calibrating import Trip
from layers.access import need
from layers.library import canals, roads
from layers.models import SpeedFit
from layers.remembering.versions import names_of
from layers.ways import pacing

router = Router(tags=["dispatch"])
LONGEST_PERIOD = timedelta(days=731)
MOST_SETS = 20
APPROVE = "approve_speeds"
# As `travel.classes` names them.
CLASSES = {f"{medium}:{one.value}": {"vi": one.vi, "en": one.en} for medium, known in (("street", roads.CLASSES), ("canal", canals.CLASSES)) for one in known}
WALKED = {"walk": {"vi": "Đi bộ", "en": "On foot"}}
NO_TRIPS = define("no_trips", 422, "Chưa đủ chuyến để tính hệ số tốc độ", "There are not enough trips to fit speeds from")


class Period(Schema):
    """From when, and until when."""

    since: datetime = Field(alias="from")
    until: datetime = Field(alias="to")


class Because(Schema):
    """Why."""

    because: str = Field(default="", max_length=300)


@router.get("/calibration", auth=SIGNED_IN)
def calibration(request: HttpRequest, asked: Query[Period]) -> dict[str, Any]:
    """What was foreseen of the ways of a period against what they took, what a fit from them would be worth, and the sets that there are."""
    need(request, "see_aggregates")
    found, left_out = _trips(asked)
    return {
        **calibrating.report(found, left_out=left_out),
        "judged": calibrating.judged(found),
        "classes": {**CLASSES, **WALKED},
        **_sets(request),
    }


@router.post("/calibration/sets", auth=SIGNED_IN, response={201: dict})
def propose(request: HttpRequest, asked: Period) -> Status[dict[str, Any]]:
    """Fit a set from the trips of a period; it is not in force."""
    by = need(request, APPROVE)
    found, left_out = _trips(asked)
    factors = calibrating.fit(found)
    if not factors:
        raise NO_TRIPS(f"{len(found)} chuyến.", f"{len(found)} trips.", trips=len(found))
    report = {**calibrating.report(found, left_out=left_out), "judged": calibrating.judged(found)}
    made = pacing.propose(factors=factors, since=asked.since, until=asked.until, trips=len(found), report=report, by=by, at=request.at)
    return Status(201, {"id": made.pk, **_sets(request)})


@router.post("/calibration/sets/{fit_id}/approve", auth=SIGNED_IN)
def approve(request: HttpRequest, fit_id: int, given: Because) -> dict[str, Any]:
    """Put a set in force in place of the one that is."""
    by = need(request, APPROVE)
    pacing.approve(fit_id=fit_id if 0 < fit_id < 2**63 else 0, because=given.because, by=by, at=request.at)
    return _sets(request)


@router.post("/calibration/withdraw", auth=SIGNED_IN)
def withdraw(request: HttpRequest, given: Because) -> dict[str, Any]:
    """Go back to the roads' assumed speeds."""
    by = need(request, APPROVE)
    pacing.withdraw(because=given.because, by=by, at=request.at)
    return _sets(request)


def _trips(asked: Period) -> tuple[list[Trip], int]:
    if asked.since.tzinfo is None or asked.until.tzinfo is None or not asked.since < asked.until or asked.until - asked.since > LONGEST_PERIOD:
        raise BAD_REQUEST("from trước to, trong vòng 2 năm.", "from lies before to, within two years.")
    return calibrating.trips(since=asked.since, until=asked.until)


def _sets(request: HttpRequest) -> dict[str, Any]:
    kept = list(SpeedFit.objects.order_by("-in_force", "-pk")[:MOST_SETS])
    names = names_of([person for one in kept for person in (one.by_id, one.approved_by_id)])
    return {"sets": [_set(one, names) for one in kept], "may_approve": request.caller.may(APPROVE)}


def _set(one: SpeedFit, names: dict[int | None, str]) -> dict[str, Any]:
    told = {name: getattr(one, name) for name in ("made_at", "since", "until", "trips", "factors", "in_force", "approved_at", "because", "ended_at")}
    return {"id": one.pk, **told, "by": names.get(one.by_id), "approved_by": names.get(one.approved_by_id), "judged": one.report.get("judged")}
