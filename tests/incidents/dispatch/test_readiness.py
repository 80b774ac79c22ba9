"""The surface says of each cell what candidates say of a case there; who leaves darkens it, and who may not see units learns nothing of them."""

from datetime import date, timedelta

import numpy as np
import pytest
from django.test import Client
from django.utils import timezone

from geo.acting import acting
from geo.crs import to_city, to_lonlat
from geo.models import User
from incidents.dispatch import candidates, readiness
from incidents.models import Responder
from layers.access import scope_of
from layers.library.buildings import Building
from layers.library.closures import Closure
from layers.library.wards import AdminUnit
from layers.ways import travel
from tests.conftest import JUNCTION, city_wkt
from tests.incidents.conftest import unit

pytestmark = pytest.mark.django_db


def square(east_m: float, north_m: float, side_m: float) -> list[tuple[float, float]]:
    return [(east_m, north_m), (east_m + side_m, north_m), (east_m + side_m, north_m + side_m), (east_m, north_m + side_m), (east_m, north_m)]


@pytest.fixture
def city(town: dict, units: dict[str, Responder]) -> dict[str, Responder]:
    """The town within a ward, with a few houses."""

    with acting(by=None, because="a ward with houses"):
        AdminUnit.objects.create(
            code="31340", name="Phường Ngã Bảy", kind="phuong", valid_from=date(2025, 7, 1), geom=city_wkt("MULTIPOLYGON", *square(-400, -500, 1_200))
        )
        for east_m in (20, 40, 300, 330):
            Building.objects.create(use="house", storeys=1, height_m=4, geom=city_wkt("POLYGON", *square(east_m, 20, 8)))
    return units


def answer(client: Client, **asked: object) -> dict:
    got = client.get("/api/readiness", asked)
    assert got.status_code == 200, got.content
    return got.json()


@pytest.mark.parametrize("closed", [False, True])
def test_every_cell_says_what_candidates_say_of_a_case_there(people: dict[str, User], city: dict[str, Responder], closed: bool) -> None:
    at, scope = timezone.now(), scope_of(people["operator"])
    if closed:
        Closure.objects.create(reason="cấm ô tô", modes=["car"], starts_at=at - timedelta(hours=1), geom=city_wkt("LINESTRING", (100, 0), (400, 0)))
    network, units = travel.network(at), candidates.units(scope)
    found = readiness.surface(scope=scope, network=network, at=at)

    told = 0
    for cell in range(0, len(found.ground.cells), 7):
        offered, _ = candidates.candidates(scene=tuple(found.ground.cells.centres[cell]), of=units, network=network, at=at)
        expected = min((one.arrival_s for one in offered), default=np.inf)
        assert found.now_s[cell] == pytest.approx(expected, abs=0.5)
        told += bool(np.isfinite(expected))
    assert told > 5


def test_who_leaves_is_missed_and_whoever_stands_elsewhere_is_nearer_there(operator: Client, city: dict[str, Responder]) -> None:
    near, plain = city["near"], answer(operator, kind="police")
    gone = answer(operator, kind="police", without=f"{near.pk},{city['far'].pk}")
    pairs = [(a, b) for a, b in zip(gone["now"], gone["then"], strict=True) if a >= 0]

    assert gone["now"] == plain["now"] and plain["then"] is None
    assert any(b > a for a, b in pairs) and all(b >= a or b == -1 for a, b in pairs)
    assert gone["lost"] and gone["lost"][0]["ward"] == "Phường Ngã Bảy" and gone["lost"][0]["before_s"] < (gone["lost"][0]["seconds"] or 1e9)
    x, y = to_city(*JUNCTION)
    lon, lat = to_lonlat(x + 400, y + 150)
    moved = answer(operator, moved=f"{city['far'].pk}:{lon},{lat}")
    assert any(b < a for a, b in zip(moved["now"], moved["then"], strict=True) if a >= 0)


def test_it_is_laid_out_as_a_box_with_what_is_outside_told_apart(operator: Client, city: dict[str, Responder]) -> None:
    told = answer(operator)

    assert len(told["now"]) == told["columns"] * told["rows"] and told["cell_m"] == 100
    assert {one["kind"]: (one["units"], one["free"]) for one in told["kinds"]} == {"police": (5, 5)}
    assert [one["minutes"] for one in told["shares"]] == [5, 10, 15, 30]
    assert all(0 <= one["area"] <= 1 for one in told["shares"]) and told["shares"][-1]["houses"] == 1.0
    assert told["worst"][0]["houses"] >= 1 and told["worst"][0]["road"] == "Hùng Vương"


def test_whoever_is_busy_off_duty_or_lost_counts_for_nothing(operator: Client, city: dict[str, Responder], people: dict[str, User]) -> None:
    Responder.objects.exclude(pk=city["boat"].pk).update(duty="off_duty")
    Responder.objects.filter(pk=city["near"].pk).update(duty="on_duty", position_at=timezone.now() - timedelta(hours=5))
    told = answer(operator)

    assert [one["code"] for one in told["units"]] == ["XU-01"]


def test_only_who_sees_units_learns_of_readiness(city: dict[str, Responder], people: dict[str, User]) -> None:
    told = {}
    for who in ("operator", "leader", "officer", "agency", "field"):
        client = Client()
        client.force_login(people[who])
        got = client.get("/api/readiness")
        told[who] = [one["code"] for one in got.json()["units"]] if got.status_code == 200 else got.status_code

    assert Client().get("/api/readiness").status_code == 401
    assert told["officer"] == told["agency"] == 404
    assert len(told["operator"]) == len(told["leader"]) == 5 and told["field"] == ["DQ-01"]


@pytest.mark.parametrize(
    ("asked", "status"),
    [("without=x", 400), ("without=999999", 404), ("moved=1", 400), ("moved=1:nan,nan", 422), ("moved=abc:105.8,9.8", 400), ("without=" + "9" * 30, 400)],
)
def test_what_cannot_be_asked_is_refused(operator: Client, city: dict[str, Responder], asked: str, status: int) -> None:
    assert operator.get(f"/api/readiness?{asked}").status_code == status


def test_a_city_without_units_or_wards_answers(operator: Client, people: dict[str, User], town: dict) -> None:
    told = answer(operator)
    assert (told["columns"], told["now"], told["worst"], told["units"]) == (0, [], [], [])
    unit("CA-09", "car", timezone.now(), east_m=10)
    assert answer(operator)["units"][0]["code"] == "CA-09"
