"""Written by hand: for every registered layer, the rows that are made and who sees which of them, and which fields.

`gone` is a row that was deleted: nobody sees it. A layer that a caller has no grant for is `MISSING`: as if it never was.
A new layer without its entry here fails the tests.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from cameras import placing
from cameras.models import Camera
from geo.models import Agency, User
from incidents.models import Assignment, Incident, Responder, RestrictedArea
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
from tests.conftest import JUNCTION, city_wkt

CALLERS = ("anonymous", "operator", "officer", "foreign agency", "own agency", "field")
MISSING = None
NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
SQUARE = ((20, 20), (60, 20), (60, 60), (20, 60), (20, 20))
People = dict[str, User]


def _pair(model: Any, different: str = "", **values: Any) -> dict[str, int]:
    """A row that stands and one that has been deleted; they differ in the unique column."""
    standing = model.objects.create(**values)
    gone = model.objects.create(**{**values, **({different: f"{values[different]}-gone"} if different else {})})
    fid = gone.pk
    gone.delete()
    return {"standing": standing.pk, "gone": fid}


def _asset(model: Any, kind: str, *offsets: tuple[float, float]) -> dict[str, int]:
    return _pair(model, "asset_code", asset_code="A-1", geom=city_wkt(kind, *offsets))


def _ward(code: str = "31340", **more: Any) -> dict[str, int]:
    return _pair(
        AdminUnit, "code", code=code, name="Phường Ngã Bảy", kind="phuong", valid_from=date(2025, 7, 1), geom=city_wkt("MULTIPOLYGON", *SQUARE), **more
    )


def _indicators(people: People) -> dict[str, int]:
    ward = AdminUnit.objects.get(pk=_ward("31341")["standing"])
    values = {"title_vi": "Tỷ lệ", "title_en": "Rate", "ward": ward, "period_from": date(2026, 1, 1), "period_until": date(2026, 2, 1)}
    return _pair(Indicator, "code", code="rate", value=0.9, unit="%", updated_at=NOW, **values)


def _parcels(people: People) -> dict[str, int]:
    common = {"ward_code": "31340", "sheet_no": 3, "parcel_no": 9, "land_use": "ODT", "land_user_name": "Trần Thị B", "geom": city_wkt("POLYGON", *SQUARE)}
    return _pair(Parcel, "ward_code", **common, ward_valid_from=date(2025, 7, 1))


def _incidents(people: People) -> dict[str, int]:
    """An ordinary case, restricted ones, two with agencies, one where the field unit is sent, one that is closed, one that nobody knows the place of."""
    own, foreign = people["agency"].agency, Agency.objects.create(code="water_works", name="Cấp nước")
    rows = {
        "ordinary": {},
        "restricted": {"restricted": True},
        "ours": {"agency": own},
        "theirs": {"agency": foreign},
        "restricted ours": {"agency": own, "restricted": True},
        "sent": {},
        "closed": {"closed_at": NOW, "status": "closed"},
        "nowhere": {"geom": None},
    }
    common = {
        "category": "house_fire",
        "process": "immediate",
        "severity": 5,
        "channel": "phone",
        "reported_at": NOW,
        "reporter_name": "Bà Tư",
        "reporter_phone": "0909",
    }
    made = {name: Incident.objects.create(**{**common, "geom": city_wkt("POINT", (30, 30)), **more}) for name, more in rows.items()}
    unit = Responder.objects.create(code="U-1", name="Tổ 1", kind="ward", agency=own, authority="directed", mode="car", user=people["field"])
    Assignment.objects.create(incident=made["sent"], responder=unit, status="assigned", requested_at=NOW)
    gone = Incident.objects.create(**common, geom=city_wkt("POINT", (30, 30)))
    fid = gone.pk
    gone.delete()
    return {**{name: row.pk for name, row in made.items()}, "gone": fid}


def _responders(people: People) -> dict[str, int]:
    common = {"name": "Tổ", "kind": "ward", "agency": people["agency"].agency, "authority": "directed", "mode": "car", "position_at": NOW, "phone": "0900"}
    other = _pair(Responder, "code", code="U-1", geom=city_wkt("POINT", (30, 30)), **common)
    own = Responder.objects.create(code="U-2", geom=city_wkt("POINT", (30, 30)), user=people["field"], **common)
    return {"other": other["standing"], "own": own.pk, "gone": other["gone"]}


def _areas(people: People) -> dict[str, int]:
    """The cell of a restricted case that is open, and of one that has ended."""
    common = {"category": "protest", "process": "immediate", "severity": 5, "channel": "phone", "reported_at": NOW, "restricted": True}
    Incident.objects.create(**common, geom=city_wkt("POINT", (30, 30)))
    standing = RestrictedArea.objects.get().pk
    far = Incident.objects.create(**common, geom=city_wkt("POINT", (3030, 30)))
    gone = RestrictedArea.objects.exclude(pk=standing).get().pk
    Incident.objects.filter(pk=far.pk).update(closed_at=NOW)
    return {"standing": standing, "gone": gone}


def _cameras(people: People) -> dict[str, int]:
    looks = {"heading_deg": 90.0, "hfov_deg": 60.0, "range_m": 80.0}
    made = [placing.place(code=code, name="Cầu", lon=JUNCTION[0], lat=JUNCTION[1], by=None, because="test", at=NOW, **looks) for code in ("C-1", "C-2")]
    fid = made[1].pk
    Camera.objects.get(pk=fid).delete()
    return {"standing": made[0].pk, "gone": fid}


MAKERS: dict[str, Callable[[People], dict[str, int]]] = {
    "wards": lambda people: _ward(),
    "parcels": _parcels,
    "buildings": lambda people: _pair(Building, geom=city_wkt("POLYGON", *SQUARE)),
    "roads": lambda people: _pair(Road, name="Lê Lợi", road_class="primary", width_m=8, speed_kmh=30, geom=city_wkt("LINESTRING", (0, 5), (90, 5))),
    "canals": lambda people: _pair(Canal, name="Mang Cá", canal_class="main", width_m=40, geom=city_wkt("LINESTRING", (0, -9), (90, -9))),
    "bridges": lambda people: _pair(Bridge, name="Cầu", width_m=6, geom=city_wkt("LINESTRING", (5, -30), (5, 30))),
    "street_lights": lambda people: _asset(StreetLight, "POINT", (30, 30)),
    "hydrants": lambda people: _asset(Hydrant, "POINT", (30, 30)),
    "drains": lambda people: _asset(Drain, "LINESTRING", (0, 3), (90, 3)),
    "public_places": lambda people: _pair(PublicPlace, name="Chợ", kind="market", geom=city_wkt("POINT", (30, 30))),
    "closures": lambda people: _pair(Closure, reason="sửa cầu", starts_at=NOW, geom=city_wkt("LINESTRING", (0, 5), (90, 5))),
    "stations": lambda people: _pair(Station, name="Trụ sở", kind="police", geom=city_wkt("POINT", (30, 30))),
    "flood_zones": lambda people: _pair(FloodZone, level_cm=150, area_m2=1_600, geom=city_wkt("MULTIPOLYGON", *SQUARE)),
    "sensors": lambda people: _pair(Sensor, "code", code="S-1", name="Trạm", kind="water_level", unit="m", geom=city_wkt("POINT", (30, 30))),
    "indicators": _indicators,
    "incidents": _incidents,
    "responders": _responders,
    "restricted_areas": _areas,
    "cameras": _cameras,
    "camera_views": _cameras,
}

EVERYBODY = dict.fromkeys(CALLERS, {"standing"})
STAFF = {**EVERYBODY, "anonymous": MISSING}
WATCHERS = {**dict.fromkeys(CALLERS, MISSING), "operator": {"standing"}, "officer": {"standing"}}

SEES: dict[str, dict[str, set[str] | None]] = {
    "wards": EVERYBODY,
    "roads": EVERYBODY,
    "canals": EVERYBODY,
    "bridges": EVERYBODY,
    "public_places": EVERYBODY,
    "buildings": EVERYBODY,
    "closures": EVERYBODY,
    "stations": EVERYBODY,
    "flood_zones": EVERYBODY,
    "sensors": EVERYBODY,
    "indicators": EVERYBODY,
    "parcels": STAFF,
    "street_lights": STAFF,
    "hydrants": STAFF,
    "drains": STAFF,
    "cameras": WATCHERS,
    "camera_views": WATCHERS,
    "incidents": {
        "anonymous": MISSING,
        "operator": {"ordinary", "ours", "theirs", "sent", "closed", "nowhere"},
        "officer": MISSING,
        "foreign agency": {"theirs"},
        "own agency": {"ours"},
        "field": {"sent"},
    },
    "restricted_areas": {**STAFF, "officer": MISSING},
    "responders": {
        "anonymous": MISSING,
        "operator": {"other", "own"},
        "officer": MISSING,
        "foreign agency": MISSING,
        "own agency": MISSING,
        "field": {"own"},
    },
}
# What has no place lies in no box.
NOWHERE: dict[str, set[str]] = {"incidents": {"nowhere"}}
# The map draws open cases only, and those with a place; everything else is drawn as it is seen.
DRAWN_NOT: dict[str, set[str]] = {"incidents": {"closed", "nowhere"}}

# Fields that nobody but these callers may see, whatever the rows.
ONLY: dict[str, dict[str, set[str]]] = {
    "incidents": {"reporter_name": {"operator"}, "reporter_phone": {"operator"}},
    "parcels": {"land_user_name": set()},
}
# Layers of pictures, not rows: who may see them is tested where pictures are.
PICTURES = {"elevation"}
