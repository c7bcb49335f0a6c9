"""C2SP tlog-tiles: a tree of hashes and its entries as files that never change (SPEC.md §9).

A tile holds 256 neighbouring hashes of level 0, 8, 16 … of the tree, a bundle 256 entries;
the last of each level may be narrower. Whoever reads tiles from elsewhere has not checked
them yet: proofs computed from them must be verified against a signed root.
"""

import re
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, Self

from crypto.encoding import HASH_BYTES, decode_decimal
from crypto.errors import MalformedTileError
from crypto.tlog.merkle import (
    EMPTY_ROOT,
    Span,
    check_size,
    consistency_ranges,
    inclusion_ranges,
    leaf_hashes,
    tree_root,
)

WIDTH: Final = 256
HEIGHT: Final = 8
MAX_ENTRY_BYTES: Final = 65_535
MAX_LEVEL: Final = 63
_LENGTH: Final = struct.Struct(">H")
_PATH: Final = re.compile(
    r"tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/)*)([0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?",
    re.ASCII,
)


@dataclass(frozen=True)
class TilePath:
    """A file of the log. `level` is None for a bundle of entries; `width` is 1 to 256."""

    level: int | None
    index: int
    width: int = WIDTH

    def __post_init__(self) -> None:
        """Raise `MalformedTileError`."""
        if not 0 <= (self.level or 0) <= MAX_LEVEL or not 1 <= self.width <= WIDTH:
            raise MalformedTileError("no such tile")
        if not 0 <= self.index < 1 << 53:
            raise MalformedTileError("no such tile")

    @classmethod
    def parse(cls, untrusted: str) -> Self:
        """Raise `MalformedTileError` unless *untrusted* is what `encode` writes."""
        match = _PATH.fullmatch(untrusted)
        if not match:
            raise MalformedTileError("not the path of a tile")
        level = None if match[1] == "entries" else int(match[1])
        index = int(re.sub("[x/]", "", match[2]) + match[3])
        path = cls(level, index, decode_decimal(match[4] or str(WIDTH)))
        if path.encode() != untrusted:
            raise MalformedTileError("not the path of a tile")
        return path

    def encode(self) -> str:
        """`tile/0/x001/x234/067.p/5`, relative to the prefix of the log."""
        level = "entries" if self.level is None else self.level
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{level}/{_encode_index(self.index)}{partial}"


def _encode_index(index: int) -> str:
    digits = str(index)
    digits = digits.zfill(len(digits) + -len(digits) % 3)
    groups = [digits[i : i + 3] for i in range(0, len(digits), 3)]
    return "".join(f"x{group}/" for group in groups[:-1]) + groups[-1]


class TileReader(Protocol):
    """Where tiles come from: files, a database, a network. Errors of its own pass through."""

    def read_tile(self, level: int, index: int, width: int) -> bytes:
        """`32 * width` bytes; a wider tile may be cut."""

    def read_entries(self, index: int, width: int) -> bytes:
        """A bundle of that many entries; of a wider one the first may be given."""


def encode_bundle(entries: Iterable[bytes]) -> bytes:
    """Each entry after its length in two bytes. Raise `MalformedTileError` for one too long."""
    try:
        return b"".join([_LENGTH.pack(len(entry)) + entry for entry in entries])
    except struct.error as exc:
        raise MalformedTileError("an entry is too long") from exc


def parse_bundle(untrusted: bytes, width: int) -> list[bytes]:
    """Raise `MalformedTileError` unless these are *width* entries and nothing else."""
    entries, position, end = [], 0, len(untrusted)
    try:
        for _ in range(width):
            start = position + 2
            position = start + (untrusted[position] << 8 | untrusted[position + 1])
            entries.append(untrusted[start:position])
    except IndexError as exc:
        raise MalformedTileError("a bundle is cut short") from exc
    if position != end:
        raise MalformedTileError("a bundle has another length")
    return entries


def parse_tile(untrusted: bytes, width: int) -> list[bytes]:
    """Raise `MalformedTileError` unless these are *width* hashes."""
    if len(untrusted) != width * HASH_BYTES:
        raise MalformedTileError("a tile has another length")
    return [untrusted[i : i + HASH_BYTES] for i in range(0, len(untrusted), HASH_BYTES)]


def tile_width(level: int, index: int, size: int) -> int:
    """How wide that tile is in a tree of *size* leaves; 0 if there is none."""
    return max(0, min(WIDTH, (size >> HEIGHT * level) - WIDTH * index))


def tile_paths(size: int) -> Iterator[TilePath]:
    """Every tile and bundle of a tree of *size* leaves, bundles first, level by level."""
    check_size(size)
    for level in (None, *range(MAX_LEVEL + 1)):
        count = size >> HEIGHT * (level or 0)
        for index in range(-(-count // WIDTH)):
            yield TilePath(level, index, tile_width(level or 0, index, size))


class TiledTree:
    """A tree of *size* leaves, read from tiles; those read are kept while the object lives."""

    def __init__(self, reader: TileReader, size: int) -> None:
        check_size(size)
        self.size = size
        self._reader = reader
        self._tiles: dict[tuple[int, int], list[bytes]] = {}

    @property
    def root(self) -> bytes:
        """The root that these tiles have."""
        return self.hash_of((0, self.size))

    def inclusion_proof(self, index: int) -> list[bytes]:
        """Raise `MalformedProofError` unless there is such a leaf."""
        return [self.hash_of(span) for span in inclusion_ranges(index, self.size)]

    def consistency_proof(self, old: int) -> list[bytes]:
        """From the tree of *old* leaves. Raise `MalformedProofError` unless `old <= size`."""
        return [self.hash_of(span) for span in consistency_ranges(old, self.size)]

    def leaf(self, index: int) -> bytes:
        """A leaf hash."""
        return self._tile(0, index // WIDTH)[index % WIDTH]

    def entry(self, index: int) -> bytes:
        """Raise `MalformedTileError`."""
        bundle, place = divmod(index, WIDTH)
        width = tile_width(0, bundle, self.size)
        return parse_bundle(self._reader.read_entries(bundle, width), width)[place]

    def hash_of(self, span: Span) -> bytes:
        """The root of the subtree over those leaves, which is one that proofs are made of."""
        begin, end = span
        if begin == end:
            return EMPTY_ROOT
        # From the right: what is left over at one level is the last node of the next.
        carry: list[bytes] = []
        for level in range(MAX_LEVEL + 1):
            shift = HEIGHT * level
            first, stop = begin >> shift, end >> shift
            inside = stop - first < WIDTH and first // WIDTH == (stop - 1) // WIDTH
            low = first if inside else max(first, stop // WIDTH * WIDTH)
            carry = self._fold(level, low, stop, carry)
            if inside:
                break
        return carry[0]

    def _fold(self, level: int, low: int, stop: int, carry: list[bytes]) -> list[bytes]:
        if low == stop:
            return carry
        tile = self._tile(level, low // WIDTH)
        return [tree_root([*tile[low % WIDTH : (stop - 1) % WIDTH + 1], *carry])]

    def _tile(self, level: int, index: int) -> list[bytes]:
        key = level, index
        if key not in self._tiles:
            width = tile_width(level, index, self.size)
            self._tiles[key] = parse_tile(self._reader.read_tile(level, index, width), width)
        return self._tiles[key]


@dataclass(frozen=True)
class Growth:
    """What appending makes: a larger tree, and every file that it has and the old one had not.

    Files are in the order in which they may be published; nothing names one that comes later.
    """

    size: int
    root: bytes
    files: tuple[tuple[TilePath, bytes], ...]


def append(reader: TileReader, size: int, entries: Sequence[bytes]) -> Growth:
    """Append to the tree of *size* leaves in *reader*, of which the right edge is read.

    k entries take O(k + 256 log n). Raise `MalformedTileError` for an entry too long.
    """
    new_size = size + len(entries)
    check_size(new_size)
    files = _new_bundles(reader, size, entries)
    new = leaf_hashes(entries)
    carry: list[bytes] = []
    for level in range(MAX_LEVEL + 1):
        count = new_size >> HEIGHT * level
        if not count:
            break
        edge = _right_edge(reader, level, size)
        tiles = list(_chunks([*edge, *new]))
        index = (size >> HEIGHT * level) // WIDTH
        if new:
            files += [
                (TilePath(level, index + i, len(tile)), b"".join(tile))
                for i, tile in enumerate(tiles)
            ]
        new = [tree_root(tile) for tile in tiles if len(tile) == WIDTH]
        partial = tiles[-1] if tiles and len(tiles[-1]) < WIDTH else []
        carry = [tree_root([*partial, *carry])] if partial or carry else []
    return Growth(new_size, carry[0] if carry else EMPTY_ROOT, tuple(files))


def _new_bundles(
    reader: TileReader, size: int, entries: Sequence[bytes]
) -> list[tuple[TilePath, bytes]]:
    index, kept = divmod(size, WIDTH)
    edge = parse_bundle(reader.read_entries(index, kept), kept) if kept and entries else []
    return [
        (TilePath(None, index + i, len(chunk)), encode_bundle(chunk))
        for i, chunk in enumerate(_chunks([*edge, *entries]) if entries else ())
    ]


def _right_edge(reader: TileReader, level: int, size: int) -> list[bytes]:
    """The hashes of the last tile of a level, if it is not full."""
    index, width = divmod(size >> HEIGHT * level, WIDTH)
    return parse_tile(reader.read_tile(level, index, width), width) if width else []


def _chunks(items: list[bytes]) -> Iterator[list[bytes]]:
    return (items[i : i + WIDTH] for i in range(0, len(items), WIDTH))
