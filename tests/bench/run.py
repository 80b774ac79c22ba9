"""Runs the benchmarks in a private cluster; the tiles' city is made once and kept."""

import os
import subprocess
import sys
from pathlib import Path

from geo.config.postgres import Cluster

ROOT = Path(__file__).resolve().parents[2]
# The demo city with a million cases, made once and kept.
MILLION = "nbioc_bench_search"
# Each bench and its database: each fills its city once and keeps it.
BENCHES = {
    "tests.bench.goals": MILLION,
    "tests.bench.tiles": "nbioc_bench",
    "tests.bench.past": "nbioc_bench_past",
    "tests.bench.operator": MILLION,
    "tests.bench.screens": MILLION,
    "tests.bench.positions": "nbioc_bench_positions",
    "tests.bench.conditions": "nbioc_bench_conditions",
    "tests.bench.land": "nbioc_bench_land",
    "tests.bench.rules": "nbioc_bench_land",
    "tests.bench.search": MILLION,
    "tests.bench.duplicates": MILLION,
}


def main(names: list[str]) -> int:
    """Run the benches that are named, or all of them, each on a database of its own in a private cluster."""
    cluster = Cluster(ROOT / "var", "postgres-bench")
    try:
        cluster.start()
        return max(_run(bench, cluster) for bench in BENCHES if not names or bench.rsplit(".", 1)[1] in names)
    finally:
        cluster.stop()


def _run(bench: str, cluster: Cluster) -> int:
    database = BENCHES[bench]
    cluster.make_database(database)
    environment = {**os.environ, "DATABASE_URL": cluster.url(database), "DJANGO_SETTINGS_MODULE": "geo.config.settings"}
    subprocess.run([sys.executable, "-W", "ignore", "manage.py", "migrate", "--verbosity", "0"], cwd=ROOT, env=environment, check=True)
    return subprocess.run([sys.executable, "-W", "ignore", "-m", bench], cwd=ROOT, env=environment).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
