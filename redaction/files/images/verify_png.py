"""Read a cleaned PNG a second time, knowing nothing of how it was cleaned.

Every chunk must be one of the table below, as long as the standard says, in its place,
and true to its checksum; nothing may stand before, between or after.
"""

from collections.abc import Callable
from typing import Final
from zlib import crc32

from redaction.files.errors import UnreadableFileError, demanding
from redaction.files.policy import LIMITS

_demand: Final = demanding("png-malformed")

# Length of each chunk's data: least and most. PNG third edition §11.
LENGTHS: Final = {
    "IHDR": (13, 13),
    "PLTE": (3, 768),
    "tRNS": (1, 256),
    "gAMA": (4, 4),
    "cHRM": (32, 32),
    "sRGB": (1, 1),
    "sBIT": (1, 4),
    "cICP": (4, 4),
    "acTL": (8, 8),
    "fcTL": (26, 26),
    "fdAT": (4, 2**31 - 1),
    "IDAT": (0, 2**31 - 1),
    "IEND": (0, 0),
}
_REPEATABLE: Final = frozenset({"IDAT", "fdAT", "fcTL"})
_DEPTHS: Final = {0: {1, 2, 4, 8, 16}, 2: {8, 16}, 3: {1, 2, 4, 8}, 4: {8, 16}, 6: {8, 16}}


class PngVerifier:
    """Push in the cleaned file; holds a few bytes of it."""

    def __init__(self) -> None:
        self._unread = bytearray()
        self._step: Callable[[], int] = self._start
        self._met: list[str] = []
        self._left = 0
        self._crc = 0
        self._frames = 0

    def update(self, written: bytes) -> None:
        """Raise `UnreadableFileError` at the first byte that has no right to be there."""
        self._unread += written
        while self._unread and (used := self._step()):
            del self._unread[:used]

    def finish(self) -> None:
        """Raise `UnreadableFileError` unless the picture is complete."""
        _demand(self._step == self._end and not self._unread)

    # Each step returns how many bytes it has understood, 0 to wait for more.

    def _start(self) -> int:
        if len(self._unread) < 8:
            return 0
        _demand(self._unread.startswith(b"\x89PNG\r\n\x1a\n"))
        self._step = self._head
        return 8

    def _head(self) -> int:
        if len(self._unread) < 8:
            return 0
        kind = self._unread[4:8].decode("latin-1")
        self._left = int.from_bytes(self._unread[:4])
        _demand(kind in LENGTHS and LENGTHS[kind][0] <= self._left <= LENGTHS[kind][1])
        self._place(kind)
        self._crc = crc32(self._unread[4:8])
        self._step = self._header if kind == "IHDR" else self._data
        return 8

    def _place(self, kind: str) -> None:
        """Judge the order; `_met` holds each kind once, by first appearance."""
        _demand((kind == "IHDR") == (not self._met))
        _demand(kind in _REPEATABLE or kind not in self._met)
        _demand(kind != "IEND" or "IDAT" in self._met)
        _demand(kind != "IDAT" or "IDAT" not in self._met or self._met[-1] == "IDAT")
        _demand(kind not in {"PLTE", "tRNS", "acTL"} or "IDAT" not in self._met)
        self._frames += kind == "fcTL"
        if self._frames > LIMITS["frames"]:
            raise UnreadableFileError("picture-too-large")
        if kind in self._met:
            self._met.remove(kind)
        self._met.append(kind)

    def _header(self) -> int:
        if len(self._unread) < 13:
            return 0
        width, height = int.from_bytes(self._unread[:4]), int.from_bytes(self._unread[4:8])
        depth, colour, compression, filtering, interlace = self._unread[8:13]
        _demand(width > 0 and height > 0 and depth in _DEPTHS.get(colour, ()))
        _demand(compression == 0 and filtering == 0 and interlace <= 1)
        if max(width, height) > LIMITS["side"] or width * height > LIMITS["pixels"]:
            raise UnreadableFileError("picture-too-large")
        self._step = self._data
        return self._data()

    def _data(self) -> int:
        used = min(self._left, len(self._unread))
        self._crc = crc32(self._unread[:used], self._crc)
        self._left -= used
        if self._left == 0:
            self._step = self._checksum
            used = used or self._checksum()
        return used

    def _checksum(self) -> int:
        if len(self._unread) < 4:
            return 0
        _demand(int.from_bytes(self._unread[:4]) == self._crc)
        self._step = self._end if self._met[-1] == "IEND" else self._head
        return 4

    def _end(self) -> int:
        raise UnreadableFileError("png-malformed")
