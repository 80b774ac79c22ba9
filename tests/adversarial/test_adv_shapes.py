"""Shapes that would poison a map, through every door by which an officer's shape comes in: each refused with its code, and nothing changes.

Files have doors of their own (test_adv_files); the database refuses the same when nobody else has.
"""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import shapely
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo import shapes
from geo.acting import acting
from geo.crs import CITY_SRID, WGS84, reproject, to_city
from geo.errors import Problem
from layers.layer import registry
from tests.adversarial.permissions_doors import JSON, Cell
from tests.adversarial.permissions_oracle import LAYERS
from tests.adversarial.permissions_world import World, world
from tests.adversarial.test_adv_permissions import digest
from tests.conftest import JUNCTION

LON, LAT = JUNCTION
D = 0.0005


@pytest.fixture
def city(db: None) -> Iterator[World]:
    with world() as built:
        yield built


def ring(*corners: tuple[float, float]) -> list[list[float]]:
    return [[LON + east * D, LAT + north * D] for east, north in corners]


def polygon(*rings: list[list[float]]) -> str:
    return json.dumps({"type": "Polygon", "coordinates": list(rings)})


SQUARE = ring((0, 0), (1, 0), (1, 1), (0, 1), (0, 0))
SMALL = ring((0.2, 0.2), (0.4, 0.2), (0.4, 0.4), (0.2, 0.4), (0.2, 0.2))
FAR = ring((3, 3), (4, 3), (4, 4), (3, 4), (3, 3))
# layer → JSON text of a shape, and the code that it is refused with. Text, for 1e400 and NaN are only texts.
POISON: dict[str, tuple[str, str, str]] = {
    "021 not a number": ("hydrants", f'{{"type": "Point", "coordinates": [NaN, {LAT}]}}', "non_finite"),
    "021 infinity": ("hydrants", f'{{"type": "Point", "coordinates": [{LON}, -Infinity]}}', "non_finite"),
    "021 beyond a float": ("hydrants", f'{{"type": "Point", "coordinates": [1e400, {LAT}]}}', "non_finite"),
    "021 in a member": ("buildings", f'{{"type": "MultiPolygon", "coordinates": [[{json.dumps(SQUARE)}], [[[NaN, 1], [2, 2], [3, 1], [NaN, 1]]]]}}', "non_finite"),
    "021 in a line": ("roads", f'{{"type": "LineString", "coordinates": [[{LON}, {LAT}], [NaN, NaN]]}}', "non_finite"),
    "022 huge": ("hydrants", f'{{"type": "Point", "coordinates": [1e308, {LAT}]}}', "out_of_extent"),
    "022 latitude 91": ("hydrants", f'{{"type": "Point", "coordinates": [{LON}, 91]}}', "out_of_extent"),
    "022 longitude 181": ("hydrants", f'{{"type": "Point", "coordinates": [181, {LAT}]}}', "out_of_extent"),
    "022 null island": ("hydrants", '{"type": "Point", "coordinates": [0, 0]}', "out_of_extent"),
    "022 swapped": ("hydrants", f'{{"type": "Point", "coordinates": [{LAT}, {LON}]}}', "out_of_extent"),
    "024 bow-tie": ("buildings", polygon(ring((0, 0), (1, 1), (1, 0), (0, 1), (0, 0))), "invalid_geometry"),
    "024 hole outside": ("buildings", polygon(SQUARE, FAR), "invalid_geometry"),
    "024 the ring twice": ("buildings", polygon(SQUARE, SQUARE), "invalid_geometry"),
    "024 spike": ("buildings", polygon(ring((0, 0), (1, 0), (3, 0), (1, 0), (1, 1), (0, 1), (0, 0))), "invalid_geometry"),
    "024 sliver without area": ("buildings", polygon(ring((0, 0), (1, 0), (0.5, 0), (0, 0))), "invalid_geometry"),
    "024 open ring": ("buildings", polygon(ring((0, 0), (1, 0), (1, 1), (0, 1))), "malformed_geometry"),
    "024 ring of three": ("buildings", polygon(ring((0, 0), (1, 0), (0, 0))), "malformed_geometry"),
    "024 line without length": ("roads", f'{{"type": "LineString", "coordinates": [[{LON}, {LAT}], [{LON}, {LAT}]]}}', "invalid_geometry"),
    "025 empty polygon": ("buildings", '{"type": "Polygon", "coordinates": []}', "empty"),
    "025 empty line": ("roads", '{"type": "LineString", "coordinates": []}', "empty"),
    "025 empty member": ("buildings", f'{{"type": "MultiPolygon", "coordinates": [[{json.dumps(SQUARE)}], []]}}', "empty"),
    "025 collection": ("buildings", f'{{"type": "GeometryCollection", "geometries": [{polygon(SQUARE)}]}}', "type_not_allowed"),
    "025 another type": ("hydrants", polygon(SQUARE), "type_not_allowed"),
    "025 curve": ("roads", f'{{"type": "CircularString", "coordinates": [[{LON}, {LAT}], [{LON}, {LAT}]]}}', "malformed_geometry"),
    "028 many holes": ("buildings", polygon(SQUARE, *([SMALL] * 10_001)), "too_many_vertices"),
    "028 many vertices": ("roads", json.dumps({"type": "LineString", "coordinates": [[LON, LAT + i * 1e-9] for i in range(100_001)]}), "too_many_vertices"),
    "029 across the antimeridian": ("buildings", '{"type": "Polygon", "coordinates": [[[179, 9], [-179, 9], [-179, 10], [179, 10], [179, 9]]]}', "out_of_extent"),
}  # fmt: skip
NEW = {"hydrants": {"asset_code": "x"}, "buildings": {}, "roads": {"road_class": "alley", "width_m": 3, "oneway": False, "speed_kmh": 20, "bridge": False}}
# A replacement says again what a row must have.
WHOLE = {**NEW, "hydrants": {"asset_code": "x", "condition": 3, "lifecycle": "active", "kind": "pillar"}}
Door = Callable[[Cell, str], Any]


def _text(given_: dict[str, Any], shape: str) -> str:
    """JSON text with the shape in it as it was written."""
    return json.dumps(given_).replace('"SHAPE"', shape)


def _edit(cell: Cell, op: str) -> dict[str, Any]:
    if op == "create":
        return {"layer": cell.slug, "op": "create", "properties": NEW[cell.slug], "geometry": "SHAPE"}
    return {"layer": cell.slug, "op": "update", "fid": cell.fid, "version": 2, "geometry": "SHAPE"}


def _in_a_draft(cell: Cell, shape: str) -> Any:
    begun = cell.client.post("/api/changesets", {"title": "phiên"}, content_type=JSON).json()
    return cell.client.post(f"/api/changesets/{begun['id']}/edits", _text({"edits": [_edit(cell, "update")]}, shape), content_type=JSON)


def _as_feature(cell: Cell, shape: str) -> str:
    return _text({"type": "Feature", "properties": WHOLE[cell.slug], "geometry": "SHAPE"}, shape)


TAG = {"If-Match": '"v2"'}
DOORS: dict[str, Door] = {
    "create": lambda cell, shape: cell.client.post(
        f"/api/layers/{cell.slug}/features", _text({"properties": NEW[cell.slug], "geometry": "SHAPE"}, shape), content_type=JSON
    ),
    "edit": lambda cell, shape: cell.client.patch(cell.feature, _text({"geometry": "SHAPE"}, shape), content_type=JSON, headers=TAG),
    "set of edits": lambda cell, shape: cell.client.post("/api/edits", _text({"edits": [_edit(cell, "create")]}, shape), content_type=JSON),
    "preview": lambda cell, shape: cell.client.post("/api/edits/preview", _text({"edits": [_edit(cell, "update")]}, shape), content_type=JSON),
    "change set": _in_a_draft,
    "ogc create": lambda cell, shape: cell.client.post(f"/ogc/collections/{cell.slug}/items", _as_feature(cell, shape), content_type=JSON),
    "ogc replace": lambda cell, shape: cell.client.put(cell.item, _as_feature(cell, shape), content_type=JSON, headers=TAG),
    "ogc edit": lambda cell, shape: cell.client.patch(
        cell.item, _text({"type": "Feature", "geometry": "SHAPE"}, shape), content_type="application/merge-patch+json", headers=TAG
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize("number", ["021", "022", "024", "025", "028", "029"])
def test_adv_021_to_029_poison_is_refused_at_every_door_and_nothing_changes(number: str, city: World) -> None:
    wrong = []
    for name, (slug, shape, code) in POISON.items():
        if not name.startswith(number):
            continue
        cell = Cell(city, "officer", slug, "home own")
        before = digest(slug)
        for door, ask in DOORS.items():
            answer = ask(cell, shape)
            told = answer.json() if "json" in answer["Content-Type"] else {}
            # The standard's door reads JSON to the letter, in which there is no NaN.
            no_json = door.startswith("ogc") and ("NaN" in shape or "Infinity" in shape)
            if (answer.status_code, told.get("code")) != ((400, "bad_request") if no_json else (422, code)):
                wrong.append(f"{name} at {door}: {answer.status_code} {told.get('code')} {(str(told) or str(answer.content))[:160]}, not {code}")
        if digest(slug) != before:
            wrong.append(f"{name}: left something behind")
    assert not wrong, "\n".join(wrong)


@pytest.mark.django_db
def test_adv_022_a_swapped_pair_is_told_so(city: World) -> None:
    told = DOORS["create"](Cell(city, "officer", "hydrants", "home own"), POISON["022 swapped"][1]).json()

    assert told["swapped"] is True and "đảo" in told["detail"]


@pytest.mark.django_db
def test_adv_024_the_first_fault_is_told_with_its_place_and_a_repair_that_nobody_has_accepted(city: World) -> None:
    cell = Cell(city, "officer", "buildings", "home own")
    told = DOORS["edit"](cell, POISON["024 bow-tie"][1]).json()

    assert told["place"] == pytest.approx([LON + D / 2, LAT + D / 2], abs=1e-6)
    assert shapely.geometry.shape(told["repair"]["geometry"]).is_valid
    assert told["repair"]["area_change_percent"] > 0
    mended = json.dumps(told["repair"]["geometry"])
    assert DOORS["create"](cell, mended).status_code in (201, 422)


@pytest.mark.django_db
def test_adv_026_heights_are_dropped_where_a_layer_has_none_and_a_height_that_is_no_number_is_not_a_zero(city: World) -> None:
    cell = Cell(city, "officer", "hydrants", "home own")
    for number, height in enumerate(("7.5", "NaN", "null")):
        shape = f'{{"type": "Point", "coordinates": [{LON + 0.002 * number}, {LAT + 0.004}, {height}]}}'
        body = _text({"properties": {"asset_code": f"z{number}"}, "geometry": "SHAPE"}, shape)
        answer = cell.client.post("/api/layers/hydrants/features", body, content_type=JSON)
        if answer.status_code == 201:
            assert len(answer.json()["geometry"]["coordinates"]) == 2
        else:
            assert (answer.status_code, answer.json()["code"]) in ((422, "malformed_geometry"), (422, "non_finite"))
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from layers_hydrant where st_ndims(geom) > 2")
        assert cursor.fetchone()[0] == 0


def test_adv_028_what_is_too_much_is_refused_in_no_time() -> None:
    million = shapely.MultiPoint([(LON + i * 1e-9, LAT) for i in range(200_000)])
    # Few vertices, but many rings.
    holes = shapely.Polygon(SQUARE, [SMALL[:3]] * 20_000)
    assert shapely.get_num_coordinates(holes) < shapes.MAX_VERTICES
    for shape, types in ((million, ("MultiPoint",)), (holes, ("Polygon",))):
        # The processor's time: the machine may be busy with other things.
        began_s = time.process_time()
        with pytest.raises(shapes.TOO_MANY):
            shapes.admit(shape, types=types)
        assert time.process_time() - began_s < 0.2


def test_adv_025_a_layer_of_any_shape_takes_no_collection_of_them() -> None:
    point = shapely.Point(LON, LAT)
    assert shapes.admit(point, types=("Geometry",)).geom_type == "Point"
    for odd in (shapely.GeometryCollection([point]), shapely.LinearRing(SQUARE)):
        with pytest.raises(shapes.TYPE_NOT_ALLOWED):
            shapes.admit(odd, types=("Geometry",))


@pytest.mark.django_db
def test_adv_030_digits_beyond_a_millimetre_are_no_change_of_somebody_else(city: World) -> None:
    """A page that sends back what it was shown, rounded as it was shown, collides with nobody."""
    cell, other = Cell(city, "officer", "hydrants", "home own"), Cell(city, "approver", "hydrants", "home own")
    x, y = cell.client.get(cell.feature).json()["geometry"]["coordinates"]
    for number, (less, tag) in enumerate(((1e-12, '"v2"'), (1.5e-8, '"v4"'))):
        moved = other.client.patch(other.feature, {"geometry": {"type": "Point", "coordinates": [x + less, y]}}, content_type=JSON, headers={"If-Match": tag})
        assert moved.status_code == 200, moved.content
        shown = {"properties": {"flow_lps": 4 + number}, "geometry": {"type": "Point", "coordinates": [x, y]}}
        told = cell.client.patch(cell.feature, shown, content_type=JSON, headers={"If-Match": tag})
        assert (told.status_code, told.json()["mergeable"], told.json()["clashes"]) == (412, True, []), told.content
        assert cell.client.patch(cell.feature, shown, content_type=JSON, headers={"If-Match": moved["ETag"]}).status_code == 200
    lon, lat = cell.client.get(cell.feature).json()["geometry"]["coordinates"]
    assert (lon, lat) == pytest.approx((x, y), abs=2e-8)


SANE_NOT = {
    "a point that is nowhere": "st_point('nan', 'nan')",
    "an infinite point": "st_point(1, '-infinity')",
    "a member that is nowhere": "st_collect(st_point(1, 1), st_point('nan', 'nan'))",
    "an infinite line": "st_makeline(st_point(1, 1), st_point('infinity', 1))",
    "a line with a vertex that is nowhere": "st_makeline(array[st_point(1, 1), st_point('nan', 2), st_point(3, 1)])",
    "a line among lines": "st_collect(st_geomfromtext('linestring(0 0, 1 1)'), st_makeline(st_point(1, 1), st_point('nan', 2)))",
    "a surface with a corner that is nowhere": "st_makepolygon(st_makeline(array[st_point(0, 0), st_point(1, 0), st_point(1, 'nan'), st_point(0, 0)]))",
    "a bow-tie": "st_geomfromtext('polygon((0 0, 1 1, 1 0, 0 1, 0 0))')",
    "an empty one": "st_geomfromtext('polygon empty')",
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(SANE_NOT))
def test_adv_021_the_database_refuses_it_too_when_nobody_else_has(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"select layers_is_sane({SANE_NOT[name]}), layers_is_sane(st_point(1, 1)), layers_is_sane(null)")
        assert cursor.fetchone() == (False, True, True)


@pytest.mark.django_db
def test_adv_021_every_table_of_a_layer_has_that_check(city: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select conrelid::regclass::text from pg_constraint where conname like '%\\_is\\_sane' and contype = 'c'")
        checked = {row[0] for row in cursor.fetchall()}
    # The shape of an indicator is its ward's.
    tables = {registry.known(slug).base_tables()[0] for slug in LAYERS if slug != "indicators"}
    assert tables - checked == set()
    with pytest.raises(IntegrityError), acting(by=None, because="by hand"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "insert into layers_hydrant (asset_code, geom, condition, lifecycle, kind) values ('n', st_setsrid(st_point('nan', 1), %s), 3, 'active', 'pillar')",
            [CITY_SRID],
        )


@st.composite
def anything(draw: Any) -> Any:
    """A shape about the city, sound or not."""
    near = st.tuples(st.floats(LON - 0.02, LON + 0.02), st.floats(LAT - 0.02, LAT + 0.02))
    corners = draw(st.lists(near, min_size=3, max_size=12))
    kind = draw(st.sampled_from(("Point", "LineString", "Polygon")))
    return {"Point": lambda: shapely.Point(corners[0]), "LineString": lambda: shapely.LineString(corners), "Polygon": lambda: shapely.Polygon(corners)}[kind]()


@pytest.mark.django_db
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(shape=anything())
def test_adv_036_what_is_stored_comes_back_within_a_centimetre_and_keeps_its_area(db: None, shape: Any) -> None:
    try:
        admitted = shapes.admit(shape, types=(shape.geom_type,))
    except Problem as refused:
        assert refused.code in ("invalid_geometry", "too_many_vertices", "empty")
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "with stored as (select st_setsrid(st_geomfromwkb(%s), %s) as geom)"
            " select st_asbinary(st_transform(geom, 4326)), st_asbinary(st_transform(st_transform(geom, 3857), %s)), st_area(geom), layers_is_sane(geom) from stored",
            [admitted.wkb, CITY_SRID, CITY_SRID],
        )
        degrees, by_mercator, area_m2, sane = cursor.fetchone()
    again = reproject(shapely.from_wkb(bytes(degrees)), WGS84, CITY_SRID)

    assert sane
    for back in (again, shapely.from_wkb(bytes(by_mercator))):
        assert shapely.hausdorff_distance(back, admitted) <= 0.01
        assert back.area == pytest.approx(area_m2, rel=1e-6, abs=1e-3)
    first = shapely.get_coordinates(shape)[0]
    assert shapely.get_coordinates(admitted)[0] == pytest.approx(to_city(*first), abs=0.001)
