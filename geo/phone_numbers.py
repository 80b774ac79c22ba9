"""One telephone number however it is written: +84 909 123 456, 0084…, 0909.123.456 and 84909123456 are the same person calling.

Numbers are read by libphonenumber (phonenumbers), which knows each country's; here is only how ours reach it: a SIP address, the words for an
extension, and the short numbers (113), which belong to no plan. What is no number at all is an empty text.
"""

import re

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

# What the library does not know: the extension in Vietnamese, and what stands behind a SIP address.
UNSAID = re.compile(r"(?:\bmáy lẻ\b|\bmay le\b|@|#).*$", re.IGNORECASE)
SCHEME = re.compile(r"^\s*sips?:", re.IGNORECASE)
# As long as the texts that are kept; what is longer is not read at all.
LONGEST_TEXT = 80


def normal(text: str, *, country: str) -> str:
    """The number in one form: +, country code, number; a short number (113) as it is; empty where there is none."""
    said = UNSAID.sub("", SCHEME.sub("", text[:LONGEST_TEXT]))
    try:
        number = phonenumbers.parse(said, phonenumbers.region_code_for_country_code(int(country)))
    except NumberParseException:
        return ""
    if phonenumbers.is_possible_number(number):
        return phonenumbers.format_number(number, PhoneNumberFormat.E164)
    # Too short for the country's plan: the number of an emergency service, or of a desk in the house.
    short = phonenumbers.national_significant_number(number)
    return short if 0 < len(short) < SHORTEST_IN_A_PLAN and not number.italian_leading_zero else ""


SHORTEST_IN_A_PLAN = 7


def ending(text: str) -> str:
    """The last nine digits: what the index of numbers stands on; two numbers with one ending may still differ."""
    return "".join(one for one in text if one.isascii() and one.isdigit())[-9:]
