"""The operator's page as somebody meets it who has never seen it: its own hints lead from a call to a unit on its way; axe finds nothing on
it; two who write one case lose no word; and what one screen says of a case all of them say.
"""

import re
import time
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.conftest import City, picture, until
from tests.e2e.test_edit_draft import faults

LIMIT_S = 15
FIELDS_AT_MOST = 40
# What the caller says; under which of the form's own labels each belongs is read off the page.
SAID = {"loại": "Cháy nhà", "nội dung": "Khói đen ở tầng hai", "điện thoại": "0900000000"}
HINTED = re.compile(r"\(([^()\s]+)\)\s*$")
FOCUSED = """() => {
  const one = document.activeElement;
  const words = one.labels?.[0]?.innerText || one.getAttribute('aria-label') || one.innerText || one.getAttribute('placeholder') || '';
  return [one.tagName, one.type || '', words.trim().toLowerCase()];
}"""


def ready(page: Page) -> None:
    page.wait_for_selector("body[data-map-idle]", timeout=60_000)
    expect(page.locator('[data-testid^="case-"]').first).to_be_visible(timeout=20_000)


def hinted_key(page: Page, words: str) -> str:
    """The key that the page writes behind these words."""
    text = page.get_by_role("button", name=re.compile(words)).first.inner_text()
    found = HINTED.search(text)
    assert found, f"{text!r} names no key"
    return found[1]


def choose(page: Page, said: str) -> None:
    """Down the list that has the focus until it shows what was said."""
    shown = "() => document.activeElement.selectedOptions?.[0]?.text ?? ''"
    for _ in range(FIELDS_AT_MOST):
        if page.evaluate(shown) == said:
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"{said!r} is not in the list.")


def fill_by_labels(page: Page) -> None:
    """From field to field by Tab, writing under each label what the caller said of it, until the focus stands on the button that sends."""
    for _ in range(FIELDS_AT_MOST):
        tag, kind, label = page.evaluate(FOCUSED)
        said = next((words for name, words in SAID.items() if name in label), "")
        if tag == "BUTTON" and kind == "submit":
            page.keyboard.press("Enter")
            return
        if said and tag == "SELECT":
            choose(page, said)
        elif said and tag in ("INPUT", "TEXTAREA"):
            page.keyboard.type(said)
        page.keyboard.press("Tab")
    raise AssertionError("Tab never came to the button that sends.")


def follow(page: Page) -> list[str]:
    """Press what the page says is next, again and again, until it says that nothing is left to do with the case in hand. Returns the keys."""
    pressed: list[str] = []
    hint, case = page.get_by_test_id("next"), page.get_by_test_id("detail").get_attribute("data-case")
    read = "one => [one.dataset.kind, one.dataset.incident, one.querySelector('kbd')?.innerText ?? '']"
    deadline, before = time.monotonic() + LIMIT_S, ""
    while time.monotonic() < deadline and "Enter" not in pressed:
        kind, incident, key = hint.evaluate(read)
        if not key or incident != case or kind == before:
            page.wait_for_timeout(50)
            continue
        pressed.append(key)
        page.keyboard.press(key if len(key) > 1 else key.lower())
        before = kind
    return pressed


def test_somebody_who_reads_only_the_page_takes_a_call_to_a_unit_on_its_way(window: Callable[..., Page], city: City) -> None:
    page = window("/", user="operator")
    ready(page)
    began = time.monotonic()

    page.keyboard.press(hinted_key(page, "Tin báo mới").lower())
    expect(page.get_by_test_id("new-report").locator(":focus")).to_have_count(1)
    fill_by_labels(page)
    expect(page.get_by_test_id("new-report")).to_be_hidden(timeout=10_000)
    expect(page.get_by_test_id("detail")).to_have_attribute("data-status", "new", timeout=10_000)
    case = int(page.get_by_test_id("detail").get_attribute("data-case") or 0)
    pressed = follow(page)
    expect(page.get_by_test_id("undo-bar").or_(page.locator('[data-testid^="assignment-"]')).first).to_be_visible(timeout=5_000)
    took_s = time.monotonic() - began

    print(f"\nfrom the call to the dispatch: {took_s:.1f} s by {' '.join(pressed)}")
    assert took_s < LIMIT_S
    assert "Enter" in pressed
    page.evaluate("dispatchEvent(new Event('pagehide'))")
    assert until(lambda: city.rows("select 1 from incidents_assignment where incident_id = %s", case), page), "somebody is on the way"


def test_axe_finds_nothing_on_the_operators_page(window: Callable[..., Page]) -> None:
    page = window("/", user="operator")
    ready(page)
    found: dict[str, list[str]] = {"queue and map": faults(page)}
    page.keyboard.press("g")
    expect(page.get_by_test_id("detail")).to_be_visible(timeout=10_000)
    shown = {
        "a case": ((), "detail"),
        "the units and the layers": (("u", "l"), "layer-tree"),
        "its fields": (("F2",), "amend-form"),
        "a report": (("n",), "new-report"),
        "the help": (("?",), "shortcuts"),
    }
    for name, (keys, opened) in shown.items():
        for key in keys:
            page.keyboard.press(key)
        expect(page.get_by_test_id(opened)).to_be_visible(timeout=10_000)
        page.wait_for_timeout(300)
        found[name] = faults(page)
        if keys:
            page.keyboard.press("Escape")
    page.get_by_test_id("night").click()
    found["the night"] = faults(page)
    picture(page, "night")
    assert {name: one for name, one in found.items() if one} == {}
