"""Queries on messages under one-time names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.domain.cases import Lane
from app.store.models import MessageFile
from app.store.sql import insert_if_absent, table

_message: Final = table(MessageFile)
_FIND_TAG: Final = select(_message.c.request_tag).where(_message.c.slot == bindparam("slot"))
_FIND_REPLIES: Final = select(_message.c.slot, _message.c.auth_hash, _message.c.digest).where(
    _message.c.slot.in_(bindparam("slots", expanding=True)), _message.c.lane == "team"
)


@dataclass(frozen=True)
class MessageEntry:
    """What a desk is told about a message."""

    slot: bytes
    lane: str
    digest: bytes
    copy: bytes | None


def find_request(session: Session, slot: bytes) -> bytes | None:
    """The tag of the request that took this name, if one did."""
    return session.execute(_FIND_TAG, {"slot": slot}).scalar()


def find_replies(session: Session, slots: Sequence[bytes]) -> Mapping[bytes, tuple[bytes, bytes]]:
    """The replies among *slots*: hash of the owner's proof, and digest."""
    rows = session.execute(_FIND_REPLIES, {"slots": slots})
    return {slot: (auth_hash, digest) for slot, auth_hash, digest in rows}


def add_message(
    session: Session,
    *,
    slot: bytes,
    lane: Lane,
    auth_hash: bytes,
    digest: bytes,
    copy_digest: bytes | None,
    request_tag: bytes,
    week: str,
) -> bool:
    """Whether the slot was free and is now this message's."""
    return insert_if_absent(
        session,
        _message,
        slot=slot,
        lane=lane,
        auth_hash=auth_hash,
        digest=digest,
        copy_digest=copy_digest,
        request_tag=request_tag,
        week=week,
    )


def list_messages(session: Session) -> tuple[MessageEntry, ...]:
    """All messages by slot, which is random."""
    rows = session.execute(
        select(
            _message.c.slot, _message.c.lane, _message.c.digest, _message.c.copy_digest
        ).order_by(_message.c.slot)
    )
    return tuple(MessageEntry(slot, lane, digest, copy) for slot, lane, digest, copy in rows)
