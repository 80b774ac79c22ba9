"""What the card of a place says of cases and units: what is open close by, what has happened here, who gets here first, who is in charge."""

from datetime import datetime, timedelta
from math import floor
from typing import Any

from django.db import connection
from django.utils import timezone
from psycopg2 import sql
from shapely.geometry import Point

from geo.crs import CITY_SRID
from incidents import routing
from incidents.dispatch import candidates
from incidents.units import roster
from layers import context, query
from layers.access import Scope, opened, opened_for_counting
from layers.ways import travel

OPEN_REACH_M = 200.0
APART_M = 2 * OPEN_REACH_M
HISTORY_DAYS = 90
MOST_CASES = 10
MOST_UNITS = 5


@context.part("open_cases")
def open_cases(scope: Scope, place: Point, at: datetime) -> list[dict[str, Any]]:
    """The open cases within 200 m, nearest first."""
    seen = opened("incidents", scope)
    found = query.nearest(seen, at=place, k=MOST_CASES, reach_m=OPEN_REACH_M, among=sql.SQL("t.closed_at is null"))
    told = ("code", "category", "severity", "status", "reported_at")
    return [{"id": one["id"], "distance_m": round(distance_m, 1), **{name: one["properties"].get(name) for name in told}} for one, distance_m in found]


@context.part("history")
def history(scope: Scope, place: Point, at: datetime) -> dict[str, Any]:
    """How many cases of each kind were reported within 200 m in ninety days; none is told of so few that somebody could be known by them."""
    counted = opened_for_counting("incidents", scope)
    if counted.hide_below:
        # Circles that overlap could be subtracted from each other until one case is left: these do not.
        place = Point(*(APART_M * (floor(edge / APART_M) + 0.5) for edge in (place.x, place.y)))
    text = sql.SQL(
        "select t.category, count(*) from {relation} t where {where} and t.reported_at > %(since)s and t.reported_at <= %(until)s"
        " and public.st_dwithin({shape}, public.st_setsrid(public.st_point(%(x)s, %(y)s), {srid}), %(reach_m)s) group by 1 order by 2 desc, 1"
    ).format(relation=counted.rows.relation, where=counted.rows.where, shape=counted.rows.geometry, srid=sql.Literal(CITY_SRID))
    params = {"since": at - timedelta(days=HISTORY_DAYS), "until": at, "x": place.x, "y": place.y, "reach_m": OPEN_REACH_M}
    with connection.cursor() as cursor:
        cursor.execute(text.as_string(cursor.connection), {**counted.rows.params, **params})
        kinds = [{"category": category, "n": n} for category, n in cursor if n >= counted.hide_below]
    return {"days": HISTORY_DAYS, "reach_m": OPEN_REACH_M, "kinds": kinds}


@context.part("units")
def units(scope: Scope, place: Point, at: datetime) -> list[dict[str, Any]]:
    """The units that would be here first, with their arrival."""
    found, _ = candidates.candidates(scene=(place.x, place.y), of=candidates.units(scope), network=travel.network(at), at=at)
    return [
        {
            "id": one.unit.id,
            "code": one.unit.code,
            "kind": one.unit.kind,
            "mode": one.unit.mode,
            "travel_s": round(one.travel_s),
            "distance_m": round(one.distance_m),
            "position_age_s": round(one.age_s),
        }
        for one in found[:MOST_UNITS]
    ]


@context.part("in_charge")
def in_charge(scope: Scope, place: Point, at: datetime) -> list[dict[str, Any]]:
    """The agencies in charge here, the ward's own first, each with the kinds of case that it answers for."""
    day = timezone.localdate(at)
    ward = context.ward_at(scope, place, day)
    found = routing.at_ward(ward_code=ward["code"] if ward else "", day=day)
    # Who is on call, and the telephone, is for who works with units: the agency's own number is everybody's.
    on_call = roster.on_call(agency=None, at=at) if scope.may("see_units") else []
    return [
        {
            **routing.told(agency),
            "categories": list(kinds),
            "on_call": [{"name": one.name, "post": one.post, "phone": one.phone} for one in on_call if one.agency == agency.code],
        }
        for agency, kinds in found
    ]
