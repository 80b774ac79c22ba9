"""The editor's drafts and tools: nothing is seen by others before it is published, every step goes back, keys can be switched off, axe finds nothing."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.conftest import ROOT, City, picture

AXE = Path(ROOT / "frontend/node_modules/axe-core/axe.min.js")


def parcel(page: Page, largest_m2: float = 3000) -> dict[str, Any]:
    """The largest parcel that fits the screen."""
    found = page.request.get("/api/layers/parcels/features?limit=400").json()["features"]
    return max((one for one in found if one["properties"]["measured_area_m2"] < largest_m2), key=lambda one: one["properties"]["measured_area_m2"])


def opened(window: Callable[..., Page], feature: dict[str, Any], user: str = "officer", more: str = "") -> Page:
    """The editor with the feature in hand."""
    lon, lat = feature["geometry"]["coordinates"][0][0]
    page = window(f"/edit?layer={feature['properties']['_layer']}&z=18&lng={lon}&lat={lat}&sel={feature['id']}{more}", user=user)
    page.wait_for_selector("body[data-map-idle]", timeout=60_000)
    expect(page.get_by_test_id("target")).to_have_attribute("data-fid", str(feature["id"]), timeout=20_000)
    return page


def certificate(city: City, fid: int) -> str:
    return str(city.rows("select certificate_no from layers_parcel where id = %s", fid)[0][0])


def test_an_edit_of_a_parcel_waits_in_a_draft_goes_back_and_forth_and_is_submitted_with_a_reason(window: Callable[..., Page], city: City) -> None:
    first = parcel(window("/healthz", user="officer"))
    page = opened(window, first)
    before = certificate(city, first["id"])

    page.get_by_test_id("box-certificate_no").fill("CH 424242")
    page.keyboard.press("Control+s")
    expect(page.get_by_test_id("edit-words")).to_contain_text("phiên chỉnh sửa", timeout=15_000)
    page.get_by_test_id("rail-draft").click()
    expect(page.get_by_test_id("draft-count")).to_have_text("1")
    picture(page, "draft")

    page.get_by_test_id("undo").click()
    expect(page.get_by_test_id("draft-count")).to_have_text("0", timeout=15_000)
    page.get_by_test_id("map").focus()
    page.keyboard.press("Control+y")
    expect(page.get_by_test_id("draft-count")).to_have_text("1", timeout=15_000)

    page.keyboard.press("Control+Enter")
    expect(page.get_by_test_id("submit-because")).to_be_focused()
    page.keyboard.type("cấp lại giấy")
    page.get_by_test_id("submit-document").fill("12/QĐ-UBND")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_test_id("draft")).to_have_attribute("data-status", "submitted", timeout=15_000)

    kept = city.rows("select because, document, status from layers_changeset order by id desc limit 1")[0]
    assert kept == ("cấp lại giấy", "12/QĐ-UBND", "submitted")
    assert certificate(city, first["id"]) == before


def test_a_draft_is_its_authors_alone_and_a_link_to_it_opens_it_again(window: Callable[..., Page]) -> None:
    first = parcel(window("/healthz", user="officer"))
    page = opened(window, first)
    page.get_by_test_id("box-certificate_no").fill("CH 777")
    page.keyboard.press("Control+s")
    expect(page.get_by_test_id("edit-words")).to_contain_text("phiên chỉnh sửa", timeout=15_000)
    page.wait_for_function("new URLSearchParams(location.search).get('draft')")
    number = page.evaluate("new URLSearchParams(location.search).get('draft')")

    again = opened(window, first, more=f"&draft={number}&panel=draft")
    expect(again.get_by_test_id("draft")).to_have_attribute("data-set", number, timeout=15_000)
    other = window(f"/edit?layer=parcels&draft={number}&panel=draft", user="approver")
    expect(other.get_by_test_id("edit-words")).to_be_visible(timeout=30_000)
    expect(other.get_by_test_id("draft")).to_have_attribute("data-set", "")


def test_many_lights_get_one_value_in_one_transaction(window: Callable[..., Page], city: City) -> None:
    lights = window("/healthz", user="officer").request.get("/api/layers/street_lights/features?limit=60").json()["features"]
    lon, lat = lights[0]["geometry"]["coordinates"]
    page = window(f"/edit?layer=street_lights&z=17.5&lng={lon}&lat={lat}", user="officer")
    page.wait_for_selector("body[data-map-idle]", timeout=60_000)
    box = page.get_by_test_id("map").bounding_box()
    assert box is not None

    page.keyboard.press("b")
    page.mouse.click(box["x"] + 20, box["y"] + 160)
    page.mouse.click(box["x"] + box["width"] - 120, box["y"] + box["height"] - 60)
    expect(page.get_by_test_id("many")).to_be_visible(timeout=15_000)
    count = int(page.get_by_test_id("many").get_attribute("data-count") or 0)
    assert count > 1

    page.get_by_test_id("many-field").select_option("power_w")
    page.get_by_test_id("box-power_w").fill("123")
    page.get_by_test_id("because").fill("thay đồng loạt")
    picture(page, "many")
    page.get_by_test_id("many-save").click()
    expect(page.get_by_test_id("edit-words")).to_contain_text(str(count), timeout=15_000)
    assert city.rows("select count(*) from layers_streetlight where power_w = 123")[0][0] == count
    assert city.rows("select count(*), count(distinct at) from layers_history where because = 'thay đồng loạt'")[0] == (count, 1)


def test_a_corner_typed_in_vn2000_is_the_corner_that_is_stored(window: Callable[..., Page], city: City) -> None:
    first = parcel(window("/healthz", user="officer"))
    page = opened(window, first)
    north, east = city.rows(
        "select st_y(st_pointn(st_exteriorring(geom), 1)), st_x(st_pointn(st_exteriorring(geom), 1)) from layers_parcel where id = %s", first["id"]
    )[0]

    page.get_by_test_id("vertices-open").click()
    boxes = page.get_by_test_id("vertex-1").locator("input")
    # Shown to the millimetre, as the database has it; GeoJSON carries eight decimals of a degree, half a millimetre.
    assert abs(float(boxes.nth(0).input_value()) - north) < 0.0015
    assert abs(float(boxes.nth(1).input_value()) - east) < 0.0015
    boxes.nth(0).fill(f"{north + 0.5:.3f}".replace(".", ","))
    boxes.nth(0).press("Enter")
    page.keyboard.press("Control+s")
    expect(page.get_by_test_id("edit-words")).to_contain_text("phiên chỉnh sửa", timeout=15_000)

    made = city.rows("select edit -> 'geometry' from layers_changeitem order by id desc limit 1")[0][0]
    made_north = city.rows("select st_y(st_transform(st_setsrid(st_pointn(st_exteriorring(st_geomfromgeojson(%s)), 1), 4326), 5897))", json.dumps(made))[0][0]
    assert abs(made_north - round(north + 0.5, 3)) < 0.001


def test_a_building_is_drawn_from_the_corner_of_another_and_finished_by_numbers(window: Callable[..., Page], city: City) -> None:
    # A corner with nothing before it: `away` is the direction from its building.
    lon, lat, north, east, away_x, away_y = city.rows(
        "select st_x(st_transform(at, 4326)), st_y(st_transform(at, 4326)), st_y(at), st_x(at), dx / st_distance(at, mid), dy / st_distance(at, mid)"
        " from (select id, at, mid, st_x(at) - st_x(mid) dx, st_y(at) - st_y(mid) dy from (select id, st_pointn(st_exteriorring(st_geometryn(geom, 1)), 1) at,"
        " st_centroid(geom) mid from layers_building) one) two where not exists (select 1 from layers_building b where b.id <> two.id and"
        " st_dwithin(b.geom, st_translate(at, 8 * dx / st_distance(at, mid), 8 * dy / st_distance(at, mid)), 14)) order by id limit 1"
    )[0]
    page = window("/healthz", user="officer")
    # The true corners around catch the pointer, once they are here.
    with page.expect_response(lambda answer: "/buildings/features?bbox" in answer.url, timeout=60_000):
        page.goto(f"/edit?layer=buildings&z=19&lng={lon}&lat={lat}")
    page.wait_for_selector("body[data-map-idle]", timeout=60_000)
    box = page.get_by_test_id("map").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    page.keyboard.press("3")
    # A kite: along the direction, and to both sides of it.
    kite = [(x + ahead * away_x - aside * away_y, y - ahead * away_y - aside * away_x) for ahead, aside in ((4, 0), (70, 45), (110, 0), (20, 60), (70, -45))]
    for place in kite[:3]:
        page.mouse.click(*place)
    # A corner that would make an edge cross another is refused aloud.
    page.mouse.click(*kite[3])
    expect(page.get_by_test_id("edit-words")).to_contain_text("cắt cạnh khác", timeout=15_000)
    page.mouse.click(*kite[4])
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("target")).to_have_attribute("data-fid", "new", timeout=15_000)
    page.get_by_test_id("vertices-open").click()
    first = page.get_by_test_id("vertex-1").locator("input")
    assert [abs(float(first.nth(i).input_value()) - known) < 0.0015 for i, known in enumerate((north, east))] == [True, True]
    third = page.get_by_test_id("vertex-3").locator("input").nth(0)
    typed = round(float(third.input_value()) + 1.5, 3)
    third.fill(f"{typed:.3f}".replace(".", ","))
    third.press("Enter")
    picture(page, "drawn")
    page.get_by_test_id("because").fill("vẽ theo ảnh")
    page.keyboard.press("Control+s")
    expect(page.get_by_test_id("edit-words")).to_contain_text("Đã lưu", timeout=15_000)

    made = city.rows("select st_x(p.geom), st_y(p.geom) from layers_building b, st_dumppoints(b.geom) p where b.id = (select max(id) from layers_building)")
    assert any(abs(at[0] - east) < 0.001 and abs(at[1] - north) < 0.001 for at in made), made
    assert any(abs(at[1] - typed) < 0.001 for at in made), made


def test_single_keys_can_be_switched_off_and_keys_with_control_stay(window: Callable[..., Page]) -> None:
    page = window("/edit?layer=street_lights", user="officer")
    page.wait_for_selector("body[data-map-idle]", timeout=60_000)
    page.keyboard.press("q")
    expect(page.get_by_test_id("map")).to_have_attribute("data-hand", "measure")
    page.keyboard.press("Escape")

    page.keyboard.press("?")
    page.get_by_test_id("single-keys").uncheck()
    page.get_by_test_id("help-close").click()
    page.keyboard.press("q")
    expect(page.get_by_test_id("map")).to_have_attribute("data-hand", "pick")
    page.reload()
    page.wait_for_selector("body[data-map-idle]", timeout=60_000)
    page.keyboard.press("1")
    expect(page.get_by_test_id("map")).to_have_attribute("data-hand", "pick")
    page.keyboard.press("?")
    expect(page.get_by_test_id("shortcuts")).to_be_visible()


def faults(page: Page) -> list[str]:
    """What axe has against the page, with the elements."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [f"{one['id']}: {[node['html'][:120] for node in one['nodes'][:3]]}" for one in found]


def test_axe_finds_nothing_on_the_editor_with_a_parcel_in_hand(window: Callable[..., Page]) -> None:
    first = parcel(window("/healthz", user="officer"))
    page = opened(window, first)
    page.get_by_test_id("vertices-open").click()

    for door in page.locator("[data-testid^=rail-]").all():
        door.click()
        assert faults(page) == [], door.inner_text()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    assert faults(page) == []
