"""The private PostgreSQL under var/: made once, run as an unprivileged user on a unix socket, stopped with the server."""

import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

SETTINGS = {
    "listen_addresses": "",
    "jit": "off",
    "shared_buffers": "512MB",
    "max_connections": "100",
    "idle_in_transaction_session_timeout": "60s",
    # Values of rows stay out of the log, errors included.
    "log_error_verbosity": "terse",
    "log_parameter_max_length_on_error": "0",
}
SOCKET_PATH_LIMIT = 90  # a unix socket's path holds 107 bytes, of which PostgreSQL adds its own file name
SETTLE_S = 20.0


class CannotStart(RuntimeError):
    """PostgreSQL cannot run here; the message says what to do."""


def binaries() -> Path:
    """The newest PostgreSQL of the distribution. Raises CannotStart when there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        raise CannotStart("No PostgreSQL found under /usr/lib/postgresql: run script/setup, or give DATABASE_URL.")
    return found[-1].parent


def _owner() -> str | None:
    """Whom to become: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
            return name
        except KeyError:
            continue
    raise CannotStart("Neither a user postgres nor nobody exists to run PostgreSQL as.")


class Cluster:
    """One private cluster. `start` is idempotent; `stop` ends it when this object started it."""

    def __init__(self, var: Path, name: str = "postgres", *, settings: Mapping[str, str] | None = None) -> None:
        """`settings` are PostgreSQL's own, over those that every cluster of ours has."""
        self.settings = {**SETTINGS, **(settings or {})}
        self.owner = _owner()
        self.home = self._reachable(var.resolve() / name)
        self.data = self.home / "data"
        socket = self.home / "run"
        if len(str(socket)) > SOCKET_PATH_LIMIT:
            digest = hashlib.sha256(str(self.home).encode()).hexdigest()[:12]
            socket = Path(tempfile.gettempdir()) / f"nbioc-{digest}"
        self.socket = socket
        self.started = False

    def _reachable(self, wanted: Path) -> Path:
        """The wanted folder, or one under /var/lib when the unprivileged user may not walk there."""
        wanted.mkdir(parents=True, exist_ok=True)
        if self.owner is None:
            return wanted
        if subprocess.run(self._as_owner(["test", "-x", str(wanted)]), capture_output=True).returncode == 0:
            return wanted
        digest = hashlib.sha256(str(wanted).encode()).hexdigest()[:12]
        other = Path("/var/lib") / f"nbioc-{digest}"
        other.mkdir(exist_ok=True)
        print(f"  {wanted} is out of reach of the user {self.owner}: the database stands in {other}", flush=True)
        return other

    def _as_owner(self, command: list[str]) -> list[str]:
        return command if self.owner is None else ["setpriv", f"--reuid={self.owner}", f"--regid={self.owner}", "--clear-groups", *command]

    def _run(self, *command: str) -> None:
        done = subprocess.run(self._as_owner(list(command)), capture_output=True, text=True, cwd="/")
        if done.returncode != 0:
            raise CannotStart(f"{Path(command[0]).name} failed: {(done.stderr or done.stdout).strip()} (log: {self.home / 'log'})")

    def start(self) -> None:
        """Make the cluster when there is none, and start it when it does not run."""
        here = binaries()
        self.socket.mkdir(parents=True, exist_ok=True)
        if self.owner is not None:
            owner = pwd.getpwnam(self.owner)
            for folder in (self.home, self.socket):
                os.chown(folder, owner.pw_uid, owner.pw_gid)
        self.socket.chmod(0o711)
        if not (self.data / "PG_VERSION").exists():
            if self.data.exists():
                shutil.rmtree(self.data)
            self._run(str(here / "initdb"), "-D", str(self.data), "-U", "nbioc", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--data-checksums")
        if self._already_serves(here):
            return
        options = " ".join(f"-c {key}='{value}'" for key, value in self.settings.items())
        self._run(
            str(here / "pg_ctl"),
            "start",
            "-w",
            "-D",
            str(self.data),
            "-l",
            str(self.home / "log"),
            "-o",
            f"{options} -c unix_socket_directories='{self.socket}' -c unix_socket_permissions=0777",
        )
        self.started = True

    def _already_serves(self, here: Path) -> bool:
        """Whether it runs and answers; one that is just starting or stopping is waited for. Raises CannotStart when it does neither."""
        deadline = time.monotonic() + SETTLE_S
        while time.monotonic() < deadline:
            status = subprocess.run(self._as_owner([str(here / "pg_ctl"), "status", "-D", str(self.data)]), capture_output=True, cwd="/")
            if status.returncode != 0:
                return False
            if subprocess.run([str(here / "pg_isready"), "-q", "-h", str(self.socket)]).returncode == 0:
                return True
            time.sleep(0.2)
        raise CannotStart(f"PostgreSQL under {self.home} neither answers nor ends: see {self.home / 'log'}.")

    def make_database(self, name: str) -> None:
        """Create a database unless it is there."""
        here = binaries()
        listed = subprocess.run(
            [str(here / "psql"), "-h", str(self.socket), "-U", "nbioc", "-Atc", f"select 1 from pg_database where datname = '{name}'", "postgres"],
            capture_output=True,
            text=True,
            check=True,
        )
        if listed.stdout.strip() != "1":
            subprocess.run([str(here / "createdb"), "-h", str(self.socket), "-U", "nbioc", name], check=True)

    def drop_database(self, name: str) -> None:
        """Forget a database, if it is there."""
        subprocess.run([str(binaries() / "dropdb"), "-h", str(self.socket), "-U", "nbioc", "--if-exists", "--force", name], check=True, capture_output=True)

    def url(self, name: str) -> str:
        """The DATABASE_URL of one of its databases."""
        return f"postgis:///{name}?host={self.socket}&user=nbioc"

    def stop(self) -> None:
        """Stop it when this object started it."""
        if self.started:
            self._run(str(binaries() / "pg_ctl"), "stop", "-w", "-m", "fast", "-D", str(self.data))
            self.started = False
