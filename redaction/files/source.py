"""Bytes that arrive in pieces, read by generators that pause when they run out.

A walker is written as if it could read (`head = yield from source.take(4)`); the pieces
come whenever the network delivers them. The buffer never holds more than the piece last
pushed and the 65,535 bytes of one lookahead.
"""

from collections.abc import Generator
from typing import Final, TypeVar

from redaction.files.errors import UnreadableFileError

T = TypeVar("T")
# Yields nothing of interest: each pause means "push another piece, or end".
Walk = Generator[None, None, T]

MAX_LOOKAHEAD: Final = 65_535


class Source:
    """One file on its way in; raises `UnreadableFileError(truncated)` if it stops early."""

    def __init__(self, truncated: str) -> None:
        self._truncated = truncated
        self._data = bytearray()
        self._at = 0
        self._ended = False

    def push(self, data: bytes) -> None:
        """Append *data*, dropping what was read before."""
        if self._at:
            del self._data[: self._at]
            self._at = 0
        self._data += data

    def end(self) -> None:
        """Say that no more bytes will come."""
        self._ended = True

    def take(self, count: int) -> Walk[bytes]:
        """Return exactly *count* ≤ `MAX_LOOKAHEAD` bytes."""
        while len(self._data) - self._at < count:
            yield from self._pause()
        self._at += count
        return bytes(self._data[self._at - count : self._at])

    def some(self, most: int) -> Walk[bytes]:
        """Return between 1 and *most* bytes: whatever is there."""
        while self._at == len(self._data):
            yield from self._pause()
        piece = bytes(self._data[self._at : self._at + most])
        self._at += len(piece)
        return piece

    def before_marker(self, *, restarts: bool) -> Walk[tuple[bytes, bool]]:
        """Return entropy-coded JPEG data, and whether a marker comes next (T.81 §B.1.1.5).

        FF 00 is data, and with *restarts* so is FF D0…D7; any other FF begins a marker.
        """
        while len(self._data) - self._at < 2:
            yield from self._pause()
        start = at = self._at
        while (at := self._data.find(0xFF, at)) >= 0 and at + 1 < len(self._data):
            after = self._data[at + 1]
            if after and not (restarts and 0xD0 <= after <= 0xD7):
                break
            at += 2
        marker = 0 <= at < len(self._data) - 1
        self._at = at if at >= 0 else len(self._data)
        return bytes(self._data[start : self._at]), marker

    def rest(self) -> Walk[bool]:
        """Throw away everything to the end; return whether there was anything."""
        anything = False
        while True:
            anything = anything or self._at < len(self._data)
            self._data.clear()
            self._at = 0
            if self._ended:
                return anything
            yield

    def _pause(self) -> Walk[None]:
        if self._ended:
            raise UnreadableFileError(self._truncated)
        yield
