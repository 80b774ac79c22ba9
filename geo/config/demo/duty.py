"""Who is on duty: people on the units, what the units carry, shifts since the last change, and two weeks of duty rosters with a change of hands and a gap.

Nobody here is a real person. The hours are those that such forces keep: three shifts a day at the police, two at fire and ambulance, a whole day elsewhere.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import cycle
from zoneinfo import ZoneInfo

import numpy as np

from geo.city import CITY
from geo.config.demo import lines
from geo.config.demo.kinds import FAMILY, GIVEN, MIDDLE
from geo.models import Agency, User
from incidents.models import Assignment, CheckIn, Crewing, DutyTurn, Equipment, Member, Responder, Shift, Substitution

# Hours at which a shift begins, by agency; the rest change once a day.
CHANGES: dict[str, tuple[int, ...]] = {
    "police": (6, 14, 22), "traffic_police": (6, 14, 22), "ioc": (6, 14, 22), "fire": (7, 19), "ambulance": (7, 19), "waterway_police": (7, 19), "power": (7, 19),
}  # fmt: skip
DAILY = (7,)
# The posts of a roster and how many people share each.
POSTS: dict[str, tuple[tuple[str, int], ...]] = {
    "ioc": (("Trực ban điều hành", 5), ("Lãnh đạo trực", 3)),
    "police": (("Trực chỉ huy", 4), ("Trực ban", 6)),
    "fire": (("Trực chỉ huy", 3), ("Trực thông tin 114", 4)),
    "ambulance": (("Bác sĩ trực", 4), ("Trực điều phối 115", 4)),
}
ONE_POST = (("Trực ban", 3),)
RELIEF, LONGEST_ON = timedelta(hours=4), timedelta(hours=5)
BACK, AHEAD = timedelta(days=7), timedelta(days=7)
# What units carry: by force and vehicle, else by force alone. Name, the city's code for it, skills that it gives, whether it is essential.
Carried = tuple[tuple[str, str, tuple[str, ...], bool], ...]
ON_WATER: Carried = (("Áo phao", "life_jackets", (), True), ("Phao cứu sinh", "life_ring", (), False), ("Dây cứu sinh", "throw_line", (), False))
PATROL: Carried = (("Loa cầm tay", "megaphone", (), False), ("Túi sơ cứu", "first_aid_kit", (), False))
POWER: Carried = (("Sào cách điện", "hot_stick", ("power",), True),)
KIT: dict[str, Carried] = {
    "fire truck": (
        ("Bơm chữa cháy", "pump", ("fire",), True), ("Lăng, vòi 20 m", "hose", (), True), ("Bộ thở", "breathing", ("rescue",), False),
        ("Thang 9 m", "ladder", (), False), ("Bộ cắt phá thủy lực", "cutter", ("heavy_rescue",), False), ("Đèn chiếu sáng", "lighting", (), False),
    ),
    "fire motorbike": (("Bơm khiêng tay", "pump", ("fire",), True), ("Lăng, vòi 20 m", "hose", (), True)),
    "fire boat": (*ON_WATER, ("Bơm tàu", "pump", ("fire",), True), ("Lăng, vòi 20 m", "hose", (), True), ("Tàu", "boat", (), True)),
    "ambulance car": (
        ("Cáng", "stretcher", (), True), ("Máy khử rung", "aed", ("medical",), False), ("Bình ô xy", "oxygen", (), True), ("Túi sơ cứu", "first_aid_kit", (), False),
    ),
    "ambulance boat": (*ON_WATER, ("Cáng", "stretcher", (), True), ("Bình ô xy", "oxygen", (), True), ("Xuồng", "boat", (), True)),
    "waterway_police": (*ON_WATER, ("Ca nô", "boat", (), True), ("Loa cầm tay", "megaphone", (), False)),
    "militia boat": (*ON_WATER, ("Xuồng", "boat", (), True), ("Cáng xếp", "stretcher", (), False)),
    "militia": (("Dây cứu sinh", "throw_line", (), False), ("Túi sơ cứu", "first_aid_kit", (), False), ("Cưa máy", "chainsaw", (), False)),
    "police": PATROL,
    "security": PATROL,
    "traffic_police": (("Cọc tiêu, rào chắn", "cones", (), True), ("Túi sơ cứu", "first_aid_kit", (), False)),
    "red_cross": (("Túi sơ cứu", "first_aid_kit", (), True), ("Cáng xếp", "stretcher", (), False), ("Máy khử rung", "aed", (), False)),
    "ward": (("Loa cầm tay", "megaphone", (), False), ("Áo phao", "life_jackets", (), False)),
    "power truck": (*POWER, ("Thang nâng", "ladder", (), False)),
    "power": POWER,
    "works": (
        ("Cưa máy", "chainsaw", ("trees",), False), ("Biển báo công trường", "cones", ("roads",), True), ("Bơm thoát nước", "drain_pump", (), False),
        ("Tời", "winch", (), False),
    ),
    "water": (("Bơm thoát nước", "drain_pump", (), True),),
    "urban_order truck": (("Cẩu tự hành", "winch", ("haul",), True),),
}  # fmt: skip
BROKEN_SHARE = 0.04
FULL_CREW_SHARE = 0.8


class People:
    """Names for those who serve, each once, and a telephone that rings nowhere."""

    def __init__(self, chance: np.random.Generator) -> None:
        self.names = iter(chance.permutation([f"{family} {middle} {given}" for family in FAMILY for middle in MIDDLE for given in GIVEN]).tolist())
        self.numbers = iter(range(1_000, 9_999))

    def hire(self, agency: Agency, skills: Sequence[str] = ()) -> Member:
        return Member(agency=agency, name=next(self.names), phone=f"0900 00 {next(self.numbers)}", qualifications=list(skills))


def man(*, force: Sequence[Responder], agencies: dict[str, Agency], by: User, until: datetime, seed: int) -> dict[str, int]:
    """People, crews, equipment, shifts and rosters; answers how many. Units and cases under way stand already."""
    chance = lines.generator(seed, "duty")
    people, codes = People(chance), {agency.pk: code for code, agency in agencies.items()}
    crews = [
        (unit, [people.hire(agencies[codes[unit.agency_id]], _skills(unit, chance)) for _ in range(_size(unit, chance))])
        for unit in force
        if unit.duty == "on_duty"
    ]
    Member.objects.bulk_create([member for _, crew in crews for member in crew])
    shifts = [_shift(unit, codes[unit.agency_id], by, until) for unit, _ in crews]
    Shift.objects.bulk_create(shifts)
    began = {shift.responder_id: shift.on_at for shift in shifts}
    Crewing.objects.bulk_create([Crewing(responder=unit, member=member, since=began[unit.pk], by=by) for unit, crew in crews for member in crew])
    Responder.objects.filter(pk__in=[unit.pk for unit, _ in crews]).update(crew_least=1)
    carried = [one for unit in force for one in _kit(unit, chance, by, until)]
    Equipment.objects.bulk_create(carried)
    _say_well(by, until)
    turns = _rosters(agencies, people, until)
    DutyTurn.objects.bulk_create(turns)
    _change_hands(turns, agencies, by, until)
    return {"members": Member.objects.count(), "shifts": len(shifts), "equipment": len(carried), "duty_turns": DutyTurn.objects.count()}


def _size(unit: Responder, chance: np.random.Generator) -> int:
    return unit.crew if unit.crew < 3 or chance.random() < FULL_CREW_SHARE else unit.crew - 1


def _skills(unit: Responder, chance: np.random.Generator) -> list[str]:
    own = [skill for skill in unit.skills if chance.random() < 0.7]
    return own if chance.random() > 0.25 or "first_aid" in own else [*own, "first_aid"]


def _shift(unit: Responder, agency: str, by: User, until: datetime) -> Shift:
    began, ends = last_change(agency, until)
    if ends - until < RELIEF:
        # The next crew has come early: at whatever hour the city is begun, its units are rested and stay for a while.
        began, ends = ends, last_change(agency, ends)[1]
    began = min(max(began, until - LONGEST_ON), until - timedelta(minutes=10))
    return Shift(responder=unit, on_at=began, ends_at=ends, rested_since=began, on_by=by)


def last_change(agency: str, at: datetime) -> tuple[datetime, datetime]:
    """The change of shift before a moment, and the one after it."""
    zone = ZoneInfo(CITY.timezone)
    midnight = at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    moments = [midnight + timedelta(days=day, hours=hour) for day in (-1, 0, 1) for hour in CHANGES.get(agency, DAILY)]
    before = max(moment for moment in moments if moment <= at)
    return before, min(moment for moment in moments if moment > at)


def _kit(unit: Responder, chance: np.random.Generator, by: User, until: datetime) -> Iterator[Equipment]:
    for name, code, skills, essential in KIT.get(f"{unit.kind} {unit.mode}", KIT.get(unit.kind, ())):
        broken = chance.random() < BROKEN_SHARE
        given = [skill for skill in skills if skill in unit.skills]
        yield Equipment(
            responder=unit, name=name, kind=code, skills=given, essential=essential, state="faulty" if broken else "ready", note="chờ sửa" if broken else "",
            changed_at=until - timedelta(hours=float(chance.uniform(1, 200))), by=by,
        )  # fmt: skip


def _say_well(by: User, until: datetime) -> None:
    """Units on the scene of a fire or on water have said every twenty minutes that they are well."""
    for row in Assignment.objects.filter(ended_at=None, status="on_scene").select_related("incident", "responder"):
        every = timedelta(minutes=CITY.categories[row.incident.category].check_min)
        if not every or row.on_scene_at is None:
            continue
        said = [row.on_scene_at + number * every for number in range(1, int((until - row.on_scene_at) / every) + 1)]
        CheckIn.objects.bulk_create([CheckIn(responder=row.responder, incident=row.incident, at=moment, by=by) for moment in said])
        if said:
            Responder.objects.filter(pk=row.responder_id).update(last_check_at=said[-1])
            Assignment.objects.filter(pk=row.pk).update(check_due_at=said[-1] + every)


def _rosters(agencies: dict[str, Agency], people: People, until: datetime) -> list[DutyTurn]:
    found = []
    for code, agency in agencies.items():
        for post, many in POSTS.get(code, ONE_POST):
            crew = [people.hire(agency) for _ in range(many)]
            Member.objects.bulk_create(crew)
            start, _ = last_change(code, until - BACK)
            for member in cycle(crew):
                if start >= until + AHEAD:
                    break
                _, end = last_change(code, start)
                found.append(DutyTurn(agency=agency, post=post, member=member, starts_at=start, ends_at=end, source="demo"))
                start = end
    return found


def _change_hands(turns: Sequence[DutyTurn], agencies: dict[str, Agency], by: User, until: datetime) -> None:
    """One turn of tomorrow was handed over, and one has nobody yet."""
    tomorrow = until + timedelta(days=1)
    mine = [turn for turn in turns if turn.agency_id == agencies["ioc"].pk and turn.post == POSTS["ioc"][0][0]]
    handed = next(turn for turn in mine if turn.starts_at > until)
    other = next(turn.member for turn in mine if turn.member_id != handed.member_id and turn.starts_at > handed.ends_at + timedelta(hours=8))
    Substitution.objects.create(turn=handed, was=handed.member, now=other, at=until - timedelta(hours=3), by=by, because="con ốm, đổi ca")
    DutyTurn.objects.filter(pk=handed.pk).update(member=other)
    empty = next((turn for turn in turns if turn.agency_id == agencies["water"].pk and turn.starts_at > tomorrow), None)
    if empty is not None:
        DutyTurn.objects.filter(pk=empty.pk).delete()
