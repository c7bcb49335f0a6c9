"""Lock-down: while a file of this name lies in the data folder, the site can only be read.

A file, because the running site must notice at once, whoever puts it there, and because it
needs no working database. It is empty: why and when is nobody's business.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from app.store.blobs import sync_folder

FILE_NAME: Final = "lockdown"


def is_locked(data: Path) -> bool:
    """Whether the site of the folder *data* can only be read."""
    return (data / FILE_NAME).exists()


def lock(data: Path) -> None:
    os.close(os.open(data / FILE_NAME, os.O_WRONLY | os.O_CREAT, 0o600))
    sync_folder(data)


def unlock(data: Path) -> None:
    with suppress(FileNotFoundError):
        (data / FILE_NAME).unlink()
    sync_folder(data)
