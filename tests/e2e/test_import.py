"""Files through the wizard in a browser: asked what they do not say, shown before anything changes, found again after the page was left."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.conftest import City, picture
from tests.e2e.sets import call
from tests.real_data import real

READ_MS = 60_000
CORNER = (105.80, 9.81)


def poles(number: int, **more: object) -> list[dict[str, Any]]:
    """Points on a grid in the middle of the city."""
    return [
        {
            "type": "Feature",
            "properties": {"ma": f"T{step}", "cao_m": 4 + step / 10, **more},
            "geometry": {"type": "Point", "coordinates": [CORNER[0] + 0.002 * (step % 10), CORNER[1] + 0.002 * (step // 10)]},
        }
        for step in range(number)
    ]


def file(folder: Path, name: str, features: list[dict[str, Any]]) -> str:
    path = folder / name
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False), "utf-8")
    return str(path)


def wizard(window: Callable[..., Page], user: str = "officer", path: str = "/edit?panel=import") -> Page:
    # What an earlier test left standing would be found again, as it should be.
    desk = window("/healthz", user=user)
    for job in call(desk, "GET", "/api/imports")["items"] if "import=" not in path else ():
        if job["status"] not in ("done", "failed", "cancelled"):
            call(desk, "DELETE", f"/api/imports/{job['id']}")
    page = window(path, user=user)
    page.wait_for_selector("body[data-map-idle]", timeout=60_000)
    return page


def stands_at(page: Page, status: str) -> None:
    expect(page.get_by_test_id("import")).to_have_attribute("data-status", status, timeout=READ_MS)


def written(page: Page, because: str = "khảo sát hiện trường") -> None:
    page.get_by_test_id("import-because").fill(because)
    page.get_by_test_id("import-apply").click()
    stands_at(page, "done")


def test_a_file_becomes_a_layer_and_its_next_edition_changes_only_what_differs(window: Callable[..., Page], city: City, tmp_path: Path) -> None:
    page = wizard(window)
    page.get_by_test_id("import-title-box").fill("Trụ điện thử")
    far = {"type": "Feature", "properties": {"ma": "xa"}, "geometry": {"type": "Point", "coordinates": [20, 50]}}
    page.get_by_test_id("import-file").set_input_files(file(tmp_path, "tru.geojson", [*poles(30), far]))
    stands_at(page, "ready")
    expect(page.get_by_test_id("count-new")).to_have_text("30")
    expect(page.get_by_test_id("count-left_out")).to_have_text("1")
    expect(page.get_by_test_id("import-report")).to_contain_text("ngoài phạm vi thành phố")
    with page.expect_download() as taken:
        page.get_by_test_id("problems-csv").click()
    assert Path(taken.value.path()).read_text("utf-8-sig").splitlines()[1].startswith("31,out_of_extent")

    # Whoever leaves and comes back finds it as it was; nothing has changed meanwhile.
    page.goto("/edit")
    page.goto("/edit?panel=import")
    stands_at(page, "ready")
    before = {one["slug"] for one in page.request.get("/api/layers").json()["layers"]}
    written(page)
    expect(page.get_by_test_id("import-published")).to_be_visible()
    (slug,) = {one["slug"] for one in page.request.get("/api/layers").json()["layers"]} - before
    assert city.rows(f"select count(*) from made.{slug}") == [(30,)]

    page.get_by_test_id("import-again").click()
    page.get_by_test_id("import-layer").select_option(slug)
    moved = poles(29)
    moved[0]["properties"]["cao_m"] = 9.5
    moved.append({**poles(1)[0], "properties": {"ma": "T99", "cao_m": 6}})
    page.get_by_test_id("import-file").set_input_files(file(tmp_path, "tru-2.geojson", moved))
    stands_at(page, "asking")
    page.get_by_test_id("import-key").select_option("ma")
    page.get_by_test_id("import-complete").check()
    page.get_by_test_id("asks-answer").click()
    stands_at(page, "ready")
    counts = {one: page.get_by_test_id(f"count-{one}").inner_text() for one in ("new", "changed", "gone", "unchanged")}
    assert counts == {"new": "1", "changed": "1", "gone": "1", "unchanged": "28"}
    picture(page, "import-differences")
    written(page)
    assert city.rows(f"select count(*), max(cao_m) from made.{slug}") == [(30, 9.5)]


def test_a_table_without_a_known_system_is_asked_where_it_lands(window: Callable[..., Page], tmp_path: Path) -> None:
    page = wizard(window)
    own = call(page, "GET", "/api/city")["srid"]
    x_north, y_east = 1_085_600, 589_400
    table = tmp_path / "moc.csv"
    table.write_text("ten,x,y\n" + "".join(f"Mốc {step},{x_north + 40 * step},{y_east + 30 * step}\n" for step in range(8)), "utf-8")
    page.get_by_test_id("import-file").set_input_files(str(table))
    stands_at(page, "asking")

    picture(page, "import-crs")
    choice = page.locator(f'[data-testid^="crs-{own}"]').first
    expect(choice).to_be_visible()
    choice.check()
    page.get_by_test_id("asks-answer").click()
    stands_at(page, "ready")
    expect(page.get_by_test_id("count-new")).to_have_text("8")


def test_an_import_is_refused_in_words_or_seen_by_its_owner_alone_and_cancelled_it_leaves_nothing(
    window: Callable[..., Page], city: City, tmp_path: Path
) -> None:
    mine = wizard(window)
    before = {one["slug"] for one in mine.request.get("/api/layers").json()["layers"]}
    broken = tmp_path / "hong.geojson"
    broken.write_text("đây không phải là GeoJSON", "utf-8")
    mine.get_by_test_id("import-file").set_input_files(str(broken))
    stands_at(mine, "failed")
    expect(mine.get_by_test_id("import-failed")).to_be_visible()
    mine.get_by_test_id("import-again").click()

    mine.get_by_test_id("import-file").set_input_files(file(tmp_path, "bo.geojson", poles(5)))
    stands_at(mine, "ready")
    number = mine.evaluate("new URLSearchParams(location.search).get('import')")
    other = wizard(window, user="approver", path=f"/edit?panel=import&import={number}")
    expect(other.get_by_test_id("import-drop")).to_be_visible(timeout=15_000)
    assert other.request.get(f"/api/imports/{number}").status == 404

    mine.get_by_test_id("import-cancel").click()
    expect(mine.get_by_test_id("import-drop")).to_be_visible(timeout=15_000)
    assert {one["slug"] for one in mine.request.get("/api/layers").json()["layers"]} == before
    assert city.rows("select status from layers_importjob where file_name = 'bo.geojson'") == [("cancelled",)]


def test_parcels_from_a_file_wait_for_an_approver(window: Callable[..., Page], city: City, tmp_path: Path) -> None:
    page = wizard(window)
    parcel = page.request.get("/api/layers/parcels/features?limit=40").json()["features"][-1]
    kept = ("sheet_no", "parcel_no", "land_use", "ward_code", "ward_valid_from")
    feature = {"type": "Feature", "geometry": parcel["geometry"], "properties": {name: parcel["properties"][name] for name in kept}}
    feature["properties"]["land_use"] = "SKC"
    page.get_by_test_id("import-layer").select_option("parcels")
    page.get_by_test_id("import-file").set_input_files(file(tmp_path, "thua.geojson", [feature]))
    expect(page.get_by_test_id("import")).to_have_attribute("data-status", "ready", timeout=READ_MS)
    expect(page.get_by_test_id("count-changed")).to_have_text("1")
    if page.get_by_test_id("import-reason").count():
        page.get_by_test_id("import-reason").fill("theo hồ sơ địa chính")
    written(page, "cập nhật theo hồ sơ")
    page.get_by_test_id("import-open-set").click()
    sent = page.get_by_test_id("set")
    expect(sent).to_have_attribute("data-status", "draft", timeout=15_000)
    number = sent.get_attribute("data-id")
    page.get_by_test_id("submit-set").click()
    expect(sent).to_have_attribute("data-status", "submitted", timeout=15_000)
    assert city.rows("select land_use from layers_parcel where id = %s", parcel["id"]) != [("SKC",)]

    approver = window(f"/edit?panel=review&set={number}", user="approver")
    expect(approver.get_by_test_id("count-changed")).to_have_text("1", timeout=30_000)
    picture(approver, "review-import")
    approver.get_by_test_id("approve").click()
    expect(approver.get_by_test_id("set")).to_have_attribute("data-status", "published", timeout=30_000)
    assert city.rows("select land_use from layers_parcel where id = %s", parcel["id"]) == [("SKC",)]


def test_names_from_before_unicode_come_out_right(window: Callable[..., Page], city: City, tmp_path: Path) -> None:
    archive = tmp_path / "soctrang.zip"
    folder = real("vn-admin/tcvn3_shp/soctrang_xa.shp").parent
    with zipfile.ZipFile(archive, "w") as zipped:
        for part in folder.glob("soctrang_xa.*"):
            zipped.write(part, part.name)
    page = wizard(window)
    page.get_by_test_id("import-file").set_input_files(str(archive))
    expect(page.get_by_test_id("import")).to_have_attribute("data-status", "ready", timeout=READ_MS)
    expect(page.get_by_test_id("import-report")).to_contain_text("tcvn3")
    number = page.evaluate("new URLSearchParams(location.search).get('import')")
    told = page.request.get(f"/api/imports/{number}/differences").json()["features"]
    words = " ".join(str(value) for one in told for value in one["properties"].values())
    assert "Xã" in words or "Phường" in words or "Thị trấn" in words
    picture(page, "import-tcvn3")
    page.get_by_test_id("import-cancel").click()
