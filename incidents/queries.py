"""Reads of cases and units, through access: the queue, one case with its sequence, the units, one unit's own work."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from psycopg2 import sql

from geo.city import CITY
from geo.errors import BAD_REQUEST, NOT_FOUND
from geo.models import User
from incidents import compartments, lifecycle, speeds, verifying
from incidents.dispatch import dispatching
from incidents.guidance import opinions, playbooks
from incidents.intake import calls, duplicates, phone_links
from incidents.models import Assignment, Entry, Responder
from layers.access import Opened, Scope, column_of, opened

MOST_CASES = 500
# Latest first where they have ended, gravest and oldest first where somebody waits.
ORDERS = {"done": "t.closed_at desc nulls last, t.id desc", "open": "t.severity desc, t.reported_at, t.id"}


def _columns(seen: Opened) -> sql.Composable:
    """The caller's fields, and what every list needs: place, version, how many reports were merged into it."""
    pairs = [sql.SQL(", ") + sql.Literal(field.name) + sql.SQL("::text, ") + column_of(field) for field in seen.fields]
    return sql.SQL(
        "jsonb_build_object('id', t.id, 'lon', public.st_x(at.place), 'lat', public.st_y(at.place), 'version', t.version, 'outcome', nullif(t.outcome, ''),"
        " 'agency', (select jsonb_build_object('code', a.code, 'name', a.name) from public.geo_agency a where a.id = t.agency_id),"
        " 'parent', (select jsonb_build_object('id', p.id, 'code', p.code) from {parent} p), 'merged_into', (select jsonb_build_object('id', m.id, 'code', m.code) from {main} m),"
        " 'parts', (select count(*) from public.incidents_incident c where c.parent_id = t.id), 'clock_at', t.clock_at, 'promoted_at', t.promoted_at,"
        " 'answer', t.answer, 'answered_at', t.answered_at, 'dispatched_at', t.dispatched_at, 'on_scene_at', t.on_scene_at,"
        " 'duplicates', (select count(*) from public.incidents_incident d where d.merged_into_id = t.id){pairs})::text"
    ).format(pairs=sql.SQL("").join(pairs), parent=visible(seen.scope, "at.parent_id"), main=visible(seen.scope, "at.merged_into_id"))


def _select(seen: Opened, condition: str, order: str, params: dict[str, Any]) -> list[dict[str, Any]]:
    text = sql.SQL(
        "select {columns} from {relation} t, lateral (select public.st_transform({shape}, 4326) as place, t.parent_id, t.merged_into_id) at"
        f" where {{where}} and {condition} order by {order} limit %(limit)s"
    ).format(columns=_columns(seen), relation=seen.relation, shape=seen.geometry, where=seen.where)
    with connection.cursor() as cursor:
        cursor.execute(text.as_string(cursor.cursor), {**seen.params, **params})
        return [_with_timers(json.loads(row[0])) for row in cursor]


def _with_timers(item: dict[str, Any]) -> dict[str, Any]:
    """By when an immediate case should have been acknowledged, verified and sent for: by the earliest report's clock, or its promotion's."""
    if item["process"] == "immediate":
        reported = datetime.fromisoformat(item["clock_at"] or item["reported_at"])
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
    """One case with its sequence, its assignments, what belongs to it, what may be the same, and what the caller may do next.

    The reports merged into it keep their own sequence and reporter and are told with it.
    """
    item = {**one(incident_id=incident_id, scope=scope), "speed_undo_until": speeds.undo_until(incident_id)}
    seen = opened("incidents", scope)
    merged = _select(seen, "t.merged_into_id = %(id)s", "t.reported_at, t.id", {"id": incident_id, "limit": MOST_CASES})
    parts = _select(seen, "t.parent_id = %(id)s", "t.closed_at nulls first, t.severity desc, t.reported_at, t.id", {"id": incident_id, "limit": MOST_CASES})
    codes = {item["id"]: None} | {report["id"]: report["code"] for report in merged}
    entries = Entry.objects.filter(incident_id__in=codes).select_related("by").order_by("at", "id")
    assignments = Assignment.objects.filter(incident_id=incident_id).select_related("responder__agency").order_by("id")
    return {
        **item,
        "entries": [_entry(entry, codes[entry.incident_id]) for entry in entries],
        "assignments": [assignment(row) for row in assignments],
        "reports": [_report(report) for report in (item, *merged)],
        "children": [_part(part) for part in parts],
        "related": _related(item, merged, parts, scope),
        "verifications": verifying.verifications_of(list(codes)),
        "people": compartments.people_of(incident_id) if item["restricted"] else [],
        "nearby": nearby(item=item, scope=scope),
        "playbooks": playbooks.runs_of(incident_id) if scope.may("handle_cases") or scope.may("see_cases") else [],
        "opinions": opinions.of_case(incident_id) if scope.may("handle_cases") or scope.may("see_cases") else [],
        "allowed": lifecycle.allowed(item, scope),
        "calls": calls.of_case(incident_id, scope) if scope.may("handle_cases") else [],
        "links": phone_links.links_of(incident_id) if scope.may("handle_cases") else [],
    }


def nearby(*, item: dict[str, Any], scope: Scope) -> list[dict[str, Any]]:
    """Cases that may be the same one, the likeliest first, each with its score and the reasons."""
    likely = duplicates.suggested(item, scope)
    found = _select(opened("incidents", scope), "t.id = any(%(ids)s)", "t.id", {"ids": [one.id for one in likely], "limit": MOST_CASES}) if likely else []
    rows = {row["id"]: row for row in found}
    return [{**rows[one.id], **one.as_dict()} for one in likely if one.id in rows]


def duplicates_of(*, incident_id: int, scope: Scope) -> dict[str, Any]:
    """What may be the same as a case, and whether many reports around it are one large event. Raises NOT_FOUND."""
    item = one(incident_id=incident_id, scope=scope)
    return {"items": nearby(item=item, scope=scope), "mass": duplicates.mass(item, scope)}


REPORTED = ("id", "code", "channel", "category", "severity", "status", "description", "reported_at", "acknowledged_at", "verified_at", "clock_at", "lon", "lat")


def _report(item: dict[str, Any]) -> dict[str, Any]:
    """One report of a case: whose, by which channel, when; the reporter where the caller sees reporters."""
    return {name: item[name] for name in (*REPORTED, "reporter_name", "reporter_phone", "reporter_channel") if name in item}


def _part(item: dict[str, Any]) -> dict[str, Any]:
    return {name: item[name] for name in (*REPORTED, "place_name", "road_name", "closed_at", "duplicates")}


def _related(item: dict[str, Any], merged: list[dict[str, Any]], parts: list[dict[str, Any]], scope: Scope) -> list[dict[str, Any]]:
    """What the case has to do with others, in the words of EIDO: REPLACING and REPLACED where it was merged, Split, Link."""
    seen, found = opened("incidents", scope), [{"eido": "REPLACING", "id": row["id"], "code": row["code"]} for row in merged]
    found += [{"eido": "REPLACED", **item["merged_into"]}] if item["merged_into"] else []
    found += [{"eido": "Link", **other} for other in ([item["parent"]] if item["parent"] else [{"id": row["id"], "code": row["code"]} for row in parts])]
    said = Entry.objects.filter(incident_id=item["id"], data__eido="Split").values_list("data", flat=True)
    others = sorted({fid for data in said for name in ("divided", "divided_from", "split", "from") if isinstance(fid := data.get(name), int)})
    rows = _select(seen, "t.id = any(%(ids)s)", "t.id", {"ids": others, "limit": MOST_CASES}) if others else []
    return [*found, *({"eido": "Split", "id": row["id"], "code": row["code"]} for row in rows)]


def _entry(entry: Entry, of: str | None) -> dict[str, Any]:
    """One step; `of` is the code of the merged report that it belongs to, None for the case itself."""
    return {
        "id": entry.pk,
        "at": entry.at,
        "by": (entry.by.display_name or entry.by.username) if entry.by else None,
        "kind": entry.kind,
        "status_from": entry.status_from or None,
        "status_to": entry.status_to or None,
        "note": entry.note,
        **({"case": of} if of else {}),
        **{name: entry.data[name] for name in ("words", "fields") if entry.data.get(name)},
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


def codes(scope: Scope, numbers: Iterable[int]) -> dict[int, str]:
    """Of some cases those that the caller sees, with their codes."""
    try:
        seen = opened("incidents", scope)
    except NOT_FOUND:
        return {}
    text = sql.SQL("select t.id, t.code from {} t where {} and t.id = any(%(numbers)s)").format(seen.relation, seen.where)
    with connection.cursor() as cursor:
        cursor.execute(text.as_string(cursor.cursor), {**seen.params, "numbers": sorted(set(numbers))})
        return dict(cursor.fetchall())


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
        " 'on_since', t.on_since, 'shift_ends_at', t.shift_ends_at, 'rested_since', t.rested_since, 'last_check_at', t.last_check_at, 'check_due_at', t.check_due_at, 'skills', t.skills, 'phone', {phone}, 'position_at', t.position_at, 'heading_deg', t.heading_deg, 'speed_kmh', t.speed_kmh,"
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
