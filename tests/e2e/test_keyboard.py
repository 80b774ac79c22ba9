"""Four keys send the recommended set to the gravest case, and a fifth takes it back."""

import time
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.conftest import City, until

LIMIT_S = 10


def sent_and_open(city: City, case: int, since: float) -> int:
    """How many units have been sent to the case since then and are still on it."""
    question = "select count(*) from incidents_assignment where incident_id = %s and ended_at is null and requested_at > to_timestamp(%s)"
    return city.rows(question, case, since)[0][0]


def test_g_v_d_enter_send_the_recommended_set_and_z_takes_it_back(window: Callable[..., Page], city: City) -> None:
    page = window("/", user="operator")
    page.wait_for_selector("body[data-map-idle]", timeout=60_000)
    expect(page.locator('[data-testid^="case-"]').first).to_be_visible(timeout=15_000)
    since, began = time.time() - 1, time.monotonic()

    for key in ("g", "v", "d"):
        page.keyboard.press(key)
    # Enter before the candidates are there waits for them; where they came late or lack the equipment, a second one is asked for.
    page.keyboard.press("Enter")
    bar = page.get_by_test_id("undo-bar")
    try:
        expect(bar).to_be_visible(timeout=4_000)
    except AssertionError:
        page.keyboard.press("Enter")
        expect(bar).to_be_visible(timeout=LIMIT_S * 1_000)
    assert time.monotonic() - began < LIMIT_S
    case = int(page.get_by_test_id("detail").get_attribute("data-case") or 0)
    assert page.get_by_test_id("detail").get_attribute("data-status") not in ("new", "verifying"), "V has verified it"

    page.keyboard.press("z")
    expect(bar).to_have_count(0)
    assert until(lambda: sent_and_open(city, case, since) == 0, page)

    expect(page.locator('[data-testid="candidate-1"]')).to_be_visible(timeout=15_000)
    proposed = page.request.get(f"/api/incidents/{case}/candidates").json()["recommended"]
    # Each unit that was taken back came back into the list: the whole set stands preselected again.
    expect(page.get_by_test_id("dispatch")).to_have_attribute("data-units", ", ".join(pick["code"] for pick in proposed), timeout=15_000)
    page.keyboard.press("d")
    page.keyboard.press("Enter")
    wanted = len(proposed)
    assert wanted
    assert until(lambda: sent_and_open(city, case, since) == wanted, page), "what nobody takes back is sent, the whole set"
