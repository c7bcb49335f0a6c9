"""Read a cleaned JPEG a second time, knowing nothing of how it was cleaned.

The grammar here is narrower than T.81: each header may have one spelling only, tables
must fill their segments exactly, and nothing may stand before, between or after.
"""

import re
from collections.abc import Callable
from typing import Final

from redaction.files.errors import UnreadableFileError, demanding
from redaction.files.policy import LIMITS, PROFILES

_demand: Final = demanding("jpeg-malformed")

_HEADERS: Final = re.compile(
    rb"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    rb"|\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00[\x00-\x02]"
    rb"|\xff\xe1\x00\x22Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01"
    rb"\x01\x12\x00\x03\x00\x00\x00\x01\x00[\x02-\x08]\x00\x00\x00\x00\x00\x00"
    rb"|\xff\xe2..ICC_PROFILE\x00\x01\x01(?:%s)"
    % b"|".join(re.escape(profile.replacement) for profile in PROFILES if profile.replacement),
    re.DOTALL,
)
_CODED: Final = re.compile(rb"(?>[^\xff]++|\xff[\x00\xd0-\xd7])*+")
_FRAMES: Final = frozenset(b"\xc0\xc1\xc2\xc3\xc9\xca\xcb")
_SOS: Final = 0xDA


class JpegVerifier:
    """Push in the cleaned file; holds at most one segment or one piece of it."""

    def __init__(self) -> None:
        self._unread = bytearray()
        self._step: Callable[[], int] = self._start
        self._frames = 0
        self._scans = 0

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
        if len(self._unread) < 2:
            return 0
        _demand(self._unread.startswith(b"\xff\xd8"))
        self._step = self._segment
        return 2

    def _segment(self) -> int:
        if len(self._unread) < 4 and not self._unread.startswith(b"\xff\xd9"):
            return 0
        _demand(self._unread[0] == 0xFF)
        if self._unread[1] == 0xD9:
            _demand(self._scans > 0)
            self._step = self._end
            return 2
        size = 2 + int.from_bytes(self._unread[2:4])
        if len(self._unread) < size:
            return 0
        self._judge(bytes(self._unread[:size]))
        return size

    def _coded(self) -> int:
        match = _CODED.match(self._unread)
        used = match.end() if match else 0
        if used < len(self._unread) - 1:
            self._step = self._segment
            used = used or self._segment()
        return used

    def _end(self) -> int:
        raise UnreadableFileError("jpeg-malformed")

    def _judge(self, segment: bytes) -> None:
        marker, body = segment[1], segment[4:]
        if marker in _FRAMES:
            self._frames += 1
            _demand(self._frames == 1 and _is_frame(body))
        elif marker == _SOS:
            self._scans += 1
            _demand(self._frames == 1 and self._scans <= LIMITS["scans"] and _is_scan(body))
            self._step = self._coded
        elif marker in _TABLES:
            _demand(_TABLES[marker](body))
        else:
            _demand(self._scans == 0 and _HEADERS.fullmatch(segment) is not None)


def _is_frame(body: bytes) -> bool:
    """T.81 §B.2.2: precision, height, width, and three bytes for each of 1 to 4 components."""
    if len(body) < 9 or len(body) != 6 + 3 * body[5] or body[5] > 4:
        return False
    height, width = int.from_bytes(body[1:3]), int.from_bytes(body[3:5])
    if max(height, width) > LIMITS["side"] or height * width > LIMITS["pixels"]:
        raise UnreadableFileError("picture-too-large")
    return height > 0 and width > 0 and 2 <= body[0] <= 16


def _is_scan(body: bytes) -> bool:
    """T.81 §B.2.3."""
    return len(body) >= 6 and 1 <= body[0] <= 4 and len(body) == 4 + 2 * body[0]


def _is_quantisation(body: bytes) -> bool:
    """T.81 §B.2.4.1: 64 steps of one or two bytes behind a byte of precision and number."""
    at = 0
    while at < len(body):
        precision, number = divmod(body[at], 16)
        if precision > 1 or number > 3:
            return False
        at += 1 + 64 * (1 + precision)
    return at == len(body) > 0


def _is_huffman(body: bytes) -> bool:
    """T.81 §B.2.4.2: 16 counts, then as many values."""
    at = 0
    while at < len(body):
        kind, number = divmod(body[at], 16)
        if kind > 1 or number > 3:
            return False
        at += 17 + sum(body[at + 1 : at + 17])
    return at == len(body) > 0


def _is_arithmetic(body: bytes) -> bool:
    """T.81 §B.2.4.3: pairs, at most one for each of 32 tables."""
    return 0 < len(body) <= 64 and len(body) % 2 == 0


def _is_restart(body: bytes) -> bool:
    """T.81 §B.2.4.4."""
    return len(body) == 2


_TABLES: Final[dict[int, Callable[[bytes], bool]]] = {
    0xC4: _is_huffman,
    0xCC: _is_arithmetic,
    0xDB: _is_quantisation,
    0xDD: _is_restart,
}
