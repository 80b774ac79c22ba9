"""Cases that keep to named people: which are so from birth, who is named and who opened them, and that the leaders hear of it at once."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from geo.city import CITY, Category
from geo.errors import CONFLICT, define
from geo.models import User
from incidents import alarms, areas, lifecycle
from incidents.lifecycle import Added, Given
from incidents.models import CasePerson, Incident, Reveal
from layers.access import Scope

UNKNOWN_SENSITIVITY = define("unknown_sensitivity", 422, "Không có độ nhạy cảm này", "There is no such sensitivity")
UNKNOWN_PERSON = define("unknown_person", 422, "Không có người này, hoặc người này không xem được vụ việc", "There is no such person, or one who sees no cases")

ALARM = "case_restricted"
# Who may be named at all: what a name adds to is the sight of cases that one has.
SEEING = ("see_cases", "answer_cases")
MOST_REVEALS = 500
# Opening the same case again and again is one look: a page asks anew with every event.
ONE_LOOK = timedelta(minutes=1)


def at_birth(category: Category) -> dict[str, Any]:
    """The columns of a new case of this kind."""
    return {"restricted": bool(category.sensitivity), "sensitivity": category.sensitivity}


def born(*, incident: Incident, by: User | None, at: datetime) -> None:
    """A new case that is restricted: whoever took it stays with it, and the leaders are told. Within `acting`."""
    if incident.restricted:
        if by is not None:
            _name(incident, by, by, "tiếp nhận", at)
        _tell_leaders(incident, at)
        areas.told(incident, at)


def follow_category(*, incident: Incident, by: User, at: datetime) -> None:
    """A case that turned out to be of a kind which is restricted from birth becomes so now. Within `acting`, the case is held."""
    category = CITY.categories.get(incident.category)
    if category is not None and category.sensitivity and not incident.restricted:
        _close_off(incident, category.sensitivity, by, at, note=category.vi)


def restricted(incident: Incident, given: Given, scope: Scope, by: User, at: datetime) -> Added:
    """What keeping a case to named people changes; whoever does it stays with it. Raises CONFLICT, UNKNOWN_SENSITIVITY or REASON_NEEDED."""
    if incident.restricted:
        raise CONFLICT("Vụ đã được hạn chế.", "The case is restricted already.")
    sensitivity = given["sensitivity"] or next(iter(CITY.sensitivities))
    if sensitivity not in CITY.sensitivities:
        raise UNKNOWN_SENSITIVITY(f"Chọn một trong {', '.join(CITY.sensitivities)}.", f"Choose one of {', '.join(CITY.sensitivities)}.")
    reason = lifecycle.reason_of(given)
    _name(incident, by, by, reason, at)
    for other in _together(incident):
        _close_off(other, sensitivity, by, at, note=f"→ {incident.code}")
    _tell_leaders(incident, at)
    return reason, {"restricted": True, "sensitivity": sensitivity}


def unrestricted(incident: Incident, given: Given, scope: Scope, by: User, at: datetime) -> Added:
    """What opening a case to everybody who sees cases changes, and what was merged into it. Raises CONFLICT or REASON_NEEDED."""
    _check_restricted(incident)
    reason = lifecycle.reason_of(given)
    event = lifecycle.VERBS["unrestrict"].event
    for other in _together(incident):
        lifecycle.append(
            incident=other, kind="unrestrict", to=other.status, event=event, by=by, at=at, note=f"→ {incident.code}", restricted=False, sensitivity=""
        )
    CasePerson.objects.filter(incident=incident, until=None).update(until=at)
    alarms.clear(kind=ALARM, incident=incident, at=at, because="no longer restricted")
    return reason, {"restricted": False, "sensitivity": ""}


def admitted(incident: Incident, given: Given, scope: Scope, by: User, at: datetime) -> Added:
    """What naming a person changes. Raises CONFLICT, UNKNOWN_PERSON or REASON_NEEDED."""
    _check_restricted(incident)
    person, reason = _person(given), lifecycle.reason_of(given)
    _name(incident, person, by, reason, at)
    return f"{_called(person)}: {reason}", {"data": {"person": person.pk}}


def dismissed(incident: Incident, given: Given, scope: Scope, by: User, at: datetime) -> Added:
    """What taking a person off changes. Raises CONFLICT, UNKNOWN_PERSON for one who is not named, or REASON_NEEDED."""
    _check_restricted(incident)
    person, reason = _person(given), lifecycle.reason_of(given)
    if not CasePerson.objects.filter(incident=incident, user=person, until=None).update(until=at):
        raise UNKNOWN_PERSON(f"{_called(person)} không có tên trong vụ này.", f"{_called(person)} is not named to this case.")
    return f"{_called(person)}: {reason}", {"data": {"person": person.pk}}


def level(one: Incident, other: Incident, *, by: User, at: datetime) -> None:
    """Two cases that become one keep to the stricter of the two, and to the people of both. Within `acting`, both are held."""
    for open_, closed in ((one, other), (other, one)):
        if closed.restricted and not open_.restricted:
            _close_off(open_, closed.sensitivity, by, at, note=f"→ {closed.code}")
    if one.restricted:
        same_people(one, other, by=by, at=at)
        same_people(other, one, by=by, at=at)


def same_people(of: Incident, to: Incident, *, by: User, at: datetime) -> None:
    """Everybody who is named to one case is named to another."""
    for row in CasePerson.objects.filter(incident=of, until=None).select_related("user").order_by("user_id"):
        _name(to, row.user, by, of.code, at)


def opened_by(*, item: dict[str, Any], by: User | None, at: datetime, door: str) -> None:
    """Remember that somebody opened a restricted case (as queries shows it) by this door."""
    if item["restricted"] and isinstance(by, User):
        _revealed([item["id"]], by, at, door)


def given_out(*, fids: list[int], by: User, at: datetime, door: str, **_: Any) -> None:
    """Remember that a layer's door gave these cases to somebody (layers.watching); of ordinary ones nothing is kept."""
    _revealed(list(Incident.objects.filter(pk__in=fids, restricted=True).values_list("pk", flat=True)), by, at, door)


def _revealed(incident_ids: list[int], by: User, at: datetime, door: str) -> None:
    fresh = set(Reveal.objects.filter(incident_id__in=incident_ids, user=by, door=door, at__gt=at - ONE_LOOK).values_list("incident_id", flat=True))
    Reveal.objects.bulk_create([Reveal(incident_id=fid, user=by, at=at, door=door) for fid in incident_ids if fid not in fresh])


def reveals_of(incident_id: int) -> list[dict[str, Any]]:
    """Who opened the case, when, by which door; newest first."""
    found = Reveal.objects.filter(incident_id=incident_id).select_related("user").order_by("-at", "-pk")[:MOST_REVEALS]
    return [{"who": _called(one.user), "at": one.at, "door": one.door} for one in found]


def people_of(incident_id: int) -> list[dict[str, Any]]:
    """Who is named to the case, and since when, by whose word and why."""
    found = CasePerson.objects.filter(incident_id=incident_id, until=None).select_related("user", "by").order_by("pk")
    return [
        {"username": one.user.username, "name": _called(one.user), "since": one.since, "by": _called(one.by) if one.by else None, "because": one.because}
        for one in found
    ]


def _close_off(incident: Incident, sensitivity: str, by: User, at: datetime, note: str) -> None:
    event = lifecycle.VERBS["restrict"].event
    lifecycle.append(incident=incident, kind="restrict", to=incident.status, event=event, by=by, at=at, note=note, restricted=True, sensitivity=sensitivity)
    _name(incident, by, by, note, at)
    _tell_leaders(incident, at)


def _together(incident: Incident) -> list[Incident]:
    """What shares its compartment: the reports merged into it and the parts of it."""
    return [*Incident.objects.filter(merged_into=incident).order_by("pk"), *Incident.objects.filter(parent=incident).order_by("pk")]


def _name(incident: Incident, person: User, by: User, because: str, at: datetime) -> None:
    CasePerson.objects.get_or_create(incident=incident, user=person, until=None, defaults={"by": by, "because": because[:300], "since": at})


def name_all(*, incident: Incident, people: Iterable[User], by: User, because: str, at: datetime) -> None:
    """Name several people to a restricted case: those who take part in the exercise that it belongs to. Within `acting`."""
    for person in people:
        _name(incident, person, by, because, at)


def _tell_leaders(incident: Incident, at: datetime) -> None:
    # In an exercise whoever takes part is told by its playbook, and nobody else.
    if incident.exercise:
        return
    alarms.raise_alarm(kind=ALARM, incident=incident, at=at, data={"sensitivity": incident.sensitivity})


def _check_restricted(incident: Incident) -> None:
    if not incident.restricted:
        raise CONFLICT("Vụ này không hạn chế.", "The case is not restricted.")


def _person(given: Given) -> User:
    found = User.objects.filter(username=given["person"], is_active=True).first()
    if found is None or not any(found.may(permission) for permission in SEEING):
        raise UNKNOWN_PERSON()
    return found


def _called(person: User) -> str:
    return person.display_name or person.username
