"""The log as files: complete before they have their names, the checkpoint after all others.

A file is written beside its place, made durable, and renamed; its folder is made durable
before anything names it. Repeating all of it after a crash changes nothing.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from app.store.blobs import settle, sync_folder, write_all
from crypto.note import read_text_unverified
from crypto.tlog.checkpoint import Checkpoint
from crypto.tlog.tiles import HEIGHT, MAX_LEVEL, WIDTH, TilePath, TileReader, tile_width

CHECKPOINT: Final = "checkpoint"
Step = Callable[[str], None]
"""Is told the name of each step of publishing when it is done; may end the process."""


class PublicFolder:
    """What `/log/` serves; a copy of what the database says, made again if it is lost."""

    def __init__(self, root: Path, step: Step = lambda _: None) -> None:
        self._root = root
        self._step = step

    def checkpoint(self) -> str | None:
        """The published note."""
        try:
            return (self._root / CHECKPOINT).read_text("utf-8")
        except FileNotFoundError:
            return None

    def write_files(self, files: Iterable[tuple[TilePath, bytes]]) -> None:
        """Make tiles and bundles durable; those that are there stay as they are."""
        folders: set[Path] = set()
        for path, data in files:
            target = self._root / path.encode()
            folders |= self._make_folder(target.parent)
            if not target.exists():
                self._write(target, data)
                self._step(f"file {path.encode()}")
        for folder in sorted(folders, reverse=True):
            sync_folder(folder)
        self._step("files")

    def write_checkpoint(self, note: str) -> None:
        self._root.mkdir(parents=True, exist_ok=True)
        self._write(self._root / CHECKPOINT, note.encode())
        sync_folder(self._root)
        self._step("checkpoint")

    def _make_folder(self, folder: Path) -> set[Path]:
        """The folder and those above it, whose names must all last for a file in it to last."""
        folder.mkdir(parents=True, exist_ok=True)
        above = [each for each in folder.parents if each.is_relative_to(self._root)]
        return {folder, *above}

    def _write(self, target: Path, data: bytes) -> None:
        # One process writes here, so a leftover of a crash has this name and is overwritten.
        incoming = target.with_name(f".{target.name}.new")
        with incoming.open("wb", buffering=0) as file:
            write_all(file, data)
            settle(file)
        incoming.replace(target)


def files_between(reader: TileReader, old: int, new: int) -> Iterator[tuple[TilePath, bytes]]:
    """Every file that the tree of *new* leaves has and that of *old* ones had not."""
    for path in paths_between(old, new):
        if path.level is None:
            yield path, reader.read_entries(path.index, path.width)
        else:
            yield path, reader.read_tile(path.level, path.index, path.width)


def paths_between(old: int, new: int) -> Iterator[TilePath]:
    """Their paths: bundles first, then tiles, level by level."""
    for level in (None, *range(MAX_LEVEL + 1)):
        shift = HEIGHT * (level or 0)
        had, has = old >> shift, new >> shift
        if not has:
            return
        if has > had:
            for index in range(had // WIDTH, -(-has // WIDTH)):
                yield TilePath(level, index, tile_width(level or 0, index, new))


def published_size(root: Path) -> int:
    """How many leaves the published checkpoint in *root* has; 0 before the first."""
    try:
        return Checkpoint.parse(read_text_unverified((root / CHECKPOINT).read_bytes())).size
    except FileNotFoundError:
        return 0
