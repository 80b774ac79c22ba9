"""The past in a browser: a slider over real changes, a banner that cannot be missed, what is gone brought back, and a parcel's lineage."""

from collections.abc import Callable
from typing import Any

import mapbox_vector_tile
from playwright.sync_api import Page, Response, expect

from tests.e2e.conftest import City, click_until, picture, until
from tests.e2e.sets import call, parcels, submitted

LIGHTS = "/api/layers/street_lights/features"


def lights(page: Page) -> list[dict[str, Any]]:
    """Some lights that the editor's own tests do not touch."""
    found: list[dict[str, Any]] = page.request.get(f"{LIGHTS}?limit=12").json()["features"]
    return found[-2:]


def changed(page: Page, light: dict[str, Any], because: str, **properties: object) -> dict[str, Any]:
    return call(page, "PATCH", f"{LIGHTS}/{light['id']}", {"properties": properties, "because": because, "document": "7/BB"}, light["version"])


def past(window: Callable[..., Page], layer: str, at: list[float], user: str = "officer") -> Page:
    page = window(f"/edit?panel=past&past={layer}&z=18&lng={at[0]}&lat={at[1]}", user=user)
    page.wait_for_selector("body[data-map-idle]", timeout=60_000)
    return page


def click_middle(page: Page) -> None:
    box = page.get_by_test_id("map").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def test_a_layer_is_seen_as_it_was_and_nobody_takes_it_for_now(window: Callable[..., Page], city: City) -> None:
    desk = window("/healthz", user="officer")
    light, _ = lights(desk)
    newer = changed(desk, light, "thay bóng lần một", lamp="Bóng một")
    changed(desk, newer, "thay bóng lần hai", lamp="Bóng hai")

    page = past(window, "street_lights", light["geometry"]["coordinates"])
    expect(page.get_by_test_id("past-banner")).to_have_count(0)
    tiles: list[Response] = []
    page.on("response", lambda answer: tiles.append(answer) if "/tiles/street_lights/" in answer.url and "as_of=" in answer.url else None)
    page.get_by_test_id("past-slider").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_test_id("moment")).to_contain_text("thay bóng lần hai", timeout=15_000)
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_test_id("moment")).to_contain_text("thay bóng lần một")
    expect(page.get_by_test_id("past-banner")).to_contain_text("không phải hiện nay")
    assert until(lambda: "Bóng một" in lamps(tiles, light["id"]), page), "the map did not show the light as it was"

    page.get_by_test_id("past-swipe").click()
    expect(page.get_by_test_id("swipe-handle")).to_be_visible(timeout=30_000)
    picture(page, "past-swipe")
    # The drawing tools are away: nobody edits the past.
    expect(page.get_by_test_id("draw")).to_be_hidden()
    page.get_by_test_id("past-now").click()
    expect(page.get_by_test_id("past-banner")).to_have_count(0)
    expect(page.get_by_test_id("swipe-handle")).to_have_count(0)


def lamps(tiles: list[Response], fid: int) -> set[str]:
    """What those tiles say of the light."""
    found: set[str] = set()
    for answer in tiles:
        if answer.status == 200:
            for feature in mapbox_vector_tile.decode(answer.body()).get("street_lights", {"features": []})["features"]:
                if feature["id"] == fid:
                    found.add(feature["properties"]["lamp"])
    return found


def test_what_was_removed_is_brought_back_from_its_place_with_a_reason(window: Callable[..., Page], city: City) -> None:
    desk = window("/healthz", user="officer")
    _, light = lights(desk)
    call(desk, "DELETE", f"{LIGHTS}/{light['id']}", {"because": "xóa nhầm"}, light["version"])
    assert city.rows("select 1 from layers_streetlight where id = %s", light["id"]) == []

    page = past(window, "street_lights", light["geometry"]["coordinates"])
    # As far back as anything is kept.
    page.get_by_test_id("past-slider").press("Home")
    expect(page.get_by_test_id("past-slider")).to_have_value("0")
    click_until(lambda: click_middle(page), page.get_by_test_id("feature-past"))
    expect(page.get_by_test_id("feature-past")).to_have_attribute("data-fid", str(light["id"]), timeout=15_000)
    page.get_by_test_id(f"restore-{light['version']}").click()
    page.get_by_test_id("restore-because").fill("khôi phục cột xóa nhầm")
    page.get_by_test_id("restore-really").click()
    expect(page.get_by_test_id("past-words")).to_contain_text("Đã khôi phục", timeout=15_000)
    assert city.rows("select count(*) from layers_streetlight where id = %s", light["id"]) == [(1,)]
    because = city.rows("select because from layers_history where layer = 'street_lights' and fid = %s order by id desc limit 1", light["id"])
    assert because == [("khôi phục cột xóa nhầm",)]


def test_a_parcel_that_was_split_shows_its_lineage_and_the_map_of_both_times(window: Callable[..., Page], city: City) -> None:
    desk = window("/healthz", user="officer")
    parcel = max(parcels(desk, 40), key=lambda one: one["properties"]["measured_area_m2"] or 0)
    wanted = {"op": "subdivide", "fid": parcel["id"], "version": parcel["version"], "parts": 2, "bearing_deg": 0}
    preview = call(desk, "POST", "/api/land/preview", wanted)
    sent = submitted(desk, preview["edits"], "Tách thửa thử", "45/TT", record={"kind": "tach_thua"})
    approver = window("/healthz", user="approver")
    call(approver, "POST", f"/api/changesets/{sent['id']}/approve", {"accepted": sent["accepted"]}, sent["version"])
    graph = call(desk, "GET", f"/api/land/lineage/{parcel['id']}")
    assert len(graph["nodes"]) >= 3

    child = next(node for node in graph["nodes"] if node["fid"] != parcel["id"] and node["until"] is None)
    shape = call(desk, "GET", f"/api/layers/parcels/features/{child['fid']}")["geometry"]
    ring = shape["coordinates"][0] if shape["type"] == "Polygon" else shape["coordinates"][0][0]
    middle = [sum(at[axis] for at in ring) / len(ring) for axis in (0, 1)]
    page = past(window, "parcels", middle)
    click_until(lambda: click_middle(page), page.get_by_test_id("lineage"))
    parent_box, child_box = (page.get_by_test_id(f"lineage-{fid}").bounding_box() for fid in (parcel["id"], child["fid"]))
    assert parent_box is not None and child_box is not None and parent_box["y"] < child_box["y"]
    picture(page, "past-lineage")
    page.get_by_test_id(f"lineage-{parcel['id']}").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("past-banner")).to_be_visible()
    expect(page.get_by_test_id("feature-past")).to_have_attribute("data-fid", str(parcel["id"]))
