"""The walls around a stranger's file are proved before one is read, and say so when they do not hold."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command

from layers.confined import confine, proving, sandbox
from layers.files import formats
from layers.files.formats import DRIVERS


@pytest.fixture(params=["bubblewrap", "namespaces"])
def walls(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Each kind of walls in turn, where this machine has it."""
    monkeypatch.setenv("NBIOC_WALLS", request.param)
    sandbox.walls.cache_clear()
    if sandbox.walls() != request.param:
        pytest.skip("bubblewrap does not run here")
    yield request.param
    sandbox.walls.cache_clear()


def test_a_child_sees_no_network_no_secrets_and_only_the_named_drivers(walls: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the child cannot reach it cannot give away."""
    monkeypatch.setenv("NBIOC_SECRET_KEY", "s" * 40)
    seen = proving.look(tmp_path)

    assert set(seen["drivers"]) == set(DRIVERS)
    assert not {"DATABASE_URL", "NBIOC_SECRET_KEY"} & set(seen["names"])
    assert not seen["connected"]
    assert not seen["allocated"], "a child is killed before the host is"
    assert set(seen["interfaces"]) <= {"lo"}
    if walls == "bubblewrap":
        assert (seen["readable"], seen["uid"]) == ([], 65534)
        assert seen["processes"] <= 2


def test_the_walls_hold(walls: str) -> None:
    assert proving.faults() == []


def test_a_driver_too_many_is_noticed(walls: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The proof itself can fail: a list of drivers shorter than the child's is a driver too many in the child."""
    monkeypatch.setattr(proving, "DRIVERS", {name: endings for name, endings in formats.DRIVERS.items() if name != "GPX"})

    assert proving.faults() == ["GDAL has the driver GPX"]


def test_memory_without_a_limit_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module with a limit of its own stands for one without."""
    look = proving.look
    monkeypatch.setattr(proving, "look", lambda folder: {**look(folder), "allocated": True})

    assert proving.faults() == ["more memory than the limit was had"]


def test_an_open_door_to_the_network_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any wall the child reaches this machine's listener, and the proof says so."""
    monkeypatch.setattr(sandbox, "walls", lambda: "bubblewrap")
    monkeypatch.setattr(sandbox, "_room", lambda: ["--dev-bind", "/", "/"])
    found = proving.faults() if os.access("/usr/bin/bwrap", os.X_OK) else pytest.skip("bubblewrap is not installed")

    assert "a port of this machine was reached" in found
    assert f"{sandbox.ROOT / 'manage.py'} was read" in found


def test_the_limits_are_those_that_stand_in_the_table() -> None:
    """A child is killed before the host is: memory under 1.5 GiB, ten minutes of CPU."""
    assert confine.MEMORY_LIMIT_BYTES <= 1.5 * 2**30
    assert {limit for limit, _ in confine.LIMITS} >= {confine.resource.RLIMIT_CPU, confine.resource.RLIMIT_FSIZE, confine.resource.RLIMIT_NOFILE}


@pytest.mark.parametrize("module", ["layers.confined.reading", "layers.confined.confine"])
def test_no_child_loads_what_reads_no_file(module: str) -> None:
    """pandas alone doubles the time until a file's first byte is read."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "layers.confined.lean", module, "no.such"], cwd=sandbox.ROOT, capture_output=True, text=True
    )
    loaded = {line.rsplit("|")[-1].strip() for line in done.stderr.splitlines() if line.startswith("import time")}

    assert "pyogrio" in loaded
    assert not {"pandas.core", "geopandas.geoseries"} & loaded


def test_the_command_says_which_walls(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("import_check")

    assert f"behind {sandbox.walls()}" in capsys.readouterr().out
