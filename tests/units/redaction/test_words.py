"""Whatever is reported by code can be said in plain words."""

import re
from pathlib import Path

import redaction
from redaction.files.policy import REFUSED
from redaction.files.report import CATEGORIES, WARNINGS
from redaction.text import KINDS
from redaction.words import WORDS, words

PACKAGE = Path(redaction.__file__).parent
SOURCES = "".join(
    source.read_text("utf-8")
    for folder, kind in (("files", "py"), ("sandbox", "py"), ("browser", "ts"))
    for source in PACKAGE.joinpath(folder).rglob(f"*.{kind}")
    if not source.name.endswith(".test.ts")
)
RAISED = {*re.findall(r'UnreadableFileError\(\s*"([a-z-]+)"', SOURCES), *REFUSED.values()}


def is_said(code: str) -> bool:
    """Some codes are put together: of "video" and "truncated"."""
    kind, _, reason = code.partition("-")
    together = f'"{kind}"' in SOURCES and f'"{reason}"' in SOURCES
    return code in RAISED or f'"{code}"' in SOURCES or together


def test_every_code_has_words_and_all_words_have_a_code() -> None:
    assert set(WORDS["categories"]) == {*CATEGORIES, "filename"}
    assert set(WORDS["warnings"]) == set(WARNINGS)
    assert set(WORDS["kinds"]) == KINDS
    assert set(WORDS["errors"]) >= RAISED
    assert [code for code in WORDS["errors"] if not is_said(code)] == []


def test_both_languages_say_something_and_arabic_begins_with_a_letter() -> None:
    for group in WORDS.values():
        for entry in group.values():
            assert set(entry) == {"ar", "en"}
            assert re.match("[\u0621-\u064a]", entry["ar"])
            assert re.match("[A-Za-z]", entry["en"])


def test_words_are_found_by_code() -> None:
    assert words("kinds", "phone", "ar") == "رقم هاتف"
