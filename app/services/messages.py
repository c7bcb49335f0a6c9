"""Envelopes under one-time names: follow-ups by citizens, replies by the team."""

import hmac
from dataclasses import dataclass
from datetime import date

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.cases import Lane
from app.domain.errors import AlreadySentError
from app.domain.weeks import week_of
from app.services import keyrings
from app.store.blobs import StoredBlob
from app.store.models import MessageFile
from crypto.encoding import sha256


@dataclass(frozen=True)
class Posting:
    """A message under *name*; all bytes are 32 long.

    `request_tag` is a digest of the whole request, for telling a repeat from a clash.
    """

    name: bytes
    auth_hash: bytes
    request_tag: bytes

    @property
    def slot(self) -> bytes:
        return sha256(self.name)


def is_repeat(session: Session, posting: Posting) -> bool:
    """Whether the very same request was deposited before.

    Raises `AlreadySentError` if another one has taken the name.
    """
    message = session.get(MessageFile, posting.slot)
    if message is None:
        return False
    if not hmac.compare_digest(message.request_tag, posting.request_tag):
        raise AlreadySentError
    return True


def deposit(
    session: Session, posting: Posting, *, keyring: int, envelope: StoredBlob, today: date
) -> None:
    """Store a citizen's follow-up, once.

    Raises `AlreadySentError`, `StaleKeyringError`, `NoKeyringError`.
    """
    if not is_repeat(session, posting):
        keyrings.require_current(session, keyring, today)
        insert(session, posting, "citizen", envelope.digest, None, today)


def insert(
    session: Session,
    posting: Posting,
    lane: Lane,
    digest: bytes,
    copy_digest: bytes | None,
    today: date,
) -> None:
    """Store a message that `is_repeat` has not found."""
    message = MessageFile(
        slot=posting.slot,
        lane=lane,
        auth_hash=posting.auth_hash,
        digest=digest,
        copy_digest=copy_digest,
        request_tag=posting.request_tag,
        week=week_of(today),
    )
    try:
        with session.begin_nested():
            session.add(message)
    except IntegrityError:
        if not is_repeat(session, posting):
            raise
