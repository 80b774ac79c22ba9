"""History keeps every change from every road, with who and why, and stands as it was written."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import shapely
from django.contrib import admin
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from geo import city
from geo.acting import acting
from geo.models import User
from layers import query
from layers.access import SYSTEM, opened
from layers.layer import registry
from layers.library.hydrants import Hydrant
from layers.library.roads import Road
from layers.management.commands import history_prune
from layers.models import History
from layers.remembering import past, retention, versions
from tests.conftest import city_wkt
from tests.layers.remembering.test_past import now

ROAD = "insert into layers_road (name, road_class, width_m, oneway, surface, speed_kmh, bridge, geom) values ('x', 'alley', 3, false, '', 9, false, %s)"


def psql(command: str, params: tuple[Any, ...] = (), **said: str) -> None:
    """A statement by hand, in a transaction of its own, with what was said of it."""
    with transaction.atomic(), connection.cursor() as cursor:
        for name, text in said.items():
            cursor.execute("select set_config(%s, %s, true)", [f"nbioc.{name}", text])
        cursor.execute(command, params)


def dated(at: datetime | None) -> None:
    """What follows in the transaction counts as written then."""
    if at is not None:
        with connection.cursor() as cursor:
            cursor.execute("select set_config('nbioc.at', %s, true)", [at.isoformat()])


def a_road(at: datetime | None = None) -> Road:
    with acting(by=None, because="a street"):
        dated(at)
        return Road.objects.create(name="Hẻm 4", road_class="alley", width_m=3, speed_kmh=15, geom=city_wkt("LINESTRING", (0, 0), (400, 0)))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("command", [ROAD, "update layers_road set name = 'y'", "delete from layers_road"])
@pytest.mark.parametrize(
    "said", [{}, {"because": "no name"}, {"by": "system"}, {"by": "", "because": "empty"}, {"by": "0", "because": "nobody"}, {"by": "me", "because": "a word"}]
)
def test_by_hand_too_a_change_without_who_and_why_is_refused(said: dict[str, str], command: str) -> None:
    """Prove it of each kind of change, for a reason without a person, a person without a reason, and a person who does not exist."""
    a_road()
    with pytest.raises(DatabaseError, match="needs who"):
        psql(command, (city_wkt("LINESTRING", (0, 0), (9, 9)).hex.decode(),) if command == ROAD else (), **said)

    assert (Road.objects.get().name, History.objects.count()) == ("Hẻm 4", 1)


@pytest.mark.django_db(transaction=True)
def test_every_road_is_kept_with_who_why_paper_and_set(people: dict[str, User]) -> None:
    """Prove it for the ORM, a bulk write, a statement by hand and a COPY, for making, changing and deleting alike."""
    officer = people["officer"]
    with acting(by=officer, because="survey", document="12/QĐ-UBND", change_set=7):
        road = Road.objects.create(name="a", road_class="alley", width_m=3, speed_kmh=15, geom=city_wkt("LINESTRING", (0, 0), (400, 0)))
        Road.objects.filter(pk=road.pk).update(name="b", version=2)
    psql("update layers_road set name = 'c', version = 3", by=str(officer.pk), because="by hand")
    psql("delete from layers_road", by="system", because="cleared")
    with acting(by=None, because="copied"), connection.cursor() as cursor:
        cursor.connection.cursor().copy_expert(
            "copy layers_road (name, road_class, width_m, oneway, surface, speed_kmh, bridge, geom) from stdin",
            io.StringIO(f"d\talley\t3\tf\t\t9\tf\t{city_wkt('LINESTRING', (0, 0), (9, 9)).hex.decode()}\n"),
        )

    kept = History.objects.filter(layer="roads").order_by("id").values_list("op", "version", "by_id", "because", "document", "change_set", "row_before__name")
    assert list(kept) == [
        ("insert", 0, officer.pk, "survey", "12/QĐ-UBND", 7, None),
        ("update", 1, officer.pk, "survey", "12/QĐ-UBND", 7, "a"),
        ("update", 2, officer.pk, "by hand", "", None, "b"),
        ("delete", 3, None, "cleared", "", None, "c"),
        ("insert", 0, None, "copied", "", None, None),
    ]


@pytest.mark.django_db(transaction=True)
def test_a_change_by_hand_that_forgets_the_version_is_not_written_over(people: dict[str, User]) -> None:
    """Prove that an officer who has the row open since before is told of it, and that a change which raises the version itself raises it once."""
    road = a_road()
    psql("update layers_road set name = 'by hand'", by="system", because="a call")
    client = Client()
    client.force_login(people["officer"])
    path = f"/api/layers/roads/features/{road.pk}"

    refused = client.patch(path, {"properties": {"name": "mine"}}, content_type="application/json", headers={"If-Match": '"v1"'})
    assert (refused.status_code, refused.json()["theirs"]["version"]) == (412, 2)
    psql("update layers_road set name = 'again', version = version + 1", by="system", because="a call")
    assert client.get(path).json()["version"] == 3
    assert [row["version"] for row in client.get(f"{path}/history").json()["items"]] == [3, 2, 1]


@pytest.mark.django_db(transaction=True)
def test_the_shape_is_kept_exactly_beside_the_row_and_what_the_database_makes_is_not() -> None:
    shape = city_wkt("LINESTRING", (0.123456789012, 0), (400, 1 / 3))
    with acting(by=None, because="a street"):
        road = Road.objects.create(name="a", road_class="alley", width_m=3, speed_kmh=15, geom=shape)
    psql("update layers_road set geom = st_translate(geom, 1, 1), version = 2", by="system", because="moved")

    kept = History.objects.get(op="update")
    assert kept.geom.equals_exact(shape)
    assert "geom" not in kept.row_before
    assert versions.row_at(registry.known("roads"), road.pk, 1)[1].equals_exact(shape_of(shape))


def shape_of(geometry: Any) -> Any:
    return shapely.from_wkb(bytes(geometry.wkb))


@pytest.mark.django_db(transaction=True)
def test_all_that_a_transaction_changes_has_one_moment_and_no_moment_shows_half_of_it() -> None:
    """Prove it of a parcel that is split: at no moment are the old one and a new one there together, nor neither."""
    with acting(by=None, because="before"):
        old = Hydrant.objects.create(asset_code="old", geom=city_wkt("POINT", (0, 0)))
    with acting(by=None, because="replaced"):
        old.delete()
        between = now()
        Hydrant.objects.create(asset_code="new", geom=city_wkt("POINT", (0, 0)))

    assert len(set(History.objects.filter(because="replaced").values_list("at", flat=True))) == 1
    codes = [one["properties"]["asset_code"] for one in query.features(past.at(opened("hydrants", SYSTEM), between))]
    assert codes == ["new"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("command", ["update layers_history set because = 'another'", "delete from layers_history"])
def test_what_is_kept_is_not_changed(command: str) -> None:
    a_road()
    with pytest.raises(DatabaseError, match="History is not changed"):
        psql(command, by="system", because="tidy")


@pytest.mark.django_db(transaction=True)
def test_a_table_is_not_emptied_past_its_history() -> None:
    a_road()
    with pytest.raises(DatabaseError, match="deleted, not truncated"):
        psql("truncate layers_road cascade", by="system", because="tidy")

    assert Road.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_djangos_admin_without_a_reason_changes_nothing_of_a_layer() -> None:
    """Prove that a model of a layer that somebody puts into the admin is held by the database all the same; none is there today."""
    tables = {layer.base_tables()[0] for layer in registry.all() if layer.versioned()}
    assert not {model for model in admin.site._registry if model._meta.db_table in tables}
    road = a_road()
    road.name = "y"

    with pytest.raises(DatabaseError, match="needs who"):
        admin.ModelAdmin(Road, admin.AdminSite()).save_model(None, road, None, True)


def import_revision(at: datetime) -> None:
    """As an import writes, dated."""
    with acting(by=None, because="the register", imported=True):
        dated(at)
        Road.objects.update(name="from the file", version=2)


@pytest.fixture
def revisions() -> Callable[[], tuple[Road, Any]]:
    def make() -> tuple[Road, Any]:
        old = timezone.now() - timedelta(days=100)
        psql("update layers_kept set since = %s where layer = 'roads'", (old - timedelta(days=100),))
        road = a_road(old - timedelta(days=50))
        import_revision(old)
        psql("update layers_road set name = 'by hand', version = 3", by="system", because="corrected")
        return road, old

    return make


@pytest.mark.django_db(transaction=True)
def test_old_import_revisions_are_let_go_of_and_no_moment_is_answered_wrongly(revisions: Any, people: dict[str, User]) -> None:
    """Prove that what the import replaced goes, that who did it and the edits of people stay, and that as-of refuses what it can no longer show."""
    road, old = revisions()
    day, roads = timedelta(days=1), opened("roads", SYSTEM)
    assert query.feature(past.at(roads, old + day), road.pk)["properties"]["name"] == "from the file"
    assert query.feature(past.at(roads, old - day), road.pk)["properties"]["name"] == "Hẻm 4"

    assert retention.prune(import_days=101, at=timezone.now()) == {}
    assert retention.prune(import_days=30, at=timezone.now(), looking=True) == {"roads": 1}
    assert retention.prune(import_days=30, at=timezone.now()) == {"roads": 1}
    assert retention.prune(import_days=30, at=timezone.now()) == {}

    assert query.feature(past.at(roads, old + day), road.pk)["properties"]["name"] == "from the file"
    with pytest.raises(past.NOT_KEPT):
        past.at(roads, old - day)
    client = Client()
    client.force_login(people["officer"])
    told = client.get(f"/api/layers/roads/features/{road.pk}/history").json()["items"]
    assert [(one["because"], one["changed"] and one["changed"].get("name")) for one in told] == [
        ("corrected", ["from the file", "by hand"]),
        ("the register", None),
        ("a street", None),
    ]
    assert versions.row_at(registry.known("roads"), road.pk, 1) is None
    assert versions.row_at(registry.known("roads"), road.pk, 2)[0]["name"] == "from the file"


@pytest.mark.django_db(transaction=True)
def test_retention_is_a_setting_of_the_city_and_without_it_everything_is_kept(revisions: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    revisions()
    call_command("history_prune")
    assert (city.CITY.import_days, "for ever" in capsys.readouterr().out) == (None, True)
    assert not History.objects.filter(row_before=None).exists()

    monkeypatch.setattr(history_prune, "CITY", replace(city.CITY, import_days=30))
    call_command("history_prune", "--dry-run")
    assert (capsys.readouterr().out, History.objects.filter(row_before__isnull=True).exists()) == ("roads: 1 rows would be emptied\n", False)
    call_command("history_prune")
    assert (capsys.readouterr().out, History.objects.filter(row_before__isnull=True).count()) == ("roads: 1 rows emptied\n", 1)


@pytest.mark.django_db
def test_the_last_change_of_each_row_is_one_look_up_whatever_the_planner_was_told() -> None:
    """Prove it where the table was counted while all its rows were uncommitted, as happens beside every long import: then every index looks alike."""
    many = 1_500
    roads = ROAD.replace("values ('x'", "select 'x'").replace("%s)", f"%s::geometry from generate_series(1, {many})")
    shape = city_wkt("LINESTRING", (0, 0), (9, 9)).hex.decode()
    with acting(by=None, because="an import"), connection.cursor() as cursor:
        with transaction.atomic():
            cursor.execute(roads, [shape])
            transaction.set_rollback(True)
        cursor.execute("analyze layers_history")
        cursor.execute("select relpages > 0, reltuples from pg_class where oid = 'layers_history'::regclass")
        assert cursor.fetchone() == (True, 0)
        cursor.execute(roads, [shape])
        read = "select seq_tup_read + idx_tup_fetch from pg_stat_xact_user_tables where relid = 'layers_history'::regclass"
        cursor.execute(read)
        before = cursor.fetchone()[0]
        cursor.execute("update layers_road set name = 'y', version = version + 1")
        cursor.execute(read)
        assert cursor.fetchone()[0] - before <= 2 * many
    assert History.objects.filter(layer="roads", op="update", since__isnull=False).count() == many
