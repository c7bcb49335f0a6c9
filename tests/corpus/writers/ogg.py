"""Pages of Ogg (RFC 3533)."""

from __future__ import annotations

import struct
from typing import NamedTuple

from tests.corpus.entry import Planter


class Page(NamedTuple):
    flags: int
    position: int
    serial: int
    table: bytes
    body: bytes


def _table() -> list[int]:
    found = []
    for index in range(256):
        value = index << 24
        for _ in range(8):
            value = (value << 1 ^ (0x04C11DB7 if value & 1 << 31 else 0)) & 0xFFFFFFFF
        found.append(value)
    return found


CRC = _table()


def checksum(data: bytes) -> int:
    value = 0
    for byte in data:
        value = (value << 8 & 0xFFFFFFFF) ^ CRC[value >> 24 ^ byte]
    return value


def pages(data: bytes) -> list[Page]:
    found, at = [], 0
    while data[at : at + 4] == b"OggS":
        flags, position, serial = struct.unpack_from("<5xBqI", data, at)
        table = data[at + 27 : at + 27 + data[at + 26]]
        start = at + 27 + len(table)
        found.append(Page(flags, position, serial, table, data[start : start + sum(table)]))
        at = start + sum(table)
    return found


def write(all_pages: list[Page]) -> bytes:
    """Return the pages with new numbers and checksums."""
    out, numbers = bytearray(), dict[int, int]()
    for page in all_pages:
        number = numbers.get(page.serial, 0)
        numbers[page.serial] = number + 1
        head = struct.pack(
            "<4sBBqIII", b"OggS", 0, page.flags, page.position, page.serial, number, 0
        )
        whole = head + bytes([len(page.table)]) + page.table + page.body
        out += whole[:22] + struct.pack("<I", checksum(whole)) + whole[26:]
    return bytes(out)


def with_comments(data: bytes, packet: bytes, plant: Planter) -> bytes:
    """Return the stream with another second packet and a serial number that is a marker."""
    serial = plant.number("serial number of the stream")
    first, *rest = pages(data)
    following = _packets(rest[0])[1:]
    new = [first, *_paged([packet, *following], first.serial), *rest[1:]]
    return write([page._replace(serial=serial) for page in new])


def _packets(page: Page) -> list[bytes]:
    """The packets of a page, all of which end in it."""
    found, at, size = [], 0, 0
    for length in page.table:
        size += length
        if length < 255:
            found.append(page.body[at : at + size])
            at, size = at + size, 0
    return found


def _paged(packets: list[bytes], serial: int) -> list[Page]:
    """Pages that hold *packets*; all header pages have position 0."""
    lengths = b"".join(b"\xff" * (len(p) // 255) + bytes([len(p) % 255]) for p in packets)
    body, found, at = b"".join(packets), [], 0
    for start in range(0, len(lengths), 255):
        table = lengths[start : start + 255]
        continued = start > 0 and lengths[start - 1] == 255
        ends = any(length < 255 for length in table)
        found.append(
            Page(int(continued), 0 if ends else -1, serial, table, body[at : at + sum(table)])
        )
        at += sum(table)
    return found
