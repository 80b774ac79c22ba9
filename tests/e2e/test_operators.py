"""Two operators at two windows: what one does by keyboard the other sees, and a cut wire loses nothing."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from tests.e2e.conftest import City, picture, until
from tests.e2e.wire import Wire

RECORD_IDS = """
const Real = window.EventSource;
window.__ids = []; window.__opened = 0;
window.EventSource = class extends Real {
  constructor(...given) {
    super(...given);
    window.__opened += 1;
    this.addEventListener("change", (event) => window.__ids.push(event.lastEventId));
  }
};
"""


def mark(page: Page, name: str) -> object:
    return page.get_by_test_id(name)


def at_rest(page: Page) -> None:
    page.wait_for_selector("body[data-map-idle]", timeout=60_000)


def report_by_keyboard(page: Page, description: str) -> int:
    """N, category, description, Enter. Returns the new case's id."""
    page.keyboard.press("n")
    form = mark(page, "new-report")
    expect(form).to_be_visible()
    mark(page, "report-category").select_option("house_fire")
    mark(page, "report-description").fill(description)
    with page.expect_response(lambda answer: answer.url.endswith("/api/incidents") and answer.request.method == "POST") as answered:
        mark(page, "report-description").press("Enter")
    assert answered.value.status == 201
    expect(form).to_be_hidden()
    return int(answered.value.json()["id"])


def test_a_fire_is_reported_verified_and_sent_for_by_keyboard_and_the_other_window_follows(window: Callable[..., Page], city: City) -> None:
    first, second = window("/", user="operator"), window("/", user="operator")
    for page in (first, second):
        at_rest(page)
    picture(first, "operator")

    case = report_by_keyboard(first, "Khói đen ở tầng hai")
    expect(mark(second, f"case-{case}")).to_be_visible(timeout=5_000)

    second_detail = mark(second, "detail")
    second.get_by_test_id(f"case-{case}").click()
    expect(second_detail).to_have_attribute("data-status", "new")
    first.keyboard.press("v")
    expect(second_detail).to_have_attribute("data-status", "verified", timeout=5_000)

    choices = first.locator('[data-testid^="candidate-"]')
    expect(choices.first).to_be_visible()
    picture(first, "candidates")
    proposed = {pick["code"] for pick in first.request.get(f"/api/incidents/{case}/candidates").json()["recommended"]}
    first.keyboard.press("d")
    first.keyboard.press("Enter")
    expect(second_detail).to_have_attribute("data-status", "assigned", timeout=10_000)

    sent = city.rows("select r.code from incidents_assignment a join incidents_responder r on r.id = a.responder_id where a.incident_id = %s", case)
    assert len(proposed) > 1 and {row[0] for row in sent} == proposed, "the whole set that the run card asks for, each with its role"
    expect(second_detail).to_contain_text(sent[0][0])
    arrivals = first.request.get(f"/api/incidents/{case}/candidates").json()["candidates"]
    assert [row["travel_s"] for row in arrivals] == sorted(row["travel_s"] for row in arrivals)


def test_no_shortcut_fires_while_a_word_is_being_composed(window: Callable[..., Page], city: City) -> None:
    page = window("/", user="operator")
    at_rest(page)
    for event in ("{key:'n', isComposing:true, bubbles:true}", "{key:'Process', keyCode:229, bubbles:true}"):
        page.locator("body").evaluate(f"body => body.dispatchEvent(new KeyboardEvent('keydown', {event}))")
    expect(mark(page, "new-report")).to_have_count(0)

    mark(page, "search").fill("")
    mark(page, "search").press("n")
    expect(mark(page, "new-report")).to_have_count(0)


def test_a_cut_wire_resumes_without_fetching_again_and_nothing_is_missed(window: Callable[..., Page], city: City) -> None:
    wire = Wire(urlsplit(city.address).port or 0)
    try:
        page = window("about:blank")
        page.context.request.post(f"{city.address}/api/session", data={"username": "operator", "password": "a long word for trials"})
        page.add_init_script(RECORD_IDS)
        page.goto(f"http://127.0.0.1:{wire.port}/")
        at_rest(page)
        expect(mark(page, "connection")).to_have_attribute("data-state", "live", timeout=15_000)
        since = city.rows("select coalesce(max(seq), 0) from geo_event")[0][0]
        fetched: list[str] = []
        page.on("request", lambda request: fetched.append(request.url) if "/api/incidents?" in request.url or "/api/responders" in request.url else None)

        wire.cut()
        expect(mark(page, "connection")).not_to_have_attribute("data-state", "live", timeout=5_000)
        operator = page.context.request
        token = operator.get(f"{city.address}/api/session").json()["csrf_token"]
        for index in range(3):
            body = {"category": "pothole", "lon": 105.815 + index / 1000, "lat": 9.82, "channel": "phone", "description": f"ổ gà {index}"}
            answer = operator.post(f"{city.address}/api/incidents", data=body, headers={"X-CSRFToken": token})
            assert answer.status == 201
        truth = city.rows("select xid, seq from geo_event where seq > %s order by xid, seq", since)
        assert len(truth) >= 3
        quiet_until = len(fetched)
        wire.mend()
        expect(mark(page, "connection")).to_have_attribute("data-state", "live", timeout=20_000)

        # Other events may come while it is looked: those that were missed are all there, each once, in their order.
        assert until(lambda: set(truth) <= set(_heard(page)), page)
        assert [one for one in _heard(page) if one in truth] == truth
        assert page.evaluate("window.__opened") == 1, "the browser resumed by itself, with the last id it had"
        assert not [url for url in fetched[:quiet_until] if "state=open" in url], "nothing was fetched to catch up; only what changed is asked for"
    finally:
        wire.close()


def _heard(page: Page) -> list[tuple[int, ...]]:
    """Transaction and number of each event that came over the stream."""
    return [tuple(int(part) for part in one.split("-")[1:]) for one in page.evaluate("window.__ids")]


def test_a_place_is_found_without_its_accents(window: Callable[..., Page]) -> None:
    page = window("/", user="operator")
    at_rest(page)
    page.keyboard.press("/")
    mark(page, "search").fill("cho nga bay")

    expect(mark(page, "results").get_by_text("Chợ Ngã Bảy", exact=True).first).to_be_visible(timeout=5_000)
    picture(page, "search")


def test_heat_shows_its_unit_and_its_count(window: Callable[..., Page], city: City) -> None:
    page = window("/", user="operator")
    at_rest(page)
    page.keyboard.press("h")

    expect(mark(page, "heat")).to_contain_text("vụ/km²/30 ngày")
    expect(mark(page, "heat-n")).to_contain_text(re.compile(r"n = \d"))
    picture(page, "heat")


def test_a_stranger_sees_the_public_map_and_no_case(window: Callable[..., Page]) -> None:
    page = window("/")
    at_rest(page)

    expect(page.locator('[data-testid^="case-"]')).to_have_count(0)
    assert page.request.get("/api/incidents").status == 401
    assert page.request.get("/tiles/incidents/14/13009/7739.mvt").status == 404
