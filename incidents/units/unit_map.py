"""The one view that says what every unit is, can and is at; put in place after the migrations whenever its text has changed."""

import hashlib
from typing import Any

from django.db import connection

from geo.sql import statement

NAME = "public.incidents_unit_map"


def install(**_: Any) -> None:
    """Make the view anew where its text is not the one that stands. Nothing else depends on it."""
    text = statement("incidents", "unit_map")
    mark = f"nbioc {hashlib.sha256(text.encode()).hexdigest()[:32]}"
    with connection.cursor() as cursor:
        cursor.execute("select to_regclass('public.incidents_shift') is not null, obj_description(to_regclass(%s), 'pg_class')", [NAME])
        tables, standing = cursor.fetchone()
        if tables and standing != mark:
            cursor.execute(f"drop view if exists {NAME}")
            cursor.execute(text)
            cursor.execute(f"comment on view {NAME} is '{mark}'")
