"""The approval view: an approver compares before and after, publishes, returns with words; nobody approves their own."""

import time
from collections.abc import Callable
from typing import Any

import mapbox_vector_tile
from playwright.sync_api import Page, Response, Route, expect

from tests.e2e.conftest import City, picture
from tests.e2e.sets import call, parcels, submitted, update

PUBLISHED_SEEN_S = 3.0
WAITING = "**/api/changesets?status=submitted"


def middle(feature: dict[str, Any]) -> tuple[float, float]:
    ring = feature["geometry"]["coordinates"][0]
    return sum(at[0] for at in ring) / len(ring), sum(at[1] for at in ring) / len(ring)


def at_rest(page: Page) -> None:
    page.wait_for_selector("body[data-map-idle]", timeout=60_000)


def new_use(feature: dict[str, Any]) -> str:
    return "TMD" if feature["properties"]["land_use"] != "TMD" else "DGD"


def test_an_approver_compares_and_publishes_and_a_third_window_follows(window: Callable[..., Page], city: City) -> None:
    officer = window("/healthz", user="officer")
    changed, gone = parcels(officer, 2)
    use = new_use(changed)
    edits = [update(changed, land_use=use), {"layer": "parcels", "op": "delete", "fid": gone["id"], "version": gone["version"]}]
    sent = submitted(officer, edits, "Đổi mục đích và bỏ một thửa")

    lon, lat = middle(changed)
    third = window(f"/edit?layer=parcels&z=17&lng={lon}&lat={lat}", user="officer")
    at_rest(third)
    approver = window("/edit?panel=review", user="approver")
    at_rest(approver)
    approver.get_by_test_id(f"set-{sent['id']}").click()
    opened = approver.get_by_test_id("set")
    expect(opened).to_have_attribute("data-status", "submitted", timeout=15_000)
    expect(opened).to_contain_text("12/QĐ-UBND")
    expect(approver.get_by_test_id("row-land_use").locator("del")).to_be_visible()

    approver.keyboard.press("s")
    handle = approver.get_by_test_id("swipe-handle")
    expect(handle).to_be_visible(timeout=30_000)
    share = int(handle.get_attribute("aria-valuenow") or 0)
    handle.focus()
    handle.press("ArrowLeft")
    assert int(handle.get_attribute("aria-valuenow") or 0) < share
    picture(approver, "review-swipe")
    approver.keyboard.press("j")
    expect(approver.locator(".edit-row[aria-current=true]")).to_have_count(1)
    expect(approver.locator(".edit-row").nth(1)).to_have_attribute("aria-current", "true")

    tiles: list[Response] = []
    third.on("response", lambda answer: tiles.append(answer) if "/tiles/parcels/" in answer.url and answer.status == 200 else None)
    began = time.monotonic()
    approver.keyboard.press("Control+Enter")
    expect(approver.get_by_test_id("set-words")).to_contain_text("Đã duyệt", timeout=15_000)
    while not fresh(tiles, changed["id"], use) and time.monotonic() - began < PUBLISHED_SEEN_S:
        third.wait_for_timeout(50)
    assert fresh(tiles, changed["id"], use), "the third window's tiles did not follow"
    assert city.rows("select land_use from layers_parcel where id = %s", changed["id"]) == [(use,)]
    assert city.rows("select 1 from layers_parcel where id = %s", gone["id"]) == []
    expect(handle).to_be_visible()
    picture(approver, "review-published")


def fresh(tiles: list[Response], fid: int, use: str) -> bool:
    """Whether one of the tiles that came shows the new use."""
    for answer in tiles:
        for feature in mapbox_vector_tile.decode(answer.body()).get("parcels", {"features": []})["features"]:
            if feature["id"] == fid and feature["properties"].get("land_use") == use:
                return True
    return False


def test_a_set_is_returned_with_words_that_its_author_reads_and_not_without_any(window: Callable[..., Page], city: City) -> None:
    officer = window("/healthz", user="officer")
    (parcel,) = parcels(officer, 3)[:1]
    sent = submitted(officer, [update(parcel, land_use=new_use(parcel))], "Cần xem lại")
    approver = window(f"/edit?panel=review&set={sent['id']}", user="approver")
    expect(approver.get_by_test_id("set")).to_have_attribute("data-status", "submitted", timeout=30_000)

    approver.get_by_test_id("return").click()
    expect(approver.get_by_test_id("set-words")).to_contain_text("Cần ghi lý do")
    approver.get_by_test_id("decision-words").fill("Thiếu biên bản giáp ranh")
    approver.get_by_test_id("return").click()
    expect(approver.get_by_test_id("set")).to_have_attribute("data-status", "returned", timeout=15_000)

    author = window("/healthz", user="officer")
    slow: list[Route] = []
    author.route(WAITING, lambda route: slow.append(route))  # noqa: PLW0108 (a builtin cannot listen)
    author.goto(f"{city.address}/edit?panel=review")
    author.get_by_test_id("sets-mine").click()
    expect(author.get_by_test_id(f"set-{sent['id']}")).to_contain_text("Thiếu biên bản giáp ranh", timeout=30_000)
    # The list that was asked for first comes last, and must not stand over the one that is wanted now.
    with author.expect_response(WAITING):
        for request in slow:
            request.continue_()
    author.get_by_test_id(f"set-{sent['id']}").click()
    expect(author.get_by_test_id("set-decision")).to_contain_text("Thiếu biên bản giáp ranh")
    assert city.rows("select land_use from layers_parcel where id = %s", parcel["id"]) == [(parcel["properties"]["land_use"],)]


def test_nobody_approves_their_own_set(window: Callable[..., Page], city: City) -> None:
    approver = window("/healthz", user="approver")
    (parcel,) = parcels(approver, 4)[:1]
    sent = submitted(approver, [update(parcel, land_use=new_use(parcel))], "Của chính người duyệt")

    page = window(f"/edit?panel=review&set={sent['id']}", user="approver")
    expect(page.get_by_test_id("not-yours")).to_be_visible(timeout=30_000)
    expect(page.get_by_test_id("approve")).to_have_count(0)
    page.keyboard.press("Control+Enter")
    headers = {"X-CSRFToken": page.request.get("/api/session").json()["csrf_token"], "If-Match": f'"v{sent["version"]}"'}
    answer = page.request.post(f"/api/changesets/{sent['id']}/approve", data={}, headers=headers)
    assert (answer.status, answer.json()["code"]) == (403, "own_change_set")
    expect(page.get_by_test_id("set")).to_have_attribute("data-status", "submitted")


def test_two_approvers_decide_and_the_slower_sees_what_stands(window: Callable[..., Page]) -> None:
    officer = window("/healthz", user="officer")
    (parcel,) = parcels(officer, 5)[:1]
    sent = submitted(officer, [update(parcel, land_use=new_use(parcel))], "Hai người cùng duyệt")
    slow = window(f"/edit?panel=review&set={sent['id']}", user="approver")
    expect(slow.get_by_test_id("set")).to_have_attribute("data-status", "submitted", timeout=30_000)
    call(slow, "POST", f"/api/changesets/{sent['id']}/reject", {"because": "Không đủ hồ sơ"}, sent["version"])

    slow.get_by_test_id("approve").click()
    expect(slow.get_by_test_id("set-words")).to_be_visible(timeout=15_000)
    expect(slow.get_by_test_id("set")).to_have_attribute("data-status", "rejected", timeout=15_000)
    expect(slow.get_by_test_id("set-decision")).to_contain_text("Không đủ hồ sơ")


def test_a_published_set_is_undone_by_a_new_draft(window: Callable[..., Page], city: City) -> None:
    officer = window("/healthz", user="officer")
    (parcel,) = parcels(officer, 6)[:1]
    before = parcel["properties"]["land_use"]
    sent = submitted(officer, [update(parcel, land_use=new_use(parcel))], "Sẽ hoàn tác")
    approver = window("/healthz", user="approver")
    call(approver, "POST", f"/api/changesets/{sent['id']}/approve", {"accepted": sent["accepted"]}, sent["version"])

    page = window(f"/edit?panel=review&set={sent['id']}", user="officer")
    page.get_by_test_id("revert").click(timeout=30_000)
    expect(page.get_by_test_id("set")).to_have_attribute("data-status", "draft", timeout=15_000)
    expect(page.get_by_test_id("row-land_use")).to_be_visible()
    draft = int(page.get_by_test_id("set").get_attribute("data-id") or 0)
    assert draft != sent["id"]
    proposed = call(officer, "GET", f"/api/changesets/{draft}")["edits"][0]["after"]
    assert proposed["properties"]["land_use"] == before
