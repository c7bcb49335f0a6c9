"""Texts of lines, each of which begins with its word, and what such lines may hold."""

import itertools
import re
from collections.abc import Sequence
from typing import Final

_SLUG: Final = re.compile(r"[a-z0-9-]{1,32}")
_NAME: Final = re.compile(r"(?! )[^\x00-\x1f\x7f\ud800-\udfff]{1,200}(?<! )")


class Lines:
    """Lines to be taken one after another, each with the word it must begin with."""

    def __init__(self, untrusted: str) -> None:
        self._lines = untrusted.split("\n")
        self._next = 0

    def begins(self, prefix: str) -> bool:
        return self._next < len(self._lines) and self._lines[self._next].startswith(prefix)

    def take(self, prefix: str) -> str:
        """Raise ValueError unless the next line begins so; give the rest of it."""
        if not self.begins(prefix):
            raise ValueError(f"{prefix!r} expected")
        self._next += 1
        return self._lines[self._next - 1].removeprefix(prefix)

    def take_all(self, prefix: str) -> list[str]:
        """The rest of each of the next lines that begin so."""
        rests = []
        while self.begins(prefix):
            rests.append(self.take(prefix))
        return rests


def is_slug(untrusted: str) -> bool:
    """What organisations and reviewers are called in formats."""
    return _SLUG.fullmatch(untrusted) is not None


def is_name(untrusted: str) -> bool:
    """One line of at most 200 characters without a blank at either end."""
    return _NAME.fullmatch(untrusted) is not None


def ascending(texts: Sequence[str]) -> bool:
    """Whether they ascend by their bytes, none of them twice."""
    encoded = [text.encode() for text in texts]
    return all(one < other for one, other in itertools.pairwise(encoded))
