"""What is told of issues: to whom, under which key, over a whole layer, in a box, of every kind of rule."""

import ast
import inspect
from pathlib import Path
from typing import Any

import pytest
import shapely
from django.db import connection

from geo.acting import acting
from layers import rules
from layers.access import SYSTEM, Scope, opened
from layers.changing import editing
from layers.layer import Grant, Rule, registry
from layers.library.parcels import Parcels
from layers.rules import checking, declared
from tests.layers.rules.town import AT, box, create_parcel, delete, issues, moved, of, parcel, store, update

pytestmark = pytest.mark.django_db
TESTS = Path(__file__).parents[2]
OFFICER = Scope(user_id=1, permissions=frozenset({"see_assets", "edit_assets", "edit_land"}), fingerprint="officer")


def declared_here() -> set[type[Rule]]:
    return {kind for _, kind in inspect.getmembers(declared, inspect.isclass) if issubclass(kind, Rule) and kind is not Rule}


def test_every_kind_of_rule_is_looked_at_declared_on_a_layer_and_seen_failing_in_a_test() -> None:
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in TESTS.rglob("test_*.py") if "rules" in path.read_text(encoding="utf-8")]
    words = {node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    kinds = set(checking.LOOKS)

    assert declared_here() <= kinds
    assert {kind.code for kind in kinds} <= words
    assert {type(rule) for layer in registry.all() for rule in layer.rules} == kinds


def test_every_declared_rule_says_what_it_demands_in_both_languages_and_names_fields_that_are_there() -> None:
    for layer in registry.all():
        for rule in layer.rules:
            vi, en = rule.words()
            assert vi and en and vi != en
            named = [*getattr(rule, "fields", ()), *([rule.field] if hasattr(rule, "field") else [])]
            assert all(layer.field(name) for name in named), (layer.slug, rule)
            with connection.cursor() as cursor:
                cursor.execute(f"select count(*) from {layer.table()} t where {rule.rows or 'true'}")


def test_an_error_refuses_and_a_warning_wants_a_reason() -> None:
    left, _ = parcel(1, box(0, 0, 20, 30)), parcel(2, box(20, 0, 40, 30))

    with pytest.raises(editing.RULES_BROKEN) as refused:
        editing.apply(edits=[update("parcels", left, box(0, 0, 23, 30))], by=None, scope=SYSTEM, at=AT, because="a slip")

    assert refused.value.extra["issues"][0]["rule"] == "no_overlap"
    left.refresh_from_db()
    assert left.geom.area == pytest.approx(600)


def test_the_key_is_the_same_in_each_preview_though_the_parts_have_other_numbers() -> None:
    whole, _ = parcel(1, box(0, 0, 20, 30)), parcel(2, box(20, 0, 40, 30))
    edits = [delete("parcels", whole), create_parcel(3, box(0, 0, 10, 30)), create_parcel(4, box(10, 0, 22, 30))]

    first, again = issues(*edits), issues(*edits)
    elsewhere = issues(*edits[:2], create_parcel(4, box(10, 0, 23, 30)))

    assert [issue.key for issue in first] == [issue.key for issue in again]
    assert first[0].fids != again[0].fids
    assert first[0].key != elsewhere[0].key


def test_two_faults_in_one_place_are_both_told() -> None:
    parcel(1, box(20, 0, 40, 30)), parcel(2, box(20, 0, 40, 30))

    found = of(issues(create_parcel(3, box(25, 5, 30, 10))), "no_overlap")

    assert len(found) == 2 and len({issue.fids for issue in found}) == 2


def test_of_a_row_that_the_caller_may_not_see_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    left, hidden = parcel(1, box(0, 0, 20, 30)), parcel(2, box(20, 0, 40, 30), land_user_name="Nguyễn Văn A", status="disputed")
    monkeypatch.setattr(Parcels, "grants", (Grant("see_assets", rows="t.status <> 'disputed'"),))
    monkeypatch.setattr(Parcels, "review", False)
    wanted = update("parcels", left, box(0, 0, 23, 30))

    (found,) = issues(wanted, scope=OFFICER)
    told = repr(rules.as_json(found))

    assert (found.severity, found.fids, found.measure, found.geometry, found.fixes) == ("error", (left.pk,), None, None, ())
    assert "một đối tượng khác" in found.vi and "another feature" in found.en
    assert "1/2" not in told and "Nguyễn" not in told
    assert shapely.Point(found.place).distance(shapely.Point(shapely.get_coordinates(_lonlat(hidden)).mean(axis=0))) > 1e-5
    # nor in the list of what stands
    store(wanted)
    listed, _ = rules.standing(opened("parcels", OFFICER), box=(105.0, 9.0, 106.5, 10.5), at=AT)
    assert [(issue.fids, issue.geometry) for issue in listed] == [((left.pk,), None)]


def test_a_value_of_a_field_that_the_caller_may_not_see_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    rule = declared.AllowedValues(field="land_user_name", among=("Nguyễn Văn A",), vi="Người sử dụng đất", en="Land user", severity="warning")
    monkeypatch.setattr(Parcels, "rules", (rule,))
    row = parcel(1, box(0, 0, 20, 30))
    with acting(by=None, because="the register"):
        row.land_user_name = "Trần Thị Bí Mật"
        row.save()

    (seen,) = rules.everywhere(slug="parcels", scope=SYSTEM, at=AT)
    (unseen,) = rules.everywhere(slug="parcels", scope=OFFICER, at=AT)

    assert "Bí Mật" in seen.vi
    assert "Bí Mật" not in repr(rules.as_json(unseen))


def _lonlat(row: Any) -> shapely.Geometry:
    shape = row.geom.clone()
    shape.transform(4326)
    return shapely.from_wkb(bytes(shape.wkb))


def test_a_whole_layer_tells_each_pair_once_in_whatever_chunks() -> None:
    for number in range(6):
        parcel(number, box(number * 19, 0, number * 19 + 20, 30))

    whole = [issue.fids for chunk in (1, 2, 100) for issue in rules.everywhere(slug="parcels", scope=SYSTEM, at=AT, chunk=chunk)]
    some = [issue.fids for issue in rules.everywhere(slug="parcels", scope=SYSTEM, at=AT, fids=whole[0], chunk=1)]

    assert len(whole) == 15 and len(set(whole)) == 5
    assert whole[0] in some and len(some) == len(set(some))


def test_a_hostile_shape_is_given_up_on_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    row = parcel(1, box(0, 0, 20, 30))
    monkeypatch.setattr(checking, "LONGEST_S", 1)
    monkeypatch.setitem(checking.LOOKS, declared.NoOverlap, _sleeps)

    with pytest.raises(checking.TOO_LARGE_TO_CHECK):
        issues(update("parcels", row, box(0, 0, 20, 31)))


def _sleeps(asked: Any, rule: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute("select pg_sleep(5)")
    yield from ()


def test_the_callers_own_bound_in_time_holds_again_afterwards() -> None:
    row = parcel(1, box(0, 0, 20, 30))
    with acting(by=None, because="a test"), connection.cursor() as cursor:
        cursor.execute("set local statement_timeout = '77s'")
        rules.check(touched={"parcels": [row.pk]}, left={}, scope=SYSTEM, at=AT)
        cursor.execute("show statement_timeout")
        assert cursor.fetchone() == ("77s",)


def test_a_comb_of_many_vertices_over_many_parcels_is_checked_in_time() -> None:
    teeth = 4_000
    lower = [(x * 0.05, 0.0 if x % 2 else -40.0) for x in range(teeth)]
    comb = shapely.Polygon([*lower, (teeth * 0.05, -50.0), (0, -50.0)])
    for number in range(60):
        parcel(number, box(number * 3.0, 0.01, number * 3.0 + 3, 30))
    row = parcel(99, box(0, -90, 10, -80))

    assert of(issues(update("parcels", row, moved(comb))), "no_overlap") == []


def test_nothing_is_asked_of_a_layer_that_demands_nothing() -> None:
    assert list(rules.everywhere(slug="public_places", scope=SYSTEM, at=AT)) == []
    with acting(by=None, because="a test"):
        assert rules.check(touched={"public_places": [1], "no_such_layer": [2]}, left={}, scope=SYSTEM, at=AT) == []


def test_shapes_from_elsewhere_do_not_break_the_check() -> None:
    with acting(by=None, because="a test"):
        assert rules.check(touched={"parcels": [2**62]}, left={"parcels": [shapely.Polygon(), box(0, 0, 1, 1)]}, scope=SYSTEM, at=AT) == []


@pytest.mark.parametrize("chunk", [3, 1_000])
def test_a_large_change_is_looked_at_in_pieces_and_told_the_same(monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(checking, "CHUNK", chunk)
    rows = [parcel(number, box(number * 10, 0, number * 10 + 10, 30)) for number in range(12)]
    far = [parcel(100 + number, box(3_000 + number * 10, 0, 3_010 + number * 10, 20)) for number in range(3)]
    # moved onto one another, off one another, taken away, and one pair that lay so before
    store(update("parcels", rows[0], box(0, 0, 12, 30)))
    edits = [
        *(update("parcels", rows[number], land_use="CLN") for number in (0, 1)),
        update("parcels", rows[3], box(30, 0, 43, 30)),
        update("parcels", rows[4], box(39, 0, 50, 30)),
        update("parcels", rows[6], box(60.3, 0, 70, 30)),
        delete("parcels", rows[9]),
        delete("parcels", far[1]),
    ]

    found = issues(*edits)

    assert [(issue.rule, issue.fids, issue.measure) for issue in found] == [
        ("no_overlap", (rows[3].pk, rows[4].pk), 120.0),
        ("no_gaps", (rows[8].pk, rows[10].pk), 300.0),
        ("no_gaps", (far[0].pk, far[2].pk), 200.0),
        ("no_gaps", (rows[5].pk, rows[6].pk), pytest.approx(9, abs=1e-3)),
    ]
