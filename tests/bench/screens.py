"""From a command to every screen: thirty operators at work, two hundred more who only listen, the demo city behind two workers.

Each command is timed from before its request is written to each of the 230 streams having read the change that it made, the write included.
The generator is one event loop that only searches bytes; how late that loop itself ran is measured and printed, for it is part of every figure.
"""

import asyncio
import json
import os
import re
import secrets
import statistics
import sys
import time
from dataclasses import dataclass, field

import django

django.setup()

from tests.bench import million  # noqa: E402
from tests.bench.million import Caller  # noqa: E402

OPERATORS, LISTENERS = 30, 200
SECONDS, PAUSE_S = 60.0, 6.0
P95_S, P99_S = 0.3, 1.0
SAYS = re.compile(rb'^data: \{"kind":"(incident\.(?:reported|acknowledged|verified|cancelled))".*?"features":\[\{"type":"Feature","id":(\d+)', re.M)
STEPS = (("acknowledge", "incident.acknowledged", {}), ("verify", "incident.verified", {}), ("cancel", "incident.cancelled", {"reason": "đo"}))
Key = tuple[bytes, int]


@dataclass
class Watch:
    """When each change was read on each stream, and how late the loop was."""

    heard: dict[Key, list[float]] = field(default_factory=dict)
    sent: dict[Key, float] = field(default_factory=dict)
    late: list[float] = field(default_factory=list)
    open: int = 0

    def read(self, text: bytes) -> None:
        now = time.perf_counter()
        for kind, fid in SAYS.findall(text):
            self.heard.setdefault((kind, int(fid)), []).append(now)


async def listen(watch: Watch, cookie: str) -> None:
    """One screen: reads its stream to the end of each message."""
    reader, writer = await asyncio.open_connection("127.0.0.1", million.PORT, limit=4_000_000)
    writer.write(f"GET /events HTTP/1.1\r\nHost: 127.0.0.1:{million.PORT}\r\nCookie: {cookie}\r\n\r\n".encode())
    watch.open += 1
    try:
        while True:
            watch.read(await reader.readuntil(b"\n\n"))
    finally:
        writer.close()


async def ask(caller: Caller, path: str, body: object) -> dict:
    """One command on a connection of its own: between two commands of a person the server closes an idle one."""
    reader, writer = await asyncio.open_connection("127.0.0.1", million.PORT)
    said = json.dumps(body).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {caller.cookie}\r\nX-CSRFToken: {caller.csrf}\r\n"
    writer.write(f"{head}Content-Type: application/json\r\nContent-Length: {len(said)}\r\n\r\n".encode() + said)
    top = (await reader.readuntil(b"\r\n\r\n")).decode()
    length = int(re.search(r"content-length: (\d+)", top, re.I)[1])  # type: ignore[index]
    answer = json.loads(await reader.readexactly(length))
    writer.close()
    if not top.startswith("HTTP/1.1 20"):
        raise RuntimeError(f"{path}: {top.splitlines()[0]} {answer}")
    return answer


async def work(watch: Watch, caller: Caller, number: int, until: float) -> None:
    """An operator: reports, takes, verifies and cancels, with a pause between; starts are spread over one pause."""
    await asyncio.sleep(PAUSE_S * number / OPERATORS)
    while time.perf_counter() < until:
        began = time.perf_counter()
        place = {"lon": 105.80 + secrets.randbelow(300) / 10_000, "lat": 9.80 + secrets.randbelow(300) / 10_000}
        case = (await ask(caller, "/api/incidents", {"category": "noise", "channel": "phone", **place}))["id"]
        watch.sent[b"incident.reported", case] = began
        for verb, kind, given in STEPS:
            await asyncio.sleep(PAUSE_S)
            watch.sent[kind.encode(), case] = time.perf_counter()
            await ask(caller, f"/api/incidents/{case}/{verb}", given)
        await asyncio.sleep(PAUSE_S)


async def lag(watch: Watch) -> None:
    while True:
        began = time.perf_counter()
        await asyncio.sleep(0.02)
        watch.late.append(time.perf_counter() - began - 0.02)


async def run(callers: list[Caller]) -> Watch:
    watch = Watch()
    streams = [asyncio.create_task(listen(watch, callers[n % len(callers)].cookie)) for n in range(OPERATORS + LISTENERS)]
    await asyncio.sleep(5)
    watching = asyncio.create_task(lag(watch))
    until = time.perf_counter() + SECONDS
    await asyncio.gather(*(work(watch, caller, number, until) for number, caller in enumerate(callers)))
    await asyncio.sleep(3)
    ended = [one for one in streams if one.done()]
    for one in [*streams, watching]:
        one.cancel()
    await asyncio.gather(*streams, watching, return_exceptions=True)
    if ended:
        raise RuntimeError(f"{len(ended)} of {len(streams)} streams ended early.")
    return watch


def at(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def report(watch: Watch) -> bool:
    """Print, and say whether the limits hold and every screen heard every command."""
    screens = OPERATORS + LISTENERS
    every = sorted(moment - watch.sent[key] for key, moments in watch.heard.items() if key in watch.sent for moment in moments)
    last = sorted(max(watch.heard[key]) - began for key, began in watch.sent.items() if key in watch.heard)
    missed = sum(screens - len(watch.heard.get(key, ())) for key in watch.sent)
    late = sorted(watch.late)
    print(
        f"commands                 {len(watch.sent)} in {SECONDS:.0f} s by {OPERATORS} operators, {screens} screens, {len(every)} deliveries, {missed} missed"
    )
    for name, values in (("command → a screen", every), ("command → the last screen", last)):
        print(f"{name:<25}p50 {statistics.median(values) * 1000:6.0f} ms   p95 {at(values, 0.95) * 1000:6.0f} ms   p99 {at(values, 0.99) * 1000:6.0f} ms")
    print(f"the generator's own lag  p50 {statistics.median(late) * 1000:6.0f} ms   p99 {at(late, 0.99) * 1000:6.0f} ms   load {os.getloadavg()[0]:.1f}")
    return missed == 0 and at(every, 0.95) <= P95_S and at(every, 0.99) <= P99_S


def main() -> int:
    """Start the server, sign thirty operators in, measure."""
    million.stand()
    with million.served():
        return 0 if report(asyncio.run(run([Caller() for _ in range(OPERATORS)]))) else 1


if __name__ == "__main__":
    sys.exit(main())
