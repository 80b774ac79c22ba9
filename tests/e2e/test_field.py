"""Field staff: one button, ten seconds to take it back, and a dead network that loses neither a step nor a position."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.conftest import City, picture

PHONE = {"is_mobile": True, "has_touch": True, "permissions": ["geolocation"], "geolocation": {"longitude": 105.815, "latitude": 9.8135, "accuracy": 8}}
THUMB_PX = 48


def unit_of(city: City, login: str) -> tuple[int, str]:
    return city.rows("select r.id, r.code from incidents_responder r join geo_user u on u.id = r.user_id where u.username = %s", login)[0]


def status_of(city: City, unit: int) -> str:
    return city.rows("select status from incidents_assignment where responder_id = %s order by id desc limit 1", unit)[0][0]


def send(window: Callable[..., Page], city: City, unit: int) -> None:
    """The operator sends the unit to a fresh case, over the API."""
    calls = window("/healthz", user="operator").request
    headers = {"X-CSRFToken": calls.get("/api/session").json()["csrf_token"]}
    report = {"category": "house_fire", "lon": 105.82, "lat": 9.818, "channel": "phone", "description": "Cháy bếp"}
    case = calls.post("/api/incidents", data=report, headers=headers).json()["id"]
    assert calls.post(f"/api/incidents/{case}/verify", data={}, headers=headers).ok
    answer = calls.post(f"/api/incidents/{case}/dispatch", data={"responders": [unit], "because": "thử đường đi"}, headers=headers)
    assert answer.ok, answer.text()


def test_a_step_is_one_tap_and_can_be_taken_back_and_the_network_may_die(window: Callable[..., Page], city: City) -> None:
    unit, code = unit_of(city, "field1")
    if city.rows("select 1 from incidents_assignment where responder_id = %s and ended_at is null", unit) == []:
        send(window, city, unit)
    page = window("/field", user="field1", **PHONE)
    page.set_viewport_size({"width": 390, "height": 844})
    card = page.locator("article").first
    expect(card).to_be_visible(timeout=30_000)
    expect(page.get_by_test_id("field")).to_contain_text(code)
    picture(page, "field")
    before = status_of(city, unit)

    page.get_by_test_id("next-step").first.tap()
    expect(card).not_to_have_attribute("data-status", before, timeout=10_000)
    page.get_by_test_id("undo").tap()
    expect(card).to_have_attribute("data-status", before, timeout=10_000)
    assert status_of(city, unit) == before

    page.context.set_offline(True)
    page.get_by_test_id("next-step").first.tap()
    expect(card).not_to_have_attribute("data-status", before)
    page.context.set_geolocation({"longitude": 105.816, "latitude": 9.814, "accuracy": 8})
    expect(page.get_by_test_id("offline-bar")).to_be_visible(timeout=30_000)
    assert status_of(city, unit) == before, "nothing can have arrived"

    page.context.set_offline(False)
    expect(page.get_by_test_id("offline-bar")).to_have_count(0, timeout=30_000)
    page.get_by_test_id("tab-outbox").tap()
    expect(page.get_by_test_id("deed")).to_have_count(0, timeout=15_000)
    expect(page.get_by_test_id("fixes-waiting")).to_have_attribute("data-n", "0", timeout=15_000)
    assert status_of(city, unit) != before
    kept = city.rows("select count(*), count(distinct at) from incidents_position where responder_id = %s and source = 'field'", unit)[0]
    assert kept[0] == kept[1] >= 2


def test_everything_a_thumb_must_hit_is_large_enough(window: Callable[..., Page]) -> None:
    page = window("/field", user="field2", **PHONE)
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.get_by_test_id("field")).to_be_visible(timeout=30_000)

    for tab in ("work", "map", "outbox", "device"):
        page.get_by_test_id(f"tab-{tab}").tap()
        page.wait_for_timeout(300)
        small = page.evaluate(
            "least => [...document.querySelectorAll('button, a, input')].filter(one => one.offsetParent)"
            ".map(one => [one.textContent || one.dataset.testid, one.getBoundingClientRect().height]).filter(one => one[1] < least)",
            THUMB_PX,
        )
        assert small == [], tab
