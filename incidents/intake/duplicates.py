"""Is it the same as one that we have? Cases of every channel by place, time, kind, words and telephone, each with a score and its reasons.

How near and how soon is the category's own (the city profile). What is not known of a case weighs nothing: one without a place is found by
its words, its time and its telephone. It also notices when many reports around one place are one large event.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from geo.city import CITY, Category
from geo.crs import CITY_SRID, to_city
from geo.sql import statement
from layers.access import Opened, Scope, opened

MOST_LOOKED_AT = 200
# Words are compared one by one, which costs a quarter of a millisecond each on a busy machine.
MOST_COMPARED = 100
MOST_SUGGESTED = 20
# Below it the likeness is chance.
LEAST_SCORE = 0.35
LEAST_WORDS = 0.3
# What each thing that is known weighs; the words speak for a case and never against it, and the more where there is no place.
WEIGHTS = {"place": 0.5, "time": 0.25, "kind": 0.25}
WORDS_SHARE, WORDS_ALONE = 0.2, 0.5
SAME_PHONE = 0.25
KIN = 0.6
# These are no cases to merge into.
NEVER = ("duplicate", "cancelled", "unfounded")


@dataclass(frozen=True)
class Suggestion:
    """A case that may be the same: how likely (0..1), and why, in both languages."""

    id: int
    score: float
    ended: bool
    reasons: tuple[dict[str, str], ...]

    def as_dict(self) -> dict[str, Any]:
        return {"score": self.score, "ended": self.ended, "reasons": list(self.reasons)}


def kin(category: Category) -> list[str]:
    """The categories that one may be taken for: of the same family (the CAP category), or named in the profile."""
    return [other.code for other in CITY.categories.values() if other.cap == category.cap or other.code in category.kin or category.code in other.kin]


def suggested(item: Mapping[str, Any], scope: Scope) -> list[Suggestion]:
    """Cases that may be the same as this one (as queries shows it), the likeliest first; only such as the caller may see."""
    category = CITY.categories.get(item["category"])
    if category is None:
        return []
    seen = opened("incidents", scope)
    text, params = asked(item, category, seen)
    with connection.cursor() as cursor:
        cursor.execute(text, params)
        found = [_judged(item, category, row) for row in cursor if _comparable(row)]
    likely = [one for one in found if one.score >= LEAST_SCORE]
    return sorted(likely, key=lambda one: (one.ended, -one.score, one.id))[:MOST_SUGGESTED]


def asked(item: Mapping[str, Any], category: Category, seen: Opened) -> tuple[str, dict[str, Any]]:
    """The statement and its parameters."""
    x, y = _place(item)
    at, span = datetime.fromisoformat(item["reported_at"]), timedelta(minutes=category.duplicate_min)
    return _composed("duplicates", seen), {
        **seen.params,
        "id": item["id"],
        "x": x,
        "y": y,
        "reach_m": reach_m(item, category),
        "at": at,
        "since": at - span,
        "until": at + span,
        "kin": kin(category),
        "phone": item.get("reporter_phone") or "",
        "words": f"{item.get('description') or ''} {item.get('place_name') or ''}",
        "exercise": item["exercise"],
        "never": list(NEVER),
        "most": MOST_LOOKED_AT,
        "most_told": MOST_COMPARED,
    }


def _composed(name: str, seen: Opened) -> str:
    with connection.cursor() as cursor:
        phones = "true" if any(field.name == "reporter_phone" for field in seen.fields) else "false"
        relation, where = seen.relation.as_string(cursor.cursor), seen.where.as_string(cursor.cursor)
        return statement("incidents", name).format(relation=relation, where=where, srid=CITY_SRID, phones=phones)


def reach_m(item: Mapping[str, Any], category: Category) -> float:
    """How far the same thing may have been placed: the category's radius, and how unsure the place is, up to as much again."""
    return category.duplicate_m + min(item.get("accuracy_m") or 0.0, category.duplicate_m)


def _place(item: Mapping[str, Any]) -> tuple[float | None, float | None]:
    return (None, None) if item["lon"] is None else to_city(item["lon"], item["lat"])


def _comparable(row: tuple[Any, ...]) -> bool:
    """The same kind at the same hour is not yet the same thing: without two places, the words or the telephone must speak for it."""
    *_, metres, _seconds, words, same_phone = row
    return metres is not None or (words or 0) >= LEAST_WORDS or bool(same_phone)


def _judged(item: Mapping[str, Any], category: Category, row: tuple[Any, ...]) -> Suggestion:
    fid, code, channel, status, metres, seconds, words, same_phone = row
    known = {
        "place": None if metres is None else max(0.0, 1 - metres / (2 * reach_m(item, category))),
        "time": max(0.0, 1 - abs(float(seconds)) / (category.duplicate_min * 60)),
        "kind": 1.0 if code == category.code else KIN if code in kin(category) else 0.0,
    }
    told = float(words) if (words or 0) >= LEAST_WORDS else 0.0
    weight = sum(WEIGHTS[name] for name, value in known.items() if value is not None)
    base = sum(WEIGHTS[name] * value for name, value in known.items() if value is not None) / weight
    share = WORDS_ALONE if metres is None else WORDS_SHARE
    score = min(1.0, (1 - share) * base + share * told + (SAME_PHONE if same_phone else 0.0))
    known["words"] = told
    reasons = tuple(_reasons(item, known, metres, float(seconds), code, channel, bool(same_phone)))
    return Suggestion(fid, round(score, 3), status in ("closed", "transferred"), reasons)


def _reasons(
    item: Mapping[str, Any], known: Mapping[str, float | None], metres: float | None, seconds: float, code: str, channel: str, same_phone: bool
) -> list[dict[str, str]]:
    words, other = known["words"], CITY.channels.get(channel)
    said = [
        (metres is not None, "place", f"cách {metres or 0:.0f} m", f"{metres or 0:.0f} m away"),
        (True, "time", *_when(seconds)),
        (known["kind"] == 1, "kind", "cùng loại", "same kind"),
        (known["kind"] == KIN, "kind", f"cùng nhóm ({_named(code, 'vi')})", f"of the same family ({_named(code, 'en')})"),
        (bool(words), "words", f"lời kể giống {100 * (words or 0):.0f}%", f"told alike, {100 * (words or 0):.0f}%"),
        (same_phone, "phone", "cùng số điện thoại", "same telephone"),
        (channel != item["channel"] and other is not None, "channel", f"qua {other.vi if other else ''}", f"by {other.en if other else ''}"),
    ]
    return [{"code": name, "vi": vi, "en": en} for holds, name, vi, en in said if holds]


def _when(seconds: float) -> tuple[str, str]:
    span = abs(seconds)
    number, vi, en = next(
        (int(span // size), vi, en)
        for size, vi, en in ((86_400, "ngày", "days"), (3_600, "giờ", "h"), (60, "phút", "min"), (1, "giây", "s"))
        if span >= size or size == 1
    )
    return (f"trước {number} {vi}", f"{number} {en} earlier") if seconds >= 0 else (f"sau {number} {vi}", f"{number} {en} later")


def _named(code: str, language: str) -> str:
    category = CITY.categories.get(code)
    return category.as_dict()[language] if category else code


def mass(item: Mapping[str, Any], scope: Scope) -> dict[str, Any] | None:
    """One large event in many reports, so near and so soon as the profile says: which cases, and which of them would be the parent. None: it is not."""
    x, y = _place(item)
    if x is None or item["closed_at"]:
        return None
    rule, seen, at = CITY.mass_event, opened("incidents", scope), datetime.fromisoformat(item["reported_at"])
    span = timedelta(minutes=rule.within_min)
    params = {"id": item["id"], "x": x, "y": y, "reach_m": rule.within_m, "since": at - span, "until": at + span, "exercise": item["exercise"]}
    with connection.cursor() as cursor:
        cursor.execute(_composed("mass", seen), {**seen.params, **params})
        rows = cursor.fetchall()
    reports = sum(n for _, _, n in rows)
    if reports < rule.reports:
        return None
    wholes = [parent for _, parent, _ in rows if parent is not None]
    whole = max(set(wholes), key=wholes.count) if wholes else rows[0][0]
    loose = [fid for fid, parent, _ in rows if parent is None and fid != whole]
    vi = f"{reports} tin báo trong {rule.within_m:.0f} m và {rule.within_min:.0f} phút: có thể là một sự kiện lớn."
    en = f"{reports} reports within {rule.within_m:.0f} m and {rule.within_min:.0f} minutes: it may be one large event."
    return {"reports": reports, "parent": whole, "parts": loose, "words": {"vi": vi, "en": en}} if loose else None
