"""A list of land uses as a CSV file, and what it makes of the list that stands: codes that go on, that begin, and that end on the day it begins."""

import csv
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.db import transaction

from geo.errors import define
from layers.library.land_uses import LAND_USES, LandUse, valid_on

COLUMNS = ("code", "vi", "en", "valid_until", "source")
CODE = re.compile(r"[A-Z][A-Z0-9+]{1,5}", re.ASCII)
LONGEST_NAME = 120
MOST_CODES = 500

BAD_LIST = define("bad_land_use_list", 422, "Danh mục loại đất không đọc được", "The list of land uses cannot be read")


@dataclass(frozen=True)
class Loaded:
    """How many codes began, went on as they were, and ended."""

    began: int
    stayed: int
    ended: int


def read(path: Path) -> list[LandUse]:
    """The codes of a CSV file with a header (code, vi; en, valid_until, source), UTF-8. Raises BAD_LIST with the line."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as opened:
            rows = csv.DictReader(opened)
            missing = {"code", "vi"} - set(rows.fieldnames or ())
            unknown = set(rows.fieldnames or ()) - set(COLUMNS)
            if missing or unknown:
                raise _bad(1, f"cột phải có: code, vi; có thể có: {', '.join(COLUMNS[2:])}", f"columns are code, vi and any of {', '.join(COLUMNS[2:])}")
            uses = [_use(line, row) for line, row in enumerate(rows, 2)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise _bad(0, "tệp phải là CSV, UTF-8", "the file must be CSV in UTF-8") from error
    if not 1 <= len(uses) <= MOST_CODES:
        raise _bad(0, f"cần từ 1 đến {MOST_CODES} mã", f"between 1 and {MOST_CODES} codes are needed")
    codes = [use.code for use in uses]
    if twice := next((code for code in codes if codes.count(code) > 1), None):
        raise _bad(codes.index(twice) + 2, f"mã {twice} có hai lần", f"the code {twice} stands twice")
    return uses


@transaction.atomic
def load(uses: list[LandUse], *, begins_on: date) -> Loaded:
    """Make the list that of the file from a day on: what it does not name ends then, what it names anew begins."""
    present = {use.code: use for use in LandUse.objects.select_for_update().filter(valid_on(begins_on))}
    same = {use.code for use in uses if use.code in present and (present[use.code].vi, present[use.code].en) == (use.vi, use.en)}
    ending = LandUse.objects.filter(pk__in=[use.pk for code, use in present.items() if code not in same])
    # What would have begun on that very day is replaced, not ended before it began.
    ending.filter(valid_from=begins_on).delete()
    ended = ending.update(valid_until=begins_on)
    for place, use in enumerate(uses):
        if use.code in same:
            LandUse.objects.filter(pk=present[use.code].pk).update(order=place, valid_until=use.valid_until, source=use.source or present[use.code].source)
    # A list that was announced for later gives way to this one.
    LandUse.objects.filter(valid_from__gt=begins_on).delete()
    fresh = [use for use in uses if use.code not in same]
    for use in fresh:
        use.valid_from, use.order = begins_on, uses.index(use)
    LandUse.objects.bulk_create(fresh)
    LAND_USES.forget()
    return Loaded(len(fresh), len(same), ended)


def _use(line: int, row: dict[str, str | None]) -> LandUse:
    given = {name: (value or "").strip() for name, value in row.items() if isinstance(name, str)}
    if not CODE.fullmatch(given["code"]):
        raise _bad(line, f"mã {given['code'][:20]!r} phải gồm 2 đến 6 chữ in hoa", f"the code {given['code'][:20]!r} must be 2 to 6 capitals")
    if not 0 < len(given["vi"]) <= LONGEST_NAME or len(given.get("en", "")) > LONGEST_NAME:
        raise _bad(line, f"tên từ 1 đến {LONGEST_NAME} ký tự", f"a name has 1 to {LONGEST_NAME} characters")
    try:
        until = date.fromisoformat(given["valid_until"]) if given.get("valid_until") else None
    except ValueError as error:
        raise _bad(line, "ngày viết theo dạng 2026-12-31", "a date is written 2026-12-31") from error
    return LandUse(code=given["code"], vi=given["vi"], en=given.get("en", ""), valid_until=until, source=given.get("source", "")[:200])


def _bad(line: int, vi: str, en: str) -> Exception:
    return BAD_LIST(f"Dòng {line}: {vi}." if line else f"{vi}.", f"Line {line}: {en}." if line else f"{en}.", line=line)
