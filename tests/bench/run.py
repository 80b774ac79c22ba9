"""Runs the benchmarks in a private cluster unless DATABASE_URL is given; the city is made once and kept."""

import os
import subprocess
import sys
from pathlib import Path

from geo.config.postgres import Cluster

ROOT = Path(__file__).resolve().parents[2]
BENCHES = ("tests.bench.tiles",)


def main(names: list[str]) -> int:
    """Run the benches that are named, or all of them."""
    cluster = None
    try:
        if not os.environ.get("DATABASE_URL"):
            cluster = Cluster(ROOT / "var", "postgres-bench")
            cluster.start()
            cluster.make_database("nbioc_bench")
            os.environ["DATABASE_URL"] = cluster.url("nbioc_bench")
        subprocess.run([sys.executable, "-W", "ignore", "manage.py", "migrate", "--verbosity", "0"], cwd=ROOT, check=True)
        wanted = [bench for bench in BENCHES if not names or bench.rsplit(".", 1)[1] in names]
        return max(subprocess.run([sys.executable, "-W", "ignore", "-m", bench], cwd=ROOT).returncode for bench in wanted)
    finally:
        if cluster is not None:
            cluster.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
