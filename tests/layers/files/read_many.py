"""Reads many files as the importer's child does, one after the other in one process: a job a line in, an outcome a line out. Run confined."""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from geo.crs import accepted_box
from geo.errors import Problem
from layers.confined import reading, sandbox

SAMPLES = 50


def outcome(job: dict[str, Any]) -> dict[str, Any]:
    """What became of one file: counts, CRS and encoding, or the code of its refusal. Anything else is a fault of ours and ends the process."""
    path = Path(job["path"])
    with tempfile.TemporaryDirectory() as workplace:
        source = sandbox.under_plain_names(path, Path(workplace)) / f"source{sandbox.ending_of(path)}"
        asked = {"path": str(source), "workplace": workplace, "stem": path.stem, "box": list(accepted_box()), "most_bytes": 4 << 30, **job["answers"]}
        try:
            told, table = reading.read(asked)
        except Problem as problem:
            return {"code": problem.code, "named": {"vi": problem.vi, "en": problem.en}}
    texts = [value for name in table.column_names for value in table.column(name).to_pylist() if isinstance(value, str)]
    return {
        "read": told["read"],
        "kept": told["kept"],
        "left_out": told["left_out"]["counts"],
        "crs": told["crs"]["epsg"] or told["crs"]["name"],
        "how": told["crs"]["how"],
        "encoding": told["encoding"]["name"],
        "sample": sorted({text for text in texts if not text.isascii()})[:SAMPLES],
        "broken": sum("\ufffd" in text for text in texts),
    }


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(outcome(json.loads(line))), flush=True)
