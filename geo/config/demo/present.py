"""What is going on right now: cases of the last minutes in every status, and the units on their way to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import shapely
from django.contrib.gis.geos import Point as GeosPoint
from shapely import Point

from geo.city import CITY
from geo.config.demo import cases, lines, scenes
from geo.config.demo.kinds import KINDS
from geo.config.demo.scenes import Scenes
from geo.fields import as_field
from geo.models import User
from incidents.models import Assignment, Entry, Incident, Responder


@dataclass(frozen=True)
class Going:
    """One case under way: how long ago each step was, who was sent (unit code, how far it has come)."""

    category: str
    where: str
    ago_s: int
    steps: tuple[tuple[str, int], ...] = ()
    units: tuple[tuple[str, str], ...] = ()
    severity: int | None = None


# step, seconds after the report. Units: code, status of the assignment.
NOW: tuple[Going, ...] = (
    Going("medical", "homes", 24),
    Going("crash", "trunk", 41),
    Going("noise", "homes", 140),
    Going("fight", "market", 95, (("acknowledge", 22),)),
    Going("high_tide", "low", 160, (("acknowledge", 31),)),
    Going("crash_injury", "trunk", 205, (("acknowledge", 18), ("verify", 96))),
    Going("disorder", "market", 330, (("acknowledge", 25), ("verify", 140), ("dispatch", 190)), (("AN-02", "assigned"), ("CA-03", "requested"))),
    Going("boat_accident", "canals", 780, (("acknowledge", 20), ("verify", 110), ("dispatch", 150), ("enroute", 240)), (("DT-01", "enroute"), ("DQ-02", "accepted"))),
    Going("medical", "homes", 1_020, (("acknowledge", 12), ("verify", 64), ("dispatch", 98), ("enroute", 170)), (("CU-02", "enroute"),)),
    Going("crash", "trunk", 1_900, (("acknowledge", 28), ("verify", 120), ("dispatch", 175), ("enroute", 260), ("on_scene", 700)), (("GT-03", "on_scene"),)),
    Going(
        "house_fire", "homes", 3_300, (("acknowledge", 9), ("verify", 48), ("dispatch", 75), ("enroute", 150), ("on_scene", 560), ("under_control", 2_400)),
        (("CC-01", "on_scene"), ("CC-02", "on_scene"), ("CU-03", "on_scene"), ("CA-06", "on_scene")), 5,
    ),
    Going("tree_down", "streets", 4_700, (("acknowledge", 35), ("verify", 200), ("dispatch", 320), ("enroute", 600), ("on_scene", 1_500)), (("CTR-01", "on_scene"), ("DL-01", "enroute"))),
)  # fmt: skip
STATUS_OF = {
    "report": "new",
    "acknowledge": "verifying",
    "verify": "verified",
    "dispatch": "assigned",
    "enroute": "enroute",
    "on_scene": "on_scene",
    "under_control": "under_control",
}
MOMENT_OF = {
    "acknowledge": "acknowledged_at",
    "verify": "verified_at",
    "dispatch": "dispatched_at",
    "on_scene": "on_scene_at",
    "under_control": "under_control_at",
}
ORDER = tuple(STATUS_OF.values())
REACHED = {"requested": 0, "assigned": 0, "accepted": 1, "enroute": 2, "on_scene": 3}


def begin(city: Scenes, *, units: Sequence[Responder], people: dict[str, User], until: datetime, seed: int) -> None:
    """Write the cases under way, with their steps and the units sent; units on duty move to where they would be."""
    chance = lines.generator(seed, "present")
    codes = cases.codes(len(NOW) + 60_000, lines.generator(seed, "present codes"))[: len(NOW)]
    by_code = {unit.code: unit for unit in units}
    operator = people["operator"]
    for going, code in zip(NOW, codes, strict=True):
        if going.category not in CITY.categories:
            continue
        point = city.draw(going.where, 1, chance)
        incident = _report(city, going, f"{code}", point, until, chance)
        sent = [by_code[name] for name, _ in going.units if name in by_code]
        steps = _steps(incident, going, sent, operator)
        for unit, (_, status) in zip(sent, going.units, strict=False):
            steps += _send(incident, unit, status, going, operator, until, chance)
        _write(incident, steps)


def _report(city: Scenes, going: Going, code: str, point: np.ndarray, until: datetime, chance: np.random.Generator) -> Incident:
    reported_at = until - timedelta(seconds=going.ago_s)
    ward_code, ward_name = scenes.units_at(city.ground, point, np.array([reported_at.timestamp()]))
    road_name = scenes.road_names(city.streets, point)
    category = CITY.categories[going.category]
    moments = {MOMENT_OF[step]: reported_at + timedelta(seconds=after_s) for step, after_s in going.steps if step in MOMENT_OF}
    words = KINDS[going.category].words
    return Incident.objects.create(
        code=code,
        category=category.code,
        process=category.process,
        severity=going.severity or category.severity,
        status=STATUS_OF[going.steps[-1][0]] if going.steps else "new",
        description=words[int(chance.integers(len(words)))],
        place_name=scenes.place_names(city.places, road_name, point, chance)[0],
        place_source="caller",
        accuracy_m=round(float(chance.uniform(8, 60)), 0),
        channel="phone",
        reporter_name="Trần Văn Nam",
        reporter_phone=f"0900 {int(chance.integers(0, 1_000_000)):06d}",
        ward_code=ward_code[0],
        ward_name=ward_name[0],
        road_name=road_name[0],
        reported_at=reported_at,
        geom=as_field(shapely.points(point)[0]),
        **moments,
    )


def _steps(incident: Incident, going: Going, sent: list[Responder], operator: User) -> list[Entry]:
    """The centre's own steps; those of the units follow with each of them."""
    found = []
    for step, after_s in (("report", 0), *going.steps):
        if step in ("enroute", "on_scene"):
            continue
        note = ", ".join(unit.code for unit in sent) if step == "dispatch" else ""
        data = {"channel": incident.channel} if step == "report" else {"units": [unit.code for unit in sent]} if step == "dispatch" else {}
        at = incident.reported_at + timedelta(seconds=after_s)
        found.append(Entry(incident=incident, at=at, by=operator, kind=step, status_to=STATUS_OF[step], note=note, data=data))
    return found


def _write(incident: Incident, steps: list[Entry]) -> None:
    """The steps in the order of time, each from the status that the one before it left; a unit carries the case forward, never back."""
    status = ""
    for entry in sorted(steps, key=lambda entry: entry.at):
        entry.status_from = status
        if status in ORDER and ORDER.index(entry.status_to) < ORDER.index(status):
            entry.status_to = status
        status = entry.status_to
        entry.save()


def _send(incident: Incident, unit: Responder, status: str, going: Going, operator: User, until: datetime, chance: np.random.Generator) -> list[Entry]:
    """One assignment that has not ended, and the unit where it would be by now: underway between its place and the scene, or at the scene."""
    after_s = dict(going.steps)
    start = Point(unit.geom.x, unit.geom.y)
    scene = Point(incident.geom.x, incident.geom.y)
    reached = REACHED[status]
    asked_at = incident.dispatched_at
    moments = (
        ("accepted_at", asked_at + timedelta(seconds=25)),
        ("enroute_at", incident.reported_at + timedelta(seconds=after_s.get("enroute", 0) or after_s["dispatch"] + 60)),
        ("on_scene_at", incident.reported_at + timedelta(seconds=after_s.get("on_scene", 0))),
    )[:reached]
    assignment = Assignment.objects.create(
        incident=incident,
        responder=unit,
        status=status,
        by=operator,
        requested_at=asked_at,
        eta_s=round(start.distance(scene) * 1.45 / 8.5, 0),
        distance_m=round(start.distance(scene) * 1.45, 0),
        **dict(moments),
    )
    unit_steps = (("unit_accept", "accepted_at"), ("unit_enroute", "enroute_at"), ("unit_on_scene", "on_scene_at"))[:reached]
    carried = {"unit_accept": "assigned", "unit_enroute": "enroute", "unit_on_scene": "on_scene"}
    data = {"assignment": assignment.pk, "unit": unit.code}
    steps = [
        Entry(incident=incident, at=at, by=unit.user, kind=kind, status_to=carried[kind], note=unit.code, data=data)
        for (kind, _), (_, at) in zip(unit_steps, moments, strict=True)
    ]
    if reached == 3:
        _move(unit, scene.x + float(chance.uniform(-14, 14)), scene.y + float(chance.uniform(-14, 14)), 0.0)
    elif reached == 2:
        _move(unit, unit.geom.x, unit.geom.y, float(chance.uniform(18, 38)))
    unit.duty = "on_duty"
    unit.position_at = until - timedelta(seconds=float(chance.uniform(2, 25)))
    unit.save(update_fields=["geom", "speed_kmh", "duty", "position_at"])
    return steps


def _move(unit: Responder, x: float, y: float, speed_kmh: float) -> None:
    unit.geom = GeosPoint(round(x, lines.DIGITS), round(y, lines.DIGITS), srid=CITY.srid)
    unit.speed_kmh = round(speed_kmh, 1)
