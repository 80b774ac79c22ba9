"""What a worker makes ready before anybody asks: the first surface finds it, a change is followed, and a database that is away ends nothing."""

import gc
import threading
import weakref
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from geo.acting import acting
from geo.config import warming
from geo.models import User
from geo.network import Graph
from incidents.dispatch import readiness
from layers.access import SYSTEM
from layers.library.closures import Closure
from layers.library.wards import AdminUnit
from layers.ways import travel
from tests.conftest import city_wkt
from tests.incidents.conftest import build_units

SQUARE = [(-400, -500), (800, -500), (800, 700), (-400, 700), (-400, -500)]


@pytest.fixture
def city(people: dict[str, User], town: dict) -> None:
    build_units(people)
    with acting(by=None, because="a ward"):
        AdminUnit.objects.create(code="31340", name="Phường Ngã Bảy", kind="phuong", valid_from=date(2025, 7, 1), geom=city_wkt("MULTIPOLYGON", *SQUARE))


def joined(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many places are looked for at each look for some, from now on."""
    looks: list[int] = []
    real = Graph.join

    def join(graph: Graph, places: Any) -> Any:
        looks.append(len(places))
        return real(graph, places)

    monkeypatch.setattr(Graph, "join", join)
    return looks


def test_the_first_surface_looks_for_no_cell(city: None, monkeypatch: pytest.MonkeyPatch) -> None:
    at = timezone.now()
    network = warming.look(None, at)
    looks = joined(monkeypatch)
    found = readiness.surface(scope=SYSTEM, network=travel.network(at), at=at)

    assert network is travel.network(at)
    assert len(found.ground.cells) > 50 > max(looks), "the units alone"


def test_only_a_change_makes_anything_ready_again(city: None, monkeypatch: pytest.MonkeyPatch) -> None:
    at, made = timezone.now(), []
    monkeypatch.setattr(readiness, "prepare", made.append)
    first = warming.look(None, at)
    assert warming.look(first, at) is first and made == [first]
    Closure.objects.create(reason="cấm", modes=[], starts_at=at - timedelta(hours=1), geom=city_wkt("LINESTRING", (100, 0), (400, 0)))
    assert warming.look(first, at) is not first and len(made) == 2


def test_a_database_that_is_away_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, again = [], threading.Event()

    def look(before: Any, at: Any) -> Any:
        asked.append(before)
        if len(asked) == 1:
            raise OperationalError
        if len(asked) == 3:
            again.set()
        return "network"

    monkeypatch.setattr(warming, "look", look)
    stop = warming.watch(first_s=0, every_s=0)
    assert again.wait(10)
    stop.set()
    assert asked[:3] == [None, None, "network"]


@pytest.fixture
def collector() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


class Thing:
    """Holds itself, so that only the collector lets go of it."""

    def __init__(self) -> None:
        self.me = self


def test_what_stands_is_not_gone_through_again_and_what_is_over_is_let_go_of(collector: None) -> None:
    """A look at 500 units took 150 ms whenever Python went through the whole city meanwhile."""
    standing = Thing()
    warming.settle()
    assert gc.get_freeze_count() > 10_000 and not any(one is standing for one in gc.get_objects())
    assert gc.get_threshold()[0] == warming.YOUNG_OBJECTS

    over = weakref.ref(standing)
    del standing
    warming.settle()
    assert over() is None
