"""Queries on cases, their attachments and the leaves they wait for."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import Connection, bindparam, insert, select, update

from app.store.blobs import StoredBlob
from app.store.models import AcceptedLeaf, AttachmentFile, CaseFile, PendingLeaf
from app.store.sql import insert_if_absent, table

_case: Final = table(CaseFile)
_attachment: Final = table(AttachmentFile)
_leaf: Final = table(PendingLeaf)
_accepted: Final = table(AcceptedLeaf)

_FIND_REQUEST: Final = select(_case.c.request_tag, _case.c.envelope_digest).where(
    _case.c.slot == bindparam("slot")
)
_THIS: Final = _case.c.slot == bindparam("slot")
# Subqueries give a row whether or not there is such a case, at the same cost.
_FIND_CASE: Final = select(
    *(
        select(column).where(_THIS).scalar_subquery()
        for column in (_case.c.auth_hash, _case.c.status, _case.c.week, _case.c.envelope_digest)
    )
)
_FIND_LEAF: Final = select(_leaf.c.merge_by).where(_leaf.c.commitment == bindparam("commitment"))
_IS_ACCEPTED: Final = select(_accepted.c.commitment).where(
    _accepted.c.commitment == bindparam("commitment")
)
_SET_STATUS: Final = (
    update(_case)
    .where(_case.c.slot == bindparam("of"))
    .values(status=bindparam("status"), disposition=bindparam("disposition"))
)


@dataclass(frozen=True)
class FoundCase:
    """What its owner may ask about; all None where there is no such case."""

    auth_hash: bytes | None
    status: str | None
    week: str | None
    envelope_digest: bytes | None


@dataclass(frozen=True)
class CaseEntry:
    """What a desk is told about a case."""

    slot: bytes
    week: str
    status: str
    envelope: StoredBlob
    attachments: tuple[StoredBlob, ...]


def find_request(connection: Connection, slot: bytes) -> tuple[bytes, bytes] | None:
    """The request tag and envelope digest of the case, if there is one."""
    row = connection.execute(_FIND_REQUEST, {"slot": slot}).first()
    return None if row is None else (row.request_tag, row.envelope_digest)


def find_case(connection: Connection, slot: bytes) -> FoundCase:
    """The same work whether or not there is such a case."""
    return FoundCase(*connection.execute(_FIND_CASE, {"slot": slot}).one())


def set_status(connection: Connection, slot: bytes, status: str, disposition: str) -> None:
    connection.execute(_SET_STATUS, {"of": slot, "status": status, "disposition": disposition})


def add_case(
    connection: Connection,
    *,
    slot: bytes,
    auth_hash: bytes,
    roll_seed: bytes,
    week: str,
    status: str,
    envelope: StoredBlob,
    request_tag: bytes,
) -> bool:
    """Whether the slot was free and is now this case's."""
    return insert_if_absent(
        connection,
        _case,
        slot=slot,
        auth_hash=auth_hash,
        roll_seed=roll_seed,
        week=week,
        status=status,
        envelope_digest=envelope.digest,
        envelope_bytes=envelope.size,
        request_tag=request_tag,
        disposition=None,
    )


def add_attachments(connection: Connection, slot: bytes, blobs: Sequence[StoredBlob]) -> None:
    """Name the files of a case; each digest once."""
    if blobs:
        rows = [{"case_slot": slot, "digest": blob.digest, "bytes": blob.size} for blob in blobs]
        connection.execute(insert(_attachment), rows)


def add_leaf(connection: Connection, commitment: bytes, merge_by: date) -> bool:
    """Whether the commitment was new, and waits now; the log takes each one once."""
    values = {"commitment": commitment, "merge_by": merge_by}
    if connection.execute(_IS_ACCEPTED, values).first():
        return False
    return insert_if_absent(connection, _leaf, **values)


def find_leaf(connection: Connection, commitment: bytes) -> date | None:
    """The day by which a waiting leaf must be in the log."""
    return connection.execute(_FIND_LEAF, {"commitment": commitment}).scalar()


def list_cases(connection: Connection) -> tuple[CaseEntry, ...]:
    """All cases by slot, which is random."""
    attached = _attachments(connection)
    rows = connection.execute(
        select(
            _case.c.slot,
            _case.c.week,
            _case.c.status,
            _case.c.envelope_digest,
            _case.c.envelope_bytes,
        ).order_by(_case.c.slot)
    )
    return tuple(
        CaseEntry(slot, week, status, StoredBlob(digest, size), tuple(attached.get(slot, ())))
        for slot, week, status, digest, size in rows
    )


def _attachments(connection: Connection) -> Mapping[bytes, list[StoredBlob]]:
    attached: dict[bytes, list[StoredBlob]] = defaultdict(list)
    rows = connection.execute(
        select(_attachment.c.case_slot, _attachment.c.digest, _attachment.c.bytes).order_by(
            _attachment.c.digest
        )
    )
    for slot, digest, size in rows:
        attached[slot].append(StoredBlob(digest, size))
    return attached
