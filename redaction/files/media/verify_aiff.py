"""Read a cleaned AIFF file a second time, knowing nothing of how it was cleaned."""

import re
from typing import Final

from redaction.files.errors import UnreadableFileError

_HEAD: Final = re.compile(
    rb"FORM(?P<all>.{4})"
    rb"(?:AIFFCOMM\0\0\0\x12(?P<aiff>.{18})"
    rb"|AIFCFVER\0\0\0\x04\xa2\x80\x51\x40COMM\0\0\0\x18(?P<aifc>.{18})(?P<packing>"
    rb"NONE|twos|sowt|raw |in24|in32|fl32|FL32|fl64|FL64|ulaw|ULAW|alaw|ALAW|ima4)\0\0)"
    rb"SSND(?P<size>.{4})\0{8}",
    re.DOTALL,
)
_SAMPLE: Final = {
    **dict.fromkeys((b"raw ", b"ulaw", b"ULAW", b"alaw", b"ALAW"), 1),
    **dict.fromkeys((b"in32", b"fl32", b"FL32"), 4),
    **dict.fromkeys((b"fl64", b"FL64"), 8),
    b"in24": 3,
    b"ima4": 34,
}


def verify_aiff(written: bytes) -> None:
    """Raise `UnreadableFileError` at the first byte that has no right to be there."""
    head = _HEAD.match(written)
    if head is None:
        raise UnreadableFileError("sound-malformed")
    described = head["aiff"] or head["aifc"]
    channels, frames, bits = (
        int.from_bytes(described[start:end]) for start, end in ((0, 2), (2, 6), (6, 8))
    )
    held = frames * channels * _SAMPLE.get(head["packing"], -(-bits // 8))
    rate = int.from_bytes(described[8:10]) - 16_383
    demanded = (
        int.from_bytes(head["all"]) == len(written) - 8,
        int.from_bytes(head["size"]) == 8 + held,
        len(written) == head.end() + held + held % 2,
        not any(written[head.end() + held :]),
        0 < channels <= 64 and 0 < bits <= 64 and 0 <= rate < 21,
        described[10] >= 0x80 and not any(described[14:18]),
    )
    if not all(demanded):
        raise UnreadableFileError("sound-malformed")
