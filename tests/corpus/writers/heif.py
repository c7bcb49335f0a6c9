"""HEIC and AVIF: items in boxes (ISO 23008-12, ISO 14496-12 §8.11)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from tests.corpus.entry import Planter
from tests.corpus.writers import movie, photo
from tests.corpus.writers.movie import XMP_BOX, Box, full, joined, opened, parse


@dataclass
class _Item:
    number: int
    entry: bytes
    data: bytes


class Image:
    """An image file to whose items more can be added; all data is written anew."""

    def __init__(self, data: bytes) -> None:
        self._file = data
        self._boxes = parse(data).children
        meta = next(box for box in self._boxes if box.kind == b"meta")
        self._meta = parse(meta.body[4:]).children
        self._items = self._read()
        self.loose = b""
        self._more: list[Box] = []

    def add(self, kind: bytes, data: bytes, name: bytes = b"", *, content: bytes = b"") -> None:
        """Add an item that describes the first; *content* is a media type or a URI."""
        number = max(item.number for item in self._items) + 1
        entry = struct.pack(">HH4s", number, 0, kind) + name + b"\0"
        entry += content + b"\0" if content else b""
        infe = Box(b"infe", b"\2\0\0\0" + entry)
        self._items.append(_Item(number, infe.write(), data))
        link = Box(b"cdsc", struct.pack(">HHH", number, 1, self._primary()))
        self._references().body += link.write()

    def describe(self, plant: Planter) -> None:
        """Add a user description, a time and a profile as properties of no item."""
        told = plant.raw("udes name") + b"\0" + plant.raw("udes description") + b"\0"
        properties = self._box(b"iprp")
        ipco, *rest = parse(properties.body).children
        ipco.body += full(b"udes", b"ar\0" + told + plant.raw("udes tags") + b"\0").write()
        ipco.body += full(b"crtt", plant.number("crtt", 8).to_bytes(8)).write()
        ipco.body += Box(b"uuid", plant.blob("uuid property") + plant.raw("property")).write()
        properties.body = b"".join(box.write() for box in (ipco, *rest))
        self._more.append(Box(b"free", plant.raw("free box in meta")))

    def colour(self, profile: bytes) -> None:
        """Give the first item a colour profile besides its other properties."""
        properties = self._box(b"iprp")
        ipco, ipma, *rest = parse(properties.body).children
        ipco.body += Box(b"colr", b"prof" + profile).write()
        number = len(parse(ipco.body).children)
        count = ipma.body[10]
        links = ipma.body[11 : 11 + count] + bytes([number])
        ipma.body = ipma.body[:10] + bytes([count + 1]) + links + ipma.body[11 + count :]
        properties.body = b"".join(box.write() for box in (ipco, ipma, *rest))

    def rename(self, plant: Planter) -> None:
        """Give every item a name."""
        for item in self._items:
            box = parse(item.entry).children[0]
            head, tail = box.body[:12], box.body[12:].partition(b"\0")[2]
            name = plant.raw(f"name of item {item.number}")
            item.entry = Box(b"infe", head + name + b"\0" + tail).write()

    def write(self) -> bytes:
        """Return `ftyp`, `meta` and one `mdat` with all items."""
        before = next(box for box in self._boxes if box.kind == b"ftyp").write()
        size = len(before) + len(self._head(0)) + 8
        body = b"".join(item.data for item in self._items) + self.loose
        return before + self._head(size) + Box(b"mdat", body).write()

    def _head(self, start: int) -> bytes:
        entries = b"".join(item.entry for item in self._items)
        info = full(b"iinf", struct.pack(">H", len(self._items)) + entries)
        where, at = b"", start
        for item in self._items:
            where += struct.pack(">HHHII", item.number, 0, 1, at, len(item.data))
            at += len(item.data)
        places = full(b"iloc", struct.pack(">BBH", 0x44, 0, len(self._items)) + where)
        kept = [box for box in self._meta if box.kind not in (b"iinf", b"iloc", b"idat")]
        inner = [*kept, info, places, *self._more]
        return full(b"meta", b"".join(box.write() for box in inner)).write()

    def _box(self, kind: bytes) -> Box:
        return next(box for box in self._meta if box.kind == kind)

    def _references(self) -> Box:
        found = next((box for box in self._meta if box.kind == b"iref"), None)
        if found is None:
            found = full(b"iref", b"")
            self._meta.append(found)
        return found

    def _primary(self) -> int:
        return int.from_bytes(self._box(b"pitm").body[4:6])

    def _read(self) -> list[_Item]:
        body, places = self._box(b"iinf").body, _places(self._box(b"iloc").body)
        entries = parse(body[6 if body[0] == 0 else 8 :]).children
        return [
            _Item(number, entry.write(), self._content(*places[number]))
            for entry in entries
            for number in [int.from_bytes(entry.body[4:6])]
        ]

    def _content(self, method: int, extents: list[tuple[int, int]]) -> bytes:
        source = self._box(b"idat").body if method == 1 else self._file
        return b"".join(source[at : at + size] for at, size in extents)


def _places(body: bytes) -> dict[int, tuple[int, list[tuple[int, int]]]]:
    """Construction method and extents by item, for versions 0 and 1 of `iloc`."""
    version = body[0]
    offset_size, length_size, base_size = body[4] >> 4, body[4] & 15, body[5] >> 4
    index_size = body[5] & 15 if version else 0
    count, at, found = int.from_bytes(body[6:8]), 8, {}

    def read(size: int) -> int:
        nonlocal at
        at += size
        return int.from_bytes(body[at - size : at])

    for _ in range(count):
        number, method = read(2), read(2) & 15 if version else 0
        read(2)
        base, extents = read(base_size), []
        for _ in range(read(2)):
            read(index_size)
            extents.append((base + read(offset_size), read(length_size)))
        found[number] = (method, extents)
    return found


def telling_boxes(plant: Planter) -> bytes:
    """Boxes at the end of the file that no reader of pictures needs."""
    boxes = [
        Box(b"uuid", XMP_BOX + photo.xmp(plant, "uuid ")),
        Box(b"uuid", plant.blob("another uuid") + plant.raw("its data")),
        Box(b"free", plant.raw("free box")),
        Box(b"skip", plant.raw("skip box")),
        Box(b"mdat", plant.raw("second media data")),
    ]
    return b"".join(box.write() for box in boxes)


def samsung_tail(plant: Planter) -> bytes:
    """A film behind the picture, as phones keep a moment."""
    film = movie.tagged(plant, "appended film ")
    name = b"MotionPhoto_Data" + film
    return Box(b"mpvd", name).write() + b"SEFH" + plant.raw("name in the trailer") + b"SEFT"


def sequence(data: bytes, plant: Planter) -> bytes:
    """Return an animation whose movie box tells as much as a film's."""
    root = opened(data)
    moov = root.find(b"moov")
    before = len(moov.write())
    movie.times(root, plant, "")
    told = [*movie.quicktime_tags(plant, ""), *movie.asset_tags(plant, "")]
    moov.children += [Box(b"udta", b"", told), movie.keyed(movie.apple_values(plant, ""))]
    places = parse(root.find(b"meta").body[4:]).find(b"iloc")
    moved = places.body[:8] + _moved(places.body[8:], len(moov.write()) - before)
    meta = root.find(b"meta")
    meta.body = meta.body.replace(places.body, moved)
    return joined(root) + telling_boxes(plant)


def _moved(rows: bytes, shift: int) -> bytes:
    """The rows of an `iloc` of 4-byte offsets and lengths, one extent an item, without bases."""
    out = bytearray(rows)
    for at in range(0, len(rows), 14):
        offset = int.from_bytes(rows[at + 6 : at + 10])
        out[at + 6 : at + 10] = (offset + shift).to_bytes(4)
    return bytes(out)
