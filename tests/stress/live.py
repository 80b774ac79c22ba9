"""How long a commit takes to every open stream: `python -m tests.stress.live [clients] [edits/s] [seconds]`, on a private database.

Arrivals are open-loop: edit n is due at n / rate whatever the server does. Prints one line; delivered must equal due.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from geo.config.postgres import Cluster

PORT = int(os.environ.get("PORT", "8101"))
ROOT = Path(__file__).resolve().parents[2]
STARTED_S = 30.0


def main(clients: int, rate: int, seconds: int) -> int:
    """Returns 0 when every client heard every edit exactly once."""
    with tempfile.TemporaryDirectory() as folder:
        cluster = Cluster(Path(folder), "pg")
        cluster.start()
        cluster.make_database("nbioc")
        os.environ["DATABASE_URL"] = cluster.url("nbioc")
        server = None
        try:
            subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], cwd=ROOT, check=True)
            command = [sys.executable, "-m", "uvicorn", "geo.config.asgi:application", "--port", str(PORT), "--workers", "2", "--log-level", "warning"]
            server = subprocess.Popen([*command, "--loop", "uvloop", "--http", "httptools", "--timeout-graceful-shutdown", "1"], cwd=ROOT)
            return asyncio.run(_measure(clients, rate, rate * seconds))
        finally:
            if server is not None:
                server.terminate()
                server.wait(20)
            cluster.stop()


async def _measure(clients: int, rate: int, total: int) -> int:
    await _until_open()
    heard: list[dict[int, float]] = [{} for _ in range(clients)]
    greeted = [asyncio.Event() for _ in range(clients)]
    twice = [0]
    readers = [asyncio.create_task(_read(heard[number], greeted[number], twice)) for number in range(clients)]
    await asyncio.gather(*(one.wait() for one in greeted))
    committed: dict[int, float] = {}
    writer = threading.Thread(target=_write, args=(committed, rate, total))
    writer.start()
    while writer.is_alive():
        await asyncio.sleep(0.1)
    for _ in range(50):
        if all(len(one) == total for one in heard):
            break
        await asyncio.sleep(0.1)
    for reader in readers:
        reader.cancel()
    waits_ms = sorted(1000 * (at - committed[number]) for one in heard for number, at in one.items())
    lost = clients * total - len(waits_ms)
    at = {share: waits_ms[min(len(waits_ms) - 1, int(share * len(waits_ms)))] for share in (0.5, 0.95, 0.99)}
    print(
        f"{clients} clients, {rate} edits/s, {total} edits: commit to client p50 {at[0.5]:.1f} ms, p95 {at[0.95]:.1f} ms, p99 {at[0.99]:.1f} ms, "
        f"max {waits_ms[-1]:.1f} ms; lost {lost}, twice {twice[0]}"
    )
    return 1 if lost or twice[0] else 0


async def _until_open() -> None:
    deadline = time.monotonic() + STARTED_S
    while True:
        try:
            (await asyncio.open_connection("127.0.0.1", PORT))[1].close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.2)


async def _read(heard: dict[int, float], greeted: asyncio.Event, twice: list[int]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", PORT, limit=2**22)
    writer.write(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
    mark = b'{"kind":"n '
    async for line in reader:
        if line.startswith(b"event: hello"):
            greeted.set()
        if (start := line.find(mark)) >= 0:
            number = int(line[start + len(mark) : line.index(b'"', start + len(mark))])
            twice[0] += number in heard
            heard.setdefault(number, time.monotonic())


def _write(committed: dict[int, float], rate: int, total: int) -> None:
    # A process of its own would need its own clock; the same one keeps both ends of the measure.
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geo.config.settings")
    from tests.stress.edits import edit, prepare

    fid = prepare()
    begun = time.monotonic()
    for number in range(total):
        time.sleep(max(0.0, begun + number / rate - time.monotonic()))
        edit(fid, number, lambda number=number: committed.setdefault(number, time.monotonic()))


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:]]
    sys.exit(main(*(given + [200, 50, 20][len(given) :])))
