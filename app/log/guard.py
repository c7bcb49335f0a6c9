"""The signer guard: what was last signed, kept apart from everything that is backed up.

Two databases restored to different days would make the log sign two trees. The guard is a tiny
file that never goes back: a checkpoint leaves this machine only after the guard has it, and
the guard takes it only with a proof that it continues the one before.
"""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from app.log.errors import RestoredError
from crypto.errors import InvalidProofError, MalformedProofError
from crypto.tlog.checkpoint import Checkpoint
from crypto.tlog.merkle import EMPTY_ROOT, verify_consistency

Proof = Callable[[int], Sequence[bytes]]
"""Gives the consistency proof from the tree of that size."""

_TABLE: Final = (
    "CREATE TABLE IF NOT EXISTS signed ("
    "origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL) WITHOUT ROWID"
)


class SignerGuard:
    """One file; one row for each log that was ever signed on this machine."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def exists(self) -> bool:
        return self._path.exists()

    def last(self, origin: str) -> Checkpoint:
        """What was last signed; the empty tree before the first time."""
        if not self.exists:
            return Checkpoint(origin, 0, EMPTY_ROOT)
        with closing(self._open()) as database:
            return _last(database, origin)

    def require(self, checkpoint: Checkpoint, proof: Proof) -> None:
        """Raise `RestoredError` unless *checkpoint* continues the last one."""
        _require_continues(self.last(checkpoint.origin), checkpoint, proof)

    def advance(self, checkpoint: Checkpoint, proof: Proof) -> None:
        """Remember *checkpoint*, durably; `RestoredError` unless it continues the last one."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with closing(self._open()) as database:
            database.execute("BEGIN IMMEDIATE")
            database.execute(_TABLE)
            _require_continues(_last(database, checkpoint.origin), checkpoint, proof)
            database.execute(
                "INSERT OR REPLACE INTO signed VALUES (?, ?, ?)",
                (checkpoint.origin, checkpoint.size, checkpoint.root),
            )
            database.execute("COMMIT")

    def _open(self) -> sqlite3.Connection:
        database = sqlite3.connect(self._path, isolation_level=None)
        database.execute("PRAGMA synchronous=EXTRA")
        return database


def _last(database: sqlite3.Connection, origin: str) -> Checkpoint:
    known = database.execute("SELECT name FROM sqlite_master WHERE name = 'signed'").fetchone()
    query = "SELECT size, root FROM signed WHERE origin = ?"
    row = database.execute(query, (origin,)).fetchone() if known else None
    return Checkpoint(origin, *row) if row else Checkpoint(origin, 0, EMPTY_ROOT)


def _require_continues(last: Checkpoint, new: Checkpoint, proof: Proof) -> None:
    if new.size < last.size:
        raise RestoredError(
            f"a tree of {last.size} leaves was signed on this machine, and the database has "
            f"{new.size}: it is an old copy, and the log must not go on from it"
        )
    try:
        verify_consistency(last.size, new.size, proof(last.size), last.root, new.root)
    except (InvalidProofError, MalformedProofError):
        raise RestoredError(
            f"the database does not continue the tree of {last.size} leaves that was signed on "
            "this machine: the log must not go on from it"
        ) from None
