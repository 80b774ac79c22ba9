"""Streets that change after water was worked out are worked out again by themselves, only those, and come out as a whole build would have them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.utils import timezone

from geo.acting import acting
from geo.models import Event
from layers.library.bridges import Bridge
from layers.library.canals import Canal
from layers.library.flood_zones import FloodBuild, FloodDepth
from layers.library.roads import Road
from layers.water import flood_building, flood_refreshing
from layers.ways import travel
from tests.conftest import city_wkt
from tests.layers.water.test_flood import ground as ground  # noqa: PLC0414 (a fixture)
from tests.layers.water.test_flood import write_raster

pytestmark = pytest.mark.django_db
# Along the low bank, where the street of the town floods too.
LOW, HIGH = ((100, 5), (200, 5)), ((0, 300), (100, 300))


def street(name: str, line: Any, **more: Any) -> Road:
    with acting(by=None, because="a street"):
        return Road.objects.create(name=name, road_class="alley", width_m=3, speed_kmh=15, geom=city_wkt("LINESTRING", *line), **more)


def changed(row: Any, **values: Any) -> None:
    with acting(by=None, because="surveyed again"):
        type(row).objects.filter(pk=row.pk).update(**values)


def kept() -> dict[tuple[str, int], tuple[list[int], float | None]]:
    return {(one.layer, one.fid): (one.depths_cm, one.deck_cm) for one in FloodDepth.objects.all()}


def told() -> dict[str, Any]:
    return Client().get("/api/flood?level_cm=150").json()["build"]


def test_a_new_street_and_one_that_moved_are_worked_out_as_a_whole_build_does(ground: dict) -> None:
    low, moved = street("Ven kênh", LOW), Road.objects.get(name="Hùng Vương")
    changed(moved, geom=city_wkt("LINESTRING", *HIGH))
    assert told()["waiting"] == 2
    untouched = FloodDepth.objects.get(layer="roads", fid=Road.objects.get(name="Trên cầu").pk).pk

    found = flood_refreshing.refresh(at=timezone.now())

    assert set(found.streets) == {low.pk, moved.pk} and told()["waiting"] == 0 and told()["refreshed_at"]
    assert FloodDepth.objects.get(layer="roads", fid=low.pk).depths_cm[4] > 0 and kept()["roads", moved.pk][0][4] == 0
    assert FloodDepth.objects.filter(pk=untouched).exists(), "what did not change is not written again"
    piecemeal = kept()
    flood_building.build(at=timezone.now())
    assert kept() == piecemeal


def test_every_worker_closes_the_new_street_at_its_depth(ground: dict) -> None:
    low = street("Ven kênh", LOW)
    unknown = Client().get("/api/flood?level_cm=150").json()["streets"]["unknown"]
    flood_refreshing.refresh(at=timezone.now())

    left = travel.network(timezone.now(), level_cm=150).factors("motorbike")[int(np.flatnonzero(travel.fids() == low.pk)[0])]
    assert (unknown, Client().get("/api/flood?level_cm=150").json()["streets"]["unknown"], left) == (1, 0, 0)


def test_a_street_that_is_gone_leaves_nothing_and_another_name_moves_no_water(ground: dict) -> None:
    gone = Road.objects.get(name="Trên cầu")
    with acting(by=None, because="torn down"):
        gone.delete()
    changed(Road.objects.get(name="Hùng Vương"), name="Ba Tháng Hai", speed_kmh=20)

    found = flood_refreshing.refresh(at=timezone.now())

    assert (found.streets, len(found.gone)) == ((), 1) and not FloodDepth.objects.filter(layer="roads", fid=found.gone[0]).exists()


@pytest.mark.parametrize("change", [{"width_m": 40.0}, {"navigable": False}, {"geom": city_wkt("LINESTRING", (0, -40), (400, -40))}])
def test_where_a_canal_moves_the_water_itself_does_and_all_is_built_anew(ground: dict, change: dict) -> None:
    before = FloodBuild.objects.get()
    changed(Canal.objects.first(), **change)
    assert told()["zones_old"]

    flood_refreshing.refresh(at=timezone.now())

    assert FloodBuild.objects.get().pk != before.pk and not told()["zones_old"]


def test_a_bridge_that_is_raised_lets_boats_through_without_a_build(ground: dict) -> None:
    before = FloodBuild.objects.get()
    changed(Bridge.objects.get(name="Cầu thấp"), clearance_m=5)
    flood_refreshing.refresh(at=timezone.now())

    assert FloodBuild.objects.get().pk == before.pk
    assert len(travel.network(timezone.now(), level_cm=180).graph("boat").used) == 1


def test_other_ground_is_built_anew(ground: dict, settings: Any) -> None:
    before = FloodBuild.objects.get()
    street("Ven kênh", LOW)
    write_raster(settings.ELEVATION_PATH, lambda heights: heights.fill(2.5))
    flood_refreshing.refresh(at=timezone.now())
    assert FloodBuild.objects.get().pk != before.pk


def test_the_clock_asks_once_and_again_when_nobody_answered(
    ground: dict, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(type(flood_refreshing.refresh_job), "enqueue", lambda *_: asked.append(1))
    now = timezone.now()

    def ticked(at: Any) -> int:
        with django_capture_on_commit_callbacks(execute=True):
            flood_refreshing.look(at)
        return len(asked)

    assert ticked(now) == 0, "nothing has changed"
    street("Ven kênh", LOW)
    assert [ticked(now), ticked(now + timedelta(seconds=2)), ticked(now + flood_refreshing.ASKED_AGAIN)] == [1, 1, 2]
    flood_refreshing.refresh(at=now)
    assert ticked(now + timedelta(hours=1)) == 2


def test_what_was_worked_out_is_told_to_every_screen_and_nothing_is_told_of_nothing(ground: dict) -> None:
    flood_refreshing.refresh(at=timezone.now())
    assert not Event.objects.filter(kind=flood_refreshing.REFRESHED).exists()
    street("Ven kênh", LOW)
    flood_refreshing.refresh(at=timezone.now())
    assert Event.objects.filter(kind=flood_refreshing.REFRESHED, layer="flood_zones").count() == 1
