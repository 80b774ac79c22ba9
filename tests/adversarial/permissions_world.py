"""Two wards, every layer with a row of each kind in them, and every kind of caller, as the oracle's tables name them. Nothing is asked of permissions here."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from django.contrib.gis.geos import GEOSGeometry
from django.db import connection
from django.test import Client

from cameras import placing
from cameras.models import Camera
from geo.acting import acting
from geo.models import Agency, Role, Token, User
from incidents.models import Assignment, Incident, Responder
from layers.layer import Field, Grant, registry
from layers.library.bridges import Bridge
from layers.library.buildings import Building
from layers.library.canals import Canal
from layers.library.closures import Closure
from layers.library.drains import Drain
from layers.library.flood_zones import FloodZone
from layers.library.hydrants import Hydrant
from layers.library.indicators import Indicator
from layers.library.parcels import Parcel
from layers.library.public_places import PublicPlace
from layers.library.roads import Road
from layers.library.sensors import Sensor
from layers.library.stations import Station
from layers.library.street_lights import StreetLight
from layers.library.wards import AdminUnit
from layers.making import made
from layers.models import MadeLayer
from tests.adversarial.permissions_oracle import CALLERS, LAYERS, ROLES, ROWS
from tests.conftest import city_wkt

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
SINCE = date(2025, 7, 1)
WARDS = {"home": ("31340", 0.0), "away": ("31341", 2_400.0)}
# Seen by few: whoever may not see the field must never meet it, in whatever answer.
CANARY = "Canary Nguyễn Thị Hạnh"
MASK_M = 37.0
EAST_M = {"home own": 100.0, "home foreign": 200.0, "away own": 2_500.0, "away foreign": 2_600.0}


@dataclass
class World:
    """fids by layer and row, clients by caller, what a row is called, and the change sets that wait for each row."""

    people: dict[str, User | None] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)
    fids: dict[tuple[str, str], int] = field(default_factory=dict)
    waiting: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)


def needle(slug: str, row: str) -> str:
    """What the row is called, like no other."""
    return f"zq{sorted(LAYERS).index(slug):02d}{sorted(ROWS).index(row)}x"


def around(kind: str, east_m: float) -> GEOSGeometry:
    """A shape of forty metres whose first corner lies so far east of the junction."""
    x, y = east_m, 30.0
    corners = {"POINT": [(x, y)], "LINESTRING": [(x, y), (x + 40, y)], "POLYGON": [(x, y), (x + 40, y), (x + 40, y + 40), (x, y + 40), (x, y)]}
    return city_wkt(kind, *corners["POLYGON" if kind == "MULTIPOLYGON" else kind])


KINDS = {
    "wards": "MULTIPOLYGON", "parcels": "POLYGON", "buildings": "POLYGON", "roads": "LINESTRING", "canals": "LINESTRING", "bridges": "LINESTRING",
    "drains": "LINESTRING", "closures": "LINESTRING", "flood_zones": "MULTIPOLYGON",
}  # fmt: skip


def kind_of(slug: str) -> str:
    return KINDS.get(slug, "POINT")


# Everybody but few sees these a little to the east of where they stand.
MASKED = (Grant("see_land_users"), Grant("see_assets", geometry=f"public.st_translate(t.geom, {MASK_M}, 0)"))
WELLS = (
    Field("name", "Tên", "Name"),
    Field("keeper", "Người giữ", "Keeper", see="see_land_users", edit="publish_edits"),
    Field("depth_m", "Sâu", "Depth", type="float", edit="publish_edits"),
)


def _asset(model: Any) -> Callable[..., Any]:
    return lambda name, geom, agency, **_: model.objects.create(asset_code=name, geom=geom, agency=agency)


def _incident(name: str, geom: Any, agency: Agency, row: str, world: World) -> Any:
    facts = ROWS[row]
    given = {"category": "house_fire", "process": "immediate", "severity": 5, "channel": "phone", "reported_at": NOW, "reporter_name": CANARY}
    case = Incident.objects.create(**given, place_name=name, geom=geom, agency=agency, restricted=facts.restricted)
    if facts.of_field:
        unit = Responder.objects.get(user=world.people["field"])
        Assignment.objects.create(incident=case, responder=unit, status="assigned", requested_at=NOW)
    return case


def _responder(name: str, geom: Any, agency: Agency, row: str, world: World) -> Any:
    user = world.people["field"] if ROWS[row].of_field else None
    return Responder.objects.create(
        code=name, name="Tổ", kind="ward", agency=agency, authority="directed", mode="car", position_at=NOW, geom=geom, user=user
    )  # fmt: skip


def _camera(name: str, geom: Any, **_: Any) -> Any:
    place = geom.transform(4326, clone=True)
    made_ = placing.place(code=name, name=name, lon=place.x, lat=place.y, heading_deg=90, hfov_deg=60, range_m=80, by=None, because="test", at=NOW)
    return Camera.objects.get(pk=made_.pk)


def _parcel(name: str, geom: Any, row: str, **_: Any) -> Any:
    code, number = WARDS[ROWS[row].ward][0], 100 + sorted(ROWS).index(row)
    return Parcel.objects.create(
        ward_code=code, ward_valid_from=SINCE, sheet_no=7, parcel_no=number, land_use="ODT", land_user_name=CANARY, certificate_no=name, geom=geom
    )  # fmt: skip


def _made_row(slug: str, values: dict[str, Any], geom: Any) -> Any:
    with connection.cursor() as cursor:
        names, places = ", ".join(values), ", ".join(["%s"] * len(values))
        cursor.execute(f"insert into made.{slug} ({names}, geom) values ({places}, st_geomfromewkb(%s)) returning id", [*values.values(), bytes(geom.ewkb)])  # noqa: S608
        return type("Row", (), {"pk": cursor.fetchone()[0]})


def _indicator(name: str, row: str, **_: Any) -> Any:
    ward = AdminUnit.objects.get(code=WARDS[ROWS[row].ward][0])
    span = {"period_from": date(2026, 1, 1), "period_until": date(2026, 2, 1)}
    return Indicator.objects.create(code=name, title_vi=name, title_en=name, ward=ward, value=1, unit="%", updated_at=NOW, **span)


RECIPES: dict[str, Callable[..., Any]] = {
    "wards": lambda name, geom, **_: AdminUnit.objects.create(code=name, name=name, kind="ap", valid_from=SINCE, geom=geom),
    "parcels": _parcel,
    "buildings": lambda name, geom, **_: Building.objects.create(address=name, geom=geom),
    "roads": lambda name, geom, **_: Road.objects.create(name=name, road_class="primary", width_m=8, speed_kmh=30, geom=geom),
    "canals": lambda name, geom, **_: Canal.objects.create(name=name, canal_class="main", width_m=40, geom=geom),
    "bridges": lambda name, geom, **_: Bridge.objects.create(name=name, width_m=6, geom=geom),
    "street_lights": _asset(StreetLight),
    "hydrants": _asset(Hydrant),
    "drains": _asset(Drain),
    "masked": lambda name, geom, **_: _made_row("masked", {"name": name}, geom),
    "public_places": lambda name, geom, **_: PublicPlace.objects.create(name=name, kind="market", geom=geom),
    "closures": lambda name, geom, **_: Closure.objects.create(reason=name, starts_at=NOW, geom=geom),
    "stations": lambda name, geom, **_: Station.objects.create(name=name, kind="police", geom=geom),
    "flood_zones": lambda name, geom, **_: FloodZone.objects.create(level_cm=150, area_m2=1, datum=name, geom=geom),
    "sensors": lambda name, geom, **_: Sensor.objects.create(code=name, name=name, kind="water_level", unit="m", geom=geom),
    "indicators": _indicator,
    "cameras": _camera,
    # The same rows by their other shape.
    "camera_views": lambda row, **_: Camera.objects.get(code=needle("cameras", row)),
    "responders": _responder,
    "incidents": _incident,
    "wells": lambda name, geom, **_: _made_row("wells", {"name": name, "keeper": CANARY, "depth_m": 3}, geom),
}


def people() -> dict[str, User | None]:
    """One person for each kind of caller that has a role, and the author of the sets that wait."""
    agencies = {"own": Agency.objects.create(code="police", name="Công an"), "foreign": Agency.objects.create(code="water_works", name="Cấp nước")}
    roles = {slug: Role.objects.create(slug=slug, name=slug, permissions=sorted(able)) for slug, able in ROLES.items()}
    found: dict[str, User | None] = {}
    for name, caller in CALLERS.items():
        if caller.role is None:
            found[name] = None
            continue
        wards = [WARDS[ward][0] for ward in caller.wards]
        user = User.objects.create(username=name.replace(" ", "_"), agency=agencies[caller.agency], wards=wards, edit_layers=list(caller.layers))
        user.roles.add(roles[caller.role])
        found[name] = user
    author = User.objects.create(username="author", agency=agencies["own"])
    author.roles.add(roles["approver"], roles["operator"])
    return found | {"author": author}


def client_of(name: str, user: User | None) -> Client:
    """As the caller comes: with a session, with a token, with a token that was revoked, or with nothing."""
    if user is not None and not (name in CALLERS and CALLERS[name].bearer):
        client = Client(raise_request_exception=False)
        client.force_login(user)
        return client
    if name in CALLERS and CALLERS[name].bearer:
        holder = user or User.objects.get(username="officer")
        token, secret = Token.issue(name=name, user=holder)
        if user is None:
            Token.objects.filter(pk=token.pk).update(revoked_at=NOW)
        return Client(raise_request_exception=False, headers={"Authorization": f"Bearer {secret}"})
    return Client(raise_request_exception=False)


@contextmanager
def world() -> Iterator[World]:
    """The city with its people; what was registered for it leaves with it."""
    built = World(people=people())
    try:
        with acting(by=None, because="the city of the matrix"):
            _build(built)
            _change_each(built)
        built.clients = {name: client_of(name, user) for name, user in built.people.items()}
        yield built
    finally:
        MadeLayer.objects.all().delete()
        made.refresh()


def _build(built: World) -> None:
    for code, east_m in WARDS.values():
        edge = ((east_m - 1_000, -1_000), (east_m + 1_000, -1_000), (east_m + 1_000, 1_000), (east_m - 1_000, 1_000), (east_m - 1_000, -1_000))
        AdminUnit.objects.create(code=code, name=f"Phường {code}", kind="phuong", valid_from=SINCE, geom=city_wkt("MULTIPOLYGON", *edge))
    made.make(slug="wells", vi="Giếng", en="Wells", geometry_type="Point", fields=WELLS, label="name", at=NOW)
    made.make(slug="masked", vi="Nơi kín", en="Masked", geometry_type="Point", fields=WELLS[:1], label="name", at=NOW)
    made.refresh()
    registry.add(type("made.masked", (registry.known("masked"),), {"grants": MASKED}))
    agencies = {"own": Agency.objects.get(code="police"), "foreign": Agency.objects.get(code="water_works")}
    for slug, recipe in RECIPES.items():
        for row, facts in ROWS.items():
            geom = around(kind_of(slug), EAST_M[row] + 3 * sorted(LAYERS).index(slug))
            built.fids[slug, row] = recipe(name=needle(slug, row), geom=geom, agency=agencies[facts.agency], row=row, world=built).pk


def _change_each(built: World) -> None:
    """Every row has a past, so that it can be brought back: it is at version 2 now."""
    with connection.cursor() as cursor:
        for slug, sheet in LAYERS.items():
            if sheet.edit is not None:
                fids = [fid for (of, _), fid in built.fids.items() if of == slug]
                cursor.execute(f"update {registry.known(slug).table()} set version = version + 1 where id = any(%s)", [fids])  # noqa: S608
