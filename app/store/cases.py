"""Queries on cases, their attachments and the leaves they wait for."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import Connection, bindparam, delete, exists, func, insert, select, update

from app.store.blobs import StoredBlob
from app.store.models import (
    AcceptedLeaf,
    AttachmentFile,
    CaseFile,
    PendingLeaf,
    SpentStatement,
)
from app.store.sql import insert_if_absent, insert_selected, table

_case: Final = table(CaseFile)
_attachment: Final = table(AttachmentFile)
_leaf: Final = table(PendingLeaf)
_accepted: Final = table(AcceptedLeaf)
_spent: Final = table(SpentStatement)

_THIS: Final = _case.c.slot == bindparam("slot")
# Subqueries give a row whether or not there is such a case, at the same cost.
_FIND_CASE: Final = select(
    *(
        select(column).where(_THIS).scalar_subquery()
        for column in (_case.c.auth_hash, _case.c.status, _case.c.week, _case.c.envelope_digest)
    )
)
_FIND_STEP: Final = select(_case.c.status, _case.c.disposition, _case.c.objection_until).where(
    _THIS
)
_FIND_LEAF: Final = select(_leaf.c.merge_by).where(_leaf.c.commitment == bindparam("commitment"))
_NEW_LEAF: Final = select(
    bindparam("commitment", type_=_leaf.c.commitment.type),
    bindparam("merge_by", type_=_leaf.c.merge_by.type),
).where(~exists().where(_accepted.c.commitment == bindparam("commitment")))
_SET_STATUS: Final = (
    update(_case)
    .where(_case.c.slot == bindparam("of"))
    .values(
        status=bindparam("status"),
        disposition=bindparam("disposition"),
        objection_until=bindparam("objection_until"),
    )
)


@dataclass(frozen=True)
class FoundCase:
    """What its owner may ask about; all None where there is no such case."""

    auth_hash: bytes | None
    status: str | None
    week: str | None
    envelope_digest: bytes | None


@dataclass(frozen=True)
class CaseStep:
    """`objection_until` is the first day on which a redacted case may be relayed."""

    status: str
    disposition: str | None
    objection_until: date | None


@dataclass(frozen=True)
class CaseEntry:
    """What a desk is told about a case."""

    slot: bytes
    week: str
    status: str
    envelope: StoredBlob
    attachments: tuple[StoredBlob, ...]
    objection_until: date | None


def find_case(connection: Connection, slot: bytes) -> FoundCase:
    """The same work whether or not there is such a case."""
    return FoundCase(*connection.execute(_FIND_CASE, {"slot": slot}).one())


def find_step(connection: Connection, slot: bytes) -> CaseStep | None:
    """Where the case stands, and by which statement."""
    row = connection.execute(_FIND_STEP, {"slot": slot}).first()
    return None if row is None else CaseStep(*row)


def set_status(
    connection: Connection,
    slot: bytes,
    status: str,
    disposition: str | None,
    objection_until: date | None = None,
) -> None:
    """Move a case; *disposition* is the signed note, None where its owner moved it."""
    values = {"of": slot, "status": status, "disposition": disposition}
    connection.execute(_SET_STATUS, values | {"objection_until": objection_until})


def spend(connection: Connection, digest: bytes, slot: bytes) -> bool:
    """Whether the statement with this digest was never used before."""
    return insert_if_absent(connection, _spent, digest=digest, case_slot=slot)


def forget_contents(connection: Connection, slot: bytes) -> list[bytes]:
    """Leave of a case what the log needs; return the digests of the blobs it had."""
    case = connection.execute(
        select(_case.c.envelope_digest).where(_case.c.slot == slot)
    ).scalar_one()
    attached = connection.scalars(
        select(_attachment.c.digest).where(_attachment.c.case_slot == slot)
    ).all()
    connection.execute(delete(_attachment).where(_attachment.c.case_slot == slot))
    return [case, *attached]


def delete_before(connection: Connection, week: str) -> int:
    """Delete the cases of weeks before *week* that the log is done with; how many there were."""
    done = (_case.c.week < week) & (func.length(_case.c.roll_seed) == 0)
    slots = select(_case.c.slot).where(done)
    connection.execute(delete(_attachment).where(_attachment.c.case_slot.in_(slots)))
    connection.execute(delete(_spent).where(_spent.c.case_slot.in_(slots)))
    return connection.execute(delete(_case).where(done)).rowcount


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
        objection_until=None,
    )


def add_attachments(connection: Connection, slot: bytes, blobs: Sequence[StoredBlob]) -> None:
    """Name the files of a case; each digest once."""
    if blobs:
        rows = [{"case_slot": slot, "digest": blob.digest, "bytes": blob.size} for blob in blobs]
        connection.execute(insert(_attachment), rows)


def add_leaf(connection: Connection, commitment: bytes, merge_by: date) -> bool:
    """Whether the commitment was new, and waits now; the log takes each one once."""
    return insert_selected(connection, _leaf, _NEW_LEAF, commitment=commitment, merge_by=merge_by)


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
            _case.c.objection_until,
        ).order_by(_case.c.slot)
    )
    return tuple(
        CaseEntry(
            slot, week, status, StoredBlob(digest, size), tuple(attached.get(slot, ())), until
        )
        for slot, week, status, digest, size, until in rows
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
