"""The pinned lists: what one environment holds is pinned to one version, whichever list brings it."""

import re
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^ \\;]+)", re.MULTILINE)


def test_no_list_takes_a_version_from_another() -> None:
    """The clients' list once brought a python-dateutil that the calendar of holidays cannot use, into the environment that the city runs in."""
    versions: dict[str, set[str]] = defaultdict(set)
    lists = sorted(ROOT.glob("requirements*.txt"))
    for path in lists:
        for name, version in PINNED.findall(path.read_text(encoding="utf-8")):
            versions[re.sub(r"[-_.]+", "-", name).lower()].add(version)

    assert len(lists) == 3 and len(versions) > 50
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}
