"""Arabic in Latin letters and digits: `mo7aseb` is محاسب.

Everybody spells it differently, so words are compared by their consonants alone.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

SURE: Final = 2
"""How many words with digits inside show that a text is written like this."""

_SHORTEST: Final = 3


class Arabizi:
    """How Arabic is written in Latin letters; *data* is a part of `rules.json`."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._seen = re.compile(data["seen"])
        self._names = str.maketrans(data["names"])
        self._pairs: Mapping[str, str] = data["pairs"]
        self._letters = {
            letter: plain for plain, letters in data["letters"].items() for letter in letters
        }

    def written_in(self, text: str) -> bool:
        """Return whether *text* seems to be written like this."""
        return len(self._seen.findall(text)) >= SURE

    def as_names(self, key: str) -> tuple[str, ...]:
        """Return how a name with digits may be spelled without them."""
        letters = key.translate(self._names)
        if letters == key:
            return ()
        return letters.replace("aa", "a"), key.replace("3", "").translate(self._names)

    def bones(self, word: str) -> str:
        """Return the consonants of *word*, Arabic or Latin, in one spelling; "" for too few."""
        for pair, plain in self._pairs.items():
            word = word.replace(pair, plain)
        consonants = "".join(self._letters.get(char, "") for char in re.sub("[هh]$", "", word))
        bones = re.sub(r"(.)\1", r"\1", consonants)
        return bones if len(bones) >= _SHORTEST else ""
