"""Shares the test files of one run among processes that run beside each other: each takes the next file when it is done with one.

A pytest plugin (`-p tests.lanes`), loaded by tests/run.py alone; the file that NBIOC_LANES names lists what has been taken.
"""

import fcntl
import os
from collections.abc import Iterable, Iterator
from itertools import chain, pairwise
from pathlib import Path

import pytest

TAKEN = "NBIOC_LANES"
# What takes longest begins first, so that no lane ends with it alone; the rest by the number of its tests.
LONGEST = (
    "tests/house/test_demo.py",
    "tests/plans/test_past_plans.py",
    "tests/layers/files/test_every_file.py",
    "tests/adversarial/test_adv_permissions.py",
    "tests/plans/test_rule_plans.py",
    "tests/layers/files/test_osm.py",
    "tests/adversarial/test_adv_kills.py",
    "tests/house/test_one_layer_is_one_file.py",
)


class Shares:
    """Hands each share to one process of all that hold the same file."""

    def __init__(self, taken: Path) -> None:
        self.taken = taken

    def takes(self, share: str) -> bool:
        """Whether it is this process's from now on."""
        with self.taken.open("a+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            if share in file.read().splitlines():
                return False
            file.write(f"{share}\n")
            return True


def in_shares(items: Iterable[pytest.Item]) -> dict[str, list[pytest.Item]]:
    """The tests by file, the longest first. A file's tests that empty the tables are a share of their own after all others', as in one process."""
    shares: dict[str, list[pytest.Item]] = {}
    for item in items:
        shares.setdefault(f"{'last' if empties_tables(item) else 'first'} {item.path}", []).append(item)

    def order(share: str) -> tuple[bool, int, int]:
        path = share.partition(" ")[2]
        named = next((place for place, name in enumerate(LONGEST) if path.endswith(name)), len(LONGEST))
        return share.startswith("last"), named, -len(shares[share])

    return {share: shares[share] for share in sorted(shares, key=order)}


def empties_tables(item: pytest.Item) -> bool:
    """Whether all tables are emptied after it, with what migrations had put there."""
    marker = item.get_closest_marker("django_db")
    return bool(marker and marker.kwargs.get("transaction"))


def of_this_process(items: Iterable[pytest.Item], shares: Shares) -> Iterator[pytest.Item]:
    """Every test that this process takes; the next share is taken when its first test is asked for."""
    for share, held in in_shares(items).items():
        if shares.takes(share):
            yield from held


def pytest_runtestloop(session: pytest.Session) -> bool:
    """Instead of pytest's own: it would run all that it found."""
    if session.testsfailed:
        raise session.Interrupted(f"{session.testsfailed} errors during collection")
    mine = of_this_process(session.items, Shares(Path(os.environ[TAKEN])))
    for item, following in pairwise(chain(mine, (None,))):
        assert item is not None
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)
    return True
