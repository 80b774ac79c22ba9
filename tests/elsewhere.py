"""What a test does outside its own process: a child on the test's database, a second database, the city served over HTTP."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import psycopg2
from django.db import connection

ROOT = Path(__file__).resolve().parents[1]
STARTS_WITHIN_S = 60.0


def environment(*, database: str | None = None, **more: str) -> dict[str, str]:
    """What a child process needs to use the database that this test uses, or another one on the same server."""
    settings = connection.settings_dict
    given = {"host": settings["HOST"], "port": settings["PORT"], "user": settings["USER"], "password": settings["PASSWORD"]}
    options = {name: value for name, value in settings["OPTIONS"].items() if name in given}
    query = urlencode({name: value for name, value in (given | options).items() if value}, quote_via=quote)
    return {**os.environ, "DJANGO_SETTINGS_MODULE": "geo.config.settings", "DATABASE_URL": f"postgis:///{database or settings['NAME']}?{query}", **more}


def manage(city: dict[str, str], *arguments: str) -> str:
    """A command in a process of its own; what it printed. Fails with all that it said."""
    done = subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, env=city, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@contextmanager
def scratch_database(ending: str) -> Iterator[str]:
    """The name of an empty database beside the test's own; gone afterwards."""
    name = f"{connection.settings_dict['NAME']}_{ending}"
    server = psycopg2.connect(**connection.get_connection_params())
    server.autocommit = True
    with server.cursor() as cursor:
        cursor.execute(f'drop database if exists "{name}"')
        cursor.execute(f'create database "{name}"')
    try:
        yield name
    finally:
        with server.cursor() as cursor:
            cursor.execute(f'drop database if exists "{name}" with (force)')
        server.close()


@contextmanager
def serving(city: dict[str, str]) -> Iterator[str]:
    """The address of the whole city as it is served, in one process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "geo.config.asgi:application", "--host", "127.0.0.1", "--port", str(port), "--log-level", "warning"]
    server = subprocess.Popen(command, cwd=ROOT, env=city)
    try:
        once_it_is_there(f"http://127.0.0.1:{port}/ogc/conformance", limit_s=STARTS_WITHIN_S)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


def fetch(address: str, **headers: str) -> bytes:
    """The body of an answer; raises OSError for a refusal."""
    with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=10) as answer:  # noqa: S310 (our own server)
        return answer.read()


def fetch_json(address: str, **headers: str) -> Any:
    return json.loads(fetch(address, **headers))


def once_it_is_there(address: str, limit_s: float = 20, **headers: str) -> Any:
    """A server starts, and notices new layers, in its own time."""
    deadline = time.monotonic() + limit_s
    while True:
        try:
            return fetch_json(address, **headers)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
