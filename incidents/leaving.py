"""What is answered to somebody whose own deed may have taken a case out of their sight: that it is done, and what they still see of it.

Nothing of the case is told but its code, which they knew, and the coarse cell that everybody of the staff sees; the deed stands in the case's sequence
and its alarms go on, for those who see them.
"""

from typing import Any

from django.db import connection
from psycopg2 import sql

from geo.errors import NOT_FOUND
from incidents import areas, queries
from incidents.models import Incident
from layers.access import Scope, opened

VI = "Đã thực hiện. Vụ {code} không còn trong phần bạn được xem; nhật ký và báo động của vụ vẫn chạy cho người có quyền."
EN = "Done. Case {code} is no longer among what you may see; its log and alarms go on for those who may."


def answered(*, incident: Incident, scope: Scope) -> dict[str, Any]:
    """The case as it stands after a deed; or that the deed is done and the case has left the caller's sight."""
    try:
        return queries.detail(incident_id=incident.pk, scope=scope)
    except NOT_FOUND:
        words = {"vi": VI.format(code=incident.code), "en": EN.format(code=incident.code)}
        return {"id": incident.pk, "code": incident.code, "out_of_sight": True, "words": words, "area": _area(incident, scope)}


def _area(incident: Incident, scope: Scope) -> dict[str, Any] | None:
    """The cell of an open restricted case that the caller sees as everybody does, by its centre."""
    try:
        seen = opened(areas.LAYER, scope)
    except NOT_FOUND:
        return None
    text = sql.SQL(
        "select {fid}, public.st_x(at.place), public.st_y(at.place) from {relation} t,"
        " lateral (select public.st_transform(public.st_centroid({shape}), 4326) as place) at"
        " where {where} and {fid} = (select public.incidents_area_of(c.geom) from public.incidents_incident c where c.id = %(case)s and c.restricted)"
    ).format(fid=seen.fid, relation=seen.relation, shape=seen.geometry, where=seen.where)
    with connection.cursor() as cursor:
        cursor.execute(text.as_string(cursor.cursor), {**seen.params, "case": incident.pk})
        found = cursor.fetchone()
    return {"id": found[0], "lon": found[1], "lat": found[2]} if found else None
