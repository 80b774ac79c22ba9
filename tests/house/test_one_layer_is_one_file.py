"""A layer is one file (and the migration of its model): every reader finds it, and nothing else was touched."""

import json
import subprocess
import sys
from collections.abc import Iterator

import mapbox_vector_tile
import pytest

from geo import tilegrid
from tests.conftest import JUNCTION
from tests.elsewhere import ROOT, environment, fetch, fetch_json, manage, scratch_database, serving

SETTINGS = "tests.flood_zones.settings"
FILLS = """
import django, json; django.setup()
from geo.acting import acting
from geo.models import Role, Token, User
from geo.permissions import STARTING_ROLES
from tests.conftest import city_wkt
from tests.flood_zones.layer import FloodZone
tokens = {}
for slug in ("officer", "approver"):
    role, _ = Role.objects.get_or_create(slug=slug, defaults={"name": slug, "permissions": list(STARTING_ROLES[slug][2])})
    user = User.objects.create_user(username=slug, password="a long enough word")
    user.roles.add(role)
    tokens[slug] = Token.issue(name=slug, user=user)[1]
with acting(by=None, because="the tide of October"):
    zone = FloodZone.objects.create(name="Chợ Ngã Bảy", depth=2, contact="Nguyễn Văn A", geom=city_wkt("POLYGON", (0, 0), (80, 0), (80, 60), (0, 0)))
    zone.depth = 1
    zone.save()
print(json.dumps({"fid": zone.pk, **tokens}))
"""


@pytest.fixture
def city(db: None) -> Iterator[dict[str, str]]:
    """A city of its own, with the scratch app installed and nothing else changed."""
    with scratch_database("one_layer") as name:
        yield environment(database=name, DJANGO_SETTINGS_MODULE=SETTINGS)


def test_one_file_puts_a_layer_into_catalogue_tiles_style_search_and_ogc(city: dict[str, str]) -> None:
    manage(city, "makemigrations", "--check", "--dry-run")
    manage(city, "migrate", "--verbosity", "0")
    done = subprocess.run([sys.executable, "-c", FILLS], cwd=ROOT, env=city, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    given = json.loads(done.stdout)
    x, y = tilegrid.tile_of(*JUNCTION, 16)

    with serving(city) as address:
        seen = {}
        for person in ("officer", "approver"):
            bearer = {"Authorization": f"Bearer {given[person]}"}
            entry = next(layer for layer in fetch_json(f"{address}/api/layers", **bearer)["layers"] if layer["slug"] == "tide_marks")
            tile = mapbox_vector_tile.decode(fetch(f"{address}/tiles/tide_marks/16/{x}/{y}.mvt", **bearer))["tide_marks"]["features"][0]
            item = fetch_json(f"{address}/ogc/collections/tide_marks/items/{given['fid']}", **bearer)
            style = fetch_json(f"{address}/tiles/style.json", **bearer)
            found = fetch_json(f"{address}/api/search?q=cho+nga+bay", **bearer)["results"]
            assert (entry["title"]["vi"], entry["legend"][0]["color"], tile["id"], tile["properties"]["name"]) == (
                "Vùng ngập",
                "#33bbee",
                given["fid"],
                "Chợ Ngã Bảy",
            )
            assert "tide_marks" in style["sources"] and any(layer.get("source") == "tide_marks" for layer in style["layers"])
            assert [(one["layer"], one["fid"]) for one in found] == [("tide_marks", given["fid"])]
            seen[person] = ({field["name"] for field in entry["fields"]}, set(tile["properties"]), set(item["properties"]))
        strangers = {layer["slug"] for layer in fetch_json(f"{address}/api/layers")["layers"]}
        with pytest.raises(OSError, match="404"):
            fetch(f"{address}/ogc/collections/tide_marks")

    assert all("contact" not in names for names in seen["officer"])
    assert all("contact" in names for names in seen["approver"])
    assert "tide_marks" not in strangers
    assert _history(city) == [["update", "the tide of October", 2]]


def _history(city: dict[str, str]) -> list[list[object]]:
    asks = "import django, json; django.setup()\nfrom layers.models import History\nprint(json.dumps([[h.op, h.because, h.row_before['depth']] for h in History.objects.filter(layer='tide_marks').exclude(op='insert')]))"
    done = subprocess.run([sys.executable, "-c", asks], cwd=ROOT, env=city, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)
