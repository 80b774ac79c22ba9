"""The map services as they are served, read by GDAL's own clients, and what a worker weighs after them."""

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from geo.config.serve import MEMORY
from geo.crs import CITY_SRID, to_city, transformer
from geo.models import Token, User
from tests.conftest import JUNCTION
from tests.elsewhere import ROOT, environment
from tests.geo.test_raster import made

LOW, HIGH = [0x57, 0x5D, 0x6D], [0xA5, 0x9C, 0x74]  # 1 m and 3 m on the ramp
X, Y = to_city(*JUNCTION)
START_S = 60.0
# What three maps of 2,048 px may leave behind in a worker, and what they may take while they are made.
KEPT_MB, TAKEN_MB = 60, 120
READ_BY_GDAL = """
import json, sys, rasterio
with rasterio.Env(GDAL_HTTP_HEADERS=sys.argv[3] or None), rasterio.open(sys.argv[1]) as map_:
    print(json.dumps([map_.crs.to_epsg(), [[int(value) for value in found[:3]] for found in map_.sample(json.loads(sys.argv[2]))]]))
"""


class Served:
    """A running city with one worker."""

    def __init__(self, address: str, process: subprocess.Popen[bytes], secret: str) -> None:
        self.address, self.process, self.secret = address, process, secret

    def get(self, path: str) -> bytes:
        asked = urllib.request.Request(self.address + path, headers={"Authorization": f"Bearer {self.secret}"})  # noqa: S310 (our own server)
        with urllib.request.urlopen(asked, timeout=120) as answer:  # noqa: S310
            return answer.read()

    def megabytes(self, figure: str) -> float:
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(figure)) / 1_000

    def gdal(self, source: str, places: list[tuple[float, float]], *, bearer: bool = True) -> tuple[int, list[list[int]]]:
        """What a GDAL of its own process reads at some places in Web Mercator."""
        header = f"Authorization: Bearer {self.secret}" if bearer else ""
        done = subprocess.run([sys.executable, "-c", READ_BY_GDAL, source, json.dumps(places), header], capture_output=True, text=True, cwd=ROOT)
        assert done.returncode == 0, done.stderr
        epsg, found = json.loads(done.stdout)
        return epsg, found


@pytest.fixture
def served(transactional_db: None, people: dict[str, User], tmp_path: Path) -> Iterator[Served]:
    """The city with three kilometres of land: 1 m in the west, 3 m in the east."""
    heights = np.full((300, 300), 1, dtype=np.float32)
    heights[:, 150:] = 3
    (tmp_path / "rasters").mkdir()
    made(tmp_path / "rasters" / "elevation.tif", heights, compress="deflate")
    _, secret = Token.issue(name="desk", user=people["officer"])
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "geo.config.asgi:application", "--host", "127.0.0.1", "--port", str(port), "--log-level", "warning"]
    server = subprocess.Popen(command, cwd=ROOT, env={**MEMORY, **environment(NBIOC_VAR=str(tmp_path))})
    try:
        _wait_for(f"http://127.0.0.1:{port}/healthz")
        yield Served(f"http://127.0.0.1:{port}", server, secret)
    finally:
        server.terminate()
        server.wait(20)


def _wait_for(address: str) -> None:
    deadline = time.monotonic() + START_S
    while True:
        try:
            with urllib.request.urlopen(address, timeout=5):  # noqa: S310 (our own server)
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def mercator(east_m: float, north_m: float) -> tuple[float, float]:
    return transformer(CITY_SRID, 3857).transform(X + east_m, Y + north_m)


@pytest.mark.django_db(transaction=True)
def test_gdals_own_clients_read_the_heights_colours_and_a_stranger_reads_nothing(served: Served) -> None:
    places = [mercator(750, 1_500), mercator(2_250, 1_500)]
    west, south = mercator(0, 0)
    east, north = mercator(3_000, 3_000)
    box = f"{west},{south},{east},{north}"
    by_map = f"WMS:{served.address}/maps/service?SERVICE=WMS&VERSION=1.3.0&REQUEST=GetMap&LAYERS=elevation&STYLES=&CRS=EPSG:3857&BBOX={box}&FORMAT=image/png"
    by_tiles = f"WMTS:{served.address}/maps/wmts/1.0.0/WMTSCapabilities.xml,layer=elevation,tilematrixset=webmercator"

    assert served.gdal(by_tiles, places) == (3857, [LOW, HIGH])
    assert served.gdal(by_map, places) == (3857, [LOW, HIGH])
    with pytest.raises(AssertionError):
        served.gdal(by_tiles, places, bearer=False)
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{served.address}/maps/wmts/elevation/webmercator/0/0/0.png", timeout=20)  # noqa: S310 (our own server)


@pytest.mark.django_db(transaction=True)
def test_large_maps_leave_a_worker_as_light_as_they_found_it(served: Served) -> None:
    asked = (
        f"/maps/service?service=WMS&version=1.1.1&request=GetMap&layers=elevation&styles=&srs=EPSG:{CITY_SRID}&format=image/png&width=2048&height=2048&bbox="
    )
    served.get("/api/layers")
    served.get(f"{asked}{X},{Y},{X + 100},{Y + 100}".replace("2048", "64"))
    before = served.megabytes("VmRSS")
    for step in range(3):
        assert served.get(f"{asked}{X + step},{Y},{X + 3_000},{Y + 3_000}").startswith(b"\x89PNG")

    assert served.megabytes("VmRSS") - before < KEPT_MB
    assert served.megabytes("VmHWM") - before < TAKEN_MB
