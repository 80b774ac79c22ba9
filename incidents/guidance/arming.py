"""Which cases a playbook is armed by: what they are, how grave, where; and sensors that open such a case when their value crosses a level.

A level has two sides: it is crossed at `above` and armed again only below `rearm`, so that a value that trembles opens one case and not twenty.
"""

from typing import Any

from shapely.geometry import Point, Polygon, mapping

from geo.city import CITY
from geo.errors import Problem
from geo.shapes import admit
from incidents.guidance.steps import BAD_PLAYBOOK
from incidents.models import Incident

KEYS = frozenset({"categories", "severity_from", "wards", "area", "sensor"})
SENSOR_KEYS = frozenset({"kind", "above", "rearm", "severity", "code"})
MOST_CORNERS = 200


def checked(slug: str, given: Any) -> dict[str, Any]:
    """A trigger as it was given, when it can be followed. Raises BAD_PLAYBOOK."""
    if not isinstance(given, dict) or not given.keys() <= KEYS:
        raise BAD_PLAYBOOK(f"{slug}: điều kiện chỉ có {', '.join(sorted(KEYS))}.", f"{slug}: a trigger has only {', '.join(sorted(KEYS))}.")
    for holds, words in _faults(given):
        if not holds:
            raise BAD_PLAYBOOK(f"{slug}: điều kiện sai: {words}.", f"{slug}: the trigger is wrong: {words}.")
    return given


def _faults(given: dict[str, Any]) -> list[tuple[bool, str]]:
    categories, wards = given.get("categories", []), given.get("wards", [])
    named = isinstance(categories, list) and all(isinstance(one, str) for one in categories)
    return [
        (named and set(categories) <= set(CITY.categories), "categories"),
        (given.get("severity_from", 1) in (1, 2, 3, 4, 5), "severity_from 1–5"),
        (isinstance(wards, list) and all(isinstance(one, str) for one in wards), "wards"),
        ("area" not in given or area_of(given["area"]) is not None, "area: [[lon, lat], …]"),
        ("sensor" not in given or _sensor(given["sensor"]), "sensor: kind, above, rearm < above, severity 1–5"),
        ("sensor" not in given or "sensor" in CITY.channels, "sensor: the city has no such channel"),
        # What opens a case must say of which category it is.
        ("sensor" not in given or bool(categories), "sensor + categories"),
    ]


def _sensor(given: Any) -> bool:
    if not isinstance(given, dict) or not given.keys() <= SENSOR_KEYS or not isinstance(given.get("kind"), str):
        return False
    if not all(isinstance(one, int | float) and not isinstance(one, bool) and abs(one) < 1e9 for one in (given.get("above"), given.get("rearm"))):
        return False
    return float(given["rearm"]) < float(given["above"]) and given.get("severity", 3) in (1, 2, 3, 4, 5) and isinstance(given.get("code", ""), str)


def area_of(corners: Any) -> Polygon | None:
    """The polygon of corners in lon, lat, in city metres; None where they are none."""
    if not isinstance(corners, list) or not 3 <= len(corners) <= MOST_CORNERS:
        return None
    try:
        return admit(mapping(Polygon(corners)), types=("Polygon",))
    except (Problem, TypeError, ValueError):
        return None


def fits(trigger: dict[str, Any], incident: Incident) -> bool:
    """Whether a case arms a playbook by itself. A playbook for an area leaves a case without a place alone until it has one."""
    if incident.category not in trigger.get("categories", ()) or incident.severity < trigger.get("severity_from", 1):
        return False
    wards, corners = trigger.get("wards"), trigger.get("area")
    if wards and incident.ward_code not in wards:
        return False
    if not corners:
        return True
    area = area_of(corners)
    return area is not None and incident.geom is not None and bool(area.covers(Point(incident.geom.x, incident.geom.y)))
