"""What a witness remembers: the last tree of each log that it has cosigned.

Checking against it and replacing it are one transaction, durable before anyone is answered:
else two requests at once could make the witness forget leaves.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_TABLE: Final = (
    "CREATE TABLE IF NOT EXISTS seen (origin TEXT PRIMARY KEY, size INTEGER NOT NULL, "
    "root BLOB NOT NULL, note TEXT NOT NULL) WITHOUT ROWID"
)


@dataclass(frozen=True)
class Seen:
    """The tree, and the checkpoint as it is handed out, with the witness's own line."""

    size: int
    root: bytes
    note: str


class Memory:
    """A file with one row for each log."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def find(self, origin: str) -> Seen | None:
        with closing(self._open()) as database:
            return _find(database, origin)

    @contextmanager
    def changing(self, origin: str) -> "Iterator[Record]":
        """The row of one log, for one writer at a time; undone if anything is raised."""
        with closing(self._open()) as database:
            database.execute("BEGIN IMMEDIATE")
            yield Record(database, origin)
            database.execute("COMMIT")

    def _open(self) -> sqlite3.Connection:
        database = sqlite3.connect(self._path, isolation_level=None, timeout=10)
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        database.execute(_TABLE)
        return database


class Record:
    """One log's row inside a transaction."""

    def __init__(self, database: sqlite3.Connection, origin: str) -> None:
        self._database = database
        self._origin = origin
        self.seen = _find(database, origin)

    def replace(self, seen: Seen) -> None:
        row = (self._origin, seen.size, seen.root, seen.note)
        self._database.execute("INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?)", row)


def _find(database: sqlite3.Connection, origin: str) -> Seen | None:
    query = "SELECT size, root, note FROM seen WHERE origin = ?"
    row = database.execute(query, (origin,)).fetchone()
    return Seen(*row) if row else None
