"""A market burns beside a canal whose bridge is closed: engines go the long way round, the boat is there first, what is short is said, and so is who comes next."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from geo.acting import acting
from geo.city import BUILT_IN
from geo.crs import to_city, to_lonlat
from geo.models import Agency, User
from incidents import clock
from incidents.dispatch import runcards
from incidents.models import Alarm, Assignment, Entry, Reservation, Responder
from layers.library.buildings import Building
from layers.library.canals import Canal
from layers.library.roads import Road
from layers.library.stations import Station
from layers.library.wards import AdminUnit
from tests.conftest import JUNCTION, city_wkt
from tests.incidents.conftest import equip, post

pytestmark = pytest.mark.django_db
BRIDGE_M, FAR_BRIDGE_M = 0, 1_200
# Stall by stall: nobody drives fast on a market day.
STREET_KMH = 12.0
MARKET_M, STATION_M = (300, 80), (-100, -75)


def square(east_m: float, north_m: float, side_m: float) -> list[tuple[float, float]]:
    return [(east_m, north_m), (east_m + side_m, north_m), (east_m + side_m, north_m + side_m), (east_m, north_m + side_m), (east_m, north_m)]


def street(name: str, *vertices: tuple[float, float], **more: Any) -> Road:
    return Road.objects.create(name=name, road_class="secondary", width_m=8, speed_kmh=STREET_KMH, geom=city_wkt("LINESTRING", *vertices), **more)


@pytest.fixture
def banks(db: None) -> Road:
    """A canal with a street on either bank and two bridges; returns the near one."""
    with acting(by=None, because="a market town"):
        for name, north_m in (("Bờ bắc", 60), ("Bờ nam", -60)):
            for west_m, east_m in ((-3_000, BRIDGE_M), (BRIDGE_M, FAR_BRIDGE_M), (FAR_BRIDGE_M, 4_000)):
                street(name, (west_m, north_m), (east_m, north_m))
        near, _ = (street("Cầu", (east_m, -60), (east_m, 60), bridge=True, load_limit_t=20) for east_m in (BRIDGE_M, FAR_BRIDGE_M))
        Canal.objects.create(name="Cái Côn", canal_class="main", width_m=40, speed_kmh=15, geom=city_wkt("LINESTRING", (-3_000, 0), (4_000, 0)))
        AdminUnit.objects.create(
            code="31340", name="Phường Ngã Bảy", kind="phuong", valid_from=date(2025, 7, 1), geom=city_wkt("MULTIPOLYGON", *square(-3_100, -2_000, 7_000))
        )
        for east_m in range(-2_900, 400, 100):
            for north_m in (75, -85):
                Building.objects.create(use="house", storeys=1, height_m=4, geom=city_wkt("POLYGON", *square(east_m, north_m, 8)))
        return near


@pytest.fixture
def force(banks: Road, people: dict[str, User]) -> dict[str, Responder]:
    """Two engines south of the canal, one of them far, a third busy; a fire boat; an alley motorbike far in the west; police and an ambulance in the north."""
    runcards.load(BUILT_IN.parent / "nga_bay_runcards.toml")
    fire = Agency.objects.create(code="fire", name="Cảnh sát PCCC")
    police = Agency.objects.get(code="police")
    people["agency"].agency = fire
    people["agency"].save()
    Station.objects.create(name="Đội chữa cháy", kind="fire", agency=fire, geom=city_wkt("POINT", STATION_M))
    now = timezone.now()

    def unit(code: str, kind: str, mode: str, place_m: tuple[float, float], *skills: str, agency: Agency = fire, authority: str = "requested") -> Responder:
        return Responder.objects.create(
            code=code, name=code, kind=kind, agency=agency, authority=authority, mode=mode, skills=list(skills), weight_t=12.0 if mode == "truck" else 0.3,
            position_at=now, position_accuracy_m=5, geom=city_wkt("POINT", place_m),
        )  # fmt: skip

    made = {
        "engine": unit("CC-01", "fire", "truck", STATION_M, "fire"),
        "busy": unit("CC-02", "fire", "truck", (-80, -70), "fire"),
        "far": unit("CC-03", "fire", "truck", (3_900, -70), "fire"),
        "boat": unit("CC-09", "fire", "boat", (-500, 5), "fire", "water"),
        "alley": unit("CC-06", "fire", "motorbike", (-2_900, 70), "fire"),
        "police": unit("CA-01", "police", "motorbike", (500, 70), "patrol", agency=police, authority="directed"),
        "traffic": unit("GT-01", "traffic_police", "motorbike", (700, 70), "traffic", agency=police, authority="directed"),
        "ambulance": unit("CU-01", "ambulance", "car", (900, 70), "medical", agency=police, authority="directed"),
    }
    for one in made.values():
        equip(one, *{"fire": ("pump", "hose"), "ambulance": ("stretcher", "oxygen")}.get(one.kind, ()))
    return made


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def fire_at(operator: Client, place_m: tuple[float, float], **more: Any) -> dict[str, Any]:
    x, y = to_city(*JUNCTION)
    lon, lat = to_lonlat(x + place_m[0], y + place_m[1])
    case = post(operator, "/api/incidents", {"category": "house_fire", "lon": lon, "lat": lat, "channel": "phone", **more}).json()
    return post(operator, f"/api/incidents/{case['id']}/verify").json()


def look(operator: Client, case: dict[str, Any]) -> dict[str, Any]:
    return operator.get(f"/api/incidents/{case['id']}/candidates").json()


def arrivals(found: dict[str, Any]) -> dict[str, float]:
    return {one["responder"]["code"]: one["arrival_s"] for one in found["candidates"]}


def picked(found: dict[str, Any]) -> dict[str, str]:
    return {pick["code"]: pick["role"] for pick in found["recommended"]}


def test_a_market_fire_beside_a_canal_with_the_bridge_closed(people: dict[str, User], banks: Road, force: dict[str, Responder]) -> None:
    operator, agency = signed_in(people["operator"]), signed_in(people["agency"])
    elsewhere = fire_at(operator, (-60, -70), severity=2)
    post(operator, f"/api/incidents/{elsewhere['id']}/dispatch", {"units": [{"responder": force["busy"].pk, "role": "engine"}], "because": "gần nhất"})

    # With the bridge open the engine is there in some five minutes.
    market = fire_at(operator, MARKET_M, description="Cháy dãy sạp, khói lớn")
    before = arrivals(look(operator, market))

    # The police close the bridge: at once the engine's way leads over the other one, and the boat is there first.
    until = (timezone.now() + timedelta(hours=2)).isoformat()
    on_wheels = {"modes": ["motorbike", "car", "truck", "foot"], "way": {"layer": "roads", "fid": banks.pk}}
    closed = post(operator, "/api/closures", {"reason": "Sụt mố cầu", "ends_at": until, "confirmed": True, **on_wheels})
    assert closed.status_code == 201, closed.content
    found = look(operator, market)
    after = arrivals(found)
    longer_m = 2 * (FAR_BRIDGE_M - MARKET_M[0])
    assert after["CC-01"] - before["CC-01"] == pytest.approx(longer_m / (STREET_KMH / 3.6), abs=1)
    assert after["CC-09"] == before["CC-09"] < after["CC-01"], "water knows of no bridge"
    assert found["candidates"][0]["responder"]["code"] != "CC-01"

    # Boat and truck, police and ambulance; the second engine comes late, which is said, with what would help.
    assert picked(found) == {"CC-01": "engine", "CC-03": "engine", "CC-09": "fire_boat", "CU-01": "ambulance", "CA-01": "cordon", "GT-01": "cordon"}
    (short,) = found["shortfalls"]
    assert (short["role"], short["missing"]) == ("engine", 1)
    assert short["vi"] == "Xe chữa cháy: thiếu 1, không có lực lượng rảnh đến trong 15 phút"
    assert [help_["code"] for help_ in short["helps"]] == ["late", "busy", "ask"]
    assert elsewhere["code"] in short["helps"][1]["vi"] and "114" in short["helps"][2]["vi"]

    # The set goes without the late engine, which is held instead: held is not sent.
    going = [{"responder": pick["responder"], "role": pick["role"]} for pick in found["recommended"] if pick["code"] != "CC-03"]
    hold = {"responder": force["far"].pk, "incident": market["id"], "until": until, "because": "chờ xem cháy lan"}
    assert post(operator, "/api/reservations", hold).status_code == 201
    sent = post(operator, f"/api/incidents/{market['id']}/dispatch", {"units": going}).json()
    assert {row["responder"]["code"]: row["status"] for row in sent["assignments"]} == {
        "CC-01": "requested", "CC-09": "requested", "CU-01": "assigned", "CA-01": "assigned", "GT-01": "assigned",
    }  # fmt: skip

    # The fire agency accepts for the boat; for the engine its clock runs out, and the next engine is proposed.
    asked = {row["unit"]["code"]: row for row in agency.get("/api/my/requests").json()["items"]}
    assert set(asked) == {"CC-01", "CC-02", "CC-09"}
    post(agency, f"/api/my/requests/{asked['CC-09']['id']}/accept")
    due = Assignment.objects.get(responder=force["engine"]).due_at
    assert due is not None
    clock.tick(due)
    alarm = Alarm.objects.get(kind="request_unanswered", responder=force["engine"])
    assert (alarm.data["unit"], alarm.data["next"]["unit"]) == ("CC-01", "CC-03")
    assert "CC-03" in Entry.objects.get(kind="unit_overdue", data__unit="CC-01").note
    assert not Alarm.objects.filter(kind="request_unanswered", responder=force["boat"]).exists()

    # The next one is sent, late as it is: it was held for this very case, and its hold ends with the order.
    assert picked(look(operator, market)) == {"CC-03": "engine"}
    post(operator, f"/api/incidents/{market['id']}/dispatch", {"units": [{"responder": force["far"].pk, "role": "engine"}]})
    assert Reservation.objects.get().ended_how == "dispatched"
    assert not Alarm.objects.filter(kind="request_unanswered", incident_id=market["id"], cleared_at=None).exists()

    # South of the canal nobody is left: the alley crew should stand at the fire station, and what it gains is said.
    (hint,) = [one for one in operator.get(f"/api/incidents/{market['id']}/move-ups").json()["items"] if one["kind"] == "fire"]
    assert hint["responder"]["code"] == "CC-06"
    assert hint["houses"]["now"] < hint["houses"]["then"] <= hint["houses"]["before"] + 0.2
    assert hint["arrival_s"] > 0 and "CC-06 nên về" in hint["vi"]

    # The agency answers late, and its engine counts again.
    post(agency, f"/api/my/requests/{asked['CC-01']['id']}/accept")
    roles = {role["code"]: role["out"] for role in look(operator, market)["card"]["roles"]}
    assert roles["engine"] == 2
