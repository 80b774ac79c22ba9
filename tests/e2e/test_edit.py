"""The layer editor: a form from the layer's fields, faults beside their boxes, and two people on one street light."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Page, expect

from tests.e2e.conftest import City, picture

LAYER = "street_lights"


def light(page: Page) -> dict[str, Any]:
    return page.request.get(f"/api/layers/{LAYER}/features?limit=1").json()["features"][0]


def opened(window: Callable[..., Page]) -> tuple[Page, dict[str, Any]]:
    """The editor with a light under the middle of the map, picked by a click."""
    first = light(window("/healthz", user="officer"))
    lon, lat = first["geometry"]["coordinates"]
    page = window(f"/edit?layer={LAYER}&z=18&lng={lon}&lat={lat}", user="officer")
    page.wait_for_selector("body[data-map-idle]", timeout=60_000)
    box = page.get_by_test_id("map").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.get_by_test_id("target")).to_have_attribute("data-fid", str(first["id"]), timeout=15_000)
    return page, first


def test_an_edit_is_checked_beside_its_box_saved_and_remembered_and_upkeep_is_written_down(window: Callable[..., Page], city: City, tmp_path: Path) -> None:
    page, first = opened(window)
    power = page.get_by_test_id("box-power_w")

    power.fill("rất sáng")
    page.get_by_test_id("save").click()
    expect(page.get_by_test_id("fault-power_w")).to_contain_text("cần một số")

    power.fill("151")
    page.get_by_test_id("because").fill("thay bóng")
    page.keyboard.press("Control+s")
    expect(page.get_by_test_id("edit-words")).to_contain_text("Đã lưu", timeout=15_000)
    assert float(city.rows("select power_w from layers_streetlight where id = %s", first["id"])[0][0]) == 151

    page.get_by_test_id("edit-tab-history").click()
    expect(page.get_by_test_id("history")).to_contain_text("thay bóng", timeout=15_000)
    picture(page, "edit")

    page.get_by_test_id("edit-tab-upkeep").click()
    page.get_by_test_id("operation-note").fill("siết lại cần đèn")
    page.get_by_test_id("operation-condition").select_option(index=2)
    page.get_by_test_id("operation-save").click()
    expect(page.get_by_test_id("operation")).to_contain_text("siết lại cần đèn", timeout=15_000)
    expect(page.get_by_test_id("target")).not_to_have_attribute("data-version", str(first["version"] + 1), timeout=15_000)
    seen = tmp_path / "den.png"
    Image.new("RGB", (64, 48), "orange").save(seen)
    page.get_by_test_id("photo-file").set_input_files(str(seen))
    page.get_by_test_id("photo-caption").fill("cần đèn")
    page.get_by_test_id("photo-save").click()
    expect(page.get_by_test_id("photo")).to_contain_text("cần đèn", timeout=15_000)
    page.wait_for_function("document.querySelector('[data-testid=photo] img').naturalWidth > 0")
    picture(page, "upkeep")


def changed_by_another(page: Page, fid: int, properties: dict[str, Any]) -> None:
    """The same officer in another window, on the version that the page has open."""
    calls = page.request
    version = page.get_by_test_id("target").get_attribute("data-version")
    headers = {"X-CSRFToken": calls.get("/api/session").json()["csrf_token"], "If-Match": f'"v{version}"'}
    other = calls.patch(f"/api/layers/{LAYER}/features/{fid}", data={"properties": properties}, headers=headers)
    assert other.ok, other.text()


def test_a_stale_save_shows_both_sides_and_overwrites_neither(window: Callable[..., Page], city: City) -> None:
    page, first = opened(window)
    changed_by_another(page, first["id"], {"lamp": "LED mới", "power_w": 60})

    page.get_by_test_id("box-power_w").fill("75")
    page.get_by_test_id("save").click()
    expect(page.get_by_test_id("conflict")).to_be_visible(timeout=15_000)
    expect(page.get_by_test_id("clash-lamp")).to_contain_text("LED mới")
    expect(page.get_by_test_id("conflict-save")).to_be_disabled()
    picture(page, "conflict")

    page.get_by_test_id("choose-power_w-mine").check()
    page.get_by_test_id("conflict-save").click()
    expect(page.get_by_test_id("edit-words")).to_contain_text("Đã lưu", timeout=15_000)
    power, lamp = city.rows("select power_w, lamp from layers_streetlight where id = %s", first["id"])[0]
    assert (float(power), lamp) == (75, "LED mới")


def test_a_stale_save_of_another_field_is_merged_and_says_what_was_kept(window: Callable[..., Page], city: City) -> None:
    page, first = opened(window)
    changed_by_another(page, first["id"], {"lamp": "Natri"})

    page.get_by_test_id("box-power_w").fill("81")
    page.get_by_test_id("save").click()

    expect(page.get_by_test_id("edit-words")).to_contain_text("giữ cả phần người khác", timeout=15_000)
    assert page.get_by_test_id("conflict").count() == 0
    power, lamp = city.rows("select power_w, lamp from layers_streetlight where id = %s", first["id"])[0]
    assert (float(power), lamp) == (81, "Natri")


def test_whoever_opens_a_feature_sees_who_else_has_it_open(window: Callable[..., Page]) -> None:
    page, first = opened(window)
    lon, lat = first["geometry"]["coordinates"]

    second = window(f"/edit?layer={LAYER}&z=18&lng={lon}&lat={lat}&sel={first['id']}", user="approver")

    expect(second.get_by_test_id("others")).to_contain_text("Trần Thu", timeout=20_000)


def test_who_may_edit_nothing_is_told_so(window: Callable[..., Page]) -> None:
    page = window("/edit", user="leader")

    expect(page.get_by_test_id("edit-layers")).to_contain_text("không sửa được lớp nào", timeout=30_000)
    expect(page.get_by_test_id("tool-point")).to_have_count(0)
