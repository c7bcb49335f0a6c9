"""Frames of FLAC: their headers, and where the last one ends (RFC 9639 §9)."""

from dataclasses import dataclass
from typing import Final

from redaction.files.errors import UnreadableFileError
from redaction.files.media.sound import demand

_DEPTHS: Final = {1: 8, 2: 12, 4: 16, 5: 20, 6: 24, 7: 32}
# The difference of two channels takes one bit more: left and side, side and right, middle and side.
_MORE_BITS: Final = {8: (0, 1), 9: (1, 0), 10: (0, 1)}
_LARGEST_FRAME: Final = 1 << 22
"""More than 65,535 samples of 33 bits in 8 channels take."""


@dataclass(frozen=True)
class Header:
    """The beginning of a frame: `size` in bytes, `depth` in bits or 0 for the stream's own."""

    size: int
    number: int
    samples: int
    channels: int
    depth: int


def read_header(data: bytes, at: int) -> Header | None:
    """Return the header that stands at *at*, None unless its checksum is true."""
    head = data[at : at + 16]
    if len(head) < 6 or head[0] != 0xFF or head[1] & 0xFE != 0xF8 or head[3] & 1:
        return None
    block, rate, channels, depth = head[2] >> 4, head[2] & 15, head[3] >> 4, head[3] >> 1 & 7
    if block == 0 or rate == 15 or channels > 10 or depth == 3:
        return None
    length = 8 - (head[4] ^ 0xFF).bit_length()
    if length in {1, 8}:
        return None
    number = head[4] & 0x7F >> length
    for byte in head[5 : 4 + length]:
        number = number << 6 | byte & 0x3F
    after = 4 + max(length, 1)
    extra = {6: 1, 7: 2}.get(block, 0)
    samples = int.from_bytes(head[after : after + extra]) + 1 if extra else _samples(block)
    after += extra + {12: 1, 13: 2, 14: 2}.get(rate, 0)
    if after >= len(head) or _crc8(head[:after]) != head[after]:
        return None
    return Header(after + 1, number, samples, channels, _DEPTHS.get(depth, 0))


def last_frame_end(data: bytes, at: int, header: Header, depth: int) -> int:
    """Return where the frame at *at* ends, by reading its samples of *depth* bits.

    Raises `UnreadableFileError` for a frame that is cut or whose checksum is false.
    """
    start = at + header.size
    bits = _Bits(data[start : start + _LARGEST_FRAME])
    for more in _MORE_BITS.get(header.channels, (0,) * (header.channels + 1)):
        _pass_channel(bits, header.samples, (header.depth or depth) + more)
    end = start + -(-bits.at // 8) + 2
    if end > len(data):
        raise UnreadableFileError("sound-truncated")
    demand(crc16(data[at:end]) == 0)
    return end


class _Bits:
    """Bits as text of zeros and ones, which Python searches quickly."""

    def __init__(self, data: bytes) -> None:
        self.text = f"{int.from_bytes(data):0{8 * len(data)}b}" if data else ""
        self.at = 0

    def take(self, count: int) -> int:
        self.skip(count)
        return int(self.text[self.at - count : self.at] or "0", 2)

    def skip(self, count: int) -> None:
        self.at += count
        if self.at > len(self.text):
            raise UnreadableFileError("sound-truncated")

    def ones_after_zeros(self, codes: int, tail: int) -> None:
        """Pass over *codes* numbers: zeros, a one, *tail* bits."""
        find, text, at = self.text.find, self.text, self.at
        for _ in range(codes):
            at = find("1", at) + 1
            if at == 0 or at + tail > len(text):
                raise UnreadableFileError("sound-truncated")
            at += tail
        self.at = at


def _pass_channel(bits: _Bits, samples: int, depth: int) -> None:
    """Pass over a subframe (RFC 9639 §9.2)."""
    demand(bits.take(1) == 0)
    kind = bits.take(6)
    if bits.take(1):
        before = bits.at
        bits.ones_after_zeros(1, 0)
        depth -= bits.at - before
    demand(depth > 0)
    if kind == 0:
        bits.skip(depth)
    elif kind == 1:
        bits.skip(depth * samples)
    elif 8 <= kind <= 12:
        bits.skip(depth * (kind - 8))
        _pass_residual(bits, samples, kind - 8)
    else:
        demand(kind >= 32)
        order = kind - 31
        bits.skip(depth * order)
        precision = bits.take(4) + 1
        demand(precision < 16)
        bits.skip(5 + precision * order)
        _pass_residual(bits, samples, order)


def _pass_residual(bits: _Bits, samples: int, order: int) -> None:
    """Pass over the differences to what was predicted (RFC 9639 §9.2.7)."""
    method = bits.take(2)
    demand(method < 2)
    width = 4 + method
    parts = 1 << bits.take(4)
    demand(samples % parts == 0 and samples // parts >= order)
    for part in range(parts):
        codes = samples // parts - (order if part == 0 else 0)
        parameter = bits.take(width)
        if parameter == (1 << width) - 1:
            bits.skip(bits.take(5) * codes)
        else:
            bits.ones_after_zeros(codes, parameter)


def _samples(code: int) -> int:
    if code == 1:
        return 192
    return 576 << code - 2 if code < 6 else 256 << code - 8


def _crc8(data: bytes) -> int:
    """RFC 9639 §9.1.8: polynomial 0x07, from zero."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc << 1 ^ (0x107 if crc & 0x80 else 0)
    return crc


def crc16(data: bytes) -> int:
    """RFC 9639 §9.3: polynomial 0x8005, from zero; zero for a frame with its checksum."""
    crc = 0
    for byte in data:
        crc = (crc << 8 & 0xFFFF) ^ _CRC16[crc >> 8 ^ byte]
    return crc


def _remainder(byte: int) -> int:
    crc = byte << 8
    for _ in range(8):
        crc = crc << 1 ^ (0x18005 if crc & 0x8000 else 0)
    return crc


_CRC16: Final = tuple(map(_remainder, range(256)))
