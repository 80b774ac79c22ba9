"""Where a case is: said for the first time or said better, each time a step of its sequence with the source and how sure it is.

It refuses a place that somebody else has said since the caller looked, and an answer that needs a place for a case that has none.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from geo import plain_text
from geo.acting import acting
from geo.errors import STALE, UNPROCESSABLE
from geo.models import User
from geo.shapes import as_field
from incidents import lifecycle
from incidents.intake import reporting
from incidents.models import Entry, Incident
from layers.access import Scope

KIND = "place"
# Metres: the same place said again, as it comes back from eight decimals of a degree.
SAME_PLACE_M = 0.01


@dataclass(frozen=True)
class Place:
    """Where (lon, lat in WGS84), by what it was known, how sure in metres, and what it is called."""

    lon: float
    lat: float
    source: str
    accuracy_m: float | None = None
    place_name: str | None = None


def place(*, incident_id: int, given: Place, scope: Scope, by: User | None, at: datetime, version: int | None = None) -> Incident:
    """Say where a case is; the same again changes nothing. `version` is that of the case which the caller looked at, where it matters.

    Raises NOT_FOUND, NOT_NOW for a case that has ended, STALE where the place was said anew after that version, UNKNOWN_SOURCE,
    TOO_LONG or a refusal of the geometry gateway.
    """
    with acting(by=by, because=f"place of case {incident_id}"):
        incident = lifecycle.locked(incident_id, scope)
        put(incident=incident, given=given, by=by, at=at, version=version)
    return incident


def put(*, incident: Incident, given: Place, by: User | None, at: datetime, version: int | None = None) -> Entry | None:
    """The step itself, on a locked case within `acting`; None where nothing would change. Raises as `place` does."""
    lifecycle.check(incident, KIND)
    reporting.check_source(given.source)
    if given.place_name is not None and len(given.place_name) > reporting.LONGEST_NAME:
        raise reporting.TOO_LONG()
    shape = reporting.place_of(given.lon, given.lat)
    if shape is None:
        raise UNPROCESSABLE()
    where = as_field(shape)
    _check_version(incident, version)
    name = incident.place_name if given.place_name is None else plain_text.line(given.place_name)
    stands = incident.geom is not None and incident.geom.distance(where) < SAME_PLACE_M
    if stands and (incident.place_source, incident.accuracy_m, incident.place_name) == (given.source, given.accuracy_m, name):
        return None
    was = _said(incident)
    return lifecycle.append(
        incident=incident,
        kind=KIND,
        to=incident.status,
        event=lifecycle.VERBS[KIND].event,
        by=by,
        at=at,
        note=_words(given),
        data={"lon": given.lon, "lat": given.lat, "source": given.source, "accuracy_m": given.accuracy_m, "was": was, "version": incident.version + 1},
        geom=where,
        place_source=given.source,
        accuracy_m=given.accuracy_m,
        place_name=name,
        **reporting.whereabouts(shape, at),
    )


def _check_version(incident: Incident, version: int | None) -> None:
    """Other steps in between do no harm; another place does."""
    if version is None or version == incident.version:
        return
    newest = Entry.objects.filter(incident=incident, kind=KIND).order_by("-id").first()
    if newest is not None and newest.data["version"] > version:
        raise STALE(
            f"Vị trí đã được đổi lúc {newest.at.isoformat()}.",
            f"The place was changed at {newest.at.isoformat()}.",
            version=incident.version,
            theirs={name: newest.data[name] for name in ("lon", "lat", "source", "accuracy_m")},
        )


def _said(incident: Incident) -> dict[str, Any] | None:
    """What stood before, in the numbers that people say."""
    if incident.geom is None:
        return None
    where = incident.geom.transform(4326, clone=True)
    return {"lon": where.x, "lat": where.y, "source": incident.place_source, "accuracy_m": incident.accuracy_m, "place_name": incident.place_name}


def _words(given: Place) -> str:
    sure = f" ±{given.accuracy_m:.0f} m" if given.accuracy_m is not None else ""
    return f"{given.lat:.6f}, {given.lon:.6f}{sure}" + (f" · {given.place_name}" if given.place_name else "")
