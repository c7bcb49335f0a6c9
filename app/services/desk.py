"""What reviewers' desks do: list ciphertext, deposit replies, change a status."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.cases import Status, may_become
from app.domain.errors import (
    BadDispositionError,
    ForbiddenTransitionError,
    UnknownCaseError,
)
from app.domain.weeks import week_of
from app.services import messages
from app.services.messages import Posting
from app.store.blobs import StoredBlob
from app.store.models import AttachmentFile, CaseFile, MessageFile
from crypto.commitment import Disposition
from crypto.errors import CryptoError
from crypto.note import VerifierKey


@dataclass(frozen=True)
class CaseEntry:
    slot: bytes
    week: str
    status: str
    envelope: StoredBlob
    attachments: tuple[StoredBlob, ...]


@dataclass(frozen=True)
class MessageEntry:
    slot: bytes
    lane: str
    digest: bytes
    copy: bytes | None


@dataclass(frozen=True)
class Inventory:
    """Everything there is, ordered by slot, which is random."""

    cases: tuple[CaseEntry, ...]
    messages: tuple[MessageEntry, ...]


def inventory(session: Session) -> Inventory:
    """The list of all ciphertext. A desk tells from the slots what is new to it."""
    attached: dict[bytes, list[StoredBlob]] = defaultdict(list)
    for row in session.execute(
        select(AttachmentFile.case_slot, AttachmentFile.digest, AttachmentFile.bytes).order_by(
            AttachmentFile.digest
        )
    ):
        attached[row.case_slot].append(StoredBlob(row.digest, row.bytes))
    return Inventory(_cases(session, attached), _messages(session))


def _cases(session: Session, attached: dict[bytes, list[StoredBlob]]) -> tuple[CaseEntry, ...]:
    rows = session.execute(
        select(
            CaseFile.slot,
            CaseFile.week,
            CaseFile.status,
            CaseFile.envelope_digest,
            CaseFile.envelope_bytes,
        ).order_by(CaseFile.slot)
    )
    return tuple(
        CaseEntry(slot, week, status, StoredBlob(digest, size), tuple(attached[slot]))
        for slot, week, status, digest, size in rows
    )


def _messages(session: Session) -> tuple[MessageEntry, ...]:
    rows = session.execute(
        select(
            MessageFile.slot, MessageFile.lane, MessageFile.digest, MessageFile.copy_digest
        ).order_by(MessageFile.slot)
    )
    return tuple(MessageEntry(*row) for row in rows)


def deposit_reply(
    session: Session, posting: Posting, *, envelope: StoredBlob, copy: StoredBlob, today: date
) -> None:
    """Store a reply and the colleagues' copy of it, once; `AlreadySentError` on a clash."""
    if not messages.is_repeat(session, posting):
        messages.insert(session, posting, "team", envelope.digest, copy.digest, today)


def set_status(
    session: Session,
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
    case = session.get(CaseFile, disposition.slot)
    if case is None:
        raise UnknownCaseError
    wanted = Status(disposition.status)
    if not may_become(Status(case.status), wanted):
        raise ForbiddenTransitionError
    case.status = wanted
    case.disposition = untrusted_note
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
