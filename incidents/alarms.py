"""What needs a person: one table of alarms for everybody, who hears which, and how one that nobody takes goes up.

An alarm is raised once for what it is about, however often it is found; it stands until somebody acknowledges it, sounds until then,
and is cleared when its cause is gone. Each kind is a line of KINDS; who raises it is whoever owns the rule.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q
from psycopg2 import sql

from geo import events
from geo.acting import acting
from geo.city import CITY
from geo.errors import NOT_FOUND
from geo.models import User
from geo.sql import statement
from incidents.models import Alarm, Incident, Responder
from layers.access import Scope, opened, opened_for_counting
from layers.layer import registry

EVENTS = ("alarm.raised", "alarm.acknowledged", "alarm.escalated", "alarm.cleared")
MOST_ALARMS = 500
LONGEST_NOTE = 300


@dataclass(frozen=True)
class Kind:
    """A kind of alarm: its words, which permissions hear it in the order in which it goes up, after how long it does, whether it sounds.

    `urgency` ranks the alarms of one case: 5 a crew in danger, 3 nobody has taken it, 2 somebody waits for an answer, 1 the rest.
    """

    vi: str
    en: str
    told: tuple[str, ...]
    escalate_after_s: int | None = None
    sounds: bool = True
    urgency: int = 1


UP = "hear_escalations"
KINDS: dict[str, Kind] = {
    "roster_gap": Kind("Không có ai trực", "Nobody is on call", ("manage_roster",), sounds=False),
    "check_overdue": Kind("Quá giờ báo an toàn", "Has not said that it is well", ("dispatch_units", UP), 120, urgency=4),
    "unit_help": Kind("Đơn vị kêu cứu", "A unit calls for help", ("dispatch_units", UP), 60, urgency=5),
    "left_area": Kind("Rời địa bàn", "Has left its area", ("dispatch_units",), sounds=False),
    "arrived": Kind("Có vẻ đã đến hiện trường", "Seems to have arrived", ("dispatch_units",), sounds=False),
    "shift_over": Kind("Quá giờ hết ca", "Past the end of its shift", ("dispatch_units",), sounds=False),
    "case_unheard": Kind("Vụ mới chưa ai nhận", "New case that nobody took", ("handle_cases", UP), CITY.escalate_s, urgency=3),
    "request_unanswered": Kind("Đơn vị chưa trả lời đề nghị", "A request was not answered in time", ("dispatch_units", UP), CITY.escalate_s, urgency=2),
    "request_declined": Kind("Đơn vị từ chối", "A unit was declined", ("dispatch_units", UP), CITY.escalate_s, urgency=2),
    "opinion_asked": Kind("Có câu hỏi xin ý kiến", "An opinion is asked for", ("give_opinions",), urgency=2),
    "opinion_unanswered": Kind("Không ai cho ý kiến", "Nobody gave an opinion", ("handle_cases", UP), CITY.escalate_s, urgency=2),
    "case_restricted": Kind("Vụ việc hạn chế mới", "New restricted case", ("see_restricted",), urgency=2),
    "step_due": Kind("Bước kịch bản quá giờ", "Playbook step is late", ("handle_cases", UP), CITY.escalate_s),
}


def raise_alarm(
    *,
    kind: str,
    at: datetime,
    incident: Incident | int | None = None,
    responder: Responder | int | None = None,
    subject: str = "",
    due_at: datetime | None = None,
    data: dict[str, Any] | None = None,
) -> bool:
    """Raise an alarm unless one of this kind stands for the same subject (the case and the unit, where none is named). Returns whether it is new."""
    case_id, unit_id = _key(incident), _key(responder)
    named = subject or subject_of(incident=case_id, responder=unit_id)
    _known(kind)
    if Alarm.objects.filter(kind=kind, subject=named, cleared_at=None).exists():
        return False
    with acting(by=None, because=f"alarm {kind} {named}"):
        made = Alarm.objects.bulk_create(
            [Alarm(kind=kind, subject=named, incident_id=case_id, responder_id=unit_id, raised_at=at, due_at=due_at, data=data or {})], ignore_conflicts=True
        )
        # Two that raise the same at once: the second's row was not taken, and its event only says the same again.
        _tell("alarm.raised", at, case_id, unit_id)
    return bool(made)


def clear(
    *, kind: str, at: datetime, incident: Incident | int | None = None, responder: Responder | int | None = None, subject: str = "", because: str = ""
) -> bool:
    """Take back the alarm that stands for this subject: its cause is gone. Returns whether one stood."""
    _known(kind)
    found = Alarm.objects.filter(kind=kind, subject=subject or subject_of(incident=_key(incident), responder=_key(responder)), cleared_at=None)
    return bool(_clear(found, at, because))


def clear_case(*, incident: Incident | int, at: datetime, kinds: Sequence[str] = (), because: str = "") -> int:
    """Take back the alarms of a case, all or of some kinds. Returns how many stood."""
    found = Alarm.objects.filter(incident_id=_key(incident), cleared_at=None)
    return _clear(found.filter(kind__in=kinds) if kinds else found, at, because)


def _clear(found: Any, at: datetime, because: str) -> int:
    standing = list(found.values_list("pk", "incident_id", "responder_id"))
    if not standing:
        return 0
    with acting(by=None, because=because or "its cause is gone"):
        Alarm.objects.filter(pk__in=[row[0] for row in standing], cleared_at=None).update(cleared_at=at)
        for _, case_id, unit_id in standing:
            _tell("alarm.cleared", at, case_id, unit_id)
    return len(standing)


def acknowledge(*, alarm_id: int, with_case: bool = False, note: str = "", scope: Scope, by: User, at: datetime) -> dict[str, Any]:
    """Somebody takes an alarm that they hear, alone or with all others that they hear of its case; who comes second changes nothing.

    That nobody has taken the case itself is not taken by this. Raises NOT_FOUND. Returns the alarm as it stands then.
    """
    heard = standing(scope=scope, alarm_id=alarm_id)
    if not heard:
        raise NOT_FOUND()
    ids = [alarm_id, *(_beside(heard[0], scope) if with_case else ())]
    with acting(by=by, because=f"alarm {alarm_id} acknowledged"):
        taken = Alarm.objects.filter(pk__in=ids, acknowledged_at=None).update(acknowledged_at=at, acknowledged_by=by, note=note.strip()[:LONGEST_NOTE])
        if taken:
            row = Alarm.objects.get(pk=alarm_id)
            _tell("alarm.acknowledged", at, row.incident_id, row.responder_id)
    return standing(scope=scope, alarm_id=alarm_id)[0]


def _beside(alarm: dict[str, Any], scope: Scope) -> list[int]:
    """The other alarms of the same case that this caller hears; of a case that it does not see it knows of none."""
    case = alarm["incident"]
    others = standing(scope=scope) if case else []
    return [one["id"] for one in others if one["incident"] and one["incident"]["id"] == case["id"] and one["kind"] != "case_unheard"]


def escalate(at: datetime) -> int:
    """Alarms that nobody has acknowledged go up, as far as they should have by now. Returns how many moved."""
    moved = 0
    for kind, row in KINDS.items():
        if row.escalate_after_s is None:
            continue
        highest = len(row.told) - 1
        due = Alarm.objects.filter(
            kind=kind, cleared_at=None, acknowledged_at=None, level__lt=highest, raised_at__lte=at - timedelta(seconds=row.escalate_after_s)
        )
        for alarm in due.order_by("pk"):
            level = min(int((at - alarm.raised_at).total_seconds() // row.escalate_after_s), highest)
            # The row itself has the last word: it may have been acknowledged since it was read.
            free = Q(pk=alarm.pk, cleared_at=None, acknowledged_at=None, level__lt=level)
            with acting(by=None, because=f"alarm {alarm.pk} goes up"):
                if Alarm.objects.filter(free).update(level=level, escalated_at=at):
                    moved += 1
                    # Without the case: who is told now need not be one who sees it, and would otherwise hear nothing.
                    events.publish(kind="alarm.escalated", at=at, layer="incidents")
    return moved


def standing(*, scope: Scope, alarm_id: int | None = None) -> list[dict[str, Any]]:
    """The alarms that this caller hears, newest first: by permission, and by what it may see of the case and of the unit.

    Who hears what went up may count a case without seeing it: then it is told that one waits, and not which.
    """
    heard = _heard(scope)
    if not heard or (alarm_id is not None and not 0 < alarm_id < 2**63):
        return []
    case, unit, counted = _sight("incidents", scope), _sight("responders", scope), _counted(scope)
    text = sql.SQL(statement("incidents", "alarms")).format(
        cases=case[0], cases_where=case[1], units=unit[0], units_where=unit[1], counted=counted[0], counted_where=counted[1]
    )
    params = {**scope.parameters(), "heard": json.dumps(heard), "alarm": alarm_id, "limit": MOST_ALARMS}
    with connection.cursor() as cursor:
        cursor.execute(text.as_string(cursor.cursor), params)
        return [_told(json.loads(row[0])) for row in cursor]


def _heard(scope: Scope) -> dict[str, int]:
    """From which level on the caller hears each kind."""
    return {kind: levels[0] for kind, row in KINDS.items() if (levels := [level for level, permission in enumerate(row.told) if scope.may(permission)])}


def _sight(slug: str, scope: Scope) -> tuple[sql.Composable, sql.Composable]:
    try:
        seen = opened(slug, scope)
    except NOT_FOUND:
        return _nothing(slug)
    return seen.relation, seen.where


def _counted(scope: Scope) -> tuple[sql.Composable, sql.Composable]:
    if not scope.may(UP):
        return _nothing("incidents")
    try:
        counted = opened_for_counting("incidents", scope)
    except NOT_FOUND:
        return _nothing("incidents")
    return (counted.rows.relation, counted.rows.where) if not counted.hide_below else _nothing("incidents")


def _nothing(slug: str) -> tuple[sql.Composable, sql.Composable]:
    return sql.Identifier("public", registry.sought(slug).table()), sql.SQL("false")  # type: ignore[union-attr]


def _told(row: dict[str, Any]) -> dict[str, Any]:
    kind = KINDS[row["kind"]]
    hidden = row.pop("of_case") and row["incident"] is None
    return {
        **row,
        "words": {"vi": kind.vi, "en": kind.en},
        "sounds": kind.sounds and row["acknowledged_at"] is None,
        "urgency": kind.urgency,
        "told": list(kind.told[: row["level"] + 1]),
        # What the owner of the rule added is of the case: told to who sees it.
        "data": {} if hidden else row["data"],
    }


def subject_of(*, incident: int | None, responder: int | None) -> str:
    """What an alarm is about where nothing else is said: the case, the unit, or the unit on the case."""
    parts = [f"case:{incident}"] if incident else []
    return " ".join([*parts, f"unit:{responder}"] if responder else parts) or "city"


def _key(given: Incident | Responder | int | None) -> int | None:
    return given if given is None or isinstance(given, int) else given.pk


def _known(kind: str) -> None:
    if kind not in KINDS:
        raise ValueError(f"There is no alarm {kind!r}: {', '.join(KINDS)}.")


def _tell(kind: str, at: datetime, incident_id: int | None, responder_id: int | None) -> None:
    if incident_id or not responder_id:
        events.publish(kind=kind, at=at, layer="incidents", fids=[incident_id] if incident_id else [])
    else:
        events.publish(kind=kind, at=at, layer="responders", fids=[responder_id])
