"""What a step of a playbook is: its kinds, what each may say, which follow from which, and what an answer must hold. Plain values, no database.

It refuses a step that nobody could follow: an unknown kind or word, a choice that leads nowhere, a step that waits for one after it.
"""

import math
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from geo.city import CITY
from geo.errors import define

BAD_PLAYBOOK = define("bad_playbook", 422, "Kịch bản không dùng được", "The playbook cannot be used")
BAD_ANSWERS = define("bad_answers", 422, "Biểu mẫu điền chưa đúng", "The form is not filled in as it asks")

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
Given = dict[str, Any]

MOST_STEPS = 60
MOST_CHOICES = 12
MOST_FIELDS = 30
LONGEST_TITLE = 200
LONGEST_ANSWER = 2_000
# A step is due within a week, a wait ends within one: what takes longer is a deadline of the case.
LONGEST_S = 7 * 86_400
EVIDENCE = ("note", "photo", "feature", "entry")
AUTHORITIES = ("operator", "leader")
TOOLS = ("layer", "isochrone", "closure")
# What a wait may wait for; incidents.guidance.stepping knows how each is seen.
UNTIL = ("on_scene", "under_control", "all_cleared")


@dataclass(frozen=True)
class Kind:
    """One kind of step: what it must say, what else it may, and whether it is done by what happens rather than by a hand."""

    needs: frozenset[str] = frozenset()
    may: frozenset[str] = frozenset()
    by_itself: bool = False


KINDS: dict[str, Kind] = {
    "manual": Kind(),
    "decide": Kind(frozenset({"choices"}), frozenset({"authority"})),
    "notify": Kind(frozenset({"who"})),
    "dispatch": Kind(may=frozenset({"role", "skills", "modes"}), by_itself=True),
    "task": Kind(frozenset({"who", "due_s"})),
    "map": Kind(may=frozenset({"layer", "zoom", "tool", "minutes", "mode"})),
    "form": Kind(frozenset({"fields"})),
    "wait": Kind(may=frozenset({"for_s", "until"}), by_itself=True),
}
COMMON = frozenset({"code", "kind", "vi", "en", "who", "due_s", "evidence", "when"})
FIELD_TYPES = ("text", "number", "integer", "yes_no", "choice", "date")
FIELD_KEYS = frozenset({"code", "vi", "en", "type", "required", "min", "max", "choices"})


def _refused(slug: str, code: object, vi: str, en: str) -> Exception:
    return BAD_PLAYBOOK(f"{slug}, bước {str(code)[:60]!r}: {vi}.", f"{slug}, step {str(code)[:60]!r}: {en}.")


def checked(slug: str, steps: Any) -> list[Given]:
    """The steps as they were given, when they can be followed. Raises BAD_PLAYBOOK, which names the step and what is wrong."""
    if not isinstance(steps, list) or not 1 <= len(steps) <= MOST_STEPS or not all(isinstance(step, dict) for step in steps):
        raise BAD_PLAYBOOK(f"{slug}: từ 1 đến {MOST_STEPS} bước.", f"{slug}: from 1 to {MOST_STEPS} steps.")
    before: dict[str, Given] = {}
    for step in steps:
        code = step.get("code")
        for holds, vi, en in _faults(step, before):
            if not holds:
                raise _refused(slug, code, vi, en)
        before[step["code"]] = step
    return steps


def _faults(step: Given, before: dict[str, Given]) -> list[tuple[bool, str, str]]:
    """What must hold of a step, in the order in which it is worth saying."""
    kind = KINDS.get(step["kind"]) if isinstance(step.get("kind"), str) else None
    own = kind.needs | kind.may if kind else frozenset()
    return [
        (kind is not None, f"loại là một trong {', '.join(KINDS)}", f"the kind is one of {', '.join(KINDS)}"),
        (isinstance(step.get("code"), str) and bool(NAME.match(step["code"])), "mã sai", "the code is wrong"),
        (step.get("code") not in before, "mã lặp lại", "the code is used twice"),
        (all(_words(step.get(name)) for name in ("vi", "en")), "thiếu lời", "the words are missing"),
        (step.keys() <= COMMON | own, f"chỉ có {', '.join(sorted(COMMON | own))}", f"only {', '.join(sorted(COMMON | own))}"),
        (kind is None or all(step.get(name) for name in kind.needs), "thiếu phần bắt buộc", "what its kind needs is missing"),
        (_seconds(step.get("due_s", 1)), f"due_s từ 1 đến {LONGEST_S}", f"due_s is from 1 to {LONGEST_S}"),
        (_evidence(step.get("evidence", False)), f"minh chứng: {', '.join(EVIDENCE)}", f"evidence: {', '.join(EVIDENCE)}"),
        (_who(step.get("who", "")), "who: mã cơ quan, operator, leader, ward", "who: an agency's code, operator, leader, ward"),
        # The operator needs no notice: the step itself is it.
        (step.get("kind") not in ("notify", "task") or step.get("who") != "operator", "không báo cho chính mình", "nobody tells themselves"),
        (step.get("kind") != "decide" or are_choices(step.get("choices")), "lựa chọn sai", "the choices are wrong"),
        (step.get("authority", "operator") in AUTHORITIES, "thẩm quyền: operator, leader", "authority: operator, leader"),
        (step.get("kind") != "form" or _fields(step.get("fields")), "trường của biểu mẫu sai", "the form's fields are wrong"),
        (step.get("kind") != "wait" or _waits(step), "cần for_s (≥ 1) hoặc until", "it needs for_s (1 or more) or until"),
        (step.get("kind") != "map" or _map(step), "layer, zoom, tool, minutes hoặc mode sai", "layer, zoom, tool, minutes or mode is wrong"),
        (step.get("kind") != "dispatch" or _dispatch(step), "role, skills hoặc modes sai", "role, skills or modes is wrong"),
        ("when" not in step or _when(step["when"], before), "when chỉ tới bước, lựa chọn có trước", "when names a step and a choice before it"),
    ]


def _words(given: object, longest: int = LONGEST_TITLE) -> bool:
    return isinstance(given, str) and bool(given.strip()) and len(given) <= longest and "\0" not in given


def _seconds(given: object) -> bool:
    return isinstance(given, int) and not isinstance(given, bool) and 1 <= given <= LONGEST_S


def _evidence(given: object) -> bool:
    return isinstance(given, bool) or (isinstance(given, list) and bool(given) and set(map(str, given)) <= set(EVIDENCE))


def _who(given: object) -> bool:
    known = {"", "operator", "leader", "ward", *(str(agency["code"]) for agency in CITY.agencies)}
    return isinstance(given, str) and given in known


def are_choices(given: object) -> bool:
    if not isinstance(given, list) or not 2 <= len(given) <= MOST_CHOICES or not all(isinstance(one, dict) for one in given):
        return False
    values = [one["value"] for one in given if isinstance(one.get("value"), str)]
    named = len(values) == len(given) and all(_words(one.get("vi")) and _words(one.get("en")) and one.keys() <= {"value", "vi", "en"} for one in given)
    return named and len(set(values)) == len(values) and all(NAME.match(value) for value in values)


def _fields(given: object) -> bool:
    if not isinstance(given, list) or not 1 <= len(given) <= MOST_FIELDS or not all(isinstance(one, dict) for one in given):
        return False
    codes = [one["code"] for one in given if isinstance(one.get("code"), str)]
    return len(codes) == len(given) == len(set(codes)) and all(_field(one) for one in given)


def _field(one: Given) -> bool:
    plain = one.keys() <= FIELD_KEYS and bool(NAME.match(one["code"])) and _words(one.get("vi")) and _words(one.get("en"))
    bounds = all(isinstance(one.get(name, 0), int | float) and math.isfinite(one.get(name, 0)) for name in ("min", "max"))
    return plain and bounds and one.get("type") in FIELD_TYPES and (one["type"] == "choice") == ("choices" in one) and _choices_of(one)


def _choices_of(one: Given) -> bool:
    return "choices" not in one or are_choices(one["choices"])


def _waits(step: Given) -> bool:
    if "for_s" in step and not _seconds(step["for_s"]):
        return False
    return ("for_s" in step) != ("until" in step) and step.get("until", UNTIL[0]) in UNTIL


def _map(step: Given) -> bool:
    zoom, minutes = step.get("zoom", 15), step.get("minutes", 10)
    numbers = isinstance(zoom, int | float) and 0 <= zoom <= 22 and isinstance(minutes, int) and 1 <= minutes <= 120
    layer, mode = step.get("layer", "roads"), step.get("mode", "")
    named = isinstance(layer, str) and bool(NAME.match(layer)) and isinstance(mode, str) and (not mode or mode in CITY.modes)
    return numbers and named and step.get("tool", "layer") in TOOLS


def _dispatch(step: Given) -> bool:
    lists = all(isinstance(step.get(name, []), list) and all(isinstance(one, str) for one in step.get(name, [])) for name in ("skills", "modes"))
    return lists and set(step.get("modes", [])) <= set(CITY.modes) and isinstance(step.get("role", ""), str)


def _when(given: object, before: dict[str, Given]) -> bool:
    """Only a step that stands before it: so nothing waits in a circle."""
    if not isinstance(given, dict) or not given.keys() <= {"step", "choice"} or not isinstance(given.get("step"), str):
        return False
    source = before.get(given["step"])
    if source is None:
        return False
    if source["kind"] != "decide":
        return "choice" not in given
    return given.get("choice") in [one["value"] for one in source["choices"]]


# ---- where a run stands


@dataclass(frozen=True)
class Taken:
    """What became of a step, as far as others follow from it."""

    status: str
    at: datetime
    choice: str = ""


@dataclass(frozen=True)
class Standing:
    """Where one step stands: open since when, due when; `later` waits for a step before it, `off` lies on a way not taken."""

    state: str
    opened_at: datetime | None
    due_at: datetime | None


def standings(steps: list[Given], armed_at: datetime, taken: dict[str, Taken]) -> dict[str, Standing]:
    """Where each step stands. A step that follows another is due so long after that one was done."""
    found: dict[str, Standing] = {}
    for step in steps:
        opened_at, state = _opened(step, armed_at, taken, found)
        own = taken.get(step["code"])
        after_s = step.get("due_s")
        due_at = opened_at + timedelta(seconds=after_s) if opened_at and after_s else None
        found[step["code"]] = Standing(own.status if own else state, opened_at, due_at)
    return found


def _opened(step: Given, armed_at: datetime, taken: dict[str, Taken], found: dict[str, Standing]) -> tuple[datetime | None, str]:
    when = step.get("when")
    if when is None:
        return armed_at, "todo"
    source, before = taken.get(when["step"]), found[when["step"]]
    if before.state == "off" or (source and source.status == "skipped"):
        return None, "off"
    if source is None or source.status == "begun":
        return None, "later"
    return (source.at, "todo") if when.get("choice", source.choice) == source.choice else (None, "off")


# ---- what a form was told


def answers(step: Given, given: Given) -> Given:
    """The answers of a form as they are kept. Raises BAD_ANSWERS, which names the fields that are wrong."""
    fields = {one["code"]: one for one in step["fields"]}
    unknown = sorted(given.keys() - fields.keys())
    wrong = {code: said for code, field in fields.items() if (said := _wrong(field, given.get(code)))}
    if unknown or wrong:
        named = ", ".join([*wrong, *(name[:40] for name in unknown)])
        raise BAD_ANSWERS(f"Sai ở: {named}.", f"Wrong at: {named}.", fields=sorted(wrong), unknown=[name[:40] for name in unknown])
    return {code: given[code] for code in fields if given.get(code) not in (None, "")}


def _wrong(field: Given, value: Any) -> bool:
    if value is None or value == "":
        return bool(field.get("required"))
    return not ACCEPTS[field["type"]](field, value)


def _number(field: Given, value: Any) -> bool:
    plain = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and abs(value) < 1e12
    return plain and field.get("min", value) <= value <= field.get("max", value)


def _date(field: Given, value: Any) -> bool:
    try:
        return isinstance(value, str) and len(value) == len("2026-01-31") and bool(date.fromisoformat(value))
    except ValueError:
        return False


ACCEPTS = {
    "text": lambda field, value: isinstance(value, str) and len(value) <= LONGEST_ANSWER and "\0" not in value,
    "number": _number,
    "integer": lambda field, value: _number(field, value) and float(value).is_integer(),
    "yes_no": lambda field, value: isinstance(value, bool),
    "choice": lambda field, value: value in [one["value"] for one in field["choices"]],
    "date": _date,
}
