"""HEIC and AVIF with planted secrets, whole and broken. Every secret has the word MARK.

The coded pictures are stubs: what is shown is compared by the tests, on real files.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from redaction.cases.boxes import (
    MARK,
    NOW,
    Track,
    avcc,
    box,
    ftyp,
    full,
    hdlr,
    hvcc,
    message,
    mvhd,
    numbers,
    short,
    stuffed,
    unit,
    visual,
)
from redaction.cases.pictures import DISPLAY_P3, ascii4, exif
from redaction.cases.pictures import short as entry

HEIC: Final = ftyp("heic", "mif1", "heic")
AVIF: Final = ftyp("avif", "mif1", "avif", "miaf")
PICTURE: Final = unit(b"\x26\1\xaf\x09\x40")
SIZE: Final = full("ispe", 0, 0, numbers(64, 48))
DEPTHS: Final = full("pixi", 0, 0, b"\3\x08\x08\x08")
SEI: Final = unit(b"\x4e\1" + message(5, b"x265 MARK and an identifier") + b"\x80")
AV1: Final = b"\x0a\3\0\0\0\x32\4\x10\0\xb4\0"
AV1_CONFIG: Final = box("av1C", b"\x81\0\x0c\0")
ALPHA: Final = full("auxC", 0, 0, b"urn:mpeg:hevc:2015:auxid:1\0")
DEPTH: Final = full("auxC", 0, 0, b"urn:mpeg:hevc:2015:auxid:2\0MARK")
GAIN: Final = full("auxC", 0, 0, b"urn:com:apple:photo:2020:aux:hdrgainmap\0")
DAMAGED: Final = (
    "heic: a photograph with every kind of secret",
    "heic: transparency, depth and light",
    "avif: metadata between the tiles",
    "avif: a sequence",
)


@dataclass
class Item:
    """An item; *uses* are numbers of properties, in 64 and up the property is essential."""

    identity: int
    kind: str
    data: bytes
    uses: tuple[int, ...] = ()
    name: bytes = b""
    more: bytes = b""
    hidden: bool = False
    method: int = 0
    protected: int = 0
    reference: int = 0
    links: tuple[tuple[str, tuple[int, ...]], ...] = ()
    extents: list[tuple[int, int]] = field(default_factory=list)


def picture(
    items: list[Item],
    properties: list[bytes],
    *more: bytes,
    start: bytes = HEIC,
    primary: int = 1,
    version: int = 0,
    wide: bool = False,
    tail: bytes = b"",
    gap: bytes = b"",
    handler: bytes | None = None,
) -> bytes:
    """Return a file; items of method 1 have their data in an `idat`."""
    at = 0
    for _ in range(2):
        data, inner = b"", b""
        for item in items:
            if item.method == 1:
                item.extents = [(len(inner), len(item.data))]
                inner += item.data
            else:
                item.extents = [(at + len(data), len(item.data))]
                data += item.data + gap
        meta = full(
            "meta",
            0,
            0,
            hdlr("pict", b"MARK") if handler is None else handler,
            full("pitm", 1, 0, numbers(primary)) if wide else full("pitm", 0, 0, short(primary)),
            locations(items, version),
            information(items, wide),
            links(items, wide),
            box("iprp", box("ipco", *properties), uses(items, wide)),
            box("idat", inner) if inner else b"",
            *more,
        )
        at = len(start) + len(meta) + 8
    return start + meta + box("mdat", data) + tail


def locations(items: list[Item], version: int) -> bytes:
    """Return where the items are."""
    body = short(0x4400 if version < 2 else 0x8844)
    body += short(len(items)) if version < 2 else numbers(len(items))
    for item in items:
        body += short(item.identity) if version < 2 else numbers(item.identity)
        body += short(item.method) if version else b""
        body += short(item.reference)
        if version < 2:
            body += short(len(item.extents)) + b"".join(numbers(*one) for one in item.extents)
        else:
            body += numbers(0) + short(len(item.extents))
            body += b"".join(numbers(0) + struct.pack(">QQ", *one) for one in item.extents)
    return full("iloc", version, 0, body)


def information(items: list[Item], wide: bool) -> bytes:
    """Return what the items are."""
    entries = [
        full(
            "infe",
            3 if wide else 2,
            int(item.hidden),
            numbers(item.identity) if wide else short(item.identity),
            short(item.protected),
            item.kind.encode(),
            item.name + b"\0" + item.more,
        )
        for item in items
    ]
    count = numbers(len(items)) if wide else short(len(items))
    return full("iinf", int(wide), 0, count, *entries)


def links(items: list[Item], wide: bool) -> bytes:
    """Return how the items belong together."""
    number = numbers if wide else short
    found = [
        box(kind, number(item.identity), short(len(targets)), number(*targets))
        for item in items
        for kind, targets in item.links
    ]
    return full("iref", int(wide), 0, *found) if found else b""


def uses(items: list[Item], wide: bool) -> bytes:
    """Return which item has which properties."""
    users = [item for item in items if item.uses]
    body = numbers(len(users))
    for item in users:
        body += (numbers if wide else short)(item.identity) + bytes((len(item.uses),))
        for use in item.uses:
            essential, number = use >> 6, use & 63
            body += short(essential << 15 | number) if wide else bytes((essential << 7 | number,))
    return full("ipma", int(wide), int(wide), body)


def plain(data: bytes = PICTURE, **more: object) -> Item:
    """Return the picture that is shown."""
    return Item(1, "hvc1", data, (1, 2, 3), **more)  # type: ignore[arg-type]


def tiff() -> bytes:
    """Return what an Exif item holds."""
    return bytes(4) + exif(ascii4(0x010F), entry(0x0112, 6), ascii4(0x8825))[10:]


def phone() -> bytes:
    """Return a photograph as phones take it: tiles, a thumbnail, Exif, XMP."""
    to_picture = (("cdsc", (1,)),)
    items = [
        Item(1, "grid", b"\0\0\0\1" + short(64, 48), (2, 3, 5, 70, 7, 8, 9, 10, 11), method=1),
        Item(2, "hvc1", SEI + PICTURE, (65, 2), b"MARK tile", hidden=True),
        Item(3, "hvc1", PICTURE, (1, 2), hidden=True),
        Item(4, "hvc1", PICTURE + b"\0\0\0\4MARK", (1, 2), links=(("thmb", (1,)),)),
        Item(5, "Exif", tiff(), name=b"MARK", links=to_picture, hidden=True),
        Item(6, "mime", b"<x>MARK</x>", more=b"application/rdf+xml\0", links=to_picture),
        Item(7, "uri ", b"MARK", more=b"urn:MARK\0", method=1, links=(("MARK", (1,)),)),
    ]
    items[0].links = (("dimg", (2, 3)),)
    properties = [
        hvcc(b"\x4e\1" + message(5, b"x265 MARK and an identifier") + b"\x80"),
        SIZE,
        box("colr", b"prof", DISPLAY_P3.replace(bytes(16), b"MARK" * 4, 1)),
        box("colr", b"prof", bytes(128) + MARK),
        box("irot", b"\1"),
        full("udes", 0, 0, b"ar\0MARK\0MARK\0MARK\0"),
        full("crtt", 0, 0, b"\0\1MARK\0\0"),
        box("uuid", b"MARK" * 5),
        DEPTHS,
        box("clap", bytes(32), MARK),
        box("imir", b"\0"),
    ]
    trailer = box("mpvd", b"MARK") + b"MARK behind the end"
    start = ftyp("heic", "mif1", "heic", "MARK", minor=MARK)
    more = box("free", MARK), box("xml ", MARK), box("grpl", full("ster", 0, 0, numbers(9, 1, 1)))
    return picture(items, properties, *more, start=start, version=1, gap=b"MARK", tail=trailer)


def layers() -> bytes:
    """Return a picture with helpers: transparency and light stay, depth and masks go."""
    items = [
        plain(links=()),
        Item(2, "hvc1", PICTURE, (1, 2, 4), links=(("auxl", (1,)),)),
        Item(3, "hvc1", PICTURE + b"\0\0\0\4MARK", (1, 2, 5), links=(("auxl", (1,)),)),
        Item(4, "hvc1", PICTURE, (1, 2, 6), links=(("auxl", (1,)),), hidden=True),
        Item(5, "tmap", bytes(62), (2,), links=(("dimg", (1, 4)),), method=1),
        Item(6, "mime", b"MARK", more=b"text/plain\0"),
    ]
    group = box("grpl", full("altr", 0, 0, numbers(77, 2, 5, 1)))
    file = box("dinf", full("dref", 0, 0, numbers(1), full("url ", 0, 1)))
    properties = [hvcc(), SIZE, DEPTHS, ALPHA, DEPTH, GAIN]
    return picture(items, properties, group, file, wide=True, version=2)


def sequence(handler: str = "pict") -> bytes:
    """Return moving pictures whose first one is an item too."""
    start = ftyp("avis", "avis", "msf1", "mif1", "iso8")
    details = (AV1_CONFIG, full("ccst", 0, 0, numbers(0x70000000)), box("auxi", bytes(4), MARK))
    clear = full("auxi", 0, 0, b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0MARK")
    refers = box("tref", box("auxl", numbers(1), b"MRK"), box("cdsc", numbers(1)))
    tracks = [
        Track(1, handler, visual("av01", *details), [AV1], b"MARK", NOW),
        Track(2, "auxv", visual("av01", AV1_CONFIG, clear), [AV1], more=refers),
        Track(3, "vide", visual("avc1", avcc()), [b"MARK"]),
    ]
    still = Item(1, "av01", AV1, (1, 2))
    for places in ([[0]] * 3, [[0]] * 3):
        boxes = [one.box(at) for one, at in zip(tracks, places, strict=True)]
        file = picture([still], [AV1_CONFIG, SIZE], box("free"), start=start)
        header, data = file[: file.index(b"mdat") - 4], file[file.index(b"mdat") + 4 :]
        moov = box("moov", mvhd(NOW), *boxes)
    first = len(header) + len(moov) + 8
    boxes = [one.box([first + at]) for one, at in zip(tracks, (0, len(AV1), 0), strict=True)]
    moov = box("moov", mvhd(NOW), *boxes)
    moved = header.replace(numbers(len(header) + 8, len(AV1)), numbers(first, len(AV1)))
    return moved + moov + box("mdat", data, AV1, MARK)


def good() -> Iterator[tuple[str, str, bytes]]:
    """Yield pictures that must come out whole and clean."""
    properties = [hvcc(), SIZE, DEPTHS]
    clean = picture([plain()], properties, handler=hdlr("pict"))
    yield "heic: a picture without secrets stays as it is", "a.heic", clean
    yield "heic: a photograph with every kind of secret", "IMG_0001.HEIC", phone()
    yield "heic: transparency, depth and light", "a.heic", layers()
    yield (
        "heic: places with offsets into a box",
        "a.heic",
        picture([plain()], properties, version=1),
    )
    extra = Item(2, "hvc1", PICTURE, (1, 2))
    yield "heic: a second picture", "a.heic", picture([plain(), extra], properties)
    short_exif = Item(2, "Exif", b"MARK", links=(("cdsc", (1,)),))
    yield "heic: Exif cut short", "a.heic", picture([plain(), short_exif], properties)
    orphan = Item(2, "jpeg", b"\xff\xd8MARK", hidden=True)
    yield "heic: an item of another kind", "a.heic", picture([plain(), orphan], properties)
    data = b"\x2a\x08\4\xb5MARK\x80" + AV1 + b"\x7a\5MARK\x80"
    av1 = Item(1, "av01", data, (1, 2), b"Color")
    yield (
        "avif: metadata between the tiles",
        "a.avif",
        picture([av1], [AV1_CONFIG, SIZE], start=AVIF),
    )
    yield (
        "avif: a picture that is called mif1",
        "a.avif",
        (picture([av1], [AV1_CONFIG, SIZE], start=ftyp("mif1", "avif"))),
    )
    inner = [plain(method=1), Item(2, "Exif", tiff(), links=(("cdsc", (1,)),), method=1)]
    packed = picture(inner, [hvcc(), SIZE, DEPTHS], version=1)
    leave = ("ftyp", "mdat", "infe", "iref")
    yield "heic: a secret behind the content of every box", "a.heic", stuffed(packed, leave)
    yield "avif: a sequence", "a.avif", sequence()


def bad() -> Iterator[tuple[str, str, bytes]]:
    """Yield pictures that must be refused."""
    properties = [hvcc(), SIZE, DEPTHS]
    one = picture([plain()], properties)
    yield "heic: cut short", "a.heic", one[:-1]
    yield "heic: no items", "a.heic", one[: one.index(b"meta") - 4] + box("mdat", PICTURE)
    yield (
        "heic: a handler of other things",
        "a.heic",
        (picture([plain()], properties, handler=hdlr("mdir"))),
    )
    yield "heic: no handler", "a.heic", picture([plain()], properties, handler=b"")
    yield "heic: a picture that does not exist", "a.heic", picture([plain()], properties, primary=9)
    yield "heic: an encrypted item", "a.heic", picture([plain(protected=1)], properties)
    yield "heic: an item in another file", "a.heic", picture([plain(reference=1)], properties)
    yield (
        "heic: an item made of others",
        "a.heic",
        picture([plain(method=2)], properties, version=1),
    )
    yield "heic: no configuration", "a.heic", picture([plain()], [SIZE, SIZE, DEPTHS])
    jpeg = Item(1, "jpeg", b"\xff\xd8MARK", (2,))
    yield "heic: the picture is a JPEG", "a.heic", picture([jpeg], properties)
    yield "heic: no bytes", "a.heic", picture([plain(b"")], properties)
    grid = Item(1, "grid", bytes(200), (2,), method=1)
    yield "heic: a grid with room for secrets", "a.heic", picture([grid], properties)
    lost = plain(links=(("dimg", (9,)),))
    yield "heic: a part that does not exist", "a.heic", picture([lost], properties)
    outside = one.replace(numbers(one.index(PICTURE), len(PICTURE)), numbers(0, 9))
    yield "heic: an item outside the data", "a.heic", outside
    yield (
        "heic: an item behind the end",
        "a.heic",
        (one.replace(numbers(one.index(PICTURE), len(PICTURE)), numbers(1 << 30, 9))),
    )
    yield (
        "heic: places of strange sizes",
        "a.heic",
        one.replace(bytes(4) + short(0x4400), bytes(4) + short(0x3400)),
    )
    yield (
        "heic: many places without bytes",
        "a.heic",
        one.replace(short(0x4400, 1, 1, 0, 1), short(0, 1, 1, 0, 0xFFFF)),
    )
    old = one.replace(b"infe\2", b"infe\0")
    yield "heic: items of the first version", "a.heic", old


def cases() -> Iterator[tuple[str, str, bytes]]:
    """Yield name, declared file name and bytes."""
    yield from good()
    yield from bad()
