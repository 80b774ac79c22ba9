"""CQL2 against the standard's own data and expectations (OGC 21-065r2, annex A), in both encodings, over HTTP; and each of its examples."""

import json
from collections.abc import Iterator
from itertools import product
from typing import Any

import pyogrio
import pytest
from django.db import connection
from django.test import Client
from psycopg2.extras import execute_values

from geo.crs import CITY_SRID
from geo.errors import Problem
from layers import query
from layers.access import ANONYMOUS, opened
from layers.filters import cql2, cql2_shapes, cql2_text, cql2_times
from layers.layer import Field, FieldType, Layer, registry
from layers.ogc.crs import Axes
from tests.layers.filters.cql2_cases import CASES, COMBINED, COUNTRIES, PLACES, RIVERS
from tests.real_data import real

pytestmark = pytest.mark.django_db
SOURCES = (COUNTRIES, PLACES, RIVERS)
KINDS: dict[str, tuple[FieldType, str]] = {
    "date": ("date", "date"),
    "start": ("datetime", "timestamptz"),
    "end": ("datetime", "timestamptz"),
    "boolean": ("bool", "boolean"),
}
LITERALS = {"text": "'foo'", "bool": "true", "float": "3.14", "int": "1", "datetime": "TIMESTAMP('2022-04-14T14:48:46Z')", "date": "DATE('2022-04-14')"}


class World:
    """A city as wide as the world, whose CRS is in degrees: the data set's own."""

    bounds = (-180.0, -90.0, 180.0, 90.0)


@pytest.fixture
def world(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    path = real("conformance/cql2_data/ne110m4cql2.gpkg")
    monkeypatch.setattr(cql2_shapes, "CITY", World)
    monkeypatch.setattr(cql2_shapes, "CITY_SRID", 4326)
    monkeypatch.setattr(cql2_shapes, "STORED", Axes("", 4326, False, True))
    for source in SOURCES:
        registry.add(_loaded(path, source))
    yield
    for source in SOURCES:
        registry.remove(source)


def _loaded(path: Any, source: str) -> type[Layer]:
    meta, _, geometries, columns = pyogrio.raw.read(path, layer=source)
    fields = [Field(name, name, name, type=_kind(name, kind)[0]) for name, kind in zip(meta["fields"], meta["dtypes"], strict=True)]
    types = [_kind(name, kind)[1] for name, kind in zip(meta["fields"], meta["dtypes"], strict=True)]
    rows = [[_value(name, value) for name, value in zip(meta["fields"], row, strict=True)] for row in zip(*columns, strict=True)]
    with connection.cursor() as cursor:
        told = ", ".join(f'"{name}" {kind}' for name, kind in zip(meta["fields"], types, strict=True))
        cursor.execute(f'create table "{source}" (id bigint primary key, geom public.geometry(Geometry, 4326), {told})')
        data = [(number, bytes(shape), *row) for number, (shape, row) in enumerate(zip(geometries, rows, strict=True), 1)]
        execute_values(
            cursor.cursor if hasattr(cursor, "cursor") else cursor,
            f'insert into "{source}" values %s',
            data,
            template="(%s, st_setsrid(st_geomfromwkb(%s), 4326), " + ", ".join("%s" for _ in types) + ")",
        )
    return type(
        source,
        (Layer,),
        {"slug": source, "vi": source, "en": source, "group": "environment", "relation": source, "geometry_type": "Geometry", "fields": fields},
    )


def _kind(name: str, dtype: str) -> tuple[FieldType, str]:
    if name in KINDS:
        return KINDS[name]
    return ("int", "bigint") if dtype.startswith("int") else ("float", "double precision") if dtype.startswith("float") else ("text", "text")


def _value(name: str, value: Any) -> Any:
    if value is None or value != value or str(value) == "NaT":
        return None
    if name == "boolean":
        return bool(value)
    return f"{value}+00" if name in ("start", "end") else str(value)[:10] if name == "date" else value.item() if hasattr(value, "item") else value


def count(client: Client, source: str, text: str, *, as_json: bool) -> int | str:
    """How many items a filter finds, or why it was refused."""
    given = json.dumps(cql2_text.read(text)) if as_json else text
    answer = client.get(f"/ogc/collections/{source}/items", {"filter": given, "filter-lang": "cql2-json" if as_json else "cql2-text", "limit": 1})
    return answer.json()["numberMatched"] if answer.status_code == 200 else answer.content.decode()


@pytest.mark.parametrize("conformance_class", CASES)
def test_every_predicate_of_the_standard_finds_the_number_that_it_says(client: Client, world: None, conformance_class: str) -> None:
    wrong = [
        (source, text, as_json, found, expected)
        for source, text, expected in CASES[conformance_class]
        for as_json in (False, True)
        if (found := count(client, source, text, as_json=as_json)) != expected
    ]

    assert wrong == []


def test_predicates_combine_as_the_standard_says(client: Client, world: None) -> None:
    wrong = [
        (p1, p2, p3, p4, found, expected)
        for p1, p2, p3, p4, expected in COMBINED
        if (found := count(client, PLACES, f"(NOT ({p2}) AND {p1}) OR ({p3} and {p4}) or not ({p1} OR {p4})", as_json=False)) != expected
    ]

    assert wrong == []


def test_every_queryable_of_the_standards_data_is_compared_with_its_kind(client: Client, world: None) -> None:
    """/conf/basic-cql2/comparison, is-null and /conf/property-property/comparison-value-property: what excludes each other shares nothing."""
    for source in SOURCES:
        total = count(client, source, "true", as_json=False)
        assert count(client, source, "false", as_json=True) == 0
        for field in registry.known(source).fields:
            name, value = f'"{field.name}"', LITERALS[field.type]
            known = count(client, source, f"{name} IS NOT NULL", as_json=False)
            assert known + count(client, source, f"{name} IS NULL", as_json=True) == total
            for one, other in (("=", "<>"), (">", "<="), ("<", ">=")):
                assert count(client, source, f"{name} {one} {value}", as_json=True) + count(client, source, f"{name} {other} {value}", as_json=False) == known
                assert count(client, source, f"{value} {one} {name} AND {value} {other} {name}", as_json=False) == 0
            assert count(client, source, f"{name} = {name}", as_json=True) == known
            assert count(client, source, f"{name} < {name} OR {name} > {name} OR {name} <> {name}", as_json=False) == 0


@pytest.mark.parametrize("source", SOURCES)
def test_patterns_lists_and_letters_hold_for_every_text(client: Client, world: None, source: str) -> None:
    """/conf/advanced-comparison-operators/like and in, /conf/case-insensitive-comparison/casei, /conf/accent-insensitive-comparison/accenti."""
    for field in (field for field in registry.known(source).fields if field.type == "text"):
        name = f'"{field.name}"'
        known = count(client, source, f"{name} IS NOT NULL", as_json=False)
        assert count(client, source, f"{name} LIKE '%'", as_json=False) == count(client, source, f"{name} like '%%'", as_json=True) == known
        assert count(client, source, f"{name} like '_%'", as_json=False) + count(client, source, f"{name} like ''", as_json=False) == known
        assert count(client, source, f"{name} like '\\%\\_'", as_json=False) == count(client, source, f"{name} in ('foo', 'bar')", as_json=True) == 0
        assert count(client, source, f"CASEI({name}) LIKE casei('f%')", as_json=False) == count(client, source, f"CASEI({name}) LIKE casei('F%')", as_json=True)
        assert count(client, source, f"ACCENTI({name}) LIKE accenti('Ä%')", as_json=False) == count(
            client, source, f"ACCENTI({name}) LIKE accenti('A%')", as_json=True
        )
        assert count(client, source, f"ACCENTI({name}) = accenti('äöü') AND ACCENTI({name}) <> accenti('aou')", as_json=False) == 0


def test_every_relation_in_time_is_answered_for_instants_and_intervals(client: Client, world: None) -> None:
    """/conf/temporal-functions/temporal-functions-1 and -2."""
    year = "INTERVAL('2021-01-01T00:00:00Z','2021-12-31T23:59:59Z')"
    for op, (one, other) in product(cql2_times.INSTANT_TOO, (("start", LITERALS["datetime"]), ("start", year), ('"date"', LITERALS["date"]), ('"date"', year))):
        assert isinstance(count(client, PLACES, f"{op.upper()}({one},{other})", as_json=False), int)
    for op in cql2_times.TEMPORAL:
        assert isinstance(count(client, PLACES, f"{op}(INTERVAL(start,end),{year})", as_json=True), int)
        assert isinstance(count(client, PLACES, f"{op}(INTERVAL('2021-01-01','2021-12-31'),INTERVAL(\"date\",\"date\"))", as_json=False), int)
    assert "only intervals" in str(count(client, PLACES, f"T_DURING(start,{year})", as_json=False))


@pytest.mark.parametrize("text", ["S_INTERSECTS(geom,POINT(90 180))", "S_DISJOINT(geom,POINT(90 180))", "S_INTERSECTS(geom,MULTIPOINT(7.02 49.92, 90 180))"])
def test_a_place_that_is_not_on_earth_is_refused(client: Client, world: None, text: str) -> None:
    """/conf/basic-spatial-functions/s_intersects: unsuccessful execution of an invalid coordinate."""
    assert all("bad_filter" in str(count(client, source, text, as_json=False)) for source in SOURCES)


def fields_of_the_examples() -> list[Field]:
    """What the examples of the standard call their properties, each of the kind that most of them mean."""
    names: dict[FieldType, str] = {
        "text": "city name cityName road_class etat_vol landsat:scene_id eo:instrument beamMode swathDirection polarization owner material geophys:SURVEY_NAME id",
        "float": "balance depth category eo:cloud_cover landsat:wrs_row landsat:wrs_path floors taxes value foo bar x vehicle_height bridge_clearance",
        "date": "updated built",
        "datetime": "event_time touchdown liftOff starts_at ends_at updated_at",
        "bool": "swimming_pool",
        "list": "layer:ids values",
    }
    return [Field(name, name, name, type=type_) for type_, told in names.items() for name in told.split()]


# The examples that are refused, with the reason; docs/ogc.md tells the same.
REFUSED = {
    **dict.fromkeys(("clause6_01", "clause6_02b"), "There is no function 'avg'"),
    **dict.fromkeys(("clause7_10", "clause7_18"), "There is no property 'road'"),
    **dict.fromkeys(("example07", "example08"), "There is no property 'footprint'"),
    "example23": "There is no property 'location'",
    "example03": "compares landsat:wrs_path, which is a float, with '15X'",
    **dict.fromkeys(("example40", "example40-alt01"), "compares value, which is a float, with 'c'"),
    **dict.fromkeys(("example46", "example46-alt01", "example49", "example49-alt01"), "has a shape that is empty, not valid, or outside its CRS"),
    "example68": "There is no function 'foo'",
    "example69": "There is no function 'bar'",
    "example84": "asks of a GeometryCollection what only S_INTERSECTS and S_DISJOINT can tell",
}


def test_the_examples_of_the_standard_are_read_or_refused_for_a_reason(db: None) -> None:
    """Every one that is read is also put to the database, which has to understand it."""
    kinds = {"text": "text", "float": "float8", "date": "date", "datetime": "timestamptz", "bool": "boolean", "list": "jsonb"}
    fields = fields_of_the_examples()
    columns = ", ".join(f'null::{kinds[field.type]} as "{field.name}"' for field in fields)
    layer = type(
        "Examples", (Layer,), {"slug": "examples", "vi": "", "en": "", "group": "environment", "relation": "examples", "fid": "number", "fields": fields}
    )
    seen, refused, read = opened(layer, ANONYMOUS), {}, 0
    with connection.cursor() as cursor:
        cursor.execute(f"create temporary table examples as select 1::bigint as number, st_setsrid(st_point(0, 0), {CITY_SRID}) as geom, {columns}")
    for path in sorted(real("conformance/ogcapi_features/cql2/standard/schema/examples").rglob("*.*")):
        if path.suffix not in (".json", ".txt"):
            continue
        try:
            made = cql2.condition(seen, path.read_text(encoding="utf-8"), {".json": "cql2-json", ".txt": "cql2-text"}[path.suffix])
            query.matched(seen, narrowed=made.where, params=made.params)
            read += 1
        except Problem as problem:
            refused[path.stem, path.suffix] = problem.en

    assert {name: told for (name, _), told in refused.items() if REFUSED.get(name, "?") not in told} == {}
    assert {name for name, _ in refused} == set(REFUSED)
    assert (read, len(refused)) == (198, 31)
