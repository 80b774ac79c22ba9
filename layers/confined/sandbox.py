"""The walls around a process that meets a stranger's file: bubblewrap where it runs, else a network namespace, and the same limits in both.

Inside bubblewrap there are /usr, our own two rooms, the files of the job and one folder to work in: no other file, no network, no
other process, no environment but what is named here, and nobody's uid. It refuses to begin where GDAL would open more than it should.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from geo.city import BUILT_IN

Walls = Literal["bubblewrap", "namespaces"]

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("layers", "geo")
# Where programs are and how numbers are written; nothing else of this process's environment goes along.
PASSED_ON = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PROJ_DATA")
# Left alone, Arrow's pool and glibc's arenas map three times what they hold: 250,000 parcels took 1.25 GiB of data, with these 0.3.
MEMORY = {"ARROW_DEFAULT_MEMORY_POOL": "system", "MALLOC_ARENA_MAX": "1"}
QUIET = MEMORY | {"PROJ_NETWORK": "OFF", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1", "GDAL_VRT_ENABLE_PYTHON": "NO"}
NOBODY = "65534"
INSIDE, WORKPLACE, CITY_INSIDE = Path("/job/in"), Path("/job/work"), Path("/job/city.toml")
PROBE_LIMIT_S = 20


@dataclass(frozen=True)
class Walled:
    """A command that runs behind the walls, with its environment, and where it finds its file and its folder."""

    command: list[str]
    environment: dict[str, str]
    path: Path
    workplace: Path


@cache
def walls() -> Walls:
    """Which walls this machine has. Containers may forbid namespaces to bubblewrap, and then the child makes what it may itself."""
    bwrap = shutil.which("bwrap")
    if bwrap is None or os.environ.get("NBIOC_WALLS") == "namespaces":
        return "namespaces"
    tried = subprocess.run([bwrap, *_room(), "/usr/bin/env", "true"], capture_output=True, timeout=PROBE_LIMIT_S)
    return "bubblewrap" if tried.returncode == 0 else "namespaces"


def walled(*, module: str, path: Path, workplace: Path, arguments: Sequence[str] = ()) -> Walled:
    """How to run a module of ours on one file and the parts beside it, with one folder that it may write to."""
    python = [sys.executable, "-m", "layers.confined.lean", "layers.confined.confine", module, *arguments]
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ} | QUIET
    city = Path(os.environ.get("NBIOC_CITY") or BUILT_IN).resolve()
    parts = under_plain_names(path, workplace)
    if walls() == "namespaces":
        return Walled(python, environment | {"NBIOC_CITY": str(city), "NBIOC_WALLS": "namespaces"}, parts / f"source{ending_of(path)}", workplace)
    files = [word for link in sorted(parts.iterdir()) for word in ("--ro-bind", str(link.resolve()), str(INSIDE / link.name))]
    room = [*_room(), *files, "--ro-bind", str(city), str(CITY_INSIDE), "--bind", str(workplace), str(WORKPLACE), "--chdir", str(ROOT)]
    environment |= {"NBIOC_CITY": str(CITY_INSIDE), "HOME": str(WORKPLACE), "TMPDIR": "/tmp"}  # noqa: S108 (the child's own /tmp)
    return Walled([shutil.which("bwrap") or "bwrap", *room, *python], environment, INSIDE / f"source{ending_of(path)}", WORKPLACE)


def _room() -> list[str]:
    """The empty room: system libraries, the interpreter with its packages, our two rooms of source, and nothing to write to but memory."""
    words = ["--unshare-all", "--die-with-parent", "--new-session", "--uid", NOBODY, "--gid", NOBODY, "--hostname", "nowhere", "--cap-drop", "ALL"]
    words += ["--ro-bind", "/usr", "/usr", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]  # noqa: S108 (the child's own /tmp)
    for name in ("bin", "lib", "lib64", "sbin"):
        top = Path("/", name)
        words += ["--symlink", os.readlink(top), str(top)] if top.is_symlink() else ["--ro-bind-try", str(top), str(top)]
    words += ["--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"]
    for prefix in dict.fromkeys((sys.base_prefix, sys.prefix)):
        if not Path(prefix).is_relative_to("/usr"):
            words += ["--ro-bind", prefix, prefix]
    for room in ROOMS:
        words += ["--ro-bind", str(ROOT / room), str(ROOT / room)]
    return words


def ending_of(path: Path) -> str:
    """What a name says of the content: the last ending, and the one before it where OpenStreetMap has two."""
    suffix = path.suffix.lower()
    return f".osm{suffix}" if path.stem.lower().endswith(".osm") else suffix


def under_plain_names(path: Path, workplace: Path) -> Path:
    """The file and its parts by links: libraries read meaning into names (`;`, `!`, `|`, `//`), and a stranger chose this one."""
    folder = Path(tempfile.mkdtemp(prefix="in-", dir=workplace))
    for part in sorted(path.absolute().parent.iterdir()):
        # b.shp.xml belongs to b.shp, and b.c.shp does not.
        if part.stem == path.stem and part.is_file():
            link = folder / f"source{ending_of(part)}"
            if not link.exists():
                link.symlink_to(part)
    return folder
