"""The demo city served as it is for everybody, and other people's programs before it. Only script/clients collects what is here."""

import json
import os
import shlex
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import PASSWORD as PASSWORD
from tests.e2e.conftest import City
from tests.e2e.conftest import city as city
from tests.elsewhere import ROOT

collect_ignore_glob = [] if os.environ.get("NBIOC_CLIENTS") else ["test_*.py"]
PATIENCE_S = 240
Answer = tuple[int, dict[str, str], Any]


def manage(city: City, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *words], cwd=ROOT, env={**os.environ, "DATABASE_URL": city.database_url}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


SECOND_OFFICER = """
from geo.models import User
first = User.objects.get(username="officer")
second = User.objects.create_user(username="officer2", display_name="Cán bộ thứ hai", agency=first.agency)
second.roles.set(first.roles.all())
"""


@pytest.fixture(scope="session")
def tokens(city: City) -> dict[str, str]:
    """What lets a program act as somebody."""
    manage(city, "shell", "-c", SECOND_OFFICER)
    return {name: manage(city, "token", name, "--name", "clients").strip().splitlines()[-1] for name in ("officer", "officer2", "approver", "leader")}


@pytest.fixture(scope="session")
def ask(city: City, tokens: dict[str, str]) -> Callable[..., Answer]:
    """A request by somebody: status, headers and what was told."""

    def asked(path: str, *, by: str | None = None, method: str = "GET", body: Any = None, **headers: str) -> Answer:
        given = {name.replace("_", "-"): value for name, value in headers.items()} | ({"Authorization": f"Bearer {tokens[by]}"} if by else {})
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{city.address}{path}", data=data, method=method, headers=given)  # noqa: S310 (our own server)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                status, told, text = answer.status, dict(answer.headers), answer.read()
        except urllib.error.HTTPError as refused:
            status, told, text = refused.code, dict(refused.headers), refused.read()
        return status, told, json.loads(text) if text else None

    return asked


@pytest.fixture(scope="session")
def counts(ask: Callable[..., Answer]) -> Callable[[str | None], dict[str, int]]:
    """How many features each collection has for somebody, as the collection itself says."""

    def counted(by: str | None) -> dict[str, int]:
        slugs = [one["id"] for one in ask("/ogc/collections", by=by)[2]["collections"]]
        return {slug: ask(f"/ogc/collections/{slug}/items?limit=1", by=by)[2]["numberMatched"] for slug in slugs}

    return counted


def qgis(program: str, *, edits: bool = True, **given: Any) -> dict[str, Any]:
    """What a program told that ran inside QGIS: the one that edits, or the one that the system has."""
    command = shlex.split(os.environ["NBIOC_QGIS_EDITS" if edits else "NBIOC_QGIS"])
    text = (Path(__file__).parent / "qgis_program.py").read_text()
    done = subprocess.run([*command, "-", program, json.dumps(given)], input=text, capture_output=True, text=True, timeout=PATIENCE_S)
    told = [line for line in done.stdout.splitlines() if line.startswith("{")]
    assert done.returncode == 0 and told, done.stdout[-3000:] + done.stderr[-3000:]
    return json.loads(told[-1])


@pytest.fixture(params=["", "newer"], ids=["the system's GDAL", "Debian 13's GDAL"])
def gdal(request: pytest.FixtureRequest) -> Iterator[Callable[..., str]]:
    """One of GDAL's commands, its output told."""
    inside = shlex.split(os.environ.get("NBIOC_GDAL", "")) if request.param else []
    if request.param and not inside:
        pytest.skip("the system's GDAL is the newest at hand")

    def run(command: str, *arguments: str, **options: str) -> str:
        settings = [word for name, value in options.items() for word in ("--config", name, value)]
        done = subprocess.run([*inside, command, *settings, *arguments], capture_output=True, text=True, timeout=PATIENCE_S)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        return done.stdout

    yield run
