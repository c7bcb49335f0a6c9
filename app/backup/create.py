"""Copy a site that goes on running into one sealed stream.

The database is copied first, at one moment and in memory only: what a copy on the disk would leave
there is what the database has learned to forget. Then every blob that it names is held by a second
name, so that nothing which is deleted meanwhile is missing.
"""

import fcntl
import os
import shutil
import sqlite3
import tarfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO, Final, cast

from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from app.backup.format import (
    BLOBS,
    DATABASE,
    FILES,
    HEADER,
    SETTINGS,
    STORAGE_KEYS,
    BackupError,
    Header,
    add,
    encode_seeds,
    small_files,
)
from app.services.housekeeping import named_digests, oldest_kept
from app.settings import FILE_NAME, Settings
from app.store import log
from app.store.blobs import FileBlobStore
from app.store.storage_keys import StorageKeys
from crypto.age import Encryptor, Recipient

Progress = Callable[[int, int], None]
"""Is told how many bytes are done, and of how many."""
_SQLITE: Final = "sqlite:///"


@dataclass(frozen=True)
class Snapshot:
    """The bytes of a database file, the digests that its rows name, the leaves of its log."""

    content: bytes
    named: set[bytes]
    leaves: int


@dataclass(frozen=True)
class Made:
    """What is in the backup, and which files of the instance lie elsewhere and are not."""

    header: Header
    blobs: int
    elsewhere: list[Path]


def create(
    settings: Settings,
    blobs: FileBlobStore,
    recipient: Recipient,
    out: IO[bytes],
    *,
    today: date,
    progress: Progress,
) -> Made:
    """Write a backup of the instance to *out*. Raises `BackupError`."""
    kept = oldest_kept(today, settings.cases.retention_weeks)
    with _only_backup(settings), _held(settings, blobs) as (database, held):
        seeds = StorageKeys(settings.storage_keys_path).seeds()
        alive = {week: seed for week, seed in seeds.items() if week >= kept}
        files = [path for path in held if path.parent.name in alive]
        header = Header(settings.origin, today, database.leaves)
        sealing = _Sealing(out, recipient)
        # Writing in stream mode, tarfile asks for nothing but `write`.
        with tarfile.open(fileobj=cast(IO[bytes], sealing), mode="w|") as archive:
            add(archive, HEADER, header.encode())
            add(archive, SETTINGS, (settings.data / FILE_NAME).read_bytes())
            elsewhere = _add_small_files(archive, settings)
            add(archive, STORAGE_KEYS, encode_seeds(alive))
            add(archive, DATABASE, database.content)
            _add_blobs(archive, files, progress)
        sealing.finish()
    return Made(header, len(files), elsewhere)


class _Sealing:
    def __init__(self, out: IO[bytes], recipient: Recipient) -> None:
        self._out = out
        self._encryptor = Encryptor([recipient])

    def write(self, data: bytes) -> int:
        self._out.write(self._encryptor.update(data))
        return len(data)

    def finish(self) -> None:
        self._out.write(self._encryptor.finish())


@contextmanager
def _only_backup(settings: Settings) -> Iterator[None]:
    with (settings.data / "backup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupError(f"another `wasl backup` of {settings.data} is running") from None
        yield


@contextmanager
def _held(settings: Settings, blobs: FileBlobStore) -> Iterator[tuple[Snapshot, list[Path]]]:
    """The database, and second names of all blobs that it names."""
    folder = settings.blobs_path / "backup"
    try:
        yield _hold_everything(settings, blobs, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _hold_everything(
    settings: Settings, blobs: FileBlobStore, folder: Path
) -> tuple[Snapshot, list[Path]]:
    missing: set[bytes] | None = None
    while True:
        # What a backup that was killed held is let go first.
        shutil.rmtree(folder, ignore_errors=True)
        database = snapshot(settings)
        held = {digest: _hold(blobs, digest, folder) for digest in database.named}
        before, missing = missing, {digest for digest, path in held.items() if path is None}
        # What was deleted meanwhile is named no more in the next copy; the rest the site itself
        # has not: the words of a case whose row the log still needs.
        if not missing or missing == before:
            return database, [path for path in held.values() if path]


def _hold(blobs: FileBlobStore, digest: bytes, folder: Path) -> Path | None:
    with suppress(FileNotFoundError):
        path = blobs.path(digest)
        held = folder / path.parent.name / path.name
        held.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.link(path, held)
        return held
    return None


def snapshot(settings: Settings) -> Snapshot:
    """The SQLite database at one moment, without a copy on the disk."""
    if not settings.database_url.startswith(_SQLITE):
        raise BackupError("database: only SQLite is backed up here; use its own tools (pg_dump)")
    path = settings.database_url.removeprefix(_SQLITE)
    with closing(sqlite3.connect(":memory:", check_same_thread=False)) as copy:
        with closing(sqlite3.connect(f"file:{path}?mode=rw", uri=True)) as source:
            source.backup(copy)
        engine = create_engine("sqlite://", creator=lambda: copy, poolclass=StaticPool)
        with engine.connect() as connection:
            newest = log.newest_checkpoint(connection)
            leaves = newest.size if newest else 0
            return Snapshot(copy.serialize(), named_digests(connection), leaves)


def _add_small_files(archive: tarfile.TarFile, settings: Settings) -> list[Path]:
    """Add what is in the instance's folder; return what is not."""
    files = small_files(settings)
    inside = [path for path in files if path.is_relative_to(settings.data)]
    for path in inside:
        add(archive, f"{FILES}{path.relative_to(settings.data)}", path.read_bytes())
    return [path for path in files if path not in inside]


def _add_blobs(archive: tarfile.TarFile, files: Sequence[Path], progress: Progress) -> None:
    total, done = sum(path.stat().st_size for path in files), 0
    for path in sorted(files):
        member = tarfile.TarInfo(f"{BLOBS}{path.parent.name}/{path.name}")
        member.size, member.mode = path.stat().st_size, 0o600
        with path.open("rb") as file:
            archive.addfile(member, file)
        done += member.size
        progress(done, total)
