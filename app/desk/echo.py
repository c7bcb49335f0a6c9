"""Does a reply, or a packet, repeat what was taken out of a message?"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from importlib.resources import files
from typing import Final

from redaction.text import scan

SHARED_WORDS: Final = 7
"""So many words in a row that a text shares with a message make it a quotation."""
_WORD: Final = re.compile(r"\w+")

TEMPLATES: Final[dict[str, dict[str, str]]] = json.loads(
    files(__package__).joinpath("reply_templates.json").read_text("utf-8")
)


def removed_words(original: str, kept: str) -> list[str]:
    """What the scanner finds in *original* and *kept* no longer has, longest first."""
    found = {original[each.start : each.end].strip() for each in scan(original)}
    return sorted((word for word in found if word and word not in kept), key=len, reverse=True)


def echoes(text: str, originals: Iterable[str], kept: str) -> list[str]:
    """Which words, taken out of *originals* before they became *kept*, stand in *text*."""
    removed = {word for original in originals for word in removed_words(original, kept)}
    return sorted(word for word in removed if word in text)


def quotations(text: str, originals: Iterable[str]) -> list[str]:
    """Runs of `SHARED_WORDS` words that *text* has in common with one of *originals*."""
    runs = set(_runs(text))
    if not runs:
        return []
    return sorted({" ".join(run) for each in originals for run in set(_runs(each)) & runs})


def _runs(text: str) -> list[tuple[str, ...]]:
    words = _WORD.findall(text.casefold())
    return [tuple(words[at : at + SHARED_WORDS]) for at in range(len(words) - SHARED_WORDS + 1)]
