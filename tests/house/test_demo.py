"""The demo city: the same from the same seed, whole, connected, and consistent with the promises of the rooms it fills."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import rasterio
import shapely
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components, dijkstra
from shapely import LineString

from cameras.models import Camera
from geo.acting import acting
from geo.city import CITY
from geo.config.demo import buildings, canals, ground, lines, loading, parcels, people, places, register, rhythms, sensors, streets, terrain
from geo.config.demo.city import NOT_EMPTY, Wish, build, default_incidents
from geo.config.demo.rows import fill
from geo.config.demo.scenes import Scenes
from geo.models import Token
from incidents.models import Assignment, CheckIn, Incident, Responder, Shift, Substitution
from incidents.units import roster
from layers.library.closures import Closure
from layers.library.public_places import PublicPlace
from layers.library.sensors import Reading, Sensor

UNTIL = datetime(2026, 3, 4, 2, 30, tzinfo=UTC)
# How wide a street a mode needs, in metres.
NARROWEST_M = {"motorbike": 1.0, "car": 2.5, "foot": 0.0}
PASSWORDS = dict.fromkeys(people.LOGINS, "a long enough word")


@pytest.fixture(scope="module")
def land() -> ground.Ground:
    return ground.lay_out(7)


@pytest.fixture(scope="module")
def network(land: ground.Ground) -> streets.Network:
    return streets.pave(land, canals.dig(land, 7), 7)


def load(n: int = 400, **wish: object) -> str:
    """Build a small city and return its wall's secret."""
    return build(Wish(**{"seed": 7, "until": UNTIL, "incidents": n, "parcels": 400, "days": 730, **wish}), passwords=PASSWORDS, say=lambda line: None)[1]


def digest() -> str:
    """Of everything in the city that the seed decides."""
    tables = (
        "select code, name, valid_from, st_asbinary(geom) from layers_adminunit order by id",
        "select name, canal_class, width_m, st_asbinary(geom) from layers_canal order by id",
        "select name, road_class, bridge, oneway, st_asbinary(geom) from layers_road order by id",
        "select code, mode, duty, position_at, st_asbinary(geom) from incidents_responder order by id",
        "select code, category, status, reported_at, closed_at, place_name, ward_code, st_asbinary(geom) from incidents_incident order by id",
        "select incident_id, at, kind, status_from, status_to, note from incidents_entry order by id",
        "select incident_id, responder_id, status, requested_at, ended_at from incidents_assignment order by id",
    )
    found = hashlib.sha256()
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(table)
            for row in cursor:
                found.update(repr([bytes(value) if isinstance(value, memoryview) else value for value in row]).encode())
    return found.hexdigest()


def parts(ways: list[LineString]) -> int:
    pairs, nodes = lines.node_numbers(ways)
    return connected_components(coo_matrix((np.ones(len(pairs)), pairs.T), shape=(len(nodes), len(nodes))), directed=False)[0]


def test_the_wards_before_and_after_the_reform_tile_the_same_ground(land: ground.Ground) -> None:
    for units in (land.old, land.new):
        whole = shapely.union_all([unit.shape for unit in units])
        assert all(unit.shape.is_valid for unit in units)
        assert sum(unit.shape.area for unit in units) == pytest.approx(whole.area, abs=0.01)
        assert whole.symmetric_difference(land.outline).area < 0.01
        assert len(whole.geoms if whole.geom_type == "MultiPolygon" else [whole]) == 1
    assert land.outline.area == pytest.approx(78e6, rel=0.01)
    assert [unit.code for unit in land.old].count("31340") == [unit.code for unit in land.new].count("31340") == 1


def test_seven_canals_meet_at_one_junction(land: ground.Ground, network: streets.Network) -> None:
    meeting = {canal.name for canal in network.canals if canal.line.distance(shapely.Point(land.junction)) < 0.02}
    assert meeting == {name for name, *_ in ground.MAIN_CANALS}


@pytest.mark.parametrize("mode", NARROWEST_M)
def test_every_street_of_a_mode_is_connected_to_every_other(network: streets.Network, mode: str) -> None:
    assert parts([street.line for street in network.streets if street.width_m >= NARROWEST_M[mode]]) == 1


def test_every_navigable_canal_is_connected_to_every_other(network: streets.Network) -> None:
    assert parts([canal.line for canal in network.canals]) == 1
    assert parts([canal.line for canal in network.canals if canal.navigable]) == 1


def test_no_street_comes_over_water_without_a_bridge(network: streets.Network) -> None:
    tree = shapely.STRtree([canal.line for canal in network.canals])
    dry = [street for street in network.streets if not street.bridge]

    touching, _ = tree.query([street.line for street in dry], predicate="intersects")

    # steps down to the water end on it and go no further
    assert {dry[number].road_class for number in touching} <= {"path"}
    ends = {tuple(place) for place in lines.ends([canal.line for canal in network.canals]).reshape(-1, 2)}
    assert all(tuple(dry[number].line.coords[-1]) in ends for number in touching)
    assert touching.size > 20


def test_every_bridge_is_an_edge_with_its_load_limit(network: streets.Network) -> None:
    edges = [street for street in network.streets if street.bridge]
    assert len(edges) == len(network.bridges) > 100
    assert all(edge.load_limit_t for edge in edges)
    assert {bridge.name for bridge in network.bridges} >= {"Cầu Phụng Hiệp", "Cầu Xẻo Vông", "Cầu Đông Bình"}


def test_streets_are_cut_at_every_junction(network: streets.Network) -> None:
    ways = [street.line for street in network.streets]
    crossing = shapely.STRtree(ways).query(ways, predicate="crosses")
    assert crossing.shape[1] == 0


def test_banks_that_are_near_may_be_far_by_road(network: streets.Network) -> None:
    """A straight-line shortlist would send the wrong unit: that is what the demo is for."""
    pairs, nodes = lines.node_numbers([street.line for street in network.streets])
    length = np.array([street.line.length for street in network.streets])
    graph = coo_matrix((length, pairs.T), shape=(len(nodes), len(nodes))).tocsr()
    near = shapely.STRtree(shapely.points(nodes)).query(shapely.points(nodes), predicate="dwithin", distance=110).T
    some = near[near[:, 0] < near[:, 1]][::7]
    by_road = dijkstra(graph, directed=False, indices=np.unique(some[:, 0]))
    far = by_road[np.searchsorted(np.unique(some[:, 0]), some[:, 0]), some[:, 1]]
    assert (far > 1_000).sum() > 10


def test_tet_is_quieter_for_noise_and_worse_on_the_roads() -> None:
    zone = ZoneInfo("Asia/Ho_Chi_Minh")

    def share_at_tet(name: str) -> float:
        at_s = rhythms.moments(rhythms.RHYTHMS[name], 20_000, until=datetime(2025, 12, 31, tzinfo=zone), days=364, chance=np.random.default_rng(1))
        start = datetime(2025, 1, 26, tzinfo=zone).timestamp()
        return float(((at_s >= start) & (at_s < start + 10 * 86_400)).mean()) / (10 / 364)

    assert share_at_tet("noise") < 0.6 < 1.3 < share_at_tet("traffic")


@pytest.mark.django_db
def test_the_same_seed_gives_the_same_city_and_another_seed_another() -> None:
    found = []
    for seed in (7, 7, 8):
        with transaction.atomic():
            load(120, seed=seed)
            found.append(digest())
            transaction.set_rollback(True)
    assert found[0] == found[1] != found[2]


@pytest.mark.django_db
def test_the_cases_of_the_city_keep_the_promises_of_their_room() -> None:
    load(1_500)

    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from incidents_incident i where i.geom is not null and not exists (select 1 from layers_adminunit w where w.code = i.ward_code and st_intersects(w.geom, i.geom))"
        )
        assert cursor.fetchone() == (0,)
        cursor.execute("select count(*) from (select responder_id from incidents_assignment where ended_at is null group by 1 having count(*) > 1) twice")
        assert cursor.fetchone() == (0,)
        cursor.execute("select count(*) from (select e.*, lag(at) over (partition by incident_id order by id) as was from incidents_entry e) t where at < was")
        assert cursor.fetchone() == (0,)
        cursor.execute(
            "select count(*) from incidents_incident i where status <> (select status_to from incidents_entry e where e.incident_id = i.id order by id desc limit 1)"
        )
        assert cursor.fetchone() == (0,)
        cursor.execute(
            "select count(*) from (select status_from, lag(status_to, 1, '') over (partition by incident_id order by id) was from incidents_entry) t where status_from <> was"
        )
        assert cursor.fetchone() == (0,)
        cursor.execute("select count(*) from incidents_incident where greatest(reported_at, verified_at, closed_at) > %s", [UNTIL])
        assert cursor.fetchone() == (0,)
    immediate = Incident.objects.filter(process="immediate", reported_at__lt=UNTIL - timedelta(days=1))
    quick = [case for case in immediate if (case.acknowledged_at - case.reported_at).total_seconds() <= 60]
    assert len(quick) > 0.85 * len(immediate)
    assert {"new", "verifying", "verified", "assigned", "enroute", "on_scene", "under_control"} <= set(
        Incident.objects.filter(closed_at=None).values_list("status", flat=True)
    )


@pytest.mark.django_db
def test_units_are_sixty_most_of_them_fresh_some_stale_a_few_lost() -> None:
    load(50)

    ages_s = np.array([(UNTIL - unit.position_at).total_seconds() for unit in Responder.objects.filter(duty="on_duty")])
    assert Responder.objects.count() == 60
    assert (ages_s < 120).mean() > 0.7
    assert ((ages_s >= 120) & (ages_s < 1_800)).sum() >= 3 and (ages_s >= 1_800).sum() >= 2
    assert [Responder.objects.get(user__username=login).mode for login in ("field1", "field2")] == ["motorbike", "boat"]


@pytest.mark.django_db
def test_units_on_duty_have_people_a_shift_and_a_roster_that_names_somebody_now() -> None:
    load(50)
    on_duty = Responder.objects.filter(duty="on_duty")
    now = roster.on_call(agency=None, at=UNTIL)
    faults = roster.faults(from_=UNTIL, until=UNTIL + timedelta(days=5))

    assert all(unit.crewings.filter(until=None).count() >= 1 for unit in on_duty)
    assert set(Shift.objects.filter(off_at=None, ends_at__gt=UNTIL).values_list("responder_id", flat=True)) == {unit.pk for unit in on_duty}
    assert {one.agency for one in now} == {row["code"] for row in CITY.agencies}
    # Somebody took a turn, and one of tomorrow has nobody: what the page is for.
    assert Substitution.objects.count() == 1 and {fault.agency for fault in faults if fault.kind == "gap"} == {"water"}
    late = Assignment.objects.filter(ended_at=None, status="on_scene", check_due_at__lt=UNTIL)
    assert not late.exists() and CheckIn.objects.exists()


@pytest.mark.django_db
def test_the_demo_city_refuses_a_database_that_is_not_empty_and_the_wall_has_its_key() -> None:
    secret = load(30)

    assert Token.holder(secret=secret, at=UNTIL).username == "kiosk"
    with pytest.raises(NOT_EMPTY):
        load(30)


def test_two_years_have_about_a_hundred_timed_and_sixty_immediate_cases_a_month() -> None:
    assert default_incidents(730) == pytest.approx(160 * 24, rel=0.01)


@pytest.mark.django_db
def test_copied_text_comes_back_as_it_was_given(land: ground.Ground) -> None:
    awkward = 'tab\t back\\slash\nline "quote" {brace}'
    with acting(by=None, because="copied"):
        fill(PublicPlace, {"name": [awkward], "kind": ["park"], "geom": [shapely.Point(land.junction)]})
    assert PublicPlace.objects.get().name == awkward
    with acting(by=None, because="by hand"):
        assert PublicPlace.objects.create(name="next", kind="park", geom=PublicPlace.objects.get().geom).pk == PublicPlace.objects.get(name=awkward).pk + 1


def test_places_stand_on_dry_ground_inside_the_city(land: ground.Ground, network: streets.Network) -> None:
    wet = canals.water(network.canals)
    public, stations = places.stand(land, wet, network.streets)
    scenes = Scenes(land, network.streets, network.canals, public)
    assert all(land.outline.contains(place.point) and not wet.contains(place.point) for place in public + stations)
    assert shapely.contains_xy(land.outline, scenes.draw("canals", 200, np.random.default_rng(1))).all()


@pytest.fixture(scope="module")
def divided(land: ground.Ground, network: streets.Network) -> parcels.Land:
    return parcels.divide(land, network.streets, network.canals, wanted=2_500, seed=7)


def test_the_parcels_of_a_block_neither_gap_nor_overlap(land: ground.Ground, network: streets.Network, divided: parcels.Land) -> None:
    blocks, _ = parcels.blocks(land, network.streets, network.canals)
    assert shapely.is_valid(divided.shapes).all()
    assert len(divided) == pytest.approx(2_500, rel=0.15)
    for number, block in enumerate(blocks):
        own = divided.shapes[divided.block == number]
        whole = shapely.union_all(own)
        assert shapely.area(own).sum() == pytest.approx(whole.area, abs=1e-3)
        # joining the cuts to the outline moves a side by a centimetre at most
        assert whole.symmetric_difference(block).area < lines.GRID_M * block.length
        # one piece without new holes: no gap between neighbours
        assert whole.geom_type == "Polygon"
        assert len(whole.interiors) == len(block.interiors)


def test_neighbouring_parcels_share_their_corners(divided: parcels.Land) -> None:
    own = divided.shapes[divided.block == np.bincount(divided.block).argmax()]
    corners = {tuple(place) for place in shapely.get_coordinates(own)}
    one, other = shapely.STRtree(own).query(own, predicate="touches")
    borders = shapely.intersection(own[one], own[other])
    ends = shapely.get_coordinates(shapely.line_merge(borders[np.isin(shapely.get_type_id(borders), (1, 5))]))
    assert all(tuple(place) in corners for place in ends)


def test_houses_stand_inside_their_parcel_and_apart(land: ground.Ground, network: streets.Network, divided: parcels.Land) -> None:
    use = parcels.land_uses(land, divided, [], 7)
    houses = buildings.raise_(divided, use, network.streets, 7)
    assert len(houses.shapes) > 500
    assert shapely.contains(shapely.buffer(divided.shapes[houses.parcel], 0.05), houses.shapes).all()
    assert shapely.STRtree(houses.shapes).query(houses.shapes, predicate="overlaps").shape[1] == 0


def test_a_sheet_and_number_repeat_from_unit_to_unit_and_never_within_one(land: ground.Ground, divided: parcels.Land) -> None:
    rows = register.columns(land, divided, parcels.land_uses(land, divided, [], 7), 7)
    full = list(zip(rows["ward_code"], rows["sheet_no"], rows["parcel_no"], strict=True))
    assert len(set(full)) == len(full) > len({key[1:] for key in full})


@pytest.mark.django_db
def test_a_city_that_is_long_thought_out_is_not_taken_for_a_forgotten_session() -> None:
    with connection.cursor() as cursor:
        cursor.execute("set local idle_in_transaction_session_timeout = '60s'")
        load(10, parcels=0)
        cursor.execute("show idle_in_transaction_session_timeout")
        assert cursor.fetchone() == ("0",)


@pytest.mark.django_db
def test_the_default_city_has_all_its_layers() -> None:
    counts = build(Wish(seed=7, until=UNTIL, incidents=100, parcels=1_500), passwords=PASSWORDS, say=lambda line: None)[0]
    assert min(counts.values()) > 0
    assert counts["parcels"] == pytest.approx(1_500, rel=0.2)
    assert counts["cameras"] > 30
    assert all(camera.view.area > 300 for camera in Camera.objects.all())
    assert all(camera.last_frame_at < UNTIL - timedelta(hours=1) for camera in Camera.objects.filter(state="offline"))
    # what an instrument shows is its newest reading
    for sensor in Sensor.objects.all():
        newest = Reading.objects.filter(sensor=sensor).latest("at")
        assert (sensor.last_at, sensor.last_value) == (newest.at, newest.value)
    assert all(closure.starts_at < UNTIL < closure.ends_at for closure in Closure.objects.all())
    assert counts["street_lights"] > 1_500 and counts["hydrants"] > 200 and counts["drains"] > 300


def test_the_tide_turns_twice_a_day_and_passes_the_first_alarm_in_the_flood_months() -> None:
    hours = np.arange(0, 24 * 28) * 3_600.0
    october = sensors.level_m(datetime(2025, 10, 1, tzinfo=UTC).timestamp() + hours)
    april = sensors.level_m(datetime(2025, 4, 1, tzinfo=UTC).timestamp() + hours)
    highs = ((october[1:-1] > october[:-2]) & (october[1:-1] > october[2:])).sum()
    assert 48 <= highs <= 58
    assert april.max() < sensors.FLOOD_ALARMS_M["I"] < october.max() < 2.2


def test_the_elevation_is_a_tiled_raster_of_a_low_delta_and_never_replaces_a_real_one(land: ground.Ground, network: streets.Network, tmp_path: Path) -> None:
    path = tmp_path / "rasters" / "elevation.tif"
    terrain.write(path, ground=land, streets=network.streets, canals=network.canals, seed=7)
    with rasterio.open(path) as file:
        heights = file.read(1)
        assert (file.res, file.crs.to_epsg(), file.block_shapes[0], len(file.overviews(1))) == ((5.0, 5.0), 5897, (256, 256), 5)
        bed = next(file.sample([land.junction]))[0]
    assert bed == heights.min() == pytest.approx(0.2)
    assert 0.5 < float(np.median(heights)) < 1.2 and heights.max() <= 2.5
    assert terrain.is_ours(path)
    path.write_bytes(b"somebody's own elevation")
    assert not terrain.is_ours(path)


def promises() -> list[tuple[str, ...]]:
    """Every index and every constraint, as the database words it."""
    with connection.cursor() as cursor:
        cursor.execute("select indexname::text, indexdef from pg_indexes where schemaname = 'public' order by 1")
        found = cursor.fetchall()
        cursor.execute(
            "select conrelid::regclass::text, conname::text, pg_get_constraintdef(oid), convalidated::text from pg_constraint where contype <> 'n' order by 1, 2"
        )
        return [*found, *cursor.fetchall()]


@pytest.mark.django_db
def test_a_large_city_is_loaded_into_bare_tables_that_promise_afterwards_what_they_did(monkeypatch: pytest.MonkeyPatch) -> None:
    before = promises()
    monkeypatch.setattr(loading, "MANY", 100)
    with CaptureQueriesContext(connection) as asked:
        load(200, parcels=0)

    assert sum(query["sql"].startswith("drop index") for query in asked) > 10
    assert promises() == before
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("insert into incidents_entry (incident_id, at, kind, status_from, status_to, note, data) values (-1, now(), 'note', '', '', '', '{}')")
        cursor.execute("set constraints all immediate")
