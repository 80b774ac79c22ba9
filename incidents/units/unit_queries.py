"""Reads of one unit: its crew, its equipment, its shift and hours; and of the people who serve."""

from datetime import datetime
from typing import Any

from geo.city import CITY
from geo.errors import NOT_FOUND
from incidents import queries
from incidents.models import Crewing, Equipment, Member
from incidents.units import shifts
from layers.access import Scope

MOST_MEMBERS = 2_000


def detail(*, responder_id: int, scope: Scope, at: datetime) -> dict[str, Any]:
    """A unit that the caller may see. Raises NOT_FOUND."""
    found = queries.units(scope, responder_id) if 0 < responder_id < 2**63 else []
    if not found:
        raise NOT_FOUND("Không có lực lượng này.", "There is no such unit.")
    unit = found[0]
    rested = unit["rested_since"]
    return {
        **unit,
        "crew": crew(responder_id),
        "equipment": [
            {
                "name": row.name,
                "kind": row.kind,
                "state": row.state,
                "skills": row.skills,
                "essential": row.essential,
                "note": row.note,
                "changed_at": row.changed_at,
            }
            for row in Equipment.objects.filter(responder_id=responder_id).order_by("name")
        ],
        "worked_h": shifts.worked_h(responder_id=responder_id, at=at),
        "work_most_h": CITY.dispatching.longest_duty_h,
        "tired": shifts.tired(rested_since=datetime.fromisoformat(rested) if rested else None, at=at),
    }


def crew(responder_id: int) -> list[dict[str, Any]]:
    """Who is on the unit now. Whoever calls has seen the unit."""
    found = Crewing.objects.filter(responder_id=responder_id, until=None).select_related("member").order_by("member__name", "pk")
    return [
        {"id": row.member_id, "name": row.member.name, "phone": row.member.phone, "qualifications": row.member.qualifications, "since": row.since}
        for row in found
    ]


def members(agency: str = "") -> list[dict[str, Any]]:
    """Who serves, and on which unit each is now."""
    found = Member.objects.filter(active=True, **({"agency__code": agency} if agency else {})).select_related("agency").order_by("agency__code", "name", "pk")
    on = dict(Crewing.objects.filter(until=None).values_list("member_id", "responder__code"))
    return [
        {"id": row.pk, "agency": row.agency.code, "name": row.name, "phone": row.phone, "qualifications": row.qualifications, "unit": on.get(row.pk)}
        for row in found[:MOST_MEMBERS]
    ]
