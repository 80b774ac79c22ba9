"""The demo city goes on living: units say where they are, go where they are sent and come back; what nobody works on ends, and a visitor finds it going on.

Everything is done by the city's own verbs, by nobody's hand. It leaves alone what a person has touched, a unit that somebody's own device speaks
for, and any city whose data is not simulated.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from geo import events
from geo.acting import acting
from geo.city import CITY
from geo.config.demo import present
from geo.config.demo.kinds import KINDS
from geo.config.demo.steps import SPEED_KMH
from geo.config.demo.units import OWN_SOURCE
from geo.crs import to_lonlat
from geo.errors import Problem
from geo.models import User
from incidents import lifecycle
from incidents.dispatch import dispatching
from incidents.models import Assignment, Entry, Incident, Responder, public_code
from incidents.units import tracking
from incidents.units.screening import Fix
from layers.access import SYSTEM
from layers.ways import travel

# A unit that stands says so this often; one that drives at every look.
STANDING_S = 40
ANSWERS_AFTER, LEAVES_AFTER = timedelta(seconds=25), timedelta(seconds=55)
# Nobody has worked on it for so long: then it ends by itself, and whoever signs in finds the city as it was on the first day.
IDLE = timedelta(minutes=40)
JUST = timedelta(minutes=1)
ENDS = "Thành phố mẫu: không ai xử lý nên vụ tự kết thúc"


def live(at: datetime) -> None:
    """Look once at all that goes on by itself."""
    if not events.simulated():
        return
    answer(at)
    drive(at)
    if _idle(at):
        end(at)
        if _visited(at):
            begin_again(at)


def answer(at: datetime) -> None:
    """Crews of the demo take what they are sent to, leave for it, and go home when it is done. What an agency is asked for stays for a person to answer."""
    open_ = Assignment.objects.filter(ended_at=None, responder__user=None, responder__position_source=OWN_SOURCE).select_related("incident")
    for row in open_.exclude(status="requested").order_by("pk"):
        step = _next_step(row, at)
        if step is not None:
            try:
                dispatching.step(assignment_id=row.pk, name=step, by=None, at=at)
            except Problem:
                # A person has said so, or something else, since it was looked at.
                continue


def _next_step(row: Assignment, at: datetime) -> str | None:
    """Arriving is told by the position itself (incidents.units.watching)."""
    stay = timedelta(minutes=KINDS[row.incident.category].on_scene_min if row.incident.category in KINDS else 30)
    due = {
        "assigned": ("accept", row.requested_at, ANSWERS_AFTER),
        "accepted": ("enroute", row.requested_at, LEAVES_AFTER),
        "on_scene": ("clear", row.on_scene_at, stay),
    }
    name, since, after = due.get(row.status, ("", None, IDLE))
    return name if since is not None and since + after <= at else None


def drive(at: datetime) -> None:
    """Units that nobody else speaks for say where they are: on their way to the scene, or where they stand."""
    going = {
        row.responder_id: row.incident
        for row in Assignment.objects.filter(ended_at=None, status="enroute", incident__geom__isnull=False).select_related("incident")
    }
    sent: list[tracking.Sent] = []
    for unit in Responder.objects.filter(duty="on_duty", position_source=OWN_SOURCE, geom__isnull=False).order_by("pk"):
        scene, age_s = going.get(unit.pk), (at - unit.position_at).total_seconds() if unit.position_at else STANDING_S
        if scene is not None or age_s >= STANDING_S:
            sent.append(tracking.Sent(unit.pk, _fix(unit, scene, min(age_s, STANDING_S), at), len(sent)))
    if sent:
        tracking.take(sent=sent, source=OWN_SOURCE, by=None, at=at)


def _fix(unit: Responder, scene: Incident | None, passed_s: float, at: datetime) -> Fix:
    """Where a unit is by now: so many seconds further along its way."""
    x, y, speed_kmh = unit.geom.x, unit.geom.y, 0.0
    if scene is not None:
        way = travel.network(at).graph(unit.mode, unit.weight_t).tree_to(scene.geom.x, scene.geom.y).way((x, y))
        if way is not None:
            speed_kmh = SPEED_KMH[unit.mode]
            here = way.line.interpolate(speed_kmh / 3.6 * passed_s)
            x, y = here.x, here.y
    lon, lat = to_lonlat(x, y)
    return Fix(at, lon, lat, accuracy_m=8.0, speed_kmh=speed_kmh)


def _own() -> dict[int, tuple[int, datetime]]:
    """The demo's own open cases: which of present.NOW each is, and when it was laid."""
    found = Entry.objects.filter(kind="report", incident__closed_at=None, data__has_key=present.OWN).values_list("incident_id", "data")
    return {case: (data[present.OWN], datetime.fromtimestamp(data["laid_s"], UTC)) for case, data in found}


def _idle(at: datetime) -> bool:
    """Whether nobody has done anything with any case for a while, nor the demo laid new ones."""
    newest = Entry.objects.order_by("-at").values_list("at", flat=True).filter(by__isnull=False).first()
    return newest is None or newest + IDLE < at


def end(at: datetime) -> None:
    """The demo's own cases that no person has touched end: nobody will."""
    own = _own()
    steps = Entry.objects.filter(incident_id__in=own, by__isnull=False).values_list("incident_id", "at")
    touched = {case for case, done_at in steps if done_at > own[case][1]}
    for case in sorted(own.keys() - touched):
        with acting(by=None, because=ENDS):
            lifecycle.hold([case])
            incident = lifecycle.locked(case, SYSTEM)
            verb = "close" if incident.status in lifecycle.VERBS["close"].before else "cancel"
            if verb in lifecycle.allowed({**vars(incident), "parent": incident.parent_id, "parts": 0}, SYSTEM):
                dispatching.release(incident=incident, at=at)
                changes: dict[str, Any] = {"outcome": _outcome(incident)} if verb == "close" else {}
                lifecycle.move(incident=incident, verb=verb, by=None, at=at, note=ENDS, **changes)


def _outcome(incident: Incident) -> str:
    return KINDS[incident.category].outcome if incident.category in KINDS else next(iter(CITY.outcomes))


def _visited(at: datetime) -> bool:
    """Whether somebody has just signed in and finds nothing of the demo's own."""
    return not _own() and User.objects.filter(last_login__gt=at - JUST).exists()


def begin_again(at: datetime) -> None:
    """What was going on when the city was made goes on anew, at the same places, with units that are free."""
    people = {user.username: user for user in User.objects.filter(username__in=("operator", "leader"), is_active=True)}
    spots = _spots()
    if len(people) < 2 or len(spots) < len(present.NOW):
        return
    busy = Assignment.objects.filter(ended_at=None).values("responder_id")
    free = Responder.objects.filter(duty="on_duty", position_source=OWN_SOURCE, geom__isnull=False).exclude(pk__in=busy)
    with acting(by=None, because="thành phố mẫu bắt đầu lại"):
        present.ring(at)
        events.publish(kind="call.ringing", at=at, layer="incidents")
        codes = [public_code() for _ in present.NOW]
        chance = np.random.default_rng(int(at.timestamp()))
        for incident in present.lay(spots, codes=codes, units=list(free), people=people, until=at, chance=chance):
            events.publish(kind="incident.reported", at=at, layer="incidents", fids=[incident.pk])
            sent = list(incident.assignments.values_list("responder_id", flat=True))
            if sent:
                events.publish(kind="unit.assigned", at=at, layer="responders", fids=sent)


WHERE = ("geom", "ward_code", "ward_name", "road_name", "place_name", "place_source", "accuracy_m")


def _spots() -> list[present.Spot]:
    """Where each case of present.NOW was the last time, in its order."""
    newest: dict[int, int] = {}
    for case, data in Entry.objects.filter(kind="report", data__has_key=present.OWN).order_by("pk").values_list("incident_id", "data"):
        newest[data[present.OWN]] = case
    places = {row["pk"]: row for row in Incident.objects.filter(pk__in=newest.values()).values("pk", *WHERE)}
    # A caller could not say where: whoever found out meanwhile keeps that for themselves.
    return [{name: places[newest[number]][name] for name in WHERE} if going.where else {} for number, going in enumerate(present.NOW) if number in newest]
