"""The report after a case: what was due when and what was done, who decided what, when units were asked for and came, against the city's own targets.

It is made from the case's sequence each time that it is read, and says nothing that is not in it.
"""

from datetime import datetime
from typing import Any

from geo.city import CITY
from incidents.afterwards import replaying
from incidents.guidance import playbooks
from incidents.models import Alarm, Incident, Run

# What the centre has set itself: Vietnamese, English, from which moment, to which, within how long.
TARGETS: tuple[tuple[str, str, str, str, str, int], ...] = (
    ("acknowledge", "Nhận tin", "Acknowledged", "reported_at", "acknowledged_at", CITY.acknowledge_s),
    ("verify", "Xác minh", "Verified", "reported_at", "verified_at", CITY.verify_s),
    ("dispatch", "Điều lực lượng", "Dispatched", "verified_at", "dispatched_at", CITY.dispatch_s),
)


def report(*, told: dict[str, Any], at: datetime) -> dict[str, Any]:
    """The report of a case from its replay, as far as that was told to its reader."""
    incident_id = told["incident"]["id"]
    incident = Incident.objects.select_related("agency").get(pk=incident_id)
    runs = playbooks.runs_of(incident_id)
    steps = [step for run in runs for step in run["steps"]]
    return {
        "incident": told["incident"],
        "made_at": at,
        "from": told["from"],
        "until": told["until"],
        "open": told["open"],
        "exercise": incident.exercise,
        "targets": [_target(incident, *row) for row in TARGETS],
        "units": [_unit(unit) for unit in told["units"]],
        "playbooks": runs,
        "figures": figures(steps, incident_id),
        "decisions": [_decision(step) for step in steps if step["kind"] == "decide" and step["status"] == "done"],
        "opinions": told["opinions"],
        "alarms": told["alarms"],
        "entries": told["entries"],
        "moved": [f"{run.playbook.slug} v{run.playbook.version}" for run in _left(incident_id)],
    }


def _target(incident: Incident, code: str, vi: str, en: str, since: str, until: str, target_s: int) -> dict[str, Any]:
    """How long one thing took; None where it did not happen. Only an immediate case has these targets."""
    start, end = getattr(incident, since), getattr(incident, until)
    took_s = (end - start).total_seconds() if start and end and end >= start else None
    of_this = target_s if incident.process == "immediate" else None
    return {"code": code, "vi": vi, "en": en, "target_s": of_this, "took_s": took_s, "late": bool(of_this and took_s is not None and took_s > of_this)}


def _unit(unit: dict[str, Any]) -> dict[str, Any]:
    """A unit's times, and how far what was foreseen was off."""
    start, there = unit["requested_at"], unit["on_scene_at"]
    took_s = (there - start).total_seconds() if there else None
    off_s = took_s - unit["eta_s"] if took_s is not None and unit["eta_s"] is not None else None
    kept = ("code", "name", "mode", "role", "eta_s", "because", "reason", *replaying.MILESTONES)
    return {**{name: unit[name] for name in kept}, "took_s": took_s, "off_s": off_s}


def figures(steps: list[dict[str, Any]], incident_id: int) -> dict[str, int]:
    """How many steps there were, done, late, skipped and left, and how often alarms rang."""
    open_ = [step for step in steps if step["status"] in ("todo", "begun")]
    rung = Alarm.objects.filter(incident_id=incident_id)
    return {
        "steps": len([step for step in steps if step["status"] != "off"]),
        "done": len([step for step in steps if step["status"] == "done"]),
        "late": len([step for step in steps if step["late"]]),
        "skipped": len([step for step in steps if step["status"] == "skipped"]),
        "left": len(open_),
        "alarms": rung.count(),
        "escalated": rung.filter(level__gt=0).count(),
    }


def _decision(step: dict[str, Any]) -> dict[str, Any]:
    chosen = next((one for one in step["choices"] if one["value"] == step["choice"]), None)
    return {
        "title": step["title"],
        "choice": {"vi": chosen["vi"], "en": chosen["en"]} if chosen else None,
        "by": step["by"],
        "at": step["at"],
        "note": step["note"],
        "authority": step["authority"],
    }


def _left(incident_id: int) -> list[Run]:
    """Runs of older versions that the case went on from."""
    return list(Run.objects.filter(incident_id=incident_id, moved_to__isnull=False).select_related("playbook").order_by("pk"))
