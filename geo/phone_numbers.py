"""One telephone number however it is written: +84 909 123 456, 0084…, 0909.123.456 and 84909123456 are the same person calling.

It says nothing about whose number it is or whether it exists; what is no number at all is an empty text.
"""

import re
import unicodedata

# The rest of a number that is only for the exchange inside the house.
EXTENSION = re.compile(r"(?:[;,#]|\b(?:ext|x|máy lẻ|may le)\b\.?).*$", re.IGNORECASE)
# The national zero in brackets, which is not dialled from abroad.
BRACKETED = re.compile(r"\(\s*0\s*\)")
SHORTEST_WITH_COUNTRY = 11
# E.164: at most fifteen digits.
LONGEST = 15


def normal(text: str, *, country: str) -> str:
    """The number in one form: +, country code, number; a short number (113) as it is; empty where there is none."""
    said = EXTENSION.sub("", BRACKETED.sub("", unicodedata.normalize("NFKC", text)))
    # A number in a link may be tel:+84… or sip:+84…@host.
    said = said.split("@")[0].split(":")[-1]
    digits = "".join(one for one in said if one.isdecimal())
    digits = "".join(str(unicodedata.digit(one)) for one in digits)
    if not digits or len(digits) > LONGEST + 2:
        return ""
    if said.lstrip(" (\u202a\u202c\u200e").startswith("+"):
        return _whole(digits)
    if digits.startswith("00"):
        return _whole(digits[2:])
    if digits.startswith("0"):
        return _whole(country + digits[1:])
    if digits.startswith(country) and len(digits) >= SHORTEST_WITH_COUNTRY:
        return _whole(digits)
    return digits if len(digits) <= LONGEST else ""


def _whole(digits: str) -> str:
    return f"+{digits}" if 4 <= len(digits) <= LONGEST else ""


def ending(text: str) -> str:
    """The last nine digits: what the index of numbers stands on; two numbers with one ending may still differ."""
    return "".join(one for one in text if one.isascii() and one.isdigit())[-9:]
