"""Whether every tile and every entry of a log is what its signed root says (SPEC.md §12).

From the root down: the tiles of the right edge must hash to it, every other tile to its place
in the tile above, every entry to its place in a tile of level 0. Each check is of a few tiles
only, in any order, so a caller may divide the ranges among processes.
"""

from collections.abc import Iterator

from crypto.errors import DifferentTileError, InvalidProofError, MalformedTileError
from crypto.tlog.checkpoint import Checkpoint
from crypto.tlog.merkle import leaf_hashes, tree_root, verify_consistency
from crypto.tlog.tiles import (
    HEIGHT,
    WIDTH,
    TiledTree,
    TilePath,
    TileReader,
    parse_bundle,
    parse_tile,
    tile_width,
)


def verify_edge(reader: TileReader, checkpoint: Checkpoint) -> None:
    """Raise `DifferentTileError` unless the last tile of each level leads to the root."""
    try:
        root = TiledTree(reader, checkpoint.size).root
    except MalformedTileError as exc:
        raise DifferentTileError("the right edge") from exc
    if root != checkpoint.root:
        raise DifferentTileError("the right edge")


def levels(size: int) -> range:
    """The levels that have tiles in a tree of *size* leaves."""
    return range(max(1, -(-size.bit_length() // HEIGHT)))


def verify_tile_range(reader: TileReader, size: int, level: int, first: int, stop: int) -> None:
    """Check full tiles *first* up to and without *stop* of a level against the tiles above.

    Raise `DifferentTileError`. Tiles that are not full are a matter for `verify_edge`.
    """
    parent = _Parents(reader, size, level)
    for index in range(first, stop):
        tile = _read_tile(reader, level, index, WIDTH)
        if tree_root(tile) != parent.hash_of(index):
            raise DifferentTileError(TilePath(level, index).encode())


def verify_entries(reader: TileReader, size: int, first: int, stop: int) -> Iterator[list[bytes]]:
    """The entries of bundles *first* up to and without *stop*, each list once it is checked.

    Checked means: against the tiles of level 0, and these, if full, against level 1. Raise
    `DifferentTileError`.
    """
    parent = _Parents(reader, size, 0)
    for index in range(first, stop):
        width = tile_width(0, index, size)
        try:
            entries = parse_bundle(reader.read_entries(index, width), width)
        except MalformedTileError as exc:
            raise DifferentTileError(TilePath(None, index, width).encode()) from exc
        hashes = leaf_hashes(entries)
        if b"".join(hashes) != reader.read_tile(0, index, width):
            raise DifferentTileError(TilePath(None, index, width).encode())
        if width == WIDTH and tree_root(hashes) != parent.hash_of(index):
            raise DifferentTileError(TilePath(0, index).encode())
        yield entries


def verify_tree(
    reader: TileReader, checkpoint: Checkpoint, old_size: int = 0
) -> Iterator[list[bytes]]:
    """All checks, in one process; gives the entries from *old_size* on, bundle by bundle.

    Tiles that the tree of *old_size* leaves already had are not read again. Nothing that was
    given counts before the iterator has ended. Raise `DifferentTileError`.
    """
    size = checkpoint.size
    verify_edge(reader, checkpoint)
    for level in levels(size)[1:]:
        shift = HEIGHT * (level + 1)
        verify_tile_range(reader, size, level, old_size >> shift, size >> shift)
    first, skipped = divmod(old_size, WIDTH)
    for entries in verify_entries(reader, size, first, -(-size // WIDTH)):
        yield entries[skipped:]
        skipped = 0


def is_extension(reader: TileReader, old: Checkpoint, new: Checkpoint) -> bool:
    """Whether *new* is the same log, grown or unchanged, by the tiles of *new*."""
    if new.size < old.size:
        return False
    try:
        proof = TiledTree(reader, new.size).consistency_proof(old.size)
        verify_consistency(old.size, new.size, proof, old.root, new.root)
    except (InvalidProofError, MalformedTileError):
        return False
    return True


class _Parents:
    """Hashes that the tiles one level above have of full tiles; one tile is kept."""

    def __init__(self, reader: TileReader, size: int, level: int) -> None:
        self._reader = reader
        self._size = size
        self._level = level + 1
        self._index = -1
        self._tile: list[bytes] = []

    def hash_of(self, child: int) -> bytes:
        index, place = divmod(child, WIDTH)
        if index != self._index:
            width = tile_width(self._level, index, self._size)
            self._tile = _read_tile(self._reader, self._level, index, width)
            self._index = index
        return self._tile[place]


def _read_tile(reader: TileReader, level: int, index: int, width: int) -> list[bytes]:
    try:
        return parse_tile(reader.read_tile(level, index, width), width)
    except MalformedTileError as exc:
        raise DifferentTileError(TilePath(level, index, width).encode()) from exc
