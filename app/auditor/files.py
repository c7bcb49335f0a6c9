"""Tiles as files, and files that are there whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from app.auditor.errors import DamagedError, MissingFileError
from app.auditor.source import Source
from crypto.encoding import HASH_BYTES
from crypto.errors import MalformedTileError
from crypto.note import MAX_NOTE_BYTES
from crypto.tlog.tiles import MAX_ENTRY_BYTES, WIDTH, TilePath, encode_bundle, parse_bundle

CHECKPOINT: Final = "checkpoint"
MAX_CHECKPOINT_BYTES: Final = MAX_NOTE_BYTES
_TILE_BYTES: Final = WIDTH * HASH_BYTES
_BUNDLE_BYTES: Final = WIDTH * (MAX_ENTRY_BYTES + 2)


def write_whole(path: Path, data: bytes, mode: int = 0o644, *, durable: bool = True) -> None:
    """After a crash the file is the old one or the new one; *durable*: the new one for sure."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if durable:
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class FolderTiles:
    """The tiles in a folder that is laid out as C2SP tlog-tiles says; a `TileReader`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read_tile(self, level: int, index: int, width: int) -> bytes:
        return self.read(TilePath(level, index, width))

    def read_entries(self, index: int, width: int) -> bytes:
        return self.read(TilePath(None, index, width))

    def read(self, path: TilePath) -> bytes:
        """Raise `DamagedError` where the file is not there."""
        data = self.find(path)
        if data is None:
            raise DamagedError(f"{self.folder / path.encode()} is not there")
        return data

    def find(self, path: TilePath) -> bytes | None:
        """The file, or what a full one has of it."""
        for name in (path, TilePath(path.level, path.index)):
            with suppress(FileNotFoundError):
                return _cut((self.folder / name.encode()).read_bytes(), name, path)
        return None

    def write(self, path: TilePath, data: bytes, *, durable: bool = True) -> None:
        write_whole(self.folder / path.encode(), data, durable=durable)


class Download:
    """A `TileReader` that asks the source once for each file, and keeps it in `staging`.

    What `mirror` has in full is not asked for. `fetched` counts files.
    """

    def __init__(self, source: Source, staging: FolderTiles, mirror: FolderTiles | None) -> None:
        self.fetched = 0
        self._source = source
        self._staging = staging
        self._mirror = mirror

    def read_tile(self, level: int, index: int, width: int) -> bytes:
        return self._read(TilePath(level, index, width))

    def read_entries(self, index: int, width: int) -> bytes:
        return self._read(TilePath(None, index, width))

    def _read(self, path: TilePath) -> bytes:
        for known in (self._mirror, self._staging):
            data = known.find(path) if known else None
            if data is not None:
                return data
        data = self._fetch(path)
        self._staging.write(path, data, durable=False)
        self.fetched += 1
        return data

    def _fetch(self, path: TilePath) -> bytes:
        limit = _BUNDLE_BYTES if path.level is None else _TILE_BYTES
        try:
            return self._source.read(path.encode(), limit)
        except MissingFileError:
            if path.width == WIDTH:
                raise
        # A narrow tile may go once the full one is there.
        full = TilePath(path.level, path.index)
        return _cut(self._source.read(full.encode(), limit), full, path)


def _cut(data: bytes, whole: TilePath, part: TilePath) -> bytes:
    """The first `part.width` of a tile or bundle; unreadable data comes back as it is."""
    if whole == part:
        return data
    if part.level is not None:
        return data[: part.width * HASH_BYTES]
    try:
        return encode_bundle(parse_bundle(data, whole.width)[: part.width])
    except MalformedTileError:
        return data


def read_all(tiles: FolderTiles, size: int, first: int = 0) -> Iterator[list[bytes]]:
    """The entries from number *first* on, bundle by bundle, not verified again.

    Raise `DamagedError`.
    """
    bundle, skipped = divmod(first, WIDTH)
    for index in range(bundle, -(-size // WIDTH)):
        width = min(WIDTH, size - index * WIDTH)
        try:
            entries = parse_bundle(tiles.read_entries(index, width), width)
        except MalformedTileError as exc:
            raise DamagedError(f"a bundle of {tiles.folder} is damaged") from exc
        yield entries[skipped:]
        skipped = 0
