"""Windows metafiles with planted secrets, whole and broken. Every secret carries the word MARK."""

import struct
from collections.abc import Iterator
from typing import Final

DAMAGED: Final = (
    "emf: a drawing with every kind of secret",
    "wmf: a drawing with every kind of secret",
)
SECRET: Final = "MARK program\0MARK title\0\0\0".encode("utf-16-le")
PLACEABLE: Final = 0x9AC6CDD7


def emf(*records: bytes, description: bytes = b"", wide: bool = True, tail: bytes = b"") -> bytes:
    """Return an enhanced metafile."""
    size = (108 if wide else 88) + len(description)
    total = size + sum(map(len, records))
    header = struct.pack("<2L8l4s", 1, size, 0, 0, 99, 99, 0, 0, 2645, 2645, b" EMF")
    header += struct.pack("<3L2H", 0x10000, total, len(records) + 1, 2, 0)
    header += struct.pack("<3L", len(description) // 2, 108 if description else 0, 0)
    header += struct.pack("<4L", 1920, 1080, 508, 286)
    header += struct.pack("<5L", 0, 0, 0, 508000, 285750) if wide else b""
    return header + description + b"".join(records) + tail


def record(kind: int, body: bytes) -> bytes:
    """Return a record of an enhanced metafile."""
    return struct.pack("<2L", kind, 8 + len(body)) + body


def comment(body: bytes) -> bytes:
    """Return a comment, filled up to whole words."""
    return record(70, struct.pack("<L", len(body)) + body + bytes(-len(body) % 4))


def font(name: str, behind: bytes = b"", size: int = 332) -> bytes:
    """Return a font; *behind* is what stood in memory behind its name."""
    field = name.encode("utf-16-le") + b"\0\0" + behind
    body = struct.pack("<L", 1) + bytes(28) + field.ljust(64, b"\0")
    return record(82, body.ljust(size - 8, b"M"))


def bitmap(compression: int) -> bytes:
    """Return a record that shows a bitmap of 1 × 1 pixels."""
    head = struct.pack("<4l4l2l", 0, 0, 1, 1, 0, 0, 0, 0, 1, 1)
    places = struct.pack("<4L2L2l", 80, 40, 120, 4, 0, 0xCC0020, 1, 1)
    info = struct.pack("<3L2H6L", 40, 1, 1, 1, 24, compression, 4, 0, 0, 0, 0)
    return record(81, head + places + info + b"\1\2\3\0")


LINE: Final = record(54, struct.pack("<2l", 9, 9))
POLYGON: Final = record(86, bytes(16) + struct.pack("<L", 3) + struct.pack("<6h", 0, 0, 9, 0, 0, 9))
POLYGONS: Final = record(91, bytes(16) + struct.pack("<4L", 2, 3, 2, 1) + bytes(12))
DRAW: Final = record(92, bytes(16) + struct.pack("<L4h2Bxx", 2, 0, 0, 9, 9, 6, 2))
END: Final = record(14, struct.pack("<3L", 0, 16, 20))
DUAL: Final = b"EMF+\x01\x40\x01\0" + struct.pack("<4L", 28, 16, 0xDBC01002, 1) + b"MARK" * 2
ONLY: Final = b"EMF+\x01\x40\0\0" + DUAL[8:]


def wmf(*records: bytes, placed: bool = False, tail: bytes = b"") -> bytes:
    """Return a Windows metafile."""
    body = b"".join(records)
    longest = max(map(len, records)) // 2
    file = struct.pack("<3HLHLH", 1, 9, 0x300, 9 + len(body) // 2, 1, longest, 7) + body + tail
    if not placed:
        return file
    head = struct.pack("<LH4hHL", PLACEABLE, 0x4D4D, 0, 0, 99, 99, 96, 0x4B52414D)
    return head + b"\0\0" + file


def function(kind: int, body: bytes) -> bytes:
    """Return a record of a Windows metafile."""
    return struct.pack("<LH", 3 + len(body) // 2, kind) + body


WMF_LINE: Final = function(0x0213, struct.pack("<2h", 9, 9))
WMF_FONT: Final = function(0x02FB, bytes(18) + b"Arial\0MARK")
WMF_ESCAPE: Final = function(0x0626, struct.pack("<2H", 15, 8) + b"MARKMARK")
WMF_END: Final = function(0, b"")


def good() -> Iterator[tuple[str, bytes]]:
    """Yield drawings that must come out whole and clean."""
    longer = record(54, struct.pack("<2l", 9, 9) + b"MARK")
    wordy = record(86, POLYGON[8:] + b"MARK")
    secrets = (comment(b"MARK"), comment(DUAL), LINE, longer, POLYGON, wordy, POLYGONS, DRAW)
    others = (
        font("Arial", b"M\0A\0R\0K\0"),
        record(113, b"MARK"),
        record(122, b"MARK"),
        bitmap(0),
        END,
    )
    yield DAMAGED[0], emf(*secrets, *others, description=SECRET, tail=b"MARK")
    yield "emf: a short header", emf(LINE, END, wide=False)
    yield "emf: a short font", emf(font("Arial", size=104), END)
    yield (
        "emf: colours at the end",
        emf(LINE, record(14, struct.pack("<2L4sL", 1, 16, b"MARK", 24))),
    )
    yield "emf: nothing drawn", emf(END)
    yield DAMAGED[1], wmf(WMF_ESCAPE, WMF_LINE, WMF_FONT, WMF_END, placed=True, tail=b"MARK")
    yield "wmf: a drawing without its size", wmf(WMF_LINE, WMF_END)


def bad() -> Iterator[tuple[str, bytes]]:
    """Yield drawings that must be refused."""
    whole = emf(LINE, END)
    yield "emf: only a comment draws", emf(comment(ONLY), END)
    yield "emf: a JPEG file as a bitmap", emf(bitmap(4), END)
    yield "emf: a PNG file as a bitmap", emf(bitmap(5), END)
    yield "emf: an unknown record", emf(record(500, b"MARK"), END)
    yield "emf: no end", emf(LINE)
    yield "emf: cut", whole[:-1]
    yield "emf: a record that is too short", emf(record(54, b"MARK"), END)
    yield "emf: a record of no size", emf(struct.pack("<2L", 54, 0), END)
    yield "emf: more points than there are", emf(record(86, bytes(16) + struct.pack("<L", 9)), END)
    yield "wmf: an unknown record", wmf(function(0x0777, b"MARK"), WMF_END)
    yield "wmf: no end", wmf(WMF_LINE)
    yield "wmf: a record of no size", wmf(WMF_LINE, struct.pack("<LH", 0, 0x0213), WMF_END)


def cases() -> Iterator[tuple[str, str, bytes]]:
    """Yield name, declared file name and bytes of every case."""
    for name, file in (*good(), *bad()):
        yield name, "MARK.emf", file
