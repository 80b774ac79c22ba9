"""The moments of a layer's changes: one for each transaction, within a box and a span, and only of what the caller may see."""

from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from geo.acting import acting
from geo.models import User
from incidents.models import Incident
from layers.library.hydrants import Hydrant
from tests.conftest import city_wkt
from tests.layers.remembering.test_past import as_, case, change, now, told

pytestmark = pytest.mark.django_db(transaction=True)
HERE, FAR = "105.8149,9.8164,105.8151,9.8166", "105.80,9.80,105.801,9.801"


def asked(client: Client, slug: str = "hydrants", **given: str) -> list[dict[str, Any]]:
    answer = client.get(f"/api/layers/{slug}/history", given)
    assert answer.status_code == 200, answer.content
    return answer.json()["items"]


@pytest.fixture
def a_day(people: dict[str, User]) -> list[datetime]:
    """Three hydrants are made at once, two of them moved away under a paper, one deleted; the moments before, between and after."""
    between = [now()]
    with acting(by=None, because="survey"):
        made = [Hydrant.objects.create(asset_code=str(n), geom=city_wkt("POINT", (n, 0))) for n in range(3)]
    between.append(now())
    with acting(by=people["officer"], because="moved", document="7/QĐ", change_set=9):
        for one in made[:2]:
            Hydrant.objects.filter(pk=one.pk).update(geom=city_wkt("POINT", (900, 900)), version=2)
    between.append(now())
    with acting(by=None, because="broken"):
        made[2].delete()
    return [*between, now()]


def test_each_transaction_is_one_moment_with_who_why_and_how_much(people: dict[str, User], a_day: list[datetime]) -> None:
    items = asked(as_(people["officer"]))

    assert [(one["by"], one["because"], one["document"], one["change_set"], one["created"], one["changed"], one["deleted"]) for one in items] == [
        (None, "broken", "", None, 0, 0, 1),
        ("officer", "moved", "7/QĐ", 9, 0, 2, 0),
        (None, "survey", "", None, 3, 0, 0),
    ]
    for one, (earlier, later) in zip(items, [(2, 3), (1, 2), (0, 1)], strict=True):
        assert a_day[earlier] < datetime.fromisoformat(one["at"]) < a_day[later]


def test_a_span_and_a_box_narrow_it_and_what_has_left_the_box_still_counts(people: dict[str, User], a_day: list[datetime]) -> None:
    officer = as_(people["officer"])

    assert [one["because"] for one in asked(officer, **{"from": told(a_day[1]), "until": told(a_day[2])})] == ["moved"]
    assert [(one["because"], one["created"] + one["changed"] + one["deleted"]) for one in asked(officer, bbox=HERE)] == [
        ("broken", 1), ("moved", 2), ("survey", 3),
    ]  # fmt: skip
    assert asked(officer, bbox=FAR) == []


def test_who_sees_some_rows_hears_of_those_alone(people: dict[str, User]) -> None:
    """Prove that neither the number nor the moment of a restricted case's changes is told."""
    shown, hidden = case(), case(restricted=True)
    change(shown, severity=4)
    change(hidden, severity=4)
    change(Incident.objects.get(pk=hidden.pk), severity=5)

    assert sum(one["created"] + one["changed"] for one in asked(as_(people["operator"]), "incidents")) == 2
    assert Client().get("/api/layers/roads/history").status_code == 401
    assert as_(people["field"]).get("/api/layers/no_such_layer/history").status_code == 404


@pytest.mark.parametrize("given", [{"bbox": "a,b,c,d"}, {"from": "yesterday"}, {"until": "2026-11-26"}])
def test_what_is_no_box_or_no_moment_is_refused(given: dict[str, str], people: dict[str, User]) -> None:
    assert as_(people["officer"]).get("/api/layers/roads/history", given).status_code == 400
