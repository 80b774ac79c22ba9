"""How long a commit takes to every open stream: `python -m tests.stress.live [clients] [edits/s] [seconds] [cuts]`, on a private database.

Arrivals are open-loop: edit n is due at n / rate whatever the server does. Each client cuts its connection that many times at random
moments and resumes from the last id that it heard. Prints one line; what was heard must be what was written, once and in order.
"""

import asyncio
import os
import random
import shutil
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


def main(clients: int, rate: int, seconds: int, cuts: int) -> int:
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
            return asyncio.run(_measure(clients, rate, rate * seconds, cuts))
        finally:
            if server is not None:
                server.terminate()
                server.wait(20)
            cluster.stop()
            shutil.rmtree(cluster.home, ignore_errors=True)


async def _measure(clients: int, rate: int, total: int, cuts: int) -> int:
    await _until_open()
    heard: list[dict[int, float]] = [{} for _ in range(clients)]
    greeted = [asyncio.Event() for _ in range(clients)]
    twice = [0]
    readers = [asyncio.create_task(_keep_reading(heard[number], greeted[number], twice, [number + 1, total, cuts])) for number in range(clients)]
    await asyncio.gather(*(one.wait() for one in greeted))
    committed: dict[int, float] = {}
    writer = threading.Thread(target=_write, args=(committed, rate, total))
    writer.start()
    while writer.is_alive():
        await asyncio.sleep(0.1)
    for _ in range(100):
        if all(len(one) == total for one in heard):
            break
        await asyncio.sleep(0.1)
    for reader in readers:
        reader.cancel()
    waits_ms = sorted(1000 * (at - committed[number]) for one in heard for number, at in one.items())
    lost = clients * total - len(waits_ms)
    at = {share: waits_ms[min(len(waits_ms) - 1, int(share * len(waits_ms)))] for share in (0.5, 0.95, 0.99)}
    print(
        f"{clients} clients, {clients * cuts} cuts, {rate} edits/s, {total} edits: commit to client p50 {at[0.5]:.1f} ms, p95 {at[0.95]:.1f} ms, p99 {at[0.99]:.1f} ms, "
        f"max {waits_ms[-1]:.1f} ms; lost {lost}, twice or out of order {twice[0]}"
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


async def _keep_reading(heard: dict[int, float], greeted: asyncio.Event, twice: list[int], plan: list[int]) -> None:
    """Read until cancelled, cutting after random numbers of edits; `plan` is seed, edits in all, cuts."""
    seed, total, cuts = plan
    chance = random.Random(seed)
    ends = sorted(chance.sample(range(1, total), cuts)) if cuts else []
    last = b""
    for until in [*ends, total + 1]:
        last = await _read(heard, greeted, twice, until, last)


async def _read(heard: dict[int, float], greeted: asyncio.Event, twice: list[int], until: int, last: bytes) -> bytes:
    """One connection, cut when so many edits were heard in all. Returns the last id."""
    reader, writer = await asyncio.open_connection("127.0.0.1", PORT, limit=2**22)
    writer.write(b"GET /events HTTP/1.1\r\nHost: localhost\r\n" + (b"Last-Event-ID: " + last + b"\r\n" if last else b"") + b"\r\n")
    mark = b'{"kind":"n '
    named = b""
    async for line in reader:
        if line.startswith(b"id: "):
            named = line[4:].strip()
        elif line.startswith(b"event: hello"):
            last = named
            greeted.set()
        elif line.startswith(b"event: reset"):
            raise RuntimeError("a position that stands was refused")
        if (start := line.find(mark)) >= 0:
            number = int(line[start + len(mark) : line.index(b'"', start + len(mark))])
            # Out of order counts as heard twice: both mean that the copy of a page would be wrong.
            twice[0] += number in heard or number != len(heard)
            heard.setdefault(number, time.monotonic())
            last = named
            if len(heard) >= until:
                break
    writer.close()
    return last


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
    sys.exit(main(*(given + [200, 50, 20, 0][len(given) :])))
