"""Units on the page: the board in words and shape, a check-in by one key, the roster, a trail, and a call for help from the field that the operator hears."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.conftest import City, picture
from tests.e2e.test_field import PHONE
from tests.e2e.test_operators import at_rest, mark


def checks(city: City, code: str) -> int:
    return int(city.rows("select count(*) from incidents_checkin c join incidents_responder r on r.id = c.responder_id where r.code = %s", code)[0][0])


def test_the_board_says_who_can_be_had_and_who_is_well_by_keyboard_alone(window: Callable[..., Page], city: City) -> None:
    page = window("/", user="operator")
    at_rest(page)
    page.keyboard.press("u")
    row = mark(page, "unit-CC-01")
    expect(row).to_contain_text("Không điều được · Đã đến")
    expect(row.locator("[data-primary]")).to_contain_text("○")
    expect(page.locator('[data-testid^="unit-"][data-fresh="lost"]').first).to_contain_text("mất dấu")

    # The one whose check is due first has the hand; Enter says that it is well.
    page.keyboard.press("b")
    hand = page.locator("[data-check]:focus")
    expect(hand).to_be_visible()
    code = str(hand.get_attribute("data-check"))
    before = checks(city, code)
    with page.expect_response(lambda answer: answer.url.endswith("/check")) as answered:
        page.keyboard.press("Enter")
    assert answered.value.ok and checks(city, code) == before + 1

    row.locator("button[aria-expanded]").press("Enter")
    picture(page, "units-before")
    card = mark(page, "unit-card")
    expect(card).to_contain_text("Bơm chữa cháy")
    expect(card.locator("li").first).to_contain_text("0900 00")
    mark(page, "unit-trail").press("Enter")
    expect(mark(page, "trail-words")).to_be_visible()
    picture(page, "units")

    page.keyboard.press("i")
    on_call = mark(page, "on-call").locator("li")
    expect(on_call.first).to_be_visible()
    assert on_call.count() >= 16
    expect(mark(page, "roster-faults")).to_contain_text("không có ai")
    expect(mark(page, "turns")).to_contain_text(re.compile("thay"))
    picture(page, "roster")


def test_one_tap_in_the_field_says_well_and_two_call_for_help(window: Callable[..., Page], city: City) -> None:
    code = city.rows("select r.code from incidents_responder r join geo_user u on u.id = r.user_id where u.username = 'field2'")[0][0]
    operator, field = window("/", user="operator"), window("/field", user="field2", **PHONE)
    before = checks(city, code)
    with field.expect_response(lambda answer: answer.url.endswith("/check")):
        mark(field, "well").tap()
    expect(mark(field, "well")).to_contain_text("00:", timeout=10_000)
    assert checks(city, code) == before + 1

    mark(field, "help").tap()
    expect(mark(field, "help")).to_contain_text("Bấm lần nữa")
    mark(field, "help").tap()
    expect(mark(field, "wellbeing-told")).to_contain_text("Đã báo trung tâm", timeout=10_000)
    expect(operator.locator('[data-testid^="calling-"]', has_text=f"{code}").first).to_contain_text("Đơn vị kêu cứu", timeout=10_000)
    mark(field, "well").tap()
    expect(operator.locator('[data-testid^="calling-"]', has_text="Đơn vị kêu cứu")).to_have_count(0, timeout=10_000)
