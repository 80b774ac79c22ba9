"""Features in each other's way: polygons that overlap, points for one thing, keys used twice; each seen failing and passing."""

from datetime import date

import pytest
import shapely
from django.db import connection
from shapely.geometry.base import BaseGeometry

from geo.acting import acting
from geo.shapes import as_field
from layers import rules
from layers.access import SYSTEM
from layers.library.parcels import Parcels
from layers.library.street_lights import StreetLight
from layers.rules import declared, pairs
from tests.layers.rules.town import AT, box, create_parcel, delete, fixed, in_metres, issues, moved, of, parcel, point, store, update, ward

pytestmark = pytest.mark.django_db
RULE = next(rule for rule in Parcels.rules if isinstance(rule, declared.NoOverlap))


def test_a_parcel_may_touch_its_neighbours_but_not_lie_on_one() -> None:
    left, right = parcel(1, box(0, 0, 20, 30)), parcel(2, box(20, 0, 40, 30))

    assert of(issues(update("parcels", left, box(0, 0, 20, 29))), "no_overlap") == []
    found = of(issues(update("parcels", left, box(0, 0, 23, 30))), "no_overlap")

    assert [(issue.severity, issue.fids, issue.measure, issue.unit) for issue in found] == [("error", (left.pk, right.pk), 90.0, "m²")]
    assert "1/2" in found[0].vi and "90 m²" in found[0].en


@pytest.mark.parametrize(("east_m", "faults"), [(20.04, 0), (20.06, 1)])
def test_edges_that_differ_by_less_than_the_tolerance_are_the_same_edge(east_m: float, faults: int) -> None:
    left, _ = parcel(1, box(0, 0, 20, 30)), parcel(2, box(20, 0, 40, 30))

    assert len(of(issues(update("parcels", left, box(0, 0, east_m, 30))), "no_overlap")) == faults


def test_a_wide_blot_at_the_end_of_a_hair_of_overlap_is_seen() -> None:
    left, right = parcel(1, box(0, 0, 20, 100)), parcel(2, box(20, 0, 40, 100))
    hair = moved(shapely.Polygon([(0, 0), (20.01, 0), (20.01, 50), (21, 50), (21, 51), (20.01, 51), (20.01, 100), (0, 100)]))

    found = of(issues(update("parcels", left, hair)), "no_overlap")

    assert [issue.fids for issue in found] == [(left.pk, right.pk)]


def test_the_overlap_is_what_shapely_measures() -> None:
    standing = [box(0, 0, 20, 30), moved(shapely.Polygon([(20, 0), (45, 3), (38, 30), (20, 30)])), box(-15, 25, 3, 60)]
    rows = [parcel(number, shape) for number, shape in enumerate(standing)]
    bent = moved(shapely.Polygon([(-2, -1), (22, 1), (26, 17), (19, 33), (-3, 28)]))
    met = {1: bent.intersection(standing[1]), 2: bent.intersection(standing[2])}

    found = of(issues(update("parcels", rows[0], bent)), "no_overlap")

    assert {issue.fids: pytest.approx(issue.measure, abs=1e-3) for issue in found} == {
        tuple(sorted((rows[0].pk, rows[other].pk))): fault.area for other, fault in met.items()
    }
    for issue in found:
        other = next(number for number in met if rows[number].pk in issue.fids)
        assert in_metres(issue.geometry).symmetric_difference(met[other]).area < 1e-3
        assert in_metres({"type": "Point", "coordinates": issue.place}).within(met[other])


def test_an_overlap_that_was_there_and_is_no_worse_does_not_block() -> None:
    left, _ = parcel(1, box(0, 0, 20, 30)), parcel(2, box(20, 0, 40, 30))
    store(update("parcels", left, box(0, 0, 23, 30)))

    assert of(issues(update("parcels", left, land_use="CLN")), "no_overlap") == []
    assert of(issues(update("parcels", left, box(0, 0, 23, 28))), "no_overlap") == []
    assert of(issues(update("parcels", left, box(0, 0, 21, 30))), "no_overlap") == []
    assert len(of(issues(update("parcels", left, box(0, 0, 24, 30))), "no_overlap")) == 1


def test_both_sides_of_an_old_overlap_may_be_touched_at_once() -> None:
    left, right = parcel(1, box(0, 0, 20, 30)), parcel(2, box(20, 0, 40, 30))
    store(update("parcels", left, box(0, 0, 23, 30)))

    old = [update("parcels", left, box(0, 0, 23, 29)), update("parcels", right, box(20, 0, 40, 29))]
    worse = [update("parcels", left, box(0, 0, 24, 30)), update("parcels", right, box(19, 0, 40, 30))]

    assert of(issues(*old), "no_overlap") == []
    assert len(of(issues(*worse), "no_overlap")) == 1


def test_the_parts_of_a_split_take_an_old_overlap_over() -> None:
    left, _ = parcel(1, box(0, 0, 20, 30)), parcel(2, box(20, 0, 40, 30))
    store(update("parcels", left, box(0, 0, 23, 30)))

    parts = [create_parcel(3, box(0, 0, 10, 30)), create_parcel(4, box(10, 0, 23, 30))]
    beyond = [create_parcel(3, box(0, 0, 10, 30)), create_parcel(4, box(10, 0, 25, 30))]

    assert of(issues(delete("parcels", left), *parts), "no_overlap") == []
    assert len(of(issues(delete("parcels", left), *beyond), "no_overlap")) == 1


def test_what_is_planned_may_lie_on_what_is_until_it_is_in_use() -> None:
    parcel(1, box(0, 0, 20, 30))
    planned = parcel(2, box(10, 0, 40, 30), status="planned")

    assert of(issues(update("parcels", planned, box(5, 0, 40, 30))), "no_overlap") == []
    assert len(of(issues(update("parcels", planned, status="in_use")), "no_overlap")) == 1


def test_wards_of_one_time_do_not_overlap_and_old_ones_lie_under_new_ones() -> None:
    ward(box(-500, 500, 500, 900), "31341", valid_from=date(2020, 1, 1), valid_until=date(2025, 7, 1))
    ward(box(0, 510, 100, 590), "q1", kind="khu_vuc")
    new, other = ward(box(-500, 0, 500, 500)), ward(box(500, 0, 900, 500), "31411")

    assert of(issues(update("wards", new, shapely.multipolygons([box(-500, 0, 500, 600)]))), "no_overlap") == []
    (found,) = of(issues(update("wards", new, shapely.multipolygons([box(-500, 0, 510, 600)]))), "no_overlap")
    assert (found.fids, found.measure) == ((new.pk, other.pk), pytest.approx(5_000))


def test_each_cut_that_is_offered_mends_the_overlap_and_makes_no_other() -> None:
    left, _ = parcel(1, box(0, 0, 20, 30)), parcel(2, box(20, 0, 40, 30))
    wanted = [update("parcels", left, box(0, 0, 23, 30))]

    (found,) = of(issues(*wanted), "no_overlap")

    assert [len(fix.edits) for fix in found.fixes] == [1, 1]
    assert {fix.edits[0].fid for fix in found.fixes} == set(found.fids)
    for fix in found.fixes:
        assert issues(*fixed(wanted, fix)) == []


def test_a_parcel_that_is_being_drawn_is_offered_as_it_would_be_without_the_overlap() -> None:
    standing = parcel(2, box(20, 0, 40, 30))
    wanted = [create_parcel(3, box(0, 0, 23, 30))]

    (found,) = of(issues(*wanted), "no_overlap")

    assert sorted(fix.edits[0].op for fix in found.fixes) == ["create", "update"]
    made = next(fix for fix in found.fixes if fix.edits[0].op == "create")
    assert made.edits[0].fid is None and made.edits[0].properties is not None and made.edits[0].properties["parcel_no"] == 3
    assert issues(*fixed(wanted, made)) == []
    assert {fix.edits[0].fid for fix in found.fixes} == {None, standing.pk}


def test_no_cut_is_offered_that_would_leave_pieces() -> None:
    bar, _ = parcel(1, box(0, 0, 10, 30)), parcel(2, box(-30, 10, 60, 20))

    (found,) = of(issues(update("parcels", bar, box(0, 0, 11, 30))), "no_overlap")

    # across one another: neither stays in one piece
    assert found.fixes == ()
    assert pairs.cut(box(0, 0, 10, 30), box(-30, 10, 60, 20), RULE, whole=True) is not None


def _bow(shape: BaseGeometry) -> BaseGeometry:
    x0, y0, x1, y1 = shape.bounds
    return shapely.Polygon([(x0, y0), (x1, y1), (x1, y0), (x0, y1)])


def test_a_neighbour_that_is_not_valid_does_not_break_the_check() -> None:
    left, right = parcel(1, box(0, 0, 20, 30)), parcel(2, box(20, 0, 40, 30))
    with acting(by=None, because="psql"), connection.cursor() as cursor:
        # a table without the gateway's check, as one that was there before us may be
        cursor.execute("alter table layers_parcel drop constraint if exists geom_is_sane")
        right.geom = as_field(_bow(box(20, 0, 40, 30)))
        right.save()

    assert len(of(issues(update("parcels", left, box(0, 0, 23, 30))), "no_overlap")) == 1


def test_two_poles_in_one_place_are_one_pole_entered_twice() -> None:
    with acting(by=None, because="the survey"):
        first = StreetLight.objects.create(asset_code="L-1", geom=as_field(point(0, 0)))
        second = StreetLight.objects.create(asset_code="L-2", geom=as_field(point(5, 0)))

    assert of(issues(update("street_lights", second, point(0.6, 0))), "apart") == []
    (found,) = of(issues(update("street_lights", second, point(0.3, 0))), "apart")

    assert (found.severity, found.fids, found.measure, found.unit) == ("warning", (first.pk, second.pk), pytest.approx(0.3, abs=1e-3), "m")
    for fix in found.fixes:
        assert of(issues(*fixed([update("street_lights", second, point(0.3, 0))], fix)), "apart") == []


def test_a_pole_that_stays_where_it_always_was_is_left_alone() -> None:
    with acting(by=None, because="the survey"):
        first = StreetLight.objects.create(asset_code="L-1", geom=as_field(point(0, 0)))
        StreetLight.objects.create(asset_code="L-2", geom=as_field(point(0.1, 0)))

    assert issues(update("street_lights", first, lamp="LED 2")) == []
    assert len(of(issues(update("street_lights", first, point(0.05, 0))), "apart")) == 1


def test_a_code_is_used_once_at_a_time() -> None:
    ward(box(-500, 0, 0, 500), "31340", valid_from=date(2020, 1, 1), valid_until=date(2025, 7, 1))
    ward(box(0, 0, 500, 500), "31341")
    again = ward(box(-500, 0, 0, 500), "31340", valid_from=date(2024, 1, 1))

    # the same code, begun before the other had ended
    assert [issue.severity for issue in _twice()] == ["error"]
    with acting(by=None, because="the decree"):
        again.valid_from = date(2025, 7, 1)
        again.save()
    assert _twice() == []


def _twice() -> list[rules.Issue]:
    return of(list(rules.everywhere(slug="wards", scope=SYSTEM, at=AT)), "unique_key")
