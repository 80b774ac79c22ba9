"""What nobody sees is taken out of names and stories; every letter that somebody wrote stays."""

import unicodedata

import pytest

from geo import plain_text


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ("Bà  Tư\tChợ", "Bà Tư Chợ"),
        ("cộng\u202eđảo\u202c ngược", "cộngđảo ngược"),
        ("a\u200bb\ufeffc\u2060d\u00ade", "abcde"),
        ("\u2066ẩn\u2069 \x00danh\x07\x1b[31m", "ẩn danh[31m"),
        ("hai\r\ndòng\u2028ba", "hai dòng ba"),
        (unicodedata.normalize("NFD", "Nguyễn Thị Ánh"), unicodedata.normalize("NFC", "Nguyễn Thị Ánh")),
        ("   \u200b \u3164 ", ""),
        ("\U000e0041tag\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "surrogatepass"), "tag"),
    ],
)
def test_a_line_is_what_is_seen_of_it(given: str, line: str) -> None:
    assert plain_text.line(given) == line


def test_a_story_keeps_its_lines_and_its_emoji() -> None:
    assert plain_text.lines("cháy\r\n\r\nlớn \U0001f468\u200d\U0001f692\u202e\x00 ") == "cháy\n\nlớn \U0001f468\u200d\U0001f692"


def test_every_vietnamese_letter_stays() -> None:
    letters = "aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệghiìỉĩíịklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvxyỳỷỹýỵ"

    assert plain_text.line(letters + letters.upper()) == letters + letters.upper()
