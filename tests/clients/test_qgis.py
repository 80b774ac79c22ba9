"""QGIS, headless: it opens what its holder may see, reads it to the end, filters on the server, edits, and our history says who it was."""

from typing import Any

import pytest

from tests.clients.conftest import qgis
from tests.e2e.conftest import City

EDITS_SINCE = 33200


def reads(city: City, slugs: list[str], *, edits: bool = True, **given: Any) -> dict[str, Any]:
    return qgis("reads", edits=edits, address=city.address, slugs=slugs, **given)["layers"]


@pytest.mark.parametrize("edits", [False, True], ids=["the system's QGIS", "a QGIS that edits"])
def test_qgis_opens_every_public_layer_and_counts_what_the_collection_counts(city: City, counts: Any, edits: bool) -> None:
    expected = counts(None)
    found = reads(city, list(expected), edits=edits)

    assert {slug: layer and (layer["said"], layer["read"]) for slug, layer in found.items()} == {slug: (number, number) for slug, number in expected.items()}
    assert len(expected) >= 5
    assert all("Add" not in layer["may"] and "Change" not in layer["may"] for layer in found.values())


def test_qgis_opens_every_layer_of_an_officer_with_the_token_in_its_store(city: City, counts: Any, tokens: dict[str, str]) -> None:
    expected = counts("officer")
    found = reads(city, list(expected), token=tokens["officer"])

    assert {slug: layer and (layer["said"], layer["read"]) for slug, layer in found.items()} == {slug: (number, number) for slug, number in expected.items()}
    assert expected["parcels"] > 1_000
    # Under review: what changes parcels is a change set.
    assert "Change" not in found["parcels"]["may"] and "Change Geometries" in found["public_places"]["may"]


def test_qgis_reads_parcels_in_the_citys_own_metres_without_losing_a_square_metre(city: City, tokens: dict[str, str]) -> None:
    count, area = city.rows("select count(*), sum(st_area(geom)) from layers_parcel")[0]
    found = reads(city, ["parcels"], token=tokens["officer"])["parcels"]

    assert (found["read"], found["crs"]) == (count, "EPSG:5897")
    # Coordinates go over the wire to a tenth of a millimetre.
    assert found["area"] == pytest.approx(area, rel=1e-6)


def test_qgis_sees_nothing_of_a_layer_that_its_holder_may_not_see(city: City, tokens: dict[str, str]) -> None:
    assert reads(city, ["parcels"], glance=True) == {"parcels": None}
    officer, approver = (reads(city, ["parcels"], token=tokens[name], glance=True)["parcels"] for name in ("officer", "approver"))
    assert "land_user_name" not in officer["fields"]
    assert "land_user_name" in approver["fields"]


def test_qgis_takes_a_width_for_a_number_with_a_fraction_though_the_first_ones_have_none(city: City) -> None:
    """It knows the first page alone, where bridges are of whole metres; a width of 6.5 m must not lose its half."""
    bridges = reads(city, ["bridges"], glance=True)["bridges"]

    assert {name: bridges["fields"][name] for name in ("name", "width_m", "built_year")} == {"name": "String", "width_m": "Real", "built_year": "Integer"}


@pytest.mark.parametrize(
    ("expression", "where"),
    [
        ("\"road_class\" = 'alley'", "road_class = 'alley'"),
        ('"width_m" > 5 AND "name" LIKE \'Đ%\'', "width_m > 5 and left(name, 1) = 'Đ'"),
        ("\"name\" ILIKE 'đường%'", "left(lower(name), 5) = 'đường'"),
        ("\"road_class\" IN ('primary', 'alley') AND NOT \"oneway\"", "road_class in ('primary', 'alley') and not oneway"),
        ('"width_m" BETWEEN 3 AND 6', "width_m between 3 and 6"),
    ],
)
def test_a_filter_of_qgis_is_answered_by_the_server(city: City, expression: str, where: str) -> None:
    expected = city.rows(f"select count(*) from layers_road where {where}")[0][0]

    assert reads(city, ["roads"], filter=expression)["roads"]["read"] == expected > 0


def test_what_is_edited_in_qgis_stands_in_the_city_and_its_history_says_by_whom(city: City, tokens: dict[str, str], ask: Any) -> None:
    places = [name for (name,) in city.rows("select name from layers_publicplace group by name having count(*) = 1 order by name limit 2")]
    told = qgis(
        "edits",
        address=city.address,
        token=tokens["officer"],
        change=places[0],
        delete=places[1],
        add="Chợ từ QGIS",
        address_wanted="Đường 3 Tháng 2",
    )

    assert told["version"] >= EDITS_SINCE
    assert told["stored"] is True, told["said"]
    assert (told["counts"][0], told["address"], told["added"], told["deleted"]) == (told["counts"][1], "Đường 3 Tháng 2", True, True)
    assert told["moved"] == pytest.approx([3.0, 4.0], abs=0.001)
    row = city.rows("select id, version, address from layers_publicplace where name = %s", places[0])[0]
    assert row[1:] == (3, "Đường 3 Tháng 2")
    history = ask(f"/api/layers/public_places/features/{row[0]}/history", by="officer")[2]["items"]
    officer = city.rows("select coalesce(nullif(display_name, ''), username) from geo_user where username = 'officer'")[0][0]
    assert [entry["by"] for entry in history[:2]] == [officer, officer]
    assert any("address" in entry["changed"] for entry in history[:2]) and any(entry["geometry"] for entry in history[:2])
    kept = city.rows("select h.op, u.username from layers_history h join geo_user u on u.id = h.by_id where h.layer = 'public_places'")
    assert ("delete", "officer") in kept and ("insert", "officer") in kept


def test_qgis_never_overwrites_what_somebody_else_changed_while_it_lay_open(city: City, tokens: dict[str, str], ask: Any) -> None:
    """QGIS sends no If-Match: what it had read is known by the moment that it keeps as a cookie."""
    fid, name = city.rows("select id, name from layers_publicplace where name <> 'Chợ từ QGIS' order by id desc limit 1")[0]
    where = f"/ogc/collections/public_places/items/{fid}"
    told = qgis(
        "meets", address=city.address, token=tokens["officer"], place=name, wanted=f"{name} (QGIS)",
        other=tokens["officer2"], other_address=f"{city.address}{where}", etag=ask(where)[1]["etag"],
    )  # fmt: skip

    assert told["changed"] == 200
    assert told["clash"][0] is False and "Cannot modify feature" in told["clash"][1]
    assert told["merge"][0] is True, told["merge"][1]
    assert city.rows("select name, address from layers_publicplace where id = %s", fid) == [(f"{name} (QGIS)", "Somebody else")]
