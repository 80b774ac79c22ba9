"""The writer's side of the stress tests: one street that is edited again and again."""

import django

django.setup()

from collections.abc import Callable  # noqa: E402

from django.db import transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from geo import events  # noqa: E402
from geo.acting import acting  # noqa: E402
from layers.library.roads import Road  # noqa: E402
from tests.conftest import city_wkt  # noqa: E402


def prepare() -> int:
    """A street, and its fid."""
    with acting(by=None, because="stress"):
        return Road.objects.create(name="Hùng Vương", road_class="primary", width_m=12, speed_kmh=40, geom=city_wkt("LINESTRING", (0, 0), (400, 0))).pk


def edit(fid: int, number: int, committed: Callable[[], object]) -> None:
    """One edit with its event; `committed` is called right after the commit, before anybody is woken."""
    with acting(by=None, because="stress"):
        transaction.on_commit(committed)
        Road.objects.filter(pk=fid).update(name=f"Hùng Vương {number}", version=number + 2)
        events.publish(kind=f"n {number}", at=timezone.now(), layer="roads", fids=[fid])
