"""A log in memory: the simplest thing that a tile reader can read."""

from collections.abc import Sequence

from crypto.tlog.checkpoint import Checkpoint
from crypto.tlog.merkle import EMPTY_ROOT
from crypto.tlog.tiles import Growth, TilePath, append
from tests.units.crypto.people import ORIGIN


class MemoryLog:
    """Files by path; grows like a log on disk, and forgets no partial file."""

    def __init__(self, entries: Sequence[bytes] = ()) -> None:
        self.size = 0
        self.root = EMPTY_ROOT
        self.entries: list[bytes] = []
        self.files: dict[str, bytes] = {}
        self.grow(entries)

    def grow(self, entries: Sequence[bytes]) -> Growth:
        growth = append(self, self.size, entries)
        self.files |= {path.encode(): data for path, data in growth.files}
        self.size, self.root = growth.size, growth.root
        self.entries += entries
        return growth

    def read_tile(self, level: int, index: int, width: int) -> bytes:
        return self.files[TilePath(level, index, width).encode()]

    def read_entries(self, index: int, width: int) -> bytes:
        return self.files[TilePath(None, index, width).encode()]


def checkpoint_of(log: MemoryLog) -> Checkpoint:
    return Checkpoint(ORIGIN, log.size, log.root)
