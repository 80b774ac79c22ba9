"""A place that is said in numbers: degrees in any of the usual spellings, metres of the city's own CRS, northing and easting, or a Plus code.

Which number is which is known by its letter (B/N, Đ/E, X = northing, Y = easting), else by where the place would lie. Nothing is guessed
that lies in the city both ways: then the usual order holds, latitude before longitude, northing before easting.
"""

import re
from dataclasses import dataclass

from geo import plus_codes
from geo.city import CITY
from geo.crs import accepted_box, to_lonlat

NUMBER = r"[+-]?\d+(?:[.,]\d+)?"
DEGREES = re.compile(rf"({NUMBER})\s*°\s*(?:({NUMBER})\s*['′]\s*)?(?:({NUMBER})\s*(?:\"|″|''|′′)\s*)?([NSEWBĐDTnsewbđdt]?)")
# A comma before a space parts two numbers; within one it is a decimal point.
PLAIN = re.compile(
    rf"\s*(?:([XYNE])\s*[=:]?\s*)?({NUMBER})\s*(?:m\b)?\s*(?:[,;]\s+|\s*[;/]\s*|,(?=\s|\D)|\s+)\s*(?:([XYNE])\s*[=:]?\s*)?({NUMBER})\s*(?:m\b)?\s*\Z",
    re.IGNORECASE,
)
TIGHT = re.compile(r"\s*([+-]?\d+\.\d+),([+-]?\d+\.\d+)\s*\Z")
# Bắc and Đông, Tây; D is Đ without its stroke. Nam would be N again, so the south is S alone.
NORTHERN, EASTERN, NEGATIVE = frozenset("NSB"), frozenset("EWĐDT"), frozenset("SWT")
METRES_PER_DEGREE = 111_000.0
LONGEST = 80


@dataclass(frozen=True)
class Said:
    """A place, how it was said ("degrees", "metres" or "plus_code"), and how exactly: half a unit of the last digit, in metres."""

    lon: float
    lat: float
    how: str
    accuracy_m: float


def read(text: str) -> Said | None:
    """The place that a text says, where it lies in the extent that the city accepts; None for anything else."""
    if len(text) > LONGEST:
        return None
    return _sexagesimal(text) or _plain(text) or _plus_code(text)


def _plus_code(text: str) -> Said | None:
    """A short code is one near the city's centre, whatever town is named behind it."""
    square = plus_codes.read(text, lat=CITY.view["lat"], lon=CITY.view["lon"])
    west, south, east, north = CITY.bounds
    if square is None or not (west <= square.lon <= east and south <= square.lat <= north):
        return None
    return Said(square.lon, square.lat, "plus_code", (square.north - square.south) * METRES_PER_DEGREE / 2)


def _sexagesimal(text: str) -> Said | None:
    parts = DEGREES.findall(text)
    if len(parts) != 2 or DEGREES.sub("", text).strip(" ,;") != "":
        return None
    values, letters = [], []
    for degrees, minutes, seconds, letter in parts:
        size = abs(_number(degrees)) + _number(minutes or "0") / 60 + _number(seconds or "0") / 3600
        letters.append(letter.upper())
        values.append(-size if degrees.startswith("-") or letter.upper() in NEGATIVE else size)
    last = next(part for part in reversed(parts[0][:3]) if part)
    step = METRES_PER_DEGREE / {0: 1, 1: 60, 2: 3600}[parts[0][:3].index(last)]
    return _among_degrees(values, letters, step * _half_unit(last))


def _plain(text: str) -> Said | None:
    tight = TIGHT.match(text)
    match = PLAIN.match(text)
    if tight is None and match is None:
        return None
    first, second = (tight[1], tight[2]) if tight else (match[2], match[4]) if match else ("", "")
    letters = ["", ""] if tight or match is None else [(match[1] or "").upper(), (match[3] or "").upper()]
    values = [_number(first), _number(second)]
    if max(abs(value) for value in values) <= 360:
        return _among_degrees(values, letters, METRES_PER_DEGREE * _half_unit(first))
    # X is the northing on Vietnamese paper, as N is; Y and E the easting.
    swapped = letters[0] in ("Y", "E") or letters[1] in ("X", "N")
    orders = [(1, 0)] if swapped else [(0, 1)] if any(letters) else [(0, 1), (1, 0)]
    xmin, ymin, xmax, ymax = accepted_box()
    for north, east in orders:
        if xmin <= values[east] <= xmax and ymin <= values[north] <= ymax:
            lon, lat = to_lonlat(values[east], values[north])
            return Said(lon, lat, "metres", _half_unit(first))
    return None


def _among_degrees(values: list[float], letters: list[str], accuracy_m: float) -> Said | None:
    swapped = letters[0] in EASTERN or letters[1] in NORTHERN
    orders = [(1, 0)] if swapped else [(0, 1)] if any(letters) else [(0, 1), (1, 0)]
    west, south, east, north = CITY.bounds
    for lat_at, lon_at in orders:
        lat, lon = values[lat_at], values[lon_at]
        if west <= lon <= east and south <= lat <= north:
            return Said(lon, lat, "degrees", accuracy_m)
    return None


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def _half_unit(text: str) -> float:
    """Half a unit of the last digit that was said."""
    decimals = len(re.split(r"[.,]", text)[1]) if re.search(r"[.,]", text) else 0
    return float(0.5 * 10.0**-decimals)
