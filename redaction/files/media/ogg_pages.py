"""Pages of Ogg: read, and written anew (RFC 3533 §6)."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from redaction.files.errors import UnreadableFileError
from redaction.files.media.sound import demand

CONTINUED, BEGIN, END = 1, 2, 4
_HEADER: Final = 27
_NOTHING_ENDS: Final = b"\xff" * 8
_MIRRORED: Final = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


@dataclass(frozen=True)
class Page:
    """One page; `position` is the 8 bytes of time as they stand."""

    flags: int
    position: bytes
    serial: int
    segments: bytes
    body: bytes

    def write(self, serial: int, sequence: int) -> bytes:
        """Return the page as number *sequence* of stream *serial*, with a true checksum."""
        head = b"OggS\0" + bytes((self.flags,)) + self.position
        head += serial.to_bytes(4, "little") + sequence.to_bytes(4, "little")
        tail = bytes((len(self.segments),)) + self.segments + self.body
        checksum = crc(head + bytes(4) + tail)
        return head + checksum.to_bytes(4, "little") + tail

    def packets(self) -> Iterator[tuple[bytes, bool]]:
        """Yield the page's pieces of packets, and whether each packet ends in it."""
        start = end = 0
        for size in self.segments:
            end += size
            if size < 255:
                yield self.body[start:end], True
                start = end
        if start < end:
            yield self.body[start:], False


def read_page(untrusted: bytes, at: int) -> tuple[Page, int]:
    """Return the page at *at* and where it ends; raise `UnreadableFileError`."""
    head = untrusted[at : at + _HEADER]
    if len(head) < _HEADER:
        raise UnreadableFileError("sound-truncated")
    demand(head.startswith(b"OggS\0") and head[5] < 8)
    segments = untrusted[at + _HEADER : at + _HEADER + head[26]]
    start = at + _HEADER + head[26]
    end = start + sum(segments)
    if end > len(untrusted):
        raise UnreadableFileError("sound-truncated")
    body = untrusted[start:end]
    demand(crc(head[:22] + bytes(4) + head[26:] + segments + body) == _number(head[22:26]))
    return Page(head[5], head[6:14], _number(head[14:18]), segments, body), end


def paged(packet: bytes, flags: int = 0) -> Iterator[Page]:
    """Yield the pages of a packet that stands alone, before any sound."""
    sizes = b"\xff" * (len(packet) // 255) + bytes((len(packet) % 255,))
    for at in range(0, len(sizes), 255):
        segments = sizes[at : at + 255]
        body = packet[255 * at : 255 * at + sum(segments)]
        position = bytes(8) if at + 255 >= len(sizes) else _NOTHING_ENDS
        yield Page(flags | (CONTINUED if at else 0), position, 0, segments, body)


def crc(data: bytes) -> int:
    """Polynomial 0x04c11db7 from zero: that of zlib, with the bits of each byte mirrored."""
    mirrored = zlib.crc32(data.translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int.from_bytes(mirrored.to_bytes(4, "little").translate(_MIRRORED))


def _number(field: bytes) -> int:
    return int.from_bytes(field, "little")
