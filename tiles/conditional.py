"""The two request headers that decide what is sent back: If-None-Match and Accept-Encoding (RFC 9110 §13.1.2, §12.5.3)."""

import re

LONGEST_HEADER = 4_000
# An entity tag: optional W/, then visible characters but the quote between quotes.
ETAG = re.compile(rb'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')


def unchanged(if_none_match: bytes, etag: bytes) -> bool:
    """Whether the caller already has this representation: `*`, or any tag of the list, compared weakly."""
    given = if_none_match[:LONGEST_HEADER].strip()
    return given == b"*" or etag.removeprefix(b"W/") in ETAG.findall(given)


def takes_gzip(accept_encoding: bytes) -> bool:
    """Whether gzip may be sent: named, or meant by `*`, and not with a weight of nothing."""
    weights = {}
    for part in accept_encoding[:LONGEST_HEADER].lower().split(b","):
        coding, *options = (piece.strip() for piece in part.split(b";"))
        weights[coding] = _weight(options)
    return weights.get(b"gzip", weights.get(b"x-gzip", weights.get(b"*", 0.0))) > 0


def _weight(options: list[bytes]) -> float:
    for option in options:
        name, _, value = option.partition(b"=")
        if name.strip() == b"q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
