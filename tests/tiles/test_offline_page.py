"""The heat and the wards as a page to carry away: it opens with the network cut, counts as the map counts, and every word in it is text."""

import base64
import hashlib
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from django.test import Client
from playwright.sync_api import sync_playwright

from geo.acting import acting
from geo.errors import BAD_REQUEST, BUSY, FORBIDDEN, NOT_SIGNED_IN
from geo.models import User
from incidents.models import Incident
from layers.access import ANONYMOUS, scope_of
from layers.library.wards import AdminUnit
from tests import elsewhere
from tests.conftest import city_wkt
from tests.elsewhere import ROOT
from tests.geo.test_raster import made
from tests.tiles.test_heat import BEGAN, CASES, FEW, cases  # noqa: F401 (a fixture)
from tiles import offline_page
from tiles.basemap import MapsDoor

PERIOD = {"from": "2026-01-01", "to": "2026-01-31"}
CHROMIUM = next((path for path in map(Path, ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")) if path.exists()), None)
# Each breaks out of one thing: HTML, a script, an attribute, a template of Jinja, a template of JavaScript.
HOSTILE = "<img src=x onerror='window.__x=1'></script><script>window.__x=1</script>\"'{{ 7919*7907 }}{% for a in [1] %}{{ cycler.__init__ }}{% endfor %}${window.__x=1}`"
SQUARE = ((-900, -900), (900, -900), (900, 900), (-900, 900), (-900, -900))


@pytest.fixture
def wards(db: None) -> Iterator[list[AdminUnit]]:
    """A ward of today with a hostile name, and one of the past."""
    with acting(by=None, because="two wards"):
        yield [
            AdminUnit.objects.create(
                code="31340", name=HOSTILE[:120], kind="phuong", valid_from=date(2025, 7, 1), population=51_000, geom=city_wkt("MULTIPOLYGON", *SQUARE)
            ),
            AdminUnit.objects.create(
                code="31341", name="Lái Hiếu", kind="phuong", valid_from=date(2004, 1, 1), valid_until=date(2025, 7, 1), geom=city_wkt("MULTIPOLYGON", *SQUARE)
            ),
        ]


def test_the_cells_add_up_to_what_the_leader_may_count(people: dict[str, User], cases: list[Incident], wards: list[AdminUnit]) -> None:  # noqa: F811
    shown = offline_page.contents(scope_of(people["leader"]), {**PERIOD, "to": "2026-01-31"}, at=BEGAN)
    total = sum(int(cell["properties"]["n"]) for cell in shown["cells"]["features"])

    assert f"{total} vụ việc" in shown["notes"]
    assert total >= CASES + FEW - 30
    assert [ward["properties"]["population"] for ward in shown["wards"]["features"]] == [51_000], "the wards of the past are not drawn"
    assert "Từ 01/01/2026 đến trước 31/01/2026" in shown["notes"]


def test_a_category_and_the_other_language_are_taken(people: dict[str, User], cases: list[Incident]) -> None:  # noqa: F811
    shown = offline_page.contents(scope_of(people["leader"]), {**PERIOD, "category": "drowning", "lang": "en"}, at=BEGAN)

    assert sum(int(cell["properties"]["n"]) for cell in shown["cells"]["features"]) == FEW
    assert "Few data: do not conclude in haste" in shown["notes"]
    assert shown["legend"][-1]["text"] == "≥ 500 cases/km²/30 days"


def test_the_page_is_for_who_may_see_figures(people: dict[str, User]) -> None:
    with pytest.raises(NOT_SIGNED_IN):
        offline_page.page(ANONYMOUS, PERIOD)
    with pytest.raises(FORBIDDEN):
        offline_page.page(scope_of(people["agency"]), PERIOD)
    with pytest.raises(BAD_REQUEST):
        offline_page.page(scope_of(people["leader"]), {"from": "yesterday"})


def test_one_page_at_a_time_and_a_child_that_fails_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with offline_page._one_page, pytest.raises(BUSY):
        offline_page.drawn({})
    with pytest.raises(BUSY):
        offline_page.drawn({"title": "nothing else"})
    monkeypatch.setattr(offline_page, "CHILD_TIMEOUT_S", 0.01)
    with pytest.raises(BUSY):
        offline_page.drawn({})
    assert not offline_page._one_page.locked()


@pytest.mark.django_db
def test_no_web_worker_carries_folium() -> None:
    look = "import geo.config.asgi, geo.config.urls, sys; print(sorted({'folium', 'pandas', 'geopandas', 'pyarrow'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, cwd=ROOT, env=elsewhere.environment())

    assert done.stdout.strip() == "[]", done.stderr


@pytest.fixture
def page(people: dict[str, User], cases: list[Incident], wards: list[AdminUnit]) -> tuple[dict[str, str], str]:  # noqa: F811
    """The page as the door gives it to a leader: headers and text."""
    began: list[Any] = []
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/maps/heat.html", "QUERY_STRING": "from=2026-01-01&to=2026-01-31", "HTTP_HOST": "localhost"}
    body = b"".join(MapsDoor(lambda headers: scope_of(people["leader"]))(environ, lambda status, headers: began.extend((status, headers))))
    assert began[0] == "200 OK", body
    return dict(began[1]), body.decode()


def test_the_page_brings_everything_and_trusts_nothing_else(page: tuple[dict[str, str], str]) -> None:
    headers, text = page

    assert not re.search(r"<(script|link|img|iframe)[^>]+(src|href)=", text)
    assert "url(http" not in text and "@import" not in text and "tile.openstreetmap" not in text
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)[1]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    for script in re.findall(r"<script>(.*?)</script>", text, re.DOTALL):
        assert base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() in policy
    assert headers["Content-Security-Policy"].startswith("sandbox allow-scripts;")
    assert headers["Cache-Control"] == "private, no-store"


def test_a_hostile_name_is_neither_markup_nor_script_nor_template(page: tuple[dict[str, str], str]) -> None:
    _, text = page

    assert "<img" not in text and "window.__x=1</script>" not in text
    assert "62615533" not in text, "Folium renders what it is given as a template a second time"
    assert "&#123;&#123; 7919*7907" in text.replace("\\u0026", "&"), "the name is shown, not run"


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")
def test_the_page_opens_with_the_network_cut(page: tuple[dict[str, str], str], tmp_path: Path) -> None:
    (tmp_path / "heat.html").write_text(page[1])
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        context = browser.new_context(offline=True)
        tab = context.new_page()
        asked: list[str] = []
        told: list[str] = []
        tab.on("request", lambda request: asked.append(request.url))
        tab.on("console", lambda message: told.append(message.text))
        tab.on("pageerror", lambda error: told.append(str(error)))
        tab.goto((tmp_path / "heat.html").as_uri())
        tab.wait_for_selector(".leaflet-overlay-pane canvas")
        tab.mouse.click(640, 360)
        tab.wait_for_selector(".leaflet-popup-content td")
        seen = {
            "popup": tab.locator(".leaflet-popup-content td").all_inner_texts(),
            "paper": tab.locator(".paper").inner_text(),
            "ran": tab.evaluate("window.__x"),
        }
        browser.close()

    assert asked == [(tmp_path / "heat.html").as_uri()]
    assert told == []
    assert seen["ran"] is None
    assert "vụ việc" in seen["paper"]
    assert seen["popup"] == [HOSTILE[:120], "51000"], "the ward's name, letter by letter"


@pytest.mark.django_db
def test_the_height_of_a_place_is_told_to_who_may_see_the_elevation(client: Client, people: dict[str, User], settings: Any, tmp_path: Path) -> None:
    settings.ELEVATION_PATH = made(tmp_path / "elevation.tif", np.full((300, 300), 1.25, dtype=np.float32))
    where = {"lon": 105.8160, "lat": 9.8175}
    stranger = client.get("/api/elevation", where)
    client.force_login(people["officer"])
    found, beyond = client.get("/api/elevation", where), client.get("/api/elevation", {"lon": 105.5, "lat": 9.8})

    assert stranger.status_code == 404
    assert (found.json()["elevation_m"], found.json()["source"]) == (1.25, "Độ cao mặt đất")
    assert beyond.json()["elevation_m"] is None
    with rasterio.open(settings.ELEVATION_PATH, "r+") as file:
        file.update_tags(NBIOC_DEMO="simulated, seed 7", TIFFTAG_DATETIME="2025:03:01 00:00:00")
    told = client.get("/api/elevation", where).json()
    assert (told["source"], told["as_of"]) == ("Độ cao mặt đất (simulated, seed 7)", "2025-03-01")
    assert client.get("/api/elevation", {"lon": "nan", "lat": 9.8}).json()["code"] == "non_finite"
    settings.ELEVATION_PATH.unlink()
    assert client.get("/api/elevation", where).status_code == 404
