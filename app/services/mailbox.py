"""What a holder of a receipt code finds, looked up so that a guesser learns nothing.

Every question costs the same work and gets an answer of the same size: one look-up of the
case, one of sixteen names, four reads of a reply's size. Names that do not exist, and names
whose owner did not show the right `auth`, are answered alike.
"""

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import Connection

from app.domain.cases import STATUS_WIDTH, UNKNOWN_STATUS
from app.domain.weeks import week_of
from app.services.envelopes import REPLY_BYTES
from app.store.blobs import BlobStore
from app.store.cases import find_case
from app.store.messages import find_replies
from crypto.encoding import sha256

NAMES: Final = 16
"""Names in one question."""

SLOTS: Final = 4
"""Replies in one answer."""

_NOBODY: Final = bytes(32)
_NAME_BYTES: Final = 32
_DIGEST_BYTES: Final = 32


@dataclass(frozen=True)
class Key:
    """A one-time name and the proof of owning it, 32 bytes each."""

    name: bytes
    auth: bytes


@dataclass(frozen=True)
class Reply:
    """An envelope of `REPLY_BYTES` under its name; random bytes where there is none."""

    name: bytes
    envelope: bytes


@dataclass(frozen=True)
class Contents:
    """`status` is `STATUS_WIDTH` characters long; `replies` are always `SLOTS`.

    `digest` is H of the stored envelope: with it and the code the holder computes what the log
    must have. `week` is when it came. For a case that is not the asker's they are random bytes
    and this week.
    """

    status: str
    week: str
    digest: bytes
    replies: tuple[Reply, ...]


def read(
    connection: Connection,
    blobs: BlobStore,
    case: Key,
    names: Sequence[Key],
    *,
    dummy: bytes,
    random: Callable[[int], bytes],
    today: date,
) -> Contents:
    """Answer for one case and the first `SLOTS` of the `NAMES` that are there.

    *dummy* is the digest of a blob of `REPLY_BYTES` that is read where no reply is.
    """
    status, week, digest = _case(connection, case, random(_DIGEST_BYTES), week_of(today))
    found = _found(connection, names)[:SLOTS]
    missing = SLOTS - len(found)
    rows = [*found, *((random(_NAME_BYTES), dummy) for _ in range(missing))]
    envelopes = [blobs.read(digest) for _, digest in rows]
    noise = [random(REPLY_BYTES) for _ in rows]
    shown = [*envelopes[: len(found)], *noise[len(found) :]]
    replies = [Reply(name, envelope) for (name, _), envelope in zip(rows, shown, strict=True)]
    return Contents(status.ljust(STATUS_WIDTH), week, digest, tuple(replies))


def _case(connection: Connection, case: Key, noise: bytes, week: str) -> tuple[str, str, bytes]:
    """Status, week and digest; *noise* and *week* for who is not the owner."""
    found = find_case(connection, sha256(case.name))
    is_owner = hmac.compare_digest(sha256(case.auth), found.auth_hash or _NOBODY)
    if is_owner and found.status and found.week and found.envelope_digest:
        return found.status, found.week, found.envelope_digest
    return UNKNOWN_STATUS, week, noise


def _found(connection: Connection, names: Sequence[Key]) -> list[tuple[bytes, bytes]]:
    """Name and digest of the replies that are there and the asker's."""
    rows = find_replies(connection, [sha256(key.name) for key in names])
    return [
        (key.name, digest)
        for key, (auth_hash, digest) in zip(names, rows, strict=True)
        if hmac.compare_digest(sha256(key.auth), auth_hash or _NOBODY) and digest
    ]
