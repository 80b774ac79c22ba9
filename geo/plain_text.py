"""Text as people wrote it, without what nobody sees: a name that turns the line around or hides letters lies to whoever reads it.

Marks that order a text from right to left, controls and characters of no width are taken away; the letters stay, composed (NFC).
"""

import unicodedata

# Marks and overrides of direction, isolates, spaces and joiners of no width, the byte order mark, soft hyphens, fillers and tags of no glyph.
UNSEEN = frozenset(
    map(chr, [0xAD, 0x61C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180E, *range(0x200B, 0x2010), *range(0x2028, 0x202F), *range(0x2060, 0x2070)])
) | frozenset(map(chr, [0x3164, 0xFEFF, 0xFFA0, *range(0xFFF9, 0xFFFC), *range(0xE0000, 0xE0080)]))
# Emoji of several parts are held together by this one; it hides no letter.
JOINER = "\u200d"


def line(text: str) -> str:
    """One line: a name, a place, a number. Breaks and tabs become spaces, and spaces one."""
    return " ".join(_seen(text, keep="").split())


def lines(text: str) -> str:
    """Several lines: what somebody tells. Breaks stay."""
    return _seen(text.replace("\r\n", "\n").replace("\r", "\n"), keep="\n\t" + JOINER).strip()


def _seen(text: str, *, keep: str) -> str:
    kept = (" " if one in "\t\n\r\v\f\u2028\u2029\x85" and one not in keep else one for one in unicodedata.normalize("NFC", text))
    return "".join(one for one in kept if one in keep or (one not in UNSEEN and unicodedata.category(one) not in ("Cc", "Cs", "Co", "Cn")))
