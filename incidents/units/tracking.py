"""Where units are: positions in from the field page, machines and trackers, in two lanes, each kept once, before it is answered.

What is fresh moves its unit and is told to everybody in one event a transaction. What is older than some seconds is history: it is kept in a
transaction of its own, moves no unit back, and a large lot waits where many come at once. What cannot be true is kept apart, with the
reason, and moves nobody.
"""

import math
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from geo import events
from geo.acting import acting
from geo.city import CITY
from geo.crs import CITY_SRID
from geo.errors import BUSY, define
from geo.models import User
from geo.sql import statement
from incidents.models import Responder
from incidents.units.screening import Fix, Judged, Known, judge

BAD_POSITION = define("bad_position", 422, "Vị trí không dùng được", "The position cannot be used")

MOST_POSITIONS = 1_000
# So many fixes of history in one transaction, and so many large lots at once in a process: the rest of its threads are for what is fresh.
CHUNK = 500
LARGE_LOT = 100
LOTS_AT_ONCE = 2
# Stored fixes within this time of a late one are its neighbours.
AROUND = timedelta(minutes=15)
KMH_PER_KNOT = 1.852
MILLISECONDS_FROM = 1e11

# Of a device gone wild so many doubts an hour are kept; the rest is told and forgotten.
MOST_DOUBTS_AN_HOUR = 2_000
# Lots that come within this time of each other are one transaction.
GATHER_S = 0.06

_lots = threading.BoundedSemaphore(LOTS_AT_ONCE)


@dataclass(frozen=True)
class Sent:
    """A fix of a unit, and its place in what was sent."""

    responder_id: int
    fix: Fix
    index: int = 0


@dataclass
class Taken:
    """What became of a lot: how many were new, known already or doubted; why each doubted one is, by its place in what was sent."""

    accepted: int = 0
    ignored: int = 0
    doubted: dict[int, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return {"accepted": self.accepted, "ignored": self.ignored, "doubted": {str(index): reason for index, reason in sorted(self.doubted.items())}}


def record(*, responder: Responder, fixes: Sequence[Fix], source: str, by: User | None, at: datetime) -> Taken:
    """Keep one unit's positions. Raises as `take` does."""
    return take(sent=[Sent(responder.pk, fix, index) for index, fix in enumerate(fixes)], source=source, by=by, at=at)


def take(*, sent: Sequence[Sent], source: str, by: User | None, at: datetime) -> Taken:
    """Keep positions of any units; when this returns they are committed.

    Raises BAD_POSITION for what is no position at all, before anything is kept, and BUSY for a large lot of history while others are being
    kept: then what was fresh in it is kept already, and the whole may be sent again.
    """
    if not 0 < len(sent) <= MOST_POSITIONS:
        raise BAD_POSITION(f"Từ 1 đến {MOST_POSITIONS} vị trí một lần.", f"One to {MOST_POSITIONS} positions at a time.")
    for one in sent:
        _check(one)
    fresh_from = at - timedelta(seconds=CITY.units.backlog_s)
    fresh, old = [one for one in sent if one.fix.at >= fresh_from], [one for one in sent if one.fix.at < fresh_from]
    taken = together.keep(_Lot(fresh, source, by, at)) if fresh else Taken()
    if old:
        _keep_old(old, source, by, at, taken)
    return taken


def _check(one: Sent) -> None:
    fix = one.fix
    if not (math.isfinite(fix.lon) and math.isfinite(fix.lat) and abs(fix.lon) <= 180 and abs(fix.lat) <= 90):
        raise BAD_POSITION(f"Vị trí thứ {one.index}: {fix.lon}, {fix.lat}?", f"Position {one.index}: {fix.lon}, {fix.lat}?", index=one.index)
    if fix.at.tzinfo is None:
        raise BAD_POSITION(f"Vị trí thứ {one.index}: giờ không có múi giờ.", f"Position {one.index}: its time has no zone.", index=one.index)


@dataclass(frozen=True)
class _Unit:
    mode: str
    known: Known | None


@dataclass
class _Lot:
    """What one caller brought of what is fresh, and what came of it."""

    sent: Sequence[Sent]
    source: str
    by: User | None
    at: datetime
    taken: Taken = field(default_factory=Taken)
    failed: Exception | None = None
    done: threading.Event = field(default_factory=threading.Event)


class Together:
    """Lots that come at the same time are one transaction: the first thread waits a moment, keeps what has gathered and answers for all.

    A commit costs as much for five lots as for one, and so does telling of it. Nobody is answered before it.
    """

    def __init__(self, gather_s: float) -> None:
        self.gather_s = gather_s
        self._lock = threading.Lock()
        self._waiting: list[_Lot] = []
        self._led = False

    def keep(self, lot: _Lot) -> Taken:
        """Keep a lot; committed when it returns. Raises what the keeping raised."""
        if connection.in_atomic_block:
            # Within somebody's transaction, whose end is theirs to say: nobody else's lot may hang on it.
            _keep_fresh([lot])
            return lot.taken
        with self._lock:
            self._waiting.append(lot)
            leads, self._led = not self._led, True
        if leads:
            self.gather()
            with self._lock:
                lots, self._waiting, self._led = self._waiting, [], False
            self._keep(lots)
        lot.done.wait()
        if lot.failed is not None:
            raise lot.failed
        return lot.taken

    def gather(self) -> None:
        """Let others come."""
        time.sleep(self.gather_s)

    def _keep(self, lots: list[_Lot]) -> None:
        try:
            _keep_fresh(lots)
        except Exception as error:  # noqa: BLE001 (whose it is, each is told below)
            # One of them may be what the database will not take: each stands for itself then.
            for one in lots:
                one.taken = Taken()
                one.failed = self._alone(one) if len(lots) > 1 else error
        finally:
            for one in lots:
                one.done.set()

    def _alone(self, lot: _Lot) -> Exception | None:
        try:
            _keep_fresh([lot])
        except Exception as error:  # noqa: BLE001 (raised again by the thread whose lot it is)
            return error
        return None


together = Together(GATHER_S)


def _keep_fresh(lots: Sequence[_Lot]) -> None:
    people = {lot.by for lot in lots}
    by = people.pop() if len(people) == 1 else None
    with acting(by=by, because=f"positions by {', '.join(sorted({lot.source for lot in lots}))}"):
        # Locked in the order of their ids, so that two transactions about the same units never wait for each other.
        units = _units({one.responder_id for lot in lots for one in lot.sent}, lock=True)
        gathered: list[tuple[int, Judged, str]] = []
        for lot in lots:
            judged = _judged(lot.sent, units, lot.at)
            kept = _store(judged, lot.source, lot.at, lot.taken)
            units |= _moved_on(units, kept)
            gathered += [(unit_id, one, lot.source) for unit_id, one in kept]
        _move(gathered, max(lot.at for lot in lots))


def _moved_on(units: dict[int, _Unit], kept: Sequence[tuple[int, Judged]]) -> dict[int, _Unit]:
    """Where the units are known to be after these."""
    found: dict[int, _Unit] = {}
    for unit_id, one in kept:
        known = found.get(unit_id, units[unit_id]).known
        if known is None or known.at < one.fix.at:
            found[unit_id] = _Unit(units[unit_id].mode, one.known())
    return found


def _keep_old(sent: Sequence[Sent], source: str, by: User | None, at: datetime, taken: Taken) -> None:
    large = len(sent) >= LARGE_LOT
    if large and not _lots.acquire(blocking=False):
        raise BUSY("Đang nhận nhiều vị trí cũ; gửi lại sau.", "Many old positions are coming in; send again later.", retry_after_s=5)
    try:
        ordered = sorted(sent, key=lambda one: one.fix.at)
        for start in range(0, len(ordered), CHUNK):
            with acting(by=by, because=f"older positions by {source}"):
                chunk = ordered[start : start + CHUNK]
                judged = _judged(chunk, _units({one.responder_id for one in chunk}, lock=False), at)
                _move([(unit_id, one, source) for unit_id, one in _store(judged, source, at, taken)], at)
    finally:
        if large:
            _lots.release()


def _units(ids: Iterable[int], *, lock: bool) -> dict[int, _Unit]:
    with connection.cursor() as cursor:
        cursor.execute(statement("incidents", "units_before") + (" for no key update of r" if lock else ""), {"ids": sorted(ids)})
        return {
            row[0]: _Unit(row[1], Known(row[2], row[3], row[4], row[5]) if row[2] is not None and row[3] is not None else None) for row in cursor.fetchall()
        }


def _judged(sent: Sequence[Sent], units: dict[int, _Unit], at: datetime) -> list[tuple[Sent, Judged]]:
    by_unit: dict[int, list[Sent]] = defaultdict(list)
    for one in sent:
        by_unit[one.responder_id].append(one)
    late = {
        unit_id: group for unit_id, group in by_unit.items() if (known := units[unit_id].known) and min(one.fix.at for one in group) <= known.at
    }  # fmt: skip
    around = _around(late)
    found = []
    for unit_id, group in by_unit.items():
        known = units[unit_id].known
        standing = around[unit_id] if unit_id in late else []
        ordered = sorted(group, key=lambda one: one.fix.at)
        verdicts = judge(
            fixes=[one.fix for one in ordered], mode=units[unit_id].mode, standing=[*standing, *([known] if known else [])], received_at=at
        )  # fmt: skip
        found += list(zip(ordered, verdicts, strict=True))
    return found


def _around(late: dict[int, list[Sent]]) -> dict[int, list[Known]]:
    """What is stored around fixes that are not newer than all that is."""
    found: dict[int, list[Known]] = {unit_id: [] for unit_id in late}
    if late:
        moments = {unit_id: [one.fix.at for one in group] for unit_id, group in late.items()}
        given = {
            "ids": list(late),
            "from": [min(spans) - AROUND for spans in moments.values()],
            "until": [max(spans) + AROUND for spans in moments.values()],
        }
        with connection.cursor() as cursor:
            cursor.execute(statement("incidents", "positions_around"), given)
            for unit_id, at, x, y, accuracy_m in cursor.fetchall():
                found[unit_id].append(Known(at, x, y, accuracy_m))
    return found


def _store(judged: Sequence[tuple[Sent, Judged]], source: str, at: datetime, taken: Taken) -> list[tuple[int, Judged]]:
    """Write what is new; returns the good ones, whether they were new or not."""
    good = [(sent, one) for sent, one in judged if not one.reason and not one.twice]
    doubted = [(sent, one) for sent, one in judged if one.reason]
    new = _insert("keep_positions", [(sent.responder_id, one.x, one.y, one.fix) for sent, one in good], source, at)
    _insert("keep_doubts", [(sent.responder_id, one.fix.lon, one.fix.lat, one.fix) for sent, one in doubted], source, at, [one.reason for _, one in doubted])
    taken.accepted += new
    taken.ignored += len(judged) - len(doubted) - new
    taken.doubted |= {sent.index: one.reason for sent, one in doubted}
    return [(sent.responder_id, one) for sent, one in good]


def _insert(name: str, rows: Sequence[tuple[int, float, float, Fix]], source: str, at: datetime, reasons: Sequence[str] = ()) -> int:
    if not rows:
        return 0
    fixes = [row[3] for row in rows]
    given = {
        "ids": [row[0] for row in rows],
        "at": [fix.at for fix in fixes],
        "x": [row[1] for row in rows],
        "y": [row[2] for row in rows],
        "accuracy": [_measure(fix.accuracy_m) for fix in fixes],
        "speed": [_measure(fix.speed_kmh) for fix in fixes],
        "heading": [_measure(fix.heading_deg) for fix in fixes],
        "source": source,
        "received": at,
        "srid": CITY_SRID,
        "reasons": list(reasons),
        "most": MOST_DOUBTS_AN_HOUR,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement("incidents", name), given)
        return int(cursor.rowcount)


def _move(kept: Sequence[tuple[int, Judged, str]], at: datetime) -> None:
    """Move each unit to its newest good fix, never back, and tell it once for all of them."""
    newest: dict[int, tuple[Judged, str]] = {}
    for unit_id, one, source in kept:
        if unit_id not in newest or newest[unit_id][0].fix.at < one.fix.at:
            newest[unit_id] = (one, source)
    if not newest:
        return
    ordered = sorted(newest.items())
    fixes = [one.fix for _, (one, _) in ordered]
    given = {
        "ids": [unit_id for unit_id, _ in ordered],
        "at": [fix.at for fix in fixes],
        "x": [one.x for _, (one, _) in ordered],
        "y": [one.y for _, (one, _) in ordered],
        "accuracy": [_measure(fix.accuracy_m) for fix in fixes],
        "speed": [_measure(fix.speed_kmh) for fix in fixes],
        "heading": [_measure(fix.heading_deg) for fix in fixes],
        "source": [source for _, (_, source) in ordered],
        "srid": CITY_SRID,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement("incidents", "move_units"), given)
        moved = sorted(row[0] for row in cursor.fetchall())
    if moved:
        events.publish(kind="responder.moved", at=at, layer="responders", fids=moved)


def _measure(value: float | None) -> float | None:
    """Trackers send -1 or NaN for what they do not know."""
    return value if value is not None and math.isfinite(value) and value >= 0 else None


def moment(text: str) -> datetime:
    """The moment a tracker means: seconds or milliseconds since 1970, or RFC 3339. Raises BAD_POSITION."""
    try:
        number = float(text)
    except ValueError:
        try:
            given = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
        except ValueError as error:
            raise BAD_POSITION(f"Không đọc được giờ {text!r}.", f"The time {text!r} cannot be read.") from error
        return given if given.tzinfo else given.replace(tzinfo=UTC)
    try:
        return datetime.fromtimestamp(number / 1000 if number > MILLISECONDS_FROM else number, UTC)
    except (OverflowError, OSError, ValueError) as error:
        raise BAD_POSITION(f"Không đọc được giờ {text!r}.", f"The time {text!r} cannot be read.") from error
