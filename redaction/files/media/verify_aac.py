"""Read a cleaned AAC file a second time, knowing nothing of how it was cleaned."""

import re
from typing import Final

from redaction.files.errors import UnreadableFileError

_HEAD: Final = re.compile(
    rb"\xff[\xf1\xf9][^\x02]([\0-\x03\x40-\x43\x80-\x83\xc0-\xc3].[\x1f\x3f\x5f\x7f\x9f\xbf\xdf\xff])[\xfc-\xff]",
    re.DOTALL,
)


def verify_aac(written: bytes) -> None:
    """Raise `UnreadableFileError` at the first byte that has no right to be there."""
    at, beginnings = 0, set()
    while at < len(written):
        head = _HEAD.match(written, at)
        if head is None or written[at + 2] & 2:
            raise UnreadableFileError("sound-malformed")
        beginnings.add((written[at + 1], written[at + 2], written[at + 3] & 0xC0))
        size = int.from_bytes(head[1]) >> 5 & 0x1FFF
        at = max(at + size, head.end())
    if at != len(written) or len(beginnings) != 1:
        raise UnreadableFileError("sound-malformed")
