"""The demo city goes on by itself: what a visitor finds in the first minute, what the clock makes of it, and that a person's hand is never overruled."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from geo import events
from geo.acting import acting
from geo.config.demo import living, people, present
from geo.config.demo.city import Wish, build
from geo.models import User
from incidents import alarms, clock, queries
from incidents.intake import calls
from incidents.models import Assignment, DoubtedPosition, Incident, Responder
from layers.access import Scope, scope_of

pytestmark = pytest.mark.django_db
UNTIL = datetime(2026, 3, 4, 2, 30, tzinfo=UTC)
MOST_LINES, MOST_UNITS, NEAR_M = 12, 30, 60.0


@pytest.fixture
def city() -> dict[str, User]:
    """A small demo city as it stands when it has just been made, marked as simulated."""
    build(Wish(seed=7, until=UNTIL, incidents=120, parcels=0, days=60), passwords=dict.fromkeys(people.LOGINS, "a long enough word"), say=lambda line: None)
    simulated(True)
    return {user.username: user for user in User.objects.all()}


def own() -> list[Incident]:
    return list(Incident.objects.filter(entries__kind="report", entries__data__has_key=present.OWN).order_by("pk"))


def lines(scope: Scope) -> set[object]:
    """What the page makes of the alarms that sound: a line a case, and one for each that is of none."""
    return {one["incident"]["id"] if one["incident"] else one["subject"] for one in alarms.standing(scope=scope) if one["sounds"]}


def run(until: datetime, since: datetime, every: timedelta) -> None:
    """Let the clock and the demo look again and again."""
    at = since
    while at <= until:
        living.live(at)
        clock.tick(at)
        at += every


def simulated(yes: bool) -> None:
    with acting(by=None, because="test"), connection.cursor() as cursor:
        cursor.execute("update geo_epoch set simulated = %s", [yes])


def test_the_first_minute_shows_what_the_city_can_do_and_a_real_city_is_never_touched(city: dict[str, User]) -> None:
    scope = scope_of(city["operator"])
    items = queries.queue(scope=scope, state="open", limit=200)

    assert [one["category"] for one in items if one["restricted"]] == ["protest"]
    assert [one["channel"] for one in items if one["lon"] is None] == ["phone"]
    ringing = calls.now(scope=scope, at=UNTIL)
    assert {one["state"] for one in ringing} == {"ringing", "missed"}
    # Who rings has called before: about the case that nobody can place.
    assert [one["earlier"][0]["category"] for one in ringing if one["earlier"]] == ["crash_injury"]
    assert [one["kind"] for one in alarms.standing(scope=scope_of(city["leader"]))] == ["case_restricted"]

    clock.tick(UNTIL)
    assert not [one for one in alarms.standing(scope=scope) if one["kind"] == "step_due"], "what should be done of the playbooks by now is done"
    fire = next(one for one in own() if one.category == "house_fire")
    steps = queries.detail(incident_id=fire.pk, scope=scope)["playbooks"][0]["steps"]
    assert {one["status"] for one in steps} >= {"done", "off"}

    simulated(False)
    before = list(Incident.objects.order_by("pk").values_list("pk", "status", "version")), events.newest()
    living.live(UNTIL + timedelta(hours=2))
    assert (list(Incident.objects.order_by("pk").values_list("pk", "status", "version")), events.newest()) == before


def test_it_goes_on_by_itself_leaves_what_a_person_touched_and_begins_again_for_whoever_comes(city: dict[str, User]) -> None:
    """Prove that half an hour without anybody is few lines, an hour is none, and that units go on being heard of and drive where they are sent."""
    scope, first = scope_of(city["operator"]), len(own())
    mine = next(one for one in own() if one.category == "boat_accident")
    going = Assignment.objects.get(incident=mine, status="enroute")

    run(UNTIL + timedelta(minutes=20), UNTIL + timedelta(seconds=30), timedelta(seconds=30))
    going.refresh_from_db()
    assert going.on_scene_at is not None
    assert Responder.objects.get(pk=going.responder_id).geom.distance(mine.geom) < NEAR_M
    ages = [UNTIL + timedelta(minutes=20) - unit.position_at for unit in Responder.objects.filter(position_source="demo", duty="on_duty")]
    assert len(ages) > MOST_UNITS
    assert max(ages) <= timedelta(seconds=60)
    assert not DoubtedPosition.objects.exists()

    run(UNTIL + timedelta(minutes=30), UNTIL + timedelta(minutes=21), timedelta(minutes=3))
    assert len(lines(scope)) <= MOST_LINES
    with acting(by=city["operator"], because="test"):
        mine.entries.create(at=UNTIL + timedelta(minutes=31), by=city["operator"], kind="note", status_from=mine.status, status_to=mine.status)
    living.live(UNTIL + timedelta(minutes=60))
    assert not [one for one in own() if one.closed_at], "somebody was at work half an hour ago"
    run(UNTIL + timedelta(minutes=80), UNTIL + timedelta(minutes=75), timedelta(minutes=5))
    assert [one.pk for one in own() if one.closed_at is None] == [mine.pk]
    assert lines(scope) <= {mine.pk}

    later = UNTIL + timedelta(hours=10)
    User.objects.filter(username="operator").update(last_login=later)
    living.live(later + timedelta(seconds=5))
    assert len(own()) == first, "what a person has in hand is not crowded by new cases"
    Incident.objects.filter(pk=mine.pk).update(closed_at=later, status="closed", outcome="01")
    for seconds in (10, 15):
        living.live(later + timedelta(seconds=seconds))
    assert len(own()) == 2 * first
    assert {one["state"] for one in calls.now(scope=scope, at=later + timedelta(seconds=10))} == {"ringing", "missed"}
