"""Standing issues over HTTP and rules in the catalogue: told to whoever may edit the layer, and to nobody else."""

from typing import Any

import pytest
from django.test import Client

from geo.models import User
from tests.layers.rules.town import box, parcel, store, update

pytestmark = pytest.mark.django_db
ALL = "105.80,9.80,105.83,9.83"


def as_(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def asked(client: Client, bbox: str = ALL, slug: str = "parcels") -> Any:
    return client.get(f"/api/layers/{slug}/issues", {"bbox": bbox} if bbox else {})


@pytest.fixture
def overlap(db: None) -> tuple[int, int]:
    left, right = parcel(1, box(0, 0, 20, 30)), parcel(2, box(20, 0, 40, 30))
    store(update("parcels", left, box(0, 0, 23, 30)))
    return left.pk, right.pk


def test_an_officer_sees_what_stands_in_the_box(people: dict[str, User], overlap: tuple[int, int]) -> None:
    answer = asked(as_(people["officer"]))

    assert answer.status_code == 200
    (issue,) = answer.json()["issues"]
    assert (issue["rule"], issue["severity"], issue["fids"], issue["measure"], issue["unit"]) == ("no_overlap", "error", list(overlap), 90.0, "m²")
    assert answer.json()["incomplete"] is False
    edit = issue["fixes"][0]["edits"][0]
    assert (edit["op"], edit["version"]) == ("update", 2 if edit["fid"] == overlap[0] else 1)
    assert asked(as_(people["officer"]), "105.82,9.82,105.83,9.83").json()["issues"] == []


@pytest.mark.parametrize(("person", "status"), [("operator", 403), ("leader", 403), ("agency", 403), ("approver", 200)])
def test_who_may_not_edit_the_layer_is_not_told(people: dict[str, User], overlap: tuple[int, int], person: str, status: int) -> None:
    assert asked(as_(people[person])).status_code == status


def test_a_stranger_is_sent_to_sign_in_and_a_missing_layer_is_missing(people: dict[str, User]) -> None:
    assert asked(Client()).status_code == 401
    assert asked(as_(people["officer"]), slug="no_such_layer").status_code == 404


@pytest.mark.parametrize("bbox", ["", "1,2,3", "nan,0,1,1", "106,9,105,10"])
def test_a_box_that_is_none_is_refused(people: dict[str, User], bbox: str) -> None:
    assert asked(as_(people["officer"]), bbox).status_code in (400, 422)


def test_the_catalogue_says_what_a_layer_demands(people: dict[str, User]) -> None:
    layers = {layer["slug"]: layer for layer in as_(people["officer"]).get("/api/layers").json()["layers"]}

    assert {"rule": "no_overlap", "severity": "error"}.items() <= layers["parcels"]["rules"][0].items()
    assert "0,05 m" in layers["parcels"]["rules"][0]["vi"] and "0.05 m" in layers["parcels"]["rules"][0]["en"]
    assert layers["public_places"]["rules"] == []
