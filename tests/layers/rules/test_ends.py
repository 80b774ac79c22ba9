"""Ends that come near to another line and miss it: found, snapped, cut into a junction; those that missed it before are left alone."""

from typing import Any

import pytest

from geo.acting import acting
from geo.shapes import as_field
from layers import rules
from layers.access import SYSTEM, Scope
from layers.changing.edits import Edit
from layers.layer import Grant
from layers.library.canals import Canal
from layers.library.drains import Drain
from layers.library.roads import Road, Roads
from tests.layers.rules.town import AT, delete, fixed, in_metres, issues, line, of, update

pytestmark = pytest.mark.django_db
BACK_M = 0.001
OFFICER = Scope(user_id=1, permissions=frozenset({"see_assets", "edit_assets"}), fingerprint="officer")


def road(*offsets_m: tuple[float, float], name: str = "Hùng Vương") -> Road:
    with acting(by=None, because="the survey"):
        return Road.objects.create(name=name, road_class="alley", width_m=3, speed_kmh=15, geom=as_field(line(*offsets_m)))


def missing(*edits: Edit) -> list[rules.Issue]:
    return of(issues(*edits), "connected")


def new_road(*offsets_m: tuple[float, float]) -> Edit:
    properties: dict[str, Any] = {"name": "Hẻm mới", "road_class": "alley", "width_m": 3, "oneway": False, "speed_kmh": 15, "bridge": False}
    return Edit("roads", "create", properties=properties, geometry=line(*offsets_m))


def test_an_end_that_misses_another_end_is_told_and_snapped(db: None) -> None:
    street = road((0, 0), (100, 0))

    assert missing(new_road((100, 0), (100, 50))) == []
    assert missing(new_road((105, 0), (150, 0))) == []
    wanted = [new_road((101.2, 0), (150, 0))]
    (found,) = missing(*wanted)

    assert (found.severity, found.unit, found.measure) == ("warning", "m", pytest.approx(1.2, abs=1e-3))
    assert street.pk in found.fids
    assert in_metres({"type": "Point", "coordinates": found.place}).distance(line((101.2, 0), (101.2, 1))) < BACK_M
    (fix,) = found.fixes
    assert issues(*fixed(wanted, fix)) == []
    made = in_metres(fix.edits[0].geometry)
    assert made.distance(line((100, 0), (100, 1))) < BACK_M and made.length == pytest.approx(50, abs=1e-3)


def test_an_end_beside_the_middle_of_a_street_cuts_it_at_the_junction(db: None) -> None:
    street, alley = road((0, 0), (100, 0)), road((50, 60), (50, 40), name="Hẻm 4")
    wanted = [update("roads", alley, line((50, 60), (50, 1.5)))]

    (found,) = missing(*wanted)
    (fix,) = found.fixes

    assert sorted(edit.op for edit in fix.edits) == ["create", "update", "update"]
    assert issues(*fixed(wanted, fix)) == []
    kept = next(edit for edit in fix.edits if edit.op == "create").properties
    assert kept is not None and (kept["name"], kept["width_m"]) == ("Hùng Vương", 3.0)
    assert sum(in_metres(edit.geometry).length for edit in fix.edits if edit.fid != alley.pk) == pytest.approx(100, abs=1e-3)
    assert street.pk in {edit.fid for edit in fix.edits}


def test_an_end_on_the_body_of_a_street_is_no_junction_of_the_network(db: None) -> None:
    road((0, 0), (100, 0))
    alley = road((50, 40), (50, 20), name="Hẻm 4")
    wanted = update("roads", alley, line((50, 40), (50, 0)))

    (found,) = missing(wanted)
    (new,) = missing(new_road((80, 0), (80, 40)))

    assert found.measure == pytest.approx(0, abs=1e-6)
    assert len(found.fixes[0].edits) == 3
    # a line that is only now being drawn: nothing that would make it twice
    assert new.fixes == ()


def test_of_a_line_that_the_caller_may_not_see_nothing_is_told(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    hidden = road((0, 0), (100, 0), name="Đường mật")
    monkeypatch.setattr(Roads, "grants", (Grant(rows="t.name <> 'Đường mật'"),))

    (found,) = of(issues(new_road((101.2, 0), (150, 0)), scope=OFFICER), "connected")

    assert (found.measure, found.geometry, found.fixes) == (None, None, ())
    assert hidden.pk not in found.fids and "mật" not in repr(rules.as_json(found))
    assert "another feature" in found.en


def test_a_drain_may_meet_another_anywhere_along_it(db: None) -> None:
    with acting(by=None, because="the survey"):
        Drain.objects.create(asset_code="D-1", geom=as_field(line((0, 0), (100, 0))))
        branch = Drain.objects.create(asset_code="D-2", geom=as_field(line((50, 40), (50, 20))))

    assert missing(update("drains", branch, line((50, 40), (50, 0)))) == []
    wanted = [update("drains", branch, line((50, 40), (50, 0.8)))]
    (found,) = missing(*wanted)

    assert issues(*fixed(wanted, found.fixes[0])) == []


def test_a_canal_reaches_farther(db: None) -> None:
    with acting(by=None, because="the survey"):
        for offsets in (((0, 0), (100, 0)), ((110, 0), (200, 0))):
            canal = Canal.objects.create(canal_class="ditch", width_m=3, geom=as_field(line(*offsets)))

    assert len(missing(update("canals", canal, line((104, 0), (200, 0))))) == 1


def test_an_end_that_missed_before_does_not_block(db: None) -> None:
    road((0, 0), (100, 0))
    late = road((101, 0), (150, 0))

    assert missing(update("roads", late, name="Hẻm 5")) == []
    assert missing(update("roads", late, line((101, 0), (150, 5)))) == []
    assert len(missing(update("roads", late, line((101, 0.5), (150, 5))))) == 1


def test_a_street_that_moves_away_tells_of_the_ends_that_it_leaves(db: None) -> None:
    street, alley = road((0, 0), (100, 0)), road((100, 0), (100, 50), name="Hẻm 4")

    found = missing(update("roads", street, line((0, 0), (99, 0))))

    # both ends look at the same metre of air
    assert [issue.fids for issue in found] == [tuple(sorted((street.pk, alley.pk)))]
    assert missing(delete("roads", street)) == []


def test_a_drain_that_moves_aside_leaves_the_end_of_one_that_nobody_touched(db: None) -> None:
    with acting(by=None, because="the survey"):
        main = Drain.objects.create(asset_code="D-1", geom=as_field(line((0, 0), (100, 0))))
        branch = Drain.objects.create(asset_code="D-2", geom=as_field(line((50, -40), (50, 0))))

    (found,) = missing(update("drains", main, line((0, 0.5), (100, 0.5))))

    assert found.fids == (main.pk, branch.pk)
    assert found.fixes[0].edits[0].fid == branch.pk


def test_a_ring_has_no_ends(db: None) -> None:
    road((0, 0), (100, 0))

    assert missing(new_road((50, 1), (60, 10), (40, 10), (50, 1))) == []


def test_a_standing_network_tells_its_loose_ends(db: None) -> None:
    road((0, 0), (100, 0))
    road((101, 0), (150, 0))

    from_all = [issue for issue in rules.everywhere(slug="roads", scope=SYSTEM, at=AT) if issue.rule == "connected"]

    assert len(from_all) == 1
