"""Queries on keyrings."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import Connection, bindparam, func, insert, select

from app.store.models import KeyringNote
from app.store.sql import table

_keyring: Final = table(KeyringNote)
_NOTES: Final = select(_keyring.c.serial, _keyring.c.note)
_NEWEST: Final = _NOTES.order_by(_keyring.c.serial.desc()).limit(1)
_VALID: Final = (
    _keyring.c.not_before <= bindparam("today"),
    _keyring.c.not_after > bindparam("today"),
)
_CURRENT: Final = _NEWEST.where(*_VALID)
CURRENT_SERIAL: Final = select(func.max(_keyring.c.serial)).where(*_VALID)
_FIND: Final = _NOTES.where(_keyring.c.serial == bindparam("serial"))
_FIND_VALID: Final = _FIND.where(*_VALID)


@dataclass(frozen=True)
class StoredKeyring:
    """A keyring that was verified when it was stored."""

    serial: int
    note: str


def find(connection: Connection, serial: int) -> StoredKeyring | None:
    row = connection.execute(_FIND, {"serial": serial}).first()
    return None if row is None else StoredKeyring(*row)


def find_valid(connection: Connection, serial: int, today: date) -> StoredKeyring | None:
    """The keyring with this serial, if today is one of its days."""
    row = connection.execute(_FIND_VALID, {"serial": serial, "today": today}).first()
    return None if row is None else StoredKeyring(*row)


def find_newest(connection: Connection) -> StoredKeyring | None:
    """The keyring with the highest serial, whenever it is valid."""
    row = connection.execute(_NEWEST).first()
    return None if row is None else StoredKeyring(*row)


def find_current(connection: Connection, today: date) -> StoredKeyring | None:
    """Of the keyrings that are valid today, the one with the highest serial."""
    row = connection.execute(_CURRENT, {"today": today}).first()
    return None if row is None else StoredKeyring(*row)


def find_current_serial(connection: Connection, today: date) -> int | None:
    """That of `find_current`, without reading a note of many kilobytes."""
    return connection.execute(CURRENT_SERIAL, {"today": today}).scalar()


def list_beginnings(connection: Connection, after: date) -> list[date]:
    """The first days of the keyrings that are not valid before *after*."""
    begins = select(_keyring.c.not_before).where(_keyring.c.not_before > after)
    return list(connection.execute(begins).scalars())


def add(
    connection: Connection, serial: int, note: str, *, not_before: date, not_after: date
) -> None:
    connection.execute(
        insert(_keyring),
        {"serial": serial, "note": note, "not_before": not_before, "not_after": not_after},
    )
