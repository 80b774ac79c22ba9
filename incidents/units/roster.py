"""The duty roster (lịch trực): who is on call for an agency at a moment, who took whose turn and why, and where nobody is or one is twice.

A turn that is handed over keeps who had it. A table is taken in whole or not at all, and each of its lines that cannot be read is named.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Prefetch

from geo import events
from geo.acting import acting
from geo.city import CITY
from geo.errors import NOT_FOUND, define
from geo.models import Agency, User
from incidents.models import DutyTurn, Member, Substitution

BAD_ROSTER = define("bad_roster", 422, "Bảng lịch trực không đọc được", "The duty roster cannot be read")
BAD_TURN = define("bad_turn", 422, "Lượt trực không hợp lệ", "The turn cannot be used")
TURN_TAKEN = define("turn_taken", 409, "Người này đã có lượt trực này", "This person has this turn already")
REASON_FOR_CHANGE = define("reason_for_change", 422, "Đổi ca cần lý do", "A change of turn needs a reason")

EVENTS = ("roster.changed",)
MOST_LINES = 2_000
LONGEST_TURN = timedelta(hours=72)
LONGEST_SPAN = timedelta(days=62)
# A post that was kept within so many days before is expected to be kept on.
EXPECTED = timedelta(days=3)

# The heads of a roster's columns as people write them.
HEADS: dict[str, tuple[str, ...]] = {
    "day": ("ngày", "day", "date"),
    "hours": ("ca", "giờ", "hours", "shift"),
    "agency": ("đơn vị", "cơ quan", "agency"),
    "post": ("vị trí", "nhiệm vụ", "post"),
    "name": ("người trực", "họ tên", "người", "name"),
    "phone": ("điện thoại", "số điện thoại", "phone"),
}
NEEDED = ("day", "hours", "name")
DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})|(\d{4})-(\d{2})-(\d{2})")
HOURS = re.compile(r"(\d{1,2})(?:[:hg](\d{2})?)?\s*[-–đến]+\s*(\d{1,2})(?:[:hg](\d{2})?)?", re.IGNORECASE)


@dataclass(frozen=True)
class OnCall:
    """Somebody on call: for whom, at which post, until when, instead of whom."""

    agency: str
    agency_name: str
    post: str
    name: str
    phone: str
    starts_at: datetime
    until: datetime
    instead_of: str | None
    turn: int
    member: int

    def as_dict(self) -> dict[str, Any]:
        return dict(vars(self))


@dataclass(frozen=True)
class Fault:
    """Where a roster does not hold: nobody on a post, or one person on two at once."""

    kind: str
    agency: str
    post: str
    from_: datetime
    until: datetime
    name: str = ""
    other_post: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {**{key: value for key, value in vars(self).items() if key != "from_"}, "from": self.from_}


def on_call(*, agency: Agency | str | None, at: datetime) -> list[OnCall]:
    """Who is on call at that moment, for one agency (itself or its code) or for all, by agency and post."""
    return [_on_call(turn) for turn in _turns(agency, at, at + timedelta(microseconds=1))]


def turns(*, from_: datetime, until: datetime, agency: Agency | str | None = None) -> list[OnCall]:
    """Every turn that touches the span. Raises BAD_TURN for a span that is none or too long."""
    if not from_ < until <= from_ + LONGEST_SPAN:
        raise BAD_TURN("Khoảng thời gian phải từ trước đến sau, tối đa 62 ngày.", "A span goes from before to after, at most 62 days.")
    return [_on_call(turn) for turn in _turns(agency, from_, until)]


def _turns(agency: Agency | str | None, from_: datetime, until: datetime) -> Iterable[DutyTurn]:
    found = DutyTurn.objects.filter(starts_at__lt=until, ends_at__gt=from_)
    if agency is not None:
        found = found.filter(agency__code=agency) if isinstance(agency, str) else found.filter(agency=agency)
    changes = Prefetch("substitutions", Substitution.objects.select_related("was").order_by("pk"))
    return found.select_related("agency", "member").prefetch_related(changes).order_by("agency__code", "post", "starts_at", "pk")


def _on_call(turn: DutyTurn) -> OnCall:
    changes = list(turn.substitutions.all())
    first = changes[0].was.name if changes and changes[0].was_id != turn.member_id else None
    member = turn.member
    return OnCall(
        turn.agency.code, turn.agency.name, turn.post, member.name, member.phone, turn.starts_at, turn.ends_at, first, turn.pk, member.pk
    )  # fmt: skip


def add(*, agency: str, post: str, member_id: int, starts_at: datetime, ends_at: datetime, by: User, at: datetime) -> DutyTurn:
    """One turn by hand. Raises NOT_FOUND, BAD_TURN, TURN_TAKEN."""
    _check_span(starts_at, ends_at)
    with acting(by=by, because=f"duty roster of {agency}"):
        member = Member.objects.filter(pk=member_id, active=True).first()
        body = Agency.objects.filter(code=agency).first()
        if member is None or body is None:
            raise NOT_FOUND()
        made, fresh = DutyTurn.objects.get_or_create(agency=body, post=_post(post), starts_at=starts_at, member=member, defaults={"ends_at": ends_at})
        if not fresh:
            raise TURN_TAKEN()
        _tell(at)
    return made


def remove(*, turn_id: int, by: User, at: datetime) -> None:
    """A turn that was a mistake. Raises NOT_FOUND, and BAD_TURN for one that has begun: what was kept stays told."""
    with acting(by=by, because=f"turn {turn_id} taken away"):
        turn = _locked(turn_id)
        if turn.starts_at <= at:
            raise BAD_TURN("Lượt trực đã bắt đầu: chỉ đổi người.", "The turn has begun: it can only be handed over.")
        turn.delete()
        _tell(at)


def substitute(*, turn_id: int, member_id: int, because: str, by: User, at: datetime) -> DutyTurn:
    """Somebody takes the turn instead (đổi ca). Raises NOT_FOUND, REASON_FOR_CHANGE, TURN_TAKEN, BAD_TURN for one that is over."""
    if not because.strip():
        raise REASON_FOR_CHANGE("Ghi lý do đổi ca.", "Say why the turn changes hands.")
    with acting(by=by, because=because.strip()):
        turn = _locked(turn_id)
        now = Member.objects.filter(pk=member_id, active=True).first()
        if now is None:
            raise NOT_FOUND("Không có người này.", "There is no such person.")
        if turn.ends_at <= at:
            raise BAD_TURN("Lượt trực đã qua.", "The turn is over.")
        same = DutyTurn.objects.filter(agency=turn.agency, post=turn.post, starts_at=turn.starts_at, member=now)
        if turn.member_id == now.pk or same.exists():
            raise TURN_TAKEN(f"{now.name} đã có lượt này.", f"{now.name} has this turn already.")
        Substitution.objects.create(turn=turn, was=turn.member, now=now, at=at, by=by, because=because.strip()[:300])
        turn.member = now
        turn.save(update_fields=["member"])
        _tell(at)
    return turn


def add_member(*, agency: str, name: str, phone: str, qualifications: Sequence[str], by: User, at: datetime) -> Member:
    """Somebody who serves or is on call; the same name and telephone again is the same person, with these qualifications. Raises NOT_FOUND."""
    with acting(by=by, because=f"member {name} of {agency}"):
        body = Agency.objects.filter(code=agency).first()
        if body is None or not name.strip():
            raise NOT_FOUND("Không có đơn vị này.", "There is no such agency.")
        made, _ = Member.objects.update_or_create(
            agency=body, name=name.strip(), phone=phone.strip(), defaults={"qualifications": list(qualifications), "active": True}
        )
        _tell(at)
    return made


def faults(*, from_: datetime, until: datetime, agency: Agency | str | None = None) -> list[Fault]:
    """Gaps and overlaps of the rosters within a span: a post that has been kept and then is not, a person who is on two posts at once."""
    known = list(_turns(agency, from_ - EXPECTED, until))
    by_post: dict[tuple[str, str], list[DutyTurn]] = defaultdict(list)
    by_member: dict[int, list[DutyTurn]] = defaultdict(list)
    for turn in known:
        by_post[turn.agency.code, turn.post].append(turn)
        by_member[turn.member_id].append(turn)
    found = [fault for (code, post), kept in by_post.items() for fault in _gaps(code, post, kept, from_, until)]
    found += [fault for kept in by_member.values() for fault in _twice(kept, from_, until)]
    return sorted(found, key=lambda fault: (fault.from_, fault.agency, fault.post, fault.kind))


def _gaps(code: str, post: str, kept: Sequence[DutyTurn], from_: datetime, until: datetime) -> Iterable[Fault]:
    covered = max(from_, min(turn.starts_at for turn in kept))
    for turn in sorted(kept, key=lambda one: one.starts_at):
        if turn.starts_at > covered:
            yield Fault("gap", code, post, covered, min(turn.starts_at, until))
        covered = max(covered, turn.ends_at)
    if covered < until:
        yield Fault("gap", code, post, covered, until)


def _twice(kept: Sequence[DutyTurn], from_: datetime, until: datetime) -> Iterable[Fault]:
    ordered = sorted(kept, key=lambda one: (one.starts_at, one.pk))
    for number, turn in enumerate(ordered):
        for other in ordered[number + 1 :]:
            if other.starts_at >= turn.ends_at:
                break
            start, end = max(other.starts_at, from_), min(turn.ends_at, other.ends_at, until)
            if start < end:
                yield Fault("overlap", turn.agency.code, turn.post, start, end, turn.member.name, other.post)


# A table of turns


@dataclass(frozen=True)
class Line:
    """One line of a table as it was understood."""

    agency: str
    post: str
    name: str
    phone: str
    starts_at: datetime
    ends_at: datetime


def read(text: str, *, agency: str = "") -> tuple[list[Line], list[dict[str, Any]]]:
    """A pasted table (comma, semicolon or tab) as lines, and what is wrong with which. Raises BAD_ROSTER where it is no roster at all."""
    rows = list(csv.reader(text.strip().lstrip("\ufeff").splitlines(), delimiter=_delimiter(text)))
    if not 1 < len(rows) <= MOST_LINES + 1:
        raise BAD_ROSTER(f"Cần dòng tiêu đề và 1–{MOST_LINES} dòng.", f"A head and 1 to {MOST_LINES} lines are needed.")
    heads = _heads(rows[0])
    if missing := [HEADS[name][0] for name in NEEDED if name not in heads]:
        raise BAD_ROSTER(f"Thiếu cột: {', '.join(missing)}.", f"Columns are missing: {', '.join(missing)}.", columns=rows[0])
    agencies = {word.casefold(): body.code for body in Agency.objects.all() for word in (body.code, body.name)}
    lines, wrong = [], []
    for number, row in enumerate(rows[1:], start=2):
        cells = {name: (row[place].strip() if place < len(row) else "") for name, place in heads.items()}
        if not any(cells.values()):
            continue
        try:
            lines.append(_line(cells, agencies, agency))
        except ValueError as error:
            wrong.append({"line": number, "what": str(error), "text": ", ".join(row)[:200]})
    return lines, wrong


def _delimiter(text: str) -> str:
    head = text.strip().splitlines()[0] if text.strip() else ""
    return max("\t;,", key=head.count)


def _heads(row: Sequence[str]) -> dict[str, int]:
    said = {word: name for name, words in HEADS.items() for word in words}
    return {said[cell.strip().casefold()]: place for place, cell in enumerate(row) if cell.strip().casefold() in said}


def _line(cells: dict[str, str], agencies: dict[str, str], otherwise: str) -> Line:
    code = agencies.get((cells.get("agency") or otherwise).casefold())
    if code is None:
        raise ValueError(f"đơn vị {cells.get('agency') or otherwise!r}?")
    if not cells["name"] or len(cells["name"]) > 120 or len(cells.get("phone", "")) > 40 or len(cells.get("post", "")) > 80:
        raise ValueError("tên người trực?")
    starts_at, ends_at = _span(cells["day"], cells["hours"])
    return Line(code, cells.get("post") or "Trực ban", cells["name"], cells.get("phone", ""), starts_at, ends_at)


def _span(day: str, hours: str) -> tuple[datetime, datetime]:
    """26/11/2026 with 7h00-19h00, 19:00-07:00 (into the next day) or 24/24."""
    found = DAY.fullmatch(day.strip())
    if not found:
        raise ValueError(f"ngày {day!r}?")
    numbers = [int(part) for part in found.groups() if part]
    year, month, number = numbers if found.group(4) else numbers[::-1]
    if hours.replace(" ", "") in ("24/24", "24h", "24/7"):
        begin, end = time(0), time(0)
    else:
        told = HOURS.fullmatch(hours.strip())
        if not told:
            raise ValueError(f"giờ {hours!r}?")
        first, first_min, last, last_min = told.groups()
        begin, end = _clock(first, first_min), _clock(last, last_min)
    start = datetime(year, month, number, begin.hour, begin.minute, tzinfo=ZoneInfo(CITY.timezone))
    finish = start.replace(hour=end.hour, minute=end.minute)
    return start, finish if finish > start else finish + timedelta(days=1)


def _clock(hour: str, minute: str | None) -> time:
    return time(int(hour) % 24 if int(hour) == 24 else int(hour), int(minute or 0))


def take_in(*, text: str, agency: str = "", dry_run: bool = False, by: User, at: datetime) -> dict[str, Any]:
    """A whole table of turns, all or none; the same table twice adds nothing. Raises BAD_ROSTER, which names each wrong line."""
    lines, wrong = read(text, agency=agency)
    if wrong and not dry_run:
        first = wrong[0]
        raise BAD_ROSTER(f"Dòng {first['line']}: {first['what']}", f"Line {first['line']}: {first['what']}", lines=wrong)
    if dry_run:
        return {"lines": len(lines), "wrong": wrong, "added": 0, "standing": 0, "members": 0}
    with acting(by=by, because=f"duty roster of {len(lines)} lines"):
        bodies = {body.code: body for body in Agency.objects.filter(code__in={line.agency for line in lines})}
        members = {(line.agency, line.name, line.phone): None for line in lines}
        fresh_members = 0
        people: dict[tuple[str, str, str], Member] = {}
        for key in members:
            people[key], fresh = Member.objects.get_or_create(agency=bodies[key[0]], name=key[1], phone=key[2])
            fresh_members += fresh
        before = DutyTurn.objects.count()
        rows = [
            DutyTurn(
                agency=bodies[line.agency],
                post=line.post,
                member=people[line.agency, line.name, line.phone],
                starts_at=line.starts_at,
                ends_at=line.ends_at,
                source="table",
            )
            for line in lines
        ]
        DutyTurn.objects.bulk_create(rows, ignore_conflicts=True)
        added = DutyTurn.objects.count() - before
        if added:
            _tell(at)
    return {"lines": len(lines), "wrong": [], "added": added, "standing": len(lines) - added, "members": fresh_members}


def _post(post: str) -> str:
    post = post.strip() or "Trực ban"
    if len(post) > 80:
        raise BAD_TURN("Tên vị trí quá dài.", "The post's name is too long.")
    return post


def _check_span(starts_at: datetime, ends_at: datetime) -> None:
    if not starts_at < ends_at <= starts_at + LONGEST_TURN:
        raise BAD_TURN("Lượt trực kết thúc sau khi bắt đầu, tối đa 72 giờ.", "A turn ends after it starts, within 72 hours.")


def _locked(turn_id: int) -> DutyTurn:
    turn = DutyTurn.objects.select_for_update(of=("self",)).select_related("member", "agency").filter(pk=turn_id).first() if 0 < turn_id < 2**63 else None
    if turn is None:
        raise NOT_FOUND()
    return turn


def _tell(at: datetime) -> None:
    events.publish(kind="roster.changed", at=at, layer="responders")
