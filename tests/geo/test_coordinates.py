"""Places said in numbers, as people say and write them at the telephone and on paper."""

import pytest

from geo import coordinates
from geo.crs import to_city
from tests.conftest import JUNCTION

LON, LAT = JUNCTION
X, Y = to_city(LON, LAT)


@pytest.mark.parametrize(
    "text",
    [
        f"{LAT}, {LON}",
        f"{LAT} {LON}",
        f"{LON} {LAT}",
        f"{LON},{LAT}",
        f"{LON}; {LAT}",
        "9,8165 105,8150",
        "9,8165; 105,8150",
        "9°48'59.4\"N 105°48'54\"E",
        "9°48'59.4\"B, 105°48'54\"Đ",
        "105°48′54″Đ 9°48′59.4″B",
        "9° 48.99' N 105° 48.9' E",
        "9.8165° 105.815°",
        f"{Y:.2f} {X:.2f}",
        f"X = {Y:.2f} Y = {X:.2f}",
        f"X={Y:.2f}, Y={X:.2f}",
        f"Y: {X:.2f} X: {Y:.2f}",
        f"{X:.2f} {Y:.2f}",
        f"N {Y:.2f} E {X:.2f}",
    ],
)
def test_a_place_is_read_however_it_is_said(text: str) -> None:
    said = coordinates.read(text)

    assert said is not None, text
    assert (said.lon, said.lat) == pytest.approx(JUNCTION, abs=2e-6)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Chợ Ngã Bảy",
        "12/47",
        "123 Hùng Vương",
        "21.0285, 105.8542",
        "0 0",
        "9.8165",
        "9.8165, 105.8150, 3",
        f"X={X:.2f} Y={Y:.2f}",
        "105°N 9°E",
        "9" * 200,
        "1e5 1e6",
        "nan nan",
        "1085000 " * 40,
    ],
)
def test_what_is_no_place_of_the_city_is_none(text: str) -> None:
    assert coordinates.read(text) is None


def test_how_exactly_it_was_said_is_told() -> None:
    assert [round(coordinates.read(text).accuracy_m, 2) for text in ("9.82 105.82", "9.8165 105.8150", f"{Y:.0f} {X:.0f}", "9°49'N 105°49'E")] == [
        555.0,
        5.55,
        0.5,
        925.0,
    ]  # type: ignore[union-attr]
