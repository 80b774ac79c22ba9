"""A file taken away in a browser: of an area that was drawn, with nothing outside of it."""

import json
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

SIDE_PX = 120


def test_a_drawn_area_is_taken_away_and_nothing_beyond_it(window: Callable[..., Page]) -> None:
    page = window("/edit?panel=export&layer=street_lights", user="officer")
    page.wait_for_selector("body[data-map-idle]", timeout=60_000)
    page.get_by_test_id("export-layer").select_option("street_lights")
    page.get_by_test_id("export-format").select_option("geojson")
    page.get_by_test_id("export-drawn").check()
    expect(page.get_by_test_id("export-take")).to_be_disabled()

    box = page.get_by_test_id("map").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    for right, down in ((-SIDE_PX, -SIDE_PX), (SIDE_PX, -SIDE_PX), (SIDE_PX, SIDE_PX), (-SIDE_PX, SIDE_PX)):
        page.mouse.click(x + right, y + down)
        page.wait_for_timeout(600)
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("export-take")).to_be_enabled(timeout=15_000)
    with page.expect_request(lambda request: request.url.endswith("/export")) as asked, page.expect_download(timeout=60_000) as taken:
        page.get_by_test_id("export-take").click()
    expect(page.get_by_test_id("export-words")).to_contain_text("Đã xuất")

    ring = (asked.value.post_data_json or {})["area"]["coordinates"][0]
    west, east = min(at[0] for at in ring), max(at[0] for at in ring)
    south, north = min(at[1] for at in ring), max(at[1] for at in ring)
    places = [one["geometry"]["coordinates"] for one in json.loads(Path(taken.value.path()).read_text("utf-8"))["features"]]
    assert places
    slack = 1e-6
    assert all(west - slack <= lon <= east + slack and south - slack <= lat <= north + slack for lon, lat in (place[:2] for place in places))
