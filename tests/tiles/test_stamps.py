"""A kept tile is never an old tile: marks come with the edit, are read before the drawing, and vouch only for what they know."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import psycopg2
import pytest
from django.db import connection, connections

from geo import tilegrid
from geo.acting import acting
from geo.prepared import prepared, run
from incidents.models import Assignment, Incident, Responder
from layers.access import ANONYMOUS, Scope, scope_of
from layers.layer import Field, registry
from layers.library.hydrants import Hydrant
from layers.library.roads import Road
from layers.making import made
from tests.conftest import JUNCTION, city_wkt
from tests.tiles.test_door import NOW, Always, as_, decoded
from tiles import stamps
from tiles.cache import Cache, ready
from tiles.database import Database, own_connection
from tiles.door import TileDoor
from tiles.drawing import Tile
from tiles.models import Stamp

Z = 14
X, Y = tilegrid.tile_of(*JUNCTION, Z)
PATH = f"/tiles/roads/{Z}/{X}/{Y}.mvt"
HERE = stamps.key_of("roads", Z, X, Y)
FAR = stamps.key_of("roads", Z, X + 3, Y)
ANY = stamps.key_of("roads", 3, 0, 0)


def stamp(*keys: stamps.Key) -> list[stamps.Stamp]:
    """What Django's own connection sees."""
    with connection.cursor() as cursor:
        run(cursor, prepared(stamps.statement("tiles", "stamps")), dict(zip(("slugs", "zs", "xs", "ys"), map(list, zip(*keys, strict=True)), strict=True)))
        return [(own, whole) for _, own, whole in sorted(cursor.fetchall())]


def a_road(*offsets_m: tuple[float, float], name: str = "Hùng Vương") -> Road:
    return Road.objects.create(name=name, road_class="alley", width_m=3, speed_kmh=15, geom=city_wkt("LINESTRING", *offsets_m))


def a_case() -> Incident:
    with acting(by=None, because="a report"):
        return Incident.objects.create(category="crash", process="immediate", severity=3, channel="phone", reported_at=NOW, geom=city_wkt("POINT", (0, 0)))


@pytest.mark.django_db
def test_every_edit_marks_the_tiles_under_its_old_and_its_new_shape_and_no_others() -> None:
    with acting(by=None, because="edits"):
        before = stamp(HERE, FAR, ANY)
        road = a_road((0, 0), (50, 0))
        made_ = stamp(HERE, FAR, ANY)
        assert (made_[0] != before[0], made_[1] == before[1], made_[2] != before[2]) == (True, True, True)

        side_m = 2 * tilegrid.HALF_WORLD_M / 2**Z
        road.geom = city_wkt("LINESTRING", (3 * side_m, 0), (3 * side_m + 50, 0))
        road.save()
        moved = stamp(HERE, FAR, ANY)
        assert all(now != then for now, then in zip(moved, made_, strict=True))

        road.delete()
        gone = stamp(HERE, FAR, ANY)
        assert (gone[0] == moved[0], gone[1] != moved[1], gone[2] != moved[2]) == (True, True, True)


@pytest.mark.django_db
def test_an_edit_from_psql_marks_too_and_so_does_emptying_the_table() -> None:
    with acting(by=None, because="edits"), connection.cursor() as cursor:
        a_road((0, 0), (50, 0))
        before = stamp(HERE)
        cursor.execute("update layers_road set name = 'Lê Lợi'")
        renamed = stamp(HERE)
        # what a street points to is looked at when the transaction ends; a table is emptied after that
        cursor.execute("set constraints all immediate")
        # a table alone is not emptied past its history
        cursor.execute("truncate layers_road, layers_history")
        assert len({*before, *renamed, *stamp(HERE)}) == 3


@pytest.mark.django_db
def test_what_touches_thousands_of_tiles_marks_the_layer_once() -> None:
    with acting(by=None, because="an import"):
        before, count = stamp(HERE, FAR), Stamp.objects.count()
        Road.objects.bulk_create(Road(name="", road_class="alley", width_m=3, speed_kmh=15, geom=city_wkt("LINESTRING", (n, 0), (n, 9))) for n in range(1_200))
        assert Stamp.objects.count() == count + 1
        assert all(now != then for now, then in zip(stamp(HERE, FAR), before, strict=True))
        a_road((-60_000, -60_000), (60_000, 60_000))
        assert Stamp.objects.count() == count + 2


@pytest.mark.django_db
def test_a_layer_behind_a_view_is_marked_whole_by_each_of_its_tables(people: dict[str, Any]) -> None:
    key = stamps.key_of("responders", Z, X, Y)
    before = stamp(key)
    unit = Responder.objects.create(code="M1", name="Tổ 1", kind="police", agency=people["agency"].agency, authority="directed", mode="motorbike")
    seen = stamp(key)
    case = a_case()
    Assignment.objects.create(incident=case, responder=unit, status="assigned", requested_at=NOW)
    assert len({*before, *seen, *stamp(key)}) == 3


@pytest.mark.django_db
def test_a_table_that_only_the_view_names_marks_its_layer_too(people: dict[str, Any]) -> None:
    case = a_case()
    key = stamps.key_of("responders", Z, X, Y)
    before = stamp(key)
    # what a unit is busy with is told by the code of its case, and that is a column of the case
    with acting(by=None, because="another code"):
        Incident.objects.filter(pk=case.pk).update(code="AAAAAAA")
    assert stamp(key) != before


@pytest.mark.django_db
def test_a_made_layer_that_says_something_else_is_drawn_anew() -> None:
    key = stamps.key_of("wells", Z, X, Y)
    with acting(by=None, because="wells"):
        made.make(slug="wells", vi="Giếng", en="Wells", geometry_type="Point", fields=[], at=NOW)
        before = stamp(key)
        declared, revision = made.declaration("wells")
        made.change(slug="wells", revision=revision, wanted=replace(declared, see=None), at=NOW)
    assert stamp(key) != before


@pytest.mark.django_db
def test_folding_changes_no_stamp() -> None:
    with acting(by=None, because="many edits"):
        road = a_road((0, 0), (50, 0))
        for number in range(30):
            road.name = f"Hẻm {number}"
            road.save()
    before, rows = stamp(HERE, FAR, ANY), Stamp.objects.count()
    with connection.cursor() as cursor:
        cursor.execute("select tiles_fold_stamps()")

    assert stamp(HERE, FAR, ANY) == before
    assert Stamp.objects.count() <= rows / 10


@pytest.mark.django_db
def test_a_layer_made_at_run_time_is_marked_from_its_first_row() -> None:
    with acting(by=None, because="a layer of wells"):
        layer = made.make(slug="wells", vi="Giếng", en="Wells", geometry_type="Point", fields=[Field("depth_m", "Sâu", "Depth", type="float")], at=NOW)
        key = stamps.key_of("wells", Z, X, Y)
        before = stamp(key)
        with connection.cursor() as cursor:
            cursor.execute("insert into made.wells (depth_m, geom) values (9, %s::geometry)", [city_wkt("POINT", (0, 0)).hex.decode()])
    assert stamp(key) != before
    assert stamps.by_shape(layer)


@pytest.mark.django_db
def test_an_unchanged_tile_is_304_without_being_drawn(town: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    door = as_(ANONYMOUS)
    _, headers, _ = door.get(PATH)

    def never(*_: object) -> None:
        raise AssertionError("drawn again")

    monkeypatch.setattr(door, "_draw", never)
    assert door.get(PATH, if_none_match=headers[b"etag"].decode())[0] == 304
    assert door.get(PATH)[0] == 200


@pytest.mark.django_db
def test_who_sees_the_same_shares_a_kept_tile_and_who_does_not_has_another_tag(people: dict[str, Any], town: dict) -> None:
    path = f"/tiles/parcels/{Z}/{X}/{Y}.mvt"
    tags = {role: as_(scope_of(people[role])).get(path)[1][b"etag"] for role in ("operator", "officer", "field")}
    assert len(set(tags.values())) == 1

    path = f"/tiles/incidents/{Z}/{X}/{Y}.mvt"
    a_case()
    answers = {role: as_(scope_of(people[role])).get(path)[:2] for role in ("operator", "agency")}
    assert answers["operator"][0] == 200
    assert answers["agency"][0] == 204


@pytest.mark.django_db
def test_no_stamp_vouches_for_a_rule_that_looks_at_other_tables(people: dict[str, Any]) -> None:
    case = a_case()
    unit = Responder.objects.create(
        code="M1", name="Tổ 1", kind="police", agency=people["agency"].agency, authority="directed", mode="motorbike", user=people["field"]
    )
    door, path = as_(scope_of(people["field"])), f"/tiles/incidents/{Z}/{X}/{Y}.mvt"
    assert door.get(path)[0] == 204
    Assignment.objects.create(incident=case, responder=unit, status="assigned", requested_at=NOW)
    assert door.get(path)[0] == 200


@pytest.mark.django_db
def test_no_stamp_vouches_for_the_clock_or_for_a_table_without_triggers() -> None:
    vouching = stamps.Vouching(as_(ANONYMOUS).database)
    found = {layer.slug: vouching.look(layer) for layer in registry.all() if layer.kind == "vector"}

    assert found["cameras"] is False  # its view tells a camera's state by the age of its last picture
    assert all(found[slug] for slug in ("roads", "parcels", "incidents", "responders", "indicators"))
    with connection.cursor() as cursor:
        cursor.execute("drop trigger stamp_shapes_update_roads on layers_road")
    assert stamps.Vouching(as_(ANONYMOUS).database).look(registry.get("roads")) is False


def test_the_cache_never_holds_more_than_its_bytes_and_forgets_the_least_used() -> None:
    cache = Cache(most_bytes=10_000)
    for number in range(100):
        cache.keep(b"%d" % number, ready(Tile(bytes(1_500)), compress=False))
        cache.get(b"0")
    assert cache.bytes <= 10_000
    assert cache.get(b"0") is not None
    assert cache.get(b"1") is None
    cache.keep(b"large", ready(Tile(bytes(5 * 2**20)), compress=False))
    assert cache.get(b"large") is None


# From here on with connections, threads and commits of their own.


@pytest.fixture
def other(transactional_db: None) -> Iterator[Any]:
    """A second person's connection, in a transaction that the test ends."""
    found = psycopg2.connect(
        **{name: value for name, value in connections["default"].get_connection_params().items() if name not in ("cursor_factory", "context")}
    )
    yield found
    found.close()


class Doors:
    """A real door, asked from a real event loop."""

    def __init__(self, scope: Scope = ANONYMOUS) -> None:
        self.door = TileDoor(Always(scope))

    def get(self, *paths: str) -> list[tuple[int, dict[bytes, bytes], bytes]]:
        async def all_at_once() -> list[Any]:
            return await asyncio.gather(*(self.door.answer(path, {}) for path in paths))

        return [(status, dict(headers), body) for status, headers, body in asyncio.run(all_at_once())]

    def close(self) -> None:
        # each thread lets go of its connection, so that the tests' database can be dropped
        for pool in (self.door.threads, self.door.stamp_thread):
            barrier = threading.Barrier(pool._max_workers)
            list(pool.map(lambda _, barrier=barrier: (barrier.wait(5), self.door.database.close()), range(pool._max_workers)))
            pool.shutdown()


@pytest.fixture
def doors(transactional_db: None) -> Iterator[Doors]:
    found = Doors()
    yield found
    found.close()


def names(body: bytes) -> set[str]:
    return {feature["properties"]["name"] for feature in decoded(body)["roads"]["features"]}


def test_commits_in_another_order_than_the_edits_each_change_the_stamp(other: Any) -> None:
    here = stamps.key_of("hydrants", Z, X, Y)
    with other.cursor() as cursor:
        cursor.execute("select set_config('nbioc.by', 'system', true), set_config('nbioc.because', 'the slow one', true)")
        cursor.execute(
            "insert into layers_hydrant (asset_code, condition, lifecycle, kind, geom) values ('H1', 3, 'active', 'pillar', %s)",
            [city_wkt("POINT", (0, 0)).hex.decode()],
        )
    before = stamp(here)
    with acting(by=None, because="the fast one"):
        Hydrant.objects.create(asset_code="H2", geom=city_wkt("POINT", (0, 0)))
    between = stamp(here)
    other.commit()
    assert len({*before, *between, *stamp(here)}) == 3


def test_a_tile_whose_drawing_began_before_an_edit_is_never_sent_after_it(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    with acting(by=None, because="a street"):
        road = a_road((0, 0), (50, 0), name="old")
    drawn, edited, draw = threading.Event(), threading.Event(), doors.door._draw

    def slow(*given: Any) -> Any:
        done = draw(*given)
        drawn.set()
        assert edited.wait(10)
        return done

    monkeypatch.setattr(doors.door, "_draw", slow)
    answers: list[Any] = []
    asking = threading.Thread(target=lambda: answers.extend(doors.get(PATH)))
    asking.start()
    assert drawn.wait(10)
    with acting(by=None, because="a new name"):
        road.name = "new"
        road.save()
    edited.set()
    asking.join()

    monkeypatch.setattr(doors.door, "_draw", draw)
    assert names(answers[0][2]) == {"old"}
    ((_, _, body),) = doors.get(PATH)
    assert names(body) == {"new"}


def test_a_tile_that_many_ask_for_at_once_is_drawn_once(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> None:
    with acting(by=None, because="a street"):
        a_road((0, 0), (50, 0))
    draw, drawings = doors.door._draw, []
    monkeypatch.setattr(doors.door, "_draw", lambda *given: (drawings.append(given), draw(*given))[1])

    answers = doors.get(*[PATH] * 20)
    assert {status for status, _, _ in answers} == {200}
    assert len(drawings) == 1


def test_a_connection_that_was_cut_is_replaced_and_nobody_notices(doors: Doors) -> None:
    with acting(by=None, because="a street"):
        a_road((0, 0), (50, 0))
    assert doors.get(PATH)[0][0] == 200
    with connection.cursor() as cursor:
        cursor.execute("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'nbioc tiles' and datname = current_database()")
    with acting(by=None, because="another"):
        a_road((0, 5), (50, 5))
    assert doors.get(PATH)[0][0] == 200


def test_a_statement_that_takes_too_long_is_503(transactional_db: None) -> None:
    def impatient() -> Any:
        found = own_connection()
        with found.cursor() as cursor:
            cursor.execute("set statement_timeout = 30")
        return found

    database = Database(impatient)
    with pytest.raises(psycopg2.errors.QueryCanceled):
        database.rows(prepared("select pg_sleep(%(s)s::float8)"), {"s": 5})
    assert database.rows(prepared("select %(s)s::float8 + %(s)s"), {"s": 5}) == [(10,)]
    database.close()


def test_the_tiles_connections_can_only_read(transactional_db: None) -> None:
    database = Database()
    with pytest.raises(psycopg2.errors.ReadOnlySqlTransaction):
        database.rows(prepared("delete from layers_road returning 1"), {})
    database.close()


def test_a_hundred_edits_under_load_leave_no_old_tile(doors: Doors) -> None:
    with acting(by=None, because="a street"):
        road = a_road((0, 0), (50, 0), name="0")
    for number in range(1, 60):
        with acting(by=None, because="another name"):
            Road.objects.filter(pk=road.pk).update(name=str(number))
        assert {frozenset(names(body)) for _, _, body in doors.get(PATH, PATH, PATH)} == {frozenset({str(number)})}
