"""Every registered layer at every door as every kind of caller, against the table written by hand."""

from collections.abc import Callable
from typing import Any

import mapbox_vector_tile
import pytest
from django.test import Client

from geo import tilegrid
from geo.acting import acting
from geo.errors import NOT_FOUND
from geo.models import Agency, User
from layers import query
from layers.access import ANONYMOUS, Scope, opened, scope_of, visible_layers
from layers.layer import registry
from tests.conftest import JUNCTION
from tests.every_layer import table
from tests.tiles.test_door import as_

pytestmark = pytest.mark.django_db
LAYERS = sorted(layer.slug for layer in registry.all() if layer.kind == "vector" and layer.group != "made")
ZOOM = 16
X, Y = tilegrid.tile_of(JUNCTION[0] + 0.0003, JUNCTION[1] + 0.0003, ZOOM)
BOX = (JUNCTION[0] - 0.01, JUNCTION[1] - 0.01, JUNCTION[0] + 0.01, JUNCTION[1] + 0.01)


@pytest.fixture
def rows(people: dict[str, User]) -> Callable[[str], dict[str, int]]:
    def make(slug: str) -> dict[str, int]:
        with acting(by=None, because="rows for every layer"):
            return table.MAKERS[slug](people)

    return make


def person(caller: str, people: dict[str, User]) -> User | None:
    if caller == "anonymous":
        return None
    if caller == "foreign agency":
        foreign = Agency.objects.filter(code="water_works").first() or Agency.objects.create(code="water_works", name="Cấp nước")
        people["agency"].agency = foreign
        people["agency"].save()
    return people["agency" if "agency" in caller else caller]


def scope(user: User | None) -> Scope:
    return scope_of(user) if user else ANONYMOUS


def test_every_layer_has_its_row_in_the_table() -> None:
    assert set(LAYERS) == set(table.SEES) == set(table.MAKERS)
    assert {layer.slug for layer in registry.all() if layer.kind != "vector"} == table.PICTURES
    assert all(set(callers) == set(table.CALLERS) for callers in table.SEES.values())


@pytest.mark.parametrize("caller", table.CALLERS)
@pytest.mark.parametrize("slug", LAYERS)
def test_each_caller_sees_its_rows_and_no_others_at_every_door(slug: str, caller: str, people: dict[str, User], rows: Callable[[str], dict[str, int]]) -> None:
    made = rows(slug)
    user = person(caller, people)
    seen, client = table.SEES[slug][caller], Client()
    if user:
        client.force_login(user)
    expected = {made[name] for name in seen or ()}

    for door in (by_feature, by_catalogue):
        assert door(slug, made, client) == (expected if door is by_feature else seen is not None), door.__name__
    assert by_ogc(slug, made, client) == (expected if seen is not None else "missing")
    placed = expected - {made[name] for name in table.NOWHERE.get(slug, ())}
    assert by_box(slug, scope(user)) == (placed if seen is not None else "missing")
    drawn = expected - {made[name] for name in table.DRAWN_NOT.get(slug, ())}
    assert by_tile(slug, scope(user)) == (drawn if seen is not None else "missing")


def by_feature(slug: str, made: dict[str, int], client: Client) -> set[int]:
    """One by one over HTTP: what may not be seen is 404, with the same words as what never was."""
    answers = {fid: client.get(f"/api/layers/{slug}/features/{fid}") for fid in made.values()}
    never = client.get(f"/api/layers/{slug}/features/{2**62}")
    for answer in answers.values():
        assert answer.status_code in (200, 404)
        if answer.status_code == 404:
            assert {**answer.json(), "request_id": ""} == {**never.json(), "request_id": ""}
    return {fid for fid, answer in answers.items() if answer.status_code == 200}


def by_catalogue(slug: str, made: dict[str, int], client: Client) -> bool:
    return slug in {layer["slug"] for layer in client.get("/api/layers").json()["layers"]}


def by_ogc(slug: str, made: dict[str, int], client: Client) -> set[int] | str:
    """The OGC API: the list and each item agree; a collection that may not be seen is not even listed."""
    listed = {one["id"] for one in client.get("/ogc/collections?f=json").json()["collections"]}
    answer = client.get(f"/ogc/collections/{slug}/items?f=json&limit=1000")
    assert (answer.status_code == 200) is (slug in listed)
    if answer.status_code == 404:
        return "missing"
    found = {int(feature["id"]) for feature in answer.json()["features"]} & set(made.values())
    for fid in made.values():
        assert (client.get(f"/ogc/collections/{slug}/items/{fid}?f=json").status_code == 200) is (fid in found)
    return found


def by_box(slug: str, caller: Scope) -> set[int] | str:
    try:
        return {feature["id"] for feature in query.features(opened(slug, caller), box=BOX, limit=1_000)}
    except NOT_FOUND:
        return "missing"


def by_tile(slug: str, caller: Scope) -> set[int] | str:
    status, _, body = as_(caller).get(f"/tiles/{slug}/{ZOOM}/{X}/{Y}.mvt")
    if status == 404:
        return "missing"
    features: list[dict[str, Any]] = mapbox_vector_tile.decode(body)[slug]["features"] if status == 200 else []
    return {feature["id"] for feature in features}


@pytest.mark.parametrize("caller", table.CALLERS)
@pytest.mark.parametrize("slug", sorted(table.ONLY))
def test_a_field_leaves_for_nobody_but_whom_the_table_names(slug: str, caller: str, people: dict[str, User], rows: Callable[[str], dict[str, int]]) -> None:
    made = rows(slug)
    user = person(caller, people)
    for name in table.SEES[slug][caller] or ():
        properties = query.feature(opened(slug, scope(user)), made[name])["properties"]
        for hidden, who in table.ONLY[slug].items():
            assert (hidden in properties) is (caller in who)


def test_the_table_names_every_field_that_is_not_for_all_who_see_the_layer() -> None:
    masked = {layer.slug: {field.name for field in layer.fields if field.see} for layer in registry.all()}

    assert {slug: names for slug, names in masked.items() if names} == {slug: set(only) for slug, only in table.ONLY.items()}


def test_the_style_and_the_catalogue_name_the_same_layers(people: dict[str, User]) -> None:
    for user in (None, *people.values()):
        style = as_(scope(user)).get("/tiles/style.json")[2].decode()
        for layer in registry.all():
            if layer.kind == "vector":
                assert (f'"/tiles/{layer.slug}/' in style) is (layer.slug in {one.layer.slug for one in visible_layers(scope(user))})
