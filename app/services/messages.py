"""Envelopes under one-time names: follow-ups by citizens, replies by the team."""

import hmac
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from app.domain.cases import Lane
from app.domain.errors import AlreadySentError
from app.domain.weeks import week_of
from app.services import keyrings
from app.store import messages as stored
from app.store.blobs import StoredBlob
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


def is_repeat(connection: Connection, posting: Posting) -> bool:
    """Whether the very same request was deposited before.

    Raises `AlreadySentError` if another one has taken the name.
    """
    tag = stored.find_request(connection, posting.slot)
    if tag is None:
        return False
    if not hmac.compare_digest(tag, posting.request_tag):
        raise AlreadySentError
    return True


def deposit(
    connection: Connection, posting: Posting, *, keyring: int, envelope: StoredBlob, today: date
) -> None:
    """Store a citizen's follow-up, once.

    Raises `AlreadySentError`, `StaleKeyringError`, `NoKeyringError`.
    """
    is_new = insert(connection, posting, "citizen", envelope.digest, None, today)
    if is_new:
        # Raising undoes the insert: the caller's transaction rolls back.
        keyrings.require_current(connection, keyring, today)


def insert(
    connection: Connection,
    posting: Posting,
    lane: Lane,
    digest: bytes,
    copy_digest: bytes | None,
    today: date,
) -> bool:
    """Store a message, once; False for a repeat, `AlreadySentError` on a clash."""
    is_new = stored.add_message(
        connection,
        slot=posting.slot,
        lane=lane,
        auth_hash=posting.auth_hash,
        digest=digest,
        copy_digest=copy_digest,
        request_tag=posting.request_tag,
        week=week_of(today),
    )
    return is_new or not is_repeat(connection, posting)
