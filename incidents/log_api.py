"""The city's log over HTTP: the newest steps of every case that the caller sees, in one list."""

import json
from typing import Any

from django.db import connection
from django.http import HttpRequest
from ninja import Router
from psycopg2 import sql

from geo.errors import BAD_REQUEST
from geo.sql import statement
from layers.access import Scope, need, opened

router = Router(tags=["incidents"])
MOST_ENTRIES = 500


@router.get("/log")
def log(request: HttpRequest, limit: int = 100) -> dict[str, Any]:
    """What was done lately, newest first."""
    need(request, "see_cases")
    return {"items": latest(scope=request.caller, limit=limit), "as_of": request.at}


def latest(*, scope: Scope, limit: int) -> list[dict[str, Any]]:
    """The newest steps of the cases in this scope. Raises BAD_REQUEST for a limit outside 1..500."""
    if not 1 <= limit <= MOST_ENTRIES:
        raise BAD_REQUEST(f"limit: 1–{MOST_ENTRIES}.", f"limit: 1–{MOST_ENTRIES}.")
    seen = opened("incidents", scope)
    text = sql.SQL(statement("incidents", "latest_entries")).format(cases=seen.relation, cases_where=seen.where)
    with connection.cursor() as cursor:
        cursor.execute(text.as_string(cursor.cursor), {**seen.params, "limit": limit})
        return [json.loads(row[0]) for row in cursor]
