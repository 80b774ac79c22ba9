"""A playbook on the page: a form, a decision that a leader makes on a phone, the replay by keyboard; an exercise has its frame on every screen."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.conftest import City, picture
from tests.e2e.test_edit_draft import AXE

# Two maps drawn without a graphics card, on a machine that may be busy.
PATIENCE_MS = 90_000
PHONE = {"width": 390, "height": 844}


def faults(page: Page, *parts: str) -> list[str]:
    """What axe has against parts of the page, with the elements."""
    page.evaluate(AXE.read_text())
    include = [f"[data-testid='{part}']" for part in parts]
    found = page.evaluate("include => axe.run({include}, {resultTypes: ['violations']})", include)["violations"]
    return [f"{one['id']}: {[node['html'][:120] for node in one['nodes'][:3]]}" for one in found]


def call(page: Page, path: str, body: dict) -> dict:
    headers = {"X-CSRFToken": page.request.get("/api/session").json()["csrf_token"]}
    answer = page.request.post(path, data=body, headers=headers)
    assert answer.ok, answer.text()
    return answer.json()


def test_a_leader_decides_on_a_phone_what_the_operator_may_not(window: Callable[..., Page], city: City) -> None:
    operator = window("/healthz", user="operator")
    operator.set_default_timeout(PATIENCE_MS)
    view = operator.request.get("/api/city").json()["view"]
    place = {"lon": view["lon"], "lat": view["lat"]}
    case = call(operator, "/api/incidents", {"category": "drowning", "channel": "phone", "description": "Trượt khỏi bến", **place})["id"]
    operator.set_viewport_size({"width": 1280, "height": 720})
    operator.goto(f"/?sel={case}&layers=roads")
    expect(operator.get_by_test_id("playbook-drowning")).to_be_visible(timeout=PATIENCE_MS)

    # A form: what is missing is refused by the server's own words, then it is kept.
    operator.get_by_test_id("open-last_seen").click()
    operator.get_by_test_id("field-place").fill("Bến đò")
    operator.get_by_test_id("done-last_seen").click()
    expect(operator.get_by_test_id("step-last_seen").get_by_role("alert")).to_be_visible(timeout=PATIENCE_MS)
    operator.get_by_test_id("field-minutes_ago").fill("10")
    operator.get_by_test_id("field-people").fill("1")
    operator.get_by_test_id("done-last_seen").click()
    expect(operator.get_by_test_id("step-last_seen")).to_have_attribute("data-status", "done", timeout=PATIENCE_MS)

    # Beyond the operator: asked, answered on the leader's phone, and the next step opens.
    operator.get_by_test_id("open-stop_boats").click()
    expect(operator.get_by_test_id("done-stop_boats")).to_have_count(0)
    operator.get_by_test_id("opinion-ask").click()
    expect(operator.get_by_test_id("step-stop_boats")).to_have_attribute("data-status", "begun", timeout=PATIENCE_MS)
    leader = window("/?panel=opinions&layers=roads", user="leader", has_touch=True)
    leader.set_viewport_size(PHONE)
    leader.set_default_timeout(PATIENCE_MS)
    option = leader.get_by_test_id("option-yes").first
    expect(option).to_be_visible(timeout=PATIENCE_MS)
    assert (option.bounding_box() or {"height": 0})["height"] >= 44
    option.click()
    leader.get_by_test_id("opinion-words").first.fill("Cấm luồng hai giờ")
    leader.get_by_test_id("opinion-answer").first.click()
    expect(operator.get_by_test_id("step-stop_boats")).to_have_attribute("data-status", "done", timeout=PATIENCE_MS)
    expect(operator.get_by_test_id("step-stop_boats")).to_contain_text("Cấm luồng hai giờ")
    expect(operator.get_by_test_id("step-close_water")).to_be_visible()

    # The replay moves by arrow keys; nothing that axe knows is wrong with it.
    operator.get_by_test_id("open-replay-here").click()
    slider = operator.get_by_test_id("replay-slider")
    expect(slider).to_be_visible(timeout=PATIENCE_MS)
    before = int(operator.get_by_test_id("replay").get_attribute("data-at") or 0)
    slider.focus()
    slider.press("ArrowRight")
    expect(operator.get_by_test_id("replay")).not_to_have_attribute("data-at", str(before))
    picture(operator, "playbook")
    assert faults(operator, "playbooks", "drawer-replay") == []

    # An exercise: its frame and words at once, also for who takes no part.
    number = call(operator, "/api/exercises", {"name": "Diễn tập e2e", "minutes": 10, "units": []})["id"]
    for page in (operator, leader):
        expect(page.get_by_test_id("exercise-banner")).to_contain_text("DIỄN TẬP", timeout=PATIENCE_MS)
        assert page.locator("body").get_attribute("data-exercise") == "on"
    call(operator, f"/api/exercises/{number}/end", {})
    expect(operator.get_by_test_id("exercise-banner")).to_have_count(0, timeout=PATIENCE_MS)
