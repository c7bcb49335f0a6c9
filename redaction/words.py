"""The plain words, Arabic and English, for everything this package reports by code.

The server, the desk and the browser show the same sentences: all read `words.json`.
"""

import json
from importlib.resources import files
from typing import Final, Literal

Group = Literal["categories", "warnings", "errors", "kinds"]
Language = Literal["ar", "en"]

WORDS: Final[dict[str, dict[str, dict[str, str]]]] = json.loads(
    files(__package__).joinpath("words.json").read_text("utf-8")
)


def words(group: Group, code: str, language: Language) -> str:
    """Return the words for *code*; KeyError for a code the group does not have."""
    return WORDS[group][code][language]
