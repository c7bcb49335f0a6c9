"""What a crash may leave behind, and what has been kept long enough, found and removed."""

from collections.abc import Container
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, select

from app.domain.weeks import week_of
from app.store import cases, messages, relays, team
from app.store.blobs import BlobStore
from app.store.engine import Database
from app.store.models import AttachmentFile, CaseFile, MessageFile, RelayFile, TeamNoteFile

_NAMED_IN = (
    CaseFile.envelope_digest,
    AttachmentFile.digest,
    MessageFile.digest,
    MessageFile.copy_digest,
    TeamNoteFile.digest,
    RelayFile.packet_digest,
    RelayFile.answer_digest,
    RelayFile.document_digest,
)


def named_digests(connection: Connection) -> set[bytes]:
    """The digests of all ciphertext that rows name."""
    found = {digest for column in _NAMED_IN for digest in connection.scalars(select(column))}
    return {digest for digest in found if digest is not None}


def delete_orphans(connection: Connection, blobs: BlobStore, *, keep: Container[bytes]) -> int:
    """Delete blobs that no row names, but for those in *keep*; how many there were.

    Only while nothing is being received: a blob comes before its row.
    """
    named = named_digests(connection)
    orphans = [each for each in blobs.digests() if each not in named and each not in keep]
    for digest in orphans:
        blobs.delete(digest)
    return len(orphans)


@dataclass(frozen=True)
class Retired:
    """How many cases went, and the weeks whose ciphertext nobody can read any more."""

    cases: int
    weeks: list[str]


def oldest_kept(today: date, retention_weeks: int) -> str:
    """The first week whose storage key lives on *today*."""
    return week_of(today - timedelta(weeks=retention_weeks + 1))


def retire(
    database: Database, blobs: BlobStore, *, today: date, retention_weeks: int, dummy: bytes
) -> Retired:
    """Forget what is due: first the rows that name it, a week later the key to it.

    A row may be of the week after its blob's, so rows go a week before keys do. *dummy* is the
    blob that must never become old. May be repeated after a crash at any point.
    """
    with database.transaction() as connection:
        count = _forget_rows(connection, week_of(today - timedelta(weeks=retention_weeks)))
    blobs.renew(dummy)
    # What was deleted is in the write-ahead log until it is emptied.
    database.truncate_log()
    weeks = blobs.forget_before(oldest_kept(today, retention_weeks))
    with database.transaction() as connection:
        relays.delete_closed(connection, is_gone=lambda digest: not blobs.exists(digest))
    return Retired(count, weeks)


def _forget_rows(connection: Connection, week: str) -> int:
    """Delete all rows of weeks before *week*; how many cases there were."""
    messages.delete_before(connection, week)
    team.delete_before(connection, week)
    return cases.delete_before(connection, week)
