"""What the public log says about a submission, asked for without saying which (SPEC.md §13).

The roots vouch for the log's keys and its witnesses (in the rules that the log carries), the
witnesses for the log, and the holder's own code for the leaf: nothing depends on the site.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Final, Literal

from app.client.errors import SiteOddError, SiteRefusedError
from app.client.patience import Pause, patiently
from app.client.site import Mailbox, Site
from app.client.trust import Trusted
from crypto.commitment import Promise, accept_commitment, content_commit, roll_commit
from crypto.errors import CryptoError, DifferentTileError, UnverifiedError
from crypto.keys import CitizenKeys
from crypto.tlog.holder import Receipt
from crypto.tlog.leaves import Accept
from crypto.tlog.lookup import (
    LogState,
    Newest,
    Problem,
    judge,
    latest_merge,
    look_up,
    names_policy,
    newest_rules,
)
from crypto.tlog.merkle import leaf_hash, verify_inclusion
from crypto.tlog.policy import NONE, Policy, open_witnessed
from crypto.tlog.tiles import MAX_ENTRY_BYTES, WIDTH, TilePath
from crypto.tlog.times import midnight
from crypto.weeks import monday_of

MAX_BUNDLE_BYTES: Final = WIDTH * (MAX_ENTRY_BYTES + 2)
MAX_CHECKPOINT_BYTES: Final = 1 << 20

VerdictState = LogState | Literal["unverified", "empty"]
VerdictProblem = Problem | Literal["unverified"]


@dataclass(frozen=True)
class Verdict:
    """What to tell the holder. `unverified` is a log that nobody she knows vouches for.

    `rolls` has the status that the log shows after each age. `quorum` is None where the policy
    asks for no witnesses. With any of `problems` a promise is broken.
    """

    state: VerdictState
    commitment: bytes
    due: date
    problems: tuple[VerdictProblem, ...] = ()
    index: int | None = None
    size: int = 0
    rolls: tuple[tuple[str, str | None], ...] = ()
    quorum: bool | None = None
    witnesses: tuple[str, ...] = ()


class SiteTiles:
    """The log of a site, by files; each is asked for once."""

    def __init__(self, site: Site, pause: Pause) -> None:
        self._site = site
        self._pause = pause
        self._read: dict[str, bytes] = {}

    def checkpoint(self) -> bytes | None:
        """None before the first batch."""
        try:
            return self._fetch("checkpoint", MAX_CHECKPOINT_BYTES)
        except SiteRefusedError as refusal:
            if refusal.problem.status != 404:
                raise
            return None

    def read_tile(self, level: int, index: int, width: int) -> bytes:
        return self._fetch(TilePath(level, index, width).encode(), WIDTH * 32)

    def read_entries(self, index: int, width: int) -> bytes:
        return self._fetch(TilePath(None, index, width).encode(), MAX_BUNDLE_BYTES)

    def _fetch(self, path: str, limit: int) -> bytes:
        if path not in self._read:
            ask = partial(self._site.log_file, path, limit)
            self._read[path] = patiently(ask, self._pause)
        return self._read[path]


@dataclass(frozen=True)
class LogChecker:
    """Checks submissions in the log of one site. *now* is in POSIX seconds."""

    site: Site
    trusted: Trusted
    policy: str
    now: int
    pause: Pause

    def check(self, keys: CitizenKeys, box: Mailbox, promise_note: str | None = None) -> Verdict:
        """Raise `SiteUnreachableError`, `SiteRefusedError`; `SiteOddError` for a false promise."""
        commitment = commitment_of(keys, box.digest)
        promise = self._promise(promise_note) if promise_note else None
        due = promise.merge_by if promise else latest_merge(box.week)
        if promise and promise.commitment != commitment:
            # Another envelope than the promised one: what the code leads to is not in the log.
            return Verdict("missing", commitment, due, ("missing",))
        tiles = SiteTiles(self.site, self.pause)
        note = tiles.checkpoint()
        if note is None:
            late = self.now >= midnight(due) + 86_400
            return Verdict("empty", commitment, due, ("missing",) if late else ())
        try:
            return self._look(tiles, note, keys, box, commitment, due)
        except (DifferentTileError, CryptoError):
            return Verdict("unverified", commitment, due, ("unverified",))

    def _look(
        self,
        tiles: SiteTiles,
        note: bytes,
        keys: CitizenKeys,
        box: Mailbox,
        commitment: bytes,
        due: date,
    ) -> Verdict:
        """Raise `CryptoError` for a log that cannot be verified."""
        origin = self.trusted.origin
        policy = Policy.parse(self.policy)
        witnessed = open_witnessed(note, policy, origin=origin)
        newest = Newest(tiles, witnessed.checkpoint)
        at, rules = newest_rules(newest, self.trusted.roots)
        if not names_policy(rules, policy) or rules.promise_key != self.trusted.promise_key:
            raise UnverifiedError("other keys than the roots have signed")
        receipt = Receipt(origin, commitment, keys.roll_seed)
        look_up(newest, receipt, midnight(monday_of(box.week)))
        looked = judge(
            newest, receipt, witnessed, (at, rules), due=due, status=box.status, now=self.now
        )
        if looked.proof is not None and receipt.index is not None:
            # What was read is verified already; this also proves the file that is handed out.
            size, root = witnessed.checkpoint.size, witnessed.checkpoint.root
            leaf = leaf_hash(Accept(commitment).encode())
            verify_inclusion(leaf, receipt.index, size, looked.proof, root)
        return Verdict(
            looked.state,
            commitment,
            due,
            looked.problems,
            index=receipt.index,
            size=witnessed.checkpoint.size,
            rolls=tuple(looked.rolls.items()),
            quorum=None if policy.quorum == NONE else True,
            witnesses=tuple(name for name, _ in witnessed.times),
        )

    def _promise(self, note: str) -> Promise:
        try:
            return Promise.open(note, self.trusted.promise_key)
        except CryptoError as exc:
            raise SiteOddError("the promise is not signed by this site") from exc


def commitment_of(keys: CitizenKeys, envelope_digest: bytes) -> bytes:
    """What the log must have for the envelope with that digest, sent under this code.

    A site cannot make another envelope fit: it never learns the salt of the content.
    """
    content = content_commit(keys.content_salt, envelope_digest)
    return accept_commitment(keys.log_salt, content, roll_commit(keys.roll_seed))
