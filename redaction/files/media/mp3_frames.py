"""The headers of MP3 frames, and what inside them is sound (ISO/IEC 11172-3 §2.4)."""

from collections import deque
from typing import Final

_KILOBITS: Final = {
    3: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES: Final = {
    3: (44_100, 48_000, 32_000),
    2: (22_050, 24_000, 16_000),
    0: (11_025, 12_000, 8_000),
}
_HEADER: Final = 4
_CHECKSUM: Final = 2
_RESERVED_EMPHASIS: Final = 2
# Sound begins at most 511 bytes before its frame.
_REMEMBERED: Final = 520


def frame_size(data: bytes | bytearray, at: int) -> int:
    """Return the bytes of the frame of layer III that begins at *at*, 0 if none does."""
    if at + _HEADER > len(data) or data[at] != 0xFF or data[at + 1] & 0xE6 != 0xE2:
        return 0
    version, quality, rate = data[at + 1] >> 3 & 3, data[at + 2] >> 4, data[at + 2] >> 2 & 3
    if version == 1 or quality in {0, 15} or rate == 3 or data[at + 3] & 3 == _RESERVED_EMPHASIS:
        return 0
    bits = (144_000 if version == 3 else 72_000) * _KILOBITS[3 if version == 3 else 2][quality]
    return bits // _RATES[version][rate] + (data[at + 2] >> 1 & 1)


def is_mono(data: bytes | bytearray, at: int) -> bool:
    """Return whether the frame has one channel."""
    return data[at + 3] >> 6 == 3


def side_size(data: bytes | bytearray, at: int) -> int:
    """Return the bytes between header (with checksum) and sound."""
    if data[at + 1] >> 3 & 3 == 3:
        return 17 if is_mono(data, at) else 32
    return 9 if is_mono(data, at) else 17


def begin_of_side(data: bytes | bytearray, at: int) -> int:
    """Return where the description of a frame's sound begins."""
    return at + _HEADER + (0 if data[at + 1] & 1 else _CHECKSUM)


def empty_unused(sound: bytearray) -> bool:
    """Write zeros over the bits of whole frames that no player reads; return if any was set.

    A frame's sound may begin in the frames before it: what counts is the stream of all
    bytes behind the headers. Between the end of one frame's sound and the beginning of the
    next one's lies what nobody hears.
    """
    stream = _Stream(sound)
    at = 0
    while at < len(sound):
        size = frame_size(sound, at)
        side = begin_of_side(sound, at)
        back, bits = _main_data(sound, at, side)
        stream.frame(back, bits, side + side_size(sound, at), at + size)
        at += size
    stream.end()
    return stream.changed


def _main_data(data: bytes | bytearray, at: int, side: int) -> tuple[int, int]:
    """Return how many bytes before the frame its sound begins, and its length in bits."""
    channels = 1 if is_mono(data, at) else 2
    size = side_size(data, at)
    value = int.from_bytes(data[side : side + size])
    left = 8 * size
    if data[at + 1] >> 3 & 3 == 3:
        # 9 bits, private bits, 4 bits a channel of shared scale factors, two granules.
        back, first, granules, step = value >> left - 9, 9 + (9 if channels == 1 else 11), 2, 59
    else:
        back, first, granules, step = value >> left - 8, 8 + channels, 1, 63
    bits = 0
    for part in range(granules * channels):
        bits += value >> left - first - step * part - 12 & 0xFFF
    return back, bits


class _Stream:
    """The bytes behind the headers of all frames, as one stream."""

    def __init__(self, data: bytearray) -> None:
        self._data = data
        self._regions: deque[tuple[int, int, int]] = deque(maxlen=_REMEMBERED)
        self._length = 0
        self._used_bits = 0
        self.changed = False

    def frame(self, back: int, bits: int, start: int, end: int) -> None:
        """Append a frame whose bytes for sound stand from *start* to *end*."""
        begin = self._length - back
        self._empty(8 * max(begin, 0))
        self._used_bits = max(self._used_bits, 8 * begin + bits)
        if start < end:
            self._regions.append((self._length, start, end))
            self._length += end - start

    def end(self) -> None:
        """Say that no more frames come."""
        self._empty(8 * self._length)

    def _empty(self, until: int) -> None:
        """Write zeros from the last bit that was used up to bit *until*."""
        if self._used_bits >= until:
            return
        first, left = divmod(max(self._used_bits, 0), 8)
        for begin, start, end in reversed(self._regions):
            if begin + end - start <= first:
                break
            low = max(start, start + first - begin)
            high = min(end, start + until // 8 - begin)
            self._zero(low, high, left if low == start + first - begin else 0)
        self._used_bits = until

    def _zero(self, low: int, high: int, left: int) -> None:
        """Write zeros over bytes, but not over the first *left* bits."""
        if low >= high:
            return
        kept = self._data[low] & (0xFF00 >> left) & 0xFF
        clean = bytes((kept,)) + bytes(high - low - 1)
        self.changed = self.changed or self._data[low:high] != clean
        self._data[low:high] = clean
