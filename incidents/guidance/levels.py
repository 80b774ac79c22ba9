"""A sensor crosses the level of a playbook: its case opens by itself, once, and again only after the value has fallen below the level that re-arms it.

What it opens is a new case like any other: somebody takes it, verifies it or rejects it.
"""

from datetime import datetime, timedelta
from typing import Any

from psycopg2 import sql

from geo.acting import acting
from incidents import lifecycle
from incidents.intake import reporting
from incidents.models import Incident, Playbook, SensorTrip
from layers import query
from layers.access import SYSTEM, opened

EVENT = "incident.playbook"
# An older reading says nothing of now.
FRESH_S = 7_200
BELIEVED = "ok"


def tick(at: datetime) -> int:
    """Look at every level once. Returns how many were crossed."""
    crossed = 0
    for playbook in Playbook.objects.filter(active=True, trigger__has_key="sensor").order_by("slug"):
        level = playbook.trigger["sensor"]
        for sensor in _sensors(level, at):
            value, fid = sensor["properties"]["last_value"], sensor["id"]
            standing = SensorTrip.objects.filter(slug=playbook.slug, sensor=fid, cleared_at=None).first()
            if standing is None and value >= level["above"]:
                _cross(playbook, sensor, at)
                crossed += 1
            elif standing is not None and value < level["rearm"]:
                with acting(by=None, because=f"the level of {playbook.slug} fell"):
                    SensorTrip.objects.filter(pk=standing.pk).update(cleared_at=at)
    return crossed


def _sensors(level: dict[str, Any], at: datetime) -> list[dict[str, Any]]:
    """The sensors of the level's kind (and code, where it names one) whose reading is fresh and believed."""
    wanted = sql.SQL("t.kind = %(kind)s and t.state = %(state)s and t.last_value is not null and t.last_at > %(since)s and %(code)s in ('', t.code)")
    params = {"kind": level["kind"], "state": BELIEVED, "since": at - timedelta(seconds=FRESH_S), "code": level.get("code", "")}
    return query.page(opened("sensors", SYSTEM), narrowed=wanted, params=params)


def _cross(playbook: Playbook, sensor: dict[str, Any], at: datetime) -> None:
    """One tide reaches several gauges: the second joins the case that the first has opened, while it is open."""
    about, level = sensor["properties"], playbook.trigger["sensor"]
    words = f"{about['name']}: {about['last_value']:g} {about['unit']} ≥ {level['above']:g}"
    with acting(by=None, because=f"{playbook.slug}: {words}"):
        others = SensorTrip.objects.filter(slug=playbook.slug, cleared_at=None, incident__closed_at=None).values_list("incident_id", flat=True)
        incident = Incident.objects.select_for_update().filter(pk__in=list(others)).order_by("pk").first()
        if incident is None:
            incident = _opened(playbook, sensor, words, at)
        else:
            data = {"sensor": sensor["id"], "value": about["last_value"]}
            lifecycle.append(incident=incident, kind="level", to=incident.status, event=EVENT, by=None, at=at, note=words, data=data)
        SensorTrip.objects.create(slug=playbook.slug, sensor=sensor["id"], value=about["last_value"], at=at, incident=incident)


def _opened(playbook: Playbook, sensor: dict[str, Any], words: str, at: datetime) -> Incident:
    lon, lat = sensor["geometry"]["coordinates"]
    given = reporting.Report(
        category=playbook.trigger["categories"][0],
        lon=lon,
        lat=lat,
        channel="sensor",
        severity=playbook.trigger["sensor"].get("severity", 3),
        description=words,
        place_name=sensor["properties"]["name"][: reporting.LONGEST_NAME],
        place_source="device",
    )
    return reporting.report(given=given, by=None, at=at)[0]
