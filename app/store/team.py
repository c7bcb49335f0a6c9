"""Queries on what reviewers tell each other."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, delete, select

from app.store.models import TeamNoteFile
from app.store.sql import insert_if_absent, table

_note: Final = table(TeamNoteFile)


@dataclass(frozen=True)
class TeamEntry:
    """A note among reviewers: its random name and H of its age file."""

    slot: bytes
    digest: bytes


def add_note(connection: Connection, slot: bytes, digest: bytes, week: str) -> bool:
    """Whether the name was free and is now this note's."""
    return insert_if_absent(connection, _note, slot=slot, digest=digest, week=week)


def find_note(connection: Connection, slot: bytes) -> bytes | None:
    """The digest under that name."""
    return connection.scalar(select(_note.c.digest).where(_note.c.slot == slot))


def delete_before(connection: Connection, week: str) -> None:
    """Delete the notes of weeks before *week*."""
    connection.execute(delete(_note).where(_note.c.week < week))


def list_notes(connection: Connection) -> tuple[TeamEntry, ...]:
    """All notes by name, which is random."""
    rows = connection.execute(select(_note.c.slot, _note.c.digest).order_by(_note.c.slot))
    return tuple(TeamEntry(*row) for row in rows)
