"""What one shift leaves to the next: made from what stands now, with a word by hand, kept, and taken over by another person as an act with both names.

What was kept is shown to its reader as far as they may see the cases now: one that was restricted since is missing.
"""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from psycopg2 import sql

from geo.acting import acting
from geo.errors import FORBIDDEN, NOT_FOUND, define
from geo.models import User
from incidents import alarms, lifecycle, queries
from incidents.guidance import notices, opinions, playbooks
from incidents.guidance.steps import Standing
from incidents.models import Entry, Handover, Incident, Notice
from incidents.rehearsal import exercises
from incidents.units import roster
from layers import query
from layers.access import Scope, opened

USUAL_SHIFT = timedelta(hours=8)
LONGEST_SHIFT = timedelta(hours=48)
MOST_CASES = 300
MOST_CHANGES = 300
# Of a case, the first few steps that wait.
MOST_STEPS = 3
MOST_KEPT = 30
LONGEST_NOTE = 10_000
NEXT: dict[str, tuple[str, str]] = {
    "acknowledge": ("Nhận tin", "Acknowledge"),
    "verify": ("Xác minh", "Verify"),
    "dispatch": ("Điều lực lượng hoặc chuyển cơ quan", "Dispatch or forward"),
    "follow": ("Theo dõi lực lượng đang xử lý", "Follow the units at work"),
    "answer": ("Chờ cơ quan trả lời", "Wait for the agency's answer"),
    "close": ("Kết thúc vụ việc", "Close the case"),
}
AFTER = {
    "new": "acknowledge", "reopened": "acknowledge", "verifying": "verify", "verified": "dispatch", "resolved": "close",
    "assigned": "follow", "enroute": "follow", "on_scene": "follow", "under_control": "follow",
}  # fmt: skip

TAKEN_OVER = define("shift_taken", 409, "Ca này đã có người nhận", "This shift has been taken over")
OWN_SHIFT = define("own_shift", 403, "Không tự nhận ca của mình", "Nobody takes over from themselves")


def began(at: datetime) -> datetime:
    """Since when the shift runs: since it was last taken over, within reason."""
    last = Handover.objects.filter(taken_at__isnull=False).order_by("-taken_at").values_list("taken_at", flat=True).first()
    return last if last and at - last <= LONGEST_SHIFT else at - USUAL_SHIFT


def draft(*, scope: Scope, reader: User, at: datetime) -> dict[str, Any]:
    """What would be handed over now, as far as this person sees it."""
    since = began(at)
    cases = queries.queue(scope=scope, state="open", limit=MOST_CASES)
    seen = [case["id"] for case in cases]
    waiting = playbooks.open_steps(seen)
    return {
        "since": since.isoformat(),
        "at": at.isoformat(),
        "cases": [_case(case, waiting.get(case["id"], [])) for case in cases],
        "changes": _changes(scope, since, at),
        "units": _units(scope),
        "closures": _closures(scope, at),
        "gauges": _gauges(scope),
        "opinions": [_opinion(one) for one in opinions.listed(scope=scope, reader=reader) if one["status"] == "pending"],
        "notices": _notices(seen),
        "alarms": [_alarm(one) for one in alarms.standing(scope=scope)],
        "roster": _roster(at),
        "exercise": _exercise(),
    }


def _case(case: dict[str, Any], waiting: list[tuple[dict[str, Any], Standing]]) -> dict[str, Any]:
    code = "answer" if case["agency"] and case["status"] == "assigned" else AFTER.get(case["status"], "follow")
    vi, en = NEXT[code]
    kept = ("id", "code", "category", "severity", "status", "place_name", "road_name", "ward_name", "reported_at", "exercise", "due_at")
    return {**{name: case.get(name) for name in kept}, "next": {"code": code, "vi": vi, "en": en}, "steps": [_todo(*one) for one in waiting[:MOST_STEPS]]}


def _todo(step: dict[str, Any], standing: Standing) -> dict[str, Any]:
    return {"vi": step["vi"], "en": step["en"], "due_at": standing.due_at.isoformat() if standing.due_at else None, "status": standing.state}


def _changes(scope: Scope, since: datetime, at: datetime) -> dict[str, Any]:
    """What the shift did with the cases that this person sees, exercises apart."""
    rows = list(Entry.objects.filter(at__gt=since, at__lte=at, incident__exercise=False).values_list("incident_id", "kind", "status_to").order_by("id")[:5_000])
    seen = queries.codes(scope, {row[0] for row in rows})
    kinds = Counter(kind for number, kind, _ in rows if number in seen)
    ended = {number for number, _, status in rows if number in seen and status in lifecycle.ENDED}
    return {
        "reported": kinds["report"],
        "verified": kinds["verify"],
        "dispatched": kinds["dispatch"],
        "noted": kinds["note"],
        "ended": [{"id": number, "code": seen[number]} for number in sorted(ended)][:MOST_CHANGES],
    }


def _units(scope: Scope) -> dict[str, Any]:
    """How many units stand how, and which are out on which case."""
    try:
        units = queries.units(scope)
    except NOT_FOUND:
        return {"by_state": {}, "out": []}
    out = [{"code": one["code"], "case": one["assignment"]["incident_code"], "status": one["assignment"]["status"]} for one in units if one["assignment"]]
    return {"by_state": dict(Counter(one["availability"] for one in units)), "out": out}


def _closures(scope: Scope, at: datetime) -> list[dict[str, Any]]:
    found = _page("closures", scope, "t.starts_at <= %(at)s and (t.ends_at is null or t.ends_at > %(at)s)", {"at": at})
    return [{name: one["properties"].get(name) for name in ("reason", "starts_at", "ends_at", "factor", "modes")} for one in found]


def _gauges(scope: Scope) -> list[dict[str, Any]]:
    found = _page("sensors", scope, "t.kind = 'water_level'", {})
    return [{name: one["properties"].get(name) for name in ("name", "last_value", "unit", "last_at", "state", "thresholds")} for one in found]


def _page(slug: str, scope: Scope, wanted: str, params: dict[str, Any]) -> list[dict[str, Any]]:
    try:
        return query.page(opened(slug, scope), narrowed=sql.SQL(wanted), params=params, limit=200)
    except NOT_FOUND:
        return []


def _opinion(one: dict[str, Any]) -> dict[str, Any]:
    return {"incident": one["incident_id"], "code": one["about"].get("code"), "question": one["question"], "due_at": one["due_at"].isoformat()}


def _notices(cases: list[int]) -> list[dict[str, Any]]:
    """Tasks and notices that nobody has answered yet."""
    found = Notice.objects.filter(notices.WAITING, incident_id__in=cases).select_related("agency", "incident").order_by("at")[:MOST_CHANGES]
    return [
        {"incident": one.incident_id, "code": one.incident.code, "vi": one.words_vi, "en": one.words_en, "agency": one.agency.name if one.agency else None}
        for one in found
    ]


def _alarm(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "incident": (one["incident"] or {}).get("id"),
        "code": (one["incident"] or {}).get("code"),
        "words": one["words"],
        "raised_at": one["raised_at"],
        "acknowledged": one["acknowledged_at"] is not None,
    }


def _roster(at: datetime) -> list[dict[str, Any]]:
    """Who is on call in the shift that begins."""
    found = roster.turns(from_=at, until=at + USUAL_SHIFT)[:MOST_CHANGES]
    return [
        {
            "agency_name": one.agency_name,
            "post": one.post,
            "name": one.name,
            "phone": one.phone,
            "starts_at": one.starts_at.isoformat(),
            "until": one.until.isoformat(),
        }
        for one in found
    ]


def _exercise() -> dict[str, Any] | None:
    running = exercises.now(reader=None)
    return {"name": running["name"], "until": running["until"].isoformat()} if running else None


def write(*, note: str, scope: Scope, by: User, at: datetime) -> Handover:
    """Keep the draft of this moment with a word by hand. An older one that nobody took over stays, and is no longer the one to take."""
    with acting(by=by, because="shift handed over"):
        content = draft(scope=scope, reader=by, at=at)
        return Handover.objects.create(since=began(at), at=at, by=by, note=note.strip().replace("\0", "")[:LONGEST_NOTE], content=content)


def take(*, handover_id: int, note: str, by: User, at: datetime) -> Handover:
    """Take the newest one over. Raises NOT_FOUND for an older one, OWN_SHIFT, TAKEN_OVER, which says by whom."""
    with acting(by=by, because=f"shift {handover_id} taken over"):
        newest = Handover.objects.select_for_update().order_by("-at", "-pk").first()
        if newest is None or newest.pk != handover_id:
            raise NOT_FOUND("Đã có bản bàn giao mới hơn.", "There is a newer one.")
        if newest.taken_by is not None:
            who = playbooks.name_of(newest.taken_by)
            raise TAKEN_OVER(f"{who} đã nhận.", f"{who} has taken it over.", by=who)
        if newest.by_id == by.pk:
            raise OWN_SHIFT()
        newest.taken_at, newest.taken_by, newest.taken_note = at, by, note.strip().replace("\0", "")[:LONGEST_NOTE]
        newest.save(update_fields=["taken_at", "taken_by", "taken_note"])
    return newest


def told(row: Handover, scope: Scope, *, whole: bool = True) -> dict[str, Any]:
    """One that was kept, as far as this reader sees its cases now."""
    head = {
        "id": row.pk,
        "since": row.since,
        "at": row.at,
        "by": playbooks.name_of(row.by),
        "note": row.note,
        "taken_at": row.taken_at,
        "taken_by": playbooks.name_of(row.taken_by),
        "taken_note": row.taken_note,
    }
    return {**head, "content": _seen_now(row.content, scope)} if whole else head


def _seen_now(content: dict[str, Any], scope: Scope) -> dict[str, Any]:
    parts = {"cases": "id", "opinions": "incident", "notices": "incident", "alarms": "incident"}
    seen = queries.codes(
        scope, {one[key] for name, key in parts.items() for one in content[name] if one[key]} | {one["id"] for one in content["changes"]["ended"]}
    )
    kept = {name: [one for one in content[name] if one[key] is None or one[key] in seen] for name, key in parts.items()}
    codes = set(seen.values())
    out = [one for one in content["units"]["out"] if one["case"] is None or one["case"] in codes or not Incident.objects.filter(code=one["case"]).exists()]
    changes = {**content["changes"], "ended": [one for one in content["changes"]["ended"] if one["id"] in seen]}
    return {**content, **kept, "changes": changes, "units": {**content["units"], "out": out}}


def one(handover_id: int) -> Handover:
    """One that was kept. Raises NOT_FOUND."""
    found = Handover.objects.select_related("by", "taken_by").filter(pk=handover_id).first() if 0 < handover_id < 2**63 else None
    if found is None:
        raise NOT_FOUND()
    return found


def kept(scope: Scope) -> list[dict[str, Any]]:
    """The last ones, newest first."""
    if not scope.may("handle_cases"):
        raise FORBIDDEN()
    return [told(row, scope, whole=False) for row in Handover.objects.select_related("by", "taken_by").order_by("-at", "-pk")[:MOST_KEPT]]
