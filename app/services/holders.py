"""What the holder of a receipt code may do to the case: object, and withdraw."""

import hmac
from collections.abc import Iterable

from sqlalchemy import Connection

from app.domain.cases import OBJECTION, Status, may_become
from app.domain.errors import ForbiddenTransitionError, UnknownCaseError
from app.store import cases
from app.store.blobs import BlobStore
from crypto.encoding import sha256

_NOBODY = bytes(32)


def object_to(connection: Connection, name: bytes, auth: bytes) -> Status:
    """Stop what was about to be relayed; saying it again changes nothing.

    Raises `UnknownCaseError`, also for who is not the owner, and `ForbiddenTransitionError`.
    """
    slot, before = _owned(connection, name, auth)
    redacted, after = OBJECTION
    if before not in OBJECTION:
        raise ForbiddenTransitionError
    if before is redacted:
        cases.set_status(connection, slot, after, None)
    return after


def withdraw(connection: Connection, name: bytes, auth: bytes) -> list[bytes]:
    """End a case for its owner; return the digests of the blobs that must go.

    Raises `UnknownCaseError`, also for who is not the owner, and `ForbiddenTransitionError`.
    """
    slot, before = _owned(connection, name, auth)
    if not may_become(before, Status.WITHDRAWN):
        raise ForbiddenTransitionError
    if before is not Status.WITHDRAWN:
        cases.set_status(connection, slot, Status.WITHDRAWN, None)
    return cases.forget_contents(connection, slot)


def delete_blobs(blobs: BlobStore, digests: Iterable[bytes]) -> None:
    """Delete ciphertext that no row needs; what is gone already is fine."""
    for digest in digests:
        if blobs.exists(digest):
            blobs.delete(digest)


def _owned(connection: Connection, name: bytes, auth: bytes) -> tuple[bytes, Status]:
    slot = sha256(name)
    found = cases.find_case(connection, slot)
    is_owner = hmac.compare_digest(sha256(auth), found.auth_hash or _NOBODY)
    if not is_owner or found.status is None:
        raise UnknownCaseError
    return slot, Status(found.status)
