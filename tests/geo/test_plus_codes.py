"""Plus codes against the official test data of Open Location Code (google/open-location-code, test_data)."""

import pytest

from geo import coordinates, plus_codes
from geo.city import CITY

# code, valid, short, full
VALIDITY = [
    ("8FWC2345+G6", True, False, True),
    ("8FWC2345+G6G", True, False, True),
    ("8fwc2345+", True, False, True),
    ("8FWCX400+", True, False, True),
    ("WC2345+G6g", True, True, False),
    ("2345+G6", True, True, False),
    ("45+G6", True, True, False),
    ("+G6", True, True, False),
    ("G+", False, False, False),
    ("+", False, False, False),
    ("8FWC2345+G", False, False, False),
    ("8FWC2_45+G6", False, False, False),
    ("8FWC2η45+G6", False, False, False),
    ("8FWC2345+G6+", False, False, False),
    ("8FWC2345G6+", False, False, False),
    ("8FWC2300+G6", False, False, False),
    ("WC2300+G6g", False, False, False),
    ("WC2345+G", False, False, False),
    ("WC2300+", False, False, False),
    ("849VGJQF+VX7QR3J", True, False, True),
    ("849VGJQF+VX7QR3U", False, False, False),
    ("849VGJQF+VX7QR3JW", True, False, True),
    ("849VGJQF+VX7QR3JU", False, False, False),
]
# code, south, west, north, east
DECODING = [
    ("7FG49Q00+", 20.35, 2.75, 20.4, 2.8),
    ("7FG49QCJ+2V", 20.37, 2.782125, 20.370125, 2.78225),
    ("7FG49QCJ+2VX", 20.3701, 2.78221875, 20.370125, 2.78225),
    ("7FG49QCJ+2VXGJ", 20.370113, 2.782234375, 20.370114, 2.78223632813),
    ("8FVC2222+22", 47.0, 8.0, 47.000125, 8.000125),
    ("4VCPPQGP+Q9", -41.273125, 174.785875, -41.273, 174.786),
    ("62G20000+", 0.0, -180.0, 1, -179),
    ("22220000+", -90, -180, -89, -179),
    ("7FG40000+", 20.0, 2.0, 21.0, 3.0),
    ("22222222+22", -90.0, -180.0, -89.999875, -179.999875),
    ("6VGX0000+", 0, 179, 1, 180),
    ("6FH32222+222", 1, 1, 1.000025, 1.00003125),
    ("CFX30000+", 89, 1, 90, 2),
    ("62H20000+", 1, -180, 2, -179),
    ("62H30000+", 1, -179, 2, -178),
    ("CFX3X2X2+X2", 89.9998750, 1, 90, 1.0001250),
    ("84000000+", 30, -140, 50, -120),
    ("6FH56C22+22", 1.2000000000000028, 3.4000000000000057, 1.2001249999999999, 3.4001250000000027),
    ("849VGJQF+VX7QR3J", 37.5396691200, -122.3750698242, 37.5396691600, -122.3750697021),
    ("849VGJQF+VX7QR3J7QR3J", 37.5396691200, -122.3750698242, 37.5396691600, -122.3750697021),
]
# full code, latitude and longitude nearby, short code
RECOVERY = [
    ("9C3W9QCJ+2VX", 51.3701125, -1.217765625, "+2VX"),
    ("9C3W9QCJ+2VX", 51.3708675, -1.217765625, "CJ+2VX"),
    ("9C3W9QCJ+2VX", 51.3693575, -1.217765625, "CJ+2VX"),
    ("9C3W9QCJ+2VX", 51.3701125, -1.218520625, "CJ+2VX"),
    ("9C3W9QCJ+2VX", 51.3701125, -1.217010625, "CJ+2VX"),
    ("9C3W9QCJ+2VX", 51.3852125, -1.217765625, "9QCJ+2VX"),
    ("9C3W9QCJ+2VX", 51.3550125, -1.217765625, "9QCJ+2VX"),
    ("9C3W9QCJ+2VX", 51.3701125, -1.232865625, "9QCJ+2VX"),
    ("9C3W9QCJ+2VX", 51.3701125, -1.202665625, "9QCJ+2VX"),
    ("8FJFW222+", 42.899, 9.012, "22+"),
    ("796RXG22+", 14.95125, -23.5001, "22+"),
    ("8FRCXGRF+PM", 47.00, 8.55, "XGRF+PM"),
    ("CFX22222+22", 89.6, 0.0, "2222+22"),
    ("2CXXXXXX+XX", -81.0, 0.0, "XXXXXX+XX"),
]


@pytest.mark.parametrize(("code", "valid", "short", "full"), VALIDITY)
def test_a_code_is_known_from_what_is_none(code: str, valid: bool, short: bool, full: bool) -> None:
    assert (plus_codes.is_code(code), plus_codes.is_short(code), plus_codes.is_full(code)) == (valid, short, full)


@pytest.mark.parametrize(("code", "s", "w", "n", "e"), DECODING)
def test_a_code_means_its_square(code: str, s: float, w: float, n: float, e: float) -> None:
    square = plus_codes.decode(code)

    assert (square.south, square.west, square.north, square.east) == pytest.approx((s, w, n, e), abs=1e-9)


@pytest.mark.parametrize(("full", "lat", "lon", "short"), RECOVERY)
def test_a_short_code_is_the_nearest_square_with_that_ending(full: str, lat: float, lon: float, short: str) -> None:
    assert plus_codes.recover(short, lat=lat, lon=lon) == full


@pytest.mark.parametrize("code", ["", "+", "2345+G6", "XXXX0000+", "8FWC2345+G", "'; drop table"])
def test_what_says_no_place_alone_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="no full Plus code"):
        plus_codes.decode(code)


def test_a_code_in_the_search_is_a_place_in_the_city_full_or_with_the_towns_name() -> None:
    here = plus_codes.encode(CITY.view["lat"] + 0.01, CITY.view["lon"] - 0.01)

    for text in (here, here.lower(), here[4:], f"{here[4:]} Ngã Bảy", f" {here[4:]}, Ngã Bảy"):
        said = coordinates.read(text)
        assert said is not None, text
        assert (said.lat, said.lon) == pytest.approx((CITY.view["lat"] + 0.01, CITY.view["lon"] - 0.01), abs=0.000_13)
        assert (said.how, 6.5 < said.accuracy_m < 7.5) == ("plus_code", True)
    # Zurich is no place of this city, and a name with a plus is none at all.
    assert coordinates.read("8FVC2222+22") is None
    assert coordinates.read("quán 22+") is None
