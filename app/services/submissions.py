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
from app.store import cases, intake
from app.store.blobs import StoredBlob
from app.store.intake import Standing
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
    standing = intake.look(connection, claim.slot, today)
    return _promised_before(connection, claim, standing, promiser, today)


def find_or_admit(
    connection: Connection, claim: Claim, *, keyring: int, promiser: Promiser, today: date
) -> Acceptance | None:
    """As `find`, but None only if the request may be accepted, being sealed to *keyring*.

    Raises also `StaleKeyringError`, `NoKeyringError`.
    """
    standing = intake.look(connection, claim.slot, today)
    earlier = _promised_before(connection, claim, standing, promiser, today)
    if earlier is None:
        keyrings.require_usable(connection, keyring, today, current_serial=standing.keyring)
    return earlier


def _promised_before(
    connection: Connection, claim: Claim, standing: Standing, promiser: Promiser, today: date
) -> Acceptance | None:
    if standing.request_tag is None or standing.envelope_digest is None:
        return None
    if not hmac.compare_digest(standing.request_tag, claim.request_tag):
        raise AlreadySentError
    commitment = claim.commitment(standing.envelope_digest)
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
    standing = intake.look(connection, claim.slot, today)
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
    keyrings.require_usable(connection, keyring, today, current_serial=standing.keyring)
    cases.add_attachments(connection, claim.slot, attachments)
    commitment = claim.commitment(envelope.digest)
    acceptance = promiser.promise(commitment, _merge_by(standing.last_slot, today))
    if not cases.add_leaf(connection, commitment, acceptance.merge_by):
        # Another case, under another name, has made the same commitment.
        raise AlreadySentError
    return acceptance


def _merge_by(last_slot: int | None, today: date) -> date:
    """A day that the log can keep: slots go forward, even if the clock has gone back."""
    return merge_by(today if last_slot is None else max(today, day_of(last_slot)))
