"""Keyrings: published ahead, verified before they are stored and again when they are used."""

from datetime import date
from functools import lru_cache

from sqlalchemy import Connection

from app.domain.errors import CorrectError, NoKeyringError, StaleKeyringError
from app.store import keyrings as stored
from app.store.keyrings import StoredKeyring
from crypto.keyring import Keyring, Roots, open_keyring_of_any_week
from crypto.note import read_text_unverified
from crypto.tlog.leaves import KeyringLeaf


class KeyringConflictError(CorrectError):
    """The keyring does not follow the ones already published; the message says why."""


def publish(connection: Connection, untrusted_note: str, roots: Roots, origin: str) -> Keyring:
    """Verify a keyring and store it; the same note again changes nothing.

    Raises the errors of `open_keyring_of_any_week`, `MalformedLeafError` if it is too long for
    the log, and `KeyringConflictError` if its serial is taken or `previous` is not the digest of
    the keyring before it.
    """
    keyring = _verified(untrusted_note, roots, origin=origin)
    # What the log cannot carry would stop it: MalformedLeafError.
    KeyringLeaf(untrusted_note)
    taken = stored.find(connection, keyring.serial)
    if taken is None:
        _require_successor(connection, keyring, roots, origin)
        stored.add(
            connection,
            keyring.serial,
            untrusted_note,
            not_before=keyring.not_before,
            not_after=keyring.not_after,
        )
    elif taken.note != untrusted_note:
        raise KeyringConflictError(f"serial {keyring.serial} is already another keyring")
    return keyring


def current(connection: Connection, today: date) -> StoredKeyring:
    """The newest keyring that is valid today; `NoKeyringError` if there is none."""
    keyring = stored.find_current(connection, today)
    if keyring is None:
        raise NoKeyringError
    return keyring


def require_current(connection: Connection, serial: int, today: date) -> None:
    """Raise `StaleKeyringError` unless *serial* is today's keyring."""
    now = stored.find_current_serial(connection, today)
    if now is None:
        raise NoKeyringError
    if now != serial:
        raise StaleKeyringError


def require_usable(
    connection: Connection, serial: int, today: date, *, current_serial: int | None
) -> None:
    """Raise `StaleKeyringError` unless what is sealed to *serial* may still come in.

    That is today's keyring, or an earlier one that is still valid and whose readers all read
    today: what an offline page seals on a Sunday comes in a week that has begun since.
    """
    if current_serial == serial:
        return
    now, earlier = current(connection, today), stored.find_valid(connection, serial, today)
    if earlier is None or not _readers(earlier) <= _readers(now):
        raise StaleKeyringError


def open_current(connection: Connection, roots: Roots, origin: str, today: date) -> Keyring:
    """Today's keyring, its signatures verified."""
    return _verified(current(connection, today).note, roots, origin=origin)


def open_any(note: str, roots: Roots, origin: str) -> Keyring:
    """A stored keyring of whatever week, its signatures verified."""
    return _verified(note, roots, origin=origin)


def _readers(keyring: StoredKeyring) -> set[bytes]:
    parsed = Keyring.parse(read_text_unverified(keyring.note))
    return {device.public for device in parsed.devices}


# Checking signatures costs half a millisecond; the note that is current changes once a week.
_verified = lru_cache(maxsize=8)(open_keyring_of_any_week)


def _require_successor(connection: Connection, keyring: Keyring, roots: Roots, origin: str) -> None:
    newest = stored.find_newest(connection)
    if newest is None:
        return
    if keyring.serial != newest.serial + 1:
        raise KeyringConflictError(f"serial {newest.serial + 1} comes next, not {keyring.serial}")
    if keyring.previous != _verified(newest.note, roots, origin=origin).digest:
        raise KeyringConflictError("it does not name the digest of the keyring before it")
