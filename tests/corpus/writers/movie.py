"""Boxes of ISO media files and QuickTime (ISO 14496-12, QTFF), and what phones write into them."""

from __future__ import annotations

import struct
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tests.corpus.entry import Planter, seed
from tests.corpus.writers import photo

EPOCH = datetime(1904, 1, 1, tzinfo=UTC)
CONTAINERS = {
    *(b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"dinf", b"udta"),
    *(b"moof", b"traf", b"mvex", b"mfra"),
}
XMP_BOX = uuid.UUID("BE7ACFCB-97A9-42E8-9C71-999491E3AFAC").bytes


@dataclass
class Box:
    """*body* is empty where there are children."""

    kind: bytes
    body: bytes = b""
    children: list[Box] = field(default_factory=list)

    def write(self) -> bytes:
        inner = self.body + b"".join(child.write() for child in self.children)
        return struct.pack(">I4s", 8 + len(inner), self.kind) + inner

    def find(self, *path: bytes) -> Box:
        """Return the first box below this one at *path*."""
        found = self
        for kind in path:
            found = next(child for child in found.children if child.kind == kind)
        return found

    def all(self, kind: bytes) -> Iterator[Box]:
        """Yield every box of *kind* at any depth."""
        for child in self.children:
            if child.kind == kind:
                yield child
            yield from child.all(kind)


def parse(data: bytes) -> Box:
    """Return a nameless box that holds the file's boxes."""
    return Box(b"", b"", list(_children(data)))


def _children(data: bytes) -> Iterator[Box]:
    at = 0
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8 : at + size]
        yield Box(kind, b"", list(_children(body))) if kind in CONTAINERS else Box(kind, body)
        at += size


def joined(root: Box) -> bytes:
    """Return the file; chunk offsets follow what was inserted before `mdat`."""
    before = _start_of_mdat(parse(root.original)) if isinstance(root, File) else 0
    data = b"".join(child.write() for child in root.children)
    shift = _start_of_mdat(root) - before
    for table in root.all(b"stco"):
        count = int.from_bytes(table.body[4:8])
        offsets = struct.unpack_from(f">{count}I", table.body, 8)
        table.body = table.body[:8] + struct.pack(f">{count}I", *(o + shift for o in offsets))
    assert len(data) == sum(len(child.write()) for child in root.children)
    return b"".join(child.write() for child in root.children)


@dataclass
class File(Box):
    """A file that remembers how it was."""

    original: bytes = b""


def opened(data: bytes) -> File:
    return File(b"", b"", parse(data).children, data)


def _start_of_mdat(root: Box) -> int:
    at = 0
    for child in root.children:
        if child.kind == b"mdat":
            return at + 8
        at += len(child.write())
    raise ValueError("no mdat")


def full(kind: bytes, body: bytes) -> Box:
    """Return a box with version 0 and no flags."""
    return Box(kind, bytes(4) + body)


def quicktime_text(kind: bytes, value: bytes) -> Box:
    """A © box of QuickTime: length and language before the text."""
    return Box(kind, struct.pack(">HH", len(value), 0x15C7) + value)


def asset_text(kind: bytes, value: bytes) -> Box:
    """A text box of 3GPP TS 26.244: language before a terminated text."""
    return full(kind, struct.pack(">H", 0x15C7) + value + b"\0")


def tag(kind: bytes, value: bytes, code: int = 1) -> Box:
    """One tag of iTunes: 1 is text, 13 a JPEG."""
    return Box(kind, b"", [Box(b"data", struct.pack(">II", code, 0) + value)])


def own_tag(domain: bytes, name: bytes, value: bytes) -> Box:
    inner = [
        full(b"mean", domain),
        full(b"name", name),
        Box(b"data", struct.pack(">II", 1, 0) + value),
    ]
    return Box(b"----", b"", inner)


def item_list(tags: list[Box]) -> Box:
    """The `meta` box in which iTunes keeps tags."""
    handler = full(b"hdlr", bytes(4) + b"mdirappl" + bytes(9))
    return full(b"meta", handler.write() + Box(b"ilst", b"", tags).write())


def keyed(values: dict[str, bytes]) -> Box:
    """The `meta` box in which iPhones and Androids keep values by name."""
    names = b"".join(Box(b"mdta", name.encode()).write() for name in values)
    keys = full(b"keys", struct.pack(">I", len(values)) + names)
    items = [
        tag(struct.pack(">I", number), value) for number, value in enumerate(values.values(), 1)
    ]
    handler = full(b"hdlr", bytes(4) + b"mdta" + bytes(12) + b"\0")
    return Box(b"meta", handler.write() + keys.write() + Box(b"ilst", b"", items).write())


def times(root: Box, plant: Planter, prefix: str) -> None:
    """Put moments into every header, and names into every handler."""
    for kind in ("mvhd", "tkhd", "mdhd"):
        for number, box in enumerate(root.all(kind.encode()), 1):
            made = plant.seconds(f"{prefix}{kind} {number} creation time", EPOCH)
            changed = plant.seconds(f"{prefix}{kind} {number} modification time", EPOCH)
            told = struct.pack(">QQ" if box.body[0] == 1 else ">II", made, changed)
            box.body = box.body[:4] + told + box.body[4 + len(told) :]
    for number, trak in enumerate(root.all(b"trak"), 1):
        handler = trak.find(b"mdia", b"hdlr")
        name = plant.raw(f"{prefix}handler name {number}") + b"\0"
        handler.body = handler.body[:8] + handler.body[8:12] + bytes(12) + name


def position(plant: Planter, place: str) -> bytes:
    """Return a position as ISO 6709 spells it."""
    north, east = plant.digits(f"{place} latitude", 9), plant.digits(f"{place} longitude", 9)
    return f"+31.{north}+035.{east}/".encode()


def quicktime_tags(plant: Planter, prefix: str) -> list[Box]:
    names = (b"nam", b"ART", b"cmt", b"mak", b"mod", b"swr", b"aut", b"prd", b"inf", b"too")
    p = f"{prefix}udta ©"
    told = [quicktime_text(b"\xa9" + n, plant.raw(f"{p}{n.decode()}")) for n in names]
    day = quicktime_text(b"\xa9day", plant.when(f"{p}day").encode())
    return [*told, day, quicktime_text(b"\xa9xyz", position(plant, f"{p}xyz"))]


def asset_tags(plant: Planter, prefix: str) -> list[Box]:
    """The user data of 3GPP phones, with a place in `loci`."""
    p = f"{prefix}udta "
    names = (b"titl", b"auth", b"perf", b"gnre", b"dscp", b"cprt", b"albm")
    told = [asset_text(n, plant.raw(f"{p}{n.decode()}")) for n in names]
    where = plant.raw(f"{p}loci name") + b"\0\1" + plant.number(f"{p}loci longitude").to_bytes(4)
    where += plant.number(f"{p}loci latitude").to_bytes(4) + bytes(4)
    where += plant.raw(f"{p}loci body") + b"\0" + plant.raw(f"{p}loci notes") + b"\0"
    keyword = plant.raw(f"{p}kywd")
    words = struct.pack(">HBB", 0x15C7, 1, len(keyword) + 1) + keyword + b"\0"
    return [*told, full(b"loci", struct.pack(">H", 0x15C7) + where), full(b"kywd", words)]


def maker_boxes(plant: Planter, prefix: str) -> list[Box]:
    """What cameras of several makers put into user data."""
    p = f"{prefix}udta "
    names = (b"FIRM", b"LENS", b"CAME", b"SDLN", b"smrd", b"CNTH", b"name", b"manu", b"hinv")
    return [Box(n, plant.raw(f"{p}{n.decode()}") + bytes(5)) for n in names] + [
        Box(b"GPMF", b"DEVC" + plant.raw(f"{p}GPMF") + bytes(3)),
        Box(b"CNDA", photo.snapshot(plant, f"{p}CNDA ")),
        Box(b"XMP_", photo.xmp(plant, f"{p}XMP_ ")),
    ]


def itunes_tags(plant: Planter, prefix: str) -> list[Box]:
    """The tags of a bought or edited song or film, a cover with Exif among them."""
    p = f"{prefix}ilst "
    names = (
        b"\xa9nam \xa9ART \xa9alb \xa9cmt \xa9too \xa9lyr \xa9wrt desc ldes purl catg keyw".split()
    )
    names += [b"apID", b"ownr", b"xid ", b"soal"]
    told = [tag(n, plant.raw(f"{p}{n.decode('latin-1')}")) for n in names]
    domain = plant.raw(f"{p}---- domain")
    return [
        *told,
        tag(b"\xa9day", plant.when(f"{p}©day").encode()),
        own_tag(domain, plant.raw(f"{p}---- name"), plant.raw(f"{p}---- value")),
        own_tag(b"com.apple.iTunes", b"iTunSMPB", plant.raw(f"{p}iTunSMPB")),
        tag(b"covr", photo.photo(plant, f"{p}covr "), 13),
    ]


def apple_values(plant: Planter, prefix: str) -> dict[str, bytes]:
    p, apple = f"{prefix}mdta ", "com.apple.quicktime"
    names = ("make", "model", "software", "author", "displayname", "content.identifier")
    told = {f"{apple}.{n}": plant.raw(f"{p}{n}") for n in names}
    told[f"{apple}.location.ISO6709"] = position(plant, f"{p}location")
    told[f"{apple}.creationdate"] = plant.when(
        f"{p}creationdate", "%Y-%m-%dT%H:%M:%S+0300"
    ).encode()
    told["com.android.version"] = plant.raw(f"{p}android version")
    told[f"com.example.{plant.mark(p + 'name of a key')}"] = b"1"
    return told


def tagged(plant: Planter, prefix: str, base: str = "h264.mp4") -> bytes:
    """Return a short film as a phone and an editor would leave it: some 80 places."""
    root = opened(seed(base))
    times(root, plant, prefix)
    moov = root.find(b"moov")
    moov.children = [child for child in moov.children if child.kind != b"udta"]
    tags = [*quicktime_tags(plant, prefix), item_list(itunes_tags(plant, prefix))]
    moov.children.append(Box(b"udta", b"", tags))
    moov.children.append(keyed(apple_values(plant, prefix)))
    root.children.append(Box(b"uuid", XMP_BOX + photo.xmp(plant, f"{prefix}uuid ")))
    root.children.append(Box(b"free", plant.raw(f"{prefix}free")))
    return joined(root)
