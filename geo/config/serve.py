"""Runs the city: database, migrations, web workers and the queue, all started here and all stopped here."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from geo.config.postgres import CannotStart, Cluster

ROOT = Path(__file__).resolve().parents[2]
VAR = Path(os.environ.get("NBIOC_VAR", ROOT / "var"))
STOP_GRACE_S = 8.0
# Open event streams never end by themselves: they are cut when the server stops, and browsers resume.
ENDING = ("--timeout-graceful-shutdown", "3")
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
        _say("migrations")
        subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], cwd=ROOT, check=True)
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


def _commands(port: int) -> dict[str, list[str]]:
    workers = str(os.cpu_count() or 1)
    web = [sys.executable, "-m", "uvicorn", "geo.config.asgi:application", "--port", str(port), "--workers", workers]
    return {
        "web": [*web, "--host", "127.0.0.1", "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning", *ENDING],
        "queue": [sys.executable, "manage.py", "db_worker"],
    }


def _supervise() -> None:
    """Keep the children alive; a child that dies is started again, a little later each time."""
    port = int(os.environ.get("PORT", "8000"))
    commands = _commands(port)
    children = {name: _spawn(command) for name, command in commands.items()}
    deaths = dict.fromkeys(commands, 0)
    print(f"\n  http://localhost:{port}/\n", flush=True)
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
    return subprocess.Popen(command, cwd=ROOT, start_new_session=True)


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
