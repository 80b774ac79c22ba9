"""Reads of cases and units, through access: the queue, one case with its sequence, the units, one unit's own work."""

import json
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from psycopg2 import sql

from geo.city import CITY
from geo.errors import BAD_REQUEST, NOT_FOUND
from geo.models import User
from incidents import dispatching, lifecycle, opinions, phone_links, playbooks
from incidents.models import Assignment, Entry, Responder
from layers.access import Opened, Scope, column_of, opened

MOST_CASES = 500
NEARBY_CASES = 20
# Latest first where they have ended, gravest and oldest first where somebody waits.
ORDERS = {"done": "t.closed_at desc nulls last, t.id desc", "open": "t.severity desc, t.reported_at, t.id"}


def _columns(seen: Opened) -> sql.Composable:
    """The caller's fields, and what every list needs: place, version, how many reports were merged into it."""
    pairs = [sql.SQL(", ") + sql.Literal(field.name) + sql.SQL("::text, ") + column_of(field) for field in seen.fields]
    return sql.SQL(
        "jsonb_build_object('id', t.id, 'lon', public.st_x(at.place), 'lat', public.st_y(at.place), 'version', t.version, 'outcome', nullif(t.outcome, ''),"
        " 'agency', (select jsonb_build_object('code', a.code, 'name', a.name) from public.geo_agency a where a.id = t.agency_id),"
        " 'answer', t.answer, 'answered_at', t.answered_at, 'dispatched_at', t.dispatched_at, 'on_scene_at', t.on_scene_at,"
        " 'duplicates', (select count(*) from public.incidents_incident d where d.merged_into_id = t.id){})::text"
    ).format(sql.SQL("").join(pairs))


def _select(seen: Opened, condition: str, order: str, params: dict[str, Any]) -> list[dict[str, Any]]:
    text = sql.SQL(
        "select {columns} from {relation} t, lateral (select public.st_transform({shape}, 4326) as place) at"
        f" where {{where}} and {condition} order by {order} limit %(limit)s"
    ).format(columns=_columns(seen), relation=seen.relation, shape=seen.geometry, where=seen.where)
    with connection.cursor() as cursor:
        cursor.execute(text.as_string(cursor.cursor), {**seen.params, **params})
        return [_with_timers(json.loads(row[0])) for row in cursor]


def _with_timers(item: dict[str, Any]) -> dict[str, Any]:
    """By when an immediate case should have been acknowledged, verified and sent for."""
    if item["process"] == "immediate":
        reported = datetime.fromisoformat(item["reported_at"])
        goals = {"acknowledge_by": CITY.acknowledge_s, "verify_by": CITY.verify_s, "dispatch_by": CITY.verify_s + CITY.dispatch_s}
        item["timers"] = {name: (reported + timedelta(seconds=seconds)).isoformat() for name, seconds in goals.items()}
    return item


def queue(*, scope: Scope, state: str, limit: int) -> list[dict[str, Any]]:
    """The cases of one tab. Raises BAD_REQUEST for an unknown tab or a limit outside 1..500."""
    if state not in lifecycle.STATES or not 1 <= limit <= MOST_CASES:
        raise BAD_REQUEST(f"state: {', '.join(lifecycle.STATES)}; limit: 1–{MOST_CASES}.", f"state: {', '.join(lifecycle.STATES)}; limit: 1–{MOST_CASES}.")
    ended = "t.closed_at is not null" if state == "done" else "t.closed_at is null"
    placed = " and t.geom is null" if state == lifecycle.UNPLACED else ""
    return _select(
        opened("incidents", scope),
        f"{ended}{placed} and t.status = any(%(statuses)s)",
        ORDERS.get(state, ORDERS["open"]),
        {"statuses": sorted(lifecycle.STATES[state]), "limit": limit},
    )


def counts(scope: Scope) -> tuple[dict[str, int], dict[str, int]]:
    """How many cases each tab holds, and how many open ones each severity has."""
    seen = opened("incidents", scope)
    text = sql.SQL(
        "select t.status, t.severity, count(*), count(*) filter (where t.geom is null) from {} t where {} and t.closed_at is null group by 1, 2"
    ).format(seen.relation, seen.where)
    by_state, by_severity = dict.fromkeys(("new", "verified", "running", "open", lifecycle.UNPLACED), 0), {str(level): 0 for level in CITY.severities}
    with connection.cursor() as cursor:
        cursor.execute(text.as_string(cursor.cursor), seen.params)
        for status, severity, n, unplaced in cursor:
            by_severity[str(severity)] += n
            for state in by_state:
                by_state[state] += (unplaced if state == lifecycle.UNPLACED else n) if status in lifecycle.STATES[state] else 0
    return by_state, by_severity


def one(*, incident_id: int, scope: Scope) -> dict[str, Any]:
    """One case as a list shows it. Raises NOT_FOUND."""
    found = _select(opened("incidents", scope), "t.id = %(id)s", "t.id", {"id": incident_id, "limit": 1}) if 0 < incident_id < 2**63 else []
    if not found:
        raise NOT_FOUND()
    return found[0]


def detail(*, incident_id: int, scope: Scope) -> dict[str, Any]:
    """One case with its sequence, its assignments, reports near it, and what the caller may do next."""
    item = one(incident_id=incident_id, scope=scope)
    entries = Entry.objects.filter(incident_id=incident_id).select_related("by").order_by("id")
    assignments = Assignment.objects.filter(incident_id=incident_id).select_related("responder__agency").order_by("id")
    return {
        **item,
        "entries": [_entry(entry) for entry in entries],
        "assignments": [assignment(row) for row in assignments],
        "nearby": nearby(item=item, scope=scope),
        "playbooks": playbooks.runs_of(incident_id) if scope.may("handle_cases") or scope.may("see_cases") else [],
        "opinions": opinions.of_case(incident_id) if scope.may("handle_cases") or scope.may("see_cases") else [],
        "allowed": lifecycle.allowed(item["status"], scope),
        "links": phone_links.links_of(incident_id) if scope.may("handle_cases") else [],
    }


def nearby(*, item: dict[str, Any], scope: Scope) -> list[dict[str, Any]]:
    """Open cases so near and so soon that they may be the same one, by the category's own span."""
    category = CITY.categories.get(item["category"])
    if category is None or item["lon"] is None:
        return []
    return _select(
        opened("incidents", scope),
        "t.id <> %(id)s and t.closed_at is null and abs(extract(epoch from t.reported_at - %(at)s::timestamptz)) <= %(seconds)s"
        f" and public.st_dwithin(t.geom, public.st_transform(public.st_setsrid(public.st_makepoint(%(lon)s, %(lat)s), 4326), {CITY.srid}), %(reach_m)s)",
        "t.reported_at desc, t.id",
        {
            "id": item["id"],
            "at": item["reported_at"],
            "seconds": category.duplicate_min * 60,
            "lon": item["lon"],
            "lat": item["lat"],
            "reach_m": category.duplicate_m,
            "limit": NEARBY_CASES,
        },
    )


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.pk,
        "at": entry.at,
        "by": (entry.by.display_name or entry.by.username) if entry.by else None,
        "kind": entry.kind,
        "status_from": entry.status_from or None,
        "status_to": entry.status_to or None,
        "note": entry.note,
        **({"place": entry.data} if entry.kind == "place" else {}),
    }


def assignment(row: Assignment) -> dict[str, Any]:
    """An assignment with its unit and its milestones."""
    unit = row.responder
    return {
        "id": row.pk,
        "incident_id": row.incident_id,
        "status": row.status,
        "responder": {
            "id": unit.pk,
            "code": unit.code,
            "name": unit.name,
            "kind": unit.kind,
            "mode": unit.mode,
            "authority": unit.authority,
            "agency": unit.agency.name,
        },
        **{
            name: getattr(row, name)
            for name in (
                "requested_at",
                "accepted_at",
                "enroute_at",
                "on_scene_at",
                "cleared_at",
                "ended_at",
                "eta_s",
                "distance_m",
                "reason",
                "role",
                "because",
                "due_at",
                "overdue_at",
                "turnout_s",
                "worst_s",
            )
        },
        "steps": [name for name, step in dispatching.STEPS.items() if row.status in step.before],
    }


def visible(scope: Scope, fid: str) -> sql.Composable:
    """A row source of id and code: the case whose id an outer column (`fid`) holds, when the caller may see it. Its parameters are the scope's own."""
    try:
        seen = opened("incidents", scope)
    except NOT_FOUND:
        return sql.SQL("(select null::bigint as id, null::text as code where false)")
    return sql.SQL("(select t.id, t.code from {} t where t.id = {} and {})").format(seen.relation, sql.SQL(fid), seen.where)


def units(scope: Scope, responder_id: int | None = None) -> list[dict[str, Any]]:
    """Every unit that the caller may see (or the one that is named), with its place, its age, its statuses and what it is on."""
    seen = opened("responders", scope)
    fields = {field.name for field in seen.fields}
    text = sql.SQL(
        "select jsonb_build_object('id', t.id, 'code', t.code, 'name', t.name, 'kind', t.kind, 'mode', t.mode, 'authority', t.authority,"
        " 'availability', t.availability, 'primary_status', t.primary_status, 'secondary_status', t.secondary_status,"
        " 'secondary_statuses', t.secondary_statuses, 'duty', t.duty, 'activity', t.activity, 'crew_now', t.crew_now, 'crew_seats', t.crew_seats,"
        " 'on_since', t.on_since, 'shift_ends_at', t.shift_ends_at, 'rested_since', t.rested_since, 'skills', t.skills, 'phone', {phone}, 'position_at', t.position_at, 'heading_deg', t.heading_deg, 'speed_kmh', t.speed_kmh,"
        " 'position_accuracy_m', t.position_accuracy_m, 'lon', public.st_x(at.place), 'lat', public.st_y(at.place),"
        " 'assignment', case when a.id is not null then jsonb_build_object('id', a.id, 'incident_id', c.id, 'incident_code', c.code, 'status', a.status) end"
        " )::text from {relation} t left join public.incidents_assignment a on a.responder_id = t.id and a.ended_at is null"
        " left join lateral {case} c on true,"
        " lateral (select public.st_transform({shape}, 4326) as place) at where {where} and (%(one)s::bigint is null or t.id = %(one)s::bigint) order by t.code"
    ).format(
        phone=sql.SQL("t.phone" if "phone" in fields else "null::text"),
        relation=seen.relation,
        shape=seen.geometry,
        where=seen.where,
        case=visible(scope, "a.incident_id"),
    )
    with connection.cursor() as cursor:
        cursor.execute(text.as_string(cursor.cursor), {**seen.params, "one": responder_id})
        return [json.loads(row[0]) for row in cursor]


def own_unit(user: User) -> Responder:
    """The unit that this person is. Raises NOT_FOUND."""
    unit = Responder.objects.select_related("agency").filter(user=user).first()
    if unit is None:
        raise NOT_FOUND("Tài khoản này chưa gắn với lực lượng nào.", "This account is not linked to a unit.")
    return unit


def open_assignments(unit: Responder) -> list[Assignment]:
    return list(Assignment.objects.select_related("incident", "responder__agency").filter(responder=unit, ended_at=None).order_by("id"))


def undo_until(row: Assignment, by: User) -> datetime | None:
    """Until when this person may take back the assignment's last step."""
    last = Entry.objects.filter(incident_id=row.incident_id, data__assignment=row.pk).order_by("-id").first()
    return last.at + timedelta(seconds=dispatching.UNDO_S) if last and last.kind != "undo" and last.by_id == by.pk else None
