"""Runs the city: database, migrations, web workers and the queue, all started here and all stopped here."""

import fcntl
import hashlib
import os
import signal
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg2
import segno
from psycopg2 import sql

from geo.city import CITY
from geo.config import lan
from geo.config.postgres import CannotStart, Cluster

ROOT = Path(__file__).resolve().parents[2]
VAR = Path(os.environ.get("NBIOC_VAR", ROOT / "var"))
ROOMS = ("geo", "layers", "tiles", "cameras", "incidents")
STOP_GRACE_S = 8.0
# Open event streams never end by themselves: they are cut when the server stops, and browsers resume.
ENDING = ("--timeout-graceful-shutdown", "3")
# Left alone, glibc keeps what the largest picture took: after four maps of 2,048 px a worker held 311 MB, with these 224 MB.
MEMORY = {"MALLOC_MMAP_THRESHOLD_": "262144", "MALLOC_TRIM_THRESHOLD_": "1048576", "MALLOC_ARENA_MAX": "4"}
RESTART_WAIT_S = (0.5, 1.0, 2.0, 5.0, 15.0)


def main() -> int:
    """Start everything, wait for Ctrl-C, stop everything."""
    cluster: Cluster | None = None
    # SIGINT too: a shell starts background jobs with it ignored, and Python would leave it so.
    for signal_ in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signal_, lambda *_: sys.exit(0))
    try:
        VAR.mkdir(parents=True, exist_ok=True)
        alone = open(VAR / "serve.lock", "w")  # noqa: SIM115 (held until the process ends)
        # One server a folder: a second would lose its database when the first stops.
        fcntl.flock(alone, fcntl.LOCK_EX)
        if not os.environ.get("DATABASE_URL"):
            _say("database")
            cluster = Cluster(VAR)
            cluster.start()
            cluster.make_database("nbioc")
            os.environ["DATABASE_URL"] = cluster.url("nbioc")
        _migrate(os.environ["DATABASE_URL"])
        if _wants_demo() and _is_empty(os.environ["DATABASE_URL"]):
            _say("demo city (simulated data)")
            _manage("demo", "--keep-logins-quiet")
        _supervise()
        return 0
    except (CannotStart, subprocess.CalledProcessError) as error:
        print(f"Cannot start: {error}", file=sys.stderr)
        return 1
    finally:
        if cluster is not None:
            cluster.stop()


def _say(step: str) -> None:
    print(f"• {step}", flush=True)


def _manage(*words: str) -> None:
    subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, check=True)


def _wants_demo() -> bool:
    return bool(CITY.demo) and os.environ.get("NBIOC_DEMO", "1") != "0"


def _connected(url: str) -> "psycopg2.extensions.connection":
    parts = urlsplit(url)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    connection = psycopg2.connect(
        dbname=parts.path.lstrip("/"),
        host=query.get("host", parts.hostname),
        user=query.get("user", parts.username),
        password=query.get("password", parts.password),
        port=query.get("port", parts.port),
    )
    connection.autocommit = True
    return connection


def _ask(url: str, statement: str, *parameters: object) -> Any:
    """The one value that a statement answers."""
    with closing(_connected(url)) as connection, connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchone()[0]


def _is_empty(url: str) -> bool:
    """Whether nobody works here yet: a city with a single person is never filled with simulated data."""
    return bool(_ask(url, "select not exists (select 1 from geo_user) and not exists (select 1 from layers_adminunit)"))


def _source_digest() -> str:
    """A digest of everything that migrations and what follows them depend on."""
    digest = hashlib.sha256(os.environ.get("NBIOC_CITY", "").encode())
    for room in ROOMS:
        for path in sorted([*(ROOT / room).rglob("*.py"), *(ROOT / room).rglob("*.sql"), *(ROOT / room).rglob("*.toml")]):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:32]


def _migrate(url: str) -> None:
    """Migrate unless this very source has done so. The mark is the database's own comment, so it goes where the database goes."""
    digest = f"nbioc {_source_digest()}"
    if _ask(url, "select shobj_description(oid, 'pg_database') from pg_database where datname = current_database()") == digest:
        return
    _say("migrations")
    _manage("migrate", "--verbosity", "0")
    # Somebody else's database may not be ours to comment on: then each start migrates, which changes nothing.
    with closing(_connected(url)) as connection, connection.cursor() as cursor, suppress(psycopg2.errors.InsufficientPrivilege):
        cursor.execute(sql.SQL("comment on database {} is {}").format(sql.Identifier(connection.info.dbname), sql.Literal(digest)))


def _commands(port: int, secured: tuple[Path, Path, Path] | None) -> dict[str, list[str]]:
    workers = str(os.cpu_count() or 1)
    web = [sys.executable, "-m", "uvicorn", "geo.config.asgi:application", "--port", str(port), "--workers", workers]
    # Loopback by default; a container is entered from outside its own.
    where = ["--host", os.environ.get("NBIOC_BIND", "127.0.0.1")]
    commands = {"queue": [sys.executable, "manage.py", "db_worker"], "clock": [sys.executable, "manage.py", "clock"]}
    if secured:
        authority, certificate, key = secured
        where = ["--host", "0.0.0.0", "--ssl-certfile", str(certificate), "--ssl-keyfile", str(key)]  # noqa: S104 (LAN=1 asked for it)
        address = f"https://{_host()}:{port}/field"
        commands["authority"] = [sys.executable, "-m", "geo.config.authority", str(port + 1), str(authority), lan.fingerprint(authority), address]
    return {"web": [*web, *where, "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning", *ENDING], **commands}


def _host() -> str:
    return (lan.addresses() or ["localhost"])[0]


def _show_addresses(port: int, secured: tuple[Path, Path, Path] | None) -> None:
    """Where the city is, and what a phone scans."""
    if not secured:
        print(f"\n  http://localhost:{port}/", flush=True)
    else:
        host = _host()
        print(f"\n  https://{host}:{port}/   (https://localhost:{port}/)", flush=True)
        for words, address in (
            (f"phones trust us first: http://{host}:{port + 1}/", f"http://{host}:{port + 1}/"),
            (f"then: https://{host}:{port}/field", f"https://{host}:{port}/field"),
        ):
            print(f"\n  {words}\n")
            segno.make(address, error="l").terminal(compact=True)
        print(f"\n  authority {secured[0]}\n  SHA-256 {lan.fingerprint(secured[0])}", flush=True)
    logins = VAR / "logins.txt"
    if logins.exists():
        print(f"\n  logins (kept in {logins}):\n{logins.read_text().rstrip()}\n", flush=True)


def _supervise() -> None:
    """Keep the children alive; a child that dies is started again, a little later each time."""
    port = int(os.environ.get("PORT", "8000"))
    secured = lan.certificates(VAR / "tls", lan.addresses()) if os.environ.get("LAN", "0") not in ("", "0") else None
    commands = _commands(port, secured)
    if _wants_demo() and _ask(os.environ["DATABASE_URL"], "select simulated from geo_epoch"):
        commands["demo"] = [sys.executable, "manage.py", "demo_lives"]
    children = {name: _spawn(command) for name, command in commands.items()}
    deaths = dict.fromkeys(commands, 0)
    _show_addresses(port, secured)
    try:
        while True:
            time.sleep(0.5)
            for name, child in children.items():
                if child.poll() is not None:
                    wait_s = RESTART_WAIT_S[min(deaths[name], len(RESTART_WAIT_S) - 1)]
                    print(f"{name} ended ({child.returncode}); starting it again in {wait_s} s", file=sys.stderr, flush=True)
                    time.sleep(wait_s)
                    deaths[name] += 1
                    children[name] = _spawn(commands[name])
    finally:
        _end(list(children.values()))


def _spawn(command: list[str]) -> subprocess.Popen[bytes]:
    # A session of its own: Ctrl-C reaches the supervisor alone, which then ends whole groups.
    return subprocess.Popen(command, cwd=ROOT, start_new_session=True, env={**MEMORY, **os.environ})


def _end(children: list[subprocess.Popen[bytes]]) -> None:
    for child in children:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_GRACE_S
    for child in children:
        try:
            child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
