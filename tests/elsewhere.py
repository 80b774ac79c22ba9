"""The test's own database for a child process: its address as an environment, and the folder to start in."""

import os
from pathlib import Path
from urllib.parse import quote, urlencode

from django.db import connection

ROOT = Path(__file__).resolve().parents[1]


def environment(*, database: str | None = None, **more: str) -> dict[str, str]:
    """What a child process needs to use the database that this test uses, or another one on the same server."""
    settings = connection.settings_dict
    given = {"host": settings["HOST"], "port": settings["PORT"], "user": settings["USER"], "password": settings["PASSWORD"]}
    options = {name: value for name, value in settings["OPTIONS"].items() if name in given}
    query = urlencode({name: value for name, value in (given | options).items() if value}, quote_via=quote)
    return {**os.environ, "DJANGO_SETTINGS_MODULE": "geo.config.settings", "DATABASE_URL": f"postgis:///{database or settings['NAME']}?{query}", **more}
