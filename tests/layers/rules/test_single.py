"""A feature that is wrong by itself or where it lies: too small, with a value that may not be, outside; each seen failing and passing."""

import pytest
import shapely

from geo.acting import acting
from geo.shapes import as_field
from layers.library.buildings import Building
from layers.library.hydrants import Hydrant
from layers.library.roads import Road
from tests.layers.rules.town import box, create_parcel, delete, fixed, in_metres, issues, line, of, parcel, point, store, update, ward

pytestmark = pytest.mark.django_db


def road(*offsets_m: tuple[float, float], **more: object) -> Road:
    values = {"name": "Hẻm 4", "road_class": "alley", "width_m": 3, "speed_kmh": 15, **more}
    with acting(by=None, because="the survey"):
        return Road.objects.create(geom=as_field(line(*offsets_m)), **values)


def test_a_parcel_smaller_than_a_slip_of_the_pen_is_refused() -> None:
    row = parcel(1, box(0, 0, 20, 30))

    assert issues(delete("parcels", row), create_parcel(2, box(0, 0, 20, 30))) == []
    parts = [create_parcel(2, box(0, 0, 20, 29.96)), create_parcel(3, box(0, 29.96, 20, 30))]
    (found,) = of(issues(delete("parcels", row), *parts), "minimum_size")

    assert (found.severity, found.unit, found.measure) == ("error", "m²", pytest.approx(0.8, abs=1e-3))


def test_what_was_too_small_already_may_be_edited_but_not_made_smaller() -> None:
    crumb = parcel(1, box(0, 0, 1, 0.8))

    assert issues(update("parcels", crumb, land_use="CLN")) == []
    assert issues(update("parcels", crumb, box(0, 0, 1, 0.9))) == []
    assert len(of(issues(update("parcels", crumb, box(0, 0, 1, 0.7))), "minimum_size")) == 1


def test_a_crumb_of_a_road_may_be_deleted_and_that_mends_it() -> None:
    street = road((0, 0), (100, 0))
    wanted = [update("roads", street, line((0, 0), (0.2, 0)))]

    (found,) = of(issues(*wanted), "minimum_size")

    assert (found.severity, found.measure) == ("warning", pytest.approx(0.2, abs=1e-3))
    assert issues(*fixed(wanted, found.fixes[0])) == []


def test_a_value_out_of_its_range_is_refused_and_the_bound_is_offered() -> None:
    street = road((0, 0), (100, 0))

    assert issues(update("roads", street, width_m=80)) == []
    wanted = [update("roads", street, width_m=300)]
    (found,) = issues(*wanted)

    assert (found.rule, found.severity) == ("allowed_values", "error")
    assert "300" in found.vi and "80" in found.vi
    assert issues(*fixed(wanted, found.fixes[0])) == []


def test_a_value_of_no_list_that_came_by_another_road_is_found_once_it_is_changed_but_does_not_block_others() -> None:
    street = road((0, 0), (100, 0), road_class="motorway", speed_kmh=500)

    assert issues(update("roads", street, name="Hẻm 5")) == []
    assert {issue.key for issue in issues(update("roads", street, speed_kmh=600))} != set()
    with acting(by=None, because="psql"):
        building = Building.objects.create(storeys=-2, geom=as_field(box(0, 0, 5, 5)))
    assert [issue.rule for issue in issues(update("buildings", building, storeys=-1))] == ["allowed_values"]


def test_an_empty_field_has_no_value_to_be_wrong() -> None:
    with acting(by=None, because="the survey"):
        building = Building.objects.create(geom=as_field(box(0, 0, 5, 5)))

    assert issues(update("buildings", building, address="Hùng Vương 4")) == []


def test_a_parcel_that_leaves_the_wards_is_a_warning_with_the_area_that_shapely_measures() -> None:
    ward(box(-500, 0, 0, 500)), ward(box(0, 0, 500, 500), "31411")
    row = parcel(1, box(-10, 480, 10, 495))

    # over the line between two wards is inside; within the slack is inside
    assert issues(update("parcels", row, box(-10, 480, 10, 500.9))) == []
    out = box(-10, 480, 10, 506)
    (found,) = issues(update("parcels", row, out))
    allowed = shapely.union(box(-500, 0, 0, 500), box(0, 0, 500, 500)).buffer(1.0, quad_segs=4)

    assert (found.rule, found.severity) == ("inside", "warning")
    assert found.measure == pytest.approx(out.difference(allowed).area, abs=1e-3)
    assert in_metres(found.geometry).symmetric_difference(out.difference(allowed)).area < 1e-3
    assert issues(*fixed([update("parcels", row, out)], found.fixes[0])) == []


def test_only_units_that_are_valid_today_are_a_place_to_be_in() -> None:
    ward(box(-500, 0, 500, 500))
    ward(box(-500, 500, 500, 900), "31341", valid_from="2020-01-01", valid_until="2025-07-01")
    row = parcel(1, box(0, 400, 20, 450))

    assert len(of(issues(update("parcels", row, box(0, 400, 20, 550))), "inside")) == 1


def test_what_lay_outside_before_is_left_alone_until_more_of_it_does() -> None:
    ward(box(-500, 0, 500, 500))
    row = parcel(1, box(0, 450, 20, 480))
    store(update("parcels", row, box(0, 450, 20, 520)))

    assert issues(update("parcels", row, land_use="CLN")) == []
    assert issues(update("parcels", row, box(0, 450, 20, 515))) == []
    assert len(of(issues(update("parcels", row, box(0, 450, 20, 530))), "inside")) == 1


def test_a_city_without_wards_has_nothing_to_lie_outside_of() -> None:
    assert issues(update("parcels", parcel(1, box(0, 0, 20, 30)), box(0, 0, 20, 31))) == []


def test_a_hydrant_outside_the_wards_is_told_without_a_size() -> None:
    ward(box(-500, 0, 500, 500))
    with acting(by=None, because="the survey"):
        row = Hydrant.objects.create(asset_code="H-1", geom=as_field(point(0, 10)))

    assert issues(update("hydrants", row, point(0, 515))) == []
    (found,) = issues(update("hydrants", row, point(0, 530)))

    assert (found.rule, found.measure, found.fixes) == ("inside", None, ())


def test_a_ward_that_shrinks_tells_which_parcels_it_leaves_outside() -> None:
    unit = ward(box(-500, 0, 500, 500))
    near, far = parcel(1, box(480, 100, 499, 130)), parcel(2, box(0, 0, 20, 30))

    found = of(issues(update("wards", unit, shapely.multipolygons([box(-500, 0, 490, 500)]))), "inside")

    assert [(issue.layer, issue.fids) for issue in found] == [("parcels", (near.pk,))]
    assert far.pk not in found[0].fids


def test_a_measured_area_far_from_the_legal_one_wants_a_word() -> None:
    row = parcel(1, box(0, 0, 20, 30), legal_area_m2=600)

    assert issues(update("parcels", row, box(0, 0, 20, 30.5))) == []
    (found,) = issues(update("parcels", row, box(0, 0, 20, 31)))

    assert (found.rule, found.severity, found.measure, found.unit, found.fixes) == ("area_tolerance", "warning", 20.0, "m²", ())
    assert "620" in found.vi and "600" in found.vi and "3,3 %" in found.vi and "3.3 %" in found.en
    assert len(issues(update("parcels", row, legal_area_m2=500))) == 1


def test_an_old_difference_of_areas_does_not_block_until_it_grows() -> None:
    row = parcel(1, box(0, 0, 20, 33), legal_area_m2=600)

    assert issues(update("parcels", row, land_use="CLN")) == []
    assert issues(update("parcels", row, box(0, 0, 20, 32))) == []
    assert [issue.rule for issue in issues(update("parcels", row, box(0, 0, 20, 34)))] == ["area_tolerance"]


def test_a_small_parcel_is_given_a_square_metre() -> None:
    row = parcel(1, box(0, 0, 4, 5), legal_area_m2=20)

    assert issues(update("parcels", row, box(0, 0, 4.2, 5))) == []
    assert len(issues(update("parcels", row, box(0, 0, 4.3, 5)))) == 1
