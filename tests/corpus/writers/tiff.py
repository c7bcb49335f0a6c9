"""Image file directories: the body of a TIFF and of an Exif block (TIFF 6.0, Exif 2.32)."""

from __future__ import annotations

import struct
from typing import NamedTuple

from tests.corpus.entry import Planter

BYTE, ASCII, SHORT, LONG, RATIONAL, UNDEFINED, IFD = 1, 2, 3, 4, 5, 7, 13
SIZES = {BYTE: 1, ASCII: 1, SHORT: 2, LONG: 4, RATIONAL: 8, UNDEFINED: 1, IFD: 4}


class Field(NamedTuple):
    """*value*: the bytes for text and blobs, else numbers; a directory or blobs are pointed to."""

    kind: int
    value: bytes | tuple[int, ...] | Directory | Stored


class Stored(NamedTuple):
    """What is written behind the directory and pointed to."""

    blobs: tuple[bytes, ...]


class Directory(dict[int, Field]):
    """Tags by number."""


def text(value: str) -> Field:
    return Field(ASCII, value.encode() + b"\0")


def wide(value: str) -> Field:
    """The XP… tags of Windows."""
    return Field(BYTE, value.encode("utf-16-le") + b"\0\0")


def blob(value: bytes, kind: int = UNDEFINED) -> Field:
    return Field(kind, value)


def short(*values: int) -> Field:
    return Field(SHORT, values)


def long(*values: int) -> Field:
    return Field(LONG, values)


def rational(*parts: int) -> Field:
    """Numerators and denominators in turn."""
    return Field(RATIONAL, parts)


def pointer(inner: Directory) -> Field:
    return Field(LONG, inner)


def stored(*blobs: bytes) -> Field:
    """The offsets of *blobs*, which are written after the directory."""
    return Field(LONG, Stored(blobs))


def write(directories: list[Directory], order: str = "<") -> bytes:
    """Return header and chained directories."""
    writer = _Writer(order)
    return writer.run(directories)


def small(plant: Planter, where: str) -> bytes:
    """Return a picture of 8 by 4 with a few telling tags."""
    tags = Directory(
        {
            0x0100: long(8),
            0x0101: long(4),
            0x0102: short(8, 8, 8),
            0x0103: short(1),
            0x0106: short(2),
            0x0111: stored(bytes(range(96))),
            0x0115: short(3),
            0x0116: long(4),
            0x0117: long(96),
            0x0131: text(plant.mark(f"{where}Software")),
            0x013B: text(plant.mark(f"{where}Artist")),
            0x010E: text(plant.mark(f"{where}ImageDescription")),
        }
    )
    return write([tags]) + plant.raw(f"{where}tail")


class _Writer:
    def __init__(self, order: str) -> None:
        self._order = order
        self._out = bytearray()

    def run(self, directories: list[Directory]) -> bytes:
        mark = b"II*\0" if self._order == "<" else b"MM\0*"
        self._out += mark + self._pack("I", 8)
        link = 4
        for directory in directories:
            self._patch(link, self._align())
            link = self._directory(directory)
        return bytes(self._out)

    def _directory(self, directory: Directory) -> int:
        """Append it and all it points to; return where the link to the next one stands."""
        start = len(self._out)
        self._out += self._pack("H", len(directory)) + bytes(12 * len(directory) + 4)
        for number, (tag, field) in enumerate(sorted(directory.items())):
            self._field(start + 2 + 12 * number, tag, field)
        return start + 2 + 12 * len(directory)

    def _field(self, at: int, tag: int, field: Field) -> None:
        value = self._value(field)
        count = len(value) // SIZES[field.kind]
        self._out[at : at + 8] = self._pack("HHI", tag, field.kind, count)
        if len(value) <= 4:
            self._out[at + 8 : at + 12] = value.ljust(4, b"\0")
        else:
            self._patch(at + 8, self._align())
            self._out += value

    def _value(self, field: Field) -> bytes:
        match field.value:
            case Directory():
                start = self._align()
                self._directory(field.value)
                return self._pack("I", start)
            case bytes():
                return field.value
            case Stored():
                return b"".join(self._stored(each) for each in field.value.blobs)
            case numbers:
                code = "H" if field.kind == SHORT else "I"
                return self._pack(code * len(numbers), *numbers)

    def _stored(self, data: bytes) -> bytes:
        start = self._align()
        self._out += data
        return self._pack("I", start)

    def _align(self) -> int:
        self._out += bytes(len(self._out) % 2)
        return len(self._out)

    def _patch(self, at: int, value: int) -> None:
        self._out[at : at + 4] = self._pack("I", value)

    def _pack(self, code: str, *values: object) -> bytes:
        return struct.pack(self._order + code, *values)
