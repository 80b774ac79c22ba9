"""Plus codes (Open Location Code): the little square that a code means, and the full code that a short one stands for near a place.

Written from the specification; the official test data are the facts that the tests hold it to. It refuses what is no code.
"""

import math
import re
from dataclasses import dataclass

ALPHABET = "23456789CFGHJMPQRVWX"
SEPARATOR_AT = 8
PAIRS = 10
# Digits beyond these say less than a centimetre and are not read.
MOST_DIGITS = 15
# After the pairs each digit is a cell of a grid: five rows and four columns.
ROWS, COLUMNS = 5, 4
LAT_UNITS = 8_000 * ROWS ** (MOST_DIGITS - PAIRS)
LON_UNITS = 8_000 * COLUMNS ** (MOST_DIGITS - PAIRS)
SHAPE = re.compile(rf"([{ALPHABET}]*)(0*)\+([{ALPHABET}]*)\Z", re.IGNORECASE)
# How a code stands in a text: at its beginning, and what follows is the name of the town.
SAID = re.compile(rf"\s*([{ALPHABET}0]{{2,8}}\+[{ALPHABET}]*)(?=[\s,.;]|\Z)", re.IGNORECASE)


@dataclass(frozen=True)
class Square:
    """What a code means, in degrees."""

    south: float
    west: float
    north: float
    east: float

    @property
    def lat(self) -> float:
        return min((self.south + self.north) / 2, 90.0)

    @property
    def lon(self) -> float:
        return min((self.west + self.east) / 2, 180.0)


def is_code(text: str) -> bool:
    """Whether it is a code at all, full or short."""
    match = SHAPE.match(text)
    if match is None:
        return False
    digits, zeros, rest = match.groups()
    before = len(digits) + len(zeros)
    if before % 2 or before > SEPARATOR_AT or len(rest) == 1 or not (before or rest):
        return False
    # A padded code is a full one with nothing after its sign, and pairs are padded whole.
    return not zeros or (before == SEPARATOR_AT and not rest and len(digits) > 0 and len(digits) % 2 == 0)


def is_full(text: str) -> bool:
    """Whether it says the place alone, without a town beside it."""
    if not is_code(text) or text.index("+") != SEPARATOR_AT:
        return False
    # 18 columns of 20 degrees go around the earth, 9 rows from pole to pole.
    return ALPHABET.index(text[0].upper()) < 9 and ALPHABET.index(text[1].upper()) < 18


def is_short(text: str) -> bool:
    return is_code(text) and text.index("+") < SEPARATOR_AT


def decode(code: str) -> Square:
    """The square of a full code. Raises ValueError."""
    if not is_full(code):
        raise ValueError(f"{code!r} is no full Plus code.")
    digits = [ALPHABET.index(letter) for letter in code.upper() if letter not in "+0"][:MOST_DIGITS]
    lat, lon, high, wide = 0, 0, 400 * LAT_UNITS, 400 * LON_UNITS
    for at in range(0, min(len(digits), PAIRS), 2):
        high, wide = high // 20, wide // 20
        lat, lon = lat + digits[at] * high, lon + digits[at + 1] * wide
    for cell in digits[PAIRS:]:
        high, wide = high // ROWS, wide // COLUMNS
        lat, lon = lat + cell // COLUMNS * high, lon + cell % COLUMNS * wide
    return Square(lat / LAT_UNITS - 90, lon / LON_UNITS - 180, (lat + high) / LAT_UNITS - 90, (lon + wide) / LON_UNITS - 180)


def encode(lat: float, lon: float) -> str:
    """The full code of ten digits that holds a place."""
    # The pole is no square's edge but belongs to the last one; longitudes go around.
    y = min(max(math.floor(lat * 8_000) + 90 * 8_000, 0), 180 * 8_000 - 1)
    x = (math.floor(lon * 8_000) + 180 * 8_000) % (360 * 8_000)
    letters = ""
    for _ in range(PAIRS // 2):
        letters = ALPHABET[y % 20] + ALPHABET[x % 20] + letters
        y, x = y // 20, x // 20
    return f"{letters[:SEPARATOR_AT]}+{letters[SEPARATOR_AT:]}"


def recover(code: str, *, lat: float, lon: float) -> str:
    """The full code that a short one stands for near a place; a full one is itself. Raises ValueError."""
    if is_full(code):
        return code.upper()
    if not is_short(code):
        raise ValueError(f"{code!r} is no Plus code.")
    missing = SEPARATOR_AT - code.index("+")
    step = 20.0 ** (2 - missing / 2)
    square = decode(encode(lat, lon)[:missing] + code.upper())
    # The nearest square with that ending: the one in the reference's own cell, or the next one.
    south, east = square.lat, square.lon
    if lat + step / 2 < south and south - step >= -90:
        south -= step
    elif lat - step / 2 > south and south + step <= 90:
        south += step
    if lon + step / 2 < east:
        east -= step
    elif lon - step / 2 > east:
        east += step
    return encode(south, east)[:missing] + code.upper()


def read(text: str, *, lat: float, lon: float) -> Square | None:
    """The square that a text begins with, near a place where the code is short; None where it begins with none."""
    match = SAID.match(text)
    if match is None or not (is_full(match[1]) or is_short(match[1])):
        return None
    return decode(recover(match[1], lat=lat, lon=lon))
