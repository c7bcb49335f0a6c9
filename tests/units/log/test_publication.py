"""Files come in an order in which nothing names what is not there yet, and stay as they are."""

import itertools
from pathlib import Path

import pytest

from app.log.publication import PublicFolder, files_between, paths_between, published_size
from crypto.tlog.tiles import tile_paths
from tests.units.tlog.memory_log import MemoryLog

SIZES = [(0, 0), (0, 1), (1, 1), (1, 2), (255, 256), (256, 257), (0, 700), (255, 66_000)]


@pytest.mark.parametrize(("old", "new"), SIZES)
def test_the_files_between_two_trees_are_those_that_only_the_larger_has(old: int, new: int) -> None:
    had = set(tile_paths(old))

    assert list(paths_between(old, new)) == [path for path in tile_paths(new) if path not in had]


def test_the_tree_can_be_published_in_steps_or_at_once(tmp_path: Path) -> None:
    log = MemoryLog([bytes([n % 251]) for n in range(600)])
    sizes = [0, 10, 256, 300, 600]
    for old, new in itertools.pairwise(sizes):
        PublicFolder(tmp_path / "steps").write_files(files_between(_Cut(log), old, new))
    PublicFolder(tmp_path / "once").write_files(files_between(log, 0, 600))

    for path in tile_paths(600):
        assert (tmp_path / "steps" / path.encode()).read_bytes() == log.files[path.encode()]
        assert (tmp_path / "once" / path.encode()).read_bytes() == log.files[path.encode()]


def test_what_is_there_is_not_written_again(tmp_path: Path) -> None:
    log = MemoryLog([b"a", b"b"])
    steps: list[str] = []
    folder = PublicFolder(tmp_path, steps.append)
    for _ in range(2):
        folder.write_files(files_between(log, 0, 2))
        folder.write_checkpoint("note\n")

    assert steps == [
        "file tile/entries/000.p/2",
        "file tile/0/000.p/2",
        "files",
        "checkpoint",
        "files",
        "checkpoint",
    ]
    assert not list(tmp_path.rglob("*.new"))


def test_a_leftover_of_a_crash_is_written_over(tmp_path: Path) -> None:
    leftover = tmp_path / "tile" / "0" / "000.p" / ".2.new"
    leftover.parent.mkdir(parents=True)
    leftover.write_bytes(b"half")

    PublicFolder(tmp_path).write_files(files_between(MemoryLog([b"a", b"b"]), 0, 2))

    assert not leftover.exists()
    assert len((leftover.parent / "2").read_bytes()) == 64


def test_nothing_is_published_before_the_first_checkpoint(tmp_path: Path) -> None:
    assert published_size(tmp_path) == 0
    assert PublicFolder(tmp_path).checkpoint() is None


class _Cut:
    """The database's tree: only the widest tile of each place."""

    def __init__(self, log: MemoryLog) -> None:
        self._tiles = {
            (path.level, path.index): log.files[path.encode()] for path in tile_paths(log.size)
        }
        self._entries = log.entries

    def read_tile(self, level: int, index: int, width: int) -> bytes:
        return self._tiles[level, index][: 32 * width]

    def read_entries(self, index: int, width: int) -> bytes:
        start = 256 * index
        return MemoryLog(self._entries[start : start + width]).files[
            f"tile/entries/000{'' if width == 256 else f'.p/{width}'}"
        ]
