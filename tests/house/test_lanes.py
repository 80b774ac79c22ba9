"""Two lanes run every test once, and none after tables were emptied that would miss what stood in them."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.lanes import Shares, in_shares, of_this_process

EMPTIES = pytest.mark.django_db(transaction=True).mark
COUNTS = {"tests/a.py": (3, 0), "tests/b.py": (5, 2), "tests/house/test_demo.py": (1, 0), "tests/c.py": (0, 4)}


def listed() -> list[Any]:
    """As pytest lists them: files in their order, of each so many plain tests and so many that empty the tables."""
    return [
        SimpleNamespace(path=Path("/somewhere") / path, number=number, get_closest_marker=lambda name, marker=marker: marker)
        for path, counts in COUNTS.items()
        for count, marker in zip(counts, (None, EMPTIES), strict=True)
        for number in range(count)
    ]


def test_every_test_runs_in_one_lane_only(tmp_path: Path) -> None:
    items = listed()
    lanes = [of_this_process(items, Shares(tmp_path / "taken")) for _ in range(2)]
    ran: list[list[Any]] = [[], []]
    for turn in range(2 * len(items)):
        ran[turn % 2] += [item for item in [next(lanes[turn % 2], None)] if item is not None]

    assert sorted(map(id, ran[0] + ran[1])) == sorted(map(id, items))
    assert all(ran)


def test_what_empties_tables_comes_last_and_what_takes_longest_first() -> None:
    assert [(share.split("/somewhere/")[1], share.split()[0], len(items)) for share, items in in_shares(listed()).items()] == [
        ("tests/house/test_demo.py", "first", 1),
        ("tests/b.py", "first", 5),
        ("tests/a.py", "first", 3),
        ("tests/c.py", "last", 4),
        ("tests/b.py", "last", 2),
    ]
