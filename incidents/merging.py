"""One thing reported many times: a report is merged into the case that it belongs to, taken out again, or a case is divided in two.

Nothing is lost by it: the merged report keeps its reporter, its sequence and its clock, and is shown with the case; the earliest report's
clock counts for the response. Chains are flattened, and what moved along with a case goes back with it.
"""

import uuid
from datetime import datetime
from typing import Any

from geo import plain_text
from geo.city import CITY
from geo.errors import define
from geo.models import User
from geo.shapes import as_field
from incidents import compartments, lifecycle, speeds
from incidents.guidance import playbooks
from incidents.intake import reporting
from incidents.lifecycle import ENDED, Added, Given
from incidents.models import Entry, Incident
from layers.access import Scope

BAD_MERGE = define("bad_merge", 422, "Không gộp được vào vụ này", "The case cannot be merged into that one")
CHANGED_MEANWHILE = define("changed_meanwhile", 409, "Vụ vừa được người khác thay đổi", "Somebody else has just changed the case")

# Steps by which a merged case came to the case that it stands under now.
CAME = ("merge", "moved")


def merged(incident: Incident, given: Given, scope: Scope, by: User, at: datetime) -> Added:
    """What being merged changes. Raises BAD_MERGE, which says why, or NOT_FOUND for a target that the caller may not see."""
    if given["into"] is None:
        raise BAD_MERGE("Cần mã của vụ khác.", "The id of another case is needed.")
    if given["into"] == incident.pk:
        raise BAD_MERGE("Không gộp vụ vào chính nó.", "A case is not merged into itself.")
    main = lifecycle.locked(given["into"], scope)
    _check(incident, main)
    compartments.level(incident, main, by=by, at=at)
    _free_of_family(incident, main, by, at)
    _move_along(incident, main, by, at)
    data = {"merged": incident.pk, "eido": "REPLACING", "clock_was": _text(main.clock_at)}
    clock = _clock_with(main, incident)
    lifecycle.append(incident=main, kind="merged", to=main.status, event="incident.merged", by=by, at=at, note=f"+ {incident.code}", data=data, clock_at=clock)
    said = {"into": main.pk, "eido": "REPLACED", "was": {"parent": incident.parent_id}}
    outcome = "22" if "22" in CITY.outcomes else ""
    return main.code, {"merged_into": main, "outcome": outcome, "parent": None, "data": said}


def _check(incident: Incident, main: Incident) -> None:
    """Raises BAD_MERGE."""
    if main.merged_into is not None:
        raise BAD_MERGE(
            f"{main.code} đã gộp vào {main.merged_into.code}: hãy gộp vào vụ đó.",
            f"{main.code} was merged into {main.merged_into.code}: merge into that one.",
            into=main.merged_into_id,
        )
    if main.status in ENDED:
        raise BAD_MERGE(f"Vụ {main.code} đang là {main.status}.", f"Case {main.code} is {main.status}.")
    if main.exercise != incident.exercise:
        raise BAD_MERGE("Diễn tập và vụ thật không gộp với nhau.", "An exercise and a real case are not merged.")


def _clock_with(main: Incident, incident: Incident) -> datetime | None:
    """The target's clock once this report is under it, with what was merged into the report before."""
    if main.process != "immediate":
        return main.clock_at
    reports = [main, *([incident] if incident.process == "immediate" else [])]
    earliest = min(speeds.clock_of(one) or one.reported_at for one in reports)
    return None if earliest == main.reported_at else earliest


def _free_of_family(incident: Incident, main: Incident, by: User, at: datetime) -> None:
    """The parts of the merged case become parts of the target, or of the target's own parent."""
    if main.parent_id == incident.pk:
        lifecycle.append(incident=main, kind="unlink", to=main.status, event="incident.unlinked", by=by, at=at, note=f"← {incident.code}", parent=None)
    whole = main.parent or main
    for part in Incident.objects.filter(parent=incident).order_by("pk"):
        note = f"{incident.code} → {whole.code}"
        lifecycle.append(incident=part, kind="link", to=part.status, event="incident.linked", by=by, at=at, note=note, data={"parent": whole.pk}, parent=whole)


def _move_along(incident: Incident, main: Incident, by: User, at: datetime) -> None:
    """What was merged into the merged case stands under the target too: a chain is one link long."""
    for earlier in Incident.objects.filter(merged_into=incident).order_by("pk"):
        data = {"from": incident.pk, "into": main.pk}
        note = f"{incident.code} → {main.code}"
        lifecycle.append(incident=earlier, kind="moved", to=earlier.status, event="incident.merged", by=by, at=at, note=note, data=data, merged_into=main)


def split(incident: Incident, given: Given, scope: Scope, by: User, at: datetime) -> Added:
    """What taking a merged report out again changes: it is as it was, and what had come with it goes with it. Raises REASON_NEEDED or NOT_FOUND."""
    reason = lifecycle.reason_of(given)
    main = lifecycle.locked(incident.merged_into_id or 0, scope)
    came = Entry.objects.filter(incident=incident, kind="merge").order_by("-pk").first()
    parent = _parent_again(came)
    for earlier in Incident.objects.filter(merged_into=main).exclude(pk=incident.pk).order_by("pk"):
        last = Entry.objects.filter(incident=earlier, kind__in=CAME).order_by("-pk").first()
        if last is not None and last.kind == "moved" and last.data.get("from") == incident.pk:
            note, data = f"{main.code} → {incident.code}", {"from": main.pk, "into": incident.pk, "back": True}
            lifecycle.append(
                incident=earlier, kind="moved", to=earlier.status, event="incident.split", by=by, at=at, note=note, data=data, merged_into=incident
            )
    lifecycle.append(
        incident=main, kind="split_off", to=main.status, event="incident.split", by=by, at=at, note=f"- {incident.code}: {reason}",
        data={"split": incident.pk, "eido": "Split"}, clock_at=speeds.clock_of(main, leaving_out=incident.pk),
    )  # fmt: skip
    to = came.status_from if came is not None else "verifying"
    return reason, {"to": to, "merged_into": None, "closed_at": None, "outcome": "", "parent": parent, "data": {"from": main.pk, "eido": "Split"}}


def _parent_again(came: Entry | None) -> Incident | None:
    """The whole that it was a part of before, where that is still open and whole."""
    whole_id = came.data.get("was", {}).get("parent") if came is not None else None
    return Incident.objects.filter(pk=whole_id, parent=None, closed_at=None).first() if whole_id else None


def divided(incident: Incident, given: Given, scope: Scope, by: User, at: datetime) -> Added:
    """A second case out of one report that told of two things: same reporter, same clock, its own kind and place. Raises what a report would."""
    reason = lifecycle.reason_of(given)
    category = reporting.category_of(given["category"] or incident.category)
    kept = ("channel", "reporter_name", "reporter_phone", "reported_at", "exercise")
    # Of a kind that is hot it is born restricted, whatever it was divided from.
    sight = {name: getattr(incident, name) for name in ("restricted", "sensitivity")} if incident.restricted else compartments.at_birth(category)
    words = plain_text.lines(given["text"]) or incident.description
    made = Incident.objects.create(
        category=category.code, process=category.process, severity=_severity(given) or category.severity, description=words, request_key=uuid.uuid4(),
        **{name: getattr(incident, name) for name in kept}, **sight, **_elsewhere(given, incident, at),
    )  # fmt: skip
    data = {"channel": incident.channel, "divided_from": incident.pk, "eido": "Split"}
    lifecycle.append(incident=made, kind="report", to="new", event="incident.reported", by=by, at=at, note=f"← {incident.code}", data=data)
    compartments.born(incident=made, by=by, at=at)
    compartments.same_people(incident, made, by=by, at=at)
    playbooks.arm_fitting(incident=made, by=by, at=at)
    return f"{made.code}: {reason}", {"data": {"divided": made.pk, "eido": "Split"}}


def _elsewhere(given: Given, incident: Incident, at: datetime) -> dict[str, Any]:
    """Where the second case is: where it was said to be, by what it is known and how sure; else at the place of the first."""
    place = reporting.place_of(given["lon"], given["lat"])
    name = plain_text.line(given.get("place_name") or "")
    if len(name) > reporting.LONGEST_NAME:
        raise reporting.TOO_LONG()
    if place is None:
        same = ("geom", "ward_code", "ward_name", "road_name", "place_source", "accuracy_m", "place_name")
        return {**{column: getattr(incident, column) for column in same}, **({"place_name": name} if name else {})}
    source = given.get("place_source") or ""
    reporting.check_source(source)
    said = {"place_name": name, "place_source": source, "accuracy_m": given.get("accuracy_m")}
    return {"geom": as_field(place), **reporting.whereabouts(place, at), **said}


def _severity(given: Given) -> int | None:
    """Raises BAD_SEVERITY."""
    severity: int | None = given["severity"]
    if severity is not None and severity not in CITY.severities:
        raise reporting.BAD_SEVERITY()
    return severity


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
