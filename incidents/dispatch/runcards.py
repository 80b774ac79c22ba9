"""Run cards: which roles a kind of case needs, how many of each, with what skills, by which mode and within how many minutes.

A card is never changed: a better one is its next version. It refuses categories, modes and skills that the city profile does not know.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from geo.city import CITY
from geo.errors import define
from incidents.dispatch.candidates import Unit
from incidents.models import Incident, RunCard

BAD_CARD = define("bad_run_card", 422, "Phương án điều lực lượng không dùng được", "The run card cannot be used")
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
ROLE_KEYS = frozenset(
    {"code", "vi", "en", "count", "skills_all", "skills_any", "equipment_all", "equipment_any", "modes", "within_min", "optional", "ask_vi", "ask_en"}
)
MOST_OF_A_ROLE = 10
LONGEST_MIN = 240
# A card is remembered as long as its row stands; crews change what a unit can.
MOST_KINDS = 1_000
Words = tuple[str, str]


@dataclass(frozen=True)
class Role:
    """One role of a card. Without `modes` any vehicle does; an `optional` one is sent when it is there, and missed by nobody."""

    code: str
    vi: str
    en: str
    count: int = 1
    skills_all: tuple[str, ...] = ()
    skills_any: tuple[str, ...] = ()
    equipment_all: tuple[str, ...] = ()
    equipment_any: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()
    within_min: float = 30
    optional: bool = False
    # Whom else to ask when nobody is free, in words.
    ask_vi: str = ""
    ask_en: str = ""

    def lacks(self, unit: Unit, *, but_equipment: bool = False) -> tuple[Words, ...]:
        """What keeps a unit from this role, in words; nothing: it fills it. `but_equipment`: whatever it carries."""
        missing = [_named("skills", code) for code in self.skills_all if code not in unit.skills]
        if self.skills_any and not set(self.skills_any) & set(unit.skills):
            missing.append(either("skills", self.skills_any))
        if self.modes and unit.mode not in self.modes:
            missing.append(either("modes", self.modes))
        return tuple(missing if but_equipment else [*missing, *self._not_carried(unit)])

    def _not_carried(self, unit: Unit) -> list[Words]:
        missing = [_named("equipment", code) for code in self.equipment_all if code not in unit.equipment]
        if self.equipment_any and not set(self.equipment_any) & set(unit.equipment):
            missing.append(either("equipment", self.equipment_any))
        return missing


def _named(table: str, code: str) -> Words:
    known = getattr(CITY, table).get(code)
    return (known.vi.lower(), known.en.lower()) if known else (code, code)


def either(table: str, codes: tuple[str, ...]) -> Words:
    words = [_named(table, code) for code in codes]
    return " hoặc ".join(vi for vi, _ in words), " or ".join(en for _, en in words)


@dataclass(frozen=True)
class Card:
    """A card as it is used: of one version, or made from the category's own skills where no card is in force."""

    slug: str
    version: int
    vi: str
    en: str
    roles: tuple[Role, ...]
    _known: dict[tuple[object, ...], dict[str, tuple[Words, ...]]] = field(default_factory=dict, compare=False, repr=False)

    def lacking(self, unit: Unit) -> Mapping[str, tuple[Words, ...]]:
        """What keeps a unit from each role. Some dozen kinds of unit stand behind hundreds of them: each kind is looked at once."""
        kind = (unit.mode, unit.skills, unit.equipment)
        found = self._known.get(kind)
        if found is None:
            if len(self._known) >= MOST_KINDS:
                self._known.clear()
            found = self._known[kind] = {role.code: role.lacks(unit) for role in self.roles}
        return found

    @property
    def in_force(self) -> bool:
        return self.version > 0


def load(path: Path) -> list[RunCard]:
    """The cards of a TOML file as the next version of each, where anything differs from the one in force. Raises BAD_CARD."""
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))["cards"]
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError) as error:
        raise BAD_CARD("Không đọc được tệp.", f"The file cannot be read: {type(error).__name__}.") from error
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise BAD_CARD("Tệp không phải danh sách.", "The file is not a list of cards.")
    return [_next_version(_checked(one)) for one in given]


def _next_version(given: dict[str, Any]) -> RunCard:
    standing = RunCard.objects.filter(slug=given["slug"]).order_by("-version").first()
    if standing is not None and standing.active and all(getattr(standing, name) == value for name, value in given.items()):
        return standing
    RunCard.objects.filter(slug=given["slug"]).update(active=False)
    return RunCard.objects.create(**given, version=standing.version + 1 if standing else 1)


def _checked(given: dict[str, Any]) -> dict[str, Any]:
    slug, roles, categories = str(given.get("slug", "")), given.get("roles", []), given.get("categories", [])
    unknown = set(categories) - set(CITY.categories)
    codes = [role.get("code") for role in roles]
    if not NAME.match(slug) or not roles or not categories or len(set(codes)) != len(codes) or not given.get("vi") or not given.get("en"):
        raise BAD_CARD(f"{slug!r}: mã, tên, loại vụ hoặc vai trò sai.", f"{slug!r}: slug, names, categories or roles are wrong.")
    if unknown:
        raise BAD_CARD(f"{slug}: không có loại vụ {', '.join(sorted(unknown))}.", f"{slug}: there are no categories {', '.join(sorted(unknown))}.")
    for role in roles:
        _check_role(slug, role)
    return {
        "slug": slug,
        "title_vi": given["vi"],
        "title_en": given["en"],
        "categories": sorted(categories),
        "severity_from": int(given.get("severity_from", 1)),
        "roles": roles,
    }


def _check_role(slug: str, role: dict[str, Any]) -> None:
    """A role that asks for what nobody can be is a mistake in the file, not a shortfall."""
    wrong = sorted(role.keys() - ROLE_KEYS)
    for key, known in (("skills", CITY.skills), ("equipment", CITY.equipment)):
        # Equipment has names only where the profile gives them.
        wrong += [code for part in ("all", "any") for code in role.get(f"{key}_{part}", ()) if known and code not in known]
    wrong += [mode for mode in role.get("modes", ()) if mode not in CITY.modes]
    count, within = role.get("count", 1), role.get("within_min", 30)
    if not (isinstance(count, int) and 1 <= count <= MOST_OF_A_ROLE):
        wrong.append("count")
    if not (isinstance(within, int | float) and 0 < within <= LONGEST_MIN):
        wrong.append("within_min")
    if wrong or not NAME.match(str(role.get("code", ""))) or not role.get("vi") or not role.get("en"):
        raise BAD_CARD(f"{slug}: vai trò {role.get('code')!r} sai: {wrong}.", f"{slug}: the role {role.get('code')!r} is wrong: {wrong}.")


def card_for(category: str, severity: int) -> Card:
    """The card in force for a case: of those of its category, the one that asks for most severity that the case has; else the category's own skills."""
    found = RunCard.objects.filter(active=True, categories__contains=[category], severity_from__lte=severity).order_by("-severity_from", "slug").first()
    return card_of(found) if found else _own_skills(category)


# The rows that this process has read, by number and by the mark that whoever wrote them last left.
_kept: dict[tuple[int, str], Card] = {}
MOST_KEPT = 200


def kept(number: int | None, mark: str, category: str) -> Card:
    """As `card_for`, where the row in force and the transaction that wrote it are known; read once a process."""
    if number is None:
        return _own_skills(category)
    found = _kept.get((number, mark))
    if found is None:
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        found = _kept[number, mark] = card_of(RunCard.objects.get(pk=number))
    return found


def card_of(row: RunCard) -> Card:
    return Card(row.slug, row.version, row.title_vi, row.title_en, tuple(_role(role) for role in row.roles))


def _role(given: dict[str, Any]) -> Role:
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in given.items()}
    return Role(**values)


def _own_skills(category: str) -> Card:
    known = CITY.categories.get(category)
    skills = known.skills if known else ()
    title = (known.vi, known.en) if known else (category, category)
    return Card("", 0, *title, (Role("unit", "Lực lượng", "Unit", skills_any=skills),))


def card_of_case(incident: Incident) -> Card:
    return card_for(incident.category, incident.severity)
