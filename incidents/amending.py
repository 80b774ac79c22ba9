"""Several people write one case: each changes fields on the version that they saw, and nobody's word is lost without being told."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from geo.acting import acting
from geo.city import CITY
from geo.errors import BAD_REQUEST, STALE
from geo.models import User
from incidents import compartments, lifecycle
from incidents.guidance import playbooks
from incidents.intake import reporting
from incidents.models import Entry, Incident
from layers.access import Scope

EVENT = "incident.amended"


def amend(*, incident_id: int, base: int, mine: Mapping[str, Any], scope: Scope, by: User, at: datetime) -> list[str]:
    """Change fields of a case as known in version `base`; what others changed meanwhile stays. Returns the fields that changed.

    Raises NOT_FOUND, NOT_NOW for a case that has ended, what a report would for a wrong value, and STALE (nothing is written) where somebody
    else changed one of the same fields: with base, mine and theirs.
    """
    _check_values(mine)
    with acting(by=by, because=f"amending case {incident_id}"):
        incident = lifecycle.locked(incident_id, scope)
        if incident.status in lifecycle.ENDED:
            raise lifecycle.NOT_NOW(f"Vụ {incident.code} đã kết thúc.", f"Case {incident.code} has ended.", was=incident.status, allowed=[])
        check_base(incident, base, mine)
        before = _at(incident, base)
        changes = {name: value for name, value in mine.items() if value != before.get(name, getattr(incident, name)) and value != getattr(incident, name)}
        if changes:
            lifecycle.append(
                incident=incident, kind="amend", to=incident.status, event=EVENT, by=by, at=at, note=", ".join(changes), data={"base": base}, **changes
            )
            playbooks.arm_fitting(incident=incident, by=by, at=at)
            compartments.follow_category(incident=incident, by=by, at=at)
    return list(changes)


def check_base(incident: Incident, base: int, mine: Mapping[str, Any]) -> None:
    """Raises STALE where somebody else has changed one of these fields since version `base`, to something else; BAD_REQUEST for a version to come."""
    if base > incident.version:
        raise BAD_REQUEST(f"Chưa có phiên bản {base}.", f"There is no version {base} yet.")
    before = _at(incident, base)
    clash = [name for name, value in mine.items() if name in before and before[name] != value and getattr(incident, name) not in (value, before[name])]
    if clash:
        raise STALE(
            f"Người khác vừa sửa: {', '.join(clash)}.",
            f"Somebody else has just changed: {', '.join(clash)}.",
            version=incident.version,
            fields=clash,
            base={name: before[name] for name in clash},
            mine={name: mine[name] for name in clash},
            theirs={name: getattr(incident, name) for name in clash},
        )


def _at(incident: Incident, base: int) -> dict[str, Any]:
    """What the fields that changed since a version were at it."""
    found: dict[str, Any] = {}
    if base < incident.version:
        for data in Entry.objects.filter(incident=incident, data__version__gt=base).order_by("pk").values_list("data", flat=True):
            for name, (was, _) in data.get("fields", {}).items():
                found.setdefault(name, was)
    return found


def _check_values(mine: Mapping[str, Any]) -> None:
    if "category" in mine:
        reporting.category_of(mine["category"])
    if "severity" in mine and mine["severity"] not in CITY.severities:
        raise reporting.BAD_SEVERITY()
    if len(mine.get("description", "")) > reporting.LONGEST_DESCRIPTION or len(mine.get("place_name", "")) > reporting.LONGEST_NAME:
        raise reporting.TOO_LONG()
