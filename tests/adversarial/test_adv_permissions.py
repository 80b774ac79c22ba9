"""The whole matrix of who may do what, walked through the doors and compared with an oracle that asks nothing of the code that it judges.

Beside the word that each door answers, every cell shows that what is refused changes nothing, and that a hidden value is in no answer at all.
`script/test` walks a part in which every pair (caller, layer), (caller, door), (layer, door), (row, door) … occurs; `-m whole_matrix` walks it all.
"""

import itertools
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from geo.permissions import STARTING_ROLES
from layers.layer import registry
from tests.adversarial import permissions_oracle as oracle
from tests.adversarial.permissions_doors import HIDDEN, READ, WRITE, Cell, Said, let_wait
from tests.adversarial.permissions_world import CANARY, World, world

pytestmark = pytest.mark.django_db
Asked = tuple[str, str, str, str]
# Cells that the database keeps, with nothing in them but that they are there: tests/every_layer and the scenario of a protest walk them.
COARSE = {"restricted_areas"}
# Layers where more than one rule meets: every caller, every row, every door.
SEARCHED = set(oracle.LAYERS) - {"indicators", "camera_views", "flood_zones"}


@pytest.fixture
def city(db: None, settings: Any, tmp_path: Path) -> Iterator[World]:
    settings.VAR_DIR = tmp_path
    with world() as built:
        let_wait(built)
        yield built


def cells() -> list[Asked]:
    """Every caller, layer, row and door that there is."""
    doors = (*oracle.READS, *oracle.WRITES)
    return [asked for asked in itertools.product(oracle.CALLERS, oracle.LAYERS, oracle.ROWS, doors) if _is_one(*asked)]


def _is_one(caller: str, slug: str, row: str, door: str) -> bool:
    sheet = oracle.LAYERS[slug]
    if door == "search":
        return slug in SEARCHED
    if door == "edit hidden":
        return slug in HIDDEN
    if door in ("history", "as-of"):
        return slug not in ("sensors", "flood_zones", "indicators", "cameras", "camera_views", "responders")
    return door != "approve" or sheet.edit is not None


def covering(of: list[Asked], seed: int = 9) -> list[Asked]:
    """A part of the cells in which every pair of values of two different factors occurs that occurs in the whole."""
    shuffled = random.Random(seed).sample(of, len(of))
    missing = {pair for asked in of for pair in _pairs(asked)}
    found = []
    for asked in shuffled:
        new = missing.intersection(_pairs(asked))
        if len(new) >= (3 if len(missing) > len(of) // 60 else 1):
            found.append(asked)
            missing -= new
    for asked in shuffled:
        if new := missing.intersection(_pairs(asked)):
            found.append(asked)
            missing -= new
    return found


def _pairs(asked: Asked) -> list[tuple[int, str, int, str]]:
    return [(one, asked[one], other, asked[other]) for one, other in itertools.combinations(range(4), 2)]


def digest(slug: str) -> Any:
    """The layer's rows and their history, in one value."""
    table = registry.known(slug).base_tables()[0]
    with connection.cursor() as cursor:
        cursor.execute(f"select md5(string_agg(t::text, '|' order by t::text)) from {table} t")  # noqa: S608
        rows = cursor.fetchone()[0]
        cursor.execute("select count(*) from layers_history")
        return rows, cursor.fetchone()[0]


def faults(built: World, asked: Asked) -> list[str]:
    """What is wrong at one cell."""
    name, slug, row, door = asked
    caller, sheet, facts = oracle.CALLERS[name], oracle.LAYERS[slug], oracle.ROWS[row]
    cell = Cell(built, name, slug, row)
    said, touched = _asked(cell, door)
    expected = oracle.read(caller, slug, facts, door) if door in READ else oracle.write(caller, slug, facts, door)
    wrong = [] if said.word == expected else [f"{asked}: answers {said.word!r}, the oracle says {expected!r}: {said.body[:300]}"]
    if touched and expected not in ("done",):
        wrong.append(f"{asked}: was refused and left something behind")
    if CANARY in said.body and not all(oracle.sees_field(caller, sheet, name_) for name_ in sheet.hides):
        wrong.append(f"{asked}: told a hidden value: {said.body[:300]}")
    if sheet.masks and not oracle.knows_the_place(caller, sheet) and f"{cell.place[0]:.6f}" in said.body:
        wrong.append(f"{asked}: told the true place: {said.body[:300]}")
    return wrong


def _asked(cell: Cell, door: str) -> tuple[Said, bool]:
    """What the door said, and whether it left something behind; it is as it was afterwards."""
    with transaction.atomic():
        before = digest(cell.slug) if door in WRITE else None
        said = (READ | WRITE)[door](cell)
        touched = door in WRITE and digest(cell.slug) != before
        transaction.set_rollback(True)
    return said, touched


def walk(built: World, asked: list[Asked]) -> None:
    wrong = [fault for one in asked for fault in faults(built, one)]
    assert not wrong, f"{len(wrong)} of {len(asked)} cells:\n" + "\n".join(wrong[:40])


def test_the_oracle_knows_every_layer_and_every_role() -> None:
    vector = {layer.slug for layer in registry.all() if layer.kind == "vector" and layer.group != "made"} - COARSE

    assert vector == set(oracle.LAYERS) - {"wells", "masked"}
    assert {slug: set(permissions) for slug, (_, _, permissions) in STARTING_ROLES.items()} == oracle.ROLES
    hidden = {layer.slug: {field.name for field in layer.fields if field.see} for layer in registry.all() if layer.slug in vector}
    assert all(set(oracle.LAYERS[slug].hides) <= names for slug, names in hidden.items())
    assert {slug for slug, names in hidden.items() if names} == {slug for slug in vector if oracle.LAYERS[slug].hides}


def test_adv_076_to_089_a_part_of_the_matrix_with_every_pair_in_it(city: World) -> None:
    chosen = covering(cells())
    assert {pair for asked in chosen for pair in _pairs(asked)} == {pair for asked in cells() for pair in _pairs(asked)}

    walk(city, chosen)


@pytest.mark.whole_matrix
def test_adv_076_to_089_the_whole_matrix(city: World) -> None:
    walk(city, cells())
