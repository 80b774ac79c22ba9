"""The wall: signs in by its token, hides it, needs no mouse and no scroll, and comes back when its session has ended."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.conftest import City, picture

FOUR_K_SHAPE = {"width": 1280, "height": 720}


def token(city: City) -> str:
    words = (city.var / "logins.txt").read_text()
    return words.split("/wall?token=")[1].split()[0]


def test_the_wall_signs_in_by_its_token_and_comes_back_by_itself(window: Callable[..., Page], city: City) -> None:
    secret = token(city)
    page = window(f"/wall?token={secret}")
    wall = page.get_by_test_id("wall")

    expect(wall).to_be_visible(timeout=30_000)
    assert secret not in page.url
    expect(page.get_by_test_id("figure-open")).to_be_visible()
    expect(page.get_by_test_id("wall-age")).to_contain_text("Dữ liệu đến")
    picture(page, "wall")

    page.context.clear_cookies()
    page.reload()
    expect(wall).to_be_visible(timeout=30_000)


def test_the_wall_never_scrolls_and_says_what_its_figures_stand_on(window: Callable[..., Page], city: City) -> None:
    page = window(f"/wall?token={token(city)}&lang=en")
    page.set_viewport_size(FOUR_K_SHAPE)
    expect(page.get_by_test_id("wall")).to_be_visible(timeout=30_000)

    spare = page.evaluate("[document.documentElement.scrollHeight - innerHeight, document.documentElement.scrollWidth - innerWidth]")
    assert spare == [0, 0]
    expect(page.get_by_test_id("figure-verify")).to_contain_text("n =")
    expect(page.get_by_test_id("wall-age")).to_contain_text("Data until")


def test_a_token_that_is_none_shows_no_figure(window: Callable[..., Page]) -> None:
    page = window("/wall?token=not-a-token")

    expect(page.get_by_test_id("wall-waiting")).to_have_attribute("data-entry", "refused", timeout=30_000)
    expect(page.get_by_test_id("wall")).to_have_count(0)
