"""Two officers, one feature, every pair of what they may do: the outcome is what docs/conflicts.md says, and nothing is lost."""

import re
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from geo.acting import acting
from geo.models import User
from layers.library.parcels import Parcel
from layers.library.roads import Road
from layers.models import ChangeSet, History
from tests.conftest import city_wkt
from tests.house.test_changesets import as_, call, draft
from tests.house.test_editing import lonlat

pytestmark = pytest.mark.django_db
KINDS = ("attribute", "geometry", "delete", "split")
TABLE = Path(__file__).resolve().parents[2] / "docs" / "conflicts.md"
RING = ((10, 10), (30, 10), (30, 40), (10, 40), (10, 10))
WIDER = ((10, 10), (32, 10), (32, 40), (10, 40), (10, 10))
WIDEST = ((10, 10), (34, 10), (34, 40), (10, 40), (10, 10))
HALVES = (((10, 10), (20, 10), (20, 40), (10, 40), (10, 10)), ((20, 10), (30, 10), (30, 40), (20, 40), (20, 10)))


def said() -> dict[tuple[str, str], str]:
    """The table of the documentation: (first, second) → what becomes of the second."""
    rows = [re.split(r"\s*\|\s*", line.strip().strip("|").strip()) for line in TABLE.read_text().splitlines() if line.startswith("| ")]
    head = next(row for row in rows if row[0].startswith("first"))
    return {(row[0], second): cell for row in rows if row[0] in KINDS for second, cell in zip(head[1:], row[1:], strict=True)}


def polygon(ring: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [lonlat(*ring)]}


def line(*offsets: tuple[float, float]) -> dict[str, Any]:
    return {"type": "LineString", "coordinates": lonlat(*offsets)}


def of_parcel(kind: str, fid: int, who: int) -> list[dict[str, Any]]:
    base = {"layer": "parcels", "fid": fid, "version": 1}
    named = {"sheet_no": 12, "land_use": "ODT", "ward_code": "31340", "ward_valid_from": "2025-07-01"}
    return {
        "attribute": [{**base, "op": "update", "properties": {"status": ("disputed", "planned")[who]}}],
        "geometry": [{**base, "op": "update", "geometry": polygon((WIDER, WIDEST)[who])}],
        "delete": [{**base, "op": "delete"}],
        "split": [
            *(
                {"layer": "parcels", "op": "create", "parents": [fid], "properties": {**named, "parcel_no": 900 + 10 * who + part}, "geometry": polygon(ring)}
                for part, ring in enumerate(HALVES)
            ),
            {**base, "op": "delete"},
        ],
    }[kind]


def of_road(kind: str, fid: int, who: int) -> list[dict[str, Any]]:
    base = {"layer": "roads", "fid": fid, "version": 1}
    named = {"name": "Hùng Vương", "road_class": "primary", "width_m": 12, "speed_kmh": 40}
    return {
        "attribute": [{**base, "op": "update", "properties": {"name": ("Một", "Hai")[who]}}],
        "geometry": [{**base, "op": "update", "geometry": line((0, 0), (200, 5 + who), (400, 0))}],
        "delete": [{**base, "op": "delete"}],
        "split": [
            *(
                {"layer": "roads", "op": "create", "parents": [fid], "properties": named, "geometry": line(*ends)}
                for ends in (((0, 0), (200, 0)), ((200, 0), (400, 0)))
            ),
            {**base, "op": "delete"},
        ],
    }[kind]


def test_the_table_has_every_pair() -> None:
    assert set(said()) == set(product(KINDS, KINDS))
    assert set(said().values()) <= {"merged", "refused", "told of the deletion", "nothing left"}


@pytest.mark.parametrize(("first", "second"), list(product(KINDS, KINDS)))
def test_two_change_sets_of_one_parcel(first: str, second: str, people: dict[str, User], town: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    parcel = town["parcel"].pk
    other = User.objects.create_user(username="officer2", password="a long enough word", agency=people["officer"].agency)
    other.roles.set(people["officer"].roles.all())
    one, two, approver = as_(people["officer"]), as_(other), as_(people["approver"])
    early, late = draft(one, *of_parcel(first, parcel, 0)), draft(two, *of_parcel(second, parcel, 1))
    early = call(one, f"/{early['id']}/submit", {"because": "một"}, early["version"]).json()
    late = call(two, f"/{late['id']}/submit", {"because": "hai"}, late["version"]).json()
    assert call(approver, f"/{early['id']}/approve", {}, early["version"]).status_code == 200

    answer = call(approver, f"/{late['id']}/approve", {}, late["version"])

    judge(said()[first, second], answer, first, second)
    if answer.status_code != 200:
        # What the second wanted waits, whole, for its author to look at it again.
        assert ChangeSet.objects.get(pk=late["id"]).status == "submitted"
        kept = two.get(f"/api/changesets/{late['id']}").json()
        assert [each["edit"] for each in kept["edits"]] == [{**wanted} for wanted in of_parcel(second, parcel, 1)]
        assert kept["problem"]["code"] == answer.json()["code"]
    else:
        now = Parcel.objects.get(pk=parcel)
        assert (now.status, now.version) == ("disputed" if first == "attribute" else "planned", 3)
        assert now.geom.equals_exact(city_wkt("POLYGON", *(WIDER if first == "geometry" else WIDEST)), 0.01)
    assert_first_is_kept(first, "parcels", parcel)


@pytest.mark.parametrize(("first", "second"), list(product(KINDS, KINDS)))
def test_two_direct_edits_of_one_road(first: str, second: str, people: dict[str, User], town: dict) -> None:
    road, officer = town["street"].pk, as_(people["officer"])

    def apply(client: Client, wanted: list[dict[str, Any]]) -> Any:
        return client.post("/api/edits", {"edits": wanted, "because": "thử"}, content_type="application/json")

    assert apply(officer, of_road(first, road, 0)).status_code == 200
    answer = apply(as_(people["approver"]), of_road(second, road, 1))

    if said()[first, second] == "merged":
        # Over HTTP a stale version is always 412; where nothing clashes it says so, and the same edit on the new version goes through.
        assert (answer.status_code, answer.json()["mergeable"], answer.json()["clashes"]) == (412, True, [])
        wanted = [{**edit, "version": answer.json()["theirs"]["version"]} for edit in of_road(second, road, 1)]
        answer = apply(as_(people["approver"]), wanted)
        assert Road.objects.get(pk=road).name == ("Một" if first == "attribute" else "Hai")
    judge(said()[first, second], answer, first, second)
    assert_first_is_kept(first, "roads", road)


def judge(expected: str, answer: Any, first: str, second: str) -> None:
    told = answer.json()
    if expected == "merged":
        assert answer.status_code == 200, told
    elif expected == "nothing left":
        assert (answer.status_code, told["code"]) == (404, "not_found")
    else:
        assert (answer.status_code, told.get("code"), told.get("mergeable")) == (412, "stale", False)
        assert (told["theirs"] is None) == (expected == "told of the deletion")
        assert told["base"] is not None
        wanted = {"attribute": "properties", "geometry": "geometry"}.get(second)
        assert wanted is None or told["mine"][wanted]
        if expected == "told of the deletion":
            assert told["deleted"]["by"] and told["deleted"]["because"]


def assert_first_is_kept(first: str, layer: str, fid: int) -> None:
    """Whatever the second did, what the first replaced can be read and brought back."""
    kept = History.objects.filter(layer=layer, fid=fid, op="delete" if first in ("delete", "split") else "update")
    assert kept.filter(version=1).exists()


def test_different_attributes_of_one_parcel_both_stand(people: dict[str, User], town: dict) -> None:
    parcel, officer, approver = town["parcel"].pk, as_(people["officer"]), as_(people["approver"])
    wanted = {"layer": "parcels", "op": "update", "fid": parcel, "version": 1}
    sets = [draft(officer, {**wanted, "properties": given}) for given in ({"status": "disputed"}, {"land_use": "LUC"})]
    for given in sets:
        sent = call(officer, f"/{given['id']}/submit", {"because": "x"}, given["version"]).json()
        assert call(approver, f"/{given['id']}/approve", {}, sent["version"]).status_code == 200

    now = Parcel.objects.get(pk=parcel)
    assert (now.status, now.land_use, now.version) == ("disputed", "LUC", 3)


def test_both_who_meant_the_same_agree(people: dict[str, User], town: dict) -> None:
    with acting(by=None, because="another had the same paper"):
        Parcel.objects.filter(pk=town["parcel"].pk).update(status="disputed", version=2)
    officer, approver = as_(people["officer"]), as_(people["approver"])
    given = draft(officer, {"layer": "parcels", "op": "update", "fid": town["parcel"].pk, "version": 1, "properties": {"status": "disputed"}})
    sent = call(officer, f"/{given['id']}/submit", {"because": "x"}, given["version"]).json()

    assert call(approver, f"/{given['id']}/approve", {}, sent["version"]).status_code == 200
