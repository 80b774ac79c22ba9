"""Places as people say them: houses, alleys, parcels, posts; what is not in the register is offered with how unsure it is."""

from typing import Any

import pytest

from geo.models import User
from layers import gazetteer, search
from layers.access import ANONYMOUS, Scope, scope_of
from layers.library.buildings import Building
from layers.library.hydrants import Hydrant
from layers.library.street_lights import StreetLight
from tests.conftest import city_wkt

pytestmark = pytest.mark.django_db


def box(east: float, north: float, side: float = 8.0) -> Any:
    return city_wkt("POLYGON", (east, north), (east + side, north), (east + side, north + side), (east, north + side), (east, north))


@pytest.fixture
def houses(town: dict) -> dict[str, Any]:
    at = {
        "12 Hùng Vương": 100,
        "16 Hùng Vương": 140,
        "13 Hùng Vương": 110,
        "12/5 Hùng Vương": 105,
        "90 Hùng Vương": 390,
        "5 Hẻm 4": 395,
        "9 Đường kênh Ranh Xã 4": 380,
    }
    made = {address: Building.objects.create(address=address, geom=box(east, 60 if "/" in address else 10)) for address, east in at.items()}
    made |= {code: StreetLight.objects.create(asset_code=code, geom=city_wkt("POINT", (50, 3))) for code in ("DEN-00047", "DEN-00470", "DEN-01047")}
    made["TRU-00047"] = Hydrant.objects.create(asset_code="TRU-00047", geom=city_wkt("POINT", (60, 3)))
    return made


def first(text: str, scope: Scope = ANONYMOUS) -> dict[str, Any]:
    found = search.find(scope, text=text).results
    return found[0] if found else {}


@pytest.mark.parametrize(
    "text",
    [
        "12 Hùng Vương",
        "12 hung vuong",
        "số 12 đường Hùng Vương",
        "Số nhà 12, Hùng Vương, phường Ngã Bảy, Hậu Giang",
        "so nha 12 hung vuong phuong nga bay",
        "địa chỉ: 12 Hùng Vương".replace(":", ""),
        "  12   HUNG  VUONG ",
    ],
)
def test_a_house_is_found_however_its_address_is_said(houses: dict[str, Any], text: str) -> None:
    found = first(text)

    assert (found["layer"], found["fid"], found["place_source"]) == ("buildings", houses["12 Hùng Vương"].pk, "address")
    assert found["accuracy_m"] == 10.0


@pytest.mark.parametrize(
    ("text", "title", "accuracy_m"),
    [
        ("12/5 Hùng Vương", "12/5 Hùng Vương", 10.0),
        ("5 hẻm 4", "5 Hẻm 4", 10.0),
        # Not in the register: the mouth of the alley, or between the neighbours of its side.
        ("12/7 hung vuong", "→ 12 Hùng Vương", 110.0),
        ("hẻm 12 Hùng Vương", "→ 12 Hùng Vương", 110.0),
        ("14 hung vuong", "~ 14 hung vuong", 20.0),
    ],
)
def test_alleys_and_houses_that_nobody_has_registered(houses: dict[str, Any], text: str, title: str, accuracy_m: float) -> None:
    found = first(text)

    assert (found["title"], found["accuracy_m"]) == (title, pytest.approx(accuracy_m, abs=0.2))


@pytest.mark.parametrize("text", ["9 Đường kênh Ranh Xã 4", "số 9 đường kênh ranh xã 4", "9 kenh ranh xa 4, phuong nga bay"])
def test_a_street_whose_name_ends_like_a_town_is_still_that_street(houses: dict[str, Any], text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Who names a house that is there has said all: no other layer is asked.
    monkeypatch.setattr(search, "_ask", lambda *_, **__: pytest.fail("asked everywhere"))

    found = search.find(ANONYMOUS, text=text, current=True).results

    assert [(one["layer"], one["title"]) for one in found] == [("buildings", "9 Đường kênh Ranh Xã 4")]


def test_the_house_between_two_lies_between_them(houses: dict[str, Any]) -> None:
    low, between, high = first("12 hung vuong"), first("14 hung vuong"), first("16 hung vuong")

    assert between["lon"] == pytest.approx((low["lon"] + high["lon"]) / 2, abs=1e-6)


def test_a_number_far_from_all_neighbours_is_its_street_with_how_long_that_is(houses: dict[str, Any]) -> None:
    found = first("204 hung vuong")

    assert (found["layer"], found["title"], found["accuracy_m"]) == ("roads", "Hùng Vương", pytest.approx(200, abs=1))


@pytest.mark.parametrize("text", ["tờ 12 thửa 47", "to 12, thua 47", "Thửa đất số 47, tờ bản đồ số 12", "tbd 12 thua 47", "12/47", "tờ 012 thửa 047"])
def test_a_parcel_is_found_by_sheet_and_number_and_only_by_who_may_see_parcels(houses: dict[str, Any], town: dict, people: dict[str, User], text: str) -> None:
    found = first(text, scope_of(people["operator"]))

    assert (found["layer"], found["fid"], found["place_source"]) == ("parcels", town["parcel"].pk, "parcel")
    assert not [one for one in search.find(ANONYMOUS, text=text).results if one["layer"] == "parcels"]


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("trụ đèn 47", ["DEN-00047"]),
        ("đèn số 00047", ["DEN-00047"]),
        ("cột 47", ["DEN-00047"]),
        ("trụ 47", ["DEN-00047", "TRU-00047"]),
        ("trụ nước tru-47", ["TRU-00047"]),
        ("trụ 470", ["DEN-00470"]),
        ("DEN-00047", ["DEN-00047"]),
        ("den00047".replace("den", "den "), ["DEN-00047"]),
    ],
)
def test_a_post_is_found_by_its_number_with_or_without_its_zeros(houses: dict[str, Any], people: dict[str, User], text: str, titles: list[str]) -> None:
    found = search.find(scope_of(people["operator"]), text=text).results[: len(titles)]

    assert [one["title"] for one in found] == titles
    assert {one["place_source"] for one in found} == {"asset"}
    assert all(one["layer"] not in ("street_lights", "hydrants") for one in search.find(ANONYMOUS, text=text).results)


@pytest.mark.parametrize("text", ["12 %", "12 _____ ______", "số 12 ' or 1=1 --", "hẻm 99999999 x", "tờ 99999 thửa 99999", "đèn 0"])
def test_hostile_parts_stand_for_themselves(houses: dict[str, Any], people: dict[str, User], text: str) -> None:
    found = search.find(scope_of(people["operator"]), text=text[: search.LONGEST_QUERY]).results

    assert all(one["place_source"] != "address" or one["layer"] != "buildings" for one in found[:1])


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("12b le loi", ("12b", "", "le loi", False)),
        ("hem 12/3 le loi", ("12", "/3", "le loi", True)),
        ("so nha 12 , duong le loi , phuong 1", ("12", "", "le loi", False)),
        ("cho nga bay", None),
        ("12", None),
    ],
)
def test_the_parts_of_an_address(text: str, parts: tuple[str, str, str, bool] | None) -> None:
    found = gazetteer.house_of(text)

    assert (found and (found.number, found.behind, found.street, found.alley)) == parts
