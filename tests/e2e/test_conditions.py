"""A street is closed and opened from the keyboard and follows what others do; the tide is looked at and set; readiness says what goes with a unit."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, expect

from tests.e2e.conftest import City, picture
from tests.e2e.test_operators import at_rest, mark


def close_the_street_at_the_middle(page: Page) -> int:
    """O, two places put at the map's middle with the map moved by its arrow keys between them, why, Enter. Returns the closure's id."""
    page.keyboard.press("o")
    expect(mark(page, "closures")).to_be_visible()
    mark(page, "draw-stretch").press("Enter")
    mark(page, "draw-centre").press("Enter")
    page.locator(".maplibregl-canvas").focus()
    rests = page.evaluate("Number(document.body.dataset.mapIdle)")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("was => Number(document.body.dataset.mapIdle) > was", arg=rests)
    with page.expect_response(lambda answer: "/api/network/stretch" in answer.url and answer.ok):
        mark(page, "draw-centre").press("Enter")
    mark(page, "closure-reason").fill("Cây đổ chắn ngang đường")
    with page.expect_response(lambda answer: answer.url.endswith("/api/closures") and answer.request.method == "POST") as answered:
        mark(page, "closure-reason").press("Enter")
    assert answered.value.status == 201, answered.value.text()
    assert answered.value.json()["holds"]["stretches"] >= 1
    return int(answered.value.json()["id"])


def test_closing_the_tide_and_readiness_from_the_keyboard(window: Callable[..., Page], city: City) -> None:
    first = window("/", user="operator")
    at_rest(first)

    closure = close_the_street_at_the_middle(first)
    row = mark(first, f"closure-{closure}")
    expect(row).to_contain_text("CẤM")
    picture(first, "closures")
    # Another hand lengthens it, and the page follows by the stream.
    first.request.patch(
        f"/api/closures/{closure}",
        data={"ends_at": (datetime.now(UTC) + timedelta(days=3)).isoformat(), "because": "chờ xe cẩu"},
        headers={"If-Match": '"v1"', "X-CSRFToken": first.request.get("/api/session").json()["csrf_token"]},
    )
    expect(row).to_contain_text(re.compile(r"\dd "), timeout=10_000)
    row.get_by_role("button").first.focus()
    first.keyboard.press("Delete")
    expect(row).to_be_hidden(timeout=10_000)
    assert city.rows("select ends_at <= now() from layers_closure where id = %s", closure) == [(True,)]

    first.keyboard.press("Escape")
    first.locator("body").press("w")
    level = mark(first, "flood-level")
    expect(level).to_be_visible()
    level.press("End")
    for _ in range(11):
        level.press("ArrowLeft")
    expect(mark(first, "flood-looking")).to_have_text("1.90 m")
    expect(mark(first, "flood-houses")).to_have_text(re.compile(r"[1-9]"), timeout=10_000)
    expect(mark(first, "flood-modes")).to_contain_text("Xe máy")
    picture(first, "flood")
    mark(first, "flood-because").fill("Triều cường 2,12 m tại Cần Thơ")
    mark(first, "flood-because").press("Enter")
    expect(mark(first, "flood-counting")).to_contain_text("Triều cường", timeout=10_000)
    mark(first, "flood-end").press("Enter")
    expect(mark(first, "flood-end")).to_be_hidden(timeout=10_000)

    first.keyboard.press("Escape")
    first.locator("body").press("q")
    expect(mark(first, "coverage-shares")).to_contain_text("5 phút")
    with first.expect_response(lambda answer: "/api/readiness?" in answer.url and "without=" in answer.url):
        mark(first, "coverage-without").select_option(index=1)
    expect(mark(first, "coverage-legend")).to_contain_text("Không có đường đến")
    picture(first, "coverage")
