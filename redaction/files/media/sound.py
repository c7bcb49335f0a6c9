"""What the cleaners of sound have in common: a voice stays a voice, and people are told."""

import re
from typing import Final

from redaction.files.errors import UnreadableFileError
from redaction.files.forward import Forward
from redaction.files.policy import LIMITS, SOUND_SIGNS

_SIGNS: Final = {
    category: re.compile(pattern.encode("latin-1"), re.DOTALL | re.IGNORECASE)
    for category, pattern in SOUND_SIGNS.items()
}
_LOOKED_AT: Final = 65_535
MAX_RATE: Final = 1 << 20
"""Samples a second; more is nonsense in which anything could be written."""
MAX_CHANNELS: Final = 64


class Sound(Forward):
    """A file of nothing but sound."""

    truncated = "sound-truncated"

    def _rewrite(self, untrusted: bytes) -> bytes:
        self._warn("voice")
        return super()._rewrite(untrusted)

    def _note_tag(self, tag: bytes, otherwise: str = "unknown") -> None:
        """Note what *tag* tells by the names of its fields, else *otherwise*."""
        beginning = tag[:_LOOKED_AT]
        found = [category for category, sign in _SIGNS.items() if sign.search(beginning)]
        self._note(*(found or [otherwise]))

    def _cut_here(self) -> None:
        if self._at < len(self._untrusted):
            self._note_tag(self._untrusted[self._at : self._at + _LOOKED_AT], "trailer")


def bound(units: int) -> None:
    """Raise `UnreadableFileError` when a file consists of too many frames or pages."""
    if units > LIMITS["units"]:
        raise UnreadableFileError("file-too-complex")


def demand(condition: object) -> None:
    """Raise `UnreadableFileError` for a malformed file unless *condition*."""
    if not condition:
        raise UnreadableFileError("sound-malformed")
