"""Reserve: a unit held for a case or an area until a moment, without being sent; given up by dispatch to that case, by hand or by its end.

It refuses a unit that is out on a case or held already. Held is not sent: the unit stays where it is and stays available to that case.
"""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from geo import events
from geo.acting import acting
from geo.city import CITY
from geo.errors import NOT_FOUND, define
from geo.models import User
from incidents import lifecycle
from incidents.dispatch.candidates import units
from incidents.models import Assignment, Reservation, Responder
from layers.access import Scope

HELD_ALREADY = define("unit_held", 409, "Lực lượng này đang được giữ", "This unit is being held")
UNIT_OUT = define("unit_out", 409, "Lực lượng này đang làm nhiệm vụ", "This unit is out on a case")
BAD_HOLD = define("bad_hold", 422, "Không giữ lực lượng như vậy được", "A unit cannot be held like this")
HELD, FREED = "unit.reserved", "unit.unreserved"
LONGEST_WORDS = 300


def holds_that_count(at: datetime, *, exercise: bool) -> dict[int, Reservation]:
    """The holds that a case must heed: a real one heeds none of an exercise."""
    return {unit: one for unit, one in open_holds(at).items() if exercise or one.incident is None or not one.incident.exercise}


def open_holds(at: datetime) -> dict[int, Reservation]:
    """Every hold that stands at a moment, by unit. Its end is exclusive: at the moment it ends, it has ended."""
    found = Reservation.objects.select_related("incident", "by", "responder").filter(ended_at=None, until__gt=at)
    return {hold.responder_id: hold for hold in found}


def hold(*, responder_id: int, incident_id: int | None, area: str, until: datetime, because: str, scope: Scope, by: User, at: datetime) -> Reservation:
    """Hold a unit. Raises NOT_FOUND, BAD_HOLD, UNIT_OUT or HELD_ALREADY, which says for what and until when."""
    area, because = area.strip()[:120], because.strip()[:LONGEST_WORDS]
    longest = timedelta(minutes=CITY.dispatching.longest_hold_min)
    if not at < until <= at + longest or (incident_id is None) == (not area) or not because:
        raise BAD_HOLD(
            f"Cần vụ việc hoặc khu vực, lý do, và giờ trong {CITY.dispatching.longest_hold_min} phút tới.",
            f"It needs a case or an area, a reason, and an end within {CITY.dispatching.longest_hold_min} minutes.",
        )
    with acting(by=by, because=because):
        incident = lifecycle.locked(incident_id, scope) if incident_id is not None else None
        if incident is not None:
            lifecycle.check(incident, "dispatch")
        unit = _locked(responder_id, scope)
        expire(at=at)
        if Assignment.objects.filter(responder=unit, ended_at=None).exists() or unit.duty == "out_of_service":
            raise UNIT_OUT(f"{unit.code} không giữ được.", f"{unit.code} cannot be held.", unit=unit.code)
        try:
            with transaction.atomic():
                made = Reservation.objects.create(responder=unit, incident=incident, area=area, because=because, by=by, at=at, until=until)
        except IntegrityError as error:
            raise _held(unit) from error
        if incident is not None:
            data = {"unit": unit.code, "until": until.isoformat()}
            lifecycle.append(
                incident=incident, kind="reserve", to=incident.status, event="incident.reserved", by=by, at=at, note=f"{unit.code}: {because}", data=data
            )
        events.publish(kind=HELD, at=at, layer="responders", fids=[unit.pk])
    return made


def _locked(responder_id: int, scope: Scope) -> Responder:
    if responder_id not in {unit.id for unit in units(scope)}:
        raise NOT_FOUND("Không có lực lượng này.", "There is no such unit.")
    return Responder.objects.select_for_update().get(pk=responder_id)


def _held(unit: Responder) -> Exception:
    standing = Reservation.objects.select_related("incident").filter(responder=unit, ended_at=None).first()
    if standing is None:
        return HELD_ALREADY(unit=unit.code)
    what = standing.incident.code if standing.incident else standing.area
    return HELD_ALREADY(
        f"{unit.code} đang được giữ cho {what}.", f"{unit.code} is held for {what}.", unit=unit.code, held_for=what, until=standing.until.isoformat()
    )


def release(*, reservation_id: int, scope: Scope, by: User, at: datetime) -> Reservation:
    """Give a hold up by hand. Raises NOT_FOUND for one that has ended."""
    with acting(by=by, because="released"):
        standing = Reservation.objects.select_for_update().filter(pk=reservation_id, ended_at=None, until__gt=at).first()
        if standing is None or standing.responder_id not in {unit.id for unit in units(scope)}:
            raise NOT_FOUND()
        end(standing, how="released", at=at)
    return standing


def end(standing: Reservation, *, how: str, at: datetime) -> None:
    """A hold is over. Within `acting`."""
    standing.ended_at, standing.ended_how = at, how
    standing.save(update_fields=["ended_at", "ended_how"])
    events.publish(kind=FREED, at=at, layer="responders", fids=[standing.responder_id])


def expire(*, at: datetime) -> int:
    """End every hold whose time is over. Within `acting`."""
    over = Reservation.objects.select_for_update(skip_locked=True).filter(ended_at=None, until__lte=at)
    for standing in over:
        end(standing, how="expired", at=standing.until)
    return len(over)


def over(at: datetime) -> int:
    """A rule of the clock: holds that have run out are given up."""
    if not Reservation.objects.filter(ended_at=None, until__lte=at).exists():
        return 0
    with acting(by=None, because="the hold ran out"):
        return expire(at=at)
