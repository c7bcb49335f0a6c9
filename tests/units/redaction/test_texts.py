"""A text says what it said, and carries nothing beside its words."""

import random
import unicodedata

import pytest

from redaction.cases.texts import HIDDEN, SELECTORS, TAGS, UNSEEN
from redaction.files import UnreadableFileError
from redaction.files.documents.invisible import visible
from redaction.files.documents.plain import PlainTextCleaner, TableCleaner
from redaction.files.documents.verify_plain import verify_plain

WORDS = ("موظف", "می", "خواهم", "ه", "د", "salary", "A1", "٣", "👩", "❤", "क्", "ष", "!", " ", "\n")


def test_a_word_without_width_cannot_be_read_back() -> None:
    cleaner = PlainTextCleaner()

    assert cleaner.clean(f"a{HIDDEN}b{TAGS}c{SELECTORS}d".encode()) == b"abcd"
    assert cleaner.report.removed == ("invisible-text",)


def test_any_mixture_is_verified_and_stable() -> None:
    """Whatever stands beside what, a second cleaning finds nothing more to do."""
    chance = random.Random(3)  # noqa: S311 - repeatable
    for _ in range(3000):
        pieces = [chance.choice((*WORDS, *UNSEEN)) for _ in range(chance.randint(1, 12))]
        text = f"a{''.join(pieces)}z"
        clean = PlainTextCleaner().clean(text.encode())
        assert PlainTextCleaner().clean(clean) == clean


def test_nothing_that_can_be_seen_is_lost() -> None:
    text = "".join(map(chr, (*range(0x20, 0x7F), *range(0xA0, 0x3000), *range(0x4E00, 0x4F00))))
    lost = set(text) - set(visible(text))

    assert {unicodedata.category(char) for char in lost} <= {"Cf", "Mn", "Lo", "Cn"}
    assert lost <= {
        *"".join(UNSEEN),
        *map(chr, (*range(0x180B, 0x1810), *range(0x2060, 0x2070))),
    } | {*map(chr, (0x1160, 0x17B5))}


@pytest.mark.parametrize("sign", UNSEEN)
def test_the_second_reading_catches_what_the_first_one_missed(sign: str) -> None:
    with pytest.raises(UnreadableFileError, match="text-malformed"):
        verify_plain(f"b{sign}\u200bb".encode())


@pytest.mark.parametrize("written", [b"a \nb", b"a ", b"a\r\nb", b"\xff"])
def test_the_second_reading_wants_lines_as_we_write_them(written: bytes) -> None:
    with pytest.raises(UnreadableFileError, match="text-malformed"):
        verify_plain(written)


def test_a_table_is_marked_for_excel_only_if_it_must_be() -> None:
    assert TableCleaner().clean("أ,ب\n".encode()).startswith(b"\xef\xbb\xbf")
    assert TableCleaner().clean(b"\xef\xbb\xbfa,b\n") == b"a,b\n"


def test_a_text_longer_than_any_is_refused() -> None:
    with pytest.raises(UnreadableFileError, match="file-too-large"):
        PlainTextCleaner().clean(bytes(16 * 2**20 + 1))
