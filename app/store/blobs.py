"""Ciphertext, addressed by its SHA-256.

The interface is `BlobStore`; `FileBlobStore` keeps `blobs/<week>/<hex digest>`, each sealed once
more to the storage key of the week in which it came (`app.store.storage_keys`): a week is deleted
by destroying its key. A blob is durable when `finish` returns: written, fsynced, renamed, and its
folder fsynced. Times of files are set to zero, because a modification time is a time of arrival.
"""

import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final, Protocol, Self

from app.domain.weeks import week_of
from app.store import sealed
from app.store.storage_keys import StorageKeys
from crypto.age import Identity, Recipient

CHUNK_BYTES: Final = 65_536
_WEEK_FOLDER: Final = "[0-9][0-9][0-9][0-9]-W[0-9][0-9]"


@dataclass(frozen=True)
class StoredBlob:
    """A durable ciphertext: SHA-256 (32 bytes) and length."""

    digest: bytes
    size: int


class BlobWriter(Protocol):
    """Takes ciphertext in pieces; nothing is stored until `finish`."""

    def write(self, data: bytes) -> None: ...

    def digest(self) -> bytes:
        """SHA-256 of what was written so far."""

    def finish(self) -> StoredBlob: ...

    def abort(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc_info: object) -> None: ...


class BlobStore(Protocol):
    """Where ciphertext is kept. Digests are 32 bytes."""

    def put(self, data: bytes) -> StoredBlob: ...

    def writer(self) -> BlobWriter: ...

    def open(self, digest: bytes) -> BinaryIO: ...

    def read(self, digest: bytes) -> bytes: ...

    def exists(self, digest: bytes) -> bool: ...

    def size(self, digest: bytes) -> int: ...

    def delete(self, digest: bytes) -> None: ...

    def digests(self) -> Iterator[bytes]: ...

    def renew(self, digest: bytes) -> None:
        """Keep a blob as if it had come now."""

    def forget_before(self, week: str) -> list[str]:
        """Make what came in weeks before *week* unreadable for good; which weeks there were."""

    def free_bytes(self) -> int: ...


class FileBlobStore:
    """`BlobStore` on a local file system. Missing digests raise `FileNotFoundError`."""

    def __init__(self, root: Path, keys: StorageKeys, today: Callable[[], date]) -> None:
        self._root = root
        self._keys = keys
        self._today = today
        self._incoming = root / "incoming"

    def prepare(self) -> None:
        """Create the folders and drop what a crash left half written.

        Raises `StorageKeysError` if there are blobs and no keys to them.
        """
        self._incoming.mkdir(mode=0o700, parents=True, exist_ok=True)
        for leftover in self._incoming.iterdir():
            leftover.unlink()
        if not self._keys.exists and not any(self._week_folders()):
            self._keys.create()
        self._drop_dead_weeks()
        self._adopt()
        sync_folder(self._root)

    def put(self, data: bytes) -> StoredBlob:
        with self.writer() as writer:
            writer.write(data)
            return writer.finish()

    def writer(self) -> "FileBlobWriter":
        return self._writer(week_of(self._today()))

    def path(self, digest: bytes) -> Path:
        """Where a blob is, under whichever week it came."""
        return self._find(digest)[0]

    def open(self, digest: bytes) -> BinaryIO:
        return sealed.open_sealed(*self._find(digest))

    def read(self, digest: bytes) -> bytes:
        return sealed.unseal(*self._find(digest))

    def exists(self, digest: bytes) -> bool:
        with suppress(FileNotFoundError):
            return self._find(digest)[0].is_file()
        return False

    def size(self, digest: bytes) -> int:
        return sealed.content_size(self.path(digest))

    def delete(self, digest: bytes) -> None:
        # The same bytes may have come in two weeks.
        for folder in self._week_folders():
            (folder / digest.hex()).unlink(missing_ok=True)
            sync_folder(folder)

    def digests(self) -> Iterator[bytes]:
        names = {path.name for folder in self._week_folders() for path in folder.iterdir()}
        return map(bytes.fromhex, names)

    def renew(self, digest: bytes) -> None:
        week = week_of(self._today())
        path, _ = self._find(digest)
        if path.parent.name != week:
            with self.open(digest) as file, self._writer(week) as writer:
                shutil.copyfileobj(file, writer, CHUNK_BYTES)
                writer.finish()
            path.unlink(missing_ok=True)

    def forget_before(self, week: str) -> list[str]:
        destroyed = self._keys.destroy_before(week)
        self._drop_dead_weeks()
        return destroyed

    def free_bytes(self) -> int:
        return shutil.disk_usage(self._root).free

    def _find(self, digest: bytes) -> tuple[Path, Identity]:
        """The newest file of this digest, and what opens it."""
        seeds = self._keys.seeds()
        for week in sorted(seeds, reverse=True):
            path = self._root / week / digest.hex()
            if path.is_file():
                return path, Identity(seeds[week])
        raise FileNotFoundError(digest.hex())

    def _writer(self, week: str) -> "FileBlobWriter":
        incoming = self._incoming / secrets.token_hex(16)
        return FileBlobWriter(incoming, self._keys.recipient(week), partial(self._place, week))

    def _place(self, week: str, digest: bytes) -> Path:
        folder = self._root / week
        if not folder.is_dir():
            folder.mkdir(mode=0o700, exist_ok=True)
            sync_folder(self._root)
        return folder / digest.hex()

    def _week_folders(self) -> Iterator[Path]:
        return self._root.glob(_WEEK_FOLDER)

    def _drop_dead_weeks(self) -> None:
        """Delete what no key opens any more."""
        alive = self._keys.weeks()
        for folder in [each for each in self._week_folders() if each.name not in alive]:
            shutil.rmtree(folder)

    def _adopt(self) -> None:
        """Take over what was stored before there were storage keys."""
        for path in self._root.glob(f"[0-9a-f][0-9a-f]/{'?' * 64}"):
            with path.open("rb") as file, self.writer() as writer:
                shutil.copyfileobj(file, writer, CHUNK_BYTES)
                writer.finish()
            path.unlink()
        for folder in self._root.glob("[0-9a-f][0-9a-f]"):
            folder.rmdir()


class FileBlobWriter:
    """A file under a random name that gets its real one when it is complete and durable."""

    def __init__(self, path: Path, recipient: Recipient, final_path: "_Place") -> None:
        self._path = path
        self._final_path = final_path
        self._sealer = sealed.sealer(recipient)
        self._hash = hashlib.sha256()
        self._size = 0
        self._is_placed = False
        self._file = path.open("xb", buffering=0)

    def write(self, data: bytes) -> None:
        self._hash.update(data)
        self._size += len(data)
        write_all(self._file, self._sealer.update(data))

    def digest(self) -> bytes:
        return self._hash.digest()

    def finish(self) -> StoredBlob:
        blob = StoredBlob(self.digest(), self._size)
        write_all(self._file, self._sealer.finish())
        settle(self._file)
        final = self._final_path(blob.digest)
        self._path.rename(final)
        self._is_placed = True
        sync_folder(final.parent)
        return blob

    def abort(self) -> None:
        self._file.close()
        if not self._is_placed:
            self._path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.abort()


class _Place(Protocol):
    def __call__(self, digest: bytes, /) -> Path: ...


def write_all(file: BinaryIO, data: bytes) -> int:
    """Write every byte to an unbuffered file and say how many there were."""
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]
    return len(data)


def settle(file: BinaryIO) -> None:
    """Make a written file durable, forget when it was written, and close it."""
    os.utime(file.fileno(), (0, 0))
    os.fsync(file.fileno())
    file.close()


def sync_folder(folder: Path) -> None:
    """Make the names in *folder* durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
