"""Read from an Exif block the orientation, and of which kinds its secrets are (CIPA DC-008).

Tolerant on purpose: the block is thrown away whatever it says. Only the orientation is
written again, because without it the picture lies on its side.
"""

import struct
from collections.abc import Iterator

from redaction.files.policy import EXIF_CATEGORIES

_ORIENTATION = 0x0112
_EXIF_DIRECTORY = 0x8769
_SHORT = 3
UPRIGHT = 1


def read_exif(untrusted: bytes) -> tuple[int, set[str]]:
    """Return the orientation (1 to 8) and the categories met in a TIFF structure."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(untrusted[:4])
    if order is None:
        return UPRIGHT, {"unknown"}
    orientation, inner, categories = UPRIGHT, 0, set()
    first = _number(untrusted, order, 4)
    for tag, kind, at in _entries(untrusted, order, first):
        categories.add(EXIF_CATEGORIES.get(tag, "unknown"))
        if tag == _ORIENTATION and kind == _SHORT and 1 <= _short(untrusted, order, at) <= 8:
            orientation = _short(untrusted, order, at)
        if tag == _EXIF_DIRECTORY:
            inner = _number(untrusted, order, at)
    if inner:
        inner_tags = [tag for tag, _, _ in _entries(untrusted, order, inner)]
        categories |= {EXIF_CATEGORIES.get(tag, "unknown") for tag in inner_tags}
    if _next_directory(untrusted, order, first):
        categories.add("thumbnail")
    return orientation, categories


def orientation_segment(orientation: int) -> bytes:
    """Return the 36-byte APP1 segment that holds *orientation* and nothing else."""
    tiff = struct.pack(">2sHIHHHIHHI", b"MM", 42, 8, 1, _ORIENTATION, 3, 1, orientation, 0, 0)
    return b"\xff\xe1\x00\x22Exif\0\0" + tiff


def _entries(untrusted: bytes, order: str, at: int) -> Iterator[tuple[int, int, int]]:
    """Yield tag, type and place of the value for each entry that lies inside."""
    for entry in range(at + 2, at + 2 + 12 * _short(untrusted, order, at), 12):
        if entry + 12 > len(untrusted):
            return
        yield _short(untrusted, order, entry), _short(untrusted, order, entry + 2), entry + 8


def _next_directory(untrusted: bytes, order: str, at: int) -> int:
    return _number(untrusted, order, at + 2 + 12 * _short(untrusted, order, at))


def _short(untrusted: bytes, order: str, at: int) -> int:
    """Return two bytes as a number, 0 outside the block."""
    return _unpack(untrusted, order + "H", at)


def _number(untrusted: bytes, order: str, at: int) -> int:
    """Return four bytes as a number, 0 outside the block."""
    return _unpack(untrusted, order + "I", at)


def _unpack(untrusted: bytes, layout: str, at: int) -> int:
    if at + struct.calcsize(layout) > len(untrusted):
        return 0
    value: int = struct.unpack_from(layout, untrusted, at)[0]
    return value
