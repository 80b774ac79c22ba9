"""Where real files are found: NBIOC_DATA, or the folder shared/data beside the project. A test without them is skipped."""

import os
from pathlib import Path

import pytest

FOLDER = Path(os.environ.get("NBIOC_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")


def real(name: str) -> Path:
    """A real file by its path inside the folder; skips the test where it is absent."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"there is no {name} under {FOLDER}")
    return path
