"""Queries on messages under one-time names."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from sqlalchemy import (
    Connection,
    Integer,
    LargeBinary,
    Select,
    and_,
    bindparam,
    delete,
    literal_column,
    select,
    union_all,
)

from app.domain.cases import Lane
from app.store.models import MessageFile
from app.store.sql import insert_if_absent, table

_message: Final = table(MessageFile)
_FIND_TAG: Final = select(_message.c.request_tag).where(_message.c.slot == bindparam("slot"))


@dataclass(frozen=True)
class MessageEntry:
    """What a desk is told about a message."""

    slot: bytes
    lane: str
    digest: bytes
    copy: bytes | None


def find_request(connection: Connection, slot: bytes) -> bytes | None:
    """The tag of the request that took this name, if one did."""
    return connection.execute(_FIND_TAG, {"slot": slot}).scalar()


def find_replies(
    connection: Connection, slots: Sequence[bytes]
) -> list[tuple[bytes | None, bytes | None]]:
    """For each of *slots*: the hash of the owner's proof and the digest, None without a reply.

    There are as many rows as questions, so that a slot which is free costs what another does.
    """
    asked = {f"slot{place}": slot for place, slot in enumerate(slots)}
    rows = connection.execute(_find_replies(len(slots)), asked)
    return [(auth_hash, digest) for _, auth_hash, digest in rows]


@lru_cache
def _find_replies(count: int) -> Select[int, bytes | None, bytes | None]:
    questions = [
        select(
            literal_column(str(place), Integer).label("place"),
            bindparam(f"slot{place}", type_=LargeBinary).label("slot"),
        )
        for place in range(count)
    ]
    asked = union_all(*questions).cte("asked")
    is_answer = and_(_message.c.slot == asked.c.slot, _message.c.lane == "team")
    return (
        select(asked.c.place, _message.c.auth_hash, _message.c.digest)
        .select_from(asked.outerjoin(_message, is_answer))
        .order_by(asked.c.place)
    )


def add_message(
    connection: Connection,
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
        connection,
        _message,
        slot=slot,
        lane=lane,
        auth_hash=auth_hash,
        digest=digest,
        copy_digest=copy_digest,
        request_tag=request_tag,
        week=week,
    )


def delete_before(connection: Connection, week: str) -> None:
    """Delete the messages of weeks before *week*."""
    connection.execute(delete(_message).where(_message.c.week < week))


def list_messages(connection: Connection) -> tuple[MessageEntry, ...]:
    """All messages by slot, which is random."""
    rows = connection.execute(
        select(
            _message.c.slot, _message.c.lane, _message.c.digest, _message.c.copy_digest
        ).order_by(_message.c.slot)
    )
    return tuple(MessageEntry(slot, lane, digest, copy) for slot, lane, digest, copy in rows)
