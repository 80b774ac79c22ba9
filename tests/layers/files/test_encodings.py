"""Vietnamese text from before Unicode is recognised by its words and read letter by letter."""

import csv
import unicodedata

import pytest

from layers.files import encodings
from tests.real_data import real

SENTENCE = "Uỷ ban nhân dân phường Ngã Bảy, đường Hùng Vương, kênh Cái Côn, chợ nổi Phụng Hiệp, ấp Mỹ Phú, xã Đại Thành"
MARKS = {"\u0300", "\u0301", "\u0303", "\u0309", "\u0323"}


def in_tcvn3(text: str) -> bytes:
    """The reverse of the code chart, for letters that VN3 has."""
    table = {letter: byte for byte, letter in encodings._TCVN3.items()}
    return bytes(table.get(letter, ord(letter) if ord(letter) < 128 else 63) for letter in text)


def in_vni(text: str) -> bytes:
    """VNI-Windows: a letter of its own where there is one, else the vowel and what it carries."""
    alone = {letter: byte for byte, letter in encodings._VNI_LETTERS.items()}
    carried = {unicodedata.normalize("NFC", "e" + marks): byte for byte, marks in encodings._VNI_MARKS_LOWER.items() if marks != "\u0306"}
    out = bytearray()
    for letter in text:
        plain, marks = unicodedata.normalize("NFD", letter)[0], unicodedata.normalize("NFD", letter)[1:]
        if letter in alone or not marks:
            out.append(alone.get(letter, ord(letter)))
        elif "\u031b" in marks:
            horn = unicodedata.normalize("NFC", plain + "\u031b")
            tone = next((mark for mark in marks if mark in MARKS), "")
            out += bytes([alone[horn]]) + (bytes([next(byte for byte, mark in encodings._VNI_MARKS_LOWER.items() if mark == tone)]) if tone else b"")
        else:
            wanted = {unicodedata.normalize("NFC", "a" + mark): byte for byte, mark in encodings._VNI_MARKS_LOWER.items()}
            key = unicodedata.normalize("NFC", "a" + marks)
            out += plain.encode() + bytes([wanted.get(key) or carried[unicodedata.normalize("NFC", "e" + marks)]])
    return bytes(out)


def in_1258(text: str) -> bytes:
    """Tones as combining marks after a letter that keeps its breve, circumflex or horn."""
    parts = []
    for letter in text:
        marks = unicodedata.normalize("NFD", letter)
        tone = "".join(mark for mark in marks if mark in MARKS)
        parts.append(unicodedata.normalize("NFC", "".join(mark for mark in marks if mark not in MARKS)) + tone)
    return "".join(parts).encode("cp1258")


@pytest.mark.parametrize(("name", "write"), [("tcvn3", in_tcvn3), ("vni", in_vni), ("windows-1258", in_1258), ("utf-8", str.encode)])
def test_each_encoding_is_recognised_and_read_exactly(name: str, write: object) -> None:
    raws = [write(word) for word in SENTENCE.split(", ")]
    found = encodings.detect(raws)

    assert found is not None
    assert (found.name, found.twice) == (name, False)
    assert ", ".join(encodings.decode(raw, found) for raw in raws) == SENTENCE


def test_tcvn3_that_was_saved_as_utf8_is_read_back() -> None:
    raws = [in_tcvn3(word).decode("cp1252", "replace").encode() for word in SENTENCE.split(", ")]
    found = encodings.detect(raws)

    assert found is not None
    assert (found.name, found.twice) == ("tcvn3", True)
    assert encodings.decode(raws[1], found) == "đường Hùng Vương"


def test_plain_letters_need_no_choice() -> None:
    assert str(encodings.detect([b"Nga Bay", b"Hung Vuong 12"])) == "utf-8"


def test_text_that_is_vietnamese_in_no_reading_has_to_be_asked_for() -> None:
    assert encodings.detect(["Größenverhältnis".encode("latin-1"), "Straße".encode("latin-1")]) is None


def test_text_of_another_language_in_utf8_stays_as_it_is() -> None:
    assert str(encodings.detect(["Carrer de la Riberaygüeta".encode(), "Plaça del Poble".encode()])) == "utf-8"


@pytest.mark.parametrize("name", ["utf-7", "no-such-code", "hex", "punycode", ""])
def test_a_name_that_is_no_character_set_is_refused(name: str) -> None:
    with pytest.raises(LookupError):
        encodings.named(name)


def test_the_communes_of_the_country_come_out_as_the_unicode_table_has_them() -> None:
    raws = real("vn-admin/communesVN_tcvn3_bytes.csv").read_bytes().split(b"\n")[1:]
    found = encodings.detect(raws)
    provinces = {row[-1] for row in csv.reader(real("vn-admin/communesVN2_unicode.csv").open(encoding="utf-8"))}
    known = {unicodedata.normalize("NFC", row[7]) for row in csv.reader(real("vn-admin/communesVN2_unicode.csv").open(encoding="utf-8"))} | provinces
    read = {row[3] for row in csv.reader(encodings.decode(raw, found) for raw in raws if raw)}

    assert str(found) == "tcvn3"
    assert found.sound > 0.99
    assert len(read & known) >= 55, sorted(read - known)


def test_good_utf_8_of_another_language_is_not_read_anew() -> None:
    """One word that VNI could have meant as well proves nothing."""
    for word in ("naïve", "Größe", "Ñandú", "ABCÄÜÖ"):
        assert str(encodings.detect([word.encode()])) == "utf-8"
