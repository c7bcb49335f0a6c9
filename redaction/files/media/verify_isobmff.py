"""Read a cleaned MP4, MOV, HEIC or AVIF a second time.

After the boxes were judged, every sample is found anew: coded data in it may hold nothing
that players skip, and bytes of media data outside all samples are zero.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from redaction.files.media.isobmff_boxes import TABLES
from redaction.files.media.verify_boxes import Node, Reader
from redaction.files.media.verify_coded import is_clean
from redaction.files.media.verify_config import Config
from redaction.files.media.verify_entries import Entry, Part, read_entries
from redaction.files.media.verify_heif import read_items

_HANDLERS: Final = {"video": ("vide", "soun"), "heif": ("pict", "auxv")}
_LANGUAGES: Final = (0x55C4, 0x7FFF)
_TFHD: Final = ((1, 8), (2, 4), (8, 4), (16, 4), (32, 4))


@dataclass
class _Track:
    entries: list[Entry] = field(default_factory=list)
    scale: int = 1
    defaults: tuple[int, int] = (0, 0)


def verify(written: bytes, code: str) -> None:
    """Raise `UnreadableFileError` at the first thing that has no right to be there."""
    reader = Reader(written, code)
    root = Node("file", 0, 0, len(written), reader.tree("file", 0, len(written)))
    for node in root.all("ftyp") + root.all("styp"):
        _brands(reader, node, TABLES["brands"]["video" if code == "video" else "still"])
    tracks: dict[int, _Track] = {}
    parts: list[Part] = []
    for trak in root.all("moov", "trak"):
        parts += _track(reader, trak, code, tracks)
    for trex in root.all("moov", "mvex", "trex"):
        number = [reader.number(trex.body + at) for at in (4, 8, 16)]
        reader.demand(number[0] in tracks)
        tracks[number[0]].defaults = (number[1], number[2])
    for moof in root.all("moof"):
        parts += _fragment(reader, moof, tracks)
    seconds = [_second(reader, traf, tracks) for traf in root.all("moof", "traf")]
    reader.demand(min(seconds, default=0) == 0)
    metas = root.all("meta")
    reader.demand(len(metas) == (code == "heif") and (bool(metas) or bool(tracks)))
    for meta in metas:
        parts += read_items(reader, meta)
    _data(reader, root.all("mdat") + root.all("meta", "idat"), parts)


def _brands(reader: Reader, node: Node, known: list[str]) -> None:
    brands = [reader.word(at) for at in range(node.body, node.end, 4)]
    reader.demand(len(brands) >= 2 and brands.pop(1) == "\0\0\0\0")
    reader.demand(set(brands) <= set(known))


def _track(reader: Reader, trak: Node, code: str, tracks: dict[int, _Track]) -> Iterator[Part]:
    """Judge what the layouts leave open; yield where the samples lie."""
    header = reader.one(trak.all("tkhd"))
    media = reader.one(trak.all("mdia", "mdhd"))
    handler = reader.one(trak.all("mdia", "hdlr"))
    reader.handler(handler, _HANDLERS[code])
    for node in trak.all("mdia", "minf", "hdlr"):
        reader.demand(reader.word(node.body + 4) in {"\0\0\0\0", "mhlr", "dhlr"})
    end = media.body + (36 if reader.number(media.body, 1) else 24)
    reader.demand(reader.number(end - 4, 2) in _LANGUAGES)
    for node in trak.all("mdia", "minf", "dinf", "dref"):
        reader.self_contained(node)
    table = reader.one(trak.all("mdia", "minf", "stbl"))
    described = reader.one(table.all("stsd"))
    entries = read_entries(reader, described, reader.word(handler.body + 8))
    track = _Track(entries, reader.number(end - (16 if end - media.body > 24 else 12)))
    identity = reader.number(header.body + (20 if reader.number(header.body, 1) else 12))
    reader.demand(identity not in tracks)
    tracks[identity] = track
    yield from _chunks(reader, table, track)


def _chunks(reader: Reader, table: Node, track: _Track) -> Iterator[Part]:
    """Yield each chunk of a track."""
    sizes = reader.one(table.all("stsz") + table.all("stz2"))
    total = reader.number(sizes.body + 8)
    uniform = reader.number(sizes.body + 4) if sizes.kind == "stsz" else 0
    width = 4 if sizes.kind == "stsz" else reader.number(sizes.body + 7, 1) // 8
    reader.demand(uniform > 0 or sizes.body + 12 + total * width <= sizes.end)
    reader.zeros(sizes.body + 12 + (0 if uniform else total * width), sizes.end)
    each = () if uniform else reader.array(sizes.body + 12, total, width)
    places = reader.one(table.all("stco") + table.all("co64"))
    offsets = reader.array(
        places.body + 8, reader.number(places.body + 4), 4 if places.kind == "stco" else 8
    )
    done = 0
    for offset, (count, description) in zip(offsets, _fillings(reader, table), strict=False):
        count = min(count, total - done)
        reader.demand(0 < description <= len(track.entries))
        entry = track.entries[description - 1]
        samples, size = entry.packet
        chunk = (uniform,) * count if uniform and entry.config.name else each[done : done + count]
        length = count * uniform if uniform else sum(chunk)
        if uniform == 1 and samples:
            length = (count + samples - 1) // samples * size
        yield Part(offset, offset + length, entry.config, chunk)
        done += count


def _fillings(reader: Reader, table: Node) -> Iterator[tuple[int, int]]:
    """Yield for each chunk how many samples are in it, and which description they have."""
    node = reader.one(table.all("stsc"))
    rows = reader.array(node.body + 8, 3 * reader.number(node.body + 4))
    firsts = [*rows[3::3], 1 << 32]
    for first, count, description, after in zip(
        rows[::3], rows[1::3], rows[2::3], firsts, strict=False
    ):
        for _ in range(first, after):
            yield count, description


def _fragment(reader: Reader, moof: Node, tracks: dict[int, _Track]) -> Iterator[Part]:
    """Yield the samples of one `moof`."""
    end = start = moof.start
    for traf in moof.all("traf"):
        header = reader.one(traf.all("tfhd")).body
        flags, identity = reader.array(header, 2)
        reader.demand(identity in tracks)
        at, values = header + 8, {}
        for flag, size in _TFHD:
            if flags & flag:
                values[flag] = reader.number(at, size)
                at += size
        reader.zeros(at, reader.one(traf.all("tfhd")).end)
        start = values.get(1, moof.start if flags & 0x20000 else end)
        end = start
        description = values.get(2, tracks[identity].defaults[0])
        reader.demand(0 < description <= len(tracks[identity].entries))
        config = tracks[identity].entries[description - 1].config
        for trun in traf.all("trun"):
            size = values.get(16, tracks[identity].defaults[1])
            part = _run(reader, trun, (start, end), size, config)
            end = part.end
            yield part


def _second(reader: Reader, traf: Node, tracks: dict[int, _Track]) -> int:
    """Return in which second a fragment begins, 0 if it does not say so."""
    track = tracks[reader.number(reader.one(traf.all("tfhd")).body + 4)]
    times = [
        reader.number(one.body + 4, 8 if reader.number(one.body, 1) else 4)
        for one in traf.all("tfdt")
    ]
    return min((time // max(track.scale, 1) for time in times), default=0)


def _run(reader: Reader, trun: Node, places: tuple[int, int], default: int, config: Config) -> Part:
    """Return the samples of a `trun`; *places* are where offsets count from, and the end so far."""
    flags, count = reader.array(trun.body, 2)
    at, (base, start) = trun.body + 8, places
    if flags & 1:
        offset = reader.number(at)
        start, at = base + offset - (offset >> 31 << 32), at + 4
    at += flags & 4
    fields = [bit for bit in (0x100, 0x200, 0x400, 0x800) if flags & bit]
    reader.demand(at + 4 * count * len(fields) <= trun.end)
    reader.zeros(at + 4 * count * len(fields), trun.end)
    if 0x200 in fields:
        sizes = reader.array(at, count * len(fields))[fields.index(0x200) :: len(fields)]
        return Part(start, start + sum(sizes), config, sizes)
    sizes = (default,) * count if default and config.name else ()
    return Part(start, start + default * count, config, sizes)


def _data(reader: Reader, spaces: list[Node], parts: list[Part]) -> None:
    """Judge the samples, and demand zeros where there are none."""
    needed = sorted((part.start, part.end) for part in parts if part.start < part.end)
    last = 0
    for space in sorted(spaces, key=lambda one: one.body):
        at = space.body
        while last < len(needed) and needed[last][0] < space.end:
            start, end = needed[last]
            reader.demand(space.body <= start and end <= space.end)
            reader.zeros(at, start)
            at, last = max(at, end), last + 1
        reader.zeros(at, space.end)
    reader.demand(last == len(needed))
    for part in parts:
        if part.config.name:
            _samples(reader, part)


def _samples(reader: Reader, part: Part) -> None:
    at, config = part.start, part.config
    for size in part.sizes:
        sample = reader.data[at : at + size]
        reader.demand(is_clean(config.name, sample, config.length_size, config.dolby))
        at += size
