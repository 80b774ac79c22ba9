"""Another unit than the recommended goes with a reason, a unit is held by keys, and an agency answers at its own window."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.conftest import City

WHY = "đang đi ngang hiện trường"


def verified_fire(page: Page) -> int:
    headers = {"X-CSRFToken": page.request.get("/api/session").json()["csrf_token"]}
    body = {"category": "house_fire", "lon": 105.8195, "lat": 9.8165, "channel": "phone", "description": "Cháy sạp chợ"}
    case = int(page.request.post("/api/incidents", data=body, headers=headers).json()["id"])
    assert page.request.post(f"/api/incidents/{case}/verify", data={}, headers=headers).ok
    return case


def test_a_reason_and_a_hold(window: Callable[..., Page], city: City) -> None:
    page = window("/", user="operator")
    case = verified_fire(page)
    page.goto(f"/?sel={case}")
    # The first look of a worker reads the streets.
    expect(page.get_by_test_id("run-card")).to_have_attribute("data-card", "fire_building", timeout=60_000)
    found = page.request.get(f"/api/incidents/{case}/candidates").json()
    recommended = {pick["code"] for pick in found["recommended"]}
    assert recommended
    other = next(one["responder"]["code"] for one in found["candidates"] if not one["recommended"])

    # The set stands preselected; one more than recommended goes with it, and that wants a reason.
    expect(page.get_by_test_id("dispatch")).to_have_attribute("data-units", ", ".join(pick["code"] for pick in found["recommended"]))
    page.locator(f'[data-testid^="candidate-"][data-unit="{other}"]').click()
    page.locator("body").press("d")
    page.locator("body").press("Enter")
    page.get_by_test_id("because-words").fill(WHY)
    page.get_by_test_id("because-words").press("Enter")
    expect(page.get_by_test_id("assignments")).to_contain_text(WHY, timeout=15_000)
    kept = dict(
        city.rows("select r.code, a.because from incidents_assignment a join incidents_responder r on r.id = a.responder_id where a.incident_id = %s", case)
    )
    assert kept[other] == WHY and recommended < kept.keys()

    # A unit that is still free is held, with Y.
    expect(page.locator(f'[data-testid^="candidate-"][data-unit="{other}"]')).to_have_count(0, timeout=15_000)
    code = page.locator('[data-testid^="candidate-"][aria-pressed="false"]').first.get_attribute("data-unit")
    page.locator(f'[data-testid^="candidate-"][data-unit="{code}"]').click()
    page.locator("body").press("y")
    page.get_by_test_id("hold-words").fill("chờ xem cháy lan")
    page.get_by_test_id("hold-words").press("Enter")
    expect(page.get_by_test_id(f"hold-{code}")).to_be_visible(timeout=15_000)


def test_an_agency_accepts_at_its_own_window_and_the_operators_board_follows(window: Callable[..., Page], city: City) -> None:
    """Nobody asks again and again: the stream brings the request to the agency, and its answer to the operator."""
    operator, agency = window("/", user="operator"), window("/?panel=requests", user="agency")
    expect(agency.get_by_test_id("requests")).to_be_visible(timeout=60_000)
    expect(agency.get_by_test_id("connection")).to_have_attribute("data-state", "live", timeout=15_000)
    asked: list[str] = []
    agency.on("request", lambda one: asked.append(one.url) if one.url.endswith("/api/my/requests") else None)

    case = verified_fire(operator)
    operator.goto(f"/?sel={case}")
    expect(operator.get_by_test_id("run-card")).to_be_visible(timeout=60_000)
    expect(operator.get_by_test_id("connection")).to_have_attribute("data-state", "live", timeout=15_000)
    unit = operator.request.get(f"/api/incidents/{case}/candidates").json()["candidates"][-1]["responder"]
    # The demo's agency has only units that are sent; this one must be asked for.
    asked_for = "update incidents_responder set authority = 'requested', agency_id = (select agency_id from geo_user where username = 'agency') where id = %s returning id"
    assert city.rows(asked_for, unit["id"])
    headers = {"X-CSRFToken": operator.request.get("/api/session").json()["csrf_token"]}
    sent = operator.request.post(f"/api/incidents/{case}/dispatch", data={"responders": [unit["id"]], "because": "che chắn hiện trường"}, headers=headers)
    assert sent.ok, sent.text()

    request = agency.get_by_test_id(f"request-{unit['code']}")
    request.get_by_test_id("request-accept").click(timeout=15_000)
    expect(request).to_have_count(0, timeout=15_000)
    expect(operator.get_by_test_id("assignments").locator('[data-status="accepted"]')).to_be_visible(timeout=30_000)
    assert len(asked) <= 3, "once for what was asked, once for what was answered, and what a reload of the page may cost"
