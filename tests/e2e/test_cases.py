"""A case at the operator's page: merged by one key and split again, verified by a way, and written by two people who lose nothing."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.conftest import City, picture
from tests.e2e.test_operators import at_rest, mark

# The queue holds still under the pointer: who left it is shown as gone.
GONE = re.compile(r"\bgone\b")


def reported(page: Page, **given: object) -> int:
    """As another channel would: over the same session, without the form."""
    token = page.request.get("/api/session").json()["csrf_token"]
    told = {"category": "crash", "channel": "phone", "lon": 105.8195, "lat": 9.8165, "description": "hai xe máy tông nhau trước cổng chợ", **given}
    answer = page.request.post("/api/incidents", data=told, headers={"X-CSRFToken": token, "Referer": page.url})
    assert answer.status == 201, answer.text()
    return int(answer.json()["id"])


def test_a_second_report_is_merged_by_one_key_and_taken_out_again(window: Callable[..., Page], city: City) -> None:
    page = window("/", user="operator")
    at_rest(page)
    first = reported(page, reporter_phone="0901", reporter_name="Bà Tư")
    second = reported(page, channel="zalo", reporter_phone="0902", reporter_name="Ông Sáu", lon=105.8197)
    detail = mark(page, "detail")

    mark(page, f"case-{second}").click()
    expect(mark(page, f"merge-{first}")).to_be_visible()
    picture(page, "duplicates")
    page.keyboard.press("m")
    expect(detail).to_have_attribute("data-case", str(first), timeout=5_000)
    expect(mark(page, f"report-{second}")).to_contain_text("0902")
    expect(mark(page, f"case-{second}")).to_have_class(GONE)

    mark(page, f"split-{second}").click()
    wrong = mark(page, f"report-{second}")
    wrong.get_by_test_id("asking-reason").fill("vụ khác")
    wrong.get_by_test_id("asking-confirm").click()
    expect(mark(page, f"case-{second}")).not_to_have_class(GONE, timeout=5_000)
    expect(mark(page, "reports")).to_be_hidden()

    mark(page, "verify-ways").click()
    mark(page, "verify-way").select_option("second_source")
    mark(page, "verify-note").fill("hai người báo")
    mark(page, "verify-true").click()
    expect(detail).to_have_attribute("data-status", "verified", timeout=5_000)
    expect(mark(page, "verification")).to_contain_text("hai người báo")

    # What the case is about: the parcel or the asset there, attached by one press.
    offered = mark(page, "about").locator('[data-testid^="attach-"]').first
    what = (offered.get_attribute("data-testid") or "").removeprefix("attach-")
    offered.click()
    expect(mark(page, f"about-{what}")).to_be_visible(timeout=5_000)
    assert city.rows("select layer || '-' || fid from incidents_casefeature where incident_id = %s", first) == [(what,)]


def test_two_people_who_write_one_field_are_both_told_and_the_second_decides(window: Callable[..., Page], city: City) -> None:
    mine, theirs = window("/", user="operator"), window("/", user="operator")
    for page in (mine, theirs):
        at_rest(page)
    case = reported(mine, category="pothole", lon=105.8299)
    for page in (mine, theirs):
        mark(page, f"case-{case}").click()
        mark(page, "amend-open").click()

    # Both type from the same version.
    mark(mine, "amend-description").fill("ổ gà sâu")
    mark(theirs, "amend-place").fill("đầu cầu")
    mark(theirs, "amend-description").fill("ổ gà lớn")
    mark(theirs, "amend-save").click()
    expect(mark(theirs, "amend-form")).to_be_hidden()
    mark(mine, "amend-severity").select_option("3")
    mark(mine, "amend-save").click()
    expect(mark(mine, "amend-clash")).to_contain_text("ổ gà lớn")
    picture(mine, "clash")
    mark(mine, "keep-mine").click()
    expect(mark(mine, "amend-clash")).to_be_hidden()
    # Save was pressed already: it is sent once the last clash is decided.
    expect(mark(mine, "amend-form")).to_be_hidden()

    kept = city.rows("select place_name, description, severity from incidents_incident where id = %s", case)
    assert kept == [("đầu cầu", "ổ gà sâu", 3)], "nobody's field is lost"


def test_a_report_of_two_things_is_divided_by_keyboard(window: Callable[..., Page], city: City) -> None:
    page = window("/", user="operator")
    at_rest(page)
    case = reported(page, reporter_phone="0903", reporter_name="Ông Năm", lon=105.8399)
    mark(page, f"case-{case}").click()
    detail = mark(page, "detail")
    mark(page, "divide").press("Enter")
    expect(mark(page, "divide-category")).to_be_focused()
    mark(page, "divide-category").select_option("protest")
    mark(page, "divide-text").fill("đám đông giăng băng rôn")
    mark(page, "divide-reason").fill("hai việc")
    picture(page, "divide")
    mark(page, "divide-reason").press("Control+Enter")
    expect(detail).not_to_have_attribute("data-case", str(case), timeout=5_000)
    expect(mark(page, "restricted-badge")).to_be_visible()
    expect(detail).to_contain_text("0903")
