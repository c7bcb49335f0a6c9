"""The plain words, Arabic and English, for the warnings of a rendering; the desk shows them."""

import json
from importlib.resources import files
from typing import Final

from redaction.words import Language

WORDS: Final[dict[str, dict[str, str]]] = json.loads(
    files(__package__).joinpath("words.json").read_text("utf-8")
)


def words(warning: str, language: Language) -> str:
    """Return the words for *warning*; KeyError for what is none."""
    return WORDS[warning][language]
