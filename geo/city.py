"""The city profile: all that makes this installation one city and not another.

A profile is a TOML file. It refuses a start with a missing key, an unknown process or an extent that is not a box.
"""

import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

BUILT_IN = Path(__file__).parent / "config" / "cities" / "nga_bay.toml"
PROCESSES = {"timed", "immediate"}


class BadProfile(ValueError):
    """The profile cannot be used; the message says which key and what would be right."""


@dataclass(frozen=True)
class Named:
    """A code with its names in Vietnamese and English."""

    code: str
    vi: str
    en: str

    def as_dict(self) -> dict[str, str]:
        return {"code": self.code, "vi": self.vi, "en": self.en}


@dataclass(frozen=True)
class Category(Named):
    """A kind of case: how fast it is, how grave, to whom it belongs, and what counts as the same case again."""

    process: str = "timed"
    severity: int = 2
    domain: str = ""
    # Who answers for it: an agency's code, or "ward" for the agency of the ward that it lies in.
    agency: str = "ward"
    deadline_days: int = 7
    duplicate_m: float = 100
    duplicate_min: int = 43_200
    eido: str = ""
    cap: str = "Other"
    # Any of these makes a unit fit for it; none named, every unit is.
    skills: tuple[str, ...] = ()
    # Every so many minutes a unit on its scene says that it is well; 0: nobody asks.
    check_min: int = 0
    # A case of this kind is restricted from birth, for this reason; none: it is open.
    sensitivity: str = ""
    # Other categories that it may be taken for, beside those of its family.
    kin: tuple[str, ...] = ()


@dataclass(frozen=True)
class MassEvent:
    """So many reports within so many metres and minutes are one large event."""

    reports: int = 5
    within_m: float = 300
    within_min: float = 10


# Why a case keeps to named people, in a city whose profile says nothing else.
SENSITIVITIES = (
    {"code": "hot", "vi": "Vụ việc nóng", "en": "Hot matter"},
    {"code": "personal", "vi": "Liên quan đời tư", "en": "Personal matter"},
)


@dataclass(frozen=True)
class Dispatching:
    """How units are chosen and asked for."""

    # For how long an agency may consider a request, by severity.
    accept_s: dict[int, int] = field(default_factory=lambda: {1: 900, 2: 600, 3: 300, 4: 180, 5: 90})
    # From the order to the wheels turning: `directed` are sent, `requested` are asked for first.
    turnout_s: dict[str, int] = field(default_factory=lambda: {"directed": 60, "requested": 120})
    # A unit that must be asked for is preferred only when it is sooner by more than this.
    directed_first_s: int = 60
    # After so many hours without rest, or with less than so many minutes of the shift left, sending needs a reason.
    longest_duty_h: float = 12
    least_shift_min: int = 30
    longest_hold_min: int = 240
    # Within how many minutes houses should have a unit of each kind: what move-up hints watch over.
    cover_min: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class UnitRules:
    """What is asked of units and of the positions that they send."""

    # A rest shorter than this is none: the hours before it go on counting.
    rest_least_h: float = 8
    # A fix older than this when it comes is history: kept, and in no hurry.
    backlog_s: int = 30
    # A fix less sure than this moves nobody.
    accuracy_worst_m: float = 500
    # Within so many metres of the scene for so many seconds a unit has arrived; `arrive_records`: its step is recorded, else only suggested.
    arrive_m: float = 60
    arrive_s: int = 20
    arrive_records: bool = True
    # So far outside its own area a unit has left it; 0: nobody watches.
    leave_m: float = 300
    # Faster than its mode can be is no fix of it.
    fastest_kmh: dict[str, float] = field(default_factory=lambda: {"motorbike": 140, "car": 180, "truck": 130, "boat": 90, "foot": 25})


@dataclass(frozen=True)
class Intake:
    """How reports come in: for how long a link to a caller's phone stands, how many pictures it takes, what a call's number is without its country."""

    link_s: int = 3_600
    link_photos: int = 4
    country_calling_code: str = "84"


@dataclass(frozen=True)
class DepthLimit:
    """What water on a street does to one kind of vehicle: from so many centimetres it is slow, from so many it does not pass."""

    slow_cm: int
    slow_factor: float
    close_cm: int


@dataclass(frozen=True)
class Gauge:
    """A gauge that tells the city's level: `offset_cm` is what its reading lies above the level here, over the same datum as the ground."""

    code: str
    offset_cm: float = 0.0


@dataclass(frozen=True)
class Flood:
    """How water levels become closed streets."""

    datum: str = ""
    # The levels that are worked out; below the first nothing floods.
    least_cm: int = 100
    most_cm: int = 300
    # The first that has a fresh, trusted reading counts.
    gauges: tuple[Gauge, ...] = ()
    reading_age_min: int = 120
    limits: dict[str, DepthLimit] = field(default_factory=dict)
    # The level that clearances of bridges were measured at, and what a boat needs above the water.
    clearance_at_cm: float = 100.0
    boat_headroom_cm: float = 80.0


@dataclass(frozen=True)
class City:
    """One city. `bounds` is the wider extent that data is accepted from, west south east north in degrees."""

    slug: str
    names: dict[str, str]
    srid: int
    bounds: tuple[float, float, float, float]
    view: dict[str, float]
    timezone: str
    languages: tuple[str, ...]
    owner: dict[str, str]
    province_code: str
    emergency_numbers: tuple[dict[str, str], ...]
    categories: dict[str, Category]
    modes: dict[str, Named]
    channels: dict[str, Named]
    outcomes: dict[str, Named]
    severities: dict[int, dict[str, str]]
    agencies: tuple[dict[str, Any], ...]
    stale_after_s: int
    lost_after_s: int
    acknowledge_s: int
    verify_s: int
    dispatch_s: int
    # A new immediate case that nobody acknowledges for so long goes up.
    escalate_s: int = 90
    demo: str = ""
    working_days: tuple[int, ...] = field(default=(0, 1, 2, 3, 4))
    # The country whose public holidays are days off (ISO 3166), and the city's own days, month and day.
    holidays_of: str = ""
    holidays: tuple[str, ...] = ()
    crs_wkt: str = ""
    sensitivities: dict[str, Named] = field(default_factory=dict)
    mass_event: MassEvent = field(default_factory=MassEvent)
    # For how many days what an import replaced is kept; None: for ever.
    import_days: int | None = None
    dispatching: Dispatching = field(default_factory=Dispatching)
    intake: Intake = field(default_factory=Intake)
    flood: Flood = field(default_factory=Flood)
    # Kinds of force, by name: what a unit and a station say that they are.
    forces: dict[str, Named] = field(default_factory=dict)
    # What units can do and carry, by name: run cards ask for these.
    skills: dict[str, Named] = field(default_factory=dict)
    equipment: dict[str, Named] = field(default_factory=dict)
    units: UnitRules = field(default_factory=UnitRules)


def read(path: Path) -> City:
    """Read a profile. Raises BadProfile with the path and the key that is wrong."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        return _city(table)
    except FileNotFoundError as error:
        raise BadProfile(f"{path}: there is no such city profile.") from error
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise BadProfile(f"{path}: {error!s} is missing or wrong.") from error


def _city(table: dict[str, Any]) -> City:
    west, south, east, north = (float(edge) for edge in table["bounds"])
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise ValueError("bounds must be west, south, east, north in degrees; it")
    categories = {row["code"]: Category(**{**row, "skills": tuple(row.get("skills", ())), "kin": tuple(row.get("kin", ()))}) for row in table["categories"]}
    for category in categories.values():
        if category.process not in PROCESSES:
            raise ValueError(f"process {category.process!r} of category {category.code}: timed or immediate; it")
    sensitivities = _named(table.get("sensitivities", list(SENSITIVITIES)))
    if unknown := {category.sensitivity for category in categories.values()} - {"", *sensitivities}:
        raise ValueError(f"sensitivity {', '.join(sorted(unknown))} of a category: one of {', '.join(sensitivities)}; it")
    return City(
        slug=table["slug"],
        names=table["names"],
        srid=int(table["srid"]),
        bounds=(west, south, east, north),
        view=table["view"],
        timezone=table["timezone"],
        languages=tuple(table["languages"]),
        owner=table["owner"],
        province_code=table.get("province_code", ""),
        emergency_numbers=tuple(table["emergency_numbers"]),
        categories=categories,
        modes=_named(table["modes"]),
        channels=_named(table["channels"]),
        outcomes=_named(table["outcomes"]),
        sensitivities=sensitivities,
        mass_event=MassEvent(**table.get("mass_event", {})),
        severities={int(row["level"]): row for row in table["severities"]},
        agencies=tuple(table.get("agencies", ())),
        demo=table.get("demo", ""),
        working_days=tuple(table.get("working_days", (0, 1, 2, 3, 4))),
        holidays_of=table.get("holidays_of", ""),
        holidays=tuple(table.get("holidays", ())),
        crs_wkt=table.get("crs_wkt", ""),
        units=UnitRules(**table.get("units", {})),
        import_days=_days(table.get("history", {}).get("import_days")),
        dispatching=_dispatching(table.get("dispatching", {})),
        intake=_intake(table.get("intake", {})),
        flood=_flood(table.get("flood", {})),
        forces=_named(table.get("forces", [])),
        skills=_named(table.get("skills", [])),
        equipment=_named(table.get("equipment", [])),
        **{name: int(seconds) for name, seconds in table["seconds"].items()},
    )


def _days(given: Any) -> int | None:
    if given is not None and (not isinstance(given, int) or isinstance(given, bool) or given < 0):
        raise ValueError(f"import_days {given!r} must be a number of days; it")
    return given


def _intake(given: dict[str, Any]) -> Intake:
    found = Intake(**given)
    if not 60 <= found.link_s <= 86_400 or not 0 <= found.link_photos <= 20 or not found.country_calling_code.isdigit():
        raise ValueError("intake: link_s from 60 to 86400, link_photos from 0 to 20, country_calling_code in digits; it")
    return found


def _flood(given: dict[str, Any]) -> Flood:
    settings = dict(given)
    settings["gauges"] = tuple(Gauge(**row) for row in settings.get("gauges", ()))
    settings["limits"] = {mode: DepthLimit(**row) for mode, row in settings.get("limits", {}).items()}
    flood = Flood(**settings)
    for mode, limit in flood.limits.items():
        if not 0 < limit.slow_cm <= limit.close_cm or not 0 < limit.slow_factor <= 1:
            raise ValueError(f"flood.limits.{mode}: 0 < slow_cm <= close_cm and 0 < slow_factor <= 1; it")
    if flood.least_cm % 10 or flood.most_cm % 10 or not flood.least_cm < flood.most_cm:
        raise ValueError("flood.least_cm and most_cm are whole tens, the first below the second; it")
    return flood


def _dispatching(given: dict[str, Any]) -> Dispatching:
    settings = dict(given)
    if "accept_s" in settings:
        settings["accept_s"] = {int(level): int(seconds) for level, seconds in settings["accept_s"].items()}
        if set(settings["accept_s"]) != {1, 2, 3, 4, 5}:
            raise ValueError("accept_s needs each severity from 1 to 5; it")
    if set(settings.get("turnout_s", ("directed", "requested"))) != {"directed", "requested"}:
        raise ValueError("turnout_s needs directed and requested; it")
    return Dispatching(**settings)


def _named(rows: list[dict[str, str]]) -> dict[str, Named]:
    return {row["code"]: Named(**row) for row in rows}


CITY = read(Path(os.environ.get("NBIOC_CITY") or BUILT_IN))
