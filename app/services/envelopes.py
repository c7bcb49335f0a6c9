"""Refusal of whatever is not sealed: the server stores well-formed ciphertext or nothing.

It cannot decrypt, but it can see that the header has only post-quantum stanzas, in the
number that every sender uses, and that the payload has one of the few permitted sizes.
"""

from typing import Final

from app.domain.errors import NotSealedError
from app.store.blobs import BlobStore, StoredBlob
from crypto.age import STANZAS, check_envelope, read_header, sealed_size
from crypto.errors import MalformedError
from crypto.padding import MESSAGE_CLASSES, REPLY_CLASS, padded_size

MAX_STANZAS: Final = 64
MAX_MESSAGE_BYTES: Final = sealed_size(MESSAGE_CLASSES[-1], MAX_STANZAS)
REPLY_BYTES: Final = sealed_size(REPLY_CLASS, 1)
_STANZA_TYPE: Final = "mlkem768x25519"


def check_message(untrusted: bytes) -> None:
    """Raise `NotSealedError` unless this is an age file for reviewers, of a message's size."""
    if len(untrusted) > MAX_MESSAGE_BYTES:
        raise NotSealedError
    _check(untrusted, STANZAS, MESSAGE_CLASSES)


def check_reply(untrusted: bytes) -> None:
    """Raise `NotSealedError` unless this is an age file for one citizen, `REPLY_BYTES` long."""
    if len(untrusted) != REPLY_BYTES:
        raise NotSealedError
    _check(untrusted, 1, (REPLY_CLASS,))


def check_attachment(blobs: BlobStore, blob: StoredBlob) -> None:
    """Raise `NotSealedError` unless the blob is an age file for reviewers, padded as it should."""
    with blobs.open(blob.digest) as file:
        untrusted_prefix = file.read(sealed_size(0, MAX_STANZAS))
    try:
        types = read_header(untrusted_prefix).stanza_types
    except MalformedError as exc:
        raise NotSealedError from exc
    if set(types) != {_STANZA_TYPE} or len(types) % STANZAS:
        raise NotSealedError
    if blob.size not in _attachment_sizes(blob.size, len(types)):
        raise NotSealedError


def max_attachment_bytes(attachment_bytes: int) -> int:
    """The longest age file that a file of *attachment_bytes* may become."""
    return sealed_size(padded_size(attachment_bytes), MAX_STANZAS)


def _check(untrusted: bytes, stanzas: int, classes: tuple[int, ...]) -> None:
    try:
        check_envelope(untrusted, stanzas, classes)
    except MalformedError as exc:
        raise NotSealedError from exc


def _attachment_sizes(size: int, stanzas: int) -> set[int]:
    """The permitted size next to *size*, and nothing if there is none."""
    overhead = sealed_size(0, stanzas)
    payload = max(0, size - overhead)
    # The stream adds 16 bytes to each 64 KiB; sizes this close together round up alike.
    chunks = max(1, -(-payload // (65_536 + 16)))
    return {sealed_size(padded_size(max(1, payload - 16 * (chunks - 1))), stanzas)}
