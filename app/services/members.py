"""The register of members: published with the applications it admits, and kept by keyrings."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from sqlalchemy import Connection

from app.domain.errors import CorrectError
from app.services import keyrings
from app.store import keyrings as stored_keyrings
from app.store import members
from app.store.members import APPLICATION, StoredNote
from crypto.encoding import sha256
from crypto.errors import MembershipError
from crypto.keyring import Keyring, Roots
from crypto.membership import Member, Register, open_application, open_register
from crypto.note import read_text_unverified
from crypto.tlog.leaves import MemberLeaf


class RegisterConflictError(CorrectError):
    """The register, or a keyring, does not follow what is published; the message says why."""


@dataclass(frozen=True)
class Publishing:
    """What key officers bring in one go: applications, and the register that admits them."""

    untrusted_applications: Sequence[str]
    untrusted_register: str | None


def publish(
    connection: Connection, publishing: Publishing, roots: Roots, origin: str, today: date
) -> Register | None:
    """Verify a register and store it with its applications; the same again changes nothing.

    The vouches are counted once more, by today's keyring. Raises the errors of `open_register`
    and of `open_application`, `MalformedLeafError`, `RegisterConflictError`.
    """
    if publishing.untrusted_register is None:
        return None
    register = _verified(publishing.untrusted_register, roots, origin=origin)
    before = current(connection, roots, origin)
    if before and before.digest == register.digest:
        return register
    _require_successor(register, before)
    _add(connection, StoredNote(register.digest, register.serial, publishing.untrusted_register))
    notes = dict(_digested(publishing.untrusted_applications))
    for member in register.newly_admitted(before):
        if member.admission and before:
            note = notes.get(member.admission.application)
            if note is None:
                raise RegisterConflictError(
                    f"{member.slug}: publish its application too (`--application`)"
                )
            keyring = keyrings.open_current(connection, roots, origin, today)
            _require_vouched(note, member, before, keyring)
            _add(connection, StoredNote(member.admission.application, APPLICATION, note))
    return register


def current(connection: Connection, roots: Roots, origin: str) -> Register | None:
    """The newest register, its signatures verified; None before the first."""
    newest = members.find_newest_register(connection)
    return _verified(newest.note, roots, origin=origin) if newest else None


def require_consistent(connection: Connection, roots: Roots, origin: str, today: date) -> None:
    """Raise `RegisterConflictError` unless every keyring to come is as the register says."""
    register = current(connection, roots, origin)
    if register is None:
        return
    for day in sorted(set(_days(connection, register, today))):
        found = stored_keyrings.find_current(connection, day)
        if found is None:
            continue
        keyring = keyrings.open_any(found.note, roots, origin)
        try:
            register.require_admits(keyring, day)
        except MembershipError as exc:
            raise RegisterConflictError(f"the keyring of {day}: {exc}") from exc


def _days(connection: Connection, register: Register, today: date) -> Iterator[date]:
    """The days from today on at which another keyring, or a removal, begins to count."""
    yield today
    yield from stored_keyrings.list_beginnings(connection, after=today)
    for member in register.members:
        if member.revocation and member.revocation.on > today:
            yield member.revocation.on


def _require_successor(register: Register, before: Register | None) -> None:
    if before is None and register.serial != 1:
        raise RegisterConflictError(f"register 1 comes first, not {register.serial}")
    try:
        if before:
            register.require_follows(before)
    except MembershipError as exc:
        raise RegisterConflictError(str(exc)) from exc


def _require_vouched(note: str, member: Member, before: Register, keyring: Keyring) -> None:
    known = before.may_vouch(keyring)
    _, vouched = open_application(note, known, origin=before.origin)
    claimed = set(member.admission.vouched) if member.admission else set()
    if not claimed <= vouched:
        missing = ", ".join(sorted(claimed - vouched))
        raise RegisterConflictError(f"{member.slug}: {missing} has not vouched, or may not")


def _add(connection: Connection, note: StoredNote) -> None:
    # What the log cannot carry would stop it: MalformedLeafError.
    MemberLeaf(note.note)
    members.add(connection, note)


def _digested(notes: Sequence[str]) -> Iterator[tuple[bytes, str]]:
    for note in notes:
        yield sha256(read_text_unverified(note).encode()), note


_verified = lru_cache(maxsize=4)(open_register)
