"""Blocks: which track they belong to, and the frames in them (RFC 9559 §10)."""

from collections.abc import Iterator
from typing import Final

from redaction.files.media.matroska_elements import Element, Elements

_HEADER: Final = 3
_LACING: Final = 6
_XIPH: Final = 2
_FIXED: Final = 4
_VINT_BYTES: Final = 4
"""Larger numbers of tracks and sizes of frames are not met."""


def track_of(file: Elements, block: Element) -> tuple[int, int]:
    """Return the block's track, and where its frames begin."""
    number, at = file.vint(block.body, block.end)
    file.demand(0 < at - block.body <= _VINT_BYTES and at + _HEADER <= block.end)
    return number - (1 << 7 * (at - block.body)), at + _HEADER


def frames(file: Elements, at: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield start and end of each frame of a block whose frames begin at *at*."""
    lacing = file.data[at - 1] & _LACING
    if not lacing:
        yield at, end
        return
    count = file.number(at, 1)
    sizes, at = _sizes(file, lacing, count, at + 1, end)
    file.demand(sum(sizes) <= end - at)
    for size in sizes:
        yield at, at + size
        at += size
    yield at, end


def _sizes(file: Elements, lacing: int, count: int, at: int, end: int) -> tuple[list[int], int]:
    """Return the sizes of the first *count* frames, and where the first one begins."""
    if lacing == _FIXED:
        file.demand((end - at) % (count + 1) == 0)
        return [(end - at) // (count + 1)] * count, at
    sizes: list[int] = []
    while len(sizes) < count:
        size = 0
        if lacing == _XIPH:
            while file.number(at, 1) == 255:
                size, at = size + 255, at + 1
            size, at = size + file.number(at, 1), at + 1
        else:
            size, after = file.vint(at, end)
            file.demand(0 < after - at <= _VINT_BYTES)
            bits = 7 * (after - at)
            size -= 1 << bits
            size, at = (size + sizes[-1] - (1 << bits - 1) + 1 if sizes else size), after
        file.demand(0 <= size <= end - at)
        sizes.append(size)
    return sizes, at
