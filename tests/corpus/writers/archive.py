"""Zip archives, written member by member so that nothing is tidied (APPNOTE 6.3.10)."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field

from tests.corpus.entry import Planter

MODERN = (2024 - 1980) << 25 | 3 << 21 | 5 << 16 | 12 << 11
STORED, DEFLATED = 0, 8
UTF8, STREAMED = 0x800, 0x8


@dataclass
class Member:
    """One file; *stamp* is the DOS date and time as one number."""

    name: str
    data: bytes
    method: int = DEFLATED
    stamp: int = MODERN
    local_extra: bytes = b""
    central_extra: bytes = b""
    comment: bytes = b""
    system: int = 0
    attributes: int = 0
    streamed: bool = False
    before: bytes = field(default=b"", repr=False)
    """Bytes that stand before the local header and belong to nothing."""


def write(members: list[Member], comment: bytes = b"", before: bytes = b"") -> bytes:
    """Return the archive; *before* stands in front of everything, as in self-extracting files."""
    out, directory = bytearray(before), bytearray()
    for member in members:
        out += member.before
        packed = _packed(member)
        directory += _central(member, packed, len(out))
        out += _local(member, packed)
    end = struct.pack(
        "<4s4H2IH",
        b"PK\5\6",
        0,
        0,
        len(members),
        len(members),
        len(directory),
        len(out),
        len(comment),
    )
    return bytes(out + directory + end + comment)


def extra(identifier: int, data: bytes) -> bytes:
    """Return one extra field."""
    return struct.pack("<HH", identifier, len(data)) + data


def telling(members: list[Member], plant: Planter, count: int = 3) -> list[Member]:
    """Give the first members all the marks that zip programs leave: times, owners, comments."""
    for member in members[:count]:
        p = f"zip {member.name} "
        hint = extra(0xA220, b"\x28\xa0" + plant.raw(p + "growth hint"))
        member.local_extra = _unix_extras(plant, p) + hint
        times = bytes(4) + struct.pack("<HH", 1, 24) + plant.blob(p + "NTFS times", 24)
        path = b"\1" + bytes(4) + plant.raw(p + "path in Unicode")
        member.central_extra = extra(0x000A, times) + extra(0x7075, path)
        member.comment = plant.raw(p + "comment")
        member.stamp = plant.number(p + "DOS time")
        member.system = 3
    return members


def _unix_extras(plant: Planter, p: str) -> bytes:
    times = b"".join(plant.number(f"{p}time {n}").to_bytes(4, "little") for n in "mac")
    uid, gid = (plant.number(p + each).to_bytes(4, "little") for each in ("uid", "gid"))
    return extra(0x5455, b"\7" + times) + extra(0x7875, b"\1\4" + uid + b"\4" + gid)


def _packed(member: Member) -> bytes:
    if member.method == STORED:
        return member.data
    deflate = zlib.compressobj(6, zlib.DEFLATED, -15)
    return deflate.compress(member.data) + deflate.flush()


def _numbers(member: Member, packed: bytes) -> tuple[int, int, int]:
    return zlib.crc32(member.data), len(packed), len(member.data)


def _flags(member: Member) -> int:
    return (0 if member.name.isascii() else UTF8) | (STREAMED if member.streamed else 0)


def _local(member: Member, packed: bytes) -> bytes:
    name, numbers = member.name.encode(), _numbers(member, packed)
    head = struct.pack(
        "<4s3HI3I2H",
        *(b"PK\3\4", 20, _flags(member), member.method, member.stamp),
        *((0, 0, 0) if member.streamed else numbers),
        *(len(name), len(member.local_extra)),
    )
    tail = struct.pack("<4s3I", b"PK\7\x08", *numbers) if member.streamed else b""
    return head + name + member.local_extra + packed + tail


def _central(member: Member, packed: bytes, offset: int) -> bytes:
    name, lengths = member.name.encode(), (len(member.central_extra), len(member.comment))
    head = struct.pack(
        "<4sBB3HI3I5H2I",
        *(b"PK\1\2", 20, member.system, 20, _flags(member), member.method, member.stamp),
        *_numbers(member, packed),
        *(len(name), *lengths, 0, 0),
        *(member.attributes, offset),
    )
    return head + name + member.central_extra + member.comment
