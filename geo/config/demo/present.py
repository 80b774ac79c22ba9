"""What is going on right now: cases of the last minutes in every status, the units on their way to them, and who is calling.

Among them are a protest that few may know of, a caller who cannot say where they are, and a number that has called before. The report of each is
marked as the demo's own, with the moment at which it was laid: whatever a person writes to it after that was done by a visitor.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

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
from incidents import compartments
from incidents.guidance import playbooks, stepping
from incidents.guidance import steps as playbook_steps
from incidents.models import Assignment, Call, Entry, Incident, Playbook, Responder, Run, RunStep


@dataclass(frozen=True)
class Going:
    """One case under way: how long ago each step was, who was sent (unit code, how far it has come)."""

    category: str
    where: str  # a kind of place of geo.config.demo.scenes; empty where the caller cannot say
    ago_s: int
    steps: tuple[tuple[str, int], ...] = ()
    units: tuple[tuple[str, str], ...] = ()
    severity: int | None = None
    words: str = ""
    phone: str = ""


# Who has called before, and calls again.
AGAIN = "0900 117 336"
# step, seconds after the report. Units: code, status of the assignment.
NOW: tuple[Going, ...] = (
    Going("medical", "homes", 24),
    Going("crash_injury", "", 63, words="Có người ngã xe chảy máu nhiều, người gọi hoảng loạn, không biết đang ở đường nào", phone=AGAIN),
    Going("protest", "offices", 170, (("acknowledge", 15), ("verify", 95)), words="Khoảng 60 người giăng băng rôn trước trụ sở, đòi gặp lãnh đạo về giá bồi thường"),
    Going("crash", "trunk", 41),
    Going("noise", "homes", 140),
    Going("fight", "market", 95, (("acknowledge", 22),)),
    Going("high_tide", "low", 160, (("acknowledge", 31),)),
    Going("crash_injury", "trunk", 128, (("acknowledge", 18), ("verify", 96))),
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


# The columns of a case that say where it is; a case without a place has none of them.
Spot = dict[str, Any]
OWN = "demo"
# Calls: how long ago it rang, whether somebody let it ring.
CALLS: tuple[tuple[str, str, int, bool], ...] = (("again", AGAIN, 9, False), ("missed", "0900 552 108", 410, True))


def begin(city: Scenes, *, units: Sequence[Responder], people: dict[str, User], until: datetime, seed: int) -> list[Incident]:
    """Write the cases under way, with their steps and the units sent; units on duty move to where they would be. Returns the cases."""
    chance = lines.generator(seed, "present")
    codes = cases.codes(len(NOW) + 60_000, lines.generator(seed, "present codes"))[: len(NOW)]
    spots = [_spot(city, going.where, until, chance) if going.where else {} for going in NOW]
    ring(until)
    return lay(spots, codes=[f"{code}" for code in codes], units=units, people=people, until=until, chance=chance)


def lay(
    spots: Sequence[Spot], *, codes: Sequence[str], units: Sequence[Responder], people: dict[str, User], until: datetime, chance: np.random.Generator
) -> list[Incident]:
    """Lay each case of NOW at its spot, with the units that are free and the playbooks as far as they should be done. Within `acting`."""
    by_code, operator, made = {unit.code: unit for unit in units}, people["operator"], []
    for number, (going, spot, code) in enumerate(zip(NOW, spots, codes, strict=True)):
        if going.category not in CITY.categories:
            continue
        incident = _report(going, code, spot, until, chance)
        sent = [by_code[name] for name, _ in going.units if name in by_code]
        steps = _steps(incident, going, sent, operator, {OWN: number, "laid_s": until.timestamp()})
        for unit, (_, status) in zip(sent, going.units, strict=False):
            steps += _send(incident, unit, status, going, operator, until, chance)
        _write(incident, steps + _worked(incident, people, until))
        compartments.born(incident=incident, by=operator, at=incident.reported_at)
        made.append(incident)
    return made


def _spot(city: Scenes, where: str, until: datetime, chance: np.random.Generator) -> Spot:
    point = city.draw(where, 1, chance)
    ward_code, ward_name = scenes.units_at(city.ground, point, np.array([until.timestamp()]))
    road_name = scenes.road_names(city.streets, point)
    place_name = scenes.place_names(city.places, road_name, point, chance)[0]
    where_ = {"ward_code": ward_code[0], "ward_name": ward_name[0], "road_name": road_name[0], "place_name": place_name}
    sure = {"place_source": "caller", "accuracy_m": round(float(chance.uniform(8, 60)), 0)}
    return {**where_, **sure, "geom": as_field(shapely.points(point)[0])}


def ring(until: datetime) -> None:
    """A number rings that has called before, and another rang and was not answered."""
    for name, number, ago_s, missed in CALLS:
        rang_at = until - timedelta(seconds=ago_s)
        ended_at = rang_at + timedelta(seconds=38) if missed else None
        key = f"{OWN}-{name}-{until.timestamp():.0f}"
        Call.objects.create(call_id=key, number=number, line=CITY.emergency_numbers[-1]["number"], heard_at=rang_at, rang_at=rang_at, ended_at=ended_at)


def _report(going: Going, code: str, spot: Spot, until: datetime, chance: np.random.Generator) -> Incident:
    reported_at = until - timedelta(seconds=going.ago_s)
    category = CITY.categories[going.category]
    moments = {MOMENT_OF[step]: reported_at + timedelta(seconds=after_s) for step, after_s in going.steps if step in MOMENT_OF}
    words = (going.words,) if going.words else KINDS[going.category].words
    return Incident.objects.create(
        code=code,
        category=category.code,
        process=category.process,
        severity=going.severity or category.severity,
        status=STATUS_OF[going.steps[-1][0]] if going.steps else "new",
        description=words[int(chance.integers(len(words)))],
        channel="phone",
        reporter_name="Trần Văn Nam",
        reporter_phone=going.phone or f"0900 {int(chance.integers(0, 1_000_000)):06d}",
        reported_at=reported_at,
        **compartments.at_birth(category),
        **spot,
        **moments,
    )


def _steps(incident: Incident, going: Going, sent: list[Responder], operator: User, mark: dict[str, Any]) -> list[Entry]:
    """The centre's own steps, the first of them marked as the demo's; those of the units follow with each of them."""
    found = []
    for step, after_s in (("report", 0), *going.steps):
        if step in ("enroute", "on_scene"):
            continue
        note = ", ".join(unit.code for unit in sent) if step == "dispatch" else ""
        data = {"channel": incident.channel, **mark} if step == "report" else {"units": [unit.code for unit in sent]} if step == "dispatch" else {}
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


def _worked(incident: Incident, people: dict[str, User], until: datetime) -> list[Entry]:
    """The playbooks of a case with what should be done of them by now: in time, by whoever may, or by what happened."""
    playbooks.arm_fitting(incident=incident, by=None, at=incident.reported_at)
    if not incident.acknowledged_at:
        return []
    for run in incident.runs.select_related("playbook"):
        while found := _should_be_done(run, incident, people, until):
            RunStep.objects.create(run=run, **found)
    return [_step_taken(row, run.playbook) for run in incident.runs.select_related("playbook") for row in run.taken.select_related("run__incident")]


def _step_taken(row: RunStep, playbook: Playbook) -> Entry:
    step = next(step for step in playbook.steps if step["code"] == row.code)
    data = {"playbook": playbook.slug, "step": row.code, "status": "done", "choice": row.choice}
    return Entry(incident=row.run.incident, at=row.at, by=row.by, kind="step", status_to=ORDER[0], note=step["vi"], data=data)


# How the demo's operator did what wants evidence.
TOLD = {"manual": "đã hỏi, đã báo lại", "notify": "đã gọi điện", "task": "đã gọi điện, đã nhận việc"}


def _should_be_done(run: Run, incident: Incident, people: dict[str, User], until: datetime) -> dict[str, Any] | None:
    """The first step of a run that is done by now, as the row that says so: by itself, or because its time is over and it was done well before."""
    standings = playbook_steps.standings(run.playbook.steps, run.armed_at, playbooks.taken_of(run))
    for step in run.playbook.steps:
        one, kind = standings[step["code"]], step["kind"]
        if one.state != "todo" or one.opened_at is None:
            continue
        if kind in stepping.SEEN:
            if (seen := stepping.SEEN[kind](step, one, incident, until)) is not None:
                return {"code": step["code"], "status": "done", "at": seen[0], "note": seen[1]}
        elif one.due_at and one.due_at < until:
            choices = [each["value"] for each in step.get("choices", ())]
            choice = "no" if "no" in choices else next(iter(choices), "")
            person = people["leader" if step.get("authority") == "leader" else "operator"]
            done_at = one.opened_at + (one.due_at - one.opened_at) * 0.6
            return {"code": step["code"], "status": "done", "at": done_at, "by": person, "choice": choice, "note": TOLD.get(kind, "")}
    return None


def _move(unit: Responder, x: float, y: float, speed_kmh: float) -> None:
    unit.geom = GeosPoint(round(x, lines.DIGITS), round(y, lines.DIGITS), srid=CITY.srid)
    unit.speed_kmh = round(speed_kmh, 1)
