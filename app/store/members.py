"""Queries on applications of organisations and on the register of members."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Select, select, update

from app.store.models import MemberNote
from app.store.sql import insert_if_absent, table

APPLICATION: Final = 0
"""The `serial` of notes that are no register."""

_note: Final = table(MemberNote)
_FIELDS: Final = (_note.c.digest, _note.c.serial, _note.c.note)
_NEWEST: Final = (
    select(*_FIELDS).where(_note.c.serial > APPLICATION).order_by(_note.c.serial.desc()).limit(1)
)


@dataclass(frozen=True)
class StoredNote:
    """A note that was verified when it was stored; `digest` is H of its text."""

    digest: bytes
    serial: int
    note: str


def add(connection: Connection, note: StoredNote) -> bool:
    """Whether there was no note over this text, and there is now."""
    return insert_if_absent(connection, _note, **vars(note), is_logged=False)


def find(connection: Connection, digest: bytes) -> StoredNote | None:
    row = connection.execute(select(*_FIELDS).where(_note.c.digest == digest)).first()
    return None if row is None else StoredNote(*row)


def find_newest_register(connection: Connection) -> StoredNote | None:
    """The register with the highest serial."""
    row = connection.execute(_NEWEST).first()
    return None if row is None else StoredNote(*row)


def list_unlogged(connection: Connection) -> list[StoredNote]:
    """What the log does not have yet: applications, then registers in their order."""
    return _listed(connection, select(*_FIELDS).where(_note.c.is_logged.is_(False)))


def mark_logged(connection: Connection, digests: Iterable[bytes]) -> None:
    for digest in digests:
        connection.execute(update(_note).where(_note.c.digest == digest).values(is_logged=True))


def _listed(connection: Connection, query: Select[Any]) -> list[StoredNote]:
    rows = connection.execute(query.order_by(_note.c.serial, _note.c.digest))
    return [StoredNote(*row) for row in rows]
