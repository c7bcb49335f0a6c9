"""Build small files of boxes: every field of them is chosen here (ISO/IEC 14496-12)."""

import struct
from dataclasses import dataclass, field
from typing import Final

MARK: Final = b"MARK"
MATRIX: Final = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
NOW: Final = 0xE0000000
"""A moment, as seconds since 1904."""


def box(kind: str, *parts: bytes) -> bytes:
    """Return a box."""
    body = b"".join(parts)
    return struct.pack(">I", len(body) + 8) + kind.encode("latin-1") + body


def full(kind: str, version: int, flags: int, *parts: bytes) -> bytes:
    """Return a box with version and flags."""
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)


def numbers(*values: int) -> bytes:
    """Return 32-bit numbers."""
    return struct.pack(f">{len(values)}I", *values)


def short(*values: int) -> bytes:
    """Return 16-bit numbers."""
    return struct.pack(f">{len(values)}H", *values)


def ftyp(major: str, *brands: str, minor: bytes = bytes(4)) -> bytes:
    """Return the first box of a file."""
    return box("ftyp", major.encode("latin-1"), minor, *(one.encode("latin-1") for one in brands))


def hdlr(kind: str, name: bytes = b"", component: bytes = bytes(4)) -> bytes:
    """Return what handles a track."""
    return full("hdlr", 0, 0, component, kind.encode(), bytes(12), name + b"\0")


def visual(kind: str, *details: bytes, name: bytes = b"", vendor: bytes = b"") -> bytes:
    """Return a description of pictures, 64 by 48."""
    head = bytes(6) + short(1) + bytes(4) + vendor.ljust(4, b"\0") + bytes(8) + short(64, 48)
    head += numbers(0x480000, 0x480000, 0) + short(1) + name.ljust(32, b"\0") + short(24, 0xFFFF)
    return box(kind, head, *details)


def sound(kind: str, *details: bytes, version: int = 0, more: bytes = b"", bits: int = 16) -> bytes:
    """Return a description of sound with two channels."""
    head = bytes(6) + short(1, version, 0) + bytes(4) + short(2, bits, 0, 0) + numbers(48000 << 16)
    return box(kind, head, more, *details)


def avcc(*sets: bytes, length_size: int = 4, tail: bytes = b"", profile: int = 0x42) -> bytes:
    """Return H.264's configuration with *sets* among its sequence sets."""
    units = [b"\x67\x42\0\x0a", *sets]
    head = bytes((1, profile, 0, 10, 0xFC | length_size - 1, 0xE0 | len(units)))
    picture = b"\1" + short(3) + b"\x68\xce\x38"
    return box("avcC", head, *(short(len(one)) + one for one in units), picture, tail)


def hvcc(*messages: bytes) -> bytes:
    """Return HEVC's configuration: a parameter set, and an array of messages."""
    head = b"\1\1\x60" + bytes(9) + b"\x1e\xf0\0\xfc\xfd\xf8\xf8\0\0\x0f"
    arrays = [(32, [b"\x40\1\x0c\1"]), *([(39, list(messages))] if messages else [])]
    body = b"".join(
        bytes((0x80 | kind,)) + short(len(units)) + b"".join(short(len(u)) + u for u in units)
        for kind, units in arrays
    )
    return box("hvcC", head, bytes((len(arrays),)), body)


def descriptor(tag: int, *parts: bytes) -> bytes:
    """Return a descriptor whose size takes four bytes."""
    body = b"".join(parts)
    size = bytes(len(body) >> shift & 127 | (128 if shift else 0) for shift in (21, 14, 7, 0))
    return bytes((tag,)) + size + body


def esds(kind: int, specific: bytes, tail: bytes = b"", more: bytes = b"") -> bytes:
    """Return what describes an MPEG stream of the object type *kind*."""
    decoder = descriptor(4, bytes((kind, 0x15)) + bytes(11), descriptor(5, specific), more)
    return full("esds", 0, 0, descriptor(3, bytes(3), decoder, descriptor(6, b"\2")), tail)


def unit(*parts: bytes, length_size: int = 4) -> bytes:
    """Return a unit of coded data behind its length."""
    body = b"".join(parts)
    return len(body).to_bytes(length_size) + body


def message(kind: int, body: bytes) -> bytes:
    """Return one SEI message."""
    head = b"\xff" * (kind // 255) + bytes((kind % 255,))
    return head + b"\xff" * (len(body) // 255) + bytes((len(body) % 255,)) + body


@dataclass
class Track:
    """A track of samples, each a chunk of its own."""

    identity: int
    handler: str
    entry: bytes
    samples: list[bytes]
    name: bytes = b""
    time: int = 0
    flags: int = 3
    language: int = 0x55C4
    uniform: int = 0
    count: int = 0
    more: bytes = b""
    in_media: bytes = b""
    in_table: bytes = b""
    in_information: bytes = b""
    references: bytes = field(default_factory=lambda: full("url ", 0, 1))
    wide: bool = False
    narrow: int = 0
    version: int = 0

    def box(self, places: list[int]) -> bytes:
        """Return the `trak`; *places* are where the samples begin."""
        moment = struct.pack(">QQ" if self.version else ">II", self.time, self.time)
        long = struct.pack(">Q" if self.version else ">I", 300)
        head = moment + numbers(self.identity, 0) + long + bytes(8) + bytes(4) + short(0x100, 0)
        header = full("tkhd", self.version, self.flags, head, MATRIX, numbers(64 << 16, 48 << 16))
        media = moment + numbers(600) + long + short(self.language, 0)
        is_sound = self.handler == "soun"
        kind = full("smhd", 0, 0, bytes(4)) if is_sound else full("vmhd", 0, 1, bytes(8))
        return box(
            "trak",
            header,
            box("edts", full("elst", 0, 0, numbers(1, 300, 0, 0x10000))),
            box(
                "mdia",
                full("mdhd", self.version, 0, media),
                hdlr(self.handler, self.name),
                self.in_media,
                box(
                    "minf",
                    kind,
                    self.in_information,
                    box("dinf", full("dref", 0, 0, numbers(1), self.references)),
                    self._table(places),
                ),
            ),
            self.more,
        )

    def _sizes(self, count: int) -> bytes:
        sizes = [len(one) for one in self.samples]
        if self.narrow:
            small = b"".join(one.to_bytes(self.narrow // 8) for one in sizes)
            return full("stz2", 0, 0, numbers(self.narrow, count), small)
        each = b"" if self.uniform else numbers(*sizes)
        return full("stsz", 0, 0, numbers(self.uniform, count), each)

    def _table(self, places: list[int]) -> bytes:
        count = self.count or len(self.samples)
        chunks = (
            full("co64", 0, 0, numbers(len(places)), struct.pack(f">{len(places)}Q", *places))
            if self.wide
            else full("stco", 0, 0, numbers(len(places), *places))
        )
        each = count // max(1, len(places))
        return box(
            "stbl",
            full("stsd", 0, 0, numbers(1), self.entry),
            full("stts", 0, 0, numbers(1, count, 100)),
            full("stsc", 0, 0, numbers(1, 1, each, 1) if places else numbers(0)),
            self._sizes(count),
            chunks,
            self.in_table,
        )


def mvhd(time: int = 0, version: int = 0) -> bytes:
    """Return the header of a movie."""
    moment = struct.pack(">QQ" if version else ">II", time, time)
    long = struct.pack(">Q" if version else ">I", 300)
    rest = numbers(0x10000) + short(0x100) + bytes(10) + MATRIX + bytes(24) + numbers(9)
    return full("mvhd", version, 0, moment, numbers(600), long, rest)


def movie(
    tracks: list[Track],
    *more: bytes,
    start: bytes = b"",
    gap: bytes = b"",
    time: int = 0,
    tail: bytes = b"",
    version: int = 0,
) -> bytes:
    """Return a file: *start*, media data with *gap* behind each sample, the movie box."""
    at = len(start) + 8
    data = b""
    places: list[list[int]] = []
    for track in tracks:
        places.append([])
        for sample in track.samples:
            places[-1].append(at + len(data))
            data += sample + gap
    boxes = [one.box(found) for one, found in zip(tracks, places, strict=True)]
    return start + box("mdat", data) + box("moov", mvhd(time, version), *boxes, *more) + tail


# Boxes that hold boxes, and how many bytes stand in front of those.
_CONTAINERS: Final = {
    **dict.fromkeys(("moov", "trak", "edts", "mdia", "minf", "dinf", "stbl", "mvex"), 0),
    **dict.fromkeys(("moof", "traf", "iprp", "ipco", "grpl", "tref"), 0),
    "meta": 4,
    "iinf": 6,
    "stsd": 8,
    "dref": 8,
    "avc1": 78,
    "mp4a": 28,
}


def stuffed(file: bytes, leave: tuple[str, ...] = ()) -> bytes:
    """Return *file* with the word MARK behind the content of every box but those to *leave*."""
    parts, at = [], 0
    while at + 8 <= len(file):
        size, kind = struct.unpack_from(">I4s", file, at)
        name, body = kind.decode("latin-1"), file[at + 8 : at + size]
        if name in _CONTAINERS and len(body) > _CONTAINERS[name]:
            head = _CONTAINERS[name]
            body = body[:head] + stuffed(body[head:], leave)
            body += b"" if name in {"iinf", "stsd", "dref", "ipco"} else b"MRK"
        elif name not in leave:
            body += MARK
        parts.append(box(name, body))
        at += size
    return b"".join(parts)


def written_over(file: bytes, *fields: tuple[str, int, bytes]) -> bytes:
    """Return *file* with bytes written so many behind the first box of a kind begins."""
    data = bytearray(file)
    for kind, at, value in fields:
        start = data.index(kind.encode("latin-1")) + 4 + at
        data[start : start + len(value)] = value
    return bytes(data)
