"""Plain names out of anybody's words: for columns and slugs, and to compare what is called alike."""

import re
import unicodedata

LONGEST = 50


def plain_name(text: str, fallback: str) -> str:
    """A name for a column or a slug from any words: no accents, lower case, words joined by one underscore."""
    made = plain(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text))[:LONGEST].strip("_")
    if not made:
        return fallback
    return made if made[0].isalpha() else f"{fallback}_{made}"


def plain(text: str) -> str:
    """The letters and digits of a text, without marks, in lower case."""
    letters = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D").lower())
    return re.sub(r"[^a-z0-9]+", "_", "".join(letter for letter in letters if not unicodedata.combining(letter))).strip("_")
