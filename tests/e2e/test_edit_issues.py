"""What the rules say while an officer edits: errors block, warnings ask for a written reason, ways out are shown before they are taken."""

import contextlib
from collections.abc import Callable

from playwright.sync_api import Page, Response, expect

from tests.e2e.conftest import City, picture
from tests.e2e.test_edit_draft import opened, parcel


def test_a_warning_is_submitted_only_with_a_written_reason_that_is_kept(window: Callable[..., Page], city: City) -> None:
    first = parcel(window("/healthz", user="officer"))
    page = opened(window, first)

    page.get_by_test_id("box-legal_area_m2").fill("500")
    expect(page.get_by_test_id("hand-issues")).to_be_visible(timeout=15_000)
    page.keyboard.press("Control+s")
    expect(page.get_by_test_id("edit-words")).to_contain_text("phiên chỉnh sửa", timeout=15_000)
    page.get_by_test_id("rail-draft").click()
    page.get_by_test_id("submit-because").fill("theo giấy mới")
    page.get_by_test_id("submit-set").click()
    expect(page.get_by_test_id("issue-area_tolerance")).to_have_attribute("data-severity", "warning", timeout=15_000)
    assert city.rows("select status from layers_changeset order by id desc limit 1")[0][0] == "draft"

    page.get_by_test_id("accept-area_tolerance").fill("giấy cấp năm 1998 đo bằng thước dây")
    picture(page, "issues")
    page.get_by_test_id("rail-draft").click()
    page.get_by_test_id("submit-set").click()
    expect(page.get_by_test_id("draft")).to_have_attribute("data-status", "submitted", timeout=15_000)
    accepted = city.rows("select accepted from layers_changeset order by id desc limit 1")[0][0]
    assert list(accepted.values()) == ["giấy cấp năm 1998 đo bằng thước dây"]


def test_an_overlap_blocks_and_its_way_out_is_seen_before_it_is_taken(window: Callable[..., Page], city: City) -> None:
    fid = city.rows(
        "select a.id from layers_parcel a join layers_parcel b on a.id <> b.id and st_dwithin(a.geom, b.geom, 0.001)"
        " where st_npoints(a.geom) = 5 and st_area(a.geom) between 500 and 2500 group by a.id having count(*) >= 3 order by a.id limit 1"
    )[0][0]
    shape = window("/healthz", user="officer").request.get(f"/api/layers/parcels/features/{fid}").json()
    page = opened(window, shape)
    waiting = city.rows("select count(*) from layers_changeitem")
    last = shape["geometry"]["coordinates"][0][3]

    def tells_of_the_last_corner(answer: Response) -> bool:
        return answer.url.endswith("/api/edits/preview") and answer.request.post_data_json["edits"][-1]["geometry"]["coordinates"][0][3] != last

    page.get_by_test_id("vertices-open").click()
    # Away from the middle: into a neighbour or into the street.
    for corner, (north, east) in enumerate([(3, 0), (0, 3), (-3, 0), (0, -3)], start=1):
        boxes = page.get_by_test_id(f"vertex-{corner}").locator("input")
        for place, by in ((0, north), (1, east)):
            if by:
                boxes.nth(place).fill(f"{float(boxes.nth(place).input_value()) + by:.3f}")
                with page.expect_response(tells_of_the_last_corner) if corner == 4 else contextlib.nullcontext() as told:
                    boxes.nth(place).press("Enter")
    many = len([issue for issue in told.value.json()["issues"] if issue["rule"] == "no_overlap"])
    page.get_by_test_id("map").focus()
    page.keyboard.press("i")
    overlaps = page.get_by_test_id("issue-no_overlap")
    expect(overlaps).to_have_count(many, timeout=15_000)
    expect(overlaps.first).to_have_attribute("data-severity", "error")

    page.get_by_test_id("fix-no_overlap-0").first.click()
    expect(page.get_by_test_id("ghosts")).to_be_visible(timeout=15_000)
    picture(page, "fix")
    assert city.rows("select count(*) from layers_changeitem") == waiting
    page.get_by_test_id("ghosts-accept").click()
    expect(page.get_by_test_id("ghosts")).to_have_count(0, timeout=15_000)
    expect(overlaps).to_have_count(many - 1, timeout=15_000)
