"""Two years of cases, each with its steps and the units that went, as columns: drawn by the rhythms, cut off at the present."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import shapely

from geo import days_off
from geo.city import CITY
from geo.config.demo import lines, rhythms, scenes
from geo.config.demo.kinds import ANSWERS, CHANNELS, FAMILY, GIVEN, KINDS, MIDDLE
from geo.config.demo.rows import Column
from geo.config.demo.scenes import Scenes
from incidents.models import CODE_LENGTH, CODE_LETTERS

QUIET_S = 5_400  # immediate cases of the last hour and a half are laid by hand: geo.config.demo.present
NOTHING = np.nan
# What becomes of a case: shares of the immediate and of the timed.
FATES = {
    "immediate": {"handled": 0.83, "phone": 0.06, "unfounded": 0.05, "duplicate": 0.035, "cancelled": 0.025},
    "timed": {"answered": 0.86, "phone": 0.05, "unfounded": 0.04, "duplicate": 0.035, "cancelled": 0.015},
}
REASONS = {"unfounded": "Không có sự việc tại nơi báo", "cancelled": "Người báo rút tin", "duplicate": "Trùng với tin đã nhận"}


@dataclass(frozen=True)
class History:
    """Cases in the order they were reported: their columns, the moment of each step (NaN: never), and what became of them."""

    category: np.ndarray
    process: np.ndarray
    fate: np.ndarray
    points: np.ndarray
    moments: dict[str, np.ndarray]
    merged_into: np.ndarray
    columns: dict[str, Column]

    def __len__(self) -> int:
        return len(self.category)


def draw(city: Scenes, *, n: int, days: int, until: datetime, agencies: dict[str, int], seed: int) -> History:
    """`n` cases of the last `days` days."""
    chance = lines.generator(seed, "cases")
    category, at_s, points = _what_when_where(city, n, days, until, chance)
    process = np.array([CITY.categories[code].process for code in category], dtype=object)
    fate = _fates(process, chance)
    category, at_s, points, process, fate, merged_into = _with_duplicates(category, at_s, points, process, fate, until, chance)
    moments = _moments(at_s, category, process, fate, chance)
    now_s = until.timestamp()
    moments = {step: np.where(moment <= now_s, moment, NOTHING) for step, moment in moments.items()}
    columns = _columns(city, category, process, fate, points, moments, agencies, chance)
    return History(category, process, fate, points, moments, merged_into, columns)


def _what_when_where(city: Scenes, n: int, days: int, until: datetime, chance: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    codes = [code for code in KINDS if code in CITY.categories]
    rates = np.array([KINDS[code].monthly for code in codes])
    counts = chance.multinomial(n, rates / rates.sum())
    category = np.repeat(np.array(codes, dtype=object), counts)
    end = {"immediate": until - timedelta(seconds=QUIET_S), "timed": until}
    at_s, points = [], []
    for code, count in zip(codes, counts, strict=True):
        kind = KINDS[code]
        at_s.append(rhythms.moments(rhythms.RHYTHMS[kind.rhythm], count, until=end[CITY.categories[code].process], days=days, chance=chance))
        points.append(city.draw(kind.where, count, chance))
    return category, np.concatenate(at_s), np.vstack(points)


def _fates(process: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    found = np.empty(len(process), dtype=object)
    for name, shares in FATES.items():
        mine = process == name
        found[mine] = chance.choice(np.array(list(shares), dtype=object), int(mine.sum()), p=list(shares.values()))
    return found


def _with_duplicates(
    category: np.ndarray, at_s: np.ndarray, points: np.ndarray, process: np.ndarray, fate: np.ndarray, until: datetime, chance: np.random.Generator
) -> tuple[np.ndarray, ...]:
    """Everything in the order of reporting. A duplicate moves next to a case of its category, soon after it, and points to it."""
    original = np.full(len(category), -1)
    for code in np.unique(category):
        mine = np.flatnonzero(category == code)
        first = mine[fate[mine] != "duplicate"]
        again = mine[fate[mine] == "duplicate"]
        if not len(first):
            fate[again] = "unfounded"
            continue
        row = CITY.categories[code]
        target = chance.choice(first, len(again))
        later_s = at_s[target] + chance.uniform(20, min(row.duplicate_min * 60, 6 * 86_400) * 0.8, len(again))
        fits = later_s < until.timestamp() - QUIET_S
        fate[again[~fits]] = "unfounded"
        again, target = again[fits], target[fits]
        at_s[again], original[again] = np.round(later_s[fits], 3), target
        points[again] = np.round(points[target] + chance.normal(0, row.duplicate_m / 5, (len(again), 2)), lines.DIGITS)
    order = np.lexsort((np.arange(len(at_s)), at_s))
    place = np.empty(len(order), dtype=int)
    place[order] = np.arange(len(order))
    merged = np.where(original[order] >= 0, place[original[order]], -1)
    return category[order], at_s[order], points[order], process[order], fate[order], merged


def _after(moment: np.ndarray, median_s: float, spread: float, chance: np.random.Generator, least_s: float = 3) -> np.ndarray:
    """A moment later by a time that is usually near the median and sometimes much longer."""
    return np.round(moment + least_s + median_s * np.exp(chance.normal(0, spread, len(moment))), 3)


def _moments(at_s: np.ndarray, category: np.ndarray, process: np.ndarray, fate: np.ndarray, chance: np.random.Generator) -> dict[str, np.ndarray]:
    """When each step was done, as if nothing were cut off at the present."""
    now = process == "immediate"
    heard = np.where(now, _after(at_s, 17, 0.62, chance), _after(at_s, 420, 1.0, chance))
    known = np.where(now, _after(heard, 62, 0.55, chance), _after(heard, 5_400, 0.9, chance))
    handled, answered = now & (fate == "handled"), ~now & (fate == "answered")
    sent = _after(known, 44, 0.55, chance)
    away = _after(sent, 70, 0.45, chance)
    there = _after(away, 340, 0.5, chance)
    stay_s = np.array([KINDS[code].on_scene_min for code in category]) * 60
    tamed = np.round(there + stay_s * chance.uniform(0.35, 0.7, len(at_s)), 3)
    left = np.round(tamed + stay_s * chance.uniform(0.2, 0.6, len(at_s)), 3)
    forwarded = _working_hours(_after(known, 1_500, 0.8, chance))
    days_s = np.array([CITY.categories[code].deadline_days for code in category]) * 86_400.0
    done = _working_hours(forwarded + days_s * np.exp(chance.normal(-0.42, 0.55, len(at_s))))
    checked = _working_hours(_after(done, 30_000, 0.8, chance))
    closed = np.select(
        [handled, answered, fate == "phone", fate == "unfounded", fate == "duplicate", fate == "cancelled"],
        [_after(left, 500, 0.6, chance), checked, _after(known, 400, 0.6, chance), known, known, _after(heard, 900, 0.8, chance)],
    )
    only = {  # which cases have the step at all
        "acknowledge": np.full(len(at_s), True),
        "verify": np.isin(fate, ("handled", "answered", "phone")),
        "dispatch": handled,
        "enroute": handled,
        "on_scene": handled,
        "under_control": handled & np.isin(category, ("house_fire", "vehicle_fire", "rubbish_fire", "boat_fire", "landslide", "high_tide", "crowd", "fight")),
        "clear": handled,
        "forward": answered,
        "answer": answered,
        "close": np.full(len(at_s), True),
    }
    every = {
        "acknowledge": heard, "verify": known, "dispatch": sent, "enroute": away, "on_scene": there, "under_control": tamed, "clear": left,
        "forward": forwarded, "answer": done, "close": closed,
    }  # fmt: skip
    return {"report": at_s, **{step: np.where(only[step], moment, NOTHING) for step, moment in every.items()}}


def _working_hours(at_s: np.ndarray) -> np.ndarray:
    """The same moment when an office is open, else the next morning: offices work from half past seven to five, Monday to Friday."""
    offset_s = rhythms.offset_s()
    days = np.floor((at_s + offset_s) / 86_400).astype(np.int64)
    of_day_s = at_s + offset_s - days * 86_400
    weekday = (days + 3) % 7
    late = of_day_s > 17 * 3_600
    ahead = np.where(weekday == 4, np.where(late, 3, 0), np.where(weekday == 5, 2, np.where(weekday == 6, 1, np.where(late, 1, 0))))
    opens = 7.5 * 3_600 + (of_day_s * 7.13) % 5_400  # not everybody at once
    moved = (ahead > 0) | (of_day_s < 7.5 * 3_600)
    return np.round(np.where(moved, (days + ahead) * 86_400 + opens - offset_s, at_s), 3)


def moment_column(moment: np.ndarray) -> np.ndarray:
    """Seconds since 1970 as a column of timestamps; NaN becomes null."""
    found = np.full(len(moment), np.datetime64("NaT"), dtype="datetime64[ms]")
    known = ~np.isnan(moment)
    found[known] = np.round(moment[known] * 1_000).astype(np.int64).astype("datetime64[ms]")
    return found


def statuses(process: np.ndarray, fate: np.ndarray, moments: dict[str, np.ndarray]) -> np.ndarray:
    """The status that the last step left each case in."""
    ladder = (
        ("acknowledge", "verifying"), ("verify", "verified"), ("dispatch", "assigned"), ("forward", "assigned"), ("enroute", "enroute"), ("on_scene", "on_scene"),
        ("under_control", "under_control"), ("answer", "resolved"), ("close", "closed"),
    )  # fmt: skip
    found = np.full(len(process), "new", dtype=object)
    for step, status in ladder:
        found[~np.isnan(moments[step])] = status
    ended = ~np.isnan(moments["close"])
    for name in ("unfounded", "duplicate", "cancelled"):
        found[ended & (fate == name)] = name
    return found


def _columns(
    city: Scenes,
    category: np.ndarray,
    process: np.ndarray,
    fate: np.ndarray,
    points: np.ndarray,
    moments: dict[str, np.ndarray],
    agencies: dict[str, int],
    chance: np.random.Generator,
) -> dict[str, Column]:
    n = len(category)
    ward_code, ward_name = scenes.units_at(city.ground, points, moments["report"])
    road_name = scenes.road_names(city.streets, points)
    channel = np.empty(n, dtype=object)
    for name, shares in CHANNELS.items():
        mine = process == name
        channel[mine] = chance.choice(np.array(list(shares), dtype=object), int(mine.sum()), p=list(shares.values()))
    known = np.isin(channel, ("phone", "app", "zalo", "web", "walk_in")) & (chance.random(n) < 0.8)
    ended, answered = ~np.isnan(moments["close"]), ~np.isnan(moments["answer"])
    outcome_by_fate = {"phone": "05", "unfounded": "17", "duplicate": "22", "cancelled": "10", "answered": "15"}
    outcome = [outcome_by_fate.get(was) or KINDS[code].outcome if end else "" for was, code, end in zip(fate, category, ended, strict=True)]
    return {
        "code": codes(n, chance),
        "category": category,
        "process": process,
        "severity": _severities(category, chance),
        "status": statuses(process, fate, moments),
        "description": _pick([KINDS[code].words for code in category], chance),
        "place_name": scenes.place_names(city.places, road_name, points, chance),
        "place_source": np.where(channel == "phone", "caller", np.where(np.isin(channel, ("camera", "patrol")), "operator", "device")),
        "accuracy_m": np.round(np.where(channel == "phone", chance.uniform(30, 120, n), chance.uniform(4, 25, n)), 1),
        "channel": channel,
        "reporter_name": np.where(known, _names(n, chance), ""),
        "reporter_phone": np.where(known, np.array([f"0900 {number:06d}" for number in chance.integers(0, 1_000_000, n)], dtype=object), ""),
        "restricted": ((category == "crowd") & (chance.random(n) < 0.15)).tolist(),
        "ward_code": ward_code,
        "ward_name": ward_name,
        "road_name": road_name,
        "agency": _agencies(category, ward_code, moments, agencies),
        "outcome": outcome,
        "due_at": due_at(moments["forward"], category),
        "answer": np.where(answered, chance.choice(np.array(ANSWERS, dtype=object), n), ""),
        "geom": shapely.points(points),
        "reported_at": moment_column(moments["report"]),
        "acknowledged_at": moment_column(moments["acknowledge"]),
        "verified_at": moment_column(moments["verify"]),
        "dispatched_at": moment_column(moments["dispatch"]),
        "on_scene_at": moment_column(moments["on_scene"]),
        "under_control_at": moment_column(moments["under_control"]),
        "answered_at": moment_column(moments["answer"]),
        "closed_at": moment_column(moments["close"]),
    }


def codes(n: int, chance: np.random.Generator) -> np.ndarray:
    """Public codes as the city gives them, all different."""
    letters = np.array(list(CODE_LETTERS))
    found: np.ndarray = np.empty(0, dtype=f"<U{CODE_LENGTH}")
    while len(found) < n:
        drawn = letters[chance.integers(0, len(letters), (n - len(found) + 8, CODE_LENGTH))]
        fresh = np.ascontiguousarray(drawn).view(f"<U{CODE_LENGTH}").ravel()
        _, first = np.unique(np.concatenate([found, fresh]), return_index=True)
        found = np.concatenate([found, fresh])[np.sort(first)]
    return found[:n]


def _severities(category: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    """The category's severity, now and then one up or down."""
    usual = np.array([CITY.categories[code].severity for code in category])
    return np.clip(usual + chance.choice([-1, 0, 0, 0, 0, 0, 1], len(category)), 1, 5)


def _pick(options: list[tuple[str, ...]], chance: np.random.Generator) -> list[str]:
    draws = chance.random(len(options))
    return [words[int(draw * len(words))] for words, draw in zip(options, draws, strict=True)]


def _names(n: int, chance: np.random.Generator) -> np.ndarray:
    parts = [np.array(part, dtype=object)[chance.integers(0, len(part), n)] for part in (FAMILY, MIDDLE, GIVEN)]
    return parts[0] + " " + parts[1] + " " + parts[2]


def _agencies(category: np.ndarray, ward_code: np.ndarray, moments: dict[str, np.ndarray], agencies: dict[str, int]) -> list[int | None]:
    south = {"31340", "31341", "31343"}
    ward = ["ward_nga_bay" if code in south else "ward_dai_thanh" for code in ward_code]
    owner = [named if (named := CITY.categories[code].agency) != "ward" else own for code, own in zip(category, ward, strict=True)]
    return [agencies[code] if forwarded else None for code, forwarded in zip(owner, ~np.isnan(moments["forward"]), strict=True)]


def due_at(forwarded_s: np.ndarray, category: np.ndarray) -> np.ndarray:
    """So many working days after it was forwarded, at five in the afternoon."""
    found = np.full(len(forwarded_s), np.datetime64("NaT"), dtype="datetime64[ms]")
    known = ~np.isnan(forwarded_s)
    days = ((forwarded_s[known] + rhythms.offset_s()) // 86_400).astype(np.int64).astype("datetime64[D]")
    closed = days_off.between(days.min().item(), days.max().item() + timedelta(days=400)) if len(days) else []
    week = [day in CITY.working_days for day in range(7)]
    due = np.busday_offset(days, [CITY.categories[code].deadline_days for code in category[known]], roll="forward", weekmask=week, holidays=closed)
    found[known] = due.astype("datetime64[ms]") + np.timedelta64(int((17 * 3_600 - rhythms.offset_s()) * 1_000), "ms")
    return found
