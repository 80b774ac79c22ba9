"""OpenStreetMap comes in cut at its junctions, as a network that can be travelled; and into another city than the first one."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from geo.crs import to_city
from geo.errors import Problem
from layers import query
from layers.access import ANONYMOUS, opened
from layers.files import osm
from layers.library.canals import Canal
from layers.library.hydrants import Hydrant
from layers.library.public_places import PublicPlace
from layers.library.roads import Road
from layers.library.wards import AdminUnit
from layers.making import made
from layers.models import MadeLayer
from tests.conftest import JUNCTION
from tests.elsewhere import ROOT, environment, manage, scratch_database
from tests.real_data import real

ANDORRA = "geo/config/cities/andorra.toml"
# Twenty-five metres, about, in degrees.
STEP = 0.000225


def osm_file(path: Path) -> Path:
    """A crossing of two streets, one of them one way against its drawing, a bridge, a canal, a house, a ward, a pump and a market."""
    lon, lat = JUNCTION
    nodes = {
        1: (-2, 0), 2: (0, 0), 3: (2, 0), 4: (0, -2), 5: (0, 2), 6: (-2, -1), 7: (0, -1), 8: (2, -1),
        10: (1, 1), 11: (1.5, 1), 12: (1.5, 1.5), 13: (1, 1.5), 20: (-5, -5), 21: (5, -5), 22: (5, 5), 23: (-5, 5), 24: (7, 5), 25: (7, -5),
    }  # fmt: skip
    ways = [
        ([1, 2, 3], {"highway": "primary", "name": "Hùng Vương", "maxspeed": "40", "width": "12 m", "maxweight": "8"}),
        ([4, 7, 2, 5], {"highway": "residential", "name": "Lê Lợi", "oneway": "-1", "bridge": "yes", "maxspeed": "20 mph", "width": "16'"}),
        ([6, 7, 8], {"waterway": "canal", "name": "Cái Côn", "width": "60"}),
        ([1, 5], {"highway": "construction"}),
        ([10, 11, 12, 13, 10], {"building": "house", "building:levels": "2", "addr:street": "Lê Lợi", "addr:housenumber": "4"}),
        ([20, 21, 22, 23, 20], {"boundary": "administrative", "admin_level": "6", "name": "Ngã Bảy", "ref": "31340"}),
        ([21, 25, 24, 22, 21], {"boundary": "administrative", "admin_level": "6", "name": "Đại Thành", "ref": "31411"}),
        ([20, 21, 22, 23, 20], {"landuse": "farmland", "name": "Đồng"}),
    ]
    tagged = {1: {"amenity": "marketplace", "name": "Chợ Ngã Bảy"}, 3: {"emergency": "fire_hydrant"}, 4: {"highway": "street_lamp"}}

    def tags(given: dict[str, str]) -> str:
        return "".join(f'<tag k="{k}" v="{v}"/>' for k, v in given.items()).replace("16'", "16&apos;")

    body = [f'<node id="{n}" version="1" lat="{lat + y * STEP}" lon="{lon + x * STEP}">{tags(tagged.get(n, {}))}</node>' for n, (x, y) in nodes.items()]
    for index, (refs, given) in enumerate(ways, 100):
        body.append(f'<way id="{index}" version="1">{"".join(f"<nd ref={chr(34)}{ref}{chr(34)}/>" for ref in refs)}{tags(given)}</way>')
    path.write_text(f'<?xml version="1.0"?><osm version="0.6">{"".join(body)}</osm>', encoding="utf-8")
    return path


@pytest.fixture
def no_made_layers_after(db: None) -> Iterator[None]:
    """The registry forgets what a test made."""
    yield
    MadeLayer.objects.all().delete()
    made.refresh()


def bring(path: Path, **more: Any) -> osm.Brought:
    brought = osm.bring(path=path, by=None, because="a first map", at=timezone.now(), **more)
    made.refresh()
    return brought


def ends(line: Any) -> set[tuple[float, float]]:
    return {tuple(round(part, 3) for part in line.coords[0]), tuple(round(part, 3) for part in line.coords[-1])}


@pytest.mark.django_db
@pytest.mark.usefixtures("no_made_layers_after")
def test_streets_meet_where_they_share_a_node_and_nowhere_else(tmp_path: Path) -> None:
    brought = bring(osm_file(tmp_path / "town.osm"))
    crossing = tuple(round(part, 3) for part in to_city(*JUNCTION))

    assert brought.written == Counter(roads=4, bridges=2, canals=1, buildings=1, public_places=1, wards=2, hydrants=1, street_lights=1, land_use=1)
    assert brought.read["highways"] == 3 and brought.read["highways left out: construction"] == 1
    assert all(crossing in ends(road.geom) for road in Road.objects.all())
    # The bridge over the canal shares a node with it, and boats do not turn into streets.
    assert Canal.objects.get().geom.num_points == 3


@pytest.mark.django_db
@pytest.mark.usefixtures("no_made_layers_after")
def test_tags_become_attributes_and_silence_becomes_the_default_of_the_class(tmp_path: Path) -> None:
    bring(osm_file(tmp_path / "town.osm"))
    main, side = Road.objects.filter(name="Hùng Vương").first(), Road.objects.filter(name="Lê Lợi").order_by("pk").first()

    assert (main.road_class, main.speed_kmh, main.width_m, main.load_limit_t, main.oneway, main.bridge) == ("primary", 40, 12, 8, False, False)
    # Feet are not metres: the class's own width stands.
    assert (side.road_class, side.width_m, side.oneway, side.bridge) == ("residential", 5, True, True)
    assert side.speed_kmh == pytest.approx(32.19, abs=0.01)
    # One way against its drawing: it runs from north to south.
    assert side.geom.coords[0][1] > side.geom.coords[-1][1]
    assert (PublicPlace.objects.get().name, Hydrant.objects.get().kind) == ("Chợ Ngã Bảy", "pillar")
    assert set(AdminUnit.objects.values_list("code", "name")) == {("31340", "Ngã Bảy"), ("31411", "Đại Thành")}
    assert query.features(opened("land_use", ANONYMOUS))[0]["properties"]["kind"] == "farmland"


@pytest.mark.django_db
@pytest.mark.usefixtures("no_made_layers_after")
def test_a_second_town_is_not_laid_over_the_first_unless_it_is_said(tmp_path: Path) -> None:
    path = osm_file(tmp_path / "town.osm")
    bring(path)
    with pytest.raises(Problem) as refused:
        bring(path)
    assert (refused.value.code, "roads" in refused.value.extra["layers"]) == ("conflict", True)

    assert bring(path, replace=True).written["roads"] == 4
    assert Road.objects.count() == 4


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["town.osm.pbf", "town.osm", "town.geojson"])
def test_what_is_no_openstreetmap_file_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\x00\x00\x00\x0d\x0a\x09OSMHeader" + bytes(40))

    with pytest.raises(Problem) as refused:
        bring(tmp_path / name)
    assert refused.value.code == "unsupported_content"


@pytest.mark.django_db
def test_a_file_of_another_country_brings_nothing_and_says_so() -> None:
    with pytest.raises(CommandError, match="nothing_to_import"):
        call_command("osm_import", str(real("osm/andorra.osm.pbf")))


@pytest.fixture
def another_city(db: None) -> Iterator[dict[str, str]]:
    """An empty database beside the test's own, for a city with another CRS."""
    with scratch_database("andorra") as name:
        yield environment(database=name, NBIOC_CITY=ANDORRA)


LOOKS = """
import django, json; django.setup()
from django.db import connection
from django.test import Client
from django.utils import timezone
from shapely.geometry import Point
from geo.city import CITY
from geo.crs import to_city
from geo.fields import as_field
from geo.models import Agency, Role, User
from geo.permissions import STARTING_ROLES
from incidents.models import Responder
from layers.library.roads import Road
from layers.library.wards import AdminUnit
with connection.cursor() as cursor:
    cursor.execute("select sum(st_length(geom)), max(st_srid(geom)) from layers_road")
    metres, srid = cursor.fetchone()
client = Client()
route = client.get("/api/network/route?from=1.5218,42.5075&to=1.5360,42.5095&mode=car").json()
person = User.objects.create_user("operator")
person.roles.add(Role.objects.create(slug="operator", name="operator", permissions=list(STARTING_ROLES["operator"][2])))
agency = Agency.objects.create(code="police", name="police")
for code, lon, lat, mode in (("A", 1.5360, 42.5095, "car"), ("B", 1.5225, 42.5080, "foot"), ("C", 1.4900, 42.4700, "motorbike")):
    Responder.objects.create(code=code, name=code, kind="police", agency=agency, authority="directed", mode=mode,
                             position_at=timezone.now(), geom=as_field(Point(*to_city(lon, lat))))
client.force_login(person)
report = {"category": next(iter(CITY.categories)), "channel": next(iter(CITY.channels)), "lon": 1.5218, "lat": 42.5075}
case = client.post("/api/incidents", report, content_type="application/json").json()
arrivals = [one["travel_s"] for one in client.get(f"/api/incidents/{case['id']}/candidates").json()["candidates"]]
print(json.dumps({
    "srid": srid, "km": metres / 1000, "roads": Road.objects.count(), "oneway": Road.objects.filter(oneway=True).count(),
    "ward_names": sorted(AdminUnit.objects.values_list("name", flat=True)), "route": route, "arrivals": arrivals,
}))
"""


def test_andorra_is_a_city_as_well(another_city: dict[str, str]) -> None:
    """Nothing of the first city stands in the code: other CRS, languages, extent, and the same migrations."""
    path = real("osm/andorra.osm.pbf")
    manage(another_city, "makemigrations", "--check", "--dry-run")
    manage(another_city, "migrate", "--verbosity", "0")
    said = manage(another_city, "osm_import", str(path))
    told = {line[19:].strip(): int(line[10:19].replace(",", "")) for line in said.splitlines() if line.startswith("read ")}
    written = {line[19:].strip(): int(line[10:19].replace(",", "")) for line in said.splitlines() if line.startswith("written ")}

    assert (told["highways"], told["buildings"]) == (1615, 294)
    assert written["roads"] > 1615 and written["buildings"] >= 290 and written["wards"] >= 6
    done = subprocess.run([sys.executable, "-c", LOOKS], cwd=ROOT, env=another_city, capture_output=True, text=True, check=True)
    seen = json.loads(done.stdout)
    assert (seen["srid"], seen["roads"]) == (25831, written["roads"])
    assert {"Andorra la Vella", "Encamp", "Ordino"} <= set(seen["ward_names"])
    assert 500 < seen["km"] < 3_000
    assert 1_000 < seen["route"]["distance_m"] < 3_000 and 60 < seen["route"]["travel_s"] < 400
    assert len(seen["arrivals"]) == 3 and seen["arrivals"] == sorted(seen["arrivals"])
