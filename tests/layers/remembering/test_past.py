"""A layer as it was: equal to what was seen then, for every layer with history, and never more than the caller may see now."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from psycopg2 import sql

from geo.acting import acting
from geo.models import User
from incidents.models import Assignment, Incident
from layers import query
from layers.access import SYSTEM, Opened, opened, scope_of
from layers.layer import Layer, registry
from layers.library.parcels import Parcel
from layers.models import History
from layers.remembering import past, versions
from tests.conftest import JUNCTION, build_town, city_wkt
from tests.every_layer import table

VERSIONED = sorted(layer.slug for layer in registry.all() if layer.versioned() and layer.group != "made")
# Filled by a clock or by programs while the test runs, not by an edit.
NOT_OF_THE_PAST = {"cameras": {"state"}}

pytestmark = pytest.mark.django_db(transaction=True)


def now() -> datetime:
    """The database's own clock, which dates what is kept."""
    with connection.cursor() as cursor:
        cursor.execute("select clock_timestamp()")
        return cursor.fetchone()[0]


def every_row(slug: str) -> Opened:
    """Rules of sight have tests of their own."""
    return replace(opened(slug, SYSTEM), where=sql.SQL("true"))


def snapshot(slug: str) -> list[dict[str, Any]]:
    return query.features(every_row(slug), limit=1_000)


def as_it_was(slug: str, moment: datetime) -> list[dict[str, Any]]:
    return query.features(past.at(every_row(slug), moment), limit=1_000)


def edit_at_random(layer: type[Layer], luck: random.Random) -> None:
    """One transaction, by hand as psql would: rows are moved and deleted, and what is gone comes back under its old fid."""
    name, fid_column = sql.Identifier(*layer.base_tables()[0].split(".")), sql.Identifier(layer.fid)
    move = sql.SQL("update {0} set {1} = public.st_translate({1}, %s, %s), version = version + 1 where {2} = %s")
    with acting(by=None, because="random"), connection.cursor() as cursor:
        cursor.execute(sql.SQL("select {} from {} order by 1").format(fid_column, name))
        standing = {row[0] for row in cursor.fetchall()}
        for fid in sorted(standing):
            if luck.random() < 0.3:
                cursor.execute(sql.SQL("delete from {} where {} = %s").format(name, fid_column), [fid])
                standing.remove(fid)
            else:
                cursor.execute(move.format(name, sql.Identifier(layer.geometry), fid_column), [luck.randint(-9, 9), luck.randint(-9, 9), fid])
        for fid in sorted({row.fid for row in History.objects.filter(layer=layer.slug)} - standing):
            if luck.random() < 0.6:
                bring_back(layer, fid)


def bring_back(layer: type[Layer], fid: int) -> None:
    last = History.objects.filter(layer=layer.slug, fid=fid).latest("id")
    columns, shape = versions.row_at(layer, fid, last.version)
    names = [*columns, layer.fid, "version", layer.geometry]
    values = [*columns.values(), fid, last.version + 2, shape and f"SRID={city_wkt('POINT', (0, 0)).srid};{shape.wkt}"]
    command = sql.SQL("insert into {} ({}) values ({})").format(
        sql.Identifier(*layer.base_tables()[0].split(".")),
        sql.SQL(", ").join([sql.Identifier(name) for name in names]),
        sql.SQL(", ").join([sql.Placeholder()] * len(names)),
    )
    with connection.cursor() as cursor:
        cursor.execute(command, values)


@pytest.mark.parametrize("slug", VERSIONED)
def test_a_layer_as_of_a_moment_is_what_was_seen_at_that_moment(slug: str, people: dict[str, User]) -> None:
    """Prove it for every layer with history, over random edits, deletions and returns, with everything that leaves the database."""
    layer, luck = registry.known(slug), random.Random(slug)
    seen: list[tuple[datetime, list[dict[str, Any]]]] = [(now(), snapshot(slug))]
    with acting(by=None, because="rows for every layer"):
        table.MAKERS[slug](people)
        # Nobody is on the way to a case that psql may delete.
        Assignment.objects.all().delete()
    for _ in range(8):
        seen.append((now(), snapshot(slug)))
        edit_at_random(layer, luck)
    seen.append((now(), snapshot(slug)))

    left_out = NOT_OF_THE_PAST.get(slug, set())
    for moment, then in seen:
        assert _without(as_it_was(slug, moment), left_out) == _without(then, left_out)
    assert len({str(then) for _, then in seen}) > 5
    assert {entry.op for entry in History.objects.filter(layer=slug)} == {"insert", "update", "delete"}


def _without(features: list[dict[str, Any]], names: set[str]) -> list[dict[str, Any]]:
    return [one | {"properties": {name: value for name, value in one["properties"].items() if name not in names}} for one in features]


@pytest.fixture
def town() -> dict[str, Any]:
    with acting(by=None, because="a small town"):
        return build_town()


def as_(person: User | None) -> Client:
    client = Client()
    if person:
        client.force_login(person)
    return client


def told(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def test_the_api_answers_as_of_a_moment_in_lists_and_for_one_feature(people: dict[str, User], town: dict[str, Any]) -> None:
    """Prove that a list, a box, one feature and both OGC spellings show the same past."""
    before, street, officer = told(now()), town["street"], as_(people["officer"])
    with acting(by=None, because="renamed and moved"):
        street.name, street.version, street.geom = "Lê Lợi", 2, city_wkt("LINESTRING", (0, 900), (400, 900))
        street.save()
    box = f"{JUNCTION[0] - 0.001},{JUNCTION[1] - 0.001},{JUNCTION[0] + 0.001},{JUNCTION[1] + 0.001}"

    def names(path: str, **asked: str) -> set[str]:
        answer = officer.get(path, asked)
        assert answer.status_code == 200, answer.content
        found = answer.json()
        return {one["properties"]["name"] for one in found.get("features", [found])}

    api, ogc = "/api/layers/roads/features", "/ogc/collections/roads/items"
    assert names(api, bbox=box) == set()
    assert names(api, bbox=box, as_of=before) == {"Hùng Vương"}
    assert names(f"{api}/{street.pk}", as_of=before) == {"Hùng Vương"}
    assert names(f"{api}/{street.pk}", as_of=told(now())) == names(f"{api}/{street.pk}") == {"Lê Lợi"}
    for asked in ({"as_of": before}, {"datetime": before}):
        assert names(ogc, f="json", bbox=box, **asked) == {"Hùng Vương"}
    assert names(f"{ogc}/{street.pk}", f="json", as_of=before) == {"Hùng Vương"}
    assert names(ogc, f="json", datetime="2199-01-01T00:00:00Z") == {"Lê Lợi", "Hẻm 4"}
    assert officer.get(ogc, {"f": "json", "as_of": before, "filter": "name = 'Lê Lợi'"}).json()["numberMatched"] == 0


@pytest.mark.parametrize(
    "asked", ["yesterday", "2026-11-26", "2026-11-26T09:00:00", "2026-13-26T09:00:00Z", "2026-11-26T09:00:00 07:00", "20261126T090000Z", "٢٠٢٦-11-26T09:00:00Z"]
)
def test_what_is_no_moment_is_refused_by_name(asked: str) -> None:
    for path in ("/api/layers/roads/features", "/api/layers/roads/features/1", "/ogc/collections/roads/items"):
        answer = Client().get(path, {"as_of": asked})
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


def test_a_moment_that_is_not_kept_is_refused_and_never_answered_wrongly() -> None:
    """Prove that neither the future nor the time before history began is shown as if it were known."""
    ahead, long_ago = told(now() + timedelta(hours=1)), "2020-01-01T00:00:00Z"
    for path in ("/api/layers/roads/features", "/ogc/collections/roads/items"):
        for asked in (ahead, long_ago):
            answer = Client().get(path, {"as_of": asked})
            assert (answer.status_code, answer.json()["code"]) == (422, "moment_not_kept")
    assert Client().get("/ogc/collections/roads/items", {"datetime": long_ago, "f": "json"}).json()["code"] == "moment_not_kept"
    assert Client().get("/api/layers/roads/features", {"as_of": told(now() + timedelta(seconds=20))}).status_code == 200


def test_a_layer_without_history_says_so_and_a_hidden_one_is_missing(people: dict[str, User]) -> None:
    moment = told(now())
    assert as_(people["operator"]).get("/api/layers/sensors/features", {"as_of": moment}).json()["code"] == "no_history"
    assert as_(people["operator"]).get("/api/layers/sensors/history").json()["code"] == "no_history"
    assert Client().get("/api/layers/parcels/features", {"as_of": moment}).status_code == 404
    assert as_(people["leader"]).get("/api/layers/incidents/features", {"as_of": moment}).status_code == 200


def test_the_past_of_names_of_land_users_is_for_who_may_see_them(people: dict[str, User], town: dict[str, Any]) -> None:
    before = told(now())
    with acting(by=None, because="sold"):
        Parcel.objects.filter(pk=town["parcel"].pk).update(land_user_name="Trần Thị B", version=2)
    path = f"/api/layers/parcels/features/{town['parcel'].pk}"

    assert as_(people["approver"]).get(path, {"as_of": before}).json()["properties"]["land_user_name"] == "Nguyễn Văn A"
    assert "land_user_name" not in as_(people["officer"]).get(path, {"as_of": before}).json()["properties"]
    refused = as_(people["officer"]).get("/ogc/collections/parcels/items", {"as_of": before, "filter": "land_user_name = 'Nguyễn Văn A'"})
    assert refused.status_code == 400


def case(**more: Any) -> Incident:
    given = {"category": "crash", "process": "immediate", "severity": 3, "channel": "phone", "reported_at": timezone.now()}
    with acting(by=None, because="a report"):
        return Incident.objects.create(**given | more, geom=city_wkt("POINT", (0, 0)))


def change(found: Incident, **values: Any) -> None:
    with acting(by=None, because="judged again"):
        Incident.objects.filter(pk=found.pk).update(**values, version=found.version + 1)


def test_a_row_that_is_hidden_now_has_no_past_and_one_that_was_hidden_then_stays_so(people: dict[str, User]) -> None:
    """Prove that the past is no way round a rule of sight: neither for what has become restricted nor for what was, nor for what is gone."""
    became, was, gone, plain, known = case(), case(restricted=True), case(restricted=True), case(), case(restricted=True)
    before = now()
    change(became, restricted=True)
    change(was, restricted=False)
    change(plain, severity=4)
    change(known, severity=4)
    with acting(by=None, because="a mistake"):
        gone.delete()

    def past_of(role: str) -> set[int]:
        return {one["id"] for one in query.features(past.at(opened("incidents", scope_of(people[role])), before))}

    assert past_of("operator") == {plain.pk}
    assert past_of("leader") == {known.pk}
    assert [one["op"] for one in versions.versions(opened("incidents", scope_of(people["operator"])), was.pk)] == ["update", "insert"]
    assert [one["changed"] for one in versions.versions(opened("incidents", scope_of(people["operator"])), was.pk)] == [None, None]
