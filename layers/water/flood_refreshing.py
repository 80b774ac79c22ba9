"""What streets and canals were changed since water was worked out, and working those out again: asked for by the clock, done by the queue.

A changed street gets its depths from the ground and the reach of the water that the last whole build kept, so the answer is the whole build's own.
Changed canals or ground move the water itself: then the whole is built anew.
"""

from datetime import datetime, timedelta

import numpy as np
from django.db import connection, transaction
from django.utils import timezone
from django_tasks import task

from geo import events, flooding
from geo.acting import acting
from geo.water import steps
from layers.library.elevation import Elevation
from layers.library.flood_zones import FloodBuild, FloodDepth
from layers.water import flood_building, flood_waiting
from layers.water.flood_waiting import NOTHING, Waiting

REFRESHED = "flood.refreshed"
# A job that has not been done by then is asked for again: its process may have died.
ASKED_AGAIN = timedelta(minutes=15)
# Half of an advisory lock's key: one works at a time.
LOCK = 4_713


def look(at: datetime) -> None:
    """A rule of the clock: asks the queue for what waits, once."""
    build = FloodBuild.objects.defer("reached").order_by("-id").first()
    if build is None or (build.asked_at is not None and build.asked_at > at - ASKED_AGAIN) or flood_waiting.ticks() == build.ticks:
        return
    FloodBuild.objects.filter(pk=build.pk).update(asked_at=at)
    transaction.on_commit(lambda: refresh_job.enqueue())


@task()
def refresh_job() -> None:
    """What waits, worked out by the queue."""
    refresh(at=timezone.now())


def refresh(*, at: datetime) -> Waiting:
    """Work out what waits, or the whole where water itself has moved. Returns what waited. Raises as a build does."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s, 0)", [LOCK])
        build = FloodBuild.objects.order_by("-id").first()
        if build is None:
            return NOTHING
        # Ticks first, rows after: a change in between is worked out twice and never missed.
        seen = flood_waiting.ticks()
        found = flood_waiting.waiting(build)
        path = Elevation.file()
        if found.canals or not build.reached or not path.is_file() or flood_building.digest(path) != build.raster_digest:
            flood_building.build(at=at)
            return found
        try:
            streets = _streets(build, found)
        except flood_building.OtherGrid:
            flood_building.build(at=at)
            return found
        canals = flood_building.canal_rows(flood_building.ways()) if found.bridges else []
        # All is computed before the first write: a transaction that has written holds back what everybody hears.
        with acting(by=None, because="flood_refresh"):
            _write(found, streets, canals)
            FloodBuild.objects.filter(pk=build.pk).update(ticks=seen, asked_at=None, **({"refreshed_at": at} if found.any else {}))
            if found.any:
                events.publish(kind=REFRESHED, layer="flood_zones", at=at)
    return found


def _write(found: Waiting, streets: list[FloodDepth], canals: list[FloodDepth]) -> None:
    FloodDepth.objects.filter(layer="roads", fid__in=(*found.gone, *found.streets)).delete()
    FloodDepth.objects.bulk_create(streets, batch_size=2_000)
    if found.bridges:
        FloodDepth.objects.filter(layer="canals").delete()
        FloodDepth.objects.bulk_create(canals, batch_size=2_000)


def _streets(build: FloodBuild, found: Waiting) -> list[FloodDepth]:
    if not found.streets:
        return []
    ways, ground = flood_building.ways(), flood_building.ground()
    wanted = np.isin(ways.street_fids, found.streets)
    depths = flooding.depths_cm(ground, flood_building.unpacked(build, ground.heights_m.shape), ways.streets[wanted], steps(build.least_cm, build.most_cm))
    depths[ways.bridged[wanted]] = 0
    return flood_building.street_rows(ways.street_fids[wanted], ways.street_digests[wanted], depths)
