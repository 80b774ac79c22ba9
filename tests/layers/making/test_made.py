"""A layer made while the city runs is like any other to every reader, and no reader needs to know."""

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace

import mapbox_vector_tile
import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from geo import events, tilegrid
from geo.acting import NotActing, acting
from geo.errors import NOT_FOUND, Problem
from geo.models import User
from layers import query
from layers.access import ANONYMOUS, SYSTEM, opened, scope_of
from layers.layer import Field, Layer, registry
from layers.making import made
from layers.models import History, MadeLayer
from layers.remembering import history
from tests.conftest import JUNCTION, city_wkt
from tests.elsewhere import ROOT, environment
from tiles.style import whole_style
from tiles.vector import tile_parameters, tile_statement

FIELDS = (Field("name", "Tên", "Name"), Field("height_m", "Cao", "Height", type="float", unit="m"), Field("planted_on", "Ngày trồng", "Planted", type="date"))


@pytest.fixture
def no_made_layers_after(db: None) -> Iterator[None]:
    """What a test made leaves the registry with the test; tables that a committing test made are dropped."""
    yield
    with connection.cursor() as cursor:
        for slug, removed_at in MadeLayer.objects.values_list("slug", "removed_at"):
            cursor.execute(f'drop {"view" if removed_at else "table"} made."{slug}"')
    MadeLayer.objects.all().delete()
    made.refresh()


def make_trees(**changes: object) -> type[Layer]:
    """Trees, as an officer would make them, with one in them."""
    given = {"slug": "trees", "vi": "Cây xanh", "en": "Trees", "geometry_type": "Point", "fields": FIELDS, "at": timezone.now(), "label": "name"} | changes
    with acting(by=None, because="trees along the canal"):
        layer = made.make(**given)
        with connection.cursor() as cursor:
            cursor.execute(
                "insert into made.trees (name, height_m, geom) values ('Cây sao', 12.5, st_geomfromewkb(%s))", [bytes(city_wkt("POINT", (0, 0)).ewkb)]
            )
    made.refresh()
    return layer


@pytest.mark.usefixtures("no_made_layers_after")
def test_a_made_layer_is_in_the_catalogue_tiles_style_and_queries(client: Client, people: dict[str, User]) -> None:
    make_trees()
    scope = scope_of(people["officer"])
    client.force_login(people["officer"])

    entry = next(layer for layer in client.get("/api/layers").json()["layers"] if layer["slug"] == "trees")
    assert (entry["title"]["vi"], entry["group"], [field["name"] for field in entry["fields"]]) == ("Cây xanh", "made", ["name", "height_m", "planted_on"])
    (tree,) = query.features(opened("trees", scope), box=(105.8, 9.8, 105.83, 9.83))
    assert (tree["properties"]["height_m"], tree["version"]) == (12.5, 1)
    assert tree["geometry"]["coordinates"] == pytest.approx(JUNCTION)
    assert "trees" in whole_style(scope)["sources"]

    x, y = tilegrid.tile_of(*JUNCTION, 14)
    seen = opened("trees", scope)
    with connection.cursor() as cursor:
        cursor.execute(tile_statement(seen, general=True).as_string(connection.connection), tile_parameters(seen.params, z=14, x=x, y=y))
        tile = mapbox_vector_tile.decode(bytes(cursor.fetchone()[0]))
    assert tile["trees"]["features"][0]["properties"]["name"] == "Cây sao"


@pytest.mark.usefixtures("no_made_layers_after")
def test_staff_see_a_made_layer_and_a_stranger_does_not_unless_it_is_public() -> None:
    make_trees()
    with pytest.raises(NOT_FOUND):
        opened("trees", ANONYMOUS)

    declared, revision = made.declaration("trees")
    with acting(by=None, because="for everybody"):
        made.change(slug="trees", revision=revision, wanted=replace(declared, see=None), at=timezone.now())
    made.refresh()
    assert query.count(opened("trees", ANONYMOUS)) == 1


@pytest.mark.usefixtures("no_made_layers_after")
def test_a_change_in_a_made_layer_is_kept_with_who_and_why() -> None:
    make_trees()
    with acting(by=None, because="pruned"), connection.cursor() as cursor:
        cursor.execute("update made.trees set height_m = 11, version = version + 1")

    kept = History.objects.get(layer="trees", op="update")
    assert (kept.because, kept.version, kept.row_before["height_m"]) == ("pruned", 1, 12.5)


@pytest.mark.usefixtures("no_made_layers_after")
def test_a_migration_after_a_removal_finds_no_table_to_watch_and_goes_on() -> None:
    make_trees()
    with acting(by=None, because="đo xong"):
        made.drop(slug="trees", at=timezone.now())

    history.install()

    with connection.cursor() as cursor:
        cursor.execute("select count(*) from pg_catalog.pg_trigger where tgrelid = 'made.trees'::regclass")
        assert cursor.fetchone() == (0,)


@pytest.mark.usefixtures("no_made_layers_after")
def test_making_and_dropping_are_events() -> None:
    make_trees()
    with acting(by=None, because="no longer"):
        made.drop(slug="trees", at=timezone.now())
    made.refresh()

    assert list(events.Event.objects.order_by("seq").values_list("kind", "layer")) == [("layer.made", "trees"), ("layer.dropped", "trees")]
    assert registry.get("trees") is None


@pytest.mark.usefixtures("no_made_layers_after")
@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"slug": "Trees"}, "bad_name"),
        ({"slug": "trees;drop table geo_user"}, "bad_name"),
        ({"slug": "style"}, "bad_name"),
        ({"slug": "roads_label"}, "bad_name"),
        ({"slug": "roads"}, "conflict"),
        ({"geometry_type": "Surface"}, "bad_name"),
        ({"fields": [Field("geom", "", "")]}, "bad_name"),
        ({"fields": [Field("a", "", ""), Field("a", "", "")]}, "bad_name"),
        ({"fields": [Field("a b", "", "")]}, "bad_name"),
        ({"fields": [Field("name", "", "", type="money")]}, "bad_name"),
        ({"label": "no_such_field"}, "bad_name"),
        ({"see": "no_such_permission"}, "bad_name"),
    ],
)
def test_a_layer_that_cannot_be_is_refused_before_anything_stands(wrong: dict[str, object], code: str) -> None:
    given = {"slug": "trees", "vi": "", "en": "", "geometry_type": "Point", "fields": FIELDS, "at": timezone.now()} | wrong
    with pytest.raises(Problem) as refused, acting(by=None, because="wrong"):
        made.make(**given)

    assert refused.value.code == code
    assert not MadeLayer.objects.exists()


@pytest.mark.django_db
def test_nobody_makes_a_layer_without_who_and_why() -> None:
    with pytest.raises(NotActing):
        made.make(slug="trees", vi="", en="", geometry_type="Point", fields=(), at=timezone.now())


MAKES_IN_ANOTHER_PROCESS = """
import django; django.setup()
from django.utils import timezone
from geo.acting import acting
from layers.making import made
from layers.layer import Field
with acting(by=None, because="elsewhere"):
    made.make(slug="benches", vi="Ghế đá", en="Benches", geometry_type="Point", fields=[Field("name", "Tên", "Name")], at=timezone.now())
"""


BENCH = {"properties": {"name": "Ghế"}, "geometry": {"type": "Point", "coordinates": JUNCTION}, "because": "khảo sát"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("no_made_layers_after")
def test_a_layer_that_another_process_makes_is_found_within_moments() -> None:
    stop = made.watch(every_s=0.02)
    try:
        subprocess.run([sys.executable, "-c", MAKES_IN_ANOTHER_PROCESS], cwd=ROOT, env=environment(), check=True)
        deadline = time.monotonic() + 5
        while registry.get("benches") is None and time.monotonic() < deadline:
            stop.wait(0.01)
    finally:
        stop.set()

    assert query.features(opened("benches", SYSTEM)) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("no_made_layers_after")
def test_a_layer_that_another_process_made_a_moment_ago_is_found_by_the_first_who_asks(client: Client, people: dict[str, User]) -> None:
    client.force_login(people["officer"])
    subprocess.run([sys.executable, "-c", MAKES_IN_ANOTHER_PROCESS], cwd=ROOT, env=environment(), check=True)
    assert registry.get("benches") is None

    born = client.post("/api/layers/benches/features", BENCH, content_type="application/json")

    assert born.status_code in (200, 201), born.content


@pytest.mark.usefixtures("no_made_layers_after")
def test_a_made_layer_is_edited_on_a_named_version_like_any_other(client: Client, people: dict[str, User]) -> None:
    make_trees()
    client.force_login(people["officer"])
    lon, lat = JUNCTION
    born = client.post(
        "/api/layers/trees/features",
        {"properties": {"name": "Cây dầu", "planted_on": "2025-06-01"}, "geometry": {"type": "Point", "coordinates": [lon, lat]}, "because": "planted"},
        content_type="application/json",
    )
    assert born.status_code in (200, 201), born.content
    where = f"/api/layers/trees/features/{born.json()['id']}"
    change = {"properties": {"height_m": 3.5}}

    assert client.patch(where, change, content_type="application/json").status_code == 428
    assert client.patch(where, change, content_type="application/json", headers={"If-Match": '"v1"'}).json()["properties"]["height_m"] == 3.5
    assert client.patch(where, change, content_type="application/json", headers={"If-Match": '"v1"'}).status_code == 412
    assert [entry["op"] for entry in client.get(f"{where}/history").json()["items"]]
    assert client.get("/api/search?q=cay+dau").json()["results"][0]["layer"] == "trees"
    assert client.delete(where, headers={"If-Match": '"v2"'}).status_code in (200, 204)
    assert client.get(where).status_code == 404
