"""What reviewers' desks do: list ciphertext, deposit replies, change a status."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection

from app.domain.cases import Status, may_become
from app.domain.errors import (
    BadDispositionError,
    ForbiddenTransitionError,
    UnknownCaseError,
)
from app.domain.weeks import week_of
from app.services import messages
from app.services.messages import Posting
from app.store import cases
from app.store import messages as stored_messages
from app.store.blobs import StoredBlob
from app.store.cases import CaseEntry
from app.store.messages import MessageEntry
from crypto.commitment import Disposition
from crypto.errors import CryptoError
from crypto.note import VerifierKey


@dataclass(frozen=True)
class Inventory:
    """Everything there is, ordered by slot, which is random."""

    cases: tuple[CaseEntry, ...]
    messages: tuple[MessageEntry, ...]


def inventory(connection: Connection) -> Inventory:
    """The list of all ciphertext. A desk tells from the slots what is new to it."""
    return Inventory(cases.list_cases(connection), stored_messages.list_messages(connection))


def deposit_reply(
    connection: Connection, posting: Posting, *, envelope: StoredBlob, copy: StoredBlob, today: date
) -> None:
    """Store a reply and the colleagues' copy of it, once; `AlreadySentError` on a clash."""
    messages.insert(connection, posting, "team", envelope.digest, copy.digest, today)


def set_status(
    connection: Connection,
    untrusted_note: str,
    devices: Sequence[VerifierKey],
    *,
    origin: str,
    today: date,
) -> Status:
    """Apply a signed disposition and return the status the case has now.

    Raises `BadDispositionError`, `UnknownCaseError`, `ForbiddenTransitionError`.
    """
    disposition = _verified(untrusted_note, devices, origin, today)
    before = cases.find_case(connection, disposition.slot).status
    if before is None:
        raise UnknownCaseError
    wanted = Status(disposition.status)
    if not may_become(Status(before), wanted):
        raise ForbiddenTransitionError
    cases.set_status(connection, disposition.slot, wanted, untrusted_note)
    return wanted


def _verified(
    untrusted_note: str, devices: Sequence[VerifierKey], origin: str, today: date
) -> Disposition:
    try:
        disposition, _ = Disposition.open(untrusted_note, tuple(devices), origin=origin)
    except CryptoError as exc:
        raise BadDispositionError from exc
    # A desk that worked before midnight on Sunday may arrive after it.
    if disposition.week not in {week_of(today), week_of(today - timedelta(weeks=1))}:
        raise BadDispositionError
    return disposition
