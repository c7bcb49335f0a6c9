"""Read a cleaned WAV file a second time, knowing nothing of how it was cleaned."""

import re
import struct
from typing import Final

from redaction.files.errors import UnreadableFileError

# The number and order of chunks, with what a description may hold behind its first part.
_HEAD: Final = re.compile(
    rb"RIFF(?P<all>.{4})WAVEfmt "
    rb"(?:\x10\0\0\0(?=\x01\0)(?P<a>.{16})"
    rb"|\x12\0\0\0(?=[\x03\x06\x07]\0)(?P<b>.{16})\0\0"
    rb"|\x28\0\0\0(?=\xfe\xff)(?P<c>.{16})\x16\0.\0..[\0-\x03]\0[\x01\x03\x06\x07]\0"
    rb"\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71"
    rb"|\x32\0\0\0(?=\x02\0)(?P<d>.{16})\x20\0..\x07\0\0\x01\0\0\0\x02\0\xff\0\0\0\0\xc0\0\x40\0"
    rb"\xf0\0\0\0\xcc\x01\x30\xff\x88\x01\x18\xff"
    rb"|\x14\0\0\0(?=\x11\0)(?P<e>.{16})\x02\0..)"
    rb"(?:fact\x04\0\0\0.{4})?data(?P<size>.{4})",
    re.DOTALL,
)


def verify_wav(written: bytes) -> None:
    """Raise `UnreadableFileError` at the first byte that has no right to be there."""
    head = _HEAD.match(written)
    if head is None:
        raise UnreadableFileError("sound-malformed")
    described = next(head[name] for name in "abcde" if head[name])
    _, channels, rate, speed, align, _ = struct.unpack("<HHIIHH", described)
    samples = int.from_bytes(written[38:40], "little") if head["d"] or head["e"] else 1
    size = int.from_bytes(head["size"], "little")
    whole = (
        len(written) == head.end() + size + size % 2
        and int.from_bytes(head["all"], "little") == len(written) - 8
        and not any(written[head.end() + size :])
    )
    sound = 0 < channels <= 64 and 0 < rate <= 2**20 and align > 0 and size % align == 0
    sound = sound and samples > 0 and speed == rate * align // samples
    if not (whole and sound):
        raise UnreadableFileError("sound-malformed")
