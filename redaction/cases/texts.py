"""Plain texts and tables with what cannot be seen in them. Every secret carries the word MARK."""

from codecs import BOM_UTF8
from collections.abc import Iterator
from typing import Final

DAMAGED: Final = (
    "text: every kind of unseen character",
    "text: what writing needs stays",
    "text: UTF-16 from Windows",
    "table: Arabic for Excel",
)
_BITS: Final = "".join(f"{byte:08b}" for byte in b"MARK")
# A word hidden in two characters without width, and in tag characters.
HIDDEN: Final = _BITS.replace("0", "\u200b").replace("1", "\u200c")
TAGS: Final = "".join(chr(0xE0000 + byte) for byte in b"MARK")
SELECTORS: Final = "".join(chr(0xE0100 + byte) for byte in b"MARK")
UNSEEN: Final = (
    *("\xad", "\u034f", "\u061c\u061c", "\u115f", "\u17b4", "\u180b", "\u180e", "\u200b", "\u200c"),
    *("\u200d", "\u200e\u200f", "\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2060"),
    *("\u2061", "\u2064", "\u2066", "\u2067", "\u2068", "\u2069", "\u206f", "\u3164", "\ufe00"),
    *("\ufe0e", "\ufe0f", "\ufeff", "\uffa0", "\ufff9", "\x7f", "\x9f", "\x1b", "\U0001d173"),
    *("\U0001bca0", "\U000e0001", "\U000e007f", "\U000e01ef"),
)


def good_texts() -> Iterator[tuple[str, bytes]]:
    """Yield texts that must come out with every word."""
    plain = "Nothing hidden.\n\n\tA second line, \u00abمع كلمات عربية\u00bb: 100 %\f\n"
    yield "nothing hidden stays as it is", plain.encode()
    yield "a word in characters without width", f"Be{HIDDEN}tween\n".encode()
    yield "a word in tag characters", f"Flag \U0001f3f4{TAGS}\U000e007f and more\n".encode()
    yield "a word in variation selectors", f"Smile \U0001f600{SELECTORS}!\n".encode()
    yield "every kind of unseen character", "".join(f"a{sign}b " for sign in UNSEEN).encode()
    yield (
        "the same between Arabic letters that do not join there",
        "".join(f"د{sign}ر، " for sign in UNSEEN).encode(),
    )
    yield (
        "lone marks of direction where nothing changes",
        "أ\u200fب ج \u200f- د a\u200e, b".encode(),
    )
    yield (
        "what writing needs stays",
        (
            "می\u200cخواهم نامه\u200cها ١٤٤٥ه\u200d، عَ\u200cبد\n"
            "\u0915\u094d\u200d\u0937 \u0915\u094d\u200c\u0937\n"
            "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f469\U0001f3fd\u200d\u2764\ufe0f"
            "\u200d\U0001f468 \u2764\ufe0f 1\ufe0f\u20e3 \xa9\ufe0f\n"
            "نص (test)\u200f! C++\u200f و 962+\u200e\n"
        ).encode(),
    )
    yield (
        "unseen characters beside those that stay",
        "ن\u200b\u200cه ه\u200d\u200b. ❤\ufe0f\u200b".encode(),
    )
    yield "needed only until others are gone", "ل!\u200b\u200f\u200bم a\u2060\u200e\u2060b".encode()
    yield "line ends of every kind", "a\r\nb\rc\nd\x85e\u2028f\u2029g\r\r\n".encode()
    yield "blanks before the line ends", "a \t\nb\xa0\u3000 \n \t \nc\t \u2009".encode()
    yield "blanks that show when others are gone", "a \u200b \n\u2060 \nb".encode()
    yield "a byte-order mark", BOM_UTF8 + b"text"
    yield "two byte-order marks", BOM_UTF8 * 2 + b"text"
    yield "UTF-16 from Windows", "\ufeffسطر أول\r\nثان \U0001f600\r\n".encode("utf-16-le")
    yield "UTF-16, the other way round", "\ufeffa\u200bb".encode("utf-16-be")
    yield "controls behind the first page", b"a" * 4096 + b"\0\x08\x0b\x1b\x7f."
    yield "signs that merely look empty stay", "a\u2800b\u2003c\xa0d\ue000".encode()


def bad_texts() -> Iterator[tuple[str, bytes]]:
    """Yield texts of which nothing may pass."""
    yield "nothing but what cannot be seen", "\u200b\u200c \n".strip().encode()
    yield "only a byte-order mark", BOM_UTF8
    yield "bytes of another encoding far behind", b"a" * 5000 + b"\xe3\xd1\xcd\xc8\xc7"
    yield "half a character at the end", "مرحبا".encode()[:-1]
    yield "half a unit at the end", "\ufeffab".encode("utf-16-le")[:-1]
    yield "half of a pair", b"\xff\xfea\0\x3d\xd8b\0"
    yield "Arabic of old Windows", "مرحبا MARK".encode("cp1256")
    yield "a page behind a character without width", "\u200b<html><body>MARK".encode()
    yield "a document behind one", "\u2060%PDF-1.7 MARK".encode()


def tables() -> Iterator[tuple[str, str, bytes]]:
    """Yield name of the case, declared name and bytes."""
    rows = 'الاسم,المبلغ\r\n"سطر\r\nثان",١٢\u2028٣\r\n'
    yield "Arabic for Excel", "a.csv", BOM_UTF8 + rows.encode()
    yield "Arabic without a mark gets one", "a.csv", rows.encode()
    yield "ASCII needs no mark", "a.csv", BOM_UTF8 + b"a,b\r\n1,2\r\n"
    yield "UTF-16 as Excel writes it", "a.csv", "\ufeffأ\tب\t\t\r\n١\t\t \r\n".encode("utf-16-le")
    yield "empty cells at the end of a row", "a.tsv", b"a\tb\t\t\n1\t\t\t\n"
    yield "a word between two cells", "a.csv", f"a,{HIDDEN}b\n1,2{TAGS}\n".encode()


def cases() -> Iterator[tuple[str, str, bytes]]:
    """Yield every case: its name, the declared file name, the bytes."""
    for names in (good_texts(), bad_texts()):
        for name, file in names:
            yield f"text: {name}", "note.txt", file
    for name, declared, file in tables():
        yield f"table: {name}", declared, file
