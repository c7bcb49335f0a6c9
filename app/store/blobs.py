"""Ciphertext, addressed by its SHA-256.

The interface is `BlobStore`; `FileBlobStore` keeps `blobs/ab/<hex digest>`. A blob is
durable when `finish` returns: written, fsynced, renamed, and its folder fsynced. Times of
files are set to zero, because a modification time is a time of arrival.
"""

import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Protocol, Self

CHUNK_BYTES: Final = 65_536


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

    def free_bytes(self) -> int: ...


class FileBlobStore:
    """`BlobStore` on a local file system. Missing digests raise `FileNotFoundError`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._incoming = root / "incoming"

    def prepare(self) -> None:
        """Create the folders and drop what a crash left half written."""
        self._incoming.mkdir(mode=0o700, parents=True, exist_ok=True)
        for leftover in self._incoming.iterdir():
            leftover.unlink()
        for byte in range(256):
            (self._root / f"{byte:02x}").mkdir(mode=0o700, exist_ok=True)
        sync_folder(self._root)

    def put(self, data: bytes) -> StoredBlob:
        with self.writer() as writer:
            writer.write(data)
            return writer.finish()

    def writer(self) -> "FileBlobWriter":
        return FileBlobWriter(self._incoming / secrets.token_hex(16), self.path)

    def path(self, digest: bytes) -> Path:
        name = digest.hex()
        return self._root / name[:2] / name

    def open(self, digest: bytes) -> BinaryIO:
        return self.path(digest).open("rb")

    def read(self, digest: bytes) -> bytes:
        return self.path(digest).read_bytes()

    def exists(self, digest: bytes) -> bool:
        return self.path(digest).is_file()

    def size(self, digest: bytes) -> int:
        return self.path(digest).stat().st_size

    def delete(self, digest: bytes) -> None:
        path = self.path(digest)
        path.unlink(missing_ok=True)
        sync_folder(path.parent)

    def digests(self) -> Iterator[bytes]:
        for folder in self._root.glob("[0-9a-f][0-9a-f]"):
            for path in folder.iterdir():
                yield bytes.fromhex(path.name)

    def free_bytes(self) -> int:
        return shutil.disk_usage(self._root).free


class FileBlobWriter:
    """A file under a random name that gets its real one when it is complete and durable."""

    def __init__(self, path: Path, final_path: "_Place") -> None:
        self._path = path
        self._final_path = final_path
        self._hash = hashlib.sha256()
        self._size = 0
        self._file = path.open("xb", buffering=0)

    def write(self, data: bytes) -> None:
        self._hash.update(data)
        self._size += write_all(self._file, data)

    def digest(self) -> bytes:
        return self._hash.digest()

    def finish(self) -> StoredBlob:
        blob = StoredBlob(self.digest(), self._size)
        settle(self._file)
        final = self._final_path(blob.digest)
        self._path.rename(final)
        sync_folder(final.parent)
        return blob

    def abort(self) -> None:
        self._file.close()
        with suppress(FileNotFoundError):
            self._path.unlink()

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
