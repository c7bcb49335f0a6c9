"""The whole check that the holder of a receipt code makes of the log (SPEC.md §13).

The roots vouch for the log's keys and its witnesses (in the rules that the log carries), the
witnesses for the log, and the code for the leaf: nothing depends on the site that is asked.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from crypto.commitment import Promise, accept_commitment, content_commit, roll_commit
from crypto.encoding import encode_base64
from crypto.errors import CryptoError, UnverifiedError
from crypto.keyring import Roots
from crypto.keys import CitizenKeys
from crypto.note import VerifierKey
from crypto.tlog.holder import Receipt
from crypto.tlog.leaves import Accept
from crypto.tlog.lookup import (
    Lookup,
    LookupProblem,
    LookupState,
    Newest,
    judge,
    latest_merge,
    look_up,
    names_policy,
    newest_rules,
)
from crypto.tlog.policy import NONE, Policy, Witnessed, open_witnessed
from crypto.tlog.proof import TlogProof
from crypto.tlog.tiles import TileReader
from crypto.tlog.times import DAY, midnight
from crypto.weeks import monday_of

RECEIPT_FORMAT: Final = "wasl/receipt-proof/v1"

State = LookupState | Literal["unverified", "empty"]
Problem = LookupProblem | Literal["unverified"]


@dataclass(frozen=True)
class Shown:
    """What the mailbox tells the owner of a case: H of the envelope, its ISO week, its status."""

    digest: bytes
    week: str
    status: str


@dataclass(frozen=True)
class KnownLog:
    """What the holder knows of a log. Only the roots must be right; they vouch for the rest."""

    origin: str
    roots: Roots
    promise_key: VerifierKey
    policy: str
    """A tlog-policy, as it came."""


@dataclass(frozen=True)
class Verdict:
    """What to tell the holder. With any of `problems` a promise is broken.

    `empty` is a log before its first batch, `unverified` one that nobody she knows vouches
    for. `rolls` has the status that the log shows after each age, None where her line is
    missing. `quorum` is None where no witnesses are asked for, and before anything is verified.
    """

    state: State
    commitment: bytes
    due: date
    problems: tuple[Problem, ...] = ()
    index: int | None = None
    size: int = 0
    root: bytes = b""
    rolls: tuple[tuple[str, str | None], ...] = ()
    quorum: bool | None = None
    witnesses: tuple[str, ...] = ()
    proof: TlogProof | None = None


def commitment_of(keys: CitizenKeys, envelope_digest: bytes) -> bytes:
    """What the log must have for the envelope with that digest, sent under this code.

    A site cannot make another envelope fit: it never learns the salt of the content.
    """
    content = content_commit(keys.content_salt, envelope_digest)
    return accept_commitment(keys.log_salt, content, roll_commit(keys.roll_seed))


def check_case(
    tiles: TileReader,
    note: bytes | None,
    keys: CitizenKeys,
    shown: Shown,
    known: KnownLog,
    *,
    now: int,
    promise: Promise | None = None,
) -> Verdict:
    """Check a case in the log whose newest checkpoint is *note* (None: it has none yet).

    *promise*, verified before, makes the day exact; without it the latest of the week counts.
    *now* is in POSIX seconds. Raises only what *tiles* raises by itself.
    """
    commitment = commitment_of(keys, shown.digest)
    due = promise.merge_by if promise else latest_merge(shown.week)
    if promise and promise.commitment != commitment:
        # Another envelope than the promised one: what the code leads to is not in the log.
        return Verdict("missing", commitment, due, ("missing",))
    if note is None:
        is_late = now >= midnight(due) + DAY
        return Verdict("empty", commitment, due, ("missing",) if is_late else ())
    try:
        policy = Policy.parse(known.policy)
        witnessed = open_witnessed(note, policy, origin=known.origin)
        receipt = Receipt(known.origin, commitment, keys.roll_seed)
        looked = _look(tiles, policy, witnessed, receipt, shown, known, due=due, now=now)
    except CryptoError:
        return Verdict("unverified", commitment, due, ("unverified",))
    return Verdict(
        looked.state,
        commitment,
        due,
        looked.problems,
        index=receipt.index,
        size=witnessed.checkpoint.size,
        root=witnessed.checkpoint.root,
        rolls=tuple(looked.rolls.items()),
        quorum=None if policy.quorum == NONE else True,
        witnesses=tuple(name for name, _ in witnessed.times),
        proof=_proof(looked, witnessed, note),
    )


def _look(
    tiles: TileReader,
    policy: Policy,
    witnessed: Witnessed,
    receipt: Receipt,
    shown: Shown,
    known: KnownLog,
    *,
    due: date,
    now: int,
) -> Lookup:
    """Raise `CryptoError` for a log that cannot be verified."""
    newest = Newest(tiles, witnessed.checkpoint)
    rules = newest_rules(newest, known.roots)
    if not names_policy(rules[1], policy) or rules[1].promise_key != known.promise_key:
        raise UnverifiedError("other keys than the roots have signed")
    look_up(newest, receipt, midnight(monday_of(shown.week)))
    return judge(newest, receipt, witnessed, rules, due=due, status=shown.status, now=now)


def _proof(looked: Lookup, witnessed: Witnessed, note: bytes) -> TlogProof | None:
    """The file that proves it offline; its `extra` says of which commitment."""
    if looked.proof is None or looked.receipt.index is None:
        return None
    commitment = looked.receipt.commitment
    proof = TlogProof(looked.receipt.index, looked.proof, note.decode(), commitment)
    proof.verify_in(Accept(commitment).encode(), witnessed.checkpoint)
    return proof


def receipt_document(
    verdict: Verdict, keys: CitizenKeys, envelope_digest: bytes, keyring_note: str
) -> dict[str, object]:
    """What `wasl audit receipt` reads: without text, name or promise.

    Whoever has it can see which leaf and which lines of rolls are the holder's.
    """
    opening = {
        "log_salt": keys.log_salt,
        "content_commit": content_commit(keys.content_salt, envelope_digest),
        "roll_seed": keys.roll_seed,
    }
    document: dict[str, object] = {
        "format": RECEIPT_FORMAT,
        "commitment": encode_base64(verdict.commitment),
        "opening": {name: encode_base64(value) for name, value in opening.items()},
        "keyring": keyring_note,
    }
    return document if verdict.proof is None else {**document, "proof": verdict.proof.encode()}
