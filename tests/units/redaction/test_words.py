"""Whatever is reported by code can be said in plain words."""

import re
from pathlib import Path

import redaction
from redaction.files.report import CATEGORIES, WARNINGS
from redaction.text import KINDS
from redaction.words import WORDS, words

SOURCES = [*Path(redaction.__file__).parent.glob("files/*.py")]
CODES = {
    code
    for source in SOURCES
    for code in re.findall(r'UnreadableFileError\("([a-z-]+)"\)', source.read_text("utf-8"))
} | {"jpeg-truncated", "png-truncated"}


def test_every_code_has_words_and_all_words_have_a_code() -> None:
    assert set(WORDS["categories"]) == {*CATEGORIES, "filename"}
    assert set(WORDS["warnings"]) == set(WARNINGS)
    assert set(WORDS["kinds"]) == KINDS
    assert set(WORDS["errors"]) == CODES


def test_both_languages_say_something_and_arabic_begins_with_a_letter() -> None:
    for group in WORDS.values():
        for entry in group.values():
            assert set(entry) == {"ar", "en"}
            assert re.match("[\u0621-\u064a]", entry["ar"])
            assert re.match("[A-Za-z]", entry["en"])


def test_words_are_found_by_code() -> None:
    assert words("kinds", "phone", "ar") == "رقم هاتف"
