"""Candidates, orders, holds and agencies' answers over HTTP: each address asks for its permission and hands over to a verb or a read."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from geo.city import CITY
from geo.crs import to_lonlat
from geo.errors import NOT_FOUND
from geo.signing import SIGNED_IN
from incidents import queries
from incidents.dispatch import asking, candidates, dispatching, moving_up, readiness, recommending, reserving
from incidents.dispatch.candidates import Candidate, PassedOver, Unit
from incidents.dispatch.looking import Look, look_by_id
from incidents.dispatch.recommending import Doubt, Pick, Recommendation, Shortfall
from incidents.dispatch.runcards import Card, Words
from incidents.models import Reservation, RunCard
from layers.access import Scope, need
from layers.ways import travel

router = Router(tags=["dispatch"])
MOST_SENT = 20
TOLD_IN_FULL = 40


class UnitIn(Schema):
    """One unit and the role that it is sent for."""

    responder: int
    role: str = Field(default="", max_length=40)


class DispatchIn(Schema):
    """Which units: with their roles, or by their ids alone; and why, where it is not what was recommended."""

    units: list[UnitIn] = Field(default_factory=list, max_length=MOST_SENT)
    responders: list[int] = Field(default_factory=list, max_length=MOST_SENT)
    because: str = Field(default="", max_length=300)


class HoldIn(Schema):
    """A unit, what it is held for, until when and why."""

    responder: int
    incident: int | None = None
    area: str = Field(default="", max_length=120)
    until: datetime
    because: str = Field(max_length=300)


@router.get("/incidents/{incident_id}/candidates")
def who_could_go(request: HttpRequest, incident_id: int, stale: bool = False) -> dict[str, Any]:
    """Who can get there, by arrival, for which role; the set that is recommended; what is short; and why the others were passed over."""
    need(request, "dispatch_units")
    looked = look_by_id(incident_id=incident_id, scope=request.caller, at=request.at, stale_too=stale)
    return {
        "candidates": [_candidate(rank, one, looked, request.caller) for rank, one in enumerate(looked.found, start=1)],
        "passed_over": [_passed_over(over, looked.card) for over in looked.passed],
        "card": _card(looked.card, looked.recommended),
        "recommended": [_pick(pick) for pick in looked.recommended.picks],
        "shortfalls": [_shortfall(short) for short in looked.recommended.shortfalls],
        "computed_at": looked.at,
    }


def _candidate(rank: int, one: Candidate, looked: Look, scope: Scope) -> dict[str, Any]:
    unit, travel_s, age_s = one.unit, one.travel_s, one.age_s
    recommended, doubts, hold = looked.recommended.role_of(unit.id) or None, looked.recommended.doubts[unit.id], looked.holds.get(unit.id)
    brief = {
        "rank": rank,
        # Every available unit is offered by its arrival; whether it is equipped for this is said, not decided.
        "fits": not all(looked.card.lacking(unit).values()),
        "recommended": recommended,
        "doubts": [_words(doubt) for doubt in doubts] if doubts else [],
        "notes": [_words(note) for note in recommending.notes_of(unit)],
        "held": _hold(hold, scope) if hold else None,
        "responder": {
            "id": unit.id,
            "code": unit.code,
            "name": unit.name,
            "kind": unit.kind,
            "mode": unit.mode,
            "authority": unit.authority,
            "position_age_s": round(age_s),
            "stale": age_s > CITY.stale_after_s,
        },
        "travel_s": round(travel_s, 1),
        "arrival_s": round(one.turnout_s + travel_s, 1),
        "worst_s": round(one.turnout_s + one.worst_s, 1),
        "distance_m": round(one.distance_m),
    }
    # The four hundredth needs no story: it would be most of the answer.
    return _in_full(brief, one, looked) if rank <= TOLD_IN_FULL or recommended else brief


def _in_full(brief: dict[str, Any], one: Candidate, looked: Look) -> dict[str, Any]:
    """With what it lacks for each role, its reason in words and its way."""
    unit = one.unit
    return {
        **brief,
        "roles": [_fit(code, lacks) for code, lacks in looked.card.lacking(unit).items()],
        "responder": {**brief["responder"], "agency": unit.agency, "skills": unit.skills, "accuracy_m": unit.accuracy_m},
        "turnout_s": one.turnout_s,
        "eta": looked.at + timedelta(seconds=one.travel_s),
        "reason": _reason(one),
        "route": travel.lonlat_shape(one.line) if one.line is not None else None,
    }


def _reason(one: Candidate) -> dict[str, str]:
    """By what, how long, how far, and what may come on top of it, in words."""
    mode = CITY.modes[one.unit.mode]
    minutes, more, km = f"{one.travel_s / 60:.1f}", f"{(one.worst_s - one.travel_s) / 60:.1f}", f"{one.distance_m / 1000:.1f}"
    vi = f"{mode.vi.lower()}, {minutes} phút, {km} km; chậm nhất thêm {more} phút".replace(".", ",")
    return {"vi": vi, "en": f"{mode.en.lower()}, {minutes} min, {km} km; at worst {more} min more"}


def _fit(code: str, lacks: Sequence[Words]) -> dict[str, Any]:
    return {"code": code, "fits": not lacks, "missing": [{"vi": vi, "en": en} for vi, en in lacks]}


def _unit(unit: Unit) -> dict[str, Any]:
    return {"id": unit.id, "code": unit.code, "name": unit.name, "kind": unit.kind, "mode": unit.mode}


def _words(doubt: Doubt) -> dict[str, str]:
    return {"code": doubt.code, "vi": doubt.vi, "en": doubt.en}


def _passed_over(over: PassedOver, card: Card) -> dict[str, Any]:
    vi, en = over.words()
    return {
        "responder": _unit(over.unit),
        "why": {"code": over.why, "vi": vi, "en": en},
        "roles": [code for code, lacks in card.lacking(over.unit).items() if not lacks],
    }


def _card(card: Card, recommended: Recommendation) -> dict[str, Any]:
    return {
        "slug": card.slug,
        "version": card.version,
        "title": {"vi": card.vi, "en": card.en},
        "roles": [
            {
                "code": role.code,
                "title": {"vi": role.vi, "en": role.en},
                "count": role.count,
                "out": recommended.filled.get(role.code, 0),
                "within_s": role.within_min * 60,
                "optional": role.optional,
            }
            for role in card.roles
        ],
    }


def _pick(pick: Pick) -> dict[str, Any]:
    one = pick.candidate
    return {
        "responder": one.unit.id,
        "code": one.unit.code,
        "role": pick.role.code,
        "arrival_s": round(one.arrival_s, 1),
        "worst_s": round(one.latest_s, 1),
        "on_time": pick.on_time,
        "certain": pick.certain,
    }


def _shortfall(short: Shortfall) -> dict[str, Any]:
    return {"role": short.role.code, "missing": short.missing, "vi": short.vi, "en": short.en, "helps": [_words(help_) for help_ in short.helps]}


@router.post("/incidents/{incident_id}/dispatch", auth=SIGNED_IN)
def dispatch(request: HttpRequest, incident_id: int, given: DispatchIn) -> dict[str, Any]:
    """Send units, all or none."""
    by = need(request, "dispatch_units")
    sends = [dispatching.Send(one.responder, one.role) for one in given.units] or [dispatching.Send(one) for one in given.responders]
    looked = look_by_id(incident_id=incident_id, scope=request.caller, at=request.at, stale_too=True)
    dispatching.dispatch(incident_id=incident_id, sends=sends, look=looked, scope=request.caller, by=by, at=request.at, because=given.because)
    return queries.detail(incident_id=incident_id, scope=request.caller)


@router.get("/incidents/{incident_id}/move-ups")
def move_ups(request: HttpRequest, incident_id: int) -> dict[str, Any]:
    """Who should stand elsewhere now that units of this case have left their areas, and what it would gain."""
    need(request, "dispatch_units")
    queries.one(incident_id=incident_id, scope=request.caller)
    found = moving_up.hints(incident_id=incident_id, scope=request.caller, network=travel.network(request.at), at=request.at)
    return {"items": [_hint(hint) for hint in found], "computed_at": request.at}


def _hint(hint: moving_up.Hint) -> dict[str, Any]:
    vi, en = hint.words()
    places = {name: dict(zip(("lon", "lat"), to_lonlat(*place), strict=True)) for name, place in (("post", hint.post.place), ("worst", hint.worst))}
    return {
        "kind": hint.kind,
        "responder": _unit(hint.unit),
        "post": {"name": hint.post.name, **places["post"]},
        "worst": {**places["worst"], "seconds": readiness.whole(hint.worst_s)},
        "arrival_s": round(hint.arrival_s),
        "within_s": hint.limit_s,
        "houses": {"before": round(hint.before, 4), "now": round(hint.now, 4), "then": round(hint.then, 4)},
        "vi": vi,
        "en": en,
    }


@router.get("/reservations")
def holds(request: HttpRequest) -> dict[str, Any]:
    """Every unit that is held now, for what, until when and why."""
    need(request, "see_units")
    seen = {unit.id for unit in candidates.units(request.caller)}
    return {"items": [_hold(one, request.caller) for one in reserving.open_holds(request.at).values() if one.responder_id in seen], "as_of": request.at}


def _hold(one: Reservation, scope: Scope) -> dict[str, Any]:
    # What a compartmented case is about is not told by what is held for it.
    hidden = one.incident is not None and one.incident.restricted and not scope.may("see_restricted")
    return {
        "id": one.pk,
        "responder": {"id": one.responder_id, "code": one.responder.code},
        "incident": {"id": one.incident_id, "code": one.incident.code} if one.incident and not hidden else None,
        "area": one.area,
        "because": "" if hidden else one.because,
        "by": one.by.display_name or one.by.username,
        "at": one.at,
        "until": one.until,
    }


@router.post("/reservations", auth=SIGNED_IN, response={201: dict})
def hold(request: HttpRequest, given: HoldIn) -> Status[dict[str, Any]]:
    """Hold a unit for a case or an area."""
    by = need(request, "dispatch_units")
    made = reserving.hold(
        responder_id=given.responder,
        incident_id=given.incident,
        area=given.area,
        until=given.until,
        because=given.because,
        scope=request.caller,
        by=by,
        at=request.at,
    )
    return Status(201, _hold(made, request.caller))


@router.delete("/reservations/{reservation_id}", auth=SIGNED_IN)
def free(request: HttpRequest, reservation_id: int) -> dict[str, Any]:
    """Give a hold up."""
    by = need(request, "dispatch_units")
    return _hold(reserving.release(reservation_id=reservation_id, scope=request.caller, by=by, at=request.at), request.caller)


@router.get("/runcards")
def cards(request: HttpRequest) -> dict[str, Any]:
    """The run cards in force."""
    need(request, "dispatch_units")
    found = RunCard.objects.filter(active=True).order_by("slug")
    return {
        "items": [
            {
                "slug": one.slug,
                "version": one.version,
                "title": {"vi": one.title_vi, "en": one.title_en},
                "categories": one.categories,
                "severity_from": one.severity_from,
                "roles": one.roles,
            }
            for one in found
        ]
    }


@router.get("/my/requests", auth=SIGNED_IN)
def my_requests(request: HttpRequest) -> dict[str, Any]:
    """The units of the caller's agency that the centre asks for, and until when it waits for an answer."""
    by = need(request, "answer_cases")
    return {"items": asking.requests_of(by, request.at), "as_of": request.at}


class AnswerIn(Schema):
    """Why, where it is a refusal."""

    reason: str = Field(default="", max_length=300)


@router.post("/my/requests/{assignment_id}/{answer}", auth=SIGNED_IN)
def answer_request(request: HttpRequest, assignment_id: int, answer: str, given: AnswerIn | None = None) -> dict[str, Any]:
    """Accept, or decline with a reason: the agency's own requests only."""
    by = need(request, "answer_cases")
    if answer not in asking.ANSWERS:
        raise NOT_FOUND()
    asking.check_own(assignment_id=assignment_id, by=by)
    dispatching.step(assignment_id=assignment_id, name=answer, by=by, at=request.at, reason=given.reason if given else "")
    return {"items": asking.requests_of(by, request.at), "as_of": request.at}
