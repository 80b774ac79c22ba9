"""Where something is going on that not everybody may know of: coarse cells that hold an open restricted case, kept by the database.

A cell is a hexagon of a grid anchored at the origin of the city's CRS, so its centre says nothing of where in it the case is.
"""

from datetime import datetime

from django.db import connection

from geo import events
from incidents.models import Incident

EVENT = "area.changed"
LAYER = "restricted_areas"


def told(incident: Incident, at: datetime) -> None:
    """Say that the cell of a restricted case may have changed; which way, its readers see for themselves. Within `acting`."""
    if incident.exercise:
        return
    with connection.cursor() as cursor:
        cursor.execute("select public.incidents_area_of(geom) from public.incidents_incident where id = %s and geom is not null", [incident.pk])
        found = cursor.fetchone()
    if found is not None:
        events.publish(kind=EVENT, at=at, layer=LAYER, fids=[found[0]])
