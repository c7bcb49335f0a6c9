"""Read a cleaned GIF a second time, knowing nothing of how it was cleaned.

Headers are matched by the only spelling they may have; data blocks are counted to their
end, and the picture must fill the file to its last byte.
"""

import re
import struct
from typing import Final

from redaction.files.errors import UnreadableFileError
from redaction.files.policy import LIMITS

_SCREEN: Final = re.compile(rb"GIF89a(....)([\x70-\x77\xf0-\xf7]).\0", re.DOTALL)
_LOOP: Final = re.compile(rb"!\xff\x0bNETSCAPE2\.0\x03\x01..\0", re.DOTALL)
_FRAME: Final = re.compile(
    rb"(?:!\xf9\x04[\0\x01\x04\x05\x08\x09\x0c\x0d\x10\x11\x14\x15\x18\x19\x1c\x1d]...\0)?"
    rb",....(....)([\0-\x07\x40-\x47\x80-\x87\xc0-\xc7])",
    re.DOTALL,
)


def verify_gif(written: bytes) -> None:
    """Raise `UnreadableFileError` at the first byte that has no right to be there."""
    screen = _SCREEN.match(written)
    if screen is None:
        raise _malformed()
    _measure(screen[1])
    at = screen.end() + _colours(screen[2][0])
    frames, loops = 0, 0
    while at != len(written) - 1 or not written.endswith(b";"):
        if loop := _LOOP.match(written, at):
            loops += 1
            at = loop.end()
        elif frame := _FRAME.match(written, at):
            frames += 1
            _measure(frame[1])
            at = _end_of_data(written, frame.end() + _colours(frame[2][0]))
        else:
            raise _malformed()
    if frames == 0 or loops > 1:
        raise _malformed()
    if frames > LIMITS["frames"]:
        raise UnreadableFileError("picture-too-large")


def _colours(flags: int) -> int:
    """Return the length in bytes of the colour table that *flags* announce."""
    return 3 * 2 ** (flags % 8 + 1) if flags >= 0x80 else 0


def _end_of_data(written: bytes, at: int) -> int:
    if not 1 <= (written[at] if at < len(written) else 0) <= 11:
        raise _malformed()
    at += 1
    while at < len(written) and written[at] > 0:
        at += 1 + written[at]
    if at >= len(written):
        raise _malformed()
    return at + 1


def _measure(size: bytes) -> None:
    width, height = struct.unpack("<HH", size)
    if width == 0 or height == 0:
        raise _malformed()
    if max(width, height) > LIMITS["side"] or width * height > LIMITS["pixels"]:
        raise UnreadableFileError("picture-too-large")


def _malformed() -> UnreadableFileError:
    return UnreadableFileError("picture-malformed")
