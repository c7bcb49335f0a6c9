"""Sound in frames that begin with a sync word and tell their own length: MP3 and AAC.

Between frames stand tags of half a dozen kinds, and remains of them. Tags are passed over
by their own lengths, because pictures inside them may look like sound. Elsewhere a frame is
believed only when two more of its kind, a tag or the file's end follow it.
"""

import re
from abc import abstractmethod
from typing import Final

from redaction.files.errors import UnreadableFileError
from redaction.files.media.sound import Sound, bound, demand
from redaction.files.policy import LIMITS

_POSSIBLE: Final = re.compile(rb"\xff[\xe0-\xff]|ID3|APETAGEX|LYRICSBEGIN|TAG")
_LYRICS_END: Final = re.compile(rb"LYRICS(?:END|200)")
_CHAIN: Final = 3
_LONGEST_LYRICS: Final = 100_000
_OLD_TAG, _EXTENDED_TAG = 128, 227
_NEVER: Final = 0x80


class Framed(Sound):
    """Subclasses tell a frame's size and its kind, then write the frames that were found."""

    def _run(self) -> None:
        self._kind = -1
        self._spans: list[tuple[int, int]] = []
        self._find()
        demand(self._spans)
        self._write()

    @abstractmethod
    def _frame(self, at: int) -> tuple[int, int]:
        """Return a frame's size, 0 if there is none, and what all frames have in common."""

    @abstractmethod
    def _write(self) -> None:
        """Emit what stays of the frames in `_spans`."""

    def _find(self) -> None:
        """Collect whole frames; note and leave everything else."""
        at, junk, parts, following = 0, 0, 0, False
        while at < len(self._untrusted):
            size, kind = self._frame(at)
            whole = 0 < size <= len(self._untrusted) - at and self._kind in {-1, kind}
            if whole and (following or self._is_chain(at)):
                self._kind, following = kind, True
                self._spans.append((at, at + size))
                bound(len(self._spans))
                at += size
                continue
            following = False
            parts += 1
            after = at + tag_size(self._untrusted, at)
            if after == at:
                after = self._next_possible(at)
                junk += after - at
            demand(junk <= LIMITS["junk"] and parts <= LIMITS["segments"])
            end = after == len(self._untrusted)
            self._note_tag(self._untrusted[at:after], "trailer" if end else "unknown")
            at = after

    def _is_chain(self, at: int) -> bool:
        first = self._frame(at)[1]
        for _ in range(_CHAIN):
            size, kind = self._frame(at)
            if size == 0 or kind != first:
                return at >= len(self._untrusted) or tag_size(self._untrusted, at) > 0
            at += size
        return True

    def _next_possible(self, at: int) -> int:
        found = _POSSIBLE.search(self._untrusted, at + 1)
        return found.start() if found else len(self._untrusted)


def after_tags(untrusted: bytes) -> int:
    """Return where the tags end that a file begins with."""
    at = 0
    for _ in range(LIMITS["segments"]):
        if (size := tag_size(untrusted, at)) == 0:
            return at
        at += size
    raise UnreadableFileError("file-too-complex")


def tag_size(untrusted: bytes, at: int) -> int:
    """Return how many bytes the tag takes that begins at *at*, 0 if none does."""
    left = len(untrusted) - at
    if untrusted.startswith(b"ID3", at):
        return min(left, _id3_size(untrusted[at : at + 10]))
    if untrusted.startswith(b"APETAGEX", at):
        return min(left, _ape_size(untrusted[at : at + 32]))
    if untrusted.startswith(b"TAG+", at) and left >= _EXTENDED_TAG:
        return _EXTENDED_TAG
    if untrusted.startswith(b"TAG", at) and left >= _OLD_TAG:
        return _OLD_TAG
    if untrusted.startswith(b"LYRICSBEGIN", at):
        end = _LYRICS_END.search(untrusted, at, at + _LONGEST_LYRICS)
        return end.end() - at if end else 0
    return 0


def _id3_size(head: bytes) -> int:
    """ID3v2.4 §3.1: four bytes of seven bits; a footer repeats the ten bytes of the header."""
    if len(head) < 10 or 0xFF in head[3:5] or any(byte >= _NEVER for byte in head[6:]):
        return 0
    size = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
    return size + (20 if head[5] & 0x10 else 10)


def _ape_size(head: bytes) -> int:
    """APEv2: a header counts everything behind it; a footer alone stands behind its items."""
    if len(head) < 32 or not head[23] & 0x20:
        return len(head)
    return 32 + int.from_bytes(head[12:16], "little")
