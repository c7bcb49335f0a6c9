"""Attachments arrive in parts and become blobs when the submission names them."""

import hmac
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from app.domain.errors import TooLargeError, UnknownUploadError, WrongDigestError
from app.services.envelopes import check_attachment, max_attachment_bytes
from app.store.blobs import BlobStore, StoredBlob
from app.store.uploads import Upload, UploadArea


@dataclass(frozen=True)
class Naming:
    """A submission's word for an attachment: the upload and the SHA-256 of its age file."""

    upload: str
    digest: bytes


def begin(area: UploadArea, size: int, *, attachment_bytes: int, today: date) -> Upload:
    """Raises `TooLargeError`, `StorageFullError`."""
    if size > max_attachment_bytes(attachment_bytes):
        raise TooLargeError
    return area.begin(size, today)


def assemble(area: UploadArea, blobs: BlobStore, naming: Naming, today: date) -> StoredBlob:
    """Make a blob of an upload, streaming.

    Raises `UnknownUploadError`, `IncompleteUploadError`, `WrongDigestError`,
    `NotSealedError`; then nothing new is stored.
    """
    upload = area.find(naming.upload, today)
    known_before = blobs.exists(naming.digest)
    with blobs.writer() as writer:
        for chunk in area.chunks(upload):
            writer.write(chunk)
        if not hmac.compare_digest(writer.digest(), naming.digest):
            raise WrongDigestError
        blob = writer.finish()
    try:
        check_attachment(blobs, blob)
    except BaseException:
        if not known_before:
            blobs.delete(blob.digest)
        raise
    return blob


def discard(area: UploadArea, namings: Iterable[Naming], today: date) -> None:
    """Delete the parts of attachments that are blobs now, if they are still there."""
    for naming in namings:
        with suppress(UnknownUploadError):
            area.discard(area.find(naming.upload, today))
