"""What a crash may leave behind, found and removed."""

from collections.abc import Container

from sqlalchemy import Connection, select

from app.store.blobs import BlobStore
from app.store.models import AttachmentFile, CaseFile, MessageFile

_NAMED_IN = (
    CaseFile.envelope_digest,
    AttachmentFile.digest,
    MessageFile.digest,
    MessageFile.copy_digest,
)


def delete_orphans(connection: Connection, blobs: BlobStore, *, keep: Container[bytes]) -> int:
    """Delete blobs that no row names, but for those in *keep*; how many there were.

    Only while nothing is being received: a blob comes before its row.
    """
    named = {digest for column in _NAMED_IN for digest in connection.scalars(select(column))}
    orphans = [each for each in blobs.digests() if each not in named and each not in keep]
    for digest in orphans:
        blobs.delete(digest)
    return len(orphans)
