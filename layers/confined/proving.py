"""Proves, before a stranger's file is read, that the walls hold: disguised files are refused, and the child sees nothing of the machine.

Run once by each process that imports, and by `manage.py import_check`. It raises where anything that was to be shut out comes in.
"""

import json
import socket
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from geo.errors import Problem, define
from layers.confined.child import Child
from layers.confined.sandbox import ROOT, Walls, walled, walls
from layers.files.formats import DRIVERS

CANARY = "canary-4711"
PROBE_LIMIT_S = 60
NOT_SHUT_IN = define("importer_not_safe", 503, "Bộ đọc tệp chưa an toàn", "The importer is not shut in")


@cache
def proved() -> Walls:
    """The walls that hold here, found out once a process. Raises NOT_SHUT_IN with what came through."""
    if through := faults():
        raise NOT_SHUT_IN("Không nhập tệp trên máy này.", f"No file is read on this machine: {'; '.join(through)}.")
    return walls()


def faults() -> list[str]:
    """What came through the walls; empty when they hold."""
    with tempfile.TemporaryDirectory(prefix="nbioc-proof-") as folder:
        return [*_seen(Path(folder)), *_taken_in(Path(folder))]


def look(folder: Path) -> dict[str, Any]:
    """What a child sees from behind the walls: the files of this house, a listener on this machine, GDAL, the environment."""
    (folder / "empty.geojson").write_text("{}")
    with socket.create_server(("127.0.0.1", 0)) as listener, tempfile.TemporaryDirectory(dir=folder) as workplace:
        asked = {"files": [str(ROOT / "manage.py"), str(ROOT / "var" / "secret_key"), "/etc/hostname", "/etc/passwd"], "port": listener.getsockname()[1]}
        inside = walled(module="layers.confined.probe", path=folder / "empty.geojson", workplace=Path(workplace))
        done = subprocess.run([*inside.command, json.dumps(asked)], cwd=ROOT, env=inside.environment, capture_output=True, timeout=PROBE_LIMIT_S)
    if done.returncode:
        raise NOT_SHUT_IN("Không chạy được tiến trình đọc tệp.", f"The child does not start: {done.stderr.decode(errors='replace')[-300:]}")
    return dict(json.loads(done.stdout))


def _seen(folder: Path) -> list[str]:
    seen = look(folder)
    found = [f"GDAL has the driver {name}" for name in sorted(set(seen["drivers"]) - set(DRIVERS))]
    found += [f"the environment has {name}" for name in seen["names"] if "DATABASE" in name or "SECRET" in name or "PASSWORD" in name]
    if seen["connected"]:
        found.append("a port of this machine was reached")
    if seen["allocated"]:
        found.append("more memory than the limit was had")
    if walls() == "bubblewrap":
        found += [f"{name} was read" for name in seen["readable"]]
    return found


def _taken_in(folder: Path) -> list[str]:
    """GDAL opens what a file is, not what it is called: two disguises that must not be opened."""
    secret = folder / "secret.csv"
    secret.write_text(f"name,x,y\n{CANARY},0,0\n")
    disguises = {
        "a VRT": f'<OGRVRTDataSource><OGRVRTLayer name="secret"><SrcDataSource>{secret}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>',
        "a GDALG pipeline": json.dumps({"type": "gdal_streamed_alg", "command_line": f"gdal vector pipeline ! read {secret} ! edit"}),
    }
    return [f"{name} was opened" for name, text in disguises.items() if _opens(folder, text)]


def _opens(folder: Path, text: str) -> bool:
    path = folder / "innocent.geojson"
    path.write_text(text)
    job = {"crs": None, "encoding": None, "box": [0, 0, 1, 1], "most_bytes": 1_000_000}
    try:
        with Child("layers.confined.reading", path, job, lambda *_: None):
            return True
    except Problem as refused:
        return CANARY in repr(refused.as_dict())
