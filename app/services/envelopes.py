"""Refusal of whatever is not sealed: the server stores well-formed ciphertext or nothing.

It cannot decrypt, but it can see that the header has only post-quantum stanzas, in the
number that every sender uses, and that the payload has one of the few permitted sizes.
"""

from collections.abc import Sequence
from typing import Final

from app.domain.errors import NotSealedError
from app.store.blobs import BlobStore, StoredBlob
from crypto.age import (
    STANZA_TYPE,
    STANZAS,
    check_envelope,
    payload_size,
    read_header,
    sealed_size,
)
from crypto.errors import MalformedError
from crypto.padding import MESSAGE_CLASSES, REPLY_CLASS, REPLY_CLASSES, padded_size

MAX_STANZAS: Final = 64
MAX_MESSAGE_BYTES: Final = sealed_size(MESSAGE_CLASSES[-1], MAX_STANZAS)
REPLY_BYTES: Final = sealed_size(REPLY_CLASS, 1)


def check_message(untrusted: bytes) -> None:
    """Raise `NotSealedError` unless this is an age file for reviewers, of a message's size."""
    if len(untrusted) > MAX_MESSAGE_BYTES:
        raise NotSealedError
    _check(untrusted, MESSAGE_CLASSES)


def check_reply(untrusted: bytes) -> None:
    """Raise `NotSealedError` unless this is an age file for one citizen, `REPLY_BYTES` long."""
    if len(untrusted) != REPLY_BYTES:
        raise NotSealedError
    _check(untrusted, REPLY_CLASSES, exactly=1)


def check_packet(untrusted: bytes) -> None:
    """Raise `NotSealedError` unless this is an age file for one agency, of a message's size."""
    if len(untrusted) > MAX_MESSAGE_BYTES:
        raise NotSealedError
    _check(untrusted, MESSAGE_CLASSES, exactly=1)


def check_attachment(blobs: BlobStore, blob: StoredBlob) -> None:
    """Raise `NotSealedError` unless the blob is an age file for reviewers, padded as it should."""
    with blobs.open(blob.digest) as file:
        untrusted_prefix = file.read(sealed_size(0, MAX_STANZAS))
    try:
        types = read_header(untrusted_prefix).stanza_types
    except MalformedError as exc:
        raise NotSealedError from exc
    if set(types) != {STANZA_TYPE} or len(types) % STANZAS:
        raise NotSealedError
    payload_bytes = payload_size(blob.size, len(types))
    if padded_size(payload_bytes) != payload_bytes:
        raise NotSealedError


def max_attachment_bytes(attachment_bytes: int) -> int:
    """The longest age file that a file of *attachment_bytes* may become."""
    return sealed_size(padded_size(attachment_bytes), MAX_STANZAS)


def _check(untrusted: bytes, classes: Sequence[int], exactly: int | None = None) -> None:
    multiple = exactly or STANZAS
    try:
        check_envelope(untrusted, multiple, classes, exactly=exactly)
    except MalformedError as exc:
        raise NotSealedError from exc
