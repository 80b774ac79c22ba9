"""Vietnamese text from before Unicode: which encoding some bytes are in, and the letters they stand for. Knows no files.

TCVN3 (ABC fonts, TCVN 5712:1993) puts a letter in one byte, VNI-Windows the tone in a byte after its vowel, Windows-1258 the tone
as a combining mark. A wrong table still decodes, into nonsense; what tells them apart is whether the words are Vietnamese syllables.
It refuses to choose where no reading, or more than one, is Vietnamese.
"""

import codecs
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass

# Code charts. TCVN 5712:1993 VN3, and the capitals that VN1 adds where VN3 has none.
_TCVN3_ROWS = {
    0x80: "ÀẢÃÁẠẶẬÈẺẼÉẸỆÌỈĨÍỊÒỎÕÓỌỘỜỞỠỚỢÙỦŨ",
    0xA0: "\u00a0ĂÂÊÔƠƯĐăâêôơưđẰ\u0300\u0309\u0303\u0301\u0323àảãáạẲằẳẵắ",
    0xBF: "ẴẮẦẨẪẤỀặầẩẫấậèỂẻẽéẹềểễếệìỉỄẾỒĩíị",
    0xDF: "òỔỏõóọồổỗốộờởỡớợùỖủũúụừửữứựỳỷỹýỵỐ",
}
_TCVN3 = {start + index: letter for start, row in _TCVN3_ROWS.items() for index, letter in enumerate(row)}

# VNI-Windows: letters of one byte, and what a byte adds to the vowel before it (breve or circumflex, tone).
_VNI_LETTERS = {
    0xD1: "Đ", 0xF1: "đ", 0xD4: "Ơ", 0xF4: "ơ", 0xD6: "Ư", 0xF6: "ư",
    0xCC: "Ì", 0xEC: "ì", 0xCD: "Í", 0xED: "í", 0xC6: "Ỉ", 0xE6: "ỉ", 0xD3: "Ĩ", 0xF3: "ĩ", 0xD2: "Ị", 0xF2: "ị", 0xCE: "Ỵ", 0xEE: "ỵ",
}  # fmt: skip
_GRAVE, _ACUTE, _HOOK, _TILDE, _DOT, _BREVE, _CIRCUMFLEX = "\u0300", "\u0301", "\u0309", "\u0303", "\u0323", "\u0306", "\u0302"
_VNI_MARKS_LOWER = {
    0xF8: _GRAVE, 0xF9: _ACUTE, 0xFB: _HOOK, 0xF5: _TILDE, 0xEF: _DOT, 0xEA: _BREVE, 0xE2: _CIRCUMFLEX,
    0xE8: _BREVE + _GRAVE, 0xE9: _BREVE + _ACUTE, 0xFA: _BREVE + _HOOK, 0xFC: _BREVE + _TILDE, 0xEB: _BREVE + _DOT,
    0xE0: _CIRCUMFLEX + _GRAVE, 0xE1: _CIRCUMFLEX + _ACUTE, 0xE5: _CIRCUMFLEX + _HOOK, 0xE3: _CIRCUMFLEX + _TILDE, 0xE4: _CIRCUMFLEX + _DOT,
}  # fmt: skip
_VNI_MARKS = _VNI_MARKS_LOWER | {byte - 0x20: marks for byte, marks in _VNI_MARKS_LOWER.items()}
# ơ and ư stand in one byte and take tones like plain vowels.
_VNI_VOWELS = frozenset("aeouyAEOUYơƯưƠ")

_TONES = {_GRAVE, _ACUTE, _HOOK, _TILDE, _DOT}
_ONSETS = "ngh|ng|nh|n|gh|gi|g|kh|k|ph|p|qu|th|tr|t|ch|c|b|d|đ|h|l|m|r|s|v|x|"
_RIMES = (
    "a ac ach ai am an ang anh ao ap at au ay ă ăc ăm ăn ăng ăp ăt â âc âm ân âng âp ât âu ây e ec em en eng eo ep et ê êch êm ên ênh êp êt êu"
    " i ia ich im in inh ip it iu iêc iêm iên iêng iêp iêt iêu o oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oc oe oen"
    " oeo oet oi om on ong oong ooc op ot ô ôc ôi ôm ôn ông ôông ôp ôt ơ ơi ơm ơn ơp ơt u ua uân uâng uât uây uc ue uê uêch uênh uêt ui um un ung"
    " up ut uy uya uych uynh uyt uyn uyu uyên uyêt uơ uôc uôi uôm uôn uông uôt ư ưa ưc ưi ưm ưn ưng ưt ưu ươc ươi ươm ươn ương ươp ươt ươu"
    " y ych yn ynh yt yêm yên yêng yêt yêu"
)
_SYLLABLE = re.compile(f"(?:{_ONSETS})(?:{'|'.join(sorted(_RIMES.split(), key=len, reverse=True))})\\Z")
_WORD = re.compile(r"[^\W\d_]+")

# A reading counts as Vietnamese from this share of sound syllables, and wins by at least this lead.
SOUND_FROM = 0.8
LEAD = 0.1
SAMPLE_WORDS = 4_000
OTHERWISE_FROM_WORDS = 3


@dataclass(frozen=True)
class Found:
    """The encoding of some text, how sure (share of its accented words that are Vietnamese syllables), and whether it was mojibake."""

    name: str
    sound: float
    twice: bool = False

    def __str__(self) -> str:
        return f"{self.name} (read as Latin-1 and saved as UTF-8)" if self.twice else self.name


def from_tcvn3(raw: bytes) -> str:
    """TCVN3 bytes as Unicode."""
    return unicodedata.normalize("NFC", "".join(_TCVN3.get(byte, chr(byte)) for byte in raw))


def from_vni(raw: bytes) -> str:
    """VNI-Windows bytes as Unicode."""
    letters: list[str] = []
    for byte in raw:
        if byte in _VNI_MARKS and letters and letters[-1][0] in _VNI_VOWELS and len(letters[-1]) == 1:
            letters[-1] += _VNI_MARKS[byte]
        else:
            letters.append(_VNI_LETTERS.get(byte, chr(byte)))
    return unicodedata.normalize("NFC", "".join(letters))


def _by_codec(codec: str) -> Callable[[bytes], str]:
    return lambda raw: unicodedata.normalize("NFC", raw.decode(codec))


READERS: dict[str, Callable[[bytes], str]] = {
    "utf-8": _by_codec("utf-8"),
    "tcvn3": from_tcvn3,
    "vni": from_vni,
    "windows-1258": _by_codec("cp1258"),
}


NAMES = {"utf8": "utf-8", "abc": "tcvn3", "tcvn": "tcvn3", "vni-windows": "vni", "cp1258": "windows-1258", "1258": "windows-1258"}
# Python's codecs that are no character sets, or that turn plain letters into something else.
REFUSED_CODECS = frozenset({"utf-7", "idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"})


def named(name: str) -> Found:
    """An encoding by its name: one of ours, or one of Python's. Raises LookupError for an unknown one."""
    plain = name.strip().lower().replace("_", "-")
    plain = NAMES.get(plain, plain)
    if plain in READERS:
        return Found(plain, 1.0)
    codec = codecs.lookup(plain)
    # Not text: hex, zip and their like decode to bytes.
    if codec.name in REFUSED_CODECS or not codec._is_text_encoding:
        raise LookupError(name)
    return Found(codec.name, 1.0)


def _reader(name: str) -> Callable[[bytes], str]:
    return READERS.get(name) or _by_codec(name)


def sound(texts: Iterable[str]) -> tuple[float, int]:
    """The share of accented words that are Vietnamese syllables, and how many accented words there were."""
    accented = good = 0
    for text in texts:
        for word in _WORD.findall(unicodedata.normalize("NFC", text)):
            if word.isascii():
                continue
            accented += 1
            good += is_syllable(word)
            if accented >= SAMPLE_WORDS:
                return good / accented, accented
    return (good / accented if accented else 1.0), accented


def is_syllable(word: str) -> bool:
    """Whether a word is built like a Vietnamese syllable: one onset, one rime, at most one tone."""
    lower = unicodedata.normalize("NFD", word.lower())
    if sum(mark in _TONES for mark in lower) > 1:
        return False
    toneless = unicodedata.normalize("NFC", "".join(mark for mark in lower if mark not in _TONES))
    return bool(_SYLLABLE.match(toneless))


def detect(raws: Iterable[bytes]) -> Found | None:
    """The encoding of the values of one file; None where it must be asked. Plain ASCII is UTF-8."""
    accented = [raw for raw in raws if not raw.isascii()]
    if not accented:
        return Found("utf-8", 1.0)
    texts = _readings(accented)
    # "naïve" is a word of its own: what is good UTF-8 already is read otherwise only where several words speak for it.
    if "utf-8" in texts and len(_different(accented)) < OTHERWISE_FROM_WORDS:
        return Found("utf-8", sound(texts["utf-8"])[0])
    readings = [Found(name, sound(read)[0]) for name, read in texts.items()]
    readings += [Found(found.name, found.sound, twice=True) for found in _twice(accented)]
    best, *others = sorted(readings, key=lambda found: -found.sound)
    if best.sound >= SOUND_FROM and all(best.sound - other.sound >= LEAD for other in others):
        return best
    # Bytes that are UTF-8 by chance are rare; text of another language in UTF-8 is common.
    return next((found for found in readings if found.name == "utf-8" and not found.twice), None)


def _different(raws: list[bytes]) -> set[bytes]:
    """The accented words, each once, as far as that tells anything."""
    return {word for raw in raws[:SAMPLE_WORDS] for word in raw.split() if not word.isascii()}


def _readings(raws: list[bytes]) -> dict[str, list[str]]:
    readings = {}
    for name, read in READERS.items():
        try:
            readings[name] = [read(raw) for raw in raws]
        except UnicodeDecodeError:
            continue
    return readings


def _twice(raws: list[bytes]) -> list[Found]:
    """Readings of bytes that somebody has already read as Latin-1 and saved as UTF-8."""
    try:
        once = [_latin(raw.decode("utf-8")) for raw in raws]
    except (UnicodeDecodeError, UnicodeEncodeError):
        return []
    return [Found(name, sound(READERS[name](raw) for raw in once)[0]) for name in ("tcvn3", "vni")]


def _latin(text: str) -> bytes:
    """The bytes that were read as Windows-1252, or as Latin-1 where that has no letter."""
    return b"".join(letter.encode("cp1252") if _in_cp1252(letter) else letter.encode("latin-1") for letter in text)


def _in_cp1252(letter: str) -> bool:
    try:
        letter.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def decode(raw: bytes, found: Found) -> str:
    """The text of one value in the encoding that was found."""
    if raw.isascii():
        return raw.decode("ascii")
    return _reader(found.name)(_latin(raw.decode("utf-8")) if found.twice else raw)
