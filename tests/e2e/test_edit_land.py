"""A parcel is split in four clicks and Enter, its part split again in the draft, published by somebody else, and every window follows."""

import math
import re
import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, Response, expect

from tests.e2e.conftest import City, click_until, picture

ZOOM = 18.5
Place = tuple[float, float]


def four_cornered(page: Page) -> dict[str, Any]:
    """A parcel with four corners, large enough to be cut by hand."""
    found = page.request.get("/api/layers/parcels/features?limit=600").json()["features"]
    fit = [one for one in found if len(one["geometry"]["coordinates"][0]) == 5 and 400 < one["properties"]["measured_area_m2"] < 2500]
    return max(fit, key=lambda one: one["properties"]["measured_area_m2"])


def middle(ring: list[Place]) -> Place:
    return sum(at[0] for at in ring[:4]) / 4, sum(at[1] for at in ring[:4]) / 4


def across(ring: list[Place]) -> tuple[Place, Place]:
    """From outside one of the longer sides to outside the other."""
    lengths = [math.dist(ring[i], ring[i + 1]) for i in range(4)]
    first = max(range(2), key=lambda i: lengths[i] + lengths[i + 2])
    a, b = ([(ring[i][axis] + ring[i + 1][axis]) / 2 for axis in (0, 1)] for i in (first, first + 2))
    return tuple(a[i] + (a[i] - b[i]) * 0.3 for i in (0, 1)), tuple(b[i] + (b[i] - a[i]) * 0.3 for i in (0, 1))  # type: ignore[return-value]


def mercator(place: Place) -> Place:
    size = 512 * 2**ZOOM
    sine = math.sin(math.radians(place[1]))
    return (place[0] / 360 + 0.5) * size, (0.5 - math.log((1 + sine) / (1 - sine)) / (4 * math.pi)) * size


def click(page: Page, centre: Place, place: Place, modifiers: list[Any] | None = None) -> None:
    """Click a place of a map whose centre is known."""
    box = page.get_by_test_id("map").bounding_box()
    assert box is not None
    (x, y), (x0, y0) = mercator(place), mercator(centre)
    page.get_by_test_id("map").click(position={"x": box["width"] / 2 + x - x0, "y": box["height"] / 2 + y - y0}, modifiers=modifiers)


def at(window: Callable[..., Page], centre: Place, user: str) -> Page:
    page = window(f"/edit?layer=parcels&z={ZOOM}&lng={centre[0]:.9f}&lat={centre[1]:.9f}", user=user)
    page.wait_for_selector("body[data-map-idle]", timeout=60_000)
    return page


def test_a_parcel_is_split_in_four_clicks_and_enter_and_every_window_follows(window: Callable[..., Page], city: City) -> None:
    parcel = four_cornered(window("/healthz", user="officer"))
    ring = parcel["geometry"]["coordinates"][0]
    centre, (one_side, other_side) = middle(ring), across(ring)
    third = at(window, centre, "approver")
    page = at(window, centre, "officer")
    before = city.rows("select count(*) from layers_parcel")[0][0]
    waiting = city.rows("select count(*) from layers_changeitem")

    click(page, centre, centre)
    expect(page.get_by_test_id("target")).to_have_attribute("data-fid", str(parcel["id"]), timeout=15_000)
    expect(page.get_by_test_id("target")).to_contain_text("không cấp và không thay đổi quyền")
    page.get_by_test_id("tool-split").click()
    click(page, centre, one_side)
    click(page, centre, other_side)
    areas = page.get_by_test_id("ghost-area")
    expect(areas).to_have_count(2, timeout=15_000)
    assert all("m²" in text for text in areas.all_inner_texts())
    picture(page, "split")
    # Both areas were seen and nothing was stored.
    assert city.rows("select count(*) from layers_changeitem") == waiting
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("edit-words")).to_contain_text("phiên chỉnh sửa", timeout=15_000)
    assert city.rows("select count(*) from layers_parcel")[0][0] == before

    page.get_by_test_id("rail-draft").click()
    expect(page.get_by_test_id("draft-count")).not_to_have_text("0")
    made = page.get_by_test_id("draft-count").inner_text()
    page.keyboard.press("Control+z")
    expect(page.get_by_test_id("draft-count")).to_have_text("0", timeout=15_000)
    page.keyboard.press("Control+y")
    expect(page.get_by_test_id("draft-count")).to_have_text(made, timeout=15_000)
    split_the_first_part(page, centre, ring)
    picture(page, "split-draft")

    page.get_by_test_id("submit-because").fill("tách cho con")
    page.get_by_test_id("submit-document").fill("15/VPĐK")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_test_id("draft")).to_have_attribute("data-status", "submitted", timeout=15_000)
    number = page.get_by_test_id("draft").get_attribute("data-set")

    def fresh_tile(response: Response) -> bool:
        return bool(re.search(r"/tiles/parcels/.*changed=", response.url)) and response.status == 200

    began = time.monotonic()
    with third.expect_response(fresh_tile, timeout=15_000):
        approve(third, str(number))
    followed_s = time.monotonic() - began
    assert followed_s < 5, followed_s
    assert city.rows("select count(*) from layers_parcel")[0][0] == before + 2
    assert city.rows("select count(*) from layers_parcel where id = %s", parcel["id"]) == [(0,)]
    family = page.request.get(f"/api/land/lineage/{parcel['id']}").json()
    assert len(family["links"]) == 3, "parts of a part come of the parcel that stood"

    # The third window's map has the new parcels: a click finds one of them.
    half_way: Place = tuple(centre[i] + (ring[0][i] - centre[i]) * 0.5 for i in (0, 1))  # type: ignore[assignment]
    click_until(lambda: click(third, centre, half_way), third.get_by_test_id("target"))
    assert int(third.get_by_test_id("target").get_attribute("data-fid") or 0) != parcel["id"]


def split_the_first_part(page: Page, centre: Place, ring: list[Place]) -> None:
    """What stands only in the draft is clicked, cut across the first cut, and gives way to its parts."""
    one_side, other_side = across(ring)
    part = tuple(centre[i] + (ring[0][i] - centre[i]) * 0.4 for i in (0, 1))
    click(page, centre, part)  # type: ignore[arg-type]
    expect(page.get_by_test_id("target")).to_have_attribute("data-fid", "new", timeout=15_000)
    page.keyboard.press("x")
    along = [(other_side[i] - one_side[i]) * 0.02 for i in (0, 1)]
    # From the middle of the first cut's part outwards: square to that cut.
    turned = (-(one_side[1] - other_side[1]), one_side[0] - other_side[0])
    for way in (-0.8, 0.8):
        click(page, centre, tuple(part[i] + turned[i] * way + along[i] for i in (0, 1)))  # type: ignore[arg-type]
    expect(page.get_by_test_id("ghost-area")).to_have_count(2, timeout=15_000)
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("draft-count")).to_have_text("4", timeout=15_000)


def approve(page: Page, number: str) -> None:
    calls = page.request
    headers = {"X-CSRFToken": calls.get("/api/session").json()["csrf_token"]}
    version = calls.get(f"/api/changesets/{number}").json()["version"]
    answer = calls.post(f"/api/changesets/{number}/approve", data={}, headers={**headers, "If-Match": f'"v{version}"'})
    assert answer.ok, answer.text()


def beyond(city: City, one: int, other: int) -> list[Place]:
    """A line beside the common edge of two parcels, a fifth of its length within the second, from outside both to outside both."""
    (x1, y1, x2, y2, x3, y3), *_ = city.rows(
        "select st_x(p), st_y(p), st_x(q), st_y(q), st_x(c), st_y(c) from (select st_transform(st_startpoint(e), 4326) p, st_transform(st_endpoint(e), 4326) q,"
        " st_transform(st_centroid(g), 4326) c from (select st_linemerge(st_collectionextract(st_intersection(st_snap(a.geom, b.geom, 0.01), b.geom), 2)) e, b.geom g"
        " from layers_parcel a, layers_parcel b where a.id = %s and b.id = %s) edge) ends",
        one,
        other,
    )
    aside = ((x3 - (x1 + x2) / 2) * 0.3, (y3 - (y1 + y2) / 2) * 0.3)
    return [
        (x1 + (x1 - x2) * 0.4 + aside[0], y1 + (y1 - y2) * 0.4 + aside[1]),
        (x2 + (x2 - x1) * 0.4 + aside[0], y2 + (y2 - y1) * 0.4 + aside[1]),
    ]


def test_neighbours_get_a_new_boundary_and_are_merged_with_the_attributes_of_the_one_that_is_chosen(window: Callable[..., Page], city: City) -> None:
    one, other = city.rows(
        "select a.id, b.id from layers_parcel a join layers_parcel b on a.id < b.id and st_dwithin(a.geom, b.geom, 0.01)"
        " where st_length(st_intersection(st_snap(a.geom, b.geom, 0.01), b.geom)) > 8 and st_area(a.geom) + st_area(b.geom) < 2500"
        " and st_npoints(a.geom) = 5 and st_npoints(b.geom) = 5 order by a.id limit 1"
    )[0]
    calls = window("/healthz", user="officer").request
    first, second = (calls.get(f"/api/layers/parcels/features/{fid}").json() for fid in (one, other))
    centre = middle(first["geometry"]["coordinates"][0])
    page = at(window, centre, "officer")

    click(page, centre, centre, ["Shift"])
    expect(page.get_by_test_id("many")).to_have_attribute("data-count", "1", timeout=15_000)
    click(page, centre, middle(second["geometry"]["coordinates"][0]), ["Shift"])
    expect(page.get_by_test_id("many")).to_have_attribute("data-count", "2", timeout=15_000)
    page.get_by_test_id("rail-land").click()
    page.get_by_test_id("land-adjust").click()
    for place in beyond(city, one, other):
        # Alt: nothing of the neighbours catches it.
        click(page, centre, place, ["Alt"])
    expect(page.get_by_test_id("ghost-area")).to_have_count(2, timeout=15_000)
    picture(page, "adjust")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("edit-words")).to_contain_text("phiên chỉnh sửa", timeout=15_000)
    assert city.rows("select count(*), count(edit -> 'geometry') from layers_changeitem where change_set_id = (select max(id) from layers_changeset)") == [
        (2, 2)
    ]

    # Merged as the draft has them.
    for number, place in enumerate((centre, middle(second["geometry"]["coordinates"][0])), start=1):
        click(page, centre, place, ["Shift"])
        expect(page.get_by_test_id("many")).to_have_attribute("data-count", str(number), timeout=15_000)
    page.keyboard.press("m")
    expect(page.get_by_test_id("ghost-area")).to_have_count(1, timeout=15_000)
    page.get_by_test_id("survivor").select_option(str(other))
    expect(page.get_by_test_id("survivor")).to_have_value(str(other))
    expect(page.get_by_test_id("ghost-area")).to_have_count(1, timeout=15_000)
    picture(page, "merge")
    page.get_by_test_id("ghosts-accept").click()
    expect(page.get_by_test_id("edit-words")).to_contain_text("phiên chỉnh sửa", timeout=15_000)

    gone = city.rows("select array_agg(fid order by fid) from layers_changeitem where op = 'delete' and change_set_id = (select max(id) from layers_changeset)")
    assert gone[0][0] == sorted([one, other])


def test_a_parcel_is_divided_into_equal_parts_by_numbers_alone(window: Callable[..., Page]) -> None:
    parcel = four_cornered(window("/healthz", user="approver"))
    page = window(f"/edit?layer=parcels&sel={parcel['id']}&panel=land", user="officer")
    expect(page.get_by_test_id("target")).to_have_attribute("data-fid", str(parcel["id"]), timeout=60_000)

    page.get_by_test_id("subdivide-amount").fill("3")
    page.get_by_test_id("subdivide-bearing").fill("45")
    page.get_by_test_id("subdivide").click()

    expect(page.get_by_test_id("ghost-area")).to_have_count(3, timeout=15_000)
    parts = [text.split("m²")[0].split()[-1] for text in page.get_by_test_id("ghost-area").all_inner_texts()]
    assert len({part.split(",")[0] for part in parts}) == 1, parts


def test_a_survey_is_walked_by_bearings_and_distances_and_says_how_it_closes(window: Callable[..., Page], city: City) -> None:
    page = window("/edit?layer=parcels&panel=land", user="officer")
    page.wait_for_selector("body[data-map-idle]", timeout=60_000)
    north, east = city.rows("select st_y(c), st_x(c) from (select st_centroid(geom) c from layers_parcel order by id limit 1) q")[0]
    page.get_by_test_id("traverse-x").fill(f"{north:.3f}".replace(".", ","))
    page.get_by_test_id("traverse-y").fill(f"{east:.3f}".replace(".", ","))

    page.get_by_test_id("traverse-courses").fill("0 20\nbắc 15")
    expect(page.get_by_test_id("traverse")).to_be_disabled()
    page.get_by_test_id("traverse-courses").fill("0 20\n90°00'00\" 15,5\n180 20\n270 15,47")
    page.get_by_test_id("traverse-use").select_option("ODT")
    page.get_by_test_id("traverse").click()

    expect(page.get_by_test_id("walk")).to_contain_text("0,03 m", timeout=15_000)
    expect(page.get_by_test_id("ghost-area")).to_have_count(1)
    # It lies on a parcel that stands: the rules say so before anything is stored, and it cannot be accepted.
    expect(page.get_by_test_id("ghosts").get_by_test_id("issue-no_overlap").first).to_be_visible()
    expect(page.get_by_test_id("ghosts-accept")).to_be_disabled()
