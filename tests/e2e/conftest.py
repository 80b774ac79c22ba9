"""A real server with the demo city, and Debian's Chromium before it; nothing is shared with the other tests' database."""

import base64
import contextlib
import os
import secrets
import shutil
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg2
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "a long word for trials"
SEED = 7
# What this run's telephone bridge signs with.
TELEPHONE_SECRET = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
]
# Pictures of the real screens, when somebody asks for them.
PICTURES = os.environ.get("NBIOC_PICTURES", "")


def connect(url: str, database: str) -> "psycopg2.extensions.connection":
    parts = urlsplit(url)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return psycopg2.connect(
        dbname=database, host=query.get("host", parts.hostname), user=query.get("user", parts.username), password=parts.password, port=parts.port
    )


@dataclass
class City:
    """A running city: its address, its database, and who has signed in where."""

    address: str
    url: str
    database: str
    var: Path
    problems: list[str] = field(default_factory=list)

    @property
    def database_url(self) -> str:
        return self.url.replace(f"/{urlsplit(self.url).path.lstrip('/')}?", f"/{self.database}?")

    def rows(self, statement: str, *parameters: object) -> list[tuple]:
        connection = connect(self.url, self.database)
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(statement, parameters)
                return cursor.fetchall()
        finally:
            connection.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """The demo city behind two web workers and the queue, as `script/server` runs it."""
    if not (ROOT / "frontend" / "dist" / "index.html").exists():
        pytest.fail("The pages are not built: run script/setup.")
    url, var = os.environ["DATABASE_URL"], tmp_path_factory.mktemp("var")
    database = f"e2e_{secrets.token_hex(4)}"
    standing = urlsplit(url).path.lstrip("/")
    admin = connect(url, standing)
    admin.autocommit = True
    with admin.cursor() as cursor:
        cursor.execute(f"create database {database}")
    environment = {
        **os.environ,
        "DATABASE_URL": url.replace(f"/{standing}?", f"/{database}?"),
        "NBIOC_VAR": str(var),
        "NBIOC_TESTING": "1",
        "NBIOC_DEMO_PASSWORD": PASSWORD,
        "NBIOC_TELEPHONE_SECRET": TELEPHONE_SECRET,
    }
    port = free_port()
    processes: list[subprocess.Popen[bytes]] = []
    try:
        for words in (["migrate", "--verbosity", "0"], ["demo", "--seed", str(SEED), "--days", "60", "--incidents", "400"]):
            subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
        web = [
            sys.executable,
            "-m",
            "uvicorn",
            "geo.config.asgi:application",
            "--port",
            str(port),
            "--workers",
            "2",
            "--log-level",
            "warning",
            "--no-access-log",
        ]
        processes.append(subprocess.Popen(web, cwd=ROOT, env=environment))
        processes.append(subprocess.Popen([sys.executable, "manage.py", "db_worker"], cwd=ROOT, env=environment, stderr=subprocess.DEVNULL))
        address = f"http://127.0.0.1:{port}"
        _wait_for(f"{address}/readyz")
        yield City(address, url, database, var)
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
        with admin.cursor() as cursor:
            cursor.execute(f"drop database if exists {database} with (force)")
        admin.close()


def _wait_for(address: str, patience_s: float = 60, trusting: str | None = None) -> None:
    context = ssl.create_default_context(cadata=trusting) if trusting else None
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(address, timeout=2, context=context) as answer:  # noqa: S310 (our own server)
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"{address} did not answer within {patience_s} s.")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = shutil.which("chromium")
    if found is None:
        pytest.fail("Chromium is missing: run script/setup tests.")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def window(city: City, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a browser window of its own for somebody; whatever the page's console calls an error fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_window(path: str = "/", user: str | None = None, **options: object) -> Page:
        context = browser.new_context(base_url=city.address, locale="vi-VN", viewport={"width": 1600, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(f"{path}: {error}"))
        if user:
            answer = context.request.post("/api/session", data={"username": user, "password": PASSWORD})
            assert answer.ok, answer.text()
        page.goto(path)
        return page

    yield open_window
    for context in contexts:
        context.close()
    assert complaints == []


def until(look: Callable[[], Any], page: Page, patience_s: float = 15) -> Any:
    """What is seen when it is something, looked for again and again; the page lives on meanwhile."""
    deadline = time.monotonic() + patience_s
    while not (found := look()) and time.monotonic() < deadline:
        page.wait_for_timeout(50)
    return found


def click_until(act: Callable[[], object], seen: Locator, patience_s: float = 15) -> None:
    """Click the map until what stands there opens: its newest shapes are drawn a moment after their tiles have come."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        act()
        with contextlib.suppress(AssertionError):
            expect(seen).to_be_visible(timeout=1_000)
            return
    expect(seen).to_be_visible()


def picture(page: Page, name: str) -> None:
    """Keep a picture when asked to."""
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"))
