"""Every warning of a rendering can be said in plain words."""

import re

from redaction.render.rendering import WARNINGS
from redaction.render.words import WORDS, words


def test_every_warning_has_words_and_all_words_have_a_warning() -> None:
    assert set(WORDS) == set(WARNINGS)
    for entry in WORDS.values():
        assert set(entry) == {"ar", "en"}
        assert re.match("[\u0621-\u064a]", entry["ar"])
        assert not re.search("[A-Za-z\u0660-\u0669]", entry["ar"])
        assert re.match("[A-Z]", entry["en"])


def test_words_are_found_by_code_and_language() -> None:
    assert words("moving-picture", "en").startswith("This is a moving picture")
