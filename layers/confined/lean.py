"""Runs a module without the table libraries that pyogrio would load beside GDAL: `python -m layers.confined.lean MODULE ARGUMENT…`.

pandas takes more time to load than most files take to read, and whoever reads a file here has no use for it.
"""

import runpy
import sys
from importlib.abc import MetaPathFinder
from typing import Any

UNUSED = frozenset({"geopandas", "pandas"})


class _Absent(MetaPathFinder):
    """Those modules as if they were not installed."""

    def find_spec(self, fullname: str, *_: Any) -> None:
        if fullname in UNUSED:
            raise ModuleNotFoundError(f"{fullname} is not loaded here", name=fullname)


def main(arguments: list[str]) -> None:
    """The module, as if Python had been called with it and its arguments."""
    sys.meta_path.insert(0, _Absent())
    sys.argv = arguments
    runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
