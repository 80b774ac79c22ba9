"""Figures for leaders: counts with their period, n and age; a figure of too few cases says so instead of pretending."""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from geo.city import CITY
from geo.sql import statement
from incidents.models import Incident
from layers.access import Scope, opened

WALL_DAYS = 30
# A 90th percentile of fewer cases is one case's story.
ENOUGH_FOR_A_PERCENTILE = 10
SPARSE_BELOW = 20
FEWEST_SHOWN = 5
LATEST = 6
GRAVE_FROM = 3


def wall(*, scope: Scope, at: datetime) -> dict[str, Any]:
    """What the wall shows: of the last thirty days, of now, and how old both are."""
    period = {"from": at - timedelta(days=WALL_DAYS), "until": at, "at": at}
    with connection.cursor() as cursor:
        cursor.execute(statement("incidents", "wall"), period)
        n, n_verified, verify_s, n_dispatched, dispatch_s, data_until = cursor.fetchone()
        cursor.execute(statement("incidents", "wards"), period)
        wards = [_ward(*row) for row in cursor]
    return {
        "as_of": at,
        "data_until": data_until,
        "period": {"from": period["from"], "to": at, "days": WALL_DAYS},
        "n": n,
        "sparse": n < SPARSE_BELOW,
        "open_by_severity": _open_by_severity(),
        "units_by_state": _units_by_state(),
        "verify_p90_s": verify_s if n_verified >= ENOUGH_FOR_A_PERCENTILE else None,
        "dispatch_p90_s": dispatch_s if n_dispatched >= ENOUGH_FOR_A_PERCENTILE else None,
        "by_ward": wards,
        "latest": _latest(),
        "sensors_offline": _sensors_offline(scope),
    }


def _ward(code: str, name: str, n: int, population: int | None) -> dict[str, Any]:
    shown = n >= FEWEST_SHOWN and bool(population)
    return {"code": code, "name": name, "n": n, "population": population, "rate_per_10k": round(n / population * 10_000, 2) if shown and population else None}


def _open_by_severity() -> list[dict[str, int]]:
    found = dict.fromkeys(sorted(CITY.severities, reverse=True), 0)
    for severity in Incident.objects.filter(closed_at=None, restricted=False, exercise=False).values_list("severity", flat=True):
        found[severity] += 1
    return [{"severity": severity, "n": n} for severity, n in found.items()]


def _units_by_state() -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        # A unit in an exercise can be called away at any moment: for the wall it is free.
        cursor.execute(statement("incidents", "units_by_state"))
        return [{"state": state, "n": n} for state, n in cursor]


def _latest() -> list[dict[str, Any]]:
    """The newest grave cases that are open: what and where, never who."""
    grave = Incident.objects.filter(closed_at=None, restricted=False, exercise=False, severity__gte=GRAVE_FROM).order_by("-severity", "-reported_at")[:LATEST]
    return [
        {
            "id": case.pk,
            "code": case.code,
            "category": case.category,
            "severity": case.severity,
            "status": case.status,
            "reported_at": case.reported_at,
            "ward_name": case.ward_name,
            **_lonlat(case),
        }
        for case in grave
    ]


def _lonlat(case: Incident) -> dict[str, float | None]:
    place = case.geom.transform(4326, clone=True) if case.geom else None
    return {"lon": place.x if place else None, "lat": place.y if place else None}


def _sensors_offline(scope: Scope) -> int:
    seen = opened("sensors", scope)
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from public.layers_sensor t where t.state = 'offline' and " + seen.where.as_string(cursor.cursor), seen.params)
        return int(cursor.fetchone()[0])
