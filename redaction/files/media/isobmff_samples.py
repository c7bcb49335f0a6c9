"""Where the samples of a track lie (ISO/IEC 14496-12 §8.6 to §8.8)."""

import sys
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice, repeat
from typing import Final

from redaction.files.media.coded import Coding
from redaction.files.media.isobmff_boxes import Box, Boxes
from redaction.files.policy import LIMITS

_UNIFORM: Final = 4
_COUNT: Final = 8
_TWO_53: Final = 1 << 53
_SIZES: Final = 12


@dataclass(frozen=True)
class Entry:
    """A sample description: its coding, and for sound of constant rate samples and bytes
    of a packet (0 where the table of sizes tells)."""

    coding: Coding
    samples: int = 0
    size: int = 0


@dataclass
class Track:
    """A track that stays; `tables` are the boxes of its `stbl` by kind.

    `scale` is the units of its clock in a second, `latest_edit` the largest media time that
    an edit begins with.
    """

    identity: int
    scale: int = 0
    latest_edit: int = 0
    entries: list[Entry] = field(default_factory=list)
    tables: dict[str, Box] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Run:
    """Samples that lie one behind the other from `start` to `end`."""

    start: int
    end: int
    coding: Coding
    sizes: Iterable[int]


def runs(file: Boxes, track: Track) -> Iterator[Run]:
    """Yield the chunks of a track that is not fragmented."""
    sizes = track.tables["stsz"] if "stsz" in track.tables else track.tables["stz2"]
    uniform, each = _sizes(file, sizes)
    done, total = 0, file.number(sizes.body + _COUNT, 4)
    for start, count, description in _chunks(file, track):
        count = min(count, total - done)
        entry = track.entries[description - 1]
        # QuickTime says one byte where it counts moments of sound.
        if entry.samples and uniform == 1:
            packets = -(-count // entry.samples)
            yield Run(start, start + packets * entry.size, entry.coding, ())
        elif uniform:
            yield Run(start, start + count * uniform, entry.coding, repeat(uniform, count))
        else:
            part = each[done : done + count]
            yield Run(start, start + sum(part), entry.coding, part)
        done += count


def _sizes(file: Boxes, box: Box) -> tuple[int, "array[int]"]:
    """Return the size of all samples, or 0 and the size of each."""
    count = file.number(box.body + _COUNT, 4)
    if box.kind == "stsz":
        uniform = file.number(box.body + _UNIFORM, 4)
        width = 0 if uniform else 4
    else:
        uniform, width = 0, file.number(box.body + 7, 1) // 8
    return uniform, numbers(file, box.body + _SIZES, width, count if width else 0)


def numbers(file: Boxes, at: int, width: int, count: int) -> "array[int]":
    """Return *count* numbers of *width* bytes; tables were measured before."""
    if count > LIMITS["units"]:
        raise file.refusal("unsupported")
    values = array({1: "B", 2: "H", 4: "I", 8: "Q"}.get(width, "I"))
    values.frombytes(file.data[at : at + width * count])
    if sys.byteorder == "little":
        values.byteswap()
    return values


def _chunks(file: Boxes, track: Track) -> Iterator[tuple[int, int, int]]:
    """Yield place, samples and description of each chunk."""
    wide = "co64" in track.tables
    box = track.tables["co64" if wide else "stco"]
    places = numbers(file, box.body + 8, 8 if wide else 4, file.number(box.body + 4, 4))
    table = track.tables["stsc"]
    rows = numbers(file, table.body + 8, 4, 3 * file.number(table.body + 4, 4))
    chunk = 1
    for row in range(0, len(rows), 3):
        first, count, description = rows[row : row + 3]
        file.demand(first == chunk and 0 < description <= len(track.entries))
        chunk = rows[row + 3] if row + 3 < len(rows) else len(places) + 1
        file.demand(chunk > first or chunk == len(places) + 1)
        for place in islice(places, first - 1, chunk - 1):
            file.spend(3)
            file.demand(place < _TWO_53)
            yield place, count, description
