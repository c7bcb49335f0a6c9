"""Writing files so that a crash leaves the former or the new one, never half of one.

Everything is readable by its owner only, from the first byte on.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

UNFINISHED: Final = ".new"


def make_folder(path: Path) -> None:
    """Create *path* for its owner alone; tighten it if it is there."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.chmod(0o700)


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """Yield a writer; *path* appears, synced, only if the block ends without an error."""
    unfinished = path.with_name(secrets.token_hex(16) + UNFINISHED)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            # Says to `remove_unfinished` that somebody is at work here.
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield file
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        sync_folder(path.parent)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def replace_file(path: Path, content: bytes) -> None:
    """Give *path* this content, all of it or nothing."""
    with new_file(path) as file:
        file.write(content)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other threads and processes out of what *folder* guards. Not to be nested.

    The pages and the commands of one desk may run at the same time.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_unfinished(folder: Path) -> None:
    """Remove what a crash left half-written, and nothing that is being written now."""
    for path in folder.glob(f"*{UNFINISHED}"):
        with suppress(FileNotFoundError, BlockingIOError), path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()
