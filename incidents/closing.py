"""The verbs that are not dispatching: from acknowledging to closing and opening again, each with what it needs to hear."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db.models import Q

from geo.acting import acting
from geo.city import CITY
from geo.errors import define
from geo.models import Agency, User
from incidents import amending, compartments, deadlines, families, lifecycle, merging, speeds, verifying
from incidents.dispatch import dispatching
from incidents.guidance import playbooks
from incidents.intake import reporting
from incidents.lifecycle import REASON_NEEDED, Added, Given
from incidents.models import Incident
from layers.access import Scope

UNKNOWN_OUTCOME = define("unknown_outcome", 422, "Không có kết quả này", "There is no such outcome")
UNKNOWN_AGENCY = define("unknown_agency", 422, "Không có cơ quan này", "There is no such agency")
NOT_YOURS = define("not_your_case", 403, "Vụ này không giao cho cơ quan của bạn", "The case is not your agency's")

# Verbs that reach further than their own case: what belongs to it is held with it.
FAR = frozenset({"promote", "demote", "undo_speed", "link", "unlink", "merge", "split", "restrict", "unrestrict", "close", "cancel", "reject", "transfer"})


def act(*, verb: str, incident_id: int, given: Given, scope: Scope, by: User, at: datetime, base: int | None = None) -> Incident:
    """Do a verb on a case, known in version `base` where that is said. Raises NOT_FOUND, NOT_NOW, STALE, or what the verb itself refuses."""
    with acting(by=by, because=f"{verb} of case {incident_id}"):
        held = _party(incident_id, given) if verb in FAR else {incident_id}
        lifecycle.hold(held)
        incident = lifecycle.locked(incident_id, scope)
        lifecycle.check(incident, verb)
        if verb in FAR and not _party(incident_id, given) <= held:
            raise merging.CHANGED_MEANWHILE()
        note, changes = ADDS[verb](incident, given, scope, by, at)
        if base is not None:
            amending.check_base(incident, base, {name: changes[name] for name in lifecycle.AMENDABLE if name in changes})
        if lifecycle.VERBS[verb].after in lifecycle.ENDED:
            # The parts of a merged case have gone over to its target already.
            families.part_with(whole=incident, verb=verb, given=given, scope=scope, by=by, at=at)
            dispatching.release(incident=incident, at=at)
        lifecycle.move(incident=incident, verb=verb, by=by, at=at, note=note, **changes)
        if verb in THEN:
            THEN[verb](incident, verb, by, at)
    return incident


def _party(incident_id: int, given: Given) -> set[int]:
    """The case, those that the verb names, what these stand under, and what stands under any of them."""
    named = [fid for fid in (incident_id, given.get("into"), given.get("parent")) if fid is not None]
    above = Incident.objects.filter(pk__in=named).values_list("parent_id", "merged_into_id")
    near = {*named, *(fid for pair in above for fid in pair if fid is not None)}
    return near | set(Incident.objects.filter(Q(parent__in=near) | Q(merged_into__in=near)).values_list("pk", flat=True))


def _arm(incident: Incident, verb: str, by: User, at: datetime) -> None:
    """Its category, its severity or its speed may have changed."""
    playbooks.arm_fitting(incident=incident, by=by, at=at)
    compartments.follow_category(incident=incident, by=by, at=at)


def _spread(incident: Incident, verb: str, by: User, at: datetime) -> None:
    speeds.follow(whole=incident, verb=verb, by=by, at=at)
    _arm(incident, verb, by, at)


# What follows a step once it is written.
THEN: dict[str, Callable[[Incident, str, User, datetime], None]] = {"verify": _arm, "promote": _spread, "demote": _spread, "undo_speed": _spread, "link": _arm}


def _plain(incident: Incident, given: Given, scope: Scope, by: User, at: datetime) -> Added:
    return given["note"], {}


def _verified(incident: Incident, given: Given, scope: Scope, by: User, at: datetime) -> Added:
    changes: dict[str, Any] = {} if incident.acknowledged_at else {"acknowledged_at": at}
    if given["category"]:
        category = reporting.category_of(given["category"])
        changes |= {"category": category.code, **({} if incident.parent_id else {"process": category.process})}
    if given["severity"] is not None:
        if given["severity"] not in CITY.severities:
            raise reporting.BAD_SEVERITY()
        changes["severity"] = given["severity"]
    act = verifying.record(incident=incident, holds=True, given=given, note=given["note"], scope=scope, by=by, at=at)
    return given["note"], {**changes, "data": {"way": act.way}}


def _rejected(incident: Incident, given: Given, scope: Scope, by: User, at: datetime) -> Added:
    reason = lifecycle.reason_of(given)
    act = verifying.record(incident=incident, holds=False, given=given, note=reason, scope=scope, by=by, at=at)
    return reason, {"data": {"way": act.way}}


def _with_reason(incident: Incident, given: Given, scope: Scope, by: User, at: datetime) -> Added:
    return lifecycle.reason_of(given), {}


def _reopened(incident: Incident, given: Given, scope: Scope, by: User, at: datetime) -> Added:
    reason = lifecycle.reason_of(given)
    # The sequence keeps when it was closed and verified the first time; the pointers start anew.
    fresh = dict.fromkeys(("closed_at", "acknowledged_at", "verified_at", "answered_at"))
    return reason, {**fresh, "outcome": ""}


def _agency(code: str | None, at: datetime) -> Agency:
    found = Agency.objects.filter(code=code or "", valid_until=None).first()
    if found is None:
        raise UNKNOWN_AGENCY(f"{code!r}", f"{code!r}")
    return found


def _forwarded(incident: Incident, given: Given, scope: Scope, by: User, at: datetime) -> Added:
    agency = _agency(given["agency"], at)
    category = CITY.categories.get(incident.category)
    days = given["days"] if given["days"] is not None else (category.deadline_days if category else 7)
    return given["note"] or agency.name, {"agency": agency, "due_at": deadlines.due(start=at, days=days), "answer": "", "answered_at": None}


def _transferred(incident: Incident, given: Given, scope: Scope, by: User, at: datetime) -> Added:
    agency = _agency(given["agency"], at)
    return given["note"] or agency.name, {"agency": agency, "outcome": "15" if "15" in CITY.outcomes else ""}


def _answered(incident: Incident, given: Given, scope: Scope, by: User, at: datetime) -> Added:
    if incident.agency_id is None or incident.agency_id != by.agency_id:
        raise NOT_YOURS()
    text = given["text"].strip()
    if not text:
        raise REASON_NEEDED("Cần nội dung trả lời.", "The answer's text is needed.")
    return text, {"answer": text}


def _noted(incident: Incident, given: Given, scope: Scope, by: User, at: datetime) -> Added:
    text = (given["text"] or given["note"]).strip()
    if not text:
        raise REASON_NEEDED("Cần nội dung.", "A text is needed.")
    return text, {}


def _closed(incident: Incident, given: Given, scope: Scope, by: User, at: datetime) -> Added:
    if given["outcome"] not in CITY.outcomes:
        raise UNKNOWN_OUTCOME(f"Chọn một trong {', '.join(CITY.outcomes)}.", f"Choose one of {', '.join(CITY.outcomes)}.")
    return given["note"], {"outcome": given["outcome"]}


ADDS: dict[str, Callable[[Incident, Given, Scope, User, datetime], Added]] = {
    "acknowledge": _plain,
    "verify": _verified,
    "reject": _rejected,
    "merge": merging.merged,
    "split": merging.split,
    "divide": merging.divided,
    "promote": speeds.promoted,
    "demote": speeds.demoted,
    "undo_speed": speeds.undone,
    "link": families.linked,
    "unlink": families.unlinked,
    "restrict": compartments.restricted,
    "unrestrict": compartments.unrestricted,
    "admit": compartments.admitted,
    "dismiss": compartments.dismissed,
    "forward": _forwarded,
    "answer": _answered,
    "transfer": _transferred,
    "note": _noted,
    "under_control": _plain,
    "resolve": _plain,
    "close": _closed,
    "cancel": _with_reason,
    "reopen": _reopened,
}
