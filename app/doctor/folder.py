"""An instance's folder, read as whoever seizes the server would; nothing is changed.

The database is opened read-only and its raw pages are looked at, because some settings of SQLite
leave no other trace than what deleted rows left behind.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import struct
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from app.doctor.machine import Machine
from app.settings import Settings

SERVE_LOCK: Final = "serve.lock"
_HEADER_BYTES: Final = 100
_WAL: Final = 2
_LARGEST_PAGE: Final = 65_536
_SQLITE: Final = "sqlite:///"


class Database:
    """A SQLite file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with path.open("rb") as file:
            self._header = file.read(_HEADER_BYTES)

    @property
    def wal(self) -> Path:
        return self.path.with_name(f"{self.path.name}-wal")

    @property
    def is_wal(self) -> bool:
        return self._header[18] == self._header[19] == _WAL

    def count(self, query: str, *given: object) -> int:
        with closing(self._open()) as connection:
            return int(connection.execute(query, given).fetchone()[0])

    def text(self, query: str) -> str | None:
        with closing(self._open()) as connection:
            value = connection.execute(query).fetchone()[0]
        return None if value is None else str(value)

    def _open(self) -> sqlite3.Connection:
        # Without a log to read, nothing needs be created beside the file.
        has_log = self.wal.exists() and self.wal.stat().st_size > 0
        how = "mode=ro" if has_log else "mode=ro&immutable=1"
        return sqlite3.connect(f"{self.path.absolute().as_uri()}?{how}", uri=True)

    def pages_with_remains(self) -> int:
        """How many free pages still hold what was deleted from them."""
        return sum(any(page) for page in self._free_pages())

    def _free_pages(self) -> Iterator[bytes]:
        size = int.from_bytes(self._header[16:18], "big")
        size = _LARGEST_PAGE if size == 1 else size
        trunk = int.from_bytes(self._header[32:36], "big")
        seen: set[int] = set()
        with self.path.open("rb") as file:
            while trunk and trunk not in seen:
                seen.add(trunk)
                page = _page(file.fileno(), size, trunk)
                trunk, count = struct.unpack_from(">II", page)
                for number in struct.unpack_from(f">{min(count, size // 4 - 2)}I", page, 8):
                    yield _page(file.fileno(), size, number)


def _page(descriptor: int, size: int, number: int) -> bytes:
    # Beyond its end a file has only zeros.
    return os.pread(descriptor, size, (number - 1) * size).ljust(size, b"\0")


@dataclass(frozen=True)
class Instance:
    """`logs` are folders in which other programs write about requests."""

    settings: Settings
    machine: Machine
    today: date
    now: float
    temporary: Path
    logs: tuple[Path, ...] = ()

    @property
    def is_trial(self) -> bool:
        """Reached on this machine only: what the machine is like is nobody's fault yet."""
        return self.settings.site_url.startswith(("http://127.0.0.1", "http://localhost"))

    @property
    def data(self) -> Path:
        return self.settings.data

    @property
    def database(self) -> Database | None:
        """None where the rows are elsewhere."""
        url = self.settings.database_url
        path = Path(url.removeprefix(_SQLITE))
        return Database(path) if url.startswith(_SQLITE) and path.is_file() else None

    @property
    def keys(self) -> list[Path]:
        """Secret files, wherever the settings put them."""
        settings = self.settings
        named = {
            settings.promise_key_path,
            settings.session_key_path,
            settings.log_key_path,
            settings.ml_dsa_key_path,
            settings.release_key_path,
        }
        return sorted(path for path in {*named, *(self.data / "keys").rglob("*")} if path.is_file())

    def files(self) -> Iterator[tuple[Path, os.stat_result]]:
        """Every file and folder below the instance's own."""
        return _states(self.data.rglob("*"))

    def blobs(self) -> Iterator[tuple[Path, os.stat_result]]:
        """Every file of ciphertext that is complete."""
        root = self.settings.blobs_path
        incoming = root / "incoming"
        found = _states(path for path in root.rglob("*") if path.parent != incoming)
        return ((path, state) for path, state in found if stat.S_ISREG(state.st_mode))


def _states(paths: Iterable[Path]) -> Iterator[tuple[Path, os.stat_result]]:
    """What each of *paths* is; a site at work takes some of them away meanwhile."""
    for path in sorted(paths):
        with suppress(FileNotFoundError):
            yield path, path.stat()
