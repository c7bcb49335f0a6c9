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

from sqlalchemy import Connection

from app.domain.cases import Status
from app.domain.errors import AlreadySentError
from app.domain.weeks import week_of
from app.services import keyrings
from app.store import cases, log
from app.store.blobs import StoredBlob
from crypto.commitment import Promise, accept_commitment, merge_by, roll_commit
from crypto.encoding import sha256
from crypto.note import SigningKey
from crypto.tlog.times import day_of


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


def find(
    connection: Connection, claim: Claim, promiser: Promiser, today: date
) -> Acceptance | None:
    """The acceptance of the same request made before, or None if the name is free.

    Raises `AlreadySentError` if another request has taken it.
    """
    found = cases.find_request(connection, claim.slot)
    if found is None:
        return None
    request_tag, envelope_digest = found
    if not hmac.compare_digest(request_tag, claim.request_tag):
        raise AlreadySentError
    commitment = claim.commitment(envelope_digest)
    # A leaf that waits no longer is in the log, and any date promises no more than that.
    promised = cases.find_leaf(connection, commitment)
    return promiser.promise(commitment, promised or merge_by(today))


def accept(
    connection: Connection,
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
    is_new = cases.add_case(
        connection,
        slot=claim.slot,
        auth_hash=claim.auth_hash,
        roll_seed=claim.roll_seed,
        week=week_of(today),
        status=Status.RECEIVED,
        envelope=envelope,
        request_tag=claim.request_tag,
    )
    if not is_new:
        earlier = find(connection, claim, promiser, today)
        if earlier is None:
            # The name is free, so what is taken is the roll seed: it is another case's.
            raise AlreadySentError
        return earlier
    # Raising undoes the insert: the caller's transaction rolls back.
    keyrings.require_usable(connection, keyring, today)
    cases.add_attachments(connection, claim.slot, attachments)
    acceptance = promiser.promise(claim.commitment(envelope.digest), _merge_by(connection, today))
    if not cases.add_leaf(connection, acceptance.commitment, acceptance.merge_by):
        # Another case, under another name, has made the same commitment.
        raise AlreadySentError
    return acceptance


def _merge_by(connection: Connection, today: date) -> date:
    """A day that the log can keep: slots go forward, even if the clock has gone back."""
    slot = log.last_slot(connection)
    return merge_by(today if slot is None else max(today, day_of(slot)))
