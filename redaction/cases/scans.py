"""TIFF and BMP files with planted secrets, that only Python cleans; secrets carry MARK."""

import struct
from collections.abc import Iterator, Sequence
from typing import Final
from zlib import compress

from redaction.cases import profiles
from redaction.cases.pictures import BASELINE

DAMAGED: Final[tuple[str, ...]] = ()
"""A browser refuses all of these; how damage ends is tested for Python alone."""
PIXELS: Final = bytes(range(64))
P3: Final = profiles.build("MARK", profiles.DISPLAY_P3, profiles.SRGB_CURVE)
OURS: Final = profiles.build("Display P3", profiles.DISPLAY_P3, profiles.SRGB_CURVE)
ASCII, SHORT, LONG, RATIONAL, UNDEFINED = 2, 3, 4, 5, 7
# A tag's number, type, and numbers or bytes.
Tag = tuple[int, int, Sequence[int] | bytes]
GREY: Final[tuple[Tag, ...]] = (
    (256, SHORT, [8]),
    (257, SHORT, [8]),
    (258, SHORT, [8]),
    (259, SHORT, [1]),
    (262, SHORT, [1]),
    (277, SHORT, [1]),
)


def tiff(
    *pages: tuple[Sequence[Tag], Sequence[bytes]], order: str = "<", tiled: bool = False
) -> bytes:
    """Return a TIFF file of pages that are tags and strips, strips in front."""
    data = bytearray((b"II*\0" if order == "<" else b"MM\0*") + bytes(4))
    link = 4
    for tags, strips in pages:
        places = []
        for strip in strips:
            places.append(len(data))
            data += strip + bytes(len(strip) % 2)
        first, second = (324, 325) if tiled else (273, 279)
        lengths = [len(strip) for strip in strips]
        entries = sorted([*tags, (first, LONG, places), (second, LONG, lengths)])
        data[link : link + 4] = struct.pack(order + "I", len(data))
        link = len(data) + 2 + 12 * len(entries)
        data += _directory(order, entries, link + 4)
        data += bytes(len(data) % 2)
    return bytes(data)


def _directory(order: str, entries: Sequence[Tag], at: int) -> bytes:
    """Return a directory and the values that stand behind it at *at*."""
    table, outside = struct.pack(order + "H", len(entries)), b""
    for tag, kind, numbers in entries:
        value = _value(order, kind, numbers)
        count = 1 if kind == RATIONAL else len(numbers)
        inline = value.ljust(4, b"\0")
        if len(value) > 4:
            inline = struct.pack(order + "I", at + len(outside))
            outside += value
        table += struct.pack(order + "HHI", tag, kind, count) + inline
    return table + bytes(4) + outside


def _value(order: str, kind: int, numbers: Sequence[int] | bytes) -> bytes:
    if isinstance(numbers, bytes):
        return numbers
    return struct.pack(f"{order}{len(numbers)}{'H' if kind == SHORT else 'I'}", *numbers)


SECRETS: Final[tuple[Tag, ...]] = (
    (270, ASCII, b"MARK description\0"),
    (271, ASCII, b"MARK maker\0"),
    (305, ASCII, b"MARK program\0"),
    (306, ASCII, b"MARK:01:01 00:00:00\0"),
    (315, ASCII, b"MARK artist\0"),
    (316, ASCII, b"MARK computer\0"),
    (700, 1, b"<x dc:creator='MARK'/>"),
    (33723, UNDEFINED, b"\x1c\x02P\0\4MARK"),
    (34377, UNDEFINED, b"8BIM\4\x0c\0\0\0\0\0\4MARK"),
    (65000, ASCII, b"MARK"),
)


def packed(compression: int) -> list[Tag]:
    """Return the tags of a page whose strips are packed."""
    return [*GREY[:3], (259, SHORT, [compression]), *GREY[4:]]


def good_tiffs() -> Iterator[tuple[str, bytes]]:
    """Yield pictures that must come out whole and clean."""
    page = (GREY, [PIXELS])
    for order, name in (("<", "Intel"), (">", "Motorola")):
        yield f"a page in {name} order", tiff(page, order=order)
        yield (
            f"every kind of secret in {name} order",
            tiff(([*GREY, (274, SHORT, [6]), *SECRETS], [PIXELS]), order=order) + b"MARK behind",
        )
    yield "three pages", tiff(page, ([*GREY, SECRETS[0]], [PIXELS]), page)
    yield "strips", tiff(([*GREY, (278, SHORT, [3])], [PIXELS[:24], PIXELS[24:48], PIXELS[48:]]))
    yield "tiles", tiff(([*GREY, (322, SHORT, [16]), (323, SHORT, [16])], [PIXELS * 4]), tiled=True)
    yield "a small copy of the page", tiff(page, ([*GREY, (254, LONG, [1])], [b"MARK" * 16]))
    yield "Exif and a place", _with_exif()
    yield (
        "square pixels",
        tiff(
            (
                [*GREY, (282, RATIONAL, [300, 1]), (283, RATIONAL, [300, 1]), (296, SHORT, [2])],
                [PIXELS],
            )
        ),
    )
    yield (
        "pixels that are not square",
        tiff(
            (
                [*GREY, (282, RATIONAL, [2041, 10]), (283, RATIONAL, [98, 1]), (296, SHORT, [2])],
                [PIXELS],
            )
        ),
    )
    yield "a tail in a strip", tiff((GREY, [PIXELS + b"MARK"]))
    yield (
        "a tail in a packed strip",
        tiff((packed(8), [compress(PIXELS) + b"MARK"])),
    )
    yield "a JPEG strip with secrets", tiff(_jpeg_page())
    colours = [*GREY[:4], (262, SHORT, [3]), (320, SHORT, list(range(768)))]
    yield "a palette", tiff((colours, [PIXELS]))
    for name, profile in (("another's", P3), ("our own", OURS), ("an unknown", b"MARK" * 40)):
        yield f"{name} colour profile", tiff(([*GREY, (34675, UNDEFINED, profile)], [PIXELS]))


def _with_exif() -> bytes:
    """Return a page that leads to two more directories, which stand behind it."""
    plain = tiff(([*GREY, (34665, LONG, [0]), (34853, LONG, [0])], [PIXELS]))
    exif, place = len(plain), len(plain) + 18
    entry = struct.pack("<HHHI4sI", 1, 36867, ASCII, 4, b"MARK", 0)
    found = tiff(([*GREY, (34665, LONG, [exif]), (34853, LONG, [place])], [PIXELS]))
    return found + entry + entry.replace(struct.pack("<H", 36867), struct.pack("<H", 2))


def _jpeg_page() -> tuple[list[Tag], list[bytes]]:
    """Return a page coded as JPEG, with comments in the picture and in the tables."""
    comment = b"\xff\xfe\0\6MARK"
    frame = BASELINE.index(b"\xff\xc0")
    height, width = struct.unpack_from(">HH", BASELINE, frame + 5)
    tables = b"\xff\xd8" + comment + BASELINE[BASELINE.index(b"\xff\xdb") : frame] + b"\xff\xd9"
    tags: list[Tag] = [
        (256, SHORT, [width]),
        (257, SHORT, [height]),
        (258, SHORT, [8, 8, 8]),
        (259, SHORT, [7]),
        (262, SHORT, [6]),
        (277, SHORT, [3]),
        (347, UNDEFINED, tables),
        (530, SHORT, [2, 2]),
    ]
    return tags, [BASELINE[:2] + comment + BASELINE[20:] + b"MARK"]


def bmp(header: bytes, palette: bytes, pixels: bytes, gap: bytes = b"") -> bytes:
    """Return a BMP file."""
    start = 14 + len(header) + len(palette) + len(gap)
    head = struct.pack("<2sI4sI", b"BM", start + len(pixels), bytes(4), start)
    return head + header + palette + gap + pixels


def info(
    width: int, height: int, depth: int, packing: int = 0, colours: int = 0, size: int = 40
) -> bytes:
    """Return a header whose resolution is a secret."""
    fields = struct.pack("<IiiHHII", size, width, height, 1, depth, packing, 0)
    return fields + b"MARKMARK" + struct.pack("<II", colours, colours)


MASKS: Final = struct.pack("<III", 0xFF0000, 0xFF00, 0xFF)
MASKS_OF_16: Final = struct.pack("<III", 0xF800, 0x7E0, 0x1F)


def good_bmps() -> Iterator[tuple[str, bytes]]:
    """Yield pictures that must come out whole and clean."""
    two = b"\0\0\0M\xff\xff\xffM"
    rows = b"\1\2\3\4\5\6\7\x08\x09MAR" * 2
    newest = info(1, 2, 32, 3, size=124) + MASKS + b"\0\0\0\xff" + b"MARK" * 17
    core = struct.pack("<IHHHH", 12, 3, 2, 1, 24)
    yield "three columns with secrets at the ends of rows", bmp(info(3, 2, 24), b"", rows)
    yield "the first row on top", bmp(info(3, -2, 24), b"", rows)
    yield "a tail", bmp(info(3, 2, 24), b"", rows) + b"MARK"
    yield "a gap", bmp(info(3, 2, 24), b"", rows, b"MARK")
    yield "an old header", bmp(core, b"", rows)
    yield "two colours", bmp(info(3, 2, 1, colours=2), two, b"\xbfMAR" * 2)
    yield "a palette that nobody needs", bmp(info(3, 2, 24, colours=1), b"MARK", rows)
    yield (
        "a header with clear colours and a profile",
        bmp(newest, b"", bytes(range(8)) + b"!MARKMARK"),
    )
    yield "masks behind the header", bmp(info(2, 1, 16, 3), MASKS_OF_16, b"\1\2\3\4")
    yield "runs", bmp(info(4, 2, 8, 1, 2), two, b"\4\1\0\0\0\3\1\0\1M\1\0\0\2\1\0\0\1MARK")
    yield "runs of half bytes", bmp(info(4, 1, 4, 2, 2), two, b"\0\4\x10\x01\0\1")


def cases() -> Iterator[tuple[str, str, bytes]]:
    """Yield every case: its name, the declared file name, the bytes."""
    for names, extension in ((good_tiffs(), "tiff"), (good_bmps(), "bmp")):
        for name, file in names:
            yield f"{extension}: {name}", f"scan.{extension}", file
