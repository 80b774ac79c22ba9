"""What the caller already has and what it takes, as RFC 9110 says and not as a search for letters would."""

import pytest

from tiles.conditional import takes_gzip, unchanged

ETAG = b'W/"abc"'


@pytest.mark.parametrize("given", [b'"abc"', b'W/"abc"', b"*", b'"x", W/"abc"', b'"x","abc" , "y"', b'  "abc"  ', b'"a,b", "abc"'])
def test_a_tag_that_is_named_is_unchanged(given: bytes) -> None:
    assert unchanged(given, ETAG)


@pytest.mark.parametrize("given", [b"", b"abc", b'"abcd"', b'"xabc"', b'W/"ABC"', b'"*"', b'"x" "y"', b'"' * 100_000, b'"\xff', b'W/"a" bc"'])
def test_another_tag_is_not(given: bytes) -> None:
    assert not unchanged(given, ETAG)


@pytest.mark.parametrize("given", [b"gzip", b"br, gzip", b"GZIP;q=0.5", b"*", b"x-gzip", b"gzip ; q=1", b"identity;q=0, gzip"])
def test_gzip_is_taken(given: bytes) -> None:
    assert takes_gzip(given)


@pytest.mark.parametrize("given", [b"", b"br", b"gzip;q=0", b"gzip; q=0.000, *", b"*;q=0", b"notgzip", b"gzip;q=lots", b"identity"])
def test_gzip_is_refused(given: bytes) -> None:
    assert not takes_gzip(given)
