"""An importer that is killed, wherever it stands: nothing is half there, its end is told, and the file comes in the next time."""

import itertools
import json
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone

from geo.models import User
from layers.access import scope_of
from layers.confined import proving
from layers.files import import_jobs, staging
from layers.library.street_lights import StreetLight
from layers.models import History, ImportJob
from tests.conftest import JUNCTION

KILLS = 20
# Of those at the very end, one after the other: between the rows and the word that they are there lie two or three steps of some hundred.
LAST = 6
ROWS = 40
LIGHTS = json.dumps(
    {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": {"asset_code": f"D-{n}"}, "geometry": {"type": "Point", "coordinates": [JUNCTION[0] + n * 9e-5, JUNCTION[1]]}}
            for n in range(ROWS)
        ],
    }
).encode()


def sent(officer: User) -> ImportJob:
    file = SimpleUploadedFile("lights.geojson", LIGHTS)
    return import_jobs.take(file=file, asked={"layer": "street_lights"}, by=officer, scope=scope_of(officer), at=timezone.now())


def worked(officer: User, number: int) -> None:
    """What the queue does with a file, and its owner in between."""
    import_jobs.read_job.call(number)
    import_jobs.apply(number=number, because="kiểm kê", document="", accepted={}, by=officer, scope=scope_of(officer), at=timezone.now())
    import_jobs.write_job.call(number)


def in_a_process(act: Callable[[], None], killed_at: int | None) -> int:
    """Do it in a process of its own that is killed before its n-th step (a statement, or either side of a commit); how many steps it took."""
    reading, writing = os.pipe()
    connection.close()
    child = os.fork()
    if not child:
        steps = itertools.count(1)
        taken = 0

        def step() -> None:
            nonlocal taken
            taken = next(steps)
            if taken == killed_at:
                os.kill(os.getpid(), signal.SIGKILL)

        def stepping(execute: Callable[..., Any], *given: Any) -> Any:
            step()
            return execute(*given)

        commit = connection._commit

        def committing() -> Any:
            step()
            done = commit()
            step()
            return done

        connection._commit = committing
        with suppress(BaseException), connection.execute_wrapper(stepping):
            act()
            os.write(writing, str(taken).encode())
        os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading) as told:
        return int(told.read() or 0)


@pytest.mark.django_db(transaction=True)
def test_adv_018_an_importer_killed_at_twenty_points_leaves_nothing_half_and_the_file_comes_in_again(
    people: dict[str, User], tmp_path: Path, settings: Any
) -> None:
    settings.VAR_DIR, settings.TASKS = tmp_path, {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}
    proving.proved()
    officer, scope = people["officer"], scope_of(people["officer"])
    first = sent(officer)
    steps = in_a_process(lambda: worked(officer, first.pk), None)
    assert (steps > 2 * KILLS, StreetLight.objects.count()) == (True, ROWS)
    gone()

    ends = set()
    evenly = {1 + kill * (steps - 1) // (KILLS - LAST) for kill in range(KILLS - LAST + 1)}
    for point in sorted(evenly | set(range(steps - LAST + 1, steps + 1))):
        job = sent(officer)
        in_a_process(lambda: worked(officer, job.pk), point)  # noqa: B023 (done within the turn)
        found = import_jobs.found(job.pk, scope)
        stands = StreetLight.objects.count()
        # All of it, and then it says so; or none of it.
        assert (stands, found.status == "done") in ((ROWS, True), (0, False)), (point, stands, found.status)
        assert History.objects.filter(layer="street_lights", op="insert").count() == stands, point
        if found.status == "failed":
            assert found.problem["code"] == "importer_ended", point
        elif found.status != "done":
            # Nobody was at work on it: it can go on, or be called off.
            assert found.status in ("queued", "ready", "writing"), (point, found.status)
            import_jobs.cancel(number=job.pk, scope=scope, at=timezone.now())
        ends.add(found.status)
        later = timezone.now() + 2 * import_jobs.SWEPT_AFTER
        import_jobs.sweep(at=later)
        assert (staging.standing(), list(import_jobs.folder().iterdir())) == ([], []), point
        gone()
    assert {"failed", "done"} <= ends

    again = sent(officer)
    worked(officer, again.pk)
    assert (import_jobs.found(again.pk, scope).status, StreetLight.objects.count()) == ("done", ROWS)


def gone() -> None:
    with connection.cursor() as cursor:
        cursor.execute("truncate layers_streetlight, layers_history cascade")
