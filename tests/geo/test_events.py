"""Events are read in an order that no reader can miss: a slow transaction is waited for, not skipped."""

import threading
import time

import pytest
from django.db import connection, transaction
from django.utils import timezone

from geo import events
from geo.acting import NotActing, acting

PATIENCE_S = 150.0


@pytest.mark.django_db
def test_an_event_without_who_and_why_is_refused() -> None:
    with pytest.raises(NotActing):
        events.publish(kind="incident.reported", at=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_a_late_commit_is_never_skipped() -> None:
    start, opened, release = events.newest(), threading.Event(), threading.Event()

    def slow() -> None:
        with acting(by=None, because="slow"):
            events.publish(kind="slow", at=timezone.now())
            opened.set()
            release.wait(10)
        connection.close()

    writer = threading.Thread(target=slow)
    writer.start()
    opened.wait(10)
    with acting(by=None, because="fast"):
        events.publish(kind="fast", at=timezone.now())

    seen_before = [event.kind for event in events.after(start) or []]
    release.set()
    writer.join()
    # Other databases of the same PostgreSQL hold the horizon back too: their transactions are waited for.
    deadline = time.monotonic() + PATIENCE_S
    while len(seen_after := [event.kind for event in events.after(start) or []]) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)

    assert seen_before == [], "the fast event may not be shown while an older transaction is open"
    assert seen_after == ["slow", "fast"]


@pytest.mark.django_db(transaction=True)
def test_a_refused_verb_leaves_no_event() -> None:
    start = events.newest()
    with pytest.raises(RuntimeError), acting(by=None, because="fails"):
        events.publish(kind="never", at=timezone.now())
        raise RuntimeError

    assert events.after(start) == []
    assert transaction.get_autocommit()


@pytest.mark.django_db
def test_an_unknown_epoch_is_told_apart_from_nothing_new() -> None:
    newest = events.newest()

    assert events.after(newest) == []
    assert events.after(events.Position("another", newest.xid, newest.seq)) is None
