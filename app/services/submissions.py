"""A sealed submission is accepted, once, and answered with a promise.

The receipt is made by its holder, so the server only has to be idempotent: the same
request under the same name is promised again, another request is refused. Ciphertext is
durable before the row that names it; the caller answers after the commit.

What would link a case to its leaf in the log (`log_salt`, `content_commit`) is used here
and forgotten.
"""

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.cases import Status
from app.domain.errors import AlreadySentError
from app.domain.weeks import week_of
from app.services import keyrings
from app.store.blobs import StoredBlob
from app.store.models import AttachmentFile, CaseFile, PendingLeaf
from crypto.commitment import Promise, accept_commitment, merge_by, roll_commit
from crypto.encoding import sha256
from crypto.note import SigningKey


@dataclass(frozen=True)
class Claim:
    """What a sender says about a submission besides its ciphertext; all bytes are 32 long.

    `content_commit` takes the digest of the age file that is stored, which for a sealer on
    the server may be the one an earlier, repeated request had stored.
    """

    name: bytes
    auth_hash: bytes
    log_salt: bytes
    roll_seed: bytes
    request_tag: bytes
    content_commit: Callable[[bytes], bytes]

    @property
    def slot(self) -> bytes:
        return sha256(self.name)

    def commitment(self, envelope_digest: bytes) -> bytes:
        content = self.content_commit(envelope_digest)
        return accept_commitment(self.log_salt, content, roll_commit(self.roll_seed))


@dataclass(frozen=True)
class Acceptance:
    """What the sender gets: the commitment (32 bytes), the promise note, and its date."""

    commitment: bytes
    promise: str
    merge_by: date


@dataclass(frozen=True)
class Promiser:
    """Who promises: the instance and its online promise key."""

    origin: str
    key: SigningKey

    def promise(self, commitment: bytes, merge_by: date) -> Acceptance:
        note = Promise(self.origin, commitment, merge_by).sign(self.key)
        return Acceptance(commitment, note, merge_by)


def find(session: Session, claim: Claim, promiser: Promiser, today: date) -> Acceptance | None:
    """The acceptance of the same request made before, or None if the name is free.

    Raises `AlreadySentError` if another request has taken it.
    """
    case = session.get(CaseFile, claim.slot)
    if case is None:
        return None
    if not hmac.compare_digest(case.request_tag, claim.request_tag):
        raise AlreadySentError
    commitment = claim.commitment(case.envelope_digest)
    leaf = session.get(PendingLeaf, commitment)
    # A leaf that waits no longer is in the log, and any date promises no more than that.
    return promiser.promise(commitment, leaf.merge_by if leaf else merge_by(today))


def accept(
    session: Session,
    claim: Claim,
    *,
    keyring: int,
    envelope: StoredBlob,
    attachments: Sequence[StoredBlob],
    promiser: Promiser,
    today: date,
) -> Acceptance:
    """Open a case, or find it opened by the same request.

    *keyring* is the serial it was sealed to. Raises `AlreadySentError`,
    `StaleKeyringError`, `NoKeyringError`.
    """
    earlier = find(session, claim, promiser, today)
    if earlier is not None:
        return earlier
    keyrings.require_current(session, keyring, today)
    try:
        with session.begin_nested():
            _open_case(session, claim, envelope, attachments, today)
    except IntegrityError:
        # The same name arrived between our look and our insert; now it is there to be found.
        raced = find(session, claim, promiser, today)
        if raced is None:
            raise
        return raced
    acceptance = promiser.promise(claim.commitment(envelope.digest), merge_by(today))
    session.add(PendingLeaf(commitment=acceptance.commitment, merge_by=acceptance.merge_by))
    return acceptance


def _open_case(
    session: Session,
    claim: Claim,
    envelope: StoredBlob,
    attachments: Sequence[StoredBlob],
    today: date,
) -> None:
    session.add(
        CaseFile(
            slot=claim.slot,
            auth_hash=claim.auth_hash,
            roll_seed=claim.roll_seed,
            week=week_of(today),
            status=Status.RECEIVED,
            envelope_digest=envelope.digest,
            envelope_bytes=envelope.size,
            request_tag=claim.request_tag,
        )
    )
    session.flush()
    for blob in attachments:
        session.add(AttachmentFile(case_slot=claim.slot, digest=blob.digest, bytes=blob.size))
    session.flush()
