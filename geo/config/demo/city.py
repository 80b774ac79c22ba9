"""The demo city put together, step by step, each in one transaction that says who and why."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import numpy as np
from django.conf import settings
from django.db import connection, transaction

from geo.acting import acting
from geo.city import BUILT_IN, CITY
from geo.config.demo import (
    assets,
    buildings,
    cases,
    duty,
    figures,
    ground,
    keepers,
    loading,
    parcels,
    people,
    places,
    present,
    register,
    sensors,
    steps,
    streets,
    terrain,
    units,
    watch,
)
from geo.config.demo import canals as canals_
from geo.config.demo.ground import Ground
from geo.config.demo.rows import fill
from geo.config.demo.scenes import Scenes
from geo.config.demo.streets import Network
from geo.errors import define
from geo.models import User
from incidents.dispatch import runcards
from incidents.guidance import playbooks
from incidents.models import Assignment, Entry, Incident, Position, Responder
from layers.library.bridges import Bridge
from layers.library.buildings import Building
from layers.library.canals import Canal
from layers.library.closures import Closure
from layers.library.drains import Drain
from layers.library.flood_zones import FloodZone
from layers.library.hydrants import Hydrant
from layers.library.indicators import Indicator
from layers.library.land_uses import MinimumArea
from layers.library.parcels import Parcel
from layers.library.public_places import PublicPlace
from layers.library.roads import Road
from layers.library.sensors import Reading, Sensor
from layers.library.stations import Station
from layers.library.street_lights import StreetLight
from layers.library.wards import AdminUnit
from layers.water import flood_building

NOT_EMPTY = define("not_empty", 409, "Cơ sở dữ liệu đã có dữ liệu", "The database is not empty")

CITIES = BUILT_IN.parent
SIMULATED = "dữ liệu mô phỏng, demo"
CASES_A_MONTH = 160
DAYS = 730
Say = Callable[[str], None]


@dataclass(frozen=True)
class Wish:
    """How big a city, over how many days, ending when; the seed decides everything else."""

    seed: int
    until: datetime
    incidents: int
    parcels: int
    days: int = DAYS
    elevation: Path | None = None  # where the raster goes; none is written without it


def default_incidents(days: int) -> int:
    """About a hundred timed and sixty immediate cases a month."""
    return round(CASES_A_MONTH * days / 30.4)


class Progress:
    """One city being built: what is laid out so far, and how long each step took."""

    def __init__(self, wish: Wish, say: Say) -> None:
        self.wish, self.say = wish, say
        self.counts: dict[str, int] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """One transaction of the demo city, told when it is done."""
        began = time.monotonic()
        with acting(by=None, because="demo city"):
            yield
        self.say(f"  {name:<34} {time.monotonic() - began:6.1f} s")

    def count(self, **rows: int) -> None:
        self.counts |= {name: self.counts.get(name, 0) + n for name, n in rows.items()}


def refuse_if_not_empty() -> None:
    """Raises NOT_EMPTY where cases, units or wards stand already: the demo city is for an empty database."""
    for model, vi, en in (
        (Incident, "vụ việc", "cases"),
        (Responder, "lực lượng", "units"),
        (AdminUnit, "phường, xã", "wards"),
        (User, "người dùng", "people"),
    ):
        if model.objects.exists():
            raise NOT_EMPTY(f"Đã có {vi}; thành phố mẫu chỉ dành cho cơ sở dữ liệu trống.", f"There are {en} already; the demo city is for an empty database.")


@transaction.atomic
def build(wish: Wish, *, passwords: dict[str, str], say: Say) -> tuple[dict[str, int], str]:
    """Build the whole city or nothing. Returns how many rows of each kind, and the secret of the wall's token. Raises NOT_EMPTY."""
    refuse_if_not_empty()
    with connection.cursor() as cursor:
        # Between two statements a large city is thought out for minutes; the server would take that for a forgotten session.
        cursor.execute("set local idle_in_transaction_session_timeout = 0")
    building = Progress(wish, say)
    with building.step("people, agencies, roles"):
        agencies = people.agencies()
        users = people.make(passwords)
        secret = people.kiosk_secret(user=users[people.KIOSK])
    agency_ids = {code: agency.pk for code, agency in agencies.items()}
    with building.step("wards, canals, streets, bridges"):
        land, network = _lay_out(building, agency_ids)
    with building.step("places and stations"):
        public, stations = places.stand(land, canals_.water(network.canals), network.streets)
        _places(building, public, stations, agency_ids)
    with building.step("parcels, houses"):
        _land(building, land, network, public)
    with building.step("street lights, hydrants, drains"):
        _assets(building, land, network, agency_ids)
    with building.step("sensors, indicators, closures"):
        _figures(building, land, network)
    with building.step("cameras and what they see"):
        hung = watch.hang(watch.posts(land, network, public, wish.seed), agency=agency_ids["police"], until=wish.until)
        building.count(cameras=len(hung))
    scenes = Scenes(land, network.streets, network.canals, public)
    with building.step("units"):
        force = units.call_up(
            stations=stations, streets=network.streets, canals=network.canals, agencies=agencies, people=users, until=wish.until, seed=wish.seed
        )
        fill(Responder, units.columns(force))
        building.count(responders=len(force))
    with building.step("cases"):
        _cases(building, scenes, force, agency_ids, users["operator"])
    with building.step("what is going on now"):
        playbooks.load(CITIES / f"{CITY.demo}_playbooks.toml")
        runcards.load(CITIES / f"{CITY.demo}_runcards.toml")
        present.begin(scenes, units=force, people=users, until=wish.until, seed=wish.seed)
        fill(Position, units.positions(force))
    with building.step("crews, shifts, rosters"):
        building.count(**duty.man(force=force, agencies=agencies, by=users["operator"], until=wish.until, seed=wish.seed))
    _elevation(building, land, network)
    with connection.cursor() as cursor:
        cursor.execute("analyze")
    return building.counts, secret


def _lay_out(building: Progress, agencies: dict[str, int]) -> tuple[Ground, Network]:
    land = ground.lay_out(building.wish.seed)
    network = streets.pave(land, canals_.dig(land, building.wish.seed), building.wish.seed)
    _wards(land)
    wards = {row["ward_code"]: row["code"] for row in CITY.agencies if row.get("ward_code")}
    water, paved = [canal.line for canal in network.canals], [street.line for street in network.streets]
    kept = partial(keepers.columns, ground=land, agencies=agencies, wards=wards)
    fill(
        Canal,
        {name: [getattr(canal, name) for canal in network.canals] for name in ("name", "canal_class", "width_m", "depth_m", "navigable", "speed_kmh")}
        | {"geom": water, **kept(water, [canal.canal_class for canal in network.canals], keepers.CANALS)},
    )
    names: tuple[str, ...] = ("name", "road_class", "width_m", "oneway", "surface", "speed_kmh", "bridge", "load_limit_t")
    owned = kept(paved, [street.road_class for street in network.streets], keepers.STREETS)
    fill(Road, {name: [getattr(street, name) for street in network.streets] for name in names} | {"geom": paved, **owned})
    names = ("name", "width_m", "load_limit_t", "clearance_m", "built_year")
    fill(Bridge, {name: [getattr(bridge, name) for bridge in network.bridges] for name in names} | {"geom": [bridge.line for bridge in network.bridges]})
    building.count(wards=len(land.old + land.new), canals=len(network.canals), roads=len(network.streets), bridges=len(network.bridges))
    return land, network


def _wards(land: Ground) -> None:
    """The units old and new; an old one knows its successor."""
    every = land.old + land.new
    names = ("code", "name", "kind", "valid_from", "valid_until", "population")
    ids = fill(
        AdminUnit,
        {name: [getattr(unit, name) for unit in every] for name in names}
        | {"geom": [unit.shape for unit in every], "legal_doc": [f"Sắp xếp đơn vị hành chính ({SIMULATED})" for _ in every]},
    )
    new_ids = {unit.code: int(number) for unit, number in zip(land.new, ids[len(land.old) :], strict=True)}
    for unit, number in zip(land.old, ids, strict=False):
        AdminUnit.objects.get(pk=int(number)).successors.add(new_ids[unit.successor])


def _places(building: Progress, public: list[places.Place], stations: list[places.Place], agencies: dict[str, int]) -> None:
    fill(
        PublicPlace,
        {"name": [place.name for place in public], "kind": [place.kind for place in public], "geom": [place.point for place in public]},
    )
    fill(
        Station,
        {
            "name": [place.name for place in stations],
            "kind": [place.kind for place in stations],
            "agency": [agencies.get(place.agency) for place in stations],
            "phone": [f"0900 000 {number:03d}" for number in range(1, len(stations) + 1)],
            "geom": [place.point for place in stations],
        },
    )
    building.count(public_places=len(public), stations=len(stations))


def _land(building: Progress, land: Ground, network: Network, public: list[places.Place]) -> None:
    wish = building.wish
    if wish.parcels == 0:
        return
    divided = parcels.divide(land, network.streets, network.canals, wanted=wish.parcels, seed=wish.seed)
    use = parcels.land_uses(land, divided, public, wish.seed)
    fill(Parcel, register.columns(land, divided, use, wish.seed))
    MinimumArea.objects.bulk_create(register.minimums(), ignore_conflicts=True)
    houses = buildings.raise_(divided, use, network.streets, wish.seed)
    names = ("use", "storeys", "height_m", "address")
    fill(Building, {name: getattr(houses, name) for name in names} | {"geom": list(houses.shapes)})
    building.count(parcels=len(divided), buildings=len(houses.shapes))


def _assets(building: Progress, land: Ground, network: Network, agencies: dict[str, int]) -> None:
    placed = assets.place(land, network.streets, agencies, building.wish.until.date(), building.wish.seed)
    for model, columns in ((StreetLight, placed.lights), (Hydrant, placed.hydrants), (Drain, placed.drains)):
        fill(model, columns)
    building.count(street_lights=len(placed.lights["geom"]), hydrants=len(placed.hydrants["geom"]), drains=len(placed.drains["geom"]))


def _figures(building: Progress, land: Ground, network: Network) -> None:
    wish = building.wish
    rows, readings = sensors.columns(land, wish.until, wish.seed)
    ids = fill(Sensor, rows)
    of_sensor = np.repeat(ids, [len(at) for at, _ in readings])
    at_s = np.concatenate([at for at, _ in readings])
    fill(Reading, {"sensor": of_sensor, "at": at_s.astype("datetime64[s]"), "value": np.concatenate([values for _, values in readings])})
    today = list(AdminUnit.objects.filter(valid_until=None).order_by("code").values_list("pk", flat=True))
    figured = fill(Indicator, figures.indicators(today, wish.until, wish.seed))
    closed = fill(Closure, figures.closures(land, network, wish.until))
    building.count(sensors=len(ids), readings=len(at_s), indicators=len(figured), closures=len(closed))


def _elevation(building: Progress, land: Ground, network: Network) -> None:
    path = building.wish.elevation
    if path is None:
        return
    if not terrain.is_ours(path):
        building.say(f"  {path} is not of a demo city: it stays as it is")
        return
    with building.step("elevation raster"):
        terrain.write(path, ground=land, streets=network.streets, canals=network.canals, seed=building.wish.seed)
    if path == Path(settings.ELEVATION_PATH):
        with building.step("where water comes"):
            flood_building.build(at=building.wish.until)
        building.count(flood_zones=FloodZone.objects.count())


def _cases(building: Progress, scenes: Scenes, force: list[Responder], agencies: dict[str, int], operator: User) -> None:
    wish = building.wish
    if wish.incidents == 0:
        return
    history = cases.draw(scenes, n=wish.incidents, days=wish.days, until=wish.until, agencies=agencies, seed=wish.seed)
    ids = np.arange(len(history)) + (Incident.objects.order_by("-pk").values_list("pk", flat=True).first() or 0) + 1
    merged = [int(ids[other]) if other >= 0 else None for other in history.merged_into]
    went = steps.sent(history, force, wish.seed)
    with loading.bare(Incident, Assignment, Entry, rows=len(history)):
        fill(Incident, {**history.columns, "merged_into": merged})
        sent_ids = fill(Assignment, went.columns(incident_ids=ids, units=force, by=operator.pk))
        rows = steps.entries(history, went, incident_ids=ids, assignment_ids=sent_ids, units=force, by=operator.pk)
        fill(Entry, rows)
    building.count(incidents=len(history), assignments=len(sent_ids), entries=len(rows["kind"]))
