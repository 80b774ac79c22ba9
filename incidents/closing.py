"""The verbs that are not dispatching: from acknowledging to closing and opening again, each with what it needs to hear."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from geo.acting import acting
from geo.city import CITY
from geo.errors import define
from geo.models import Agency, User
from incidents import deadlines, dispatching, lifecycle, playbooks, reporting
from incidents.models import Incident
from layers.access import Scope

UNKNOWN_OUTCOME = define("unknown_outcome", 422, "Không có kết quả này", "There is no such outcome")
UNKNOWN_AGENCY = define("unknown_agency", 422, "Không có cơ quan này", "There is no such agency")
BAD_MERGE = define("bad_merge", 422, "Không gộp được vào vụ này", "The case cannot be merged into that one")
NOT_YOURS = define("not_your_case", 403, "Vụ này không giao cho cơ quan của bạn", "The case is not your agency's")

Given = dict[str, Any]
# What a verb adds to its step: the note, and the columns that change.
Added = tuple[str, dict[str, Any]]


def act(*, verb: str, incident_id: int, given: Given, scope: Scope, by: User, at: datetime) -> Incident:
    """Do a verb on a case. Raises NOT_FOUND, NOT_NOW, or what the verb itself refuses."""
    with acting(by=by, because=f"{verb} of case {incident_id}"):
        incident = lifecycle.locked(incident_id, scope)
        lifecycle.check(incident, verb)
        note, changes = ADDS[verb](incident, given, scope, by, at)
        if lifecycle.VERBS[verb].after in lifecycle.ENDED:
            dispatching.release(incident=incident, at=at)
        lifecycle.move(incident=incident, verb=verb, by=by, at=at, note=note, **changes)
        if verb == "verify":
            # Verifying may have changed the category and the severity.
            playbooks.arm_fitting(incident=incident, by=by, at=at)
    return incident


def _plain(incident: Incident, given: Given, scope: Scope, by: User, at: datetime) -> Added:
    return given["note"], {}


def _verified(incident: Incident, given: Given, scope: Scope, by: User, at: datetime) -> Added:
    changes: dict[str, Any] = {} if incident.acknowledged_at else {"acknowledged_at": at}
    if given["category"]:
        category = reporting.category_of(given["category"])
        changes |= {"category": category.code, "process": category.process}
    if given["severity"] is not None:
        if given["severity"] not in CITY.severities:
            raise reporting.BAD_SEVERITY()
        changes["severity"] = given["severity"]
    return given["note"], changes


def _with_reason(incident: Incident, given: Given, scope: Scope, by: User, at: datetime) -> Added:
    reason = (given["reason"] or given["note"]).strip()
    if not reason:
        raise dispatching.REASON_NEEDED()
    return reason, {}


def _reopened(incident: Incident, given: Given, scope: Scope, by: User, at: datetime) -> Added:
    reason, _ = _with_reason(incident, given, scope, by, at)
    # The sequence keeps when it was closed and verified the first time; the pointers start anew.
    fresh = dict.fromkeys(("closed_at", "acknowledged_at", "verified_at", "merged_into", "answered_at"))
    return reason, {**fresh, "outcome": ""}


def _merged(incident: Incident, given: Given, scope: Scope, by: User, at: datetime) -> Added:
    into = given["into"]
    if into is None or into == incident.pk:
        raise BAD_MERGE("Cần mã của vụ khác.", "The id of another case is needed.")
    main = lifecycle.locked(into, scope)
    if main.status == "duplicate" or main.status in lifecycle.ENDED:
        raise BAD_MERGE(f"Vụ {main.code} đang là {main.status}.", f"Case {main.code} is {main.status}.")
    lifecycle.move(incident=main, verb="note", by=by, at=at, note=f"+ {incident.code}", data={"merged": incident.pk})
    return main.code, {"merged_into": main, "outcome": "22" if "22" in CITY.outcomes else ""}


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
        raise dispatching.REASON_NEEDED("Cần nội dung trả lời.", "The answer's text is needed.")
    return text, {"answer": text}


def _noted(incident: Incident, given: Given, scope: Scope, by: User, at: datetime) -> Added:
    text = (given["text"] or given["note"]).strip()
    if not text:
        raise dispatching.REASON_NEEDED("Cần nội dung.", "A text is needed.")
    return text, {}


def _closed(incident: Incident, given: Given, scope: Scope, by: User, at: datetime) -> Added:
    if given["outcome"] not in CITY.outcomes:
        raise UNKNOWN_OUTCOME(f"Chọn một trong {', '.join(CITY.outcomes)}.", f"Choose one of {', '.join(CITY.outcomes)}.")
    return given["note"], {"outcome": given["outcome"]}


ADDS: dict[str, Callable[[Incident, Given, Scope, User, datetime], Added]] = {
    "acknowledge": _plain,
    "verify": _verified,
    "reject": _with_reason,
    "merge": _merged,
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
