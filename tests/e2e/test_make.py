"""A layer made in the browser: from a list of fields, drawn by a number as it was previewed, and removed only by typing its name."""

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.conftest import City, picture
from tests.e2e.sets import call

PLACE = (105.80, 9.81)


def made(page: Page, title: str) -> str:
    """A layer of points with a name and a depth, by the form. Returns its slug."""
    page.wait_for_selector("body[data-map-idle]", timeout=60_000)
    page.get_by_test_id("make-new").click()
    page.get_by_test_id("make-title").fill(title)
    page.get_by_test_id("field-add").click()
    page.get_by_test_id("field-title-1").fill("Độ sâu")
    page.get_by_test_id("field-type-1").select_option("float")
    page.get_by_test_id("make-save").click()
    expect(page.get_by_test_id("layer-form")).to_have_attribute("data-slug", re.compile("."), timeout=15_000)
    return page.get_by_test_id("layer-form").get_attribute("data-slug") or ""


def point(step: int) -> dict[str, Any]:
    geometry = {"type": "Point", "coordinates": [PLACE[0] + 0.003 * (step % 5), PLACE[1] + 0.003 * (step // 5)]}
    return {"properties": {"ten": f"Điểm {step}", "do_sau": step / 10}, "geometry": geometry, "because": "khảo sát"}


def test_a_layer_is_made_styled_as_previewed_and_removed_by_its_typed_name(window: Callable[..., Page], city: City) -> None:
    page = window("/edit?panel=make", user="approver")
    slug = made(page, "Điểm ngập sâu")
    assert slug == "diem_ngap_sau"
    for step in range(20):
        call(page, "POST", f"/api/layers/{slug}/features", point(step))

    page.get_by_test_id("style-graduated").check()
    page.get_by_test_id("style-field").select_option("do_sau")
    legend = page.get_by_test_id("style-legend").locator("p")
    expect(legend).to_have_count(5, timeout=15_000)
    page.get_by_test_id("style-classes").select_option("4")
    expect(legend).to_have_count(4)
    picture(page, "make-styler")
    page.get_by_test_id("make-save").click()
    expect(page.get_by_test_id("make-words")).to_contain_text("Đã lưu", timeout=15_000)
    stored = call(page, "GET", f"/api/layers/{slug}")
    bounds = [float(page.get_by_test_id(f"bound-{place}").input_value()) for place in range(3)]
    assert stored["style"]["breaks"] == bounds == sorted(bounds)
    catalogue = {one["slug"]: one for one in page.request.get("/api/layers").json()["layers"]}
    assert [row["color"] for row in catalogue[slug]["legend"]][-1:] != []

    page.get_by_test_id("remove-layer").click()
    expect(page.get_by_test_id("remove-layer-really")).to_be_disabled()
    page.get_by_test_id("remove-typed").fill("diem_ngap")
    expect(page.get_by_test_id("remove-layer-really")).to_be_disabled()
    page.get_by_test_id("remove-typed").fill(slug)
    page.get_by_test_id("remove-layer-really").click()
    expect(page.get_by_test_id("make")).to_be_visible(timeout=15_000)
    assert slug not in {one["slug"] for one in page.request.get("/api/layers").json()["layers"]}


def test_a_field_that_is_wrong_is_told_before_it_is_sent(window: Callable[..., Page]) -> None:
    page = window("/edit?panel=make&make=new", user="officer")
    page.get_by_test_id("make-title").fill("Lớp thử")
    page.get_by_test_id("field-add").click()
    page.get_by_test_id("field-title-1").fill("tên")
    expect(page.get_by_test_id("make-fields")).to_contain_text("Hai trường trùng mã")
    expect(page.get_by_test_id("make-save")).to_be_disabled()

    page.get_by_test_id("field-title-1").fill("Tình trạng")
    expect(page.get_by_test_id("make-save")).to_be_enabled()


def test_two_officers_change_one_layer_and_the_slower_is_told(window: Callable[..., Page]) -> None:
    page = window("/edit?panel=make", user="officer")
    slug = made(page, "Hai người sửa")
    other = window("/healthz", user="approver")
    call(other, "PATCH", f"/api/layers/{slug}", {"title": {"vi": "Tên của người kia", "en": "Theirs"}}, 1)

    page.get_by_test_id("make-title").fill("Tên của tôi")
    page.get_by_test_id("make-save").click()
    expect(page.get_by_test_id("make-words")).to_contain_text("v2", timeout=15_000)
    assert call(other, "GET", f"/api/layers/{slug}")["title"]["vi"] == "Tên của người kia"


def test_who_may_not_make_layers_is_not_offered_to(window: Callable[..., Page]) -> None:
    page = window("/edit", user="leader")

    expect(page.get_by_test_id("rail-layers")).to_be_visible(timeout=30_000)
    expect(page.get_by_test_id("rail-past")).to_be_visible()
    expect(page.get_by_test_id("rail-make")).to_have_count(0)
