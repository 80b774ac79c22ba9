"""Gaps between polygons: what a change opens is found and can be filled; what was open before, or opens to the outside, is left alone."""

import pytest
import shapely

from geo.acting import acting
from layers import rules
from layers.access import SYSTEM, Scope
from layers.changing.edits import Edit
from layers.layer import Grant
from layers.library.parcels import Parcel, Parcels
from layers.rules import declared, gaps
from tests.layers.rules.town import AT, box, create_parcel, delete, fixed, in_metres, issues, moved, of, parcel, store, update, ward

pytestmark = pytest.mark.django_db
OFFICER = Scope(user_id=1, permissions=frozenset({"see_assets", "edit_land"}), fingerprint="officer")


@pytest.fixture
def row(db: None) -> list[Parcel]:
    """Five parcels in a row, 10 by 30 m each."""
    return [parcel(number, box(number * 10, 0, number * 10 + 10, 30)) for number in range(5)]


@pytest.fixture
def block(db: None) -> dict[tuple[int, int], Parcel]:
    """Nine parcels, three by three, 20 m each: the middle one is shut in."""
    return {(i, j): parcel(i * 3 + j, box(i * 20, j * 20, i * 20 + 20, j * 20 + 20)) for i in range(3) for j in range(3)}


def opened(*edits: Edit) -> list[rules.Issue]:
    return of(issues(*edits), "no_gaps")


def test_a_parcel_taken_away_between_two_that_nobody_touched_leaves_a_gap(row: list[Parcel]) -> None:
    (found,) = opened(delete("parcels", row[2]))

    assert (found.severity, found.measure, found.unit) == ("warning", 300.0, "m²")
    assert found.fids == (row[1].pk, row[3].pk)
    assert in_metres(found.geometry).symmetric_difference(box(20, 0, 30, 30)).area < 1e-3
    assert in_metres({"type": "Point", "coordinates": found.place}).within(box(20, 0, 30, 30))


def test_a_hole_in_the_middle_of_a_block_is_found_with_its_exact_area(block: dict[tuple[int, int], Parcel]) -> None:
    bent = moved(shapely.Polygon([(20, 20), (40, 20), (40, 40), (33, 27), (20, 40)]))

    (found,) = opened(update("parcels", block[1, 1], bent))

    hole = box(20, 20, 40, 40).difference(bent)
    assert found.measure == pytest.approx(hole.area, abs=1e-3)
    assert in_metres(found.geometry).symmetric_difference(hole).area < 1e-3
    assert block[1, 1].pk in found.fids and block[1, 2].pk in found.fids


def test_a_sliver_beside_the_neighbour_is_found(row: list[Parcel]) -> None:
    (found,) = opened(update("parcels", row[4], box(40.3, 0, 50, 30)))

    assert found.measure == pytest.approx(0.3 * 30, abs=1e-3)
    # ground that was covered is missed, however wide
    assert len(opened(update("parcels", row[4], box(43, 0, 50, 30)))) == 1


def test_a_sliver_thinner_than_the_tolerance_is_the_same_edge(row: list[Parcel]) -> None:
    assert opened(update("parcels", row[4], box(40.04, 0, 50, 30))) == []
    assert len(opened(update("parcels", row[4], box(40.06, 0, 50, 30)))) == 1


def test_a_new_parcel_that_leaves_a_sliver_is_told_and_one_that_leaves_an_alley_is_not(row: list[Parcel]) -> None:
    assert opened(create_parcel(9, box(50, 0, 60, 30))) == []
    assert opened(create_parcel(9, box(52, 0, 60, 30))) == []
    (found,) = opened(create_parcel(9, box(50.2, 0, 60, 30)))

    assert found.measure == pytest.approx(6, abs=1e-3)


def test_the_edge_of_the_land_may_draw_back(row: list[Parcel]) -> None:
    assert opened(delete("parcels", row[4])) == []
    assert opened(update("parcels", row[0], box(5, 0, 10, 30))) == []


def test_nothing_is_told_of_a_change_that_covers_the_same_ground(row: list[Parcel]) -> None:
    halves = [create_parcel(8, box(20, 0, 25, 30)), create_parcel(9, box(25, 0, 30, 30))]

    assert opened(delete("parcels", row[2]), *halves) == []
    assert opened(update("parcels", row[2], land_use="CLN")) == []
    assert opened(update("parcels", row[1], box(10, 0, 22, 30)), update("parcels", row[2], box(22, 0, 30, 30))) == []


def test_a_gap_that_was_there_does_not_block_and_one_that_grows_does(row: list[Parcel]) -> None:
    store(update("parcels", row[4], box(40.3, 0, 50, 30)))

    assert opened(update("parcels", row[4], land_use="CLN")) == []
    assert opened(update("parcels", row[4], box(40.3, 0, 51, 30))) == []
    assert opened(update("parcels", row[4], box(40.2, 0, 50, 30))) == []
    assert len(opened(update("parcels", row[4], box(40.45, 0, 50, 30)))) == 1


def test_a_yard_shut_in_by_a_new_parcel_is_left_and_a_hole_is_not(db: None) -> None:
    for number, edges in enumerate(((0, 0, 60, 20), (0, 20, 15, 60), (45, 20, 60, 60))):
        parcel(number, box(*edges))

    # 30 by 8 m of yard, and then a hole of 30 by 6
    assert opened(create_parcel(9, box(15, 28, 45, 60))) == []
    assert [issue.measure for issue in opened(create_parcel(9, box(15, 26, 45, 60)))] == [180.0]


def test_each_filling_mends_the_gap_and_makes_no_other_issue(block: dict[tuple[int, int], Parcel]) -> None:
    wanted = [update("parcels", block[1, 1], box(20, 20, 39, 40))]

    (found,) = opened(*wanted)

    assert len(found.fixes) >= 2
    for fix in found.fixes:
        assert issues(*fixed(wanted, fix)) == [], fix.vi


def test_a_filling_closes_the_hair_between_edges_that_do_not_share_their_vertices() -> None:
    shape = shapely.Polygon([(0, 0), (10, 0), (10, 10), (0, 10)])
    ground = shapely.Polygon([(10.0000001, 0), (11, 0), (11, 10), (10.0000001, 10)])

    assert gaps.filled(shape, ground, multi=False) is not None
    assert gaps.filled(shape, shapely.Polygon([(12, 0), (13, 0), (13, 10)]), multi=False) is None


def test_two_changes_far_apart_are_looked_at_apart(row: list[Parcel]) -> None:
    far = [parcel(100 + number, box(3000 + number * 10, 0, 3010 + number * 10, 30)) for number in range(3)]

    found = opened(delete("parcels", row[2]), delete("parcels", far[1]))

    assert sorted(issue.fids for issue in found) == [(row[1].pk, row[3].pk), (far[0].pk, far[2].pk)]


def test_wards_leave_no_ground_between_them_and_old_wards_do_not_count() -> None:
    west, east = ward(box(-500, 0, 0, 500)), ward(box(0, 0, 500, 500), "31411")
    north = ward(box(-500, 500, 500, 800), "31341")
    ward(box(-500, 0, 500, 500), "31342", valid_from="2020-01-01", valid_until="2025-07-01")

    assert opened(update("wards", west, shapely.multipolygons([box(-490, 0, 0, 500)]))) == []
    (found,) = opened(update("wards", west, shapely.multipolygons([box(-500, 0, -100, 500)])))

    assert found.fids == tuple(sorted((west.pk, east.pk, north.pk)))
    assert found.measure == pytest.approx(50_000)


def test_within_a_layer_that_ought_to_be_covered_whole_a_retreat_is_a_gap_too(row: list[Parcel], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Parcels, "rules", (declared.NoGaps(within="wards"),))
    ward(box(0, 0, 45, 100))

    (found,) = opened(delete("parcels", row[4]))

    assert found.measure == pytest.approx(5 * 30)


def test_a_standing_layer_tells_its_slivers_and_holes(row: list[Parcel]) -> None:
    store(update("parcels", row[4], box(40.3, 0, 50, 30)))

    found = of(list(rules.everywhere(slug="parcels", scope=SYSTEM, at=AT)), "no_gaps")

    assert [issue.measure for issue in found] == [pytest.approx(9, abs=1e-3)]


def test_beside_a_parcel_that_the_caller_may_not_see_a_gap_has_no_shape(row: list[Parcel], monkeypatch: pytest.MonkeyPatch) -> None:
    hidden = row[3]
    with acting(by=None, because="a suit"):
        hidden.status = "disputed"
        hidden.save()
    monkeypatch.setattr(Parcels, "grants", (Grant("see_assets", rows="t.status <> 'disputed'"),))
    monkeypatch.setattr(Parcels, "review", False)

    (found,) = of(issues(update("parcels", row[2], box(20, 0, 29.6, 30)), scope=OFFICER), "no_gaps")

    assert (found.geometry, found.measure, found.fixes) == (None, None, ())
    assert hidden.pk not in found.fids and found.fids == (row[2].pk,)
    assert in_metres({"type": "Point", "coordinates": found.place}).within(box(20, 0, 29.6, 30))
