"""Read a cleaned AMR file a second time, knowing nothing of how it was cleaned."""

import re
from collections.abc import Mapping
from typing import Final

from redaction.files.errors import UnreadableFileError

# Bytes of a frame and how many bits at its end must be zero, by frame type.
_NARROW: Final = {
    0: (12, 1),
    1: (13, 1),
    2: (15, 2),
    3: (17, 2),
    4: (19, 4),
    5: (20, 1),
    6: (26, 4),
    7: (31, 4),
    8: (5, 1),
}
_WIDE: Final = {
    0: (17, 4),
    1: (23, 7),
    2: (32, 3),
    3: (36, 3),
    4: (40, 3),
    5: (46, 3),
    6: (50, 3),
    7: (58, 3),
    8: (60, 3),
    9: (5, 0),
}


def _grammar(
    magic: bytes, frames: Mapping[int, tuple[int, int]], empty: bytes
) -> re.Pattern[bytes]:
    kinds = b"|".join(
        rb"[\x%02x\x%02x].{%d}[%s]"
        % (
            kind << 3,
            kind << 3 | 4,
            size - 1,
            b"".join(rb"\x%02x" % last for last in range(0, 256, 1 << spare)),
        )
        for kind, (size, spare) in frames.items()
    )
    return re.compile(magic + b"(?>" + kinds + b"|[" + empty + b"])++", re.DOTALL)


_FILES: Final = (
    _grammar(rb"#!AMR\n", _NARROW, rb"\x78\x7c"),
    _grammar(rb"#!AMR-WB\n", _WIDE, rb"\x70\x74\x78\x7c"),
)


def verify_amr(written: bytes) -> None:
    """Raise `UnreadableFileError` at the first byte that has no right to be there."""
    if not any(grammar.fullmatch(written) for grammar in _FILES):
        raise UnreadableFileError("sound-malformed")
