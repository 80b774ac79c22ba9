"""Fitted speeds: proposed they change nothing, approved they are used at once in their hours, withdrawn they are gone, and every set is kept."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction

from geo.city import CITY
from geo.models import Event, User
from layers.models import SpeedFit
from layers.ways import pacing, travel
from layers.ways.pacing import BAD_FACTORS, REASON, Factor
from tests.conftest import city_wkt

pytestmark = pytest.mark.django_db
RUSH = datetime(2026, 3, 4, 7, 30, tzinfo=ZoneInfo(CITY.timezone))
NOON = RUSH.replace(hour=12)
SLOW = Factor("car", "street:primary", 6, 9, 0.5, 40)


def fit(*factors: Factor, at: datetime = RUSH) -> SpeedFit:
    return pacing.propose(factors=factors, since=at - timedelta(days=30), until=at, trips=40, report={}, by=None, at=at)


def seconds(at: datetime, mode: str = "car") -> float:
    start, end = (city_wkt("POINT", place) for place in ((0, 0), (400, 0)))
    way = travel.network(at).graph(mode).tree_to(end.x, end.y).way((start.x, start.y))
    assert way is not None
    return way.travel_s


def test_a_proposed_set_changes_nothing_and_an_approved_one_counts_at_once_in_its_hours_for_its_mode(people: dict[str, User], town: dict) -> None:
    before = seconds(RUSH)
    made = fit(SLOW)
    assert seconds(RUSH) == before

    pacing.approve(fit_id=made.pk, because="so với 40 lượt đi", by=people["admin"], at=RUSH)
    assert seconds(RUSH) == pytest.approx(2 * before)
    assert seconds(NOON) == pytest.approx(before)
    assert seconds(RUSH, "motorbike") == pytest.approx(before)
    assert Event.objects.filter(kind="speeds.approved", because="so với 40 lượt đi").count() == 1


def test_the_next_set_replaces_the_one_in_force_and_both_are_kept_with_who_and_why(people: dict[str, User], town: dict) -> None:
    first, second = fit(SLOW), fit(Factor("car", "street:primary", 6, 9, 0.8, 90))
    before = seconds(RUSH)
    for made in (first, second):
        pacing.approve(fit_id=made.pk, because="duyệt", by=people["admin"], at=RUSH)
    assert seconds(RUSH) == pytest.approx(before / 0.8)

    assert pacing.withdraw(because="đo lại", by=people["admin"], at=NOON) == 1
    assert seconds(RUSH) == pytest.approx(before)
    kept = SpeedFit.objects.order_by("pk").values_list("approved_by__username", "because", "in_force", "ended_at")
    assert list(kept) == [("admin", "duyệt", False, RUSH), ("admin", "duyệt", False, NOON)]


@pytest.mark.parametrize(
    "wrong",
    [Factor("dragon", "street:alley", 6, 9, 1, 9), Factor("car", "street:alley", 6, 10, 1, 9), Factor("car", "street:alley", 6, 9, 5, 9)],
)
def test_what_a_road_cannot_be_is_refused(db: None, wrong: Factor) -> None:
    with pytest.raises(BAD_FACTORS):
        fit(wrong)
    assert not SpeedFit.objects.exists()


def test_nobody_approves_without_a_reason_and_two_are_never_in_force(db: None) -> None:
    made = fit(SLOW)
    with pytest.raises(REASON):
        pacing.approve(fit_id=made.pk, because=" ", by=None, at=RUSH)
    pacing.approve(fit_id=made.pk, because="duyệt", by=None, at=RUSH)
    with pytest.raises(IntegrityError), transaction.atomic():
        SpeedFit.objects.filter(pk=fit(SLOW).pk).update(in_force=True)
