"""The one that writes the log: seal a slot's batch, then publish it, in this order.

One transaction takes what waits, appends, signs and commits. Only then anything leaves the
machine: the signer guard, the files, the witnesses, and the checkpoint file last of all.
A crash anywhere leaves either nothing or a committed batch, and then publishing begins again
from what is published: every step of it may be repeated.
"""

import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final

from sqlalchemy import Connection

from app.log.batches import Composer, CoverCount, draw_cover, require_rules
from app.log.errors import NotReadyError, RestoredError, UnwitnessedError
from app.log.guard import SignerGuard
from app.log.head import Head, read_head
from app.log.keys import Instance
from app.log.publication import PublicFolder, Step, files_between
from app.log.witnesses import Cosigned, WitnessClient
from app.store import log
from app.store.engine import Database
from app.store.log import StoredCheckpoint, StoredTiles
from crypto.encoding import Random
from crypto.errors import CryptoError
from crypto.tlog.batch import Batch
from crypto.tlog.checkpoint import Checkpoint, open_checkpoint
from crypto.tlog.merkle import EMPTY_ROOT
from crypto.tlog.rules import Rules
from crypto.tlog.tiles import TiledTree, append
from crypto.tlog.times import encode_instant

SKEW: Final = 300
"""Seconds by which this clock may differ from that of a witness."""
REFRESH_SECONDS: Final = 43_200
"""How often the newest checkpoint is cosigned again, so that its times stay fresh."""


class Sequencer:
    """Call `begin` once, then `run` now and then; `clock` gives POSIX seconds.

    There is one at a time for a log: whoever makes it holds the lock. After an outage that
    the rules do not allow, or with a clock that has jumped, a batch is sealed only if
    *after_outage*, or if witnesses confirm the time: slots never go back.
    """

    def __init__(
        self,
        database: Database,
        instance: Instance,
        *,
        folder: PublicFolder,
        guard: SignerGuard,
        witnesses: WitnessClient,
        clock: Callable[[], int],
        random: Random = secrets.token_bytes,
        cover: CoverCount = draw_cover,
        after_outage: bool = False,
        step: Step = lambda _: None,
    ) -> None:
        self._database = database
        self._instance = instance
        self._composer = Composer(instance, random, cover)
        self._folder = folder
        self._guard = guard
        self._witnesses = witnesses
        self._clock = clock
        self._after_outage = after_outage
        self._step = step
        self._cosigned_at: int | None = None

    def begin(self, *, renew_guard: bool = False) -> None:
        """Make sure that nobody knows more of this log than the database, or another tree.

        Raises `RestoredError`, `NotReadyError` for a clock that witnesses contradict, and
        `UnwitnessedError` while there is no quorum to ask. *renew_guard* makes a lost guard
        anew from what the published checkpoint and the witnesses say.
        """
        with self._database.reading() as connection:
            tree, newest = self._tree(connection)
            self._require_published(connection, tree)
            self._require_guard(tree, renew_guard)
            note = newest.note if newest else self._instance.keys.sign(self._checkpoint(tree))
            cosigned = self._witnesses.cosign(tree, note)
        if not self._instance.policy.met_by(cosigned.reached):
            raise UnwitnessedError("too few witnesses can be asked what they know of this log")
        self._require_clock(cosigned)
        if newest:
            self._advance_guard()

    def run(self) -> int:
        """Seal every batch that is due and publish what is not; how many were sealed.

        Raises `NotReadyError`, `RestoredError`; `UnwitnessedError` if what was sealed could
        not be published yet.
        """
        sealed = sum(self._seal(slot) for slot in self._due())
        sealed += self._seal_control()
        self.publish()
        return sealed

    def publish(self) -> None:
        """Publish the newest tree, or cosign it again if that is due; may be repeated."""
        with self._database.reading() as connection:
            tree, newest = self._tree(connection)
            if newest is None:
                return
            published = self._published_size()
            if published == newest.size and not self._is_stale():
                return
            self._guard.advance(self._checkpoint(tree), tree.consistency_proof)
            self._step("guard")
            for size in log.sizes_after(connection, published):
                self._folder.write_files(files_between(StoredTiles(connection), published, size))
                published = size
            cosigned = self._witnesses.cosign(tree, newest.note)
        self._step("witnesses")
        if not self._instance.policy.met_by(frozenset(cosigned.lines)):
            raise UnwitnessedError("too few witnesses have cosigned the newest checkpoint")
        self._folder.write_checkpoint(newest.note + "".join(cosigned.lines.values()))
        self._cosigned_at = self._clock()

    def seconds_to_next_slot(self) -> int:
        """At least one; a batch is due then, if anything is."""
        with self._database.reading() as connection:
            slot = require_rules(connection, self._instance).slot
        return slot - self._clock() % slot

    # Sealing

    def _due(self) -> list[int]:
        with self._database.reading() as connection:
            rules = require_rules(connection, self._instance)
            last = log.last_daily_slot(connection)
            waits = log.has_pending(connection)
        now = self._clock()
        due = slots_due(rules, last, now)
        if not due or last is None:
            return due
        if rules.gap > rules.slot and not waits and due[-1] - last < rules.gap // 2:
            # Such rules leave a slot out in which nothing happened.
            return []
        if due[-1] - last > max(rules.slot, rules.gap):
            self._require_time(rules, last, due[-1])
        return due

    def _require_time(self, rules: Rules, last: int, slot: int) -> None:
        """Raise `NotReadyError` unless the time since *last* is credible."""
        with self._database.reading() as connection:
            tree, newest = self._tree(connection)
            cosigned = self._witnesses.cosign(tree, newest.note) if newest else Cosigned()
        self._require_clock(cosigned)
        believed = self._after_outage or bool(cosigned.times)
        if not believed and slot - last > rules.merge:
            raise NotReadyError(
                f"the last batch was of {encode_instant(last)}, and this clock says "
                f"{encode_instant(self._clock())}: if that is right, run "
                "`wasl sequence --after-outage`"
            )

    def _require_clock(self, cosigned: Cosigned) -> None:
        off = [time - self._clock() for time in cosigned.times.values() if time]
        if off and all(abs(seconds) > SKEW for seconds in off):
            raise NotReadyError(
                f"this clock is {min(off, key=abs):+} seconds off what the witnesses say: set it"
            )

    def _seal(self, slot: int) -> int:
        with self._transaction() as connection:
            rules = require_rules(connection, self._instance)
            head = read_head(connection)
            batch = self._composer.daily(connection, rules, head, slot)
            self._append(connection, head, batch)
        self._committed()
        return 1

    def _seal_control(self) -> int:
        with self._database.reading() as connection:
            rules = require_rules(connection, self._instance)
            if not self._composer.control(connection, rules, read_head(connection)):
                return 0
        now = self._clock()
        with self._transaction() as connection:
            head = read_head(connection)
            batch = self._composer.control_batch(connection, rules, head, now - now % rules.slot)
            if batch is None:
                return 0
            self._append(connection, head, batch)
        self._committed()
        return 1

    def _append(self, connection: Connection, head: Head, batch: Batch) -> None:
        """Grow the tree by *batch* and sign it, unless the guard knows better."""
        growth = append(StoredTiles(connection), head.position.size, batch.entries)
        log.put_files(connection, growth.files)
        checkpoint = Checkpoint(self._instance.origin, growth.size, growth.root)
        tree = TiledTree(StoredTiles(connection), growth.size)
        self._guard.require(checkpoint, tree.consistency_proof)
        note = self._instance.keys.sign(checkpoint)
        log.add_checkpoint(connection, StoredCheckpoint(growth.size, batch.seal.slot, note))
        self._step("signed")

    def _committed(self) -> None:
        self._step("committed")
        # What was deleted is in the write-ahead log until it is emptied.
        self._database.truncate_log()

    def _transaction(self) -> AbstractContextManager[Connection]:
        # Leaves and cases that arrive meanwhile must both wait for the next batch.
        return self._database.transaction(serializable=True)

    # What is known

    def _tree(self, connection: Connection) -> tuple[TiledTree, StoredCheckpoint | None]:
        newest = log.newest_checkpoint(connection)
        return TiledTree(StoredTiles(connection), newest.size if newest else 0), newest

    def _checkpoint(self, tree: TiledTree) -> Checkpoint:
        root = tree.root if tree.size else EMPTY_ROOT
        return Checkpoint(self._instance.origin, tree.size, root)

    def _published_size(self) -> int:
        published = self._published()
        return published.size if published else 0

    def _published(self) -> Checkpoint | None:
        note = self._folder.checkpoint()
        if note is None:
            return None
        try:
            return open_checkpoint(note, self._instance.keys.ed25519.verifier).checkpoint
        except CryptoError:
            raise RestoredError("the published checkpoint is not signed by this log") from None

    def _is_stale(self) -> bool:
        cosigned_at = self._cosigned_at
        return cosigned_at is None or abs(self._clock() - cosigned_at) >= REFRESH_SECONDS

    def _require_published(self, connection: Connection, tree: TiledTree) -> None:
        published = self._published()
        if published is None:
            return
        if published.size > tree.size:
            raise RestoredError(
                f"a tree of {published.size} leaves is published, and the database has "
                f"{tree.size}: it is an old copy, and the log must not go on from it"
            )
        if published != self._checkpoint(TiledTree(StoredTiles(connection), published.size)):
            raise RestoredError("another tree is published than the one in the database")

    def _require_guard(self, tree: TiledTree, renew: bool) -> None:
        if tree.size and not self._guard.exists and not renew:
            raise RestoredError(
                "the signer guard is missing: is this a restored copy? If no later checkpoint "
                "of this log was ever published, run `wasl sequence --renew-guard`"
            )
        self._guard.require(self._checkpoint(tree), tree.consistency_proof)

    def _advance_guard(self) -> None:
        with self._database.reading() as connection:
            tree, _ = self._tree(connection)
            self._guard.advance(self._checkpoint(tree), tree.consistency_proof)


def slots_due(rules: Rules, last: int | None, now: int) -> list[int]:
    """The slots whose batches are to be sealed now, in order; *last* is the last one sealed.

    Of slots that were missed, those are made up for which the rules need and still allow.
    """
    newest = now - now % rules.slot
    if last is None:
        return [newest]
    if newest <= last:
        return []
    due, step = [newest], rules.gap - rules.gap % rules.slot
    while due[0] - last > rules.gap and due[0] - step >= now - rules.merge:
        due.insert(0, due[0] - step)
    return due
