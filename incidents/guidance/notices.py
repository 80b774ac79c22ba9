"""Who is told: the people on call of an agency, a ward or the leaders, what they were told, and that they have heard it.

No message leaves the house: a notice is a row in the list of whoever it is for. An operator who telephoned says so, in words and by name.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from geo.acting import acting
from geo.errors import NOT_FOUND, define
from geo.models import Agency, User
from incidents import lifecycle
from incidents.models import Incident, Notice, Run, RunStep
from incidents.rehearsal import mustering
from incidents.units import roster
from incidents.units.roster import OnCall
from layers.access import Scope

EVENT = "incident.playbook"
MOST_TOLD = 20
MOST_LISTED = 200
LONGEST_NOTE = 2_000
WAITING = Q(done_at=None, withdrawn_at=None)

HEARD_ALREADY = define("notice_heard", 409, "Thông báo này đã có người nhận", "Somebody has heard this already")
WITHDRAWN = define("notice_withdrawn", 409, "Thông báo này đã được rút lại", "This was taken back")
HOW_NEEDED = define("notice_how", 422, "Ghi đã báo cho ai, bằng cách nào", "Say who was told and how")


def tell(*, incident: Incident, run: Run, step: dict[str, Any], by: User, at: datetime) -> Notice:
    """Tell whoever a step names, within `acting`. Raises NOT_FOUND where the city has no such agency."""
    agency, people, named = addressed(who=step["who"], incident=incident, at=at)
    exercise = mustering.exercise_of(incident.pk)
    if exercise is not None:
        # Nobody outside hears of it: whoever leads the exercise plays the part of who takes none.
        people, named = mustering.taking_part(people, exercise) or [exercise.by], []
    span_s = step.get("due_s")
    return Notice.objects.create(
        incident=incident,
        run=run,
        step=step["code"],
        kind=step["kind"],
        agency=agency,
        people=[person.pk for person in people],
        on_call=[{"name": one.name, "phone": one.phone, "post": one.post} for one in named],
        words_vi=step["vi"],
        words_en=step["en"],
        about=about(incident),
        at=at,
        by=by,
        due_at=at + timedelta(seconds=span_s) if span_s else None,
    )


def addressed(*, who: str, incident: Incident, at: datetime) -> tuple[Agency | None, list[User], list[OnCall]]:
    """Whom a word of a playbook means now: the agency, the people of it who are told, and whom its roster names. Raises NOT_FOUND.

    Nobody named by the roster: everybody of the ward, or whoever of the agency opens the list.
    """
    if who == "leader":
        return None, leaders(incident=incident, at=at), []
    agency = _ward_agency(incident) if who == "ward" else Agency.objects.filter(code=who, valid_until=None).first()
    if agency is None:
        raise NOT_FOUND(f"Không có cơ quan {who!r}.", f"There is no agency {who!r}.")
    named = roster.on_call(agency=agency, at=at)
    people = list(User.objects.filter(member__in=[one.member for one in named], is_active=True).order_by("pk")[:MOST_TOLD])
    if not people and who == "ward":
        people = list(_ward_people(incident)[:MOST_TOLD])
    return agency, people, named


def _ward_people(incident: Incident) -> QuerySet[User]:
    return User.objects.filter(agency__kind="ward", wards__contains=[incident.ward_code], is_active=True).order_by("pk")


def _ward_agency(incident: Incident) -> Agency | None:
    """The people's committee of the case's ward: whose people answer for that ward, or which is called after it."""
    person = _ward_people(incident).select_related("agency").first()
    return person.agency if person else Agency.objects.filter(kind="ward", name__iendswith=incident.ward_name or "?", valid_until=None).first()


def leaders(*, at: datetime, incident: Incident | None = None) -> list[User]:
    """Who may decide beyond an operator's authority: first who is on call, then in the order of their accounts; in an exercise, of those who take part."""
    able = list(User.objects.filter(is_active=True, roles__permissions__contains=["give_opinions"]).distinct().order_by("pk")[:MOST_TOLD])
    on_call = set(User.objects.filter(member__in=[one.member for one in roster.on_call(agency=None, at=at)]).values_list("pk", flat=True))
    able.sort(key=lambda person: person.pk not in on_call)
    exercise = mustering.exercise_of(incident.pk) if incident is not None else None
    return mustering.taking_part(able, exercise) if exercise else able


def about(incident: Incident) -> dict[str, Any]:
    """What is told of a case to who may not see it. Of a restricted one only its code: the rest is said by telephone."""
    if incident.restricted:
        return {"code": incident.code, "restricted": True, "exercise": incident.exercise}
    place = incident.geom.transform(4326, clone=True) if incident.geom is not None else None
    return {
        "code": incident.code,
        "category": incident.category,
        "severity": incident.severity,
        "place": incident.place_name or incident.road_name,
        "ward": incident.ward_name,
        "lon": round(place.x, 6) if place else None,
        "lat": round(place.y, 6) if place else None,
        "exercise": incident.exercise,
    }


def mine(user: User) -> Q:
    """What is for this person: by name, or for the agency where nobody was named."""
    named = Q(people__contains=[user.pk])
    return named | Q(people=[], agency_id=user.agency_id) if user.agency_id else named


def listed(*, user: User) -> list[dict[str, Any]]:
    """What waits for a person, and what they heard lately, newest first."""
    found = Notice.objects.filter(mine(user)).select_related("agency", "by", "acknowledged_by", "incident").order_by("-at", "-pk")
    return [told(one) for one in found[:MOST_LISTED]]


def of_case(incident_id: int) -> dict[tuple[int | None, str], list[dict[str, Any]]]:
    """The notices of a case by run and step. Whoever calls has seen the case."""
    found: dict[tuple[int | None, str], list[dict[str, Any]]] = {}
    rows = Notice.objects.filter(incident_id=incident_id).select_related("agency", "by", "acknowledged_by", "incident").order_by("pk")
    people = {user.pk: user for user in User.objects.filter(pk__in={number for row in rows for number in row.people})}
    for row in rows:
        names = [people[number].display_name or people[number].username for number in row.people if number in people]
        found.setdefault((row.run_id, row.step), []).append({**told(row), "people": names})
    return found


def told(row: Notice) -> dict[str, Any]:
    """A notice as it is shown."""
    agency = row.agency
    return {
        "id": row.pk,
        "kind": row.kind,
        "words": {"vi": row.words_vi, "en": row.words_en},
        "about": row.about,
        "agency": {"code": agency.code, "name": agency.name, "phone": agency.duty_phone} if agency else None,
        "at": row.at,
        "due_at": row.due_at,
        "by": (row.by.display_name or row.by.username) if row.by else None,
        "acknowledged_at": row.acknowledged_at,
        "acknowledged_by": (row.acknowledged_by.display_name or row.acknowledged_by.username) if row.acknowledged_by else None,
        "done_at": row.done_at,
        "withdrawn_at": row.withdrawn_at,
        "note": row.note,
        "on_call": row.on_call,
    }


def acknowledge(*, notice_id: int, note: str, scope: Scope, by: User, at: datetime) -> dict[str, Any]:
    """It was heard: by whom it is for, or by telephone as the operator says. Raises NOT_FOUND, HEARD_ALREADY, WITHDRAWN, HOW_NEEDED."""
    with acting(by=by, because=f"notice {notice_id} heard"):
        row, incident, own = _locked(notice_id, scope, by)
        if row.acknowledged_at is not None:
            raise HEARD_ALREADY()
        if not own and not note.strip():
            raise HOW_NEEDED()
        row.acknowledged_at, row.acknowledged_by, row.note = at, by, note.strip()[:LONGEST_NOTE]
        if row.kind == "notify":
            row.done_at = at
        row.save(update_fields=["acknowledged_at", "acknowledged_by", "note", "done_at"])
        _follow(row, incident, by, at, "done" if row.kind == "notify" else "heard")
    return told(row)


def finish(*, notice_id: int, note: str, scope: Scope, by: User, at: datetime) -> dict[str, Any]:
    """A task is done, as whoever it was given to says. Raises NOT_FOUND, HEARD_ALREADY, WITHDRAWN, HOW_NEEDED."""
    with acting(by=by, because=f"task {notice_id} done"):
        row, incident, _ = _locked(notice_id, scope, by)
        if row.kind != "task":
            raise NOT_FOUND()
        if row.done_at is not None:
            raise HEARD_ALREADY()
        if not note.strip():
            raise HOW_NEEDED("Ghi kết quả.", "Say what was done.")
        row.done_at, row.note = at, note.strip()[:LONGEST_NOTE]
        if row.acknowledged_at is None:
            row.acknowledged_at, row.acknowledged_by = at, by
        row.save(update_fields=["acknowledged_at", "acknowledged_by", "note", "done_at"])
        _follow(row, incident, by, at, "done")
    return told(row)


def _locked(notice_id: int, scope: Scope, by: User) -> tuple[Notice, Incident, bool]:
    """The case first, then its notice: the order in which everybody locks. For whoever it is for, and for who handles a case that they see."""
    standing = Notice.objects.filter(pk=notice_id).first() if 0 < notice_id < 2**63 else None
    if standing is None:
        raise NOT_FOUND()
    own = Notice.objects.filter(mine(by), pk=notice_id).exists()
    if not own and not scope.may("handle_cases"):
        raise NOT_FOUND()
    incident = Incident.objects.select_for_update().get(pk=standing.incident_id) if own else lifecycle.locked(standing.incident_id, scope)
    row = Notice.objects.select_for_update(of=("self",)).select_related("run__playbook", "agency", "by").get(pk=notice_id)
    if row.withdrawn_at is not None:
        raise WITHDRAWN()
    return row, incident, own


def _follow(row: Notice, incident: Incident, by: User, at: datetime, status: str) -> None:
    """The step that told it is done with it, and the case's sequence says so."""
    if status == "done" and row.run_id:
        RunStep.objects.filter(run_id=row.run_id, code=row.step, status="begun").update(status="done", at=at, by=by, note=row.note)
    slug = row.run.playbook.slug if row.run else ""
    data = {"playbook": slug, "step": row.step, "status": status, "notice": row.pk}
    note = f"{row.words_vi}: {row.note}" if row.note else row.words_vi
    lifecycle.append(incident=incident, kind="step", to=incident.status, event=EVENT, by=by, at=at, note=note, data=data)
