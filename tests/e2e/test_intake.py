"""Taking a call: who calls, a few letters, a place by its name, Enter; a cut wire loses no word; and the caller's phone says where it is."""

import json
import time
from collections.abc import Callable

from playwright.sync_api import Page, expect

from geo import webhooks
from tests.e2e.conftest import TELEPHONE_SECRET, City, picture
from tests.e2e.test_operators import at_rest, mark

NUMBER = "+84 909 555 123"
HERE = {"latitude": 9.8167, "longitude": 105.8152, "accuracy": 12}


def tell(page: Page, call: str, kind: str = "call.ringing", number: str = NUMBER) -> None:
    """As the telephone bridge does."""
    body = json.dumps({"type": kind, "data": {"call_id": call, "from": number, "to": "114"}})
    key, stamp = f"m-{kind}-{call}", str(int(time.time()))
    signature = webhooks.signature(secret=TELEPHONE_SECRET, id=key, timestamp=stamp, body=body.encode())
    headers = {"Content-Type": "application/json", "webhook-id": key, "webhook-timestamp": stamp, "webhook-signature": signature}
    answer = page.request.post("/api/calls", data=body, headers=headers)
    assert answer.ok, answer.text()


def test_a_call_becomes_a_case_by_keyboard_and_a_cut_wire_loses_no_word(window: Callable[..., Page], city: City) -> None:
    page = window("/", user="operator")
    at_rest(page)
    # Whoever rang before has hung up: missed, and after the one who is on the line.
    for call, number in city.rows("select call_id, number from incidents_call where ended_at is null"):
        tell(page, call, "call.ended", number)
    tell(page, "e2e-1")
    expect(mark(page, "calls")).to_contain_text(NUMBER, timeout=5_000)
    picture(page, "call")

    page.keyboard.press("e")
    expect(mark(page, "report-phone")).to_have_value(NUMBER)
    # The form stands with the cursor where the kind is typed.
    expect(mark(page, "report-kind")).to_be_focused()
    page.keyboard.type("chay nha")
    expect(mark(page, "report-category")).to_have_value("house_fire")
    mark(page, "report-find").fill("cho nga bay")
    expect(mark(page, "report-found")).to_contain_text("Chợ Ngã Bảy", timeout=5_000)
    mark(page, "report-find").press("Enter")
    expect(mark(page, "where-spot")).to_have_attribute("aria-pressed", "true")
    mark(page, "report-description").fill("khói trên mái chợ")
    picture(page, "report")

    page.context.set_offline(True)
    mark(page, "report-description").press("Enter")
    expect(mark(page, "report-waits")).to_be_visible(timeout=5_000)
    page.context.set_offline(False)
    # The network is back: it is sent by itself, under the key that it had, or by the next Enter.
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(mark(page, "new-report")).to_have_count(0, timeout=10_000)

    found = city.rows("select id, place_source, accuracy_m is not null, geom is not null from incidents_incident where description = 'khói trên mái chợ'")
    assert [row[1:] for row in found] == [("landmark", True, True)]
    assert city.rows("select incident_id from incidents_call where call_id = 'e2e-1'") == [(found[0][0],)]
    expect(mark(page, "detail")).to_have_attribute("data-case", str(found[0][0]))
    # The keyboard goes on where the form has closed.
    page.keyboard.press("v")
    expect(mark(page, "detail")).to_have_attribute("data-status", "verified", timeout=10_000)

    # A tab that closes in the middle: what was written is there again.
    page.keyboard.press("n")
    mark(page, "report-description").fill("nửa câu")
    page.reload()
    at_rest(page)
    # The address still says that the form is open.
    expect(mark(page, "draft-restored")).to_be_visible()
    expect(mark(page, "report-description")).to_have_value("nửa câu")


def test_a_callers_phone_says_where_it_is_and_a_second_phone_cannot(window: Callable[..., Page], city: City) -> None:
    operator = window("/", user="operator")
    at_rest(operator)
    operator.keyboard.press("n")
    mark(operator, "report-kind").fill("duoi nuoc")
    mark(operator, "where-none").click()
    mark(operator, "report-description").fill("không biết đang ở đâu")
    mark(operator, "report-description").press("Enter")
    expect(mark(operator, "place-case")).to_be_visible(timeout=10_000)

    mark(operator, "ask-phone").click()
    words = mark(operator, "phone-link-words").text_content(timeout=5_000) or ""
    path = "/here/" + words.rsplit("/here/", 1)[1].strip()
    phone = window(path, geolocation=HERE, permissions=["geolocation"])
    mark(phone, "send-position").click()
    expect(mark(phone, "said")).to_contain_text("Đã gửi vị trí", timeout=10_000)
    picture(phone, "here")

    # The operator's page has the place without anybody's hand, and stops asking for one.
    expect(mark(operator, "place-case")).to_have_count(0, timeout=10_000)
    assert city.rows("select place_source, accuracy_m from incidents_incident where description = 'không biết đang ở đâu'") == [("phone", 12.0)]

    stranger = window(path, geolocation=HERE, permissions=["geolocation"])
    expect(mark(stranger, "said")).to_contain_text("điện thoại khác", timeout=5_000)
    wrong = window(path[:-3] + "xyz")
    expect(mark(wrong, "said")).to_contain_text("không đúng", timeout=5_000)
