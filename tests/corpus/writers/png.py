"""PNG and APNG (W3C PNG, third edition): chunks, and what programs hide between them."""

from __future__ import annotations

import struct
import zlib

from tests.corpus.entry import Planter
from tests.corpus.writers import photo

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def header(width: int, height: int, depth: int = 8, colour: int = 2, interlace: int = 0) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace))


def rows(width: int, height: int, channels: int, shift: int = 0) -> bytes:
    """Return filtered rows of a gradient with 8 bits a channel."""
    return b"".join(
        b"\0"
        + bytes(
            (x * 3 + y * 5 + c * 40 + shift) % 256 for x in range(width) for c in range(channels)
        )
        for y in range(height)
    )


def pixels(width: int, height: int, channels: int, shift: int = 0) -> bytes:
    return zlib.compress(rows(width, height, channels, shift), 9)


def text(keyword: str, value: str) -> bytes:
    return chunk(b"tEXt", keyword.encode("latin-1") + b"\0" + value.encode("latin-1"))


def packed_text(keyword: str, value: str) -> bytes:
    return chunk(
        b"zTXt", keyword.encode("latin-1") + b"\0\0" + zlib.compress(value.encode("latin-1"))
    )


def wide_text(keyword: str, value: str, packed: bool = False) -> bytes:
    data = zlib.compress(value.encode()) if packed else value.encode()
    return chunk(b"iTXt", keyword.encode("latin-1") + b"\0" + bytes([packed, 0]) + b"ar\0\0" + data)


def screenshot(plant: Planter, where: str) -> bytes:
    """Return a small picture as screenshot programs write it: 12 places."""
    told = (
        text("Software", plant.mark(f"{where}tEXt Software"))
        + text("Author", plant.mark(f"{where}tEXt Author"))
        + packed_text("Comment", plant.mark(f"{where}zTXt Comment"))
        + wide_text("Title", f"سمير {plant.mark(f'{where}iTXt Title')}")
        + chunk(b"tIME", struct.pack(">HBBBBB", 2019, 7, 21, 13, 45, 59))
    )
    told += chunk(b"eXIf", photo.exif_small(plant, where))
    tail = chunk(b"IEND", b"") + plant.raw(f"{where}after the end")
    return SIGNATURE + header(24, 16) + told + chunk(b"IDAT", pixels(24, 16, 3)) + tail
