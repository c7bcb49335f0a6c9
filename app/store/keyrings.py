"""Queries on keyrings."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import Session

from app.store.models import KeyringNote
from app.store.sql import table

_keyring: Final = table(KeyringNote)
_NOTES: Final = select(_keyring.c.serial, _keyring.c.note)
_NEWEST: Final = _NOTES.order_by(_keyring.c.serial.desc()).limit(1)
_CURRENT: Final = _NEWEST.where(
    _keyring.c.not_before <= bindparam("today"), _keyring.c.not_after > bindparam("today")
)
_FIND: Final = _NOTES.where(_keyring.c.serial == bindparam("serial"))


@dataclass(frozen=True)
class StoredKeyring:
    """A keyring that was verified when it was stored."""

    serial: int
    note: str


def find(session: Session, serial: int) -> StoredKeyring | None:
    row = session.execute(_FIND, {"serial": serial}).first()
    return None if row is None else StoredKeyring(*row)


def find_newest(session: Session) -> StoredKeyring | None:
    """The keyring with the highest serial, whenever it is valid."""
    row = session.execute(_NEWEST).first()
    return None if row is None else StoredKeyring(*row)


def find_current(session: Session, today: date) -> StoredKeyring | None:
    """Of the keyrings that are valid today, the one with the highest serial."""
    row = session.execute(_CURRENT, {"today": today}).first()
    return None if row is None else StoredKeyring(*row)


def add(session: Session, serial: int, note: str, *, not_before: date, not_after: date) -> None:
    session.execute(
        insert(_keyring),
        {"serial": serial, "note": note, "not_before": not_before, "not_after": not_after},
    )
