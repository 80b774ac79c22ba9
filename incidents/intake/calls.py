"""Incoming calls: what the telephone bridge tells of them, who took which into which case, and the earlier cases of a number.

Bridges repeat themselves and are overtaken by their own news: each event only says a moment, the earliest word of each stands, and what
a call is now follows from the moments. It refuses numbers to whoever may not see who reports.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q
from psycopg2 import sql

from geo import events, phone_numbers, plain_text, webhooks
from geo.acting import acting
from geo.city import CITY
from geo.errors import NOT_FOUND, TOO_MANY, define
from geo.models import User
from incidents import lifecycle
from incidents.models import Call, Incident, Webhook
from layers.access import Scope, opened

BAD_CALL = define("bad_call", 422, "Nội dung cuộc gọi không đúng", "The call's content cannot be used")
REUSED = define("webhook_reused", 409, "Mã webhook-id đã dùng cho nội dung khác", "This webhook-id was used for another message")
CALL_LINKED = define("call_linked", 409, "Cuộc gọi đã gắn với vụ khác", "The call belongs to another case")

# What an event says: the moment that it marks.
MOMENTS = {"call.ringing": "rang_at", "call.answered": "answered_at", "call.ended": "ended_at"}
KEPT = timedelta(hours=1)
# A bridge that dies leaves its calls ringing: nobody lets it ring longer, or talks longer, than this.
RINGS = timedelta(minutes=5)
TALKS = timedelta(hours=2)
# An ended call that nobody took is still offered: somebody wanted something.
MISSED = timedelta(minutes=30)
MOST_A_MINUTE = 600
MOST_SHOWN = 20
EARLIER_CASES = 5
# The index numbers_by_their_ending stands on exactly this.
ENDING = r"pg_catalog.right(pg_catalog.regexp_replace(pg_catalog.regexp_replace(t.reporter_phone, '(ext|x|[;,#]).*$', '', 'i'), '\D', '', 'g'), 9)"
EARLIER_LOOKED_AT = 60
LARGEST_BODY_BYTES = 16_384
LONGEST_ID, LONGEST_NUMBER = 120, 40


@dataclass(frozen=True)
class Heard:
    """One event of a bridge: of which call, what, when, and who called whom."""

    type: str
    call_id: str
    at: datetime
    number: str
    line: str
    desk: str


def receive(*, message: webhooks.Message, at: datetime) -> bool:
    """Take a signed message; the same one again changes nothing. Returns whether it was new. Raises BAD_CALL, REUSED or TOO_MANY."""
    heard = _read(message.body, at)
    digest = hashlib.sha256(message.body).hexdigest()
    with acting(by=None, because=heard.type):
        if not _first(message.id, digest, at):
            return False
        call, _ = Call.objects.get_or_create(call_id=heard.call_id, defaults={"heard_at": at})
        call = Call.objects.select_for_update().get(pk=call.pk)
        moment = MOMENTS[heard.type]
        stands = getattr(call, moment)
        if stands is None or heard.at < stands:
            setattr(call, moment, heard.at)
        call.number, call.line, call.desk = call.number or heard.number, call.line or heard.line, heard.desk or call.desk
        call.save()
        events.publish(kind=heard.type, at=at, layer="incidents", data={"call": call.pk})
    return True


def _first(key: str, digest: str, at: datetime) -> bool:
    """Whether this message comes for the first time. Raises REUSED for other words under a known id, TOO_MANY in a flood."""
    Webhook.objects.filter(at__lt=at - KEPT).delete()
    standing, fresh = Webhook.objects.get_or_create(key=key, defaults={"digest": digest, "at": at})
    if not fresh and standing.digest != digest:
        raise REUSED()
    if fresh and Webhook.objects.filter(at__gt=at - timedelta(minutes=1)).count() > MOST_A_MINUTE:
        raise TOO_MANY(f"Tối đa {MOST_A_MINUTE} tin mỗi phút.", f"At most {MOST_A_MINUTE} messages a minute.", retry_after_s=60)
    return fresh


def _read(body: bytes, at: datetime) -> Heard:
    try:
        told = json.loads(body)
        data = told["data"]
        kind, call_id = told["type"], data["call_id"]
        texts = [data.get(name, "") or "" for name in ("from", "to", "extension")]
        when = datetime.fromisoformat(told["timestamp"].replace("Z", "+00:00")) if told.get("timestamp") else at
        if not all(isinstance(text, str) for text in (kind, call_id, *texts)):
            raise TypeError("texts are needed")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BAD_CALL(
            "Cần JSON có type, data.call_id, data.from.", f"JSON with type, data.call_id and data.from is needed: {type(error).__name__}."
        ) from error  # fmt: skip
    if kind not in MOMENTS:
        raise BAD_CALL(f"type: {', '.join(MOMENTS)}.", f"type: {', '.join(MOMENTS)}.")
    number, line, desk = (plain_text.line(text) for text in texts)
    clean = plain_text.line(call_id)
    if not 0 < len(clean) <= LONGEST_ID or max(len(number), len(line), len(desk)) > LONGEST_NUMBER:
        raise BAD_CALL(
            f"call_id tối đa {LONGEST_ID} ký tự, số tối đa {LONGEST_NUMBER}.", f"call_id has at most {LONGEST_ID} letters, numbers {LONGEST_NUMBER}."
        )
    moment = when if when.tzinfo else when.replace(tzinfo=UTC)
    # A bridge whose clock is wrong is not believed about when; that it rings is true all the same.
    return Heard(kind, clean, moment if abs(moment - at) < timedelta(days=1) else at, number, line, desk)


def now(*, scope: Scope, at: datetime) -> list[dict[str, Any]]:
    """The calls that want somebody: those that ring, are spoken on, or ended untaken a while ago; the oldest first."""
    rings = Q(ended_at=None, answered_at=None, heard_at__gt=at - RINGS)
    talks = Q(ended_at=None, answered_at__isnull=False, heard_at__gt=at - TALKS)
    missed = Q(ended_at__gt=at - MISSED, taken_by=None, answered_at=None)
    found = Call.objects.select_related("taken_by", "incident").filter(rings | talks | missed).order_by("heard_at", "pk")[:MOST_SHOWN]
    return [{**told(call, scope), "earlier": earlier(number=call.number, scope=scope)} for call in found]


def told(call: Call, scope: Scope) -> dict[str, Any]:
    """A call as this caller may see it."""
    state = "ended" if call.ended_at else "answered" if call.answered_at else "ringing"
    if call.ended_at and not call.answered_at and not call.taken_by:
        state = "missed"
    return {
        "id": call.pk,
        "state": state,
        "number": call.number if scope.may("see_reporters") else None,
        "line": call.line,
        "desk": call.desk,
        "rang_at": call.rang_at or call.heard_at,
        "answered_at": call.answered_at,
        "ended_at": call.ended_at,
        "taken_by": (call.taken_by.display_name or call.taken_by.username) if call.taken_by else None,
        "incident_id": call.incident_id,
    }


def earlier(*, number: str, scope: Scope) -> list[dict[str, Any]]:
    """The newest cases that this number reported, as far as the caller may see cases and who reports."""
    wanted = phone_numbers.normal(number, country=CITY.intake.country_calling_code)
    if not wanted or not scope.may("see_reporters"):
        return []
    seen = opened("incidents", scope)
    text = sql.SQL(
        "select t.id, t.code, t.category, t.severity, t.status, t.place_name, t.reported_at, t.closed_at, t.reporter_phone from {} t"
        " where {} = %(ending)s and t.reporter_phone <> '' and {}"
        " order by t.reported_at desc, t.id desc limit %(most)s"
    ).format(seen.relation, sql.SQL(ENDING), seen.where)
    names = ("id", "code", "category", "severity", "status", "place_name", "reported_at", "closed_at")
    with connection.cursor() as cursor:
        cursor.execute(text.as_string(cursor.cursor), {**seen.params, "ending": phone_numbers.ending(wanted), "most": EARLIER_LOOKED_AT})
        rows = [row for row in cursor if phone_numbers.normal(row[-1], country=CITY.intake.country_calling_code) == wanted]
    return [dict(zip(names, row[:-1], strict=True)) for row in rows[:EARLIER_CASES]]


def take(*, call_id: int, by: User, at: datetime) -> Call:
    """Say who deals with a call; the last who says so does. Raises NOT_FOUND."""
    with acting(by=by, because=f"call {call_id} taken"):
        call = _locked(call_id)
        if call.taken_by_id != by.pk:
            call.taken_by, call.taken_at = by, at
            call.save(update_fields=["taken_by", "taken_at"])
            events.publish(kind="call.taken", at=at, layer="incidents", data={"call": call.pk})
    return call


def link(*, call_id: int, incident_id: int, scope: Scope, by: User, at: datetime) -> Call:
    """The call is about this case; twice is once. Raises NOT_FOUND, or CALL_LINKED with the case that it is about already."""
    with acting(by=by, because=f"call {call_id} is about case {incident_id}"):
        incident = lifecycle.locked(incident_id, scope)
        call = _locked(call_id)
        if call.incident_id not in (None, incident.pk):
            raise CALL_LINKED(incident_id=call.incident_id)
        _attach(call, incident, by, at)
    return call


def attach_new(*, call_id: int, incident: Incident, by: User | None, at: datetime) -> None:
    """A new report came by this call, within its `acting`. A call that is unknown or about another case loses no report."""
    call = Call.objects.select_for_update().filter(pk=call_id).first()
    if call is not None and call.incident_id is None:
        _attach(call, incident, by, at)


def _attach(call: Call, incident: Incident, by: User | None, at: datetime) -> None:
    if call.incident_id == incident.pk:
        return
    call.incident = incident
    if by is not None and call.taken_by_id is None:
        call.taken_by, call.taken_at = by, at
    call.save()
    lifecycle.append(incident=incident, kind="call", to=incident.status, event="incident.called", by=by, at=at, data={"call": call.pk})


def of_case(incident_id: int, scope: Scope) -> list[dict[str, Any]]:
    """The calls about a case."""
    return [told(call, scope) for call in Call.objects.select_related("taken_by").filter(incident_id=incident_id).order_by("heard_at", "pk")]


def _locked(call_id: int) -> Call:
    found = Call.objects.select_for_update().filter(pk=call_id).first()
    if found is None:
        raise NOT_FOUND()
    return found
