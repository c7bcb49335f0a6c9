"""Read the directories of a TIFF file, and write such a file anew (TIFF 6.0 §2).

Everything is read by offsets that a stranger chose: each is checked, directories are few,
and the strips of a file may not be larger together than the file.
"""

import struct
from dataclasses import dataclass
from typing import Final

from redaction.files.errors import UnreadableFileError
from redaction.files.policy import LIMITS

SHORT, LONG, RATIONAL, UNDEFINED = 3, 4, 5, 7
_SIZES: Final = {1: 1, 2: 1, SHORT: 2, LONG: 4, RATIONAL: 8, 6: 1, UNDEFINED: 1, 8: 2, 9: 4}
_SIZES_OF_REST: Final = {10: 8, 11: 4, 12: 8, 13: 4}
_SHARED: Final = 1 << 16
_NUMBERS: Final = {1: "B", SHORT: "H", LONG: "I", 13: "I"}


@dataclass(frozen=True)
class Entry:
    """A tag's value as it stands in the file."""

    kind: int
    count: int
    value: bytes


Page = dict[int, Entry]


class Reader:
    """One file; every method raises `UnreadableFileError`. `furthest` is the last byte met."""

    def __init__(self, untrusted: bytes) -> None:
        order = {b"II*\0": "<", b"MM\0*": ">"}.get(untrusted[:4])
        if order is None:
            raise UnreadableFileError("picture-malformed")
        self.order = order
        self.furthest = 8
        self._data = untrusted
        # Parts of honest files do not lie over each other; some pages share their small values.
        self._left = 2 * len(untrusted) + _SHARED
        self._met: list[tuple[int, int, bool]] = []
        self._sizes = _SIZES | _SIZES_OF_REST

    def pages(self) -> list[Page]:
        """Return the chain of directories, at least one."""
        found: list[Page] = []
        at: int = struct.unpack(self.order + "I", self._cut(4, 4))[0]
        met: set[int] = set()
        while at:
            if at in met:
                raise UnreadableFileError("picture-malformed")
            if len(met) == LIMITS["frames"]:
                raise UnreadableFileError("picture-too-large")
            met.add(at)
            page, at = self.directory_at(at)
            found.append(page)
        return found

    def directory_at(self, at: int) -> tuple[Page, int]:
        """Return a directory, and where the next one begins."""
        count = struct.unpack(self.order + "H", self._cut(at, 2))[0]
        table = self._cut(at + 2, 12 * count)
        page: Page = {}
        for tag, kind, length, inline in struct.iter_unpack(self.order + "HHI4s", table):
            size = self._sizes.get(kind, 1) * length
            place = struct.unpack(self.order + "I", inline)[0]
            value = inline[:size] if size <= 4 else self._cut(place, size)
            page.setdefault(tag, Entry(kind, length, value))
        return page, struct.unpack(self.order + "I", self._cut(at + 2 + 12 * count, 4))[0]

    def numbers(self, page: Page, tag: int) -> list[int]:
        """Return whole numbers, none where the tag is missing."""
        entry = page.get(tag)
        if entry is None:
            return []
        layout = _NUMBERS.get(entry.kind)
        if layout is None:
            raise UnreadableFileError("picture-malformed")
        return list(struct.unpack(f"{self.order}{entry.count}{layout}", entry.value))

    def number(self, page: Page, tag: int, otherwise: int) -> int:
        """Return the first of the numbers."""
        return next(iter(self.numbers(page, tag)), otherwise)

    def rounded(self, page: Page, tag: int) -> int:
        """Return a fraction as a whole number, 0 for none."""
        entry = page.get(tag)
        if entry is None or entry.kind != RATIONAL or entry.count != 1:
            return 0
        above, below = struct.unpack(self.order + "II", entry.value)
        return round(above / below) if below else 0

    def entry(self, kind: int, *numbers: int) -> Entry:
        """Return a value of our own, in the file's byte order."""
        layout = "H" if kind == SHORT else "I"
        value = struct.pack(f"{self.order}{len(numbers)}{layout}", *numbers)
        return Entry(kind, 1, value)

    def pieces(self, page: Page, starts: int, lengths: int) -> list[bytes]:
        """Return strips or tiles, in order."""
        at, sizes = self.numbers(page, starts), self.numbers(page, lengths)
        if not at or len(at) != len(sizes) or sum(sizes) > len(self._data):
            raise UnreadableFileError("picture-malformed")
        both = zip(at, sizes, strict=True)
        return [self._cut(start, size, is_strip=True) for start, size in both]

    def judge_overlaps(self) -> None:
        """Raise where a strip lies over something else: that would be shown as its pixels."""
        reached, strip_reached = 0, 0
        for start, end, is_strip in sorted(self._met):
            if start < (reached if is_strip else strip_reached):
                raise UnreadableFileError("picture-malformed")
            reached = max(reached, end)
            strip_reached = max(strip_reached, end if is_strip else 0)

    def _cut(self, at: int, size: int, *, is_strip: bool = False) -> bytes:
        if size:
            self._met.append((at, at + size, is_strip))
        if at + size > len(self._data):
            raise UnreadableFileError("picture-truncated")
        self._left -= size
        if self._left < 0:
            raise UnreadableFileError("file-too-complex")
        self.furthest = max(self.furthest, at + size)
        return self._data[at : at + size]


class Writer:
    """Writes pages one behind the other: directory, its values, its strips."""

    def __init__(self, order: str) -> None:
        self._order = order
        magic = b"II*\0" if order == "<" else b"MM\0*"
        self._pieces = [magic, bytes(4)]
        self._at = 8
        self._link = 1

    def page(self, kept: Page, starts: int, lengths: int, coded: list[bytes]) -> None:
        """Append a page; every part begins at an even offset."""
        sizes = struct.pack(f"{self._order}{len(coded)}I", *map(len, coded))
        entries = kept | dict.fromkeys((starts, lengths), Entry(LONG, len(coded), sizes))
        values = self._at + 2 + 12 * len(entries) + 4
        data = values + sum(_padded(len(entry.value)) for entry in entries.values())
        offsets = []
        for piece in coded:
            offsets.append(data)
            data += len(piece) + len(piece) % 2
        places = struct.pack(f"{self._order}{len(coded)}I", *offsets)
        entries[starts] = Entry(LONG, len(coded), places)
        self._pieces[self._link] = self._pack("I", self._at)
        self._append(*self._directory(entries, values))
        for piece in coded:
            self._append(piece, bytes(len(piece) % 2))

    def done(self) -> bytes:
        """Return the file."""
        return b"".join(self._pieces)

    def _directory(self, entries: Page, at: int) -> list[bytes]:
        """Return a directory and its values, which begin at *at*; remember its link."""
        table, outside = [self._pack("H", len(entries))], []
        for tag, entry in sorted(entries.items()):
            value = entry.value.ljust(4, b"\0")
            if len(entry.value) > 4:
                value = self._pack("I", at)
                outside.append(entry.value + bytes(len(entry.value) % 2))
                at += _padded(len(entry.value))
            table.append(self._pack("HHI", tag, entry.kind, entry.count) + value)
        self._link = len(self._pieces) + len(table)
        return [*table, bytes(4), *outside]

    def _append(self, *pieces: bytes) -> None:
        self._pieces += pieces
        self._at += sum(map(len, pieces))

    def _pack(self, layout: str, *numbers: int) -> bytes:
        return struct.pack(self._order + layout, *numbers)


def _padded(size: int) -> int:
    """Return the room a value takes outside its directory entry."""
    return 0 if size <= 4 else size + size % 2
